/**
 * A known covariance matrix A across the levels of a grouping factor, as a declaration holds it: plain data. With it the effects of a
 * random term are b ~ N(0, A ⊗ Σ): a pedigree's additive relationships, a phylogeny, the neighbourhoods of a map.
 */
import { DeclarationError, type Issue, refusal } from "../messages/issue.ts";
import * as messages from "../messages/known-covariance.ts";

/** What a user gives. Levels without data are welcome: their effects are estimated too. */
export type KnownCovarianceInput =
  | {
      readonly levels: ArrayLike<string | number>;
      /** A: an array of rows, or n × n numbers row by row. */
      readonly values: ArrayLike<number> | ArrayLike<ArrayLike<number>>;
    }
  | {
      readonly levels: ArrayLike<string | number>;
      /**
       * The non-zero entries of A⁻¹: for entry k its row and column (from 0) and its value. One triangle is enough; where both are given they
       * have to agree.
       */
      readonly precision: {
        readonly rows: ArrayLike<number>;
        readonly columns: ArrayLike<number>;
        readonly values: ArrayLike<number>;
      };
    };

/** The same, checked and frozen, as it stands in a declaration and its JSON. */
export type KnownCovariance =
  | {
      readonly kind: "covariance";
      readonly levels: readonly string[];
      /** Lower triangle of A by rows: A₁₁, A₂₁, A₂₂, A₃₁ … */
      readonly values: readonly number[];
    }
  | {
      readonly kind: "precision";
      readonly levels: readonly string[];
      /** Entries of the lower triangle of A⁻¹: rows ≥ columns, from 0. */
      readonly rows: readonly number[];
      readonly columns: readonly number[];
      readonly values: readonly number[];
    };

/** Whether plain data, as read from JSON, has the shape of a checked known covariance. */
export function isKnownCovariance(value: unknown): value is KnownCovariance {
  const { kind, levels, rows, columns, values } = (value ?? {}) as Partial<Record<string, unknown>>;
  const numbers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((entry) => typeof entry === "number" && Number.isFinite(entry));
  if (!Array.isArray(levels) || !levels.every((level) => typeof level === "string") || !numbers(values)) return false;
  const n = levels.length;
  if (n < 2 || new Set(levels).size < n) return false;
  if (kind === "covariance") return values.length === (n * (n + 1)) / 2;
  const positions = (list: unknown): list is number[] =>
    numbers(list) &&
    list.length === values.length &&
    list.every((entry) => Number.isInteger(entry) && entry >= 0 && entry < n);
  return kind === "precision" && positions(rows) && positions(columns) && rows.every((row, k) => row >= columns[k]!);
}

/** Entries that should be equal may differ by rounding, in units of the square root of their diagonals. */
const SYMMETRY = 1e-8;
const MOST_FAULTS = 10;

const isArrayLike = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/**
 * Checks a known covariance and keeps one triangle of it.
 *
 * @throws DeclarationError for a level named twice, entries that are not finite or not symmetric, wrong sizes; whether the matrix is
 * positive definite is found when the model is compiled
 * @example knownCovariance({ levels: ["a", "b"], values: [[1, 0.5], [0.5, 1]] });
 */
export function knownCovariance(input: KnownCovarianceInput): KnownCovariance {
  const issues: Issue[] = [];
  const fault = (message: string) => {
    if (issues.length < MOST_FAULTS) issues.push({ code: "bad-known-covariance", path: ["knownCovariance"], message });
  };
  const given = input as {
    levels?: unknown;
    values?: unknown;
    precision?: { rows?: unknown; columns?: unknown; values?: unknown };
  } | null;
  const { precision } = given ?? {};
  if (
    !isArrayLike(given?.levels) ||
    !(precision
      ? isArrayLike(precision.rows) && isArrayLike(precision.columns) && isArrayLike(precision.values)
      : isArrayLike(given?.values))
  )
    throw refusal("bad-known-covariance", ["knownCovariance"], messages.notAMatrix());
  const levels = Array.from(given.levels, String);
  const seen = new Set<string>();
  for (const level of levels) {
    if (seen.has(level)) fault(messages.repeatedLevel(level));
    seen.add(level);
  }
  if (levels.length < 2) fault(messages.noLevels());
  const result: KnownCovariance = precision
    ? { kind: "precision", levels, ...lowerTriplets(levels, precision as Triplets, fault) }
    : { kind: "covariance", levels, values: lowerTriangle(levels, given.values as ArrayLike<unknown>, fault) };
  if (issues.length > 0) throw new DeclarationError(issues);
  return result;
}

function lowerTriangle(levels: readonly string[], values: ArrayLike<unknown>, fault: (message: string) => void) {
  const n = levels.length;
  const byRow = isArrayLike(values[0]);
  if (values.length !== (byRow ? n : n * n)) {
    fault(messages.wrongSize(n, byRow ? values.length * n : values.length));
    return [];
  }
  if (byRow)
    for (let i = 0; i < n; i++) {
      const length = (values[i] as ArrayLike<unknown> | undefined)?.length ?? 0;
      if (length === n) continue;
      fault(messages.wrongRow(levels[i]!, length, n));
      return [];
    }
  const at = byRow
    ? (i: number, j: number) => (values[i] as ArrayLike<number>)[j]!
    : (i: number, j: number) => (values as ArrayLike<number>)[i * n + j]!;
  const lower: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = at(i, j);
      const mirrored = at(j, i);
      if (typeof value !== "number" || !Number.isFinite(value))
        fault(messages.notFinite(levels[i]!, levels[j]!, value));
      else if (typeof mirrored !== "number" || !Number.isFinite(mirrored))
        fault(messages.notFinite(levels[j]!, levels[i]!, mirrored));
      else if (Math.abs(value - mirrored) > SYMMETRY * Math.sqrt(Math.abs(at(i, i) * at(j, j))))
        fault(messages.notSymmetric(levels[i]!, levels[j]!, value, mirrored));
      lower.push(value);
    }
  return lower;
}

interface Triplets {
  readonly rows: ArrayLike<number>;
  readonly columns: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

function lowerTriplets(
  levels: readonly string[],
  { rows, columns, values }: Triplets,
  fault: (message: string) => void,
) {
  const n = levels.length;
  const lower = { rows: [] as number[], columns: [] as number[], values: [] as number[] };
  if (rows.length !== columns.length || rows.length !== values.length) {
    fault(messages.unequalTriplets(rows.length, columns.length, values.length));
    return lower;
  }
  const inside = (position: number) => Number.isInteger(position) && position >= 0 && position < n;
  // by position in the lower triangle: where the entry was stored, and whether it came from the upper one
  const stored = new Map<number, { readonly at: number; readonly upper: boolean }>();
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k]!;
    const column = columns[k]!;
    const value = values[k]!;
    if (!inside(row) || !inside(column)) {
      fault(messages.positionOutside(k + 1, inside(row) ? column : row, n));
      continue;
    }
    if (typeof value !== "number" || !Number.isFinite(value)) {
      fault(messages.notFinite(levels[row]!, levels[column]!, value));
      continue;
    }
    const upper = row < column;
    const [i, j] = upper ? [column, row] : [row, column];
    const before = stored.get(i * n + j);
    if (!before) {
      stored.set(i * n + j, { at: lower.values.length, upper });
      lower.rows.push(i);
      lower.columns.push(j);
      lower.values.push(value);
      continue;
    }
    const known = lower.values[before.at]!;
    if (before.upper === upper) fault(messages.repeatedEntry(levels[row]!, levels[column]!));
    else if (Math.abs(known - value) > SYMMETRY * Math.max(Math.abs(known), Math.abs(value)))
      fault(messages.notSymmetric(levels[row]!, levels[column]!, value, known));
  }
  return lower;
}
