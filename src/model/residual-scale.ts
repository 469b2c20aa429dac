/** Where the natural vector of a Gaussian model has its residual standard deviation and the parameters of a residual structure. */
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
  const at = family.parameters.findIndex(({ name }) => name === "sigma");
  const sigmaAt = layout.phi.offset + at;
  return { sigma: (x) => (at < 0 ? Number.NaN : x[sigmaAt]!), psiAt: sigmaAt + 1 };
}
