/**
 * Rows whose variance is a parameter of theirs alone: a stratum of `varIdent`, or rows that a coefficient of the dispersion singles out. Where the
 * coefficients of the mean fit such rows exactly whatever their responses, the likelihood rises without bound as that variance falls to 0. A restricted
 * likelihood, which is that of contrasts without the mean, then has a bound, and where coefficients serve those rows alone it does not depend on the
 * variance at all.
 */

import { independentColumns } from "../data/aliased-columns.ts";
import type { PredictorDesign } from "../data/design.ts";
import { DISPERSION, dispersionOf, MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import { ofMean } from "../families/of-mean.ts";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import { solveLower } from "../linalg/triangular.ts";
import { linearPredictors } from "../marginal/linear-predictors.ts";
import * as messages from "../messages/noise.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { parameterLabel } from "../model/reported-parameters.ts";
import { RESIDUAL_GROUP, RESIDUAL_SD } from "../model/term-names.ts";
import type { VerdictWithReason } from "./verdict.ts";

/** A standard deviation of less than this share of the largest is on its way to 0. */
export const VANISHING = 1e-3;

/** Some rows with a variance of their own. */
interface OwnDispersion {
  /** The stratum, or the rows of the table, as sentences say it. */
  readonly name: string;
  readonly rows: readonly number[];
  /** Labels of the parameters that move with their variance. */
  readonly labels: readonly string[];
  /** Their standard deviation as a share of the largest. */
  readonly share: number;
}

/** What is to be said of a fit. */
export interface OwnDispersionFindings {
  /** Where the likelihood has no maximum, or does not depend on a variance. */
  readonly verdict?: VerdictWithReason;
  /** Sentences of variances that are 0 at the maximum. */
  readonly zero: readonly string[];
  /** Sentences of maxima that are local only. */
  readonly local: readonly string[];
  /** Labels of parameters without an error. */
  readonly undetermined: readonly string[];
}

/** Of a model without such rows. */
export const NO_OWN_DISPERSION: OwnDispersionFindings = { zero: [], local: [], undetermined: [] };

type Columns = Pick<PredictorDesign, "X" | "names">;

/** The columns of some rows. */
function rowsOf({ X, names }: Columns, rows: readonly number[]): Float64Array {
  const p = names.length;
  const chosen = new Float64Array(rows.length * p);
  for (const [k, i] of rows.entries()) chosen.set(X.subarray(i * p, (i + 1) * p), k * p);
  return chosen;
}

const hasIntercept = (X: Float64Array, n: number, p: number): boolean => {
  for (let i = 0; i < n; i++) if (X[i * p] !== 1) return false;
  return n > 0 && p > 0;
};

/** What rows determine of the coefficients: how many combinations, and the places of the coefficients that they leave open. */
function determined(columns: Columns, rows: readonly number[]): { readonly rank: number; readonly open: number[] } {
  const p = columns.names.length;
  const X = rowsOf(columns, rows);
  const { kept, aliased } = independentColumns(X, rows.length, p, hasIntercept(X, rows.length, p));
  const open = columns.names.flatMap((_, j) =>
    aliased?.directions.some((direction) => direction[j] !== 0) ? [j] : [],
  );
  return { rank: kept.length, open };
}

/** The predictor of the dispersion of a response that a density of any height can meet. */
function predictorOfDispersion({ family }: CompiledModel): number {
  if (family.response !== "real" && family.response !== "positive" && family.response !== "unit") return -1;
  return family.curve ? -1 : (dispersionOf(family)?.predictor ?? -1);
}

/** Rows whose row of the dispersion's columns is no combination of the others'. */
function ofPredictor(model: CompiledModel, x: Float64Array, r: number, counted: readonly number[]): OwnDispersion[] {
  const { design, layout, family } = model;
  const predictor = design.predictors[r]!;
  const k = predictor.names.length;
  const strata = new Map<string, number[]>();
  for (const i of counted) {
    const key = predictor.X.subarray(i * k, (i + 1) * k).join();
    const rows = strata.get(key);
    if (rows) rows.push(i);
    else strata.set(key, [i]);
  }
  if (strata.size < 2) return [];
  const distinct = [...strata.values()];
  const candidates = withLeverage(
    rowsOf(
      predictor,
      distinct.map((rows) => rows[0]!),
    ),
    distinct.length,
    k,
  );
  if (candidates.length === 0) return [];
  const eta = design.predictors.map(() => new Float64Array(design.n));
  linearPredictors(design, layout.beta).eta(x, null, eta);
  // σ itself, or a precision, which is the square of its inverse
  const logSd = (i: number) => (family.response === "real" ? 1 : -0.5) * eta[r]![i]!;
  const largest = counted.reduce((most, i) => Math.max(most, logSd(i)), Number.NEGATIVE_INFINITY);
  return candidates.flatMap((s) => {
    const rows = distinct[s]!;
    const { rank, open } = determined(
      predictor,
      distinct.flatMap((others, t) => (t === s ? [] : [others[0]!])),
    );
    if (rank === k) return [];
    const labels = open.map((j) => parameterLabel({ component: DISPERSION, group: null, term: predictor.names[j]! }));
    const share = Math.exp(logSd(rows[0]!) - largest);
    return [{ name: messages.rowsNamed(rows.map((i) => design.rows[i]! + 1)), rows, labels, share }];
  });
}

/** Rows of a matrix with a leverage of 1, near enough. */
function withLeverage(U: Float64Array, m: number, k: number): number[] {
  const scale = new Float64Array(k);
  for (let s = 0; s < m; s++) for (let j = 0; j < k; j++) scale[j]! += U[s * k + j]! ** 2;
  const gram = new Float64Array(k * k);
  for (let s = 0; s < m; s++)
    for (let a = 0; a < k; a++)
      for (let b = 0; b <= a; b++)
        gram[a * k + b]! += (U[s * k + a]! * U[s * k + b]!) / Math.sqrt(scale[a]! * scale[b]!);
  const all = Array.from({ length: m }, (_, s) => s);
  // columns that hardly differ: whoever has few rows is looked at
  if (!choleskyFactor(gram, k)) return m <= 4 * k ? all : [];
  return all.filter((s) => {
    const u = Float64Array.from({ length: k }, (_, j) => U[s * k + j]! / Math.sqrt(scale[j]!));
    solveLower(gram, 0, k, k, u, 0, 1);
    return u.reduce((sum, value) => sum + value * value, 0) > 1 - 1e-6;
  });
}

/** The strata of a variance function that has nothing but strata. */
function ofStrata({ residual, family, layout }: CompiledModel, x: Float64Array, counted: readonly number[]) {
  const parts = residual.variance;
  const [part] = parts;
  if (parts.length !== 1 || part?.kind !== "varIdent" || part.parameters.some(({ held }) => held !== null)) return [];
  const ratio = new Float64Array(part.strata.length).fill(1);
  for (const { name, stratum } of part.parameters) {
    const place = family.parameters.findIndex((parameter) => parameter.name === name);
    ratio[stratum] = x[layout.phi.offset + place]!;
  }
  const largest = Math.max(...ratio);
  const label = (term: string) => parameterLabel({ component: MEAN_COMPONENT, group: RESIDUAL_GROUP, term });
  const all = [label(RESIDUAL_SD), ...part.parameters.map(({ name }) => label(name))];
  return part.strata.map((stratum, s): OwnDispersion => {
    const own = part.parameters.find((parameter) => parameter.stratum === s);
    return {
      name: `'${stratum}'`,
      rows: counted.filter((i) => part.stratum[i] === s),
      // the reference stratum's is sigma, in whose units the others are
      labels: own ? [label(own.name)] : all,
      share: ratio[s]! / largest,
    };
  });
}

/**
 * What rows with a variance of their own mean for a fit.
 *
 * @param x the estimate in the user's units
 * @param restricted whether the likelihood is a restricted one
 */
export function ownDispersion(model: CompiledModel, x: Float64Array, restricted: boolean): OwnDispersionFindings {
  const { design, family, residual } = model;
  const { n, weights, frequencyWeights } = design;
  const r = predictorOfDispersion(model);
  if (r < 0 && !(residual.structured && family.sigma === undefined)) return NO_OWN_DISPERSION;
  const counted = Array.from({ length: n }, (_, i) => i).filter(
    (i) => (weights?.[i] ?? 1) > 0 && (frequencyWeights?.[i] ?? 1) > 0,
  );
  const found = r < 0 ? ofStrata(model, x, counted) : ofPredictor(model, x, r, counted);
  const mean = ofMean(design.predictors);
  const p = mean.names.length;
  let findings = NO_OWN_DISPERSION;
  for (const { name, rows, labels, share } of found) {
    if (rows.length === 0 || rows.length > p || rows.length === counted.length) continue;
    if (determined(mean, rows).rank < rows.length) continue;
    const alone = new Set(rows);
    // a row that counts more than once is fitted exactly by one coefficient, and restricted likelihoods see the rest
    const bounded = restricted && rows.every((i) => (frequencyWeights?.[i] ?? 1) === 1);
    const { rank, open } = determined(
      mean,
      counted.filter((i) => !alone.has(i)),
    );
    if (bounded && rank === p - rows.length) {
      const moving = open.map((j) => mean.names[j]!);
      return {
        ...NO_OWN_DISPERSION,
        verdict: { code: "not identified", reason: messages.varianceOfOwnCoefficients(name, rows.length, moving) },
        undetermined: [...labels, ...moving],
      };
    }
    if (!bounded && (rows.length === 1 || share < VANISHING))
      return {
        ...NO_OWN_DISPERSION,
        verdict: { code: "not identified", reason: messages.unboundedStratum(name, rows.length) },
        undetermined: labels,
      };
    if (bounded && share < VANISHING)
      findings = {
        ...findings,
        zero: [...findings.zero, messages.zeroStratum(name, rows.length)],
        undetermined: [...findings.undetermined, ...labels],
      };
    if (!bounded) findings = { ...findings, local: [...findings.local, name] };
  }
  return findings;
}
