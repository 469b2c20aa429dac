/**
 * Randomised quantile residuals: Dunn & Smyth (1996), "Randomized quantile residuals", Journal of Computational and Graphical Statistics 5.
 * If the model is right, u = F(y−) + v (F(y) − F(y−)) with v uniform is uniform, and Φ⁻¹(u) standard normal, for every family.
 */

import { type InferOutput, optional } from "valibot";
import type { ColumnsOfFit, ColumnsToGroup } from "../effects/checked-columns.ts";
import { correlatedLeaveOneOut, leaveOneOutNeedsPosterior, needsDistribution } from "../messages/checks.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import type { DistributionFit, PosteriorFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { choice, columnName, flag, seedOf, wholeNumber } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { effectsByDraw } from "../prediction/draw-source.ts";
import { quantileScores, randomised, responseDistribution } from "../prediction/response-distribution.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import { pointwiseOf } from "./pointwise-log-likelihood.ts";
import { unitsOf, usedDraws } from "./units.ts";

const quantileResidualOptions = optionsSchema({
  /**
   * `conditional`: given the random effects of the row's groups (modes, or draws). `marginal`: with them integrated out, as for a new group; the
   * residuals of a group are then correlated. Neither takes the residual correlation of rows out: `residuals("normalized")` does. Default
   * `conditional`.
   */
  randomEffects: optional(choice(["conditional", "marginal"]), "conditional"),
  /** Of the randomisation of discrete responses; default "residuals". */
  seed: optional(seedOf, "residuals"),
  /** Posterior draws averaged over, evenly spread over each chain; default 400, or all where there are fewer; with `leaveOneOut` all. */
  draws: optional(wholeNumber(1)),
  /**
   * Of a posterior: each row's distribution function from the other data, by Pareto smoothed importance weights (LOO-PIT). What is left out is
   * the row, or with `marginal` random effects its whole group. Default false.
   */
  leaveOneOut: optional(flag, false),
  /** The grouping factor whose levels are left out with `marginal` random effects; needed where the model has several. */
  group: optional(columnName),
  ...longWorkEntries,
});

export type QuantileResidualOptions = OptionsOf<typeof quantileResidualOptions>;

export interface QuantileResiduals {
  readonly randomEffects: "conditional" | "marginal";
  /** P(Y ≤ y_i) under the fit, randomised within the jump of a discrete response: uniform on (0, 1) if the model is right. */
  readonly pit: Float64Array;
  /** Φ⁻¹(pit): standard normal if the model is right. */
  readonly residuals: Float64Array;
  /** F(y_i−) and F(y_i), before randomisation. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** High Pareto k of `leaveOneOut`. */
  readonly warnings: readonly FitWarning[];
}

const DEFAULT_DRAWS = 400;

/**
 * Quantile residuals and probability integral transforms of the fitted rows, in the order of the rows used.
 *
 * At the estimate of a maximum-likelihood fit; averaged over the draws of a posterior (the posterior predictive distribution function,
 * which has seen the row itself: residuals are then a little too small, and `leaveOneOut` is the remedy; Gelfand, Dey & Chang 1992,
 * "Model determination using predictive distributions", Bayesian Statistics 4; Vehtari, Gelman & Gabry 2017).
 *
 * @returns the residuals; with a `signal` or `onProgress` a promise of them, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError where the family states no distribution function, and for `leaveOneOut` of a maximum-likelihood fit
 * @example
 * const { residuals } = quantileResiduals(fit);
 * // a Q-Q plot of residuals, residuals against fitted(fit) …
 * const { pit } = quantileResiduals(fit, { leaveOneOut: true }); // uniform if the model is right
 */
export function quantileResiduals<
  const F extends DistributionFit,
  const Group extends string = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
>(
  fit: F,
  given?: QuantileResidualOptions & ColumnsToGroup<ColumnsOfFit<F>, Group> & SlicesOf<Signal, Told>,
): DoneOrPromised<QuantileResiduals, Signal, Told>;
export function quantileResiduals(
  fit: DistributionFit,
  given?: QuantileResidualOptions,
): QuantileResiduals | Promise<QuantileResiduals> {
  requireFit(fit, "quantileResiduals()");
  const options = readOptions(quantileResidualOptions, given, { of: "quantileResiduals()" });
  if (fit.kind !== "ml" && fit.kind !== "posterior") throw declarationFault(needsDistribution("A quantile residual"));
  if (options.leaveOneOut && fit.kind !== "posterior") throw declarationFault(leaveOneOutNeedsPosterior());
  return doneOrPromised((report) => transforms(fit, options, report), options);
}

function* transforms(
  fit: DistributionFit,
  options: InferOutput<typeof quantileResidualOptions>,
  report: Report,
): Pausable<QuantileResiduals> {
  const { randomEffects, seed } = options;
  const { n, residual } = fit.model.design;
  if (options.leaveOneOut && residual?.correlation)
    throw declarationFault(correlatedLeaveOneOut(residual.correlation.kind));
  const distribution = responseDistribution(fit.model, randomEffects);
  const lower = new Float64Array(n);
  const upper = new Float64Array(n);
  const add = (weightOf: (row: number) => number, x: Float64Array, b: readonly Float64Array[] | null) => {
    distribution.evaluate(x, b);
    for (let i = 0; i < n; i++) {
      const weight = weightOf(i);
      lower[i]! += weight * distribution.lower[i]!;
      upper[i]! += weight * distribution.upper[i]!;
    }
  };
  const warnings: FitWarning[] = [];
  if (fit.kind === "ml") add(() => 1, fit.estimate, randomEffects === "conditional" ? fit.modes : null);
  else {
    const draws = ownDraws(fit);
    const total = draws.chains * draws.drawsPerChain;
    const used = usedDraws(fit, options.draws ?? (options.leaveOneOut ? total : Math.min(DEFAULT_DRAWS, total)));
    const effects = randomEffects === "conditional" && fit.model.design.random.length > 0 ? effectsByDraw(fit) : null;
    const weightOf = options.leaveOneOut
      ? yield* leaveOneOutWeights(fit, options, used.length, warnings, report)
      : () => 1 / used.length;
    for (let s = 0; s < used.length; s++) {
      const d = used[s]!;
      const x = draws.values.subarray(d * draws.size, (d + 1) * draws.size);
      add((i) => weightOf(i, s), x, effects ? effects(d) : null);
      report("distribution functions", s + 1, used.length);
      if (pauseDue()) yield;
    }
  }
  const pit = randomised(lower, upper, seed);
  return {
    randomEffects,
    pit,
    residuals: quantileScores(pit),
    lower,
    upper,
    warnings,
  };
}

/** The weight of the s-th used draw for a row, when the row (or its group) is left out. */
function* leaveOneOutWeights(
  fit: PosteriorFit,
  { randomEffects = "conditional", group }: QuantileResidualOptions,
  draws: number,
  warnings: FitWarning[],
  report: Report,
): Pausable<(row: number, s: number) => number> {
  const by = randomEffects === "conditional" || fit.model.design.random.length === 0 ? "row" : "group";
  const likelihood = by === "row" ? "conditional" : "marginal";
  const pointwise = yield* pointwiseOf(fit, { by, likelihood, draws, group }, report);
  const left = yield* leaveOneOut(pointwise, { by }, report);
  warnings.push(...left.warnings);
  const weights = left.pointwise.map((_, unit) => left.weights(unit));
  const { of } = unitsOf(fit.model, by, group);
  return (row, s) => weights[of[row]!]![s]!;
}
