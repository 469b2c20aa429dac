/**
 * The clusters of a Gaussian model fitted exactly: its coefficients by generalised least squares. CR2 is that of Pustejovsky & Tipton 2018 (J. Bus. Econ.
 * Stat. 36, 672–683), with V as estimated: A_i = R'(R(V_i − X_iMX_i')R')^−½R of V_i = R'R. Where the rows of a cluster are independent and alike given their
 * effects, all is done in the span of its columns of X and Z, whose dimension does not grow with its rows.
 */

import { ofMean } from "../../families/of-mean.ts";
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { orthonormalBasis } from "../../linalg/orthonormal-basis.ts";
import { solveLower } from "../../linalg/triangular.ts";
import { rowEffects } from "../../marginal/gaussian/merged-factor.ts";
import { type RowSpace, rowSpace } from "../../marginal/gaussian/moments/row-space.ts";
import { declarationFault } from "../../messages/issue.ts";
import { robustClusterTooLarge } from "../../messages/robust.ts";
import type { RobustKind } from "../../model/tidy-options.ts";
import type { MomentsOfFit } from "../small-sample/contrast-coordinates.ts";
import type { ClusterTerms } from "./cluster-terms.ts";
import type { RobustClusters } from "./clusters.ts";
import { inflated, symmetricFunction } from "./powers.ts";

/** Most rows of a cluster whose V is formed. */
const MOST_ROWS = 3000;

/** A block of rows: X in coordinates in which the model's covariance is the identity, residuals and their covariance. */
interface Block {
  readonly m: number;
  /** m × p. */
  readonly X: Float64Array;
  readonly e: Float64Array;
  readonly V: Float64Array;
}

/** @returns a function from a cluster to its terms, and the map of a contrast of orthonormal columns to root coordinates */
export function gaussianTerms(
  { moments: { products } }: MomentsOfFit,
  clusters: RobustClusters,
  kind: RobustKind,
): { readonly terms: (cluster: number) => ClusterTerms; readonly toRoot: (l: Float64Array) => Float64Array } {
  const { data, pls, x, sigma, p, sigmas, covariance } = products;
  const { design, grouping } = pls;
  const L = covariance.slice();
  choleskyFactor(L, p);
  const toRoot = (l: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: p }, (_, a) => {
      let sum = 0;
      for (let c = a; c < p; c++) sum += L[c * p + a]! * l[c]!;
      return sum;
    });
  const { offset } = ofMean(data.layout.beta);
  const v = new Float64Array(p + 1);
  v[p] = 1;
  for (let a = 0; a < p; a++) {
    v[a] = design.removed[a]!;
    for (let b = a; b < p; b++) v[a]! -= design.transform[b * p + a]! * x[offset + b]!;
  }
  const own = new Float64Array(p + 1);
  const z = grouping.factors.map(({ q }) => new Float64Array(q));
  const rowsOf = data.residual ? rowSpace(products) : null;
  const residualBlocks = rowsOf ? blocksOfResidual(rowsOf, clusters, sigma) : null;

  /** Rows of a cluster with columns of Z laid out by the levels that it has. */
  function gathered(cluster: number) {
    const rows = clusters.rows[cluster]!.filter((i) => design.weight[i]! > 0);
    const m = rows.length;
    const X = new Float64Array(m * p);
    const e = new Float64Array(m);
    /** Of each row by factor: place of its level's first column, and its entries. */
    const places: Int32Array = new Int32Array(m * z.length);
    const values: Float64Array[] = z.map(({ length }) => new Float64Array(m * length));
    const first = new Map<number, number>();
    const columnsOf: { factor: number; at: number }[] = [];
    let width = 0;
    const variance = new Float64Array(m);
    rows.forEach((i, k) => {
      const copies = design.copies[i]!;
      const precision = design.weight[i]! / copies;
      const root = Math.sqrt(copies);
      variance[k] = (sigma * sigma) / precision;
      design.row(i, own);
      for (let a = 0; a <= p; a++) e[k]! += own[a]! * v[a]!;
      e[k]! *= root;
      X.set(toRoot(own.subarray(0, p)), k * p);
      for (let a = 0; a < p; a++) X[k * p + a]! *= root;
      grouping.factors.forEach((factor, f) => {
        const level = factor.base + factor.index[i]! * factor.q;
        let at = first.get(level);
        if (at === undefined) {
          at = width;
          first.set(level, at);
          columnsOf.push({ factor: f, at });
          width += factor.q;
        }
        places[k * z.length + f] = at;
        rowEffects(factor, data.random, i, z[f]!);
        for (let c = 0; c < factor.q; c++) values[f]![k * factor.q + c] = root * z[f]![c]!;
      });
    });
    return { rows, m, X, e, places, values, columnsOf, width, variance };
  }
  type Gathered = ReturnType<typeof gathered>;

  /** ZΣZ' of rows given by their columns of Z, added. */
  function addEffects(V: Float64Array, m: number, Z: readonly Float64Array[], columnsOf: Gathered["columnsOf"]): void {
    const moved = new Float64Array(m);
    for (const { factor, at } of columnsOf) {
      const q = grouping.factors[factor]!.q;
      const S = sigmas[factor]!;
      for (let c = 0; c < q; c++) {
        moved.fill(0);
        for (let d = 0; d < q; d++) {
          const s = S[c * q + d]!;
          if (s === 0) continue;
          const column = Z[at + d]!;
          for (let i = 0; i < m; i++) moved[i]! += s * column[i]!;
        }
        const column = Z[at + c]!;
        for (let i = 0; i < m; i++) {
          if (column[i] === 0) continue;
          for (let j = 0; j < m; j++) V[i * m + j]! += column[i]! * moved[j]!;
        }
      }
    }
  }

  function columnsOfZ({ m, places, values, width }: Gathered): Float64Array[] {
    const Z = Array.from({ length: width }, () => new Float64Array(m));
    for (let k = 0; k < m; k++)
      grouping.factors.forEach(({ q }, f) => {
        for (let c = 0; c < q; c++) Z[places[k * z.length + f]! + c]![k] = values[f]![k * q + c]!;
      });
    return Z;
  }

  function block(cluster: number): Block {
    const found = gathered(cluster);
    const { m, X, e, columnsOf, width, variance, rows } = found;
    const Z = columnsOfZ(found);
    const alike = !residualBlocks && variance.every((value) => value === variance[0]);
    if (!alike || m <= width + p) {
      if (m > MOST_ROWS) throw declarationFault(robustClusterTooLarge(m, MOST_ROWS));
      const V = new Float64Array(m * m);
      addEffects(V, m, Z, columnsOf);
      if (residualBlocks) residualBlocks(cluster, rows, V);
      else for (let i = 0; i < m; i++) V[i * m + i]! += variance[i]!;
      return { m, X, e, V };
    }
    const columns = Array.from({ length: p }, (_, a) => Float64Array.from({ length: m }, (_, k) => X[k * p + a]!));
    const Q = orthonormalBasis([...Z, ...columns].filter((column) => column.some((value) => value !== 0)));
    const r = Q.length;
    const project = (column: Float64Array) =>
      Float64Array.from(Q, (q) => q.reduce((sum, value, i) => sum + value * column[i]!, 0));
    const V = new Float64Array(r * r);
    addEffects(V, r, Z.map(project), columnsOf);
    for (let k = 0; k < r; k++) V[k * r + k]! += variance[0] ?? sigma * sigma;
    const reduced = new Float64Array(r * p);
    columns.map(project).forEach((column, a) => {
      for (let k = 0; k < r; k++) reduced[k * p + a] = column[k]!;
    });
    return { m: r, X: reduced, e: project(e), V };
  }

  return { toRoot, terms: (cluster) => termsOf(block(cluster), p, kind) };
}

/** σ²R of the rows of each cluster, added: one row of every cluster at once. */
function blocksOfResidual(space: RowSpace, clusters: RobustClusters, sigma: number) {
  const largest = clusters.rows.reduce((most, { length }) => Math.max(most, length), 0);
  if (largest > MOST_ROWS) throw declarationFault(robustClusterTooLarge(largest, MOST_ROWS));
  const covariance = space.residualCovariance(sigma * sigma, space.psi);
  const columns = Array.from({ length: largest }, (_, k) => {
    const unit = new Float64Array(space.n);
    for (const rows of clusters.rows) if (k < rows.length) unit[rows[k]!] = 1;
    covariance(unit);
    return unit;
  });
  return (cluster: number, rows: Int32Array, V: Float64Array) => {
    const m = rows.length;
    const place = new Map(Array.from(clusters.rows[cluster]!, (row, k) => [row, k]));
    for (let j = 0; j < m; j++) {
      const column = columns[place.get(rows[j]!)!]!;
      for (let i = 0; i < m; i++) V[i * m + j]! += column[rows[i]!]!;
    }
  };
}

/** X'Y, p × p, of matrices of m rows. */
function cross(X: Float64Array, Y: Float64Array, m: number, p: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let k = 0; k < m; k++)
    for (let a = 0; a < p; a++) {
      const value = X[k * p + a]!;
      if (value !== 0) for (let b = 0; b < p; b++) out[a * p + b]! += value * Y[k * p + b]!;
    }
  return out;
}

function crossVector(X: Float64Array, e: Float64Array, m: number, p: number): Float64Array {
  const out = new Float64Array(p);
  for (let k = 0; k < m; k++) for (let a = 0; a < p; a++) out[a]! += X[k * p + a]! * e[k]!;
  return out;
}

/** An eigenvalue of R(V − XX')R' below this share of the largest is none. */
const NO_RESIDUAL = 1e-12;

function termsOf({ m, X, e, V }: Block, p: number, kind: RobustKind): ClusterTerms {
  const R = V.slice();
  if (m === 0 || !choleskyFactor(R, m))
    return { b: new Float64Array(p), K: new Float64Array(p * p), T: new Float64Array(p * p) };
  const WX = X.slice();
  choleskySolve(R, m, WX, p);
  if (kind !== "CR2") {
    const u = crossVector(WX, e, m, p);
    const G = cross(X, WX, m, p);
    return kind === "CR3" ? jackknifed(u, G, p) : { b: u, K: G, T: G };
  }
  // the lower factor L = R': A = L(L'SL)^−½L'
  for (let i = 0; i < m; i++) for (let j = i + 1; j < m; j++) R[i * m + j] = 0;
  const LX = timesTransposed(R, X, m, p);
  const LL = timesTransposed(R, R, m, m);
  // L'(V − XX')L = (L'L)² − (L'X)(L'X)'
  const G = new Float64Array(m * m);
  for (let i = 0; i < m; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < m; k++) sum += LL[i * m + k]! * LL[k * m + j]!;
      for (let a = 0; a < p; a++) sum -= LX[i * p + a]! * LX[j * p + a]!;
      G[i * m + j] = sum;
      G[j * m + i] = sum;
    }
  let largest = 0;
  for (let i = 0; i < m; i++) largest = Math.max(largest, G[i * m + i]!);
  const root = symmetricFunction(G, m, (value) => (value > NO_RESIDUAL * largest ? 1 / Math.sqrt(value) : 0));
  // A'V⁻¹X = L(…)^−½L'V⁻¹X, and L'V⁻¹ = L⁻¹
  const half = X.slice();
  solveLower(R, 0, m, m, half, 0, p);
  const turned = new Float64Array(m * p);
  for (let i = 0; i < m; i++)
    for (let k = 0; k < m; k++) {
      const value = root[i * m + k]!;
      if (value !== 0) for (let a = 0; a < p; a++) turned[i * p + a]! += value * half[k * p + a]!;
    }
  const AWX = new Float64Array(m * p);
  for (let i = 0; i < m; i++)
    for (let k = 0; k <= i; k++) {
      const value = R[i * m + k]!;
      for (let a = 0; a < p; a++) AWX[i * p + a]! += value * turned[k * p + a]!;
    }
  // V = LL': (A'V⁻¹X)'V(A'V⁻¹X)
  const LAWX = timesTransposed(R, AWX, m, p);
  return { b: crossVector(AWX, e, m, p), K: cross(X, AWX, m, p), T: cross(LAWX, LAWX, m, p) };
}

/** L'X, L lower triangular. */
function timesTransposed(L: Float64Array, X: Float64Array, m: number, p: number): Float64Array {
  const out = new Float64Array(m * p);
  for (let k = 0; k < m; k++)
    for (let i = 0; i <= k; i++) {
      const value = L[k * m + i]!;
      if (value !== 0) for (let a = 0; a < p; a++) out[i * p + a]! += value * X[k * p + a]!;
    }
  return out;
}

/** (I − G)⁻¹u: what leaving the cluster out takes from the estimate. */
export function jackknifed(u: Float64Array, G: Float64Array, p: number, power = 1): ClusterTerms {
  const F = inflated(G, p, power);
  const b = Float64Array.from({ length: p }, (_, a) => {
    let sum = 0;
    for (let c = 0; c < p; c++) sum += F[a * p + c]! * u[c]!;
    return sum;
  });
  const K = new Float64Array(p * p);
  for (let a = 0; a < p; a++)
    for (let c = 0; c < p; c++) for (let k = 0; k < p; k++) K[a * p + c]! += G[a * p + k]! * F[k * p + c]!;
  const T = new Float64Array(p * p);
  for (let a = 0; a < p; a++)
    for (let c = 0; c < p; c++) for (let k = 0; k < p; k++) T[a * p + c]! += F[a * p + k]! * K[k * p + c]!;
  return { b, K, T };
}
