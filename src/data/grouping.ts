/** Grouping factors: the combinations of one or more columns that occur, numbered. */

/** Codes of one grouping column and its levels in order. */
export interface GroupColumn {
  readonly codes: Int32Array;
  readonly levels: readonly string[];
}

/**
 * Numbers the combinations that occur in `rows`, the first column varying slowest, as lme4 orders `a:b`.
 *
 * @returns labels joined by ":", and for each of the rows the number of its combination
 */
export function combineGroups(
  columns: readonly GroupColumn[],
  rows: Int32Array,
): { readonly levels: string[]; readonly index: Int32Array } {
  const first = columns[0]!.codes;
  let codes = new Int32Array(rows.length);
  for (let r = 0; r < rows.length; r++) codes[r] = first[rows[r]!]!;
  let levels: string[] = [...columns[0]!.levels];
  for (const next of columns.slice(1)) {
    const width = next.levels.length;
    const raw = new Float64Array(rows.length);
    for (let r = 0; r < rows.length; r++) raw[r] = codes[r]! * width + next.codes[rows[r]!]!;
    // Only combinations that occur are kept, so that many crossed columns do not multiply.
    const present = Float64Array.from(new Set(raw)).sort();
    const position = new Map<number, number>();
    present.forEach((value, i) => {
      position.set(value, i);
    });
    levels = Array.from(present, (value) => `${levels[Math.floor(value / width)]}:${next.levels[value % width]}`);
    codes = Int32Array.from(raw, (value) => position.get(value)!);
  }
  return { levels, index: codes };
}

/** For rows without a known combination (index −1) the label of theirs; null for the others, and where a part is missing. */
export function unseenLabels(
  columns: readonly GroupColumn[],
  index: Int32Array,
  rows: Int32Array,
): (string | null)[] | undefined {
  if (!index.includes(-1)) return undefined;
  return Array.from(index, (level, r) => {
    const row = rows[r]!;
    if (level >= 0 || columns.some(({ codes }) => codes[row]! < 0)) return null;
    return columns.map(({ codes, levels }) => levels[codes[row]!]).join(":");
  });
}

/**
 * The number of each row's combination among known levels: −1 for one not among them or with a missing part.
 *
 * @param columns codes by order of appearance, −1 missing
 */
export function matchGroups(columns: readonly GroupColumn[], known: readonly string[], rows: Int32Array): Int32Array {
  const position = new Map(known.map((level, i) => [level, i]));
  const index = new Int32Array(rows.length);
  if (columns.length === 1) {
    const { codes, levels } = columns[0]!;
    const map = levels.map((level) => position.get(level) ?? -1);
    for (let r = 0; r < rows.length; r++) {
      const code = codes[rows[r]!]!;
      index[r] = code < 0 ? -1 : map[code]!;
    }
    return index;
  }
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const missing = columns.some(({ codes }) => codes[row]! < 0);
    index[r] = missing ? -1 : (position.get(columns.map(({ codes, levels }) => levels[codes[row]!]).join(":")) ?? -1);
  }
  return index;
}
