/** `--variance`, `--correlation` and the `--mean` options: fits, posteriors, averages, predictions and refusals as the program prints them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderOf, runHere } from "./run-cli.ts";

const file = (path: string) => new URL(path, import.meta.url).pathname;
const ovary = file("../fixtures/residual/Ovary.csv");
const orthodont = file("../fixtures/reference/Orthodont.csv");
const orange = file("../../examples/data/Orange.csv");

interface Printed {
  readonly tidy: Record<string, number | string | null>[];
  readonly glance: Record<string, number | string | boolean | null>;
  readonly warnings: { code: string }[];
}

async function json(...args: string[]): Promise<Printed> {
  const { status, stdout, stderr } = await runHere([...args, "--json"]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as Printed;
}
const value = ({ tidy }: Printed, term: string) => tidy.find((row) => row["term"] === term)!["estimate"] as number;

const waves = ["--formula", "follicles ~ sin(2 * pi * Time) + cos(2 * pi * Time)"];
const logistic = ["--formula", "circumference ~ 1", "--mean", "SSlogis(age, Asym, xmid, scal)"];
const parameters = ["Asym ~ 1", "xmid ~ 1", "scal ~ 1"].flatMap((text) => ["--mean-parameter", text]);
const treeOfAsym = ["Asym ~ 1 + (1 | Tree)", "xmid ~ 1", "scal ~ 1"].flatMap((text) => ["--mean-parameter", text]);

describe("residual structures", () => {
  // nlme 3.1-162: gls(follicles ~ sin(2 * pi * Time) + cos(2 * pi * Time), Ovary, correlation = corARMA(form = ~ 1 | Mare, p = 1, q = 1))
  it("of correlation in nlme's words", async () => {
    const out = await json("fit", ovary, ...waves, "--correlation", "corARMA(~ 1 | Mare, p=1, q=1)");
    expect(out.glance["logLik"]).toBeCloseTo(-773.3402092, 5);
    expect(value(out, "corARMA.Phi1")).toBeCloseTo(0.8908103, 4);
    expect(value(out, "corARMA.Theta1")).toBeCloseTo(-0.349605, 4);
    expect(out.tidy.filter(({ group }) => group === "Residual")).toHaveLength(3);
  });

  // nlme 3.1-162: lme(distance ~ age, Orthodont, ~ 1 | Subject, weights = varIdent(form = ~ 1 | Sex), method = "ML"), whose baseline is the other sex
  it("of variance, with random effects and with held parameters", async () => {
    const common = ["fit", orthodont, "--formula", "distance ~ age + (1 | Subject)", "--method", "ml"];
    const sexes = ["--factor", "Sex=Male,Female"];
    const free = await json(...common, ...sexes, "--variance", "varIdent(~ 1 | Sex)");
    const equal = await json(...common, ...sexes);
    const ratio = value(free, "varIdent.Female");
    expect(free.glance["logLik"]).toBeCloseTo(-212.8466595, 5);
    expect(ratio).toBeCloseTo(1 / 2.228974, 4);
    expect(free.glance["df"]).toBe((equal.glance["df"] as number) + 1);
    const held = await json(...common, ...sexes, "--variance", `varIdent(~ 1 | Sex, fixed = c(Female = ${ratio}))`);
    expect(held.glance["logLik"]).toBeCloseTo(free.glance["logLik"] as number, 6);
    expect(held.glance["df"]).toBe(equal.glance["df"]);
  });

  it("of the fitted values, whose estimation the warnings name", async () => {
    const out = await json("fit", orthodont, "--formula", "distance ~ age", "--variance", "varPower(~ fitted(.))");
    expect(out.warnings.map(({ code }) => code)).toContain("residual-fixed-point");
    // nlme 3.1-162: gls(distance ~ age, Orthodont, weights = varPower())
    expect(out.glance["logLik"]).toBeCloseTo(-254.064243, 4);
    expect(value(out, "varPower.power")).toBeCloseTo(1.128697, 3);
  });

  it("in a posterior, with priors by their names", async () => {
    const structure = ["--variance", "varIdent(~ 1 | Sex)", "--correlation", "corAR1(~ 1 | Subject)"];
    const out = await json(
      "sample",
      orthodont,
      ...["--formula", "distance ~ age", "--factor", "Sex=Male,Female", ...structure],
      ...["--prior", "aux:corAR1.Phi=uniform(-1,1)", "--chains", "2", "--draws", "300", "--seed", "1"],
    );
    const ml = await json(
      ...["fit", orthodont, "--formula", "distance ~ age", "--factor", "Sex=Male,Female", "--method", "ml"],
      ...structure,
    );
    for (const term of ["age", "corAR1.Phi", "varIdent.Female"]) {
      const row = out.tidy.find((one) => one["term"] === term)!;
      expect(row["rhat"] as number).toBeLessThan(1.05);
      expect(Math.abs((row["estimate"] as number) - value(ml, term))).toBeLessThan(row["std_error"] as number);
    }
  });

  it("forecast after the end of a series: φ^h of its last residual, h rows on", async () => {
    const folder = folderOf({ "next.csv": "Mare,Time\n3,1.1\n3,1.2\n99,1.1\n" });
    try {
      const declared = [ovary, "--formula", "follicles ~ Time", "--correlation", "corAR1(~ 1 | Mare)"];
      const asked = [...declared, "--newdata", join(folder.path, "next.csv")];
      const predicted = async (...args: string[]) => {
        const { status, stdout, stderr } = await runHere(["predict", ...asked, ...args, "--json"]);
        expect([status, stderr]).toEqual([0, ""]);
        return (JSON.parse(stdout) as { predict: { estimate: number; std_error: number }[] }).predict;
      };
      const fit = await json("fit", ...declared);
      const mean = (time: number) => value(fit, "(Intercept)") + time * value(fit, "Time");
      const mare = readFileSync(ovary, "utf8")
        .trim()
        .split("\n")
        .map((line) => line.replaceAll('"', "").split(","));
      const column = (name: string) => mare[0]!.indexOf(name);
      const last = mare.filter((row) => row[column("Mare")] === "3").at(-1)!;
      const residual = Number(last[column("follicles")]) - mean(Number(last[column("Time")]));
      const phi = value(fit, "corAR1.Phi");
      const given = await predicted("--residuals", "conditional");
      expect(given[0]!.estimate).toBeCloseTo(mean(1.1) + phi * residual, 6);
      expect(given[1]!.estimate).toBeCloseTo(mean(1.2) + phi ** 2 * residual, 6);
      expect(given[2]!.estimate).toBeCloseTo(mean(1.1), 6); // a mare without fitted rows
      expect((await predicted()).map(({ estimate }) => estimate)[0]).toBeCloseTo(mean(1.1), 6);
      const spread = await predicted("--residuals", "conditional", "--type", "simulate");
      const sigma = value(fit, "sd__Observation");
      expect(spread[0]!.std_error).toBeLessThan(spread[1]!.std_error);
      expect(spread[1]!.std_error).toBeLessThan(spread[2]!.std_error);
      expect(spread[0]!.std_error / (sigma * Math.sqrt(1 - phi ** 2))).toBeCloseTo(1, 1);
      const { status, stderr } = await runHere(["predict", ...asked, "--residuals", "kriging"]);
      expect(status).toBe(2);
      expect(stderr).toContain("--residuals cannot be 'kriging'. Use zero or conditional.");
    } finally {
      folder.remove();
    }
  });

  it("refused in a sentence, with exit code 2", async () => {
    const refused = async (...args: string[]) => {
      const { status, stderr } = await runHere(["fit", ovary, ...waves, ...args]);
      expect(status).toBe(2);
      return stderr;
    };
    expect(await refused("--correlation", "corAR2(~ 1 | Mare)")).toContain("There is no correlation structure corAR2");
    expect(await refused("--variance", "varPower(~ Tme)")).toContain("no column Tme");
    expect(await refused("--correlation", "corAR1(~ 1 | Mare)", "--method", "pql")).toContain(
      "--method pql takes no residual variance function or correlation",
    );
    const { status, stderr } = await runHere(["sample", ovary, ...waves, "--variance", "varPower(~ fitted(.))"]);
    expect(status).toBe(2);
    expect(stderr).toContain("nlme's fixed-point iteration");
  });
});

describe("what a summary and a declaration say of a structure", () => {
  const fixedOnly = ["fit", orthodont, "--formula", "distance ~ age"];
  it("names one without a parameter to estimate", async () => {
    for (const variance of ["varFixed(~ age)", "varPower(~ age, fixed = c(power = 0.5))"]) {
      const { stdout } = await runHere([...fixedOnly, "--variance", variance]);
      expect(stdout).toContain(`Residual structure\nvariance:    ${variance}\n\nFixed effects`);
    }
  });

  it("refuses what nlme's words do not mean, instead of leaving it out", async () => {
    const refused = async (...args: string[]) => {
      const { status, stderr } = await runHere([...fixedOnly, ...args]);
      expect(status).toBe(2);
      return stderr;
    };
    expect(await refused("--variance", "varIdent(~ age | Sex)")).toContain(
      "reads no covariate: write varIdent(~ 1 | Sex)",
    );
    expect(await refused("--variance", "varFixed(~ age | Sex)")).toContain(
      "varFixed() has no parameters that could differ",
    );
    expect(await refused("--variance", "varExp(~ age, form = ~ Sex)")).toContain("~ age is one argument too many");
    expect(await refused("--variance", "varPower(~ age, power = 2)")).toContain("varPower() has no argument power");
    expect(await refused("--variance", "varComb(varExp(~ age), form = ~ 1)")).toContain(
      "varComb() has no argument form",
    );
    expect(await refused("--correlation", "corAR1(~ 1 | Subject, 0.2, 0.3)")).toContain("0.3 is one argument too many");
  });

  it("warns of a series across the levels of a random effect, which nlme's lme would not mean", async () => {
    const mixed = ["fit", orthodont, "--formula", "distance ~ age + (1 | Subject)", "--correlation"];
    const across = await json(...mixed, "corAR1()");
    expect(across.warnings.map(({ code }) => code)).toContain("one-series");
    const within = await json(...mixed, "corAR1(~ 1 | Subject)");
    expect(within.warnings.map(({ code }) => code)).not.toContain("one-series");
    expect(within.glance["logLik"]).not.toBeCloseTo(across.glance["logLik"] as number, 2);
  });
});

describe("nonlinear means", () => {
  // nlme 3.1-162, lme4 1.1-31: see test/nonlinear/make-nonlinear.R
  it("self-starting, by Laplace and by Lindstrom-Bates", async () => {
    const laplace = await json("fit", orange, ...logistic, ...treeOfAsym);
    expect(value(laplace, "sd__Asym")).toBeCloseTo(31.646, 2);
    expect(laplace.glance["logLik"]).toBeCloseTo(-131.5719, 3);
    const nlme = await json("fit", orange, ...logistic, ...treeOfAsym, "--method", "lindstrom-bates");
    expect(nlme.glance["logLik"]).toBeCloseTo(-131.58458, 4);
    expect(nlme.warnings.map(({ code }) => code)).toContain("linearised-likelihood");
  });

  it("written out with starting values, and with effects correlated across parameters", async () => {
    const written = ["--formula", "circumference ~ 1", "--mean", "Asym / (1 + exp((xmid - age) / scal))"];
    const starts = ["Asym=190", "xmid=700", "scal=350"].flatMap((text) => ["--mean-start", text]);
    const out = await json(
      "fit",
      orange,
      ...written,
      ...parameters,
      ...starts,
      "--mean-random",
      "Asym + xmid ~ 1 | Tree",
    );
    expect(out.tidy.map(({ term }) => term)).toContain("cor__Asym.xmid");
    const { status, stderr } = await runHere(["fit", orange, ...written, ...parameters]);
    expect(status).toBe(2);
    expect(stderr).toContain("A nonlinear mean needs starting values");
  });

  it("refuse terms and options that they would leave out", async () => {
    const refused = async (...args: string[]) => {
      const { status, stderr } = await runHere(["fit", orange, ...args]);
      expect(status).toBe(2);
      return stderr;
    };
    const mean = [...logistic.slice(2), ...parameters];
    expect(await refused("--formula", "circumference ~ 1 + (1 | Tree)", ...mean)).toContain(
      "stands in the place of the terms 1 + (1 | Tree)",
    );
    expect(await refused("--formula", "circumference ~ age", ...mean)).toContain("in the place of the terms age");
    expect(await refused(...logistic.slice(0, 2), "--mean-parameter", "Asym ~ 1", "--mean-start", "Asym=1")).toContain(
      "--mean-parameter, --mean-start belong to a nonlinear mean",
    );
    expect(await refused(...logistic, ...parameters, "--mean-parameter", "Asym ~ age")).toContain(
      "--mean-parameter was given twice for 'Asym'",
    );
    expect(await refused(...logistic, ...parameters, "--method", "nls")).toContain(
      "pql, lindstrom-bates, gee:exchangeable",
    );
  });

  it("with residual structures: nlme's gnls, and its nlme by --method lindstrom-bates", async () => {
    const series = ["--variance", "varPower(~ age)", "--correlation", "corAR1(~ 1 | Tree)"];
    const gnls = await json("fit", orange, ...logistic, ...parameters, ...series);
    expect(gnls.glance["logLik"]).toBeCloseTo(-131.07669, 4);
    expect(gnls.glance["method"]).toBe("ML");
    const power = ["--variance", "varPower(~ age)"];
    const mixed = await json("fit", orange, ...logistic, ...treeOfAsym, ...power, "--method", "lindstrom-bates");
    expect(mixed.glance["logLik"]).toBeCloseTo(-130.92416, 4);
    // the asymptote enters linearly, so that the integral of the variance function's own density differs by the linearised mean only
    const exact = await json("fit", orange, ...logistic, ...treeOfAsym, ...power);
    expect(Math.abs((exact.glance["logLik"] as number) - -130.92416)).toBeLessThan(0.05);
    const correlated = await json("fit", orange, ...logistic, ...treeOfAsym, ...series, "--method", "laplace");
    expect(Math.abs((correlated.glance["logLik"] as number) - -130.9)).toBeLessThan(0.01);
    const ofFitted = ["--variance", "varPower(~ fitted(.))", "--method", "laplace"];
    const { status, stderr } = await runHere(["fit", orange, ...logistic, ...treeOfAsym, ...ofFitted]);
    expect(status).toBe(2);
    expect(stderr).toContain("fit it by --method lindstrom-bates");
  });

  it("averaged over the population and predicted", async () => {
    const correlated = ["--mean-random", "Asym + xmid ~ 1 | Tree"];
    const { status, stdout } = await runHere([
      ...["average", orange, ...logistic, ...parameters, ...correlated, "--at", "age=700,1582", "--json"],
      ...["--estimand", "population", "--estimand", "typical"],
    ]);
    expect(status).toBe(0);
    const { average } = JSON.parse(stdout) as { average: { estimand: string; age: number; estimate: number }[] };
    const of = (estimand: string) => average.find((row) => row.estimand === estimand && row.age === 1582)!.estimate;
    expect(of("population")).not.toBeCloseTo(of("typical"), 3);
    expect(Math.abs(of("population") - of("typical"))).toBeLessThan(5);
  });

  it("in a posterior", async () => {
    const priors = [
      "fixed:Asym=normal(190,100)",
      "fixed:xmid=normal(700,300)",
      "fixed:scal=normal(350,150)",
      "sd=halfNormal(50)",
    ];
    const out = await json(
      ...["sample", orange, ...logistic, ...treeOfAsym, ...priors.flatMap((text) => ["--prior", text])],
      ...["--chains", "2", "--warmup", "200", "--draws", "150", "--seed", "1"],
    );
    const row = out.tidy.find(({ term }) => term === "Asym")!;
    expect(Math.abs((row["estimate"] as number) - 192)).toBeLessThan(row["std_error"] as number);
  });

  it("in a posterior with correlated residuals", async () => {
    const out = await json(
      ...["sample", orange, ...logistic, ...treeOfAsym, "--correlation", "corAR1(~ 1 | Tree)"],
      ...["--prior", "sd=halfNormal(50)", "--prior", "aux:corAR1.Phi=uniform(0,1)"],
      ...["--chains", "2", "--warmup", "150", "--draws", "100", "--seed", "1"],
    );
    const row = out.tidy.find(({ term }) => term === "corAR1.Phi")!;
    expect(row["conf_low"]).toBeGreaterThan(0);
    expect(out.glance["method"]).toContain("integrated out (Laplace)");
  });
});
