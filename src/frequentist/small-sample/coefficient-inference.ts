/**
 * Tests of contrasts of the coefficients of a linear mixed model's mean: standard errors, degrees of freedom, F tests. What tables of coefficients,
 * analyses of variance, averages and contrasts share.
 */

import { ofMean } from "../../families/of-mean.ts";
import { DeclarationError } from "../../messages/issue.ts";
import { ddfNeedsGaussian, kenwardRogerNeedsReml } from "../../messages/small-sample.ts";
import { chooseIntegral } from "../../model/choose-integral.ts";
import type { MaximumLikelihoodFit } from "../../model/fit.ts";
import type { DdfMethod } from "../../model/tidy-options.ts";
import type { PointFit } from "../../prediction/fit-capabilities.ts";
import { gradientCoordinates } from "../../prediction/gradient-coordinates.ts";
import { roundingErrors } from "../../prediction/rounding-errors.ts";
import { fUpper } from "../../special/distributions.ts";
import { betweenWithin } from "./between-within.ts";
import { type MomentsOfFit, momentsOfFit } from "./contrast-coordinates.ts";
import { type ExpectedInformation, expectedInformation } from "./expected-information.ts";
import { adjustedCovariance as adjusted, kenwardRogerTest } from "./kenward-roger.ts";
import { bilinear, uncorrelatedRows } from "./quadratic.ts";
import { faiCornelius, type Satterthwaite, satterthwaite } from "./satterthwaite.ts";

/** A test of Lβ = 0. */
export interface ContrastTest {
  /** F. */
  readonly statistic: number;
  /** The rank of L. */
  readonly numDf: number;
  /** Infinity: a χ² over its degrees of freedom. */
  readonly denDf: number;
  readonly pValue: number;
}

/** Inference about contrasts l'β of the mean's coefficients, l one number a coefficient, in the user's units. */
export interface CoefficientInference {
  readonly ddf: DdfMethod;
  /** √Var(l'β̂), adjusted by Kenward and Roger's method. */
  standardError(l: ArrayLike<number>): number;
  /** Cov(l'β̂, m'β̂), so adjusted too. */
  covariance(l: ArrayLike<number>, m: ArrayLike<number>): number;
  /** Degrees of freedom of t; Infinity: normal; NaN where they cannot be computed. */
  df(l: ArrayLike<number>): number;
  /** The F test of all rows being 0; rows that are combinations of others add nothing. NaN where nothing can be tested. */
  test(L: readonly ArrayLike<number>[]): ContrastTest;
  /** Where the covariance is not the fit's own: coordinates of contrasts, and the covariance there, p × p row-major. */
  readonly adjusted?: {
    readonly covariance: Float64Array;
    to(l: ArrayLike<number>): Float64Array;
  };
}

/** Whether a fit is of a linear mixed model by (restricted) maximum likelihood. */
const hasVariances = ({ model, method }: MaximumLikelihoodFit): boolean =>
  chooseIntegral(model).exact && (method === "REML" || method === "ML");

/** Whether there is nothing to estimate but coefficients and a residual variance: tests are exact then. */
const isPlain = ({ model }: MaximumLikelihoodFit): boolean =>
  chooseIntegral(model).exact &&
  model.design.random.length === 0 &&
  model.design.predictors.length === 1 &&
  (!model.residual.structured || model.layout.phi.size === 1) &&
  model.family.sigma === undefined;

/** Degrees of freedom of a fit where none are asked for: Satterthwaite's for REML, else normal. */
export const defaultDdf = (fit: MaximumLikelihoodFit): DdfMethod =>
  hasVariances(fit) && fit.method === "REML" ? "satterthwaite" : "normal";

/** What is computed once a fit. */
interface Shared {
  readonly moments: MomentsOfFit | null;
  expected?: ExpectedInformation;
  adjusted?: Float64Array;
  satterthwaite?: Satterthwaite;
}
const shared = new WeakMap<MaximumLikelihoodFit, Shared>();

function sharedOf(fit: MaximumLikelihoodFit): Shared {
  let own = shared.get(fit);
  if (!own) {
    own = { moments: momentsOfFit(fit) };
    shared.set(fit, own);
  }
  return own;
}

/** Rows, each as often as its frequency weight says. */
export const rowsThatCount = ({ model }: MaximumLikelihoodFit): number => {
  const { frequencyWeights, n } = model.design;
  return frequencyWeights ? frequencyWeights.reduce((sum, weight) => sum + weight, 0) : n;
};

const estimateOf = ({ model, estimate }: PointFit, l: ArrayLike<number>): number => {
  const { offset, size } = ofMean(model.layout.beta);
  let sum = 0;
  for (let a = 0; a < size; a++) sum += l[a]! * estimate[offset + a]!;
  return sum;
};

/** The covariance of the mean's coefficients as the fit has it, in coordinates that lose no digits, and contrasts there. */
function waldCoordinates(fit: PointFit) {
  const { layout } = fit.model;
  const { covariance, parameters } = gradientCoordinates(fit, false);
  const { offset, size } = ofMean(layout.beta);
  const block = new Float64Array(size * size);
  for (let a = 0; a < size; a++)
    for (let b = 0; b < size; b++) block[a * size + b] = covariance[(offset + a) * layout.size + offset + b]!;
  const to = (l: ArrayLike<number>): Float64Array => {
    const whole = new Float64Array(layout.size);
    for (let a = 0; a < size; a++) whole[offset + a] = l[a]!;
    parameters(whole);
    return whole.slice(offset, offset + size);
  };
  return { block, to };
}

const NOTHING = { statistic: Number.NaN, numDf: 0, denDf: Number.NaN, pValue: Number.NaN };

/** F of uncorrelated contrasts: each with its own degrees of freedom. */
function fTest(
  rows: readonly Float64Array[],
  values: readonly number[],
  covariance: Float64Array,
  denominator: (rows: readonly Float64Array[]) => number,
): ContrastTest {
  const turned = rows.length === 0 ? [] : uncorrelatedRows(rows, covariance);
  if (turned.length === 0) return NOTHING;
  let sum = 0;
  for (const { weights, variance } of turned)
    sum += weights.reduce((total, weight, i) => total + weight * values[i]!, 0) ** 2 / variance;
  const numDf = turned.length;
  const statistic = sum / numDf;
  const denDf = denominator(turned.map(({ row }) => row));
  return { statistic, numDf, denDf, pValue: Number.isNaN(denDf) ? Number.NaN : fUpper(statistic, numDf, denDf) };
}

/** Inference in the covariance that the fit has, with degrees of freedom of a contrast from elsewhere. */
function inCovarianceOf(fit: PointFit, ddf: DdfMethod) {
  const wald = waldCoordinates(fit);
  return (df: (l: ArrayLike<number>, own: Float64Array) => number): CoefficientInference => ({
    ddf,
    standardError: (l) => {
      const own = wald.to(l);
      return Math.sqrt(bilinear(own, wald.block, own));
    },
    covariance: (l, m) => bilinear(wald.to(l), wald.block, wald.to(m)),
    df: (l) => df(l, wald.to(l)),
    test: (L) =>
      fTest(
        L.map(wald.to),
        L.map((l) => estimateOf(fit, l)),
        wald.block,
        () => Math.min(...L.map((l) => df(l, wald.to(l)))),
      ),
  });
}

/** Wald's tests of contrasts of the mean's coefficients, of estimating equations too: normal, and χ² over its degrees of freedom. */
export const waldInference = (fit: PointFit): CoefficientInference =>
  inCovarianceOf(fit, "normal")(() => Number.POSITIVE_INFINITY);

/**
 * Inference about contrasts of the mean's coefficients.
 *
 * @param fit of a Gaussian response; of others with `normal` alone
 * @param ddf default: Satterthwaite's degrees of freedom for REML, else normal; those of a linear model without random effects are n − p
 * @throws DeclarationError where the fit has no such degrees of freedom
 * @example
 * const inference = coefficientInference(fit, "kenward-roger");
 * inference.test([[0, 1, 0], [0, 0, 1]]); // { statistic, numDf: 2, denDf, pValue }
 */
export function coefficientInference(
  fit: MaximumLikelihoodFit,
  ddf: DdfMethod = defaultDdf(fit),
): CoefficientInference {
  const inference = inferenceBy(fit, ddf);
  const isRounding = roundingErrors(fit);
  if (!isRounding) return inference;
  const { layout } = fit.model;
  const { offset, size } = ofMean(layout.beta);
  // where an error is rounding, so is a test by it
  const exact = (l: ArrayLike<number>) => {
    const whole = new Float64Array(layout.size);
    for (let a = 0; a < size; a++) whole[offset + a] = l[a]!;
    return whole.some((value) => value !== 0) && isRounding(whole, inference.standardError(l));
  };
  return { ...inference, test: (L) => (L.some(exact) ? NOTHING : inference.test(L)) };
}

function inferenceBy(fit: MaximumLikelihoodFit, ddf: DdfMethod): CoefficientInference {
  if (ddf !== "normal" && !hasVariances(fit)) throw new DeclarationError([ddfNeedsGaussian(ddf)]);
  if (ddf === "kenward-roger" && fit.method !== "REML") throw new DeclarationError([kenwardRogerNeedsReml()]);
  if (ddf === "normal") return waldInference(fit);
  const byCovariance = inCovarianceOf(fit, ddf);
  if (isPlain(fit)) {
    const left = rowsThatCount(fit) - ofMean(fit.model.layout.beta).size;
    return byCovariance(() => left);
  }
  if (ddf === "between-within") {
    const own = betweenWithin(fit.model, rowsThatCount(fit));
    // what is made of several coefficients is known no better than the worst of them
    return byCovariance((l) => Math.min(...own.filter((_, a) => l[a] !== 0)));
  }
  const state = sharedOf(fit);
  const { moments } = state;
  if (!moments) return byCovariance(() => Number.NaN);
  const to = moments.toOrthonormal;
  state.satterthwaite ??= satterthwaite(fit, moments);
  if (ddf === "satterthwaite") {
    const { df } = state.satterthwaite;
    return {
      ...byCovariance((l) => df(to(l))),
      test: (L) =>
        fTest(
          L.map(to),
          L.map((l) => estimateOf(fit, l)),
          moments.moments.covariance,
          (rows) => faiCornelius(rows.map(df)),
        ),
    };
  }
  state.expected ??= expectedInformation(moments.moments);
  state.adjusted ??= adjusted(moments.moments, state.expected);
  const { expected, adjusted: PhiA } = state;
  const test = (L: readonly ArrayLike<number>[]): ContrastTest => {
    const rows = L.map(to).filter((row) => row.some((value) => value !== 0));
    if (rows.length === 0) return NOTHING;
    const { statistic, numDf, denDf } = kenwardRogerTest(
      moments.moments,
      expected,
      PhiA,
      L.map(to),
      L.map((l) => estimateOf(fit, l)),
    );
    return { statistic, numDf, denDf, pValue: fUpper(statistic, numDf, denDf) };
  };
  return {
    ddf,
    standardError: (l) => {
      const own = to(l);
      return Math.sqrt(bilinear(own, PhiA, own));
    },
    covariance: (l, m) => bilinear(to(l), PhiA, to(m)),
    df: (l) => test([l]).denDf,
    test,
    adjusted: { covariance: PhiA, to },
  };
}

/** Degrees of freedom of each row of a contrast matrix, in the mean's coefficients; see `coefficientInference`. */
export function degreesOfFreedom(
  fit: MaximumLikelihoodFit,
  L: readonly ArrayLike<number>[],
  ddf?: DdfMethod,
): Float64Array {
  const { df } = coefficientInference(fit, ddf);
  return Float64Array.from(L, df);
}

/**
 * Kenward and Roger's adjusted covariance of the mean's coefficients, p × p row-major, in the user's units.
 *
 * @throws DeclarationError for fits that are not REML fits of a linear mixed model
 */
export function adjustedCovariance(fit: MaximumLikelihoodFit): Float64Array {
  const inference = coefficientInference(fit, "kenward-roger");
  const p = ofMean(fit.model.layout.beta).size;
  const unit = (a: number) => Float64Array.from({ length: p }, (_, k) => (k === a ? 1 : 0));
  const out = new Float64Array(p * p);
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) out[a * p + b] = inference.covariance(unit(a), unit(b));
  return out;
}
