/**
 * Estimates a low-rank metric from the draws and gradients of a window by minimising the Fisher divergence (Seyboldt, Carlson &
 * Carpenter 2026, "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence"): after diagonal scaling, in the span of the
 * directions of largest and smallest spread, the metric A that solves A Cov(gradients) A = Cov(draws).
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { lowRankSize, MOST_DIRECTIONS, writeLowRank } from "./low-rank-metric.ts";
import type { MetricEstimator } from "./metric-estimate.ts";
import { fisherDiagonal } from "./metric-estimate.ts";

/** Directions whose scaled variance lies within this factor of 1 are left to the diagonal. */
const WORTH_KEEPING = 2;
/** Draws that the identity counts as, in the covariances of the subspace: enough to keep them invertible, too little to blunt a long direction. */
const SHRINKAGE = 1e-5;

/** f of a symmetric positive definite matrix through its eigenvalues. */
function spectral(A: Matrix, f: (value: number) => number): Matrix {
  const evd = new EigenvalueDecomposition(A, { assumeSymmetric: true });
  const V = evd.eigenvectorMatrix;
  return V.mmul(Matrix.diag(evd.realEigenvalues.map((value) => f(Math.max(value, 1e-12))))).mmul(V.transpose());
}

/** The matrix A with A C A = B: the geometric mean of C⁻¹ and B. */
export function geometricMean(C: Matrix, B: Matrix): Matrix {
  const root = spectral(C, Math.sqrt);
  const inverseRoot = spectral(C, (value) => 1 / Math.sqrt(value));
  return inverseRoot.mmul(spectral(root.mmul(B).mmul(root), Math.sqrt)).mmul(inverseRoot);
}

/** The leading principal directions of centred rows (n of length dim), by the smaller of the two Gram matrices. */
function principalDirections(rows: readonly Float64Array[], dim: number, most: number): Float64Array[] {
  const n = rows.length;
  const bySample = n < dim;
  const size = bySample ? n : dim;
  const gram = Matrix.zeros(size, size);
  for (let a = 0; a < size; a++)
    for (let b = 0; b <= a; b++) {
      let s = 0;
      if (bySample) for (let i = 0; i < dim; i++) s += rows[a]![i]! * rows[b]![i]!;
      else for (let r = 0; r < n; r++) s += rows[r]![a]! * rows[r]![b]!;
      gram.set(a, b, s);
      gram.set(b, a, s);
    }
  const evd = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const order = evd.realEigenvalues.map((value, k) => ({ value, k })).sort((a, b) => b.value - a.value);
  return order.slice(0, Math.min(most, size - 1)).flatMap(({ value, k }) => {
    if (!(value > 1e-10 * order[0]!.value)) return [];
    const vector = evd.eigenvectorMatrix.getColumn(k);
    if (!bySample) return [Float64Array.from(vector)];
    const direction = new Float64Array(dim);
    for (let r = 0; r < n; r++)
      for (let i = 0; i < dim; i++) direction[i]! += (vector[r]! * rows[r]![i]!) / Math.sqrt(value);
    return [direction];
  });
}

/** An orthonormal basis of the span, by Gram-Schmidt applied twice; directions that add nothing are left out. */
function orthonormalBasis(vectors: readonly Float64Array[], dim: number): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    const v = vector.slice();
    for (let pass = 0; pass < 2; pass++)
      for (const u of basis) {
        let dot = 0;
        for (let i = 0; i < dim; i++) dot += u[i]! * v[i]!;
        for (let i = 0; i < dim; i++) v[i]! -= dot * u[i]!;
      }
    const norm = Math.hypot(...v);
    if (norm > 1e-6) basis.push(v.map((value) => value / norm));
  }
  return basis;
}

/** Second moments of rows about 0 in the coordinates of a basis, shrunk towards the identity. */
function projectedCovariance(rows: readonly Float64Array[], basis: readonly Float64Array[]): Matrix {
  const m = basis.length;
  const sums = Matrix.zeros(m, m);
  const coordinates = new Float64Array(m);
  for (const row of rows) {
    basis.forEach((u, k) => {
      let dot = 0;
      for (let i = 0; i < u.length; i++) dot += u[i]! * row[i]!;
      coordinates[k] = dot;
    });
    for (let a = 0; a < m; a++)
      for (let b = 0; b < m; b++) sums.set(a, b, sums.get(a, b) + coordinates[a]! * coordinates[b]!);
  }
  const total = rows.length + SHRINKAGE;
  for (let a = 0; a < m; a++)
    for (let b = 0; b < m; b++) sums.set(a, b, (sums.get(a, b) + (a === b ? SHRINKAGE : 0)) / total);
  return sums;
}

/** Rows less their mean, each coordinate multiplied by `scale(i)`. */
function centredAndScaled(rows: readonly Float64Array[], scale: (i: number) => number): Float64Array[] {
  const dim = rows[0]!.length;
  const mean = new Float64Array(dim);
  for (const row of rows) for (let i = 0; i < dim; i++) mean[i]! += row[i]! / rows.length;
  return rows.map((row) => row.map((value, i) => (value - mean[i]!) * scale(i)));
}

/**
 * An estimator whose `estimate` writes the flat form of `low-rank-metric.ts`. Keeps the draws and gradients of its window.
 */
export function fisherLowRank(dim: number): MetricEstimator {
  const diagonal = fisherDiagonal(dim);
  const variances = new Float64Array(dim).fill(1);
  let draws: Float64Array[] = [];
  let gradients: Float64Array[] = [];
  return {
    get count() {
      return draws.length;
    },
    add(q, gradient) {
      diagonal.add(q, gradient);
      draws.push(q.slice());
      gradients.push(gradient.slice());
    },
    reset() {
      diagonal.reset();
      draws = [];
      gradients = [];
    },
    state: () => ({
      count: draws.length,
      sums: [variances.slice(), ...draws.map((q) => q.slice()), ...gradients.map((g) => g.slice())],
    }),
    restore({ count, sums }) {
      this.reset();
      variances.set(sums[0]!);
      for (let r = 0; r < count; r++) this.add(sums[1 + r]!, sums[1 + count + r]!);
    },
    estimate(out) {
      if (out.length !== lowRankSize(dim))
        throw new RangeError("The low-rank metric has a flat form of another length.");
      for (let i = 0; i < dim; i++) variances[i] = out[i]! ** 2 || 1;
      diagonal.estimate(variances);
      const scales = variances.map(Math.sqrt);
      const keep = Math.min(MOST_DIRECTIONS / 2, Math.floor(draws.length / 4));
      if (keep < 1) return writeLowRank(scales, [], [], out);
      const X = centredAndScaled(draws, (i) => 1 / scales[i]!);
      const G = centredAndScaled(gradients, (i) => scales[i]!);
      const basis = orthonormalBasis(
        [...principalDirections(X, dim, keep), ...principalDirections(G, dim, keep)].slice(0, MOST_DIRECTIONS),
        dim,
      );
      const A = geometricMean(projectedCovariance(G, basis), projectedCovariance(X, basis));
      const evd = new EigenvalueDecomposition(A, { assumeSymmetric: true });
      const eigenvalues: number[] = [];
      const directions: Float64Array[] = [];
      evd.realEigenvalues.forEach((value, k) => {
        if (!(value > 0) || Math.abs(Math.log(value)) < Math.log(WORTH_KEEPING)) return;
        const direction = new Float64Array(dim);
        basis.forEach((u, b) => {
          for (let i = 0; i < dim; i++) direction[i]! += evd.eigenvectorMatrix.get(b, k) * u[i]!;
        });
        eigenvalues.push(value);
        directions.push(direction);
      });
      writeLowRank(scales, eigenvalues, directions, out);
    },
  };
}
