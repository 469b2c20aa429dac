/**
 * The covariance C of all random effects of a model given the data, at fixed parameters: exact for a Gaussian response, else the inverse of the
 * curvature of the joint log density at the mode. Effects of different terms are correlated given the data, also where they are independent
 * before it: nested intercepts share what the rows say of their sum.
 *
 * C = ΛH⁻¹Λ' is never formed. It is kept as its root ΛL⁻ᵀ, with H = LL' the sparse factor of the integral.
 */

/** The effects of one term: b of a level is Λu[start …]. */
export interface EffectsOfTerm {
  readonly q: number;
  /** Place in u of the first effect of each level. */
  readonly start: Int32Array;
  /** Λ, q × q row-major, lower triangular. */
  readonly factor: Float64Array;
}

/** Good until the integral that made it is evaluated at other parameters. */
export interface EffectsCovariance {
  /** Length of u. */
  readonly size: number;
  readonly terms: readonly EffectsOfTerm[];
  /** Whether effects of different levels are independent given the data. */
  readonly independentLevels: boolean;
  /** x ← L⁻¹x, in an order of its own. */
  halfSolve(x: Float64Array): void;
  /** x ← L⁻ᵀx, back to the order of u. */
  halfSolveTransposed(x: Float64Array): void;
  /** x'H⁻¹x of the x with value[e] at position[e], e < count, and zeros elsewhere. */
  quadraticForm(position: Int32Array, value: Float64Array, count: number): number;
}

/** Levels of terms that a quantity depends on: `term[k]` and `level[k]`, k < count, none twice. */
export interface TouchedLevels {
  count: number;
  readonly term: number[];
  readonly level: number[];
}

/**
 * L⁻¹Λ'g: the covariance of two quantities with gradients g and h in the random effects is the scalar product of theirs.
 *
 * @param g by term, levels × q
 */
export function projectedGradient(covariance: EffectsCovariance, g: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(covariance.size);
  covariance.terms.forEach(({ q, start, factor }, t) => {
    const own = g[t]!;
    for (let level = 0; level < start.length; level++)
      for (let c = 0; c < q; c++) {
        let sum = 0;
        for (let a = c; a < q; a++) sum += factor[a * q + c]! * own[level * q + a]!;
        out[start[level]! + c] = sum;
      }
  });
  covariance.halfSolve(out);
  return out;
}

/** g'Cg of a g that is zero but at the touched levels; at the cost of what these reach. */
export function varianceOfTouched(
  covariance: EffectsCovariance,
  g: readonly Float64Array[],
  touched: TouchedLevels,
): number {
  let count = 0;
  for (let k = 0; k < touched.count; k++) count += covariance.terms[touched.term[k]!]!.q;
  const position = new Int32Array(count);
  const value = new Float64Array(count);
  let e = 0;
  for (let k = 0; k < touched.count; k++) {
    const { q, start, factor } = covariance.terms[touched.term[k]!]!;
    const own = g[touched.term[k]!]!;
    const level = touched.level[k]!;
    for (let c = 0; c < q; c++, e++) {
      let sum = 0;
      for (let a = c; a < q; a++) sum += factor[a * q + c]! * own[level * q + a]!;
      position[e] = start[level]! + c;
      value[e] = sum;
    }
  }
  return covariance.quadraticForm(position, value, count);
}

/** Adds ΛL⁻ᵀz to the effects by term (levels × q), z of length `size`, which is overwritten: with z standard normal a draw of N(0, C). */
export function addDeviation(covariance: EffectsCovariance, z: Float64Array, effects: readonly Float64Array[]): void {
  covariance.halfSolveTransposed(z);
  covariance.terms.forEach(({ q, start, factor }, t) => {
    const out = effects[t]!;
    for (let level = 0; level < start.length; level++)
      for (let a = 0; a < q; a++) {
        let sum = 0;
        for (let c = 0; c <= a; c++) sum += factor[a * q + c]! * z[start[level]! + c]!;
        out[level * q + a]! += sum;
      }
  });
}

/** Of a model without random effects. */
export const noEffects: EffectsCovariance = {
  size: 0,
  terms: [],
  independentLevels: true,
  halfSolve() {},
  halfSolveTransposed() {},
  quadraticForm: () => 0,
};
