/** Correlations of residuals whose groups are sequences of one parameter, in O(n). */
import {
  colourSequence,
  colourTransposed,
  type Sequence,
  sequenceSlope,
  whitenSequence,
  whitenTransposed,
} from "../covariance/sequence.ts";
import type { Correlation } from "./correlation.ts";

/**
 * @param start groups as contiguous positions
 * @param first the member of the sequence that a group begins with
 * @param held the parameter when it is not estimated
 * @param fill overwrites the sequence; false where it is not defined
 */
export function sequentialCorrelation(
  start: Int32Array,
  sequence: Sequence,
  first: (group: number) => number,
  held: number | null,
  fill: (parameter: number) => boolean,
): Correlation {
  const groups = start.length - 1;
  const length = (g: number) => start[g + 1]! - start[g]!;
  let longest = 0;
  for (let g = 0; g < groups; g++) longest = Math.max(longest, length(g));
  const e = new Float64Array(longest);
  const u = new Float64Array(longest);
  let logDet = 0;
  /** e ← C⁻¹ of a column of a group, u ← C⁻ᵀe. */
  const solve = (x: Float64Array, columns: number, c: number, g: number): void => {
    const m = length(g);
    for (let k = 0; k < m; k++) e[k] = x[(start[g]! + k) * columns + c]!;
    whitenSequence(sequence, first(g), e, 0, m);
    u.set(e);
    whitenTransposed(sequence, first(g), u, 0, m);
  };
  return {
    size: held === null ? 1 : 0,
    set(psi, at) {
      if (!fill(held ?? psi[at]!)) return false;
      logDet = 0;
      for (let g = 0; g < groups; g++)
        for (let k = 0; k < length(g); k++) logDet += 2 * Math.log(sequence.own[first(g) + k]!);
      return Number.isFinite(logDet);
    },
    logDet: () => logDet,
    multiplyPrecision(x, columns, out) {
      for (let g = 0; g < groups; g++)
        for (let c = 0; c < columns; c++) {
          solve(x, columns, c, g);
          for (let k = 0; k < length(g); k++) out[(start[g]! + k) * columns + c] = u[k]!;
        }
    },
    pullbackColumns(f, columns, weight, dPsi, at) {
      if (held !== null) return;
      let total = 0;
      for (let g = 0; g < groups; g++) {
        for (let k = 0; k < length(g); k++) total += (2 * sequence.dOwn[first(g) + k]!) / sequence.own[first(g) + k]!;
        // d(e'e) = −2 u'(∂C)e
        for (let c = 0; c < columns; c++) {
          solve(f, columns, c, g);
          total -= 2 * weight[c]! * sequenceSlope(sequence, first(g), u, e, length(g));
        }
      }
      dPsi[at]! += total;
    },
    whiten(x) {
      for (let g = 0; g < groups; g++) whitenSequence(sequence, first(g), x, start[g]!, length(g));
    },
    colour(x) {
      for (let g = 0; g < groups; g++) colourSequence(sequence, first(g), x, start[g]!, length(g));
    },
    multiply(x) {
      for (let g = 0; g < groups; g++) {
        colourTransposed(sequence, first(g), x, start[g]!, length(g));
        colourSequence(sequence, first(g), x, start[g]!, length(g));
      }
    },
  };
}
