/**
 * The canonical covariance factor: the one lower-triangular Λ of Σ = ΛΛ' with a diagonal of 0 or more, and a zero column
 * wherever its diagonal is zero.
 */
import type { TermLayout } from "../model/parameter-layout.ts";
import { fillFactor } from "../model/parameter-layout.ts";

/** Rotates columns a and b of the q × q matrix from the right so that entry (row, b) becomes 0. */
function rotate(L: Float64Array, q: number, row: number, a: number, b: number): void {
  const x = L[row * q + a]!;
  const y = L[row * q + b]!;
  if (y === 0) return;
  const r = Math.hypot(x, y);
  const c = x / r;
  const s = y / r;
  for (let i = row; i < q; i++) {
    const u = L[i * q + a]!;
    const v = L[i * q + b]!;
    L[i * q + a] = c * u + s * v;
    L[i * q + b] = c * v - s * u;
  }
  L[row * q + b] = 0;
}

/**
 * Makes a lower-triangular q × q factor (row-major) canonical in place; diagonal entries of size up to `zero` are taken as 0.
 * Orthogonal rotations only, so nothing is lost to squaring.
 */
export function canonicalise(L: Float64Array, q: number, zero: number): void {
  for (let i = 0; i < q; i++) {
    if (Math.abs(L[i * q + i]!) <= zero) {
      L[i * q + i] = 0;
      for (let r = i + 1; r < q; r++) {
        rotate(L, q, r, r, i);
      }
    }
    if (L[i * q + i]! < 0) for (let r = i; r < q; r++) L[r * q + i] = -L[r * q + i]!;
  }
}

/** Canonicalises the entries of one term inside a flat parameter vector. */
export function canonicaliseTerm(term: TermLayout, x: Float64Array, zero = 0): void {
  const { q, offset } = term;
  if (term.covariance === "diag") {
    for (let a = 0; a < q; a++) {
      const value = Math.abs(x[offset + a]!);
      x[offset + a] = value <= zero ? 0 : value;
    }
    return;
  }
  const L = new Float64Array(q * q);
  fillFactor(term, x, L);
  canonicalise(L, q, zero);
  writeFactor(term, L, x);
}

/** Writes a q × q lower-triangular factor into the flat parameter vector. */
export function writeFactor(term: TermLayout, L: Float64Array, x: Float64Array): void {
  const { q, offset } = term;
  let position = offset;
  for (let column = 0; column < q; column++) {
    if (term.covariance === "diag") x[position++] = L[column * q + column]!;
    else for (let row = column; row < q; row++) x[position++] = L[row * q + column]!;
  }
}

/** Positions in the flat vector of the entries that lie in a zero column of a canonical factor: directions at the boundary. */
export function boundaryEntries(term: TermLayout, x: Float64Array): number[] {
  const { q, offset } = term;
  const positions: number[] = [];
  let position = offset;
  for (let column = 0; column < q; column++) {
    const length = term.covariance === "diag" ? 1 : q - column;
    if (x[position] === 0) for (let k = 0; k < length; k++) positions.push(position + k);
    position += length;
  }
  return positions;
}
