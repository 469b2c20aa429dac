/** What is said of statistics of a user's own. */

import { shown } from "./options.ts";

/** @param of what takes the statistic @param bad names without a number; none: there are no names at all */
export const statisticNotNumbers = (of: string, bad: readonly string[], found: unknown): string =>
  bad.length === 0
    ? `The statistic of ${of} must give a number, or numbers by name, as (p) => p.x1 - p.x2 or (p) => ({ difference: p.x1 - p.x2 }), not ${shown(found)}.`
    : `The statistic of ${of} gives no finite number for ${bad.map((name) => `"${name}"`).join(", ")} at the fit's own estimate.`;

/** @param value that of the first */
export const statisticOutOfRange = (names: readonly string[], scale: "log" | "logit", value: number): string =>
  `The statistic ${names.map((name) => `"${name}"`).join(", ")} is ${value.toPrecision(4)} at the fit's own estimate, and scale "${scale}" is for ${
    scale === "log" ? "positive numbers" : "numbers between 0 and 1"
  }: leave scale out, or give a statistic that cannot leave them.`;

export const parametersAreRead = (of: string, name: string): string =>
  `The statistic of ${of} sets "${name}": the parameters are there to be read, so write into variables of your own, as const p = { ...parameters }.`;

/** @param missing names of the first numbers that later ones lack */
export const statisticOtherNames = (of: string, missing: readonly string[], found: readonly string[]): string =>
  `The statistic of ${of} gave ${missing.map((name) => `"${name}"`).join(", ")} at the fit's own estimate and ${
    found.length === 0 ? "no numbers" : found.map((name) => `"${name}"`).join(", ")
  } elsewhere: it must give numbers under the same names whatever the parameters are.`;

export const noParameter = (name: string, nearest: string | null, known: readonly string[]): string =>
  `There is no parameter "${name}"${nearest === null ? "." : `; did you mean "${nearest}"?`} The parameters are ${known.map((one) => `"${one}"`).join(", ")}.`;

export const severalParameters = (name: string, known: readonly string[]): string =>
  `Several parameters are called "${name}": say ${known.map((one) => `"${one}"`).join(" or ")}.`;
