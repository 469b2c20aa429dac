/** Where results go: files refused before the work, standard input and output, interruption. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseCsv } from "../../src/node/csv.ts";
import { csvText } from "../../src/report/csv.ts";
import { folderOf, runHere } from "./run-cli.ts";

const rows = Array.from({ length: 24 }, (_, i) => `${(i % 5) + Math.sin(i)},${i % 3},${"abcdef"[i % 6]}`);
const folder = folderOf({ "data.csv": `y,x,g\n${rows.join("\n")}\n` });
afterAll(() => folder.remove());
const data = join(folder.path, "data.csv");
const FORMULA = ["--formula", "y ~ x + (1 | g)"];
const program = join(process.cwd(), "dist", "cli", "main.js");

/** Runs the built program, with something on its standard input and output. */
function run(
  args: readonly string[],
  { input, out = "pipe", interrupt }: { input?: string; out?: "pipe" | number; interrupt?: () => boolean } = {},
) {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder.path, stdio: ["pipe", out, "pipe"] });
  let stdout = "";
  let stderr = "";
  let interrupted = 0;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin!.on("error", () => undefined).end(input ?? "");
  const timer = setInterval(() => {
    if (interrupted === 0 && interrupt?.()) {
      interrupted = performance.now();
      child.kill("SIGINT");
    }
  }, 50);
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (status) => {
      clearInterval(timer);
      resolve({ status, stdout, stderr });
    });
  });
}

describe("files that cannot be written", () => {
  test.each([
    ["sample", "--save"],
    ["sample", "--draws-out"],
    ["sample", "--checkpoint"],
    ["fit", "--save"],
    ["bootstrap", "--save"],
  ])("are refused by %s %s before the work", async (command, flag) => {
    const place = join(folder.path, "none", "out.json");
    const more = command === "sample" ? ["--draws", "100000000"] : [];
    const { status, stdout, stderr } = await runHere([command, data, ...FORMULA, ...more, flag, place]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Error: The file '.*' cannot be written \(ENOENT\)/);
  });

  test("are those that are read, and those of another option", async () => {
    const out = join(folder.path, "out.json");
    const same = await runHere(["sample", data, ...FORMULA, "--save", out, "--draws-out", out]);
    expect([same.status, same.stderr]).toEqual([2, expect.stringContaining("--draws-out and --save both name")]);
    const input = await runHere(["fit", data, ...FORMULA, "--save", data]);
    expect([input.status, input.stderr]).toEqual([2, expect.stringContaining("which is read")]);
    expect(existsSync(out)).toBe(false);
    expect(readFileSync(data, "utf8")).toMatch(/^y,x,g\n/);
  });
});

describe("standard output", () => {
  test("that is full is said, with an exit code", async () => {
    if (!existsSync("/dev/full")) return;
    const { openSync, closeSync } = await import("node:fs");
    const full = openSync("/dev/full", "w");
    const { status, stderr } = await run(["fit", data, ...FORMULA], { out: full });
    closeSync(full);
    expect([status, stderr]).toEqual([2, "Error: The output cannot be written (ENOSPC). Write it to another place.\n"]);
  });

  test("has the results as CSV, which reads back; standard input is a table", async () => {
    const fromFile = await runHere(["fit", data, ...FORMULA, "--csv"]);
    const table = parseCsv(fromFile.stdout);
    expect(table.names.slice(0, 5)).toEqual(["effect", "component", "group", "term", "estimate"]);
    expect(table.columns["term"]).toContain("(Intercept)");
    const json = await runHere(["fit", data, ...FORMULA, "--json"]);
    const { tidy } = JSON.parse(json.stdout) as { tidy: { estimate: number }[] };
    expect([...(table.columns["estimate"] as Float64Array)]).toEqual(tidy.map(({ estimate }) => estimate));
    const piped = await run(["fit", "-", ...FORMULA, "--csv"], { input: readFileSync(data, "utf8") });
    expect([piped.status, piped.stdout]).toEqual([0, fromFile.stdout]);
    expect(
      csvText([
        { a: 'x,"y"', b: null },
        { a: " z", c: Number.NaN },
      ]),
    ).toBe('a,b,c\n"x,""y""",NA,NA\n" z",NA,NA\n');
  });
});

test("--format prints reports as markup, and forms of output and options that count once are given once", async () => {
  const fit = (...more: string[]) => runHere(["fit", data, ...FORMULA, ...more]);
  expect((await fit("--format", "markdown")).stdout).toContain("| Residual |  |");
  expect((await fit("--format", "html")).stdout).toContain("<table>");
  expect((await fit("--format", "latex")).stdout).toContain("\\begin{tabular}{lrrrrrrr}");
  expect((await fit("--format", "csv")).stdout).toBe((await fit("--csv")).stdout);
  expect(await fit("--format", "json", "--csv", "--formula", "y ~ 1", "--format", "doc")).toEqual({
    status: 2,
    stdout: "",
    stderr:
      "Error: --format doc and --csv are two forms of one output. Give one of them.\n" +
      "Error: --format cannot be 'doc'. Use text, json, csv, markdown, html or latex.\n" +
      "Error: --formula is given more than once, and only one counts. Give it once.\n" +
      "Error: --format is given more than once, and only one counts. Give it once.\n",
  });
  expect((await fit("--exponentiate")).stderr).toMatch(/^Error: --exponentiate makes ratios of coefficients of a log,/);
  expect((await runHere(["fitt", data])).stderr).toMatch(
    /^Error: There is no command 'fitt'. Did you mean 'fit'\? The/,
  );
  expect((await runHere(["fit", data, "--formula"])).stderr).toMatch(
    /^Error: --formula needs a value, as in --formula/,
  );
});

test("--thin is an option of Gibbs sampling", async () => {
  const args = [
    "sample",
    data,
    ...FORMULA,
    "--sampler",
    "gibbs",
    "--draws",
    "20",
    "--warmup",
    "10",
    "--serial",
    "--json",
  ];
  const { status, stdout } = await runHere([...args, "--thin", "3"]);
  expect([status, stdout]).toEqual([0, expect.stringContaining('"tidy"')]);
  const nuts = await runHere(["sample", data, ...FORMULA, "--thin", "3"]);
  expect([nuts.status, nuts.stderr]).toEqual([2, expect.stringContaining("thin")]);
});

test("Ctrl-C ends a run with exit code 130, what was checkpointed being whole", async () => {
  const file = join(folder.path, "run.json");
  const lines = () => existsSync(file) && readFileSync(file, "utf8").split("\n").length > 4;
  const args = [
    "sample",
    data,
    ...FORMULA,
    "--chains",
    "2",
    "--draws",
    "5000000",
    "--every",
    "100",
    "--checkpoint",
    file,
  ];
  const { status, stderr } = await run(args, { interrupt: lines });
  expect(status).toBe(130);
  expect(stderr).toContain(`go on with: marginalia sample --resume ${file}`);
  const { readCheckpoint } = await import("../../src/node/index.ts");
  expect((await readCheckpoint(file)).chains.some((chain) => Number(chain?.done) > 0)).toBe(true);
  expect(readdirSync(folder.path).filter((name) => name.endsWith(".part"))).toEqual([]);
});
