/** New responses of the rows of a design, given parameters and random effects. */

import type { DesignRows } from "../data/design.ts";
import { ofMean } from "../families/of-mean.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { type ResidualCovariance, residualCovariance } from "../model/residual-scale.ts";
import type { Rng } from "../random/rng.ts";
import { residualStructure } from "../residual/residual-structure.ts";
import { type RowMeans, rowMeans } from "./row-means.ts";

/** Writes a response a row (for binomial: successes) into `out`, given x = [β | Λ | φ] and b by term (levels × q). */
export type RowSimulator = (rng: Rng, x: Float64Array, b: readonly Float64Array[] | null, out: Float64Array) => void;

/** Binds rows, whose groups all have a place in b unless `means` says otherwise, to the family's simulator. */
export function rowSimulator(
  { family, layout }: Pick<CompiledModel, "family" | "layout">,
  rows: Pick<DesignRows, "n" | "predictors" | "random" | "trials" | "weights" | "columns" | "residual">,
  means: RowMeans = rowMeans(family, layout, rows, "conditional"),
): RowSimulator {
  if (rows.residual) {
    const covariance = residualCovariance({ family, layout }, rows.predictors, rows.residual);
    return correlatedRows(family, covariance, rows.weights, means);
  }
  const eta = new Array<number>(means.eta.length).fill(0);
  const column: Record<string, number> = { trials: 1, weights: 1 };
  const read = Object.entries(rows.columns ?? {});
  const parameter: Record<string, number> = {};
  const row = { eta, parameter, column };
  return (rng, x, b, out) => {
    means.evaluatePredictors(x, b);
    family.parameters.forEach(({ name }, g) => {
      parameter[name] = x[layout.phi.offset + g]!;
    });
    for (let i = 0; i < rows.n; i++) {
      for (let r = 0; r < eta.length; r++) eta[r] = means.eta[r]![i]!;
      column["trials"] = rows.trials?.[i] ?? 1;
      column["weights"] = rows.weights?.[i] ?? 1;
      for (let k = 0; k < read.length; k++) column[read[k]![0]] = read[k]![1][i]!;
      out[i] = family.simulate(rng, row);
    }
  };
}

/** Rows with a residual structure, drawn together: μ + σ R^(1/2) z, z independent standard normals. */
function correlatedRows(
  family: CompiledModel["family"],
  covariance: ResidualCovariance,
  weights: Float64Array | null,
  means: RowMeans,
): RowSimulator {
  const { n } = covariance.data;
  const structure = residualStructure(covariance.data);
  const linear = family.link === "identity";
  return (rng, x, b, out) => {
    if (linear) means.evaluatePredictors(x, b);
    else means.evaluate(x, b);
    const mean = linear ? ofMean(means.eta) : means.mean.value;
    const sigma = covariance.sigma(x);
    for (let i = 0; i < n; i++) out[i] = rng.normal();
    if (!structure.set(covariance.psi(x), 0)) out.fill(Number.NaN);
    else structure.colour(out);
    for (let i = 0; i < n; i++) out[i] = mean[i]! + (sigma / Math.sqrt(weights?.[i] ?? 1)) * out[i]!;
  };
}
