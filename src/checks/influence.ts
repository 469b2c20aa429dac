/**
 * What leaving a row or a group out does to the coefficients of a fit: Cook's distance and DFBETAS (Belsley, Kuh & Welsch 1980; of mixed models Demidenko & Stukel
 * 2005, Statistics in Medicine 24, 893–909).
 *
 * At the estimated variances the coefficients of a Gaussian model without a part D of its rows are exact by downdating: with P = V⁻¹ − V⁻¹XMX'V⁻¹,
 * β̂ − β̂₍D₎ = MX'V⁻¹·(P_DD)⁻¹(Py)_D. Of a mixed model for other responses a group is left out by one Newton step of the marginal likelihood, a row by one of the working
 * linear model. `refit` fits again without each.
 */
import { type InferOutput, optional } from "valibot";
import { isOfMeanAlone } from "../data/design.ts";
import type { ColumnsOfFit, UnitText } from "../effects/checked-columns.ts";
import { ofMean } from "../families/of-mean.ts";
import { fitModelPausably } from "../frequentist/fit-model.ts";
import { clusterIndex } from "../frequentist/gee/clusters.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { startingAt } from "../frequentist/method.ts";
import { holdsWhole, independentParts, type RobustClusters, rowsOfClusters } from "../frequentist/robust/clusters.ts";
import { gaussianTerms } from "../frequentist/robust/gaussian-terms.ts";
import { likelihoodTerms } from "../frequentist/robust/likelihood-terms.ts";
import { isExact, requireRobust } from "../frequentist/robust/robust-inference.ts";
import { momentsOfFit } from "../frequentist/small-sample/contrast-coordinates.ts";
import { choleskyFactor, choleskySolve } from "../linalg/dense-cholesky.ts";
import { solveLower } from "../linalg/triangular.ts";
import { linearPredictors } from "../marginal/linear-predictors.ts";
import { influenceAcross, influenceFailures, influenceNeedsLikelihood, influenceUnit } from "../messages/diagnose.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import { requireFit } from "../model/require-fit.ts";
import { clusterResampler } from "../model/resample.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { columnName, flag } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { leverage, type WorkingRows, workingRows } from "../prediction/leverage.ts";
import { residuals } from "../prediction/residuals.ts";
import { type Printable, printable } from "../report/printable.ts";
import { influenceText } from "./influence-text.ts";

const influenceOptions = optionsSchema({
  /** What is left out: each `row` (the default without random effects), or each level of a grouping factor or column; default the outermost grouping factor. */
  by: optional(columnName),
  /** Fit again without each, variances and all: as many fits as there are parts. Default false: by updating. */
  refit: optional(flag, false),
  ...longWorkEntries,
});

export type InfluenceOptions = OptionsOf<typeof influenceOptions>;

export interface InfluenceRow {
  /** `row 3` (1-based row of the table), or the level. */
  readonly unit: string;
  readonly nobs: number;
  /** (β̂ − β̂₋)'M⁻¹(β̂ − β̂₋)/p; null where a coefficient cannot be estimated without the unit, or a refit failed. */
  readonly cooks_distance: number | null;
  /** Of rows, where it is computed. */
  readonly leverage: number | null;
  /** By coefficient: (β̂ − β̂₋) over its standard error without the unit. */
  readonly dfbetas: Readonly<Record<string, number | null>>;
  /** Why there is no refit. */
  readonly reason?: string;
}

export interface Influence extends Printable {
  readonly by: string;
  /** `exact`: at the estimated variances; `one step`: of Newton's method; `refit`. */
  readonly method: "exact" | "one step" | "refit";
  readonly rows: readonly InfluenceRow[];
  readonly warnings: readonly FitWarning[];
}

/** A change of the coefficients, in the user's units, and their covariance without the unit. */
interface Deletion {
  readonly change: Float64Array;
  readonly errors: Float64Array;
  /** Of the change. */
  readonly cooks: number;
}

/**
 * Cook's distances and DFBETAS of the rows or groups of a fit by maximum likelihood.
 *
 * @returns rows in the order of the data; with a `signal` or `onProgress` a promise of them
 * @throws DeclarationError for other fits, and where a part cannot be left out by updating
 * @example
 * influence(fit).print();                              // groups
 * influence(fit, { by: "row" }).rows;
 * influence(fit, { by: "Subject", refit: true }).rows; // as lme4's influence(fit, "Subject")
 */
export function influence<
  const F extends Fit,
  const By extends string = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
>(
  fit: F,
  options?: InfluenceOptions & { readonly by?: UnitText<ColumnsOfFit<F>, By> | undefined } & SlicesOf<Signal, Told>,
): DoneOrPromised<Influence, Signal, Told>;
export function influence(fit: Fit, given?: InfluenceOptions): Influence | Promise<Influence> {
  requireFit(fit, "influence()");
  const options = readOptions(influenceOptions, given, { of: "influence()" });
  if (fit.kind !== "ml") throw declarationFault(influenceNeedsLikelihood(fit.kind === "posterior"));
  return doneOrPromised((report) => influenceOf(fit, options, report), options);
}

/** The rows of each unit. */
function unitsOf({ model }: MaximumLikelihoodFit, asked: string | undefined): RobustClusters {
  const { design, table } = model;
  const groups = [...new Map(design.random.map((term) => [term.group, term])).values()].sort(
    (a, b) => a.levels.length - b.levels.length,
  );
  const by = asked ?? groups[0]?.group ?? "row";
  const group = groups.find((one) => one.group === by);
  if (group) return rowsOfClusters(group.index, group.levels, by);
  if (by === "row" && !table.column("row"))
    return rowsOfClusters(
      Int32Array.from({ length: design.n }, (_, i) => i),
      Array.from(design.rows, (row) => `row ${row + 1}`),
      "row",
    );
  const found = table.column(by) ? clusterIndex(table, design.rows, [by], []) : null;
  if (!found)
    throw declarationFault(
      influenceUnit(
        by,
        groups.map((one) => one.group),
      ),
    );
  return rowsOfClusters(found.index, found.levels, by);
}

/** The work of `influence`. */
export function* influenceOf(
  fit: MaximumLikelihoodFit,
  { by, refit }: Pick<InferOutput<typeof influenceOptions>, "by" | "refit">,
  report: Report,
): Pausable<Influence> {
  const units = unitsOf(fit, by);
  const names = ofMean(fit.model.design.predictors).names;
  const isRow = units.name === "row";
  let h: Float64Array | null = null;
  let found: readonly (Deletion | string | null)[];
  let method: Influence["method"] = refit ? "refit" : "exact";
  if (refit) found = yield* refits(fit as MaximumLikelihood, units, report);
  else {
    const parts = independentParts(fit.model);
    const independent = !isRow && holdsWhole(parts, units.of);
    if (independent) {
      requireRobust(fit);
      if (isExact(fit)) found = yield* exactGroups(fit, units, report);
      else {
        method = "one step";
        found = yield* stepGroups(fit, units, report);
      }
    } else {
      const { design, family } = fit.model;
      const others = design.random.some((term) => !isOfMeanAlone(term));
      const refused =
        design.residual?.correlation || family.curve || family.categories || others || (!isExact(fit) && !isRow);
      const rows = refused ? null : workingRows(fit);
      if (!rows) throw declarationFault(influenceAcross(units.name === "row" ? "rows" : `levels of "${units.name}"`));
      if (!isExact(fit)) method = "one step";
      found = yield* deletedRows(fit, rows, units, report);
    }
  }
  if (isRow) {
    try {
      h = leverage(fit);
    } catch {
      // of correlated rows there are none
    }
  }
  const rows = units.rows.map((own, u): InfluenceRow => {
    const deletion = found[u]!;
    const known = deletion !== null && typeof deletion !== "string" ? deletion : null;
    return {
      unit: units.labels[u]!,
      nobs: own.length,
      cooks_distance: known ? known.cooks : null,
      leverage: h ? h[own[0]!]! : null,
      dfbetas: Object.fromEntries(names.map((name, a) => [name, known ? known.change[a]! / known.errors[a]! : null])),
      ...(typeof deletion === "string" && { reason: deletion }),
    };
  });
  const failed = found.filter((one) => typeof one === "string").length;
  const warnings = failed > 0 ? [influenceFailures(failed, rows.length)] : [];
  const result = { by: units.name, method, rows, warnings };
  return printable(result, (style) => influenceText(result, names, style));
}

/** From root coordinates, in which the covariance of the coefficients is the identity. */
interface Roots {
  /** Of coefficient a, in the user's units. */
  readonly rows: readonly Float64Array[];
}

function rootsOf(fit: MaximumLikelihoodFit, toRoot: (l: Float64Array) => Float64Array): Roots {
  const p = ofMean(fit.model.layout.beta).size;
  return { rows: Array.from({ length: p }, (_, a) => toRoot(unitVector(a, p))) };
}
const unitVector = (a: number, length: number) => Float64Array.from({ length }, (_, k) => (k === a ? 1 : 0));

const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k]! * y[k]!;
  return sum;
};

/** @param inflation J such that the covariance without the unit is I + J */
function deletion({ rows }: Roots, b: Float64Array, inflation: (l: Float64Array) => number, cooks: number): Deletion {
  return {
    change: Float64Array.from(rows, (row) => dot(row, b)),
    errors: Float64Array.from(rows, (row) => Math.sqrt(dot(row, row) + inflation(row))),
    cooks,
  };
}

const bilinear = (l: Float64Array, A: Float64Array) => {
  let sum = 0;
  const n = l.length;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum += l[i]! * A[i * n + j]! * l[j]!;
  return sum;
};

/** Whether I − G has an inverse, G the share of the information that a unit has. */
function leavesSomething(G: Float64Array, n: number): boolean {
  const left = G.map((value) => -value);
  for (let i = 0; i < n; i++) left[i * n + i]! += 1;
  return choleskyFactor(left, n) && left.every((value, k) => k % (n + 1) !== 0 || value > 1e-5);
}

function* exactGroups(fit: MaximumLikelihoodFit, units: RobustClusters, report: Report): Pausable<(Deletion | null)[]> {
  const moments = momentsOfFit(fit);
  if (!moments) throw declarationFault(influenceAcross(`levels of "${units.name}"`));
  const { terms, toRoot } = gaussianTerms(moments, units, "CR3");
  const plain = gaussianTerms(moments, units, "CR0");
  const roots = rootsOf(fit, (l) => toRoot(moments.toOrthonormal(l)));
  const p = roots.rows.length;
  const out: (Deletion | null)[] = [];
  for (let c = 0; c < units.rows.length; c++) {
    const { b, K } = terms(c);
    out.push(leavesSomething(plain.terms(c).K, p) ? deletion(roots, b, (l) => bilinear(l, K), dot(b, b) / p) : null);
    report("units", c + 1, units.rows.length);
    if (pauseDue()) yield;
  }
  return out;
}

function* stepGroups(
  fit: Parameters<typeof likelihoodTerms>[0],
  units: RobustClusters,
  report: Report,
): Pausable<(Deletion | null)[]> {
  const { model } = fit;
  const { size } = model.layout;
  const { offset, size: p } = ofMean(model.layout.beta);
  const { terms, toRoot } = yield* likelihoodTerms(fit, units, "CR3", report);
  const roots = rootsOf(fit, (l) => {
    const gradient = new Float64Array(size);
    gradient.set(l, offset);
    const standardised = new Float64Array(size);
    model.standardisation.pullbackToStandardised(gradient, standardised);
    return toRoot(standardised);
  });
  // the covariance of the coefficients, and its inverse for the distance
  const M = new Float64Array(p * p);
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) M[a * p + b] = dot(roots.rows[a]!, roots.rows[b]!);
  const regular = choleskyFactor(M, p);
  return terms.map(({ b, K }) => {
    const one = deletion(roots, b, (l) => bilinear(l, K), 0);
    if (!regular) return null;
    const solved = one.change.slice();
    choleskySolve(M, p, solved);
    return { ...one, cooks: dot(one.change, solved) / p };
  });
}

/** Rows, or groups that are not independent of others, by downdating. */
function* deletedRows(
  fit: MaximumLikelihoodFit,
  { p, weight, effects, rest, root, project }: WorkingRows,
  units: RobustClusters,
  report: Report,
): Pausable<(Deletion | null)[]> {
  const { model } = fit;
  const { offset } = ofMean(model.layout.beta);
  const toRoot = (l: Float64Array) => {
    const gradient = new Float64Array(model.layout.size);
    gradient.set(l, offset);
    const standardised = new Float64Array(model.layout.size);
    model.standardisation.pullbackToStandardised(gradient, standardised);
    const own = standardised.slice(offset, offset + p);
    solveLower(root, 0, p, p, own);
    return own;
  };
  const roots = rootsOf(fit, toRoot);
  const working = workingResiduals(fit, weight);
  const out: (Deletion | null)[] = [];
  for (const [u, rows] of units.rows.entries()) {
    const used = rows.filter((i) => weight[i]! > 0);
    const m = used.length;
    // a = T⁻¹X'V⁻¹D, m × p
    const A = Array.from(used, (i) => {
      const own = rest.slice(i * p, (i + 1) * p).map((value) => value * weight[i]!);
      solveLower(root, 0, p, p, own);
      return own;
    });
    const P = new Float64Array(m * m);
    const half = m > 1 ? Array.from(used, project) : [];
    for (let j = 0; j < m; j++)
      for (let k = 0; k <= j; k++) {
        const [wj, wk] = [weight[used[j]!]!, weight[used[k]!]!];
        const shared = m > 1 ? (half[j] ? dot(half[j]!, half[k]!) : 0) : effects[used[j]!]!;
        P[j * m + k] = (j === k ? wj : 0) - wj * wk * shared - dot(A[j]!, A[k]!);
      }
    const smallest = Math.min(...Array.from(used, (i, j) => P[j * m + j]! / weight[i]!));
    if (m === 0 || !(smallest > 1e-10) || !choleskyFactor(P, m)) {
      out.push(m === 0 ? deletion(roots, new Float64Array(p), () => 0, 0) : null);
      continue;
    }
    const delta = Float64Array.from(used, (i) => weight[i]! * working[i]!);
    choleskySolve(P, m, delta);
    const b = new Float64Array(p);
    A.forEach((own, j) => {
      for (let a = 0; a < p; a++) b[a]! += own[a]! * delta[j]!;
    });
    const inflation = (l: Float64Array) => {
      const along = Float64Array.from(A, (own) => dot(own, l));
      solveLower(P, 0, m, m, along);
      return dot(along, along);
    };
    out.push(deletion(roots, b, inflation, dot(b, b) / p));
    report("units", u + 1, units.rows.length);
    if (pauseDue()) yield;
  }
  return out;
}

/** e_i of the working model: w_ie_i is the slope of the row's log density in its linear predictor. */
function workingResiduals(fit: MaximumLikelihoodFit, weight: Float64Array): Float64Array {
  const { model, estimate, modes } = fit;
  if (isExact(fit)) return residuals(fit);
  const { data, layout, design } = model;
  const kernel = model.kernel.bind(data.columns, design.n, data.multiplier);
  const phi = estimate.slice(layout.phi.offset, layout.phi.offset + layout.phi.size);
  kernel.setParameters(phi);
  const eta = fit.model.design.predictors.map(() => new Float64Array(design.n));
  linearPredictors(data, layout.beta).eta(estimate, modes, eta);
  eta.forEach((values, r) => {
    kernel.eta[r]!.set(values);
  });
  kernel.score(0, design.n);
  return kernel.d1[0]!.map((slope, i) => slope / weight[i]!);
}

/** The coefficients without each unit, fitted again. */
function* refits(
  fit: MaximumLikelihood,
  units: RobustClusters,
  report: Report,
): Pausable<(Deletion | string | null)[]> {
  const { model } = fit;
  const { offset, size: p } = ofMean(model.layout.beta);
  const count = units.rows.length;
  const resample = clusterResampler(model, units.of, count);
  const { covariance, estimate } = fit;
  const d = model.layout.size;
  const M = new Float64Array(p * p);
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) M[a * p + b] = covariance[(offset + a) * d + offset + b]!;
  const regular = choleskyFactor(M, p);
  const out: (Deletion | string | null)[] = [];
  for (let u = 0; u < count; u++) {
    const picks = Int32Array.from({ length: count - 1 }, (_, k) => (k < u ? k : k + 1));
    try {
      const again = yield* fitModelPausably(resample(picks).model, fit.requested, startingAt(fit.requested, estimate));
      const { code, reason } = again.verdict;
      if (code !== "converged" && code !== "boundary") out.push(reason);
      else {
        const own = again.covariance;
        const x = again.estimate;
        const change = Float64Array.from({ length: p }, (_, a) => estimate[offset + a]! - x[offset + a]!);
        const solved = change.slice();
        if (regular) choleskySolve(M, p, solved);
        out.push({
          change,
          errors: Float64Array.from({ length: p }, (_, a) => Math.sqrt(own[(offset + a) * d + offset + a]!)),
          cooks: regular ? dot(change, solved) / p : Number.NaN,
        });
      }
    } catch (error) {
      out.push(error instanceof Error ? error.message : String(error));
    }
    report("refits", u + 1, count);
    if (pauseDue()) yield;
  }
  return out;
}
