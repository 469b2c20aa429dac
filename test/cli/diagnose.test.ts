import { describe, expect, it } from "vitest";
import { runHere } from "./run-cli.ts";

const cbpp = [
  "examples/data/cbpp.csv",
  "--formula",
  "incidence | trials(size) ~ factor(period) + (1 | herd)",
  "--family",
  "binomial",
];
const sleepstudy = ["examples/data/sleepstudy.csv", "--formula", "Reaction ~ Days + (Days | Subject)"];

async function json(...args: string[]) {
  const { status, stdout, stderr } = await runHere([...args, "--json"]);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe("diagnose and the checks beside it", () => {
  it("says whether a fit is healthy", async () => {
    const { healthy, findings } = await json("diagnose", ...cbpp);
    expect(healthy).toBe(true);
    expect(findings.map(({ check }: { check: string }) => check)).toContain("simulation");
    const { stdout, status } = await runHere(["diagnose", ...cbpp]);
    expect(status).toBe(0);
    expect(stdout).toContain("No problem found");
  });

  it("runs residual tests, influence, R², collinearity and normality", async () => {
    const out = await json(
      ...["check", ...cbpp, "--residual-tests", "conditional", "--influence", "--r-squared", "response"],
      ...["--collinearity", "--normality"],
    );
    expect(out.residual_tests.map(({ test }: { test: string }) => test)).toContain("zeros");
    expect(out.influence).toHaveLength(15);
    expect(out.influence[0]).toHaveProperty("dfbetas_(Intercept)");
    expect(out.r_squared[0].measure).toBe("r2_marginal");
    expect(out.collinearity[0].vif).toBeCloseTo(1, 8);
    expect(out.normality[0].group).toBe("herd");
    expect(out.predictive).toBeUndefined();
    expect((await runHere(["check", ...cbpp, "--refit"])).stderr).toContain("--influence");
  });

  it("has robust errors of fits, analyses of variance and averages", async () => {
    const fit = await json("fit", ...sleepstudy, "--robust", "CR2", "--cluster", "Subject");
    expect(fit.tidy[1].std_error).toBeCloseTo(1.5457889, 6);
    expect(fit.tidy[1].df).toBeCloseTo(17, 6);
    const { anova } = await json("anova", ...sleepstudy, "--robust", "CR2");
    expect(anova[0].statistic).toBeCloseTo(45.853006, 4);
    const { average } = await json("average", ...sleepstudy, "--at", "Days=9", "--robust", "CR2");
    expect(average[0].std_error).toBeCloseTo(14.63, 2);
    expect((await runHere(["fit", ...sleepstudy, "--cluster", "Subject"])).stderr).toContain("--robust");
    expect((await runHere(["fit", ...sleepstudy, "--robust", "CR9"])).stderr).toContain("CR0");
  });
});
