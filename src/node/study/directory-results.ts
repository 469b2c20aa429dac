/** What a directory of a study holds, read scenario by scenario: results of any size are never in memory at once unless they are asked for so. */
import { countDone, doneUpTo } from "../../studies/chunks.ts";
import type { ReplicateRow } from "../../studies/replicate-row.ts";
import type { Settings } from "../../studies/scenario.ts";
import { Stopping } from "../../studies/stopping-rule.ts";
import { readChunk } from "./chunk-file.ts";
import { type DoneChunk, doneChunks, type Manifest, manifestOf } from "./study-directory.ts";

export interface ScenarioResults {
  readonly name: string;
  readonly settings: Settings;
  /** In order, none twice. */
  readonly rows: readonly ReplicateRow[];
  /** Replicates that were enough by the rule; null where there is no rule, or more were wanted. */
  readonly stopped: number | null;
  /** Replicates that are there, and that there are to be. */
  readonly done: number;
  readonly total: number;
}

/** @throws DeclarationError (as a rejection) for a directory that is none of a study, and files that are damaged */
export async function* scenarioResults(dir: string): AsyncGenerator<ScenarioResults, void, void> {
  const manifest = manifestOf(dir);
  const { done } = await doneChunks(dir, manifest.study);
  for (const [s, { name, settings }] of manifest.study.scenarios.entries())
    yield {
      name,
      settings,
      ...(await resultsOf(
        manifest,
        done.filter(({ scenario }) => scenario === s),
      )),
    };
}

/** Replicates that are enough by the rule; null where they are not, or there is none. */
export async function stopOf(
  { stopWhen, replications }: Manifest,
  chunks: readonly DoneChunk[],
): Promise<number | null> {
  if (!stopWhen) return null;
  const stop = new Stopping(stopWhen);
  const up = doneUpTo(chunks);
  for (const chunk of [...chunks].sort((a, b) => a.from - b.from)) {
    if (stop.at !== null || chunk.from > up) break;
    const rows = await readChunk(chunk.file);
    stop.add(rows.filter(({ replicate }) => replicate > stop.seen && replicate <= replications));
  }
  return stop.at;
}

async function resultsOf(manifest: Manifest, chunks: readonly DoneChunk[]) {
  const { replications, stopWhen } = manifest;
  const stop = stopWhen && new Stopping(stopWhen);
  const order = [...chunks].sort((a, b) => a.from - b.from);
  const up = doneUpTo(order);
  const rows: ReplicateRow[] = [];
  let last = 0;
  for (const chunk of order) {
    if (chunk.to <= last || chunk.from > (stop?.at ?? replications)) continue;
    const found = (await readChunk(chunk.file)).filter(
      ({ replicate }) => replicate > last && replicate <= replications,
    );
    if (stop && stop.at === null && chunk.from <= up) stop.add(found);
    for (const row of found) rows.push(row);
    last = chunk.to;
  }
  const limit = stop?.at ?? replications;
  return {
    rows: limit < replications ? rows.filter(({ replicate }) => replicate <= limit) : rows,
    stopped: stop?.at != null && stop.at < replications ? stop.at : null,
    done: countDone(order, limit),
    total: limit,
  };
}
