/** What a GEE is asked to do: frozen records made by functions of the same names. */
import { custom, optional, union } from "valibot";
import { refusal } from "../../messages/issue.ts";
import * as messages from "../../messages/working-correlation.ts";
import { isNumbers } from "../../options/array-of-numbers.ts";
import {
  choice,
  clusterColumns,
  columnName,
  finiteNumber,
  flag,
  positiveNumber,
  recordOf,
  wholeNumber,
} from "../../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../../options/read-options.ts";
import { refuseOptions } from "../../options/surplus-options.ts";

/**
 * A working correlation of the responses of one cluster. Occasions are the values of the wave column, or 1, 2, … in row order where
 * there is none.
 *
 * - `independence`: R = I.
 * - `exchangeable`: R_jk = α.
 * - `ar1`: R_jk = α^|t_j − t_k|.
 * - `stationary`: R_jk = α_|t_j − t_k| for every lag (Toeplitz).
 * - `mDependent`: the same up to `lags`, 0 beyond.
 * - `unstructured`: R_jk = α_jk for every pair of occasions.
 * - `fixed`: a given matrix over the occasions in order.
 */
export type WorkingCorrelation =
  | { readonly kind: "independence" }
  | { readonly kind: "exchangeable" }
  | { readonly kind: "ar1" }
  | { readonly kind: "stationary" }
  | { readonly kind: "mDependent"; readonly lags: number }
  | { readonly kind: "unstructured" }
  | { readonly kind: "fixed"; readonly matrix: readonly (readonly number[])[] };

const CORRELATIONS: readonly WorkingCorrelation["kind"][] = [
  "independence",
  "exchangeable",
  "ar1",
  "stationary",
  "mDependent",
  "unstructured",
  "fixed",
];

const ofNoParameter =
  (kind: "independence" | "exchangeable" | "ar1" | "stationary" | "unstructured") =>
  (...surplus: unknown[]): WorkingCorrelation => {
    refuseOptions(surplus, `${kind}()`);
    return Object.freeze({ kind });
  };

export const independence: () => WorkingCorrelation = ofNoParameter("independence");
export const exchangeable: () => WorkingCorrelation = ofNoParameter("exchangeable");
/** First-order autoregressive: α to the power of the distance in waves. */
export const ar1: () => WorkingCorrelation = ofNoParameter("ar1");
/** One correlation for each lag. */
export const stationary: () => WorkingCorrelation = ofNoParameter("stationary");
export const unstructured: () => WorkingCorrelation = ofNoParameter("unstructured");

/**
 * One correlation for each lag up to `lags`, none beyond.
 *
 * @throws DeclarationError unless `lags` is a whole number of at least 1
 */
export function mDependent(lags: number): WorkingCorrelation {
  if (!Number.isInteger(lags) || lags < 1) throw refusal("bad-lags", ["method", "correlation"], messages.badLags(lags));
  return Object.freeze({ kind: "mDependent", lags });
}

/**
 * A given correlation matrix over the occasions in order; clusters that lack occasions take its rows and columns.
 *
 * @throws DeclarationError unless the matrix is square and symmetric with a unit diagonal
 * @example fixedCorrelation([[1, 0.4, 0.2], [0.4, 1, 0.4], [0.2, 0.4, 1]])
 */
export function fixedCorrelation(matrix: readonly (readonly number[])[]): WorkingCorrelation {
  const n = Array.isArray(matrix) && matrix.every(isNumbers) ? matrix.length : 0;
  const sound =
    n > 0 &&
    matrix.every(
      (row, i) =>
        row.length === n &&
        row[i] === 1 &&
        row.every((r, j) => Math.abs(r) <= 1 && Math.abs(r - matrix[j]![i]!) < 1e-12),
    );
  if (!sound) throw refusal("bad-correlation-matrix", ["method", "correlation"], messages.badCorrelationMatrix());
  return Object.freeze({ kind: "fixed", matrix: Object.freeze(matrix.map((row) => Object.freeze([...row]))) });
}

/**
 * Which covariance of the coefficients the fit reports.
 *
 * - `robust`: the sandwich of Liang & Zeger 1986.
 * - `naive`: the inverse of the working information; right only if the working covariance is.
 * - `KC`, `MD`, `FG`: sandwiches corrected for small numbers of clusters (Kauermann & Carroll 2001; Mancl & DeRouen 2001; Fay &
 *   Graubard 2001, bound 0.75).
 * - `j1s`, `jack`: the one-step and the approximate jackknife of Yan & Fine 2004, which coincide for the coefficients.
 * - `fij`: the fully iterated jackknife: one fit without each cluster.
 */
export type GeeCovariance = "robust" | "naive" | "KC" | "MD" | "FG" | "j1s" | "jack" | "fij";

export const geeCovariances: readonly GeeCovariance[] = ["robust", "naive", "jack", "j1s", "fij", "KC", "MD", "FG"];

const aCorrelation =
  "a working correlation, made by independence(), exchangeable(), ar1(), stationary(), mDependent(lags), unstructured() or fixedCorrelation(matrix)";

const geeOptions = optionsSchema({
  /** The working correlation; default `independence()`. */
  correlation: optional(
    custom<WorkingCorrelation>((value) => CORRELATIONS.includes((value as WorkingCorrelation)?.kind), aCorrelation),
  ),
  /** The clusters: a column, or several whose combinations are the clusters, as `["center", "id"]`. `"center:id"` is the same. */
  id: clusterColumns,
  /** The column with the occasion of each row: whole numbers, or text in the order of its levels. Default: order of the rows. */
  wave: optional(columnName),
  /** Default `robust`. */
  stdErr: optional(choice(geeCovariances), "robust"),
  /** `true` fixes the scale φ at 1, a number at that value; default false: φ is estimated. */
  scaleFix: optional(union([flag, positiveNumber], "true, false or a number above 0"), false),
  /**
   * Divisors of the moment estimates of scale and correlation: `N` (default) divides by their number of terms, as geepack;
   * `N-p` corrects them for the number of coefficients p as package gee does: φ is Σe²/(N − p), an exchangeable α divides by the number of
   * pairs less p, an unstructured one by their number times (N − p)/N; correlations at a lag are averages of the clusters' averages over
   * the like of the squares, and an AR(1) takes the first lag only.
   */
  divisor: optional(choice(["N", "N-p"]), "N"),
  /** Values of the family's parameters that its variance needs, as `{ theta: 2.3 }` for `nbinom2`. Those that only scale the variance are left out. */
  parameters: optional(recordOf(finiteNumber, "numbers by the name of a parameter")),
  /** Largest number of iterations, default 200. */
  maxIterations: optional(wholeNumber(1), 200),
});

export type GeeOptions = OptionsOf<typeof geeOptions>;

/** `Id` and `Wave` are the names of the columns, where the compiler knows them. */
export interface GeeMethod<Id extends string = string, Wave extends string = string> {
  readonly kind: "gee";
  readonly correlation: WorkingCorrelation;
  readonly id: readonly Id[];
  readonly wave: Wave | null;
  readonly stdErr: GeeCovariance;
  /** The value the scale is fixed at, or null. */
  readonly scale: number | null;
  readonly divisor: "N" | "N-p";
  readonly parameters: Readonly<Record<string, number>>;
  readonly maxIterations: number;
}

/**
 * Generalised estimating equations (Liang & Zeger 1986): the population mean as a function of the covariates, with a working
 * correlation within clusters and standard errors that hold when it is wrong. For `model(table).fit(...)`; the declaration must
 * have no random terms. Rows need not be sorted.
 *
 * @throws DeclarationError for options that cannot be
 * @example
 * const fit = await model(ohio).formula("resp ~ age * smoke").family(binomial()).fit(gee({ id: "id", correlation: exchangeable() }));
 */
export function gee<const Id extends string = string, const Wave extends string = never>(
  options: GeeOptions & { readonly id: Id | readonly Id[]; readonly wave?: Wave | undefined },
): GeeMethod<Id, Wave>;
export function gee(options: GeeOptions): GeeMethod {
  const { correlation, id, wave, scaleFix, parameters, ...settings } = readOptions(geeOptions, options, {
    of: "gee()",
  });
  return Object.freeze({
    kind: "gee",
    correlation: correlation ?? independence(),
    id: Object.freeze(typeof id === "string" ? [id] : [...id]),
    wave: wave ?? null,
    stdErr: settings.stdErr,
    scale: scaleFix === true ? 1 : scaleFix === false ? null : scaleFix,
    divisor: settings.divisor,
    parameters: Object.freeze({ ...parameters }),
    maxIterations: settings.maxIterations,
  });
}

/** How a method is called in tables: `GEE exchangeable`. */
export function geeLabel({ correlation }: GeeMethod): string {
  const { kind } = correlation;
  const names: Readonly<Record<WorkingCorrelation["kind"], string>> = {
    independence: "independence",
    exchangeable: "exchangeable",
    ar1: "AR(1)",
    stationary: "stationary",
    mDependent: `${kind === "mDependent" ? correlation.lags : ""}-dependent`,
    unstructured: "unstructured",
    fixed: "fixed correlation",
  };
  return `GEE ${names[kind]}`;
}
