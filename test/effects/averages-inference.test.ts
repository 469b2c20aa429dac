import { describe, expect, it } from "vitest";
import { anova, binomial, laplace, ml, model, populationAverage, reml } from "../../src/index.ts";
import { averageSlopes, hypothesis } from "../../src/public/inference.ts";

const GROUPS = 8;
const SIZE = 5;
const rows = Array.from({ length: GROUPS * SIZE }, (_, i) => i);
const g = rows.map((i) => `g${Math.floor(i / SIZE)}`);
const x = rows.map((i) => Math.sin(7 * i));
const A = rows.map((i) => ["b", "constructor", "__proto__"][(i + Math.floor(i / 3)) % 3]!);
const f = rows.map((i) => 1 + (i % 3));
const noise = rows.map((i) => Math.sin(13 * i + 1) + Math.cos(3 * Math.floor(i / SIZE)));
const y = rows.map((i) => 1 + x[i]! + (A[i] === "b" ? 0.5 : 0) + noise[i]!);
const fitted = await model({ y, x, A, g }).formula("y ~ A + x + (1 | g)").fit(reml());

describe("what averages and contrasts say of their inference", () => {
  it("is in the rows and below the tables", () => {
    const found = populationAverage(fitted, { by: "A", contrasts: "pairwise", adjust: "tukey", ddf: "kenward-roger" });
    expect(found.contrasts[0]).toMatchObject({
      ddf: "kenward-roger",
      conf_level: 0.95,
      adjust: "tukey",
      family_size: 3,
    });
    const text = found.toString();
    expect(text).toContain("errors and degrees of freedom of Kenward and Roger");
    expect(text).toContain("Tukey's method for a family of 3 estimates");
    // not a whole number, not printed as one
    expect(Number.isInteger(found.rows[0]!.df)).toBe(false);
    expect(text).toContain(found.rows[0]!.df!.toFixed(2));
    expect(found.toCSV()).toMatch(/,ddf,conf_level/);
    expect(found.toLaTeX()).toContain("Tukey");
  });

  it("has the interval that tests of equivalence are read from", () => {
    const options = { by: "A", contrasts: "pairwise" } as const;
    const tested = populationAverage(fitted, { ...options, delta: 0.7 });
    const ninety = populationAverage(fitted, { ...options, confLevel: 0.9 });
    const wider = populationAverage(fitted, { ...options, delta: 0.7, adjust: "bonferroni" });
    tested.contrasts.forEach((row, k) => {
      expect(row.tost_low).toBeCloseTo(ninety.contrasts[k]!.conf_low!, 10);
      expect(row.tost_high).toBeCloseTo(ninety.contrasts[k]!.conf_high!, 10);
      expect(row.p_value! < 0.05).toBe(row.tost_low! > -0.7 && row.tost_high! < 0.7);
      expect(wider.contrasts[k]!.tost_low).toBeLessThan(row.tost_low!);
      expect(row).toMatchObject({ alternative: "equivalence", margin_low: -0.7, margin_high: 0.7 });
    });
    expect(tested.toString()).toContain("within ±0.7");
  });

  it("takes measures that bounds of equivalence are of, and refuses others", async () => {
    const b = rows.map((i) => (Math.sin(5 * i) > -0.2 ? 1 : 0));
    const fit = await model({ b, x, A, g }).formula("b ~ A + x + (1 | g)").family(binomial()).fit(laplace());
    const measured = (equivalence: { lower: number; upper: number }) =>
      new Set(populationAverage(fit, { by: "A", contrasts: "reference", equivalence }).contrasts.map((r) => r.measure));
    expect([...measured({ lower: 0.5, upper: 2 })]).toEqual(["ratio", "odds ratio"]);
    expect([...measured({ lower: -1, upper: 2 })]).toEqual(["difference"]);
    const ratio = { by: "A", contrasts: "reference", equivalence: { lower: -1, upper: 2 }, measure: "ratio" } as const;
    expect(() => populationAverage(fit, ratio)).toThrow(/no bounds of a ratio/);
    // of differences bounds may lie to one side of no effect
    const one = populationAverage(fitted, { by: "A", contrasts: "reference", equivalence: { lower: 0.1, upper: 2 } });
    expect(one.contrasts.every(({ p_value }) => Number.isFinite(p_value))).toBe(true);
  });

  it("says at what level the interval of a directional hypothesis of a posterior is", () => {
    const { rows: tests } = hypothesis(fitted, ["x > 0", "x = 0"], { adjust: "holm" });
    expect(tests[0]).toMatchObject({ ddf: "satterthwaite", conf_level: 0.95, adjust: "holm" });
    expect(hypothesis(fitted, "x > 0").toString()).toContain("Satterthwaite's degrees of freedom");
  });
});

describe("contrasts and grids", () => {
  it("take levels that are called as members of objects", () => {
    const contrasts = JSON.parse('{ "k": { "b": 1, "__proto__": -1 }, "j": { "b": 1, "constructor": -1 } }');
    const found = populationAverage(fitted, { by: "A", contrasts }).contrasts;
    const at = (level: string) =>
      populationAverage(fitted, { by: "A" }).rows.find((row) => row["A"] === level)!.estimate!;
    expect(found[0]!.estimate).toBeCloseTo(at("b") - at("__proto__"), 10);
    expect(found[1]!.estimate).toBeCloseTo(at("b") - at("constructor"), 10);
  });

  it("count frequencies in the summaries of columns", async () => {
    const again = rows.flatMap((i) => new Array<number>(f[i]!).fill(i));
    const of = <T>(values: readonly T[]) => again.map((i) => values[i]!);
    const counted = await model({ y, x, g, f }).formula("y ~ x + (1 | g)").frequencyWeights("f").fit(reml());
    const repeated = await model({ y: of(y), x: of(x), g: of(g) })
      .formula("y ~ x + (1 | g)")
      .fit(reml());
    for (const x of ["mean", "median", "quartiles", "range"] as const) {
      const values = (fit: typeof counted | typeof repeated) =>
        populationAverage(fit, { at: { x } }).rows.map((row) => row["x"] as number);
      values(repeated).forEach((value, k) => {
        expect(values(counted)[k]).toBeCloseTo(value, 12);
      });
    }
    const sums = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
    const own = (fit: typeof counted | typeof repeated) => populationAverage(fit, { at: { x: sums } }).rows[0]!["x"];
    expect(own(counted)).toBeCloseTo(own(repeated) as number, 10);
  });

  it("say where there is nothing to contrast, to average or to take a slope of", () => {
    const { contrasts, warnings } = populationAverage(fitted, { at: { x: [1] }, contrasts: "pairwise" });
    expect(contrasts).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(["nothing-to-contrast"]);
    expect(() => averageSlopes(fitted, { of: [] })).toThrow(/at least one column/);
    const shares = (N: number[]) => () => populationAverage(fitted, { weights: { A: ["b", "constructor"], N } });
    expect(shares([0, 0])).toThrow(/All shares "N" of the target are 0/);
    expect(shares([Number.NaN, 1])).toThrow(/is missing in row 1/);
    expect(() => populationAverage(fitted, { at: { x: [Number.NaN] } })).toThrow(/not \[NaN\]/);
  });
});

describe("fits without noise", () => {
  it.each([
    ["constant", x.map(() => 3)],
    ["exact", x.map((value) => 2 + 3 * value)],
  ])("test nothing of a response that is %s", async (_, response) => {
    for (const method of [reml(), ml()]) {
      const fit = await model({ y: response, x, A, g }).formula("y ~ x + A + (1 | g)").fit(method);
      const {
        contrasts,
        rows: averages,
        warnings,
      } = populationAverage(fit, { by: "A", contrasts: "pairwise", adjust: "mvt" });
      for (const row of [
        ...averages,
        ...contrasts,
        ...hypothesis(fit, "x = 3").rows,
        ...fit.tidy({ effects: ["fixed"] }),
      ])
        expect(row).toMatchObject({ std_error: null, conf_low: null, conf_high: null });
      for (const row of [...contrasts, ...fit.tidy({ effects: ["fixed"] })])
        expect(row).toMatchObject({ statistic: null, p_value: null });
      expect(warnings.map(({ code }) => code)).toEqual(["residual-variance-zero"]);
      for (const row of anova(fit, { type: 3 }).rows) expect(row.p_value ?? null).toBeNull();
    }
  });

  it("keep the errors that variances between levels make", async () => {
    const level = rows.map((i) => Math.cos(3 * Math.floor(i / SIZE)));
    const fit = await model({ y: rows.map((i) => 2 + 3 * x[i]! + level[i]!), x, g })
      .formula("y ~ x + (1 | g)")
      .fit(reml());
    const [intercept, slope] = fit.tidy({ effects: ["fixed"] });
    expect(intercept!.std_error).toBeGreaterThan(0.1);
    expect(slope!.std_error).toBeNull();
    const { rows: averages } = populationAverage(fit, { at: { x: [0, 1] } });
    expect(averages[0]!.std_error).toBeCloseTo(intercept!.std_error!, 6);
  });
});
