/** The verdict on a Gaussian model's exact likelihood, and what its residual variances say. */

import { residualSd } from "../families/distribution-parameters.ts";
import { moments } from "../families/moments.ts";
import { ofMean } from "../families/of-mean.ts";
import { linearPredictors } from "../marginal/linear-predictors.ts";
import * as messages from "../messages/fitting.ts";
import type { FitWarning } from "../messages/issue.ts";
import {
  constantToRounding,
  nearlyExact,
  saturated,
  unboundedRows,
  vanishingStratum as vanishingStratumReason,
  zeroResidual,
} from "../messages/noise.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { ZERO_RESIDUAL } from "../prediction/rounding-errors.ts";
import { typicalDistances } from "../residual/residual-parameters.ts";
import type { GaussianMaximum } from "./gaussian-maximum.ts";
import type { Maximum } from "./maximise.ts";
import { type OwnDispersionFindings, VANISHING } from "./own-dispersion.ts";
import { boundaryReasons, type VerdictWithReason } from "./verdict.ts";

/** A residual standard deviation of up to so many times what rounding makes is rounding: R's limit of an essentially perfect fit is as far. */
const ROUNDING = 16;
/** Less noise than this share of the response's standard deviation is worth a warning. */
const NEARLY_EXACT = 1e-8;

/** Whether a fit leaves no residual variance, so that its likelihood has no bound and its errors are rounding. */
export const isExactFit = ({ warnings }: { readonly warnings: readonly FitWarning[] }): boolean =>
  warnings.some(({ code }) => code === ZERO_RESIDUAL);

/** Whether the residual standard deviation is zero to rounding, in every stratum. */
export function residualIsZero(model: CompiledModel, { x, roundingSigma }: GaussianMaximum): boolean {
  const { family, layout } = model;
  if (family.sigma !== undefined || roundingSigma === 0) return false;
  const largest = strataRatios(model, x).reduce((product, part) => product * part.largest, 1);
  return x[layout.phi.offset]! * largest <= ROUNDING * roundingSigma;
}

/** Whether the model has no fewer coefficients than rows of positive weight. */
export function isSaturated({ layout, design }: CompiledModel): boolean {
  const { n, weights, frequencyWeights } = design;
  let rows = 0;
  for (let i = 0; i < n; i++) if ((weights?.[i] ?? 1) > 0 && (frequencyWeights?.[i] ?? 1) > 0) rows++;
  return ofMean(layout.beta).size >= rows;
}

/** A precision beyond this is that of a density that meets every response exactly: a coefficient of variation below 1e-6. */
const EXACT = 1e12;

/**
 * The verdict on a density without a bound, of a positive response or a share, that meets every row exactly, with the label of the parameter that
 * grows without end; null where it does not.
 */
export function exactDensity(
  { family, layout }: CompiledModel,
  x: Float64Array,
  { logLik, information }: Pick<Maximum, "logLik" | "information">,
): { readonly verdict: VerdictWithReason; readonly label: string } | null {
  if ((family.response !== "positive" && family.response !== "unit") || layout.phi.size !== 1) return null;
  if (!(x[layout.phi.offset]! > EXACT) || (Number.isFinite(logLik) && information.flat.length === 0)) return null;
  const { name } = family.parameters[0]!;
  return { verdict: { code: "not identified", reason: messages.exactDensityReason(name) }, label: name };
}

/** The sentence on a residual variance of zero. @param restricted whether a restricted likelihood was asked for */
export function zeroResidualReason(model: CompiledModel, found: GaussianMaximum, restricted: boolean): string {
  const { y, n } = model.design;
  if (isSaturated(model)) return saturated(ofMean(model.layout.beta).size, n, restricted);
  if (y.every((value) => value === y[0])) return constantToRounding(y[0]!);
  return [zeroResidual(found.x[model.layout.phi.offset]!), ...boundaryReasons(model, found.x)].join(" ");
}

/** A warning where there is hardly any noise, though more than rounding makes. */
export function noiseWarnings(model: CompiledModel, found: GaussianMaximum): FitWarning[] {
  const { layout, family, design } = model;
  if (family.sigma !== undefined || family.predicted || residualIsZero(model, found)) return [];
  const { weights, n } = design;
  // the residual standard deviation of a row is sigma over the root of its weight
  const weight = weights ? weights.reduce((sum, value) => sum + value, 0) / n : 1;
  const sigma = found.x[layout.phi.offset]! / Math.sqrt(weight);
  const spread = Math.sqrt(moments(design.y).variance);
  return sigma < NEARLY_EXACT * spread ? [nearlyExact(sigma, spread)] : [];
}

/** The verdict on a fit whose residual variance is not zero. @param own what rows with a variance of their own mean */
export function exactVerdict(
  model: CompiledModel,
  found: GaussianMaximum,
  own: OwnDispersionFindings,
): VerdictWithReason {
  const { x, converged, remaining, kinks } = found;
  if (own.verdict) return own.verdict;
  const known = own.zero.length > 0;
  const unbounded =
    unboundedRange(model, x) ??
    (known ? null : vanishingStratum(model, x)) ??
    // rounding may end the search as a maximum does
    (known ? null : vanishingRows(model, x, converged ? ROUNDING * Number.EPSILON : NEARLY_EXACT));
  if (unbounded) return { code: "not identified", reason: unbounded };
  // the search for a variance that is 0 has no end
  if (!converged && !known) {
    const part = model.design.random.length === 0 && model.residual.structured ? "residual structure" : undefined;
    return { code: "failed", reason: messages.failedReason(remaining, part) };
  }
  const reasons = [...boundaryReasons(model, x), ...own.zero];
  if (reasons.length > 0) return { code: "boundary", reason: reasons.join(" ") };
  return { code: "converged", reason: messages.convergedReason(remaining, kinks) };
}

/** By part of varIdent: the ratio of each stratum's standard deviation to sigma. */
function strataRatios({ residual, family, layout }: CompiledModel, x: Float64Array) {
  return residual.variance.flatMap((part) => {
    if (part.kind !== "varIdent") return [];
    const ratio = new Float64Array(part.strata.length).fill(1);
    for (const { name, stratum, held } of part.parameters) {
      const place = family.parameters.findIndex((parameter) => parameter.name === name);
      ratio[stratum] = held ?? x[layout.phi.offset + place]!;
    }
    return [{ part, ratio, largest: Math.max(...ratio) }];
  });
}

/** The reason where a stratum of varIdent has a variance of its own for rows that are fitted exactly, else null. */
function vanishingStratum(model: CompiledModel, x: Float64Array): string | null {
  const { n, weights } = model.design;
  for (const { part, ratio, largest } of strataRatios(model, x)) {
    if (part.parameters.every(({ held }) => held !== null)) continue;
    const rows = new Float64Array(part.strata.length);
    for (let i = 0; i < n; i++) if ((weights?.[i] ?? 1) > 0) rows[part.stratum[i]!]!++;
    for (let s = 0; s < ratio.length; s++) {
      const share = ratio[s]! / largest;
      if (share < VANISHING) return vanishingStratumReason(`'${part.strata[s]!}'`, rows[s]!, share);
    }
  }
  return null;
}

/**
 * The reason where a predictor takes the standard deviation of rows to 0, which are fitted exactly, else null.
 *
 * @param share of the responses' size that a standard deviation must be below
 */
function vanishingRows(model: CompiledModel, x: Float64Array, share: number): string | null {
  const rows = rowsWithoutSigma(model, x, share);
  return rows.length > 0 ? unboundedRows(rows, model.design.n) : null;
}

/** Numbers of the rows whose predicted standard deviation is below a share of the responses' size. */
function rowsWithoutSigma({ design, family, layout }: CompiledModel, x: Float64Array, share: number): number[] {
  const r = residualSd(family)?.predictor ?? null;
  if (r === null) return [];
  const eta = design.predictors.map(() => new Float64Array(design.n));
  linearPredictors(design, layout.beta).eta(x, null, eta);
  const size = Math.sqrt(design.y.reduce((sum, value) => sum + value * value, 0) / design.n);
  const rows: number[] = [];
  for (let i = 0; i < design.n; i++) {
    if (Math.exp(eta[r]![i]!) < share * size) rows.push(design.rows[i]! + 1);
  }
  return rows;
}

/** Whether a predictor takes σ to 0 in every row, as far as a search can tell. */
export const sigmaVanishes = (model: CompiledModel, x: Float64Array): boolean =>
  rowsWithoutSigma(model, x, NEARLY_EXACT).length === model.design.n;

/** A range so many times the largest distance makes a correlation that is a straight line in the distance: the likelihood has no maximum there. */
const UNBOUNDED = 1e3;

/** A nugget that leaves less than this of the correlation leaves nothing of it. */
const ALL_NUGGET = 0.9999;

/** The reason where the range of a spatial correlation has left the data behind, else null. */
function unboundedRange({ residual, family, layout }: CompiledModel, x: Float64Array): string | null {
  const part = residual.correlation;
  const place = family.parameters.findIndex(({ name }) => name === `${part?.kind}.range`);
  if (!part || place < 0) return null;
  const nugget = family.parameters.findIndex(({ name }) => name === `${part.kind}.nugget`);
  // without correlation there is no range either
  if (nugget >= 0 && x[layout.phi.offset + nugget]! > ALL_NUGGET) return messages.nuggetReason(part.kind);
  const range = x[layout.phi.offset + place]!;
  const largest = typicalDistances(part)[2];
  return range > UNBOUNDED * largest ? messages.rangeReason(`${part.kind}.range`, range, largest) : null;
}
