/** Log densities of the scalar prior distributions with all constants, their derivatives, and draws from them. */
import type { PriorDistribution } from "../dsl/model-spec.ts";
import type { Rng } from "../random/rng.ts";
import { gammaVariate, studentTVariate } from "../random/variates.ts";
import { lgamma } from "../special/gamma.ts";

/** A scalar density: on the whole line, or (`half…`, exponential, gamma) on x > 0; the caller keeps x in the support. */
export interface ScalarPrior {
  logDensity(x: number): number;
  derivative(x: number): number;
  /** A draw; NaN for `flat`, which has none. */
  draw(rng: Rng): number;
}

const LOG_2 = Math.LN2;
const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

function normalPrior(mean: number, sd: number): ScalarPrior {
  const constant = -HALF_LOG_2PI - Math.log(sd);
  return {
    logDensity(x) {
      const t = (x - mean) / sd;
      return constant - 0.5 * t * t;
    },
    derivative: (x) => (mean - x) / (sd * sd),
    draw: (rng) => mean + sd * rng.normal(),
  };
}

function studentPrior(df: number, location: number, scale: number): ScalarPrior {
  const constant = lgamma((df + 1) / 2) - lgamma(df / 2) - 0.5 * Math.log(df * Math.PI) - Math.log(scale);
  return {
    logDensity(x) {
      const t = (x - location) / scale;
      return constant - ((df + 1) / 2) * Math.log1p((t * t) / df);
    },
    derivative(x) {
      const t = (x - location) / scale;
      return (-(df + 1) * t) / (scale * (df + t * t));
    },
    draw: (rng) => location + scale * studentTVariate(rng, df),
  };
}

/** The density of |X| for X symmetric about 0. */
function folded(whole: ScalarPrior): ScalarPrior {
  return {
    logDensity: (x) => LOG_2 + whole.logDensity(x),
    derivative: whole.derivative,
    draw: (rng) => Math.abs(whole.draw(rng)),
  };
}

function gammaPrior(shape: number, rate: number): ScalarPrior {
  const constant = shape * Math.log(rate) - lgamma(shape);
  return {
    logDensity: (x) => constant + (shape - 1) * Math.log(x) - rate * x,
    derivative: (x) => (shape - 1) / x - rate,
    draw: (rng) => gammaVariate(rng, shape) / rate,
  };
}

/**
 * The density of a scalar prior.
 *
 * @throws RangeError for `lkj`, which is a distribution of matrices: see `lkjLogNormaliser`
 */
export function scalarPrior({ name, parameters }: PriorDistribution): ScalarPrior {
  const [a, b, c] = parameters as [number, number, number];
  switch (name) {
    case "normal":
      return normalPrior(a, b);
    case "studentT":
      return studentPrior(a, b, c);
    case "cauchy":
      return studentPrior(1, a, b);
    case "halfNormal":
      return folded(normalPrior(0, a));
    case "halfStudentT":
      return folded(studentPrior(a, 0, b));
    case "halfCauchy":
      return folded(studentPrior(1, 0, a));
    case "exponential":
      return { ...gammaPrior(1, a), logDensity: (x) => Math.log(a) - a * x, derivative: () => -a };
    case "gamma":
      return gammaPrior(a, b);
    case "flat":
      return { logDensity: () => 0, derivative: () => 0, draw: () => Number.NaN };
    case "lkj":
      throw new RangeError("lkj is a distribution of correlation matrices, not of a number.");
  }
}

/**
 * Whether the prior of a standard deviation is finite and flat at 0 and even when continued to negative numbers, so that a
 * signed standard deviation can be sampled through 0.
 */
export function isSmoothThroughZero({ name }: PriorDistribution): boolean {
  return name === "halfNormal" || name === "halfStudentT" || name === "halfCauchy" || name === "flat";
}
