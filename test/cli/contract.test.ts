import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFit } from "../../src/node/fit-file.ts";
import { folderOf, runCli, runHere } from "./run-cli.ts";

const data = (name: string) => `examples/data/${name}.csv`;
const sleepstudy = [data("sleepstudy"), "--formula", "Reaction ~ Days + (Days | Subject)"];
const cbpp = [
  data("cbpp"),
  "--formula",
  "incidence | trials(size) ~ period + (1 | herd)",
  "--family",
  "binomial",
  "--factor",
  "period=1,2,3,4",
];
const quick = ["--chains", "2", "--warmup", "150", "--draws", "150", "--seed", "cli"];

async function json(...args: string[]) {
  const { status, stdout, stderr } = await runHere([...args, "--json"]);
  expect(status, stderr).toBe(0);
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

describe("fit --json", () => {
  let out: {
    tidy: Record<string, unknown>[];
    glance: Record<string, unknown>;
    ranef: Record<string, unknown>[];
    warnings: unknown[];
  };
  beforeAll(async () => {
    out = await json("fit", ...sleepstudy);
  });

  it("is the same from the program itself, and nothing else is printed", async () => {
    const { status, stdout, stderr } = await runCli(["fit", ...sleepstudy, "--json"]);
    expect({ status, stderr, lines: stdout.split("\n").length }).toEqual({ status: 0, stderr: "", lines: 2 });
    expect(JSON.parse(stdout)).toEqual(out);
  });

  it("prints one object with four tables", () => {
    expect(Object.keys(out)).toEqual(["tidy", "glance", "ranef", "warnings"]);
    expect(out.warnings).toEqual([]);
  });

  // lme4 1.1-31: lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
  it("has broom.mixed's columns and R's terms", () => {
    const terms = out.tidy.map(({ effect, group, term }) => [effect, group, term]);
    expect(terms).toEqual([
      ["fixed", null, "(Intercept)"],
      ["fixed", null, "Days"],
      ["ran_pars", "Subject", "sd__(Intercept)"],
      ["ran_pars", "Subject", "sd__Days"],
      ["ran_pars", "Subject", "cor__(Intercept).Days"],
      ["ran_pars", "Residual", "sd__Observation"],
    ]);
    const columns = [
      "effect",
      "component",
      "group",
      "term",
      "estimate",
      "std_error",
      "statistic",
      "df",
      "p_value",
      "conf_low",
      "conf_high",
    ];
    for (const row of out.tidy) expect(Object.keys(row)).toEqual(expect.arrayContaining(columns));
    expect(out.tidy[1]!["estimate"]).toBeCloseTo(10.46729, 4);
    expect(out.tidy[1]!["std_error"]).toBeCloseTo(1.54579, 4);
  });

  it("has the fit's figures in glance", () => {
    const keys = [
      "nobs",
      "omitted",
      "logLik",
      "AIC",
      "BIC",
      "AICc",
      "deviance",
      "REMLcrit",
      "df",
      "df_residual",
      "sigma",
      "converged",
      "singular",
      "method",
    ];
    expect(Object.keys(out.glance)).toEqual(keys);
    expect(out.glance).toMatchObject({
      nobs: 180,
      omitted: 0,
      deviance: null,
      df: 6,
      converged: true,
      singular: false,
      method: "REML",
    });
    expect(out.glance["REMLcrit"]).toBeCloseTo(1743.628272, 5);
    expect(out.glance["logLik"]).toBeCloseTo(-871.814136, 5);
  });

  it("has a row a level and effect in ranef", () => {
    expect(out.ranef).toHaveLength(36);
    expect(Object.keys(out.ranef[0]!)).toEqual(["group", "level", "term", "estimate", "std_error"]);
    expect(out.ranef.find(({ level, term }) => level === "308" && term === "Days")!["estimate"]).toBeCloseTo(
      9.1989758,
      3,
    );
  });
});

describe("options of the declaration", () => {
  it("choose method, family, link and factor levels", async () => {
    const out = await json("fit", ...cbpp, "--method", "agq:25");
    expect(out.tidy.map(({ term }: { term: string }) => term)).toEqual([
      "(Intercept)",
      "period2",
      "period3",
      "period4",
      "sd__(Intercept)",
    ]);
    expect(out.glance.logLik).toBeCloseTo(-91.983369, 5);
    expect(out.glance.method).toBe("AGQ 25");
    const probit = await json("fit", ...cbpp, "--method", "laplace", "--link", "probit");
    expect(Math.abs(probit.tidy[1].estimate)).toBeLessThan(Math.abs(out.tidy[1].estimate));
    const ml = await json("fit", ...sleepstudy, "--method", "ml");
    expect(ml.glance.deviance).toBeCloseTo(1751.9393445, 5);
    expect(ml.glance.REMLcrit).toBeNull();
  });

  it("take the order of levels and the contrasts asked for", async () => {
    const reversed = await json("fit", ...cbpp.slice(0, -1), "period=4,3,2,1");
    expect(reversed.tidy.map(({ term }: { term: string }) => term).slice(0, 4)).toEqual([
      "(Intercept)",
      "period3",
      "period2",
      "period1",
    ]);
    const sum = await json("fit", ...cbpp, "--contrasts", "period=sum");
    expect(sum.tidy.map(({ term }: { term: string }) => term).slice(0, 4)).toEqual([
      "(Intercept)",
      "period1",
      "period2",
      "period3",
    ]);
  });

  it("read other dialects to the same fit", async () => {
    const files = folderOf({
      "a.csv": "y,x,g\n1.5,1,a\n2.5,2,a\nNA,3,b\n4,4,b\n4.5,5,c\n7,6,c\n",
      "b.csv": '\ufeff"y";"x";"g"\r\n"1,5";1;a\r\n2,5;2;a\r\n-99;3;b\r\n4;4;b\r\n4,5;5;c\r\n7;6;c\r\n',
    });
    try {
      const a = await json("fit", `${files.path}/a.csv`, "--formula", "y ~ x");
      const b = await json("fit", `${files.path}/b.csv`, "--formula", "y ~ x", "--decimal", ",", "--na-strings", "-99");
      expect(b).toEqual(a);
      expect(a.glance).toMatchObject({ nobs: 5, omitted: 1 });
    } finally {
      files.remove();
    }
  });
});

describe("sample --json", () => {
  it("adds the posterior's columns, the same for the same seed, serial or parallel", async () => {
    const parallel = await json("sample", ...sleepstudy, ...quick);
    const serial = await json("sample", ...sleepstudy, ...quick, "--serial");
    expect(serial).toEqual(parallel);
    const [intercept] = parallel.tidy;
    expect(Object.keys(intercept)).toEqual(expect.arrayContaining(["median", "rhat", "ess_bulk", "ess_tail", "mcse"]));
    expect(intercept.estimate).toBeGreaterThan(235);
    expect(intercept.estimate).toBeLessThan(268);
    expect(parallel.ranef).toHaveLength(36);
  });

  it("takes priors: a narrow one on a coefficient pulls it there", async () => {
    const { tidy } = await json("sample", ...sleepstudy, ...quick, "--prior", "fixed:Days=normal(2, 0.01)");
    expect(tidy.find(({ term }: { term: string }) => term === "Days").estimate).toBeCloseTo(2, 1);
  });
});

describe("average --json", () => {
  it("has a row an estimand and cell, and the grid's columns by name", async () => {
    const { average, warnings } = await json(
      "average",
      ...[...cbpp, "--method", "agq:25", "--by", "period"],
      ...["population", "typical", "conditional"].flatMap((name) => ["--estimand", name]),
    );
    expect(warnings).toEqual([]);
    const population = average.filter(({ estimand }: { estimand: string }) => estimand === "population");
    expect(population.map(({ period }: { period: number }) => String(period))).toEqual(["1", "2", "3", "4"]);
    expect(Object.keys(population[0])).toEqual([
      "estimand",
      "period",
      "estimate",
      "std_error",
      "conf_low",
      "conf_high",
      "df",
      "ddf",
      "conf_level",
      "infer",
    ]);
    expect(new Set(average.map(({ estimand }: { estimand: string }) => estimand))).toEqual(
      new Set(["population", "typical", "conditional"]),
    );
    const typical = average.find(({ estimand }: { estimand: string }) => estimand === "typical");
    expect(population[0].estimate).toBeGreaterThan(typical.estimate);
  });

  it("crosses --at values", async () => {
    const { average } = await json("average", ...sleepstudy, "--at", "Days=0,4.5,9");
    const population = average.filter(({ estimand }: { estimand: string }) => estimand === "population");
    expect(population.map(({ Days }: { Days: number }) => Days)).toEqual([0, 4.5, 9]);
    // The identity link: the average is the fixed part, 251.4051 + 10.46729 Days (lme4 1.1-31).
    expect(population[1].estimate).toBeCloseTo(251.405105 + 4.5 * 10.467286, 4);
  });

  it("is of the whole population without a grid", async () => {
    const { average } = await json("average", ...sleepstudy, "--estimand", "population");
    expect(average).toHaveLength(1);
    expect(average[0].estimate).toBeCloseTo(251.405105 + 4.5 * 10.467286, 4);
  });

  it("compares averages of the estimands and at the level asked for", async () => {
    const flags = ["--by", "period", "--compare", "pairwise", "--estimand", "population", "--method", "laplace"];
    const wide = await json("average", ...cbpp, ...flags);
    const { average, contrasts } = await json("average", ...cbpp, ...flags, "--conf-level", "0.9");
    expect(average).toHaveLength(4);
    // six pairs, each as a difference, a ratio and an odds ratio
    expect(contrasts).toHaveLength(18);
    const width = (rows: { conf_low: number; conf_high: number }[]) => rows[0]!.conf_high - rows[0]!.conf_low;
    expect(width(contrasts)).toBeLessThan(0.9 * width(wide.contrasts));
    expect(contrasts[0]).toMatchObject({ estimand: "population", measure: "difference", period: "2 vs 1" });
  });

  it("is of the population, unless other estimands are asked for", async () => {
    const flags = ["--by", "period", "--compare", "reference", "--method", "laplace"];
    const { stdout } = await runHere(["average", ...cbpp, ...flags]);
    expect(stdout).toContain("random effects integrated out");
    expect(stdout).not.toMatch(/typical|conditional/);
    const asked = await runHere(["average", ...cbpp, ...flags, "--estimand", "typical"]);
    expect(asked.stdout).toContain("random effects 0");
  });
});

describe("predict and compare --json", () => {
  it("predicts the rows that were fitted where no others are given, at the level asked for", async () => {
    const { predict } = await json("predict", ...sleepstudy, "--conf-level", "0.5");
    expect(predict).toHaveLength(180);
    // lme4 1.1-31, fitted(lmer(Reaction ~ Days + (Days | Subject)))[1]
    expect(predict[0]).toMatchObject({ row: 1, Days: 0, Subject: 308 });
    expect(predict[0].estimate).toBeCloseTo(253.6637, 3);
    expect(predict[0].conf_high - predict[0].estimate).toBeCloseTo(0.6744898 * predict[0].std_error, 5);
  });

  const files = folderOf({ "new.csv": "Days,Subject\n10,308\n10,999\n" });
  afterAll(() => files.remove());

  it("predicts the rows of another table", async () => {
    const args = ["predict", ...sleepstudy, "--newdata", `${files.path}/new.csv`];
    const { predict } = await json(...args, "--new-levels", "population");
    expect(predict.map(({ row, Subject }: { row: number; Subject: number }) => [row, Subject])).toEqual([
      [1, 308],
      [2, 999],
    ]);
    // lme4 1.1-31: predict(fit, data.frame(Days = 10, Subject = c("308", "999")), allow.new.levels = TRUE)
    expect(predict[0].estimate).toBeCloseTo(450.3263, 2);
    expect(predict[1].estimate).toBeCloseTo(356.078, 2);
    const refused = await runHere(args);
    expect(refused.status).toBe(2);
  });

  it("puts methods and the posterior side by side", async () => {
    const { compare, fits } = await json("compare", ...cbpp, "--method", "laplace", "--method", "agq:9", ...quick);
    expect(fits.map(({ fit }: { fit: string }) => fit)).toEqual(["laplace", "agq:9", "bayes"]);
    expect(compare[0].term).toBe("(Intercept)");
    expect(Object.keys(compare[0].fits)).toEqual(["laplace", "agq:9", "bayes"]);
  });
});

describe("text", () => {
  it("prints a summary, without colours when stdout is no terminal", async () => {
    const { status, stdout } = await runCli(["fit", ...sleepstudy]);
    expect(status).toBe(0);
    expect(stdout).toContain("Formula: Reaction ~ Days + (Days | Subject)");
    expect(stdout).toContain("1743.63");
    expect(stdout).not.toContain("\u001b");
  });

  it("saves a fit that can be read again", async () => {
    const files = folderOf({});
    try {
      const path = `${files.path}/fit.json`;
      const { status } = await runHere(["fit", ...sleepstudy, "--save", path]);
      expect(status).toBe(0);
      expect((await readFit(path)).glance()["REMLcrit"]).toBeCloseTo(1743.628272, 5);
      const refused = await runHere(["fit", ...sleepstudy, "--save", `${files.path}/no/fit.json`]);
      expect(refused.status).toBe(2);
    } finally {
      files.remove();
    }
  });

  it("shows no progress bars without a terminal, and prints the priors before sampling", async () => {
    const { status, stdout, stderr } = await runCli(["sample", ...sleepstudy, ...quick]);
    expect(status).toBe(0);
    expect(stdout + stderr).not.toContain("\u001b");
    expect(stdout.indexOf("Priors")).toBeGreaterThanOrEqual(0);
    expect(stdout.indexOf("Priors")).toBeLessThan(stdout.indexOf("Formula"));
  });

  it("has help for the program and for each command, with examples", async () => {
    for (const command of ["", "fit", "sample", "predict", "compare", "average", "check"]) {
      const { status, stdout } = await runHere(command ? [command, "--help"] : ["--help"]);
      expect(status).toBe(0);
      expect(stdout).toContain("Examples:");
      expect(stdout).toContain(`marginalia ${command || "fit"} `);
    }
    expect((await runHere(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("refuses an unknown command with exit code 2", async () => {
    const { status, stderr } = await runCli(["fitt", "a.csv"]);
    expect(status).toBe(2);
    expect(stderr).toContain("fitt");
  });
});
