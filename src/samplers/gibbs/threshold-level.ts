/**
 * Thresholds τ_1 < … < τ_T as an intercept α = −τ_1 and distances κ_k = τ_k − τ_1 from the first: P(Y ≤ k) = Φ(κ_k − α − Xβ − Zb). The level of
 * the thresholds is then drawn with all other coefficients at once. Natural parameters x = [β | Λ | τ] become [α β | Λ | κ], κ_1 = 0.
 */
import type { IntegralData } from "../../marginal/integral-data.ts";
import { parameterLayout } from "../../model/parameter-layout.ts";

/** The data with a constant column before those of X. */
export function withIntercept(data: IntegralData): IntegralData {
  const { n, layout, random, thresholds: _, ...rest } = data;
  const [mean] = data.predictors;
  const p = mean!.names.length;
  const X = new Float64Array(n * (p + 1));
  for (let i = 0; i < n; i++) {
    X[i * (p + 1)] = 1;
    for (let j = 0; j < p; j++) X[i * (p + 1) + j + 1] = mean!.X[i * p + j]!;
  }
  return {
    ...rest,
    n,
    random,
    predictors: [{ ...mean!, names: ["(Intercept)", ...mean!.names], X, intercept: true }],
    layout: parameterLayout([p + 1], layout.terms, layout.phi.size),
  };
}

/** [α β | Λ | κ] of x = [β | Λ | τ] with so many thresholds. */
export function levelFromThresholds(x: Float64Array, thresholds: number): Float64Array {
  const out = new Float64Array(x.length + 1);
  out.set(x, 1);
  const first = x.length - thresholds;
  out[0] = -x[first]!;
  for (let k = 0; k < thresholds; k++) out[1 + first + k] = x[first + k]! - x[first]!;
  return out;
}

/** The reverse, into `out`. */
export function thresholdsFromLevel(point: Float64Array, thresholds: number, out: Float64Array): void {
  out.set(point.subarray(1));
  for (let k = out.length - thresholds; k < out.length; k++) out[k]! -= point[0]!;
}
