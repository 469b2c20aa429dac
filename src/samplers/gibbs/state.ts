/** Where a Gibbs chain is, and the linear predictor that goes with it. */

import { ofMean } from "../../families/of-mean.ts";
import { solveLower } from "../../linalg/triangular.ts";
import type { IntegralData } from "../../marginal/integral-data.ts";
import { type LinearPredictors, linearPredictors } from "../../marginal/linear-predictors.ts";
import { fillFactor } from "../../model/parameter-layout.ts";
import type { Standardisation } from "../../model/standardise.ts";
import { standardise } from "../../model/standardise.ts";

/** The linear map β = Tβ̃ between the user's coefficients and those of the orthogonal columns, as matrices p × p row-major. */
export interface CoefficientMap {
  readonly toUser: Float64Array;
  readonly toStandardised: Float64Array;
}

/** What stays the same while a chain runs. */
export interface GibbsDesign {
  readonly data: IntegralData;
  readonly n: number;
  readonly p: number;
  /** Orthogonal columns X̃, n × p row-major: Xβ = X̃β̃. */
  readonly X: Float64Array;
  readonly offset: Float64Array;
  /** η of the coefficients of X̃ and the random effects. */
  readonly predictors: LinearPredictors;
  readonly map: CoefficientMap;
}

export interface GibbsState {
  /** Coefficients of the orthogonal columns. */
  readonly gamma: Float64Array;
  /** By term: Λ, q × q lower triangular row-major, in the user's units. */
  readonly lambda: readonly Float64Array[];
  /** By term: u and b = Λu, levels × q. */
  readonly u: readonly Float64Array[];
  readonly b: readonly Float64Array[];
  /** By term: the mixing variables of its covariance's prior (Huang and Wand's a_k, or α of a parameter-expanded one), length q. */
  readonly mixing: readonly Float64Array[];
  /** The family's parameters. */
  readonly phi: Float64Array;
  /** The mixing variable of a half-t prior of sigma, length 1. */
  readonly sigmaMixing: Float64Array;
  /** The linear predictor of each row, offset included; kept where the likelihood is not Gaussian. */
  readonly eta: Float64Array;
}

function mapMatrix(map: Standardisation["toOriginal"], size: number, p: number): Float64Array {
  const out = new Float64Array(p * p);
  const unit = new Float64Array(size);
  const image = new Float64Array(size);
  for (let k = 0; k < p; k++) {
    unit[k] = 1;
    map(unit, image);
    unit[k] = 0;
    for (let j = 0; j < p; j++) out[j * p + k] = image[j]!;
  }
  return out;
}

export function gibbsDesign(data: IntegralData): GibbsDesign {
  const { n, layout } = data;
  const standardisation = standardise(data);
  const p = ofMean(layout.beta).size;
  const { X } = ofMean(standardisation.data.predictors);
  const mean = ofMean(data.predictors);
  return {
    data,
    n,
    p,
    X,
    offset: mean.offset,
    predictors: linearPredictors({ n, predictors: [{ ...mean, X }], random: data.random }, [{ offset: 0, size: p }]),
    map: {
      toUser: mapMatrix(standardisation.toOriginal, layout.size, p),
      toStandardised: mapMatrix(standardisation.toStandardised, layout.size, p),
    },
  };
}

/** out = Mx, M p × p row-major. */
export function multiply(M: Float64Array, x: ArrayLike<number>, p: number, out: Float64Array): void {
  for (let i = 0; i < p; i++) {
    let sum = 0;
    for (let j = 0; j < p; j++) sum += M[i * p + j]! * x[j]!;
    out[i] = sum;
  }
}

/** A state at natural parameters x, all random effects 0. */
export function stateAt(design: GibbsDesign, x: Float64Array, eta: Float64Array): GibbsState {
  const { data, p, map } = design;
  const { layout, random } = data;
  const sizes = random.map((term) => term.levels.length * term.q);
  const state: GibbsState = {
    gamma: new Float64Array(p),
    lambda: layout.terms.map(({ q }) => new Float64Array(q * q)),
    u: sizes.map((size) => new Float64Array(size)),
    b: sizes.map((size) => new Float64Array(size)),
    mixing: layout.terms.map(({ q }) => new Float64Array(q).fill(1)),
    phi: x.slice(layout.phi.offset, layout.phi.offset + layout.phi.size),
    sigmaMixing: Float64Array.of(1),
    eta,
  };
  multiply(map.toStandardised, x.subarray(ofMean(layout.beta).offset), p, state.gamma);
  layout.terms.forEach((term, t) => {
    fillFactor(term, x, state.lambda[t]!);
  });
  updatePredictor(design, state);
  return state;
}

/** The arrays of a state by name: those themselves. */
export function stateArrays(state: GibbsState): Record<string, Float64Array> {
  const all: Record<string, Float64Array> = {};
  for (const [name, value] of Object.entries(state) as [string, Float64Array | readonly Float64Array[]][])
    if (value instanceof Float64Array) all[name] = value;
    else for (const [t, array] of value.entries()) all[`${name} ${t + 1}`] = array;
  return all;
}

/** η = offset + X̃β̃ + Zb. */
export function updatePredictor({ predictors }: GibbsDesign, { gamma, b, eta }: GibbsState): void {
  predictors.eta(gamma, b, [eta]);
}

/** η ← η + sign·Zb of one term. */
export function addEffects(
  { index, q, Z }: IntegralData["random"][number],
  b: Float64Array,
  eta: Float64Array,
  sign: number,
): void {
  if (q === 1) {
    for (let i = 0; i < eta.length; i++) eta[i]! += sign * Z[i]! * b[index[i]!]!;
    return;
  }
  for (let i = 0; i < eta.length; i++) {
    const from = index[i]! * q;
    let sum = 0;
    for (let a = 0; a < q; a++) sum += Z[i * q + a]! * b[from + a]!;
    eta[i]! += sign * sum;
  }
}

/** b = Λu of term t. */
export function effectsFromSpherical({ lambda, u, b }: GibbsState, t: number): void {
  const factor = lambda[t]!;
  const q = Math.sqrt(factor.length);
  const from = u[t]!;
  const to = b[t]!;
  for (let start = 0; start < from.length; start += q)
    for (let a = 0; a < q; a++) {
      let sum = 0;
      for (let c = 0; c <= a; c++) sum += factor[a * q + c]! * from[start + c]!;
      to[start + a] = sum;
    }
}

/** u = Λ⁻¹b of term t. */
export function sphericalFromEffects({ lambda, u, b }: GibbsState, t: number): void {
  const factor = lambda[t]!;
  const q = Math.sqrt(factor.length);
  const to = u[t]!;
  to.set(b[t]!);
  for (let start = 0; start < to.length; start += q) solveLower(factor, 0, q, q, to, start, 1);
}
