import { type ChildProcess, spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadStudy } from "../../src/node/study/load-study.ts";
import type { Study, StudyResults } from "../../src/studies/study.ts";

const module = fileURLToPath(new URL("../fixtures/studies/slopes.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "marginalia-studies-"));
afterAll(() => rmSync(folder, { recursive: true }));

let slopes: Study;
let serial: StudyResults;
beforeAll(async () => {
  slopes = (await loadStudy(module)).study;
  // this process runs studies again
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("marginalia.study-loader")];
  serial = await slopes.run();
});

const dirOf = (name: string) => join(folder, name);
const chunksIn = (name: string) => readdirSync(join(dirOf(name), "chunks")).sort();

/** A process of its own that works in the directory. */
function startProcess(dir: string, options: object): ChildProcess {
  const script = `
    const { default: slopes } = await import(${JSON.stringify(module)});
    await slopes.run({ dir: ${JSON.stringify(dir)}, ...${JSON.stringify(options)} });`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
}
const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on("close", resolve));

async function until(holds: () => boolean) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("study.run() in a directory", () => {
  it("gives the rows of a run in this thread: by workers, by chunks of any size, in two goes", async () => {
    const { rows } = await slopes.run({ workers: 2, module, chunkSize: 9 });
    expect(rows).toEqual(serial.rows);
    const first = await slopes.run({ dir: dirOf("goes"), replications: 25, chunkSize: 10 });
    expect(first.rows).toEqual(serial.rows.filter(({ replicate }) => replicate <= 25));
    const before = chunksIn("goes");
    expect(before.length).toBe(6);
    const heard: number[] = [];
    const second = await slopes.run({ dir: dirOf("goes"), onProgress: ({ done }) => heard.push(done) });
    expect(second.rows).toEqual(serial.rows);
    expect(chunksIn("goes")).toEqual(expect.arrayContaining(before));
    expect(heard.at(-1)).toBe(80);
    expect(second.performance({ measures: ["bias"] }).rows).toEqual(serial.performance({ measures: ["bias"] }).rows);
  });

  it("goes on after a process was killed, in several processes at a time", async () => {
    const dir = dirOf("killed");
    const victim = startProcess(dir, { chunkSize: 2, replications: 400 });
    await until(() => {
      try {
        return chunksIn("killed").length >= 12;
      } catch {
        return false;
      }
    });
    victim.kill("SIGKILL");
    await ended(victim);
    expect(chunksIn("killed").length).toBeLessThan(400);
    const shards = [1, 2].map((index) => startProcess(dir, { shard: { index, count: 2 } }));
    const codes = await Promise.all(shards.map(ended));
    expect(codes).toEqual([0, 0]);
    const { rows } = await slopes.run({ dir });
    expect(rows).toEqual(serial.rows);
    // what was being written when it was killed is no result
    expect(chunksIn("killed").filter((name) => !/\.(parquet|part)$/.test(name))).toEqual([]);
    expect(readdirSync(join(dir, "claims"))).toEqual([]);
  });

  it("makes damaged files again and says so", async () => {
    const name = "damaged";
    await slopes.run({ dir: dirOf(name), replications: 10, chunkSize: 5 });
    const [first, second, third] = chunksIn(name).map((file) => join(dirOf(name), "chunks", file));
    truncateSync(first!, 100);
    truncateSync(second!, 0);
    writeFileSync(third!, "not Parquet, but long enough to be taken for something");
    const again = await slopes.run({ dir: dirOf(name), replications: 10 });
    expect(again.notes.length).toBe(3);
    expect(again.notes[0]).toMatch(/damaged or are not this study's, and are made again; what was there is kept as/);
    expect(again.rows).toEqual(serial.rows.filter(({ replicate }) => replicate <= 10));
  });

  it("takes no chunk that another byte, another place or another study made", async () => {
    const right = serial.rows.filter(({ replicate }) => replicate <= 10);
    const dir = dirOf("foreign");
    await slopes.run({ dir, replications: 10, chunkSize: 5 });
    const files = chunksIn("foreign").map((file) => join(dir, "chunks", file));
    const [first, second, third, fourth] = files as [string, string, string, string];
    const bytes = readFileSync(first);
    for (const at of [10, bytes.length >> 1, bytes.length - 60]) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 4;
      writeFileSync(first, damaged);
      const again = await slopes.run({ dir, replications: 10 });
      expect(again.notes.length, `byte ${at}`).toBe(1);
      expect(again.rows).toEqual(right);
    }
    copyFileSync(first, second);
    copyFileSync(first, third);
    copyFileSync(first, join(dir, "chunks", "00001-00000001-00000010.parquet"));
    rmSync(fourth);
    mkdirSync(fourth);
    const again = await slopes.run({ dir, replications: 10 });
    expect(again.notes.length).toBe(4);
    expect(again.rows).toEqual(right);
    rmSync(join(dir, "study.json"));
    await expect(slopes.run({ dir, replications: 10 })).rejects.toThrow("has results but no study.json");
  });

  it("keeps the rule of a directory, says so, and drops it when it is lifted", async () => {
    const dir = dirOf("rule");
    const stopWhen = { bias: { mcse: 100 } };
    expect((await slopes.run({ dir, replications: 110, stopWhen })).rows.length).toBe(serial.rows.length * (100 / 40));
    const kept = await slopes.run({ dir, replications: 110 });
    expect(kept.rows.length).toBe(serial.rows.length * (100 / 40));
    expect(kept.notes).toEqual([expect.stringMatching(/^The directory's rule bias 100 decides how many/)]);
    const lifted = await slopes.run({ dir, replications: 110, stopWhen: null });
    expect(lifted.rows.length).toBe(serial.rows.length * (110 / 40));
    expect(lifted.notes).toEqual([]);
  });

  it("refuses directories of another study, and those of other things", async () => {
    await slopes.run({ dir: dirOf("one"), replications: 1 });
    const text = readFileSync(module, "utf8").replace('"slopes",\n  seed: 1', '"slopes",\n  seed: 2');
    const other = join(fileURLToPath(new URL("../fixtures/studies/", import.meta.url)), "changed.tmp.mjs");
    writeFileSync(other, text.replace('data.fit("ml")', 'data.fit("reml")'));
    try {
      const { study } = await loadStudy(other);
      delete (globalThis as Record<symbol, unknown>)[Symbol.for("marginalia.study-loader")];
      await expect(study.run({ dir: dirOf("one") })).rejects.toThrow(
        /holds the results of another study: the seed and the method "ml" differ\. Give this study a directory/,
      );
      await expect(slopes.run({ workers: 1, module: other, replications: 1 })).rejects.toThrow(
        /does not declare the same study on a worker: the seed and the method "ml" differ/,
      );
    } finally {
      rmSync(other);
    }
    writeFileSync(dirOf("file"), "");
    await expect(slopes.run({ dir: dirOf("file") })).rejects.toThrow("is not one of a study (ENOTDIR)");
    await expect(slopes.run({ dir: folder })).rejects.toThrow("has files in it that are not those of a study");
    await expect(slopes.run({ workers: 1, module: dirOf("no.mjs") })).rejects.toThrow("There is no file");
  });

  it("stops at a signal and keeps what is done", async () => {
    const controller = new AbortController();
    const run = slopes.run({
      dir: dirOf("stopped"),
      chunkSize: 1,
      signal: controller.signal,
      onProgress: ({ done }) => done > 3 && controller.abort(new Error("enough")),
    });
    await expect(run).rejects.toThrow("enough");
    const kept = chunksIn("stopped");
    expect(kept.length).toBeGreaterThan(3);
    expect(readdirSync(join(dirOf("stopped"), "claims"))).toEqual([]);
    expect((await slopes.run({ dir: dirOf("stopped") })).rows).toEqual(serial.rows);
    expect(chunksIn("stopped")).toEqual(expect.arrayContaining(kept));
  });

  it("stops by rule at the same replicate whichever way it runs", async () => {
    const stopWhen = { bias: { mcse: 0.08 } };
    const options = { replications: 400, stopWhen };
    const here = await slopes.run(options);
    const there = await slopes.run({ ...options, dir: dirOf("rule"), chunkSize: 33 });
    expect(there.rows).toEqual(here.rows);
    expect(there.stopped).toEqual(here.stopped);
    expect(Object.values(here.stopped).length).toBeGreaterThan(0);
    expect(there.rows.length).toBeLessThan(2 * 400 * 4);
    await expect(slopes.run({ stopWhen: {} })).rejects.toThrow("stopWhen needs a measure");
  });
});

describe("workers that end or take too long", () => {
  it("leave a failure for the result that was being made, and all the others", async () => {
    const file = join(fileURLToPath(new URL("../fixtures/studies/", import.meta.url)), "bad.tmp.mjs");
    writeFileSync(
      file,
      `import { model } from "marginalia";
       import { parameter, study } from "marginalia/studies";
       export default study({
         dgms: { one: { model: model({ x: [1, 2, 3, 4, 5] }).formula("y ~ x"), parameters: { "(Intercept)": 0, x: 1, sigma: 1 } } },
         estimands: { x: parameter("x") },
         methods: {
           own: () => ({ x: 2 }),
           ends: (_, { replicate }) => { if (replicate === 3) process.exit(7); return { x: 1 }; },
           hangs(_, { replicate }) {
             if (replicate === 5) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
             return { x: 1 };
           },
         },
         replications: 6,
       });`,
    );
    try {
      const { study } = await loadStudy(file);
      delete (globalThis as Record<symbol, unknown>)[Symbol.for("marginalia.study-loader")];
      const { rows } = await study.run({ module: file, workers: 1, timeout: 1.5, chunkSize: 6 });
      expect(rows.length).toBe(18);
      const failures = rows.filter(({ status }) => status !== "ok");
      expect(failures.map(({ replicate, method, status }) => [replicate, method, status])).toEqual([
        [3, "ends", "error"],
        [5, "hangs", "timeout"],
      ]);
      expect(failures.map(({ message }) => message)).toEqual([
        "The worker that fitted this ended twice (exit code 7), so that there is no result.",
        "The method took more than 1.5 seconds, and was stopped.",
      ]);
    } finally {
      rmSync(file);
    }
  });
});
