import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parquetRows } from "../../src/node/parquet.ts";
import { folderOf, runHere } from "./run-cli.ts";

const module = "test/fixtures/studies/slopes.mjs";
const folder = folderOf({
  "typed.ts": "export default 1 as number;",
  "none.mjs": "export const a = 1;",
  "broken.mjs": "throw new Error('no such thing');",
});
const dir = join(folder.path, "results");
afterAll(() => {
  folder.remove();
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("marginalia.study-loader")];
});

const json = async (...args: string[]) => {
  const { status, stdout, stderr } = await runHere([...args, "--json"]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
};

describe("simulate, status, collect, performance and retry", () => {
  let first: { readonly done: number; readonly total: number };
  beforeAll(async () => {
    first = await json("simulate", module, "--dir", dir, "--replications", "12", "--chunk-size", "5", "--shard", "1/2");
  });

  it("run a study into a directory, and go on from what is there", async () => {
    expect(first).toMatchObject({ study: "slopes", done: 24, total: 24, failed: 0, stopped: {}, notes: [] });
    const { stdout } = await runHere(["simulate", module, "--dir", dir, "--replications", "15"]);
    expect(stdout).toBe(`30 of 30 data sets are done; 0 results failed. See 'marginalia performance ${dir}'.\n`);
    const status = await json("status", dir);
    expect(status).toMatchObject({ done: 30, total: 30, open: 0, damaged: [], lost: 0, stopWhen: null });
    expect(status.scenarios.map(({ scenario, done }: { scenario: string; done: number }) => [scenario, done])).toEqual([
      ["groups = 6", 15],
      ["groups = 10", 15],
    ]);
  });

  it("put the rows together, the same in every form", async () => {
    const file = join(folder.path, "all.parquet");
    const said = await runHere(["collect", dir, "--parquet", file]);
    const { rows, digest } = await json("collect", dir);
    expect(said.stdout).toBe(`120 rows are in '${file}'. Their digest is ${digest}.\n`);
    expect(await parquetRows(readFileSync(file))).toEqual(rows);
    const { stdout } = await runHere(["collect", dir, "--csv"]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBe(121);
    expect(lines.filter((line) => line.startsWith("scenario,replicate,method"))).toEqual([lines[0]]);
    expect(lines[61]!.startsWith("groups = 10,1,ml,x,0.5,")).toBe(true);
  });

  it("measure what is there, and say what is not", async () => {
    const { performance, partial } = await json("performance", dir, "--measures", "coverage,bias");
    expect(partial).toEqual([]);
    expect(performance.length).toBe(2 * (4 + 3));
    expect(performance[0]).toMatchObject({ scenario: "groups = 6", method: "ml", n: 15, failed: 0 });
    const paired = await json("performance", dir, "--measures", "mse", "--paired", "--reference", "mean");
    expect(paired.performance.map(({ method }: { method: string }) => method)).toEqual(Array(4).fill("ml - mean"));
    await runHere(["simulate", module, "--dir", dir, "--replications", "15", "--stop-when", "coverage=0.3"]);
    writeFileSync(join(dir, "chunks", "00001-00000001-00000005.parquet"), "cut");
    const { stdout } = await runHere(["performance", dir, "--measures", "bias"]);
    expect(stdout).toContain("Not done yet: groups = 6 10 of 15.");
    expect(await json("retry", dir)).toEqual({ chunks: 1, warnings: [] });
    expect(await json("simulate", module, "--dir", dir, "--replications", "15")).toMatchObject({ done: 30 });
    expect(await json("retry", dir, "--failures")).toEqual({ chunks: 0, warnings: [] });
  });

  it("refuse what they cannot do, in a sentence a fault", async () => {
    const refused = async (...args: string[]) => {
      const { status, stderr } = await runHere(args);
      expect(status).toBe(2);
      return stderr;
    };
    const none = join(folder.path, "new");
    expect(await refused("simulate")).toMatch(/No study was named[\s\S]*Results go into a directory/);
    expect(
      await refused(
        "simulate",
        module,
        "--dir",
        none,
        "--shard",
        "0/3",
        "--stop-when",
        "coverag=1,bias=x",
        "--timeout",
        "0",
      ),
    ).toMatch(/'0' is no number above 0[\s\S]*'0\/3' is no part[\s\S]*did you mean[\s\S]*'bias=x' is no measure/);
    const load = (name: string, ...more: string[]) =>
      refused("simulate", join(folder.path, name), "--dir", none, ...more);
    expect(await load("none.mjs")).toContain("declares no study: let it export one");
    expect(await load("broken.mjs")).toContain("cannot be loaded: no such thing");
    expect(await load("absent.mjs")).toContain("There is no file");
    expect(await refused("simulate", module, "--dir", none, "--study", "hills")).toContain(
      'declares no study "hills"; it has "slopes"',
    );
    for (const command of ["status", "performance", "retry"])
      expect(await refused(command, none)).toContain("is not one of a study (it has no study.json)");
    expect(await refused("collect")).toMatch(/Say where the results go[\s\S]*No directory was named/);
  });
});
