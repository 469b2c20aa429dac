import { beforeAll, describe, expect, it } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { gaussian } from "../../src/families/gaussian.ts";
import { gee } from "../../src/frequentist/gee/method.ts";
import type { Fit } from "../../src/model/fit.ts";
import { model } from "../../src/model-builder.ts";
import { predict, predictionDraws } from "../../src/prediction/predict.ts";
import { simulate } from "../../src/prediction/simulate.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const n = 24;
const index = Array.from({ length: n }, (_, i) => i);
const table = {
  x: index.map((i) => (i % 6) / 6),
  f: index.map((i) => (i % 2 ? "q" : "p")),
  g: index.map((i) => `g${i % 4}`),
  t: index.map((i) => Math.floor(i / 4)),
  w: index.map((i) => 1 + (i % 3)),
  y: index.map((i) => Math.sin(i * 1.7) + (i % 4) / 3 + i / 20),
  o: index.map((i) => 1 + ((i * 7) % 3)),
  s: index.map((i) => (i * 5) % 4),
  n: index.map(() => 4),
};
const newdata = { x: [0.5, null, 0.2, 0.5], f: ["p", "q", null, "p"], g: ["g0", "g1", "g2", null] };

describe("new rows that miss a value", () => {
  let fits: Record<string, Fit>;
  beforeAll(async () => {
    const formula = "y ~ x + f + (1 | g)";
    fits = {
      REML: await model(table).formula(formula).fit(),
      posterior: await model(table)
        .formula(formula)
        .sample(nuts({ seed: 1, chains: 1, draws: 60, warmup: 60 })),
      residual: await model(table).formula("y ~ x + f").residual({ correlation: "corAR1(~ t | g)" }).fit(),
      GEE: await model(table)
        .formula("y ~ x + f")
        .fit(gee({ id: "g" })),
    };
  });

  it.each(["REML", "posterior", "residual", "GEE"])("keep their place with nulls and a reason: %s", (name) => {
    const fit = fits[name]!;
    const { rows, warnings } = predict(fit, { newdata, estimand: "population" });
    expect(rows.map(({ row }) => row)).toEqual([1, 2, 3, 4]);
    expect(rows[1]).toEqual({ row: 2, estimate: null, std_error: null, conf_low: null, conf_high: null });
    expect(rows[2]!.estimate).toBeNull();
    expect(rows[3]!.estimate).toBe(rows[0]!.estimate);
    const alone = predict(fit, { newdata: { x: [0.5], f: ["p"], g: ["g0"] }, estimand: "population" });
    expect(rows[0]).toEqual(alone.rows[0]);
    expect(warnings.map(({ message }) => message)).toEqual([
      "The column x is missing in row 2 of the new rows, for which nothing can be predicted; its numbers are null.",
      "The column f is missing in row 3 of the new rows, for which nothing can be predicted; its numbers are null.",
    ]);
  });

  it("miss their group in conditional predictions, unless a new group is drawn", () => {
    const estimates = (options: object) =>
      predict(fits["REML"]!, { newdata, ...options }).rows.map((row) => row.estimate);
    expect(estimates({}).map((value) => value === null)).toEqual([false, true, true, true]);
    expect(estimates({ newLevels: "zero" }).map((value) => value === null)).toEqual([false, true, true, false]);
  });

  it("are NaN among draws and simulated responses, the others as they are without them", () => {
    const fit = fits["REML"]!;
    const whole = { x: [0.5, 0.5], f: ["p", "p"], g: ["g0", null] };
    const draws = predictionDraws(fit, { newdata, estimand: "typical", draws: 50 });
    expect([...draws.rows]).toEqual([1, 2, 3, 4]);
    expect(draws.values.subarray(50, 150).every(Number.isNaN)).toBe(true);
    const without = predictionDraws(fit, { newdata: whole, estimand: "typical", draws: 50 });
    expect(draws.values.subarray(150)).toEqual(without.values.subarray(50));
    const { n: rows, values, warnings } = simulate(fit, { newdata, nsim: 2, seed: 1 });
    expect([rows, ...[...values].map(Number.isNaN)]).toEqual([4, false, true, true, false, false, true, true, false]);
    expect(warnings).toHaveLength(2);
  });

  it("miss a time or place where residuals are predicted or drawn", () => {
    const times = { x: [0.5, 0.5], f: ["p", "p"], g: ["g0", "g0"], t: [6, null] };
    const options = { newdata: times, estimand: "conditional", residuals: "conditional" } as const;
    const { rows, warnings } = predict(fits["residual"]!, options);
    expect(rows[1]!.estimate).toBeNull();
    expect(rows[0]!.estimate).not.toBeNull();
    expect(warnings[0]!.message).toContain("column t is missing in row 2");
    expect(predict(fits["residual"]!, { newdata: times, type: "simulate" }).rows[1]!.estimate).toBeNull();
  });

  it("are refused where the model refuses missing values", async () => {
    const fit = await model(table).formula("y ~ x + f + (1 | g)").missing("error").fit();
    expect(() => predict(fit, { newdata })).toThrow(
      /column x has 1 missing value \(row 2\)[\s\S]*column f has 1 missing value \(row 3\)/,
    );
  });

  it("of an ordered response have a row for each category", async () => {
    const fit = await model(table).formula("o ~ x").family({ name: "cumulative" }).fit();
    const { rows } = predict(fit, { newdata: { x: [null, 0.5] } });
    expect(rows.map(({ row, category, estimate }) => [row, category, estimate === null])).toEqual([
      [1, "1", true],
      [1, "2", true],
      [1, "3", true],
      [2, "1", false],
      [2, "2", false],
      [2, "3", false],
    ]);
    const classes = predict(fit, { newdata: { x: [null, 0.5] }, type: "class" }).rows;
    expect(classes[0]).toEqual({ row: 1, estimate: null, std_error: null, conf_low: null, conf_high: null });
    expect(classes[1]!.category).toBeDefined();
  });
});

describe("new responses", () => {
  const counted = (formula: string) => model(table).formula(formula).family(binomial()).fit();
  const drawn = (fit: Fit, extra: object) =>
    predict(fit, { newdata: { x: [0.5, 0.1], g: ["g0", "g1"], ...extra }, type: "simulate", draws: 40 }).rows;

  it.each(["s | trials(n) ~ x + (1 | g)", "cbind(s, n - s) ~ x + (1 | g)"])(
    "need their trials: %s",
    async (formula) => {
      const fit = await counted(formula);
      expect(() => drawn(fit, {})).toThrow(/no column n/);
      expect(() => drawn(fit, { n: [4, -3] })).toThrow(
        "The number of trials n is -3 in row 2; counts cannot be negative.",
      );
      expect(() => drawn(fit, { n: [2.5, 4] })).toThrow(
        "The number of trials n is 2.5 in row 1; it must be a whole number.",
      );
      const rows = drawn(fit, { n: [null, 4] });
      expect([rows[0]!.estimate === null, rows[1]!.estimate === null]).toEqual([true, false]);
      expect(drawn(fit, { n: [0, 4] })[0]).toMatchObject({ estimate: 0, conf_high: 0 });
      expect(() => simulate(fit, { newdata: { x: [0.5], g: ["g0"] }, seed: 1 })).toThrow("no column n");
      expect(predict(fit, { newdata: { x: [0.5], g: ["g0"] } }).rows).toHaveLength(1);
    },
  );

  it("need their weights, of which their means are free", async () => {
    const fit = await model(table).formula("y ~ x + (1 | g)").family(gaussian()).weights("w").fit();
    expect(predict(fit, { newdata: { x: [0.5], g: ["g0"] } }).rows[0]!.estimate).not.toBeNull();
    expect(() => drawn(fit, {})).toThrow("no column w");
    expect(() => drawn(fit, { w: [1, 0] })).toThrow(
      "The weights w are 0 in row 2; the weight of a new response must be above 0",
    );
    expect(drawn(fit, { w: [1, null] })[1]!.estimate).toBeNull();
    const [heavy, light] = drawn(fit, { w: [1e8, 1e-4] });
    expect(light!.std_error! / heavy!.std_error!).toBeGreaterThan(10);
  });
});
