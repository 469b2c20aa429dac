/**
 * The mean and the variance of each row's response with the random effects integrated out, the variance in its two parts:
 * Var[Y] = E Var[Y | b] + Var E[Y | b].
 */
import type { Design } from "../data/design.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { type ConditionalMean, meanBuffers } from "./conditional-mean.ts";
import { jointPopulationMean } from "./joint-population-mean.ts";
import { tracedMean, varianceKernel } from "./response-mean.ts";
import { type MeanRows, rowMeans } from "./row-means.ts";

export interface ResponseMoments {
  /** E[Y] of one unit (binomial: the probability). */
  readonly mean: Float64Array;
  /** E Var[Y | b] on the scale of y (binomial: of the count), without a residual structure's variance function. */
  readonly within: Float64Array;
  /** Var E[Y | b] of one unit. */
  readonly between: Float64Array;
  /** Computes them at natural parameters. */
  evaluate(x: Float64Array): void;
}

/** What a variance reads of the data besides η. */
export const varianceColumns = ({
  trials,
  weights,
  y,
  columns,
}: Pick<Design, "trials" | "weights" | "y" | "columns">): Record<string, Float64Array> => ({
  y,
  ...columns,
  ...(trials ? { trials } : {}),
  ...(weights ? { weights } : {}),
});

/** Of a mean, relative to it. */
const ROUNDING = 4 * Number.EPSILON;

/**
 * @param rows of the model's own design by default; another may leave terms out, with the layout of those it keeps
 * @throws DeclarationError where the family states no variance
 */
export function responseMoments(
  { family, layout, design }: CompiledModel,
  rows: MeanRows = design,
  own: CompiledModel["layout"] = layout,
): ResponseMoments {
  const { n } = rows;
  const means = rowMeans(family, own, rows, "population");
  const variance = varianceKernel(family);
  const columns = varianceColumns(design);
  const mean = tracedMean(family);
  const within = new Float64Array(n);
  const between = new Float64Array(n);
  const centre = meanBuffers(n, mean.predictors, mean.globals);
  const out = [0, 1, 2].map(() => meanBuffers(n, mean.predictors, mean.globals));
  const scratch = meanBuffers(n, mean.predictors, mean.globals);
  const linear = family.link === "identity" && !family.curve;
  // squares about the mean at b = 0, so that small variances keep their digits
  const power = (exponent: 1 | 2): ConditionalMean => ({
    // of a probability close to 1 the differences are mostly rounding
    rounding(i, size) {
      const own = ROUNDING * Math.abs(centre.value[i]!);
      return exponent === 1 ? own : own * (2 * Math.sqrt(size) + own);
    },
    predictors: mean.predictors,
    globals: mean.globals,
    evaluate(eta, phi, count, to, data) {
      mean.evaluate(eta, phi, count, scratch, data);
      for (let i = 0; i < count; i++) to.value[i] = (scratch.value[i]! - centre.value[i]!) ** exponent;
    },
  });
  const variances: ConditionalMean = {
    predictors: mean.predictors,
    globals: mean.globals,
    evaluate: (eta, phi, count, to) => variance.evaluate(eta, phi, count, to, columns),
  };
  return {
    mean: means.mean.value,
    within,
    between,
    evaluate(x) {
      means.evaluate(x, null);
      const phi = x.slice(own.phi.offset, own.phi.offset + own.phi.size);
      const expect = (of: ConditionalMean, k: number) => {
        jointPopulationMean(of, means.eta, means.variance, phi, n, out[k]!, rows.columns, means.covariance);
        return out[k]!.value;
      };
      within.set(expect(variances, 0));
      if (linear) {
        for (let i = 0; i < n; i++) between[i] = means.variance[0]?.[i] ?? 0;
        return;
      }
      mean.evaluate(means.eta, phi, n, centre, rows.columns);
      const second = expect(power(2), 1);
      const first = expect(power(1), 2);
      for (let i = 0; i < n; i++) between[i] = Math.max(0, second[i]! - first[i]! ** 2);
    },
  };
}
