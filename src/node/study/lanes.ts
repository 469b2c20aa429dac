/** Where chunks are done: in this thread, or in a worker thread that is started anew when it ends by itself. */
import { Worker } from "node:worker_threads";
import { DeclarationError } from "../../messages/issue.ts";
import { lostWorker, timedOut, workerBroke } from "../../messages/study-runs.ts";
import { nextTurn, SLICE } from "../../optimise/pausable.ts";
import type { StopSignal } from "../../options/abort-signal.ts";
import type { Chunk } from "../../studies/chunks.ts";
import type { LostResult } from "../../studies/replicate.ts";
import type { ReplicateRow } from "../../studies/replicate-row.ts";
import type { Study } from "../../studies/study.ts";
import type { StudyIdentity } from "../../studies/study-identity.ts";
import { tallyOf } from "../../studies/tally.ts";
import type { StudyMessage, StudyWorkerData } from "../study-worker.ts";
import { workerFile } from "../worker-file.ts";
import { type ChunkSummary, writeChunk } from "./chunk-file.ts";

export interface ChunkDone {
  readonly summary: ChunkSummary;
  /** Null where they are in a file. */
  readonly rows: readonly ReplicateRow[] | null;
}

export interface Lane {
  /** @throws DeclarationError (as a rejection) for files that cannot be written and data that cannot be made; the signal's reason */
  run(chunk: Chunk): Promise<ChunkDone>;
  /** Replicates of its present chunk that are done. */
  ahead(): number;
  close(): Promise<void>;
}

export interface LaneOptions {
  readonly study: Study;
  /** Where files go; null: nowhere. */
  readonly folder: string | null;
  readonly signal: StopSignal;
  /** Told of each replicate that begins, in this thread alone. */
  readonly onReplicate: () => void;
}

/** Chunks in this thread. */
export function ownLane({ study, folder, signal, onReplicate }: LaneOptions): Lane {
  let until = performance.now() + SLICE;
  let ahead = 0;
  return {
    ahead: () => ahead,
    async run(chunk) {
      const found = await study.chunk(chunk, {
        before(replicate) {
          ahead = replicate - chunk.from;
          if (performance.now() < until) return undefined;
          onReplicate();
          return nextTurn().then(() => {
            signal.throwIfAborted();
            until = performance.now() + SLICE;
          });
        },
      });
      ahead = 0;
      if (folder !== null) return { summary: await writeChunk(folder, study.identity(), chunk, found), rows: null };
      const summary = { tally: tallyOf(found.rows).data(), seconds: found.seconds, lost: 0 };
      return { summary, rows: found.rows };
    },
    close: async () => undefined,
  };
}

/** A worker ended by itself. */
class WorkerEnded extends Error {}

interface WorkerLaneOptions extends LaneOptions {
  readonly url: string;
  readonly identity: StudyIdentity;
  /** Names of the methods in their order. */
  readonly methods: readonly string[];
  /** Seconds that a method may take. */
  readonly timeout: number | undefined;
}

/** Chunks in a worker thread. A result at which the worker ends twice, or takes too long, is a failure of its own; the others are made. */
export function workerLane(options: WorkerLaneOptions): Lane {
  const { signal, methods, timeout } = options;
  let current: RunningWorker | undefined;
  let from = 0;
  return {
    ahead: () => Math.max(0, (current ? Atomics.load(current.at, 0) : 0) - from),
    async run(chunk) {
      from = chunk.from;
      const lost: LostResult[] = [];
      const ended = new Map<string, number>();
      for (;;) {
        signal.throwIfAborted();
        current ??= startWorker(options);
        const worker = current;
        try {
          return await worker.run({ chunk, lost }, timeout);
        } catch (error) {
          current = undefined;
          await worker.stop();
          if (!(error instanceof WorkerEnded)) throw error;
          const [replicate, place] = worker.at;
          const method = methods[place!];
          // it ended before or after the methods: nothing that a failure of one would mend
          if (!replicate || method === undefined) throw new Error(workerBroke(error.message));
          const times = (ended.get(`${replicate} ${method}`) ?? 0) + 1;
          ended.set(`${replicate} ${method}`, times);
          if (error.message === TIMEOUT)
            lost.push({ replicate, method, status: "timeout", message: timedOut(timeout!) });
          else if (times > 1) lost.push({ replicate, method, status: "error", message: lostWorker(error.message) });
        }
      }
    },
    async close() {
      await current?.stop();
    },
  };
}

const TIMEOUT = "timeout";
/** Milliseconds between looks at what a worker is at. */
const LOOK = 100;

interface RunningWorker {
  /** Replicate and place of the method that it is at. */
  readonly at: Int32Array;
  run(
    job: { readonly chunk: Chunk; readonly lost: readonly LostResult[] },
    timeout: number | undefined,
  ): Promise<ChunkDone>;
  stop(): Promise<void>;
}

function startWorker({ url, identity, folder, signal }: WorkerLaneOptions): RunningWorker {
  const at = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  const workerData: StudyWorkerData = { url, identity, folder, at };
  const worker = new Worker(workerFile("study-worker"), { workerData });
  let settle: { resolve(done: ChunkDone | null): void; reject(error: unknown): void } | undefined;
  const answer = () =>
    new Promise<ChunkDone | null>((resolve, reject) => {
      settle = { resolve, reject };
    });
  const ready = answer();
  ready.catch(() => undefined);
  worker.on("message", (told: StudyMessage) => {
    if (told.kind === "ready") settle?.resolve(null);
    else if (told.kind === "done") settle?.resolve({ summary: told.summary, rows: told.rows });
    else if (told.kind === "faults") settle?.reject(new DeclarationError(told.issues));
    else settle?.reject(new Error(told.message));
  });
  let failure: WorkerEnded | undefined;
  const end = (reason: string) => {
    failure ??= new WorkerEnded(reason);
    settle?.reject(failure);
  };
  worker.on("error", (error: NodeJS.ErrnoException) => end(error?.message ?? String(error)));
  worker.on("exit", (code) => end(`exit code ${code}`));
  const stop = () => settle?.reject(signal.reason);
  signal.addEventListener("abort", stop);
  return {
    at,
    async run(job, timeout) {
      await ready;
      if (failure) throw failure;
      const done = answer();
      at.fill(0);
      worker.postMessage(job);
      const look =
        timeout === undefined ? undefined : watchTime(at, timeout, () => settle?.reject(new WorkerEnded(TIMEOUT)));
      try {
        return (await done)!;
      } finally {
        clearInterval(look);
      }
    },
    async stop() {
      signal.removeEventListener("abort", stop);
      await worker.terminate();
    },
  };
}

/** Calls `late` when the worker has been at one method for too many seconds. */
function watchTime(at: Int32Array, timeout: number, late: () => void) {
  let step = -1;
  let since = performance.now();
  return setInterval(() => {
    const now = Atomics.load(at, 2);
    if (now !== step) {
      step = now;
      since = performance.now();
    } else if (Atomics.load(at, 0) > 0 && performance.now() - since > 1000 * timeout) late();
  }, LOOK);
}
