/**
 * The way between the parameters of a model whose columns are moved (`moved-columns.ts`) and the user's: of z_k = z̃_k + c z_j the coefficients and
 * effects are b̃_j = b_j + c b_k, so that the covariance is that of another lower-triangular factor.
 */
import { canonicalise, triangulate } from "../covariance/canonical-factor.ts";
import { fillFactor, type TermLayout, writeFactor } from "../covariance/term-factor.ts";
import type { PriorOrigin } from "./prior-origin.ts";

interface Layout {
  readonly beta: readonly { readonly offset: number }[];
  readonly terms: readonly TermLayout[];
  readonly phi: { readonly offset: number; readonly size: number };
}

/** The way between the user's natural parameters and those of the moved model; in place. */
export interface OriginMap {
  toMoved(x: Float64Array): void;
  toUser(x: Float64Array): void;
  /** Effects of term t, levels × q. */
  effectsToUser(t: number, effects: Float64Array): void;
}

/**
 * @param thresholds how many thresholds an ordered response has; they move along with the coefficients
 */
export function originMap({ coefficients, terms }: PriorOrigin, layout: Layout, thresholds: number): OriginMap {
  const factors = layout.terms.map(({ q }) => new Float64Array(q * q));
  const move = (x: Float64Array, sign: 1 | -1) => {
    layout.beta.forEach(({ offset }, r) => {
      for (const { column, from, value, rest } of coefficients[r]!.moves) {
        const slope = sign * x[offset + column]!;
        if (from >= 0) x[offset + from] = x[offset + from]! + value * slope + rest * slope;
        else
          for (let k = 0; k < thresholds; k++)
            x[layout.phi.offset + k] = x[layout.phi.offset + k]! - value * slope - rest * slope;
      }
    });
    layout.terms.forEach((term, t) => {
      if (terms[t]!.length === 0) return;
      const { q } = term;
      const factor = factors[t]!;
      fillFactor(term, x, factor);
      for (const { column, from, value, rest } of terms[t]!)
        for (let a = 0; a < q; a++) {
          const slope = sign * factor[column * q + a]!;
          factor[from * q + a] = factor[from * q + a]! + value * slope + rest * slope;
        }
      triangulate(factor, q);
      canonicalise(factor, q, 0);
      writeFactor(term, factor, x);
    });
  };
  return {
    toMoved: (x) => move(x, 1),
    toUser: (x) => move(x, -1),
    effectsToUser(t, effects) {
      const { q } = layout.terms[t]!;
      for (const { column, from, value, rest } of terms[t]!)
        for (let at = 0; at < effects.length; at += q)
          effects[at + from] = effects[at + from]! - value * effects[at + column]! - rest * effects[at + column]!;
    },
  };
}
