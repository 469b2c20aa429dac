import { describe, expect, it } from "vitest";
import { gee, laplace, ml, model, poisson, populationAverage, pql, predict, reml } from "../../src/index.ts";
import type { IntegralData } from "../../src/marginal/integral-data.ts";
import { parameterLayout } from "../../src/model/parameter-layout.ts";
import { standardise } from "../../src/model/standardise.ts";
import { createRng } from "../../src/public/engines.ts";
import { loadFit, saveFit } from "../../src/public/exchange.ts";

const rng = createRng("shifted columns");
const GROUPS = 12;
const SIZE = 7;
const rows = Array.from({ length: GROUPS * SIZE }, (_, i) => ({ j: Math.floor(i / SIZE), k: i % 3 }));
const b0 = Array.from({ length: GROUPS }, () => rng.normal());
const b1 = Array.from({ length: GROUPS }, () => rng.normal());
// multiples of 2⁻⁷ stay what they are however far they are shifted
const x = rows.map(() => Math.round(300 * rng.normal()) / 128);
const f = rows.map(({ k }) => "abc"[k]!);
const g = rows.map(({ j }) => `g${j}`);
const y = rows.map(({ j }, i) => 2 + x[i]! + b0[j]! + 0.5 * b1[j]! * x[i]! + rng.normal());
const count = rows.map(({ j }, i) =>
  Math.floor(Math.exp(0.5 + 0.2 * x[i]! + 0.3 * b0[j]! + 0.2 * b1[j]! * x[i]!) + rng.uniform()),
);

const table = (shift: number, scale = 1, unit = 1) => ({
  x: x.map((value) => (value + shift) * scale),
  y: y.map((value) => value * unit),
  f,
  g,
  count,
});
const shifts = [1e6, 1.7e9, -1e10];

describe("a covariate far from its origin", () => {
  it.each([
    ["y ~ x + (x | g)", reml()],
    ["y ~ x + (x | g)", ml()],
    ["y ~ x * f + (1 | g)", reml()],
    ["y ~ f + x:f + (0 + x:f | g)", ml()],
    ["y ~ 0 + f + x + (1 | g)", reml()],
  ])("%s has one maximum, by %o", async (formula, method) => {
    const near = await model(table(0)).formula(formula).fit(method);
    for (const shift of formula.includes("0 + x:f |") ? [] : shifts) {
      const far = await model(table(shift)).formula(formula).fit(method);
      expect(Math.abs(far.logLik / near.logLik - 1)).toBeLessThan(1e-12);
      expect(far.verdict.code).toBe(near.verdict.code);
      const slope = (fit: typeof far) => fit.tidy().find(({ term }) => term === "x")!;
      if (formula.includes("x:f")) continue;
      expect(slope(far).estimate).toBeCloseTo(slope(near).estimate, 6);
      expect(slope(far).std_error!).toBeCloseTo(slope(near).std_error!, 6);
    }
  });

  it("does not move a fit by Laplace's approximation, quasi-likelihood or estimating equations", async () => {
    const fits = async (shift: number) => {
      const declared = model(table(shift)).family(poisson());
      const slopes = declared.formula("count ~ x + (x | g)");
      return [
        await slopes.fit(laplace()),
        await slopes.fit(pql()),
        await declared.formula("count ~ x * f").fit(gee({ id: "g" })),
      ].map((fit) => fit.tidy().find(({ term }) => term === "x")!);
    };
    const near = await fits(0);
    for (const shift of [1.7e9, 1e10])
      (await fits(shift)).forEach((row, e) => {
        expect(row.estimate / near[e]!.estimate).toBeCloseTo(1, 5);
        expect(row.std_error! / near[e]!.std_error!).toBeCloseTo(1, 5);
      });
  });

  it("has the same fit in any unit", async () => {
    const near = await model(table(0)).formula("y ~ x + (x | g)").fit(ml());
    for (const [scale, unit] of [
      [1e-8, 1e8],
      [1e8, 1e-8],
    ] as const) {
      const far = await model(table(1e4, scale, unit))
        .formula("y ~ x + (x | g)")
        .fit(ml());
      expect(far.logLik + y.length * Math.log(unit)).toBeCloseTo(near.logLik, 7);
    }
  });

  it("gives each level the effects it has near the origin, with their errors", async () => {
    const [near, far] = await Promise.all(
      [0, 1.7e9].map(async (shift) => (await model(table(shift)).formula("y ~ x + (x | g)").fit()).ranef()),
    );
    near!.forEach((row, i) => {
      if (row.term !== "x") return;
      expect(far![i]!.estimate).toBeCloseTo(row.estimate, 5);
      expect(far![i]!.std_error).toBeCloseTo(row.std_error, 5);
    });
  });

  it("leaves predictions, averages and their errors where they are, loaded from a file too", async () => {
    const numbers = async (shift: number) => {
      const declared = model(table(shift));
      const mixed = await declared.formula("y ~ x * f + (x | g)").fit();
      const ofCounts = declared.family(poisson());
      const newdata = { x: [0.5 + shift, -1 + shift], f: ["a", "b"], g: ["g1", "g4"] };
      const at = { x: [shift, 1 + shift] };
      return [
        ...(["conditional", "typical", "population"] as const).flatMap((estimand) =>
          [mixed, loadFit(JSON.parse(JSON.stringify(saveFit(mixed)))) as typeof mixed].flatMap(
            (fit) => fit.predict({ newdata, estimand }).rows,
          ),
        ),
        ...predict(await ofCounts.formula("count ~ x + (1 | g)").fit(laplace()), { newdata }).rows,
        ...populationAverage(mixed, { at }).rows,
        ...populationAverage(await ofCounts.formula("count ~ x * f").fit(gee({ id: "g" })), { at }).rows,
      ];
    };
    const near = await numbers(0);
    const far = await numbers(1.7e9);
    near.forEach(({ estimate, std_error }, i) => {
      expect(Math.abs(far[i]!.estimate! - estimate!)).toBeLessThan(1e-5);
      expect(far[i]!.std_error! / std_error!).toBeCloseTo(1, 4);
    });
  });

  it("keeps the columns of a product that only its origin makes look alike, and no others", async () => {
    const far = await model({ ...table(1e10), w: x.map((value) => 2 * value + 7) })
      .formula("y ~ x * f + w + (1 | g)")
      .fit();
    expect(far.tidy({ effects: ["fixed"] }).map(({ term }) => term)).toEqual([
      "(Intercept)",
      "x",
      "fb",
      "fc",
      "x:fb",
      "x:fc",
    ]);
    expect(far.warnings.map(({ code }) => code)).toContain("rank-deficient");
  });
});

describe("standardised coordinates of columns far from their origin", () => {
  const n = rows.length;
  const shift = 1.7e9;
  const X = Float64Array.from({ length: 2 * n }, (_, at) => (at % 2 ? x[at >> 1]! + shift : 1));
  const term = {
    predictor: 0,
    group: "g",
    levels: Array.from({ length: GROUPS }, (_, j) => `g${j}`),
    index: Int32Array.from(rows, ({ j }) => j),
    q: 2,
    names: ["(Intercept)", "x"],
    Z: X,
    covariance: "us" as const,
  };
  const layout = parameterLayout([2], [term], 1);
  const data: IntegralData = {
    n,
    predictors: [{ role: "mu", names: ["(Intercept)", "x"], X, offset: new Float64Array(n), intercept: true }],
    random: [term],
    columns: { y: Float64Array.from(y) },
    multiplier: null,
    layout,
  };
  const map = standardise(data);

  it("are orthogonal and of mean square 1 in a term too", () => {
    const { Z } = map.data.random[0]!;
    for (let a = 0; a < 2; a++)
      for (let b = 0; b < 2; b++) {
        let s = 0;
        for (let i = 0; i < n; i++) s += Z[2 * i + a]! * Z[2 * i + b]!;
        expect(s / n).toBeCloseTo(a === b ? 1 : 0, 9);
      }
  });

  it("leave the values of a row's effects as they are", () => {
    // b̃ of one level, and the same in the user's units: Z̃b̃ = Zb to the rounding of Zb
    const { Z } = map.data.random[0]!;
    const effects = Float64Array.of(0.7, -1.3);
    const own = effects.slice();
    map.triangles[0]!.toOriginal(own, 0);
    for (let i = 0; i < n; i++) {
      const standardised = Z[2 * i]! * effects[0]! + Z[2 * i + 1]! * effects[1]!;
      const original = own[0]! + X[2 * i + 1]! * own[1]!;
      expect(Math.abs(standardised - original)).toBeLessThan(4 * Number.EPSILON * Math.abs(own[0]!));
    }
  });

  it("have gradients that are each other's inverse", () => {
    const gradient = Float64Array.of(1, shift + 0.25, 0.3, -2, 0.4, 1);
    const there = new Float64Array(6);
    const back = new Float64Array(6);
    map.pullbackToStandardised(gradient, there);
    map.pullbackToOriginal(there, back);
    gradient.forEach((value, i) => {
      expect(back[i]! / value).toBeCloseTo(1, 9);
    });
    // a row of X̃ is one of X seen from the mean, to all digits
    const mean = x.reduce((s, v) => s + v, 0) / n;
    const sd = Math.sqrt(x.reduce((s, v) => s + (v - mean) ** 2, 0) / n);
    expect(there[1]!).toBeCloseTo((0.25 - mean) / sd, 13);
  });
});
