/** The deviance of a fit, in broom.mixed's sense. */
import type { CompiledModel } from "../model/compiled-model.ts";
import { rowMeans } from "../prediction/row-means.ts";

/**
 * −2 logLik of a Gaussian response; else the sum of squared deviance residuals at the conditional modes, null where the family has none.
 *
 * @param x natural parameters in the user's units
 * @param mu fitted means of the rows
 */
export function devianceOf(
  { family, design, layout }: CompiledModel,
  x: Float64Array,
  logLik: number,
  mu: Float64Array,
  modes: readonly Float64Array[],
): number | null {
  if (family.normal) return -2 * logLik;
  const { unitDeviance } = family;
  if (!unitDeviance) return null;
  const { y, trials, weights, frequencyWeights, n } = design;
  const parameter = Object.fromEntries(family.parameters.map(({ name }, g) => [name, x[layout.phi.offset + g]!]));
  const means = rowMeans(family, layout, design, "conditional");
  means.evaluatePredictors(x, modes);
  let sum = 0;
  for (let i = 0; i < n; i++)
    sum +=
      (frequencyWeights?.[i] ?? 1) *
      (weights?.[i] ?? 1) *
      unitDeviance(y[i]!, mu[i]!, {
        eta: means.eta.map((values) => values[i]!),
        parameter,
        column: { y: y[i]!, trials: trials?.[i] ?? 1 },
      });
  return sum;
}
