import { describe, expect, it } from "vitest";
import { compare } from "../../src/compare/compare.ts";
import { poisson } from "../../src/families/poisson.ts";
import type { TidyRow } from "../../src/model/fit.ts";
import { model } from "../../src/model-builder.ts";
import { equicorrelated, handMadeFit, handMadePosterior } from "../prediction/hand-made-fits.ts";

const row = (change: Partial<TidyRow>): TidyRow => ({
  effect: "fixed",
  component: "cond",
  group: null,
  term: "(Intercept)",
  estimate: 0,
  std_error: null,
  statistic: null,
  df: null,
  p_value: null,
  conf_low: null,
  conf_high: null,
  ...change,
});
const table = { y: [1, 0, 2, 3, 1, 4], a: [0, 1, 2, 0, 1, 2], g: ["p", "p", "q", "q", "r", "r"] };
const compiled = model(table).formula("y ~ a + (1 | g)").family(poisson()).compile();
const ml = handMadeFit(compiled, [0.2, 0.4, 0.8], equicorrelated([0.3, 0.1, 0.2], 0), [
  row({ estimate: 0.2, std_error: 0.3, conf_low: -0.388, conf_high: 0.788 }),
  row({ term: "a", estimate: 0.4, std_error: 0.1, conf_low: 0.204, conf_high: 0.596 }),
  row({
    effect: "ran_pars",
    group: "g",
    term: "sd__(Intercept)",
    estimate: 0.8,
    std_error: 0.2,
    conf_low: 0.5,
    conf_high: 1.3,
  }),
]);
const bayes = handMadePosterior(
  compiled,
  [[0.2, 0.4, 0.8]],
  [],
  [
    row({ estimate: 0.26, std_error: 0.31, conf_low: -0.35, conf_high: 0.87 }),
    row({ term: "b", estimate: -3, std_error: 0.5, conf_low: -4, conf_high: -2 }),
    row({ term: "a", estimate: 0.375, std_error: 0.11, conf_low: 0.16, conf_high: 0.59 }),
    row({
      effect: "ran_pars",
      group: "g",
      term: "sd__(Intercept)",
      estimate: 0.9,
      std_error: 0.25,
      conf_low: 0.4,
      conf_high: 1.5,
    }),
    row({ effect: "aux", term: "theta", estimate: 2, std_error: 0.4, conf_low: 1.2, conf_high: 2.9 }),
  ],
);

describe("fits side by side", () => {
  it("match parameter by parameter, with differences in standard errors of the first", () => {
    const { rows, names } = compare({ ml, bayes });
    expect(names).toEqual(["ml", "bayes"]);
    expect(rows.map(({ effect, term }) => [effect, term])).toEqual([
      ["fixed", "(Intercept)"],
      ["fixed", "b"],
      ["fixed", "a"],
      ["ran_pars", "sd__(Intercept)"],
      ["aux", "theta"],
    ]);
    expect(rows[0]!.fits["ml"]).toEqual({
      estimate: 0.2,
      std_error: 0.3,
      conf_low: -0.388,
      conf_high: 0.788,
      difference: null,
    });
    expect(rows[0]!.fits["bayes"]!.difference).toBeCloseTo(0.2, 12);
    expect(rows[2]!.fits["bayes"]!.difference).toBeCloseTo(-0.25, 12);
    expect(rows[1]!.fits).toEqual({ ml: null, bayes: expect.objectContaining({ estimate: -3, difference: null }) });
  });

  it("keep parameters of the same name apart by component and group", () => {
    const other = handMadePosterior(
      compiled,
      [[0.2, 0.4, 0.8]],
      [],
      [row({ component: "zi", estimate: 7 }), row({ effect: "ran_pars", group: "h", term: "sd__(Intercept)" })],
    );
    const { rows } = compare({ ml, other });
    expect(rows).toHaveLength(5);
    expect(rows.filter(({ fits }) => fits["other"] !== null).map(({ component, group }) => [component, group])).toEqual(
      [
        ["zi", null],
        ["cond", "h"],
      ],
    );
  });

  it("are one long table too, a row a fit and parameter, which is their CSV", () => {
    const long = compare({ ml, bayes }).toLong();
    expect(long.rows.map(({ fit, term, estimate }) => `${fit} ${term} ${estimate}`)).toEqual([
      "ml (Intercept) 0.2",
      "bayes (Intercept) 0.26",
      "bayes b -3",
      "ml a 0.4",
      "bayes a 0.375",
      "ml sd__(Intercept) 0.8",
      "bayes sd__(Intercept) 0.9",
      "bayes theta 2",
    ]);
    expect(long.rows[4]).toMatchObject({ effect: "fixed", std_error: 0.11, conf_low: 0.16, conf_high: 0.59 });
    expect(long.rows[4]!.difference).toBeCloseTo(-0.25, 12);
    expect(long.toCSV()).toBe(compare({ ml, bayes }).toCSV());
  });

  it("say what was fitted, once where it is the same", () => {
    expect(String(compare({ ml, bayes })).split("\n")[0]).toBe("Formula: y ~ a + (1 | g)");
    const other = { ...ml, model: model(table).formula("y ~ 1 + (1 | g)").family(poisson()).compile() };
    expect(String(compare({ ml, other })).split("\n").slice(0, 2)).toEqual([
      "ml: y ~ a + (1 | g)",
      "other: y ~ 1 + (1 | g)",
    ]);
  });

  it("take a list of fits too, and refuse none", () => {
    expect(compare([ml, bayes]).names).toEqual(["fit 1", "fit 2"]);
    expect(compare(ml).names).toEqual(["fit 1"]);
    expect(() => compare({})).toThrow("There is nothing to compare: name at least one fit, as compare({ ml, bayes }).");
  });

  it("give what describes each fit as a whole", () => {
    const { fits } = compare({ ml, bayes });
    expect(fits.map(({ fit, kind, logLik, warnings }) => [fit, kind, logLik, warnings])).toEqual([
      ["ml", "ml", -20, 0],
      ["bayes", "posterior", null, 0],
    ]);
  });

  it("print", () => {
    expect(compare({ ml, bayes }).toString()).toMatchInlineSnapshot(`
      "Formula: y ~ a + (1 | g)

      Parameters: estimate (standard error) [interval]; diff = difference from the first in its standard errors

                            ml     (se)                    bayes     (se)                     diff
      (Intercept)        0.200  (0.300)  [-0.388, 0.788]   0.260  (0.310)   [-0.350, 0.870]  +0.20
      b                                                   -3.000  (0.500)  [-4.000, -2.000]
      a                  0.400  (0.100)   [0.204, 0.596]   0.375  (0.110)    [0.160, 0.590]  -0.25
      g sd__(Intercept)  0.800  (0.200)   [0.500, 1.300]   0.900  (0.250)    [0.400, 1.500]  +0.50
      theta                                                2.000  (0.400)    [1.200, 2.900]

             method   nobs  df  logLik    AIC    BIC  warnings
      ml     by hand    10   4  -20.00  48.00  50.00         0
      bayes  by hand    10                                   0"
    `);
  });
});

describe("warnings of compared fits", () => {
  const doubtful = { ...ml, warnings: [{ code: "boundary", message: "The variance is zero." } as const] };

  it("are data, and printed in full under the tables with the name of their fit", () => {
    const comparison = compare({ first: doubtful, bayes });
    expect(comparison.warnings).toEqual([{ fit: "first", code: "boundary", message: "The variance is zero." }]);
    expect(String(comparison)).toMatch(/\nWarning \(first\): The variance is zero\.$/);
    expect(String(compare({ bayes }))).not.toContain("Warning");
  });

  it("leave the comparison data that can be cloned", () => {
    const comparison = compare({ first: doubtful, bayes });
    expect(structuredClone(comparison)).toEqual(comparison);
  });
});
