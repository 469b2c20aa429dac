/** `bootstrap`: the distribution of estimates over replicates of the data, of any kind, for any quantity of a fit. */
import type { ResampleInterval } from "../../estimates/resample-intervals.ts";
import { EstimatingEquations } from "../../frequentist/gee/estimating-equations.ts";
import { MaximumLikelihood } from "../../frequentist/maximum-likelihood.ts";
import * as messages from "../../messages/bootstrap.ts";
import { bootstrapNotEngine } from "../../messages/gee.ts";
import { DeclarationError, refusal } from "../../messages/issue.ts";
import { notAFit } from "../../messages/options.ts";
import { refuseFrequencies } from "../../model/refuse-frequencies.ts";
import { isFit } from "../../model/require-fit.ts";
import type { StopSignal } from "../../options/abort-signal.ts";
import type { DoneOrDealtOut } from "../../options/long-work.ts";
import { readOptions } from "../../options/read-options.ts";
import type { Executor } from "../../samplers/executor.ts";
import type { RefittableFit } from "../bootstrap-statistic.ts";
import type { ColumnsOfFit, ColumnsToCluster, ColumnsWithin } from "../checked-columns.ts";
import { statisticOf } from "../statistic.ts";
import { type Bootstrap, bootstrapOfRefits } from "./bootstrap-of-refits.ts";
import {
  type BootstrapAsked,
  type BootstrapOptions,
  type BootstrapProgress,
  bootstrapOptions,
} from "./bootstrap-options.ts";
import { type BootstrapPlan, planOf } from "./plan.ts";
import { estimatorQuantities, parameterQuantities } from "./quantities.ts";
import { type Outcomes, recordOf, resumed } from "./record.ts";
import { clusterCountOf } from "./replicates.ts";
import { runRefits } from "./run-refits.ts";

export type { Bootstrap, BootstrapRow } from "./bootstrap-of-refits.ts";
export type { BootstrapOptions, BootstrapProgress } from "./bootstrap-options.ts";

/** @throws DeclarationError for what is no fit, and for posteriors */
export function requireRefittable(fit: unknown, of: string): RefittableFit {
  if (fit instanceof MaximumLikelihood || fit instanceof EstimatingEquations) return fit;
  if (isFit(fit)) throw refusal("bootstrap-engine", ["bootstrap"], bootstrapNotEngine());
  throw new DeclarationError([notAFit(of, fit)]);
}

/** @throws DeclarationError with all options that do not belong to the kind */
function planFor(fit: RefittableFit, read: BootstrapAsked, intervals: readonly ResampleInterval[]): BootstrapPlan {
  const { kind, seed, randomEffects, cluster, within } = read;
  const issues = [
    ...(within !== undefined && kind !== "nested" ? [messages.withinOfNested()] : []),
    ...(randomEffects !== undefined && kind !== "parametric" && kind !== "residual"
      ? [messages.effectsOfSimulation(kind)]
      : []),
    ...(kind === "weights" && fit.kind === "ml" && intervals.includes("studentised")
      ? [messages.weightsWithoutErrors()]
      : []),
  ];
  if (issues.length > 0) throw new DeclarationError(issues);
  // parts of a likelihood's clusters hold all that their rows count; of estimating equations it is clusters that are counted
  const parts = kind === "nested" && within !== undefined && within.length > 0 && fit.kind === "ml";
  if (kind === "parametric" || kind === "residual" || (kind === "nested" && !parts))
    refuseFrequencies(fit.model, `bootstrap() of kind ${JSON.stringify(kind)}`);
  const list = (columns: string | readonly string[] | undefined) =>
    columns === undefined || columns.length === 0 ? null : typeof columns === "string" ? [columns] : columns;
  return planOf({
    kind,
    seed,
    randomEffects: randomEffects ?? "new",
    cluster: list(cluster),
    within: list(within),
    errors: intervals.includes("studentised"),
  });
}

/**
 * Resamples, refits, and says how estimates vary: standard errors, bias and intervals of every parameter, or of a statistic of one's own. Replicate b
 * depends on the seed and b alone, so that the result is the same to the last bit in one thread and over any number of workers, and of a run that was
 * stopped and resumed. Replicates that cannot be fitted are rows of `failures`, never drawn again.
 *
 * A refit begins at the estimate and maximises by the integral of the fit. Clusters drawn twice are clusters of their own. Averages, contrasts
 * and shares of variance are statistics: `statistic: (p, ask) => ask.average({ x: 1 }) - ask.average({ x: 0 })`.
 *
 * @returns the bootstrap; with a `signal`, `onProgress` or `executor` a promise of it, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError where the fit has no such bootstrap, the clusters are not known, or the record is of another one
 * @example
 * const boot = bootstrap(fit, { kind: "parametric", draws: 999, seed: 1, interval: ["percentile", "bca"] });
 * boot.rows[0]; // { term: "(Intercept)", estimate: -1.40, std_error: 0.22, conf_low: -1.85, method: "percentile", … }
 * const long = await bootstrap(fit, { executor: workerExecutor(), signal: AbortSignal.timeout(60_000) });
 */
export function bootstrap<
  const F extends RefittableFit,
  const Cluster extends string = never,
  const Clusters extends readonly string[] = never,
  const Within extends string = never,
  const Withins extends readonly string[] = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
  Threads extends Executor | undefined = undefined,
>(
  fit: F,
  options?: BootstrapOptions &
    ColumnsToCluster<ColumnsOfFit<F>, Cluster, Clusters> &
    ColumnsWithin<ColumnsOfFit<F>, Within, Withins> & {
      readonly signal?: Signal;
      readonly onProgress?: ((progress: BootstrapProgress) => Told) | undefined;
      readonly executor?: Threads;
    },
): DoneOrDealtOut<Bootstrap, Signal, Told, Threads>;
export function bootstrap(fit: RefittableFit, options?: BootstrapOptions): Bootstrap | Promise<Bootstrap> {
  const asked = requireRefittable(fit, "bootstrap()");
  const read = readOptions(bootstrapOptions, options, { of: "bootstrap()" });
  return bootstrapOf(asked, read);
}

/** The same with options that have been read. */
function bootstrapOf(given: RefittableFit, read: BootstrapAsked): Bootstrap | Promise<Bootstrap> {
  const { draws, statistic, confLevel, signal, onProgress, executor, resume } = read;
  const intervals: readonly ResampleInterval[] =
    typeof read.interval === "string" ? [read.interval] : [...new Set(read.interval)];
  const plan = planFor(given, read, intervals);
  // a restricted likelihood is no sum over clusters
  const unrestricted = plan.kind === "weights" && given.kind === "ml" && given.restricted;
  const fit = unrestricted && given.model.design.random.length > 0 ? given.unrestricted() : given;
  const clusters = intervals.includes("bca") ? clustersToLeaveOut(fit, plan) : 0;
  const items = [
    ...Array.from({ length: draws }, (_, b) => b + 1),
    ...Array.from({ length: clusters }, (_, c) => -c - 1),
  ];
  const quantities =
    typeof statistic === "string"
      ? parameterQuantities(fit, statistic)
      : estimatorQuantities(fit, statisticOf(fit, statistic, "identity", undefined, "bootstrap()"));
  const known: Outcomes = resume === undefined ? new Map() : resumed(fit, plan, resume);
  const onDone =
    onProgress &&
    ((outcomes: Outcomes) =>
      onProgress({ done: outcomes.size, total: items.length, record: () => recordOf(fit, plan, outcomes) }));
  const finish = (outcomes: Outcomes) =>
    bootstrapOfRefits(
      fit,
      plan,
      outcomes,
      quantities,
      intervals,
      confLevel,
      fit === given ? [] : [messages.reweightedByMaximumLikelihood()],
    );
  const done = runRefits(fit, plan, items, known, { signal, executor, onDone });
  return done instanceof Map ? finish(done) : done.then(finish);
}

function clustersToLeaveOut(fit: RefittableFit, plan: BootstrapPlan): number {
  try {
    return clusterCountOf(fit, plan);
  } catch (error) {
    if (!(error instanceof DeclarationError) || plan.cluster) throw error;
    throw new DeclarationError([messages.accelerationNeedsClusters()]);
  }
}
