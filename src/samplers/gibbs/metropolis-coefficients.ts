/** The coefficients under a likelihood that is not Gaussian: a Newton step plus noise with the curvature there, accepted exactly (Gamerman 1997). */
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { solveLowerTransposed } from "../../linalg/triangular.ts";
import type { Block } from "./block.ts";
import { isFar, MAX_CLIMBS, SHORTEST_STEP } from "./climb.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";

export function metropolisCoefficients(
  design: GibbsDesign,
  state: GibbsState,
  prior: NormalCoefficients,
  rows: RowLikelihood,
): Block {
  const { n, p, X } = design;
  const { gamma } = state;
  const here = { step: new Float64Array(p), factor: new Float64Array(p * p) };
  const there = { step: new Float64Array(p), factor: new Float64Array(p * p) };
  const old = new Float64Array(p);
  const noise = new Float64Array(p);
  const etaBefore = new Float64Array(n);
  const proposals = { made: 0, accepted: 0 };

  function logPrior(): number {
    const { precision, shift } = prior.standardised;
    let sum = 0;
    for (let a = 0; a < p; a++) {
      sum += gamma[a]! * shift[a]!;
      for (let b = 0; b < p; b++) sum -= 0.5 * gamma[a]! * precision[a * p + b]! * gamma[b]!;
    }
    return sum;
  }

  /** Fills step = H⁻¹g and the factor of H; returns log|H|/2, NaN where H is not positive definite. */
  function approximate({ step, factor }: typeof here): number {
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
  }

  /** η follows the coefficients from `old`. */
  function moveRows(): void {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let a = 0; a < p; a++) sum += X[i * p + a]! * (gamma[a]! - old[a]!);
      rows.eta[i]! += sum;
    }
  }

  /** The Newton step at hand, halved until it climbs; false, and nothing moved, where it does not. */
  function climb(): boolean {
    const before = rows.total() + logPrior();
    old.set(gamma);
    etaBefore.set(rows.eta);
    for (let length = 1; length > SHORTEST_STEP; length *= 0.5) {
      for (let a = 0; a < p; a++) gamma[a] = old[a]! + length * here.step[a]!;
      moveRows();
      if (rows.total() + logPrior() > before) return true;
      rows.eta.set(etaBefore);
    }
    gamma.set(old);
    return false;
  }

  return {
    name: "coefficients",
    proposals,
    draw(rng) {
      proposals.made++;
      let halfLogDet = approximate(here);
      for (let k = 0; k < MAX_CLIMBS && isFar(here.factor, 0, here.step, 0, p); k++) {
        if (!climb()) break;
        halfLogDet = approximate(here);
      }
      let ratio = -rows.total() - logPrior() - halfLogDet;
      for (let a = 0; a < p; a++) {
        noise[a] = rng.normal();
        ratio += 0.5 * noise[a]! ** 2;
      }
      if (Number.isNaN(ratio)) return;
      solveLowerTransposed(here.factor, 0, p, p, noise, 0, 1);
      old.set(gamma);
      etaBefore.set(rows.eta);
      for (let a = 0; a < p; a++) gamma[a]! += here.step[a]! + noise[a]!;
      moveRows();
      ratio += rows.total() + logPrior() + approximate(there);
      for (let a = 0; a < p; a++) {
        let sum = 0;
        for (let c = a; c < p; c++) sum += there.factor[c * p + a]! * (old[c]! - gamma[c]! - there.step[c]!);
        ratio -= 0.5 * sum * sum;
      }
      if (Math.log(rng.uniform()) < ratio) proposals.accepted++;
      else {
        gamma.set(old);
        rows.eta.set(etaBefore);
      }
    },
    logConditional: () => rows.total() + logPrior(),
  };
}
