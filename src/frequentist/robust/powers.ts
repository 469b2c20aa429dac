/** Powers of symmetric matrices. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";

/** From this order on eigenvalues are found by tridiagonal reduction. */
const LARGE = 16;

/** f(A), n × n; A is overwritten. */
export function symmetricFunction(A: Float64Array, n: number, f: (value: number) => number): Float64Array {
  const out = new Float64Array(n * n);
  let vectors = new Float64Array(n * n);
  const values = new Float64Array(n);
  if (n < LARGE) {
    symmetricEigen(A, n, vectors);
    for (let k = 0; k < n; k++) values[k] = A[k * n + k]!;
  } else {
    const M = Matrix.from1DArray(n, n, Array.from(A));
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(M, { assumeSymmetric: true });
    values.set(realEigenvalues);
    vectors = Float64Array.from(eigenvectorMatrix.to1DArray());
  }
  for (let k = 0; k < n; k++) {
    const value = f(values[k]!);
    if (value === 0) continue;
    for (let i = 0; i < n; i++) {
      const scaled = value * vectors[i * n + k]!;
      if (scaled === 0) continue;
      for (let j = 0; j <= i; j++) out[i * n + j]! += scaled * vectors[j * n + k]!;
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[j * n + i] = out[i * n + j]!;
  return out;
}

/** A leverage this near 1 leaves no residual to inflate: its direction counts 0. */
const FULL_LEVERAGE = 1 - 1e-10;

/** (I − G)^−power, G symmetric with eigenvalues from 0 to 1. */
export const inflated = (G: Float64Array, n: number, power: number): Float64Array =>
  symmetricFunction(G.slice(), n, (value) => (value < FULL_LEVERAGE ? (1 - value) ** -power : 0));
