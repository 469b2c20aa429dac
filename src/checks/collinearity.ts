/**
 * Collinearity of the mean's columns: generalised variance inflation factors of the terms (Fox & Monette 1992, JASA 87, 178–183), from the covariance of the
 * coefficients, as R's `car::vif`, of estimating equations the robust one, of a posterior that of its draws; and condition numbers of the columns, scaled to equal length (Belsley, Kuh & Welsch 1980, chapter 3).
 */
import { ofMean } from "../families/of-mean.ts";
import { termColumns } from "../frequentist/small-sample/term-columns.ts";
import { choleskyFactor, choleskyLogDet } from "../linalg/dense-cholesky.ts";
import { symmetricEigen } from "../linalg/symmetric-eigen.ts";
import { collinearityNeedsTerms } from "../messages/diagnose.ts";
import type { Fit } from "../model/fit.ts";
import { refuseParts } from "../model/model-parts.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { formatColumn } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";

export interface CollinearityRow {
  readonly term: string;
  readonly df: number;
  /** The generalised variance inflation factor; null where a coefficient has no error. */
  readonly vif: number | null;
  /** vif^(1/(2 df)): how much wider intervals are, comparable between terms. */
  readonly scaled_vif: number | null;
  /** 1/vif. */
  readonly tolerance: number | null;
}

export interface Collinearity extends Printable {
  readonly rows: readonly CollinearityRow[];
  /** Largest over smallest singular value of the columns, each of length 1; above 30 is much. */
  readonly condition: number;
  /** The same without the intercept, of centred columns: not of the origin of a covariate. */
  readonly centred_condition: number;
}

/**
 * Variance inflation factors of the mean's terms and condition numbers of its columns.
 *
 * @throws DeclarationError for nonlinear means
 * @example
 * collinearity(fit).print();
 */
export function collinearity(fit: Fit): Collinearity {
  requireFit(fit, "collinearity()");
  refuseParts(fit.model, { "nonlinear mean": collinearityNeedsTerms });
  const { design } = fit.model;
  const at = coefficientCovariance(fit);
  const terms = termColumns(fit.model).filter(({ columns }) => columns.length > 0);
  const all = terms.flatMap(({ columns }) => columns);
  /** log of the determinant of the correlations of some coefficients. */
  const logDet = (columns: readonly number[]): number => {
    const n = columns.length;
    if (n === 0) return 0;
    const R = Float64Array.from(
      { length: n * n },
      (_, k) =>
        at(columns[Math.floor(k / n)]!, columns[k % n]!) /
        Math.sqrt(at(columns[Math.floor(k / n)]!, columns[Math.floor(k / n)]!) * at(columns[k % n]!, columns[k % n]!)),
    );
    return choleskyFactor(R, n) ? choleskyLogDet(R, n) : Number.NaN;
  };
  const whole = logDet(all);
  const rows = terms.map(({ label, columns }): CollinearityRow => {
    const others = all.filter((column) => !columns.includes(column));
    const value = Math.exp(logDet(columns) + logDet(others) - whole);
    const df = columns.length;
    const vif = Number.isFinite(value) ? value : null;
    return {
      term: label,
      df,
      vif,
      scaled_vif: vif === null ? null : vif ** (1 / (2 * df)),
      tolerance: vif === null ? null : 1 / vif,
    };
  });
  const { X, names, intercept } = ofMean(design.predictors);
  const p = names.length;
  const n = design.n;
  const result = {
    rows,
    condition: conditionNumber(X, n, p, 0, false),
    centred_condition: conditionNumber(X, n, p, intercept ? 1 : 0, intercept),
  };
  return printable(result, (style) => collinearityText(result, style));
}

/** The covariance of coefficients a and b: of an estimate its own, of a posterior that of the draws. */
function coefficientCovariance(fit: Fit): (a: number, b: number) => number {
  const { layout } = fit.model;
  const { offset, size: p } = ofMean(layout.beta);
  if (fit.kind !== "posterior") {
    const { covariance } = fit;
    return (a, b) => covariance[(offset + a) * layout.size + offset + b]!;
  }
  const { chains, drawsPerChain, size, values } = ownDraws(fit);
  const count = chains * drawsPerChain;
  const mean = new Float64Array(p);
  for (let d = 0; d < count; d++) for (let a = 0; a < p; a++) mean[a]! += values[d * size + offset + a]! / count;
  const covariance = new Float64Array(p * p);
  for (let d = 0; d < count; d++)
    for (let a = 0; a < p; a++)
      for (let b = 0; b < p; b++)
        covariance[a * p + b]! +=
          ((values[d * size + offset + a]! - mean[a]!) * (values[d * size + offset + b]! - mean[b]!)) / count;
  return (a, b) => covariance[a * p + b]!;
}

/** Of the columns from `first` on, each of length 1, centred or not. */
function conditionNumber(X: Float64Array, n: number, p: number, first: number, centred: boolean): number {
  const q = p - first;
  if (q <= 0) return 1;
  const mean = new Float64Array(q);
  if (centred) for (let i = 0; i < n; i++) for (let a = 0; a < q; a++) mean[a]! += X[i * p + first + a]! / n;
  const G = new Float64Array(q * q);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < q; a++) {
      const value = X[i * p + first + a]! - mean[a]!;
      for (let b = 0; b < q; b++) G[a * q + b]! += value * (X[i * p + first + b]! - mean[b]!);
    }
  const length = Float64Array.from({ length: q }, (_, a) => Math.sqrt(G[a * q + a]!) || 1);
  for (let a = 0; a < q; a++) for (let b = 0; b < q; b++) G[a * q + b]! /= length[a]! * length[b]!;
  symmetricEigen(G, q, new Float64Array(q * q));
  let [low, high] = [Infinity, 0];
  for (let a = 0; a < q; a++) {
    low = Math.min(low, G[a * q + a]!);
    high = Math.max(high, G[a * q + a]!);
  }
  return low > 0 ? Math.sqrt(high / low) : Infinity;
}

function collinearityText(
  { rows, condition, centred_condition: centred }: Omit<Collinearity, keyof Printable>,
  style: Style,
): string {
  return [
    style("Collinearity of the terms of the mean", "title"),
    "",
    ...textTable(
      [
        { header: "term", cells: rows.map(({ term }) => term), align: "left" },
        { header: "df", cells: rows.map(({ df }) => String(df)) },
        { header: "vif", cells: formatColumn(rows.map(({ vif }) => vif)) },
        { header: "scaled_vif", cells: formatColumn(rows.map(({ scaled_vif }) => scaled_vif)) },
        { header: "tolerance", cells: formatColumn(rows.map(({ tolerance }) => tolerance)) },
      ],
      style,
    ),
    "",
    `Condition number ${condition.toFixed(1)}; of centred columns ${centred.toFixed(1)}`,
  ].join("\n");
}
