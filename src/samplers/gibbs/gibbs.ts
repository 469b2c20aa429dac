/** The Gibbs sampler as frozen options: `gibbs()`. */
import type { Issue } from "../../messages/issue.ts";
import { DeclarationError } from "../../messages/issue.ts";
import { badSamplerOption, unknownSamplerOption } from "../../messages/sampling.ts";
import type { ConjugatePrior } from "../../priors/conjugate-prior.ts";

export interface GibbsOptions {
  /** Number of chains, default 4. */
  readonly chains?: number;
  /** Sweeps a chain before draws are kept, default 500. */
  readonly warmup?: number;
  /** Draws kept a chain, default 2000. */
  readonly draws?: number;
  /** Sweeps a kept draw, default 1. */
  readonly thin?: number;
  /** The same seed gives the same draws, default 1. */
  readonly seed?: string | number;
  /** Priors that only Gibbs sampling takes, instead of the declared ones: `mcmcglmmPrior(…)`, `huangWandPrior(…)`. */
  readonly prior?: ConjugatePrior;
}

export interface GibbsSampler {
  readonly kind: "gibbs";
  readonly chains: number;
  readonly warmup: number;
  readonly draws: number;
  readonly thin: number;
  readonly seed: string;
  readonly prior: ConjugatePrior | null;
}

const KNOWN = ["chains", "warmup", "draws", "thin", "seed", "prior"];

/**
 * Gibbs sampling: blocks drawn in turn from their conditional distributions, for gaussian, binomial (logit, probit), poisson and nbinom2
 * models with any random terms. All coefficients and random effects of a conditionally Gaussian model are drawn at once.
 *
 * @throws DeclarationError with every option that is unknown or out of range
 * @example gibbs({ chains: 4, warmup: 500, draws: 2000, seed: "cbpp" })
 */
export function gibbs(options: GibbsOptions = {}): GibbsSampler {
  const { chains = 4, warmup = 500, draws = 2000, thin = 1, seed = 1, prior = null } = options;
  const issues: Issue[] = [];
  for (const name of Object.keys(options)) if (!KNOWN.includes(name)) issues.push(unknownSamplerOption(name, KNOWN));
  const whole = { chains: [chains, 1], warmup: [warmup, 0], draws: [draws, 1], thin: [thin, 1] } as const;
  for (const [name, [value, least]] of Object.entries(whole))
    if (!(Number.isInteger(value) && value >= least))
      issues.push(badSamplerOption(name, value, `a whole number of at least ${least}`));
  if (typeof seed !== "string" && !Number.isFinite(seed))
    issues.push(badSamplerOption("seed", seed, "a text or a number"));
  if (prior !== null && (prior as { kind?: unknown }).kind !== "conjugate")
    issues.push(badSamplerOption("prior", prior, "what mcmcglmmPrior or huangWandPrior made"));
  if (issues.length > 0) throw new DeclarationError(issues);
  return Object.freeze({ kind: "gibbs", chains, warmup, draws, thin, seed: String(seed), prior });
}
