/**
 * A Gaussian model whose residual standard deviation has a linear predictor without random effects, log σ_i = x_i'γ + offset_i, read as one whose
 * σ is known and whose variances are a function of parameters: its integral is exact. Its natural vector is then in another order,
 * [β | Λ | γ, ψ] in place of [β, γ | Λ | ψ].
 */

import { ofMean } from "../../families/of-mean.ts";
import type { ParameterLayout } from "../../model/parameter-layout.ts";
import type { LogLinearPart } from "../../residual/residual-data.ts";
import type { IntegralData } from "../integral-data.ts";
import type { MarginalLikelihood } from "../marginal-likelihood.ts";
import { hasExactIntegral, SIGMA, typicalSigma } from "./exact-integral.ts";
import { unitOfWeights } from "./unit-of-weights.ts";

export interface PredictedVariance {
  /** The model with σ known. */
  readonly data: IntegralData;
  /** By entry of its natural vector the one of the model's own. */
  readonly order: Int32Array;
}

/** Coefficients of orthogonal columns that bring the predictor nearest to 0. */
function nearestToZero(X: Float64Array, p: number, offset: Float64Array): Float64Array {
  return Float64Array.from({ length: p }, (_, j) => {
    let dot = 0;
    let square = 0;
    for (let i = 0; i < offset.length; i++) {
      dot += X[i * p + j]! * offset[i]!;
      square += X[i * p + j]! ** 2;
    }
    return square > 0 ? -dot / square : 0;
  });
}

/** The model read with σ known; null where σ has no predictor. */
export function predictedVariance(data: IntegralData): PredictedVariance | null {
  const { n, predictors, layout, residual } = data;
  const predictor = predictors[1];
  if (predictors.length !== 2 || predictor?.role !== SIGMA || !hasExactIntegral(data)) return null;
  const sigma = typicalSigma(data);
  const { names, X } = predictor;
  const q = names.length;
  // standard deviations relative to a typical one, so that every entry of θ is about 1
  const weights = data.columns["weights"];
  const unit = unitOfWeights(weights);
  // and in a unit of the weights in which they are about 1: σ²/w = (σ/u)²/(w/u²)
  const offset = predictor.offset.map((value) => value - Math.log(sigma) - Math.log(unit));
  const logLinear: LogLinearPart = { names, X, offset, start: nearestToZero(X, q, offset) };
  const [beta, gamma] = layout.beta;
  const inner: ParameterLayout = {
    size: layout.size,
    beta: [beta!],
    terms: layout.terms.map((term) => ({ ...term, offset: term.offset - q })),
    phi: { offset: layout.phi.offset - q, size: layout.phi.size + q },
  };
  const order = Int32Array.from({ length: layout.size }, (_, i) => {
    if (i < beta!.size) return beta!.offset + i;
    if (i < inner.phi.offset) return i + q;
    const k = i - inner.phi.offset;
    return k < q ? gamma!.offset + k : i;
  });
  return {
    order,
    data: {
      ...data,
      ...(weights && unit !== 1 && { columns: { ...data.columns, weights: weights.map((w) => w / unit / unit) } }),
      predictors: [ofMean(predictors)],
      layout: inner,
      sigma,
      residual: { ...(residual ?? { n, variance: [], correlation: null }), logLinear },
    },
  };
}

/** x in the order of the model with σ known. */
export function gather(order: Int32Array, x: Float64Array, out: Float64Array): Float64Array {
  for (let i = 0; i < order.length; i++) out[i] = x[order[i]!]!;
  return out;
}

/** x back in the model's own order. */
export function scatter(order: Int32Array, x: Float64Array, out: Float64Array): Float64Array {
  for (let i = 0; i < order.length; i++) out[order[i]!] = x[i]!;
  return out;
}

/** A symmetric matrix of the model with σ known, back in the model's own order. */
export function scatterMatrix(order: Int32Array, matrix: Float64Array): Float64Array {
  const d = order.length;
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) out[order[i]! * d + order[j]!] = matrix[i * d + j]!;
  return out;
}

/** The integral of the model with σ known as one of the model itself. */
export function inOwnOrder(
  inner: MarginalLikelihood,
  { order }: PredictedVariance,
  layout: ParameterLayout,
): MarginalLikelihood {
  const at = new Float64Array(layout.size);
  const slope = new Float64Array(layout.size);
  return {
    ...inner,
    layout,
    evaluate(x, gradient) {
      const value = inner.evaluate(gather(order, x, at), gradient && slope);
      if (gradient) scatter(order, slope, gradient);
      return value;
    },
    conditionalModes: (x) => inner.conditionalModes(gather(order, x, at)),
    effectsCovariance: (x) => inner.effectsCovariance(gather(order, x, at)),
    drawRandomEffects: (x, rng, out) => inner.drawRandomEffects(gather(order, x, at), rng, out),
    trace: inner.trace,
  };
}
