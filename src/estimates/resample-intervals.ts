/**
 * Standard errors and intervals of a quantity from resamples (Davison & Hinkley 1997, Bootstrap Methods and their Application, chapter 5; BCa: Efron 1987,
 * JASA 82, 171–185).
 */
import { quantile } from "../diagnostics/quantile.ts";
import { normalCdf, normalQuantile } from "../special/distributions.ts";
import { type DifferentiableScale, onIdentity } from "./estimator.ts";

/**
 * `percentile`: quantiles of the resamples. `basic`: those reflected at the estimate. `studentised`: by quantiles of distances in standard errors of each
 * refit, on the quantity's scale. `bca`: percentiles moved by bias and acceleration. `normal`: estimate less bias ± normal quantile × standard error.
 */
export const resampleIntervals = ["percentile", "basic", "studentised", "bca", "normal"] as const;

export type ResampleInterval = (typeof resampleIntervals)[number];

export interface ResampledQuantity {
  readonly estimate: number;
  /** Of the resamples; those that are no finite numbers are left out. */
  readonly values: Float64Array;
  /** Of the fits without one cluster, for the acceleration of `bca`. */
  readonly jackknife?: Float64Array | undefined;
  /** Standard errors of the estimate and of each value, for `studentised`. */
  readonly errors?: { readonly estimate: number; readonly values: Float64Array } | undefined;
  /** Scale of `studentised` intervals; default the quantity's own. */
  readonly scale?: DifferentiableScale;
}

export interface ResampleSummary {
  /** Resamples that have a value. */
  readonly used: number;
  /** Standard deviation of the resamples. */
  readonly std_error: number | null;
  /** Mean of the resamples less the estimate. */
  readonly bias: number | null;
  /** Null where the method gives none, and of one resample. */
  readonly conf_low: number | null;
  readonly conf_high: number | null;
}

type Ends = readonly [low: number, high: number] | null;

/** Fisher's z of correlations. */
export const onFisherZ: DifferentiableScale = {
  to: Math.atanh,
  from: Math.tanh,
  slope: (value) => 1 / (1 - value * value),
};

/**
 * Summarises the resamples of a quantity.
 *
 * @example resampleSummary({ estimate: 1.2, values }, "percentile", 0.95).conf_low
 */
export function resampleSummary(
  quantity: ResampledQuantity,
  method: ResampleInterval,
  confLevel: number,
): ResampleSummary {
  const sorted = quantity.values.filter(Number.isFinite).sort();
  const used = sorted.length;
  if (used === 0) return { used, std_error: null, bias: null, conf_low: null, conf_high: null };
  const mean = sorted.reduce((sum, value) => sum + value, 0) / used;
  const square = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const std_error = used > 1 ? Math.sqrt(square / (used - 1)) : null;
  const bias = mean - quantity.estimate;
  const ends = used > 1 ? intervalEnds(quantity, sorted, method, confLevel, bias, std_error) : null;
  const known = ends?.every((end) => !Number.isNaN(end)) ? ends : null;
  return { used, std_error, bias, conf_low: known?.[0] ?? null, conf_high: known?.[1] ?? null };
}

function intervalEnds(
  quantity: ResampledQuantity,
  sorted: Float64Array,
  method: ResampleInterval,
  confLevel: number,
  bias: number,
  error: number | null,
): Ends {
  const { estimate } = quantity;
  const tail = (1 - confLevel) / 2;
  const [low, high] = [quantile(sorted, tail), quantile(sorted, 1 - tail)];
  switch (method) {
    case "percentile":
      return [low, high];
    case "basic":
      return [2 * estimate - high, 2 * estimate - low];
    case "normal": {
      if (error === null) return null;
      const half = normalQuantile(1 - tail) * error;
      return [estimate - bias - half, estimate - bias + half];
    }
    case "studentised":
      return studentised(quantity, tail);
    case "bca":
      return accelerated(quantity, sorted, tail);
  }
}

function studentised({ estimate, values, errors, scale = onIdentity }: ResampledQuantity, tail: number): Ends {
  if (!errors) return null;
  const error = (value: number, own: number) => own * Math.abs(scale.slope(value));
  const centre = scale.to(estimate);
  const own = error(estimate, errors.estimate);
  if (!(own > 0 && own < Number.POSITIVE_INFINITY)) return null;
  const distances = values
    .map((value, b) => (scale.to(value) - centre) / error(value, errors.values[b]!))
    .filter(Number.isFinite)
    .sort();
  if (distances.length === 0) return null;
  const end = (p: number) => scale.from(centre - quantile(distances, p) * own);
  return [end(1 - tail), end(tail)];
}

function accelerated({ estimate, jackknife }: ResampledQuantity, sorted: Float64Array, tail: number): Ends {
  const left = jackknife?.filter(Number.isFinite);
  if (!left || left.length < 2) return null;
  let below = 0;
  for (const value of sorted) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  const correction = normalQuantile(below / sorted.length);
  if (!Number.isFinite(correction)) return null;
  const mean = left.reduce((sum, value) => sum + value, 0) / left.length;
  let square = 0;
  let cube = 0;
  for (const value of left) {
    square += (mean - value) ** 2;
    cube += (mean - value) ** 3;
  }
  const acceleration = square > 0 ? cube / (6 * square ** 1.5) : 0;
  const moved = (p: number) => {
    const z = correction + normalQuantile(p);
    return normalCdf(correction + z / (1 - acceleration * z));
  };
  return [quantile(sorted, moved(tail)), quantile(sorted, moved(1 - tail))];
}
