/** Newton's steps for the coefficients under a likelihood that is not Gaussian, everything else as it is. */
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { SHORTEST_STEP } from "./climb.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";

/** A Newton step and the Cholesky factor of the curvature H it was taken with, p × p. */
export interface NewtonStep {
  readonly step: Float64Array;
  readonly factor: Float64Array;
}

export interface NewtonCoefficients {
  /** The log prior density at the state, up to a constant. */
  logPrior(): number;
  /** Fills step = H⁻¹g and the factor of H; returns log|H|/2, NaN where H is not positive definite. */
  approximate(out: NewtonStep): number;
  /** Takes note of coefficients and predictor. */
  keep(): void;
  /** η follows the coefficients from where they were kept. */
  moveRows(): void;
  /** Back to what was kept. */
  restore(): void;
  /** The step, halved until it climbs; false, and nothing moved, where it does not. */
  climb(step: Float64Array): boolean;
  /** The coefficients that were kept. */
  readonly old: Float64Array;
}

export function newtonCoefficients(
  { n, p, X }: GibbsDesign,
  { gamma }: GibbsState,
  prior: NormalCoefficients,
  rows: RowLikelihood,
): NewtonCoefficients {
  const old = new Float64Array(p);
  const etaBefore = new Float64Array(n);

  function logPrior(): number {
    const { precision, shift } = prior.standardised;
    let sum = 0;
    for (let a = 0; a < p; a++) {
      sum += gamma[a]! * shift[a]!;
      for (let b = 0; b < p; b++) sum -= 0.5 * gamma[a]! * precision[a * p + b]! * gamma[b]!;
    }
    return sum;
  }

  function keep(): void {
    old.set(gamma);
    etaBefore.set(rows.eta);
  }

  function moveRows(): void {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let a = 0; a < p; a++) sum += X[i * p + a]! * (gamma[a]! - old[a]!);
      rows.eta[i]! += sum;
    }
  }

  function restore(): void {
    gamma.set(old);
    rows.eta.set(etaBefore);
  }

  return {
    logPrior,
    keep,
    moveRows,
    restore,
    old,
    approximate({ step, factor }) {
      rows.derivatives();
      const { d1, d2 } = rows;
      const { precision, shift } = prior.standardised;
      factor.set(precision);
      step.set(shift);
      for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) step[a]! -= precision[a * p + b]! * gamma[b]!;
      for (let i = 0; i < n; i++) {
        const w = Math.max(-d2[i]!, 0);
        for (let a = 0; a < p; a++) {
          const x = X[i * p + a]!;
          step[a]! += x * d1[i]!;
          for (let b = 0; b <= a; b++) factor[a * p + b]! += w * x * X[i * p + b]!;
        }
      }
      if (!choleskyFactor(factor, p)) return Number.NaN;
      choleskySolve(factor, p, step);
      let half = 0;
      for (let a = 0; a < p; a++) half += Math.log(factor[a * p + a]!);
      return half;
    },
    climb(step) {
      const before = rows.total() + logPrior();
      keep();
      for (let length = 1; length > SHORTEST_STEP; length *= 0.5) {
        for (let a = 0; a < p; a++) gamma[a] = old[a]! + length * step[a]!;
        moveRows();
        if (rows.total() + logPrior() > before) return true;
        restore();
      }
      return false;
    },
  };
}
