/** Whether the levels of one grouping of the rows lie within those of another. Groupings are levels by row. */

/** One grouping of the rows. */
export interface LevelsOfRows {
  /** Index of each row's level. */
  readonly index: Int32Array;
  readonly levels: number;
}

/** `map[a]` such that b[i] = map[a[i]] for every row (−1 for levels without rows), or null when a level of a has rows in several of b. */
export function levelMap(a: Int32Array, levels: number, b: Int32Array): Int32Array | null {
  const map = new Int32Array(levels).fill(-1);
  for (let i = 0; i < a.length; i++) {
    const level = a[i]!;
    if (map[level] === -1) map[level] = b[i]!;
    else if (map[level] !== b[i]) return null;
  }
  return map;
}

/** Whether every level of a lies within one level of b. */
export const isNestedIn = (a: Int32Array, levels: number, b: Int32Array): boolean => levelMap(a, levels, b) !== null;

/** Whether the levels of either lie within those of the other. */
export function areNested(...groupings: readonly [LevelsOfRows, LevelsOfRows]): boolean {
  const [inner, outer] = groupings[0].levels >= groupings[1].levels ? groupings : [groupings[1], groupings[0]];
  return isNestedIn(inner.index, inner.levels, outer.index);
}

/** Whether each row is in the same level in both. */
export const sameLevels = (a: Int32Array, b: Int32Array): boolean =>
  a === b || (a.length === b.length && a.every((level, i) => level === b[i]));
