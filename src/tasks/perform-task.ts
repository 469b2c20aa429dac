/** Does a task, wherever it was sent. */
import { bootstrapRefits, type ResamplesTask } from "../effects/bootstrap-refits.ts";
import type { RefittableFit } from "../effects/bootstrap-statistic.ts";
import { loadFit, type SavedFit } from "../exchange/saved-fit.ts";
import { atOnce } from "../optimise/pausable.ts";
import { type FitTask, performFit } from "./fit-elsewhere.ts";

export type AnyTask = FitTask | ResamplesTask;

/** @param report called with how much is done, counted in what the task consists of, and what else a fit reports of itself */
export function performTask(task: AnyTask, report: (done: number, news?: unknown) => void): unknown {
  if (task.kind === "fit") return performFit(task, (progress) => report(progress.evaluations, progress));
  const refits = bootstrapRefits(loadFit(task.fit as SavedFit) as RefittableFit, task);
  return Array.from({ length: task.last - task.first + 1 }, (_, k) => {
    const outcome = atOnce(refits.outcome(task.first + k));
    report(k + 1);
    return outcome;
  });
}
