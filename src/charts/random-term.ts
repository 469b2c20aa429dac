/**
 * The posterior's chart of a random term's covariance factor: z = [s_1 … s_q | partial correlations] → Λ = diag(s) L with L the unit-row
 * factor of a correlation matrix. Each s is either a *signed* standard deviation (s ∈ R, sd = |s|) or a logarithm (sd = exp s), or one of these between
 * the bounds of its prior (`standard-deviation.ts`).
 *
 * The signed form lets the sampler pass through 0, where the likelihood is smooth, instead of down an endless log-scale tail. The model
 * depends on the signs through Σ only: sd = |s|, correlation = R_ab sign(s_a s_b).
 */

import type { CovarianceStructure } from "../covariance/covariance-structure.ts";
import {
  correlationFactor,
  correlationFactorPullback,
  partialCorrelations,
} from "../covariance/partial-correlations.ts";
import { commonCorrelationChart } from "./common-correlation.ts";
import { correlationAnglesChart } from "./correlation-angles.ts";
import type { RandomTermChart } from "./random-term-chart.ts";
import { type SdCoordinate, sdMap } from "./standard-deviation.ts";

/**
 * The chart of a term of q effects.
 *
 * @param coordinates by free standard deviation (one where effects share it)
 *
 * `logJacobian` is that of z → (sd's, correlations), the scale priors are stated on; a signed sd contributes 0.
 */
export function randomTermChart(
  structure: CovarianceStructure,
  q: number,
  coordinates: readonly SdCoordinate[],
): RandomTermChart {
  if (structure.given && structure.correlations === "free") return correlationAnglesChart(structure, q);
  return structure.ofFactor
    ? factorEntriesChart(structure, q, coordinates)
    : commonCorrelationChart(structure, q, coordinates);
}

/** Of a structure whose entries are those of Λ. */
function factorEntriesChart(
  structure: CovarianceStructure,
  q: number,
  coordinates: readonly SdCoordinate[],
): RandomTermChart {
  const maps = coordinates.map(sdMap);
  const correlated = structure.correlations === "free" && q > 1;
  const end = (column: number) => (structure.pattern === "diag" ? column + 1 : q);
  const L = new Float64Array(q * q);
  const dL = new Float64Array(q * q);
  const fillCorrelation = (z: Float64Array) => {
    if (correlated) correlationFactor(q, z, q, L);
    else for (let a = 0; a < q; a++) L[a * q + a] = 1;
  };

  return {
    structure,
    q,
    size: q + structure.correlationSize(q),
    naturalSize: structure.size(q),
    sds: maps,
    signed: maps.map(({ signed }) => signed),
    toNatural(z, x) {
      fillCorrelation(z);
      let position = 0;
      for (let b = 0; b < q; b++)
        for (let a = b; a < end(b); a++) x[position++] = maps[a]!.value(z[a]!) * L[a * q + b]!;
    },
    toUnconstrained(x, z) {
      // Row by row: sd = norm of the row; columns are flipped so that the diagonal is positive, which leaves Σ as it is.
      let position = 0;
      L.fill(0);
      for (let b = 0; b < q; b++) {
        const flip = x[position]! < 0 ? -1 : 1;
        for (let a = b; a < end(b); a++) L[a * q + b] = flip * x[position++]!;
      }
      for (let a = 0; a < q; a++) {
        let square = 0;
        for (let b = 0; b <= a; b++) square += L[a * q + b]! ** 2;
        const sd = Math.sqrt(square);
        z[a] = maps[a]!.inverse(sd);
        for (let b = 0; b <= a; b++) L[a * q + b] = sd > 0 ? L[a * q + b]! / sd : a === b ? 1 : 0;
      }
      if (correlated) partialCorrelations(q, L, z, q);
    },
    pullback(z, dx, dz) {
      fillCorrelation(z);
      let position = 0;
      for (let b = 0; b < q; b++)
        for (let a = b; a < end(b); a++) {
          const d = dx[position++]!;
          dL[a * q + b] = d * maps[a]!.value(z[a]!);
          dz[a]! += d * L[a * q + b]! * maps[a]!.slope(z[a]!);
        }
      if (correlated) correlationFactorPullback(q, z, q, L, dL, dz);
    },
    logJacobian(z, dz) {
      let sum = 0;
      for (let a = 0; a < q; a++) {
        sum += maps[a]!.logSlope(z[a]!);
        if (dz) dz[a]! += maps[a]!.dLogSlope(z[a]!);
      }
      return correlated ? sum + structure.correlationLogDensity(q, z, q, 0, true, dz) : sum;
    },
  };
}

/**
 * Moves a term's coordinates (with a gradient there) at `offset` to the equivalent point with all signed sds s ≥ 0: correlations and their
 * gradients change sign with s_a s_b. `flipped[a]` is set to whether the sd of effect a changed sign.
 */
export function foldCoordinates(
  { structure, q, signed }: Pick<RandomTermChart, "structure" | "q" | "signed">,
  z: Float64Array,
  gradient: Float64Array,
  offset: number,
  flipped: boolean[],
): void {
  for (let a = 0; a < signed.length; a++) {
    flipped[a] = signed[a]! && z[offset + a]! < 0;
    if (!flipped[a]) continue;
    z[offset + a] = -z[offset + a]!;
    gradient[offset + a] = -gradient[offset + a]!;
  }
  if (structure.homogeneous) for (let a = 1; a < q; a++) flipped[a] = flipped[0]!;
  if (structure.correlations !== "free") return;
  let position = offset + q;
  for (let i = 1; i < q; i++)
    for (let j = 0; j < i; j++, position++)
      if (flipped[i] !== flipped[j]) {
        z[position] = -z[position]!;
        gradient[position] = -gradient[position]!;
      }
}
