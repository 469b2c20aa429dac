/** The options of `tidy()`, the same whatever made the fit. */
import { optional } from "valibot";
import { choice, confidenceLevel, listOf } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";

const tidyOptions = optionsSchema({
  /** Which rows; default fixed, ran_pars and aux. */
  effects: optional(listOf(choice(["fixed", "ran_pars", "ran_vals", "aux"]), 'a list of effects, as ["fixed"]'), [
    "fixed",
    "ran_pars",
    "aux",
  ]),
  /** Level of the intervals, default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
});

export type TidyOptions = OptionsOf<typeof tidyOptions>;

/** The options of `tidy()` with their defaults. @throws DeclarationError for unknown ones and those of the wrong kind */
export const readTidyOptions = (options: TidyOptions | undefined) =>
  readOptions(tidyOptions, options, { of: "tidy()" });
