/**
 * A model with several grouping factors, laid out for one sparse problem: all random effects in one vector u ~ N(0, P⁻¹), and for each
 * effect that a row has (there are E, the sum of the terms' q) its predictor, its position in u and its z, by column. P = I but for factors with a
 * known covariance across levels.
 *
 * H = P − Σ_i Σ_ee' ℓ_{r(e)r(e')} a_e a_e' has an entry where two effects meet in a row, or P has one. Factors are numbered by decreasing number of
 * levels: the largest block is diagonal (by group) and is eliminated first, so that nested factors have no fill at all and two crossed
 * ones only in the block of the smaller.
 */

import { fillFactor, type TermLayout } from "../../covariance/term-factor.ts";
import { analyse, type SparseCholesky } from "../../linalg/sparse-cholesky.ts";
import { entryPosition, sparsePattern } from "../../linalg/sparse-pattern.ts";
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import type { IntegralData } from "../integral-data.ts";
import { entriesOnPattern, type PriorPrecision, priorPrecision, priorProduct } from "../prior-precision.ts";
import { type DerivativeIndex, derivativeIndex } from "./derivative-index.ts";
import type { GroupingFactor } from "./grouping.ts";
import { type OrderedRows, orderRows, setFixedPart } from "./ordered-rows.ts";

/** One effect that every row has. */
export interface RowEffect {
  readonly predictor: number;
  /** z of each row. */
  readonly z: Float64Array;
  /** a = Λ'z of each row at the parameters last set. */
  readonly a: Float64Array;
  /** Where in u each row's effect is. */
  readonly position: Int32Array;
}

/** Two effects e ≥ f of a row, and the entry of H where they meet. */
export interface EffectPair {
  readonly e: number;
  readonly f: number;
  /** Number of the pair of their predictors. */
  readonly predictors: number;
  /** Entry of the sparse H by row. */
  readonly slot: Int32Array;
}

export interface CrossedTerm {
  readonly layout: TermLayout;
  /** Λ, q × q, at the parameters last set. */
  readonly factor: Float64Array;
  /** Its effects are effects[first] … effects[first + q − 1]. */
  readonly first: number;
  /** Position in u of the first effect of each level. */
  readonly start: Int32Array;
}

export interface CrossedModel {
  readonly rows: OrderedRows;
  /** Length of u. */
  readonly size: number;
  readonly effects: readonly RowEffect[];
  readonly pairs: readonly EffectPair[];
  /** E × E: number of the pair {e, f}. */
  readonly pairOf: Int32Array;
  readonly terms: readonly CrossedTerm[];
  readonly cholesky: SparseCholesky;
  readonly index: DerivativeIndex;
  readonly prior: PriorPrecision;
  /** P on the pattern of H. */
  readonly priorEntries: Float64Array;
  /** out ← Pu. */
  readonly multiplyPrior: (u: Float64Array, out: Float64Array) => void;
  /** Length of u, for whoever needs it. */
  readonly scratch: Float64Array;
}

/** The factors by decreasing number of levels, as they are numbered in u. */
export function byLevels(factors: readonly GroupingFactor[]): GroupingFactor[] {
  return [...factors].sort((a, b) => b.levels - a.levels);
}

/** Lays out `data` and analyses the pattern of H. */
export function crossedModel(
  data: IntegralData,
  kernel: ObservationKernel,
  factors: readonly GroupingFactor[],
): CrossedModel {
  const { n, layout, random } = data;
  const ordered = byLevels(factors);
  const rows = orderRows(
    data,
    kernel,
    Int32Array.from({ length: n }, (_, i) => i),
  );
  const index = derivativeIndex(rows.K);

  const starts: Int32Array[] = [];
  let size = 0;
  for (const { levels, terms } of ordered) {
    const width = terms.reduce((sum, { term }) => sum + random[term]!.q, 0);
    let first = 0;
    for (const { term, levelOf } of terms) {
      const start = new Int32Array(levels);
      for (let level = 0; level < levels; level++) start[levelOf[level]!] = size + level * width + first;
      starts[term] = start;
      first += random[term]!.q;
    }
    size += levels * width;
  }

  const effects: RowEffect[] = [];
  const terms: CrossedTerm[] = random.map((term, t) => {
    const first = effects.length;
    const start = starts[t]!;
    for (let c = 0; c < term.q; c++)
      effects.push({
        predictor: term.predictor,
        z: Float64Array.from({ length: n }, (_, i) => term.Z[i * term.q + c]!),
        a: new Float64Array(n),
        position: Int32Array.from({ length: n }, (_, i) => start[term.index[i]!]! + c),
      });
    return { layout: layout.terms[t]!, factor: new Float64Array(term.q ** 2), first, start };
  });

  const E = effects.length;
  const prior = priorPrecision(
    random.flatMap(({ known, q }, t) => (known ? [{ precision: known, q, start: starts[t]! }] : [])),
  );
  const pairCount = (E * (E + 1)) / 2;
  const entryRow = new Int32Array(n * pairCount + prior.rows.length);
  const entryColumn = new Int32Array(n * pairCount + prior.rows.length);
  let at = 0;
  for (let e = 0; e < E; e++)
    for (let f = 0; f <= e; f++) {
      entryRow.set(effects[e]!.position, at);
      entryColumn.set(effects[f]!.position, at);
      at += n;
    }
  entryRow.set(prior.rows, at);
  entryColumn.set(prior.columns, at);
  const pattern = sparsePattern(size, entryRow, entryColumn);
  const pairs: EffectPair[] = [];
  const pairOf = new Int32Array(E * E);
  for (let e = 0; e < E; e++)
    for (let f = 0; f <= e; f++) {
      const p = effects[e]!.position;
      const r = effects[f]!.position;
      pairOf[e * E + f] = pairOf[f * E + e] = pairs.length;
      pairs.push({
        e,
        f,
        predictors: index.pair[effects[e]!.predictor * rows.K + effects[f]!.predictor]!,
        slot: Int32Array.from({ length: n }, (_, i) =>
          entryPosition(pattern, Math.max(p[i]!, r[i]!), Math.min(p[i]!, r[i]!)),
        ),
      });
    }

  let cholesky = analyse(pattern, "natural");
  if (ordered.length > 2 || prior.blocks.length > 0) {
    const alternative = analyse(pattern, "minimum-degree");
    if (alternative.nonzeros < cholesky.nonzeros) cholesky = alternative;
  }
  const priorEntries = entriesOnPattern(prior, pattern);
  const multiplyPrior = priorProduct(prior);
  return {
    rows,
    size,
    effects,
    pairs,
    pairOf,
    terms,
    cholesky,
    index,
    prior,
    priorEntries,
    multiplyPrior,
    scratch: new Float64Array(size),
  };
}

/** u'Pu. */
export function quadraticForm({ multiplyPrior, scratch }: CrossedModel, u: Float64Array): number {
  multiplyPrior(u, scratch);
  let sum = 0;
  for (let a = 0; a < u.length; a++) sum += u[a]! * scratch[a]!;
  return sum;
}

/** Sets β, Λ and φ: the fixed parts, the factors and a = Λ'z of every row. */
export function setCrossedParameters(model: CrossedModel, x: Float64Array): void {
  setFixedPart(model.rows, x);
  const { n } = model.rows;
  for (const { layout, factor, first } of model.terms) {
    fillFactor(layout, x, factor);
    const { q } = layout;
    for (let b = 0; b < q; b++) {
      const { a } = model.effects[first + b]!;
      a.fill(0);
      for (let c = b; c < q; c++) {
        const entry = factor[c * q + b]!;
        const { z } = model.effects[first + c]!;
        for (let i = 0; i < n; i++) a[i]! += entry * z[i]!;
      }
    }
  }
}

/** Writes η = fixed part + Σ_e a_e u_e of all rows into the kernel. */
export function setCrossedPredictors(model: CrossedModel, u: Float64Array): void {
  const { fixedPart, kernel, K, n } = model.rows;
  for (let r = 0; r < K; r++) kernel.eta[r]!.set(fixedPart[r]!);
  for (let e = 0; e < model.effects.length; e++) {
    const { predictor, a, position } = model.effects[e]!;
    const eta = kernel.eta[predictor]!;
    for (let i = 0; i < n; i++) eta[i]! += a[i]! * u[position[i]!]!;
  }
}
