/**
 * The LKJ distribution of q × q correlation matrices, density det(R)^(η−1)/c(η, q). In canonical partial correlations its
 * parts are independent: 1 + p over 2 of tree level k = 1 … q−1 is Beta(b, b) with b = η + (q − 1 − k)/2
 * (Lewandowski, Kurowicka & Joe 2009, section 2.4).
 */
import type { Rng } from "../random/rng.ts";
import { betaVariate } from "../random/variates.ts";
import { lgamma } from "../special/gamma.ts";
import type { CorrelationPrior } from "./correlations.ts";
import { correlationLogDensity, correlationSize } from "./partial-correlations.ts";

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

/** The LKJ distribution on all correlation matrices of q effects, in the coordinates atanh p of their partial correlations p. */
export const unstructuredPrior = (q: number): CorrelationPrior => ({
  size: correlationSize(q),
  logDensity: (z, from, weight, jacobian, dz) => correlationLogDensity(q, z, from, weight, jacobian, dz),
  logNormaliser: (eta) => lkjLogNormaliser(eta, q),
  draw(rng, eta, out, from) {
    const own = out.subarray(from, from + correlationSize(q));
    drawLkjPartialCorrelations(rng, eta, q, own);
    for (let i = 0; i < own.length; i++) own[i] = Math.atanh(own[i]!);
  },
});
