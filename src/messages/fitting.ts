/** Texts about fits: verdicts and warnings of maximum likelihood. */
import type { Verdict } from "../model/fit.ts";
import type { FitWarning, Issue } from "./issue.ts";
import { listedWithAnd } from "./lists.ts";
import { shown } from "./options.ts";

export const convergedReason = (remaining: number, kinks: readonly string[] = []): string =>
  `${kinks.length > 0 ? `The log-likelihood falls on both sides of a kink in ${kinks.join(", ")}; in the other parameters a` : "A"} Newton step from the optimum promises ${remaining > 1e-15 ? remaining.toExponential(1) : "less than 1e-15"} more log-likelihood.`;

export const kinkAtMaximum = (name: string): FitWarning => ({
  code: "likelihood-kink",
  message: `The likelihood has a kink at its maximum, where ${name} meets the distance of two rows: no curvature is defined there, and the standard errors of the residual parameters are taken from differences over about one standard error.`,
});

export const zeroVariance = (group: string, terms: readonly string[]): string =>
  `The variance of ${listedWithAnd(terms.map((term) => `'${term}'`))} between levels of '${group}' is estimated as exactly 0.`;

export const singularCovariance = (group: string, direction: string): string =>
  `The covariance matrix of '${group}' is singular: the combination ${direction} does not vary between levels.`;

export const limitReason = (parameter: string, family: string, grows: boolean): string =>
  `The counts are no more dispersed than Poisson counts: the likelihood keeps rising as '${parameter}' ${grows ? "grows without bound" : "falls to 0"}, where ${family} is the Poisson distribution. The estimates, errors and log-likelihood are those of the Poisson model.`;

export const failedReason = (remaining: number, part = "random effects"): string =>
  Number.isFinite(remaining)
    ? `The search stopped where a Newton step promises ${remaining.toExponential(1)} more log-likelihood; try another method or simplify the ${part}.`
    : "The likelihood could not be computed at the point the search stopped at; check the response and simplify the model.";

export const nuggetReason = (kind: string): string =>
  `${kind}.nugget is estimated as 1: the residuals are not correlated, and ${kind}.range means nothing. Leave the correlation out.`;

export const rangeReason = (term: string, range: number, largest: number): string =>
  `The likelihood keeps rising as ${term} grows: it has reached ${range.toExponential(1)}, where no two rows that are compared lie farther apart than ${largest.toPrecision(3)}, so that the residual standard deviation, the range and the intercept cannot be told apart. Hold the range at a value, or model the trend that such a correlation stands for.`;

export const parameterAtItsEnd = (parameter: string, names: readonly string[]): string =>
  `The coefficients ${names.map((name) => `'${name}'`).join(", ")} have no finite estimate: in some rows ${parameter} goes to the end of its range, as where counts are no more dispersed than Poisson ones or rows are fitted exactly. Their values and errors mean nothing; leave those terms out of the dispersion, or give them priors and sample.`;

/** @param parameter the precision of a continuous response */
export const exactDensityReason = (parameter: string): string =>
  `The fixed and random effects fit every row exactly, so that the likelihood rises without bound as '${parameter}' grows: it has no estimate, and log-likelihood, AIC and BIC mean nothing. The coefficients are those that fit the rows; check whether the response is computed from the columns or repeated within levels, or drop columns.`;

export const separationReason = (terms: readonly string[]): string =>
  `Separation is suspected: the likelihood keeps rising as ${listedWithAnd(terms.map((term) => `'${term}'`))} grow${terms.length === 1 ? "s" : ""} without bound, because these columns predict the response perfectly. The estimate and its standard error mean nothing; drop the term, merge its levels, or sample the model with a prior.`;

/** @param likelihood whether there is one, as there is not for estimating equations */
export const infiniteReason = (terms: readonly string[], rows: number, of: number, likelihood: boolean): string => {
  const [them, has, goes] = terms.length === 1 ? ["it", "it has", "goes"] : ["them", "they have", "go"];
  const named = `${listedWithAnd(terms.map((term) => `'${term}'`))} ${goes} to infinity`;
  return [
    `Separation: ${rows === of ? "every row is" : `${rows} of ${of} rows are`} predicted perfectly, and ${likelihood ? `the likelihood keeps rising as ${named}` : `the equations have no finite solution: ${named}`}.`,
    `Where the search stopped means nothing for ${them}, and ${has} neither standard error nor Wald test: ${likelihood ? "compare fits with and without the term by their likelihoods (anova), merge its levels, or sample the model with a prior" : "drop the term, merge its levels, or fit a mixed model with a prior"}.`,
    ...(rows === of ? [] : ["All other errors are those of the limit."]),
  ].join(" ");
};

export const notIdentifiedReason = (terms: readonly string[]): string =>
  `The data do not identify ${listedWithAnd(terms.map((term) => `'${term}'`))}: the likelihood is flat in that direction. Remove a term, or sample the model with a prior.`;

/** Of random effects whose model depends on where columns far off have their zero. @param distance from 0, in standard deviations of the column */
export const originOfEffects = (group: string, columns: readonly string[], distance: number): FitWarning => ({
  code: "distant-origin",
  message: `The random effects of ${listedWithAnd(columns.map((name) => `'${name}'`))} between levels of '${group}' depend on where ${columns.length === 1 ? "it has its zero, which lies" : "they have their zeros, which lie up to"} ${Number(distance.toPrecision(2))} of its standard deviations from the data: so far off, slopes shift whole levels up and down and hardly differ in anything else. Centre ${columns.length === 1 ? "the column" : "the columns"}, or let slopes be correlated with an intercept, as in (${columns[0]} | ${group}), where the zero does not matter.`,
});

/** @param moving coefficients whose errors depend on what is not identified */
export const flatReason = (labels: readonly string[], moving: readonly string[] = []): string =>
  `The data do not identify ${listedWithAnd(labels.map((label) => `'${label}'`))}: the likelihood is the same whatever ${labels.length === 1 ? "it is" : "they are, along a line at least"}. ${labels.length === 1 ? "Its value means" : "Their values mean"} nothing and ${labels.length === 1 ? "has" : "have"} no error; ${moving.length === 0 ? "all else holds" : `the standard error${moving.length === 1 ? "" : "s"} of ${listedWithAnd(moving.map((label) => `'${label}'`))} depend${moving.length === 1 ? "s" : ""} on ${labels.length === 1 ? "it" : "them"} and ${moving.length === 1 ? "is" : "are"} not given either; estimates and all else hold`}. Leave out the term${labels.some((label) => label.includes("cor__")) ? " or its correlation (||)" : ""} that another one, the residuals or the fixed effects already stand for.`;

/** Beside another verdict. */
export const flatWarning = (labels: readonly string[]): FitWarning => ({
  code: "not-identified",
  message: flatReason(labels),
});

/** Of random terms whose variance rises without bound. */
export const infiniteVarianceReason = (groups: readonly string[]): string =>
  `Separation: within every level of ${listedWithAnd(groups.map((group) => `'${group}'`))} all responses are the same, and the likelihood keeps rising as the standard deviation between levels goes to infinity and the coefficients grow with it. Where the search stopped means nothing, and nothing on that scale has a standard error. Take the level for the unit, with one response each and without this random effect, or sample the model with priors.`;

/** Of random terms whose levels have one response each, of two outcomes or ordered categories. */
export const singleResponsesReason = (labels: readonly string[], groups: readonly string[]): string =>
  `The data do not identify ${listedWithAnd(labels.map((label) => `'${label}'`))}: every level of ${listedWithAnd(groups.map((group) => `'${group}'`))} has one response, and outcomes of one trial are no more dispersed than their means allow. The value means nothing and has no error; the coefficients are those that go with it. Leave the term out.`;

export const boundaryWarning = (reason: string): FitWarning => ({
  code: "boundary",
  message: `${reason} This is a valid boundary estimate; the standard errors are those of the model without that direction.`,
});

export const verdictWarning = (code: Exclude<Verdict, "converged">, reason: string): FitWarning => ({
  code: code === "not identified" ? "not-identified" : code,
  message: reason,
});

export const priorsIgnored = (count: number): FitWarning => ({
  code: "priors-ignored",
  message: `Maximum likelihood ignores the ${count === 1 ? "prior" : `${count} priors`} of the declaration; use fit(method, { penalised: true }) to add them as penalties, or sample().`,
});

export const refittedByQuadrature = (difference: number, nodes: number): FitWarning => ({
  code: "refitted-by-quadrature",
  message: `The Laplace approximation was off by ${difference.toPrecision(2)} in log-likelihood at its optimum, so the model was refitted by adaptive Gauss-Hermite quadrature with ${nodes} nodes.`,
});

export const laplaceInaccurate = (difference: number, nodes: number): FitWarning => ({
  code: "laplace-inaccurate",
  message: `The Laplace approximation is off: adaptive Gauss-Hermite quadrature with ${nodes} nodes differs by ${difference.toPrecision(2)} in log-likelihood at this optimum. Use auto() or agq(${nodes}).`,
});

export const quadratureUnsettled = (difference: number, nodes: number): FitWarning => ({
  code: "quadrature-unsettled",
  message: `With ${nodes} nodes a dimension, the most this model allows, the log-likelihood still moves by ${difference.toPrecision(2)}; treat the last digits with care, or sample the model.`,
});

export const quadratureRefitFailed = (nodes: number): FitWarning => ({
  code: "quadrature-refit-failed",
  message: `The Laplace approximation is inaccurate here, but the refit by quadrature with ${nodes} nodes did not converge; the Laplace fit is returned.`,
});

export const laplaceUnchecked = (estimate: number, error: number): FitWarning => ({
  code: "laplace-approximate",
  message: `The random effects are crossed or nested, or their levels have a known covariance, or the rows are correlated given them, where quadrature cannot go: the fit is by the Laplace approximation. Importance sampling puts the exact log-likelihood at this optimum ${Math.abs(estimate).toPrecision(2)} ${estimate >= 0 ? "above" : "below"} it (standard error ${error.toPrecision(1)}).`,
});

export const remlNotGaussian = (family: string): string =>
  `Restricted maximum likelihood is defined here for Gaussian models only, and the family is '${family}'; use method auto, laplace or agq.`;

export const remlRandomDispersion = (): string =>
  "Restricted maximum likelihood needs a likelihood that is exact, and random effects in the dispersion leave it an integral that is approximated: use method auto, laplace or agq, or leave the random terms out of .dispersion() (--dispersion).";

export const agqGaussian = (): string =>
  "A Gaussian model with identity link has an exact likelihood; quadrature is not needed. Use method reml or ml.";

export const refitLength = (got: number, wanted: number): string =>
  `refit() needs one response a row used in the fit, ${wanted} of them, but got ${got}.`;

export const startLength = (got: number, names: readonly string[]): string =>
  `start has ${got} ${got === 1 ? "value" : "values"}, but the model has ${names.length} parameters (${names.join(", ")}); give one value for each in this order, as in a fit's estimate, or leave start out.`;

export const startNotFinite = (name: string, value: number): string =>
  `start is ${value} for ${name}; give a finite value for every parameter, or leave start out.`;

export const startOutside = (name: string, value: number, wanted: string): string =>
  `start is ${value} for ${name}, which must be ${wanted}; give the values in the order of a fit's estimate, or leave start out.`;

export const startOfPql = (): string =>
  "Penalised quasi-likelihood takes no start: it iterates from the responses themselves. Leave start out, or choose another method.";

export const noDeclaration = (): string =>
  "This fit was not made by a declaration (it was loaded, or fitted from a compiled model), so it can be neither updated nor changed; declare the model again with model(table).";

export const notASavedFit = (): string =>
  "This JSON is not a fit saved by this library; pass what JSON.stringify(saveFit(fit)) or fitToBytes(fit) wrote.";

export const newerSavedFit = (version: number): string =>
  `This fit was saved in version ${version} of the format by a newer version of this library, and this one reads versions 1 and 2; update marginalia to load it.`;

export const remlPenalised = (): string =>
  "A penalised fit maximises the likelihood of all parameters together, which has no restricted form; leave the method out or use ml().";

export const unknownMethod = (of: string, name: string, nearest: string | null, calls: string): Issue => ({
  code: "unknown-method",
  path: ["method"],
  message: `${of} knows no method ${JSON.stringify(name)}${nearest === null ? "" : `; did you mean ${JSON.stringify(nearest)}?`}${nearest === null ? "." : ""} The methods are ${calls}.`,
});

const SAMPLERS: readonly unknown[] = ["nuts", "hmc", "gibbs"];

export function isAMethod(of: string, value: unknown, calls: string): Issue {
  const kind = (value as { kind?: unknown } | null)?.kind;
  const remedy = SAMPLERS.includes(kind)
    ? `; samplers go to .sample(${shown(kind)}())`
    : typeof value === "function"
      ? `; call it, as ${value.name || "ml"}()`
      : "";
  return {
    code: "unknown-method",
    path: ["method"],
    message: `The method of ${of} cannot be ${shown(value)}${remedy}. The methods are ${calls}.`,
  };
}

export const geeNotMaximised = (): Issue => ({
  code: "unknown-method",
  path: ["method"],
  message:
    "gee() states no likelihood to maximise; solve its equations by fitGee(model, gee({ id })), or by .fit(gee({ id })) of a declaration.",
});
/** Of a standard deviation whose Wald interval on the log scale covers more than two orders of magnitude. */
export const wideInterval = (span: number): string =>
  `its Wald interval spans a factor of ${span < 1e6 ? Math.round(span) : span.toExponential(0)}, so the normal approximation does not hold: take the profile's by confint(), compare with the model without it by anova(), or sample the posterior.`;
