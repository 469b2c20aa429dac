/** The options of `tidy()`, the same whatever made the fit. */
import { optional } from "valibot";
import { DeclarationError } from "../messages/issue.ts";
import { ciNeedsLikelihood } from "../messages/profile.ts";
import { clusterWithoutVcov, robustNotOfThis } from "../messages/robust.ts";
import { ddfNotOfThis } from "../messages/small-sample.ts";
import { choice, clusterColumns, confidenceLevel, flag, listOf } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";

/** How coefficients of linear mixed models are tested: t distributions with these degrees of freedom, or the normal. */
export const ddfMethods = ["satterthwaite", "kenward-roger", "between-within", "normal"] as const;

export type DdfMethod = (typeof ddfMethods)[number];

/** Denominator degrees of freedom, as an option. */
export const ddfOption = choice(ddfMethods);

/** How residuals of clusters are adjusted for having been fitted, in robust covariances. */
export const robustKinds = ["CR0", "CR1", "CR2", "CR3"] as const;

export type RobustKind = (typeof robustKinds)[number];

/** Which covariance of the coefficients, and of which clusters; the same entries for all who take them. */
export const robustEntries = {
  /**
   * `model` (default): that of the likelihood. `CR0`, `CR1`, `CR2`, `CR3`: robust to any dependence and variance within clusters, with Satterthwaite's degrees
   * of freedom; `CR2` is the one for few clusters.
   */
  vcov: optional(choice(["model", ...robustKinds])),
  /** The clusters of a robust covariance: a column or several; default the outermost grouping factor. */
  cluster: optional(clusterColumns),
};

export interface RobustOptions {
  readonly vcov?: "model" | RobustKind | undefined;
  readonly cluster?: string | readonly string[] | undefined;
}

/**
 * The robust covariance that is asked for; null: the model's.
 *
 * @throws DeclarationError for clusters without one
 */
export function robustAsked({
  vcov,
  cluster,
}: RobustOptions): { vcov: RobustKind; cluster?: string | readonly string[] } | null {
  if (vcov !== undefined && vcov !== "model") return { vcov, ...(cluster !== undefined && { cluster }) };
  if (cluster !== undefined) throw new DeclarationError([clusterWithoutVcov()]);
  return null;
}

/** Which intervals a table has. */
export const ciOption = choice(["wald", "profile", "auto"]);

const tidyOptions = optionsSchema({
  /** Which rows; default fixed, ran_pars and aux. */
  effects: optional(listOf(choice(["fixed", "ran_pars", "ran_vals", "aux"]), 'a list of effects, as ["fixed"]'), [
    "fixed",
    "ran_pars",
    "aux",
  ]),
  /** Level of the intervals, default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /**
   * Degrees of freedom of the coefficients' t tests and intervals, for Gaussian fits: default `satterthwaite` for REML; `kenward-roger`, with
   * adjusted errors, `between-within`, as nlme's, or `normal`.
   */
  ddf: optional(ddfOption),
  /**
   * Intervals of maximum-likelihood fits: `wald` (the default, at no cost), `profile`, by the profile likelihood, or `auto`: by profile for standard
   * deviations and correlations whose Wald interval is not to be trusted. A profile takes about as long as a fit for each parameter.
   */
  ci: optional(ciOption),
  /**
   * True: coefficients of a log, logit or cloglog link as ratios of means, odds or hazards, with intervals, and errors by the delta method (of a posterior: of
   * the exponentiated draws). Statistics and p values stay those of the coefficients. Default false.
   */
  exponentiate: optional(flag, false),
  ...robustEntries,
});

export type TidyOptions = OptionsOf<typeof tidyOptions>;

/**
 * The options of `tidy()` with their defaults.
 *
 * @param profiled whether the fit has a profile likelihood
 * @throws DeclarationError for unknown ones and those of the wrong kind
 */
export function readTidyOptions(options: TidyOptions | undefined, profiled = false) {
  const read = readOptions(tidyOptions, options, { of: "tidy()" });
  if (!profiled && (read.ci === "profile" || read.ci === "auto"))
    throw new DeclarationError([ciNeedsLikelihood(read.ci)]);
  return read;
}

/** The same of what has no degrees of freedom. @param of in words, as "A posterior" */
export function readTidyOptionsWithoutDdf(options: TidyOptions | undefined, of: string) {
  const { ddf, vcov, cluster, ...asked } = readTidyOptions(options);
  if (ddf !== undefined && ddf !== "normal") throw new DeclarationError([ddfNotOfThis(of)]);
  if (robustAsked({ vcov, cluster })) throw new DeclarationError([robustNotOfThis(of)]);
  return asked;
}
