/** What the blocks of a sweep are built from, and what building them gives. */
import type { Block } from "./block.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import type { GibbsData } from "./gibbs-data.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import type { WorkingModel } from "./working-model.ts";

/** What blocks are built from. */
export interface SweepContext {
  readonly data: GibbsData;
  readonly design: GibbsDesign;
  readonly state: GibbsState;
  readonly prior: NormalCoefficients;
}

/** The same where the likelihood is not Gaussian. */
export interface RowsContext extends SweepContext {
  readonly rows: RowLikelihood;
}

export interface SweepParts {
  readonly blocks: readonly Block[];
  /** The Gaussian regression behind the joint draw; null where effects are drawn by Metropolis steps. */
  readonly model: WorkingModel | null;
  /** Data augmentation of each row; empty where there is none. */
  readonly latent: Float64Array;
}
