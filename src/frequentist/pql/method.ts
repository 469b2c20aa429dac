/** Options of the methods that iterate a working linear mixed model. */
import { optional } from "valibot";
import { positiveNumber, wholeNumber } from "../../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../../options/read-options.ts";

const iterationOptions = optionsSchema({
  /** Most iterations; default 100. */
  iterations: optional(wholeNumber(1), 100),
  /**
   * Relative change of the linear predictor or mean (root of Σ(Δη)²/Ση²) at which they end; default 1e-7 for `pql`, 1e-9 for
   * `lindstromBates`, whose log-likelihood is not stationary there.
   */
  tolerance: optional(positiveNumber),
});

export type IterationOptions = OptionsOf<typeof iterationOptions>;

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

/**
 * Penalised quasi-likelihood (Breslow & Clayton 1993, JASA 88), as MASS's `glmmPQL`: iterated weighted linear mixed models fitted by
 * maximum likelihood, with a dispersion estimated whatever the family. Biased towards zero for binary responses and small counts; it
 * has no likelihood. For gaussian, binomial, poisson and Gamma responses.
 *
 * @throws DeclarationError for an unknown option, a number of iterations or a tolerance that cannot be
 * @example await model(bacteria).formula("y ~ trt + week + (1 | ID)").family(binomial()).fit(pql())
 */
export function pql(options?: IterationOptions): PqlMethod {
  const { iterations, tolerance = 1e-7 } = readOptions(iterationOptions, options, { of: "pql()" });
  return Object.freeze({ kind: "pql", iterations, tolerance });
}

/**
 * The alternating algorithm of Lindstrom & Bates (1990, Biometrics 46) for a nonlinear mean with Gaussian errors, as nlme: the model is
 * linearised at the current coefficients and random effects and fitted as a linear mixed model by maximum likelihood, until nothing moves.
 * Its log-likelihood is that of the linearised model.
 *
 * @throws DeclarationError for an unknown option, a number of iterations or a tolerance that cannot be
 */
export function lindstromBates(options?: IterationOptions): LindstromBatesMethod {
  const { iterations, tolerance = 1e-9 } = readOptions(iterationOptions, options, { of: "lindstromBates()" });
  return Object.freeze({ kind: "lindstromBates", iterations, tolerance });
}
