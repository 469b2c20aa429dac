/**
 * The inverse Q = A⁻¹ of a known covariance across levels, sparse where it can be: what the integrals compute with. b ~ N(0, A ⊗ Σ) is
 * b = (I ⊗ Λ)u with u ~ N(0, (Q ⊗ I)⁻¹), so that Q stands where independent levels have an identity matrix, and a zero variance (Λ = 0)
 * is an ordinary point.
 */
import { choleskyFactor, choleskyInverse, choleskyLogDet } from "../linalg/dense-cholesky.ts";
import { analyse, type SparseCholesky } from "../linalg/sparse-cholesky.ts";
import { entryPosition, type SparsePattern, sparsePattern } from "../linalg/sparse-pattern.ts";
import { type DeclarationError, refusal } from "../messages/issue.ts";
import { notPositiveDefinite } from "../messages/known-covariance.ts";
import type { KnownCovariance } from "./known-covariance.ts";

/** Q = A⁻¹ as plain data. */
export interface LevelPrecision {
  /** Where the lower triangle of Q has entries; its size is the number of levels. */
  readonly pattern: SparsePattern;
  /** The entries, aligned with the pattern. */
  readonly values: Float64Array;
  /** log|Q| = −log|A|. */
  readonly logDet: number;
  /** Diagonal of A. */
  readonly variances: Float64Array;
}

/** Entries of an inverse below this share of their diagonals, times the number of levels, are rounding and taken as 0. */
const ROUNDING = 2 ** -52;
/** A level whose variance given the levels before it is below this share of its variance is taken to be determined by them. */
const DETERMINED = 1e-12;

const made = new WeakMap<KnownCovariance, LevelPrecision>();

/**
 * Q = A⁻¹ of a declared covariance; computed once a matrix.
 *
 * @param name of the matrix, for messages
 * @throws DeclarationError where the matrix is not positive definite, naming the first level at which that shows
 */
export function levelPrecision(matrix: KnownCovariance, name: string): LevelPrecision {
  let precision = made.get(matrix);
  if (!precision) {
    precision = matrix.kind === "covariance" ? invertCovariance(matrix, name) : readPrecision(matrix, name);
    made.set(matrix, precision);
  }
  return precision;
}

const refuse = (name: string, level: string, precision: boolean): DeclarationError =>
  refusal("covariance-not-positive-definite", ["knownCovariance", name], notPositiveDefinite(name, level, precision));

function invertCovariance({ levels, values }: KnownCovariance & { kind: "covariance" }, name: string): LevelPrecision {
  const n = levels.length;
  const a = new Float64Array(n * n);
  const variances = new Float64Array(n);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) a[i * n + j] = values[k++]!;
    variances[i] = a[i * n + i]!;
  }
  if (!choleskyFactor(a, n)) throw refuse(name, levels[firstFailingPivot(values, n)]!, false);
  for (let i = 0; i < n; i++)
    if (!(a[i * n + i]! ** 2 > DETERMINED * variances[i]!)) throw refuse(name, levels[i]!, false);
  const logDet = -choleskyLogDet(a, n);
  choleskyInverse(a, n);
  const negligible = n * ROUNDING;
  const rows: number[] = [];
  const columns: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      if (i !== j && Math.abs(a[i * n + j]!) <= negligible * Math.sqrt(a[i * n + i]! * a[j * n + j]!)) continue;
      rows.push(i);
      columns.push(j);
    }
  const pattern = sparsePattern(n, rows, columns);
  const entries = new Float64Array(pattern.rowIndex.length);
  for (let j = 0; j < n; j++)
    for (let p = pattern.columnStart[j]!; p < pattern.columnStart[j + 1]!; p++)
      entries[p] = a[pattern.rowIndex[p]! * n + j]!;
  return { pattern, values: entries, logDet, variances };
}

/** The first row at which the factorisation of a matrix that is not positive definite stops. */
function firstFailingPivot(lower: readonly number[], n: number): number {
  const l = new Float64Array(n * n);
  for (let i = 0, k = 0; i < n; i++) for (let j = 0; j <= i; j++) l[i * n + j] = lower[k++]!;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = l[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (j < i) l[i * n + j] = sum / l[j * n + j]!;
      else if (sum > 0) l[i * n + i] = Math.sqrt(sum);
      else return i;
    }
  }
  return n - 1;
}

function readPrecision(matrix: KnownCovariance & { kind: "precision" }, name: string): LevelPrecision {
  const { levels, rows, columns } = matrix;
  const n = levels.length;
  const pattern = sparsePattern(n, rows, columns);
  const values = new Float64Array(pattern.rowIndex.length);
  for (let k = 0; k < rows.length; k++) values[entryPosition(pattern, rows[k]!, columns[k]!)] = matrix.values[k]!;
  const cholesky = analyse(pattern, "minimum-degree");
  if (!cholesky.factor(values)) throw refuse(name, levels[firstFailingMinor(pattern, values)]!, true);
  const inverse = new Float64Array(values.length);
  cholesky.selectedInverse(inverse);
  const variances = Float64Array.from({ length: n }, (_, j) => inverse[pattern.columnStart[j]!]!);
  return { pattern, values, logDet: cholesky.logDet(), variances };
}

/** The first row whose leading submatrix is not positive definite, by bisection: every larger one is not either. */
function firstFailingMinor({ size, columnStart, rowIndex }: SparsePattern, values: Float64Array): number {
  const definite = (order: number): boolean => {
    const start = new Int32Array(order + 1);
    const rows: number[] = [];
    const entries: number[] = [];
    for (let j = 0; j < order; j++) {
      for (let p = columnStart[j]!; p < columnStart[j + 1]! && rowIndex[p]! < order; p++) {
        rows.push(rowIndex[p]!);
        entries.push(values[p]!);
      }
      start[j + 1] = rows.length;
    }
    const minor = { size: order, columnStart: start, rowIndex: Int32Array.from(rows) };
    return analyse(minor, "minimum-degree").factor(Float64Array.from(entries));
  };
  let good = 0;
  let bad = size;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (definite(middle)) good = middle;
    else bad = middle;
  }
  return bad - 1;
}

const factored = new WeakMap<LevelPrecision, SparseCholesky>();

/** The Cholesky factor LL' = PQP' of a precision; computed once. With z standard normal, P'L⁻ᵀz (`halfSolveTransposed`) has covariance A. */
export function precisionFactor(precision: LevelPrecision): SparseCholesky {
  let cholesky = factored.get(precision);
  if (!cholesky) {
    cholesky = analyse(precision.pattern, "minimum-degree");
    if (!cholesky.factor(precision.values))
      throw new Error("A known precision matrix that was positive definite is not.");
    factored.set(precision, cholesky);
  }
  return cholesky;
}

/** out ← Qx for x of levels × columns, row-major. */
export function multiplyPrecision(
  { pattern: { size, columnStart, rowIndex }, values }: LevelPrecision,
  x: Float64Array,
  columns: number,
  out: Float64Array,
): void {
  out.fill(0, 0, size * columns);
  for (let j = 0; j < size; j++) {
    const own = j * columns;
    for (let p = columnStart[j]!; p < columnStart[j + 1]!; p++) {
      const other = rowIndex[p]! * columns;
      const value = values[p]!;
      for (let c = 0; c < columns; c++) out[other + c]! += value * x[own + c]!;
      if (other !== own) for (let c = 0; c < columns; c++) out[own + c]! += value * x[other + c]!;
    }
  }
}
