/** Does a task, wherever it was sent. */
import { bootstrapRefits } from "../effects/bootstrap/refits.ts";
import type { ItemOutcome, RefitsTask } from "../effects/bootstrap/run-refits.ts";
import type { RefittableFit } from "../effects/bootstrap-statistic.ts";
import { loadFit, type SavedFit } from "../exchange/saved-fit.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { atOnce } from "../optimise/pausable.ts";
import { type FitTask, performFit } from "./fit-elsewhere.ts";

export type AnyTask = FitTask | RefitsTask;

/** @param report called with how much is done, counted in what the task consists of, and what else a fit or a refit reports of itself */
export function performTask(task: AnyTask, report: (done: number, news?: unknown) => void): unknown {
  if (task.kind === "fit") return performFit(task, (progress) => report(progress.evaluations, progress));
  const from = task.from ? (loadFit(task.from as SavedFit) as MaximumLikelihood) : null;
  const refits = bootstrapRefits(loadFit(task.fit as SavedFit) as RefittableFit, task.plan, from);
  // each outcome is told as it is found, so that a run that is stopped has those that are done
  return task.items.map((item, k) => {
    const found: ItemOutcome = [item, atOnce(refits.outcome(item))];
    report(k + 1, found);
    return found;
  });
}
