/** The file of a checkpoint: whole at any time, added to, checked line by line. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { type Checkpoint, gibbs, nuts, type Posterior } from "../../src/index.ts";
import { readCheckpointLog } from "../../src/node/checkpoint-log.ts";
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

/** Where the lines of a checkpoint file begin and end, and where the draws that follow them do. */
function linesOf(bytes: Buffer): { readonly begin: number; readonly newline: number; readonly end: number }[] {
  const lines = [];
  for (let begin = 0, end = 0; begin < bytes.length; begin = end) {
    const newline = bytes.indexOf(10, begin);
    const { after } = JSON.parse(bytes.toString("utf8", begin, newline).split("\t")[0]!) as {
      after?: [number, string];
    };
    end = newline + 1 + (after?.[0] ?? 0);
    lines.push({ begin, newline, end });
  }
  return lines;
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
    const lines = linesOf(bytes);
    const cutFile = join(folder, "cut-short.json");
    const drawn = lines.find(({ newline, end }) => end > newline + 1)!;
    const cuts = [lines[0]!.end, lines[2]!.begin + 40, lines[3]!.end - 1, drawn.newline + 1, drawn.end - 1];
    for (const at of [...cuts, bytes.length - 1]) {
      writeFileSync(cutFile, bytes.subarray(0, at));
      const whole = lines.filter(({ end }) => end <= at).length;
      const done = (await readCheckpoint(cutFile)).chains.reduce((sum, chain) => sum + Number(chain?.done ?? 0), 0);
      expect(done).toBe(25 * Math.max(0, whole - 1));
    }
    writeFileSync(cutFile, bytes.subarray(0, 200));
    await expect(readCheckpoint(cutFile)).rejects.toThrow("cut off within its first line");
    const inDraws = [drawn.newline + 1, drawn.newline + 9, drawn.end - 1];
    for (const at of [200, lines[1]!.begin + 60, lines[1]!.newline - 3, lines[3]!.begin + 200, ...inDraws]) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at] === 48 ? 49 : 48;
      writeFileSync(cutFile, changed);
      await expect(readCheckpoint(cutFile)).rejects.toThrow(/Line \d+ of the checkpoint .* is not as it was written/);
    }
    // A line of the same run left out, or twice there.
    writeFileSync(cutFile, Buffer.concat([bytes.subarray(0, lines[0]!.end), bytes.subarray(lines[1]!.end)]));
    await expect(readCheckpoint(cutFile)).rejects.toThrow("Line 2");
  });

  test("of before, its draws in base64, is read and taken up", async () => {
    // Of 12 rows: nuts({ chains: 1, warmup: 20, draws: 12, seed: 1 }), every 13 iterations.
    const old = fileURLToPath(new URL("../fixtures/exchange/checkpoint-log-base64.json", import.meta.url));
    const checkpoint = await readCheckpoint(old);
    const record = mergedRecord(checkpoint.chains[0]!.record as never);
    const { logDensities } = record as { logDensities: number[] };
    expect(checkpoint.chains[0]!.done).toBe(32);
    expect(logDensities.slice(0, 2)).toEqual([-11.556301403430822, -12.59409234901012]);
    const fit = await resume(checkpoint);
    expect([...fit.statistics![0]!.logDensities]).toEqual(logDensities);
    // Gone on with, it is written as files are today.
    const path = join(folder, "taken-up.json");
    await resume(await readCheckpoint(old), { checkpoint: checkpointFile(path) });
    const [again] = (await readCheckpoint(path)).chains;
    expect(again!.rng).toEqual(checkpoint.chains[0]!.rng);
    expect(mergedRecord(again!.record as never)).toEqual(record);
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
      expect(linesOf(readFileSync(path)).length).toBeGreaterThan(1);
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
    const { record } = readCheckpointLog(path, readFileSync(path)).chains[0]!;
    expect(record).toHaveLength(40);
    expect((record[39] as { positions: number[] }).positions).toEqual(Array.from(last!.record.positions));
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
