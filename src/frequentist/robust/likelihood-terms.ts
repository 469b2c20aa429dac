/**
 * The clusters of a fit by marginal likelihood: the score of each, and its observed information by differences of scores. CR2 and CR3 are Kauermann &
 * Carroll's and Mancl & DeRouen's corrections with these (2001, JASA 96, 1387–1396; Biometrics 57, 126–134): (I − G_iM)^−½ and ^−1, the last what one Newton step
 * from the estimate does when the cluster is left out.
 */
import { createMarginalLikelihood } from "../../marginal/create.ts";
import { dataOfRows } from "../../marginal/data-of-rows.ts";
import type { IntegralData } from "../../marginal/integral-data.ts";
import { groupingFactors } from "../../marginal/laplace/grouping.ts";
import type { IntegralMethod } from "../../model/compiled-model.ts";
import type { MaximumLikelihoodFit } from "../../model/fit.ts";
import type { RobustKind } from "../../model/tidy-options.ts";
import { type Pausable, pauseDue } from "../../optimise/pausable.ts";
import type { Report } from "../../options/long-work.ts";
import { standardisedCovariance } from "../small-sample/satterthwaite.ts";
import type { ClusterTerms } from "./cluster-terms.ts";
import type { RobustClusters } from "./clusters.ts";
import { jackknifed } from "./gaussian-terms.ts";
import { symmetricFunction } from "./powers.ts";

/** Step of the differences of scores, in standard errors. */
const STEP = 1e-3;

/** Scores of all clusters at natural standardised parameters: clusters × size. */
type Scores = (x: Float64Array, out: Float64Array) => Pausable<void>;

/** The same rows, of which those outside do not count. */
const dataWithWeights = (data: IntegralData, counts: (row: number) => boolean): IntegralData => ({
  ...data,
  multiplier: Float64Array.from({ length: data.n }, (_, i) => (counts(i) ? (data.multiplier?.[i] ?? 1) : 0)),
});

/** The integral as far as Laplace's approximation or quadrature make it: exact ones by Laplace's, which is exact there. */
const approximate = (method: IntegralMethod): IntegralMethod =>
  method.kind === "exact" ? { kind: "laplace" } : method;

function scoresOf({ model }: MaximumLikelihoodFit, method: IntegralMethod, clusters: RobustClusters): Scores {
  const { standardisation, kernel, layout } = model;
  const { data } = standardisation;
  const size = layout.size;
  const whole = createMarginalLikelihood(data, kernel, approximate(method));
  const { groups } = whole;
  if (groups) {
    // groups are the levels of the only grouping factor, or rows where there is none
    const factor = groupingFactors(data.random)[0];
    const clusterOf = new Int32Array(groups.count).fill(-1);
    for (let i = 0; i < data.n; i++) clusterOf[factor ? factor.index[i]! : i] = clusters.of[i]!;
    const values = new Float64Array(groups.count);
    const scores = new Float64Array(groups.count * size);
    return function* (x, out) {
      groups.evaluate(x, values, scores);
      out.fill(0);
      clusterOf.forEach((cluster, g) => {
        if (cluster >= 0) for (let j = 0; j < size; j++) out[cluster * size + j]! += scores[g * size + j]!;
      });
      if (pauseDue()) yield;
    };
  }
  const parts = clusters.rows.map((rows, c) =>
    createMarginalLikelihood(
      data.residual ? dataWithWeights(data, (i) => clusters.of[i] === c) : dataOfRows(data, rows),
      kernel,
      approximate(method),
    ),
  );
  return function* (x, out) {
    for (const [c, part] of parts.entries()) {
      part.evaluate(x, out.subarray(c * size, (c + 1) * size));
      if (pauseDue()) yield;
    }
  };
}

/** A root of a positive semidefinite matrix: A = LL', zero rows where A has them. */
function rootOf(A: Float64Array, n: number): Float64Array {
  const scale = Float64Array.from({ length: n }, (_, i) => Math.sqrt(Math.max(0, A[i * n + i]!)));
  const correlation = A.map((value, k) => {
    const product = scale[Math.floor(k / n)]! * scale[k % n]!;
    return product > 0 ? value / product : 0;
  });
  const root = symmetricFunction(correlation, n, (value) => Math.sqrt(Math.max(0, value)));
  return root.map((value, k) => value * scale[Math.floor(k / n)]!);
}

export interface LikelihoodTerms {
  readonly terms: readonly ClusterTerms[];
  /** From a gradient in standardised natural parameters. */
  toRoot(gradient: ArrayLike<number>): Float64Array;
  /** From root coordinates to standardised parameters: what a change there is a change of here. */
  fromRoot(b: Float64Array): Float64Array;
}

/** Scores and information of each cluster at the estimate. */
export function* likelihoodTerms(
  fit: MaximumLikelihoodFit & { readonly integral: IntegralMethod },
  clusters: RobustClusters,
  kind: RobustKind,
  report: Report,
): Pausable<LikelihoodTerms> {
  const { model, estimate } = fit;
  const d = model.layout.size;
  const count = clusters.rows.length;
  const x = new Float64Array(d);
  model.standardisation.toStandardised(estimate, x);
  const covariance = standardisedCovariance(fit);
  const L = rootOf(covariance, d);
  const scores = scoresOf(fit, fit.integral, clusters);
  const at = new Float64Array(count * d);
  yield* scores(x, at);
  const information = new Float64Array(count * d * d);
  const upper = new Float64Array(count * d);
  const lower = new Float64Array(count * d);
  const moved = x.slice();
  for (let j = 0; j < d; j++) {
    report("scores", j, d);
    const h = STEP * Math.sqrt(covariance[j * d + j]!);
    if (!(h > 0)) continue;
    moved[j] = x[j]! + h;
    yield* scores(moved, upper);
    moved[j] = x[j]! - h;
    yield* scores(moved, lower);
    moved[j] = x[j]!;
    for (let c = 0; c < count; c++)
      for (let i = 0; i < d; i++) information[(c * d + i) * d + j] = -(upper[c * d + i]! - lower[c * d + i]!) / (2 * h);
  }
  const toRoot = (l: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: d }, (_, a) => {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += L[i * d + a]! * l[i]!;
      return sum;
    });
  const terms = clusters.rows.map((_, c): ClusterTerms => {
    const u = toRoot(at.subarray(c * d, (c + 1) * d));
    const own = information.subarray(c * d * d, (c + 1) * d * d);
    const half = new Float64Array(d * d);
    for (let i = 0; i < d; i++)
      for (let a = 0; a < d; a++)
        for (let j = 0; j < d; j++) half[i * d + a]! += 0.5 * (own[i * d + j]! + own[j * d + i]!) * L[j * d + a]!;
    const G = new Float64Array(d * d);
    for (let a = 0; a < d; a++)
      for (let b = 0; b < d; b++) for (let i = 0; i < d; i++) G[a * d + b]! += L[i * d + a]! * half[i * d + b]!;
    if (kind === "CR0" || kind === "CR1") return { b: u, K: G, T: G };
    return jackknifed(u, G, d, kind === "CR2" ? 0.5 : 1);
  });
  return {
    terms,
    toRoot,
    fromRoot: (b) =>
      Float64Array.from({ length: d }, (_, i) => {
        let sum = 0;
        for (let a = 0; a < d; a++) sum += L[i * d + a]! * b[a]!;
        return sum;
      }),
  };
}
