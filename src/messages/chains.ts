/** Texts about draws given to the diagnostics of chains. */
import type { Issue } from "./issue.ts";
import { shown } from "./options.ts";

export const notChains = (of: string, value: unknown): Issue => ({
  code: "not-chains",
  path: [of],
  message: `${of} needs the draws of a quantity as a list of chains, each an array of numbers, as [[0.1, 0.3], [0.2, 0.1]], not ${shown(value)}.`,
});

export const chainsOfDifferentLengths = (of: string, lengths: readonly number[]): Issue => ({
  code: "chains-of-different-lengths",
  path: [of],
  message: `${of} needs chains of one length, and these have ${lengths.join(", ")} draws; leave out the draws that are too many.`,
});

export const notLogRatios = (value: unknown): Issue => ({
  code: "not-log-ratios",
  path: ["psis()"],
  message: `psis() needs the logarithms of importance ratios as an array of numbers, not ${shown(value)}.`,
});

export const notEnergies = (value: unknown): Issue => ({
  code: "not-energies",
  path: ["ebfmi()"],
  message: `ebfmi() needs the energies of one chain as an array of numbers, not ${shown(value)}.`,
});

export const impossibleLogRatio = (position: number, value: number): Issue => ({
  code: "not-log-ratios",
  path: ["psis()", String(position)],
  message: `psis() needs logarithms of importance ratios that are finite, or -Infinity for a weight of 0; number ${position} is ${value}.`,
});
