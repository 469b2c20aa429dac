/**
 * All coefficients and all random effects in one draw, given the Gaussian working model and the covariances: first β̃ with the random effects
 * integrated out, then u given β̃, both from one factorisation of H = I + sΛ'Z'WZΛ.
 * The blocked draw of mixed models by sparse Cholesky: Rue (2001), "Fast sampling of Gaussian Markov random fields", in the spherical form of
 * Bates et al. (2015), "Fitting linear mixed-effects models using lme4", which stays regular at singular Λ.
 */

import { choleskyLogDet, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { solveLowerTransposed } from "../../linalg/triangular.ts";
import { groupingPrecision } from "../../marginal/gaussian/grouping-precision.ts";
import { priorProduct } from "../../marginal/prior-precision.ts";
import { factorisationFailed } from "../../messages/gibbs.ts";
import { DeclarationError } from "../../messages/issue.ts";
import type { Rng } from "../../random/rng.ts";
import type { Block } from "./block.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import { type IntegratedCoefficients, integratedCoefficients } from "./integrated-coefficients.ts";
import type { LevelClasses } from "./level-classes.ts";
import { type MergedFactors, mergedFactors } from "./merged-factors.ts";
import type { GibbsState } from "./state.ts";
import { effectsFromSpherical } from "./state.ts";
import type { WorkingModel } from "./working-model.ts";
import { gather, scatter } from "./working-model.ts";

export interface JointEffects extends Block {
  /**
   * log p(y | Λ, s) with coefficients and random effects integrated out, at the state's Λ and the model's s, up to a constant that depends on neither:
   * ½N log s − ½log|H| − ½log|P| + ½m'P⁻¹m − ½s·R_rr in the terms of `integrated-coefficients.ts`. −Infinity where it cannot be computed.
   *
   * @param observations N
   */
  logMarginal(observations: number): number;
}

interface Joint {
  readonly model: WorkingModel;
  readonly state: GibbsState;
  readonly classes: LevelClasses | null;
  readonly merged: MergedFactors;
  readonly lambda: readonly Float64Array[];
  readonly half: Float64Array;
  readonly u: Float64Array;
  readonly product: Float64Array;
  readonly reduced: Float64Array;
  readonly coefficients: IntegratedCoefficients;
  readonly mean: Float64Array;
  readonly delta: Float64Array;
  readonly priorOf: (u: Float64Array, out: Float64Array) => void;
}

/** x ← √sΛ'x, x size × columns. */
function multiplyTransposed(s: Joint, x: Float64Array, columns: number): void {
  const { model, lambda } = s;
  const { grouping } = model;
  const { factors } = grouping;
  for (let f = 0; f < factors.length; f++) {
    const { levels, q, base } = factors[f]!;
    const L = lambda[f]!;
    for (let l = 0; l < levels; l++) {
      const from = (base + l * q) * columns;
      // Row a needs rows a … of x: upwards, so that they are still there.
      for (let a = 0; a < q; a++)
        for (let c = 0; c < columns; c++) {
          let sum = 0;
          for (let d = a; d < q; d++) sum += L[d * q + a]! * x[from + d * columns + c]!;
          x[from + a * columns + c] = sum;
        }
    }
  }
}

/** Factors H; leaves L⁻¹√sΛ'Z'W[X̃ r] in `half`, R in `reduced`, and sets the law of β̃. */
function prepare(s: Joint): boolean {
  const { model, state, merged, lambda, half, reduced, coefficients } = s;
  const { k, grouping, system, EE, ZE } = model;
  const { size } = grouping;
  merged.set(state.lambda, model.scale);
  half.set(ZE);
  if (system) {
    multiplyTransposed(s, half, k);
    if (!system.factorise(lambda)) return false;
    system.halfSolve(half, k);
  }
  for (let a = 0; a < k; a++)
    for (let b = 0; b <= a; b++) {
      let sum = EE[a * k + b]!;
      for (let row = 0; row < size; row++) sum -= half[row * k + a]! * half[row * k + b]!;
      reduced[a * k + b] = sum;
    }
  return coefficients.set(reduced);
}

/** As `prepare`, with the mean of β̃ − removed given everything but u. */
function prepareMean(s: Joint): void {
  const { model, coefficients, mean } = s;
  const { p } = model;
  const { factor, linear } = coefficients;
  if (!prepare(s)) throw new DeclarationError([factorisationFailed]);
  mean.set(linear);
  choleskySolve(factor, p, mean);
}

/** log|H|, R and the law of β̃; NaN where one is not positive definite. */
function prepareMarginal(s: Joint): number {
  const { model, state, classes, merged, lambda, reduced, coefficients } = s;
  const { system } = model;
  if (!classes) return prepare(s) ? (system?.logDet() ?? 0) : Number.NaN;
  merged.set(state.lambda, model.scale);
  const logDet = classes.reduce(lambda[0]!, reduced);
  return coefficients.set(reduced) ? logDet : Number.NaN;
}

function draw(s: Joint, rng: Rng): void {
  const { model, state, half, u, coefficients, mean, delta } = s;
  const { p, k, grouping, system, removed } = model;
  const { size } = grouping;
  const { factor } = coefficients;
  prepareMean(s);
  for (let a = 0; a < p; a++) delta[a] = rng.normal();
  solveLowerTransposed(factor, 0, p, p, delta, 0, 1);
  for (let a = 0; a < p; a++) {
    delta[a]! += mean[a]!;
    state.gamma[a] = removed[a]! + delta[a]!;
  }
  if (!system) return;
  const root = Math.sqrt(model.scale);
  for (let row = 0; row < size; row++) {
    let sum = half[row * k + p]!;
    for (let a = 0; a < p; a++) sum -= half[row * k + a]! * delta[a]!;
    u[row] = root * sum + rng.normal();
  }
  system.halfSolveTransposed(u, 1);
  scatter(grouping, u, state.u);
  for (let t = 0; t < state.u.length; t++) effectsFromSpherical(state, t);
}

function logConditional(s: Joint): number {
  const { model, state, lambda, half, u, product, coefficients, mean, delta, priorOf } = s;
  const { p, k, grouping, system, removed } = model;
  const { factors, size } = grouping;
  const { precision, factor } = coefficients;
  prepareMean(s);
  for (let a = 0; a < p; a++) delta[a] = state.gamma[a]! - removed[a]! - mean[a]!;
  let sum = 0.5 * choleskyLogDet(factor, p);
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) sum -= 0.5 * delta[a]! * precision[a * p + b]! * delta[b]!;
  if (!system) return sum;
  const root = Math.sqrt(model.scale);
  // u less its mean, then the quadratic form of H = P + (√sΛ)'Z'WZ(√sΛ), P = I but for known covariances across levels.
  for (let row = 0; row < size; row++) {
    let own = half[row * k + p]!;
    for (let a = 0; a < p; a++) own -= half[row * k + a]! * (state.gamma[a]! - removed[a]!);
    product[row] = root * own;
  }
  system.halfSolveTransposed(product, 1);
  gather(grouping, state.u, u);
  for (let row = 0; row < size; row++) u[row]! -= product[row]!;
  priorOf(u, product);
  let quadratic = 0;
  for (let row = 0; row < size; row++) quadratic += u[row]! * product[row]!;
  const scaled = new Float64Array(size);
  for (let f = 0; f < factors.length; f++) {
    const { levels, q, base } = factors[f]!;
    for (let l = 0; l < levels; l++)
      for (let a = 0; a < q; a++)
        for (let c = 0; c <= a; c++) scaled[base + l * q + a]! += lambda[f]![a * q + c]! * u[base + l * q + c]!;
  }
  product.fill(0);
  system.subtractCrossproduct(scaled, product, 1);
  for (let row = 0; row < size; row++) quadratic -= scaled[row]! * product[row]!;
  return sum + 0.5 * system.logDet() - 0.5 * quadratic;
}

/** @param classes levels whose blocks are the same, for `logMarginal`; null: it is computed level by level */
export function jointEffects(
  model: WorkingModel,
  prior: NormalCoefficients,
  state: GibbsState,
  classes: LevelClasses | null = null,
): JointEffects {
  const { p, k, grouping } = model;
  const { size } = grouping;
  const merged = mergedFactors(grouping, state.lambda.length);
  const lambda = merged.values;
  const half = new Float64Array(size * k);
  const u = new Float64Array(size);
  const product = new Float64Array(size);
  const reduced = new Float64Array(k * k);
  const coefficients = integratedCoefficients(model, prior);
  const mean = new Float64Array(p);
  const delta = new Float64Array(p);
  const priorOf = priorProduct(groupingPrecision(grouping));
  const s: Joint = {
    model,
    state,
    classes,
    merged,
    lambda,
    half,
    u,
    product,
    reduced,
    coefficients,
    mean,
    delta,
    priorOf,
  };

  return {
    logMarginal(observations) {
      const logDet = prepareMarginal(s);
      const value = 0.5 * (observations * Math.log(model.scale) - logDet) + coefficients.logMarginal(reduced);
      return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
    },
    name: "coefficients and random effects",
    draw: (rng) => draw(s, rng),
    logConditional: () => logConditional(s),
  };
}
