/** `--method gee:…` and the flags of estimating equations, as the program prints them; `--method pql`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { EstimatingEquations } from "../../src/index.ts";
import { readFit } from "../../src/node/index.ts";
import { runHere } from "./run-cli.ts";

const file = (name: string) => new URL(`../fixtures/gee/${name}.csv`, import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "marginalia-gee-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Printed {
  readonly tidy: Record<string, number | string | null>[];
  readonly glance: Record<string, number | string | boolean | null>;
}

async function json(...args: string[]): Promise<Printed> {
  const { status, stdout, stderr } = await runHere([...args, "--json"]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as Printed;
}
const respiratory = ["fit", file("respiratory"), "--formula", "outcome ~ treat + visit", "--family", "binomial"];
const counts = ["fit", file("families"), "--formula", "k ~ x", "--id", "id"];

describe("--method gee", () => {
  it("takes clusters of two columns, waves and a kind of errors, and prints what it was asked", async () => {
    const flags = ["--method", "gee:ar1", "--id", "center:id", "--wave", "visit", "--std-err", "MD"];
    const { status, stdout } = await runHere([...respiratory, ...flags]);
    expect(status).toBe(0);
    expect(stdout).toContain(" Method: GEE AR(1)\n Errors: MD\n");
    expect(stdout).toContain("center:id: 111 clusters of up to 4 rows");
    const robust = await json(...respiratory, ...flags.slice(0, -2));
    expect(robust.glance).toMatchObject({ std_err: "robust", clusters: 111 });
    const corrected = await json(...respiratory, ...flags);
    corrected.tidy.slice(0, 3).forEach((row, k) => {
      expect(row["estimate"]).toBe(robust.tidy[k]!["estimate"]);
      expect(row["std_error"]).toBeGreaterThan(robust.tidy[k]!["std_error"] as number);
    });
  });

  it("takes lags, a negative binomial's theta, and a fixed scale", async () => {
    const given = ["--family", "nbinom2", "--method", "gee:mdependent:2", "--wave", "wave", "--parameter", "theta=2"];
    const found = await json(...counts, ...given, "--scale-fix");
    expect(found.glance["method"]).toBe("GEE 2-dependent");
    const aux = found.tidy.filter(({ effect }) => effect === "aux");
    expect(aux.map(({ term }) => term)).toEqual(["scale", "alpha.1", "alpha.2"]);
    expect(aux[0]).toMatchObject({ estimate: 1, std_error: null });
    const doubled = await json(...counts, ...given, "--scale-fix", "2.5");
    expect(doubled.tidy.find(({ term }) => term === "scale")).toMatchObject({ estimate: 2.5, std_error: null });
    const { status, stderr } = await runHere([...counts, ...given.slice(0, 6)]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/'theta'/);
  });

  it("names what is missing or unknown", async () => {
    const refused = async (pattern: RegExp, ...args: string[]) => {
      const { status, stderr } = await runHere(args);
      expect(status).toBe(2);
      expect(stderr).toMatch(pattern);
    };
    const poisson = [...counts.slice(0, 4), "--family", "poisson"];
    await refused(/needs the clusters/, ...poisson, "--method", "gee");
    await refused(/no working correlation 'toeplitz'/, ...poisson, "--method", "gee:toeplitz", "--id", "id");
    await refused(/--std-err cannot be 'HC3'/, ...poisson, "--method", "gee", "--id", "id", "--std-err", "HC3");
    const swallowed = [file("families"), "--formula", "k ~ x", "--method", "gee", "--id", "id"];
    await refused(/--scale-fix takes a positive number.*not '.*families.csv'/, "fit", "--scale-fix", ...swallowed);
    await refused(/--id, --wave belong to estimating equations/, ...poisson, "--id", "id", "--wave", "wave");
  });

  it("saves a fit that is read again", async () => {
    const path = join(folder, "gee.json");
    const flags = ["--method", "gee:unstructured", "--id", "center:id", "--wave", "visit", "--std-err", "KC"];
    const printed = await json(...respiratory, ...flags, "--save", path);
    const fit = (await readFit(path)) as EstimatingEquations;
    expect(fit.kind).toBe("gee");
    expect(JSON.parse(JSON.stringify(fit.tidy()))).toEqual(printed.tidy);
  });
});

describe("--method pql", () => {
  it("prints its bias", async () => {
    const declared = ["--formula", "outcome ~ treat + visit + (1 | id)", "--family", "binomial"];
    const { status, stdout, stderr } = await runHere(["fit", file("respiratory"), ...declared, "--method", "pql"]);
    expect(status).toBe(0);
    expect(stdout).toContain("Fit by penalised quasi-likelihood");
    expect(stdout + stderr).toMatch(/quasi-likelihood is biased, .* towards zero/);
  });
});
