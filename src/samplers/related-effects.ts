/**
 * Non-centred coordinates of random effects whose levels have a known covariance A, b ~ N(0, A ⊗ ΛΛ'): those of independent levels
 * (`effect-coordinates.ts`, where the centred ones are) with A's own factor beside Λ. LL' = PA⁻¹P'.
 */
import { type LevelPrecision, multiplyPrecision, precisionFactor } from "../covariance/level-precision.ts";
import type { EffectBlock, EffectCoordinates } from "./effect-coordinates.ts";

/** Standard normal coordinates of the levels (one a level in the order of levels) to effects with covariance A, and back. */
function whitening(known: LevelPrecision, q: number) {
  const factor = precisionFactor(known);
  const { permutation } = factor;
  const ordered = new Float64Array(permutation.length * q);
  return {
    /** u ← P'L⁻ᵀPv. */
    colour(v: Float64Array, offset: number, u: Float64Array): void {
      for (let k = 0; k < permutation.length; k++)
        for (let a = 0; a < q; a++) u[k * q + a] = v[offset + permutation[k]! * q + a]!;
      factor.halfSolveTransposed(u, q);
    },
    /** out[offset …] ← P'L⁻¹Px: the transpose of `colour`. x is overwritten. */
    transpose(x: Float64Array, out: Float64Array, offset: number): void {
      factor.halfSolve(x, q);
      for (let k = 0; k < permutation.length; k++)
        for (let a = 0; a < q; a++) ordered[permutation[k]! * q + a] = x[k * q + a]!;
      for (let i = 0; i < ordered.length; i++) out[offset + i] = ordered[i]!;
    },
  };
}

/** v with u = P'L⁻ᵀPv, levels × q: the inverse of how the coordinates are coloured. */
export function whitenedEffects(known: LevelPrecision, u: Float64Array, q: number): Float64Array {
  const carried = new Float64Array(u.length);
  const v = new Float64Array(u.length);
  multiplyPrecision(known, u, q, carried);
  whitening(known, q).transpose(carried, v, 0);
  return v;
}

/** b = (I ⊗ Λ)u, u = (P'L⁻ᵀP ⊗ I)v, v ~ N(0, I). */
export function relatedNonCentred(
  { q, levels, offset, factor, b }: EffectBlock,
  known: LevelPrecision,
): EffectCoordinates {
  const size = levels * q;
  const { colour, transpose } = whitening(known, q);
  const u = new Float64Array(size);
  const du = new Float64Array(size);
  return {
    expand(z) {
      let square = 0;
      for (let i = 0; i < size; i++) square += z[offset + i]! ** 2;
      colour(z, offset, u);
      for (let base = 0; base < size; base += q)
        for (let a = 0; a < q; a++) {
          let sum = 0;
          for (let c = 0; c <= a; c++) sum += factor[a * q + c]! * u[base + c]!;
          b[base + a] = sum;
        }
      return -0.5 * square;
    },
    pullback(z, db, gradient, dFactor) {
      dFactor.fill(0);
      for (let base = 0; base < size; base += q)
        for (let c = 0; c < q; c++) {
          let sum = 0;
          for (let a = c; a < q; a++) {
            sum += factor[a * q + c]! * db[base + a]!;
            dFactor[a * q + c]! += db[base + a]! * u[base + c]!;
          }
          du[base + c] = sum;
        }
      transpose(du, gradient, offset);
      for (let i = 0; i < size; i++) gradient[offset + i]! -= z[offset + i]!;
    },
  };
}
