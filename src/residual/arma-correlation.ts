/**
 * ARMA(p, q) residuals: by entries for any whole-numbered times, and in O(n) for consecutive times. The latter applies the autoregression
 * first, w_t = x_t for t < m and w_t = x_t − Σφ_j x_{t−j} beyond, m = max(p, q): the covariance of w is banded, and its Cholesky factor for
 * the longest group serves all (Ansley 1979, Biometrika 66).
 */

import type { CorrelationEntries } from "../covariance/correlation-entries.ts";
import { type ArmaProcess, armaProcess } from "./arma.ts";
import type { Correlation } from "./correlation.ts";

/** @param held partial autocorrelations when they are not estimated; @param time whole numbers, by position */
export function lagEntries(p: number, q: number, time: Float64Array, held: Float64Array | null): CorrelationEntries {
  let longest = 1;
  // times ascend within a group, and no lag exceeds the span of all times
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const t of time) {
    low = Math.min(low, t);
    high = Math.max(high, t);
  }
  longest = Math.max(longest, high - low);
  const process = armaProcess(p, q, longest + 1);
  const size = p + q;
  return {
    size: held ? 0 : size,
    set: (psi, at) => process.set(held ?? psi, held ? 0 : at),
    argument: (i, j) => Math.abs(time[i]! - time[j]!),
    value: (lag) => process.rho[lag]!,
    pullback(lag, adjoint, dPsi, at) {
      for (let c = 0; c < size; c++) dPsi[at + c]! += adjoint * process.dRho[lag * size + c]!;
    },
  };
}

/** The process, the banded factor of the longest group with its tangents, and room for a group. */
interface BandedFactor {
  readonly start: Int32Array;
  readonly p: number;
  readonly q: number;
  readonly held: Float64Array | null;
  readonly groups: number;
  readonly longest: number;
  readonly m: number;
  readonly P: number;
  readonly band: number;
  readonly width: number;
  readonly process: ArmaProcess;
  /** L by rows: L[t][t − d] at t·width + d. */
  readonly L: Float64Array;
  readonly dL: Float64Array;
  readonly logs: Float64Array;
  readonly dLogs: Float64Array;
  /** Covariances of w: lags of the tail, and those of a late w with an early x. */
  readonly tail: Float64Array;
  readonly dTail: Float64Array;
  readonly cross: Float64Array;
  readonly dCross: Float64Array;
  factored: number;
  readonly e: Float64Array;
  readonly u: Float64Array;
}

function fillCovariances(arma: BandedFactor): void {
  const { p, q, P, process, tail, dTail, cross, dCross } = arma;
  const { phi, theta, rho, dRho, dPhi, dTheta } = process;
  const one = (j: number) => (j === 0 ? 1 : theta[j - 1]!);
  const dOne = (j: number, c: number) => (j === 0 || c < p ? 0 : dTheta[(j - 1) * q + c - p]!);
  const v = process.innovation();
  for (let h = 0; h <= q; h++) {
    let sum = 0;
    for (let j = 0; j + h <= q; j++) sum += one(j) * one(j + h);
    tail[h] = v * sum;
    let value = rho[h]!;
    for (let r = 1; r <= p; r++) value -= phi[r - 1]! * rho[Math.abs(h - r)]!;
    cross[h] = value;
    for (let c = 0; c < P; c++) {
      let slope = 0;
      for (let j = 0; j + h <= q; j++) slope += dOne(j, c) * one(j + h) + one(j) * dOne(j + h, c);
      dTail[c * (q + 1) + h] = process.dInnovation[c]! * sum + v * slope;
      let crossSlope = dRho[h * P + c]!;
      for (let r = 1; r <= p; r++)
        crossSlope -=
          (c < p ? dPhi[(r - 1) * p + c]! : 0) * rho[Math.abs(h - r)]! + phi[r - 1]! * dRho[Math.abs(h - r) * P + c]!;
      dCross[c * (q + 1) + h] = crossSlope;
    }
  }
}

const covariance = (arma: BandedFactor, t: number, d: number): number =>
  t < arma.m ? arma.process.rho[d]! : d > arma.q ? 0 : t - d < arma.m ? arma.cross[d]! : arma.tail[d]!;

const slope = (arma: BandedFactor, t: number, d: number, c: number): number =>
  t < arma.m
    ? arma.process.dRho[d * arma.P + c]!
    : d > arma.q
      ? 0
      : t - d < arma.m
        ? arma.dCross[c * (arma.q + 1) + d]!
        : arma.dTail[c * (arma.q + 1) + d]!;

/** The banded factor, and its tangents in each parameter. */
function factorise(arma: BandedFactor, tangents: boolean): boolean {
  const { longest, P, band, width, L, dL, logs, dLogs } = arma;
  for (let t = 0; t < longest; t++) {
    const reach = Math.min(t, band);
    for (let d = reach; d >= 0; d--) {
      const s = t - d;
      let sum = covariance(arma, t, d);
      for (let e = d + 1; e <= reach && e - d <= band; e++) sum -= L[t * width + e]! * L[s * width + e - d]!;
      if (d === 0) {
        if (!(sum > 0)) return false;
        L[t * width] = Math.sqrt(sum);
      } else L[t * width + d] = sum / L[s * width]!;
      for (let c = 0; tangents && c < P; c++) {
        const at = c * longest * width;
        let rise = slope(arma, t, d, c);
        for (let e = d + 1; e <= reach && e - d <= band; e++)
          rise -= dL[at + t * width + e]! * L[s * width + e - d]! + L[t * width + e]! * dL[at + s * width + e - d]!;
        dL[at + t * width + d] =
          d === 0 ? rise / (2 * L[t * width]!) : (rise - L[t * width + d]! * dL[at + s * width]!) / L[s * width]!;
      }
    }
    logs[t + 1] = logs[t]! + 2 * Math.log(L[t * width]!);
    for (let c = 0; tangents && c < P; c++)
      dLogs[c * (longest + 1) + t + 1] =
        dLogs[c * (longest + 1) + t]! + (2 * dL[(c * longest + t) * width]!) / L[t * width]!;
  }
  return true;
}

/** e = L⁻¹Φx for one column (stride `columns`, from `at`) of a group of `length` rows. */
function solveForward(
  arma: BandedFactor,
  x: Float64Array,
  at: number,
  columns: number,
  length: number,
  e: Float64Array,
): void {
  const { p, m, band, width, process, L } = arma;
  const { phi } = process;
  for (let t = 0; t < length; t++) {
    let sum = x[at + t * columns]!;
    if (t >= m) for (let j = 1; j <= p; j++) sum -= phi[j - 1]! * x[at + (t - j) * columns]!;
    for (let d = 1; d <= Math.min(t, band); d++) sum -= L[t * width + d]! * e[t - d]!;
    e[t] = sum / L[t * width]!;
  }
}

/** u = L⁻ᵀe in place. */
function solveBackward(arma: BandedFactor, e: Float64Array, length: number): void {
  const { band, width, L } = arma;
  for (let t = length - 1; t >= 0; t--) {
    e[t]! /= L[t * width]!;
    for (let d = 1; d <= Math.min(t, band); d++) e[t - d]! -= L[t * width + d]! * e[t]!;
  }
}

function eachGroup(arma: BandedFactor, visit: (from: number, length: number) => void): void {
  const { start, groups } = arma;
  for (let g = 0; g < groups; g++) visit(start[g]!, start[g + 1]! - start[g]!);
}

/** x ← Φ⁻¹Lx of one group. */
function colourGroup(arma: BandedFactor, x: Float64Array, from: number, length: number): void {
  const { p, m, band, width, process, L, e } = arma;
  const { phi } = process;
  for (let t = 0; t < length; t++) e[t] = x[from + t]!;
  for (let t = 0; t < length; t++) {
    let sum = 0;
    for (let d = 0; d <= Math.min(t, band); d++) sum += L[t * width + d]! * e[t - d]!;
    if (t >= m) for (let j = 1; j <= p; j++) sum += phi[j - 1]! * x[from + t - j]!;
    x[from + t] = sum;
  }
}

function pullbackColumns(
  arma: BandedFactor,
  f: Float64Array,
  columns: number,
  weight: Float64Array,
  dPsi: Float64Array,
  at: number,
): void {
  const { start, p, held, groups, longest, m, P, band, width, process, dL, dLogs, e, u } = arma;
  const { dPhi } = process;
  if (held) return;
  if (arma.factored === 0) {
    factorise(arma, true);
    arma.factored = 1;
  }
  for (let g = 0; g < groups; g++) {
    const length = start[g + 1]! - start[g]!;
    for (let k = 0; k < P; k++) dPsi[at + k]! += dLogs[k * (longest + 1) + length]!;
    for (let c = 0; c < columns; c++) {
      const from = start[g]! * columns + c;
      solveForward(arma, f, from, columns, length, e);
      u.set(e);
      solveBackward(arma, u, length);
      // d(e'e) = 2 u'(dΦ f − dL e)
      for (let k = 0; k < P; k++) {
        let sum = 0;
        for (let t = 0; t < length; t++) {
          let change = 0;
          if (k < p && t >= m)
            for (let j = 1; j <= p; j++) change -= dPhi[(j - 1) * p + k]! * f[from + (t - j) * columns]!;
          for (let d = 0; d <= Math.min(t, band); d++) change -= dL[(k * longest + t) * width + d]! * e[t - d]!;
          sum += u[t]! * change;
        }
        dPsi[at + k]! += 2 * weight[c]! * sum;
      }
    }
  }
}

/** Groups of consecutive times. @param held partial autocorrelations when they are not estimated */
export function bandedArma(start: Int32Array, p: number, q: number, held: Float64Array | null): Correlation {
  const groups = start.length - 1;
  let longest = 0;
  for (let g = 0; g < groups; g++) longest = Math.max(longest, start[g + 1]! - start[g]!);
  const m = Math.max(p, q);
  const P = p + q;
  const band = Math.max(m - 1, q);
  const width = band + 1;
  const process = armaProcess(p, q, m + 1);
  const { phi } = process;
  const L = new Float64Array(longest * width);
  const dL = new Float64Array(P * longest * width);
  const logs = new Float64Array(longest + 1);
  const dLogs = new Float64Array(P * (longest + 1));
  const tail = new Float64Array(q + 1);
  const dTail = new Float64Array(P * (q + 1));
  const cross = new Float64Array(q + 1);
  const dCross = new Float64Array(P * (q + 1));
  let logDet = 0;
  const e = new Float64Array(longest);
  const u = new Float64Array(longest);
  const arma: BandedFactor = {
    start,
    p,
    q,
    held,
    groups,
    longest,
    m,
    P,
    band,
    width,
    process,
    L,
    dL,
    logs,
    dLogs,
    tail,
    dTail,
    cross,
    dCross,
    factored: -1,
    e,
    u,
  };

  return {
    size: held ? 0 : P,
    set(psi, at) {
      arma.factored = -1;
      if (!process.set(held ?? psi, held ? 0 : at)) return false;
      fillCovariances(arma);
      if (!factorise(arma, false)) return false;
      arma.factored = 0;
      logDet = 0;
      for (let g = 0; g < groups; g++) logDet += logs[start[g + 1]! - start[g]!]!;
      return Number.isFinite(logDet);
    },
    logDet: () => logDet,
    multiplyPrecision(x, columns, out) {
      for (let g = 0; g < groups; g++) {
        const length = start[g + 1]! - start[g]!;
        for (let c = 0; c < columns; c++) {
          const at = start[g]! * columns + c;
          solveForward(arma, x, at, columns, length, e);
          solveBackward(arma, e, length);
          for (let t = 0; t < length; t++) {
            let sum = e[t]!;
            for (let j = 1; j <= p && t + j < length; j++) if (t + j >= m) sum -= phi[j - 1]! * e[t + j]!;
            out[at + t * columns] = sum;
          }
        }
      }
    },
    pullbackColumns: (f, columns, weight, dPsi, at) => pullbackColumns(arma, f, columns, weight, dPsi, at),
    whiten(x) {
      for (let g = 0; g < groups; g++) {
        const length = start[g + 1]! - start[g]!;
        solveForward(arma, x, start[g]!, 1, length, e);
        for (let t = 0; t < length; t++) x[start[g]! + t] = e[t]!;
      }
    },
    colour: (x) => eachGroup(arma, (from, length) => colourGroup(arma, x, from, length)),
    multiply: (x) =>
      eachGroup(arma, (from, length) => {
        // C = Φ⁻¹LL'Φ⁻ᵀ, from the right
        for (let t = length - 1; t >= 0; t--) {
          let sum = x[from + t]!;
          for (let j = 1; j <= p && t + j < length; j++) if (t + j >= m) sum += phi[j - 1]! * x[from + t + j]!;
          x[from + t] = sum;
        }
        for (let s = 0; s < length; s++) {
          let sum = 0;
          for (let d = 0; d <= band && s + d < length; d++) sum += L[(s + d) * width + d]! * x[from + s + d]!;
          x[from + s] = sum;
        }
        colourGroup(arma, x, from, length);
      }),
  };
}
