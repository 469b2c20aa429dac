/** How far the study in a directory is, from what its files say of themselves. */
import { countDone } from "../../studies/chunks.ts";
import { Tally, tallyOf } from "../../studies/tally.ts";
import { readChunk } from "./chunk-file.ts";
import { openClaims } from "./claims.ts";
import { stopOf } from "./directory-results.ts";
import { type DoneChunk, doneChunks, type Manifest, manifestOf, setAside } from "./study-directory.ts";

export interface ScenarioStatus {
  readonly scenario: string;
  readonly done: number;
  readonly total: number;
  /** Results that failed. */
  readonly failed: number;
  /** Of a data set, all methods together; null before the first. */
  readonly seconds: number | null;
  /** Replicates that were enough by the rule. */
  readonly stopped: number | null;
}

export interface DirectoryStatus {
  readonly study: string;
  readonly scenarios: readonly ScenarioStatus[];
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  /** Chunks that processes are at. */
  readonly open: number;
  readonly damaged: readonly string[];
  /** Results that were lost with a worker, or took too long. */
  readonly lost: number;
  readonly manifest: Manifest;
}

/** @throws DeclarationError (as a rejection) for a directory that is none of a study */
export async function directoryStatus(dir: string): Promise<DirectoryStatus> {
  const manifest = manifestOf(dir);
  const { done, damaged } = await doneChunks(dir, manifest.study);
  const scenarios: ScenarioStatus[] = [];
  for (const [s, { name }] of manifest.study.scenarios.entries()) {
    const own = done.filter(({ scenario }) => scenario === s);
    const tally = await tallyOnce(own);
    const replicates = own.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    const seconds = own.flatMap(({ summary }) => Object.values(summary.seconds)).reduce((sum, one) => sum + one, 0);
    const at = await stopOf(manifest, own);
    const limit = at ?? manifest.replications;
    scenarios.push({
      scenario: name,
      done: countDone(own, limit),
      total: limit,
      failed: tally.failed,
      seconds: replicates > 0 ? seconds / replicates : null,
      stopped: limit < manifest.replications ? limit : null,
    });
  }
  const sum = (of: (one: ScenarioStatus) => number) => scenarios.reduce((total, one) => total + of(one), 0);
  return {
    study: manifest.study.name,
    scenarios,
    done: sum((one) => one.done),
    total: sum((one) => one.total),
    failed: sum((one) => one.failed),
    open: openClaims(dir),
    damaged,
    lost: done.reduce((total, { summary }) => total + summary.lost, 0),
    manifest,
  };
}

/** The tally of chunks that may overlap, where processes cut them differently: each replicate once. */
async function tallyOnce(chunks: readonly DoneChunk[]): Promise<Tally> {
  const tally = new Tally();
  let last = 0;
  for (const { from, to, summary, file } of [...chunks].sort((a, b) => a.from - b.from)) {
    if (to <= last) continue;
    if (from > last) tally.merge(summary.tally);
    else tally.merge(tallyOf((await readChunk(file)).filter(({ replicate }) => replicate > last)).data());
    last = to;
  }
  return tally;
}

/**
 * Sets chunks aside, so that the next run makes them again.
 *
 * @param failures all chunks in which a result failed; else those with results that were lost or took too long
 * @returns how many
 */
export async function setAsideFailures(dir: string, failures: boolean): Promise<number> {
  const manifest = manifestOf(dir);
  const { done, damaged } = await doneChunks(dir, manifest.study);
  let count = damaged.length;
  for (const file of damaged) setAside(file, "damaged");
  for (const { file, summary } of done) {
    const failed = Object.values(summary.tally).some((cell) => cell.failed > 0);
    if (summary.lost === 0 && !(failures && failed)) continue;
    setAside(file, "retried");
    count++;
  }
  return count;
}
