/** Does the refits of a bootstrap: at once, in slices that give way to the event loop, or a share of them a worker. */
import { rootOf } from "../../families/family.ts";
import { isBuiltInRecord } from "../../families/registry.ts";
import { type SavedEstimatingEquations, saveEstimatingEquations } from "../../frequentist/gee/save-gee.ts";
import type { MaximumLikelihood } from "../../frequentist/maximum-likelihood.ts";
import { type SavedMaximumLikelihood, saveMaximumLikelihood } from "../../frequentist/save-fit.ts";
import { digested } from "../../model/saved-model.ts";
import { atOnce, inSlices, type Pausable, pauseDue } from "../../optimise/pausable.ts";
import type { StopSignal } from "../../options/abort-signal.ts";
import type { Executor, Task } from "../../samplers/executor.ts";
import type { RefittableFit } from "../bootstrap-statistic.ts";
import type { BootstrapPlan } from "./plan.ts";
import type { Outcomes } from "./record.ts";
import { bootstrapRefits, type RefitOutcome } from "./refits.ts";

type SavedRefittable = SavedMaximumLikelihood | SavedEstimatingEquations;

/** A share of the refits, as plain data. */
export interface RefitsTask extends Task {
  readonly kind: "refits";
  /** As it is saved, its numbers in typed arrays. */
  readonly fit: SavedRefittable;
  /** What simulates the responses, if not the fit. */
  readonly from?: SavedMaximumLikelihood;
  readonly plan: BootstrapPlan;
  readonly items: readonly number[];
}

/** The number of a replicate, or of a cluster left out, and what came of it. */
export type ItemOutcome = [item: number, outcome: RefitOutcome];

export interface RunOptions {
  readonly signal?: StopSignal | undefined;
  readonly executor?: Executor | undefined;
  /** Called after every refit, at most every 100 ms in this thread. */
  readonly onDone?: ((outcomes: Outcomes) => void) | undefined;
}

/** Milliseconds between reports. */
const BETWEEN_REPORTS = 100;

/** Whether another thread can make the model again: one of a user's own family it cannot. */
const crossesThreads = ({ model }: RefittableFit): boolean => isBuiltInRecord(rootOf(model.family));

const saved = (fit: RefittableFit): SavedRefittable =>
  digested(fit.kind === "gee" ? saveEstimatingEquations(fit) : saveMaximumLikelihood(fit));

const isLong = ({ signal, executor, onDone }: RunOptions) =>
  signal !== undefined || executor !== undefined || onDone !== undefined;

/**
 * The outcomes of `items` added to those that there are, in the order of the items' numbers.
 *
 * @param from what simulates the responses of a parametric bootstrap, if not the fit itself
 * @returns the outcomes; with a signal, an executor or a report a promise of them, which rejects with the signal's own reason
 */
export function runRefits(
  fit: RefittableFit,
  plan: BootstrapPlan,
  items: readonly number[],
  known: Outcomes,
  options: RunOptions,
  from: MaximumLikelihood | null = null,
): Outcomes | Promise<Outcomes> {
  const outcomes: Outcomes = new Map(known);
  const missing = items.filter((item) => !outcomes.has(item));
  const inOrder = () => new Map(items.map((item) => [item, outcomes.get(item)!]));
  const { executor, signal, onDone } = options;
  if (!isLong(options)) {
    const refits = missing.length > 0 ? bootstrapRefits(fit, plan, from) : null;
    for (const item of missing) outcomes.set(item, atOnce(refits!.outcome(item)));
    return inOrder();
  }
  const long = async () => {
    signal?.throwIfAborted();
    // faults of the plan come before any work
    const refits = missing.length > 0 ? bootstrapRefits(fit, plan, from) : null;
    let reported = performance.now();
    const report = (last: boolean) => {
      if (!last && performance.now() - reported < BETWEEN_REPORTS) return;
      onDone?.(outcomes);
      reported = performance.now();
    };
    if (executor?.runTasks && crossesThreads(fit) && missing.length > 0) {
      const tasks = shares(missing, executor.threads ?? 1).map(
        (own): RefitsTask => ({
          kind: "refits",
          fit: saved(fit),
          ...(from && { from: saved(from) as SavedMaximumLikelihood }),
          plan,
          items: own,
        }),
      );
      const results = await executor.runTasks(tasks, {
        signal,
        onTask(_, __, news) {
          if (news) outcomes.set(...(news as ItemOutcome));
          report(false);
        },
      });
      // an executor need not pass on what is told on the way
      for (const found of (results as ItemOutcome[][]).flat()) outcomes.set(...found);
    } else {
      const work = function* (): Pausable<void> {
        for (const item of missing) {
          outcomes.set(item, yield* refits!.outcome(item));
          if (pauseDue()) yield;
        }
      };
      await inSlices(work(), signal, undefined, () => report(false));
    }
    report(true);
    return inOrder();
  };
  return long();
}

/** Items dealt out one by one: those that are slow are no neighbours then. */
function shares(items: readonly number[], threads: number): number[][] {
  const count = Math.min(Math.max(1, threads), items.length);
  return Array.from({ length: count }, (_, t) => items.filter((_, k) => k % count === t));
}
