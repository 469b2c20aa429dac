/**
 * The coefficients of a fit without a part of its rows, by updating: with P = V⁻¹ − V⁻¹XMX'V⁻¹, β̂ − β̂₍D₎ = MX'V⁻¹·(P_DD)⁻¹(Py)_D of a Gaussian model at the estimated
 * variances; one Newton step of the marginal likelihood, or of the working linear model, of others.
 */
import { ofMean } from "../families/of-mean.ts";
import type { RobustClusters } from "../frequentist/robust/clusters.ts";
import { gaussianTerms } from "../frequentist/robust/gaussian-terms.ts";
import { likelihoodTerms } from "../frequentist/robust/likelihood-terms.ts";
import { isExact } from "../frequentist/robust/robust-inference.ts";
import { momentsOfFit } from "../frequentist/small-sample/contrast-coordinates.ts";
import { choleskyFactor, choleskySolve } from "../linalg/dense-cholesky.ts";
import { solveLower } from "../linalg/triangular.ts";
import { linearPredictors } from "../marginal/linear-predictors.ts";
import { influenceAcross } from "../messages/diagnose.ts";
import { declarationFault } from "../messages/issue.ts";
import type { MaximumLikelihoodFit } from "../model/fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import type { WorkingRows } from "../prediction/leverage.ts";
import { residuals } from "../prediction/residuals.ts";

/** A change of the coefficients, in the user's units, and their covariance without the unit. */
export interface Deletion {
  readonly change: Float64Array;
  readonly errors: Float64Array;
  /** Of the change. */
  readonly cooks: number;
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

export const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k]! * y[k]!;
  return sum;
};

/** Of a product of two vectors, relative to their lengths. */
const ROUNDING = 1e-13;

/** @param inflation J such that the covariance without the unit is I + J */
function deletion({ rows }: Roots, b: Float64Array, inflation: (l: Float64Array) => number, cooks: number): Deletion {
  return {
    change: Float64Array.from(rows, (row) => {
      const change = dot(row, b);
      // what a unit does not touch is 0, and not what rounding left of it
      return Math.abs(change) <= ROUNDING * Math.sqrt(dot(row, row) * dot(b, b)) ? 0 : change;
    }),
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

export function* exactGroups(
  fit: MaximumLikelihoodFit,
  units: RobustClusters,
  report: Report,
): Pausable<(Deletion | null)[]> {
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

export function* stepGroups(
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
export function* deletedRows(
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
