/** What the integral reads of some of the rows. */

import { residualOfRows } from "../residual/residual-of-rows.ts";
import type { IntegralData } from "./integral-data.ts";
import { reorder } from "./laplace/ordered-rows.ts";

/** The data of some rows: levels without a row among them are left out. */
export function dataOfRows(data: IntegralData, rows: Int32Array): IntegralData {
  const take = (values: Float64Array) => reorder(values, 1, rows);
  return {
    ...data,
    n: rows.length,
    predictors: data.predictors.map((predictor) => ({
      ...predictor,
      X: reorder(predictor.X, predictor.names.length, rows),
      offset: take(predictor.offset),
    })),
    random: data.random.map((term) => {
      const place = new Map<number, number>();
      const index = rows.map((row) => {
        const level = term.index[row]!;
        if (!place.has(level)) place.set(level, place.size);
        return place.get(level)!;
      });
      const levels = [...place.keys()].map((level) => term.levels[level]!);
      return { ...term, levels, index, Z: reorder(term.Z, term.q, rows) };
    }),
    columns: Object.fromEntries(Object.entries(data.columns).map(([name, values]) => [name, take(values)])),
    multiplier: data.multiplier && take(data.multiplier),
    ...(data.residual && { residual: residualOfRows(data.residual, rows) }),
  };
}
