/** One group's integral at its mode: the sum over quadrature nodes, and for the gradient the sums of scores at them. */
import { choleskyLogDet } from "../../linalg/dense-cholesky.ts";
import type { GroupModeSearch } from "./conditional-mode.ts";
import type { ProductGrid } from "./gauss-hermite.ts";
import type { GradientWork } from "./grouped-gradient.ts";
import { type GroupedModel, setPredictors } from "./grouped-model.ts";
import { invertFactor } from "./small-cholesky.ts";

export interface NodeScratch {
  /** L⁻¹, q × q. */
  readonly inverseL: Float64Array;
  readonly point: Float64Array;
}

export const nodeScratch = (q: number): NodeScratch => ({
  inverseL: new Float64Array(q * q),
  point: new Float64Array(q),
});

/** A node whose log weight exceeds the largest so far by more than this rescales the sums, so that they cannot overflow. */
const RESCALE = 200;

/**
 * log Σ_m exp(ω_m − h(u_m)) of group g at the mode in `model.mode`; with `work` also its node sums, normalised.
 */
function sumNodes(
  model: GroupedModel,
  grid: ProductGrid,
  scratch: NodeScratch,
  g: number,
  work: GradientWork | null,
): number {
  const { q, blocks, start, rows } = model;
  const { kernel, K, globals } = rows;
  const { u: mode, L } = model.mode;
  const { points, logWeights, count } = grid;
  const { inverseL, point } = scratch;
  const from = start[g]!;
  const to = start[g + 1]!;
  invertFactor(L, q, inverseL);
  let shift = -model.mode.h;
  let total = 0;
  if (work) {
    for (let t = 0; t < K; t++) work.rowScore[t]!.fill(0, from, to);
    for (let k = 0; k < blocks.length; k++) work.nodeFactor[k]!.fill(0);
    work.nodePhi.fill(0);
    work.U.fill(0);
    work.C.fill(0);
  }
  for (let m = 0; m < count; m++) {
    let square = 0;
    for (let a = 0; a < q; a++) {
      let value = mode[a]!;
      for (let c = a; c < q; c++) value += inverseL[c * q + a]! * points[m * q + c]!;
      point[a] = value;
      square += value * value;
    }
    setPredictors(model, point, from, to);
    const logLik = work ? kernel.score(from, to) : kernel.value(from, to);
    const exponent = logWeights[m]! - 0.5 * square + logLik;
    // A node outside the density's support has no weight.
    if (!(exponent > -Infinity)) continue;
    if (exponent > shift + RESCALE) {
      const scale = Math.exp(shift - exponent);
      shift = exponent;
      total *= scale;
      if (work) scaleNodeSums(model, work, from, to, scale);
    }
    const weight = Math.exp(exponent - shift);
    total += weight;
    if (!work || weight === 0) continue;
    for (let t = 0; t < K; t++) {
      const sum = work.rowScore[t]!;
      const d1 = kernel.d1[t]!;
      for (let i = from; i < to; i++) sum[i]! += weight * d1[i]!;
    }
    for (let p = 0; p < globals; p++) work.nodePhi[p]! += weight * kernel.dPhi[p]!;
    for (let k = 0; k < blocks.length; k++) {
      const { predictor, first, q: size, A, Z } = blocks[k]!;
      const d1 = kernel.d1[predictor]!;
      const factor = work.nodeFactor[k]!;
      for (let a = 0; a < size; a++) {
        let zd = 0;
        let slope = point[first + a]!;
        for (let i = from, at = from * size + a; i < to; i++, at += size) {
          zd += Z[at]! * d1[i]!;
          slope -= A[at]! * d1[i]!;
        }
        zd *= weight;
        slope *= weight;
        for (let b = 0; b < size; b++) factor[a * size + b]! += zd * point[first + b]!;
        work.U[first + a]! -= slope;
        for (let c = 0; c < q; c++) work.C[(first + a) * q + c]! -= slope * points[m * q + c]!;
      }
    }
  }
  if (work) scaleNodeSums(model, work, from, to, 1 / total);
  return shift + Math.log(total);
}

function scaleNodeSums(model: GroupedModel, work: GradientWork, from: number, to: number, scale: number): void {
  const { q, blocks, rows } = model;
  for (let t = 0; t < rows.K; t++) {
    const sum = work.rowScore[t]!;
    for (let i = from; i < to; i++) sum[i]! *= scale;
  }
  for (let k = 0; k < blocks.length; k++) {
    const factor = work.nodeFactor[k]!;
    for (let a = 0; a < factor.length; a++) factor[a]! *= scale;
  }
  for (let p = 0; p < rows.globals; p++) work.nodePhi[p]! *= scale;
  for (let a = 0; a < q; a++) work.U[a]! *= scale;
  for (let a = 0; a < q * q; a++) work.C[a]! *= scale;
}

/**
 * Group g's log-likelihood, −log|L| + log Σ_m exp(ω_m − h(u_m)) about its mode, which it finds; with `work` also the node sums. −Infinity
 * where there is no mode.
 */
export function integrateGroup(
  model: GroupedModel,
  search: GroupModeSearch,
  grid: ProductGrid,
  scratch: NodeScratch,
  g: number,
  work: GradientWork | null,
): number {
  if (!search.find(g)) return -Infinity;
  const logSum = grid.count === 1 ? -model.mode.h : sumNodes(model, grid, scratch, g, work);
  const value = logSum - 0.5 * choleskyLogDet(model.mode.L, model.q);
  return Math.abs(value) < Infinity ? value : -Infinity;
}
