/**
 * Penalised least squares on cross-products in twice the precision of a double: where the residual standard deviation is a small part σ/τ of
 * the random effects', H = P + Λ'Z'WZΛ holds numbers of 1 beside others of (τ/σ)², and the residual sum of squares is what a
 * cancellation of that size leaves. Doubles bear a ratio of about 1e-4, these 1e-13.
 */
import {
  Accumulator,
  addProductTo,
  type ExtendedArray,
  extendedArray,
  productError,
} from "../../linalg/double-double.ts";
import { analyseExtended, type ExtendedCholesky } from "../../linalg/extended-cholesky.ts";
import type { SparsePattern } from "../../linalg/sparse-pattern.ts";
import { entriesOnPattern } from "../prior-precision.ts";
import { entryAt, pairPattern } from "./extended-pattern.ts";
import type { Grouping } from "./grouping.ts";
import { groupingPrecision } from "./grouping-precision.ts";
import type { MergedFactor } from "./merged-factor.ts";
import type { PairedRows } from "./paired-rows.ts";

export interface ExtendedSystem {
  readonly size: number;
  /** Takes the cross-products anew, where the rows have changed. */
  renew(): void;
  /** Factors H at Λ/σ (one q × q block a factor) and E'V⁻¹E, V in units of σ²; false where that fails. `rounding` is added to the residual sum of squares. */
  factorise(lambda: readonly Float64Array[], rounding: number): boolean;
  /** log|H| − log|P|. */
  logDet(): number;
  /** The Cholesky factor of E'V⁻¹E, k × k row-major lower triangular, rounded. */
  readonly root: Float64Array;
  /** ΛH⁻¹Λ'Z'WE v, the modes b̂ of the residual Ev, rounded; after `factorise`. */
  effects(v: Float64Array): Float64Array;
  /** The squares r'C⁻¹r of the rows r = y − Xβ̂ − Zb̂ at the coefficients and effects of the factorisation. */
  residualSquares(): number;
  /** The q × q blocks of ΛH⁻¹Λ' of a factor: levels × q × q, rounded. */
  covarianceBlocks(factor: number, out: Float64Array): void;
}

const sum = new Accumulator();

/** The cross-products, where they stand, and the factors of the last factorisation. */
interface Products {
  readonly grouping: Grouping;
  readonly rows: PairedRows;
  readonly k: number;
  readonly F: number;
  readonly width: number;
  readonly count: number;
  readonly pattern: SparsePattern;
  readonly entryOf: Int32Array;
  readonly precision: Float64Array;
  readonly cholesky: ExtendedCholesky;
  readonly ZZ: ExtendedArray;
  readonly ZE: ExtendedArray;
  readonly EE: ExtendedArray;
  readonly H: ExtendedArray;
  readonly solved: ExtendedArray;
  readonly schur: ExtendedArray;
  readonly root: Float64Array;
  lambda: readonly Float64Array[];
}

function renew(s: Products): void {
  const { rows, width, count, pattern, entryOf, ZZ, ZE, EE } = s;
  const { Z, pairs } = rows;
  for (const array of [ZZ, ZE, EE]) {
    array.high.fill(0);
    array.low.fill(0);
  }
  for (let t = 0; t < count; t++) {
    const i = pairs.row[t]!;
    const j = pairs.partner[t]!;
    const value = pairs.precision[pairs.stored[t]!]!;
    addRows(s, i, j, value);
    if (i !== j) addRows(s, j, i, value);
    for (let a = 0; a < width; a++) {
      const z = Z[i * width + a]!;
      if (z === 0) continue;
      const product = value * z;
      const low = productError(value, z, product);
      for (let b = 0; b < width; b++) {
        const e = entryOf[(t * width + a) * width + b]!;
        if (e < 0) continue;
        const partner = Z[j * width + b]!;
        addProductTo(ZZ, e, product, low, partner, 0);
        // both halves of a symmetric product fall on a diagonal entry
        if (i !== j && pattern.columnStart[pattern.rowIndex[e]!] === e) addProductTo(ZZ, e, product, low, partner, 0);
      }
    }
  }
}

/** Adds value·e_i e_j' to the lower triangle of E'WE and value·z_i e_j' to Z'WE. */
function addRows(s: Products, i: number, j: number, value: number): void {
  const { grouping, rows, k, F, width, ZE, EE } = s;
  const { factors } = grouping;
  const { E, Z, position } = rows;
  for (let a = 0; a < k; a++) {
    const product = value * E[i * k + a]!;
    const low = productError(value, E[i * k + a]!, product);
    for (let b = 0; b <= a; b++) addProductTo(EE, a * k + b, product, low, E[j * k + b]!, 0);
  }
  let from = i * width;
  for (let f = 0; f < F; f++) {
    const { q } = factors[f]!;
    const target = position[i * F + f]! * k;
    for (let a = 0; a < q; a++) {
      const z = Z[from + a]!;
      if (z === 0) continue;
      const product = value * z;
      const low = productError(value, z, product);
      for (let c = 0; c < k; c++) addProductTo(ZE, target + a * k + c, product, low, E[j * k + c]!, 0);
    }
    from += q;
  }
}

const factorOf = (s: Products, place: number): number =>
  s.grouping.factors.findIndex(({ base, levels, q }) => place < base + levels * q);

/** H = P + Λ'Z'WZΛ. */
function assemble(s: Products): void {
  const { grouping, pattern, precision, ZZ, H, lambda } = s;
  const { factors, size } = grouping;
  for (let c = 0; c < size; c++) {
    const f = factorOf(s, c);
    const column = factors[f]!;
    const a = (c - column.base) % column.q;
    const left = lambda[f]!;
    for (let e = pattern.columnStart[c]!; e < pattern.columnStart[c + 1]!; e++) {
      const r = pattern.rowIndex[e]!;
      const g = factorOf(s, r);
      const own = factors[g]!;
      const b = (r - own.base) % own.q;
      sum.set(precision[e]!);
      for (let d = a; d < column.q; d++) {
        const right = left[d * column.q + a]!;
        if (right === 0) continue;
        for (let h = b; h < own.q; h++) {
          const multiple = lambda[g]![h * own.q + b]!;
          if (multiple === 0) continue;
          const at = column.q === 1 && own.q === 1 ? e : entryAt(pattern, r - b + h, c - a + d);
          if (at < 0) continue;
          // Λ_hb · (Z'WZ)_hd · Λ_da, every product exact to twice the precision
          const first = multiple * right;
          const firstLow = productError(multiple, right, first);
          sum.addProduct(first, firstLow, ZZ.high[at]!, ZZ.low[at]!);
        }
      }
      H.high[e] = sum.high;
      H.low[e] = sum.low;
    }
  }
}

/** x ← Λ'x. */
function multiplyTransposed(s: Products, x: ExtendedArray, columns: number): void {
  const { grouping, lambda } = s;
  const { factors } = grouping;
  factors.forEach(({ q, levels, base }, f) => {
    for (let l = 0; l < levels; l++) {
      const from = base + l * q;
      for (let a = 0; a < q; a++)
        for (let c = 0; c < columns; c++) {
          sum.set(0);
          for (let b = a; b < q; b++) {
            const at = (from + b) * columns + c;
            sum.addProduct(lambda[f]![b * q + a]!, 0, x.high[at]!, x.low[at]!);
          }
          x.high[(from + a) * columns + c] = sum.high;
          x.low[(from + a) * columns + c] = sum.low;
        }
    }
  });
}

function factorise(s: Products, given: readonly Float64Array[], rounding: number): boolean {
  const { grouping, k, cholesky, ZE, EE, H, solved, schur, root } = s;
  const { size } = grouping;
  s.lambda = given;
  assemble(s);
  if (!cholesky.factor(H)) return false;
  solved.high.set(ZE.high);
  solved.low.set(ZE.low);
  multiplyTransposed(s, solved, k);
  cholesky.halfSolve(solved, k);
  schur.high.set(EE.high);
  schur.low.set(EE.low);
  addProductTo(schur, k * k - 1, rounding, 0, 1, 0);
  for (let row = 0; row < size; row++)
    for (let a = 0; a < k; a++) {
      const high = -solved.high[row * k + a]!;
      const low = -solved.low[row * k + a]!;
      for (let b = 0; b <= a; b++)
        addProductTo(schur, a * k + b, high, low, solved.high[row * k + b]!, solved.low[row * k + b]!);
    }
  return denseFactor(schur, k, root);
}

/** H⁻¹Λ'Z'WE v. */
function sphericalEffects(s: Products, v: ExtendedArray): ExtendedArray {
  const { grouping, k, cholesky, ZE } = s;
  const { size } = grouping;
  const x = extendedArray(size);
  for (let row = 0; row < size; row++) {
    sum.set(0);
    for (let a = 0; a < k; a++) sum.addProduct(ZE.high[row * k + a]!, ZE.low[row * k + a]!, v.high[a]!, v.low[a]!);
    x.high[row] = sum.high;
    x.low[row] = sum.low;
  }
  multiplyTransposed(s, x, 1);
  cholesky.halfSolve(x, 1);
  cholesky.halfSolveTransposed(x, 1);
  return x;
}

/** Λx of one level of a factor, one column, rounded. */
function multiplied(
  x: ExtendedArray,
  { q, base }: MergedFactor,
  block: Float64Array,
  level: number,
  out: Float64Array,
): void {
  for (let a = 0; a < q; a++) {
    sum.set(0);
    for (let b = 0; b <= a; b++) {
      const at = base + level * q + b;
      sum.addProduct(block[a * q + b]!, 0, x.high[at]!, x.low[at]!);
    }
    out[a] = sum.high;
  }
}

function effects(s: Products, v: Float64Array): Float64Array {
  const { grouping, k, lambda } = s;
  const { factors, size } = grouping;
  const x = sphericalEffects(s, { high: v, low: new Float64Array(k) });
  const b = new Float64Array(size);
  factors.forEach((factor, f) => {
    for (let l = 0; l < factor.levels; l++) {
      const at = factor.base + l * factor.q;
      multiplied(x, factor, lambda[f]!, l, b.subarray(at, at + factor.q));
    }
  });
  return b;
}

/** (−δ̂; 1), δ̂ the coefficients of the orthonormal columns. */
function residualCombination(s: Products): ExtendedArray {
  const { k, schur } = s;
  const v = extendedArray(k);
  v.high[k - 1] = 1;
  for (let a = k - 2; a >= 0; a--) {
    sum.set(0);
    for (let b = a + 1; b < k; b++)
      sum.addProduct(-schur.high[b * k + a]!, -schur.low[b * k + a]!, v.high[b]!, v.low[b]!);
    sum.divide(schur.high[a * k + a]!, schur.low[a * k + a]!);
    v.high[a] = sum.high;
    v.low[a] = sum.low;
  }
  return v;
}

function residualSquares(s: Products): number {
  const { grouping, rows, k, F, width, count, lambda } = s;
  const { factors, size } = grouping;
  const { E, Z, position, pairs } = rows;
  const v = residualCombination(s);
  const u = sphericalEffects(s, v);
  const b = extendedArray(size);
  factors.forEach(({ q, levels, base }, f) => {
    for (let at = base; at < base + levels * q; at += q)
      for (let a = 0; a < q; a++) {
        sum.set(0);
        for (let c = 0; c <= a; c++) sum.addProduct(lambda[f]![a * q + c]!, 0, u.high[at + c]!, u.low[at + c]!);
        b.high[at + a] = sum.high;
        b.low[at + a] = sum.low;
      }
  });
  const r = new Float64Array(E.length / k);
  for (let i = 0; i < r.length; i++) {
    sum.set(0);
    for (let a = 0; a < k; a++) sum.addProduct(E[i * k + a]!, 0, v.high[a]!, v.low[a]!);
    let from = i * width;
    for (let f = 0; f < F; f++) {
      const { q } = factors[f]!;
      for (let a = 0; a < q; a++) {
        const at = position[i * F + f]! + a;
        sum.addProduct(-Z[from + a]!, 0, b.high[at]!, b.low[at]!);
      }
      from += q;
    }
    r[i] = sum.high;
  }
  let squares = 0;
  for (let t = 0; t < count; t++) {
    const i = pairs.row[t]!;
    const j = pairs.partner[t]!;
    squares += (i === j ? 1 : 2) * pairs.precision[pairs.stored[t]!]! * r[i]! * r[j]!;
  }
  return squares;
}

function covarianceBlocks(s: Products, f: number, out: Float64Array): void {
  const { grouping, cholesky, lambda } = s;
  const { factors, size } = grouping;
  const { q, levels, base } = factors[f]!;
  const x = extendedArray(size);
  const half = new Float64Array(q);
  for (let l = 0; l < levels; l++)
    for (let a = 0; a < q; a++) {
      x.high.fill(0);
      x.low.fill(0);
      for (let b = 0; b <= a; b++) x.high[base + l * q + b] = lambda[f]![a * q + b]!;
      cholesky.halfSolve(x, 1);
      cholesky.halfSolveTransposed(x, 1);
      multiplied(x, factors[f]!, lambda[f]!, l, half);
      for (let b = 0; b < q; b++) out[(l * q + a) * q + b] = half[b]!;
    }
}

export function extendedSystem(grouping: Grouping, rows: PairedRows, k: number): ExtendedSystem {
  const { factors, size } = grouping;
  const F = factors.length;
  const width = factors.reduce((total, { q }) => total + q, 0);
  const count = rows.pairs.row.length;
  const prior = groupingPrecision(grouping);

  const { pattern, entryOf } = pairPattern(grouping, rows, prior);
  const entries = pattern.rowIndex.length;
  const precision = entriesOnPattern(prior, pattern);
  const cholesky = analyseExtended(pattern, prior.blocks.length > 0 ? "minimum-degree" : "cheapest");

  const ZZ = extendedArray(entries);
  const ZE = extendedArray(size * k);
  const EE = extendedArray(k * k);
  const H = extendedArray(entries);
  const solved = extendedArray(size * k);
  const schur = extendedArray(k * k);
  const root = new Float64Array(k * k);
  const s: Products = {
    grouping,
    rows,
    k,
    F,
    width,
    count,
    pattern,
    entryOf,
    precision,
    cholesky,
    ZZ,
    ZE,
    EE,
    H,
    solved,
    schur,
    root,
    lambda: [],
  };

  return {
    size,
    renew: () => renew(s),
    factorise: (given, rounding) => factorise(s, given, rounding),
    logDet: () => cholesky.logDet() - prior.logDet,
    root,
    effects: (v) => effects(s, v),
    residualSquares: () => residualSquares(s),
    covarianceBlocks: (f, out) => covarianceBlocks(s, f, out),
  };
}

/** Cholesky of the k × k lower triangle in place, and its factor rounded. */
function denseFactor(A: ExtendedArray, k: number, root: Float64Array): boolean {
  root.fill(0);
  for (let j = 0; j < k; j++)
    for (let i = j; i < k; i++) {
      const at = i * k + j;
      for (let c = 0; c < j; c++)
        addProductTo(A, at, -A.high[i * k + c]!, -A.low[i * k + c]!, A.high[j * k + c]!, A.low[j * k + c]!);
      sum.set(A.high[at]!, A.low[at]!);
      if (i === j) {
        if (!(sum.high > 0 && sum.high < Number.POSITIVE_INFINITY)) return false;
        sum.squareRoot();
      } else sum.divide(A.high[j * k + j]!, A.low[j * k + j]!);
      A.high[at] = sum.high;
      A.low[at] = sum.low;
      root[at] = sum.high;
    }
  return true;
}
