/**
 * Refits of a fitted model to other data of its kind, as a bootstrap makes by the thousand: one search by the integral of the fit, begun at its estimate
 * with its curvature for a metric. What a first fit is asked beside its maximum (other starts, the error of the integral, flat directions, standard
 * errors) is not asked again, and a search that leaves any doubt is left to a whole fit.
 */
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { degenerateTerms } from "../model/level-responses.ts";
import { boundaryEntries } from "../model/parameter-layout.ts";
import { recessionOf } from "../model/recession.ts";
import { minimise } from "../optimise/bfgs.ts";
import { hessian } from "../optimise/hessian.ts";
import { atOnce, type Pausable } from "../optimise/pausable.ts";
import { settleBoundary } from "./boundary.ts";
import { invertInformation } from "./information.ts";
import type { MaximumLikelihood } from "./maximum-likelihood.ts";
import { ownDispersion } from "./own-dispersion.ts";
import { SEPARATED } from "./verdict.ts";
import { workingCoordinates } from "./working-coordinates.ts";

/** Predicted rise of the log-likelihood at which a search ends: 5e-5 standard errors away. */
const TOLERANCE = 1e-9;

/** Log-likelihoods that differ by less, of their size, are those of one maximum. */
const SAME = 1e-9;

/** A metric for coordinates that are held at a boundary of the fit: a little room. */
const ROOM = 1e-3;

/** A log-parameter whose variance is above this may have its maximum at the end of its range. */
const DOUBTFUL = 1;

export interface QuickMaximum {
  /** Natural parameters in the user's units. */
  readonly x: Float64Array;
  readonly logLik: number;
}

/** Fits a model that is the fitted one on other rows or another response; null where a whole fit has to tell. */
export type QuickRefit = (model: CompiledModel, weights?: Float64Array | null) => Pausable<QuickMaximum | null>;

/** Whether the fit is a maximum that a single search from its estimate, in doubles, can find again. */
const isPlain = ({ model, working, penalised, estimate, verdict, warnings }: MaximumLikelihood): boolean =>
  !working &&
  !penalised &&
  !model.family.curve &&
  (verdict.code === "converged" || verdict.code === "boundary") &&
  !warnings.some(({ code }) => code === "nearly-exact-response" || code === "residual-variance-zero") &&
  estimate.every(Number.isFinite);

/** Σ w_g ℓ_g over the independent groups of a likelihood, with its gradient. */
function weightedGroups(
  groups: NonNullable<MarginalLikelihood["groups"]>,
  weights: Float64Array,
  size: number,
): Pick<MarginalLikelihood, "evaluate"> {
  const values = new Float64Array(groups.count);
  const scores = new Float64Array(groups.count * size);
  return {
    evaluate(x, gradient) {
      groups.evaluate(x, values, gradient && scores);
      let sum = 0;
      gradient?.fill(0);
      for (let g = 0; g < groups.count; g++) {
        sum += weights[g]! * values[g]!;
        if (gradient) for (let j = 0; j < size; j++) gradient[j]! += weights[g]! * scores[g * size + j]!;
      }
      return sum;
    },
  };
}

/**
 * Prepares refits of a fit. With weights by group the sum of the groups' log-likelihoods, each times its weight, is maximised, of a Gaussian model in all
 * its parameters.
 *
 * @returns null where the fit is none that one search finds again: by working models, penalised, of a nonlinear mean
 */
export function quickRefits(fit: MaximumLikelihood): QuickRefit | null {
  if (!isPlain(fit)) return null;
  const { model, estimate, integral } = fit;
  const { layout, family } = model;
  const { terms, phi } = layout;
  const coordinates = workingCoordinates(layout, family.parameters);
  const startOf = ({ standardisation }: CompiledModel): Float64Array => {
    const standardised = new Float64Array(layout.size);
    standardisation.toStandardised(estimate, standardised);
    const w = new Float64Array(layout.size);
    coordinates.toWorking(standardised, w);
    return w;
  };
  let metric: Float64Array | undefined;
  const metricAtEstimate = (): Float64Array => {
    const w = startOf(model);
    const held = new Set(terms.flatMap((term) => boundaryEntries(term, w)));
    const free = Array.from({ length: layout.size }, (_, i) => i).filter((i) => !held.has(i));
    const objective = coordinates.objective(model.standardisedMarginal(integral));
    const { covariance } = invertInformation(atOnce(hessian(objective, w, free)), free.length);
    const H = new Float64Array(layout.size ** 2);
    for (const i of held) H[i * (layout.size + 1)] = ROOM;
    free.forEach((position, i) => {
      free.forEach((other, j) => {
        H[position * layout.size + other] = covariance[i * free.length + j]!;
      });
    });
    return H;
  };
  const fixed = layout.beta.reduce((sum, { size }) => sum + size, 0);
  // where X has full rank, a likelihood that is flat in a coefficient has its maximum at infinity
  const doubtful = (inverse: Float64Array): boolean => {
    const variance = (i: number) => inverse[i * (layout.size + 1)]!;
    for (let i = 0; i < fixed; i++) if (variance(i) > SEPARATED ** 2) return true;
    return family.limit !== undefined && phi.size === 1 && !(variance(phi.offset) < DOUBTFUL);
  };
  return function* (of, weights = null) {
    const marginal = of.standardisedMarginal(integral);
    if (weights && marginal.groups?.count !== weights.length) return null;
    const target = weights ? weightedGroups(marginal.groups!, weights, layout.size) : marginal;
    const objective = coordinates.objective(target);
    metric ??= metricAtEstimate();
    const options = { tolerance: TOLERANCE };
    const found = yield* minimise(objective, startOf(of), { ...options, inverseHessian: metric });
    const settled = yield* settleBoundary(objective, found, terms, options);
    // from a maximum that is set on the boundary a search may find nothing to do, and no direction that says so
    const same = Math.abs(settled.value - found.value) <= SAME * Math.max(1, Math.abs(found.value));
    if (!(settled.converged || (found.converged && same)) || !Number.isFinite(settled.value)) return null;
    if (doubtful(found.inverseHessian)) return null;
    const standardised = new Float64Array(layout.size);
    coordinates.toNatural(settled.x, standardised);
    const x = new Float64Array(layout.size);
    of.standardisation.toOriginal(standardised, x);
    if (!weights && (recessionOf(of) || degenerateTerms(of).length > 0 || ownDispersion(of, x, false).verdict))
      return null;
    return { x, logLik: -settled.value };
  };
}
