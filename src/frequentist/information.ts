/** What the Hessian at the optimum says: covariance of the estimate, remaining distance to the optimum, flat directions. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { orthonormalBasis } from "../linalg/orthonormal-basis.ts";

export interface Information {
  /** Inverse of the Hessian on its positive directions, m × m. */
  readonly covariance: Float64Array;
  /** Eigenvectors (length m each) whose curvature is nil or negative: directions the data do not identify. */
  readonly flat: readonly { readonly curvature: number; readonly direction: Float64Array }[];
}

/** Curvature below this fraction of the largest, after scaling to unit diagonal, counts as none. */
const FLAT = 1e-9;

/**
 * Inverts a Hessian of −log L (m × m, row-major). Directions of no curvature are left out of the covariance and returned.
 *
 * @param without directions known to have none in the limit (length m each): the covariance is that of what does not change along them
 */
export function invertInformation(H: Float64Array, m: number, without: readonly Float64Array[] = []): Information {
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
  const removed = orthonormalBasis(without.map((direction) => direction.map((value, i) => value * scale[i]!)));
  for (const q of removed) projectOut(scaled, q);
  const evd = new EigenvalueDecomposition(scaled, { assumeSymmetric: true });
  const values = evd.realEigenvalues;
  const largest = Math.max(...values);
  const flat: { curvature: number; direction: Float64Array }[] = [];
  values.forEach((value, k) => {
    const vector = evd.eigenvectorMatrix.getColumn(k);
    if (!(value > FLAT * largest)) {
      const known = removed.reduce((sum, q) => sum + q.reduce((s, v, i) => s + v * vector[i]!, 0) ** 2, 0);
      if (known > 0.5) return;
      flat.push({ curvature: value, direction: Float64Array.from(vector, (v, i) => v / scale[i]!) });
      return;
    }
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++) covariance[i * m + j]! += (vector[i]! * vector[j]!) / (value * scale[i]! * scale[j]!);
  });
  return { covariance, flat };
}

/** A ← (I − qq')A(I − qq'). */
function projectOut(A: Matrix, q: Float64Array): void {
  const m = q.length;
  const Aq = Float64Array.from({ length: m }, (_, i) => q.reduce((s, v, j) => s + A.get(i, j) * v, 0));
  const qAq = q.reduce((s, v, i) => s + v * Aq[i]!, 0);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) A.set(i, j, A.get(i, j) - Aq[i]! * q[j]! - q[i]! * Aq[j]! + qAq * q[i]! * q[j]!);
}
