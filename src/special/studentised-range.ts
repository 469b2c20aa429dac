/** The distribution of the studentised range (Tukey 1953): the range of k independent standard normals over an independent s, ν s² being χ² on ν. */
import { studentTTwoSided } from "./distributions.ts";
import { expm1, log1p } from "./exponential.ts";
import { ndtr } from "./normal.ts";

/** Trapezoidal rules of analytic functions that vanish at both ends err by less than rounding at these steps. */
const STEP = 0.1;
const FROM = -9;
const COUNT = 240;
/** Beyond so many degrees of freedom s is 1. */
const MOST = 1e7;

const Z = Float64Array.from({ length: COUNT }, (_, i) => FROM + i * STEP);
const DENSITY = Z.map((z) => (STEP * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI));
const BELOW = Z.map(ndtr);

/**
 * P(range of k standard normals > w) = k ∫ φ(z) {Φ(z)^(k−1) − [Φ(z) − Φ(z − w)]^(k−1)} dz, z being the largest; the difference is taken without
 * cancellation.
 */
function rangeUpper(w: number, k: number): number {
  if (w <= 0) return 1;
  let sum = 0;
  for (let i = 0; i < COUNT; i++) {
    const below = BELOW[i]!;
    const beyond = Math.min(1, ndtr(Z[i]! - w) / below);
    const none = beyond < 1 ? -expm1((k - 1) * log1p(-beyond)) : 1;
    sum += DENSITY[i]! * below ** (k - 1) * none;
  }
  return Math.min(1, k * sum);
}

/**
 * P(Q > q) of the studentised range.
 *
 * @param k how many means, 2 or more
 * @param df degrees of freedom of the error; Infinity: it is known
 * @example studentisedRangeUpper(3.5, 3, 20); // 0.0559
 */
export function studentisedRangeUpper(q: number, k: number, df: number): number {
  if (!(df > 0) || Number.isNaN(q)) return Number.NaN;
  if (q <= 0) return 1;
  if (k === 2) return studentTTwoSided(q / Math.SQRT2, df);
  if (df > MOST) return rangeUpper(q, k);
  // over u = log s, whose density is proportional to exp(ν(u − e^(2u)/2)), normalised by the same rule
  const step = Math.min(STEP, 0.4 / Math.sqrt(2 * df));
  let mass = 0;
  let sum = 0;
  const add = (u: number): boolean => {
    const density = Math.exp(df * (u - 0.5 * expm1(2 * u)));
    mass += density;
    sum += density * rangeUpper(q * Math.exp(u), k);
    return density > 1e-17;
  };
  for (let i = 0; add(i * step); i++);
  for (let i = -1; add(i * step); i--);
  return sum / mass;
}

/** The q that is exceeded with probability `upper`. */
export function studentisedRangeQuantile(upper: number, k: number, df: number): number {
  const excess = (q: number) => Math.log(studentisedRangeUpper(q, k, df) / upper);
  let low = 0;
  let atLow = -Math.log(upper);
  let high = 4;
  let atHigh = excess(high);
  while (atHigh > 0) {
    low = high;
    atLow = atHigh;
    high *= 2;
    atHigh = excess(high);
  }
  if (Number.isNaN(atHigh)) return Number.NaN;
  // the secant method kept in a bracket, an end that stays being halved (Dowell & Jarratt 1971)
  for (let step = 0; step < 100 && high - low > 1e-12 * high; step++) {
    const q = high - (atHigh * (high - low)) / (atHigh - atLow);
    const at = excess(q);
    if (Math.abs(at) < 1e-13) return q;
    if (at > 0) {
      low = q;
      atLow = at;
      atHigh /= 2;
    } else {
      high = q;
      atHigh = at;
      atLow /= 2;
    }
  }
  return high;
}
