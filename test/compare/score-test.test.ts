import { beforeAll, describe, expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { scoreTest } from "../../src/compare/score-test.ts";
import { exchangeable, gee } from "../../src/frequentist/gee/method.ts";
import { scoreTest as scoreTestOfFits } from "../../src/frequentist/gee/score-test.ts";
import { laplace, ml, pql, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { exampleColumns } from "../prediction/hand-made-fits.ts";

type Numbers = Record<string, number[]>;
let sleep: Numbers;
let cbpp: Numbers;
beforeAll(async () => {
  sleep = (await exampleColumns("sleepstudy")) as object as Numbers;
  cbpp = (await readColumns(new URL("../fixtures/reference/cbpp.csv", import.meta.url))).columns as object as Numbers;
});
const sleepers = (formula: string) => model(sleep).formula(formula);
const herds = (formula: string) =>
  model(cbpp).factor("period", ["1", "2", "3", "4"]).family({ name: "binomial" }).formula(formula);

describe("score tests of terms", () => {
  it("are Rao's of a linear model: n R², whatever was in it before", async () => {
    // without variances of groups n(RSS₀ − RSS₁)/RSS₀
    const small = await sleepers("Reaction ~ 1").fit(ml());
    const large = await sleepers("Reaction ~ Days").fit(ml());
    const rss = (fit: typeof small) => fit.residuals().reduce((sum, e) => sum + e * e, 0);
    const row = scoreTest(small, "Days");
    expect(row.statistic / ((180 * (rss(small) - rss(large))) / rss(small))).toBeCloseTo(1, 5);
    expect(row).toMatchObject({ term: "Days", df: 1, distribution: "χ²₁" });
  });

  it("are near the likelihood ratio where the effect is small, with random effects and of other families", async () => {
    const small = await herds("incidence | trials(size) ~ 1 + (1 | herd)").fit(laplace());
    const large = await herds("incidence | trials(size) ~ period + (1 | herd)").fit(laplace());
    const ratio = anova({ small, large }).rows[1]!;
    const row = scoreTest(small, "period");
    expect(row.df).toBe(3);
    expect(Math.abs(row.statistic / ratio.Chisq! - 1)).toBeLessThan(0.15);
    const nested = await sleepers("Reaction ~ Days + (1 | Subject)").fit(reml());
    const square = anova({
      a: await sleepers("Reaction ~ Days + (1 | Subject)").fit(ml()),
      b: await sleepers("Reaction ~ Days + I(Days^2) + (1 | Subject)").fit(ml()),
    }).rows[1]!;
    expect(scoreTest(nested, "~ . + I(Days^2)").statistic / square.Chisq!).toBeCloseTo(1, 1);
  });

  it("of estimating equations are those of two fits, without the second", async () => {
    const method = gee({ id: "herd", correlation: exchangeable() });
    const small = await herds("incidence | trials(size) ~ 1").fit(method);
    const large = await herds("incidence | trials(size) ~ period").fit(method);
    const two = scoreTestOfFits(small, large);
    expect(scoreTest(small, "period").statistic).toBeCloseTo(two.statistic, 10);
    expect(scoreTest(small, large).statistic).toBe(two.statistic);
    expect(() => scoreTest(small, "(1 | herd)")).toThrow(/no random effects/);
  });

  it("are refused where there is no maximum or nothing is added", async () => {
    const fit = await herds("incidence | trials(size) ~ period + (1 | herd)").fit(pql());
    expect(() => scoreTest(fit, "size")).toThrow(/at no maximum/);
    const own = await sleepers("Reaction ~ Days + (1 | Subject)").fit();
    expect(() => scoreTest(own, "Days")).toThrow(/adds nothing/);
    expect(() => scoreTest(own, "0 + I(Days^2)")).toThrow(/takes the intercept away/);
    expect(() => scoreTest(own, "(Days | Subject)")).toThrow(/one variance alone/);
    expect(() => scoreTest(own, "I(Days^2) + (0 + Days | Subject)")).toThrow(/one variance alone/);
  });
});

describe("score tests of a variance", () => {
  it("are Breusch and Pagan's in a balanced layout, one-sided", async () => {
    // 18 groups of 10: LM = nT/(2(T − 1)) [Σ(Σe)²/Σe² − 1]²
    const fit = await sleepers("Reaction ~ Days").fit(ml());
    const e = fit.residuals();
    const sums = new Map<number, number>();
    for (const [i, subject] of sleep["Subject"]!.entries()) sums.set(subject, (sums.get(subject) ?? 0) + e[i]!);
    const between = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0);
    const total = e.reduce((sum, value) => sum + value * value, 0);
    const lm = (180 / (2 * 9)) * (between / total - 1) ** 2;
    const row = scoreTest(fit, "(1 | Subject)");
    expect(row).toMatchObject({ term: "(1 | Subject)", df: 1, distribution: "½χ²₀ + ½χ²₁" });
    // its information is simulated, to a few per cent
    expect(Math.abs(row.statistic / lm - 1)).toBeLessThan(0.25);
    expect(row.p_value).toBeLessThan(1e-10);
    expect(scoreTest(fit, "(1 | Subject)")).toEqual(row);
  });

  it("say 1 where the likelihood falls, beside other variances and in other families too", async () => {
    const slope = scoreTest(await sleepers("Reaction ~ Days + (1 | Subject)").fit(), "(0 + Days | Subject)");
    expect(slope.p_value).toBeLessThan(1e-6);
    const alternating = sleep["Subject"]!.map((_, i) => (i % 2 === 0 ? 1 : -1));
    const none = await model({ ...sleep, alternating, y: alternating } as Numbers)
      .formula("y ~ Days")
      .fit(ml());
    expect(scoreTest(none, "(1 | Subject)")).toMatchObject({ statistic: 0, p_value: 1 });
    const binomial = scoreTest(await herds("incidence | trials(size) ~ period").fit(), "(1 | herd)");
    expect(binomial.p_value).toBeLessThan(0.01);
  });
});
