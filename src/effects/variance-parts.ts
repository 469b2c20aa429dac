/**
 * The variance of a response in parts: fixed effects, each group's random effects, the rest; on the scale of the link or of the response.
 *
 * Link: the variance of a random term is the mean over the rows of z'Σz (Johnson 2014, Methods in Ecology and Evolution 5, 944–946); what the response adds is that of
 * Nakagawa, Johnson & Schielzeth 2017 (J. R. Soc. Interface 14, 20170213). Response: integrals over the random effects, no approximation.
 */
import type { Family, LinkName } from "../families/family.ts";
import { ofMean } from "../families/of-mean.ts";
import { iccNeedsLatentVariance } from "../messages/effects.ts";
import { declarationFault } from "../messages/issue.ts";
import type { DistributionFit } from "../model/fit.ts";
import { residualScale } from "../model/residual-scale.ts";
import { meanBuffers } from "../prediction/conditional-mean.ts";
import { linkFunction } from "../prediction/link-function.ts";
import { normalTrapezoid } from "../prediction/population-mean.ts";
import { meanKernel, responseMean } from "../prediction/response-mean.ts";
import { responseMoments } from "../prediction/response-moments.ts";
import { rowMeans } from "../prediction/row-means.ts";
import { trigamma } from "../special/trigamma.ts";

/** How the variance that a response adds on the scale of its link is found: `lognormal` and `trigamma` are of the log link; of others they are the default. */
export const observationVariances = ["lognormal", "delta", "trigamma"] as const;

export type ObservationVariance = (typeof observationVariances)[number];

export interface VarianceParts {
  readonly fixed: number;
  /** By group. */
  readonly random: readonly number[];
  /** What all random effects have together beyond the sum of theirs: 0 on the scale of the link. */
  readonly interaction: number;
  readonly residual: number;
}

/** A variance below this share of the mean's square is rounding. */
const ROUNDING = 1e-28;

/** Weights of the rows, which sum to 1, and their number. */
function rowWeights({ model }: DistributionFit) {
  const { n, frequencyWeights } = model.design;
  const total = frequencyWeights ? frequencyWeights.reduce((s, w) => s + w, 0) : n;
  return { total, weight: (i: number) => (frequencyWeights ? frequencyWeights[i]! : 1) / total };
}

/** The variance of values over the rows, with n − 1. */
function varianceOverRows(values: Float64Array, weight: (i: number) => number, total: number): number {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += weight(i) * values[i]!;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += weight(i) * (values[i]! - mean) ** 2;
  // of values that are the same in every row what is left is rounding
  return sum <= ROUNDING * mean * mean ? 0 : (sum * total) / Math.max(1, total - 1);
}

const groupRows = (fit: DistributionFit, group: string) => ({
  ...fit.model.design,
  random: fit.model.design.random.filter((term) => term.group === group),
});

/** The parts on the scale of the link, as a function of the parameters. */
export function latentParts(
  fit: DistributionFit,
  groups: readonly string[],
  approximation: ObservationVariance = "lognormal",
): (x: Float64Array) => VarianceParts {
  const { design, family, layout } = fit.model;
  const { n } = design;
  const { total, weight } = rowWeights(fit);
  const byGroup = groups.map((group) => rowMeans(family, layoutOf(fit, group), groupRows(fit, group), "population"));
  const all = rowMeans(family, layout, design, "population");
  const added = responseVariance(family, n, weight, approximation);
  return (x) => {
    all.evaluate(x, null);
    const eta = ofMean(all.eta);
    let lambda = 0;
    for (let i = 0; i < n; i++) lambda += weight(i) * all.mean.value[i]!;
    const random = byGroup.map((means) => {
      means.evaluatePredictors(x, null);
      let variance = 0;
      for (let i = 0; i < n; i++) variance += weight(i) * ofMean(means.variance)![i]!;
      return variance;
    });
    const residual = added(lambda, all.eta, x.subarray(layout.phi.offset, layout.phi.offset + layout.phi.size));
    return { fixed: varianceOverRows(eta, weight, total), random, interaction: 0, residual };
  };
}

/** Intervals on each side of the rule over one group's effects. */
const INTERVALS = 24;

/**
 * The parts on the scale of the response, of a binomial one of a single trial: Var over the rows of E[Y]; of a group Var E[Y | its effects], on average over the rows; the
 * rest is E Var[Y | all effects].
 */
export function responseParts(fit: DistributionFit, groups: readonly string[]): (x: Float64Array) => VarianceParts {
  const { model } = fit;
  const { design, family, layout } = model;
  const { n, trials } = design;
  const { total, weight } = rowWeights(fit);
  const moments = responseMoments(model);
  const structure = model.residual.structure();
  const { psiAt } = residualScale(model);
  const all = rowMeans(family, layout, design, "population");
  const byGroup = groups.map((group) => rowMeans(family, layoutOf(fit, group), groupRows(fit, group), "population"));
  const { nodes, weights } = normalTrapezoid(INTERVALS);
  const response = responseMean(family);
  const out = meanBuffers(n, family.predictors.length, layout.phi.size);
  const average = (values: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += weight(i) * values[i]!;
    return sum;
  };
  return (x) => {
    moments.evaluate(x);
    const sd = structure.set(x, psiAt) ? structure.sd : null;
    const within = moments.within.map((value, i) => (value * (sd ? sd[i]! ** 2 : 1)) / (trials ? trials[i]! : 1));
    const between = average(moments.between);
    const random =
      groups.length === 1
        ? [between]
        : byGroup.map((means) => {
            means.evaluatePredictors(x, null);
            all.evaluatePredictors(x, null);
            const phi = x.slice(layout.phi.offset, layout.phi.offset + layout.phi.size);
            const own = ofMean(means.variance)!;
            const rest = all.variance.map((values, r) =>
              r === 0 && values ? values.map((value, i) => Math.max(0, value - own[i]!)) : values,
            );
            const square = new Float64Array(n);
            const moved = all.eta.map((values) => values.slice());
            nodes.forEach((node, m) => {
              for (let i = 0; i < n; i++) ofMean(moved)[i] = ofMean(all.eta)[i]! + Math.sqrt(own[i]!) * node;
              response.evaluate(moved, rest, phi, n, out, design.columns, all.covariance);
              for (let i = 0; i < n; i++) square[i]! += weights[m]! * (out.value[i]! - moments.mean[i]!) ** 2;
            });
            return average(square);
          });
    const interaction = Math.max(0, between - random.reduce((sum, value) => sum + value, 0));
    return { fixed: varianceOverRows(moments.mean, weight, total), random, interaction, residual: average(within) };
  };
}

/** The layout with the terms of one group only. */
function layoutOf(fit: DistributionFit, group: string) {
  const { design, layout } = fit.model;
  return {
    ...layout,
    terms: layout.terms.filter((_, t) => design.random[t]!.group === group),
  };
}

/** What responses of two values add on the scale of the link, that of the latent variable. */
const CONSTANT = { logit: Math.PI ** 2 / 3, probit: 1, cloglog: Math.PI ** 2 / 6, loglog: Math.PI ** 2 / 6 } as const;

/** Whether what the response adds on the scale of the link is a constant, whatever its mean. */
export const addsConstant = ({ link }: Family, approximation: ObservationVariance = "lognormal"): boolean =>
  link in CONSTANT && approximation !== "delta";

/** Variance the response adds on the scale of the link, at a mean λ; where other parameters have predictors, on average over the rows. */
function responseVariance(
  family: Family,
  n: number,
  weight: (i: number) => number,
  approximation: ObservationVariance,
): (lambda: number, eta: readonly Float64Array[], phi: Float64Array) => number {
  if (addsConstant(family, approximation)) return () => CONSTANT[family.link as keyof typeof CONSTANT];
  if (!family.variance || !(["identity", "log", "sqrt", ...Object.keys(CONSTANT)] as string[]).includes(family.link))
    throw declarationFault(iccNeedsLatentVariance(family.name, family.link));
  const kernel = meanKernel(family);
  const link = linkFunction(family.link as LinkName);
  const rows = family.predictors.length > 1 ? n : 1;
  const atMean = new Float64Array(rows);
  const variance = new Float64Array(rows);
  return (lambda, eta, phi) => {
    atMean.fill(link.link(lambda));
    kernel.variance([atMean, ...eta.slice(1)], phi, rows, variance);
    let average = variance[0]!;
    if (rows > 1) {
      average = 0;
      for (let i = 0; i < rows; i++) average += weight(i) * variance[i]!;
    }
    if (family.link === "identity") return average;
    if (family.link === "sqrt") return average / (4 * lambda);
    const relative = average / (lambda * lambda);
    if (family.link === "log" && approximation !== "delta")
      return approximation === "trigamma" ? trigamma(1 / relative) : Math.log1p(relative);
    return average / link.slope(atMean[0]!) ** 2;
  };
}
