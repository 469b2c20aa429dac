/** Levels that may be moved at once: those that no entry of the precision across levels connects. */
import type { LevelPrecision } from "../../covariance/level-precision.ts";

export interface IndependentLevels {
  /** Every level once; the levels of a class are independent given the other classes. */
  readonly classes: readonly Int32Array[];
  /** (A⁻¹)_ll by level; 1 where levels are independent. */
  readonly diagonal: Float64Array;
}

/** A greedy colouring of the graph of A⁻¹, level by level; one class without a known covariance. */
export function independentLevels(known: LevelPrecision | undefined, levels: number): IndependentLevels {
  const diagonal = new Float64Array(levels).fill(1);
  if (!known) return { classes: [Int32Array.from({ length: levels }, (_, l) => l)], diagonal };
  const { columnStart, rowIndex } = known.pattern;
  const neighbours = Array.from({ length: levels }, (): number[] => []);
  for (let j = 0; j < levels; j++)
    for (let k = columnStart[j]!; k < columnStart[j + 1]!; k++) {
      const i = rowIndex[k]!;
      if (i === j) diagonal[j] = known.values[k]!;
      else if (known.values[k] !== 0) {
        neighbours[i]!.push(j);
        neighbours[j]!.push(i);
      }
    }
  const colour = new Int32Array(levels).fill(-1);
  const members: number[][] = [];
  for (let l = 0; l < levels; l++) {
    const taken = new Set(neighbours[l]!.map((other) => colour[other]!));
    let own = 0;
    while (taken.has(own)) own++;
    colour[l] = own;
    if (own === members.length) members.push([]);
    members[own]!.push(l);
  }
  return { classes: members.map((levelsOf) => Int32Array.from(levelsOf)), diagonal };
}
