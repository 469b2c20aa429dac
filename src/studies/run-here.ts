/** A study in this thread, which gives way to the event loop where someone watches. */
import { nextTurn, SLICE } from "../optimise/pausable.ts";
import { progressOf } from "./rate.ts";
import type { ReplicateRow } from "./replicate-row.ts";
import { Stopping } from "./stopping-rule.ts";
import type { Study, StudyResults, StudyRunOptions } from "./study.ts";
import { studyResults } from "./study-results.ts";
import { Tally } from "./tally.ts";

export async function runHere(study: Study, options: StudyRunOptions): Promise<StudyResults> {
  const { signal, onProgress, stopWhen, replications = study.replications } = options;
  const rows: ReplicateRow[] = [];
  const tally = new Tally();
  const stopped: Record<string, number> = {};
  const began = performance.now();
  let total = study.scenarios.length * replications;
  let done = 0;
  let until = began + SLICE;
  for (const [scenario, { name }] of study.scenarios.entries()) {
    const stopping = stopWhen && new Stopping(stopWhen);
    for (let replicate = 1; replicate <= replications; replicate++) {
      const found = await study.chunk({ scenario, from: replicate, to: replicate });
      for (const row of found.rows) {
        rows.push(row);
        tally.add(row);
      }
      done++;
      stopping?.add(found.rows);
      if (performance.now() >= until) {
        onProgress?.(progressOf(done, total, tally, began));
        await nextTurn();
        signal?.throwIfAborted();
        until = performance.now() + SLICE;
      }
      if ((stopping?.at ?? null) !== null && replicate < replications) {
        stopped[name] = replicate;
        total -= replications - replicate;
        break;
      }
    }
  }
  onProgress?.(progressOf(done, total, tally, began));
  return studyResults(study, rows, stopped);
}
