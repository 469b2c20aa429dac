/** The options that every sampler takes. */
import { custom, nullable, optional } from "valibot";
import { seedOf, wholeNumber } from "../options/kinds.ts";
import type { ConjugatePrior } from "../priors/conjugate-prior.ts";

/** Options of every sampler. */
export const chainEntries = {
  /** Number of chains, default 4. */
  chains: optional(wholeNumber(1), 4),
  /** The same seed gives the same draws, default 1. */
  seed: optional(seedOf, 1),
  /** Priors of whole covariance matrices and coefficient vectors instead of the declared ones: `mcmcglmmPrior(…)`, `huangWandPrior(…)`. */
  prior: optional(
    nullable(
      custom<ConjugatePrior>(
        (value) => (value as ConjugatePrior)?.kind === "conjugate",
        "what mcmcglmmPrior or huangWandPrior made",
      ),
    ),
    null,
  ),
};
