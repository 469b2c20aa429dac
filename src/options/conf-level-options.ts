/** The options of functions that take the level of their intervals and nothing else. */
import { optional } from "valibot";
import { confidenceLevel } from "./kinds.ts";
import { type OptionsOf, optionsSchema } from "./read-options.ts";

export const confLevelOptions = optionsSchema({
  /** Level of the intervals, default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
});

export type ConfLevelOptions = OptionsOf<typeof confLevelOptions>;
