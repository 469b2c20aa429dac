/** The log likelihood by rows at the state's linear predictor, from the family's compiled log density. */

import { kernelFromText } from "../../autodiff/kernel-text.ts";
import { ofMean } from "../../families/of-mean.ts";
import type { GibbsData } from "./gibbs-data.ts";

export interface RowLikelihood {
  /** The linear predictor: written by the sampler, read by the kernel. */
  readonly eta: Float64Array;
  /** ∂ℓ/∂η and ∂²ℓ/∂η² of each row after `derivatives`. */
  readonly d1: Float64Array;
  readonly d2: Float64Array;
  setParameters(phi: Float64Array): void;
  /** Σ ℓ over all rows; −Infinity where it is not defined. */
  total(): number;
  /** Fills d1 and d2. */
  derivatives(): void;
  /** ℓ of each row. */
  rows(out: Float64Array): void;
}

export function rowLikelihood({ data, kernel }: GibbsData): RowLikelihood {
  const { n, columns, multiplier } = data;
  const bound = kernelFromText(kernel!).bind(columns, n, multiplier);
  const eta = ofMean(bound.eta);
  return {
    eta,
    d1: ofMean(bound.d1),
    d2: ofMean(bound.d2),
    setParameters: (phi) => bound.setParameters(phi),
    total() {
      const value = bound.value(0, n);
      return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
    },
    derivatives() {
      bound.curvature(0, n);
    },
    rows(out) {
      for (let i = 0; i < n; i++) out[i] = bound.value(i, i + 1);
    },
  };
}
