/** `marginalia bootstrap` against `bootstrap` of the same declaration, its files, and its refusals. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { binomial, compare, gee, ml, model, nuts } from "../../src/index.ts";
import { readTable, writeFit } from "../../src/node/index.ts";
import { exchangeable } from "../../src/public/gee.ts";
import { bootstrap } from "../../src/public/inference.ts";
import { folderOf, runHere } from "./run-cli.ts";

const file = (path: string) => new URL(`../fixtures/${path}`, import.meta.url).pathname;
const ovary = file("residual/Ovary.csv");
const respiratory = file("gee/respiratory.csv");
const cbpp = new URL("../../examples/data/cbpp.csv", import.meta.url).pathname;
const series = ["--formula", "follicles ~ Time", "--correlation", "corAR1(~ 1 | Mare)", "--method", "ml"];
const visits = ["--formula", "outcome ~ treat + visit", "--family", "binomial"];
const folder = folderOf({});
afterAll(() => folder.remove());

async function printed(...args: string[]) {
  const { status, stdout, stderr } = await runHere(["bootstrap", ...args, "--json"]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as {
    bootstrap: { term: string; group: string | null; estimate: number }[];
    kept: number;
    clusters: number;
    warnings: { code: string }[];
  };
}
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe("marginalia bootstrap", () => {
  it("of estimating equations has the clusters of --id, and is the library's", async () => {
    const flags = ["--method", "gee:exchangeable", "--id", "center:id", "--resamples", "12", "--seed", "r"];
    const found = await printed(respiratory, ...visits, ...flags);
    const declared = model(await readTable(respiratory))
      .formula("outcome ~ treat + visit")
      .family(binomial());
    const fit = await declared.fit(gee({ id: "center:id", correlation: exchangeable() }));
    const boot = bootstrap(fit, { draws: 12, seed: "r" });
    expect(found.bootstrap).toEqual(plain(boot.rows));
    expect(found).toMatchObject({ kept: 12, clusters: 111 });
    expect(found.warnings.map(({ code }) => code)).toContain("bootstrap-few");
  });

  it("of all parameters, saved with every resample, and compared with the fit", async () => {
    const path = join(folder.path, "boot.json");
    const flags = [...series, "--statistic", "parameters", "--resamples", "10", "--save", path];
    const found = await printed(ovary, ...flags);
    expect(found.bootstrap.map(({ term }) => term)).toEqual(["(Intercept)", "Time", "sd__Observation", "corAR1.Phi"]);
    const saved = JSON.parse(readFileSync(path, "utf8"));
    expect(saved.rows).toEqual(found.bootstrap);
    expect(saved.replicates).toHaveLength(10);
    const bias =
      saved.replicates.reduce((sum: number, row: number[]) => sum + row[3]! / 10, 0) - saved.rows[3].estimate;
    expect(saved.rows[3].bias).toBeCloseTo(bias, 12);
    const declared = model(await readTable(ovary)).formula("follicles ~ Time");
    const fit = await declared.residual({ correlation: "corAR1(~ 1 | Mare)" }).fit(ml());
    const { rows } = compare({ fit, boot: saved });
    expect(rows.map(({ term }) => term)).toEqual(fit.tidy().map(({ term }) => term));
    for (const { fits } of rows) expect(fits["boot"]!.estimate).toBeCloseTo(fits["fit"]!.estimate, 6);
  });

  it("prints the table with its warnings, and intervals of the level asked for", async () => {
    const flags = [...series, "--resamples", "10", "--conf-level", "0.5", "--cluster", "Mare"];
    const { status, stdout } = await runHere(["bootstrap", ovary, ...flags]);
    expect(status).toBe(0);
    expect(stdout).toContain("Cluster bootstrap of 11 clusters, 10 replicates");
    expect(stdout).toContain("Warning: Percentile intervals from 10 resamples are rough");
    const wide = await printed(ovary, ...flags.map((flag) => (flag === "0.5" ? "0.9" : flag)));
    const half = await printed(ovary, ...flags);
    const width = ({ bootstrap }: typeof wide) => {
      const { conf_low, conf_high } = bootstrap[1] as unknown as { conf_low: number; conf_high: number };
      return conf_high - conf_low;
    };
    expect(width(wide)).toBeGreaterThan(width(half));
  });

  it("of a saved fit, by PQL, resamples its grouping factor", async () => {
    const path = join(folder.path, "cbpp.json");
    const formula = "incidence | trials(size) ~ factor(period) + (1 | herd)";
    const { status } = await runHere([
      ...["fit", cbpp, "--formula", formula, "--family", "binomial", "--method", "pql", "--save", path],
    ]);
    expect(status).toBe(0);
    const again = await printed("--fit", path, "--resamples", "6");
    const direct = await printed(
      ...[cbpp, "--formula", formula, "--family", "binomial", "--method", "pql", "--resamples", "6"],
    );
    expect(again.clusters).toBe(15);
    expect(again.warnings.map(({ code }) => code)).toContain("pql-bias");
    again.bootstrap.forEach(({ term, estimate }, k) => {
      expect(term).toBe(direct.bootstrap[k]!.term);
      expect(estimate).toBeCloseTo(direct.bootstrap[k]!.estimate, 6);
    });
  });

  it("of all parameters by PQL has the dispersion too", async () => {
    const flags = ["--formula", "incidence | trials(size) ~ 1 + (1 | herd)", "--family", "binomial", "--method", "pql"];
    const found = await printed(cbpp, ...flags, "--resamples", "5", "--statistic", "parameters");
    const { stdout } = await runHere(["fit", cbpp, ...flags, "--json"]);
    const { tidy } = JSON.parse(stdout) as { tidy: { term: string; estimate: number }[] };
    expect(found.bootstrap.map(({ term, estimate }) => [term, estimate])).toEqual(
      tidy.map(({ term, estimate }) => [term, estimate]),
    );
  });

  it("is the same by workers", async () => {
    const flags = [cbpp, "--formula", "incidence | trials(size) ~ period + (1 | herd)", "--family", "binomial"];
    const own = [...flags, "--method", "laplace", "--resamples", "6"];
    const here = await printed(...own);
    expect(await printed(...own, "--workers", "2")).toEqual(here);
    expect(await printed(...own, "--workers", "1")).toEqual(here);
  });

  it("refuses what cannot be, all faults at once", async () => {
    const refused = async (...args: string[]) => {
      const { status, stderr } = await runHere(["bootstrap", ...args]);
      expect(status).toBe(2);
      return stderr;
    };
    const many = await refused(
      ovary,
      ...series,
      "--statistic",
      "means",
      "--resamples",
      "0",
      "--conf-level",
      "95",
      "--workers",
      "0",
    );
    expect(many).toContain("--statistic cannot be 'means'");
    expect(many).toContain("--resamples must be a whole number of at least 1");
    expect(many).toContain("--workers must be a whole number of at least 1");
    expect(many).toContain("--conf-level must lie between 0 and 1");
    expect(await refused(ovary, "--formula", "follicles ~ Time")).toContain("needs to know the clusters");
    expect(await refused(ovary, ...series, "--cluster", "Mre")).toContain("'Mre'");
    const posterior = join(folder.path, "posterior.json");
    const sampled = model(await readTable(ovary)).formula("follicles ~ Time");
    await writeFit(posterior, await sampled.sample(nuts({ chains: 1, warmup: 20, draws: 10 })));
    expect(await refused("--fit", posterior)).toContain("holds a posterior, whose draws already are the uncertainty");
  });
});
