/** A multivariate t around a mode, u = û + L⁻ᵀw: heavier tails than any bounded likelihood × N(0, I), so weights are bounded. */
import type { Rng } from "../../random/rng.ts";
import { gammaVariate } from "../../random/variates.ts";
import { lgamma } from "../../special/gamma.ts";

export interface TProposal {
  /** Log density of w at squared radius w'w. */
  logDensity(squaredRadius: number): number;
  /** Draws w; returns w'w. */
  draw(rng: Rng, w: Float64Array): number;
}

/**
 * A standardised t distribution in q dimensions.
 *
 * Its degrees of freedom grow with q, ν = 6 + q: the relative spread of the χ²_ν that scales a draw, √(2/ν), stays below that of the
 * squared radius of a normal vector, √(2/q), so that in many dimensions the weights do not degenerate for the radius alone.
 */
export function tProposal(q: number): TProposal {
  const degrees = 6 + q;
  const constant = lgamma(0.5 * (degrees + q)) - lgamma(0.5 * degrees) - 0.5 * q * Math.log(degrees * Math.PI);
  return {
    logDensity: (squaredRadius) => constant - 0.5 * (degrees + q) * Math.log1p(squaredRadius / degrees),
    draw(rng, w) {
      const scale = Math.sqrt(degrees / (2 * gammaVariate(rng, 0.5 * degrees)));
      let square = 0;
      for (let a = 0; a < q; a++) {
        const value = scale * rng.normal();
        w[a] = value;
        square += value * value;
      }
      return square;
    },
  };
}
