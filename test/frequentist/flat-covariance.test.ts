import { describe, expect, it } from "vitest";
import { populationAverage } from "../../src/effects/population-average.ts";
import { loadFit } from "../../src/exchange/saved-fit.ts";
import { ml, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";

const rng = createRng("flat covariance");
const groups = 20;
const g = Array.from({ length: 120 }, (_, i) => Math.floor(i / 6));
const b = Array.from({ length: groups }, () => rng.normal());
const x = g.map(() => rng.normal());
const data = {
  g: g.map((k) => `g${k}`),
  again: g.map((k) => `z${(k * 7) % groups}`),
  arm: g.map((k) => (k % 2 ? "drug" : "placebo")),
  w: g.map((k) => k % 2),
  x,
  y: g.map((k, i) => 1 + x[i]! + b[k]! + rng.normal()),
};

describe("variances and correlations on which the criterion is flat", () => {
  const cases: readonly (readonly [formula: string, labels: readonly string[]])[] = [
    ["y ~ arm + (1 | arm)", ["arm sd__(Intercept)", "(Intercept)", "armplacebo"]],
    ["y ~ x + arm + (1 | arm) + (1 | g)", ["arm sd__(Intercept)", "(Intercept)", "armplacebo"]],
    ["y ~ x + (0 + arm | g)", ["g cor__armdrug.armplacebo"]],
    ["y ~ x + (1 | g) + (1 | again)", ["g sd__(Intercept)", "again sd__(Intercept)"]],
    ["y ~ x + w + (1 + w | g)", ["g sd__w", "g cor__(Intercept).w"]],
  ];
  it.each(cases)("of %s are named and have no error", async (formula, labels) => {
    const fit = await model(data).formula(formula).fit();
    expect(fit.verdict.code).toBe("not identified");
    expect(fit.undetermined).toEqual(labels);
    for (const label of labels) expect(fit.verdict.reason).toContain(label);
    const rows = fit.tidy();
    for (const row of rows) {
      const named = labels.includes(row.group === null ? row.term : `${row.group} ${row.term}`);
      expect(row.std_error === null).toBe(named);
      expect(row.conf_low === null).toBe(named);
    }
  });

  it("leave the errors of all else as those of the model without them", async () => {
    const one = await model(data).formula("y ~ x + (1 | g)").fit();
    const two = await model(data).formula("y ~ x + (1 | g) + (1 | again)").fit();
    expect(two.logLik).toBeCloseTo(one.logLik, 8);
    for (const term of ["(Intercept)", "x", "sd__Observation"]) {
      const of = (fit: typeof one) => fit.tidy().find((row) => row.term === term)!;
      expect(of(two).std_error).toBeCloseTo(of(one).std_error!, 5);
    }
  });

  it("leave no error to what depends on them, in averages, contrasts and predictions", async () => {
    const fit = await model(data).formula("y ~ x + arm + (1 | arm) + (1 | g)").fit();
    const plain = await model(data).formula("y ~ x + arm + (1 | g)").fit();
    expect(fit.verdict.reason).toContain("the standard errors of '(Intercept)' and 'armplacebo' depend on it");
    const slope = (one: typeof fit) => one.tidy().find(({ term }) => term === "x")!.std_error!;
    expect(slope(fit)).toBeCloseTo(slope(plain), 5);
    for (const one of [fit, loadFit(JSON.stringify(fit)) as typeof fit]) {
      const { rows, contrasts, warnings } = populationAverage(one, {
        by: "arm",
        estimands: ["population"],
        contrasts: "reference",
      });
      for (const row of [...rows, ...contrasts]) expect(row).toMatchObject({ std_error: null, conf_low: null });
      expect(contrasts[0]).toMatchObject({ statistic: null, p_value: null });
      expect(contrasts[0]!.estimate).toBeCloseTo(plain.tidy().find(({ term }) => term === "armplacebo")!.estimate, 5);
      expect(warnings.map(({ code }) => code)).toEqual(["not-identified"]);
    }
    const ofSlope = populationAverage(fit, { at: { x: [0, 1] }, estimands: ["population"], contrasts: "reference" });
    expect(ofSlope.contrasts[0]!.std_error).toBeCloseTo(slope(plain), 5);
    const predicted = fit.predict({ estimand: "population" });
    expect(predicted.rows.every(({ std_error, estimate }) => std_error === null && estimate !== null)).toBe(true);
    expect(predicted.warnings.map(({ code }) => code)).toEqual(["not-identified"]);
    // what the groups observed have together with the fixed effects is known
    const own = fit.predict({ estimand: "conditional" });
    expect(own.warnings).toEqual([]);
    expect(own.rows[0]!.std_error).toBeCloseTo(plain.predict({ estimand: "conditional" }).rows[0]!.std_error!, 4);
  });

  it("are named without what is identified beside them, in any order of the terms", async () => {
    const rng = createRng("named");
    const effects = Array.from({ length: 10 }, () => 0.8 * rng.normal());
    const table = { a: [] as string[], g: [] as string[], x: [] as number[], y: [] as number[] };
    for (let i = 0; i < 200; i++) {
      const [a, g, x] = [i % 4, Math.floor(10 * rng.uniform()), rng.normal()];
      table.a.push(`a${a}`);
      table.g.push(`g${g}`);
      table.x.push(x);
      table.y.push(0.3 * a + 0.5 * x * (a - 1) + effects[g]! + rng.normal());
    }
    for (const [formula, named] of [
      ["y ~ a*x + (x | a) + (1 | g)", "'a sd__(Intercept)', 'a sd__x' and 'a cor__(Intercept).x'"],
      ["y ~ a*x + (1 | g) + (x | a)", "'a sd__(Intercept)', 'a sd__x' and 'a cor__(Intercept).x'"],
      ["y ~ a + (x | a) + (1 | g)", "'a sd__(Intercept)' and 'a cor__(Intercept).x'"],
    ] as const) {
      const fit = await model(table).formula(formula).fit(reml());
      expect(fit.verdict.reason).toContain(`do not identify ${named}:`);
      expect(fit.tidy().find(({ group }) => group === "g")!.std_error).toBeGreaterThan(0);
    }
  });

  it("are not boundaries, nor what the likelihood says little of", async () => {
    const codes = async (formula: string) => (await model(data).formula(formula).fit(ml())).verdict.code;
    // by maximum likelihood a factor that is fixed too has a variance of 0
    expect(await codes("y ~ arm + (1 | arm)")).toBe("boundary");
    expect(await codes("y ~ x + (1 + x | g)")).not.toBe("not identified");
    expect(await codes("y ~ x + (1 | g)")).toBe("converged");
  });
});
