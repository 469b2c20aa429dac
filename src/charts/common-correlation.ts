/**
 * The posterior's chart of a term by standard deviations and at most one correlation of all pairs: z = [s_1 … (or one s) | logit sin²ω] →
 * entries [s | ω], s by its own map (`standard-deviation.ts`), and ρ = 1 − q/(q − 1) sin²ω uniform on its range where the logit is logistic.
 */
import type { CovarianceStructure } from "../covariance/covariance-structure.ts";
import type { RandomTermChart } from "./random-term-chart.ts";
import { type SdCoordinate, sdMap } from "./standard-deviation.ts";

/** As `randomTermChart`, for a structure whose correlations are none or common and whose entries are standard deviations and an angle. */
export function commonCorrelationChart(
  structure: CovarianceStructure,
  q: number,
  coordinates: readonly SdCoordinate[],
): RandomTermChart {
  const maps = coordinates.map(sdMap);
  const sds = maps.length;
  const correlated = structure.correlations === "common";
  const size = sds + structure.correlationSize(q);
  return {
    structure,
    q,
    sds: maps,
    signed: maps.map(({ signed }) => signed),
    size,
    naturalSize: size,
    toNatural(z, x) {
      for (let a = 0; a < sds; a++) x[a] = maps[a]!.value(z[a]!);
      if (correlated) x[sds] = Math.atan(Math.exp(0.5 * z[sds]!));
    },
    toUnconstrained(x, z) {
      for (let a = 0; a < sds; a++) z[a] = maps[a]!.inverse(x[a]!);
      if (!correlated) return;
      const tangent = Math.abs(Math.sin(x[sds]!)) / Math.abs(Math.cos(x[sds]!));
      // within ±40 the ends of the range are met to the last digit
      z[sds] = Math.max(-40, Math.min(40, 2 * Math.log(tangent)));
    },
    pullback(z, dx, dz) {
      for (let a = 0; a < sds; a++) dz[a]! += dx[a]! * maps[a]!.slope(z[a]!);
      // dω/dz = ½ sin ω cos ω
      if (correlated) dz[sds]! += (0.25 * dx[sds]!) / Math.cosh(0.5 * z[sds]!);
    },
    logJacobian(z, dz) {
      let sum = 0;
      for (let a = 0; a < sds; a++) {
        sum += maps[a]!.logSlope(z[a]!);
        if (dz) dz[a]! += maps[a]!.dLogSlope(z[a]!);
      }
      return sum + structure.correlationLogDensity(q, z, sds, 0, true, dz);
    },
  };
}
