/** The options of `tidy()`, the same whatever made the fit. */
import { optional } from "valibot";
import { DeclarationError } from "../messages/issue.ts";
import { ciNeedsLikelihood } from "../messages/profile.ts";
import { choice, confidenceLevel, listOf } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";

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
   * Intervals of maximum-likelihood fits: `wald` (the default, at no cost), `profile`, by the profile likelihood, or `auto`: by profile for standard
   * deviations and correlations whose Wald interval is not to be trusted. A profile takes about as long as a fit for each parameter.
   */
  ci: optional(ciOption),
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
