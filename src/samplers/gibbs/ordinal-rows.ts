/** The log likelihood of an ordinal probit by rows at the linear predictor, the latent normals integrated out. */
import { logIntervalDerivative, logIntervalProbability } from "./interval-probability.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import type { GibbsState } from "./state.ts";

/**
 * @param y categories from 1 on
 * @param counts how often each row counts
 */
export function ordinalRows({ eta, phi }: GibbsState, y: Float64Array, counts: Float64Array): RowLikelihood {
  const n = y.length;
  const d1 = new Float64Array(n);
  const d2 = new Float64Array(n);
  const lower = (i: number) => (y[i]! > 1 ? phi[y[i]! - 2]! : Number.NEGATIVE_INFINITY);
  const upper = (i: number) => (y[i]! <= phi.length ? phi[y[i]! - 1]! : Number.POSITIVE_INFINITY);
  const row = (i: number) => (counts[i]! > 0 ? counts[i]! * logIntervalProbability(eta[i]!, lower(i), upper(i)) : 0);
  return {
    eta,
    d1,
    d2,
    setParameters() {},
    total() {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += row(i);
      return Number.isNaN(sum) ? Number.NEGATIVE_INFINITY : sum;
    },
    derivatives() {
      for (let i = 0; i < n; i++) {
        d1[i] = counts[i]! * logIntervalDerivative(1, eta[i]!, lower(i), upper(i));
        d2[i] = counts[i]! * logIntervalDerivative(2, eta[i]!, lower(i), upper(i));
      }
    },
    rows(out) {
      for (let i = 0; i < n; i++) out[i] = row(i);
    },
  };
}
