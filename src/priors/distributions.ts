/**
 * The distributions a prior may have, as constructors of plain data. Scales are standard deviations or scale parameters,
 * never variances or precisions.
 */
import type { PriorDistribution } from "../dsl/model-spec.ts";
import type { Issue } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { priorParameterIssue } from "../messages/priors.ts";

type PriorName = PriorDistribution["name"];
type Requirement = "finite" | "positive";

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
  halfNormal: [["scale", "positive"]],
  halfStudentT: [
    ["df", "positive"],
    ["scale", "positive"],
  ],
  halfCauchy: [["scale", "positive"]],
  exponential: [["rate", "positive"]],
  gamma: [
    ["shape", "positive"],
    ["rate", "positive"],
  ],
  lkj: [["eta", "positive"]],
  flat: [],
};

/** What is wrong with a distribution's parameters; empty when nothing is. */
export function priorParameterIssues(distribution: PriorDistribution): Issue[] {
  return PRIOR_PARAMETERS[distribution.name].flatMap(([parameter, requirement], i) => {
    const value: unknown = distribution.parameters[i];
    const good = typeof value === "number" && Number.isFinite(value) && (requirement === "finite" || value > 0);
    return good
      ? []
      : [
          priorParameterIssue(
            distribution.name,
            parameter,
            value,
            requirement === "finite" ? "a finite number" : "a finite number above 0",
          ),
        ];
  });
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

/** |N(0, scale²)|, for standard deviations. */
export const halfNormal = (scale: number): PriorDistribution => distribution("halfNormal", [scale]);

/** |scale·t(df)|, for standard deviations. */
export const halfStudentT = (df: number, scale: number): PriorDistribution => distribution("halfStudentT", [df, scale]);

/** |scale·t(1)|, for standard deviations. Its mean does not exist. */
export const halfCauchy = (scale: number): PriorDistribution => distribution("halfCauchy", [scale]);

/** Exponential with the given rate (mean 1/rate). */
export const exponential = (rate: number): PriorDistribution => distribution("exponential", [rate]);

/** Gamma with the given shape and rate (mean shape/rate). */
export const gamma = (shape: number, rate: number): PriorDistribution => distribution("gamma", [shape, rate]);

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
