/** The mean of a row given its linear predictors, and where its integrals over random effects and their derivatives go. */

/** Where a mean and its derivatives go, an entry a row. */
export interface MeanBuffers {
  readonly value: Float64Array;
  /** ∂/∂η_r by predictor. */
  readonly dEta: readonly Float64Array[];
  /** ∂/∂v_r by predictor; where v_r = 0 and the mean is the family's own it is left 0 (every use multiplies it by Λ'z = 0). */
  readonly dVariance: readonly Float64Array[];
  /** ∂/∂v_rs, both of V's entries moving, of predictors r > s at r(r − 1)/2 + s. Singular V: right along every change of Λ. */
  readonly dCovariance: readonly Float64Array[];
  /** ∂/∂φ_g by global parameter. */
  readonly dPhi: readonly Float64Array[];
  /** Standard error of the value by quasi-Monte Carlo; 0 where the integral is exact to rounding. */
  readonly error: Float64Array;
}

/** E[Y | η, φ] over rows, with first derivatives. */
export interface ConditionalMean {
  readonly predictors: number;
  readonly globals: number;
  /** Fills value, dEta and dPhi for the first n rows. */
  evaluate(
    eta: readonly Float64Array[],
    phi: Float64Array,
    n: number,
    out: Pick<MeanBuffers, "value" | "dEta" | "dPhi">,
    columns?: Readonly<Record<string, Float64Array>>,
  ): void;
  /** By how much rounding may be off in an average of row i whose root mean square is `size`, where that is more than a rounding of `size`; absent: it is not. */
  rounding?(i: number, size: number): number;
}

/** Buffers for n rows. */
export function meanBuffers(n: number, predictors: number, globals: number): MeanBuffers {
  const make = (count: number) => Array.from({ length: count }, () => new Float64Array(n));
  return {
    value: new Float64Array(n),
    dEta: make(predictors),
    dVariance: make(predictors),
    dCovariance: make((predictors * (predictors - 1)) / 2),
    dPhi: make(globals),
    error: new Float64Array(n),
  };
}
