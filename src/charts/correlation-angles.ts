/**
 * The posterior's chart of the angles of a correlation matrix: z = atanh cos θ, the partial correlations of `random-term.ts`, for terms whose
 * standard deviations are given.
 */
import type { CovarianceStructure } from "../covariance/covariance-structure.ts";
import type { RandomTermChart } from "./random-term-chart.ts";

/** As `randomTermChart`, for a structure whose entries are angles of unstructured correlations. */
export function correlationAnglesChart(structure: CovarianceStructure, q: number): RandomTermChart {
  const size = structure.size(q);
  return {
    structure,
    q,
    sds: [],
    signed: [],
    size,
    naturalSize: size,
    toNatural(z, x) {
      for (let k = 0; k < size; k++) x[k] = 2 * Math.atan(Math.exp(-z[k]!));
    },
    toUnconstrained(x, z) {
      // canonical angles lie in [0, π]; at ±14 the partial correlation is ±1 up to 1e-12
      for (let k = 0; k < size; k++) z[k] = Math.max(-14, Math.min(14, Math.atanh(Math.cos(x[k]!))));
    },
    pullback(z, dx, dz) {
      for (let k = 0; k < size; k++) dz[k]! -= dx[k]! / Math.cosh(z[k]!);
    },
    logJacobian: (z, dz) => structure.correlationLogDensity(q, z, 0, 0, true, dz),
  };
}
