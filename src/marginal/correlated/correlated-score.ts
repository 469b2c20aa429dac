/** The log density of all correlated rows together at given predictors, with its first derivatives: what a joint posterior needs. */
import type { BoundKernel, ObservationKernel } from "../../model/observation-kernel.ts";
import type { IntegralData } from "../integral-data.ts";
import { reorder } from "../laplace/ordered-rows.ts";
import { correlatedResponse } from "./correlated-response.ts";

/** What a density of rows given their predictors must offer to be sampled: a part of every bound kernel. */
export type RowScore = Pick<BoundKernel, "eta" | "d1" | "dPhi" | "setParameters" | "score">;

/** Binds the kernel of a mean (`nonlinear/mean-kernel.ts`) to rows in the order of the correlation structure, its multiplier at 1. */
function bindMean(data: IntegralData, kernel: ObservationKernel, order: Int32Array): BoundKernel {
  const columns = Object.fromEntries(kernel.columns.map((name) => [name, reorder(data.columns[name]!, 1, order)]));
  const bound = kernel.bind(columns, data.n, null);
  bound.eta.at(-1)!.fill(1);
  return bound;
}

/**
 * The score of correlated rows, in the order of the data. Only all rows together have a density: `score` takes 0 and n.
 *
 * @param kernel of the mean
 */
export function correlatedScore(data: IntegralData, kernel: ObservationKernel): RowScore {
  const { n, layout } = data;
  const K = data.predictors.length;
  const response = correlatedResponse(data, false);
  const { order, scale, e, p, correlation, correlationAt } = response;
  const mean = bindMean(data, kernel, order);
  const eta = Array.from({ length: K }, () => new Float64Array(n));
  const d1 = Array.from({ length: K }, () => new Float64Array(n));
  const dPhi = new Float64Array(layout.phi.size);
  const dLogScale = new Float64Array(n);
  const dCorrelation = new Float64Array(correlation.size);
  const weight = new Float64Array(1);
  let defined = false;
  return {
    eta,
    d1,
    dPhi,
    setParameters(phi) {
      defined = response.set(phi);
    },
    score() {
      dPhi.fill(0);
      if (!defined) return Number.NEGATIVE_INFINITY;
      for (let r = 0; r < K; r++) for (let i = 0; i < n; i++) mean.eta[r]![i] = eta[r]![order[i]!]!;
      mean.score(0, n);
      const value = response.evaluate(mean.d1[K]!);
      const tau = response.precision();
      for (let r = 0; r < K; r++) {
        const slope = mean.d1[r]!;
        const out = d1[r]!;
        for (let i = 0; i < n; i++) out[order[i]!] = tau * scale[i]! * p[i]! * slope[i]!;
      }
      dPhi[0] = response.slopeOfSigma();
      for (let i = 0; i < n; i++) dLogScale[i] = 1 - tau * e[i]! * p[i]!;
      response.pullbackScales(dLogScale, dPhi);
      weight[0] = tau;
      dCorrelation.fill(0);
      correlation.pullbackColumns(e, 1, weight, dCorrelation, 0);
      for (let k = 0; k < dCorrelation.length; k++) dPhi[correlationAt + k]! -= 0.5 * dCorrelation[k]!;
      return value;
    },
  };
}
