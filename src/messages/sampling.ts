/** Texts about sampling the posterior. */

import type { FitWarning, Issue } from "./issue.ts";
import type { IssueCode } from "./issue-code.ts";
import { listed } from "./lists.ts";
import { shown } from "./options.ts";

export function notASampler(of: string, value: unknown, nearest: string | null): Issue {
  const kind = (value as { kind?: unknown } | null)?.kind;
  const remedy =
    nearest !== null
      ? `; did you mean ${JSON.stringify(nearest)}?`
      : typeof value === "function" && value.name !== ""
        ? `; call it, as ${value.name}().`
        : ["ml", "reml", "laplace", "agq", "auto", "pql", "lindstromBates", "gee"].includes(String(kind))
          ? "; methods of maximum likelihood and estimating equations go to .fit()."
          : ".";
  return {
    code: "unknown-sampler",
    path: ["sampler"],
    message: `The sampler of ${of} cannot be ${shown(value)}${remedy} The samplers are nuts(), hmc() and gibbs().`,
  };
}

export const noFiniteStart = (family: string): Issue => ({
  code: "no-start",
  path: ["sample"],
  message: `The posterior density of this ${family} model could not be computed at any starting value; check that the response suits the family and link.`,
});

export const jointNeedsRandomEffects: Issue = {
  code: "joint-without-random-effects",
  path: ["sampler", "target"],
  message: 'The target "joint" samples the random effects, but the model has none; leave the target out.',
};

export const unknownParameterisedTerm = (name: string, terms: readonly string[]): Issue => ({
  code: "unknown-parameterised-term",
  path: ["sampler", "parameterisation", name],
  message: `The parameterisation is given for "${name}", but the random terms are ${terms.join(", ")}; name one of them, or its grouping factor.`,
});

/** Why a term's random effects are sampled as they are. */
export const parameterisationReasons = {
  asked: (term: string, kind: string) => `${term}: ${kind}, as asked for`,
  measured: (term: string, kind: string, rows: number, information: number) =>
    `${term}: ${kind}, as ${rows < 9.95 ? Number(rows.toFixed(1)) : Math.round(rows)} rows a level tell ${information < 0.005 ? "next to nothing of its effects beside" : `${information > 9950 ? Math.round(information) : Number(information.toPrecision(2))} times as much of its effects as`} their prior`,
} as const;

export const buildForWorkers = (path: string): string =>
  `The worker threads run the built program, but ${path} does not exist; run "npm run build" first, or sample without an executor.`;

export const workerStopped = (chain: number, code: number): string =>
  `The worker thread of chain ${chain + 1} ended early with exit code ${code}; its chain has no draws.`;

export const divergences = (count: number, draws: number, targetAcceptance: number): FitWarning => ({
  code: "divergent-transitions",
  message:
    `${count} of ${draws} transitions diverged, so parts of the posterior may not have been visited; ` +
    `raise targetAcceptance above ${targetAcceptance}, or give the standard deviations a more informative prior.`,
});

export const treeDepthReached = (count: number, draws: number, depth: number): FitWarning => ({
  code: "tree-depth",
  message: `${count} of ${draws} transitions stopped at the maximum tree depth of ${depth}; the draws are valid but costly, raise maxTreeDepth if effective sample sizes are small.`,
});

export const lowEnergyMixing = (chains: readonly number[], value: number): FitWarning => ({
  code: "low-ebfmi",
  message: `The energy of ${chains.length === 1 ? "chain" : "chains"} ${chains.map((chain) => chain + 1).join(", ")} mixes slowly (E-BFMI ${value.toFixed(2)}, should be above 0.3); the tails of the posterior may be poorly explored.`,
});

export const highRhat = (term: string, value: number, count: number, chains: number): FitWarning => ({
  code: "rhat",
  message: `${chains > 1 ? "The chains do not agree" : "The two halves of the chain do not agree"}: R-hat of ${term} is ${value.toFixed(3)} (should be below 1.01)${count > 1 ? `, and ${count - 1} more ${count === 2 ? "parameter is" : "parameters are"} above it` : ""}; run more warm-up and draws.`,
});

export const tooFewDraws = (draws: number, wanted: number): FitWarning => ({
  code: "too-few-draws",
  message: `There ${draws === 1 ? "is one draw" : `are ${draws} draws`} a chain, too few draws to judge convergence and the ends of intervals by; draw at least ${wanted}, better 1000.`,
});

export const lowEss = (term: string, kind: "bulk" | "tail", value: number, wanted: number): FitWarning => ({
  code: `low-ess-${kind}`,
  message: `The ${kind} effective sample size of ${term} is ${Math.round(value)}, below ${wanted} (100 a chain); run more draws.`,
});

export const noMean = (terms: readonly string[]): FitWarning => ({
  code: "no-expectation",
  message: `The draws of ${terms.join(", ")} have tails too heavy for a mean (a Pareto k above 0.70): the estimate is their median, without a standard error. A prior with lighter tails, as halfNormal or exponential for a standard deviation, gives a mean.`,
});

export const undefinedDiagnostics = (term: string): FitWarning => ({
  code: "constant-draws",
  message: `The draws of ${term} do not vary or are not finite, so its convergence cannot be judged.`,
});

export const nodesNotSettled = (nodes: number, moved: number): FitWarning => ({
  code: "quadrature-inaccurate",
  message: `With ${nodes} quadrature nodes a dimension the log-likelihood at the mode still moves by ${moved.toPrecision(2)} when nodes are added; compare with target: "joint".`,
});

export const laplaceBiased = (shift: number): FitWarning => ({
  code: "laplace-inaccurate",
  message: `Laplace's approximation shifts the posterior of a standard deviation by about ${shift.toPrecision(2)} of its own standard deviations; use target: "joint".`,
});

export const improperPosterior = (names: readonly string[]): FitWarning => ({
  code: "flat-prior",
  message: `The prior of ${names.join(", ")} is flat, so the posterior may be improper; give a proper prior if the draws wander off.`,
});

/** Of flat priors along which the likelihood does not fall. */
export const distantOrigin = (name: string, group: string, distance: number): FitWarning => ({
  code: "distant-origin",
  message: `${name} lies ${Number(distance.toPrecision(2))} of its standard deviations from 0, where the intercepts of ${group} are: the default prior of their standard deviation, which is of the response's size, holds down that of the slopes of ${name} too. Centre ${name}, or give sd:${group}.(Intercept) a prior of the size it has so far off.`,
});

/** Of default priors that are stated elsewhere than where all columns are 0. */
export const priorsMoved = (names: readonly string[], places: string): FitWarning => ({
  code: "prior-origin",
  message: `The default prior${names.length === 1 ? "" : "s"} of ${listed(names, 6)} ${names.length === 1 ? "is" : "are"} stated at ${places}, the middle of the data, and not at 0, which lies so far off that the data contradict a prior of the usual size there. What is reported is at 0, as the model says; a prior of your own is meant there too.`,
});

export const exactResponse: FitWarning = {
  code: "improper-posterior",
  message:
    "The posterior is improper: the fixed and random effects fit the response exactly, so that its density grows without bound as sigma goes to 0, faster than its prior allows for. The draws of everything mean nothing; check whether the response is computed from the columns, or give sigma, or a prior that vanishes at 0, as sigma=lognormal(0, 1) or inverseGamma(2, 1).",
};

export const improperDirection = (names: readonly string[]): FitWarning => ({
  code: "improper-posterior",
  message: `The posterior is improper: as ${names.join(", ")} ${names.length === 1 ? "goes" : "go"} to infinity the likelihood does not fall, and the prior is flat there. The draws of everything wander without end and mean nothing; give ${names.length === 1 ? "it a proper prior" : "them proper priors"}.`,
});

export const modeNotFound: FitWarning = {
  code: "mode-not-found",
  message:
    "The optimiser did not settle on a mode of the posterior; the chains were started from the best point found.",
};

const resumption = (code: IssueCode, path: string, message: string): Issue => ({ code, path: [path], message });

export const cannotExtend = (): Issue =>
  resumption(
    "cannot-extend",
    "extend",
    "The chains of this posterior cannot be gone on with: it was made without the state they ended in. Sample again with more draws.",
  );

export const notACheckpoint = (): Issue =>
  resumption(
    "not-a-checkpoint",
    "checkpoint",
    "This JSON is not a checkpoint of a run of chains; pass what the option checkpoint was called with, or its JSON.stringify.",
  );

/** Why random effects were integrated out or sampled, for the fit's description. */
export const reasons = {
  none: "the model has no random effects",
  asked: "as asked for",
  cheap: (ratio: number) =>
    `integrating the random effects out costs about ${ratio.toPrecision(2)} times a joint gradient, and its draws are worth several times more`,
  dear: (ratio: number) =>
    `integrating the random effects out would cost about ${ratio.toPrecision(2)} times a joint gradient`,
  laplaceGood: "Laplace's approximation of the integral was checked by importance sampling and is accurate here",
  quadraturePoor: (moved: number) =>
    `as many quadrature nodes as are affordable leave the log-likelihood uncertain by ${moved.toPrecision(2)}`,
  laplacePoor: (shift: number) =>
    `only Laplace's approximation can integrate random effects of several factors out, and here it would shift the posterior of a standard deviation by about ${shift.toPrecision(2)} of its own standard deviations`,
} as const;
