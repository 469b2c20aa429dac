/** How far Laplace's approximation is from the truth at a point, by importance sampling. */
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import { evaluated, type Pausable } from "../../optimise/pausable.ts";
import type { Rng } from "../../random/rng.ts";
import { correlatedLaplace } from "../correlated/correlated-laplace.ts";
import { isKernelOfMean } from "../correlated/correlated-rows.ts";
import type { IntegralData } from "../integral-data.ts";
import { crossedLaplace } from "./crossed-laplace.ts";
import { fixedLikelihood } from "./fixed-likelihood.ts";
import { groupedIntegral } from "./grouped-integral.ts";
import { groupingFactors } from "./grouping.ts";

export interface ImportanceCheck {
  /** Laplace's approximation of the log-likelihood. */
  readonly laplace: number;
  /** Its importance-sampling estimate less Laplace's approximation. */
  readonly difference: number;
  /** Monte Carlo standard error of `difference`. */
  readonly standardError: number;
  /** Kish's effective number of draws; below about 50 neither figure is to be trusted. */
  readonly effectiveDraws: number;
}

/** A draw costs some 25 sweeps over the rows: Newton steps and inner nodes. */
const affordableDraws = (n: number): number => Math.max(60, Math.min(1000, Math.round(6e5 / n)));

/**
 * Compares Laplace's approximation at x with an importance-sampling estimate of the same integral.
 *
 * @param x natural parameters in the units of `data`
 * @param draws default as many as take about a second, between 60 and 1000
 * @example
 * const { difference, standardError } = atOnce(importanceCheck(data, kernel, optimum, createRng("laplace-check")));
 */
export function* importanceCheck(
  data: IntegralData,
  kernel: ObservationKernel,
  x: Float64Array,
  rng: Rng,
  draws = affordableDraws(data.n),
): Pausable<ImportanceCheck> {
  const factors = groupingFactors(data.random);
  if (factors.length === 0)
    return {
      laplace: fixedLikelihood(data, kernel).evaluate(x),
      difference: 0,
      standardError: 0,
      effectiveDraws: draws,
    };
  const marginal = isKernelOfMean(data, kernel)
    ? correlatedLaplace(data, kernel)
    : factors.length === 1 && !factors[0]!.known
      ? groupedIntegral(data, kernel, factors[0]!, 1)
      : crossedLaplace(data, kernel, factors);
  const laplace = marginal.evaluate(x);
  evaluated(Number.NaN);
  const { logLik, standardError, effectiveDraws } = yield* marginal.importanceLogLikelihood(x, rng, draws);
  return { laplace, difference: logLik - laplace, standardError, effectiveDraws };
}
