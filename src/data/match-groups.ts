/** Groups of other rows found among those of a fit. */
import { type Coded, placesOf } from "./factor.ts";
import { joinedLabels, type KnownGroups } from "./grouping.ts";

/** Rows found among the groups of a fit. */
export interface MatchedGroups {
  /** The number of each row's group: −1 for one that the fit does not have, or with a missing part. */
  readonly index: Int32Array;
  /** Where some row has none of the fit's groups: the label of its own; null for the others, and where a part is missing. */
  readonly unseen?: readonly (string | null)[];
  /** By column the levels that the fit writes in another way, as [in the rows, in the fit]. */
  readonly rewritten: readonly (readonly (readonly [string, string])[])[];
}

/**
 * Finds the groups of other rows among those of a fit. A part that is written differently is the same where `placesOf` says so.
 *
 * @param columns codes by order of appearance, −1 missing
 */
export function matchGroups(columns: readonly Coded[], known: KnownGroups, rows: Int32Array): MatchedGroups {
  const places = columns.map((column, c) => placesOf(column, known.columns[c]!.levels, known.columns[c]!));
  const rewritten = columns.map((column, c) => rewrittenLevels(column, known.columns[c]!.levels, places[c]!, rows));
  // a level has the name that the fit gives it
  const names = columns.map(({ levels }, c) =>
    levels.map((level, k) => (places[c]![k]! < 0 ? level : known.columns[c]!.levels[places[c]![k]!]!)),
  );
  const find = finder(known);
  const index = new Int32Array(rows.length);
  const unseen = new Map<string, { readonly labels: readonly string[]; readonly at: number[] }>();
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const codes = columns.map((column) => column.codes[row]!);
    if (codes.some((code) => code < 0)) {
      index[r] = -1;
      continue;
    }
    const found = find(
      codes.map((code, c) => places[c]![code]!),
      () => codes.map((code, c) => names[c]![code]!),
    );
    index[r] = found;
    if (found >= 0) continue;
    const labels = codes.map((code, c) => names[c]![code]!);
    const key = JSON.stringify(labels);
    const one = unseen.get(key);
    if (one) one.at.push(r);
    else unseen.set(key, { labels, at: [r] });
  }
  if (!index.includes(-1)) return { index, rewritten };
  const groups = [...unseen.values()];
  const own = new Array<string | null>(rows.length).fill(null);
  joinedLabels(groups.map(({ labels }) => labels)).forEach((label, g) => {
    for (const r of groups[g]!.at) own[r] = label;
  });
  return { index, unseen: own, rewritten };
}

/** Finds a level by the places of its parts among the levels of their columns, or by their labels. */
function finder({ levels, columns, combinations }: KnownGroups) {
  if (columns.length === 1) return ([place]: readonly number[]) => place!;
  if (!combinations) {
    const byLabel = new Map(levels.map((level, i) => [level, i]));
    return (_: readonly number[], labels: () => readonly string[]) => byLabel.get(labels().join(":")) ?? -1;
  }
  const byParts = new Map(combinations.map((parts, i) => [parts.join(), i]));
  return (places: readonly number[]) => byParts.get(places.join()) ?? -1;
}

/** Levels of the rows that the fit's levels are not written like, though both are texts. */
export function rewrittenLevels(
  { codes, levels, numbers, written }: Coded,
  known: readonly string[],
  places: Int32Array,
  rows: Int32Array,
): (readonly [string, string])[] {
  // a number is written in no way of its own
  if (numbers && !written) return [];
  const differing = levels.flatMap((level, k) => (places[k]! >= 0 && known[places[k]!] !== level ? [k] : []));
  if (differing.length === 0) return [];
  const present = new Set(Array.from(rows, (row) => codes[row]!));
  return differing.filter((k) => present.has(k)).map((k) => [levels[k]!, known[places[k]!]!] as const);
}
