/**
 * The alternating algorithm of Lindstrom & Bates (1990, Biometrics 46, 673–687; Pinheiro & Bates 2000, §7.2.1) for a nonlinear mean with
 * Gaussian errors. Two steps in turn: with the variances held, β and b minimise the penalised sum of squares
 * Σ w(y − f(β, b))²/σ² + Σ u'u, b = Λu; then the mean is linearised there, w = y − f + X̂β + Ẑb with X̂ = ∂f/∂β and Ẑ = ∂f/∂b,
 * and a linear mixed model is fitted to w by maximum likelihood, which gives new variances.
 *
 * Gauss-Newton of the first step is the linear mixed model's own solution for β and b at fixed variances, so both steps are fits of the
 * working model with a halved step where the penalised sum of squares would rise.
 */
import { type PredictorDesign, predictorOfColumn, type RandomTermDesign } from "../../data/design.ts";
import { DeclarationError } from "../../messages/issue.ts";
import * as messages from "../../messages/nonlinear.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { fillFactor } from "../../model/parameter-layout.ts";
import { predictorKernel } from "../../nonlinear/nonlinear-family.ts";
import type { Estimate } from "../maximum-likelihood.ts";
import { boundaryReasons, type VerdictWithReason } from "../verdict.ts";
import type { LindstromBatesMethod } from "./method.ts";
import { fitWorkingModel, type WorkingFit } from "./working-model.ts";

const refusal = (code: string, message: string) => new DeclarationError([{ code, path: ["method"], message }]);

const MOST_HALVINGS = 30;

/** The state of the iterations: coefficients of all parameters in turn, effects by term. */
interface State {
  readonly beta: Float64Array;
  readonly effects: readonly Float64Array[];
}

/** The mean and its derivatives at a state. */
class Linearisation {
  readonly model: CompiledModel;
  readonly theta: readonly Float64Array[];
  readonly value: Float64Array;
  readonly slope: readonly Float64Array[];
  readonly #evaluate: (derivatives: boolean) => void;

  constructor(model: CompiledModel) {
    this.model = model;
    const { n, predictors, columns = {} } = model.design;
    this.theta = predictors.map(() => new Float64Array(n));
    this.value = new Float64Array(n);
    this.slope = predictors.map(() => new Float64Array(n));
    const kernel = predictorKernel(model.family, model.spec.nonlinear!);
    const none = new Float64Array(0);
    this.#evaluate = (derivatives) =>
      kernel.evaluate(this.theta, none, n, { value: this.value, ...(derivatives && { dEta: this.slope }) }, columns);
  }

  /** Evaluates f, and with `derivatives` ∂f/∂θ, at a state. */
  at({ beta, effects }: State, derivatives: boolean): void {
    const { n, predictors, random } = this.model.design;
    let first = 0;
    predictors.forEach(({ X, names, offset }, r) => {
      const p = names.length;
      const out = this.theta[r]!;
      for (let i = 0; i < n; i++) {
        let sum = offset[i]!;
        for (let j = 0; j < p; j++) sum += X[i * p + j]! * beta[first + j]!;
        out[i] = sum;
      }
      first += p;
    });
    random.forEach((term, t) => {
      for (let a = 0; a < term.q; a++) {
        const out = this.theta[predictorOfColumn(term, a)]!;
        for (let i = 0; i < n; i++) out[i]! += term.Z[i * term.q + a]! * effects[t]![term.index[i]! * term.q + a]!;
      }
    });
    this.#evaluate(derivatives);
  }

  /** Σ w(y − f)² of the last evaluation. */
  squares(): number {
    const { y, weights, frequencyWeights } = this.model.design;
    let sum = 0;
    for (let i = 0; i < y.length; i++)
      sum += (weights?.[i] ?? 1) * (frequencyWeights?.[i] ?? 1) * (y[i]! - this.value[i]!) ** 2;
    return sum;
  }
}

/** Σ over levels of u'u with b = Λu; u = 0 where Λ is 0. */
function penalty(model: CompiledModel, x: Float64Array, effects: readonly Float64Array[]): number {
  let total = 0;
  model.layout.terms.forEach((term, t) => {
    const { q } = term;
    const L = new Float64Array(q * q);
    const u = new Float64Array(q);
    fillFactor(term, x, L);
    const b = effects[t]!;
    for (let base = 0; base < b.length; base += q)
      for (let a = 0; a < q; a++) {
        let sum = b[base + a]!;
        for (let c = 0; c < a; c++) sum -= L[a * q + c]! * u[c]!;
        u[a] = L[a * q + a] === 0 ? 0 : sum / L[a * q + a]!;
        total += u[a]! * u[a]!;
      }
  });
  return total;
}

function workingData(model: CompiledModel, point: Linearisation, state: State, columns: Record<string, Float64Array>) {
  const { design } = model;
  const { n, predictors, random } = design;
  const size = state.beta.length;
  const X = new Float64Array(n * size);
  const z = columns["y"]!;
  for (let i = 0; i < n; i++) z[i] = design.y[i]! - point.value[i]!;
  let first = 0;
  predictors.forEach(({ X: own, names }, r) => {
    const p = names.length;
    const slope = point.slope[r]!;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < p; j++) {
        const x = own[i * p + j]! * slope[i]!;
        X[i * size + first + j] = x;
        z[i]! += x * state.beta[first + j]!;
      }
    first += p;
  });
  const terms = random.map((term, t): RandomTermDesign => {
    const { predictors: _, ...plain } = term;
    const { q } = term;
    const Z = new Float64Array(n * q);
    for (let a = 0; a < q; a++) {
      const slope = point.slope[predictorOfColumn(term, a)]!;
      for (let i = 0; i < n; i++) {
        Z[i * q + a] = term.Z[i * q + a]! * slope[i]!;
        z[i]! += Z[i * q + a]! * state.effects[t]![term.index[i]! * q + a]!;
      }
    }
    return { ...plain, predictor: 0, Z };
  });
  const predictor: PredictorDesign = {
    role: "mu",
    names: predictors.flatMap(({ names }) => names),
    X,
    offset: new Float64Array(n),
    intercept: false,
  };
  return { n, predictors: [predictor], random: terms, columns, multiplier: design.frequencyWeights };
}

/** A fit of the working model; dependent columns of X̂ are a singular gradient of the mean. */
function fitLinearised(data: ReturnType<typeof workingData>, from: Float64Array | undefined): WorkingFit {
  const { X } = data.predictors[0]!;
  if (!X.every(Number.isFinite)) throw refusal("singular-gradient", messages.singularGradient("at the current values"));
  const dependent = dependentColumn(X, data.n, data.predictors[0]!.names.length);
  if (dependent) throw refusal("singular-gradient", messages.singularGradient("at the current values"));
  return fitWorkingModel(data, from && { from });
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
 * @throws DeclarationError for models without a nonlinear mean or with another response than a Gaussian one, and where the derivatives of
 * the mean are linearly dependent
 */
export function fitLindstromBates(model: CompiledModel, method: LindstromBatesMethod): Omit<Estimate, "refit"> {
  const { design, family, layout } = model;
  if (!model.spec.nonlinear || family.name !== "gaussian")
    throw refusal("not-nonlinear", messages.lindstromBatesLinear());
  const point = new Linearisation(model);
  const columns = { y: new Float64Array(design.n), weights: design.weights ?? new Float64Array(design.n).fill(1) };
  let state: State = {
    beta: Float64Array.from(design.predictors.flatMap(({ nonlinear }) => [...nonlinear!.start])),
    effects: design.random.map(({ levels, q }) => new Float64Array(levels.length * q)),
  };
  const fixedSize = state.beta.length;
  let fit: WorkingFit | undefined;
  let change = Number.POSITIVE_INFINITY;
  let iterations = 0;
  point.at(state, true);
  while (iterations < method.iterations && !(change < method.tolerance)) {
    iterations++;
    fit = fitLinearised(workingData(model, point, state, columns), fit?.x);
    const { x } = fit;
    const proposal: State = { beta: x.slice(0, fixedSize), effects: fit.conditional.modes };
    // halve the way to the working model's solution while the penalised sum of squares rises
    const criterion = (at: State) => {
      point.at(at, false);
      return point.squares() + x[layout.phi.offset]! ** 2 * penalty(model, x, at.effects);
    };
    const before = criterion(state);
    let next = proposal;
    for (let halving = 0; halving < MOST_HALVINGS; halving++) {
      const value = criterion(next);
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
  return estimateOf(model, method, fit!, change, iterations);
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
  method: LindstromBatesMethod,
  fit: WorkingFit,
  change: number,
  iterations: number,
): Omit<Estimate, "refit"> {
  const converged = change < method.tolerance && fit.maximum.converged;
  const reasons = boundaryReasons(model, fit.x);
  const verdict: VerdictWithReason = !converged
    ? { code: "failed", reason: messages.notConverged("The Lindstrom-Bates algorithm", iterations, change) }
    : reasons.length > 0
      ? { code: "boundary", reason: reasons.join(" ") }
      : { code: "converged", reason: messages.convergedIterations(iterations, change) };
  return {
    model,
    requested: method,
    label: "Lindstrom-Bates",
    integral: { kind: "laplace" },
    x: fit.x,
    covariance: fit.maximum.covariance,
    logLik: fit.maximum.logLik,
    restricted: false,
    verdict,
    warnings: model.design.random.length > 0 ? [messages.lindstromBatesApproximate()] : [],
    evaluations: iterations,
    working: { likelihood: true, ...fit.conditional },
  };
}
