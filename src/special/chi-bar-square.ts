/**
 * The distribution of a likelihood ratio whose hypothesis lies at the boundary: a mixture of χ² with weights that are the shares of a normal estimate's
 * projections on the faces of a cone (Self & Liang 1987, JASA 82, 605–610; Shapiro 1988, Int. Stat. Rev. 56, 49–62; Silvapulle & Sen 2005, chapter 3).
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Rng } from "../random/rng.ts";
import { chiSquareUpper } from "./distributions.ts";

/** Weights of χ² with so many degrees of freedom. */
export interface ChiSquareMixture {
  readonly weights: readonly { readonly df: number; readonly weight: number }[];
  /** Draws that the weights are of; null: they are exact. */
  readonly draws: number | null;
}

export const mixtureUpper = ({ weights }: ChiSquareMixture, x: number): number =>
  weights.reduce((sum, { df, weight }) => sum + weight * (df === 0 ? Number(x <= 0) : chiSquareUpper(x, df)), 0);

/** The Monte Carlo error of that probability, by the binomial variances of the weights; 0 where they are exact. */
export function mixtureError({ weights, draws }: ChiSquareMixture, x: number): number {
  if (draws === null) return 0;
  const tail = (df: number) => (df === 0 ? Number(x <= 0) : chiSquareUpper(x, df));
  const mean = weights.reduce((sum, { df, weight }) => sum + weight * tail(df), 0);
  const square = weights.reduce((sum, { df, weight }) => sum + weight * tail(df) ** 2, 0);
  return Math.sqrt(Math.max(0, square - mean * mean) / draws);
}

const mixture = (weights: readonly number[], free: number, draws: number | null): ChiSquareMixture => ({
  weights: weights.map((weight, k) => ({ df: free + k, weight })),
  draws,
});

/** Draws of the weights that have no closed form. */
const DRAWS = 20_000;
/** More variances than these have too many faces to go through. */
const MOST_FACES = 10;

const correlation = (V: Float64Array, n: number, a: number, b: number): number =>
  Math.max(-1, Math.min(1, V[a * n + b]! / Math.sqrt(V[a * n + a]! * V[b * n + b]!)));

/** Correlation of a and b given c. */
function partial(V: Float64Array, n: number, a: number, b: number, c: number): number {
  const [ab, ac, bc] = [correlation(V, n, a, b), correlation(V, n, a, c), correlation(V, n, b, c)];
  return Math.max(-1, Math.min(1, (ab - ac * bc) / Math.sqrt((1 - ac * ac) * (1 - bc * bc))));
}

/**
 * Variances that are 0 under the hypothesis, beside parameters that are free.
 *
 * @param V covariance of their unconstrained estimates, n × n @param free number of the other parameters that the hypothesis fixes
 */
export function varianceMixture(V: Float64Array, n: number, free: number, rng: Rng): ChiSquareMixture {
  if (n === 1) return mixture([0.5, 0.5], free, null);
  const angle = (rho: number) => Math.acos(rho);
  if (n === 2) {
    const least = angle(correlation(V, 2, 0, 1)) / (2 * Math.PI);
    return mixture([least, 0.5, 0.5 - least], free, null);
  }
  if (n === 3) {
    const pairs = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 2, 0],
    ] as const;
    const most = (2 * Math.PI - pairs.reduce((sum, [a, b]) => sum + angle(correlation(V, 3, a, b)), 0)) / (4 * Math.PI);
    const two =
      (3 * Math.PI - pairs.reduce((sum, [a, b, c]) => sum + angle(partial(V, 3, a, b, c)), 0)) / (4 * Math.PI);
    return mixture([0.5 - two, 0.5 - most, two, most], free, null);
  }
  const counts = new Array<number>(n + 1).fill(0);
  const W = inverse(V, n);
  const draw = normalDraws(V, n, rng);
  for (let d = 0; d < DRAWS; d++) counts[positivePart(draw(), W, n)]!++;
  return mixture(
    counts.map((count) => count / DRAWS),
    free,
    DRAWS,
  );
}

/** Whether the weights of so many variances can be had. */
export const canMix = (n: number): boolean => n <= MOST_FACES;

/**
 * A 2 × 2 covariance matrix that is 0 under the hypothesis: a cone in three dimensions, of whose four weights those of the whole cone and of its apex say the
 * other two.
 *
 * @param V covariance of the unconstrained estimates of [variance, covariance, variance]
 */
export function matrixMixture(V: Float64Array, free: number, rng: Rng): ChiSquareMixture {
  const W = inverse(V, 3);
  const draw = normalDraws(V, 3, rng);
  let inside = 0;
  let apex = 0;
  for (let d = 0; d < DRAWS; d++) {
    const z = draw();
    if (z[0]! >= 0 && z[2]! >= 0 && z[0]! * z[2]! >= z[1]! ** 2) inside++;
    // in the polar cone: no covariance matrix is nearer than 0; of Wz as a matrix, whose entry off the diagonal counts twice
    const g = [0, 1, 2].map((a) => [0, 1, 2].reduce((sum, b) => sum + W[a * 3 + b]! * z[b]!, 0)) as [
      number,
      number,
      number,
    ];
    if (g[0] <= 0 && g[2] <= 0 && g[0] * g[2] >= (g[1] / 2) ** 2) apex++;
  }
  const [most, least] = [inside / DRAWS, apex / DRAWS];
  return mixture([least, 0.5 - most, 0.5 - least, most], free, DRAWS);
}

/** Σ f(λ_k) q_kq_k' of a symmetric matrix. */
function functionOf(V: Float64Array, n: number, f: (value: number) => number): Float64Array {
  const matrix = new Matrix(Array.from({ length: n }, (_, a) => Array.from(V.subarray(a * n, (a + 1) * n))));
  const evd = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const out = new Float64Array(n * n);
  evd.realEigenvalues.forEach((value, k) => {
    const own = f(value);
    for (let a = 0; a < n; a++)
      for (let b = 0; b < n; b++)
        out[a * n + b]! += own * evd.eigenvectorMatrix.get(a, k) * evd.eigenvectorMatrix.get(b, k);
  });
  return out;
}

const inverse = (V: Float64Array, n: number): Float64Array => functionOf(V, n, (value) => 1 / value);

function normalDraws(V: Float64Array, n: number, rng: Rng): () => Float64Array {
  const root = functionOf(V, n, (value) => Math.sqrt(Math.max(0, value)));
  return () => {
    const u = Float64Array.from({ length: n }, () => rng.normal());
    return Float64Array.from({ length: n }, (_, a) => {
      let sum = 0;
      for (let b = 0; b < n; b++) sum += root[a * n + b]! * u[b]!;
      return sum;
    });
  };
}

/** How many entries of the nearest point without negative ones are positive: of the faces the one that satisfies the conditions of Kuhn and Tucker. */
function positivePart(z: Float64Array, W: Float64Array, n: number): number {
  const g = Float64Array.from({ length: n }, (_, a) => {
    let sum = 0;
    for (let b = 0; b < n; b++) sum += W[a * n + b]! * z[b]!;
    return sum;
  });
  for (let face = (1 << n) - 1; face > 0; face--) {
    const on = Array.from({ length: n }, (_, k) => k).filter((k) => face & (1 << k));
    const point = solveOn(W, g, on, n);
    if (!point || point.some((value) => value < 0)) continue;
    const optimal = Array.from({ length: n }, (_, k) => k).every((k) => {
      if (face & (1 << k)) return true;
      const slope = on.reduce((sum, b, i) => sum + W[k * n + b]! * point[i]!, 0) - g[k]!;
      return slope >= 0;
    });
    if (optimal) return on.length;
  }
  return 0;
}

/** W_ss x = g_s by elimination; null where it is singular. */
function solveOn(W: Float64Array, g: Float64Array, on: readonly number[], n: number): number[] | null {
  const m = on.length;
  const A = on.map((a) => [...on.map((b) => W[a * n + b]!), g[a]!]);
  for (let k = 0; k < m; k++) {
    const pivot = A[k]![k]!;
    if (!(pivot > 0)) return null;
    for (let i = k + 1; i < m; i++) {
      const share = A[i]![k]! / pivot;
      for (let j = k; j <= m; j++) A[i]![j]! -= share * A[k]![j]!;
    }
  }
  const x = new Array<number>(m).fill(0);
  for (let k = m - 1; k >= 0; k--) {
    let sum = A[k]![m]!;
    for (let j = k + 1; j < m; j++) sum -= A[k]![j]! * x[j]!;
    x[k] = sum / A[k]![k]!;
  }
  return x;
}
