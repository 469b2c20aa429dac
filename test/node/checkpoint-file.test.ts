/** The file of a checkpoint: whole at any time, added to, checked line by line. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Checkpoint, gibbs, nuts, type Posterior } from "../../src/index.ts";
import { checkpointFile, readCheckpoint, workerExecutor } from "../../src/node/index.ts";
import { resume } from "../../src/public/engines.ts";
import type { ChainState } from "../../src/samplers/chain-state.ts";
import { type CheckpointSink, parseCheckpoint } from "../../src/samplers/checkpoint.ts";
import { sleepstudy } from "../samplers/models.ts";

const folder = mkdtempSync(join(tmpdir(), "marginalia-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true }));

const samplers = {
  nuts: nuts({ chains: 2, warmup: 60, draws: 40, seed: 1 }),
  gibbs: gibbs({ chains: 2, warmup: 7, draws: 9, thin: 2, seed: 1 }),
};

/** A checkpoint file that is copied each time something was added. */
function copied(path: string): { readonly sink: CheckpointSink; readonly copies: string[] } {
  const { begin, add, end } = checkpointFile(path);
  const copies: string[] = [];
  const copy = () => {
    copies.push(`${path}.${copies.length}`);
    copyFileSync(path, copies.at(-1)!);
  };
  return {
    copies,
    sink: {
      share: 1,
      begin(state) {
        begin(state);
        copy();
      },
      add(chain, state) {
        add(chain, state);
        copy();
      },
      end: end!,
    },
  };
}

/** A checkpoint file that leaves nothing out for being early. */
const everyTime = (path: string): CheckpointSink => Object.assign(checkpointFile(path), { share: 1 });

const expectSame = (found: Posterior, wanted: Posterior) => {
  expect(found.draws).toEqual(wanted.draws);
  expect(found.statistics).toEqual(wanted.statistics);
  expect(found.randomEffects()).toEqual(wanted.randomEffects());
};

describe("a checkpoint file", () => {
  test.each(["nuts", "gibbs"] as const)("of %s holds a run that resumes bit for bit, at every time", async (name) => {
    const { sink, copies } = copied(join(folder, `${name}.json`));
    const whole = await sleepstudy().sample(samplers[name], { checkpoint: sink, every: name === "nuts" ? 35 : 6 });
    expectSame(whole, await sleepstudy().sample(samplers[name]));
    for (const copy of copies) expectSame(await resume(await readCheckpoint(copy)), whole);
    // Taken up from a file into the file, and from there again.
    const again = copied(join(folder, `${name}-again.json`));
    expectSame(await resume(await readCheckpoint(copies[3]!), { checkpoint: again.sink, every: 5 }), whole);
    expectSame(await resume(await readCheckpoint(again.copies[0]!)), whole);
    expectSame(await resume(await readCheckpoint(again.copies.at(-2)!)), whole);
  });

  test("of worker threads is the same", async () => {
    const path = join(folder, "workers.json");
    const executor = workerExecutor({ threads: 2 });
    const whole = await sleepstudy().sample(samplers.nuts, { executor, checkpoint: everyTime(path), every: 10 });
    const chains = (await readCheckpoint(path)).chains.map((chain) => chain?.done);
    expect(chains).toEqual([100, 100]);
    expectSame(await resume(await readCheckpoint(path), { executor }), whole);
  });

  test("cut off anywhere is the checkpoint of the last line that ends; changed anywhere it is refused", async () => {
    const path = join(folder, "cut.json");
    await sleepstudy().sample(samplers.nuts, { checkpoint: everyTime(path), every: 25 });
    const bytes = readFileSync(path);
    const ends = [...bytes.keys()].filter((at) => bytes[at] === 10);
    const cutFile = join(folder, "cut-short.json");
    for (const at of [ends[0]! + 1, ends[2]! + 40, ends[3]!, bytes.length - 1]) {
      writeFileSync(cutFile, bytes.subarray(0, at));
      const lines = ends.filter((end) => end < at).length;
      const done = (await readCheckpoint(cutFile)).chains.reduce((sum, chain) => sum + Number(chain?.done ?? 0), 0);
      expect(done).toBe(25 * Math.max(0, lines - 1));
    }
    writeFileSync(cutFile, bytes.subarray(0, 200));
    await expect(readCheckpoint(cutFile)).rejects.toThrow("cut off within its first line");
    for (const at of [200, ends[0]! + 60, ends[1]! - 3, ends[2]! + 200]) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at] === 48 ? 49 : 48;
      writeFileSync(cutFile, changed);
      await expect(readCheckpoint(cutFile)).rejects.toThrow(/Line \d+ of the checkpoint .* is not as it was written/);
    }
    // A line of the same run left out, or twice there.
    writeFileSync(cutFile, Buffer.concat([bytes.subarray(0, ends[0]! + 1), bytes.subarray(ends[1]! + 1)]));
    await expect(readCheckpoint(cutFile)).rejects.toThrow("Line 2");
  });

  test("of two runs at once is whole, the last writer's", async () => {
    const path = join(folder, "shared.json");
    const [one, two]: CheckpointSink[] = [checkpointFile(path), checkpointFile(path)];
    const states: ChainState[] = [];
    let begun: Checkpoint | undefined;
    const sampler = nuts({ chains: 1, warmup: 30, draws: 30, seed: 3 });
    await sleepstudy().sample(sampler, {
      checkpoint: {
        share: 1,
        begin: (state) => void (begun = state),
        add: (_, state) => void states.push(state as ChainState),
      },
      every: 10,
    });
    for (const sink of [one!, two!]) sink.begin(begun!);
    states.slice(0, 5).forEach((state, k) => {
      one!.add(0, state);
      expect(readFileSync(path, "utf8").split("\n").length).toBeGreaterThan(2);
      if (k < 3) two!.add(0, state);
    });
    one!.end!();
    expect((await readCheckpoint(path)).chains[0]!.done).toBe(50);
    two!.add(0, states[3]!);
    two!.end!();
    expect((await readCheckpoint(path)).chains[0]!.done).toBe(40);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("does not grow with states that are no longer asked for", async () => {
    const path = join(folder, "large.json");
    let begun: Checkpoint | undefined;
    let last: ChainState | undefined;
    await sleepstudy().sample(nuts({ chains: 1, warmup: 10, draws: 10, seed: 3 }), {
      checkpoint: {
        share: 1,
        begin: (state) => void (begun = state),
        add: (_, state) => void (last = state as ChainState),
      },
      every: 20,
    });
    const sink = checkpointFile(path);
    sink.begin(begun!);
    const metric = new Float64Array(50_000).map((_, i) => i);
    for (let k = 0; k < 40; k++) sink.add(0, { ...last!, metric } as ChainState);
    sink.end!();
    expect(statSync(path).size).toBeLessThan(8 << 20);
    const text = readFileSync(path, "utf8");
    expect((text.match(/"positions"/g) ?? []).length).toBe(40);
  });

  test("where none can be is refused before the work", async () => {
    let progress = 0;
    const run = sleepstudy().sample(samplers.nuts, {
      checkpoint: checkpointFile(join(folder, "no", "run.json")),
      onProgress: () => progress++,
    });
    await expect(run).rejects.toThrow("cannot be written (ENOENT)");
    expect(progress).toBe(0);
  });
});

describe("a checkpoint that contradicts itself", () => {
  test("is refused by the part that does", async () => {
    let last: Checkpoint | undefined;
    await sleepstudy().sample(samplers.nuts, { checkpoint: (state) => void (last = state), every: 30 });
    const [chain, other] = last!.chains as [never, never];
    const changed = (change: object) => ({ ...last!, chains: [{ ...(chain as object), ...change }, other] });
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [{ ...last!, chains: [other, chain] }, /chains\.0\.rng must be that of chain 1/],
      [{ ...last!, chains: [chain] }, /chains must be 2 long/],
      [changed({ position: [1, 2] }), /chains\.0\.position must be 6 long/],
      [changed({ done: 90 }), /chains\.0\.record must be 30 draws/],
      [changed({ done: 1e6 }), /chains\.0\.done must be at most 100/],
      [changed({ record: "none" }), /chains\.0\.record must be a list/],
      [changed({ stepSize: 0.123 }), /its digest is that of other data/],
      [{ ...last!, digest: undefined }, /digest must be there/],
      [{ ...last!, run: { ...last!.run, sampler: { ...last!.run.sampler, seed: "2" } } }, /of seed "2", not of/],
    ];
    for (const [bad, message] of cases)
      expect(() => parseCheckpoint(JSON.stringify(bad)), String(message)).toThrow(message);
    // One of version 1 had its draws in one piece and no digest.
    const first = {
      ...last!,
      version: 1,
      digest: undefined,
      chains: last!.chains.map((state) => ({ ...state!, record: mergedRecord(state!.record as never) })),
    };
    expectSame(await resume(JSON.stringify(first)), await sleepstudy().sample(samplers.nuts));
  });
});

/** Pieces of draws in one. */
function mergedRecord(pieces: readonly Readonly<Record<string, readonly number[]>>[]): Record<string, number[]> {
  return Object.fromEntries(Object.keys(pieces[0]!).map((name) => [name, pieces.flatMap((piece) => piece[name]!)]));
}
