/**
 * Newton's method for the mode of random effects, û = argmin h(u) = ½u'u − Σ ℓ_i(η_i(u)), on spherical effects, or with ½u'Pu for a given P.
 *
 * The search always starts at u = 0, so that û is a deterministic function of the parameters, and stops on the Newton decrement
 * δ = g'H⁻¹g < 1e-22. The tolerance is this small because a Laplace approximation has log|H| at û: an error e = √δ of the mode enters
 * it, and its gradient, in first order. Where H is not positive definite (densities that are not log-concave) a ridge is added to the
 * step; at the mode itself H must be positive definite. Of several modes the one downhill from u = 0 is found.
 */

const DECREMENT = 1e-22;
export const MAX_ITERATIONS = 200;
export const MAX_HALVINGS = 60;
/** A step is taken where h falls by this share of what its slope promises, rounding apart. */
export const SUFFICIENT_DECREASE = 1e-4;

/** Where no entry of H is larger, what the search leaves of ∇h, √(1e-22 H), is nothing to any derivative: it counts as 0. */
export const LARGE_CURVATURE = 1e4;

/** The rounding error allowed for in h. */
export const slackOf = (h: number): number => 1e-13 * (1 + Math.abs(h));

/** The same where an estimate of it is at hand, which far from the mode may be anything. */
export const largeSlack = (h: number, rounding: number): number => Math.min(rounding, 1e-8 * (1 + Math.abs(h)));

/** Rounding of the sums may keep the decrement above its limit: there it no longer falls. */
export const hasConverged = (decrement: number, previous: number): boolean =>
  decrement < DECREMENT || (decrement < 1e-10 && decrement > 0.25 * previous);

/** h, its derivatives and the factor of its Hessian, with the vectors of the search. */
export interface ModeProblem {
  readonly u: Float64Array;
  readonly gradient: Float64Array;
  readonly step: Float64Array;
  readonly trial: Float64Array;
  /** u'Pu where the effects have a precision P other than the identity. */
  penalty?(u: Float64Array): number;
  /** −Σ ℓ at u, leaving the derivatives there behind for `assemble`. */
  negativeLogLikelihood(u: Float64Array): number;
  /** The rounding error to expect in −Σ ℓ where it was last computed, where it may exceed a fixed fraction of it. */
  rounding?(): number;
  /** Writes ∇h at u into `gradient` and keeps H = ∇²h, from the derivatives last left behind. */
  assemble(u: Float64Array): void;
  /** Factorises H + ridge·I; false where it is not positive definite. */
  factorise(ridge: number): boolean;
  /** Largest |entry| of H. */
  largest(): number;
  /** x ← (H + ridge·I)⁻¹ x with the last factor. */
  solve(x: Float64Array): void;
  /** Counts the iterations. */
  iterations: number;
}

/**
 * Finds the mode into `problem.u`, with the factor of H there, and returns h(û). NaN where there is none: a density that is not finite at
 * u = 0, no descent, or an indefinite H where the search ends.
 */
export function findMinimum(problem: ModeProblem): number {
  const { u, gradient, step, trial } = problem;
  const size = u.length;
  u.fill(0);
  let h = problem.negativeLogLikelihood(u);
  if (!(Math.abs(h) < Infinity)) return NaN;
  let previous = Infinity;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    problem.iterations++;
    problem.assemble(u);
    let ridge = 0;
    if (!problem.factorise(0)) {
      const largest = problem.largest();
      if (!(largest < Infinity)) return NaN;
      ridge = 1e-3 * largest;
      while (!problem.factorise(ridge)) {
        ridge *= 4;
        if (!(ridge < 1e6 * largest)) return NaN;
      }
    }
    for (let a = 0; a < size; a++) step[a] = gradient[a]!;
    problem.solve(step);
    let decrement = 0;
    for (let a = 0; a < size; a++) decrement += gradient[a]! * step[a]!;
    if (!(decrement < Infinity)) return NaN;
    if (hasConverged(decrement, previous)) return ridge === 0 ? h : NaN;
    previous = decrement;
    const slack = slackOf(h);
    for (let halving = 0, length = 1; ; halving++, length *= 0.5) {
      if (halving === MAX_HALVINGS) return NaN;
      let square = 0;
      for (let a = 0; a < size; a++) {
        const value = u[a]! - length * step[a]!;
        trial[a] = value;
        square += value * value;
      }
      if (problem.penalty) square = problem.penalty(trial);
      const next = 0.5 * square + problem.negativeLogLikelihood(trial);
      if (
        next <= h - SUFFICIENT_DECREASE * length * decrement + slack ||
        (problem.rounding && next <= h + largeSlack(h, problem.rounding()))
      ) {
        for (let a = 0; a < size; a++) u[a] = trial[a]!;
        h = next;
        break;
      }
    }
  }
  return NaN;
}
