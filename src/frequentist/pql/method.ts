/** Options of the methods that iterate a working linear mixed model. */
import { badIterations, badTolerance } from "../../messages/nonlinear.ts";

export interface IterationOptions {
  /** Most iterations; default 100. */
  readonly iterations?: number;
  /**
   * Relative change of the linear predictor or mean (root of Σ(Δη)²/Ση²) at which they end; default 1e-7 for `pql`, 1e-9 for
   * `lindstromBates`, whose log-likelihood is not stationary there.
   */
  readonly tolerance?: number;
}

export interface PqlMethod {
  readonly kind: "pql";
  readonly iterations: number;
  readonly tolerance: number;
}

export interface LindstromBatesMethod {
  readonly kind: "lindstromBates";
  readonly iterations: number;
  readonly tolerance: number;
}

function checked(name: string, { iterations = 100, tolerance = 0 }: IterationOptions) {
  if (!Number.isInteger(iterations) || iterations < 1) throw new RangeError(badIterations(name, iterations));
  if (!(tolerance > 0)) throw new RangeError(badTolerance(name, tolerance));
  return { iterations, tolerance };
}

/**
 * Penalised quasi-likelihood (Breslow & Clayton 1993, JASA 88), as MASS's `glmmPQL`: iterated weighted linear mixed models fitted by
 * maximum likelihood, with a dispersion estimated whatever the family. Biased towards zero for binary responses and small counts; it
 * has no likelihood. For gaussian, binomial, poisson and Gamma responses.
 *
 * @throws RangeError for a number of iterations or a tolerance that cannot be
 * @example await model(bacteria).formula("y ~ trt + week + (1 | ID)").family(binomial()).fit(pql())
 */
export const pql = (options: IterationOptions = {}): PqlMethod =>
  Object.freeze({ kind: "pql", ...checked("pql", { tolerance: 1e-7, ...options }) });

/**
 * The alternating algorithm of Lindstrom & Bates (1990, Biometrics 46) for a nonlinear mean with Gaussian errors, as nlme: the model is
 * linearised at the current coefficients and random effects and fitted as a linear mixed model by maximum likelihood, until nothing moves.
 * Its log-likelihood is that of the linearised model.
 *
 * @throws RangeError for a number of iterations or a tolerance that cannot be
 */
export const lindstromBates = (options: IterationOptions = {}): LindstromBatesMethod =>
  Object.freeze({ kind: "lindstromBates", ...checked("lindstromBates", { tolerance: 1e-9, ...options }) });
