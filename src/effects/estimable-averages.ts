/**
 * Which averages and contrasts a fit can give where it cannot give every row: where the fitted rows say nothing of some direction of the
 * coefficients, what does not change along it is estimable, and nothing else is. A difference of two cells that are not estimable may be.
 */

import type { Combination } from "../estimates/estimator.ts";
import type { Fit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { unsupportedRows } from "../prediction/estimability.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { modesOf } from "../prediction/fit-capabilities.ts";
import { effectsByDraw } from "../prediction/predict.ts";
import { rowMeans } from "../prediction/row-means.ts";
import type { AveragedQuantity } from "./averaged-quantity.ts";
import type { AveragedRows } from "./weighted-means.ts";

/** How far along the directions a quantity is looked at, on the scale of the linear predictor. */
const STEPS = [0.5, -0.8];
/** A relative change that is none, and one that is. */
const UNCHANGED = 1e-9;
const CHANGED = 1e-6;

export interface EstimableAverages {
  /** Whether a prior gives what the data do not: then everything has a value. */
  readonly prior: boolean;
  /** Of the average of set c and quantity k (c·quantities + k). */
  average(place: number): boolean;
  /** Of a function of several averages. */
  combination(places: readonly number[], f: Combination): boolean;
}

/**
 * What is estimable of the averages over sets of rows, set by set and quantity by quantity.
 *
 * @param linear whether the quantities are linear in the predictors
 * @returns null where every row is estimable
 */
export function estimableAverages(
  fit: Fit,
  sets: readonly AveragedRows[],
  estimand: Estimand,
  quantities: readonly AveragedQuantity[],
  linear: boolean,
): EstimableAverages | null {
  const gaps = sets.map(({ rows }) => unsupportedRows(fit.model, rows));
  if (gaps.every((gap) => gap === null)) return null;
  const reached = gaps.map((gap) => gap?.rows.some((missing) => missing) ?? false);
  const first = pointOf(fit, estimand);
  /** The averages with the predictors moved along the directions, as far as `step` times the multiples of each. */
  const averages = (step: number, multiple: (d: number) => number): Float64Array => {
    const { family, layout } = fit.model;
    const values = sets.flatMap(({ rows, weights }) => {
      const predictors = rows.predictors.map((predictor) => {
        const { departures } = predictor;
        if (!departures || step === 0) return predictor;
        const offset = predictor.offset.slice();
        for (let i = 0; i < rows.n; i++)
          for (let d = 0; d < departures.count; d++)
            offset[i]! += step * multiple(d) * departures.values[i * departures.count + d]!;
        return { ...predictor, offset };
      });
      return quantities.map((quantity) => {
        const means = rowMeans(family, layout, { ...rows, predictors }, estimand, "existing", quantity.response);
        means.evaluate(first.x, first.effects);
        let sum = 0;
        for (let i = 0; i < rows.n; i++) sum += weights[i]! * quantity.value(means, i);
        return sum;
      });
    });
    return Float64Array.from(values);
  };
  const base = averages(0, () => 0);
  const count = Math.max(
    ...sets.flatMap(({ rows }) => rows.predictors.map(({ departures }) => departures?.count ?? 0)),
  );
  // multiples without a common factor, so that directions do not cancel
  const moved = STEPS.flatMap((step) => [
    averages(step, (d) => Math.sqrt(d + 1)),
    ...(count > 1 ? [averages(step, (d) => 1 / Math.sqrt(count - d + 1.5))] : []),
  ]);
  const relative = (a: number, b: number) => Math.abs(a - b) / (Math.abs(a) + Math.abs(b) || 1);
  const supported = (place: number) => !reached[Math.floor(place / quantities.length)]!;
  return {
    prior: gaps.every((gap) => gap === null || gap.prior),
    average: (place) =>
      supported(place) || (linear && moved.every((values) => relative(values[place]!, base[place]!) < UNCHANGED)),
    combination(places, f) {
      if (places.every((place) => this.average(place))) return true;
      const at = (values: Float64Array) => places.map((place) => values[place]!);
      const value = f.value(at(base));
      // what is estimable adds nothing to what is not, and one that is not estimable alone stays so
      if (places.filter((place) => !this.average(place)).length < 2) return false;
      return moved.every(
        (values) =>
          // at the end of a range nothing moves, whatever the coefficients are
          places.every((place) => this.average(place) || relative(values[place]!, base[place]!) > CHANGED) &&
          relativeTo(f.value(at(values)), value, scaleOf(at(base))) < UNCHANGED,
      );
    },
  };
}

/** A change against the size of what it is made of: a contrast of 0 has none of its own. */
const relativeTo = (a: number, b: number, size: number) =>
  Math.abs(a - b) / (Math.abs(a) + Math.abs(b) + size * 1e-3 || 1);

const scaleOf = (values: readonly number[]) => Math.max(...values.map(Math.abs));

/** Parameters and random effects to look at: the estimate, or a draw. */
function pointOf(fit: Fit, estimand: Estimand): { x: Float64Array; effects: readonly Float64Array[] | null } {
  if (fit.kind !== "posterior") return { x: fit.estimate, effects: modesOf(fit) };
  const effects = estimand === "conditional" ? effectsByDraw(fit)(0) : null;
  return { x: ownDraws(fit).values.subarray(0, ownDraws(fit).size), effects };
}
