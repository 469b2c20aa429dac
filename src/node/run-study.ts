/** Runs a study on worker threads and into a directory: what `study.run({ dir, workers })` loads in Node. */
import { DeclarationError } from "../messages/issue.ts";
import { keptRule, noModule } from "../messages/study-runs.ts";
import { chunkSize } from "../studies/chunks.ts";
import type { ReplicateRow } from "../studies/replicate-row.ts";
import type { Study, StudyResults, StudyRunOptions } from "../studies/study.ts";
import { studyResults } from "../studies/study-results.ts";
import { scenarioResults } from "./study/directory-results.ts";
import { type Lane, ownLane, workerLane } from "./study/lanes.ts";
import { moduleUrl } from "./study/load-study.ts";
import { openDirectory } from "./study/study-directory.ts";
import { directoryStore, memoryStore, type StudyStore } from "./study/study-store.ts";
import { type WorkPlan, work } from "./study/work.ts";

/** The results, all of them: a directory is worked at until nothing is left, whoever does it. */
export async function runStudy(study: Study, options: StudyRunOptions): Promise<StudyResults> {
  const { dir } = options;
  if (dir === undefined) {
    const plan = { ...planOf(study, options), sizes: await sizesOf(study, options) };
    const store = memoryStore();
    const limits = await workWith(study, store, plan, options);
    const rows: ReplicateRow[] = [];
    for (const [s, limit] of limits.entries())
      for (const chunk of [...store.done(s)].sort((a, b) => a.from - b.from))
        for (const row of await store.rows(chunk)) if (row.replicate <= limit) rows.push(row);
    const stopped = study.scenarios.flatMap(({ name }, s) =>
      limits[s]! < plan.replications ? [[name, limits[s]!] as const] : [],
    );
    return studyResults(study, rows, Object.fromEntries(stopped), store.notes);
  }
  const notes = await workInDirectory(study, { ...options, dir }, true);
  const rows: ReplicateRow[] = [];
  const stopped: Record<string, number> = {};
  for await (const found of scenarioResults(dir)) {
    for (const row of found.rows) rows.push(row);
    if (found.stopped !== null) stopped[found.name] = found.stopped;
  }
  return studyResults(study, rows, stopped, notes);
}

/**
 * Works in a directory until nothing is left to do.
 *
 * @param wait whether to wait for what other processes are at
 * @returns what happened on the way
 */
export async function workInDirectory(
  study: Study,
  options: StudyRunOptions & { readonly dir: string },
  wait: boolean,
): Promise<readonly string[]> {
  const plan = planOf(study, options);
  const { sizes, stopWhen } = await openDirectory(
    options.dir,
    study.identity(),
    { replications: plan.replications, stopWhen: options.stopWhen },
    () => sizesOf(study, options),
  );
  const store = await directoryStore(options.dir, study.identity());
  const { chunkSize: size } = options;
  const bySize = size === undefined ? sizes : sizes.map(() => size);
  await workWith(study, store, { ...plan, sizes: bySize, stopWhen, wait }, options);
  const kept = stopWhen !== null && options.stopWhen === undefined;
  return kept ? [...store.notes, keptRule(stopWhen)] : store.notes;
}

const planOf = (
  study: Study,
  { replications = study.replications, stopWhen, shard }: StudyRunOptions,
): Omit<WorkPlan, "sizes"> => ({ replications, stopWhen: stopWhen ?? null, shard, wait: true });

const workersOf = ({ workers, timeout }: StudyRunOptions) => workers ?? (timeout === undefined ? 0 : 1);

async function workWith(
  study: Study,
  store: StudyStore,
  plan: WorkPlan,
  { signal: given, onProgress, module, timeout, ...options }: StudyRunOptions,
): Promise<readonly number[]> {
  // a fault of one lane stops the others
  const failure = new AbortController();
  const signal = given ? AbortSignal.any([given, failure.signal]) : failure.signal;
  const workers = workersOf(options.workers === undefined && timeout !== undefined ? { timeout } : options);
  const common = { study, folder: store.folder, signal, onReplicate: () => undefined };
  const makeWorker = (): Lane =>
    workerLane({
      ...common,
      url: urlOf(module),
      identity: study.identity(),
      methods: Object.keys(study.identity().methods),
      timeout,
    });
  const lanes = workers === 0 ? [ownLane(common)] : Array.from({ length: workers }, makeWorker);
  try {
    return await work(store, plan, lanes, { signal, onProgress });
  } catch (error) {
    failure.abort(error);
    throw given?.aborted ? given.reason : error;
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
    store.close();
  }
}

function urlOf(module: StudyRunOptions["module"]): string {
  const found = module ?? process.argv[1];
  if (found === undefined) throw new DeclarationError([noModule()]);
  return moduleUrl(found);
}

/** Seconds of trials, of one scenario and of all. */
const TRIAL = 0.5;
const TRIALS = 10;
const MOST_TRIALS = 20;
/** Replicates a chunk where methods may have to be stopped. */
const WITH_TIMEOUT = 50;

/** Replicates a chunk by scenario, from the time that the first ones take. */
async function sizesOf(study: Study, options: StudyRunOptions): Promise<readonly number[]> {
  const { chunkSize: given, replications = study.replications, shard, signal } = options;
  const count = study.scenarios.length;
  // a method that has to be stopped is none to try here
  const size = given ?? (options.timeout === undefined ? undefined : WITH_TIMEOUT);
  if (size !== undefined) return study.scenarios.map(() => Math.min(size, replications));
  const workers = Math.max(1, workersOf(options)) * (shard?.count ?? 1);
  const began = performance.now();
  const sizes: number[] = [];
  for (let s = 0; s < count; s++) {
    signal?.throwIfAborted();
    if (performance.now() - began > 1000 * TRIALS) {
      // like those that were tried
      sizes.push(sizes[Math.floor(sizes.length / 2)]!);
      continue;
    }
    sizes.push(chunkSize(await secondsOfOne(study, s, replications), count, replications, workers));
  }
  return sizes;
}

async function secondsOfOne(study: Study, scenario: number, replications: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  const began = performance.now();
  for (let replicate = 1; replicate <= Math.min(replications, MOST_TRIALS); replicate++) {
    const before = performance.now();
    await study.chunk({ scenario, from: replicate, to: replicate });
    const now = performance.now();
    // the first compile the model, and code that is still cold
    least = Math.min(least, now - before);
    if (now - began > 1000 * TRIAL) break;
  }
  return least / 1000;
}
