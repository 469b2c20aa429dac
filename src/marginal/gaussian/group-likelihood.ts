/**
 * Log-likelihood contributions and scores of the independent groups of a Gaussian model with one grouping factor, from each
 * group's own cross-products: what sandwich covariances, leave-one-group-out and influence are made of.
 */

import { ofMean } from "../../families/of-mean.ts";
import { choleskyFactor, choleskyInverse, symmetrise } from "../../linalg/dense-cholesky.ts";
import { solveLower, solveLowerTransposed } from "../../linalg/triangular.ts";
import type { IntegralData } from "../integral-data.ts";
import type { MarginalLikelihood } from "../marginal-likelihood.ts";
import type { PenalisedLeastSquares } from "./penalised-least-squares.ts";

interface GroupStatistics {
  /** E'WE of each group: levels × k × k row-major. */
  readonly EE: Float64Array;
  readonly observations: Float64Array;
  readonly logWeights: Float64Array;
}

function groupStatistics(data: IntegralData, pls: PenalisedLeastSquares): GroupStatistics {
  const { design, grouping, statistics } = pls;
  const { index, levels } = grouping.factors[0]!;
  const { k } = statistics;
  const EE = new Float64Array(levels * k * k);
  const observations = new Float64Array(levels);
  const logWeights = new Float64Array(levels);
  const e = new Float64Array(k);
  const precision = data.columns["weights"];
  for (let i = 0; i < data.n; i++) {
    const w = design.weight[i]!;
    if (w === 0) continue;
    const level = index[i]!;
    const m = data.multiplier?.[i] ?? 1;
    observations[level]! += m;
    if (precision) logWeights[level]! += m * Math.log(precision[i]!);
    design.row(i, e);
    for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) EE[(level * k + a) * k + b]! += w * e[a]! * e[b]!;
  }
  return { EE, observations, logWeights };
}

/** The cross-products of groups, and room for those of one. */
interface Groups {
  readonly data: IntegralData;
  readonly pls: PenalisedLeastSquares;
  readonly levels: number;
  readonly q: number;
  readonly blocks: Float64Array;
  readonly betaAt: number;
  readonly lambdaAt: number;
  readonly sigmaAt: number;
  readonly lambda: Float64Array;
  readonly dLambda: Float64Array;
  readonly v: Float64Array;
  readonly product: Float64Array;
  readonly h: Float64Array;
  readonly score: Float64Array;
  readonly u: Float64Array;
  readonly b: Float64Array;
  readonly Ev: Float64Array;
  groups: GroupStatistics | undefined;
  squares: number;
}

/** The log-likelihood of a group; leaves AΛ, the factor of H, L⁻¹Λ'Z'Wr and r² for its score. */
function groupValue(s: Groups, level: number, sigma: number, own: GroupStatistics): number {
  const { pls, q, blocks, lambda, v, product, h, score, u, Ev } = s;
  const { statistics } = pls;
  const { k, ZE } = statistics;
  for (let a = 0; a < q; a++)
    for (let c = 0; c < q; c++) {
      product[a * q + c] = 0;
      for (let d = c; d < q; d++) product[a * q + c]! += blocks[(level * q + a) * q + d]! * lambda[d * q + c]!;
    }
  let logDet = 0;
  for (let a = 0; a < q; a++)
    for (let c = 0; c <= a; c++) {
      h[a * q + c] = a === c ? 1 : 0;
      for (let d = a; d < q; d++) h[a * q + c]! += lambda[d * q + a]! * product[d * q + c]!;
    }
  if (!(sigma > 0) || !choleskyFactor(h, q)) return Number.NEGATIVE_INFINITY;
  for (let a = 0; a < q; a++) logDet += 2 * Math.log(h[a * q + a]!);
  for (let a = 0; a < q; a++) {
    score[a] = 0;
    for (let c = 0; c < k; c++) score[a]! += ZE[(level * q + a) * k + c]! * v[c]!;
  }
  for (let a = 0; a < q; a++) {
    u[a] = 0;
    for (let d = a; d < q; d++) u[a]! += lambda[d * q + a]! * score[d]!;
  }
  solveLower(h, 0, q, q, u);
  s.squares = 0;
  for (let a = 0; a < k; a++) {
    Ev[a] = 0;
    for (let c = 0; c < k; c++) Ev[a]! += own.EE[(level * k + a) * k + c]! * v[c]!;
    s.squares += v[a]! * Ev[a]!;
  }
  for (let a = 0; a < q; a++) s.squares -= u[a]! ** 2;
  const n = own.observations[level]!;
  const precision = 1 / (sigma * sigma);
  const value =
    -0.5 *
    (n * (Math.log(2 * Math.PI) + 2 * Math.log(sigma)) - own.logWeights[level]! + logDet + s.squares * precision);
  return Number.isFinite(value) ? value : Number.NEGATIVE_INFINITY;
}

/** Adds the score of the group whose log-likelihood was computed last. */
function addScore(s: Groups, level: number, x: Float64Array, sigma: number, n: number, scores: Float64Array): void {
  const { data, pls, q, blocks, betaAt, lambdaAt, sigmaAt, lambda, dLambda, product, h, score, u, b, Ev, squares } = s;
  const { design, grouping, statistics } = pls;
  const { p, transform } = design;
  const { k, ZE } = statistics;
  const { lambda: relative } = grouping;
  const { layout } = data;
  const precision = 1 / (sigma * sigma);
  const at = level * layout.size;
  solveLowerTransposed(h, 0, q, q, u);
  for (let a = 0; a < q; a++) {
    b[a] = 0;
    for (let d = 0; d <= a; d++) b[a]! += lambda[a * q + d]! * u[d]!;
  }
  for (let a = 0; a < q; a++) for (let c = 0; c < p; c++) Ev[c]! -= ZE[(level * q + a) * k + c]! * b[a]!;
  for (let a = 0; a < p; a++)
    for (let c = 0; c <= a; c++) scores[at + betaAt + a]! += transform[a * p + c]! * Ev[c]! * precision;
  for (let a = 0; a < q; a++) for (let d = 0; d < q; d++) score[a]! -= blocks[(level * q + a) * q + d]! * b[d]!;
  choleskyInverse(h, q);
  symmetrise(h, q);
  // −½ ∂/∂(Λ/σ) of log|H| + r²/σ².
  for (let row = 0; row < q; row++)
    for (let column = 0; column <= row; column++) {
      let derivative = precision * score[row]! * u[column]!;
      for (let d = 0; d < q; d++) derivative -= product[row * q + d]! * h[d * q + column]!;
      dLambda[row * q + column] = derivative;
    }
  relative.addGradient([dLambda], x, lambdaAt, 1 / sigma, scores, at + lambdaAt);
  if (data.sigma !== undefined) return;
  const slope = relative.slopeOfScale(x, lambdaAt, scores, at + lambdaAt) + relative.slopeOfGiven([lambda], [dLambda]);
  scores[at + sigmaAt] = (-n + squares * precision - slope) / sigma;
}

function evaluate(s: Groups, x: Float64Array, values: Float64Array, scores?: Float64Array): void {
  const { data, pls, levels, betaAt, lambdaAt, sigmaAt, lambda, v } = s;
  const { design, grouping } = pls;
  const { p, transform, removed } = design;
  const { lambda: relative } = grouping;
  s.groups ??= groupStatistics(data, pls);
  const sigma = data.sigma ?? x[sigmaAt]!;
  relative.fill(x, lambdaAt, 1 / sigma, [lambda]);
  v[p] = 1;
  for (let a = 0; a < p; a++) {
    v[a] = removed[a]!;
    for (let b = a; b < p; b++) v[a]! -= transform[b * p + a]! * x[betaAt + b]!;
  }
  scores?.fill(0);
  for (let level = 0; level < levels; level++) {
    const value = groupValue(s, level, sigma, s.groups);
    values[level] = value;
    if (scores && value > Number.NEGATIVE_INFINITY) addScore(s, level, x, sigma, s.groups.observations[level]!, scores);
  }
}

/** The groups are the levels of the one grouping factor, in their order. */
export function groupLikelihoods(
  data: IntegralData,
  pls: PenalisedLeastSquares,
): NonNullable<MarginalLikelihood["groups"]> {
  const { grouping, statistics } = pls;
  const { k } = statistics;
  const { levels, q } = grouping.factors[0]!;
  const blocks = statistics.blocks[0]!;
  const { layout } = data;
  const betaAt = ofMean(layout.beta).offset;
  const lambdaAt = layout.terms[0]!.offset;
  const sigmaAt = layout.phi.offset;
  const lambda = new Float64Array(q * q);
  const dLambda = new Float64Array(q * q);
  const v = new Float64Array(k);
  const product = new Float64Array(q * q);
  const h = new Float64Array(q * q);
  const score = new Float64Array(q);
  const u = new Float64Array(q);
  const b = new Float64Array(q);
  const Ev = new Float64Array(k);
  const s: Groups = {
    data,
    pls,
    levels,
    q,
    blocks,
    betaAt,
    lambdaAt,
    sigmaAt,
    lambda,
    dLambda,
    v,
    product,
    h,
    score,
    u,
    b,
    Ev,
    groups: undefined,
    squares: 0,
  };

  return { count: levels, evaluate: (x, values, scores) => evaluate(s, x, values, scores) };
}
