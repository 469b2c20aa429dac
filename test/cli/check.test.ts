import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loo } from "../../src/checks/leave-one-out.ts";
import { bayesFactor } from "../../src/checks/log-evidence.ts";
import { looCompare } from "../../src/checks/loo-compare.ts";
import { quantileResiduals } from "../../src/checks/quantile-residuals.ts";
import { writeFit } from "../../src/node/fit-file.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { cbpp } from "../samplers/models.ts";
import { folderOf, runHere } from "./run-cli.ts";

const files = folderOf({});
const period = `${files.path}/period.json`;
const constant = `${files.path}/constant.json`;
let fits: Posterior[];

async function json(...args: string[]) {
  const { status, stdout, stderr } = await runHere(["check", ...args, "--json"]);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  fits = [];
  for (const [path, fixed] of [
    [period, "period"],
    [constant, "1"],
  ] as const) {
    const fit = await cbpp()
      .formula(`incidence | trials(size) ~ ${fixed} + (1 | herd)` as string)
      .sample(nuts({ chains: 2, warmup: 200, draws: 100, seed: "check" }));
    await writeFit(path, fit);
    fits.push(fit);
  }
});
afterAll(() => files.remove());

describe("check", () => {
  it("compares test statistics by group, with no other check asked for", async () => {
    const out = await json("--fit", period, "--predictive", "mean,zeros", "--group", "period");
    expect(Object.keys(out)).toEqual(["predictive", "warnings"]);
    expect(out.predictive.map((row: { statistic: string; group: string }) => [row.statistic, row.group])).toEqual(
      ["1", "2", "3", "4"].flatMap((level) => [
        ["mean", level],
        ["zeros", level],
      ]),
    );
    const plain = await json("--fit", period);
    expect(plain.predictive.map((row: { statistic: string }) => row.statistic)).toEqual(["mean", "sd", "min", "max"]);
  });

  it("leaves out what the library leaves out, and compares saved fits", async () => {
    const out = await json("--fit", period, "--loo", "group", "--against", constant);
    const [first, second] = fits.map((fit) => loo(fit, { by: "group" }));
    expect(out.loo.map((row: { fit: string }) => row.fit)).toEqual(["period.json", "constant.json"]);
    expect(out.loo[0].elpd_loo).toEqual(first!.elpd_loo);
    expect(out.loo[0].pointwise).toHaveLength(15);
    expect(out.loo_compare).toEqual(looCompare({ "period.json": first!, "constant.json": second! }).rows);
    const waic = await json("--fit", period, "--waic", "--likelihood", "marginal");
    expect(waic.waic[0]).toMatchObject({ by: "row", likelihood: "marginal" });
  });

  it("gives Bayes factors", async () => {
    const out = await json("--fit", period, "--evidence", "--against", constant);
    expect(out.bayes_factor[0].logBayesFactor).toBeCloseTo(bayesFactor(fits[0]!, fits[1]!).logBayesFactor, 10);
    expect(out.evidence).toHaveLength(2);
  });

  it("prints residuals a row", async () => {
    const out = await json("--fit", period, "--residuals", "marginal", "--leave-one-out");
    const { pit } = quantileResiduals(fits[0]!, { randomEffects: "marginal", leaveOneOut: true, seed: "check" });
    expect(out.residuals.map((row: { pit: number }) => row.pit)).toEqual(Array.from(pit));
    expect(out.residuals[55].row).toBe(56);
  });

  it("prints every table as text", async () => {
    const { status, stdout } = await runHere([
      "check",
      "--fit",
      period,
      "--predictive",
      "--residuals",
      "--loo",
      "--waic",
      "--evidence",
      "--against",
      constant,
    ]);
    expect(status).toBe(0);
    for (const text of [
      "statistic",
      "Quantile residuals",
      "elpd_loo",
      "elpd_waic",
      "se_diff",
      "Log evidence",
      "Bayes factors",
    ])
      expect(stdout).toContain(text);
  });

  it("fits a table as well", async () => {
    const { status, stdout } = await runHere([
      "check",
      "examples/data/sleepstudy.csv",
      "--formula",
      "Reaction ~ Days + (Days | Subject)",
      "--predictive",
      "sd",
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain("p_value");
  });

  it("refuses with all faults at once", async () => {
    const { status, stderr } = await runHere([
      "check",
      "--fit",
      period,
      "--loo",
      "herd",
      "--predictive",
      "mean,kurtosis",
      "--likelihood",
      "both",
    ]);
    expect(status).toBe(2);
    expect(stderr).toBe(
      "Error: --predictive cannot be 'kurtosis'. Use mean, sd, min, max, median, zeros, skewness or dispersion.\n" +
        "Error: --loo cannot be 'herd'. Use row or group.\n" +
        "Error: --likelihood cannot be 'both'. Use conditional or marginal.\n",
    );
    const alone = await runHere(["check", "--fit", period, "--against", constant, "--leave-one-out"]);
    expect(alone.stderr).toContain("--leave-one-out says nothing without --residuals.");
    expect(alone.stderr).toContain("--against says nothing without --loo, --waic or --evidence.");
    const ml = await runHere([
      "check",
      "examples/data/sleepstudy.csv",
      "--formula",
      "Reaction ~ Days + (1 | Subject)",
      "--loo",
    ]);
    expect(ml.status).toBe(2);
    expect(ml.stderr).toContain("sample the same declaration");
  });
});
