/**
 * A model whose random terms all share one grouping factor, laid out for the integral: rows sorted by group, the effects of a group
 * concatenated into one vector u ~ N(0, I_q) in blocks by predictor, and working arrays for one group at a time.
 *
 * Notation throughout this folder (r, s, t predictors; i rows): η_ir = fixed part + a_ir'u with a_ir = Λ'z_ir, so that b = Λu.
 */

import { fillFactor, type TermLayout } from "../../covariance/term-factor.ts";
import { predictorOfColumn } from "../../data/design.ts";
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import type { IntegralData } from "../integral-data.ts";
import { type DerivativeIndex, derivativeIndex } from "./derivative-index.ts";
import { type GroupingFactor, sortRows } from "./grouping.ts";
import { type NodeAxes, nodeAxes } from "./node-axes.ts";
import { type OrderedRows, orderRows, setFixedPart } from "./ordered-rows.ts";

/** The effects of a group that act on one predictor: a stretch of u. */
export interface EffectBlock {
  readonly predictor: number;
  /** Position of the first of its effects in u. */
  readonly first: number;
  readonly q: number;
  /** n × q, row-major: z of every row. */
  readonly Z: Float64Array;
  /** n × q, row-major: a = Λ'z at the parameters last set. */
  readonly A: Float64Array;
  readonly terms: readonly EffectTerm[];
  /** q × q: adjoint of Λ summed over groups (only the blocks of the terms are meant). */
  readonly dFactor: Float64Array;
  /** Whether an earlier block has the same stretch of u: where effects span predictors, every block is all of u. */
  readonly repeated: boolean;
}

/** One random term inside a block. */
export interface EffectTerm {
  /** Position in the model's list of terms. */
  readonly term: number;
  readonly layout: TermLayout;
  /** Position of its first effect in the block. */
  readonly first: number;
  /** q × q row-major Λ at the parameters last set, or ΛR where the axes of nodes were asked for. */
  readonly factor: Float64Array;
  readonly axes: NodeAxes | null;
  /** The term's level for each group. */
  readonly levelOf: Int32Array;
}

export interface GroupedModel {
  readonly rows: OrderedRows;
  readonly groups: number;
  /** Rows of group g: start[g] ≤ i < start[g + 1]. */
  readonly start: Int32Array;
  /** Effects a group. */
  readonly q: number;
  readonly blocks: readonly EffectBlock[];
  readonly index: DerivativeIndex;
  /** The modes of all groups, as the search leaves them. */
  readonly modes: GroupModes;
}

/** The modes of all groups, one after another. */
export interface GroupModes {
  /** û, groups × q. */
  readonly u: Float64Array;
  /** Cholesky factors L of H = ∇²h at û, groups × q × q (lower triangles). */
  readonly L: Float64Array;
  /** ∇h(û), 0 up to rounding, groups × q; exactly 0 where H is not large (`LARGE_CURVATURE`). */
  readonly gradient: Float64Array;
  /** h(û) = ½û'û − Σ ℓ. */
  readonly h: Float64Array;
  /** Σ ℓ and Σ ∂ℓ/∂φ by group of the kernel's last call: groups × (1 + G). */
  readonly sums: Float64Array;
}

/** Lays out `data` by the one factor that all its random terms share. */
export function groupedModel(data: IntegralData, kernel: ObservationKernel, factor: GroupingFactor): GroupedModel {
  const { order, start } = sortRows(factor.index, factor.levels);
  const rows = orderRows(data, kernel, order);
  const blocks: EffectBlock[] = [];
  // effects that span predictors act on several of them: then each predictor's block is all of u, with z = 0 for effects of others
  const spanning = factor.terms.some(({ term }) => data.random[term]!.predictors !== undefined);
  let q = 0;
  for (let predictor = 0; predictor < data.predictors.length; predictor++) {
    const acts = (term: number, a: number) => predictorOfColumn(data.random[term]!, a) === predictor;
    const touched = factor.terms.filter(({ term }) => data.random[term]!.names.some((_, a) => acts(term, a)));
    if (touched.length === 0) continue;
    const own = spanning ? factor.terms : touched;
    const terms: EffectTerm[] = [];
    let size = 0;
    for (const { term, levelOf } of own) {
      const layout = data.layout.terms[term]!;
      terms.push({
        term,
        layout,
        first: size,
        factor: new Float64Array(layout.q ** 2),
        axes: nodeAxes(layout, data.userRows?.[term] ?? null),
        levelOf,
      });
      size += layout.q;
    }
    const Z = new Float64Array(data.n * size);
    for (const { term, first, layout } of terms)
      for (let i = 0; i < data.n; i++)
        for (let a = 0; a < layout.q; a++)
          if (acts(term, a)) Z[i * size + first + a] = data.random[term]!.Z[order[i]! * layout.q + a]!;
    blocks.push({
      predictor,
      first: spanning ? 0 : q,
      repeated: spanning && blocks.length > 0,
      q: size,
      Z,
      A: new Float64Array(data.n * size),
      terms,
      dFactor: new Float64Array(size * size),
    });
    q = spanning ? size : q + size;
  }
  return {
    rows,
    groups: factor.levels,
    start,
    q,
    blocks,
    index: derivativeIndex(rows.K),
    modes: {
      u: new Float64Array(factor.levels * q),
      L: new Float64Array(factor.levels * q * q),
      gradient: new Float64Array(factor.levels * q),
      h: new Float64Array(factor.levels),
      sums: new Float64Array(factor.levels * (1 + rows.globals)),
    },
  };
}

/**
 * Sets β, Λ and φ: the fixed parts, the factors and a = Λ'z of every row.
 *
 * @param forNodes whether u is to have the axes of quadrature nodes, ΛR taking the place of Λ
 */
export function setParameters(model: GroupedModel, x: Float64Array, forNodes = false): void {
  setFixedPart(model.rows, x);
  const { n } = model.rows;
  for (const { q, Z, A, terms } of model.blocks) {
    for (const { layout, first, factor, axes } of terms) {
      fillFactor(layout, x, factor);
      const size = layout.q;
      const isTurned = forNodes && axes !== null;
      if (isTurned) axes.turn(factor);
      if (size === 1) {
        const sd = factor[0]!;
        for (let i = 0, at = first; i < n; i++, at += q) A[at] = sd * Z[at]!;
        continue;
      }
      for (let i = 0, at = first; i < n; i++, at += q)
        for (let b = 0; b < size; b++) {
          let sum = 0;
          for (let a = isTurned ? 0 : b; a < size; a++) sum += factor[a * size + b]! * Z[at + a]!;
          A[at + b] = sum;
        }
    }
  }
}

/**
 * Writes η = fixed part + a'u into the kernel for the rows of groups from ≤ g < to with a nonzero mask (all where it is null), u being
 * groups × q.
 */
export function setPredictors(
  model: GroupedModel,
  u: Float64Array,
  from: number,
  to: number,
  mask: Uint8Array | null = null,
): void {
  const { blocks, start, q: width } = model;
  const { fixedPart, kernel } = model.rows;
  for (let k = 0; k < blocks.length; k++) {
    const { predictor, first, q, A } = blocks[k]!;
    const fixed = fixedPart[predictor]!;
    const eta = kernel.eta[predictor]!;
    for (let g = from; g < to; g++) {
      if (mask !== null && mask[g] === 0) continue;
      const base = g * width + first;
      const end = start[g + 1]!;
      if (q === 1) {
        const value = u[base]!;
        for (let i = start[g]!; i < end; i++) eta[i] = fixed[i]! + A[i]! * value;
      } else if (q === 2) {
        const value0 = u[base]!;
        const value1 = u[base + 1]!;
        for (let i = start[g]!; i < end; i++) eta[i] = fixed[i]! + A[2 * i]! * value0 + A[2 * i + 1]! * value1;
      } else
        for (let i = start[g]!, at = i * q; i < end; i++) {
          let sum = fixed[i]!;
          for (let a = 0; a < q; a++) sum += A[at++]! * u[base + a]!;
          eta[i] = sum;
        }
    }
  }
}
