/**
 * The exact distribution of the restricted likelihood ratio of one variance being 0 (Crainiceanu & Ruppert 2004, JRSS B 66, 165–185), simulated from the
 * eigenvalues of Z'(I − P_X)Z; beside other variances with the tested term alone, the approximation of Greven et al. 2008 (J. Comput. Graph. Stat. 17).
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import type { Rng } from "../random/rng.ts";
import { gammaVariate } from "../random/variates.ts";

/** Ratios of variances at which the criterion is looked at: the first 0, the others equally spaced in their logarithms. */
const POINTS = 200;
const LEAST = 1e-6;
const MOST = 1e5;
const NO_EIGENVALUE = 1e-10;

/** A value and how many there are of it. */
export interface Repeated {
  readonly value: number;
  readonly count: number;
}

/** Eigenvalues that differ by less than this share are one. */
const SAME = 1e-9;
/** More coordinates than these are not decomposed: levels of nearly the same weight are taken to have one. */
const MOST_COORDINATES = 300;
/** More values than these are drawn in bins of nearly equal ones. */
const MOST_VALUES = 150;

/** Neighbours within a share of one another, by their mean. @param sorted ascending */
function binned<T>(sorted: readonly T[], sizeOf: (one: T) => number, share: number): T[][] {
  const bins: T[][] = [];
  for (const one of sorted) {
    const last = bins.at(-1);
    if (last && sizeOf(one) <= sizeOf(last[0]!) * (1 + share)) last.push(one);
    else bins.push([one]);
  }
  return bins;
}

/** The finest bins, from a share of 1e-9 on, of which there are few enough. */
function fewBins<T>(
  sorted: readonly T[],
  sizeOf: (one: T) => number,
  enough: (bins: readonly T[][]) => boolean,
): T[][] {
  let share = SAME;
  let bins = binned(sorted, sizeOf, share);
  while (!enough(bins)) bins = binned(sorted, sizeOf, (share *= 4));
  return bins;
}

/**
 * Eigenvalues of Z'(W − WX(X'WX)⁻¹X'W)Z for one effect a level: a diagonal matrix less one of rank p. Levels of one weight share its value but in p
 * directions, so that nothing of the size levels × levels is formed.
 */
export function nullEigenvalues(
  X: Float64Array,
  n: number,
  p: number,
  weight: Float64Array | null,
  index: Int32Array,
  z: Float64Array,
  levels: number,
): Repeated[] {
  const XX = new Float64Array(p * p);
  const XZ = new Float64Array(p * levels);
  const D = new Float64Array(levels);
  for (let i = 0; i < n; i++) {
    const w = weight?.[i] ?? 1;
    const l = index[i]!;
    D[l]! += w * z[i]! ** 2;
    for (let a = 0; a < p; a++) {
      const value = w * X[i * p + a]!;
      XZ[a * levels + l]! += value * z[i]!;
      for (let b = 0; b <= a; b++) XX[a * p + b]! += value * X[i * p + b]!;
    }
  }
  const rank = p > 0 && choleskyFactor(XX, p) ? p : 0;
  // U = L⁻¹X'WZ, of which U'U is taken away
  for (let l = 0; l < levels; l++)
    for (let a = 0; a < rank; a++) {
      let value = XZ[a * levels + l]!;
      for (let b = 0; b < a; b++) value -= XX[a * p + b]! * XZ[b * levels + l]!;
      XZ[a * levels + l] = value / XX[a * p + a]!;
    }
  const sorted = Array.from(D, (_, l) => l).sort((a, b) => D[a]! - D[b]!);
  const coordinates = (bins: readonly number[][]) => bins.reduce((sum, { length }) => sum + Math.min(length, rank), 0);
  const groups = fewBins(
    sorted,
    (l) => D[l]!,
    (bins) => coordinates(bins) <= MOST_COORDINATES,
  );
  const found: Repeated[] = [];
  const reduced: { readonly value: number; readonly column: Float64Array }[] = [];
  for (const group of groups) {
    const value = group.reduce((sum, l) => sum + D[l]!, 0) / group.length;
    const columns = spanningColumns(group, XZ, levels, rank);
    for (const column of columns) reduced.push({ value, column });
    if (group.length > columns.length) found.push({ value, count: group.length - columns.length });
  }
  if (reduced.length > 0) {
    const M = Matrix.zeros(reduced.length, reduced.length);
    reduced.forEach((one, i) => {
      reduced.forEach((other, j) => {
        const product = one.column.reduce((sum, u, a) => sum + u * other.column[a]!, 0);
        M.set(i, j, (i === j ? one.value : 0) - product);
      });
    });
    for (const value of new EigenvalueDecomposition(M, { assumeSymmetric: true }).realEigenvalues)
      found.push({ value, count: 1 });
  }
  const largest = Math.max(...found.map(({ value }) => value));
  return merged(found.filter(({ value }) => value > NO_EIGENVALUE * largest));
}

/** Columns, as many as there are levels or rank, with the Gram matrix of those of a group. */
function spanningColumns(group: readonly number[], U: Float64Array, levels: number, rank: number): Float64Array[] {
  if (group.length <= rank) return group.map((l) => Float64Array.from({ length: rank }, (_, a) => U[a * levels + l]!));
  if (rank === 0) return [];
  const G = Matrix.zeros(rank, rank);
  for (const l of group)
    for (let a = 0; a < rank; a++)
      for (let b = 0; b < rank; b++) G.set(a, b, G.get(a, b) + U[a * levels + l]! * U[b * levels + l]!);
  const evd = new EigenvalueDecomposition(G, { assumeSymmetric: true });
  return evd.realEigenvalues.map((value, k) =>
    Float64Array.from({ length: rank }, (_, a) => Math.sqrt(Math.max(0, value)) * evd.eigenvectorMatrix.get(a, k)),
  );
}

/** Equal values once, and of many values those nearly equal. */
function merged(values: readonly Repeated[]): Repeated[] {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  return fewBins(
    sorted,
    ({ value }) => value,
    ({ length }) => length <= MOST_VALUES,
  ).map((bin) => {
    const count = bin.reduce((sum, one) => sum + one.count, 0);
    return { value: bin.reduce((sum, one) => sum + one.count * one.value, 0) / count, count };
  });
}

/**
 * The p value: the observed statistic is one of those that the null model may give. @param degrees n − p
 */
export function restrictedRatioPValue(
  statistic: number,
  eigenvalues: readonly Repeated[],
  degrees: number,
  draws: number,
  rng: Rng,
): number {
  const K = eigenvalues.reduce((sum, { count }) => sum + count, 0);
  const mean = eigenvalues.reduce((sum, { value, count }) => sum + count * value, 0) / K;
  const ratios = Float64Array.from({ length: POINTS }, (_, k) =>
    k === 0 ? 0 : (LEAST * (MOST / LEAST) ** ((k - 1) / (POINTS - 2))) / mean,
  );
  const logs = ratios.map((ratio) =>
    eigenvalues.reduce((sum, { value, count }) => sum + count * Math.log1p(ratio * value), 0),
  );
  const shares = Array.from(ratios, (ratio) => Float64Array.from(eigenvalues, ({ value }) => 1 / (1 + ratio * value)));
  const squares = new Float64Array(eigenvalues.length);
  let larger = 0;
  for (let d = 0; d < draws; d++) {
    let total = degrees > K ? 2 * gammaVariate(rng, 0.5 * (degrees - K)) : 0;
    const rest = total;
    eigenvalues.forEach(({ count }, s) => {
      squares[s] = count === 1 ? rng.normal() ** 2 : 2 * gammaVariate(rng, 0.5 * count);
      total += squares[s]!;
    });
    let best = 0;
    for (let k = 1; k < POINTS; k++) {
      let left = rest;
      const share = shares[k]!;
      for (let s = 0; s < share.length; s++) left += share[s]! * squares[s]!;
      best = Math.max(best, degrees * Math.log(total / left) - logs[k]!);
    }
    if (best >= statistic) larger++;
  }
  return (1 + larger) / (1 + draws);
}
