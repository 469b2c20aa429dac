/**
 * The exact distribution of the restricted likelihood ratio of one variance being 0 (Crainiceanu & Ruppert 2004, JRSS B 66, 165–185), simulated from the
 * eigenvalues of Z'(I − P_X)Z; beside other variances with the tested term alone, the approximation of Greven et al. 2008 (J. Comput. Graph. Stat. 17).
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { choleskyFactor, choleskySolve } from "../linalg/dense-cholesky.ts";
import type { Rng } from "../random/rng.ts";
import { gammaVariate } from "../random/variates.ts";

/** Ratios of variances at which the criterion is looked at: the first 0, the others equally spaced in their logarithms. */
const POINTS = 200;
const LEAST = 1e-6;
const MOST = 1e5;
const NO_EIGENVALUE = 1e-10;

/** Eigenvalues of Z'(W − WX(X'WX)⁻¹X'W)Z for one effect a level, largest share of them that matters. */
export function nullEigenvalues(
  X: Float64Array,
  n: number,
  p: number,
  weight: Float64Array | null,
  index: Int32Array,
  z: Float64Array,
  levels: number,
): number[] {
  const XX = new Float64Array(p * p);
  const XZ = new Float64Array(p * levels);
  const ZZ = Matrix.zeros(levels, levels);
  for (let i = 0; i < n; i++) {
    const w = weight?.[i] ?? 1;
    const l = index[i]!;
    ZZ.set(l, l, ZZ.get(l, l) + w * z[i]! ** 2);
    for (let a = 0; a < p; a++) {
      const value = w * X[i * p + a]!;
      XZ[a * levels + l]! += value * z[i]!;
      for (let b = 0; b <= a; b++) XX[a * p + b]! += value * X[i * p + b]!;
    }
  }
  const solved = XZ.slice();
  if (p > 0 && choleskyFactor(XX, p)) {
    choleskySolve(XX, p, solved, levels);
    for (let l = 0; l < levels; l++)
      for (let m = 0; m < levels; m++) {
        let sum = ZZ.get(l, m);
        for (let a = 0; a < p; a++) sum -= XZ[a * levels + l]! * solved[a * levels + m]!;
        ZZ.set(l, m, sum);
      }
  }
  const values = new EigenvalueDecomposition(ZZ, { assumeSymmetric: true }).realEigenvalues;
  const largest = Math.max(...values);
  return values.filter((value) => value > NO_EIGENVALUE * largest);
}

/** The share of simulated statistics that are at least as large. @param degrees n − p */
export function restrictedRatioPValue(
  statistic: number,
  eigenvalues: readonly number[],
  degrees: number,
  draws: number,
  rng: Rng,
): number {
  const K = eigenvalues.length;
  const mean = eigenvalues.reduce((sum, value) => sum + value, 0) / K;
  const ratios = Float64Array.from({ length: POINTS }, (_, k) =>
    k === 0 ? 0 : (LEAST * (MOST / LEAST) ** ((k - 1) / (POINTS - 2))) / mean,
  );
  const logs = ratios.map((ratio) => eigenvalues.reduce((sum, mu) => sum + Math.log1p(ratio * mu), 0));
  const shares = Array.from(ratios, (ratio) => Float64Array.from(eigenvalues, (mu) => 1 / (1 + ratio * mu)));
  const squares = new Float64Array(K);
  let larger = 0;
  for (let d = 0; d < draws; d++) {
    let total = degrees > K ? 2 * gammaVariate(rng, 0.5 * (degrees - K)) : 0;
    const rest = total;
    for (let s = 0; s < K; s++) {
      squares[s] = rng.normal() ** 2;
      total += squares[s]!;
    }
    let best = 0;
    for (let k = 1; k < POINTS; k++) {
      let left = rest;
      const share = shares[k]!;
      for (let s = 0; s < K; s++) left += share[s]! * squares[s]!;
      best = Math.max(best, degrees * Math.log(total / left) - logs[k]!);
    }
    if (best >= statistic) larger++;
  }
  return larger / draws;
}
