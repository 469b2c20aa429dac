/**
 * The LKJ distribution of q × q correlation matrices, density det(R)^(η−1)/c(η, q). In canonical partial correlations its
 * parts are independent: 1 + p over 2 of tree level k = 1 … q−1 is Beta(b, b) with b = η + (q − 1 − k)/2
 * (Lewandowski, Kurowicka & Joe 2009, section 2.4).
 */
import type { CovarianceStructure } from "../covariance/covariance-structure.ts";
import { correlationSize } from "../covariance/partial-correlations.ts";
import type { Rng } from "../random/rng.ts";
import { betaVariate } from "../random/variates.ts";
import { lgamma } from "../special/gamma.ts";

/** −log c(η, q): what makes det(R)^(η−1) integrate to 1 over correlation matrices. */
export function lkjLogNormaliser(eta: number, q: number): number {
  let sum = 0;
  for (let k = 1; k < q; k++) {
    const b = eta + (q - 1 - k) / 2;
    // q − k partial correlations on this level, each with density (1 − p²)^(b−1) / (2^(2b−1) B(b, b))
    sum += (q - k) * (lgamma(2 * b) - 2 * lgamma(b) - (2 * b - 1) * Math.LN2);
  }
  return sum;
}

/** Draws R's partial correlations (row by row below the diagonal, as the partial-correlation chart orders them) into `out`. */
export function drawLkjPartialCorrelations(rng: Rng, eta: number, q: number, out: Float64Array): void {
  let position = 0;
  for (let row = 1; row < q; row++)
    for (let column = 0; column < row; column++) {
      const b = eta + (q - 2 - column) / 2;
      out[position++] = 2 * betaVariate(rng, b, b) - 1;
    }
}

/**
 * The LKJ distribution on the correlations of a structure, in the coordinates its priors and charts have; where all pairs share one, the LKJ
 * density on the line of such matrices, so that η = 1 is uniform in ρ.
 */
export interface LkjDistribution {
  /** What makes det(R)^(η−1) integrate to 1 over the structure's correlation matrices. */
  logNormaliser(eta: number, q: number): number;
  /** Draws the correlation coordinates into out[from …]. */
  draw(rng: Rng, eta: number, q: number, out: Float64Array, from: number): void;
}

const LKJ: Readonly<Record<CovarianceStructure["correlations"], LkjDistribution>> = {
  // |R| = (1 − ρ)^(q−1) (1 + (q − 1)ρ) with 1 − ρ = qw/(q − 1): w is Beta((q − 1)(η − 1) + 1, η)
  common: {
    logNormaliser(eta, q) {
      const a = (q - 1) * (eta - 1) + 1;
      const beta = lgamma(a) + lgamma(eta) - lgamma(a + eta);
      return -(a * Math.log(q / (q - 1)) + (eta - 1) * Math.log(q) + beta);
    },
    draw(rng, eta, q, out, from) {
      const w = betaVariate(rng, (q - 1) * (eta - 1) + 1, eta);
      out[from] = Math.log(w) - Math.log1p(-w);
    },
  },
  none: { logNormaliser: () => 0, draw: () => undefined },
  free: {
    logNormaliser: lkjLogNormaliser,
    draw(rng, eta, q, out, from) {
      const own = out.subarray(from, from + correlationSize(q));
      drawLkjPartialCorrelations(rng, eta, q, own);
      for (let i = 0; i < own.length; i++) own[i] = Math.atanh(own[i]!);
    },
  },
};

export const lkjOf = ({ correlations }: CovarianceStructure): LkjDistribution => LKJ[correlations];
