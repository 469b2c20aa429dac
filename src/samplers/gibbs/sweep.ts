/**
 * A sweep: a chain's state with the blocks that move it, in their order. A new way to treat a likelihood is an entry of `SWEEPS`, a file of its own beside
 * `gaussian-sweep.ts`, and its choice in `prepare-gibbs.ts`; what a block keeps between sweeps is its `saved`, and then checkpoints know of it.
 */

import { augmentedSweep } from "./augmented-sweep.ts";
import { normalCoefficients } from "./coefficient-prior.ts";
import { gaussianSweep } from "./gaussian-sweep.ts";
import type { Augmentation, GibbsData } from "./gibbs-data.ts";
import { metropolisSweep } from "./metropolis-sweep.ts";
import { negativeBinomialSweep } from "./negative-binomial-sweep.ts";
import { ordinalSweep } from "./ordinal-sweep.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import { rowLikelihood } from "./row-likelihood.ts";
import { gibbsDesign, stateArrays, stateAt } from "./state.ts";
import type { RowsContext, SweepContext, SweepParts } from "./sweep-parts.ts";

/** A chain's state with the blocks of a sweep. */
export interface Sweep extends SweepContext, SweepParts {
  /** The family's likelihood; null where the model is Gaussian. */
  readonly rows: RowLikelihood | null;
}

/** The blocks of each treatment of the likelihood. */
const SWEEPS: Readonly<Record<Exclude<Augmentation, "gaussian">, (context: RowsContext) => SweepParts>> = {
  probit: augmentedSweep,
  "ordinal-probit": ordinalSweep,
  "polya-gamma": augmentedSweep,
  "negative-binomial": negativeBinomialSweep,
  metropolis: metropolisSweep,
};

/** Builds the blocks at natural parameters `start`. */
export function buildSweep(data: GibbsData, start: Float64Array): Sweep {
  const design = gibbsDesign(data.data);
  const rows = data.kernel ? rowLikelihood(data) : null;
  const state = stateAt(design, start, rows ? rows.eta : new Float64Array(design.n));
  rows?.setParameters(state.phi);
  const prior = normalCoefficients(data.coefficients, design, state);
  const context: SweepContext = { data, design, state, prior };
  const parts =
    data.augmentation === "gaussian" ? gaussianSweep(context) : SWEEPS[data.augmentation]({ ...context, rows: rows! });
  const blocks = prior.mixing ? [...parts.blocks, prior.mixing] : parts.blocks;
  return { ...context, rows, ...parts, blocks };
}

/** All that the next sweep depends on besides the stream of random numbers, by name: the arrays themselves. */
export function sweepArrays({ state, blocks, rows }: Sweep): Record<string, Float64Array> {
  const all = stateArrays(state);
  if (!rows) delete all["eta"];
  for (const { saved } of blocks) if (saved) Object.assign(all, saved);
  return all;
}

/** Brings a sweep whose arrays have been filled up to date. */
export function restoreSweep({ state, blocks, rows }: Sweep): void {
  rows?.setParameters(state.phi);
  for (const block of blocks) block.restored?.();
}
