/**
 * The canonical covariance factor: the one lower-triangular Λ of Σ = ΛΛ' with a diagonal of 0 or more, and a zero column
 * wherever its diagonal is zero.
 */

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

/** Turns a q × q matrix M (row-major) into a lower-triangular L with LL' = MM', in place, by rotations. */
export function triangulate(M: Float64Array, q: number): void {
  for (let row = 0; row < q; row++) for (let b = row + 1; b < q; b++) rotate(M, q, row, row, b);
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
