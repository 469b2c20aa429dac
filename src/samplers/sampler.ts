/** The samplers as frozen options: `nuts()` and `hmc()`. */
import { type GenericSchema, type InferOutput, literal, optional, union } from "valibot";
import { DeclarationError } from "../messages/issue.ts";
import { parameterisationOfIntegrated, stepsAndLength } from "../messages/sampler-options.ts";
import { choice, numberThat, positiveNumber, proportion, recordOf, wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import type { ConjugatePrior } from "../priors/conjugate-prior.ts";
import { chainEntries } from "./chain-entries.ts";
import type { ParameterisationChoice } from "./parameterisation.ts";

/** `integrated`: random effects integrated out; `joint`: sampled with the rest; `auto` chooses and says why. */
export type TargetChoice = "auto" | "integrated" | "joint";

/**
 * The metric chains adapt: `dense`, `diagonal` (both from draws and gradients or covariances of the warm-up), or `low-rank`: diagonal but for
 * the few directions that are much longer or shorter. `auto`: dense from the mode's Hessian in up to 50 dimensions of the integrated
 * target, else diagonal.
 */
export type MetricChoice = "auto" | "diagonal" | "low-rank" | "dense";

const parameterisation = choice(["auto", "centred", "non-centred"]);
const byTerm = '"auto", "centred" or "non-centred", or one of them by random term, as { "(1 | herd)": "centred" }';
const parameterisationChoice: GenericSchema<ParameterisationChoice> = union(
  [parameterisation, recordOf(parameterisation, byTerm)],
  byTerm,
);

const WARMUP = 'a whole number of at least 0, or "auto"';

const samplerEntries = {
  ...chainEntries,
  /**
   * Warm-up iterations a chain. Default `auto`: 250 where the random effects are integrated out and the chains start at a mode that was
   * found, with its inverse Hessian as a dense metric, which leaves the step size and little else to adapt; 1000 otherwise. The fit's
   * `sampler.warmup` is the number taken.
   */
  warmup: optional(
    union([literal("auto"), numberThat((value) => Number.isSafeInteger(value) && value >= 0, WARMUP)], WARMUP),
    "auto",
  ),
  /** Draws a chain after warm-up, default 1000. */
  draws: optional(wholeNumber(1), 1000),
  /**
   * Mean acceptance probability the step size is tuned to, default 0.8; at least 0.9 is taken where few levels measure a standard deviation well,
   * whose posterior then is skewed, and 0.95 where there are hardly more rows than coefficients. The fit's `sampler.targetAcceptance` is the number taken.
   */
  targetAcceptance: optional(proportion, 0.8),
  /** Whether random effects are integrated out or sampled; default `auto`. */
  target: optional(choice<TargetChoice>(["auto", "integrated", "joint"]), "auto"),
  /**
   * How random effects are sampled where they are not integrated out: `auto` (default), `centred` or `non-centred`, for all terms or by
   * term: `{ "(1 | herd)": "centred" }`, `{ herd: "centred" }`. The fit's `reason` says what was taken and why.
   */
  parameterisation: optional(parameterisationChoice, "auto"),
  /** The metric that chains adapt; default `auto`. */
  metric: optional(choice<MetricChoice>(["auto", "diagonal", "low-rank", "dense"]), "auto"),
};

const nutsOptions = optionsSchema({
  ...samplerEntries,
  /** Most doublings of a trajectory, default 10. */
  maxTreeDepth: optional(wholeNumber(1, 20), 10),
});

export type NutsOptions = OptionsOf<typeof nutsOptions>;

const hmcOptions = optionsSchema({
  ...samplerEntries,
  /** Leapfrog steps a trajectory; give this or `length`. */
  steps: optional(wholeNumber(1)),
  /** Length of a trajectory in posterior standard deviations, default π/2. */
  length: optional(positiveNumber),
});

export type HmcOptions = OptionsOf<typeof hmcOptions>;

export interface CommonSettings {
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

/** With options that are all decided, as a fit reports it. */
export type SettledGradientSampler = GradientSampler & { readonly warmup: number };

/** What the options decide together. */
function settingsOf(read: Omit<InferOutput<typeof nutsOptions>, "maxTreeDepth">): CommonSettings {
  const { chains, warmup, draws, seed, targetAcceptance, target, parameterisation, metric, prior } = read;
  const kinds = typeof parameterisation === "object" ? Object.values(parameterisation) : [parameterisation];
  if (target === "integrated" && kinds.some((kind) => kind !== "auto"))
    throw new DeclarationError([parameterisationOfIntegrated(parameterisation)]);
  return { chains, warmup, draws, seed: String(seed), targetAcceptance, target, parameterisation, metric, prior };
}

/**
 * The no-U-turn sampler.
 *
 * @throws DeclarationError with every option that is unknown or out of range
 * @example nuts({ chains: 4, draws: 1000, seed: "cbpp", targetAcceptance: 0.9 })
 */
export function nuts(options?: NutsOptions): GradientSampler {
  const { maxTreeDepth, ...read } = readOptions(nutsOptions, options, { of: "nuts()" });
  return Object.freeze({ kind: "nuts", ...settingsOf(read), maxTreeDepth });
}

/**
 * Hamiltonian Monte Carlo with trajectories of fixed length.
 *
 * @throws DeclarationError with every option that is unknown or out of range
 * @example hmc({ steps: 10, seed: 1 })
 */
export function hmc(options?: HmcOptions): GradientSampler {
  const { steps, length, ...read } = readOptions(hmcOptions, options, { of: "hmc()" });
  if (steps !== undefined && length !== undefined) throw new DeclarationError([stepsAndLength()]);
  const trajectory = Object.freeze(steps === undefined ? { length: length ?? Math.PI / 2 } : { steps });
  return Object.freeze({ kind: "hmc", ...settingsOf(read), trajectory });
}
