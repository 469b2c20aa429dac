/** Maximum and restricted maximum likelihood of a Gaussian model by its profiled criterion, a function of the relative factor and, where it has to be, of σ. */

import { scalarMap } from "../charts/scalar.ts";
import { boundStructure } from "../covariance/structures.ts";
import { ofMean } from "../families/of-mean.ts";
import { scaledIdentity } from "../linalg/scaled-identity.ts";
import { extendedProfile } from "../marginal/gaussian/extended-profile.ts";
import { type PredictedVariance, predictedVariance } from "../marginal/gaussian/predicted-variance.ts";
import { type ProfiledGaussian, profiledGaussian } from "../marginal/gaussian/profiled-gaussian.ts";
import { boundaryEntries, fillFactor, scaledEntries, type TermLayout, writeFactor } from "../model/parameter-layout.ts";
import { minimise } from "../optimise/bfgs.ts";
import { hessian } from "../optimise/hessian.ts";
import type { Minimum, Objective } from "../optimise/objective.ts";
import { atOnce, evaluated, type Pausable, pauseDue, tell } from "../optimise/pausable.ts";
import { distancesAround } from "../residual/distances-around.ts";
import { settleBoundary } from "./boundary.ts";
import { CovarianceSlopes } from "./covariance-slopes.ts";
import type { EquivalentMaximum } from "./equivalent-maxima.ts";
import { expectationMaximisationStep, factorMetric } from "./factor-scale.ts";
import { flatCovariance, flatTangents, pointsAlong } from "./flat-covariance.ts";
import type { GaussianMaximum, GaussianProblem } from "./gaussian-maximum.ts";
import { invertInformation } from "./information.ts";
import { searchValleys, settleKink, standardErrorStep, untilNoGain } from "./kinked-likelihood.ts";
import { startsOfTerms } from "./other-starts.ts";
import { maximumInOwnOrder, problemOfKnownSigma } from "./predicted-variance-problem.ts";
import { inside, tryAlternatives } from "./residual-starts.ts";
import { searchFromOthers, type TriedStart } from "./several-starts.ts";
import { renewedSigma, startingSigma } from "./starting-sigma.ts";
import { inWeightsUnit, maximumInUsersUnit, weightsUnit } from "./weights-unit.ts";

/** Steps of expectation-maximisation before the quasi-Newton search: cheap progress from a start that may be far off. */
const EM_STEPS = 2;
/** Evaluations in twice the precision of doubles that other starts may take, if the first search did not take more. */
const LEAST_SPENT = 200;
/** Criteria that differ by less, of their size, are those of one maximum. */
const SAME_CRITERION = 1e-7;
/** A slope of half the criterion in log σ like that of less than half an observation is that of a search near its end. */
const STEEP_IN_LOG_SIGMA = 0.5;

/** The slope in the last coordinate. */
function lastSlope(objective: Objective, x: Float64Array): number {
  const gradient = new Float64Array(x.length);
  objective(x, gradient);
  return gradient[x.length - 1]!;
}

/**
 * Minimises half the profiled criterion. Starts at relative sds of 1 in standardised units, never at 0.
 *
 * @param from natural parameters in the user's units to start at
 */
export function* maximiseGaussian(
  model: GaussianProblem,
  restricted: boolean,
  from?: Float64Array,
): Pausable<GaussianMaximum> {
  const { data } = model.standardisation;
  const predicted = predictedVariance(data);
  if (predicted) return yield* maximisePredicted(model, predicted, restricted, from);
  const unit = weightsUnit(model);
  if (unit === 1) return yield* maximiseDirectly(model, restricted, from);
  return maximumInUsersUnit(yield* maximiseDirectly(inWeightsUnit(model, unit), restricted, from), model, unit);
}

function* maximiseDirectly(
  model: GaussianProblem,
  restricted: boolean,
  from?: Float64Array,
): Pausable<GaussianMaximum> {
  const { data } = model.standardisation;
  const profile = profiledGaussian(data);
  if (model.layout.terms.some(({ q, places }) => places && q > MOST_EXTENDED))
    return (yield* maximiseProfile(model, profile, restricted, from, true))!;
  const found = profile.lostDigits() ? null : yield* maximiseProfile(model, profile, restricted, from);
  // a response that is nearly free of noise needs more digits than doubles have
  return found ?? (yield* maximiseProfile(model, extendedProfile(data), restricted, from))!;
}

/** The same where σ has a predictor: by the model read with σ known. */
function* maximisePredicted(
  model: GaussianProblem,
  predicted: PredictedVariance,
  restricted: boolean,
  from?: Float64Array,
): Pausable<GaussianMaximum> {
  const { problem, start } = problemOfKnownSigma(model, predicted, from);
  return maximumInOwnOrder(yield* maximiseGaussian(problem, restricted, start), predicted);
}

/** Most places of a term whose dense covariance is worth the time of double-doubles; beyond, what doubles tell is taken. */
const MOST_EXTENDED = 30;

/** Relative standard deviations, given the effects before, below this are too near the boundary for a maximum to be inside. */
const INSIDE = 0.05;

/** Whether the design leaves no doubt that a minimum is the lowest. */
function isHighest(profile: ProfiledGaussian, { x, converged }: Minimum, terms: readonly TermLayout[]): boolean {
  const [term] = terms;
  if (terms.length !== 1 || !converged || term!.sd || term!.places) return false;
  const { q, unstructured } = boundStructure(term!);
  if (!(q === 1 || unstructured)) return false;
  const L = new Float64Array(q * q);
  fillFactor(term!, x, L);
  for (let a = 0; a < q; a++) if (!(Math.abs(L[a * q + a]!) > INSIDE)) return false;
  return profile.isBalanced?.() ?? false;
}

/** The maximum by a profile; null where the profile has lost the digits that tell it. @param always whether it is taken all the same */
function* maximiseProfile(
  model: GaussianProblem,
  profile: ProfiledGaussian,
  restricted: boolean,
  from?: Float64Array,
  always = false,
): Pausable<GaussianMaximum | null> {
  const { layout, standardisation, design, residual } = model;
  const known = standardisation.data.sigma !== undefined;
  const first = layout.terms[0]?.offset ?? layout.phi.offset;
  const terms: TermLayout[] = layout.terms.map((term) => ({ ...term, offset: term.offset - first }));
  const entries = layout.phi.offset - first;
  // standard deviations are relative to sigma, correlations are not
  const scaled = scaledEntries({ size: entries, terms });
  // ψ of a residual structure on working scales, after the entries of Λ/σ
  const structure = known ? model.family.parameters : model.family.parameters.slice(1);
  const maps = structure.map(({ support }) => scalarMap(support));
  const psiAt = layout.phi.offset + (known ? 0 : 1);
  // σ is profiled out, known, or a coordinate by its logarithm, the last
  const { size, withSigma } = profile;
  const natural = new Float64Array(size);
  const toPoint = (w: Float64Array): Float64Array => {
    natural.set(w);
    maps.forEach((map, g) => {
      natural[entries + g] = map.toNatural(w[entries + g]!);
    });
    return natural;
  };
  const criterion = { reml: restricted };
  const slopes = new CovarianceSlopes(terms, !known && !withSigma);
  const objective: Objective = (theta, gradient) => {
    const point = toPoint(theta);
    const value = 0.5 * profile.evaluate(point, criterion, gradient);
    for (let i = 0; i < gradient.length; i++) gradient[i]! *= 0.5;
    maps.forEach((map, g) => {
      gradient[entries + g]! *= map.slope(theta[entries + g]!);
    });
    evaluated(value);
    if (!slopes.enough && value < Number.POSITIVE_INFINITY) slopes.add(theta, gradient);
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  const constant = restricted ? standardisation.logDeterminant : 0;
  tell({ phase: "starting values", start: null, likelihood: { name: restricted ? "REML" : "ML", constant } });
  const start = new Float64Array(size);
  for (const term of terms) writeFactor(term, scaledIdentity(term.q, 1), start);
  if (from) {
    const standardised = new Float64Array(layout.size);
    standardisation.toStandardised(from, standardised);
    const sigma = known ? profile.unit : standardised[layout.phi.offset]!;
    const unit = profile.absolute ? profile.unit : sigma;
    for (let i = 0; i < entries; i++) start[i] = standardised[first + i]! / (scaled[i] ? unit : 1);
    structure.forEach(({ support }, g) => {
      start[entries + g] = maps[g]!.toUnconstrained(inside(support, standardised[psiAt + g]!));
    });
    if (withSigma) {
      const point = toPoint(start).slice();
      start[size - 1] = Math.log(
        profile.absolute ? yield* renewedSigma(profile, restricted, point, design.y, sigma) : sigma,
      );
    }
  } else {
    structure.forEach(({ start: value }, g) => {
      start[entries + g] = maps[g]!.toUnconstrained(value(design.y, null));
    });
    if (withSigma)
      start[size - 1] = Math.log(yield* startingSigma(profile, restricted, toPoint(start).slice(), design.y));
    yield* tryAlternatives(model, objective, entries, start);
  }
  const levels = design.random.map((term) => term.levels.length);
  const emSteps = from ? 0 : EM_STEPS;
  for (let step = 0; step < emSteps; step++) {
    expectationMaximisationStep(objective, terms, levels, start);
    if (pauseDue()) yield;
  }
  const units = new Float64Array(size).fill(1);
  const kinked: number[] = [];
  residual.parameters.forEach((one, g) => {
    units[entries + g] = one.unit;
    if (one.kinked) kinked.push(entries + g);
  });
  const metric = (at: Float64Array): Float64Array => {
    const H = factorMetric(terms, levels, at);
    for (let i = entries; i < size; i++) H[i * size + i] = (2 / design.n) * units[i]! ** 2;
    return H;
  };
  const inverseHessian = metric(start);
  const noGain = kinked.length > 0 ? untilNoGain() : undefined;
  const onIteration = (iteration: number, value: number) =>
    profile.withoutDigits() ? false : noGain?.(iteration, value);
  const options = { tolerance: 1e-9, onIteration };
  tell({ phase: "search", start: "default" });
  let searched = yield* minimise(objective, start, { ...options, inverseHessian });
  if (profile.withoutDigits() && !always) return null;
  if (!from)
    for (const position of kinked)
      searched = yield* searchValleys(objective, searched, position, (other) =>
        minimise(objective, other, { ...options, inverseHessian }),
      );
  const settle = (minimum: Minimum) => settleBoundary(objective, minimum, terms, options);
  let settled = size > 0 ? yield* settle(searched) : searched;
  let tried: readonly TriedStart[] = [];
  // a criterion that falls without end as σ goes to 0 has no lowest point for another start to find
  const falling =
    profile.absolute && withSigma && !settled.converged && lastSlope(objective, settled.x) > STEEP_IN_LOG_SIGMA;
  if (!from && size > 0 && kinked.length === 0 && !falling) {
    const others = isHighest(profile, settled, terms)
      ? []
      : startsOfTerms(terms, levels, settled.x, settled.x, residual.structured);
    const follow = function* (loose: Minimum) {
      return yield* settle(yield* minimise(objective, loose.x, { ...options, inverseHessian: loose.inverseHessian }));
    };
    const spend = profile.absolute ? Math.max(LEAST_SPENT, settled.evaluations) : Number.POSITIVE_INFINITY;
    ({ best: settled, tried } = yield* searchFromOthers(
      objective,
      settled,
      "default",
      others,
      terms,
      metric,
      follow,
      spend,
    ));
  }
  let kinks: number[] = [];
  for (const position of kinked) {
    const { toNatural, toUnconstrained } = maps[position - entries]!;
    const kinksAround = (w: number) => distancesAround(residual.correlation!, toNatural(w)).map(toUnconstrained);
    const found = yield* settleKink(objective, settled, position, kinksAround, inverseHessian, { tolerance: 1e-9 });
    settled = found;
    if (found.kink) kinks = [position];
  }
  const theta = settled.x;
  const gradient = new Float64Array(size);
  const value = objective(theta, gradient);
  if (profile.lostDigits() && !always) return null;
  for (const position of kinks) gradient[position] = 0;
  const { sigma, unit } = profile;
  /** The user's parameters at the point that the criterion was last evaluated at. */
  const originalOf = (theta: Float64Array): Float64Array => {
    const standardised = new Float64Array(layout.size);
    standardised.set(profile.betaHat, ofMean(layout.beta).offset);
    for (let i = 0; i < entries; i++) standardised[first + i] = theta[i]! * (scaled[i] ? profile.unit : 1);
    standardised.set(toPoint(theta).subarray(entries, entries + structure.length), psiAt);
    if (!known) standardised[layout.phi.offset] = profile.sigma;
    const x = new Float64Array(layout.size);
    standardisation.toOriginal(standardised, x);
    return x;
  };
  const x = originalOf(theta);
  let remaining = 0;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      remaining += 0.5 * gradient[i]! * settled.inverseHessian[i * size + j]! * gradient[j]!;
  const unscaled = profile.covarianceBeta.slice();
  // nlme's gls() reports errors by the variance estimate of n − p degrees of freedom, by maximum likelihood too; its lme() does not
  const gls = residual.structured && design.random.length === 0 && !restricted && !known;
  const errorVariance =
    sigma * sigma * (gls ? profile.observations / (profile.observations - profile.fixedEffects) : 1);
  const degrees = profile.observations - (restricted ? profile.fixedEffects : 0);

  /** Steps of differences: small ones but for kinked parameters. */
  const steps = (size: number): Float64Array => {
    const found = theta.map((value, i) => size * Math.max(units[i]!, Math.abs(value)));
    // entries in a fixed unit have no size of their own, and derivatives by differences need longer steps
    if (profile.absolute) {
      const largest = theta.subarray(0, entries).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      for (let i = 0; i < entries; i++) found[i] = 10 * size * Math.max(0.01 * largest, Math.abs(theta[i]!));
    }
    for (const position of kinked) found[position] = standardErrorStep(objective, theta, position);
    return found;
  };

  /** Half the profiled criterion's Hessian P with log σ brought back: U(θ, σ) has curvature P + D aa'/2, −D a, 2D, a = ∂log σ̂²/∂θ. */
  const withLogSigma = (free: readonly number[]): Float64Array => {
    const m = free.length;
    const P = atOnce(hessian(objective, theta, free, steps(1e-4)));
    const small = steps(1e-5);
    const a = free.map((position) => {
      const h = small[position]!;
      const point = theta.slice();
      point[position]! += h;
      profile.evaluate(toPoint(point), criterion);
      const up = Math.log(profile.sigma);
      point[position]! -= 2 * h;
      profile.evaluate(toPoint(point), criterion);
      return (up - Math.log(profile.sigma)) / h;
    });
    const H = new Float64Array((m + 1) ** 2);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) H[i * (m + 1) + j] = P[i * m + j]! + 0.5 * degrees * a[i]! * a[j]!;
      H[i * (m + 1) + m] = -degrees * a[i]!;
      H[m * (m + 1) + i] = -degrees * a[i]!;
    }
    H[m * (m + 1) + m] = 2 * degrees;
    return H;
  };

  const flat = yield* flatCovariance(slopes, terms, theta, objective);
  const equivalents = (flat ? pointsAlong(flat, terms, theta, scaled) : []).flatMap((point): EquivalentMaximum[] => {
    const same = Math.abs(objective(point, gradient) - value) < SAME_CRITERION * Math.max(1, Math.abs(value));
    if (!same) return [];
    const variance = profile.sigma ** 2;
    const beta = profile.covarianceBeta.map((entry) => variance * entry);
    const standardisedCovariance = () => {
      const moved = covarianceAtMaximum().slice();
      const p = ofMean(layout.beta).size;
      for (let i = 0; i < p; i++) moved.set(beta.subarray(i * p, (i + 1) * p), i * layout.size);
      return moved;
    };
    return [
      {
        x: originalOf(point),
        covariance: () => standardisation.covarianceToOriginal(standardisedCovariance()),
        standardisedCovariance,
      },
    ];
  });
  // the criterion's own state is that of its last point
  if (flat) objective(theta, gradient);

  let inStandardised: Float64Array | undefined;
  const covarianceAtMaximum = () => (inStandardised ??= covarianceOfStandardised());
  const covarianceOfStandardised = () => {
    const d = layout.size;
    const result = new Float64Array(d * d);
    const p = ofMean(layout.beta).size;
    for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) result[i * d + j] = errorVariance * unscaled[i * p + j]!;
    const fixed = new Set(terms.flatMap((term) => boundaryEntries(term, theta)));
    const free = Array.from({ length: entries + structure.length }, (_, i) => i).filter((i) => !fixed.has(i));
    const m = free.length;
    const H =
      known || withSigma
        ? atOnce(hessian(objective, theta, withSigma ? [...free, size - 1] : free, steps(1e-4)))
        : withLogSigma(free);
    const width = known ? m : m + 1;
    const position = [...free, ...(known ? [] : [size])];
    const logSigma = known || withSigma ? null : size;
    const tangents = flat ? flatTangents(flat, terms, theta, position, size + 1, logSigma) : [];
    const inverse = invertInformation(H, width, tangents).covariance;
    // (θ, ψ, log σ) → (Λ, ψ, σ): Λ = θ·unit moves with σ where that is estimated, ψ does not
    const place = free.map((position) => (position < entries ? first + position : psiAt + position - entries));
    const rows = free.map((position, i): readonly (readonly [column: number, slope: number])[] => {
      if (position >= entries) return [[i, maps[position - entries]!.slope(theta[position]!)]];
      if (!scaled[position]) return [[i, 1]];
      return known || profile.absolute
        ? [[i, unit]]
        : [
            [i, unit],
            [m, theta[position]! * sigma],
          ];
    });
    if (!known) {
      place.push(layout.phi.offset);
      rows.push([[m, sigma]]);
    }
    rows.forEach((row, i) => {
      rows.forEach((other, j) => {
        let s = 0;
        for (const [a, slope] of row) for (const [b, slopeB] of other) s += slope * slopeB * inverse[a * width + b]!;
        result[place[i]! * d + place[j]!] = s;
      });
    });
    return result;
  };

  return {
    x,
    logLik: -value + constant,
    evaluations: emSteps + settled.evaluations,
    converged: (settled.converged || remaining < 1e-6) && Number.isFinite(value),
    remaining,
    roundingSigma: profile.roundingSigma,
    starts: tried,
    flat,
    equivalents,
    kinks: kinks.map((position) => structure[position - entries]!.name),
    covariance: () => standardisation.covarianceToOriginal(covarianceAtMaximum()),
    standardisedCovariance: covarianceAtMaximum,
  };
}
