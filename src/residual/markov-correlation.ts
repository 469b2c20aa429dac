/**
 * AR(1) and continuous AR(1): the correlation of neighbours is φ^d, d their distance in time, and C⁻¹ is tridiagonal. Everything
 * costs O(n). For t > 1 in a group, with r_t = φ^(d_t) and s_t = 1/(1 − r_t²), x_t given the past has mean r_t x_{t−1} and variance 1/s_t
 * (Jones & Boadi-Boateng 1991, Biometrics 47, for unequal spacing).
 */
import type { Correlation, PairList } from "./correlation.ts";
import { addPairProducts } from "./paired.ts";

/**
 * @param start groups as contiguous positions
 * @param time of each position, ascending within a group
 * @param held φ when it is not estimated
 */
export function markovCorrelation(start: Int32Array, time: Float64Array, held: number | null): Correlation {
  const n = time.length;
  const first = new Uint8Array(n);
  for (let g = 0; g + 1 < start.length; g++) first[start[g]!] = 1;
  const lag = new Float64Array(n);
  const r = new Float64Array(n);
  const s = new Float64Array(n).fill(1);
  // stored: diagonal entries 0 … n − 1, then the entry of each row with its predecessor
  const precision = new Float64Array(2 * n);
  const adjoint = new Float64Array(2 * n);
  const forward = new Float64Array(n);
  const row: number[] = [];
  const partner: number[] = [];
  const stored: number[] = [];
  for (let t = 0; t < n; t++) {
    row.push(t);
    partner.push(t);
    stored.push(t);
    if (first[t]) continue;
    lag[t] = time[t]! - time[t - 1]!;
    row.push(t);
    partner.push(t - 1);
    stored.push(n + t);
  }
  const pairs: PairList = {
    row: Int32Array.from(row),
    partner: Int32Array.from(partner),
    stored: Int32Array.from(stored),
    precision,
  };
  const unit = lag.every((d) => d === 0 || d === 1);
  let phi = 0;
  let logDet = 0;

  function set(psi: Float64Array, at: number): boolean {
    phi = held ?? psi[at]!;
    if (!(Math.abs(phi) < 1)) return false;
    logDet = 0;
    for (let t = 0; t < n; t++) {
      precision[t] = 1;
      if (first[t]) continue;
      const power = unit ? phi : phi ** lag[t]!;
      const rest = 1 - power * power;
      if (!(rest > 0)) return false;
      r[t] = power;
      s[t] = 1 / rest;
      logDet += Math.log(rest);
    }
    for (let t = 0; t < n; t++) {
      if (first[t]) continue;
      precision[t] = s[t]!;
      precision[t - 1]! += r[t]! * r[t]! * s[t]!;
      precision[n + t] = -r[t]! * s[t]!;
    }
    return true;
  }

  function pullbackPairs(K: Float64Array, dPsi: Float64Array, at: number): void {
    if (held !== null) return;
    let sum = 0;
    for (let t = 0; t < n; t++) {
      if (first[t]) continue;
      const power = r[t]!;
      const st = s[t]!;
      const slope =
        2 * power * st * st * (K[t]! + K[t - 1]!) - 2 * st * st * (1 + power * power) * K[n + t]! - 2 * power * st;
      const d = lag[t]!;
      sum += slope * (d === 1 ? 1 : d * phi ** (d - 1));
    }
    dPsi[at]! += sum;
  }

  return {
    size: held === null ? 1 : 0,
    set,
    logDet: () => logDet,
    multiplyPrecision(x, columns, out) {
      for (let t = 0; t < n; t++) {
        const i = t * columns;
        for (let c = 0; c < columns; c++) out[i + c] = precision[t]! * x[i + c]!;
        if (first[t]) continue;
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
    whiten(x) {
      for (let t = n - 1; t >= 0; t--) if (!first[t]) x[t] = (x[t]! - r[t]! * x[t - 1]!) * Math.sqrt(s[t]!);
    },
    colour(x) {
      for (let t = 0; t < n; t++) if (!first[t]) x[t] = r[t]! * x[t - 1]! + x[t]! / Math.sqrt(s[t]!);
    },
    multiply(x) {
      // what rows before and rows after bring, each by its own recursion
      let before = 0;
      for (let t = 0; t < n; t++) {
        before = first[t] ? 0 : r[t]! * before;
        forward[t] = before;
        before += x[t]!;
      }
      let after = 0;
      for (let t = n - 1; t >= 0; t--) {
        const own = x[t]!;
        x[t] = own + forward[t]! + after;
        after = first[t] ? 0 : r[t]! * (after + own);
      }
    },
    pairs,
    pullbackPairs,
  };
}
