/**
 * A correlation for every pair of occasions (corSymm), parametrised by the partial correlations of a C-vine, each free in (−1, 1):
 * L_ij = p_ij Π_{k<j} √(1 − p_ik²), C = LL' (Lewandowski, Kurowicka & Joe 2009, J. Multivariate Anal. 100). And the one correlation
 * shared by all pairs (compound symmetry).
 */
import type { CorrelationEntries } from "../covariance/correlation-entries.ts";

/** Writes L (m × m row-major, lower) of the partial correlations p[at …], given row by row. */
export function vineFactor(m: number, p: Float64Array, at: number, L: Float64Array): void {
  let k = at;
  for (let i = 0; i < m; i++) {
    let rest = 1;
    for (let j = 0; j < i; j++, k++) {
      L[i * m + j] = p[k]! * rest;
      rest *= Math.sqrt((1 - p[k]!) * (1 + p[k]!));
    }
    L[i * m + i] = rest;
  }
}

/** Correlation of occasions i > j and its gradient in the partial correlations of rows i and j, added with factor `adjoint`. */
export function addVineGradient(
  m: number,
  p: Float64Array,
  at: number,
  L: Float64Array,
  i: number,
  j: number,
  adjoint: number,
  out: Float64Array,
  outAt: number,
): void {
  for (const [a, b] of [
    [i, j],
    [j, i],
  ] as const) {
    const from = (a * (a - 1)) / 2;
    let rest = 1;
    for (let c = 0; c < a && c <= j; c++) {
      const value = p[at + from + c]!;
      // C_ij = Σ_k≤j L_ik L_jk: p_ac enters L_ac and, by its complement, every later entry of row a
      let later = 0;
      for (let k = c + 1; k <= j; k++) later += L[a * m + k]! * L[b * m + k]!;
      const sum = rest * L[b * m + c]! - (value / ((1 - value) * (1 + value))) * later;
      out[outAt + from + c]! += adjoint * sum;
      rest *= Math.sqrt((1 - value) * (1 + value));
    }
  }
}

/** The partial correlations of a correlation matrix given by its entries below the diagonal column by column; null when not positive definite. */
export function vineOfCorrelations(m: number, below: readonly number[]): Float64Array | null {
  const C = new Float64Array(m * m);
  let k = 0;
  for (let j = 0; j < m; j++) for (let i = j + 1; i < m; i++) C[i * m + j] = below[k++]!;
  const p = new Float64Array((m * (m - 1)) / 2);
  const L = new Float64Array(m * m);
  k = 0;
  for (let i = 0; i < m; i++) {
    let rest = 1;
    for (let j = 0; j < i; j++) {
      let sum = C[i * m + j]!;
      for (let c = 0; c < j; c++) sum -= L[i * m + c]! * L[j * m + c]!;
      const entry = sum / L[j * m + j]!;
      L[i * m + j] = entry;
      if (!(rest > 0)) return null;
      p[k++] = entry / Math.sqrt(rest);
      rest -= entry * entry;
    }
    if (!(rest > 0)) return null;
    L[i * m + i] = Math.sqrt(rest);
  }
  return p;
}

/**
 * @param occasion of each position, 0 … m − 1
 * @param held partial correlations when they are not estimated
 */
export function occasionEntries(occasion: Float64Array, m: number, held: Float64Array | null): CorrelationEntries {
  const L = new Float64Array(m * m);
  const size = (m * (m - 1)) / 2;
  const p = held ?? new Float64Array(size);
  return {
    size: held ? 0 : size,
    set(psi, at) {
      if (!held)
        for (let k = 0; k < size; k++) {
          p[k] = psi[at + k]!;
          if (!(Math.abs(p[k]!) < 1)) return false;
        }
      vineFactor(m, p, 0, L);
      return true;
    },
    argument(i, j) {
      const a = occasion[i]!;
      const b = occasion[j]!;
      return Math.max(a, b) * m + Math.min(a, b);
    },
    value(argument) {
      const i = Math.floor(argument / m);
      const j = argument % m;
      let sum = 0;
      for (let k = 0; k <= j; k++) sum += L[i * m + k]! * L[j * m + k]!;
      return sum;
    },
    pullback(argument, adjoint, dPsi, at) {
      addVineGradient(m, p, 0, L, Math.floor(argument / m), argument % m, adjoint, dPsi, at);
    },
  };
}

/** @param held the correlation when it is not estimated */
export function sharedEntry(held: number | null): CorrelationEntries {
  let rho = 0;
  return {
    size: held === null ? 1 : 0,
    set(psi, at) {
      rho = held ?? psi[at]!;
      return Math.abs(rho) < 1;
    },
    argument: () => 0,
    value: () => rho,
    pullback(_, adjoint, dPsi, at) {
      dPsi[at]! += adjoint;
    },
  };
}
