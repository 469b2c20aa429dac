/**
 * Internal standardisation, done and undone here only. Every predictor's X is replaced by X̃ = XT with orthogonal columns of
 * mean square 1 (u² for a parameter of a nonlinear mean, u its unit; T upper triangular, see `orthogonal-columns.ts`), every term's Z by Z̃ = ZS⁻¹, its columns of
 * that mean square too (`effect-coordinates.ts`). The engines then work on well-scaled coordinates whatever the user's units and origins:
 * β̃ = T⁻¹β, Λ̃ = SΛ, φ̃ = φ. Where thresholds take the place of an intercept, columns are centred at their means c before, and the
 * thresholds move along: τ̃ = τ − c'β.
 */

import { boundStructure } from "../covariance/structures.ts";
import { type PredictorDesign, predictorOfColumn } from "../data/design.ts";
import { isLinearMean, isMeans, MEAN, ofMean } from "../families/of-mean.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import { type EffectTriangle, effectCoordinates } from "./effect-coordinates.ts";
import {
  type OrthogonalColumns,
  orthogonalColumns,
  shiftCoefficients,
  shiftRow,
  unshiftCoefficients,
  unshiftRow,
} from "./orthogonal-columns.ts";
import type { ParameterLayout } from "./parameter-layout.ts";

/** The linear map between the user's natural parameters x and the standardised x̃. */
export interface Standardisation {
  /** The data in standardised columns. */
  readonly data: IntegralData;
  /** Σ over the predictors of the mean of log|det T|: what a restricted likelihood changes by. */
  readonly logDeterminant: number;
  /** x̃ from x. */
  toStandardised(x: Float64Array, out: Float64Array): void;
  /** x from x̃. */
  toOriginal(standardised: Float64Array, out: Float64Array): void;
  /** ∂f/∂x from ∂f/∂x̃: overwrites `out`. */
  pullbackToOriginal(dStandardised: Float64Array, out: Float64Array): void;
  /** ∂f/∂x̃ from ∂f/∂x: overwrites `out`. */
  pullbackToStandardised(dOriginal: Float64Array, out: Float64Array): void;
  /** Covariance of x from the covariance of x̃ (both size × size, row-major). */
  covarianceToOriginal(covariance: Float64Array): Float64Array;
  /** By term: the diagonal of S, b̃ = Sb: the root mean squares of its columns where S is diagonal. */
  readonly scales: readonly Float64Array[];
  /** By term: what S does where it is not diagonal, else null. */
  readonly triangles: readonly (EffectTriangle | null)[];
  /**
   * Whether columns lie so far from their origin that variances of combinations of the user's parameters lose digits: they are then taken in
   * standardised coordinates.
   */
  readonly shifted: boolean;
  /** Root mean square of the standardised columns of the mean (`StandardiseOptions`). */
  readonly unit: number;
}

export interface StandardiseOptions {
  /** Whether every S has to be diagonal, as where priors are on the user's standard deviations. Default false. */
  readonly diagonal?: boolean;
  /** Root mean square of the columns of the mean's X̃ and Z̃, the scale of its predictor: their coefficients and effects are then about 1. Default 1. */
  readonly unit?: number;
}

/** By entry of x what it is multiplied by: those of row a of Λ by scale[a]. */
function entryScales(layout: ParameterLayout, scales: readonly Float64Array[]): Float64Array {
  const factor = new Float64Array(layout.size).fill(1);
  layout.terms.forEach((term, t) => {
    boundStructure(term).labels.forEach(({ unit }, i) => {
      if (unit !== null) factor[term.offset + i] = scales[t]![unit]!;
    });
  });
  return factor;
}

/** Means of the columns of X, n × p, each in two parts so that large means lose nothing. */
function columnMeans(X: Float64Array, n: number, p: number): Float64Array {
  const mean = new Float64Array(p);
  const rest = new Float64Array(p);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) mean[j]! += X[i * p + j]! / n;
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) rest[j]! += (X[i * p + j]! - mean[j]!) / n;
  for (let j = 0; j < p; j++) mean[j]! += rest[j]!;
  return mean;
}

/** Columns of which less than this share is their own make predictions differences of large numbers. */
const FAR = 1e-3;

/** The two coordinate systems' constants. */
interface Coordinates {
  readonly data: IntegralData;
  readonly thresholds: number;
  readonly centre: Float64Array;
  readonly tau: number;
  readonly parts: OrthogonalColumns[];
  readonly triangles: (EffectTriangle | null)[];
  readonly factor: Float64Array;
  readonly coefficients: Float64Array;
}

/** c'β. */
function levelAtCentre(s: Coordinates, x: Float64Array): number {
  const { centre } = s;
  let level = 0;
  for (let j = 0; j < centre.length; j++) level += centre[j]! * x[j]!;
  return level;
}

/** Adds sign·c Σ_k ∂f/∂τ_k to the gradient of β. */
function addLevelGradient(s: Coordinates, dThresholds: Float64Array, sign: number, out: Float64Array): void {
  const { thresholds, centre, tau } = s;
  let total = 0;
  for (let k = 0; k < thresholds; k++) total += dThresholds[tau + k]!;
  for (let j = 0; j < centre.length && total !== 0; j++) out[j]! += sign * centre[j]! * total;
}

function toStandardised(s: Coordinates, x: Float64Array, out: Float64Array): void {
  const { data, thresholds, tau, parts, triangles, factor, coefficients } = s;
  const { layout } = data;
  for (let i = 0; i < layout.size; i++) out[i] = x[i]! * factor[i]!;
  const level = levelAtCentre(s, x);
  for (let k = 0; k < thresholds; k++) out[tau + k] = x[tau + k]! - level;
  for (const triangle of triangles) triangle?.factorToStandardised(x, out);
  layout.beta.forEach(({ offset, size }, r) => {
    const { R, shift } = parts[r]!;
    if (shift) {
      coefficients.set(x.subarray(offset, offset + size), offset);
      shiftCoefficients(shift, size, coefficients, offset);
    }
    const beta = shift ? coefficients : x;
    for (let j = 0; j < size; j++) {
      let s = 0;
      for (let k = j; k < size; k++) s += R[j * size + k]! * beta[offset + k]!;
      out[offset + j] = s;
    }
  });
}

function toOriginal(s: Coordinates, standardised: Float64Array, out: Float64Array): void {
  const { data, thresholds, tau, parts, triangles, factor } = s;
  const { layout } = data;
  for (let i = 0; i < layout.size; i++) out[i] = standardised[i]! / factor[i]!;
  for (const triangle of triangles) triangle?.factorToOriginal(standardised, out);
  layout.beta.forEach(({ offset, size }, r) => {
    const { R, shift } = parts[r]!;
    for (let j = size - 1; j >= 0; j--) {
      let s = standardised[offset + j]!;
      for (let k = j + 1; k < size; k++) s -= R[j * size + k]! * out[offset + k]!;
      out[offset + j] = s / R[j * size + j]!;
    }
    if (shift) unshiftCoefficients(shift, size, out, offset);
  });
  const level = levelAtCentre(s, out);
  for (let k = 0; k < thresholds; k++) out[tau + k]! += level;
}

function pullbackToOriginal(s: Coordinates, dStandardised: Float64Array, out: Float64Array): void {
  const { data, parts, triangles, factor } = s;
  const { layout } = data;
  for (let i = 0; i < layout.size; i++) out[i] = dStandardised[i]! * factor[i]!;
  for (const triangle of triangles) triangle?.pullbackToOriginal(dStandardised, out);
  layout.beta.forEach(({ offset, size }, r) => {
    const { R, shift } = parts[r]!;
    for (let k = 0; k < size; k++) {
      let s = 0;
      for (let j = 0; j <= k; j++) s += R[j * size + k]! * dStandardised[offset + j]!;
      out[offset + k] = s;
    }
    if (shift) unshiftRow(shift, size, out, offset);
  });
  addLevelGradient(s, dStandardised, -1, out);
}

function pullbackToStandardised(s: Coordinates, dOriginal: Float64Array, out: Float64Array): void {
  const { data, parts, triangles, factor } = s;
  const { layout } = data;
  for (let i = 0; i < layout.size; i++) out[i] = dOriginal[i]! / factor[i]!;
  for (const triangle of triangles) triangle?.pullbackToStandardised(dOriginal, out);
  addLevelGradient(s, dOriginal, 1, out);
  layout.beta.forEach(({ offset, size }, r) => {
    const { R, shift } = parts[r]!;
    if (shift) shiftRow(shift, size, out, offset);
    for (let k = 0; k < size; k++) {
      let s = out[offset + k]!;
      for (let j = 0; j < k; j++) s -= R[j * size + k]! * out[offset + j]!;
      out[offset + k] = s / R[k * size + k]!;
    }
  });
}

function covarianceToOriginal(s: Coordinates, covariance: Float64Array): Float64Array {
  const { data } = s;
  const { layout } = data;
  const d = layout.size;
  const half = new Float64Array(d * d);
  const row = new Float64Array(d);
  const mapped = new Float64Array(d);
  for (let i = 0; i < d; i++) {
    toOriginal(s, covariance.subarray(i * d, (i + 1) * d), mapped);
    half.set(mapped, i * d);
  }
  const result = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < d; i++) row[i] = half[i * d + j]!;
    toOriginal(s, row, mapped);
    for (let i = 0; i < d; i++) result[i * d + j] = mapped[i]!;
  }
  return result;
}

export function standardise(
  data: IntegralData,
  { diagonal = false, unit = 1 }: StandardiseOptions = {},
): Standardisation {
  const { n, layout, thresholds = 0 } = data;
  const centre = columnMeans(ofMean(data.predictors).X, thresholds > 0 ? n : 0, ofMean(layout.beta).size);
  const tau = layout.phi.offset;
  const units = data.predictors.map(
    (predictor) => predictor.nonlinear?.unit ?? (isLinearMean(predictor) && unit !== 1 ? unit : (predictor.unit ?? 1)),
  );
  const parts = data.predictors.map((predictor, r) => {
    const X = isMeans(r) && thresholds > 0 ? predictor.X.map((x, k) => x - centre[k % centre.length]!) : predictor.X;
    return orthogonalColumns(X, n, predictor.names.length, units[r]!, predictor.dependent);
  });
  const terms = data.random.map((term, t) =>
    effectCoordinates(term, layout.terms[t]!, n, (a) => units[predictorOfColumn(term, a)]!, diagonal),
  );
  const scales = terms.map(({ scale }) => scale);
  const triangles = terms.map(({ triangle }) => triangle);
  const factor = entryScales(layout, scales);
  const coefficients = new Float64Array(layout.size);
  const s: Coordinates = { data, thresholds, centre, tau, parts, triangles, factor, coefficients };

  const predictors: PredictorDesign[] = data.predictors.map((predictor, i) => ({ ...predictor, X: parts[i]!.X }));

  let logDeterminant = 0;
  data.predictors.forEach((predictor, r) => {
    const p = predictor.names.length;
    if (predictor.role !== MEAN && !predictor.nonlinear) return;
    for (let j = 0; j < p; j++) logDeterminant -= Math.log(parts[r]!.R[j * p + j]!);
  });
  return {
    data: {
      ...data,
      predictors,
      random: terms.map(({ term }) => term),
      ...(triangles.some(Boolean) && { userRows: triangles.map((triangle) => triangle?.rows ?? null) }),
    },
    logDeterminant,
    toStandardised: (x, out) => toStandardised(s, x, out),
    toOriginal: (standardised, out) => toOriginal(s, standardised, out),
    pullbackToOriginal: (dStandardised, out) => pullbackToOriginal(s, dStandardised, out),
    pullbackToStandardised: (dOriginal, out) => pullbackToStandardised(s, dOriginal, out),
    covarianceToOriginal: (covariance) => covarianceToOriginal(s, covariance),
    scales,
    triangles,
    unit: ofMean(data.predictors).nonlinear ? unit : units[0]!,
    shifted: parts.some(({ shift, leastShare }) => shift !== null || leastShare < FAR) || triangles.some(Boolean),
  };
}
