/** Grouping factors: the combinations of one or more columns that occur, numbered. */

/** Codes of one grouping column and its levels in order. */
export interface GroupColumn {
  readonly codes: Int32Array;
  readonly levels: readonly string[];
}

/** Levels of a grouping column of a fit. */
export interface KnownColumn {
  readonly levels: readonly string[];
  /** Set where the levels are numbers, not texts that may be written in several ways. */
  readonly numbers?: boolean;
}

/** The levels of a grouping factor of a fit, for other rows to be found among. */
export interface KnownGroups {
  /** Labels of the levels. */
  readonly levels: readonly string[];
  /** The columns; one of a single column has the levels of the factor. */
  readonly columns: readonly KnownColumn[];
  /** By level the codes of its parts, where there are several columns; absent: found by their labels. */
  readonly combinations?: readonly (readonly number[])[];
}

/** Labels of combinations, their parts joined by ":"; where two would be the same, parts with a colon of their own are quoted. */
export function joinedLabels(parts: readonly (readonly string[])[]): string[] {
  const joined = parts.map((labels) => labels.join(":"));
  if (new Set(joined).size === joined.length) return joined;
  return parts.map((labels) => labels.map((label) => (/[":]/.test(label) ? JSON.stringify(label) : label)).join(":"));
}

/**
 * Numbers the combinations that occur in `rows`, the first column varying slowest, as lme4 orders `a:b`.
 *
 * @returns labels joined by ":", the codes of their parts, and for each of the rows the number of its combination
 */
export function combineGroups(
  columns: readonly GroupColumn[],
  rows: Int32Array,
): { readonly levels: string[]; readonly combinations: readonly (readonly number[])[]; readonly index: Int32Array } {
  const first = columns[0]!.codes;
  let codes = new Int32Array(rows.length);
  for (let r = 0; r < rows.length; r++) codes[r] = first[rows[r]!]!;
  let combinations: (readonly number[])[] = columns[0]!.levels.map((_, code) => [code]);
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
    const before = combinations;
    combinations = Array.from(present, (value) => [...before[Math.floor(value / width)]!, value % width]);
    codes = Int32Array.from(raw, (value) => position.get(value)!);
  }
  const levels =
    columns.length === 1
      ? [...columns[0]!.levels]
      : joinedLabels(combinations.map((parts) => parts.map((code, c) => columns[c]!.levels[code]!)));
  return { levels, combinations, index: codes };
}
