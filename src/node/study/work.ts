/** Does the chunks of a study on several lanes at a time, until nothing is left to do. */
import type { StopSignal } from "../../options/abort-signal.ts";
import { type Chunk, chunksLeft, countDone, doneUpTo, inOrder, type Shard } from "../../studies/chunks.ts";
import { progressOf } from "../../studies/rate.ts";
import { Stopping, type StoppingRule } from "../../studies/stopping-rule.ts";
import type { StudyProgress } from "../../studies/study.ts";
import type { Lane } from "./lanes.ts";
import type { StudyStore } from "./study-store.ts";

export interface WorkPlan {
  readonly replications: number;
  /** Replicates a chunk, by scenario. */
  readonly sizes: readonly number[];
  readonly stopWhen: StoppingRule | null;
  readonly shard: Shard | undefined;
  /** Whether to wait for what other processes are at, and to do it if they end. */
  readonly wait: boolean;
}

interface WorkOptions {
  readonly signal: StopSignal;
  readonly onProgress: ((progress: StudyProgress) => void) | undefined;
}

/** Milliseconds between looks at chunks that others hold, and between two reports. */
const PAUSE = 300;
const REPORT = 200;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * @param lanes makes a lane; all are closed at the end
 * @returns by scenario, how many replicates count
 */
export async function work(
  store: StudyStore,
  plan: WorkPlan,
  lanes: readonly Lane[],
  { signal, onProgress }: WorkOptions,
): Promise<readonly number[]> {
  const { replications, sizes, stopWhen } = plan;
  const stops = sizes.map(() => stopWhen && new Stopping(stopWhen));
  const limits = () => stops.map((stop) => stop?.at ?? replications);
  const countAll = () => limits().reduce((sum, limit, s) => sum + countDone(store.done(s), limit), 0);
  const began = performance.now();
  await decide(store, stops);
  const earlier = countAll();
  let left = inOrder(
    sizes.flatMap((size, s) => chunksLeft(s, replications, size, store.done(s))),
    plan.shard,
  );
  const next = (): Chunk | null => {
    const limit = limits();
    const done = new Set(sizes.flatMap((_, s) => store.done(s).map(keyOf)));
    left = left.filter((chunk) => chunk.from <= limit[chunk.scenario]! && !done.has(keyOf(chunk)));
    const found = left.find((chunk) => store.take(chunk)) ?? null;
    if (found) left = left.filter((chunk) => chunk !== found);
    return found;
  };
  let reported = 0;
  const report = (last = false) => {
    if (!onProgress || (!last && performance.now() - reported < REPORT)) return;
    reported = performance.now();
    const total = limits().reduce((sum, limit) => sum + limit, 0);
    const ahead = last ? 0 : lanes.reduce((sum, lane) => sum + lane.ahead(), 0);
    onProgress(progressOf(Math.min(total, countAll() + ahead), total, store.tally, began, earlier));
  };
  let deciding = Promise.resolve();
  const drive = async (lane: Lane) => {
    for (;;) {
      signal.throwIfAborted();
      const chunk = next();
      if (!chunk) {
        if (left.length === 0 || !plan.wait) return;
        await sleep(PAUSE);
        await store.refresh();
        continue;
      }
      store.finish(chunk, await lane.run(chunk));
      await store.refresh();
      // one after the other: each has to see the replicates in their order
      deciding = deciding.then(() => decide(store, stops));
      await deciding;
      report();
    }
  };
  let failure: { readonly error: unknown } | undefined;
  const timer = setInterval(() => {
    try {
      report();
    } catch (error) {
      failure ??= { error };
    }
  }, REPORT);
  try {
    await Promise.all(
      lanes.map((lane) =>
        drive(lane).then(() => {
          if (failure) throw failure.error;
        }),
      ),
    );
    await store.refresh();
    await decide(store, stops);
    report(true);
    return limits();
  } finally {
    clearInterval(timer);
  }
}

const keyOf = ({ scenario, from, to }: Chunk) => `${scenario} ${from} ${to}`;

/** Shows the rule of each scenario what is there without a gap. */
async function decide(store: StudyStore, stops: readonly (Stopping | null)[]): Promise<void> {
  for (const [s, stop] of stops.entries()) await decideOne(store, s, stop);
}

async function decideOne(store: StudyStore, scenario: number, stop: Stopping | null): Promise<void> {
  const done = [...store.done(scenario)].sort((a, b) => a.from - b.from);
  const up = doneUpTo(done);
  for (const chunk of done) {
    if (!stop || stop.at !== null || stop.seen >= up) return;
    if (chunk.from > up || chunk.to <= stop.seen) continue;
    const rows = await store.rows(chunk);
    stop.add(rows.filter(({ replicate }) => replicate > stop.seen));
  }
}
