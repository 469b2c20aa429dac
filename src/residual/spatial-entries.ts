/**
 * Correlations as functions of distance (Pinheiro & Bates 2000, §5.3.2, table 5.2), with or without a nugget: parameters range > 0 and, with a
 * nugget, its size in (0, 1), the drop of the correlation at distance 0.
 */
import type { Metric, SpatialKind } from "../dsl/residual-spec.ts";
import type { CorrelationEntries } from "./dense-correlation.ts";

interface DistanceFunction {
  /** Correlation at u = d/range, and its derivative in u. */
  value(u: number): number;
  slope(u: number): number;
}

const FUNCTIONS: Readonly<Record<SpatialKind, DistanceFunction>> = {
  corExp: { value: (u) => Math.exp(-u), slope: (u) => -Math.exp(-u) },
  corGaus: { value: (u) => Math.exp(-u * u), slope: (u) => -2 * u * Math.exp(-u * u) },
  corLin: { value: (u) => (u < 1 ? 1 - u : 0), slope: (u) => (u < 1 ? -1 : 0) },
  corRatio: { value: (u) => 1 / (1 + u * u), slope: (u) => (-2 * u) / (1 + u * u) ** 2 },
  corSpher: {
    value: (u) => (u < 1 ? 1 - 1.5 * u + 0.5 * u ** 3 : 0),
    slope: (u) => (u < 1 ? -1.5 + 1.5 * u * u : 0),
  },
};

/** Distance of two places, rows of a row-major array. */
export function distance(place: Float64Array, dimensions: number, i: number, j: number, metric: Metric): number {
  let sum = 0;
  for (let k = 0; k < dimensions; k++) {
    const d = Math.abs(place[i * dimensions + k]! - place[j * dimensions + k]!);
    sum = metric === "euclidean" ? sum + d * d : metric === "manhattan" ? sum + d : Math.max(sum, d);
  }
  return metric === "euclidean" ? Math.sqrt(sum) : sum;
}

/** @param held range (and nugget) when they are not estimated */
export function spatialEntries(
  kind: SpatialKind,
  place: Float64Array,
  dimensions: number,
  metric: Metric,
  nugget: boolean,
  held: readonly number[] | null,
): CorrelationEntries {
  const f = FUNCTIONS[kind];
  let range = 1;
  let share = 1;
  return {
    size: held ? 0 : nugget ? 2 : 1,
    set(psi, at) {
      range = held ? held[0]! : psi[at]!;
      share = nugget ? 1 - (held ? held[1]! : psi[at + 1]!) : 1;
      return range > 0 && range < Number.POSITIVE_INFINITY && share > 0 && share <= 1;
    },
    argument: (i, j) => distance(place, dimensions, i, j, metric),
    value: (d) => share * f.value(d / range),
    pullback(d, adjoint, dPsi, at) {
      const u = d / range;
      dPsi[at]! -= (adjoint * share * f.slope(u) * u) / range;
      if (nugget) dPsi[at + 1]! -= adjoint * f.value(u);
    },
  };
}
