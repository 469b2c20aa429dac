/** The worker thread of a study: loads the module that declares it, and does one chunk after another. */
import { parentPort, workerData } from "node:worker_threads";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { otherStudyOnWorker } from "../messages/study-runs.ts";
import type { Chunk } from "../studies/chunks.ts";
import type { LostResult } from "../studies/replicate.ts";
import type { ReplicateRow } from "../studies/replicate-row.ts";
import type { Study } from "../studies/study.ts";
import { differencesOf, type StudyIdentity } from "../studies/study-identity.ts";
import { tallyOf } from "../studies/tally.ts";
import { type ChunkSummary, writeChunk } from "./study/chunk-file.ts";
import { studiesOf } from "./study/load-study.ts";

export interface StudyWorkerData {
  readonly url: string;
  readonly identity: StudyIdentity;
  /** Where files of chunks go; null: rows are posted. */
  readonly folder: string | null;
  /** What the worker is at: replicate, place of the method. */
  readonly at: Int32Array;
}

export interface StudyJob {
  readonly chunk: Chunk;
  readonly lost: readonly LostResult[];
}

export type StudyMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "faults"; readonly issues: readonly Issue[] }
  | { readonly kind: "broken"; readonly message: string }
  | { readonly kind: "done"; readonly summary: ChunkSummary; readonly rows: readonly ReplicateRow[] | null };

const { url, identity, folder, at } = workerData as StudyWorkerData;
const post = (message: StudyMessage) => parentPort!.postMessage(message);

function tell(error: unknown): void {
  if (error instanceof DeclarationError) post({ kind: "faults", issues: error.issues });
  else {
    const faults = (error as { readonly issues?: readonly Issue[] } | null)?.issues;
    if (Array.isArray(faults)) post({ kind: "faults", issues: faults });
    else post({ kind: "broken", message: error instanceof Error ? error.message : String(error) });
  }
}

async function load(): Promise<Study> {
  const isIt = (one: Study) => differencesOf(identity, one.identity()).length === 0;
  const studies = await studiesOf(url, isIt);
  const found = studies.find(isIt);
  if (found) return found;
  const like = studies.find(({ name }) => name === identity.name) ?? studies[0];
  const shown = decodeURIComponent(new URL(url).pathname);
  throw new DeclarationError([otherStudyOnWorker(shown, like ? differencesOf(identity, like.identity()) : [])]);
}

async function perform(study: Study, { chunk, lost }: StudyJob): Promise<void> {
  const found = await study.chunk(chunk, {
    lost,
    onMethod(replicate, method) {
      Atomics.store(at, 1, method);
      Atomics.store(at, 0, replicate);
      Atomics.add(at, 2, 1);
    },
  });
  // nothing that is written is a method's
  Atomics.store(at, 0, 0);
  Atomics.add(at, 2, 1);
  if (folder === null) {
    const summary = { tally: tallyOf(found.rows).data(), seconds: found.seconds, lost: 0 };
    post({ kind: "done", summary, rows: found.rows });
  } else {
    const summary = await writeChunk(folder, identity, chunk, found, new Set(lost.map(({ message }) => message)));
    post({ kind: "done", summary, rows: null });
  }
}

try {
  const study = await load();
  parentPort!.on("message", (job: StudyJob) => void perform(study, job).catch(tell));
  post({ kind: "ready" });
} catch (error) {
  tell(error);
}
