/** The linear mixed model that a nonlinear mean with Gaussian errors is at a point: w = y − f + X̂β + Ẑb, X̂ = ∂f/∂β and Ẑ = ∂f/∂b. */
import { multiplyPrecision } from "../../covariance/level-precision.ts";
import { type PredictorDesign, predictorOfColumn, type RandomTermDesign } from "../../data/design.ts";
import { createMarginalLikelihood } from "../../marginal/create.ts";
import { type LinearPredictors, linearPredictors } from "../../marginal/linear-predictors.ts";
import { inOriginalUnits } from "../../marginal/rescaled.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import type { ConditionalOnData } from "../../model/fit.ts";
import { fillFactor, type ParameterLayout } from "../../model/parameter-layout.ts";
import { standardise } from "../../model/standardise.ts";
import { predictorKernel } from "../../nonlinear/nonlinear-family.ts";
import type { ResidualStructure } from "../../residual/residual-structure.ts";
import type { WorkingData } from "./working-model.ts";

/** The state of the iterations: coefficients of all parameters in turn, effects by term. */
export interface State {
  readonly beta: Float64Array;
  readonly effects: readonly Float64Array[];
}

/** The mean and its derivatives at a state. */
export class Linearisation {
  readonly model: CompiledModel;
  readonly theta: readonly Float64Array[];
  readonly value: Float64Array;
  readonly slope: readonly Float64Array[];
  readonly #predictors: LinearPredictors;
  readonly #structure: ResidualStructure;
  readonly #residual: Float64Array;
  readonly #evaluate: (derivatives: boolean) => void;

  constructor(model: CompiledModel) {
    this.model = model;
    const { n, predictors, columns = {} } = model.design;
    // coefficients stand first in x, predictor by predictor
    this.#predictors = linearPredictors(model.design, model.layout.beta);
    this.#structure = model.residual.structure();
    this.#residual = new Float64Array(n);
    this.theta = predictors.map(() => new Float64Array(n));
    this.value = new Float64Array(n);
    this.slope = predictors.map(() => new Float64Array(n));
    const kernel = predictorKernel(model.family);
    const none = new Float64Array(0);
    this.#evaluate = (derivatives) =>
      kernel.evaluate(this.theta, none, n, { value: this.value, ...(derivatives && { dEta: this.slope }) }, columns);
  }

  /** Evaluates f, and with `derivatives` ∂f/∂θ, at a state. */
  at({ beta, effects }: State, derivatives: boolean): void {
    this.#predictors.eta(beta, effects, this.theta);
    this.#evaluate(derivatives);
  }

  /** (y − f)'R⁻¹(y − f) of the last evaluation, rows by their weights; at x for the parameters of R. */
  squares(x: Float64Array): number {
    const { y, weights, frequencyWeights } = this.model.design;
    const r = this.#residual;
    for (let i = 0; i < y.length; i++) r[i] = Math.sqrt(weights?.[i] ?? 1) * (y[i]! - this.value[i]!);
    if (!this.#structure.set(x, this.model.layout.phi.offset + 1)) return Number.POSITIVE_INFINITY;
    this.#structure.whiten(r);
    let sum = 0;
    for (let i = 0; i < y.length; i++) sum += (frequencyWeights?.[i] ?? 1) * r[i]! ** 2;
    return sum;
  }

  /** Puts the mean of the last evaluation where variance functions of the fitted values read it. */
  renewVariance(): void {
    for (const part of this.model.residual.variance) if (part.fitted) part.covariate!.set(this.value);
  }
}

/** Σ over levels of u'u with b = Λu (u'A⁻¹u with a known covariance A across levels); u = 0 where Λ is 0. */
export function penalty(model: CompiledModel, x: Float64Array, effects: readonly Float64Array[]): number {
  let total = 0;
  model.layout.terms.forEach((term, t) => {
    const { q } = term;
    const L = new Float64Array(q * q);
    const b = effects[t]!;
    const u = new Float64Array(b.length);
    fillFactor(term, x, L);
    for (let base = 0; base < b.length; base += q)
      for (let a = 0; a < q; a++) {
        let sum = b[base + a]!;
        for (let c = 0; c < a; c++) sum -= L[a * q + c]! * u[base + c]!;
        u[base + a] = L[a * q + a] === 0 ? 0 : sum / L[a * q + a]!;
      }
    const { known } = model.design.random[t]!;
    const w = known ? new Float64Array(u.length) : u;
    if (known) multiplyPrecision(known, u, q, w);
    for (let i = 0; i < u.length; i++) total += u[i]! * w[i]!;
  });
  return total;
}

/** Columns of working data: the response, which `workingData` overwrites, and the precision weights. */
export const workingColumns = ({ n, weights }: CompiledModel["design"]): Record<string, Float64Array> => ({
  y: new Float64Array(n),
  weights: weights ?? new Float64Array(n).fill(1),
});

/** The linear model at a state, from the last evaluation with derivatives. */
export function workingData(
  model: CompiledModel,
  point: Linearisation,
  state: State,
  columns: Record<string, Float64Array>,
): WorkingData {
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
  return {
    n,
    predictors: [predictor],
    random: terms,
    columns,
    multiplier: design.frequencyWeights,
    ...(model.residual.data && { residual: model.residual.data }),
  };
}

/** The layout of the linear model: the same vector, its coefficients those of one predictor. */
const workingLayout = ({ layout }: CompiledModel): ParameterLayout => ({
  ...layout,
  beta: [{ offset: 0, size: layout.beta.reduce((sum, { size }) => sum + size, 0) }],
});

/** The state of an estimate [β | Λ | φ] with its random effects. */
const stateOf = ({ layout }: CompiledModel, x: Float64Array, effects: readonly Float64Array[]): State => ({
  beta: x.slice(
    0,
    layout.beta.reduce((sum, { size }) => sum + size, 0),
  ),
  effects,
});

/**
 * The random effects given the data in the model linearised at an estimate, as a function of the parameters: at the estimate the modes are its
 * own.
 *
 * @param effects conditional modes at the estimate, by term
 */
export const linearisedMean =
  (model: CompiledModel, estimate: Float64Array, effects: readonly Float64Array[]) => (): ConditionalOnData => {
    const point = new Linearisation(model);
    const state = stateOf(model, estimate, effects);
    point.at(state, true);
    const data = { ...workingData(model, point, state, workingColumns(model.design)), layout: workingLayout(model) };
    const standardisation = standardise(data);
    const exact = createMarginalLikelihood(standardisation.data, null, { kind: "exact" });
    return inOriginalUnits(exact, standardisation, data.layout);
  };

/** Brings variance functions of the fitted values to an estimate that was loaded. */
export function restoreNonlinearFitted(
  model: CompiledModel,
  estimate: Float64Array,
  effects: readonly Float64Array[],
): void {
  const point = new Linearisation(model);
  point.at(stateOf(model, estimate, effects), false);
  point.renewVariance();
}
