/** Log densities of the scalar prior distributions with all constants, their derivatives, and draws from them. */
import type { PriorDistribution } from "../dsl/model-spec.ts";
import type { Rng } from "../random/rng.ts";
import { betaVariate, gammaVariate, logGammaVariate, studentTVariate } from "../random/variates.ts";
import { lgamma } from "../special/gamma.ts";

/**
 * A scalar density: on the whole line, on x > 0 (`half…`, exponential, gamma …), on (0, 1) (beta) or between bounds. The caller keeps x
 * in the support, except for `uniform`, which is −∞ beyond its bounds.
 */
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

function doubleExponentialPrior(location: number, scale: number): ScalarPrior {
  const constant = -LOG_2 - Math.log(scale);
  return {
    logDensity: (x) => constant - Math.abs(x - location) / scale,
    derivative: (x) => -Math.sign(x - location) / scale,
    draw: (rng) => location + (rng.uniform() < 0.5 ? -scale : scale) * -Math.log(rng.uniform()),
  };
}

function logisticPrior(location: number, scale: number): ScalarPrior {
  const logScale = Math.log(scale);
  return {
    logDensity(x) {
      const t = Math.abs(x - location) / scale;
      return -t - 2 * Math.log1p(Math.exp(-t)) - logScale;
    },
    derivative: (x) => -Math.tanh((x - location) / (2 * scale)) / scale,
    draw(rng) {
      const u = rng.uniform();
      return location + scale * (Math.log(u) - Math.log1p(-u));
    },
  };
}

function uniformPrior(lower: number, upper: number): ScalarPrior {
  const constant = -Math.log(upper - lower);
  return {
    logDensity: (x) => (x >= lower && x <= upper ? constant : -Infinity),
    derivative: () => 0,
    draw: (rng) => lower + (upper - lower) * rng.uniform(),
  };
}

function lognormalPrior(meanlog: number, sdlog: number): ScalarPrior {
  const constant = -HALF_LOG_2PI - Math.log(sdlog);
  return {
    logDensity(x) {
      const log = Math.log(x);
      const t = (log - meanlog) / sdlog;
      return constant - log - 0.5 * t * t;
    },
    derivative: (x) => -(1 + (Math.log(x) - meanlog) / (sdlog * sdlog)) / x,
    draw: (rng) => Math.exp(meanlog + sdlog * rng.normal()),
  };
}

function weibullPrior(shape: number, scale: number): ScalarPrior {
  const constant = Math.log(shape) - Math.log(scale);
  return {
    logDensity(x) {
      const log = Math.log(x / scale);
      return constant + (shape - 1) * log - Math.exp(shape * log);
    },
    derivative: (x) => (shape - 1 - shape * (x / scale) ** shape) / x,
    draw: (rng) => scale * (-Math.log(rng.uniform())) ** (1 / shape),
  };
}

function inverseGammaPrior(shape: number, scale: number): ScalarPrior {
  const constant = shape * Math.log(scale) - lgamma(shape);
  return {
    logDensity: (x) => constant - (shape + 1) * Math.log(x) - scale / x,
    derivative: (x) => (scale / x - shape - 1) / x,
    draw: (rng) => Math.exp(Math.log(scale) - logGammaVariate(rng, shape)),
  };
}

/** The density of √V for V with density `variance`. */
function squareRoot(variance: ScalarPrior): ScalarPrior {
  return {
    logDensity: (x) => LOG_2 + Math.log(x) + variance.logDensity(x * x),
    derivative: (x) => 1 / x + 2 * x * variance.derivative(x * x),
    draw: (rng) => Math.sqrt(variance.draw(rng)),
  };
}

function betaPrior(a: number, b: number): ScalarPrior {
  const constant = lgamma(a + b) - lgamma(a) - lgamma(b);
  return {
    logDensity: (x) => constant + (a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x),
    derivative: (x) => (a - 1) / x - (b - 1) / (1 - x),
    draw: (rng) => betaVariate(rng, a, b),
  };
}

function exponentialPrior(rate: number): ScalarPrior {
  const constant = Math.log(rate);
  return {
    logDensity: (x) => constant - rate * x,
    derivative: () => -rate,
    draw: (rng) => -Math.log(rng.uniform()) / rate,
  };
}

/**
 * The density of a scalar prior.
 *
 * @throws RangeError for `lkj`, a distribution of matrices (see `lkjLogNormaliser`), and for joint priors of coefficients (see `shrinkageLaw`)
 */
export function scalarPrior({ name, parameters }: PriorDistribution): ScalarPrior {
  const [a, b, c] = parameters as [number, number, number];
  switch (name) {
    case "horseshoe":
    case "R2D2":
      throw new RangeError(`${name} is a joint distribution of coefficients, not of one number.`);
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
      return exponentialPrior(a);
    case "pcSd":
      return exponentialPrior(-Math.log(b) / a);
    case "gamma":
      return gammaPrior(a, b);
    case "doubleExponential":
      return doubleExponentialPrior(a, b);
    case "logistic":
      return logisticPrior(a, b);
    case "uniform":
      return uniformPrior(a, b);
    case "lognormal":
      return lognormalPrior(a, b);
    case "weibull":
      return weibullPrior(a, b);
    case "inverseGamma":
      return inverseGammaPrior(a, b);
    case "inverseGammaVariance":
      return squareRoot(inverseGammaPrior(a, b));
    case "beta":
      return betaPrior(a, b);
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
export function isSmoothThroughZero({ name, parameters }: PriorDistribution): boolean {
  if (name === "uniform") return parameters[0] === 0;
  return name === "halfNormal" || name === "halfStudentT" || name === "halfCauchy" || name === "flat";
}
