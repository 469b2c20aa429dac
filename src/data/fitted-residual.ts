/** What a fit knows of its residual structure, for other rows. */
import type { ResidualData } from "../residual/residual-data.ts";

/** What of the fit new rows are held to. */
export interface FittedResidual {
  /** By variance function: its strata. */
  readonly strata: readonly (readonly string[])[];
  /** Occasions of corSymm. */
  readonly occasions: readonly string[];
}

/** What learning a structure from new rows takes from the fit. */
export const fittedResidual = (data: ResidualData): FittedResidual => ({
  strata: data.variance.map(({ strata }) => strata),
  occasions: data.correlation?.occasions ?? [],
});
