/** The worker thread of one task: does it, posts how far it is and what came of it. */
import { parentPort, workerData } from "node:worker_threads";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { type AnyTask, performTask } from "../tasks/perform-task.ts";

/** What the worker posts. Faults travel as data: an error loses its class between threads. */
export type TaskMessage =
  | { readonly kind: "progress"; readonly done: number; readonly news?: unknown }
  | { readonly kind: "faults"; readonly issues: readonly Issue[] }
  | { readonly kind: "result"; readonly result: unknown };

const post = (message: TaskMessage) => parentPort!.postMessage(message);

try {
  const result = performTask(workerData as AnyTask, (done, news) => post({ kind: "progress", done, news }));
  post({ kind: "result", result });
} catch (error) {
  if (!(error instanceof DeclarationError)) throw error;
  post({ kind: "faults", issues: error.issues });
}
