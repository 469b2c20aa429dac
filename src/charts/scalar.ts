/** Charts of a single number by its support: the identity, the logarithm, the logit. */
import type { ParameterSupport } from "../families/family.ts";
import { sigmoid, softplus } from "../special/logistic.ts";
import type { Chart } from "./chart.ts";

/** The map between a parameter's range and the whole line. */
export interface ScalarMap {
  toNatural(z: number): number;
  toUnconstrained(x: number): number;
  /** dx/dz at z. */
  slope(z: number): number;
  /** log dx/dz at z and its derivative. */
  logSlope(z: number): number;
  dLogSlope(z: number): number;
}

const MAPS: Readonly<Record<"positive" | "real" | "unit", ScalarMap>> = {
  real: { toNatural: (z) => z, toUnconstrained: (x) => x, slope: () => 1, logSlope: () => 0, dLogSlope: () => 0 },
  positive: { toNatural: Math.exp, toUnconstrained: Math.log, slope: Math.exp, logSlope: (z) => z, dLogSlope: () => 1 },
  unit: {
    toNatural: sigmoid,
    toUnconstrained: (x) => Math.log(x) - Math.log1p(-x),
    slope: (z) => sigmoid(z) * sigmoid(-z),
    logSlope: (z) => -softplus(z) - softplus(-z),
    dLogSlope: (z) => sigmoid(-z) - sigmoid(z),
  },
};

/** x = lower + (upper − lower)/(1 + exp −z). */
function intervalMap(lower: number, upper: number): ScalarMap {
  const { toNatural, toUnconstrained, slope, logSlope, dLogSlope } = MAPS.unit;
  const width = upper - lower;
  return {
    toNatural: (z) => lower + width * toNatural(z),
    toUnconstrained: (x) => toUnconstrained((x - lower) / width),
    slope: (z) => width * slope(z),
    logSlope: (z) => Math.log(width) + logSlope(z),
    dLogSlope,
  };
}

/** The map of a support. One entry of an increasing sequence is a real number here; the sequence has a chart of its own (`ordered.ts`). */
export const scalarMap = (support: ParameterSupport): ScalarMap =>
  typeof support === "string"
    ? MAPS[support === "ordered" ? "real" : support]
    : intervalMap(support.lower, support.upper);

/**
 * The chart of one parameter with the given support: x = z, x = exp z, x = 1/(1 + exp −z), or that stretched to an interval.
 */
export function scalarChart(support: ParameterSupport): Chart {
  const map = scalarMap(support);
  return {
    size: 1,
    naturalSize: 1,
    toNatural(z, x) {
      x[0] = map.toNatural(z[0]!);
    },
    toUnconstrained(x, z) {
      z[0] = map.toUnconstrained(x[0]!);
    },
    pullback(z, dx, dz) {
      dz[0]! += dx[0]! * map.slope(z[0]!);
    },
    logJacobian(z, dz) {
      if (dz) dz[0]! += map.dLogSlope(z[0]!);
      return map.logSlope(z[0]!);
    },
  };
}
