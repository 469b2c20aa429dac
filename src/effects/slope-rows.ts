/** Slopes of quantities of rows in a column, by the chain rule through the predictors, the variances integrated over and the columns that a mean reads. */

import type { Operations } from "../autodiff/operations.ts";
import { applyRecipe } from "../data/apply-recipe.ts";
import { type DesignRows, dataColumn } from "../data/design.ts";
import type { Estimator, EstimatorRow } from "../estimates/estimator.ts";
import type { Family, RowTensors } from "../families/family.ts";
import { ofMean } from "../families/of-mean.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Fit } from "../model/fit.ts";
import { meanBuffers } from "../prediction/conditional-mean.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { linkFunction } from "../prediction/link-function.ts";
import { populationMeanWarnings } from "../prediction/mean-existence.ts";
import { customMean, type ResponseMean, tracedMean } from "../prediction/response-mean.ts";
import { type RowMeans, rowMeans } from "../prediction/row-means.ts";
import type { CellRows } from "./averaged-rows.ts";
import { requireMean } from "./weighted-means.ts";

/** dy/dx, or proportional changes of y, of x, or of both. */
export const elasticities = ["eyex", "eydx", "dyex"] as const;

export type Elasticity = (typeof elasticities)[number];

/** The rows of one average slope. */
export interface SlopeRows {
  readonly rows: DesignRows;
  /** The derivatives of their designs. */
  readonly slopes: DesignRows;
  /** Values of the column. */
  readonly x: Float64Array;
  readonly weights: Float64Array;
}

/** How the slope of a quantity is wanted. */
export interface SlopeOf {
  readonly column: string;
  /** The mean whose slope it is. */
  readonly response: ResponseMean;
  /** Slopes of the link of the mean instead; null: of the mean. */
  readonly link: "of mean" | "predictor" | null;
  readonly elasticity: Elasticity | null;
}

/** The rows of cells with the derivatives of their designs. @throws DeclarationError where a variable has no derivative */
export function slopeRows(
  { design }: CompiledModel,
  cells: readonly CellRows[],
  sets: readonly { rows: DesignRows; weights: Float64Array }[],
  column: string,
): SlopeRows[] {
  return cells.map((cell, c) => {
    const { rows, weights } = sets[c]!;
    if (!cell) return { rows, slopes: rows, x: new Float64Array(rows.n), weights };
    const slopes = applyRecipe(design.recipe, cell.table, { slopeIn: column });
    const values = cell.table.column(column)!.values as Float64Array;
    return { rows, slopes, x: Float64Array.from(rows.rows, (row) => values[row]!), weights };
  });
}

/** Steps of the differences of exact gradients, in units of the step: exact to the fourth order. */
const STENCIL = [
  [-2, 1 / 12],
  [-1, -8 / 12],
  [1, 8 / 12],
  [2, -1 / 12],
] as const;

/** How far the predictors move in a step at most. */
const STEP = 0.02;

/**
 * Σ_i w_i ∂q(x_i)/∂x for each set of rows and each slope, set by set. Slopes are exact; their derivatives by the parameters, which errors are made of, are
 * differences along the column of exact gradients of the mean, for ∂/∂θ and ∂/∂x may be taken in either order.
 */
export function weightedSlopes<Label>(
  fit: Fit,
  sets: readonly (readonly SlopeRows[])[],
  estimand: Estimand,
  wanted: readonly SlopeOf[],
  labels: readonly EstimatorRow<Label>[],
): Estimator<Label> {
  requireMean(fit, estimand);
  const all = sets.flatMap((cells) => wanted.map((one, k) => slopeOfRows(fit.model, cells[k]!, estimand, one)));
  return {
    rows: labels,
    usesEffects: all.some(({ means }) => means.usesEffects),
    value(x, effects, out) {
      all.forEach((one, c) => {
        out[c] = one.value(x, effects);
      });
    },
    gradient(x, effects, into) {
      all.forEach((one, c) => {
        one.addGradient(x, effects, into.x[c]!, into.effects?.[c] ?? null);
      });
    },
    warnings: () => {
      const found = all.flatMap(({ means }) => populationMeanWarnings(fit.model.family, means));
      return [...new Map(found.map((warning) => [warning.code, warning])).values()];
    },
  };
}

function slopeOfRows(
  { family, layout }: CompiledModel,
  { rows, slopes, x: at, weights }: SlopeRows,
  estimand: Estimand,
  { column, response, link, elasticity }: SlopeOf,
) {
  const { n } = rows;
  const bind = (design: DesignRows) => rowMeans(family, layout, design, estimand, "existing", response);
  const means = bind(rows);
  // η′ = X′β + Z′b; the variance z'Σz is a quadratic of the step, so that its difference is its derivative
  const moved = rowMeans(family, layout, slopes, estimand, "existing", response);
  const varies = slopes.random.some(({ Z }) => Z.some((value) => value !== 0));
  const unit = varies ? ratio(rows, slopes) : 1;
  const ends = varies ? [bind(shifted(rows, slopes, unit)), bind(shifted(rows, slopes, -unit))] : null;
  const reads = rows.columns?.[dataColumn(column)] ? columnSlope(family, rows, column) : null;
  const g = link === "of mean" ? linkFunction(family.link as Exclude<Family["link"], "custom">) : null;

  /** ∂(mean of row i)/∂x, after `evaluate`. */
  const rowSlope = (i: number): number => {
    let sum = reads ? reads.slope(i) : 0;
    means.eta.forEach((_, r) => {
      sum += means.mean.dEta[r]![i]! * moved.eta[r]![i]!;
      if (!ends) return;
      const [up, down] = ends as [RowMeans, RowMeans];
      const v = up.variance[r];
      if (v) sum += means.mean.dVariance[r]![i]! * ((v[i]! - down.variance[r]![i]!) / (2 * unit));
    });
    if (ends)
      means.covariance.forEach((values, rs) => {
        const [up, down] = ends as [RowMeans, RowMeans];
        if (values)
          sum += means.mean.dCovariance[rs]![i]! * ((up.covariance[rs]![i]! - down.covariance[rs]![i]!) / (2 * unit));
      });
    return sum;
  };
  const evaluate = (x: Float64Array, b: readonly Float64Array[] | null) => {
    means.evaluate(x, b);
    moved.evaluatePredictors(x, b);
    for (const end of ends ?? []) end.evaluatePredictors(x, b);
    reads?.evaluate(means);
  };
  /** What a slope and a mean of row i are multiplied by: the quantity is slope × first, with its derivative by the mean. */
  const factor = (i: number): readonly [number, number] => {
    const y = means.mean.value[i]!;
    if (g) {
      const eta = g.link(y);
      const s = g.slope(eta);
      return [1 / s, -g.curvature(eta) / s ** 3];
    }
    const byX = elasticity === "eyex" || elasticity === "dyex" ? at[i]! : 1;
    return elasticity === "eyex" || elasticity === "eydx" ? [byX / y, -byX / (y * y)] : [byX, 0];
  };
  return {
    means,
    value(x: Float64Array, b: readonly Float64Array[] | null): number {
      evaluate(x, b);
      let sum = 0;
      for (let i = 0; i < n; i++)
        sum += weights[i]! * (link === "predictor" ? ofMean(moved.eta)[i]! : rowSlope(i) * factor(i)[0]);
      return sum;
    },
    addGradient(
      x: Float64Array,
      b: readonly Float64Array[] | null,
      gx: Float64Array,
      gb: readonly Float64Array[] | null,
    ) {
      evaluate(x, b);
      if (link === "predictor") {
        for (let i = 0; i < n; i++) moved.addPredictorGradient(0, i, weights[i]!, gx, gb);
        return;
      }
      const step = stepOf(moved, reads ? rows.columns![dataColumn(column)]! : null, family);
      const factors = Array.from({ length: n }, (_, i) => factor(i));
      for (let i = 0; i < n; i++) {
        const byMean = factors[i]![1];
        if (byMean !== 0) means.addMeanGradient(i, weights[i]! * rowSlope(i) * byMean, gx, gb);
      }
      for (const [steps, share] of STENCIL) {
        const there = bind(shifted(rows, slopes, steps * step, reads ? column : null));
        there.evaluate(x, b);
        for (let i = 0; i < n; i++) there.addMeanGradient(i, (weights[i]! * factors[i]![0] * share) / step, gx, gb);
      }
    },
  };
}

/** A step of the column by which no predictor moves far, nor a column that the mean reads. */
function stepOf(moved: RowMeans, read: Float64Array | null, family: Family): number {
  if (family.link === "identity" && !family.curve && family.response !== "ordered") return 1;
  let most = 0;
  for (const eta of moved.eta) for (const value of eta) most = Math.max(most, Math.abs(value));
  const own = most > 0 ? STEP / most : Number.POSITIVE_INFINITY;
  if (!read && !family.curve) return own < Number.POSITIVE_INFINITY ? own : 1;
  // a curve's predictors have units of their own: a small part of the column's spread
  const values = read ?? Float64Array.of(1);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return 1e-2 * (spread || Math.abs(mean) || 1);
}

/** The rows with their designs moved along their derivatives, and the column that the mean reads with them. */
function shifted(rows: DesignRows, slopes: DesignRows, step: number, column: string | null = null): DesignRows {
  const along = (values: Float64Array, slope: Float64Array) => values.map((value, k) => value + step * slope[k]!);
  const name = column === null ? null : dataColumn(column);
  return {
    ...rows,
    ...(name !== null && {
      columns: { ...rows.columns, [name]: rows.columns![name]!.map((value) => value + step) },
    }),
    predictors: rows.predictors.map((predictor, r) => ({
      ...predictor,
      X: along(predictor.X, slopes.predictors[r]!.X),
      offset: along(predictor.offset, slopes.predictors[r]!.offset),
    })),
    random: rows.random.map((term, t) => ({ ...term, Z: along(term.Z, slopes.random[t]!.Z) })),
  };
}

/** A step by which Z moves about as far as it is large. */
function ratio(rows: DesignRows, slopes: DesignRows): number {
  const largest = (designs: DesignRows) =>
    designs.random.reduce((most, { Z }) => Z.reduce((m, value) => Math.max(m, Math.abs(value)), most), 0);
  return largest(rows) / largest(slopes) || 1;
}

/** The derivative of a mean in a column that it reads: the column is put in the place of a predictor, by which means have derivatives. */
function columnSlope(family: Family, rows: DesignRows, column: string) {
  const name = dataColumn(column);
  const last = family.predictors.length;
  const { variance: _, ...rest } = family;
  const inPlace = (row: RowTensors): RowTensors => ({
    ...row,
    eta: row.eta.slice(0, last),
    column: { ...row.column, [name]: row.eta[last]! },
  });
  const response = customMean(
    tracedMean({
      ...rest,
      predictors: [...family.predictors, name],
      columns: family.columns.filter((other) => other !== name),
      mean: (ops: Operations, row: RowTensors) => family.mean(ops, inPlace(row)),
    }),
  );
  const buffers = meanBuffers(rows.n, last + 1, family.parameters.length);
  return {
    evaluate(means: RowMeans) {
      const eta = [...means.eta, rows.columns![name]!];
      const variance = [...means.variance, null];
      const covariance = [...means.covariance, ...new Array<null>(last).fill(null)];
      response.evaluate(eta, variance, means.phi, rows.n, buffers, rows.columns, covariance);
    },
    slope: (i: number) => buffers.dEta[last]![i]!,
  };
}
