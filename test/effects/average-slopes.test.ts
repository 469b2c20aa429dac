import { beforeAll, describe, expect, it } from "vitest";
import { type AverageSlopesOptions, averageSlopes } from "../../src/effects/average-slopes.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import type { Family } from "../../src/families/family.ts";
import { poisson } from "../../src/families/poisson.ts";
import { reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import type { Estimand } from "../../src/prediction/estimand.ts";
import reference from "../fixtures/effects/emmeans-averages.json" with { type: "json" };
import { equicorrelated, handMadeFit, handMadePosterior } from "../prediction/hand-made-fits.ts";

const n = 24;
const each = <T>(f: (i: number) => T) => Array.from({ length: n }, (_, i) => f(i));
const table = {
  y: each((i) => i % 4),
  b: each((i) => (i * 7) % 2),
  o: each((i) => ["low", "mid", "top"][(i * 5) % 3]!),
  x: each((i) => 1 + ((i * 5) % 11) / 4),
  z: each((i) => ((i * 3) % 7) / 5 - 0.6),
  a: each((i) => "pq"[i % 2]!),
  g: each((i) => "uvwx"[i % 4]!),
};

/** The derivative of the average as differences of the fourth order. */
const difference = (f: (step: number) => number, h = 1e-3) => (f(-2 * h) - 8 * f(-h) + 8 * f(h) - f(2 * h)) / (12 * h);

interface Case {
  readonly name: string;
  readonly formula: string;
  readonly family: Family;
  readonly sizes: readonly number[];
}
const cases: readonly Case[] = [
  {
    name: "counts",
    formula: "y ~ log(x) * z + a + (x | g)",
    family: poisson(),
    sizes: [0.2, 0.3, -0.4, 0.5, 0.2, 0.5, 0.1, 0.3],
  },
  {
    name: "probabilities",
    formula: "b ~ poly(x, 2) + I(x^2 / (1 + exp(z))) + a:z + (1 | g)",
    family: binomial(),
    sizes: [0.1, 0.6, -0.4, 0.2, 0.3, -0.5, 0.8],
  },
  {
    name: "categories",
    formula: "o ~ scale(x) + sqrt(x):z + (0 + x | g)",
    family: cumulative(),
    sizes: [0.5, -0.3, 0.5, -0.4, 0.9],
  },
];

describe.each(cases)("average slopes of $name", ({ formula, family, sizes }) => {
  const compiled = model(table)
    .factor("o", ["low", "mid", "top"])
    .formula(formula as "y ~ x")
    .family(family)
    .compile();
  const { size } = compiled.layout;
  const x = Array.from({ length: size }, (_, j) => sizes[j % sizes.length]!);
  const V = equicorrelated(
    x.map((value) => 0.1 + 0.1 * Math.abs(value)),
    0.3,
  );
  const fit = handMadeFit(compiled, x, V);
  const slopes = (options: AverageSlopesOptions, at = fit) => averageSlopes(at, options).rows;

  it.each(["population", "typical", "conditional"] as const)(
    "%s: are those of differences of averages",
    (estimand: Estimand) => {
      for (const of of ["x", "z"] as const) {
        const rows = slopes({ of, estimands: [estimand] });
        rows.forEach((row, k) => {
          const at = (step: number) =>
            populationAverage(fit, {
              newdata: { ...table, [of]: table[of].map((value) => value + step) },
              estimands: [estimand],
            }).rows[k]!.estimate!;
          expect(Math.abs(row.estimate! - difference(at))).toBeLessThan(1e-8);
          expect(row).toMatchObject({ term: of, estimand });
        });
      }
    },
  );

  it("have errors by the delta method, tests against 0", () => {
    const [row] = slopes({ of: "x" });
    const gradient = x.map((value, j) =>
      difference((step) => slopes({ of: "x" }, handMadeFit(compiled, x.with(j, value + step), V))[0]!.estimate!),
    );
    let variance = 0;
    for (let j = 0; j < size; j++)
      for (let k = 0; k < size; k++) variance += gradient[j]! * V[j * size + k]! * gradient[k]!;
    expect(row!.std_error! / Math.sqrt(variance)).toBeCloseTo(1, 6);
    expect(row!["statistic"]).toBeCloseTo(row!.estimate! / row!.std_error!, 10);
  });

  it("of the link are those of differences of averages on it", () => {
    for (const estimand of ["population", "typical"] as const) {
      const [row] = slopes({ of: "x", scale: "link", estimands: [estimand] });
      const at = (step: number) =>
        populationAverage(fit, {
          newdata: { ...table, x: table.x.map((value) => value + step) },
          estimands: [estimand],
          scale: "link",
        }).rows[0]!.estimate!;
      expect(Math.abs(row!.estimate! - difference(at))).toBeLessThan(1e-8);
    }
  });
});

describe("average slopes", () => {
  const compiled = model(table).formula("y ~ log(x) * z + a + (1 | g)").family(poisson()).compile();
  const size = compiled.layout.size;
  const x = [0.2, 0.3, -0.4, 0.5, 0.2, 0.5].slice(0, size);
  const V = equicorrelated(
    x.map(() => 0.1),
    0.3,
  );
  const fit = handMadeFit(compiled, x, V);

  it("are elasticities row by row", () => {
    // of a log link: ∂log y/∂x, whatever the row's mean
    const { rows } = averageSlopes(fit, { of: "x", elasticity: "eydx" });
    const own = table.x.map((value, i) => (x[1]! + x[4]! * table.z[i]!) / value);
    const byName = compiled.design.predictors[0]!.names;
    expect(byName).toEqual(["(Intercept)", "log(x)", "z", "aq", "log(x):z"]);
    expect(rows[0]!.estimate).toBeCloseTo(own.reduce((sum, value) => sum + value, 0) / n, 10);
    const both = averageSlopes(fit, { of: "x", elasticity: "eyex" }).rows[0]!;
    expect(both.estimate).toBeCloseTo(table.z.reduce((sum, z) => sum + x[1]! + x[4]! * z, 0) / n, 10);
    // linear in the coefficients, so that its error is that of x[1] + mean(z) x[4]
    const mean = table.z.reduce((sum, z) => sum + z, 0) / n;
    expect(both.std_error).toBeCloseTo(Math.sqrt(0.01 + 0.01 * mean * mean + 2 * mean * 0.3 * 0.01), 8);
    expect(() => averageSlopes(fit, { of: "x", elasticity: "eyex", scale: "link" })).toThrow("is of the response");
  });

  it("are of every covariate by default, at values and within cells, with contrasts", () => {
    const { rows, contrasts } = averageSlopes(fit, { by: "a", at: { z: [0, 1] }, contrasts: "reference" });
    expect(rows.map(({ term, a, z }) => [term, a, z])).toEqual(
      ["p", "q"].flatMap((a) => [0, 1].flatMap((z) => ["x", "z"].map((term) => [term, a, z]))),
    );
    const of = (a: string, term: string) =>
      rows.find((row) => row["a"] === a && row["z"] === 1 && row["term"] === term)!;
    const contrast = contrasts.find((row) => row["term"] === "x" && row["z"] === 1)!;
    expect(contrast["a"]).toBe("q vs p");
    expect(contrast.estimate).toBeCloseTo(of("q", "x").estimate! - of("p", "x").estimate!, 12);
  });

  it("of draws are draw by draw", () => {
    const draws = [0.1, 0.3].map((shift) => x.map((value, j) => (j === 1 ? value + shift : value)));
    const posterior = handMadePosterior(compiled, draws, [new Float64Array(8)]);
    const [row] = averageSlopes(posterior, { of: "x" }).rows;
    const own = draws.map((draw) => averageSlopes(handMadeFit(compiled, draw, V), { of: "x" }).rows[0]!.estimate!);
    expect(row!.estimate).toBeCloseTo((own[0]! + own[1]!) / 2, 12);
    expect(row!["p_value"]).toBeNull();
  });

  it("and averages have contrasts that are 0 whatever the parameters without a test", () => {
    const plain = model(table).formula("y ~ x + a + (1 | g)").compile();
    const V = equicorrelated(
      Array.from({ length: plain.layout.size }, () => 0.1),
      0.3,
    );
    const other = handMadeFit(plain, [0.1, 0.37, 0.7, 0.4, 1.3], V);
    const zero = { estimate: 0, std_error: 0, statistic: null, df: null, p_value: null };
    expect(averageSlopes(other, { of: "x", by: "a", contrasts: "pairwise" }).contrasts[0]).toMatchObject(zero);
    const trends = populationAverage(other, { at: { x: [2, 4.5, 7] }, contrasts: "polynomial" }).contrasts;
    expect(trends[1]).toMatchObject(zero);
    expect(trends[0]!.p_value).toBeGreaterThan(0);
  });

  it("are refused where there is none", () => {
    expect(() => averageSlopes(fit, { of: "a" })).toThrow('There is no slope in "a"');
    expect(() => averageSlopes(fit, { of: "x", by: "a", contrasts: "pairwise", measure: "ratio" })).toThrow(
      "of means, not of slopes",
    );
    const absolute = model(table).formula("y ~ abs(z) + factor(x) + (1 | g)").compile();
    const other = handMadeFit(
      absolute,
      Array.from({ length: absolute.layout.size }, () => 0.5),
      new Float64Array(absolute.layout.size ** 2),
    );
    expect(() => averageSlopes(other, { of: "z", at: { z: [0] } })).toThrow("abs(z) has no derivative");
    expect(() => averageSlopes(other, { of: "x" })).toThrow('"x" is a factor');
    expect(averageSlopes(other, { of: "z", at: { z: [1] } }).rows[0]!.estimate).toBeCloseTo(0.5, 12);
  });

  describe("of linear mixed models", () => {
    let cake: Record<string, number[]>;
    beforeAll(async () => {
      cake = (await readColumns(new URL("../fixtures/small-sample/cake120.csv", import.meta.url))).columns as never;
    });

    it("have the degrees of freedom of their contrasts, as emmeans' emtrends", async () => {
      const fit = await model(cake).formula("angle ~ recipe * poly(temp, 2) + (1 | recipe:replicate)").fit(reml());
      const { rows } = averageSlopes(fit, { of: "temp", by: "recipe", at: { temp: [185, 215] } });
      const want = reference.trends;
      rows.forEach((row, k) => {
        const at = Math.floor(k / 2) + 3 * (k % 2);
        // emmeans takes differences over a thousandth of the range
        expect(Math.abs(row.estimate! - want.estimate[at]!)).toBeLessThan(1e-3);
        expect(row.std_error! / want.SE[at]!).toBeCloseTo(1, 2);
        expect(row.df! / want.df[at]!).toBeCloseTo(1, 2);
      });
    });

    it("are those of a nonlinear mean in the column that it reads", async () => {
      const trees = (await readColumns(new URL("../../examples/data/Orange.csv", import.meta.url))).columns as never;
      const compiled = model(trees)
        .response("circumference" as never)
        .mean("Asym / (1 + exp((xmid - age) / scal))", {
          parameters: { Asym: "~ 1 + (1 | Tree)", xmid: "~ 1", scal: "~ 1" },
          start: { Asym: 190, xmid: 700, scal: 350 },
        } as never)
        .compile();
      const x = [192, 728, 350, 31, 8].slice(0, compiled.layout.size);
      const fit = handMadeFit(
        compiled,
        x,
        equicorrelated(
          x.map((value) => value / 20),
          0,
        ),
      );
      const [row] = averageSlopes(fit, { of: "age", at: { age: [800] } }).rows;
      const p = 1 / (1 + Math.exp((728 - 800) / 350));
      expect(row!.estimate).toBeCloseTo((192 * p * (1 - p)) / 350, 9);
      const gradient = x.map((value, j) =>
        difference(
          (step) =>
            averageSlopes(handMadeFit(compiled, x.with(j, value + step), new Float64Array(x.length ** 2)), {
              of: "age",
              at: { age: [800] },
            }).rows[0]!.estimate!,
          0.01,
        ),
      );
      const variance = gradient.reduce((sum, slope, j) => sum + (slope * x[j]!) ** 2 / 400, 0);
      expect(row!.std_error! / Math.sqrt(variance)).toBeCloseTo(1, 5);
    });
  });
});
