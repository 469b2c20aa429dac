/** The options of `tidy()`, the same whatever made the fit. */
import { optional } from "valibot";
import { DeclarationError } from "../messages/issue.ts";
import { ddfNotOfThis } from "../messages/small-sample.ts";
import { choice, confidenceLevel, listOf } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";

/** How coefficients of linear mixed models are tested: t distributions with these degrees of freedom, or the normal. */
export const ddfMethods = ["satterthwaite", "kenward-roger", "between-within", "normal"] as const;

export type DdfMethod = (typeof ddfMethods)[number];

/** Denominator degrees of freedom, as an option. */
export const ddfOption = choice(ddfMethods);

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
});

export type TidyOptions = OptionsOf<typeof tidyOptions>;

/** The options of `tidy()` with their defaults. @throws DeclarationError for unknown ones and those of the wrong kind */
export const readTidyOptions = (options: TidyOptions | undefined) =>
  readOptions(tidyOptions, options, { of: "tidy()" });

/** The same of what has no degrees of freedom. @param of in words, as "A posterior" */
export function readTidyOptionsWithoutDdf(options: TidyOptions | undefined, of: string) {
  const { ddf, ...asked } = readTidyOptions(options);
  if (ddf !== undefined && ddf !== "normal") throw new DeclarationError([ddfNotOfThis(of)]);
  return asked;
}
