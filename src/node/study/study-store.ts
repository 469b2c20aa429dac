/** Where the chunks of a run are kept: in memory, or in a directory that other processes work in too. */
import { join } from "node:path";
import { damagedChunk } from "../../messages/study-runs.ts";
import type { Chunk } from "../../studies/chunks.ts";
import type { ReplicateRow } from "../../studies/replicate-row.ts";
import type { StudyIdentity } from "../../studies/study-identity.ts";
import { Tally } from "../../studies/tally.ts";
import { chunkFileName, chunkOfFile, readChunk, readSummary } from "./chunk-file.ts";
import { claimsIn } from "./claims.ts";
import type { ChunkDone } from "./lanes.ts";
import { chunkFiles, chunkFolder, chunkIsThere, doneChunks, setAside } from "./study-directory.ts";

export interface StudyStore {
  /** Null: rows are kept in memory. */
  readonly folder: string | null;
  /** Of all that is done, by whomever. */
  readonly tally: Tally;
  readonly notes: string[];
  /** The chunks of a scenario that are done. */
  done(scenario: number): readonly Chunk[];
  rows(chunk: Chunk): Promise<readonly ReplicateRow[]>;
  /** Looks what others have done. */
  refresh(): Promise<void>;
  /** Whether the chunk is this run's to do. */
  take(chunk: Chunk): boolean;
  finish(chunk: Chunk, done: ChunkDone): void;
  close(): void;
}

class Ranges {
  readonly #byScenario = new Map<number, Chunk[]>();

  add(chunk: Chunk): void {
    const found = this.#byScenario.get(chunk.scenario);
    if (found) found.push(chunk);
    else this.#byScenario.set(chunk.scenario, [chunk]);
  }

  of(scenario: number): readonly Chunk[] {
    return this.#byScenario.get(scenario) ?? [];
  }
}

export function memoryStore(): StudyStore {
  const ranges = new Ranges();
  const kept = new Map<string, readonly ReplicateRow[]>();
  const tally = new Tally();
  return {
    folder: null,
    tally,
    notes: [],
    done: (scenario) => ranges.of(scenario),
    rows: async (chunk) => kept.get(chunkFileName(chunk)) ?? [],
    refresh: async () => undefined,
    take: () => true,
    finish(chunk, { summary, rows }) {
      kept.set(chunkFileName(chunk), rows ?? []);
      ranges.add(chunk);
      tally.merge(summary.tally);
    },
    close: () => undefined,
  };
}

/** Milliseconds between looks at what other processes have done. */
const LOOK = 1000;

/** @throws DeclarationError (as a rejection) for a directory that cannot be read or written */
export async function directoryStore(dir: string, study: StudyIdentity): Promise<StudyStore> {
  const folder = chunkFolder(dir);
  const ranges = new Ranges();
  const tally = new Tally();
  const known = new Set<string>();
  const notes: string[] = [];
  const { done, damaged } = await doneChunks(dir, study);
  for (const file of damaged) {
    setAside(file, "damaged");
    notes.push(damagedChunk(file));
  }
  const learn = (chunk: Chunk, summary: ChunkDone["summary"]) => {
    const name = chunkFileName(chunk);
    if (known.has(name)) return;
    known.add(name);
    ranges.add(chunk);
    tally.merge(summary.tally);
  };
  for (const { summary, ...chunk } of done) learn(chunk, summary);
  const claims = claimsIn(dir);
  let looked = performance.now();
  return {
    folder,
    tally,
    notes,
    done: (scenario) => ranges.of(scenario),
    rows: (chunk) => readChunk(join(folder, chunkFileName(chunk))),
    async refresh() {
      if (performance.now() - looked < LOOK) return;
      for (const name of chunkFiles(dir)) {
        if (known.has(name)) continue;
        const summary = await readSummary(join(folder, name), study);
        if (summary) learn(chunkOfFile(name)!, summary);
      }
      looked = performance.now();
    },
    take(chunk) {
      if (known.has(chunkFileName(chunk)) || !claims.take(chunk)) return false;
      // another process may have finished it between the two
      if (!chunkIsThere(dir, chunkFileName(chunk))) return true;
      claims.release(chunk);
      return false;
    },
    finish(chunk, { summary }) {
      learn(chunk, summary);
      claims.release(chunk);
    },
    close: () => claims.close(),
  };
}
