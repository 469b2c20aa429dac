/**
 * Cholesky factors of the small dense matrices of one group (q ≤ about 10): flat, row-major, without allocation. Only lower
 * triangles are read and written unless said otherwise.
 */

/** Writes L with LL' = A + ridge·I into `L` (upper triangle left alone). False when a pivot is not positive. */
export function factorise(A: Float64Array, q: number, ridge: number, L: Float64Array): boolean {
  for (let j = 0; j < q; j++) {
    let pivot = A[j * q + j]! + ridge;
    for (let c = 0; c < j; c++) pivot -= L[j * q + c]! * L[j * q + c]!;
    if (!(pivot > 0 && pivot < Infinity)) return false;
    const diagonal = Math.sqrt(pivot);
    L[j * q + j] = diagonal;
    for (let i = j + 1; i < q; i++) {
      let sum = A[i * q + j]!;
      for (let c = 0; c < j; c++) sum -= L[i * q + c]! * L[j * q + c]!;
      L[i * q + j] = sum / diagonal;
    }
  }
  return true;
}

/** x ← (LL')⁻¹ x. */
export function solveFactorised(L: Float64Array, q: number, x: Float64Array): void {
  for (let i = 0; i < q; i++) {
    let sum = x[i]!;
    for (let c = 0; c < i; c++) sum -= L[i * q + c]! * x[c]!;
    x[i] = sum / L[i * q + i]!;
  }
  for (let i = q - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let c = i + 1; c < q; c++) sum -= L[c * q + i]! * x[c]!;
    x[i] = sum / L[i * q + i]!;
  }
}

/** Writes L⁻¹ (lower triangle) into `inverse`, zeros above the diagonal. */
export function invertFactor(L: Float64Array, q: number, inverse: Float64Array): void {
  inverse.fill(0, 0, q * q);
  for (let j = 0; j < q; j++) {
    inverse[j * q + j] = 1 / L[j * q + j]!;
    for (let i = j + 1; i < q; i++) {
      let sum = 0;
      for (let c = j; c < i; c++) sum -= L[i * q + c]! * inverse[c * q + j]!;
      inverse[i * q + j] = sum / L[i * q + i]!;
    }
  }
}

/** Writes the whole of (LL')⁻¹ = L⁻ᵀL⁻¹, times `scale`, into `out`. */
export function inverseFromFactor(inverseFactor: Float64Array, q: number, scale: number, out: Float64Array): void {
  for (let i = 0; i < q; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = i; c < q; c++) sum += inverseFactor[c * q + i]! * inverseFactor[c * q + j]!;
      out[i * q + j] = scale * sum;
      out[j * q + i] = scale * sum;
    }
}

/** Σ log L_aa = ½ log|LL'|. */
export function halfLogDeterminant(L: Float64Array, q: number): number {
  let sum = 0;
  for (let a = 0; a < q; a++) sum += Math.log(L[a * q + a]!);
  return sum;
}
