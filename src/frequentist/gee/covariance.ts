/**
 * Covariances of GEE coefficients as sums of outer products of cluster contributions b_i = M f(G_i, M) u_i, where M = (Σ G_i)⁻¹,
 * G_i = D_i'V_i⁻¹D_i and u_i = D_i'V_i⁻¹(y_i − μ_i). The corrections of small numbers of clusters are written for residuals,
 * (I − H_i)^−s (y_i − μ_i) with the leverage H_i = D_i M D_i'V_i⁻¹; because D_i'V_i⁻¹ f(H_i) = f(G_i M) D_i'V_i⁻¹ for any power
 * series f, matrices of the order of the coefficients are enough, whatever the size of the clusters.
 */
import { addCrossProducts, BLOCK_ROWS, rowBlock } from "../../linalg/cross-products.ts";
import { choleskyFactor, choleskyInverse, symmetrise } from "../../linalg/dense-cholesky.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import type { Standardisation } from "../../model/standardise.ts";
import { clusterCount } from "./clusters.ts";
import type { Equations } from "./equations.ts";
import type { GeeCovariance } from "./method.ts";

/** Bound of Fay & Graubard's correction: no residual is inflated by more than 1/√(1 − b). */
const FAY_GRAUBARD_BOUND = 0.75;
/** A leverage this near 1 leaves no residual to inflate: its direction counts 0. */
const FULL_LEVERAGE = 1 - 1e-10;

/** Σ G_i inverted, both triangles. */
export function inverseInformation({ information, p }: Pick<Equations, "information" | "p">): Float64Array {
  const M = information.slice();
  if (!choleskyFactor(M, p)) return M.fill(Number.NaN);
  choleskyInverse(M, p);
  symmetrise(M, p);
  return M;
}

/** tr(A⁻¹B) for symmetric A, B. */
export function traceOfRatio(A: Float64Array, B: Float64Array, p: number): number {
  const inverse = inverseInformation({ information: A, p });
  let s = 0;
  for (let k = 0; k < p * p; k++) s += inverse[k]! * B[k]!;
  return s;
}

/** Σ over clusters of b b' with b filled by `contribution`. */
function sumOuter(
  equations: Equations,
  contribution: (G: Float64Array, u: Float64Array, b: Float64Array) => void,
): Float64Array {
  const { p } = equations;
  const total = new Float64Array(p * p);
  const b = new Float64Array(p);
  equations.visit((G, u, copies) => {
    contribution(G, u, b);
    addOuter(b, copies, total);
  });
  symmetrise(total, p);
  return total;
}

/** Adds `weight` bb' to the lower triangle of `into`. */
function addOuter(b: Float64Array, weight: number, into: Float64Array): void {
  const p = b.length;
  for (let j = 0; j < p; j++) for (let k = 0; k <= j; k++) into[j * p + k]! += weight * b[j]! * b[k]!;
}

function multiply(A: Float64Array, x: Float64Array, out: Float64Array): void {
  const p = x.length;
  for (let a = 0; a < p; a++) {
    let s = 0;
    for (let k = 0; k < p; k++) s += A[a * p + k]! * x[k]!;
    out[a] = s;
  }
}

/** The sandwich of Liang & Zeger 1986, M Σ u_iu_i' M. */
function sandwich(equations: Equations): Float64Array {
  const { p } = equations;
  const M = inverseInformation(equations);
  const meat = new Float64Array(p * p);
  const { count, copies } = equations.clusters;
  const block = rowBlock(p, BLOCK_ROWS);
  block.weight.fill(1);
  for (let from = 0; from < count; from += BLOCK_ROWS) {
    const size = Math.min(BLOCK_ROWS, count - from);
    for (let a = 0; a < p; a++)
      for (let c = 0, at = from * p + a; c < size; c++, at += p)
        block.values[a * block.stride + c] = equations.scores[at]!;
    if (copies !== null) block.weight.set(copies.subarray(from, from + size));
    addCrossProducts(block, size, meat);
  }
  symmetrise(meat, p);
  const half = new Float64Array(p * p);
  const out = new Float64Array(p * p);
  // both are symmetric, so rows serve as columns: half = meat · M, out = M · half
  for (let a = 0; a < p; a++) multiply(M, meat.subarray(a * p, (a + 1) * p), half.subarray(a * p, (a + 1) * p));
  for (let a = 0; a < p; a++)
    for (let b = 0; b < p; b++) for (let k = 0; k < p; k++) out[a * p + b]! += M[a * p + k]! * half[k * p + b]!;
  return out;
}

/**
 * b_i = M (I − G_iM)^−power u_i: power ½ is Kauermann & Carroll 2001 (JASA 96, 1387–1396), power 1 Mancl & DeRouen 2001 (Biometrics 57,
 * 126–134) and the one-step jackknife. With M = LL' it is L (I − L'G_iL)^−power L'u_i, of a symmetric matrix.
 */
function corrected(equations: Equations, power: number): Float64Array {
  const { p } = equations;
  const L = inverseInformation(equations);
  choleskyFactor(L, p);
  for (let j = 0; j < p; j++) for (let k = j + 1; k < p; k++) L[j * p + k] = 0;
  const GL = new Float64Array(p * p);
  const A = new Float64Array(p * p);
  const V = new Float64Array(p * p);
  const x = new Float64Array(p);
  const rotated = new Float64Array(p);
  return sumOuter(equations, (G, u, b) => {
    for (let j = 0; j < p; j++)
      for (let k = 0; k < p; k++) {
        let s = 0;
        for (let l = k; l < p; l++) s += G[j * p + l]! * L[l * p + k]!;
        GL[j * p + k] = s;
      }
    for (let j = 0; j < p; j++)
      for (let k = 0; k < p; k++) {
        let s = 0;
        for (let l = j; l < p; l++) s += L[l * p + j]! * GL[l * p + k]!;
        A[j * p + k] = s;
      }
    for (let j = 0; j < p; j++) {
      let s = 0;
      for (let l = j; l < p; l++) s += L[l * p + j]! * u[l]!;
      x[j] = s;
    }
    symmetricEigen(A, p, V);
    for (let k = 0; k < p; k++) {
      let s = 0;
      for (let j = 0; j < p; j++) s += V[j * p + k]! * x[j]!;
      const leverage = A[k * p + k]!;
      rotated[k] = leverage < FULL_LEVERAGE ? s * (1 - leverage) ** -power : 0;
    }
    multiply(V, rotated, x);
    multiply(L, x, b);
  });
}

/**
 * Fay & Graubard 2001 (Biometrics 57, 1198–1206): u_i is scaled coefficient by coefficient by (1 − min(b, (G_iM)_jj))^−½. The only
 * correction that depends on the coordinates: it is made in the user's.
 *
 * @param toUser R with u = R'ũ for the user's u and the standardised ũ; @param fromUser T = R⁻¹
 */
function fayGraubard(equations: Equations, toUser: Float64Array, fromUser: Float64Array): Float64Array {
  const { p } = equations;
  const M = inverseInformation(equations);
  // (G_iM)_jj in the user's coordinates is (R'G̃ M̃T')_jj
  const MT = new Float64Array(p * p);
  for (let a = 0; a < p; a++)
    for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) MT[a * p + j]! += M[a * p + k]! * fromUser[j * p + k]!;
  const user = new Float64Array(p);
  const back = new Float64Array(p);
  return sumOuter(equations, (G, u, b) => {
    for (let j = 0; j < p; j++) {
      let leverage = 0;
      let value = 0;
      for (let a = 0; a < p; a++) {
        const r = toUser[a * p + j]!;
        if (r === 0) continue;
        value += r * u[a]!;
        let s = 0;
        for (let k = 0; k < p; k++) s += G[a * p + k]! * MT[k * p + j]!;
        leverage += r * s;
      }
      user[j] = value / Math.sqrt(1 - Math.min(FAY_GRAUBARD_BOUND, leverage));
    }
    for (let a = 0; a < p; a++) {
      let s = 0;
      for (let j = 0; j < p; j++) s += fromUser[j * p + a]! * user[j]!;
      back[a] = s;
    }
    multiply(M, back, b);
  });
}

/** Matrices of the standardisation of the mean's coefficients: R = T⁻¹ (β̃ = Rβ) and T. */
function coordinates({ toStandardised, toOriginal }: Standardisation, size: number, p: number) {
  const R = new Float64Array(p * p);
  const T = new Float64Array(p * p);
  const unit = new Float64Array(size);
  const out = new Float64Array(size);
  for (let j = 0; j < p; j++) {
    unit[j] = 1;
    toStandardised(unit, out);
    for (let a = 0; a < p; a++) R[a * p + j] = out[a]!;
    toOriginal(unit, out);
    for (let a = 0; a < p; a++) T[a * p + j] = out[a]!;
    unit[j] = 0;
  }
  return { R, T };
}

/** Number of coefficients, correlation parameters and scale, which geepack counts whether it is fixed or not. */
export const parameterCount = ({ p, correlation }: Equations): number => p + correlation.names.length + 1;

/** (K − r)/K for K clusters and r parameters, by which Yan & Fine's jackknives are multiplied. */
export function jackknifeFactor(equations: Equations): number {
  const K = clusterCount(equations.clusters);
  return (K - parameterCount(equations)) / K;
}

export interface CovarianceContext {
  readonly equations: Equations;
  readonly scale: number;
  readonly standardisation: Standardisation;
  /** Number of natural parameters of the model. */
  readonly size: number;
}

/** The covariance of the standardised coefficients, p × p. The equations must be assembled at the solution. */
export function coefficientCovariance(kind: Exclude<GeeCovariance, "fij">, context: CovarianceContext): Float64Array {
  const { equations, scale } = context;
  const { p } = equations;
  switch (kind) {
    case "naive":
      return inverseInformation(equations).map((value) => value * scale);
    case "robust":
      return sandwich(equations);
    case "KC":
      return corrected(equations, 0.5);
    case "MD":
      return corrected(equations, 1);
    case "FG": {
      const { R, T } = coordinates(context.standardisation, context.size, p);
      return fayGraubard(equations, R, T);
    }
    case "j1s":
    case "jack":
      return corrected(equations, 1).map((value) => value * jackknifeFactor(equations));
  }
}
