/**
 * The Gaussian regression that the coefficients and random effects see, r ~ N(X̃β̃ + Zb, 1/(s·w)), through its weighted cross-products.
 * Gaussian models form them once; data augmentation forms them anew each sweep, one pass over the rows.
 */
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { entryPosition } from "../../linalg/sparse-pattern.ts";
import { blockDiagonalSystem } from "../../marginal/gaussian/block-diagonal-system.ts";
import type { Grouping } from "../../marginal/gaussian/grouping.ts";
import { groupTerms } from "../../marginal/gaussian/grouping.ts";
import { rowEffects } from "../../marginal/gaussian/merged-factor.ts";
import type { RandomEffectsSystem } from "../../marginal/gaussian/random-effects-system.ts";
import { type SparseCrossproduct, sparseCrossproduct } from "../../marginal/gaussian/sparse-crossproduct.ts";
import { sparseSystem } from "../../marginal/gaussian/sparse-system.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";

export interface WorkingModel {
  readonly p: number;
  /** Columns of the cross-products: X̃, then r. */
  readonly k: number;
  readonly grouping: Grouping;
  /** Null without random effects. */
  readonly system: RandomEffectsSystem | null;
  /** [X̃ r]'W[X̃ r], k × k row-major. */
  readonly EE: Float64Array;
  /** Z'W[X̃ r], size × k row-major, rows in the grouping's order of u. */
  readonly ZE: Float64Array;
  /** Diagonal blocks of Z'WZ by factor: levels × q × q. */
  readonly blocks: readonly Float64Array[];
  /** The factor s of the precisions. */
  scale: number;
  /** Coefficients taken out of r beforehand, so that cross-products do not cancel: r = y − offset − X̃·removed. */
  readonly removed: Float64Array;
  /** Z'W(r − X̃β̃ − Zb) at the state of the last `updateResidual`, in the grouping's order. */
  readonly residual: Float64Array;
  /** Sets weights and responses of the rows. */
  update(weight: Float64Array, response: Float64Array): void;
  /** Sets `residual`; returns Σ w (r − X̃β̃ − Zb)². */
  updateResidual(state: GibbsState): number;
}

/** The cross-products, and the rows that they are of. */
interface CrossProducts {
  readonly design: GibbsDesign;
  readonly removeFit: boolean;
  readonly k: number;
  readonly grouping: Grouping;
  readonly blocks: Float64Array[];
  readonly z: Float64Array[];
  readonly sparse: SparseCrossproduct | null;
  readonly system: RandomEffectsSystem | null;
  readonly entries: { readonly position: Int32Array; readonly width: number } | null;
  readonly EE: Float64Array;
  readonly ZE: Float64Array;
  readonly removed: Float64Array;
  readonly residual: Float64Array;
  readonly effects: Float64Array;
  readonly e: Float64Array;
}

function update(s: CrossProducts, weight: Float64Array, response: Float64Array): void {
  const { design, removeFit, k, EE, removed } = s;
  const { n, p, X } = design;
  accumulate(s, weight, response);
  if (!removeFit) return;
  const A = new Float64Array(p * p);
  for (let a = 0; a < p; a++) {
    removed[a] = EE[a * k + p]!;
    for (let b = 0; b < p; b++) A[a * p + b] = EE[a * k + b]!;
  }
  if (p === 0 || !choleskyFactor(A, p)) {
    removed.fill(0);
    return;
  }
  choleskySolve(A, p, removed);
  const left = response.slice();
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) left[i]! -= X[i * p + j]! * removed[j]!;
  accumulate(s, weight, left);
}

function accumulate(s: CrossProducts, weight: Float64Array, response: Float64Array): void {
  const { design, k, grouping, blocks, z, sparse, entries, EE, ZE, e } = s;
  const { n, p, X } = design;
  const { factors } = grouping;
  EE.fill(0);
  ZE.fill(0);
  for (const block of blocks) block.fill(0);
  sparse?.values.fill(0);
  for (let i = 0; i < n; i++) {
    const w = weight[i]!;
    if (w === 0) continue;
    for (let j = 0; j < p; j++) e[j] = X[i * p + j]!;
    e[p] = response[i]!;
    for (let a = 0; a < k; a++) {
      const value = w * e[a]!;
      for (let b = 0; b <= a; b++) EE[a * k + b]! += value * e[b]!;
    }
    for (let f = 0; f < factors.length; f++) {
      const { q, base, index } = factors[f]!;
      const level = index[i]!;
      const zf = z[f]!;
      const block = blocks[f]!;
      for (let a = 0; a < q; a++) {
        const value = w * zf[i * q + a]!;
        if (value === 0) continue;
        for (let b = 0; b < q; b++) block[(level * q + a) * q + b]! += value * zf[i * q + b]!;
        const target = (base + level * q + a) * k;
        for (let c = 0; c < k; c++) ZE[target + c]! += value * e[c]!;
      }
    }
    if (entries) addMeetings(s, i, w);
  }
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) EE[b * k + a] = EE[a * k + b]!;
  if (sparse) copyBlocks(s);
}

/** Entries of Z'WZ where levels of two factors meet in row i. */
function addMeetings(s: CrossProducts, i: number, w: number): void {
  const { grouping, z, sparse, entries } = s;
  const { factors } = grouping;
  const { values } = sparse!;
  let at = i * entries!.width;
  for (let f = 0; f < factors.length; f++) {
    const q = factors[f]!.q;
    for (let g = f + 1; g < factors.length; g++) {
      const height = factors[g]!.q;
      for (let a = 0; a < q; a++, at++) {
        const value = w * z[f]![i * q + a]!;
        const from = entries!.position[at]!;
        for (let b = 0; b < height; b++) values[from + b]! += value * z[g]![i * height + b]!;
      }
    }
  }
}

function copyBlocks(s: CrossProducts): void {
  const { grouping, blocks, sparse } = s;
  const { factors } = grouping;
  const { pattern, values } = sparse!;
  factors.forEach(({ levels, q, base }, f) => {
    for (let l = 0; l < levels; l++)
      for (let a = 0; a < q; a++) {
        const from = pattern.columnStart[base + l * q + a]! - a;
        for (let b = a; b < q; b++) values[from + b] = blocks[f]![(l * q + b) * q + a]!;
      }
  });
}

function updateResidual(s: CrossProducts, { gamma, b }: GibbsState): number {
  const { design, k, grouping, system, EE, ZE, removed, residual, effects, e } = s;
  const { p } = design;
  const { size } = grouping;
  // In coordinates δ = β̃ − removed: r'Wr less what coefficients and effects explain, term by term with their own residuals.
  for (let j = 0; j < p; j++) e[j] = gamma[j]! - removed[j]!;
  gather(grouping, b, effects);
  for (let row = 0; row < size; row++) {
    let sum = ZE[row * k + p]!;
    for (let j = 0; j < p; j++) sum -= ZE[row * k + j]! * e[j]!;
    residual[row] = sum;
  }
  system?.subtractCrossproduct(effects, residual, 1);
  let squares = EE[p * k + p]!;
  for (let a = 0; a < p; a++) {
    let own = EE[a * k + p]!;
    squares -= e[a]! * own;
    for (let c = 0; c < p; c++) own -= EE[a * k + c]! * e[c]!;
    for (let row = 0; row < size; row++) own -= ZE[row * k + a]! * effects[row]!;
    squares -= e[a]! * own;
  }
  for (let row = 0; row < size; row++) squares -= effects[row]! * (ZE[row * k + p]! + residual[row]!);
  return squares;
}

/**
 * @param first weights of the first update: rows of weight 0 there never take part
 * @param removeFit whether the least-squares fit on X̃ is taken out of r (once: for weights that do not change)
 */
export function workingModel(design: GibbsDesign, first: Float64Array, removeFit: boolean): WorkingModel {
  const { data, n, p } = design;
  const { random, layout } = data;
  const k = p + 1;
  const grouping = groupTerms(random, layout);
  const { factors, size } = grouping;
  const blocks = factors.map(({ levels, q }) => new Float64Array(levels * q * q));
  // z of every row by factor, its terms side by side.
  const z = factors.map((factor) => {
    const rows = new Float64Array(n * factor.q);
    for (let i = 0; i < n; i++) rowEffects(factor, random, i, rows.subarray(i * factor.q, (i + 1) * factor.q));
    return rows;
  });
  const sparse = factors.length > 1 || factors[0]?.known ? sparseCrossproduct(random, grouping, first, blocks) : null;
  const system = sparse
    ? sparseSystem(grouping, sparse)
    : factors.length === 1
      ? blockDiagonalSystem(blocks[0]!, factors[0]!.levels, factors[0]!.q)
      : null;
  const entries = sparse ? rowEntries(design, grouping, first, sparse.pattern) : null;
  const EE = new Float64Array(k * k);
  const ZE = new Float64Array(size * k);
  const removed = new Float64Array(p);
  const residual = new Float64Array(size);
  const effects = new Float64Array(size);
  const e = new Float64Array(k);
  const s: CrossProducts = {
    design,
    removeFit,
    k,
    grouping,
    blocks,
    z,
    sparse,
    system,
    entries,
    EE,
    ZE,
    removed,
    residual,
    effects,
    e,
  };

  return {
    p,
    k,
    grouping,
    system,
    EE,
    ZE,
    blocks,
    scale: 1,
    removed,
    residual,
    update: (weight, response) => update(s, weight, response),
    updateResidual: (state) => updateResidual(s, state),
  };
}

/** For each row, pair of factors f < g and effect of f: where the entries of the effects of g's level start in that column. */
function rowEntries(
  { n }: GibbsDesign,
  { factors }: Grouping,
  first: Float64Array,
  pattern: Parameters<typeof entryPosition>[0],
): { readonly position: Int32Array; readonly width: number } {
  let width = 0;
  for (let f = 0; f < factors.length; f++) width += factors[f]!.q * (factors.length - 1 - f);
  const position = new Int32Array(n * width).fill(-1);
  for (let i = 0; i < n; i++) {
    if (first[i] === 0) continue;
    let at = i * width;
    for (let f = 0; f < factors.length; f++)
      for (let g = f + 1; g < factors.length; g++) {
        const row = factors[g]!.base + factors[g]!.index[i]! * factors[g]!.q;
        for (let a = 0; a < factors[f]!.q; a++)
          position[at++] = entryPosition(pattern, row, factors[f]!.base + factors[f]!.index[i]! * factors[f]!.q + a);
      }
  }
  return { position, width };
}

/** Effects by term into the grouping's order. */
export function gather({ factors }: Grouping, byTerm: readonly Float64Array[], out: Float64Array): void {
  for (const { levels, q, base, terms } of factors)
    for (const { term, at, q: own } of terms) {
      const source = byTerm[term]!;
      for (let l = 0; l < levels; l++) for (let a = 0; a < own; a++) out[base + l * q + at + a] = source[l * own + a]!;
    }
}

/** Effects in the grouping's order back to terms. */
export function scatter({ factors }: Grouping, source: Float64Array, byTerm: readonly Float64Array[]): void {
  for (const { levels, q, base, terms } of factors)
    for (const { term, at, q: own } of terms) {
      const out = byTerm[term]!;
      for (let l = 0; l < levels; l++) for (let a = 0; a < own; a++) out[l * own + a] = source[base + l * q + at + a]!;
    }
}

/** The factor a term is merged into, and where in it. */
export function placeOf(grouping: Grouping, term: number): { readonly factor: number; readonly at: number } {
  const factor = grouping.factors.findIndex(({ terms }) => terms.some((merged) => merged.term === term));
  return { factor, at: grouping.factors[factor]!.terms.find((merged) => merged.term === term)!.at };
}
