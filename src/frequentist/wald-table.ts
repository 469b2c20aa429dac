/** Wald tables of a maximum-likelihood fit in broom.mixed's columns. */
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import { ofMean } from "../families/of-mean.ts";
import { wideInterval } from "../messages/fitting.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { TidyRow } from "../model/fit.ts";
import type { ReportedParameter } from "../model/reported-parameters.ts";
import { emptyRow, parameterLabel, reportedParameters } from "../model/reported-parameters.ts";
import { normalQuantile, normalUpper, studentTQuantile, studentTTwoSided } from "../special/distributions.ts";

/** The ratio of the ends of a standard deviation's Wald interval beyond which it carries a note. */
const WIDEST_SPAN = 100;

/** √(g'Vg); null where there is none (a parameter at the boundary). */
export function deltaError(gradient: Float64Array, covariance: Float64Array): number | null {
  const d = gradient.length;
  let variance = 0;
  for (let i = 0; i < d; i++) {
    if (gradient[i] === 0) continue;
    for (let j = 0; j < d; j++) if (gradient[j] !== 0) variance += gradient[i]! * covariance[i * d + j]! * gradient[j]!;
  }
  return variance > 0 && Number.isFinite(variance) ? Math.sqrt(variance) : null;
}

/** Interval on the scale where the normal approximation is best, mapped back. */
function interval(parameter: ReportedParameter, estimate: number, error: number, z: number): [number, number] {
  if (parameter.scale === "log" && estimate > 0) {
    const factor = Math.exp((z * error) / estimate);
    return [estimate / factor, estimate * factor];
  }
  if (parameter.scale === "fisher-z" && Math.abs(estimate) < 1) {
    const half = (z * error) / (1 - estimate * estimate);
    return [Math.tanh(Math.atanh(estimate) - half), Math.tanh(Math.atanh(estimate) + half)];
  }
  return [estimate - z * error, estimate + z * error];
}

/** What coefficients of the mean are tested with, by their place: t distributions. */
export interface CoefficientTests {
  /** Standard error; null: that of the covariance. */
  readonly error?: (coefficient: number) => number;
  /** Degrees of freedom; Infinity: the normal distribution; NaN: none can be computed, and it is the normal too. */
  readonly df: (coefficient: number) => number;
}

/**
 * Rows for fixed effects, sds and correlations, and the family's parameters. Fixed effects: estimate, standard error,
 * z statistic with a normal p value, or t with the degrees of freedom of `tests`. Intervals: Wald, on
 * the log scale for sds and positive parameters, on Fisher's z scale for correlations.
 *
 * @param x estimate, user's units; @param covariance its covariance
 * @param tests t tests of the mean's coefficients, or null for normal ones, as those of other parameters are
 * @param undetermined parameters by their labels that have an estimate and no error, being at infinity or not identified
 * @param isRounding whether an error is nothing but rounding, and therefore none; null: none is
 */
export function waldTable(
  model: CompiledModel,
  x: Float64Array,
  covariance: Float64Array,
  tests: CoefficientTests | null,
  level: number,
  undetermined: readonly string[] = [],
  isRounding: ((gradient: Float64Array, error: number) => boolean) | null = null,
): TidyRow[] {
  const gradient = new Float64Array(x.length);
  const upper = 0.5 + level / 2;
  const z = normalQuantile(upper);
  const { size } = ofMean(model.layout.beta);
  return reportedParameters(model).map((parameter, place) => {
    const estimate = parameter.value(x);
    parameter.gradient(x, gradient);
    const known = deltaError(gradient, covariance);
    // the coefficients of the mean come first
    const tested = tests && parameter.component === MEAN_COMPONENT && place < size ? tests : null;
    const none =
      gradient.some(Number.isNaN) ||
      undetermined.includes(parameterLabel(parameter)) ||
      known === null ||
      (isRounding?.(gradient, known) ?? false);
    const error = none ? null : (tested?.error?.(place) ?? known);
    const row = { ...emptyRow(parameter), estimate, std_error: error };
    const isSd = parameter.kind === "sd" || parameter.kind === "sigma";
    // at the boundary there is no error, but nothing lies below
    if (error === null) return isSd && estimate === 0 ? { ...row, conf_low: 0 } : row;
    const fixed = parameter.effect === "fixed";
    const degrees = tested?.df(place) ?? Number.NaN;
    const df = degrees < Number.POSITIVE_INFINITY ? degrees : null;
    const t = df === null || df === 0 ? z : studentTQuantile(upper, df);
    // without degrees of freedom there is no t distribution to test with
    if (fixed && df === 0) return { ...row, df };
    const [conf_low, conf_high] = interval(parameter, estimate, error, fixed ? t : z);
    if (!fixed) {
      const span = conf_high / conf_low;
      return { ...row, conf_low, conf_high, ...(isSd && !(span <= WIDEST_SPAN) && { note: wideInterval(span) }) };
    }
    const statistic = estimate / error;
    const p_value = df === null ? 2 * normalUpper(Math.abs(statistic)) : studentTTwoSided(statistic, df);
    return { ...row, statistic, df, p_value, conf_low, conf_high };
  });
}
