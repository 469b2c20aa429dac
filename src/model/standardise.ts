/**
 * Internal standardisation, done and undone here only. Every predictor's X is replaced by X̃ = XT with orthogonal columns of
 * mean square 1 (u² for a parameter of a nonlinear mean, u its unit; T upper triangular, by modified Gram-Schmidt with reorthogonalisation), every column of Z is divided by its
 * root mean square. The engines then work on well-scaled coordinates whatever the user's units:
 * β̃ = T⁻¹β, Λ̃ = diag(s)Λ, φ̃ = φ. Where thresholds take the place of an intercept, columns are centred at their means c before, and the
 * thresholds move along: τ̃ = τ − c'β.
 */

import { structureOf } from "../covariance/structures.ts";
import { type PredictorDesign, predictorOfColumn, type RandomTermDesign } from "../data/design.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import type { ParameterLayout } from "./parameter-layout.ts";

/** The linear map between the user's natural parameters x and the standardised x̃. */
export interface Standardisation {
  /** The data in standardised columns. */
  readonly data: IntegralData;
  /** Σ over predictors of log|det T|: what a restricted likelihood changes by. */
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
  /** By term: the root mean squares of its columns; b = b̃ / scale. */
  readonly scales: readonly Float64Array[];
}

interface Orthogonalised {
  readonly X: Float64Array;
  /** R̃ = T⁻¹, p × p upper triangular, row-major: X = X̃R̃. */
  readonly R: Float64Array;
}

/** Rows of X that are taken apart together. */
const STRETCH = 512;

/** Takes `multiple` times `previous` off `own` and returns the product of what is left with `next` (which may be `own`). */
function projection(own: Float64Array, previous: Float64Array | null, multiple: number, next: Float64Array): number {
  let dot = 0;
  if (previous === null) for (let i = 0; i < own.length; i++) dot += next[i]! * own[i]!;
  else if (next === own)
    for (let i = 0; i < own.length; i++) {
      const left = own[i]! - multiple * previous[i]!;
      own[i] = left;
      dot += left * left;
    }
  else
    for (let i = 0; i < own.length; i++) {
      const left = own[i]! - multiple * previous[i]!;
      own[i] = left;
      dot += next[i]! * left;
    }
  return dot;
}

/**
 * X = X̃R̃ with X̃'X̃ = nI. Columns are centred first where the first is constant, which costs no accuracy when means are large. A column that is
 * a combination of those before it has a column of 0 in X̃, and its own root mean square in R̃: of β̃ there the data say nothing.
 *
 * @param dependent positions of such columns
 */
function orthogonalise(
  X: Float64Array,
  n: number,
  p: number,
  unit: number,
  dependent: readonly number[] = [],
): Orthogonalised {
  // column by column, so that the sweeps read memory in order
  const columns = Array.from({ length: p }, () => new Float64Array(n));
  for (let from = 0; from < n; from += STRETCH)
    columns.forEach((column, j) => {
      const to = Math.min(n, from + STRETCH);
      for (let i = from, at = from * p + j; i < to; i++, at += p) column[i] = X[at]!;
    });
  const R = new Float64Array(p * p);
  columns.forEach((own, j) => {
    // each sweep takes off the projection found by the one before and finds the next
    let previous: Float64Array | null = null;
    let dot = 0;
    const size = dependent.includes(j) ? Math.sqrt(projection(own, null, 0, own) / n) || 1 : 0;
    for (let sweep = 0; sweep < 2 * j; sweep++) {
      const k = sweep % j;
      dot = projection(own, previous, dot, columns[k]!) / n;
      R[k * p + j]! += dot;
      previous = columns[k]!;
    }
    const scale = size || Math.sqrt(projection(own, previous, dot, own) / n);
    R[j * p + j] = scale;
    if (size > 0) own.fill(0);
    for (let i = 0; i < n; i++) own[i]! /= scale;
  });
  const Q = new Float64Array(n * p);
  for (let from = 0; from < n; from += STRETCH)
    columns.forEach((column, j) => {
      const to = Math.min(n, from + STRETCH);
      for (let i = from, at = from * p + j; i < to; i++, at += p) Q[at] = column[i]!;
    });
  if (unit !== 1) {
    for (let i = 0; i < Q.length; i++) Q[i]! *= unit;
    for (let i = 0; i < R.length; i++) R[i]! /= unit;
  }
  return { X: Q, R };
}

function scaleColumns(
  term: RandomTermDesign,
  n: number,
  unitOf: (a: number) => number,
): { term: RandomTermDesign; scale: Float64Array } {
  const { q, Z } = term;
  const scale = new Float64Array(q);
  for (let i = 0; i < n; i++) for (let a = 0; a < q; a++) scale[a]! += Z[i * q + a]! ** 2;
  // effects with one standard deviation in common keep one unit
  if (structureOf(term.covariance, term.sd).homogeneous) scale.fill(scale.reduce((sum, square) => sum + square, 0) / q);
  for (let a = 0; a < q; a++) scale[a] = (Math.sqrt(scale[a]! / n) || 1) / unitOf(a);
  // given standard deviations are in the user's units, and nothing else of the term has one
  if (term.sd) scale.fill(1);
  const scaled = new Float64Array(Z.length);
  for (let i = 0; i < n; i++) for (let a = 0; a < q; a++) scaled[i * q + a] = Z[i * q + a]! / scale[a]!;
  return { term: { ...term, Z: scaled }, scale };
}

/** By entry of x what it is multiplied by: those of row a of Λ by scale[a]. */
function entryScales(layout: ParameterLayout, scales: readonly Float64Array[]): Float64Array {
  const factor = new Float64Array(layout.size).fill(1);
  layout.terms.forEach((term, t) => {
    structureOf(term.covariance, term.sd)
      .entries(term.q)
      .forEach((entry, i) => {
        if (entry) factor[term.offset + i] = scales[t]![entry[0]]!;
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

export function standardise(data: IntegralData): Standardisation {
  const { n, layout, thresholds = 0 } = data;
  const centre = columnMeans(data.predictors[0]!.X, thresholds > 0 ? n : 0, layout.beta[0]!.size);
  const tau = layout.phi.offset;
  const units = data.predictors.map((predictor) => predictor.nonlinear?.unit ?? 1);
  const parts = data.predictors.map((predictor, r) => {
    const X = r === 0 && thresholds > 0 ? predictor.X.map((x, k) => x - centre[k % centre.length]!) : predictor.X;
    return orthogonalise(X, n, predictor.names.length, units[r]!, predictor.dependent);
  });
  const terms = data.random.map((term) => scaleColumns(term, n, (a) => units[predictorOfColumn(term, a)]!));
  const scales = terms.map(({ scale }) => scale);
  const factor = entryScales(layout, scales);
  const predictors: PredictorDesign[] = data.predictors.map((predictor, i) => ({ ...predictor, X: parts[i]!.X }));

  /** c'β. */
  const levelAtCentre = (x: Float64Array) => {
    let level = 0;
    for (let j = 0; j < centre.length; j++) level += centre[j]! * x[j]!;
    return level;
  };
  /** Adds sign·c Σ_k ∂f/∂τ_k to the gradient of β. */
  const addLevelGradient = (dThresholds: Float64Array, sign: number, out: Float64Array) => {
    let total = 0;
    for (let k = 0; k < thresholds; k++) total += dThresholds[tau + k]!;
    for (let j = 0; j < centre.length && total !== 0; j++) out[j]! += sign * centre[j]! * total;
  };

  const toStandardised = (x: Float64Array, out: Float64Array) => {
    for (let i = 0; i < layout.size; i++) out[i] = x[i]! * factor[i]!;
    const level = levelAtCentre(x);
    for (let k = 0; k < thresholds; k++) out[tau + k] = x[tau + k]! - level;
    layout.beta.forEach(({ offset, size }, r) => {
      const R = parts[r]!.R;
      for (let j = 0; j < size; j++) {
        let s = 0;
        for (let k = j; k < size; k++) s += R[j * size + k]! * x[offset + k]!;
        out[offset + j] = s;
      }
    });
  };
  const toOriginal = (standardised: Float64Array, out: Float64Array) => {
    for (let i = 0; i < layout.size; i++) out[i] = standardised[i]! / factor[i]!;
    layout.beta.forEach(({ offset, size }, r) => {
      const R = parts[r]!.R;
      for (let j = size - 1; j >= 0; j--) {
        let s = standardised[offset + j]!;
        for (let k = j + 1; k < size; k++) s -= R[j * size + k]! * out[offset + k]!;
        out[offset + j] = s / R[j * size + j]!;
      }
    });
    const level = levelAtCentre(out);
    for (let k = 0; k < thresholds; k++) out[tau + k]! += level;
  };
  const pullbackToOriginal = (dStandardised: Float64Array, out: Float64Array) => {
    for (let i = 0; i < layout.size; i++) out[i] = dStandardised[i]! * factor[i]!;
    layout.beta.forEach(({ offset, size }, r) => {
      const R = parts[r]!.R;
      for (let k = 0; k < size; k++) {
        let s = 0;
        for (let j = 0; j <= k; j++) s += R[j * size + k]! * dStandardised[offset + j]!;
        out[offset + k] = s;
      }
    });
    addLevelGradient(dStandardised, -1, out);
  };
  const pullbackToStandardised = (dOriginal: Float64Array, out: Float64Array) => {
    for (let i = 0; i < layout.size; i++) out[i] = dOriginal[i]! / factor[i]!;
    addLevelGradient(dOriginal, 1, out);
    layout.beta.forEach(({ offset, size }, r) => {
      const R = parts[r]!.R;
      for (let k = 0; k < size; k++) {
        let s = out[offset + k]!;
        for (let j = 0; j < k; j++) s -= R[j * size + k]! * out[offset + j]!;
        out[offset + k] = s / R[k * size + k]!;
      }
    });
  };
  const covarianceToOriginal = (covariance: Float64Array) => {
    const d = layout.size;
    const half = new Float64Array(d * d);
    const row = new Float64Array(d);
    const mapped = new Float64Array(d);
    for (let i = 0; i < d; i++) {
      toOriginal(covariance.subarray(i * d, (i + 1) * d), mapped);
      half.set(mapped, i * d);
    }
    const result = new Float64Array(d * d);
    for (let j = 0; j < d; j++) {
      for (let i = 0; i < d; i++) row[i] = half[i * d + j]!;
      toOriginal(row, mapped);
      for (let i = 0; i < d; i++) result[i * d + j] = mapped[i]!;
    }
    return result;
  };

  let logDeterminant = 0;
  data.predictors.forEach((predictor, r) => {
    const p = predictor.names.length;
    for (let j = 0; j < p; j++) logDeterminant -= Math.log(parts[r]!.R[j * p + j]!);
  });
  return {
    data: { ...data, predictors, random: terms.map(({ term }) => term) },
    logDeterminant,
    toStandardised,
    toOriginal,
    pullbackToOriginal,
    pullbackToStandardised,
    covarianceToOriginal,
    scales,
  };
}
