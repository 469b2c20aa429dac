/** The operations a log density may be written in: tfjs ops, numbers allowed as constants, and special functions tfjs lacks. */
/**
 * A number of a row while a density is traced. It is a tensor of tfjs, whose own operations take it where it is typed as one
 * (`defineFamily<tf.Tensor>`); this interface says no more of it, so that the library's types need none of tfjs.
 */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** An operand: a tensor or a double constant. */
export type Operand<T = Tensor> = T | number;

/** @typeParam T what a tensor is typed as */
export interface Operations<T = Tensor> {
  /** A double constant (tfjs's own `tf.scalar` would round it to single precision). */
  constant(value: number): T;
  add(a: Operand<T>, b: Operand<T>): T;
  sub(a: Operand<T>, b: Operand<T>): T;
  mul(a: Operand<T>, b: Operand<T>): T;
  div(a: Operand<T>, b: Operand<T>): T;
  pow(a: Operand<T>, exponent: Operand<T>): T;
  neg(a: Operand<T>): T;
  square(a: Operand<T>): T;
  sqrt(a: Operand<T>): T;
  reciprocal(a: Operand<T>): T;
  abs(a: Operand<T>): T;
  exp(a: Operand<T>): T;
  expm1(a: Operand<T>): T;
  log(a: Operand<T>): T;
  log1p(a: Operand<T>): T;
  sin(a: Operand<T>): T;
  cos(a: Operand<T>): T;
  tanh(a: Operand<T>): T;
  atan(a: Operand<T>): T;
  erf(a: Operand<T>): T;
  sigmoid(a: Operand<T>): T;
  softplus(a: Operand<T>): T;
  /** log(sigmoid(a)). */
  logSigmoid(a: Operand<T>): T;
  /** log(1 − exp(−a)), a > 0. */
  log1mExp(a: Operand<T>): T;
  /** 1 / (exp(a) − 1): the derivative of log1mExp. */
  reciprocalExpm1(a: Operand<T>): T;
  /** log Φ(a), or its derivative of the given order (to 4). */
  logNdtr(a: Operand<T>, order?: number): T;
  /** log(Φ(upper − eta) − Φ(lower − eta)), or a derivative of it: see `special/normal-interval.ts` for the orders. */
  logNdtrInterval(eta: Operand<T>, upper: Operand<T>, lower: Operand<T>, order?: number): T;
  /** Φ(a). */
  ndtr(a: Operand<T>): T;
  /** log(1 − exp(−exp(a))), or its derivative of the given order (to 4). */
  logCloglog(a: Operand<T>, order?: number): T;
  /** ½ + atan(a)/π, accurate in the lower tail. */
  cauchyCdf(a: Operand<T>): T;
  lgamma(a: Operand<T>): T;
  /** lgamma(a + k) − lgamma(a), accurate for large a; k a whole number. Or its derivative in a of the given order. */
  lgammaDelta(a: Operand<T>, k: Operand<T>, order?: number): T;
  /** lgamma(a + k) − lgamma(a) − k log a = Σ_{i<k} log(1 + i/a), which vanishes as a → ∞; k a whole number. Or its derivative in a. */
  logRising(a: Operand<T>, k: Operand<T>, order?: number): T;
  /**
   * (y + s) log((s + y e^d)/(s + y)) − y d: what a binomial log-likelihood of y successes and s failures loses where its log odds are d off
   * the observed log(y/s). A difference without cancellation, for large y and s; y is data.
   */
  oddsDeviance(y: Operand<T>, s: Operand<T>, d: Operand<T>): T;
  /** The derivative of `oddsDeviance` in d. */
  oddsScore(y: Operand<T>, s: Operand<T>, d: Operand<T>): T;
  /** The derivative of `oddsDeviance` in s. */
  oddsSizeScore(y: Operand<T>, s: Operand<T>, d: Operand<T>): T;
  /** The second derivative of `oddsDeviance` in d. */
  oddsCurvature(y: Operand<T>, s: Operand<T>, d: Operand<T>): T;
  /** The share y e^d/(s + y e^d). */
  oddsShare(y: Operand<T>, s: Operand<T>, d: Operand<T>): T;
  /** The other share, s/(s + y e^d). */
  oddsRest(y: Operand<T>, s: Operand<T>, d: Operand<T>): T;
  /** logA − logB, where b is data and t = a/b − 1 has the digits of a ratio near 1; its derivative is that of logA. */
  logRatio(logA: Operand<T>, logB: Operand<T>, t: Operand<T>): T;
  /** lgamma(a) − (a − ½) log a + a − ½ log 2π, the remainder of Stirling's formula, or its derivative of the given order. */
  lgammaCorrection(a: Operand<T>, order?: number): T;
  /** Polygamma of the given order (0 = digamma). */
  polygamma(order: number, a: Operand<T>): T;
  /** `value` where `condition` > 0, −Infinity elsewhere: states a support. Derivatives are those of `value`. */
  ifPositive(condition: Operand<T>, value: Operand<T>): T;
}
