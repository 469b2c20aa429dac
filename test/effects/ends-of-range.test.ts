import { describe, expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { confint } from "../../src/effects/confint.ts";
import { intraclassCorrelation } from "../../src/effects/intraclass-correlation.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { exchangeable, gee } from "../../src/frequentist/gee/method.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { laplace, ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { predict } from "../../src/prediction/predict.ts";
import { createRng } from "../../src/random/rng.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";

const n = 40;
const x = Array.from({ length: n }, (_, i) => Math.sin(7 * i));
const g = Array.from({ length: n }, (_, i) => `g${i % 8}`);
const y = x.map((value, i) => 3 + value + 0.5 * Math.cos(3 * i) + 0.8 * Math.sin(i % 8));
const counts = y.map((value) => Math.max(0, Math.round(value)));

describe("numbers at the ends of what doubles hold", () => {
  it("have no error, and a warning names the rows", async () => {
    const fit = await model({ x, g, c: counts }).formula("c ~ x + (1 | g)").family(poisson()).fit();
    const { rows, warnings } = predict(fit, { newdata: { x: [0, 1e5], g: ["g1", "g2"] } });
    expect(rows[0]!.std_error).toBeGreaterThan(0);
    expect(rows[1]).toEqual({ row: 2, estimate: Infinity, std_error: null, conf_low: null, conf_high: null });
    expect(warnings.map(({ code, message }) => [code, message.slice(0, 30)])).toContainEqual([
      "beyond-doubles",
      "The prediction for row 2 is la",
    ]);
    const averages = populationAverage(fit, { at: { x: [0, 1e5, 2e5] }, contrasts: "pairwise", measure: "difference" });
    expect(averages.rows[2]).toMatchObject({ estimate: Infinity, std_error: null });
    expect(averages.warnings).toEqual([
      {
        code: "beyond-doubles",
        message:
          "The averages at x = 100000, x = 200000, the contrasts x = 100000 vs 0, x = 200000 vs 0, x = 200000 vs 100000 are larger than a number can be (1.8e308) and have no error: check the values of the columns, or average on the scale of the link.",
      },
    ]);
  });

  it("are probabilities of at most 1, whose odds are not negative", async () => {
    const rng = createRng(3);
    for (let set = 0; set < 4; set++) {
      const group = x.map((_, i) => `a${i % 3}`);
      const part = x.map((_, i) => (i % 3 === 1 ? 1 : Number(rng.uniform() < 0.5)));
      const fit = await model({ x, g, group, part }).formula("part ~ group + x + (1 | g)").family(binomial()).fit();
      const { rows, contrasts } = populationAverage(fit, { by: "group", contrasts: "pairwise", measure: "odds ratio" });
      for (const { estimate } of rows) expect(estimate).toBeLessThanOrEqual(1);
      for (const { estimate } of contrasts!) expect(estimate).toBeGreaterThanOrEqual(0);
    }
  });

  it("are no spread of a single draw", async () => {
    const fit = await model({ x, g, y })
      .formula("y ~ x + (1 | g)")
      .sample(gibbs({ chains: 1, draws: 1, warmup: 0, seed: 1 }));
    expect(fit.tidy().every((row) => row.std_error === null)).toBe(true);
  });

  it("are no correlation of residuals that are 0", async () => {
    const fit = await model({ y: [2, 2, 2, 2], g: ["a", "a", "b", "b"] })
      .formula("y ~ 1")
      .fit(gee({ id: "g", correlation: exchangeable() }));
    expect(fit.verdict.code).toBe("not identified");
    expect(fit.tidy().find(({ term }) => term === "alpha")).toMatchObject({ estimate: 0, std_error: null });
  });

  it("are no R² of fixed effects that are an intercept", async () => {
    const fit = await model({ x, g, y }).formula("y ~ 1 + (1 | g)").fit();
    expect(intraclassCorrelation(fit).find(({ measure }) => measure === "r2_marginal")).toMatchObject({
      estimate: 0,
      std_error: 0,
    });
  });
});

it("contrasts of one average are refused", async () => {
  const fit = await model({ x, y }).formula("y ~ x").fit();
  expect(() => populationAverage(fit, { contrasts: "pairwise" })).toThrow(
    /compares averages at the levels of a column.*name a column in by or at/,
  );
});

it("variances have no error where every row is predicted perfectly", async () => {
  const fit = await model({ y: [0, 0, 0, 0, 0, 0], g: [..."aabbcc"] })
    .formula("y ~ 1 + (1 | g)")
    .family(poisson())
    .fit();
  expect(fit.verdict.code).toBe("separation");
  expect(fit.tidy().every((row) => row.std_error === null)).toBe(true);
});

it("weights in any unit leave no word of a response that is nearly exact", async () => {
  const fit = await model({ x, y, w: x.map(() => 1e-200) })
    .formula("y ~ x")
    .weights("w")
    .fit(ml());
  expect(fit.warnings).toEqual([]);
  await expect(
    model({ x, y, w: x.map(() => 0) })
      .formula("y ~ x")
      .weights("w")
      .fit(),
  ).rejects.toThrow(/or with a weight or trials of 0, are dropped/);
});

it("functions that make what is wanted are asked to be called, and maps are no tables", async () => {
  const declared = model({ x, y }).formula("y ~ x");
  expect(() => declared.family(poisson as never)).toThrow(/was given a function; call it, as poisson\(\)/);
  await expect(declared.fit((() => ml()) as never)).rejects.toThrow(/cannot be a function; call it, as ml\(\)/);
  expect(() => model(new Map([["y", y]]) as never)).toThrow(/A table is needed/);
});

describe("a coefficient at infinity", () => {
  const rows = { y: [] as number[], t: [] as string[], g: [] as string[] };
  const rng = createRng("none of b");
  for (let j = 0; j < 8; j++) {
    const effect = 0.4 * rng.normal();
    for (const t of ["a", "b", "c"])
      for (let i = 0; i < 3; i++) {
        rows.g.push(`g${j}`);
        rows.t.push(t);
        rows.y.push(t === "b" ? 0 : Math.floor(5 * rng.uniform() * Math.exp(effect)) + (t === "c" ? 1 : 0));
      }
  }
  const fitted = (levels: readonly string[], formula: "y ~ t + (1 | g)" | "y ~ 0 + t + (1 | g)" | "y ~ 1 + (1 | g)") =>
    model(rows).factor("t", levels).formula(formula).family(poisson()).fit(laplace()) as Promise<MaximumLikelihood>;

  it("has an open interval by profile, and a likelihood-ratio test, the same in every parameterisation", async () => {
    const cells = await fitted(["a", "b", "c"], "y ~ 0 + t + (1 | g)");
    const reference = await fitted(["b", "a", "c"], "y ~ t + (1 | g)");
    const usual = await fitted(["a", "b", "c"], "y ~ t + (1 | g)");
    const ends = (fit: MaximumLikelihood, which: string) => confint(fit, { which }).rows[0]!;
    const own = ends(cells, "tb");
    expect(own.conf_low).toBeNull();
    expect(own.conf_high).toBeLessThan(0);
    // the same parameter is the intercept where b is the reference
    expect(ends(reference, "(Intercept)")).toMatchObject({ conf_low: null });
    expect(ends(reference, "(Intercept)").conf_high).toBeCloseTo(own.conf_high!, 3);
    // b against a, and a against b, which is at infinity too
    const [against, turned] = [ends(usual, "tb"), ends(reference, "ta")];
    expect([against.conf_low, turned.conf_high]).toEqual([null, null]);
    expect(turned.conf_low).toBeCloseTo(-against.conf_high!, 3);
    const none = await fitted(["a", "b", "c"], "y ~ 1 + (1 | g)");
    const tests = [cells, reference, usual].map((fit) => anova({ none, fit }).rows[1]!);
    for (const { Chisq, Df, p_value } of tests) {
      expect(Df).toBe(2);
      expect(Chisq).toBeCloseTo(tests[0]!.Chisq!, 6);
      expect(p_value).toBeLessThan(1e-10);
    }
  });
});
