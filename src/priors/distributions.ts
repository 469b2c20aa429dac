/**
 * The distributions a prior may have, as constructors of plain data. Scales are standard deviations or scale parameters,
 * never variances or precisions.
 */
import type { PriorDistribution } from "../dsl/model-spec.ts";
import type { Issue } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { priorBoundsIssue, priorParameterIssue } from "../messages/priors.ts";

type PriorName = PriorDistribution["name"];
type Requirement = "finite" | "positive" | "probability";

const REQUIREMENTS: Readonly<Record<Requirement, { text: string; holds(x: number): boolean }>> = {
  finite: { text: "a finite number", holds: () => true },
  positive: { text: "a finite number above 0", holds: (x) => x > 0 },
  probability: { text: "a probability between 0 and 1", holds: (x) => x > 0 && x < 1 },
};

/** The parameters of every distribution in the order they are written, and what each must be. */
export const PRIOR_PARAMETERS: Readonly<
  Record<PriorName, readonly (readonly [name: string, requirement: Requirement])[]>
> = {
  normal: [
    ["mean", "finite"],
    ["sd", "positive"],
  ],
  studentT: [
    ["df", "positive"],
    ["location", "finite"],
    ["scale", "positive"],
  ],
  cauchy: [
    ["location", "finite"],
    ["scale", "positive"],
  ],
  doubleExponential: [
    ["location", "finite"],
    ["scale", "positive"],
  ],
  logistic: [
    ["location", "finite"],
    ["scale", "positive"],
  ],
  uniform: [
    ["lower", "finite"],
    ["upper", "finite"],
  ],
  halfNormal: [["scale", "positive"]],
  halfStudentT: [
    ["df", "positive"],
    ["scale", "positive"],
  ],
  halfCauchy: [["scale", "positive"]],
  exponential: [["rate", "positive"]],
  pcSd: [
    ["upper", "positive"],
    ["probability", "probability"],
  ],
  gamma: [
    ["shape", "positive"],
    ["rate", "positive"],
  ],
  lognormal: [
    ["meanlog", "finite"],
    ["sdlog", "positive"],
  ],
  weibull: [
    ["shape", "positive"],
    ["scale", "positive"],
  ],
  inverseGamma: [
    ["shape", "positive"],
    ["scale", "positive"],
  ],
  inverseGammaVariance: [
    ["shape", "positive"],
    ["scale", "positive"],
  ],
  beta: [
    ["a", "positive"],
    ["b", "positive"],
  ],
  lkj: [["eta", "positive"]],
  flat: [],
};

/** What is wrong with a distribution's parameters; empty when nothing is. */
export function priorParameterIssues({ name, parameters }: PriorDistribution): Issue[] {
  const issues = PRIOR_PARAMETERS[name].flatMap(([parameter, requirement], i) => {
    const value: unknown = parameters[i];
    const { text, holds } = REQUIREMENTS[requirement];
    const good = typeof value === "number" && Number.isFinite(value) && holds(value);
    return good ? [] : [priorParameterIssue(name, parameter, value, text)];
  });
  if (name === "uniform" && issues.length === 0 && !(parameters[0]! < parameters[1]!))
    issues.push(priorBoundsIssue(parameters[0]!, parameters[1]!));
  return issues;
}

function distribution(name: PriorName, parameters: readonly number[]): PriorDistribution {
  const made: PriorDistribution = Object.freeze({ name, parameters: Object.freeze(parameters.slice()) });
  const issues = priorParameterIssues(made);
  if (issues.length > 0) throw new DeclarationError(issues);
  return made;
}

/** Normal with the given mean and standard deviation. */
export const normal = (mean: number, sd: number): PriorDistribution => distribution("normal", [mean, sd]);

/** Student's t: location + scale·t(df). */
export const studentT = (df: number, location: number, scale: number): PriorDistribution =>
  distribution("studentT", [df, location, scale]);

/** Cauchy: location + scale·t(1). */
export const cauchy = (location: number, scale: number): PriorDistribution => distribution("cauchy", [location, scale]);

/** Double exponential (Laplace) with density exp(−|x − location|/scale)/(2·scale), for coefficients: the Bayesian lasso's. */
export const doubleExponential = (location: number, scale: number): PriorDistribution =>
  distribution("doubleExponential", [location, scale]);

/** Logistic: location + scale·log(u/(1 − u)); its sd is scale·π/√3. logistic(0, 1) on a logit is uniform on the probability. */
export const logistic = (location: number, scale: number): PriorDistribution =>
  distribution("logistic", [location, scale]);

/**
 * Uniform on [lower, upper], for any parameter that can lie there. A wall: the sampler rejects what lies beyond it, so keep the bounds where
 * the posterior has no mass to speak of.
 */
export const uniform = (lower: number, upper: number): PriorDistribution => distribution("uniform", [lower, upper]);

/** |N(0, scale²)|, for standard deviations. */
export const halfNormal = (scale: number): PriorDistribution => distribution("halfNormal", [scale]);

/** |scale·t(df)|, for standard deviations. */
export const halfStudentT = (df: number, scale: number): PriorDistribution => distribution("halfStudentT", [df, scale]);

/** |scale·t(1)|, for standard deviations. Its mean does not exist. */
export const halfCauchy = (scale: number): PriorDistribution => distribution("halfCauchy", [scale]);

/** Exponential with the given rate (mean 1/rate). */
export const exponential = (rate: number): PriorDistribution => distribution("exponential", [rate]);

/**
 * The penalised-complexity prior of a standard deviation: exponential with P(sd > upper) = probability, that is rate −log(probability)/upper.
 * Simpson, Rue, Riebler, Martins & Sørbye (2017), "Penalising model component complexity", Statistical Science 32(1), section 3.3.
 *
 * @example pcSd(1, 0.05) // 5 % that the groups differ by a standard deviation above 1
 */
export const pcSd = (upper: number, probability: number): PriorDistribution =>
  distribution("pcSd", [upper, probability]);

/** Gamma with the given shape and rate (mean shape/rate). */
export const gamma = (shape: number, rate: number): PriorDistribution => distribution("gamma", [shape, rate]);

/** Lognormal: exp of a normal with the given mean and standard deviation of the logarithm. */
export const lognormal = (meanlog: number, sdlog: number): PriorDistribution =>
  distribution("lognormal", [meanlog, sdlog]);

/** Weibull with P(X > x) = exp(−(x/scale)^shape). */
export const weibull = (shape: number, scale: number): PriorDistribution => distribution("weibull", [shape, scale]);

/**
 * Inverse gamma on the parameter itself, density ∝ x^(−shape − 1)·exp(−scale/x): for a standard deviation it is on the standard deviation.
 * For the prior that JAGS and MCMCglmm put on a variance, see `inverseGammaVariance`.
 */
export const inverseGamma = (shape: number, scale: number): PriorDistribution =>
  distribution("inverseGamma", [shape, scale]);

/** The prior of a standard deviation whose square, the variance, is inverse gamma(shape, scale). */
export const inverseGammaVariance = (shape: number, scale: number): PriorDistribution =>
  distribution("inverseGammaVariance", [shape, scale]);

/** Beta(a, b), for parameters between 0 and 1. */
export const beta = (a: number, b: number): PriorDistribution => distribution("beta", [a, b]);

/**
 * LKJ: density ∝ det(R)^(eta − 1) over correlation matrices R of a random term; 1 is uniform, above 1 favours small correlations.
 * Lewandowski, Kurowicka & Joe (2009), "Generating random correlation matrices based on vines and extended onion method".
 */
export const lkj = (eta: number): PriorDistribution => distribution("lkj", [eta]);

/** Density 1 everywhere: an improper prior on the real line or on positive numbers. */
export const flat = (): PriorDistribution => distribution("flat", []);

/** A distribution as it is written: `normal(0, 2.5)`; numbers to `digits` significant digits (default: all). */
export function describePrior({ name, parameters }: PriorDistribution, digits?: number): string {
  const format = (x: number) => (digits === undefined ? String(x) : String(Number(x.toPrecision(digits))));
  return `${name}(${parameters.map(format).join(", ")})`;
}
