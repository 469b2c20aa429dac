/** Estimating equations written out cluster by cluster with full matrices: nothing shared with the library but the data. */
import { inverse, Matrix, SVD } from "ml-matrix";

export interface DenseCluster {
  readonly X: Matrix;
  readonly y: Matrix;
  readonly mu: Matrix;
  /** ∂μ/∂β. */
  readonly D: Matrix;
  /** V at φ = 1. */
  readonly V: Matrix;
}

export interface DenseCovariances {
  readonly score: Matrix;
  readonly naive: Matrix;
  readonly robust: Matrix;
  readonly KC: Matrix;
  readonly MD: Matrix;
  readonly FG: Matrix;
}

/** A^½ of a matrix that is similar to a symmetric one with eigenvalues below 1, by Denman and Beavers' iteration. */
function squareRoot(A: Matrix): Matrix {
  let Y = A.clone();
  let Z = Matrix.eye(A.rows);
  for (let k = 0; k < 60; k++) {
    const next = Matrix.add(Y, inverse(Z)).mul(0.5);
    Z = Matrix.add(Z, inverse(Y)).mul(0.5);
    Y = next;
  }
  return Y;
}

/** Sandwiches with the residuals of each cluster corrected by its own leverage H = D M D'V⁻¹. */
export function denseCovariances(clusters: readonly DenseCluster[], scale: number): DenseCovariances {
  const p = clusters[0]!.D.columns;
  const parts = clusters.map(({ D, V, y, mu }) => {
    const Vi = inverse(V);
    const DV = D.transpose().mmul(Vi);
    return { D, DV, r: Matrix.sub(y, mu), G: DV.mmul(D) };
  });
  const information = parts.reduce((sum, { G }) => Matrix.add(sum, G), Matrix.zeros(p, p));
  const M = inverse(information);
  const naive = M.clone();
  naive.mul(scale);
  const sandwich = (contribution: (part: (typeof parts)[number]) => Matrix) => {
    const meat = parts.reduce(
      (sum, part) => {
        const u = contribution(part);
        return Matrix.add(sum, u.mmul(u.transpose()));
      },
      Matrix.zeros(p, p),
    );
    return M.mmul(meat).mmul(M);
  };
  const leftOver = ({ D, DV }: (typeof parts)[number]) => Matrix.sub(Matrix.eye(D.rows), D.mmul(M).mmul(DV));
  return {
    score: parts.reduce<Matrix>((sum, { DV, r }) => Matrix.add(sum, DV.mmul(r)), Matrix.zeros(p, 1)),
    naive,
    robust: sandwich(({ DV, r }) => DV.mmul(r)),
    KC: sandwich((part) => part.DV.mmul(inverse(squareRoot(leftOver(part)))).mmul(part.r)),
    MD: sandwich((part) => part.DV.mmul(inverse(leftOver(part))).mmul(part.r)),
    FG: sandwich(({ DV, G, r }) => {
      const Q = G.mmul(M);
      const u = DV.mmul(r);
      for (let j = 0; j < p; j++) u.set(j, 0, u.get(j, 0) / Math.sqrt(1 - Math.min(0.75, Q.get(j, j))));
      return u;
    }),
  };
}

/** Smallest singular value: a working covariance that must be inverted should not be near-singular. */
export const smallestSingularValue = (A: Matrix): number => Math.min(...new SVD(A).diagonal);
