/**
 * AR(1) and continuous AR(1): the correlation of neighbours is φ^d, d their distance in time (Jones & Boadi-Boateng 1991, Biometrics 47, for unequal
 * spacing). The factor is that of autoregressive random effects; C⁻¹ is tridiagonal, with r_t = φ^(d_t) and s_t = 1/(1 − r_t²) for t > 1 in a group.
 */
import { autoregressionSequence } from "../covariance/autoregression.ts";
import { emptySequence } from "../covariance/sequence.ts";
import type { Correlation, PairList } from "./correlation.ts";
import { addPairProducts } from "./paired.ts";
import { sequentialCorrelation } from "./sequential-correlation.ts";

/** The diagonal of C⁻¹, stored as 0 … n − 1, then the entry of each row with the one before it. */
function neighbourPairs(lag: Float64Array): PairList {
  const n = lag.length;
  const row: number[] = [];
  const partner: number[] = [];
  const stored: number[] = [];
  for (let t = 0; t < n; t++) {
    row.push(t);
    partner.push(t);
    stored.push(t);
    if (Number.isNaN(lag[t]!)) continue;
    row.push(t);
    partner.push(t - 1);
    stored.push(n + t);
  }
  return {
    row: Int32Array.from(row),
    partner: Int32Array.from(partner),
    stored: Int32Array.from(stored),
    precision: new Float64Array(2 * n),
  };
}

/**
 * @param start groups as contiguous positions
 * @param time of each position, ascending within a group
 * @param held φ when it is not estimated
 */
export function markovCorrelation(start: Int32Array, time: Float64Array, held: number | null): Correlation {
  const n = time.length;
  const lag = time.map((t, k) => t - time[k - 1]!);
  for (let g = 0; g + 1 < start.length; g++) lag[start[g]!] = Number.NaN;
  const sequence = emptySequence(n);
  const { own, decay, dDecay } = sequence;
  const pairs = neighbourPairs(lag);
  const { precision } = pairs;
  const adjoint = new Float64Array(2 * n);
  const sequential = sequentialCorrelation(
    start,
    sequence,
    (g) => start[g]!,
    held,
    (phi) => Math.abs(phi) < 1 && autoregressionSequence(lag, phi, sequence),
  );

  function set(psi: Float64Array, at: number): boolean {
    if (!sequential.set(psi, at)) return false;
    for (let t = 0; t < n; t++) {
      precision[t] = 1;
      if (Number.isNaN(lag[t]!)) continue;
      const s = 1 / own[t]! ** 2;
      precision[t] = s;
      precision[t - 1]! += decay[t]! * decay[t]! * s;
      precision[n + t] = -decay[t]! * s;
    }
    return true;
  }

  function pullbackPairs(K: Float64Array, dPsi: Float64Array, at: number): void {
    if (held !== null) return;
    let sum = 0;
    for (let t = 0; t < n; t++) {
      if (Number.isNaN(lag[t]!)) continue;
      const r = decay[t]!;
      const s = 1 / own[t]! ** 2;
      const slope = 2 * r * s * s * (K[t]! + K[t - 1]!) - 2 * s * s * (1 + r * r) * K[n + t]! - 2 * r * s;
      sum += slope * dDecay[t]!;
    }
    dPsi[at]! += sum;
  }

  return {
    ...sequential,
    set,
    multiplyPrecision(x, columns, out) {
      for (let t = 0; t < n; t++) {
        const i = t * columns;
        for (let c = 0; c < columns; c++) out[i + c] = precision[t]! * x[i + c]!;
        if (Number.isNaN(lag[t]!)) continue;
        const off = precision[n + t]!;
        for (let c = 0; c < columns; c++) {
          out[i + c]! += off * x[i - columns + c]!;
          out[i - columns + c]! += off * x[i + c]!;
        }
      }
    },
    pullbackColumns(f, columns, weight, dPsi, at) {
      if (held !== null) return;
      adjoint.fill(0);
      addPairProducts(pairs, f, columns, weight, adjoint);
      pullbackPairs(adjoint, dPsi, at);
    },
    pairs,
    pullbackPairs,
  };
}
