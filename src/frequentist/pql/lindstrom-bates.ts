/**
 * The alternating algorithm of Lindstrom & Bates (1990, Biometrics 46, 673–687; Pinheiro & Bates 2000, §7.2.1) for a nonlinear mean with
 * Gaussian errors. Two steps in turn: with the variances held, β and b minimise the penalised sum of squares
 * Σ w(y − f(β, b))²/σ² + Σ u'u, b = Λu; then the mean is linearised there, w = y − f + X̂β + Ẑb with X̂ = ∂f/∂β and Ẑ = ∂f/∂b,
 * and a linear mixed model is fitted to w by maximum likelihood, which gives new variances.
 *
 * Gauss-Newton of the first step is the linear mixed model's own solution for β and b at fixed variances, so both steps are fits of the
 * working model with a halved step where the penalised sum of squares would rise. With a residual structure R the sum of squares is
 * (y − f)'R⁻¹(y − f); without random effects the fixed point is the maximum of the likelihood itself (nlme's `gnls`).
 */

import { usesFitted } from "../../dsl/residual-spec.ts";
import { ofMean } from "../../families/of-mean.ts";
import { kinkAtMaximum } from "../../messages/fitting.ts";
import { issue, refusal } from "../../messages/issue.ts";
import * as messages from "../../messages/linearised-fits.ts";
import { fixedPoint } from "../../messages/residual-fits.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { refuseParts } from "../../model/model-parts.ts";
import { type Pausable, pauseDue, tell } from "../../optimise/pausable.ts";
import type { Estimate } from "../estimate.ts";
import type { FitMethod } from "../method.ts";
import { boundaryReasons, type VerdictWithReason } from "../verdict.ts";
import { Linearisation, linearisedMean, penalty, type State, workingColumns, workingData } from "./linearised-model.ts";
import { lindstromBates } from "./method.ts";
import { fitWorkingModel, type WorkingData, type WorkingFit } from "./working-model.ts";

const MOST_HALVINGS = 30;

/** A fit of the working model; dependent columns of X̂ are a singular gradient of the mean. */
function* fitLinearised(model: CompiledModel, data: WorkingData, from: Float64Array | undefined): Pausable<WorkingFit> {
  const { X, names } = ofMean(data.predictors);
  if (!X.every(Number.isFinite))
    throw refusal("singular-gradient", ["method"], messages.singularGradient("at the current values"));
  const dependent = dependentColumn(X, data.n, names.length);
  if (dependent) throw refusal("singular-gradient", ["method"], messages.singularGradient("at the current values"));
  return yield* fitWorkingModel(data, { parameters: model.family.parameters, ...(from && { from }) });
}

/** Whether a column of X is a combination of the others, to 1e-9 of its size. */
function dependentColumn(X: Float64Array, n: number, p: number): boolean {
  const Q = X.slice();
  for (let j = 0; j < p; j++) {
    let before = 0;
    for (let i = 0; i < n; i++) before += Q[i * p + j]! ** 2;
    for (let k = 0; k < j; k++) {
      let dot = 0;
      for (let i = 0; i < n; i++) dot += Q[i * p + k]! * Q[i * p + j]!;
      for (let i = 0; i < n; i++) Q[i * p + j]! -= dot * Q[i * p + k]!;
    }
    let square = 0;
    for (let i = 0; i < n; i++) square += Q[i * p + j]! ** 2;
    if (!(square > 1e-18 * before)) return true;
    const scale = Math.sqrt(square);
    for (let i = 0; i < n; i++) Q[i * p + j]! /= scale;
  }
  return false;
}

/**
 * Fits by the Lindstrom-Bates algorithm.
 *
 * @param requested the method asked for: its iterations and tolerance, or those of `lindstromBates()`
 * @param start [β | Λ | φ] to begin at; default the pooled least squares
 * @throws DeclarationError for models without a nonlinear mean or with another response than a Gaussian one, and where the derivatives of
 * the mean are linearly dependent
 */
export function* fitLindstromBates(
  model: CompiledModel,
  requested: FitMethod,
  start?: Float64Array,
): Pausable<Omit<Estimate, "refit" | "unrestricted">> {
  const { design, family, layout } = model;
  const { iterations: most, tolerance } = requested.kind === "lindstromBates" ? requested : lindstromBates();
  if (!family.curve || !family.normal) throw refusal("not-nonlinear", ["method"], messages.lindstromBatesLinear());
  refuseParts(model, {
    "several predictors": () => issue("not-nonlinear", ["method"], messages.lindstromBatesDispersion()),
  });
  const point = new Linearisation(model);
  const columns = workingColumns(design);
  const fixedSize = layout.beta.reduce((sum, { size }) => sum + size, 0);
  let state: State = {
    beta: start
      ? start.slice(0, fixedSize)
      : Float64Array.from(design.predictors.flatMap(({ nonlinear }) => [...nonlinear!.start])),
    effects: design.random.map(({ levels, q }) => new Float64Array(levels.length * q)),
  };
  let fit: WorkingFit | undefined;
  let change = Number.POSITIVE_INFINITY;
  let iterations = 0;
  point.at(state, true);
  while (iterations < most && !(change < tolerance)) {
    iterations++;
    tell({ phase: "working models", likelihood: null, iteration: iterations });
    point.renewVariance();
    fit = yield* fitLinearised(model, workingData(model, point, state, columns), fit?.x ?? start);
    const { x } = fit;
    const proposal: State = { beta: x.slice(0, fixedSize), effects: fit.conditional.modes };
    // halve the way to the working model's solution while the penalised sum of squares rises
    const criterion = (at: State) => {
      point.at(at, false);
      return point.squares(x) + x[layout.phi.offset]! ** 2 * penalty(model, x, at.effects);
    };
    const before = criterion(state);
    let next = proposal;
    for (let halving = 0; halving < MOST_HALVINGS; halving++) {
      const value = criterion(next);
      if (pauseDue()) yield;
      if (value <= before * (1 + 1e-10)) break;
      next = between(state, next);
    }
    point.at(state, false);
    const previous = point.value.slice();
    point.at(next, true);
    change = relativeDifference(point.value, previous);
    state = next;
    if (Number.isNaN(change)) break;
  }
  point.renewVariance();
  return estimateOf(model, requested, fit!, { change, iterations, settled: change < tolerance });
}

const between = (a: State, b: State): State => ({
  beta: a.beta.map((value, j) => 0.5 * (value + b.beta[j]!)),
  effects: a.effects.map((values, t) => values.map((value, k) => 0.5 * (value + b.effects[t]![k]!))),
});

function relativeDifference(values: Float64Array, before: Float64Array): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    difference += (values[i]! - before[i]!) ** 2;
    size += values[i]! ** 2;
  }
  return Math.sqrt(difference / Math.max(size, Number.MIN_VALUE));
}

function estimateOf(
  model: CompiledModel,
  requested: FitMethod,
  fit: WorkingFit,
  { change, iterations, settled }: { change: number; iterations: number; settled: boolean },
): Omit<Estimate, "refit" | "unrestricted"> {
  const converged = settled && fit.maximum.converged;
  const reasons = boundaryReasons(model, fit.x);
  const verdict: VerdictWithReason = !converged
    ? { code: "failed", reason: messages.notConverged("The Lindstrom-Bates algorithm", iterations, change) }
    : reasons.length > 0
      ? { code: "boundary", reason: reasons.join(" ") }
      : { code: "converged", reason: messages.convergedIterations(iterations, change) };
  const mixed = model.design.random.length > 0;
  return {
    model,
    requested,
    label: mixed || requested.kind === "lindstromBates" ? "Lindstrom-Bates" : "ML",
    integral: { kind: "laplace" },
    x: fit.x,
    covariance: fit.maximum.covariance,
    logLik: fit.maximum.logLik,
    restricted: false,
    verdict,
    warnings: [
      ...(mixed ? [messages.lindstromBatesApproximate()] : []),
      ...(usesFitted(model.spec.residual) ? [fixedPoint(iterations)] : []),
      ...fit.maximum.kinks.map(kinkAtMaximum),
    ],
    evaluations: iterations,
    working: {
      likelihood: true,
      ...fit.conditional,
      linearised: linearisedMean(model, fit.x, fit.conditional.modes),
    },
  };
}
