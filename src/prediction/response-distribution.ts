/**
 * The distribution function of each row's response, F(y_i) and its left limit F(y_i−), given the random effects or with them integrated
 * out, at one value of the parameters.
 */
import type { Design } from "../data/design.ts";
import type { RowNumbers } from "../families/family.ts";
import { familyHasNoCdf, tooManyResidualPredictors } from "../messages/checks.ts";
import { declarationFault } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { residualScale } from "../model/residual-scale.ts";
import { createRng } from "../random/rng.ts";
import { normalQuantile } from "../special/distributions.ts";
import { normalTrapezoid } from "./population-mean.ts";
import { rowMeans } from "./row-means.ts";

export interface ResponseDistribution {
  /** F(y_i) of every row, after `evaluate`. */
  readonly upper: Float64Array;
  /** F(y_i−): the same for a continuous response, P(Y < y_i) for a count. */
  readonly lower: Float64Array;
  /** @param b random effects by term; read for `conditional` only. */
  evaluate(x: Float64Array, b: readonly Float64Array[] | null): void;
}

/** Intervals on each side of the trapezoid over one, and over each of two, linear predictors. */
const INTERVALS = [60, 24];

/** The next number below y: F there is the left limit, whether the response is discrete, continuous or both. */
const below = (y: number): number =>
  y === 0 ? -Number.MIN_VALUE : y - Math.max(Math.abs(y) * Number.EPSILON, Number.MIN_VALUE);

/** The largest probability below 1: residuals end at 8.2 on that side. */
const LARGEST = 1 - Number.EPSILON / 2;

/** A probability between F(y−) and F(y) for each row: uniform if the model is right. */
export function randomised(lower: Float64Array, upper: Float64Array, seed: string | number): Float64Array {
  const rng = createRng(seed).fork("quantile residuals");
  // weights that sum to 1 may leave a probability a rounding error above it
  return lower.map((low, i) => Math.min(1, low + rng.uniform() * (upper[i]! - low)));
}

/** Φ⁻¹ of probabilities, finite. */
export const quantileScores = (pit: Float64Array): Float64Array =>
  pit.map((u) => normalQuantile(Math.min(Math.max(u, Number.MIN_VALUE), LARGEST)));

/** @throws DeclarationError where the family states no cdf, or random effects act on more than two predictors */
export function responseDistribution(
  model: CompiledModel,
  randomEffects: "conditional" | "marginal",
): ResponseDistribution {
  const { family, layout, design } = model;
  const { cdf } = family;
  if (!cdf) throw declarationFault(familyHasNoCdf(family.name));
  const { n } = design;
  const means = rowMeans(family, layout, design, randomEffects === "conditional" ? "conditional" : "population");
  const varying = means.variance.flatMap((variance, r) => (variance ? [r] : []));
  if (varying.length > 2) throw declarationFault(tooManyResidualPredictors(varying.length));
  const { nodes, weights } = normalTrapezoid(INTERVALS[Math.max(0, varying.length - 1)]!);
  const upper = new Float64Array(n);
  const lower = new Float64Array(n);
  const columns = rowColumns(design);
  const underneath = design.y.map(below);
  const structure = model.residual.structure();
  const { psiAt } = residualScale(model);
  return {
    upper,
    lower,
    evaluate(x, b) {
      means.evaluatePredictors(x, b);
      const parameter = Object.fromEntries(family.parameters.map(({ name }, g) => [name, x[layout.phi.offset + g]!]));
      const eta = means.eta.map(() => 0);
      const sd = structure.set(x, psiAt) ? structure.sd : null;
      for (let i = 0; i < n; i++) {
        const own = columns(i);
        // a variance function is a precision weight
        if (sd) own["weights"] = own["weights"]! / sd[i]! ** 2;
        const row: RowNumbers = { eta, parameter, column: own };
        /** Sums over the nodes of the predictors from k on. */
        const integrate = (k: number, weight: number): void => {
          if (k === varying.length) {
            upper[i]! += weight * cdf(design.y[i]!, row);
            lower[i]! += weight * cdf(underneath[i]!, row);
            return;
          }
          const r = varying[k]!;
          const centre = means.eta[r]![i]!;
          const spread = Math.sqrt(means.variance[r]![i]!);
          if (spread === 0) {
            integrate(k + 1, weight);
            return;
          }
          for (let m = 0; m < nodes.length; m++) {
            eta[r] = centre + spread * nodes[m]!;
            integrate(k + 1, weight * weights[m]!);
          }
        };
        upper[i] = 0;
        lower[i] = 0;
        for (let r = 0; r < eta.length; r++) eta[r] = means.eta[r]![i]!;
        integrate(0, 1);
      }
    },
  };
}

/** The data of a row that a distribution function reads. */
function rowColumns({ y, trials, weights }: Design): (i: number) => Record<string, number> {
  return (i) => ({ y: y[i]!, trials: trials?.[i] ?? 1, weights: weights?.[i] ?? 1 });
}
