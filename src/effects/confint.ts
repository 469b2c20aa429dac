/** Confidence intervals of the parameters of a fit, by the method asked for. */
import { type InferOutput, optional } from "valibot";
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import { isExactFit } from "../frequentist/exact-verdict.ts";
import { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import {
  namedParameters,
  type ProfiledBy,
  profiledBy,
  profiledLikelihood,
  profilersAsked,
} from "../frequentist/profile/profile.ts";
import { DeclarationError, type FitWarning, type Issue } from "../messages/issue.ts";
import { bootstrapWithout, intervalNotOf, likelihoodWithout } from "../messages/profile.ts";
import { robustWithProfile } from "../messages/robust.ts";
import type { Fit, TidyRow } from "../model/fit.ts";
import { parameterLabel, type ReportedParameter, reportedParameters } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { robustEntries } from "../model/tidy-options.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { eitherName } from "../options/either-name.ts";
import {
  abortSignal,
  choice,
  clusterColumns,
  confidenceLevel,
  parameterNames,
  seedOf,
  wholeNumber,
} from "../options/kinds.ts";
import type { DoneOrDealtOut } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { type Printable, printable } from "../report/printable.ts";
import { anExecutor, type Executor } from "../samplers/executor.ts";
import { type Bootstrap, bootstrap } from "./bootstrap/bootstrap.ts";
import { bootstrapKinds } from "./bootstrap/plan.ts";
import type { RefittableFit } from "./bootstrap-statistic.ts";
import type { ColumnsOfFit, ColumnsToCluster } from "./checked-columns.ts";
import { intervalsText, titleOf } from "./confint-report.ts";

const methods = ["wald", "profile", "bootstrap", "posterior"] as const;

export type IntervalMethod = (typeof methods)[number];

const confintOptions = optionsSchema({
  /**
   * `profile`: by the likelihood (the default of fits that maximise one; of REML fits for all but the coefficients of the mean, which then have t intervals with
   * Satterthwaite's degrees of freedom, as in `tidy()`); `wald`: by standard errors (the default of estimating equations, of penalised quasi-likelihood
   * and of fits without a residual variance);
   * `bootstrap`: percentiles of refits (`kind`); `posterior`: quantiles of the draws (the default of posteriors).
   */
  method: optional(choice(methods)),
  /** Default 0.95. */
  confLevel: optional(confidenceLevel),
  /** R's name of `confLevel`. */
  level: optional(confidenceLevel),
  /** Parameters by their term, as `Days`, or by group and term, as `Subject sd__Days`; default all. */
  which: optional(parameterNames),
  /**
   * Of profiles of REML fits: `restricted` (default) for variances, correlations and residual parameters; `ml`: by maximum likelihood, for coefficients too,
   * as lme4's `confint()`.
   */
  likelihood: optional(profiledLikelihood),
  /** What is drawn by a bootstrap, as `bootstrap()` has it; default `cluster`. */
  kind: optional(choice(bootstrapKinds)),
  /** Resamples of a bootstrap, default 999. */
  draws: optional(wholeNumber(1), 999),
  /** Of a bootstrap, default 1. */
  seed: optional(seedOf, 1),
  /** Where the refits of a bootstrap run, as `workerExecutor()` of marginalia/node; the intervals are then a promise. */
  executor: optional(anExecutor),
  /** Stops a bootstrap; the intervals are then a promise, which rejects with the signal's own reason. */
  signal: optional(abortSignal),
  /** Of Wald intervals: a robust covariance, as `tidy()` takes it; the default method is then `wald`. */
  vcov: robustEntries.vcov,
  /** Clusters of a bootstrap or of a robust covariance, where the model does not say them. */
  cluster: optional(clusterColumns),
});

export type ConfintOptions = OptionsOf<typeof confintOptions>;

export interface ConfidenceRow extends Pick<TidyRow, "effect" | "component" | "group" | "term"> {
  readonly estimate: number;
  /** Null where the interval is open, and where there is none. */
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** By what, of profiles of REML fits: `t`, the coefficients' own test; `restricted profile`; `ml profile`. */
  readonly ci?: "t" | ProfiledBy;
}

export interface ConfidenceIntervals extends Printable {
  readonly method: IntervalMethod;
  readonly rows: readonly ConfidenceRow[];
  readonly warnings: readonly FitWarning[];
}

function defaultMethod(fit: Fit): IntervalMethod {
  if (fit.kind === "posterior") return "posterior";
  return fit instanceof MaximumLikelihood && !fit.working && !isExactFit(fit) ? "profile" : "wald";
}

/**
 * Confidence intervals of all parameters of a fit. Profile intervals are [0, upper] for a standard deviation whose likelihood does not rule out 0, and null at an
 * end where the likelihood falls nowhere far enough. Of REML fits variances are by the restricted likelihood and coefficients by t, unless `method: "profile"` asks
 * for the coefficients' profile, by maximum likelihood, or `likelihood: "ml"` for lme4's intervals.
 *
 * @returns the intervals; with an `executor` or a `signal` of a bootstrap a promise of them
 * @throws DeclarationError where the fit has no intervals of the method, and for options of another one
 * @example
 * confint(fit).print();                                   // profile likelihood
 * confint(fit, { method: "bootstrap", draws: 999, seed: 1 }).rows;
 */
export function confint<
  const F extends Fit,
  const Cluster extends string = never,
  const Clusters extends readonly string[] = never,
  Signal extends StopSignal | undefined = undefined,
  Threads extends Executor | undefined = undefined,
>(
  fit: F,
  options?: ConfintOptions &
    ColumnsToCluster<ColumnsOfFit<F>, Cluster, Clusters> & { readonly signal?: Signal; readonly executor?: Threads },
): DoneOrDealtOut<ConfidenceIntervals, Signal, never, Threads>;
export function confint(fit: Fit, options?: ConfintOptions): ConfidenceIntervals | Promise<ConfidenceIntervals> {
  requireFit(fit, "confint()");
  const read = readOptions(confintOptions, options, { of: "confint()" });
  const asked = { ...read, confLevel: eitherName(read, "confLevel", "level", "confint()") ?? 0.95 };
  const robust = read.vcov !== undefined && read.vcov !== "model";
  const method = read.method ?? (robust ? "wald" : read.likelihood !== undefined ? "profile" : defaultMethod(fit));
  const kind = read.kind ?? "cluster";
  refuseUnused(fit, method, asked);
  const parameters = namedParameters(reportedParameters(fit.model), read.which);
  const labels = new Set(parameters.map(parameterLabel));
  const table = ({ rows, warnings }: Found): ConfidenceIntervals => {
    const shown = rows.filter((row) => labels.has(parameterLabel(row)) || (fit.kind === "gee" && !read.which));
    return printable({ method, rows: shown, warnings }, (style) =>
      intervalsText(shown, titleOf(fit, method, shown, read.vcov, kind), asked.confLevel, warnings, style),
    );
  };
  if (method === "bootstrap") {
    const found = byBootstrap(fit as RefittableFit, asked);
    return found instanceof Promise ? found.then(table) : table(found);
  }
  return table(
    method === "profile"
      ? byProfile(fit as MaximumLikelihood, parameters, asked)
      : {
          rows: fit.tidy({ confLevel: asked.confLevel, vcov: asked.vcov, cluster: asked.cluster }).map(intervalOf),
          warnings: [],
        },
  );
}

type Asked = InferOutput<typeof confintOptions> & { readonly confLevel: number };

interface Found {
  readonly rows: readonly ConfidenceRow[];
  readonly warnings: readonly FitWarning[];
}

/** @throws DeclarationError for a method that the fit has not, and for options of another method */
function refuseUnused(fit: Fit, method: IntervalMethod, { vcov, likelihood, kind, executor, signal }: Asked): void {
  const issues: Issue[] = [];
  if (vcov !== undefined && vcov !== "model" && method !== "wald") issues.push(robustWithProfile());
  if (likelihood !== undefined && method !== "profile") issues.push(likelihoodWithout(method));
  const ofBootstrap = Object.entries({ kind, executor, signal }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (ofBootstrap.length > 0 && method !== "bootstrap") issues.push(bootstrapWithout(ofBootstrap, method));
  const has = {
    wald: fit.kind !== "posterior",
    profile: fit instanceof MaximumLikelihood,
    bootstrap: fit instanceof MaximumLikelihood || fit instanceof EstimatingEquations,
    posterior: fit.kind === "posterior",
  };
  if (!has[method]) issues.push(intervalNotOf(method, fit.method));
  if (issues.length > 0) throw new DeclarationError(issues);
}

function byBootstrap(
  fit: RefittableFit,
  { kind = "cluster", draws, seed, confLevel, cluster, executor, signal }: Asked,
): Found | Promise<Found> {
  const given = { kind, draws, seed, confLevel, ...(cluster && { cluster }) };
  const of = ({ rows, warnings }: Bootstrap): Found => ({ rows: rows.map(intervalOf), warnings });
  if (!executor && !signal) return of(bootstrap(fit, given));
  const long = { ...given, ...(executor && { executor }), ...(signal && { signal }) };
  return Promise.resolve(bootstrap(fit, long)).then(of);
}

function byProfile(
  fit: MaximumLikelihood,
  parameters: readonly ReportedParameter[],
  { method, likelihood, confLevel }: Asked,
): Found {
  const { estimate: x } = fit;
  const profilers = profilersAsked(fit, likelihood);
  // the restricted likelihood is none of the coefficients
  const byTests = method === undefined && likelihood !== "ml" && fit.restricted;
  const tested = new Map(
    byTests ? fit.tidy({ effects: ["fixed"], confLevel }).map((row) => [parameterLabel(row), row] as const) : [],
  );
  const rows = parameters.map((parameter): ConfidenceRow => {
    const test = parameter.component === MEAN_COMPONENT && tested.get(parameterLabel(parameter));
    if (test) return { ...intervalOf(test), ci: "t" };
    const { profiler, likelihood } = profilers.forParameter(parameter);
    const { low, high } = profiler.interval(profiler.ofParameter(parameter), confLevel);
    const ends = { ...parameter, estimate: parameter.value(x), conf_low: low, conf_high: high };
    return { ...intervalOf(ends), ...profiledBy(fit, likelihood) };
  });
  return { rows, warnings: profilers.warnings() };
}

const intervalOf = ({
  effect,
  component,
  group,
  term,
  estimate,
  conf_low,
  conf_high,
}: Omit<ConfidenceRow, "ci">): ConfidenceRow => ({ effect, component, group, term, estimate, conf_low, conf_high });
