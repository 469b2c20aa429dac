/**
 * The coordinates in which the random effects of a term are sampled: how the effects b come from them, their log density, and the gradients
 * of both. Per level, q coordinates v:
 *
 * - non-centred: b = Λv, v ~ N(0, I). Independent of Λ before the data speak; the choice where they say little about a level.
 * - centred: b = v − Pβ, b ~ N(0, ΛΛ'). What the data see; the choice where they say much. P is 0, or makes v the level's own coefficients
 *   Pβ + b (hierarchical centring), which the data then know without knowing β.
 *
 * Papaspiliopoulos, Roberts & Sköld (2007), "A general framework for the parametrization of hierarchical models", Statistical Science 22;
 * Gelfand, Sahu & Carlin (1995), "Efficient parametrisations for normal linear mixed models", Biometrika 82.
 */
import { type LevelPrecision, multiplyPrecision } from "../covariance/level-precision.ts";
import { solveLower, solveLowerTransposed } from "../linalg/triangular.ts";

export type Parameterisation = "centred" | "non-centred";

/** What is known of a term whose coordinates are [offset, offset + levels × q) of z. */
export interface EffectBlock {
  readonly q: number;
  readonly levels: number;
  readonly offset: number;
  /** Λ, q × q row-major, lower triangular; the caller keeps it up to date. */
  readonly factor: Float64Array;
  /** b, levels × q; written by `expand`. */
  readonly b: Float64Array;
}

export interface EffectCoordinates {
  /** Fills b. Returns the log density of the coordinates without its −½ log 2π a coordinate; −Infinity where Λ is singular and must not be. */
  expand(z: Float64Array): number;
  /**
   * @param db gradient of the log-likelihood with respect to b, levels × q
   * @param gradient its entries of the term's coordinates are overwritten with those of log-likelihood + log density
   * @param dFactor overwritten with the gradient with respect to Λ; entries above the diagonal have no meaning
   * @param dBeta the gradient with respect to β is added
   */
  pullback(z: Float64Array, db: Float64Array, gradient: Float64Array, dFactor: Float64Array, dBeta: Float64Array): void;
}

/** b = Λv, v ~ N(0, I). */
export function nonCentred({ q, levels, offset, factor, b }: EffectBlock): EffectCoordinates {
  const size = levels * q;
  return {
    expand(z) {
      let square = 0;
      for (let base = 0; base < size; base += q)
        for (let a = 0; a < q; a++) {
          let sum = 0;
          for (let c = 0; c <= a; c++) sum += factor[a * q + c]! * z[offset + base + c]!;
          b[base + a] = sum;
          square += z[offset + base + a]! ** 2;
        }
      return -0.5 * square;
    },
    pullback(z, db, gradient, dFactor) {
      dFactor.fill(0);
      for (let base = 0; base < size; base += q)
        for (let c = 0; c < q; c++) {
          const v = z[offset + base + c]!;
          let sum = -v;
          for (let a = c; a < q; a++) {
            sum += factor[a * q + c]! * db[base + a]!;
            dFactor[a * q + c]! += db[base + a]! * v;
          }
          gradient[offset + base + c] = sum;
        }
    },
  };
}

/** Pβ of a term, the same for all its levels: P is q × β.length, row-major. */
export interface Centre {
  readonly map: Float64Array;
  /** Read by `expand`; the caller keeps it up to date. */
  readonly beta: Float64Array;
}

/**
 * b = v − Pβ, b ~ N(0, A ⊗ ΛΛ').
 *
 * @param known inverse of the known covariance A across levels; absent where they are independent, A = I
 */
export function centred(
  { q, levels, offset, factor, b }: EffectBlock,
  centre: Centre | null,
  known?: LevelPrecision,
): EffectCoordinates {
  const size = levels * q;
  /** Λ⁻¹b by level, and A⁻¹ of it. */
  const u = new Float64Array(size);
  const carried = known ? new Float64Array(size) : u;
  const constant = known ? 0.5 * q * known.logDet : 0;
  const shift = new Float64Array(q);
  const pulled = new Float64Array(q);
  const p = centre ? centre.beta.length : 0;
  return {
    expand(z) {
      let logDet = 0;
      for (let a = 0; a < q; a++) {
        logDet += Math.log(Math.abs(factor[a * q + a]!));
        shift[a] = 0;
        if (centre) for (let k = 0; k < p; k++) shift[a]! += centre.map[a * p + k]! * centre.beta[k]!;
      }
      for (let base = 0; base < size; base += q) {
        for (let a = 0; a < q; a++) u[base + a] = b[base + a] = z[offset + base + a]! - shift[a]!;
        solveLower(factor, 0, q, q, u, base);
      }
      if (known) multiplyPrecision(known, u, q, carried);
      let square = 0;
      for (let i = 0; i < size; i++) square += u[i]! * carried[i]!;
      const value = constant - 0.5 * square - levels * logDet;
      return Number.isFinite(value) ? value : -Infinity;
    },
    // With w = Λ⁻ᵀA⁻¹u: ∂/∂b = db − w, ∂/∂Λ = wu' − diag(1/Λ_aa) a level, ∂/∂β = −P'Σ(db − w).
    pullback(_z, db, gradient, dFactor, dBeta) {
      dFactor.fill(0);
      for (let a = 0; a < q; a++) {
        dFactor[a * q + a] = -levels / factor[a * q + a]!;
        shift[a] = 0;
      }
      for (let base = 0; base < size; base += q) {
        for (let a = 0; a < q; a++) pulled[a] = carried[base + a]!;
        solveLowerTransposed(factor, 0, q, q, pulled);
        for (let a = 0; a < q; a++) {
          const d = db[base + a]! - pulled[a]!;
          gradient[offset + base + a] = d;
          shift[a]! += d;
          for (let c = 0; c <= a; c++) dFactor[a * q + c]! += pulled[a]! * u[base + c]!;
        }
      }
      if (centre)
        for (let a = 0; a < q; a++) for (let k = 0; k < p; k++) dBeta[k]! -= centre.map[a * p + k]! * shift[a]!;
    },
  };
}
