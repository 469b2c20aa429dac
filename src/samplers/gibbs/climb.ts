/**
 * Chains start far from where counts of millions put them, thousands of conditional standard deviations away. A Newton step plus noise goes there, but is
 * not accepted: the way back is not a step that anything would propose. So far out a chain climbs without accept steps.
 */

/** Curvature from which on a conditional posterior is so nearly normal that no chain in equilibrium comes so far. */
const LARGE_CURVATURE = 1e4;
/** Squared distance in conditional standard deviations, beside what the number of coordinates adds: beyond lies a share of e^−50 at most. */
const FAR = 100;
const FAR_BY_COORDINATE = 4;

export const MAX_CLIMBS = 50;
export const SHORTEST_STEP = 1e-3;

/** Whether a Newton step s, H = LL' with L at `at` of `factor`, is so long that no chain in equilibrium would need it: s'Hs. */
export function isFar(factor: Float64Array, at: number, step: Float64Array, from: number, q: number): boolean {
  let largest = 0;
  let square = 0;
  for (let c = 0; c < q; c++) {
    let sum = 0;
    for (let a = c; a < q; a++) sum += factor[at + a * q + c]! * step[from + a]!;
    square += sum * sum;
    largest = Math.max(largest, factor[at + c * q + c]! ** 2);
  }
  return largest >= LARGE_CURVATURE && square > FAR + FAR_BY_COORDINATE * q;
}
