/** Some of the rows of a design. */

import { pickDepartures } from "../data/departures.ts";
import type { DesignRows } from "../data/design.ts";
import { type Estimand, type NewLevels, newLevelsMode } from "./estimand.ts";

/** Rows with a group that the fit has not seen and whose effect is to be drawn. */
export function rowsDrawn(
  rows: DesignRows,
  { estimand, newLevels }: { estimand: Estimand; newLevels: NewLevels },
): number[] {
  const mode = newLevelsMode(newLevels);
  if (estimand !== "conditional" || (mode !== "new-group" && mode !== "resampled")) return [];
  return Array.from({ length: rows.n }, (_, i) => i).filter((i) => rows.random.some(({ index }) => index[i] === -1));
}

/** The given rows, copied. */
export function pickRows(rows: DesignRows, indices: readonly number[]): DesignRows {
  const pick = (values: Float64Array, width: number) =>
    Float64Array.from({ length: indices.length * width }, (_, k) => {
      return values[indices[Math.floor(k / width)]! * width + (k % width)]!;
    });
  return {
    n: indices.length,
    rows: Int32Array.from(indices, (i) => rows.rows[i]!),
    omitted: rows.omitted,
    trials: rows.trials && pick(rows.trials, 1),
    weights: rows.weights && pick(rows.weights, 1),
    ...(rows.columns && {
      columns: Object.fromEntries(Object.entries(rows.columns).map(([name, values]) => [name, pick(values, 1)])),
    }),
    predictors: rows.predictors.map((predictor) => ({
      ...predictor,
      X: pick(predictor.X, predictor.names.length),
      offset: pick(predictor.offset, 1),
      ...(predictor.departures && { departures: pickDepartures(predictor.departures, indices) }),
    })),
    random: rows.random.map((term) => ({
      ...term,
      index: Int32Array.from(indices, (i) => term.index[i]!),
      ...(term.unseen ? { unseen: indices.map((i) => term.unseen![i]!) } : {}),
      Z: pick(term.Z, term.q),
    })),
  };
}
