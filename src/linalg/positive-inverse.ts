/** The inverse of a Hessian that need not be positive definite, as the metric of a search. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** Curvatures relative to the diagonal are kept at least this large. */
const LEAST = 1e-6;

/** The inverse of |H|, H symmetric m × m row-major and scaled to unit diagonal: curvatures made positive and kept off 0. */
export function positiveInverse(H: Float64Array, m: number): Float64Array {
  const scale = Float64Array.from({ length: m }, (_, i) => Math.sqrt(Math.abs(H[i * m + i]!)) || 1);
  const scaled = Matrix.zeros(m, m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) scaled.set(i, j, H[i * m + j]! / (scale[i]! * scale[j]!));
  const evd = new EigenvalueDecomposition(scaled, { assumeSymmetric: true });
  const inverse = new Float64Array(m * m);
  evd.realEigenvalues.forEach((value, k) => {
    const vector = evd.eigenvectorMatrix.getColumn(k);
    const curvature = Math.max(Math.abs(value), LEAST);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++)
        inverse[i * m + j]! += (vector[i]! * vector[j]!) / (curvature * scale[i]! * scale[j]!);
  });
  return inverse;
}
