/** What a likelihood that is not Gaussian says of one term's Λ with coefficients and spherical effects fixed: one pass over the rows. */
import type { FactorLikelihood } from "./covariance-given-spherical.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import { addEffects, updatePredictor } from "./state.ts";

export function kernelLikelihood(
  design: GibbsDesign,
  state: GibbsState,
  t: number,
  rows: RowLikelihood,
): FactorLikelihood {
  const term = design.data.random[t]!;
  const { q } = term;
  const u = state.u[t]!;
  const others = new Float64Array(design.n);
  const effects = new Float64Array(u.length);
  return {
    prepare() {
      others.set(rows.eta);
      addEffects(term, state.b[t]!, others, -1);
    },
    evaluate(lambda) {
      for (let start = 0; start < u.length; start += q)
        for (let a = 0; a < q; a++) {
          let sum = 0;
          for (let c = 0; c <= a; c++) sum += lambda[a * q + c]! * u[start + c]!;
          effects[start + a] = sum;
        }
      rows.eta.set(others);
      addEffects(term, effects, rows.eta, 1);
      return rows.total();
    },
    settle() {
      updatePredictor(design, state);
    },
  };
}
