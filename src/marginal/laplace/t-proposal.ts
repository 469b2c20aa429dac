/** A multivariate t distribution around a mode: u = û + L⁻ᵀ z √(ν/χ²_ν). Its tails are heavier than those of any bounded likelihood × N(0, I). */
import type { Rng } from "../../random/rng.ts";

/** log Γ(m/2) for a positive integer m. */
export function logGammaHalf(m: number): number {
  let sum = m % 2 === 0 ? 0 : 0.5 * Math.log(Math.PI);
  for (let j = m % 2 === 0 ? 2 : 1; j < m; j += 2) sum += Math.log(j / 2);
  return sum;
}

export interface TProposal {
  /** Log density of the standardised draw at squared radius r² = w'w, with respect to w. */
  logDensity(squaredRadius: number): number;
  /** The random factor √(ν/χ²_ν). */
  scale(rng: Rng): number;
}

/**
 * A t distribution in q dimensions with an even number of degrees of freedom ν, so that χ²_ν is a sum of ν/2 exponentials.
 *
 * In many dimensions ν should grow with q: the relative spread of χ²_ν, √(2/ν), must not exceed that of the squared radius of a
 * normal vector, √(2/q), by much.
 */
export function tProposal(q: number, degrees: number): TProposal {
  const constant = logGammaHalf(degrees + q) - logGammaHalf(degrees) - 0.5 * q * Math.log(degrees * Math.PI);
  return {
    logDensity: (squaredRadius) => constant - 0.5 * (degrees + q) * Math.log1p(squaredRadius / degrees),
    scale(rng) {
      let chi = 0;
      for (let j = 0; j < degrees; j += 2) chi -= 2 * Math.log(1 - rng.uniform());
      return Math.sqrt(degrees / chi);
    },
  };
}

/** Degrees of freedom that suit q dimensions: even, at least 6. */
export function proposalDegrees(q: number): number {
  return 6 + 2 * Math.floor(q / 2);
}
