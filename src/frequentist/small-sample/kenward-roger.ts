/**
 * Kenward & Roger 1997 (Biometrics 53, 983–997): the covariance of the coefficients adjusted for the estimation of the variances, and F tests with
 * degrees of freedom that are exact where exact tests exist. Where V is not linear in its parameters, with the bias of their estimates (Kenward &
 * Roger 2009, Comput. Stat. Data Anal. 53, 2583–2595), so that nothing depends on how a covariance is parameterised.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { CovarianceMoments } from "../../marginal/gaussian/moments/covariance-moments.ts";
import { type ExpectedInformation, restrictedInformation } from "./expected-information.ts";
import { bilinear, multiply, times, uncorrelatedRows } from "./quadratic.ts";

/** Φ_A, p × p, in orthonormal coordinates. */
export function adjustedCovariance(moments: CovarianceMoments, expected: ExpectedInformation): Float64Array {
  const { covariance: Phi, p } = moments;
  const { moments: own, covariance: W } = expected;
  const m = own.P.length;
  /** Σ W_ij(Q_ij − P_iΦP_j) − …, then Φ + 2ΦUΦ. */
  const U = new Float64Array(p * p);
  const PhiP = own.P.map((P) => multiply(Phi, P, p));
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) {
      const w = W[i * m + j]!;
      if (w === 0) continue;
      const Q = own.Q(i, j);
      const PPhiP = multiply(own.P[i]!, PhiP[j]!, p);
      for (let k = 0; k < U.length; k++) U[k]! += w * (Q[k]! - PPhiP[k]!);
    }
  const curved = curvatureTerm(moments, expected);
  if (curved) for (let k = 0; k < U.length; k++) U[k]! += curved[k]!;
  const change = multiply(multiply(Phi, U, p), Phi, p);
  return Phi.map((value, k) => value + change[k]! + change[(k % p) * p + Math.floor(k / p)]!);
}

/**
 * −¼ΣW_ijR_ij and half of Σ b_sP_s, b the bias of the estimates: with V̈ = ΣW_ij ∂²V/∂i∂j, b_s = −½ΣW_si I(V̈, V_i). What of V̈ is a change of
 * the parameters cancels. Null where V is linear.
 */
function curvatureTerm(moments: CovarianceMoments, { directions, moments: own, covariance: W }: ExpectedInformation) {
  const { curved } = directions;
  const m = own.P.length;
  const c = curved.length;
  if (c === 0) return null;
  // W of the curved parameters as a sum of squares
  const scale = curved.map((i) => Math.sqrt(W[i * m + i]!) || 1);
  const M = Matrix.zeros(c, c);
  for (let i = 0; i < c; i++)
    for (let j = 0; j < c; j++) M.set(i, j, W[curved[i]! * m + curved[j]!]! / (scale[i]! * scale[j]!));
  const evd = new EigenvalueDecomposition(M, { assumeSymmetric: true });
  const second = directions.curvature(
    evd.realEigenvalues.map((weight, k) => ({
      along: Float64Array.from(scale, (s, i) => s * evd.eigenvectorMatrix.get(i, k)),
      weight,
    })),
  );
  const all = moments.moments([...directions.directions, second]);
  const information = restrictedInformation(moments, all);
  // R̈ = E'V⁻¹V̈V⁻¹E = −P of that direction
  const out = all.P[m]!.map((value) => 0.25 * value);
  for (let s = 0; s < m; s++) {
    let bias = 0;
    for (let i = 0; i < m; i++) bias -= 0.5 * W[s * m + i]! * information[m * (m + 1) + i]!;
    for (let k = 0; k < out.length; k++) out[k]! += 0.5 * bias * own.P[s]![k]!;
  }
  return out;
}

/** Degrees of freedom so near 2 leave the mean of F no digits. */
const NO_MEAN = 0.01;

export interface ScaledF {
  /** λF. */
  readonly statistic: number;
  readonly numDf: number;
  readonly denDf: number;
  readonly scaling: number;
}

/**
 * The scaled F test of Lβ = 0.
 *
 * @param L rows in orthonormal coordinates @param values Lβ̂
 */
export function kenwardRogerTest(
  moments: CovarianceMoments,
  { moments: own, covariance: W }: ExpectedInformation,
  adjusted: Float64Array,
  L: readonly Float64Array[],
  values: ArrayLike<number>,
): ScaledF {
  const { covariance: Phi } = moments;
  const m = own.P.length;
  const rows = uncorrelatedRows(L, Phi);
  const l = rows.length;
  // ΘΦP_iΦ by its quadratic forms in the uncorrelated rows: C_i = D^−½ rows ΦP_iΦ rows' D^−½
  const moved = rows.map(({ row, variance }) => times(Phi, row).map((value) => value / Math.sqrt(variance)));
  const C = own.P.map((P) => moved.map((a) => Float64Array.from(moved, (b) => bilinear(a, P, b))));
  let A1 = 0;
  let A2 = 0;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) {
      const w = W[i * m + j]!;
      if (w === 0) continue;
      let first = 0;
      let second = 0;
      let crossed = 0;
      for (let a = 0; a < l; a++) {
        first += C[i]![a]![a]!;
        second += C[j]![a]![a]!;
        for (let b = 0; b < l; b++) crossed += C[i]![a]![b]! * C[j]![b]![a]!;
      }
      A1 += w * first * second;
      A2 += w * crossed;
    }
  const { denDf, scaling } = scaledDistribution(A1, A2, l);
  // the quadratic form in the adjusted covariance
  let statistic = 0;
  const estimates = rows.map(({ weights }) => weights.reduce((sum, w, i) => sum + w * values[i]!, 0));
  for (const { row, weights } of uncorrelatedRows(
    rows.map((one) => one.row),
    adjusted,
  )) {
    const value = weights.reduce((sum, w, i) => sum + w * estimates[i]!, 0);
    statistic += value ** 2 / bilinear(row, adjusted, row);
  }
  return { statistic: (scaling * statistic) / l, numDf: l, denDf, scaling };
}

/** λ and m such that λF has about the mean and the variance of F(ℓ, m), exact in the special cases of the paper. */
function scaledDistribution(A1: number, A2: number, l: number): { readonly denDf: number; readonly scaling: number } {
  if (!(A2 > 0)) return { denDf: Number.POSITIVE_INFINITY, scaling: 1 };
  // for one contrast the formulas below are Satterthwaite's
  if (l === 1) return { denDf: 2 / A2, scaling: 1 };
  const B = (A1 + 6 * A2) / (2 * l);
  const g = ((l + 1) * A1 - (l + 4) * A2) / ((l + 2) * A2);
  const c = 3 * l + 2 * (1 - g);
  const mean = 1 / (1 - A2 / l);
  const variance = ((2 / l) * (1 + (g / c) * B)) / ((1 - ((l - g) / c) * B) ** 2 * (1 - ((l + 2 - g) / c) * B));
  const rho = variance / (2 * mean * mean);
  const denDf = 4 + (l + 2) / (l * rho - 1);
  const scaling = denDf / (mean * (denDf - 2));
  // next to 2 degrees of freedom, where F has no mean, λ is 0/0: 1, as in exact tests
  return { denDf, scaling: Math.abs(denDf - 2) < NO_MEAN || !(scaling > 0) ? 1 : scaling };
}
