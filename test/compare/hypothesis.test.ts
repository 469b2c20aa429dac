import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { hypothesis } from "../../src/compare/hypothesis.ts";
import { exchangeable, gee } from "../../src/frequentist/gee/method.ts";
import { laplace, ml, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { exampleColumns, handMadePosterior } from "../prediction/hand-made-fits.ts";

type Numbers = Record<string, number[]>;
const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url);
const reference = JSON.parse(readFileSync(fixture("tests/adjust.json"), "utf8"));
let cbpp: Numbers;
let sleep: Numbers;
let herds: Awaited<ReturnType<typeof fitHerds>>;
const declared = (formula: string) =>
  model(cbpp).factor("period", ["1", "2", "3", "4"]).family({ name: "binomial" }).formula(formula);
const fitHerds = () => declared("incidence | trials(size) ~ period + (1 | herd)").fit(laplace());
const sleepers = (formula = "Reaction ~ Days + (Days | Subject)") => model(sleep).formula(formula);
beforeAll(async () => {
  cbpp = (await readColumns(fixture("reference/cbpp.csv"))).columns as object as Numbers;
  sleep = (await exampleColumns("sleepstudy")) as object as Numbers;
  herds = await fitHerds();
});
const four = ["period2 = period3", "period3 - period4 = 0", "0 = period4 - period2", "period2 = 0"];
const near = (value: number | null | undefined, wanted: number, within: number) =>
  expect(Math.abs(value! - wanted)).toBeLessThan(within);

describe("hypothesis", () => {
  it("has multcomp's estimates, and its adjusted p values to 1e-4", () => {
    const { singleStep } = reference;
    const rows = (adjust: "mvt" | "holm" | "bonferroni" | "fdr") => hypothesis(herds, four, { adjust }).rows;
    const mvt = rows("mvt");
    mvt.forEach(({ estimate, std_error, statistic, p_value, df, conf_high }, k) => {
      near(estimate, singleStep.estimate[k], 2e-5);
      near(std_error, singleStep.sigma[k], 2e-5);
      near(statistic, singleStep.tstat[k], 1e-4);
      near(p_value, singleStep.p[k], 1e-4);
      expect(df).toBeNull();
      near((conf_high! - estimate!) / std_error!, singleStep.calpha, 1e-3);
    });
    for (const [adjust, name] of [
      ["holm", "holm"],
      ["bonferroni", "bonferroni"],
      ["fdr", "BH"],
    ] as const)
      rows(adjust).forEach(({ p_value }, k) => {
        near(p_value, reference[name][k], 1e-4);
      });
    const less = four.map((text) => text.replace("0 = period4 - period2", "period2 - period4 = 0").replace("=", "<"));
    const lower = hypothesis(herds, less, { adjust: "mvt" }).rows;
    lower.forEach(({ p_value, conf_low, alternative }, k) => {
      near(p_value, reference.less[k], 1e-4);
      expect([conf_low, alternative]).toEqual([null, "less"]);
    });
  });

  it("reads names of every kind, arithmetic and functions", async () => {
    const fit = await sleepers().fit(ml());
    const sd = fit.tidy().find(({ term }) => term === "sd__Days")!;
    const all = fit.tidy().map(({ estimate }) => estimate);
    const [intercept, days, sdIntercept, , cor, sigma] = all as [number, number, number, number, number, number];
    const value = (text: string) => hypothesis(fit, text).rows[0]!;
    expect(value("(Intercept) + 2 * Days = 0").estimate).toBeCloseTo(intercept + 2 * days, 10);
    expect(value("Intercept = b_Days").estimate).toBeCloseTo(intercept - days, 10);
    expect(value("sd__(Intercept) - sd_Subject__Days = 0").estimate).toBeCloseTo(sdIntercept - sd.estimate, 10);
    expect(value("`Subject sd__Days` = 0").std_error).toBeCloseTo(sd.std_error!, 8);
    expect(value("cor__(Intercept).Days = 0").estimate).toBeCloseTo(cor, 10);
    expect(value("sd__Observation^2 / (sigma^2 + sd__(Intercept)^2) = 0").estimate).toBeCloseTo(
      sigma ** 2 / (sigma ** 2 + sdIntercept ** 2),
      10,
    );
    // the delta method of a product, by its own derivatives
    const { covariance, model: own } = fit;
    const n = own.layout.size;
    const product = value("(Intercept) * Days = 100");
    expect(product.std_error).toBeCloseTo(
      Math.sqrt(
        days ** 2 * covariance[0]! + 2 * days * intercept * covariance[1]! + intercept ** 2 * covariance[n + 1]!,
      ),
      6,
    );
    expect(hypothesis(fit, { growth: "exp(Days / 10) > 2" }).rows[0]!.term).toBe("growth");
    for (const [text, fault] of [
      ["Dais > 0", /no parameter "Dais"; did you mean "Days"/],
      ["Days", /compares nothing/],
      ["0 < Days < 1", /2 comparisons/],
      ["1 = 1", /names no parameter/],
      ["Days >", /nothing on one side/],
      ["poly(Days, 2) = 0", /may call/],
      ["Days + = 2", /formula/],
    ] as const)
      expect(() => hypothesis(fit, text)).toThrow(fault);
  });

  it("takes degrees of freedom as the coefficients do, and none where variances come in", async () => {
    const fit = await sleepers().fit(reml());
    const row = fit.tidy().find(({ term }) => term === "Days")!;
    const [own, double, mixed] = hypothesis(fit, ["Days = 0", "2 * Days = 0", "Days - sd__Days = 0"]).rows;
    for (const name of ["estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"] as const)
      near(own![name], row[name]!, 1e-9);
    near(double!.df, row.df!, 1e-8);
    expect(mixed!.df).toBeNull();
    const adjusted = hypothesis(fit, "Days > 0", { ddf: "kenward-roger" }).rows[0]!;
    const reference = fit.tidy({ ddf: "kenward-roger" }).find(({ term }) => term === "Days")!;
    near(adjusted.p_value! * 2, reference.p_value!, 1e-12);
    expect([adjusted.conf_high, adjusted.alternative]).toEqual([null, "greater"]);
  });

  it("compares likelihoods under the constraint where that is asked for", async () => {
    const fit = await sleepers().fit(ml());
    const small = await sleepers("Reaction ~ 1 + (Days | Subject)").fit(ml());
    const row = hypothesis(fit, "Days = 0", { test: "lrt" }).rows[0]!;
    near(row.statistic, anova({ small, fit }).rows[1]!.Chisq!, 1e-4);
    expect(() => hypothesis(fit, "Days > 0", { test: "lrt" })).toThrow(/has a direction/);
    expect(() => hypothesis(fit, "Days = 0", { test: "lrt", adjust: "holm" })).toThrow(/of Wald tests here/);
    const equations = await declared("incidence | trials(size) ~ period").fit(
      gee({ id: "herd", correlation: exchangeable() }),
    );
    expect(() => hypothesis(equations, "period2 = 0", { test: "lrt" })).toThrow(/maximises none/);
    near(hypothesis(equations, "period2 = 0").rows[0]!.p_value, equations.tidy()[1]!.p_value!, 1e-10);
  });

  it("finds the maximum under a constraint where it is another mode, or far away", async () => {
    const slopes = simulated(2, 12, 6, 2);
    const formula = "y ~ x + z + (x | g)";
    for (const method of [ml(), reml()]) {
      const fit = await model(slopes).formula(formula).fit(method);
      // lme4 2.0: anova of the fits by ML with and without x
      near(hypothesis(fit, "x = 0", { test: "lrt" }).rows[0]!.statistic, 44.984, 1e-3);
    }
    const fit = await model(slopes).formula(formula).fit(ml());
    const lossOf = async (column: readonly number[], other: string) => {
      const small = await model({ ...slopes, y: column })
        .formula(other)
        .fit(ml());
      return 2 * (fit.logLik - small.logLik);
    };
    const less = slopes.y.map((y, i) => y - 1.5 * slopes.x[i]!);
    const sum = slopes.y.map((y, i) => y - 2 * slopes.x[i]!);
    const found = hypothesis(fit, ["x = 1.5", "x + 2 * z = 2", "Intercept = 0"], { test: "lrt" }).rows;
    near(found[0]!.statistic, await lossOf(less, "y ~ z + (x | g)"), 1e-3);
    near(found[1]!.statistic, await lossOf(sum, "y ~ I(z - 2 * x) + (x | g)"), 1e-3);
    near(found[2]!.statistic, await lossOf(slopes.y, "y ~ 0 + x + z + (x | g)"), 1e-3);
    const strong = simulated(3, 8, 5, 3);
    const far = await model(strong).formula("y ~ A + x + B + (1 | g)").fit(ml());
    const without = await model(strong).formula("y ~ A + B + (1 | g)").fit(ml());
    const { rows, warnings } = hypothesis(far, ["x = 0", "x = -1"], { test: "lrt" });
    near(rows[0]!.statistic, 2 * (far.logLik - without.logLik), 1e-4);
    expect(rows[1]!.statistic).toBeGreaterThan(rows[0]!.statistic!);
    expect(warnings).toEqual([]);
    const only = await model(strong).formula("y ~ 0 + x + (1 | g)").fit(ml());
    const none = await model(strong).formula("y ~ 0 + (1 | g)").fit(ml());
    near(hypothesis(only, "x = 0", { test: "lrt" }).rows[0]!.statistic, 2 * (only.logLik - none.logLik), 1e-4);
  });

  it("tests against margins, and refuses two directions at once", () => {
    const [row] = hypothesis(herds, "period2 = period3", { delta: 1 }).rows;
    const t = (Math.abs(row!.estimate!) - 1) / row!.std_error!;
    near(row!.statistic, t, 1e-10);
    const [bounds] = hypothesis(herds, "period2 = period3", { equivalence: { lower: -1, upper: 1 } }).rows;
    expect(bounds!.p_value).toBe(row!.p_value);
    expect(bounds!.alternative).toBe("equivalence");
    expect(() => hypothesis(herds, "period2 > 0", { side: "less" })).toThrow(/has a direction/);
    expect(() => hypothesis(herds, ["period2 > 0", "period3 < 0"], { adjust: "mvt" })).toThrow(/of one direction/);
    expect(hypothesis(herds, ["period2 > 0", "period3 < 0"], { adjust: "holm" }).rows).toHaveLength(2);
    expect(() => hypothesis(herds, four, { adjust: "tukey" })).toThrow(/contrasts of averages/);
    expect(() => hypothesis(herds, four, { side: "equivalence" })).toThrow(/needs a margin/);
  });

  it("counts draws of a posterior, as brms", async () => {
    const declaration = sleepers().prior("fixed:Days", { name: "normal", parameters: [0, 20] });
    const compiled = declaration.compile("posterior");
    const { estimate } = await sleepers().fit(ml());
    // draws of Days at the quantiles of a normal distribution
    const scores = Array.from({ length: 999 }, (_, k) => 10 + 2 * normalScore((k + 0.5) / 999));
    const posterior = handMadePosterior(
      compiled,
      scores.map((days) => Array.from(estimate, (value, j) => (j === 1 ? days : value))),
      [],
    );
    const [above, equal] = hypothesis(posterior, ["Days > 8", "Days = 8"]).rows;
    const holds = scores.filter((value) => value > 8).length / 999;
    expect(above!.post_prob).toBeCloseTo(holds, 12);
    expect(above!.evid_ratio).toBeCloseTo(holds / (1 - holds), 10);
    expect([above!.p_value, above!.statistic]).toEqual([null, null]);
    near(above!.conf_low, 2 - 2 * 1.6449, 0.02);
    near(equal!.conf_low, 2 - 2 * 1.96, 0.03);
    // N(10, 2²) at 8 over N(0, 20²) at 8
    const ratio = (Math.exp(-0.5) / 2 / (Math.exp(-0.5 * 0.16) / 20)) * 1;
    near(equal!.evid_ratio! / ratio, 1, 0.05);
    expect(hypothesis(posterior, "sd__Days = 0").rows[0]!.evid_ratio).toBeNull();
    expect(() => hypothesis(posterior, "Days = 0", { adjust: "holm", delta: 1 })).toThrow(/is a posterior/);
  });
});

/** Φ⁻¹ by bisection of a series is not needed to more than this. */
/** Groups with an effect of x on y that is 0.7 and `slope` more. */
function simulated(seed: number, groups: number, rows: number, slope: number) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const y: number[] = [];
  const x: number[] = [];
  const z: number[] = [];
  const A: string[] = [];
  const B: string[] = [];
  const g: string[] = [];
  for (let i = 0; i < groups; i++) {
    const b = normal();
    for (let j = 0; j < rows; j++) {
      x.push(normal());
      z.push(normal());
      A.push(["a0", "a1", "a2"][Math.floor(uniform() * 3)]!);
      B.push(j % 2 ? "p" : "q");
      g.push(`g${i}`);
      const eta = 0.5 + 0.7 * x.at(-1)! + (A.at(-1) === "a1" ? 0.6 : 0) + b * 0.8;
      y.push(eta + normal() + slope * x.at(-1)!);
      // what the other columns of the table that this was found in drew
      for (let k = 0; k < 3; k++) uniform();
      normal();
      uniform();
      if (eta + normal() >= 0) normal();
      normal();
      normal();
      uniform();
    }
  }
  return { y, x, z, A, B, g };
}

function normalScore(p: number): number {
  let low = -6;
  let high = 6;
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}
function cdf(x: number): number {
  let sum = 0;
  let term = x;
  for (let n = 0; n < 80; n++) {
    sum += term;
    term *= (x * x) / (2 * n + 3);
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}
