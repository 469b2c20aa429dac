/**
 * Correlations as functions of the distance of places, of residuals and of random effects: parameters range > 0, a smoothness > 0 where the function has one
 * and, with a nugget, its size in (0, 1), the drop of the correlation at distance 0.
 */
import type { Metric } from "../dsl/residual-spec.ts";
import type { CorrelationEntries } from "./correlation-entries.ts";
import { DISTANCE_FUNCTIONS, type DistanceFunctionName } from "./distance-functions.ts";

/** Distance of two places, rows of a row-major array. */
export function distance(
  place: ArrayLike<number>,
  dimensions: number,
  i: number,
  j: number,
  metric: Metric = "euclidean",
): number {
  let sum = 0;
  for (let k = 0; k < dimensions; k++) {
    const d = Math.abs(place[i * dimensions + k]! - place[j * dimensions + k]!);
    sum = metric === "euclidean" ? sum + d * d : metric === "manhattan" ? sum + d : Math.max(sum, d);
  }
  return metric === "euclidean" ? Math.sqrt(sum) : sum;
}

/** @param held range (and nugget) when they are not estimated */
export function distanceEntries(
  name: DistanceFunctionName,
  place: ArrayLike<number>,
  dimensions: number,
  {
    metric = "euclidean",
    nugget = false,
    held = null,
  }: { readonly metric?: Metric; readonly nugget?: boolean; readonly held?: readonly number[] | null } = {},
): CorrelationEntries {
  const f = DISTANCE_FUNCTIONS[name]();
  const { smoothness } = f;
  const last = smoothness ? 2 : 1;
  let range = 1;
  let share = 1;
  return {
    size: held ? 0 : nugget ? last + 1 : last,
    set(psi, at) {
      range = held ? held[0]! : psi[at]!;
      const nu = smoothness ? (held ? held[1]! : psi[at + 1]!) : 1;
      smoothness?.set(nu);
      share = nugget ? 1 - (held ? held[last]! : psi[at + last]!) : 1;
      return range > 0 && range < Number.POSITIVE_INFINITY && nu > 0 && share > 0 && share <= 1;
    },
    argument: (i, j) => distance(place, dimensions, i, j, metric),
    value: (d) => share * f.value(d / range),
    pullback(d, adjoint, dPsi, at) {
      const u = d / range;
      dPsi[at]! -= (adjoint * share * f.slope(u) * u) / range;
      if (smoothness) dPsi[at + 1]! += adjoint * share * smoothness.slope(u);
      if (nugget) dPsi[at + last]! -= adjoint * f.value(u);
    },
  };
}
