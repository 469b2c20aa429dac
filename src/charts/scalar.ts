/** Charts of a single number by its support: the identity, the logarithm, the logit. */
import { sigmoid, softplus } from "../special/logistic.ts";
import type { Chart } from "./chart.ts";

interface ScalarMap {
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

/** The chart of one parameter with the given support: x = z, x = exp z, or x = 1/(1 + exp −z). */
export function scalarChart(support: "positive" | "real" | "unit"): Chart {
  const map = MAPS[support];
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
