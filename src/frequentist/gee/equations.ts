/**
 * The estimating equations of a GEE on sorted rows (Liang & Zeger 1986, eq. 6): Σ_i D_i'V_i⁻¹(y_i − μ_i) = 0 with
 * V_i = φ A_i^½ R(α) A_i^½. With Z_i = A_i^−½[D_i | y_i − μ_i], all they need of a cluster are the cross-products Z_i'R⁻¹Z_i. After the
 * arrays are laid out nothing is allocated; clusters of equal pattern share R⁻¹.
 */

import { addCrossProducts, BLOCK_ROWS, type RowBlock, rowBlock } from "../../linalg/cross-products.ts";
import { symmetrise } from "../../linalg/dense-cholesky.ts";
import { orthonormalBasis } from "../../linalg/orthonormal-basis.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { recessionOf } from "../../model/recession.ts";
import type { Clusters } from "./clusters.ts";
import { type CorrelationParameters, correlationParameters } from "./correlation-parameters.ts";
import type { GeeMethod } from "./method.ts";
import { type Moments, momentEstimates } from "./moments.ts";
import { type WorkingInverse, workingInverse } from "./working-inverse.ts";
import { type WorkingRows, workingRows } from "./working-rows.ts";

/** Information G_i = D_i'V_i⁻¹D_i and score u_i = D_i'V_i⁻¹(y_i − μ_i) of one cluster, both at φ = 1, and how many clusters it stands for. */
export type ClusterVisitor = (G: Float64Array, u: Float64Array, copies: number, c: number) => void;

export interface Equations {
  readonly clusters: Clusters;
  readonly correlation: CorrelationParameters;
  readonly rows: WorkingRows;
  readonly momentSums: Moments;
  /** Number of coefficients. */
  readonly p: number;
  /** Σ G_i (lower triangle) and Σ u_i after `assemble`, p × p and p. */
  readonly information: Float64Array;
  readonly score: Float64Array;
  /** The scores u_i after `assemble`, clusters × p, each of one copy of its cluster. */
  readonly scores: Float64Array;
  /** Means and variances at β; false where they are not defined. */
  evaluate(beta: Float64Array): boolean;
  /** Moment estimates at the last β: returns φ (or the fixed one) and fills α. `excluded`: a cluster of which one copy is left out, −1 for none. */
  moments(alpha: Float64Array, excluded?: number): number;
  /** Fills information, score and scores at the last β and this α, at φ = 1; false where R is singular. */
  assemble(alpha: Float64Array, excluded?: number): boolean;
  /** Visits every cluster at the last β and α. The arrays are overwritten by the next. */
  visit(visitor: ClusterVisitor): void;
  /** Pearson residuals (y − μ)/√(v/w) by row of the design, at φ = 1. */
  pearson(): Float64Array;
  /** Patterns whose R is not positive definite at the last α. */
  indefinite(): number;
  /** Where coefficients are at infinity, a direction that leads there; see `Recession`. */
  readonly outward: Float64Array | null;
}

/** Rows of some clusters at a time, whitened, and the sums over all. */
interface Blocks {
  readonly clusters: Clusters;
  readonly rows: WorkingRows;
  readonly inverse: WorkingInverse;
  readonly block: RowBlock;
  readonly score: Float64Array;
  readonly scores: Float64Array;
}

/** Scores of the clusters in the block, and their sum over copies; multiplies the residuals by their weights. */
function addScores(s: Blocks, from: number, to: number, rowsInBlock: number, excluded: number): void {
  const { clusters, rows, inverse, block, score, scores } = s;
  const { start, copies } = clusters;
  const { p } = rows;
  const { values, weight, stride } = block;
  const last = p * stride;
  for (let i = 0; i < rowsInBlock; i++) values[last + i]! *= weight[i]!;
  const first = start[from]!;
  const extra = start[to]! - first - from;
  for (let a = 0; a < p; a++) {
    const column = a * stride;
    let sum = 0;
    for (let c = from, i = 0; c < to; c++) {
      let s = inverse.extra === 0 ? 0 : values[last + extra + c]! * values[column + extra + c]!;
      for (const end = start[c + 1]! - first; i < end; i++) s += values[last + i]! * values[column + i]!;
      scores[c * p + a] = s;
      sum += copies === null ? s : copies[c]! * s;
    }
    score[a]! += from <= excluded && excluded < to ? sum - scores[excluded * p + a]! : sum;
  }
}

/** Multiplies the weights of the clusters in the block by their numbers of copies. */
function weighByCopies(s: Blocks, from: number, to: number, excluded: number): void {
  const { clusters, inverse, block } = s;
  const { start, copies } = clusters;
  if (copies === null && !(from <= excluded && excluded < to)) return;
  const { weight } = block;
  const first = start[from]!;
  const extra = start[to]! - first - from;
  for (let c = from; c < to; c++) {
    const times = copiesOf(s, c) - (c === excluded ? 1 : 0);
    for (let i = start[c]! - first; i < start[c + 1]! - first; i++) weight[i]! *= times;
    if (inverse.extra === 1) weight[extra + c]! *= times;
  }
}

/** Whitened rows of the clusters from ≤ c < to in the block; their number. */
function put(s: Blocks, from: number, to: number): number {
  const { clusters, rows, inverse, block } = s;
  const { start } = clusters;
  rows.load(start[from]!, start[to]!, block);
  return inverse.whiten(block, from, to);
}

/** The clusters from `from` on that fit into a block end before this one. */
function blockEnd(s: Blocks, from: number): number {
  const { clusters } = s;
  const { start, count } = clusters;
  const limit = start[from]! + BLOCK_ROWS;
  let to = from + 1;
  while (to < count && start[to + 1]! <= limit) to++;
  return to;
}

const copiesOf = (s: Blocks, c: number): number => (s.clusters.copies === null ? 1 : s.clusters.copies[c]!);

/** Lays out the equations of a model for a method. */
export function estimatingEquations(
  model: CompiledModel,
  method: GeeMethod,
  clusters: Clusters,
  phi: Float64Array,
): Equations {
  const { count, largest, order } = clusters;
  const rows = workingRows(model, clusters, phi);
  const { p } = rows;
  const correlation = correlationParameters(method, clusters);
  const inverse = workingInverse(method.correlation, clusters, correlation, BLOCK_ROWS);
  const moments = momentEstimates(method, clusters, correlation, rows);
  // each cluster of the block may add a row
  const block = rowBlock(p + 1, 2 * Math.max(BLOCK_ROWS, largest));
  const covariates = { ...block, q: p };
  const information = new Float64Array(p * p);
  const score = new Float64Array(p);
  const scores = new Float64Array(count * p);
  const s: Blocks = { clusters, rows, inverse, block, score, scores };

  const infinite = infiniteBasis(model, p);

  return {
    clusters,
    correlation,
    rows,
    momentSums: moments,
    p,
    information,
    score,
    scores,
    evaluate: (beta) => rows.evaluate(beta),
    moments: (alpha, excluded = -1) => moments.estimate(alpha, excluded),
    assemble(alpha, excluded = -1) {
      if (!inverse.update(alpha)) return false;
      information.fill(0);
      score.fill(0);
      for (let from = 0; from < count; ) {
        const to = blockEnd(s, from);
        const rowsInBlock = put(s, from, to);
        addScores(s, from, to, rowsInBlock, excluded);
        weighByCopies(s, from, to, excluded);
        addCrossProducts(covariates, rowsInBlock, information);
        from = to;
      }
      hold(information, infinite, p);
      return true;
    },
    visit(visitor) {
      const G = new Float64Array(p * p);
      for (let c = 0; c < count; c++) {
        G.fill(0);
        addCrossProducts(covariates, put(s, c, c + 1), G);
        symmetrise(G, p);
        visitor(G, scores.subarray(c * p, (c + 1) * p), copiesOf(s, c), c);
      }
    },
    pearson() {
      const byRow = new Float64Array(order.length);
      for (let i = 0; i < order.length; i++) byRow[order[i]!] = rows.residual[i]!;
      return byRow;
    },
    indefinite: inverse.indefinite,
    outward: recessionOf(model)?.outward ?? null,
  };
}

/** Directions of the standardised coefficients at infinity, in which the equations say nothing in the limit. */
function infiniteBasis(model: CompiledModel, p: number): readonly Float64Array[] {
  const { directions } = recessionOf(model) ?? { directions: [] };
  return orthonormalBasis(
    directions.map((direction) => {
      const standardised = new Float64Array(model.layout.size);
      model.standardisation.toStandardised(direction, standardised);
      return standardised.subarray(0, p);
    }),
  );
}

/** Adds as much information in the given directions as there is in others: steps stay where they are along them, and all else has its own errors. */
function hold(information: Float64Array, directions: readonly Float64Array[], p: number): void {
  if (directions.length === 0) return;
  let largest = 0;
  for (let a = 0; a < p; a++) largest = Math.max(largest, information[a * p + a]!);
  for (const q of directions)
    for (let a = 0; a < p; a++) for (let b = 0; b <= a; b++) information[a * p + b]! += (largest || 1) * q[a]! * q[b]!;
}
