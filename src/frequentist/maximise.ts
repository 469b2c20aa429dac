/**
 * Maximises a marginal likelihood in working coordinates: start, quasi-Newton, boundary, and a Newton polish with the Hessian
 * that the standard errors need anyway.
 */

import { parameterStart } from "../data/parameter-start.ts";
import { predictedParameters } from "../families/distribution-parameters.ts";
import { ofMean } from "../families/of-mean.ts";
import { scaledIdentity } from "../linalg/scaled-identity.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { boundaryEntries, parameterLayout, writeFactor } from "../model/parameter-layout.ts";
import { minimise } from "../optimise/bfgs.ts";
import { hessian } from "../optimise/hessian.ts";
import type { Minimum, Objective } from "../optimise/objective.ts";
import { type Pausable, pauseDue, tell } from "../optimise/pausable.ts";
import { settleBoundary } from "./boundary.ts";
import type { CovarianceSlopes } from "./covariance-slopes.ts";
import { factorMetric } from "./factor-scale.ts";
import type { Information } from "./information.ts";
import { invertInformation } from "./information.ts";
import { nearestCoefficients } from "./nearest-coefficients.ts";
import { evaluationsToSpend, startsOfTerms } from "./other-starts.ts";
import { searchFromOthers, type TriedStart } from "./several-starts.ts";
import type { WorkingCoordinates } from "./working-coordinates.ts";
import { workingCoordinates } from "./working-coordinates.ts";

export interface Maximum {
  /** The optimum in working coordinates, factors canonical. */
  readonly w: Float64Array;
  readonly logLik: number;
  /** Coordinates that are free at the optimum (not in a zero column of a factor). */
  readonly free: readonly number[];
  readonly information: Information;
  /** The Hessian of −log L in the free coordinates that `information` is of. */
  readonly hessian: Float64Array;
  readonly evaluations: number;
  /** The starts that were searched from; none where only one was. */
  readonly starts: readonly TriedStart[];
  readonly converged: boolean;
  /** Predicted further rise of the log-likelihood by a Newton step. */
  readonly remaining: number;
}

export interface StartingPoint {
  readonly w: Float64Array;
  readonly inverseHessian: Float64Array;
  /** Evaluations of the likelihood that finding it took. */
  readonly evaluations?: number;
}

/** The coefficients that nonlinear least squares found on the pooled data, standardised; all else 0. */
function nonlinearStart({ design, layout, standardisation }: CompiledModel): Float64Array {
  const x = new Float64Array(layout.size);
  design.predictors.forEach(({ nonlinear }, r) => {
    if (nonlinear) x.set(nonlinear.start, layout.beta[r]!.offset);
  });
  const standardised = new Float64Array(layout.size);
  standardisation.toStandardised(x, standardised);
  return standardised;
}

/** Coefficients that bring each parameter of the distribution with a predictor of its own nearest to where it would start as a constant. */
function startParameterPredictors({ design, family, layout, standardisation }: CompiledModel, w: Float64Array): void {
  const { data } = standardisation;
  for (const { predictor, link, said } of predictedParameters(family)) {
    const eta = link!.forward(parameterStart(design, said!));
    w.set(nearestCoefficients(data, predictor!, eta), layout.beta[predictor!]!.offset);
  }
}

/**
 * Where a search begins: the fixed effects and family parameters of the model without random effects (fitted by maximum
 * likelihood itself), and random-effect sds of `sd` standardised units, never 0.
 */
export function* startingPoint(model: CompiledModel, sd: number): Pausable<StartingPoint> {
  const { design, family, layout, standardisation } = model;
  const { data } = standardisation;
  const w = new Float64Array(layout.size);
  if (family.curve) w.set(nonlinearStart(model));
  else {
    const { X, offset, unit = 1 } = ofMean(data.predictors);
    const p = ofMean(layout.beta).size;
    const square = unit ** 2;
    for (let i = 0; i < data.n; i++) {
      const eta = family.startEta(design.y[i]!, design.trials?.[i] ?? 1) - offset[i]!;
      // the columns of X are orthogonal with mean square 1, or the unit's: this is least squares
      for (let j = 0; j < p; j++) w[j]! += (X[i * p + j]! * eta) / (square * data.n);
    }
  }
  startParameterPredictors(model, w);
  family.parameters.forEach((parameter, g) => {
    w[layout.phi.offset + g] = parameterStart(design, parameter);
  });
  workingCoordinates(layout, family.parameters).toWorking(w, w);
  const H = new Float64Array(layout.size ** 2);
  const fixedSize = layout.beta.reduce((s, b) => s + b.size, 0);
  const globals = layout.phi.size;
  const plainLayout = parameterLayout(
    layout.beta.map((b) => b.size),
    [],
    globals,
  );
  const plain = model.withoutRandomEffects();
  const plainObjective = workingCoordinates(plainLayout, family.parameters).objective(plain);
  const plainStart = new Float64Array(plainLayout.size);
  plainStart.set(w.subarray(0, fixedSize));
  plainStart.set(w.subarray(layout.phi.offset), fixedSize);
  tell({ phase: "starting values", likelihood: null });
  const glm = yield* minimise(plainObjective, plainStart, { tolerance: 1e-4, maxIterations: 60 });
  const usable = Number.isFinite(glm.value);
  const size = plainLayout.size;
  const place = (i: number) => (i < fixedSize ? i : layout.phi.offset + i - fixedSize);
  for (let i = 0; i < size; i++) {
    if (usable) w[place(i)] = glm.x[i]!;
    for (let j = 0; j < size; j++)
      H[place(i) * layout.size + place(j)] = usable ? glm.inverseHessian[i * size + j]! : i === j ? 1 / data.n : 0;
  }
  layout.terms.forEach((term, t) => {
    const levels = design.random[t]!.levels.length;
    writeFactor(term, scaledIdentity(term.q, sd), w);
    for (let k = 0; k < term.size; k++) H[(term.offset + k) * (layout.size + 1)] = 1 / Math.max(4, levels);
  });
  return { w, inverseHessian: H };
}

/**
 * Another place to begin where the family's parameters can stand for random effects, as correlations of residuals and dispersions can, so that the
 * model without these starts the search in the basin of variances of 0. Here they have their own starting values.
 */
export function startingPointOfEffects(model: CompiledModel, { w, inverseHessian }: StartingPoint): StartingPoint {
  const { design, family, layout } = model;
  const coordinates = workingCoordinates(layout, family.parameters);
  const x = new Float64Array(layout.size);
  coordinates.toNatural(w, x);
  family.parameters.forEach((parameter, g) => {
    x[layout.phi.offset + g] = parameterStart(design, parameter);
  });
  const other = new Float64Array(layout.size);
  coordinates.toWorking(x, other);
  return { w: other, inverseHessian };
}

/** Entries of w that lie in zero columns of a factor are fixed at 0; all others are free. */
function freeCoordinates(model: CompiledModel, w: Float64Array): number[] {
  const fixed = new Set(model.layout.terms.flatMap((term) => boundaryEntries(term, w)));
  return Array.from({ length: model.layout.size }, (_, i) => i).filter((i) => !fixed.has(i));
}

/**
 * Maximises `marginal` (standardised) from `start`.
 *
 * @param others whether to search from the starts that the model suggests, too
 * @param slopes takes the slopes that the search sees
 */
export function* maximise(
  model: CompiledModel,
  marginal: MarginalLikelihood,
  coordinates: WorkingCoordinates,
  start: StartingPoint,
  others = false,
  slopes?: CovarianceSlopes,
): Pausable<Maximum> {
  const plain = coordinates.objective(marginal);
  const objective: Objective = slopes
    ? (w, gradient) => {
        const value = plain(w, gradient);
        if (!slopes.enough && value < Number.POSITIVE_INFINITY) slopes.add(w, gradient);
        return value;
      }
    : plain;
  const { terms } = model.layout;
  const first = yield* minimise(objective, start.w, { inverseHessian: start.inverseHessian });
  const settled = yield* settleBoundary(objective, first, terms, {});
  const { best, tried } = others
    ? yield* fromOtherStarts(model, objective, settled, start.w)
    : { best: settled, tried: [] };
  const evaluations = best.evaluations + (start.evaluations ?? 0);
  tell({ phase: "curvature", start: null });
  const polished = yield* polish(model, objective, best.x, best.value, evaluations, best.converged);
  return { ...polished, starts: tried };
}

/**
 * The best of what other starts lead to: coefficients where the first search left them, family parameters where it began, since large effects and a
 * large dispersion explain the same.
 */
function* fromOtherStarts(
  { design, layout }: CompiledModel,
  objective: Objective,
  found: Minimum,
  begun: Float64Array,
): ReturnType<typeof searchFromOthers> {
  const { terms } = layout;
  const levels = design.random.map((term) => term.levels.length);
  const effects = design.random.reduce((sum, { q }, t) => sum + q * levels[t]!, 0);
  const inTerms = new Set(terms.flatMap(({ offset, size }) => Array.from({ length: size }, (_, k) => offset + k)));
  const metric = (at: Float64Array): Float64Array => {
    const H = factorMetric(terms, levels, at);
    for (let i = 0; i < layout.size; i++)
      for (let j = 0; j < layout.size; j++)
        if (!inTerms.has(i) && !inTerms.has(j)) H[i * layout.size + j] = found.inverseHessian[i * layout.size + j]!;
    return H;
  };
  const from = found.x.slice();
  from.set(begun.subarray(layout.phi.offset), layout.phi.offset);
  return yield* searchFromOthers(
    objective,
    found,
    "default",
    startsOfTerms(terms, levels, found.x, from),
    terms,
    metric,
    function* (loose) {
      const end = yield* minimise(objective, loose.x, { inverseHessian: loose.inverseHessian });
      return yield* settleBoundary(objective, end, terms, {});
    },
    evaluationsToSpend(design.n, effects, found.evaluations),
  );
}

/** Newton steps with the differenced Hessian until they promise less than 1e-10 of log-likelihood. */
function* polish(
  model: CompiledModel,
  objective: Objective,
  start: Float64Array,
  startValue: number,
  startEvaluations: number,
  searchConverged: boolean,
): Pausable<Omit<Maximum, "starts">> {
  const w = start.slice();
  let value = startValue;
  let evaluations = startEvaluations;
  const gradient = new Float64Array(w.length);
  const free = freeCoordinates(model, w);
  const m = free.length;
  const H = yield* hessian(objective, w, free);
  evaluations += 2 * m;
  const information = invertInformation(H, m);
  let remaining = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 6; round++) {
    value = objective(w, gradient);
    evaluations++;
    const step = free.map((_, i) =>
      free.reduce((s, other, j) => s - information.covariance[i * m + j]! * gradient[other]!, 0),
    );
    remaining = -0.5 * free.reduce((s, position, i) => s + step[i]! * gradient[position]!, 0);
    if (!(remaining > 1e-11)) break;
    const trial = w.slice();
    free.forEach((position, i) => {
      trial[position]! += step[i]!;
    });
    const trialValue = objective(trial, gradient);
    if (pauseDue()) yield;
    evaluations++;
    if (!(trialValue < value)) break;
    w.set(trial);
    value = trialValue;
  }
  const converged = Number.isFinite(value) && (searchConverged || remaining < 1e-6) && !(remaining > 1e-3);
  return { w, logLik: -value, free, information, hessian: H, evaluations, converged, remaining };
}
