/** The operations a log density may be written in: tfjs ops, numbers allowed as constants, and special functions tfjs lacks. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";

export type Tensor = TfTensor;
/** An operand: a tensor or a double constant. */
export type Operand = Tensor | number;

export interface Operations {
  /** A double constant (tfjs's own `tf.scalar` would round it to single precision). */
  constant(value: number): Tensor;
  add(a: Operand, b: Operand): Tensor;
  sub(a: Operand, b: Operand): Tensor;
  mul(a: Operand, b: Operand): Tensor;
  div(a: Operand, b: Operand): Tensor;
  pow(a: Operand, exponent: Operand): Tensor;
  neg(a: Operand): Tensor;
  square(a: Operand): Tensor;
  sqrt(a: Operand): Tensor;
  reciprocal(a: Operand): Tensor;
  abs(a: Operand): Tensor;
  exp(a: Operand): Tensor;
  expm1(a: Operand): Tensor;
  log(a: Operand): Tensor;
  log1p(a: Operand): Tensor;
  sin(a: Operand): Tensor;
  cos(a: Operand): Tensor;
  tanh(a: Operand): Tensor;
  atan(a: Operand): Tensor;
  erf(a: Operand): Tensor;
  sigmoid(a: Operand): Tensor;
  softplus(a: Operand): Tensor;
  /** log(sigmoid(a)). */
  logSigmoid(a: Operand): Tensor;
  /** log(1 − exp(−a)), a > 0. */
  log1mExp(a: Operand): Tensor;
  /** 1 / (exp(a) − 1): the derivative of log1mExp. */
  reciprocalExpm1(a: Operand): Tensor;
  /** log Φ(a), or its derivative of the given order (to 4). */
  logNdtr(a: Operand, order?: number): Tensor;
  /** log(Φ(upper − eta) − Φ(lower − eta)), or a derivative of it: see `special/normal-interval.ts` for the orders. */
  logNdtrInterval(eta: Operand, upper: Operand, lower: Operand, order?: number): Tensor;
  /** Φ(a). */
  ndtr(a: Operand): Tensor;
  /** log(1 − exp(−exp(a))), or its derivative of the given order (to 4). */
  logCloglog(a: Operand, order?: number): Tensor;
  /** ½ + atan(a)/π, accurate in the lower tail. */
  cauchyCdf(a: Operand): Tensor;
  lgamma(a: Operand): Tensor;
  /** lgamma(a + k) − lgamma(a), accurate for large a; k a whole number. Or its derivative in a of the given order. */
  lgammaDelta(a: Operand, k: Operand, order?: number): Tensor;
  /** lgamma(a + k) − lgamma(a) − k log a = Σ_{i<k} log(1 + i/a), which vanishes as a → ∞; k a whole number. Or its derivative in a. */
  logRising(a: Operand, k: Operand, order?: number): Tensor;
  /**
   * (y + s) log((s + y e^d)/(s + y)) − y d: what a binomial log-likelihood of y successes and s failures loses where its log odds are d off
   * the observed log(y/s). A difference without cancellation, for large y and s; y is data.
   */
  oddsDeviance(y: Operand, s: Operand, d: Operand): Tensor;
  /** The derivative of `oddsDeviance` in d. */
  oddsScore(y: Operand, s: Operand, d: Operand): Tensor;
  /** The derivative of `oddsDeviance` in s. */
  oddsSizeScore(y: Operand, s: Operand, d: Operand): Tensor;
  /** The second derivative of `oddsDeviance` in d. */
  oddsCurvature(y: Operand, s: Operand, d: Operand): Tensor;
  /** The share y e^d/(s + y e^d). */
  oddsShare(y: Operand, s: Operand, d: Operand): Tensor;
  /** The other share, s/(s + y e^d). */
  oddsRest(y: Operand, s: Operand, d: Operand): Tensor;
  /** logA − logB, where b is data and t = a/b − 1 has the digits of a ratio near 1; its derivative is that of logA. */
  logRatio(logA: Operand, logB: Operand, t: Operand): Tensor;
  /** lgamma(a) − (a − ½) log a + a − ½ log 2π, the remainder of Stirling's formula, or its derivative of the given order. */
  lgammaCorrection(a: Operand, order?: number): Tensor;
  /** Polygamma of the given order (0 = digamma). */
  polygamma(order: number, a: Operand): Tensor;
  /** `value` where `condition` > 0, −Infinity elsewhere: states a support. Derivatives are those of `value`. */
  ifPositive(condition: Operand, value: Operand): Tensor;
}
