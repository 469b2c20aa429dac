/** The samplers as frozen options: `nuts()` and `hmc()`. */
import type { Issue } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { badSamplerOption, parameterisationOfIntegrated, unknownSamplerOption } from "../messages/sampling.ts";
import type { ConjugatePrior } from "../priors/conjugate-prior.ts";
import type { GibbsSampler } from "./gibbs/gibbs.ts";
import type { ParameterisationChoice } from "./parameterisation.ts";

/** `integrated`: random effects integrated out; `joint`: sampled with the rest; `auto` chooses and says why. */
export type TargetChoice = "auto" | "integrated" | "joint";

/**
 * The metric chains adapt: `dense`, `diagonal` (both from draws and gradients or covariances of the warm-up), or `low-rank`: diagonal but for
 * the few directions that are much longer or shorter. `auto`: dense from the mode's Hessian in up to 50 dimensions of the integrated
 * target, else diagonal.
 */
export type MetricChoice = "auto" | "diagonal" | "low-rank" | "dense";

export interface SamplerOptions {
  /** Number of chains, default 4. */
  readonly chains?: number;
  /**
   * Warm-up iterations a chain. Default `auto`: 250 where the random effects are integrated out and the chains start at a mode that was
   * found, with its inverse Hessian as a dense metric, which leaves the step size and little else to adapt; 1000 otherwise. The fit's
   * `sampler.warmup` is the number taken.
   */
  readonly warmup?: number | "auto";
  /** Draws a chain after warm-up, default 1000. */
  readonly draws?: number;
  /** The same seed gives the same draws, default 1. */
  readonly seed?: string | number;
  /**
   * Mean acceptance probability the step size is tuned to, default 0.8; at least 0.9 is taken where few levels measure a standard deviation well,
   * whose posterior then is skewed, and 0.95 where there are hardly more rows than coefficients. The fit's `sampler.targetAcceptance` is the number taken.
   */
  readonly targetAcceptance?: number;
  readonly target?: TargetChoice;
  /**
   * How random effects are sampled where they are not integrated out: `auto` (default), `centred` or `non-centred`, for all terms or by
   * term: `{ "(1 | herd)": "centred" }`, `{ herd: "centred" }`. The fit's `reason` says what was taken and why.
   */
  readonly parameterisation?: ParameterisationChoice;
  readonly metric?: MetricChoice;
  /** Priors of whole covariance matrices and coefficient vectors instead of the declared ones: `mcmcglmmPrior(…)`, `huangWandPrior(…)`. */
  readonly prior?: ConjugatePrior;
}

export interface NutsOptions extends SamplerOptions {
  /** Most doublings of a trajectory, default 10. */
  readonly maxTreeDepth?: number;
}

export interface HmcOptions extends SamplerOptions {
  /** Leapfrog steps a trajectory; give this or `length`. */
  readonly steps?: number;
  /** Length of a trajectory in posterior standard deviations, default π/2. */
  readonly length?: number;
}

interface CommonSettings {
  readonly chains: number;
  readonly warmup: number | "auto";
  readonly draws: number;
  readonly seed: string;
  readonly targetAcceptance: number;
  readonly target: TargetChoice;
  readonly parameterisation: ParameterisationChoice;
  readonly metric: MetricChoice;
  readonly prior: ConjugatePrior | null;
}

/** NUTS or HMC: samplers that follow the gradient of a log density. */
export type GradientSampler =
  | (CommonSettings & { readonly kind: "nuts"; readonly maxTreeDepth: number })
  | (CommonSettings & {
      readonly kind: "hmc";
      readonly trajectory: { readonly steps: number } | { readonly length: number };
    });

export type Sampler = GradientSampler | GibbsSampler;

/** A sampler whose options are all decided, as a fit reports it. */
export type SettledGradientSampler = GradientSampler & { readonly warmup: number };
export type SettledSampler = SettledGradientSampler | GibbsSampler;

const COMMON = [
  "chains",
  "warmup",
  "draws",
  "seed",
  "targetAcceptance",
  "target",
  "parameterisation",
  "metric",
  "prior",
];
const PARAMETERISATIONS: readonly unknown[] = ["auto", "centred", "non-centred"];

const isWhole = (value: unknown, least: number): boolean => Number.isInteger(value) && (value as number) >= least;

function commonSettings(options: SamplerOptions, more: readonly string[], issues: Issue[]): CommonSettings {
  const {
    chains = 4,
    warmup = "auto",
    draws = 1000,
    seed = 1,
    targetAcceptance = 0.8,
    target = "auto",
    parameterisation = "auto",
    metric = "auto",
    prior = null,
  } = options;
  const known = [...COMMON, ...more];
  for (const name of Object.keys(options)) if (!known.includes(name)) issues.push(unknownSamplerOption(name, known));
  if (!isWhole(chains, 1)) issues.push(badSamplerOption("chains", chains, "a whole number of at least 1"));
  if (warmup !== "auto" && !isWhole(warmup, 0))
    issues.push(badSamplerOption("warmup", warmup, 'a whole number of at least 0, or "auto"'));
  if (!isWhole(draws, 1)) issues.push(badSamplerOption("draws", draws, "a whole number of at least 1"));
  if (typeof seed !== "string" && !Number.isFinite(seed))
    issues.push(badSamplerOption("seed", seed, "a text or a number"));
  if (!(targetAcceptance > 0 && targetAcceptance < 1))
    issues.push(badSamplerOption("targetAcceptance", targetAcceptance, "between 0 and 1"));
  if (!["auto", "integrated", "joint"].includes(target))
    issues.push(badSamplerOption("target", target, '"auto", "integrated" or "joint"'));
  const kinds = typeof parameterisation === "object" ? Object.values(parameterisation ?? {}) : [parameterisation];
  if (parameterisation === null || !kinds.every((kind) => PARAMETERISATIONS.includes(kind)))
    issues.push(
      badSamplerOption(
        "parameterisation",
        parameterisation,
        '"auto", "centred" or "non-centred", or one of them by random term, as { "(1 | herd)": "centred" }',
      ),
    );
  else if (target === "integrated" && kinds.some((kind) => kind !== "auto"))
    issues.push(parameterisationOfIntegrated(parameterisation));
  if (!["auto", "diagonal", "low-rank", "dense"].includes(metric))
    issues.push(badSamplerOption("metric", metric, '"auto", "diagonal", "low-rank" or "dense"'));
  if (prior !== null && (prior as { kind?: unknown })?.kind !== "conjugate")
    issues.push(badSamplerOption("prior", prior, "what mcmcglmmPrior or huangWandPrior made"));
  return { chains, warmup, draws, seed: String(seed), targetAcceptance, target, parameterisation, metric, prior };
}

/**
 * The no-U-turn sampler.
 *
 * @throws DeclarationError with every option that is unknown or out of range
 * @example nuts({ chains: 4, draws: 1000, seed: "cbpp", targetAcceptance: 0.9 })
 */
export function nuts(options: NutsOptions = {}): GradientSampler {
  const issues: Issue[] = [];
  const { maxTreeDepth = 10 } = options;
  const settings = commonSettings(options, ["maxTreeDepth"], issues);
  if (!isWhole(maxTreeDepth, 1) || maxTreeDepth > 20)
    issues.push(badSamplerOption("maxTreeDepth", maxTreeDepth, "a whole number from 1 to 20"));
  if (issues.length > 0) throw new DeclarationError(issues);
  return Object.freeze({ kind: "nuts", ...settings, maxTreeDepth });
}

/**
 * Hamiltonian Monte Carlo with trajectories of fixed length.
 *
 * @throws DeclarationError with every option that is unknown or out of range
 * @example hmc({ steps: 10, seed: 1 })
 */
export function hmc(options: HmcOptions = {}): GradientSampler {
  const issues: Issue[] = [];
  const { steps, length } = options;
  const settings = commonSettings(options, ["steps", "length"], issues);
  if (steps !== undefined && !isWhole(steps, 1))
    issues.push(badSamplerOption("steps", steps, "a whole number of at least 1"));
  if (length !== undefined && !(length > 0 && length < Infinity))
    issues.push(badSamplerOption("length", length, "a number above 0"));
  if (steps !== undefined && length !== undefined)
    issues.push(badSamplerOption("length", length, "left out where steps is given"));
  if (issues.length > 0) throw new DeclarationError(issues);
  const trajectory = Object.freeze(steps === undefined ? { length: length ?? Math.PI / 2 } : { steps });
  return Object.freeze({ kind: "hmc", ...settings, trajectory });
}
