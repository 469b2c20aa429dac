/**
 * The standardised coordinates of a random term: b̃ = Sb, Z = Z̃S, Λ̃ = SΛ, so that Λ̃Λ̃' is the covariance of b̃. S is diagonal (root mean squares of
 * the columns of Z), but where the columns of an unstructured term nearly make one another, as an intercept and a slope in time stamps do, S is
 * lower triangular and the columns of Z̃ that act on one predictor are orthogonal. Lower, because then SΛ is a factor again. A term without
 * correlations, or with a structure of them, has no such freedom: its model depends on the origin of its columns.
 */
import { boundStructure } from "../covariance/structures.ts";
import { predictorOfColumn, type RandomTermDesign } from "../data/design.ts";
import { Accumulator } from "../linalg/double-double.ts";
import { type ColumnShift, orthogonalColumns, shiftRow } from "./orthogonal-columns.ts";
import { fillFactor, type TermLayout, writeFactor } from "./parameter-layout.ts";

export interface EffectCoordinates {
  /** The term with Z̃ for Z. */
  readonly term: RandomTermDesign;
  /** Diagonal of S. */
  readonly scale: Float64Array;
  /** S and what follows from it; null where S is diagonal. */
  readonly triangle: EffectTriangle | null;
}

export interface EffectTriangle {
  /** The rows of S⁻¹, each of length 1: the directions of b in b̃. */
  readonly rows: Float64Array;
  /** b from b̃, in place. */
  toOriginal(effects: Float64Array, at: number): void;
  /** The gradient in b̃ from the one in b, in place: a row of Z̃ from one of Z. */
  rowToStandardised(row: Float64Array, at: number): void;
  /** Entries of Λ̃ from those of Λ; positions as in the natural vector. */
  factorToStandardised(x: Float64Array, out: Float64Array): void;
  factorToOriginal(standardised: Float64Array, out: Float64Array): void;
  /** Gradients in the entries of Λ from those in the entries of Λ̃, and back. */
  pullbackToOriginal(dStandardised: Float64Array, out: Float64Array): void;
  pullbackToStandardised(dOriginal: Float64Array, out: Float64Array): void;
}

/** Columns of a term that leave less than this share of one of them are orthogonalised. */
const COLLINEAR = 0.1;

const sum = new Accumulator();

/** S, lower triangular with S'S = M'M for M = R(I + C), and (I + C)S⁻¹, in twice the precision and rounded. */
function triangles(R: Float64Array, shift: ColumnShift | null, q: number) {
  const dd = () => ({ high: new Float64Array(q * q), low: new Float64Array(q * q) });
  const put = (to: ColumnShift, cell: number): void => {
    to.high[cell] = sum.high;
    to.low[cell] = sum.low;
  };
  const unit = dd();
  for (let a = 0; a < q; a++)
    for (let b = a; b < q; b++) {
      unit.high[a * q + b] = a === b ? 1 : (shift?.high[a * q + b] ?? 0);
      unit.low[a * q + b] = a === b ? 0 : (shift?.low[a * q + b] ?? 0);
    }
  const M = dd();
  for (let a = 0; a < q; a++)
    for (let b = a; b < q; b++) {
      sum.set(0);
      for (let c = a; c <= b; c++) sum.addProduct(R[a * q + c]!, 0, unit.high[c * q + b]!, unit.low[c * q + b]!);
      put(M, a * q + b);
    }
  // Cholesky from the last column to the first
  const S = dd();
  for (let a = q - 1; a >= 0; a--)
    for (let b = a; b >= 0; b--) {
      sum.set(0);
      for (let c = 0; c <= b; c++)
        sum.addProduct(M.high[c * q + a]!, M.low[c * q + a]!, M.high[c * q + b]!, M.low[c * q + b]!);
      for (let c = a + 1; c < q; c++)
        sum.addProduct(-S.high[c * q + a]!, -S.low[c * q + a]!, S.high[c * q + b]!, S.low[c * q + b]!);
      if (b === a) sum.squareRoot();
      else sum.divide(S.high[a * q + a]!, S.low[a * q + a]!);
      put(S, a * q + b);
    }
  // rows of W solve w S = (I + C)
  const W = dd();
  for (let a = 0; a < q; a++)
    for (let b = q - 1; b >= 0; b--) {
      sum.set(unit.high[a * q + b]!, unit.low[a * q + b]!);
      for (let c = b + 1; c < q; c++)
        sum.addProduct(-W.high[a * q + c]!, -W.low[a * q + c]!, S.high[c * q + b]!, S.low[c * q + b]!);
      sum.divide(S.high[b * q + b]!, S.low[b * q + b]!);
      put(W, a * q + b);
    }
  return { S: S.high, W: W.high };
}

/** z ← zW, in place, for the q entries at `at`. */
function multiplyRow(z: Float64Array, at: number, W: Float64Array, q: number, scratch: Float64Array): void {
  for (let b = 0; b < q; b++) {
    let value = 0;
    for (let a = 0; a < q; a++) value += z[at + a]! * W[a * q + b]!;
    scratch[b] = value;
  }
  z.set(scratch, at);
}

/** The matrix of a linear map of q numbers, its rows scaled to length 1. */
function unitRows(map: EffectTriangle["toOriginal"], q: number): Float64Array {
  const rows = new Float64Array(q * q);
  const column = new Float64Array(q);
  for (let b = 0; b < q; b++) {
    column.fill(0);
    column[b] = 1;
    map(column, 0);
    for (let a = 0; a < q; a++) rows[a * q + b] = column[a]!;
  }
  for (let a = 0; a < q; a++) {
    const length = Math.hypot(...rows.subarray(a * q, (a + 1) * q));
    for (let b = 0; b < q; b++) rows[a * q + b]! /= length;
  }
  return rows;
}

function effectTriangle(layout: TermLayout, S: Float64Array, toStandardised: EffectTriangle["rowToStandardised"]) {
  const { q } = layout;
  const L = new Float64Array(q * q);
  const product = new Float64Array(q * q);
  /** product ← SL, or S'L of which only the lower triangle counts. */
  const multiply = (transposed: boolean): void => {
    for (let a = 0; a < q; a++)
      for (let b = 0; b <= a; b++) {
        let value = 0;
        if (transposed) for (let c = a; c < q; c++) value += S[c * q + a]! * L[c * q + b]!;
        else for (let c = b; c <= a; c++) value += S[a * q + c]! * L[c * q + b]!;
        product[a * q + b] = value;
      }
  };
  /** product ← S⁻¹L, or S⁻ᵀL on the lower triangle. */
  const solve = (transposed: boolean): void => {
    for (let b = 0; b < q; b++) {
      if (transposed)
        for (let a = q - 1; a >= b; a--) {
          let value = L[a * q + b]!;
          for (let c = a + 1; c < q; c++) value -= S[c * q + a]! * product[c * q + b]!;
          product[a * q + b] = value / S[a * q + a]!;
        }
      else
        for (let a = b; a < q; a++) {
          let value = L[a * q + b]!;
          for (let c = b; c < a; c++) value -= S[a * q + c]! * product[c * q + b]!;
          product[a * q + b] = value / S[a * q + a]!;
        }
    }
  };
  const mapped =
    (map: (transposed: boolean) => void, transposed: boolean) => (from: Float64Array, out: Float64Array) => {
      fillFactor(layout, from, L);
      map(transposed);
      writeFactor(layout, product, out);
    };
  const toOriginal = (effects: Float64Array, at: number): void => {
    for (let a = 0; a < q; a++) {
      let value = effects[at + a]!;
      for (let b = 0; b < a; b++) value -= S[a * q + b]! * effects[at + b]!;
      effects[at + a] = value / S[a * q + a]!;
    }
  };
  const triangle: EffectTriangle = {
    rows: unitRows(toOriginal, q),
    toOriginal,
    rowToStandardised: toStandardised,
    factorToStandardised: mapped(multiply, false),
    factorToOriginal: mapped(solve, false),
    pullbackToOriginal: mapped(multiply, true),
    pullbackToStandardised: mapped(solve, true),
  };
  return triangle;
}

/** The columns of a term by the predictor that they act on: those of several predictors cannot be mixed. */
function columnsTogether(term: RandomTermDesign): number[][] {
  const together = new Map<number, number[]>();
  for (let a = 0; a < term.q; a++) {
    const predictor = predictorOfColumn(term, a);
    const columns = together.get(predictor);
    if (columns) columns.push(a);
    else together.set(predictor, [a]);
  }
  return [...together.values()];
}

/** The coordinates of some columns of a term, among themselves: its part of S, and what takes their entries of a row of Z to those of Z̃. */
interface ColumnCoordinates {
  readonly columns: readonly number[];
  readonly S: Float64Array;
  toStandardised(row: Float64Array): void;
}

/** Null where the columns are far enough from making one another, or do not have a triangle. */
function collinearColumns(
  Z: Float64Array,
  n: number,
  columns: readonly number[],
  unit: number,
): ColumnCoordinates | null {
  const size = columns.length;
  if (size === 1) return null;
  const { R, shift, leastShare } = orthogonalColumns(Z, n, size, unit);
  if (!(leastShare < COLLINEAR)) return null;
  const { S, W } = triangles(R, shift, size);
  if (![...S, ...W].every(Number.isFinite)) return null;
  const scratch = new Float64Array(size);
  const toStandardised = (row: Float64Array): void => {
    if (shift) shiftRow(shift, size, row, 0);
    multiplyRow(row, 0, W, size, scratch);
  };
  return { columns, S, toStandardised };
}

function separateColumns(Z: Float64Array, n: number, columns: readonly number[], unit: number): ColumnCoordinates {
  const size = columns.length;
  const S = new Float64Array(size * size);
  for (let i = 0; i < n; i++) for (let a = 0; a < size; a++) S[a * size + a]! += Z[i * size + a]! ** 2;
  for (let a = 0; a < size; a++) S[a * size + a] = (Math.sqrt(S[a * size + a]! / n) || 1) / unit;
  const toStandardised = (row: Float64Array): void => {
    for (let a = 0; a < size; a++) row[a]! /= S[a * size + a]!;
  };
  return { columns, S, toStandardised };
}

function orthogonalCoordinates(
  term: RandomTermDesign,
  layout: TermLayout,
  n: number,
  unitOf: (a: number) => number,
): EffectCoordinates | null {
  const { q, Z } = term;
  if (q === 1 || !boundStructure(term).unstructured) return null;
  let collinear = false;
  const parts = columnsTogether(term).map((columns): ColumnCoordinates => {
    const own = new Float64Array(n * columns.length);
    let at = 0;
    for (let i = 0; i < n; i++) for (const a of columns) own[at++] = Z[i * q + a]!;
    const unit = unitOf(columns[0]!);
    const found = collinearColumns(own, n, columns, unit);
    if (found) collinear = true;
    return found ?? separateColumns(own, n, columns, unit);
  });
  if (!collinear) return null;
  const S = new Float64Array(q * q);
  for (const { columns, S: own } of parts)
    columns.forEach((a, i) => {
      columns.forEach((b, j) => {
        S[a * q + b] = own[i * columns.length + j]!;
      });
    });
  const rooms = parts.map(({ columns }) => new Float64Array(columns.length));
  const toStandardised = (row: Float64Array, at: number): void =>
    parts.forEach(({ columns, toStandardised: ofPart }, k) => {
      const room = rooms[k]!;
      for (let i = 0; i < room.length; i++) room[i] = row[at + columns[i]!]!;
      ofPart(room);
      for (let i = 0; i < room.length; i++) row[at + columns[i]!] = room[i]!;
    });
  const standardised = Z.slice();
  for (let at = 0; at < standardised.length; at += q) toStandardised(standardised, at);
  return {
    term: { ...term, Z: standardised },
    scale: Float64Array.from({ length: q }, (_, a) => S[a * q + a]!),
    triangle: effectTriangle(layout, S, toStandardised),
  };
}

function scaledCoordinates(term: RandomTermDesign, n: number, unitOf: (a: number) => number): EffectCoordinates {
  const { q, Z } = term;
  const scale = new Float64Array(q);
  for (let i = 0; i < n; i++) for (let a = 0; a < q; a++) scale[a]! += Z[i * q + a]! ** 2;
  // effects with one standard deviation in common keep one unit
  if (boundStructure(term).homogeneous) scale.fill(scale.reduce((sum, square) => sum + square, 0) / q);
  for (let a = 0; a < q; a++) scale[a] = (Math.sqrt(scale[a]! / n) || 1) / unitOf(a);
  // given standard deviations are in the user's units, and nothing else of the term has one
  if (term.sd) scale.fill(1);
  const scaled = new Float64Array(Z.length);
  for (let i = 0; i < n; i++) for (let a = 0; a < q; a++) scaled[i * q + a] = Z[i * q + a]! / scale[a]!;
  return { term: { ...term, Z: scaled }, scale, triangle: null };
}

/**
 * @param unitOf root mean square of the standardised column a
 * @param diagonal whether S has to be diagonal, as where priors are on the user's standard deviations
 */
export const effectCoordinates = (
  term: RandomTermDesign,
  layout: TermLayout,
  n: number,
  unitOf: (a: number) => number,
  diagonal: boolean,
): EffectCoordinates =>
  (diagonal ? null : orthogonalCoordinates(term, layout, n, unitOf)) ?? scaledCoordinates(term, n, unitOf);
