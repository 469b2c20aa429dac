/** Texts about priors. */

import type { Issue } from "./issue.ts";
import { listed, quoted } from "./lists.ts";
import { shown } from "./options.ts";

export const priorParameterIssue = (name: string, parameter: string, value: unknown, requirement: string): Issue => ({
  code: "prior-parameter",
  path: ["prior", name, parameter],
  message: `The prior ${name}(…) was given ${parameter} = ${shown(value)}; it must be ${requirement}.`,
});

export const priorBoundsIssue = (lower: number, upper: number): Issue => ({
  code: "prior-parameter",
  path: ["prior", "uniform"],
  message: `The prior uniform(${lower}, ${upper}) is empty; write the lower bound first and the upper bound above it.`,
});

export const priorArgumentsIssue = (name: string, known: readonly string[], given: number): Issue => ({
  code: "prior-parameter",
  path: ["prior", name],
  message: `The prior ${name}(${known.join(", ")}) was given ${given} parameters; it has ${known.length}.`,
});

export const shrinkageNotForOne = (distribution: string, label: string): Issue => ({
  code: "prior-support",
  path: ["prior", label],
  message: `The prior ${distribution} of ${label} is a joint prior of all slopes and cannot be given to one of them; declare it for "fixed", and priors as normal(0, 2.5) for the coefficients that it shall not shrink.`,
});

export const shrinkageWithoutSlopes = (distribution: string): Issue => ({
  code: "prior-support",
  path: ["prior", "fixed"],
  message: `The prior ${distribution} is for slopes of the mean, but the model has none without a prior of their own; add predictors, or declare a prior as normal(0, 2.5).`,
});

export const shrinkageNonlinear = (distribution: string): Issue => ({
  code: "prior-support",
  path: ["prior", "fixed"],
  message: `The prior ${distribution} is for slopes of a linear predictor, which the parameters of a nonlinear mean are not; declare priors as normal(0, 2.5) for them.`,
});

export const shrinkageBesideJointNormal = (distribution: string): Issue => ({
  code: "shrinkage-beside-joint-normal",
  path: ["sampler", "prior"],
  message: `The prior ${distribution} of the slopes is declared, but the sampler's prior has a joint normal of all coefficients too (B); leave one of them out.`,
});

export const shrinkageNotPenalised = (distribution: string): Issue => ({
  code: "prior-not-penalty",
  path: ["prior", "fixed"],
  message: `The prior ${distribution} cannot serve as a penalty: its density grows without bound where coefficients and their scales go to 0 together; sample the posterior instead, or declare a prior as doubleExponential(0, 1) for the coefficients.`,
});

export const priorReachesOut = (label: string, distribution: string, support: string, bounds: string): Issue => ({
  code: "prior-support",
  path: ["prior", label],
  message: `The prior ${distribution} reaches beyond what ${label} can be, which ${support}; write bounds within ${bounds}.`,
});

export const drawFromFlatPrior = (labels: readonly string[]): Issue => ({
  code: "prior-not-proper",
  path: ["prior"],
  message: `The flat prior of ${listed(quoted(labels)) || "none"} is no probability distribution, so nothing can be drawn from it; declare a proper prior, as normal(0, 2.5) for a coefficient or halfNormal(1) for a standard deviation, or leave the prior to the default, which is proper.`,
});

export const priorOfGiven = (label: string, kind: string): Issue => ({
  code: "unknown-prior-target",
  path: ["prior", label],
  message: `There is a prior for ${label}, but the ${kind} is given, not estimated; remove the prior, or the given value.`,
});

export const unknownPriorTarget = (
  priorClass: string,
  name: string | undefined,
  kind: string,
  available: readonly string[],
): Issue => ({
  code: "unknown-prior-target",
  path: name === undefined ? ["prior", priorClass] : ["prior", priorClass, name],
  message:
    available.length === 0
      ? `There is a prior for ${priorClass}${name === undefined ? "" : `:${name}`}, but the model has no ${kind}; remove the prior.`
      : `There is a prior for ${priorClass}:${name}, but the model has no ${kind} of that name; it has ${listed(quoted(available)) || "none"}.`,
});

export const repeatedPrior = (label: string): Issue => ({
  code: "repeated-prior",
  path: ["prior", label],
  message: `The prior for ${label} is declared more than once; keep one.`,
});

export const priorSupport = (label: string, distribution: string, support: string, suggestions: string): Issue => ({
  code: "prior-support",
  path: ["prior", label],
  message: `The prior ${distribution} does not suit ${label}, which ${support}; use ${suggestions}.`,
});

export const priorSyntax = (text: string, reason: string): Issue => ({
  code: "prior-syntax",
  path: ["prior", text],
  message:
    `The prior "${text}" cannot be read: ${reason}${reason.endsWith("?") ? "" : "."} ` +
    'Write CLASS=DISTRIBUTION(numbers) or CLASS:NAME=DISTRIBUTION(numbers), as "fixed=normal(0, 2.5)" or "sd:Subject.Days=halfNormal(20)".',
});
