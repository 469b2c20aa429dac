/** The null space of a singular covariance matrix Σ = ΛΛ', and Λ moved off it. */
import { symmetricEigen } from "../linalg/symmetric-eigen.ts";

/** The factor of ΛΛ' + ε²vv' for a unit vector v: lower triangular, by appending εv as a column and rotating it away. */
export function addDirection(L: Float64Array, q: number, v: ArrayLike<number>, epsilon: number): Float64Array {
  const result = L.slice();
  const extra = Float64Array.from(v, (value) => epsilon * value);
  for (let i = 0; i < q; i++) {
    const x = result[i * q + i]!;
    const y = extra[i]!;
    if (y === 0) continue;
    const r = Math.hypot(x, y);
    const c = x / r;
    const s = y / r;
    for (let k = i; k < q; k++) {
      const u = result[k * q + i]!;
      const w = extra[k]!;
      result[k * q + i] = c * u + s * w;
      extra[k] = c * w - s * u;
    }
  }
  return result;
}

/** An orthonormal basis of the null space of Λ' (rows of the result). */
export function nullSpace(L: Float64Array, q: number): number[][] {
  const sigma = new Float64Array(q * q);
  let largest = 0;
  for (let a = 0; a < q; a++)
    for (let b = 0; b < q; b++) {
      let s = 0;
      for (let k = 0; k < q; k++) s += L[a * q + k]! * L[b * q + k]!;
      sigma[a * q + b] = s;
      if (a === b) largest = Math.max(largest, s);
    }
  const vectors = new Float64Array(q * q);
  symmetricEigen(sigma, q, vectors);
  const basis: number[][] = [];
  for (let k = 0; k < q; k++)
    if (sigma[k * q + k]! <= 1e-12 * largest || largest === 0)
      basis.push(Array.from({ length: q }, (_, i) => vectors[i * q + k]!));
  return basis;
}
