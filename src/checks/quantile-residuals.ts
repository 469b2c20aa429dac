/**
 * Randomised quantile residuals: Dunn & Smyth (1996), "Randomized quantile residuals", Journal of Computational and Graphical Statistics 5.
 * If the model is right, u = F(y−) + v (F(y) − F(y−)) with v uniform is uniform, and Φ⁻¹(u) standard normal, for every family.
 */

import { drawsOutOfRange, needsDistribution } from "../messages/checks.ts";
import { declarationFault, unknownOption } from "../messages/effects.ts";
import type { DistributionFit } from "../model/fit.ts";
import { effectsByDraw } from "../prediction/draw-source.ts";
import { createRng } from "../random/rng.ts";
import { normalQuantile } from "../special/distributions.ts";
import { responseDistribution } from "./response-distribution.ts";

export interface QuantileResidualOptions {
  /**
   * `conditional`: given the random effects of the row's groups (modes, or draws). `marginal`: with them integrated out, as for a new group; the
   * residuals of a group are then correlated. Default `conditional`.
   */
  readonly randomEffects?: "conditional" | "marginal";
  /** Of the randomisation of discrete responses; default "residuals". */
  readonly seed?: string | number;
  /** Posterior draws averaged over, evenly spread; default 400, or all where there are fewer. */
  readonly draws?: number;
}

export interface QuantileResiduals {
  readonly randomEffects: "conditional" | "marginal";
  /** P(Y ≤ y_i) under the fit, randomised within the jump of a discrete response: uniform on (0, 1) if the model is right. */
  readonly pit: Float64Array;
  /** Φ⁻¹(pit): standard normal if the model is right. */
  readonly residuals: Float64Array;
  /** F(y_i−) and F(y_i), before randomisation. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

const DEFAULT_DRAWS = 400;
/** The largest probability below 1: residuals end at 8.2 on that side. */
const LARGEST = 1 - Number.EPSILON / 2;

/**
 * Quantile residuals and probability integral transforms of the fitted rows, in the order of the rows used.
 *
 * At the estimate of a maximum-likelihood fit; averaged over the draws of a posterior (the posterior predictive distribution function,
 * which has seen the row itself: residuals are then a little too small).
 *
 * @throws DeclarationError where the family states no distribution function
 * @example
 * const { residuals } = quantileResiduals(fit);
 * // a Q-Q plot of residuals, residuals against fitted(fit) …
 */
export function quantileResiduals(fit: DistributionFit, options: QuantileResidualOptions = {}): QuantileResiduals {
  const { randomEffects = "conditional", seed = "residuals" } = options;
  if (randomEffects !== "conditional" && randomEffects !== "marginal")
    throw declarationFault(unknownOption("randomEffects", randomEffects, ["conditional", "marginal"]));
  if (fit.kind !== "ml" && fit.kind !== "posterior") throw declarationFault(needsDistribution("A quantile residual"));
  const { n } = fit.model.design;
  const distribution = responseDistribution(fit.model, randomEffects);
  const lower = new Float64Array(n);
  const upper = new Float64Array(n);
  const add = (weight: number, x: Float64Array, b: readonly Float64Array[] | null) => {
    distribution.evaluate(x, b);
    for (let i = 0; i < n; i++) {
      lower[i]! += weight * distribution.lower[i]!;
      upper[i]! += weight * distribution.upper[i]!;
    }
  };
  if (fit.kind === "ml") add(1, fit.estimate, randomEffects === "conditional" ? fit.modes : null);
  else {
    const { draws } = fit;
    const total = draws.chains * draws.drawsPerChain;
    const count = options.draws ?? Math.min(DEFAULT_DRAWS, total);
    if (!(Number.isInteger(count) && count >= 1 && count <= total))
      throw declarationFault(drawsOutOfRange(count, total));
    const effects = randomEffects === "conditional" && fit.model.design.random.length > 0 ? effectsByDraw(fit) : null;
    for (let s = 0; s < count; s++) {
      const d = Math.floor((s * total) / count);
      add(1 / count, draws.values.subarray(d * draws.size, (d + 1) * draws.size), effects ? effects(d) : null);
    }
  }
  const rng = createRng(seed).fork("quantile residuals");
  const pit = lower.map((low, i) => low + rng.uniform() * (upper[i]! - low));
  return {
    randomEffects,
    pit,
    residuals: pit.map((u) => normalQuantile(Math.min(Math.max(u, Number.MIN_VALUE), LARGEST))),
    lower,
    upper,
  };
}
