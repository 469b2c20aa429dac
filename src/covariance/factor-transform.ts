/**
 * A posterior's coordinates of the entries of Λ: z = [s_1 … s_q | partial correlations] → Λ = diag(s) L with L the unit-row
 * factor of a correlation matrix. Each s is either a *signed* standard deviation (s ∈ R, sd = |s|) or a logarithm (sd = exp s), or one of these between
 * the bounds of its prior (`standard-deviation.ts`).
 *
 * The signed form lets the sampler pass through 0, where the likelihood is smooth, instead of down an endless log-scale tail. The model
 * depends on the signs through Σ only: sd = |s|, correlation = R_ab sign(s_a s_b).
 */

import type { BoundStructure } from "./covariance-structure.ts";
import { correlationFactor, correlationFactorPullback, partialCorrelations } from "./partial-correlations.ts";
import { type SdCoordinate, sdMap } from "./standard-deviation.ts";
import type { TermTransform } from "./term-transform.ts";

/** The transform of a structure whose entries are those of Λ. @param coordinates by standard deviation */
export function factorTransform(structure: BoundStructure, coordinates: readonly SdCoordinate[]): TermTransform {
  const { q, diagonal, prior } = structure;
  const maps = coordinates.map(sdMap);
  const correlated = prior !== null && q > 1;
  const end = (column: number) => (diagonal ? column + 1 : q);
  /** By effect, the coordinates of its partial correlations. */
  const own = maps.map((_, a) => {
    const positions: number[] = [];
    let position = q;
    for (let i = 1; correlated && i < q; i++)
      for (let j = 0; j < i; j++, position++) if (i === a || j === a) positions.push(position);
    return positions;
  });
  const L = new Float64Array(q * q);
  const dL = new Float64Array(q * q);
  const fillCorrelation = (z: Float64Array) => {
    if (correlated) correlationFactor(q, z, q, L);
    else for (let a = 0; a < q; a++) L[a * q + a] = 1;
  };

  return {
    structure,
    q,
    size: q + (prior?.size ?? 0),
    naturalSize: structure.size,
    sds: maps,
    signed: maps.map(({ signed }) => signed),
    mirrored: (a) => own[a]!,
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
      return correlated ? sum + prior.logDensity(z, q, 0, true, dz) : sum;
    },
  };
}
