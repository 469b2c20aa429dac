import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { add1, drop1 } from "../../src/compare/drop-add.ts";
import { exchangeable, gee } from "../../src/frequentist/gee/method.ts";
import { waldTest } from "../../src/frequentist/gee/wald-test.ts";
import { laplace, ml, pql, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { handMadePosterior } from "../prediction/hand-made-fits.ts";

type Numbers = Record<string, number[]>;
const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url);
const reference = JSON.parse(readFileSync(fixture("tests/drop1.json"), "utf8"));
let cake: Numbers;
let cbpp: Numbers;
beforeAll(async () => {
  cake = (await readColumns(fixture("small-sample/cake120.csv"))).columns as object as Numbers;
  cbpp = (await readColumns(fixture("reference/cbpp.csv"))).columns as object as Numbers;
});
const temperatures = ["175", "185", "195", "205", "215", "225"];
const cakes = (formula = "angle ~ recipe * temp + x + (1 | recipe:replicate)") =>
  model(cake).factor("temp", temperatures).formula(formula);
const herds = (formula: string) =>
  model(cbpp).factor("period", ["1", "2", "3", "4"]).family({ name: "binomial" }).formula(formula);

function expectRows(rows: readonly object[], wanted: Record<string, (number | null)[]>, digits: number) {
  expect(rows.map((row) => (row as { term: string }).term)).toEqual(wanted["term"]);
  for (const [name, values] of Object.entries(wanted))
    if (Array.isArray(values) && name !== "term")
      values.forEach((value, k) => {
        const own = (rows[k] as Record<string, number | null>)[name]!;
        if (value === null) expect(own).toBeNull();
        else expect(Math.abs(own / value - 1)).toBeLessThan(digits);
      });
}

describe("drop1", () => {
  it("has lmerTest's F tests of REML fits, of the terms that no other contains", async () => {
    const fit = await cakes().fit(reml());
    // Fai and Cornelius' degrees of freedom depend on how rows are scaled before they are turned, in the fourth digit
    for (const test of ["satterthwaite", "kenward-roger"] as const)
      expectRows(drop1(fit, { test }).rows.slice(1), reference[test], 3e-4);
    const { rows, test } = drop1(fit);
    expect(test).toBe("satterthwaite");
    // AIC by maximum likelihood, as lme4's
    rows.forEach(({ AIC }, k) => {
      expect(AIC! / reference.lrt.AIC[k]).toBeCloseTo(1, 7);
    });
    expect(() => drop1(fit, { test: "lrt" })).toThrow(/this fit is by REML.*fit it by ml\(\)/);
  });

  it("has lme4's likelihood ratios and AIC", async () => {
    expectRows(drop1(await cakes().fit(ml())).rows, reference.lrt, 1e-5);
    const fit = await herds("incidence | trials(size) ~ period + (1 | herd)").fit(laplace());
    expectRows(drop1(fit).rows, reference.binomial, 1e-5);
    const wald = drop1(fit, { test: "wald" }).rows[1]!;
    expect(wald.statistic).toBeCloseTo(waldTest(fit, "period")[0]!.statistic, 8);
    expect(drop1(fit, { test: "none" }).rows[1]).toMatchObject({ df: 3, statistic: null, p_value: null });
    expect(() => drop1(fit, { test: "kenward-roger" })).toThrow(/Gaussian/);
  });

  it("bootstraps the likelihood ratio, of REML fits by maximum likelihood", async () => {
    const fit = await cakes("angle ~ x + (1 | recipe:replicate)").fit(reml());
    const options = { test: "bootstrap", draws: 39, seed: 2 } as const;
    const [, row] = drop1(fit, options).rows;
    const ratio = drop1(await cakes("angle ~ x + (1 | recipe:replicate)").fit(ml())).rows[1]!;
    expect(row!.statistic).toBeCloseTo(ratio.statistic!, 6);
    expect(row!.p_value! * 40).toBeCloseTo(Math.round(row!.p_value! * 40), 8);
    expect(drop1(fit, options).rows[1]).toEqual(row);
    expect(() => drop1(fit, { draws: 10 })).toThrow(/draws is of test: "bootstrap" alone/);
  });

  it("is Wald's test of estimating equations and of quasi-likelihood", async () => {
    const equations = await herds("incidence | trials(size) ~ period").fit(
      gee({ id: "herd", correlation: exchangeable() }),
    );
    const [none, row] = drop1(equations).rows;
    expect(none!.AIC).toBeNull();
    expect(row!.statistic).toBeCloseTo(waldTest(equations)[0]!.statistic, 8);
    expect(() => drop1(equations, { test: "lrt" })).toThrow(/estimating equations have none/);
    const quasi = await herds("incidence | trials(size) ~ period + (1 | herd)").fit(pql());
    expect(drop1(quasi)).toMatchObject({ test: "wald", rows: [{ AIC: null }, { df: 3 }] });
    expect(() => drop1(quasi, { test: "lrt" })).toThrow(/maximises none/);
  });

  it("refuses posteriors and a mean without terms", async () => {
    const fit = await cakes("angle ~ 1 + (1 | recipe:replicate)").fit();
    expect(() => drop1(fit)).toThrow(/no term to leave out/);
    expect(() => drop1(handMadePosterior(fit.model, [Array.from(fit.estimate)], []))).toThrow(/is a posterior/);
  });
});

describe("add1", () => {
  it("is drop1 the other way round", async () => {
    const few = await cakes("angle ~ recipe * temp + (1 | recipe:replicate)").fit(reml());
    const many = await cakes().fit(reml());
    for (const test of ["satterthwaite", "kenward-roger", "wald", "none"] as const) {
      const [none, row] = add1(few, "~ . + x", { test }).rows;
      const dropped = drop1(many, { test }).rows;
      for (const name of ["statistic", "den_df", "p_value"] as const)
        if (row![name] === null) expect(dropped[1]![name]).toBeNull();
        else expect(row![name]! / dropped[1]![name]!).toBeCloseTo(1, 8);
      expect(none!.AIC! / dropped[1]!.AIC!).toBeCloseTo(1, 9);
    }
    const equations = (formula: string) => herds(formula).fit(gee({ id: "herd", correlation: exchangeable() }));
    const tested = add1(await equations("incidence | trials(size) ~ 1"), "period").rows[1]!;
    const whole = drop1(await equations("incidence | trials(size) ~ period")).rows[1]!;
    expect(tested.statistic! / whole.statistic!).toBeCloseTo(1, 8);
  });

  it("respects marginality, and reads a dot as what the model has", async () => {
    const fit = await cakes("angle ~ recipe + (1 | recipe:replicate)").fit(ml());
    const terms = (scope: string | string[]) => add1(fit, scope, { test: "none" }).rows.map(({ term }) => term);
    expect(terms("~ recipe * temp + x")).toEqual(["<none>", "temp", "x"]);
    expect(terms("~ . + log(temperature) + recipe:x")).toEqual(["<none>", "log(temperature)", "recipe:x"]);
    expect(terms(["x", "temp"])).toEqual(["<none>", "x", "temp"]);
    expect(() => terms("~ .")).toThrow(/adds nothing: the model has "recipe"/);
    expect(() => terms("~ . - recipe + x")).toThrow(/takes "recipe" away, and a scope only adds/);
    expect(() => terms("~ . - 1 + x")).toThrow(/takes the intercept away/);
    expect(() => terms("angle ~ x")).toThrow(/names a response/);
    expect(() => terms("~ . + (1 | temp)")).toThrow(/test a variance by scoreTest/);
    expect(() => terms("~ . + nothing")).toThrow(/nothing/);
  });

  it("tests on the rows that the fit used, or says which are missing", async () => {
    const angle = cake["angle"]!.map((value, i) => (i === 3 ? Number.NaN : value));
    const x = cake["x"]!.map((value, i) => (i === 3 || i === 8 ? Number.NaN : value));
    const fit = await model({ ...cake, angle, z: x } as Numbers)
      .formula("angle ~ x + (1 | recipe:replicate)")
      .fit(ml());
    expect(drop1(fit).rows).toHaveLength(2);
    expect(() => add1(fit, "z")).toThrow(/missing in 1 of the 119 rows/);
  });
});
