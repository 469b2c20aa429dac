/** How a study is cut: a chunk is a range of replicates of one scenario. Where the cuts are does not change what is found. */

export interface Chunk {
  /** Place of the scenario, from 0. */
  readonly scenario: number;
  /** First and last replicate, from 1. */
  readonly from: number;
  readonly to: number;
}

/**
 * The chunks of a scenario that are still to be done: at most `size` replicates, cut at its multiples, wherever what is done begins and ends.
 *
 * @param done ranges of replicates, in any order; they may overlap
 */
export function chunksLeft(scenario: number, replications: number, size: number, done: readonly Chunk[]): Chunk[] {
  const left: Chunk[] = [];
  const ranges = [...done].sort((a, b) => a.from - b.from);
  const cut = (from: number, to: number) => {
    for (let first = from; first <= to; ) {
      const last = Math.min(to, Math.ceil(first / size) * size);
      left.push({ scenario, from: first, to: last });
      first = last + 1;
    }
  };
  let next = 1;
  for (const { from, to } of ranges) {
    if (from > replications) break;
    cut(next, from - 1);
    next = Math.max(next, to + 1);
  }
  cut(next, replications);
  return left;
}

/** Replicates up to which a scenario is done without a gap. */
export function doneUpTo(done: readonly Chunk[]): number {
  let up = 0;
  for (const { from, to } of [...done].sort((a, b) => a.from - b.from)) {
    if (from > up + 1) break;
    up = Math.max(up, to);
  }
  return up;
}

/** How many of the first replicates are done. */
export function countDone(done: readonly Chunk[], replications: number): number {
  let count = 0;
  let up = 0;
  for (const { from, to } of [...done].sort((a, b) => a.from - b.from)) {
    count += Math.max(0, Math.min(to, replications) - Math.max(from - 1, up));
    up = Math.max(up, Math.min(to, replications));
  }
  return count;
}

/** Work shared out over so many: which part this is, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The order in which one of several processes takes chunks: low replicates of all scenarios first, so that what is there is balanced; its own part first,
 * and then what the others have left.
 */
export function inOrder(chunks: readonly Chunk[], shard: Shard = { index: 1, count: 1 }): Chunk[] {
  const balanced = [...chunks].sort((a, b) => a.from - b.from || a.scenario - b.scenario);
  const parts = Array.from({ length: shard.count }, (_, part) =>
    balanced.filter((_chunk, k) => k % shard.count === (shard.index - 1 + part) % shard.count),
  );
  return parts.flat();
}

/** Seconds that a chunk should take: long beside what it costs to begin one, short beside what is lost with it. */
const CHUNK_SECONDS = 20;
/** Chunks that each worker should get at the least, so that none waits long for the last. */
const PER_WORKER = 8;

/**
 * Replicates a chunk.
 *
 * @param seconds of one replicate
 */
export function chunkSize(seconds: number, scenarios: number, replications: number, workers: number): number {
  const each = Math.max(seconds, 1e-6);
  const whole = each * scenarios * replications;
  const wanted = Math.max(0.25, Math.min(CHUNK_SECONDS, whole / (PER_WORKER * workers)));
  return Math.max(1, Math.min(replications, Math.round(wanted / each)));
}
