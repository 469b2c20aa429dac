/**
 * Cluster-robust ("sandwich") covariances of a fit by maximum likelihood and their degrees of freedom: CR0 (Liang & Zeger 1986, Biometrika 73, 13–22), CR1 with
 * the factor m/(m − 1), CR2 (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018, J. Bus. Econ. Stat. 36, 672–683), CR3 (the jackknife). Degrees of
 * freedom by Satterthwaite's method with the model as the working one, F tests by the same paper's approximate Hotelling T².
 */
import { ofMean } from "../../families/of-mean.ts";
import { DeclarationError } from "../../messages/issue.ts";
import { robustNeedsLikelihood, robustNotComputed, robustNotOf } from "../../messages/robust.ts";
import { chooseIntegral } from "../../model/choose-integral.ts";
import type { IntegralMethod } from "../../model/compiled-model.ts";
import type { Fit, MaximumLikelihoodFit } from "../../model/fit.ts";
import type { DdfMethod, RobustKind } from "../../model/tidy-options.ts";
import { atOnce } from "../../optimise/pausable.ts";
import { untold } from "../../options/long-work.ts";
import { fUpper } from "../../special/distributions.ts";
import type { CoefficientInference, ContrastTest } from "../small-sample/coefficient-inference.ts";
import { momentsOfFit } from "../small-sample/contrast-coordinates.ts";
import { uncorrelatedRows } from "../small-sample/quadratic.ts";
import type { ClusterTerms } from "./cluster-terms.ts";
import { type RobustClusters, robustClusters } from "./clusters.ts";
import { gaussianTerms } from "./gaussian-terms.ts";
import { likelihoodTerms } from "./likelihood-terms.ts";
import { symmetricFunction } from "./powers.ts";

export interface RobustChoice {
  readonly vcov: RobustKind;
  readonly cluster?: string | readonly string[] | undefined;
  /** `satterthwaite` (default) or `normal`. */
  readonly ddf?: DdfMethod | undefined;
}

export interface RobustInference extends CoefficientInference {
  readonly vcov: RobustKind;
  readonly clusters: { readonly name: string; readonly count: number };
  /**
   * Of all parameters where they are fitted by a likelihood of clusters: what gradients in the user's parameters are moved to, and the covariance there. Null
   * for Gaussian fits, whose coefficients alone have one.
   */
  readonly all: {
    toRoot(gradient: ArrayLike<number>): Float64Array;
    readonly covariance: Float64Array;
    /** Of a quantity with this gradient. */
    df(gradient: ArrayLike<number>): number;
  } | null;
}

interface Sums {
  readonly terms: readonly ClusterTerms[];
  readonly size: number;
  /** Σbb' times the factor of CR1. */
  readonly covariance: Float64Array;
  readonly factor: number;
}

function summed(terms: readonly ClusterTerms[], kind: RobustKind, size: number): Sums {
  const m = terms.length;
  const factor = kind === "CR1" ? m / (m - 1) : 1;
  const covariance = new Float64Array(size * size);
  for (const { b } of terms)
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) covariance[i * size + j]! += factor * b[i]! * b[j]!;
  return { terms, size, covariance, factor };
}

const times = (A: Float64Array, x: Float64Array): Float64Array => {
  const n = x.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i]! += A[i * n + j]! * x[j]!;
  return out;
};
const dot = (x: Float64Array, y: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
};

/**
 * The variances of the entries of a robust covariance of contrasts under the model: Σ_ij P^ss_ij P^tt_ij + P^st_ij P^ts_ij with P^st_ij = [i = j] v_i − h_si'h_tj, summed
 * without a matrix of clusters × clusters.
 *
 * @param rows contrasts in root coordinates
 */
function spread(terms: readonly ClusterTerms[], rows: readonly Float64Array[], expected: Float64Array) {
  const q = rows.length;
  const p = rows[0]!.length;
  const B = Array.from({ length: q * q }, () => new Float64Array(p * p));
  /** Σ_i of what is of one cluster. */
  const own = new Float64Array(q * q);
  for (const { K, T } of terms) {
    const h = rows.map((row) => times(K, row));
    const Tr = rows.map((row) => times(T, row));
    const v = (s: number, t: number) => dot(rows[s]!, Tr[t]!);
    const hh = (s: number, t: number) => dot(h[s]!, h[t]!);
    for (let s = 0; s < q; s++)
      for (let t = 0; t < q; t++) {
        expected[s * q + t]! += v(s, t) - hh(s, t);
        own[s * q + t]! +=
          v(s, s) * v(t, t) - v(s, s) * hh(t, t) - v(t, t) * hh(s, s) + v(s, t) ** 2 - 2 * v(s, t) * hh(s, t);
        const into = B[s * q + t]!;
        for (let a = 0; a < p; a++) for (let c = 0; c < p; c++) into[a * p + c]! += h[s]![a]! * h[t]![c]!;
      }
  }
  let total = 0;
  for (let s = 0; s < q; s++)
    for (let t = 0; t < q; t++) {
      total += own[s * q + t]!;
      const first = B[s * q + t]!;
      for (let a = 0; a < p; a++)
        for (let c = 0; c < p; c++)
          total += first[a * p + c]! * first[a * p + c]! + first[a * p + c]! * first[c * p + a]!;
    }
  return total;
}

/** Satterthwaite's degrees of freedom of one contrast: 2E²/Var. */
function satterthwaiteDf({ terms }: Sums, row: Float64Array): number {
  const expected = new Float64Array(1);
  const variance = spread(terms, [row], expected);
  return variance > 0 ? (2 * expected[0]! ** 2) / variance : Number.NaN;
}

const NOTHING: ContrastTest = { statistic: Number.NaN, numDf: 0, denDf: Number.NaN, pValue: Number.NaN };

/** The approximate Hotelling T² test (HTZ). */
function hotelling(
  sums: Sums,
  rows: readonly Float64Array[],
  values: readonly number[],
  finite: boolean,
): ContrastTest {
  const identity = new Float64Array(sums.size * sums.size);
  for (let i = 0; i < sums.size; i++) identity[i * sums.size + i] = 1;
  const turned = rows.length === 0 ? [] : uncorrelatedRows(rows, identity);
  const q = turned.length;
  if (q === 0) return NOTHING;
  const own = turned.map(({ row, variance }) => row.map((value) => value / Math.sqrt(variance)));
  const estimates = turned.map(
    ({ weights, variance }) => weights.reduce((sum, w, i) => sum + w * values[i]!, 0) / Math.sqrt(variance),
  );
  let statistic = 0;
  const robust = uncorrelatedRows(own, sums.covariance);
  for (const { weights, variance } of robust)
    statistic += weights.reduce((sum, w, i) => sum + w * estimates[i]!, 0) ** 2 / variance;
  // fewer clusters than contrasts leave nothing to test them all with
  if (robust.length < q) return { ...NOTHING, numDf: q };
  statistic /= q;
  if (!finite) return { statistic, numDf: q, denDf: Infinity, pValue: fUpper(statistic, q, Infinity) };
  const expected = new Float64Array(q * q);
  spread(sums.terms, own, expected);
  const half = symmetricFunction(expected, q, (value) => (value > 0 ? 1 / Math.sqrt(value) : 0));
  const scaled = own.map((_, s) => {
    const row = new Float64Array(sums.size);
    own.forEach((other, t) => {
      for (let a = 0; a < row.length; a++) row[a]! += half[s * q + t]! * other[a]!;
    });
    return row;
  });
  const eta = (q * (q + 1)) / spread(sums.terms, scaled, new Float64Array(q * q));
  const denDf = eta - q + 1;
  if (!(denDf > 0)) return { statistic, numDf: q, denDf: Number.NaN, pValue: Number.NaN };
  const F = (statistic * denDf) / eta;
  return { statistic: F, numDf: q, denDf, pValue: fUpper(F, q, denDf) };
}

type FitWithIntegral = MaximumLikelihoodFit & {
  readonly integral: IntegralMethod;
  readonly working?: unknown;
  readonly penalised?: boolean;
};

/** @throws DeclarationError for fits without a likelihood of independent clusters */
export function requireRobust(fit: Fit): asserts fit is FitWithIntegral {
  if (fit.kind !== "ml") throw new DeclarationError([robustNeedsLikelihood(fit.kind)]);
  const { working, penalised } = fit as FitWithIntegral;
  if (working) throw new DeclarationError([robustNeedsLikelihood("working")]);
  if (penalised) throw new DeclarationError([robustNeedsLikelihood("penalised")]);
}

/** Whether the coefficients are generalised least squares'. */
export const isExact = ({ model, method }: MaximumLikelihoodFit): boolean =>
  chooseIntegral(model).exact && (method === "REML" || method === "ML");

const known = new WeakMap<Fit, Map<string, RobustInference>>();

/**
 * Inference about contrasts of a fit's coefficients that assumes nothing of the covariance within clusters.
 *
 * @throws DeclarationError where the fit has no independent clusters, is a posterior, or maximised no likelihood; and for other degrees of freedom than
 *   Satterthwaite's
 * @example
 * robustInference(fit, { vcov: "CR2" }).standardError([0, 1]); // of the second coefficient
 */
export function robustInference(fit: Fit, { vcov, cluster, ddf = "satterthwaite" }: RobustChoice): RobustInference {
  requireRobust(fit);
  if (ddf !== "satterthwaite" && ddf !== "normal") throw new DeclarationError([robustNotOf(ddf)]);
  const key = JSON.stringify([vcov, cluster, ddf]);
  let own = known.get(fit);
  if (!own) known.set(fit, (own = new Map()));
  let found = own.get(key);
  if (!found) own.set(key, (found = compute(fit, vcov, robustClusters(fit.model, cluster), ddf)));
  return found;
}

function compute(fit: FitWithIntegral, vcov: RobustKind, clusters: RobustClusters, ddf: DdfMethod): RobustInference {
  const { model, estimate } = fit;
  const { offset, size } = ofMean(model.layout.beta);
  const estimateOf = (l: ArrayLike<number>) => {
    let sum = 0;
    for (let a = 0; a < size; a++) sum += l[a]! * estimate[offset + a]!;
    return sum;
  };
  const finite = ddf === "satterthwaite";
  let sums: Sums;
  let toRoot: (l: ArrayLike<number>) => Float64Array;
  let all: RobustInference["all"] = null;
  if (isExact(fit)) {
    const moments = momentsOfFit(fit);
    if (!moments) throw new DeclarationError([robustNotComputed()]);
    const gaussian = gaussianTerms(moments, clusters, vcov);
    sums = summed(
      clusters.rows.map((_, c) => gaussian.terms(c)),
      vcov,
      size,
    );
    toRoot = (l) => gaussian.toRoot(moments.toOrthonormal(l));
  } else {
    const found = atOnce(likelihoodTerms(fit, clusters, vcov, untold));
    sums = summed(found.terms, vcov, model.layout.size);
    const ofGradient = (gradient: ArrayLike<number>) => {
      const standardised = new Float64Array(model.layout.size);
      model.standardisation.pullbackToStandardised(Float64Array.from(gradient), standardised);
      return found.toRoot(standardised);
    };
    toRoot = (l) => {
      const gradient = new Float64Array(model.layout.size);
      for (let a = 0; a < size; a++) gradient[offset + a] = l[a]!;
      return ofGradient(gradient);
    };
    all = {
      toRoot: ofGradient,
      covariance: sums.covariance,
      df: (gradient) => (finite ? satterthwaiteDf(sums, ofGradient(gradient)) : Number.POSITIVE_INFINITY),
    };
  }
  const covariance = (l: ArrayLike<number>, m: ArrayLike<number>) => dot(toRoot(l), times(sums.covariance, toRoot(m)));
  return {
    ddf,
    vcov,
    clusters: { name: clusters.name, count: clusters.rows.length },
    standardError: (l) => Math.sqrt(covariance(l, l)),
    covariance,
    df: (l) => (finite ? satterthwaiteDf(sums, toRoot(l)) : Number.POSITIVE_INFINITY),
    test: (L) => hotelling(sums, L.map(toRoot), L.map(estimateOf), finite),
    adjusted: { covariance: sums.covariance, to: toRoot },
    all,
  };
}
