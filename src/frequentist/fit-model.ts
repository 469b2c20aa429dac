/** Fits a compiled model by maximum likelihood: chooses the engine, and turns what it found into a fit. */

import { custom, optional } from "valibot";
import { usesFitted } from "../dsl/residual-spec.ts";
import { isGaussian } from "../families/family.ts";
import { ofMean } from "../families/of-mean.ts";
import * as messages from "../messages/fitting.ts";
import { DeclarationError, type FitWarning, refusal } from "../messages/issue.ts";
import { methodPenalised, remlNonlinear } from "../messages/linearised-fits.ts";
import { localMaximum, saturatedCounts } from "../messages/noise.ts";
import { fittedPenalised, residualNeedsLinearising } from "../messages/residual-fits.ts";
import type { WarningCode } from "../messages/warning-code.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { degenerateLabels, degenerateTerms } from "../model/level-responses.ts";
import { distantEffects } from "../model/origin-of-effects.ts";
import { infiniteLabels, type Recession, recessionOf } from "../model/recession.ts";
import { parameterLabel, reportedParameters } from "../model/reported-parameters.ts";
import { atOnce, type Pausable } from "../optimise/pausable.ts";
import { abortSignal, callback, checkedLater, flag } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { ZERO_RESIDUAL } from "../prediction/rounding-errors.ts";
import type { Executor } from "../samplers/executor.ts";
import { checkStart } from "./check-start.ts";
import { movingCoefficients } from "./equivalent-maxima.ts";
import type { Declaration, Found } from "./estimate.ts";
import {
  exactDensity,
  exactVerdict,
  isSaturated,
  noiseWarnings,
  residualIsZero,
  sigmaVanishes,
  zeroResidualReason,
} from "./exact-verdict.ts";
import { maximiseWithStructure } from "./fitted-variance.ts";
import { flatLabels, flatTangents } from "./flat-covariance.ts";
import { invertInformation } from "./information.ts";
import { settleLimit } from "./limiting-family.ts";
import { maximiseApproximate } from "./maximise-approximate.ts";
import { MaximumLikelihood, PENALISED } from "./maximum-likelihood.ts";
import { type FitMethod, ml, reml, startingAt } from "./method.ts";
import { noiseFreeDispersion } from "./noise-free-dispersion.ts";
import { NO_OWN_DISPERSION, ownDispersion } from "./own-dispersion.ts";
import { penaltyOf } from "./penalty.ts";
import { fitPql } from "./pql/fit-pql.ts";
import { fitLindstromBates } from "./pql/lindstrom-bates.ts";
import { type FitProgress, fitAtOnce } from "./progress.ts";
import { type FitMethodName, readFitMethod } from "./read-method.ts";
import type { VerdictWithReason } from "./verdict.ts";
import { flatVerdict, verdictOf } from "./verdict.ts";
import { workingCoordinates } from "./working-coordinates.ts";

const fitOptions = optionsSchema({
  /**
   * Natural parameters (user's units, in the order of the fit's `estimate`) to start the search at, and the only place it then starts at; default:
   * those of the model without random effects, and where groups are few the starts that the model suggests beside them.
   */
  start: optional(
    custom<ArrayLike<number>>(
      (value) => Array.isArray(value) || value instanceof Float64Array,
      "a list of numbers, as the estimate of a fit",
    ),
  ),
  /**
   * Adds the log densities of the declaration's priors as penalties, on the natural scale and without a Jacobian; parameters without
   * a declared prior are not penalised. Gaussian models are then fitted by (penalised) maximum likelihood, not REML. Default false.
   */
  penalised: optional(flag),
  /** The declaration behind the model, so that the fit can `update` it. */
  declaration: optional(checkedLater<Declaration>()),
  /**
   * Stops the work; `.fit()` then rejects with the signal's own reason. In this thread `.fit()` gives way to the event loop every 40 ms when it is given
   * a signal or `onProgress`, so that timers fire and buttons work; `fitModel`, which is no promise, looks at it before it begins only.
   */
  signal: optional(abortSignal),
  /** Called where a phase of the fit begins, some 25 times a second in a long one, and at its end, with how far it is. */
  onProgress: optional(callback<(progress: FitProgress) => void>()),
  /**
   * Where `.fit()` works: `workerExecutor()` of marginalia/node fits in a worker thread, which an abort of `signal` ends at once. Default in this thread.
   * A user's own family is fitted in this thread.
   */
  executor: optional(checkedLater<Executor>()),
});

export type FitOptions = OptionsOf<typeof fitOptions>;

/** Refuses options before a model is compiled. @throws DeclarationError for unknown ones */
export function checkFitOptions(options: unknown): void {
  readOptions(fitOptions, options, { of: "fit()" }).signal?.throwIfAborted();
}

/** Options that have been read. */
interface Settings {
  readonly start?: Float64Array;
  readonly penalised?: boolean;
  readonly declaration?: Declaration;
}

function* fitGaussian(model: CompiledModel, requested: FitMethod, options: Settings): Pausable<Found> {
  // a model of the dispersion may have random effects there or not: the exact integral is what either method comes to without them
  if ((requested.kind === "agq" || requested.kind === "laplace") && !model.family.predicted)
    throw refusal("method-not-needed", ["method"], messages.agqGaussian());
  const wanted = requested.kind === "reml" || requested.kind === "auto";
  // without a degree of freedom there is no restricted likelihood
  const restricted = wanted && !(model.family.sigma === undefined && isSaturated(model));
  const { found, warnings } = yield* maximiseWithStructure(model, restricted, options.start);
  const exact = residualIsZero(model, found);
  // nothing is known of variances beside a residual variance of zero
  const flat = found.flat && !exact ? flatLabels(model, found.flat) : [];
  const equivalents = flat.length > 0 ? found.equivalents : [];
  const moving = movingCoefficients(model, found.x, found.covariance, equivalents);
  const own = ownDispersion(model, found.x, restricted);
  const flatParts = [...flat, ...moving];
  const undetermined = [...new Set([...flatParts, ...own.undetermined])];
  return {
    model,
    requested,
    label: restricted ? "REML" : "ML",
    integral: { kind: "exact" },
    x: found.x,
    covariance: found.covariance,
    standardisedCovariance: found.standardisedCovariance,
    logLik: found.logLik,
    restricted,
    verdict: exact
      ? { code: "boundary", reason: zeroResidualReason(model, found, wanted) }
      : flatParts.length > 0
        ? flatVerdict(flat, moving)
        : exactVerdict(model, found, own),
    ...(undetermined.length > 0 && { undetermined }),
    ...(equivalents.length > 0 && { equivalents }),
    ...(exact && { warningCode: ZERO_RESIDUAL }),
    warnings: [
      ...warnings,
      ...noiseWarnings(model, found),
      ...found.kinks.map((name) => messages.kinkAtMaximum(name)),
      ...(own.local.length > 0 ? [localMaximum(own.local)] : []),
    ],
    evaluations: found.evaluations,
    starts: found.starts,
  };
}

function* fitApproximate(model: CompiledModel, requested: FitMethod, options: Settings): Pausable<Found> {
  if (usesFitted(model.spec.residual))
    throw new DeclarationError([options.penalised ? fittedPenalised() : residualNeedsLinearising()]);
  if (requested.kind === "reml")
    throw refusal(
      "reml-not-gaussian",
      ["method"],
      options.penalised
        ? messages.remlPenalised()
        : model.family.curve
          ? remlNonlinear()
          : isGaussian(model.family)
            ? messages.remlRandomDispersion()
            : messages.remlNotGaussian(model.family.name),
    );
  if (requested.kind === "pql" || requested.kind === "lindstromBates")
    throw refusal("method-not-penalised", ["method"], methodPenalised(requested.kind));
  const search = {
    ...(options.start && { from: options.start }),
    ...(options.penalised && { penalty: penaltyOf(model) }),
  };
  const plan = chooseIntegral(model, requested);
  const { maximum, integral, label, warnings, flat } = yield* maximiseApproximate(model, plan, search);
  const { layout, standardisation } = model;
  const coordinates = workingCoordinates(layout, model.family.parameters);
  const standardised = new Float64Array(layout.size);
  coordinates.toNatural(maximum.w, standardised);
  const x = new Float64Array(layout.size);
  standardisation.toOriginal(standardised, x);
  const { free } = maximum;
  const m = free.length;
  const recession = options.penalised ? null : recessionOf(model);
  const undetermined = flat ? flatLabels(model, flat) : [];
  const degenerate = options.penalised ? [] : degenerateTerms(model);
  const own = options.penalised ? NO_OWN_DISPERSION : ownDispersion(model, x, false);
  const exact = exactDensity(model, x, maximum);
  const standardisedCovariance = () => {
    const without = [
      ...(recession ? infiniteDirections(model, x, free, recession) : []),
      ...(flat ? flatTangents(flat, layout.terms, maximum.w, free, layout.size, null) : []),
    ];
    const information = without.length > 0 ? invertInformation(maximum.hessian, m, without) : maximum.information;
    const full = new Float64Array(layout.size ** 2);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++) full[free[i]! * layout.size + free[j]!] = information.covariance[i * m + j]!;
    return coordinates.covarianceToNatural(full, standardised);
  };
  return {
    model,
    requested,
    label: options.penalised ? `${PENALISED}${label}` : label,
    integral,
    x,
    covariance: () => standardisation.covarianceToOriginal(standardisedCovariance()),
    standardisedCovariance,
    // where a density has no bound the sum may leave the range of doubles
    logLik:
      exact && !Number.isFinite(maximum.logLik)
        ? Number.POSITIVE_INFINITY
        : maximum.logLik - (search.penalty ? search.penalty.evaluate(x) : 0),
    restricted: false,
    verdict: exact?.verdict ?? verdictOf(model, x, maximum, recession, degenerate, undetermined, own),
    undetermined: [
      ...new Set([
        ...(recession ? infiniteLabels(model, recession) : []),
        ...degenerateLabels(model, degenerate),
        ...(recession && recession.rows === recession.of ? variancesOf(model) : []),
        ...undetermined,
        ...own.undetermined,
        ...(exact ? [exact.label] : []),
      ]),
    ],
    warnings: [
      ...warnings,
      ...(own.local.length > 0 && !own.verdict ? [localMaximum(own.local)] : []),
      ...(isSaturated(model) && !exact && !recession && !options.penalised
        ? [saturatedCounts(ofMean(model.layout.beta).size)]
        : []),
      ...(recession && undetermined.length > 0 ? [messages.flatWarning(undetermined)] : []),
    ],
    evaluations: maximum.evaluations,
    starts: maximum.starts,
  };
}

/** Labels of all variances and correlations, of which nothing is known where every row is predicted perfectly. */
const variancesOf = (model: CompiledModel): string[] =>
  reportedParameters(model)
    .filter(({ effect }) => effect === "ran_pars")
    .map(parameterLabel);

/** The directions of recession in the free working coordinates at x. */
function infiniteDirections(
  { layout, standardisation, family }: CompiledModel,
  x: Float64Array,
  free: readonly number[],
  { directions }: Recession,
): Float64Array[] {
  const coordinates = workingCoordinates(layout, family.parameters);
  const step = 1e-6;
  const working = (direction: Float64Array, size: number) => {
    const moved = x.map((value, i) => value + size * direction[i]!);
    const standardised = new Float64Array(layout.size);
    standardisation.toStandardised(moved, standardised);
    const w = new Float64Array(layout.size);
    coordinates.toWorking(standardised, w);
    return w;
  };
  return directions.map((direction) => {
    const size = step / (Math.max(...direction.map(Math.abs)) || 1);
    const up = working(direction, size);
    const down = working(direction, -size);
    return Float64Array.from(free, (position) => (up[position]! - down[position]!) / (2 * size));
  });
}

/** Warnings that follow from the verdict. */
function verdictWarnings({ code, reason }: VerdictWithReason, warningCode?: WarningCode): FitWarning[] {
  if (code === "converged") return [];
  if (warningCode !== undefined) return [{ code: warningCode, message: reason }];
  return [code === "boundary" ? messages.boundaryWarning(reason) : messages.verdictWarning(code, reason)];
}

/** Whether a nonlinear mean is fitted by linearising though nobody asked: for maximum likelihood of correlated rows without random effects. */
const isLinearised = ({ family, design, residual }: CompiledModel, { kind }: FitMethod): boolean =>
  Boolean(family.curve) && residual.structured && design.random.length === 0 && (kind === "ml" || kind === "auto");

/**
 * Maximises the marginal likelihood of a compiled model.
 *
 * @param method default `reml()` for Gaussian models, `auto()` for others
 * @throws DeclarationError for an unknown option, where the method cannot serve the model, and for a start of another length or with entries that
 *   are not finite, negative standard deviations, or outside the range of the family's parameters
 */
export const fitModel = (
  model: CompiledModel,
  asked?: FitMethod | FitMethodName,
  given?: FitOptions,
): MaximumLikelihood => fitAtOnce(fitModelPausably(model, asked, given), given?.onProgress);

/** The same, with pauses. */
export function* fitModelPausably(
  model: CompiledModel,
  asked?: FitMethod | FitMethodName,
  given?: FitOptions,
): Pausable<MaximumLikelihood> {
  const { start, signal, penalised, declaration } = readOptions(fitOptions, given, { of: "fit()" });
  const method = readFitMethod(asked, "fit()");
  if (method.kind === "gee") throw new DeclarationError([messages.geeNotMaximised()]);
  signal?.throwIfAborted();
  const options: Settings = {
    ...(start && { start: Float64Array.from(start) }),
    ...(penalised && { penalised }),
    ...(declaration && { declaration }),
  };
  if (options.start) checkStart(model, method, options.start);
  return yield* maximiseBy(model, method, options);
}

/** The fit of a Gaussian response that is fitted exactly, whatever the predictor of its σ; null for others. */
function* fitWithOneSigma(model: CompiledModel, method: FitMethod): Pausable<Found | null> {
  const restricted = method.kind === "reml" || (method.kind === "auto" && chooseIntegral(model).exact);
  const exact = restricted ? reml() : ml();
  const found = yield* noiseFreeDispersion(model, (constant) => fitGaussian(constant, exact, {}));
  return found && { ...found, requested: method };
}

/** By the engine that the method names, else the one that the integral's plan asks for. */
function* searchBy(model: CompiledModel, method: FitMethod, options: Settings): Pausable<Found> {
  if (options.penalised) return yield* fitApproximate(model, method, options);
  if (method.kind === "pql") return yield* fitPql(model, method);
  if (method.kind === "lindstromBates" || isLinearised(model, method))
    return yield* fitLindstromBates(model, method, options.start);
  if (chooseIntegral(model, method).exact) {
    const found = yield* fitGaussian(model, method, options);
    return (sigmaVanishes(model, found.x) && (yield* fitWithOneSigma(model, method))) || found;
  }
  const withoutNoise = yield* fitWithOneSigma(model, method);
  if (withoutNoise) return withoutNoise;
  const found = yield* fitApproximate(model, method, options);
  return yield* settleLimit(model, found, (limit) => fitApproximate(limit, method, {}));
}

function* maximiseBy(model: CompiledModel, method: FitMethod, options: Settings): Pausable<MaximumLikelihood> {
  const estimate = yield* searchBy(model, method, options);
  const warnings = [
    ...model.design.warnings,
    ...distantEffects(model),
    ...estimate.warnings,
    ...verdictWarnings(estimate.verdict, estimate.warningCode),
    ...(model.spec.priors.length > 0 && !options.penalised ? [messages.priorsIgnored(model.spec.priors.length)] : []),
  ];
  return new MaximumLikelihood({
    ...estimate,
    warnings,
    ...(options.declaration && { declaration: options.declaration }),
    refit: (y) =>
      atOnce(
        maximiseBy(model.withResponse(y), method, {
          ...startingAt(method, estimate.x),
          ...(options.penalised && { penalised: true }),
        }),
      ),
    unrestricted: () => atOnce(maximiseBy(model, ml(), startingAt(method, estimate.x))),
  });
}
