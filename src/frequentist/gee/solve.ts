/** Fisher scoring on the estimating equations, alternating with the moment estimates of scale and correlation. */
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { type Pausable, pauseDue, tell } from "../../optimise/pausable.ts";
import type { Equations } from "./equations.ts";

export interface Solution {
  /** Standardised coordinates. */
  readonly beta: Float64Array;
  readonly scale: number;
  readonly alpha: Float64Array;
  readonly iterations: number;
  readonly state: "converged" | "not converged" | "singular correlation" | "singular information" | "undefined mean";
  /** Length of the last step in standard errors. */
  readonly step: number;
}

/** A step this short, in standard errors of β and on the scale of α, ends the iteration. */
const TOLERANCE = 1e-8;

/** Steps towards infinity where coefficients are there. */
const OUTWARD = 20;

/** Solves information · x = score in place of `score`'s copy; null where the information is not positive definite. */
function solveStep(equations: Equations, factor: Float64Array, step: Float64Array): boolean {
  const { p } = equations;
  factor.set(equations.information);
  if (!choleskyFactor(factor, p)) return false;
  step.set(equations.score);
  choleskySolve(factor, p, step);
  return true;
}

/** √(Δ'IΔ/φ) = √(Δ'·score/φ): the step in standard errors. */
function stepLength(equations: Equations, step: Float64Array, scale: number): number {
  let s = 0;
  for (let a = 0; a < equations.p; a++) s += step[a]! * equations.score[a]!;
  return Math.sqrt(Math.abs(s) / scale);
}

/**
 * Solves the equations for β, φ and α together.
 *
 * @param from where to start; default: coefficients under independence, since α of residuals far from their mean could make R indefinite
 * @param excluded a cluster left out, −1 for none
 */
export function* solveEquations(
  equations: Equations,
  maxIterations: number,
  from?: Pick<Solution, "beta" | "alpha">,
  excluded = -1,
): Pausable<Solution> {
  const { p, correlation } = equations;
  const factor = new Float64Array(p * p);
  const step = new Float64Array(p);
  const beta = from ? from.beta.slice() : new Float64Array(p);
  const candidate = new Float64Array(p);
  const alpha = from ? from.alpha.slice() : new Float64Array(correlation.names.length);
  const last = new Float64Array(alpha.length);
  let scale = 1;
  const end = (state: Solution["state"], iterations: number, length = Number.NaN): Solution => ({
    beta,
    scale,
    alpha,
    iterations,
    state,
    step: length,
  });

  if (!from) {
    const rough = equations.rows.start();
    if (typeof rough === "string") return end(rough, 0);
    beta.set(rough);
  }
  if (!equations.evaluate(beta)) return end("undefined mean", 0);
  if (equations.outward && !from) {
    // to where rows at the end of their range weigh nothing, or as far as numbers reach
    for (let k = 0; k < OUTWARD; k++) {
      for (let a = 0; a < p; a++) candidate[a] = beta[a]! + equations.outward[a]!;
      if (!equations.evaluate(candidate)) break;
      beta.set(candidate);
    }
    equations.evaluate(beta);
  }

  /** β + step, halved until the means are defined there. */
  const advance = (): boolean => {
    for (let halving = 0; halving < 40; halving++) {
      for (let a = 0; a < p; a++) candidate[a] = beta[a]! + step[a]!;
      if (equations.evaluate(candidate)) {
        beta.set(candidate);
        return true;
      }
      for (let a = 0; a < p; a++) step[a]! /= 2;
    }
    return false;
  };

  for (let k = 1; k <= maxIterations; k++) {
    tell({ iteration: k });
    last.set(alpha);
    scale = equations.moments(alpha, excluded);
    // residuals of 0 have no correlation
    if (scale === 0) alpha.fill(0);
    if (!equations.assemble(alpha, excluded)) return end("singular correlation", k);
    if (!solveStep(equations, factor, step)) return end("singular information", k);
    const length = stepLength(equations, step, scale);
    let change = 0;
    for (let a = 0; a < alpha.length; a++) change = Math.max(change, Math.abs(alpha[a]! - last[a]!));
    if (length < TOLERANCE && (change < TOLERANCE || k === maxIterations)) return end("converged", k, length);
    if (!(length < Infinity)) return end("not converged", k, length);
    if (!advance()) return end("undefined mean", k, length);
    if (k === maxIterations) return end("not converged", k, length);
    if (pauseDue()) yield;
  }
  return end("not converged", maxIterations);
}
