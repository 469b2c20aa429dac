/**
 * The integrals of groups at their modes: sums over quadrature nodes and, for the gradient, the sums of scores at them. The groups go side
 * by side: a node is one pass over the rows of them all.
 */

import { invertLower } from "../../linalg/triangular.ts";
import type { ProductGrid } from "./gauss-hermite.ts";
import type { GroupModeSearch } from "./group-modes.ts";
import type { GradientWork } from "./grouped-gradient.ts";
import { type GroupedModel, setPredictors } from "./grouped-model.ts";

export interface NodeScratch {
  /** L⁻¹ of every group, groups × q × q. */
  readonly inverseL: Float64Array;
  /** The node of every group, groups × q. */
  readonly point: Float64Array;
  /** By group: Σ_m exp(ω_m − h(u_m) − shift), and the shift. */
  readonly total: Float64Array;
  readonly shift: Float64Array;
}

export const nodeScratch = ({ groups, q }: GroupedModel): NodeScratch => ({
  inverseL: new Float64Array(groups * q * q),
  point: new Float64Array(groups * q),
  total: new Float64Array(groups),
  shift: new Float64Array(groups),
});

/** A node whose log weight exceeds the largest so far by more than this rescales the sums, so that they cannot overflow. */
const RESCALE = 200;

/** Adds a node with the given weight to group g's sums. */
function addNode(
  model: GroupedModel,
  { point }: NodeScratch,
  work: GradientWork,
  g: number,
  weight: number,
  points: Float64Array,
  node: number,
  nodeSums: Float64Array,
): void {
  const { q, blocks, start, rows } = model;
  const { kernel, K, globals } = rows;
  const from = start[g]!;
  const to = start[g + 1]!;
  if (q === 1) {
    const { predictor, A, Z } = blocks[0]!;
    const d1 = kernel.d1[predictor]!;
    const score = work.rowScore[predictor]!;
    let zd = 0;
    let slope = point[g]!;
    for (let i = from; i < to; i++) {
      const d = d1[i]!;
      zd += Z[i]! * d;
      slope -= A[i]! * d;
      score[i]! += weight * d;
    }
    work.nodeFactor[0]![g]! += weight * zd * point[g]!;
    work.U[g]! -= weight * slope;
    work.C[g]! -= weight * slope * points[node]!;
    if (K > 1)
      for (let t = 0; t < K; t++) {
        if (t === predictor) continue;
        const sum = work.rowScore[t]!;
        const other = kernel.d1[t]!;
        for (let i = from; i < to; i++) sum[i]! += weight * other[i]!;
      }
    for (let p = 0; p < globals; p++) work.nodePhi[g * globals + p]! += weight * nodeSums[g * (1 + globals) + 1 + p]!;
    return;
  }
  for (let t = 0; t < K; t++) {
    const sum = work.rowScore[t]!;
    const d1 = kernel.d1[t]!;
    for (let i = from; i < to; i++) sum[i]! += weight * d1[i]!;
  }
  for (let p = 0; p < globals; p++) work.nodePhi[g * globals + p]! += weight * nodeSums[g * (1 + globals) + 1 + p]!;
  const base = g * q;
  for (let k = 0; k < blocks.length; k++) {
    const { predictor, first, q: size, A, Z, repeated } = blocks[k]!;
    const d1 = kernel.d1[predictor]!;
    const factor = work.nodeFactor[k]!;
    for (let a = 0; a < size; a++) {
      let zd = 0;
      let slope = repeated ? 0 : point[base + first + a]!;
      for (let i = from, at = from * size + a; i < to; i++, at += size) {
        zd += Z[at]! * d1[i]!;
        slope -= A[at]! * d1[i]!;
      }
      zd *= weight;
      slope *= weight;
      const row = (g * size + a) * size;
      for (let b = 0; b < size; b++) factor[row + b]! += zd * point[base + first + b]!;
      work.U[base + first + a]! -= slope;
      const cell = (base + first + a) * q;
      for (let c = 0; c < q; c++) work.C[cell + c]! -= slope * points[node * q + c]!;
    }
  }
}

function scaleNodeSums(model: GroupedModel, work: GradientWork, g: number, scale: number): void {
  const { q, blocks, rows, start } = model;
  const { globals } = rows;
  for (let t = 0; t < rows.K; t++) {
    const sum = work.rowScore[t]!;
    for (let i = start[g]!; i < start[g + 1]!; i++) sum[i]! *= scale;
  }
  for (let k = 0; k < blocks.length; k++) {
    const cells = blocks[k]!.q ** 2;
    const factor = work.nodeFactor[k]!;
    for (let a = g * cells; a < (g + 1) * cells; a++) factor[a]! *= scale;
  }
  for (let p = g * globals; p < (g + 1) * globals; p++) work.nodePhi[p]! *= scale;
  for (let a = g * q; a < (g + 1) * q; a++) work.U[a]! *= scale;
  for (let a = g * q * q; a < (g + 1) * q * q; a++) work.C[a]! *= scale;
}

function clearNodeSums(model: GroupedModel, work: GradientWork, from: number, to: number): void {
  const { q, blocks, rows, start } = model;
  for (let t = 0; t < rows.K; t++) work.rowScore[t]!.fill(0, start[from]!, start[to]!);
  for (let k = 0; k < blocks.length; k++) {
    const cells = blocks[k]!.q ** 2;
    work.nodeFactor[k]!.fill(0, from * cells, to * cells);
  }
  work.nodePhi.fill(0, from * rows.globals, to * rows.globals);
  work.U.fill(0, from * q, to * q);
  work.C.fill(0, from * q * q, to * q * q);
}

/**
 * log Σ_m exp(ω_m − h(u_m)) of groups from ≤ g < to at their modes into `shift` + log `total`; with `work` also their node sums, normalised.
 */
function sumNodes(
  model: GroupedModel,
  grid: ProductGrid,
  scratch: NodeScratch,
  from: number,
  to: number,
  work: GradientWork | null,
): void {
  const { q, start, rows } = model;
  const { byGroup, globals } = rows;
  const { u: mode, L, h, sums } = model.modes;
  const { points, logWeights, count } = grid;
  const { inverseL, point, total, shift } = scratch;
  // With an odd number of nodes a dimension the middle one is the mode itself, where the kernel still stands: it comes first.
  const middle = count % 2 === 1 ? (count - 1) / 2 : -1;
  for (let g = from; g < to; g++) {
    shift[g] = -h[g]!;
    total[g] = 0;
    if (q === 1) inverseL[g] = 1 / L[g]!;
    else {
      const at = g * q * q;
      for (let i = 0; i < q; i++) for (let j = 0; j <= i; j++) inverseL[at + i * q + j] = L[at + i * q + j]!;
      invertLower(inverseL, q, at);
    }
  }
  if (work) clearNodeSums(model, work, from, to);
  for (let k = 0; k < count; k++) {
    const m = k > middle ? k : k === 0 ? middle : k - 1;
    const nodeSums = m === middle || !work ? sums : work.nodeSums;
    if (q === 1) for (let g = from; g < to; g++) point[g] = mode[g]! + inverseL[g]! * points[m]!;
    else
      for (let g = from; g < to; g++)
        for (let a = 0; a < q; a++) {
          let value = mode[g * q + a]!;
          for (let c = a; c < q; c++) value += inverseL[(g * q + c) * q + a]! * points[m * q + c]!;
          point[g * q + a] = value;
        }
    if (m !== middle) {
      setPredictors(model, point, from, to);
      if (work) byGroup.score(start, from, to, null, 0, nodeSums);
      else byGroup.value(start, from, to, null, 0, nodeSums);
    }
    for (let g = from; g < to; g++) {
      let square = 0;
      for (let a = g * q; a < (g + 1) * q; a++) square += point[a]! * point[a]!;
      const exponent = logWeights[m]! - 0.5 * square + nodeSums[g * (1 + globals)]!;
      // A node outside the density's support has no weight.
      if (!(exponent > -Infinity)) continue;
      if (exponent > shift[g]! + RESCALE) {
        const scale = Math.exp(shift[g]! - exponent);
        shift[g] = exponent;
        total[g]! *= scale;
        if (work) scaleNodeSums(model, work, g, scale);
      }
      const weight = Math.exp(exponent - shift[g]!);
      total[g]! += weight;
      if (work && weight !== 0) addNode(model, scratch, work, g, weight, points, m, nodeSums);
    }
  }
  if (work) for (let g = from; g < to; g++) scaleNodeSums(model, work, g, 1 / total[g]!);
}

/** log|L| of group g. */
function logDetFactor({ q, modes: { L } }: GroupedModel, g: number): number {
  if (q === 1) return Math.log(L[g]!);
  let sum = 0;
  for (let a = 0; a < q; a++) sum += Math.log(L[(g * q + a) * q + a]!);
  return sum;
}

/**
 * The log-likelihood of groups from ≤ g < to, Σ −log|L| + log Σ_m exp(ω_m − h(u_m)) about their modes, which it finds; with `work` also
 * the node sums. −Infinity where a group has no mode.
 */
export function integrateGroups(
  model: GroupedModel,
  search: GroupModeSearch,
  grid: ProductGrid,
  scratch: NodeScratch,
  from: number,
  to: number,
  work: GradientWork | null,
): number {
  if (!search.find(from, to, work !== null)) return -Infinity;
  const { h } = model.modes;
  const { total, shift } = scratch;
  let value = 0;
  if (grid.count === 1) for (let g = from; g < to; g++) value -= h[g]! + logDetFactor(model, g);
  else {
    if (work) {
      const { start, rows } = model;
      for (let t = 0; t < rows.K; t++) {
        const d1 = rows.kernel.d1[t]!;
        const atMode = work.modeScore[t]!;
        for (let i = start[from]!; i < start[to]!; i++) atMode[i] = d1[i]!;
      }
    }
    sumNodes(model, grid, scratch, from, to, work);
    for (let g = from; g < to; g++) value += shift[g]! + Math.log(total[g]!) - logDetFactor(model, g);
  }
  return Math.abs(value) < Infinity ? value : -Infinity;
}
