/**
 * Expectations over many directions by randomised quasi-Monte Carlo: the multiples of the square roots of primes modulo 1 (Richtmyer's sequence),
 * shifted at random a number of times and folded; the spread over the shifts is the standard error (Genz & Bretz 2009, Computation of
 * Multivariate Normal and t Probabilities, §4.2.2).
 */
import { createRng } from "../random/rng.ts";
import { normalQuantile } from "../special/distributions.ts";
import type { RowExpectation } from "./row-expectation.ts";

const ROOTS = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71].map(Math.sqrt);
const SHIFTS = 8;
/** Points a shift: doubled until the error is small. */
const FEWEST = 2 ** 9;
const MOST = 2 ** 13;
/** Standard error, relative to √E m², at which it stops. */
const ENOUGH = 1e-4;

/** Most directions that the sequence serves. */
export const mostDirections = ROOTS.length;

/**
 * Computes the expectations, with their derivatives, in `sums`. The points are the same at every call, so that results are smooth in the
 * parameters.
 *
 * @param trial another of the same kind, overwritten
 * @returns the standard error of each row's expectation
 */
export function quasiMonteCarlo(sums: RowExpectation, trial: RowExpectation, d: number): Float64Array {
  const { n } = sums;
  const x = new Float64Array(d);
  for (let points = FEWEST; ; points *= 2) {
    const rng = createRng("quasi-Monte Carlo");
    sums.clear();
    const squares = new Float64Array(n);
    for (let shift = 0; shift < SHIFTS; shift++) {
      const offset = Float64Array.from({ length: d }, () => rng.uniform());
      trial.clear();
      for (let j = 0; j < points; j++) {
        for (let c = 0; c < d; c++) {
          const u = (j * ROOTS[c]! + offset[c]!) % 1;
          const folded = 1 - Math.abs(2 * u - 1);
          // the ends of the interval have no normal
          x[c] = normalQuantile(Math.min(Math.max(folded, 1e-12), 1 - 1e-12));
        }
        trial.add(x, 1 / points, true);
      }
      sums.addMean(trial, 1 / SHIFTS);
      for (let i = 0; i < n; i++) squares[i]! += trial.value[i]! ** 2 / SHIFTS;
    }
    let worst = 0;
    const error = squares.map((square, i) => {
      const found = Math.sqrt(Math.max(0, square - sums.value[i]! ** 2) / (SHIFTS - 1));
      worst = Math.max(worst, found / Math.sqrt(sums.square[i]! || Number.MIN_VALUE));
      return found;
    });
    if (worst < ENOUGH || points >= MOST) return error;
  }
}
