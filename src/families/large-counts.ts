/**
 * Densities of large counts. Of a count of a million the terms y log μ, μ and log y! are each ten million times what is left of them: there a
 * density is written as its value at the saturated model less a deviance, neither of which is a difference of large numbers.
 *
 * Source: Loader (2000), "Fast and accurate computation of binomial probabilities", for the idea.
 */
import type { Operations, Tensor } from "../autodiff/operations.ts";
import { HALF_LOG_2PI } from "../special/stirling.ts";

/** Counts from here on are large: below, the plain terms lose fewer than 1e-12 of a row's log-likelihood. */
export const LARGE_COUNT = 1000;

/** ½ log 2πy + the remainder of Stirling's formula: minus the log density of a Poisson count of mean y at y. */
export function poissonNormaliser(ops: Operations, y: Tensor): Tensor {
  return ops.add(ops.add(ops.mul(0.5, ops.log(y)), HALF_LOG_2PI), ops.lgammaCorrection(y));
}

/** log density of y > 0 successes and n − y > 0 failures where the share of successes is y/n. */
export function saturatedBinomial(ops: Operations, n: Tensor, y: Tensor): Tensor {
  const failures = ops.sub(n, y);
  // as counts of n, y and n − y of Poisson means n, y and n − y
  return ops.sub(poissonNormaliser(ops, n), ops.add(poissonNormaliser(ops, y), poissonNormaliser(ops, failures)));
}

/**
 * log density of a negative binomial count y > 0 with mean μ and variance μ + μ²/size, log μ = eta: the binomial of y in y + size with the
 * deviance of log odds, log(μ/size), from those of y, and Stirling's formula for the rest. For size → ∞ it is the Poisson density.
 */
export function negativeBinomialOfLarge(ops: Operations, y: Tensor, eta: Tensor, size: Tensor): Tensor {
  const deviance = ops.oddsDeviance(y, size, ops.sub(eta, ops.log(y)));
  const width = ops.add(ops.mul(0.5, ops.log1p(ops.div(y, size))), poissonNormaliser(ops, y));
  const remainder = ops.sub(ops.lgammaCorrection(ops.add(y, size)), ops.lgammaCorrection(size));
  return ops.sub(remainder, ops.add(deviance, width));
}
