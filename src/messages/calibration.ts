/** Texts of the prior predictive, simulation-based calibration and prior sensitivity. */

import type { FitWarning, Issue } from "./issue.ts";
import { shown } from "./options.ts";

export const badCalibrationOption = (option: string, value: unknown, requirement: string): Issue => ({
  code: "option-value",
  path: [option],
  message: `The option ${option} is ${requirement}, and it is ${shown(value)}.`,
});

export const weightedRows = (): Issue => ({
  code: "sbc-weights",
  path: ["weights"],
  message:
    "Simulation-based calibration draws one response a row, and weights multiply rows of this model's likelihood, so that the draws would not be from the model that is fitted: leave the weights out of the declaration.",
});

export const priorPredictiveWeights = (name: string): Issue => ({
  code: "prior-predictive-weights",
  path: ["weights"],
  message: `The weights ${name} multiply the log-likelihood of rows, which makes no distribution that responses could be drawn from: leave .weights() out, or declare them as .frequencyWeights() where they say how often a row was observed.`,
});

export const samplerWithOwnPrior = (what: string): Issue => ({
  code: "sampler-prior",
  path: ["sampler", "prior"],
  message: `${what} needs the priors that the model declares, and this sampler was given conjugate priors of its own: leave its option prior out, and declare the priors with .prior().`,
});

export const noDataFromPrior = (attempts: number, reason: string): Issue => ({
  code: "prior-data",
  path: ["prior"],
  message: `In ${attempts} draws from the prior none gave a response the family can have (the last: ${reason}); declare tighter priors.`,
});

export const impossibleResponses = (draws: number, of: number): FitWarning => ({
  code: "impossible-responses",
  message: `${draws} of ${of} draws from the prior gave responses that are not finite: the priors allow linear predictors far beyond any data; declare tighter priors for the coefficients or standard deviations.`,
});

export const rejectedData = (rejected: number, fits: number): FitWarning => ({
  code: "rejected-data",
  message: `${rejected} simulated responses were not possible for the family (not finite, or outside its support) and were drawn again, for ${fits} fits; calibration then holds for the data that are possible.`,
});

export const dependentDraws = (count: number, fits: number, wanted: number): FitWarning => ({
  code: "dependent-draws",
  message: `In ${count} of ${fits} fits some quantity had fewer than ${wanted} effective draws even after the run was lengthened, so its ranks are of dependent draws and tend to the edges: sample more draws, or ask for fewer ranks.`,
});

export const failedFits = (count: number, fits: number, reason: string): FitWarning => ({
  code: "failed-fits",
  message: `${count} of ${fits} fits could not be sampled and have no ranks (the first: ${reason}).`,
});

export const verdicts = {
  calibrated: (quantities: number, fits: number, level: string) =>
    `Calibrated, as far as ${fits} fits can tell: the ranks of all ${quantities} quantities are uniform (tested together at ${level}).`,
  miscalibrated: (names: string, fits: number) =>
    `The posterior is not calibrated: over ${fits} fits the ranks of ${names} are not uniform.`,
} as const;

/** What a departure from uniform ranks means. */
export const rankShapes = {
  uniform: "uniform",
  low: "true values rank low: the posterior lies too high",
  high: "true values rank high: the posterior lies too low",
  narrow: "true values rank at the edges: the posterior is too narrow",
  wide: "true values rank in the middle: the posterior is too wide",
  other: "ranks are not uniform",
} as const;

export const sensitivityNeedsPriors = (names: readonly string[]): Issue => ({
  code: "sensitivity-flat",
  path: ["prior"],
  message: `All priors that could be scaled are flat (${names.join(", ")}), and a flat prior to a power is the same prior: declare proper priors to see how much they matter.`,
});

export const sensitivities = {
  none: "",
  conflict: "prior and data pull in different directions: both matter",
  prior: "the prior matters more than the data: strong prior or weak data",
} as const;

export const unreliableWeights = (what: string, k: number): FitWarning => ({
  code: "pareto-k",
  message: `The importance weights for scaling the ${what} have a Pareto k of ${k.toFixed(2)}, above 0.7, so the sensitivities to it are not reliable: refit with the ${what} changed instead.`,
});
