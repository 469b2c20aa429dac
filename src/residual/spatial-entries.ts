/** Which function of distance a spatial correlation of residuals is, in nlme's words. */
import type { CorrelationEntries } from "../covariance/correlation-entries.ts";
import { distanceEntries } from "../covariance/distance-entries.ts";
import type { DistanceFunctionName } from "../covariance/distance-functions.ts";
import type { Metric, SpatialKind } from "../dsl/residual-spec.ts";

const FUNCTIONS: Readonly<Record<SpatialKind, DistanceFunctionName>> = {
  corExp: "exponential",
  corGaus: "gaussian",
  corLin: "linear",
  corRatio: "rational",
  corSpher: "spherical",
};

/** @param held range (and nugget) when they are not estimated */
export const spatialEntries = (
  kind: SpatialKind,
  place: Float64Array,
  dimensions: number,
  metric: Metric,
  nugget: boolean,
  held: readonly number[] | null,
): CorrelationEntries => distanceEntries(FUNCTIONS[kind], place, dimensions, { metric, nugget, held });
