/** Where the natural vector of a Gaussian model has its residual standard deviation and the parameters of a residual structure. */

import type { PredictorDesign } from "../data/design.ts";
import { residualSd } from "../families/distribution-parameters.ts";
import type { ResidualData } from "../residual/residual-data.ts";
import type { CompiledModel } from "./compiled-model.ts";

export interface ResidualScale {
  /** σ at a natural vector; the given one where it is given. */
  sigma(x: Float64Array): number;
  /** Position of the first parameter of the residual structure. */
  readonly psiAt: number;
}

/** Of a family without sigma σ is NaN. */
export function residualScale({ family, layout }: Pick<CompiledModel, "family" | "layout">): ResidualScale {
  const { sigma } = family;
  if (sigma !== undefined) return { sigma: () => sigma, psiAt: layout.phi.offset };
  const at = residualSd(family)?.constant ?? -1;
  const sigmaAt = layout.phi.offset + at;
  return { sigma: (x) => (at < 0 ? Number.NaN : x[sigmaAt]!), psiAt: sigmaAt + 1 };
}

/** The residual covariance of rows, whether σ is a parameter or has a linear predictor. */
export interface ResidualCovariance {
  /** The structure, with the predictor of σ in it where there is one. */
  readonly data: ResidualData;
  /** What the structure is times: 1 where σ has a predictor. */
  sigma(x: Float64Array): number;
  /** The parameters ψ of `data`. Good until the next call. */
  psi(x: Float64Array): Float64Array;
}

/** @param predictors of the rows, those of the model in its order */
export function residualCovariance(
  model: Pick<CompiledModel, "family" | "layout">,
  predictors: readonly Pick<PredictorDesign, "role" | "names" | "X" | "offset">[],
  residual: ResidualData,
): ResidualCovariance {
  const { layout } = model;
  const r = residualSd(model.family)?.predictor ?? null;
  if (r === null) {
    const { sigma, psiAt } = residualScale(model);
    return { data: residual, sigma, psi: (x) => x.subarray(psiAt) };
  }
  const { names, X, offset } = predictors[r]!;
  const { offset: at, size } = layout.beta[r]!;
  const { phi } = layout;
  const both = new Float64Array(size + phi.size);
  return {
    data: { ...residual, logLinear: { names, X, offset, start: new Float64Array(size) } },
    sigma: () => 1,
    psi(x) {
      both.set(x.subarray(at, at + size));
      both.set(x.subarray(phi.offset, phi.offset + phi.size), size);
      return both;
    },
  };
}
