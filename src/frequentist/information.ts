/** What the Hessian at the optimum says: covariance of the estimate, remaining distance to the optimum, flat directions. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

export interface Information {
  /** Inverse of the Hessian on its positive directions, m × m. */
  readonly covariance: Float64Array;
  /** Eigenvectors (length m each) whose curvature is nil or negative: directions the data do not identify. */
  readonly flat: readonly { readonly curvature: number; readonly direction: Float64Array }[];
}

/** Curvature below this fraction of the largest, after scaling to unit diagonal, counts as none. */
const FLAT = 1e-9;

/** Inverts a Hessian of −log L (m × m, row-major). Directions of no curvature are left out of the covariance and returned. */
export function invertInformation(H: Float64Array, m: number): Information {
  const covariance = new Float64Array(m * m);
  if (m === 0) return { covariance, flat: [] };
  if (H.some((value) => !Number.isFinite(value)))
    return {
      covariance: covariance.fill(Number.NaN),
      flat: [{ curvature: Number.NaN, direction: new Float64Array(m) }],
    };
  const scale = Float64Array.from({ length: m }, (_, i) => Math.sqrt(Math.abs(H[i * m + i]!)) || 1);
  const scaled = Matrix.zeros(m, m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) scaled.set(i, j, H[i * m + j]! / (scale[i]! * scale[j]!));
  const evd = new EigenvalueDecomposition(scaled, { assumeSymmetric: true });
  const values = evd.realEigenvalues;
  const largest = Math.max(...values);
  const flat: { curvature: number; direction: Float64Array }[] = [];
  values.forEach((value, k) => {
    const vector = evd.eigenvectorMatrix.getColumn(k);
    if (!(value > FLAT * largest)) {
      flat.push({ curvature: value, direction: Float64Array.from(vector, (v, i) => v / scale[i]!) });
      return;
    }
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++) covariance[i * m + j]! += (vector[i]! * vector[j]!) / (value * scale[i]! * scale[j]!);
  });
  return { covariance, flat };
}
