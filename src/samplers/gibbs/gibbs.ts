/** The Gibbs sampler as frozen options: `gibbs()`. */
import { optional } from "valibot";
import { wholeNumber } from "../../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../../options/read-options.ts";
import type { ConjugatePrior } from "../../priors/conjugate-prior.ts";
import { chainEntries } from "../chain-entries.ts";

const gibbsOptions = optionsSchema({
  ...chainEntries,
  /** Sweeps a chain before draws are kept, default 500. */
  warmup: optional(wholeNumber(0), 500),
  /** Draws kept a chain, default 2000. */
  draws: optional(wholeNumber(1), 2000),
  /** Sweeps a kept draw, default 1. */
  thin: optional(wholeNumber(1), 1),
});

export type GibbsOptions = OptionsOf<typeof gibbsOptions>;

export interface GibbsSampler {
  readonly kind: "gibbs";
  readonly chains: number;
  readonly warmup: number;
  readonly draws: number;
  readonly thin: number;
  readonly seed: string;
  readonly prior: ConjugatePrior | null;
}

/**
 * Gibbs sampling: blocks drawn in turn from their conditional distributions, for gaussian, binomial (logit, probit), poisson and nbinom2
 * models with any random terms. All coefficients and random effects of a conditionally Gaussian model are drawn at once.
 *
 * @throws DeclarationError with every option that is unknown or out of range
 * @example gibbs({ chains: 4, warmup: 500, draws: 2000, seed: "cbpp" })
 */
export function gibbs(options?: GibbsOptions): GibbsSampler {
  const { chains, warmup, draws, thin, seed, prior } = readOptions(gibbsOptions, options, { of: "gibbs()" });
  return Object.freeze({ kind: "gibbs", chains, warmup, draws, thin, seed: String(seed), prior });
}
