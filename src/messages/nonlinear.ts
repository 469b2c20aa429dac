/** Texts of the faults and warnings of nonlinear means, of the Lindstrom-Bates algorithm and of penalised quasi-likelihood. */
import type { FitWarning } from "./issue.ts";
import { listed, listedWithAnd } from "./lists.ts";

export const noMean = (): string =>
  '.mean() needs the mean as a text, as "Asym / (1 + exp((xmid - age) / scal))", a function of (ops, parameters, columns), or a selfStart.';

export const noParameters = (): string =>
  '.mean(…, { parameters }) needs at least one parameter with its predictor, as { parameters: { Asym: "~ 1 + (1 | Tree)", xmid: "~ 1" } }.';

export const parameterNotUsed = (name: string, used: readonly string[]): string =>
  `The parameter ${name} is declared but does not occur in the mean, whose names are ${listed(used)}; remove it from { parameters } or use it.`;

export const badParameter = (name: string): string =>
  `The parameter ${name} needs a predictor as text, as "~ 1 + (1 | Tree)", or { fixed: "1", random: "Tree" }.`;

export const notAllowedInMean = (what: string): string =>
  `${what} cannot stand in a nonlinear mean; write arithmetic with + - * / ^ and the functions of formulas except poly(), scale() and factor().`;

export const selfStartArguments = (model: string, wanted: readonly string[], found: number): string =>
  `${model}() takes ${wanted.length} arguments, (${listed(wanted)}), and got ${found}; write, for example, ${model}(${listed(wanted)}) with your column for input.`;

export const constantInput = (text: string): string =>
  `The input of the self-starting model, ${text}, reads no column of the table; write the column the curve runs over, as SSlogis(age, Asym, xmid, scal).`;

export const selfStartArgumentName = (model: string, name: string, wanted: readonly string[]): string =>
  `${model}() has no argument ${name}; its arguments are (${listed(wanted)}).`;

export const selfStartParameterName = (model: string, parameter: string, found: string): string =>
  `The argument ${parameter} of ${model}() must name a parameter, not be ${found}; write its name, and its predictor in { parameters }.`;

export const selfStartParameter = (model: string, name: string): string =>
  `${name} is a parameter of ${model}() but not one of { parameters }; give it a predictor, as { parameters: { ${name}: "~ 1" } } or --mean-parameter "${name} ~ 1".`;

export const badRandomAcross = (text: string): string =>
  `"${text}" is no random term across parameters; write it as nlme does, "Asym + xmid ~ 1 | Tree".`;

export const unknownParameter = (where: string, name: string, known: readonly string[]): string =>
  `${where} names ${name}, which is not a parameter of the mean; the parameters are ${listed(known)}.`;

export const badStart = (name: string): string =>
  `The start of ${name} must be a number, or a list of as many numbers as ${name} has coefficients.`;

export const startLength = (name: string, found: number, names: readonly string[]): string =>
  `The start of ${name} has ${found} numbers, but ${name} has ${names.length} coefficients: ${listed(names)}.`;

export const missingStart = (names: readonly string[]): string =>
  `A nonlinear mean needs starting values: give start: { ${names.map((name) => `${name}: …`).join(", ")} } to .mean(), or use a selfStart model, which finds its own.`;

export const startNotFinite = (values: string): string =>
  `The mean is not finite in some row at the starting values ${values}; give other starting values to .mean(…, { start }).`;

export const meanUndefined = (rows: readonly number[]): FitWarning => ({
  code: "mean-undefined",
  message: `The mean has no finite value in ${rows.length === 1 ? "row" : "rows"} ${listed(rows.slice(0, 5).map(String))}${rows.length > 5 ? " and others" : ""}: the columns there lie outside what its arithmetic can take.`,
});

export const noSelfStart = (model: string, inputs: readonly string[]): string =>
  `No starting values were found for the ${model} model of ${listed(inputs)}: the data do not look like such a curve; give start: { … } to .mean().`;

export const unknownNameInMean = (name: string, likely: string | null, parameters: readonly string[]): string =>
  `The mean uses ${name}, which is neither a column of the table nor a parameter (${listed(parameters)})${likely === null ? "" : `; did you mean ${likely}?`}${likely === null ? "; declare it in { parameters } or correct its name." : " Otherwise declare it in { parameters }."}`;

export const linearPartOfNonlinear = (method: string): string =>
  `.${method}() adds to a linear predictor, but this declaration has a nonlinear mean; say it in the predictor of a parameter, as .mean(…, { parameters: { Asym: "~ x + (1 | g)" } }).`;

export const linearPartBesideMean = (terms: string): string =>
  `A nonlinear mean stands in the place of the terms ${terms}: keep only the response, as "y ~ 1", and give the terms to the predictors of the parameters, as .mean(…, { parameters: { Asym: "~ x + (1 | g)" } }) or --mean-parameter "Asym ~ x + (1 | g)".`;

export const untranslatable = (operation: string): string =>
  `The mean uses ${operation}, which a nonlinear mean cannot; use +, −, ×, ÷, powers, sqrt, abs, exp, expm1, log, log1p, sin, cos, tanh, atan, sigmoid and ndtr.`;

export const meanTooLarge = (most: number): string =>
  `The mean given as a function has more than ${most} operations when written out; simplify it, or write it as a text.`;

export const oneNonlinearPredictor = (family: string): string =>
  `The family ${family} has several predictors of its own, so its mean cannot be nonlinear; use a family of one predictor.`;

export const remlNonlinear = (): string =>
  "There is no restricted likelihood for a model with a nonlinear mean; fit it by laplace(), agq(k) or auto().";

export const acrossParametersCrossed = (group: string): string =>
  `The random effects of ${group} correlate across parameters of the mean, which works with one grouping factor only; give each parameter its own term, as "~ 1 + (1 | ${group})".`;

export const lindstromBatesLinear = (): string =>
  "lindstromBates() is for a nonlinear mean with Gaussian errors, declared by .mean(); fit a linear model by reml() or ml(), another family by laplace().";

export const singularGradient = (where: string): string =>
  `The derivatives of the mean with respect to its coefficients are linearly dependent ${where}: the data do not tell the parameters apart there. Simplify the mean or give other starting values to .mean(…, { start }).`;

export const lindstromBatesApproximate = (): FitWarning => ({
  code: "linearised-likelihood",
  message:
    "The Lindstrom-Bates algorithm maximises the likelihood of a linearised model: its log-likelihood is an approximation that is not comparable with Laplace's or quadrature's.",
});

export const notConverged = (method: string, iterations: number, change: number): string =>
  `${method} had not converged after ${iterations} iterations: the last changed the linear predictor by ${change.toExponential(1)} relatively.`;

export const effectOfEachRow = (groups: readonly string[]): string =>
  `${listedWithAnd(groups.map((group) => `'${group}'`))} ${groups.length === 1 ? "has a level" : "have levels"} for each row: such effects stand for the dispersion that penalised quasi-likelihood estimates beside them, and its iterations need not settle. Leave the term out, or fit by laplace().`;

export const convergedIterations = (iterations: number, change: number): string =>
  `The iterations settled after ${iterations}: the last changed the linear predictor by ${change.toExponential(1)} relatively.`;

export const pqlFamily = (family: string): string =>
  `pql() needs a variance known up to a factor: gaussian, binomial, poisson or Gamma, with one predictor; ${family} is not one of them. Fit it by laplace() or auto().`;

export const pqlNonlinear = (): string =>
  "pql() is for generalised linear mixed models; a nonlinear mean is fitted by laplace(), agq(k) or lindstromBates().";

export const pqlBias = (binary: boolean): FitWarning => ({
  code: "pql-bias",
  message: `Penalised quasi-likelihood is biased, coefficients and as a rule variances towards zero${binary ? ", badly so for binary responses in small groups" : ", where counts are small"}, and has no likelihood to compare or test by; auto() fits the same model by Laplace or quadrature.`,
});

export const noLikelihood = (method: string): string =>
  `A fit by ${method} maximises no likelihood, so there is none to compare; fit the models by auto() or laplace().`;

export const methodPenalised = (method: string): string =>
  `${method}() maximises no likelihood that priors could penalise; use penalised: true with auto(), laplace() or agq(k).`;

export const noResidualStructure = (what: string): string =>
  `${what} takes no residual variance function or correlation: remove .residual(), or fit a linear Gaussian model by reml() or ml().`;

export const flagsWithoutMean = (flags: readonly string[]): string =>
  `${listed(flags)} ${flags.length === 1 ? "belongs" : "belong"} to a nonlinear mean; add it, as --mean "SSlogis(age, Asym, xmid, scal)", or leave ${flags.length === 1 ? "it" : "them"} out.`;

export const badParameterFlag = (text: string, flag: string, example: string): string =>
  `${flag} '${text}' needs a name and a predictor, as ${flag} '${example}'.`;

export const pqlDispersion = (): string =>
  "pql() fits the mean through a working model of it alone, so that other parameters can have no predictor; use laplace(), agq() or the exact likelihood of a Gaussian model, or leave .dispersion() (--dispersion) out.";

export const selfStartTexts = (model: string, wanted: readonly string[]): string =>
  `selfStart.${model}(${wanted.join(", ")}) takes ${wanted.length} texts in this order: columns, or arithmetic on them, and the names of the parameters.`;
