/**
 * The distributions a prior may have, as constructors of plain data. Scales are standard deviations or scale parameters,
 * never variances or precisions.
 */
import { custom, type GenericSchema, optional } from "valibot";
import type { PriorDistribution } from "../dsl/model-spec.ts";
import type { Issue } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { priorArgumentsIssue, priorBoundsIssue, priorParameterIssue } from "../messages/priors.ts";
import { flag } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";

type PriorName = PriorDistribution["name"];
type Requirement = "finite" | "positive" | "not negative" | "probability" | "flag";

const REQUIREMENTS: Readonly<Record<Requirement, { text: string; holds(x: number): boolean }>> = {
  finite: { text: "a finite number", holds: () => true },
  positive: { text: "a finite number above 0", holds: (x) => x > 0 },
  "not negative": { text: "a finite number, 0 or above", holds: (x) => x >= 0 },
  probability: { text: "a probability between 0 and 1", holds: (x) => x > 0 && x < 1 },
  flag: { text: "true or false", holds: (x) => x === 0 || x === 1 },
};

/** The parameters of every distribution in the order they are written, what each must be, and its default where it may be left out. */
export const PRIOR_PARAMETERS: Readonly<
  Record<PriorName, readonly (readonly [name: string, requirement: Requirement, fallback?: number])[]>
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
  horseshoe: [
    ["df", "positive", 1],
    ["scaleGlobal", "positive", 1],
    ["dfGlobal", "positive", 1],
    ["scaleSlab", "positive", 2],
    ["dfSlab", "positive", 4],
    ["parRatio", "not negative", 0],
    ["autoscale", "flag", 1],
  ],
  R2D2: [
    ["meanR2", "probability", 0.5],
    ["precR2", "positive", 2],
    ["consD2", "positive", 0.5],
    ["autoscale", "flag", 1],
  ],
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
  const known = PRIOR_PARAMETERS[name];
  if (parameters.length > known.length)
    throw new DeclarationError([
      priorArgumentsIssue(
        name,
        known.map(([parameter]) => parameter),
        parameters.length,
      ),
    ]);
  const made: PriorDistribution = Object.freeze({ name, parameters: Object.freeze(parameters.slice()) });
  const issues = priorParameterIssues(made);
  if (issues.length > 0) throw new DeclarationError(issues);
  return made;
}

/** Normal with the given mean and standard deviation. */
export const normal = (...parameters: readonly [mean: number, sd: number]): PriorDistribution =>
  distribution("normal", parameters);

/** Student's t: location + scale·t(df). */
export const studentT = (...parameters: readonly [df: number, location: number, scale: number]): PriorDistribution =>
  distribution("studentT", parameters);

/** Cauchy: location + scale·t(1). */
export const cauchy = (...parameters: readonly [location: number, scale: number]): PriorDistribution =>
  distribution("cauchy", parameters);

/** Double exponential (Laplace) with density exp(−|x − location|/scale)/(2·scale), for coefficients: the Bayesian lasso's. */
export const doubleExponential = (...parameters: readonly [location: number, scale: number]): PriorDistribution =>
  distribution("doubleExponential", parameters);

/** Logistic: location + scale·log(u/(1 − u)); its sd is scale·π/√3. logistic(0, 1) on a logit is uniform on the probability. */
export const logistic = (...parameters: readonly [location: number, scale: number]): PriorDistribution =>
  distribution("logistic", parameters);

/**
 * Uniform on [lower, upper], for any parameter that can lie there. It bounds the coordinate of a standard deviation or family parameter; of a
 * coefficient it is a wall that trajectories run into, so keep those bounds where the posterior has no mass to speak of.
 */
export const uniform = (...parameters: readonly [lower: number, upper: number]): PriorDistribution =>
  distribution("uniform", parameters);

/** |N(0, scale²)|, for standard deviations. */
export const halfNormal = (...parameters: readonly [scale: number]): PriorDistribution =>
  distribution("halfNormal", parameters);

/** |scale·t(df)|, for standard deviations. */
export const halfStudentT = (...parameters: readonly [df: number, scale: number]): PriorDistribution =>
  distribution("halfStudentT", parameters);

/** |scale·t(1)|, for standard deviations. Its mean does not exist. */
export const halfCauchy = (...parameters: readonly [scale: number]): PriorDistribution =>
  distribution("halfCauchy", parameters);

/** Exponential with the given rate (mean 1/rate). */
export const exponential = (...parameters: readonly [rate: number]): PriorDistribution =>
  distribution("exponential", parameters);

/**
 * The penalised-complexity prior of a standard deviation: exponential with P(sd > upper) = probability, that is rate −log(probability)/upper.
 * Simpson, Rue, Riebler, Martins & Sørbye (2017), "Penalising model component complexity", Statistical Science 32(1), section 3.3.
 *
 * @example pcSd(1, 0.05) // 5 % that the groups differ by a standard deviation above 1
 */
export const pcSd = (...parameters: readonly [upper: number, probability: number]): PriorDistribution =>
  distribution("pcSd", parameters);

/** Gamma with the given shape and rate (mean shape/rate). */
export const gamma = (...parameters: readonly [shape: number, rate: number]): PriorDistribution =>
  distribution("gamma", parameters);

/** Lognormal: exp of a normal with the given mean and standard deviation of the logarithm. */
export const lognormal = (...parameters: readonly [meanlog: number, sdlog: number]): PriorDistribution =>
  distribution("lognormal", parameters);

/** Weibull with P(X > x) = exp(−(x/scale)^shape). */
export const weibull = (...parameters: readonly [shape: number, scale: number]): PriorDistribution =>
  distribution("weibull", parameters);

/**
 * Inverse gamma on the parameter itself, density ∝ x^(−shape − 1)·exp(−scale/x): for a standard deviation it is on the standard deviation.
 * For the prior that JAGS and MCMCglmm put on a variance, see `inverseGammaVariance`.
 */
export const inverseGamma = (...parameters: readonly [shape: number, scale: number]): PriorDistribution =>
  distribution("inverseGamma", parameters);

/** The prior of a standard deviation whose square, the variance, is inverse gamma(shape, scale). */
export const inverseGammaVariance = (...parameters: readonly [shape: number, scale: number]): PriorDistribution =>
  distribution("inverseGammaVariance", parameters);

/** Beta(a, b), for parameters between 0 and 1. */
export const beta = (...parameters: readonly [a: number, b: number]): PriorDistribution =>
  distribution("beta", parameters);

/**
 * LKJ: density ∝ det(R)^(eta − 1) over correlation matrices R of a random term; 1 is uniform, above 1 favours small correlations.
 * Lewandowski, Kurowicka & Joe (2009), "Generating random correlation matrices based on vines and extended onion method".
 */
export const lkj = (...parameters: readonly [eta: number]): PriorDistribution => distribution("lkj", parameters);

/** The options of a shrinkage prior in the order of its parameters, defaults filled in; `true` is 1. */
function shrinkage(name: "horseshoe" | "R2D2", options: HorseshoeOptions & R2D2Options): PriorDistribution {
  const given = options as Readonly<Record<string, number | boolean | undefined>>;
  return distribution(
    name,
    PRIOR_PARAMETERS[name].map(([parameter, , fallback]) => Number(given[parameter] ?? fallback!)),
  );
}

/** The range of each is checked with those of all priors. */
const anyNumber: GenericSchema<number> = custom<number>((value) => typeof value === "number", "a number");

const horseshoeOptions = optionsSchema({
  /** Degrees of freedom of the half-t priors of the local scales; default 1, half-Cauchy. */
  df: optional(anyNumber),
  /** Scale of the half-t prior of the global scale; default 1. */
  scaleGlobal: optional(anyNumber),
  /** Degrees of freedom of the half-t prior of the global scale; default 1. */
  dfGlobal: optional(anyNumber),
  /** Scale of the slab, the t distribution that large coefficients have, in units of the coefficients; default 2. */
  scaleSlab: optional(anyNumber),
  /** Degrees of freedom of the slab; default 4. */
  dfSlab: optional(anyNumber),
  /** Expected number of coefficients that are not 0 over that of those that are; `scaleGlobal` is then this over √(number of rows). */
  parRatio: optional(anyNumber),
  /** Whether the global scale is multiplied by the residual sd in a model that has one; default true. */
  autoscale: optional(flag),
});

export type HorseshoeOptions = OptionsOf<typeof horseshoeOptions>;

/**
 * The regularised horseshoe, a joint prior of all slopes of the mean (never the intercept): most coefficients are held near 0, few go free as
 * far as a slab allows. β_j ~ N(0, s_j²), s_j² = c²τ²λ_j²/(c² + τ²λ_j²), λ_j ~ half-t(df, 1), τ ~ half-t(dfGlobal, scaleGlobal·σ),
 * c² ~ inverse gamma(dfSlab/2, dfSlab·scaleSlab²/2). It treats coefficients alike: bring their columns to one scale, as with `scale(x)`.
 * Arguments and defaults are those of brms.
 *
 * Piironen & Vehtari (2017), "Sparsity information and regularization in the horseshoe and other shrinkage priors", Electronic Journal of
 * Statistics 11(2), equation 2.8; `parRatio`: equation 3.12.
 *
 * @throws DeclarationError when an option is out of range or unknown
 * @example model(table).formula("y ~ scale(a) + scale(b) + (1 | g)").prior("fixed", horseshoe({ parRatio: 0.1 }))
 */
export const horseshoe = (options?: HorseshoeOptions): PriorDistribution =>
  shrinkage("horseshoe", readOptions(horseshoeOptions, options, { of: "horseshoe()" }));

const r2d2Options = optionsSchema({
  /** Mean of the beta prior of R²; default 0.5. */
  meanR2: optional(anyNumber),
  /** Precision of that prior, the sum of the two shapes of the beta; default 2. */
  precR2: optional(anyNumber),
  /** Concentration of the Dirichlet distribution that shares the explained variance out: the smaller, the sparser; default 0.5. */
  consD2: optional(anyNumber),
  /** Whether the variance explained is in units of the residual variance in a model that has one; default true. */
  autoscale: optional(flag),
});

export type R2D2Options = OptionsOf<typeof r2d2Options>;

/**
 * The R2D2 prior, a joint prior of all slopes of the mean (never the intercept) by way of R², the share of variance they explain:
 * β_j ~ N(0, φ_j σ² R²/(1 − R²)), R² ~ beta(meanR2·precR2, (1 − meanR2)·precR2), φ ~ Dirichlet(consD2, …, consD2). R² has its meaning for
 * columns with sd 1, as `scale(x)` makes them. Arguments, defaults and the normal kernel are those of brms.
 *
 * Zhang, Naughton, Bondell & Reich (2022), "Bayesian regression using a prior on the model fit: the R2-D2 shrinkage prior", Journal of the
 * American Statistical Association 117.
 *
 * @throws DeclarationError when an option is out of range or unknown
 * @example model(table).formula("y ~ scale(a) + scale(b) + (1 | g)").prior("fixed", R2D2({ meanR2: 0.3, precR2: 10 }))
 */
export const R2D2 = (options?: R2D2Options): PriorDistribution =>
  shrinkage("R2D2", readOptions(r2d2Options, options, { of: "R2D2()" }));

/** Density 1 everywhere: an improper prior on the real line or on positive numbers. */
export const flat = (...none: readonly []): PriorDistribution => distribution("flat", none);

/**
 * A distribution as it is written: `normal(0, 2.5)`; numbers to `digits` significant digits (default: all). What may be left out is named, and
 * left out where it has its default: `horseshoe(parRatio=0.1)`.
 */
export function describePrior({ name, parameters }: PriorDistribution, digits?: number): string {
  const format = (x: number) => (digits === undefined ? String(x) : String(Number(x.toPrecision(digits))));
  const known = PRIOR_PARAMETERS[name];
  if (known.some(([, , fallback]) => fallback !== undefined)) {
    const named = known.flatMap(([parameter, requirement, fallback], i) => {
      const value = parameters[i]!;
      if (value === fallback) return [];
      return [`${parameter}=${requirement === "flag" ? String(value === 1) : format(value)}`];
    });
    return `${name}(${named.join(", ")})`;
  }
  return `${name}(${parameters.map(format).join(", ")})`;
}
