/**
 * Leverages of a fit's rows: the diagonal of the matrix that takes working responses to fitted values, the random effects at their modes
 * (Demidenko & Stukel 2005, Statistics in Medicine 24, 893–909; lme4's `hatvalues`). At given variances
 *
 *   h_i = w_i (z_i'Cz_i + r_i'S⁻¹r_i),  C = Var(b | y, β),  r_i = x_i − X'WZCz_i,  S = X'WX − X'WZCZ'WX,
 *
 * w_i the curvature of the row's log density in its linear predictor: 1/σ² of a Gaussian response. Only C's root is kept.
 */
import { isOfMeanAlone } from "../data/design.ts";
import { ofMean } from "../families/of-mean.ts";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import { solveLower } from "../linalg/triangular.ts";
import { addDeviation, projectedGradient, varianceOfTouched } from "../marginal/effects-covariance.ts";
import { linearPredictors } from "../marginal/linear-predictors.ts";
import { leverageNeedsIndependence, leverageNeedsOnePredictor } from "../messages/diagnose.ts";
import { declarationFault } from "../messages/issue.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import { requireFit } from "../model/require-fit.ts";
import { residualScale } from "../model/residual-scale.ts";
import { residuals } from "./residuals.ts";

/** −∂²ℓ/∂η² of each row of the mean's predictor at the conditional modes. */
function workingWeights({ model, estimate, modes }: MaximumLikelihoodFit): Float64Array {
  const { data, layout, design, gaussian, residual } = model;
  const { n } = design;
  if (gaussian && design.predictors.length === 1) {
    const { sigma, psiAt } = residualScale(model);
    const structure = residual.structure();
    const sd = structure.set(estimate, psiAt) ? structure.sd : null;
    const scale = sigma(estimate) ** 2;
    const { weights } = design;
    const { multiplier } = data;
    return Float64Array.from(
      { length: n },
      (_, i) => ((multiplier?.[i] ?? 1) * (weights?.[i] ?? 1)) / (scale * (sd ? sd[i]! ** 2 : 1)),
    );
  }
  const kernel = model.kernel.bind(data.columns, n, data.multiplier);
  linearPredictors(data, layout.beta).eta(estimate, modes, kernel.eta);
  kernel.setParameters(estimate.slice(layout.phi.offset, layout.phi.offset + layout.phi.size));
  kernel.curvature(0, n);
  return kernel.d2[0]!.map((value) => -value);
}

/** What leverages, and what leaving rows out does, are made of: by rows, in the standardised columns of the mean. */
export interface WorkingRows {
  readonly n: number;
  readonly p: number;
  /** w_i. */
  readonly weight: Float64Array;
  /** z_i'Cz_i. */
  readonly effects: Float64Array;
  /** r_i, n × p: w_ir_i is the row of V⁻¹X. */
  readonly rest: Float64Array;
  /** The Cholesky factor of S = X'V⁻¹X. */
  readonly root: Float64Array;
  /** Of each row L⁻¹Λ'z_i, whose products are covariances of the rows' effects; null without random effects. */
  project(row: number): Float64Array | null;
}

const known = new WeakMap<MaximumLikelihoodFit, WorkingRows | null>();

/** @throws DeclarationError for other fits than by maximum likelihood, correlated residuals, and several linear predictors of the mean */
export function workingRows(fit: Fit): WorkingRows | null {
  if (fit.kind !== "ml") throw declarationFault(leverageNeedsIndependence(fit.kind));
  let found = known.get(fit);
  if (found === undefined) known.set(fit, (found = compute(fit)));
  return found;
}

/**
 * The leverage of each row of a fit, between 0 and 1 for a Gaussian response: how much its fitted value, given its groups, follows its own response.
 * They sum to the effective number of coefficients and random effects.
 *
 * @param fit by (restricted) maximum likelihood
 * @throws DeclarationError for other fits, correlated residuals, and several linear predictors of the mean
 * @example
 * leverage(fit); // as lme4's hatvalues(fit)
 */
export function leverage(fit: Fit): Float64Array {
  requireFit(fit, "leverage()");
  const found = workingRows(fit);
  return found ? leverages(found) : new Float64Array(fit.model.design.n).fill(Number.NaN);
}

function leverages({ n, p, weight, effects, rest, root }: WorkingRows): Float64Array {
  const r = new Float64Array(p);
  return Float64Array.from({ length: n }, (_, i) => {
    r.set(rest.subarray(i * p, (i + 1) * p));
    solveLower(root, 0, p, p, r);
    let own = effects[i]!;
    for (let a = 0; a < p; a++) own += r[a]! ** 2;
    return weight[i]! * own;
  });
}

/** Null where the estimate cannot be computed with. */
function compute(fit: MaximumLikelihoodFit): WorkingRows | null {
  const { model, estimate } = fit;
  const { design, layout, standardisation, family } = model;
  if (design.residual?.correlation) throw declarationFault(leverageNeedsIndependence("correlated"));
  const ofOthers = !design.random.every(isOfMeanAlone);
  if (family.curve || family.categories || ofOthers) throw declarationFault(leverageNeedsOnePredictor());
  const { n } = design;
  const x = new Float64Array(layout.size);
  standardisation.toStandardised(estimate, x);
  const { predictors, random } = standardisation.data;
  const { X, names } = ofMean(predictors);
  const p = names.length;
  const w = workingWeights(fit);
  const integral = chooseIntegral(model).integral;
  const C = random.length > 0 ? model.standardisedMarginal(integral).effectsCovariance(x) : null;
  if (random.length > 0 && !C) return null;
  const zeros = () => random.map(({ levels, q }) => new Float64Array(levels.length * q));
  /** Z'WX_a by column, then CZ'WX_a. */
  const projected: Float64Array[] = [];
  const shrunk: Float64Array[][] = [];
  const S = new Float64Array(p * p);
  for (let a = 0; a < p; a++) {
    const sums = zeros();
    for (let i = 0; i < n; i++) {
      const value = w[i]! * X[i * p + a]!;
      for (let b = 0; b <= a; b++) S[a * p + b]! += value * X[i * p + b]!;
      random.forEach(({ q, Z, index }, t) => {
        for (let c = 0; c < q; c++) sums[t]![index[i]! * q + c]! += Z[i * q + c]! * value;
      });
    }
    if (!C) continue;
    const half = projectedGradient(C, sums);
    projected.push(half.slice());
    const back = zeros();
    addDeviation(C, half, back);
    shrunk.push(back);
  }
  for (let a = 0; a < p; a++)
    for (let b = 0; b <= a && C; b++) {
      let sum = 0;
      for (let k = 0; k < C.size; k++) sum += projected[a]![k]! * projected[b]![k]!;
      S[a * p + b]! -= sum;
    }
  if (p > 0 && !choleskyFactor(S, p)) return null;
  const gradient = zeros();
  const touched = { count: 0, term: random.map((_, t) => t), level: random.map(() => 0) };
  const effects = new Float64Array(n);
  const rest = new Float64Array(n * p);
  const atRow = (i: number, value: (t: number, c: number) => number): void =>
    random.forEach(({ q, index }, t) => {
      for (let c = 0; c < q; c++) gradient[t]![index[i]! * q + c] = value(t, c);
    });
  const entry = (i: number) => (t: number, c: number) => random[t]!.Z[i * random[t]!.q + c]!;
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < p; a++) rest[i * p + a] = X[i * p + a]!;
    if (!C) continue;
    random.forEach(({ q, Z, index }, t) => {
      const from = index[i]! * q;
      touched.level[t] = index[i]!;
      for (let c = 0; c < q; c++)
        for (let a = 0; a < p; a++) rest[i * p + a]! -= Z[i * q + c]! * shrunk[a]![t]![from + c]!;
    });
    atRow(i, entry(i));
    touched.count = random.length;
    effects[i] = varianceOfTouched(C, gradient, touched);
    atRow(i, () => 0);
  }
  return {
    n,
    p,
    weight: w,
    effects,
    rest,
    root: S,
    project(i) {
      if (!C) return null;
      atRow(i, entry(i));
      const out = projectedGradient(C, gradient);
      atRow(i, () => 0);
      return out;
    },
  };
}

/**
 * Cook's distance of each row by its leverage: (r/(1 − h))² h/p, r the Pearson residual given the groups; as lme4's `cooks.distance`. What leaving the row out
 * does to the coefficients, `influence` says.
 *
 * @throws DeclarationError as `leverage`, and where the family states no variance
 */
export function cooksDistance(fit: Fit): Float64Array {
  const h = leverage(fit);
  const r = residuals(fit, { type: "pearson" });
  const p = ofMean(fit.model.layout.beta).size;
  return h.map((value, i) => ((r[i]! / (1 - value)) ** 2 * value) / p);
}
