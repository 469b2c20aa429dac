/** Texts about fits of nonlinear means, by the Lindstrom-Bates algorithm and by penalised quasi-likelihood. */
import type { FitWarning } from "./issue.ts";
import { listed, listedWithAnd } from "./lists.ts";

export const meanUndefined = (rows: readonly number[]): FitWarning => ({
  code: "mean-undefined",
  message: `The mean has no finite value in ${rows.length === 1 ? "row" : "rows"} ${listed(rows.slice(0, 5).map(String))}${rows.length > 5 ? " and others" : ""}: the columns there lie outside what its arithmetic can take.`,
});

export const remlNonlinear = (): string =>
  "There is no restricted likelihood for a model with a nonlinear mean; fit it by laplace(), agq(k) or auto().";

export const acrossParametersCrossed = (group: string): string =>
  `The random effects of ${group} correlate across parameters, which works with one grouping factor only; give each parameter its own term, as "~ 1 + (1 | ${group})".`;

export const lindstromBatesDispersion = (): string =>
  "lindstromBates() has no predictor for the dispersion: fit the model by ml() or laplace(), or leave .dispersion() out and take .residual({ variance: … }).";

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

export const pqlDispersion = (): string =>
  "pql() fits the mean through a working model of it alone, so that other parameters can have no predictor; use laplace(), agq() or the exact likelihood of a Gaussian model, or leave .dispersion() (--dispersion) out.";
