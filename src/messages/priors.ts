/** Texts about priors. */
import type { Issue } from "./issue.ts";

const list = (names: readonly string[]): string =>
  names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ");

export const priorParameterIssue = (name: string, parameter: string, value: unknown, requirement: string): Issue => ({
  code: "prior-parameter",
  path: ["prior", name, parameter],
  message: `The prior ${name}(…) was given ${parameter} = ${String(value)}; it must be ${requirement}.`,
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
      : `There is a prior for ${priorClass}:${name}, but the model has no ${kind} of that name; it has ${list(available)}.`,
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
    `The prior "${text}" cannot be read: ${reason}. ` +
    'Write CLASS=DISTRIBUTION(numbers) or CLASS:NAME=DISTRIBUTION(numbers), as "fixed=normal(0, 2.5)" or "sd:Subject.Days=halfNormal(20)".',
});
