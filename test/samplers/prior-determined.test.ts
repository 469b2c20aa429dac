/** Models whose priors determine what the data do not: no rule of maximum likelihood refuses them. */
import { describe, expect, test } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { model } from "../../src/model-builder.ts";
import { exponential, flat, normal } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const rng = createRng("prior determined");
const x = Array.from({ length: 12 }, () => rng.normal());
const table = {
  x,
  z: x.map((value) => 2 * value),
  y: x.map((value, i) => 1 + value + (i % 2) + 0.5 * rng.normal()),
  f: x.map((_, i) => "ab"[i % 2]!),
  one: x.map(() => "only"),
  g: x.map((_, i) => `g${i}`),
  b: x.map((_, i) => (i % 3 === 0 ? 1 : 0)),
  k: x.map((_, i) => [1, 2, 4][i % 3]!),
};

/** (X'X/σ² + I)⁻¹X'y/σ² of y ~ x + z with σ = 0.5 and standard normal priors, z = 2x: by the sum x + 2z that the data see. */
function closedForm() {
  // the data see the intercept a and s = β_x + 2β_z, with prior variance 1 + 4
  const n = x.length;
  const sum = (f: (i: number) => number) => x.reduce((total, _, i) => total + f(i), 0);
  const a11 = n / 0.25 + 1;
  const a12 = sum((i) => x[i]!) / 0.25;
  const a22 = sum((i) => x[i]! ** 2) / 0.25 + 1 / 5;
  const r1 = sum((i) => table.y[i]!) / 0.25;
  const r2 = sum((i) => x[i]! * table.y[i]!) / 0.25;
  const s = (a11 * r2 - a12 * r1) / (a11 * a22 - a12 * a12);
  return { x: s / 5, z: (2 * s) / 5, intercept: (r1 - a12 * s) / a11 };
}

describe("collinear columns under proper priors", () => {
  const declared = model(table).formula("y ~ x + z").sigma(0.5).prior("fixed", normal(0, 1));
  test.each([
    ["NUTS", nuts({ seed: 1, chains: 2, draws: 1000 })],
    ["Gibbs", gibbs({ seed: 1, chains: 2, draws: 1000 })],
  ] as const)("are all sampled, by %s: the posterior in closed form", async (_, sampler) => {
    const fit = await declared.sample(sampler);
    const exact = closedForm();
    const rows = fit.tidy();
    expect(rows.map(({ term }) => term).slice(0, 3)).toEqual(["(Intercept)", "x", "z"]);
    for (const [j, value] of [exact.intercept, exact.x, exact.z].entries())
      expect(Math.abs(rows[j]!.estimate - value)).toBeLessThan(5 * rows[j]!.mcse!);
    expect(fit.warnings.map(({ code }) => code)).toEqual(["prior-determined"]);
  });

  test("of a logit too: their sum is what the data say, their difference the prior", async () => {
    const logit = model(table).formula("b ~ x + z").family(binomial()).prior("fixed", normal(0, 1));
    const fit = await logit.sample(nuts({ seed: 2, chains: 2, draws: 1000 }));
    const { values, size } = fit.draws;
    // 2β_x − β_z is what the likelihood does not depend on: N(0, 5)
    const free = Array.from({ length: 2000 }, (_, d) => 2 * values[d * size + 1]! - values[d * size + 2]!);
    const sd = Math.sqrt(free.reduce((sum, value) => sum + value * value, 0) / free.length);
    expect(sd / Math.sqrt(5)).toBeGreaterThan(0.9);
    expect(sd / Math.sqrt(5)).toBeLessThan(1.1);
  });

  test("are dropped in a likelihood, and where their priors are flat, with what would keep them", () => {
    const names = (m: typeof declared, estimation: "likelihood" | "posterior") =>
      m.compile(estimation).design.predictors[0]!.names;
    expect(names(declared, "likelihood")).toEqual(["(Intercept)", "x"]);
    const flatAll = model(table).formula("y ~ x + z").prior("fixed", flat());
    expect(names(flatAll, "posterior")).toEqual(["(Intercept)", "x"]);
    const { message } = flatAll.compile("posterior").design.warnings[0]!;
    expect(message).toContain("z of the fixed effects is a linear combination of the others and was dropped");
    expect(message).toContain("A proper prior in place of the flat one, as normal(0, 2.5), keeps it.");
    expect(names(flatAll.prior("fixed:z", normal(0, 1)), "posterior")).toEqual(["(Intercept)", "x", "z"]);
  });
});

test("levels without rows, factors and groups of one level, and as many effects as rows are compiled to be sampled", () => {
  const posterior = (formula: string) =>
    model(table).factor("f", ["a", "b", "c"]).formula(formula).compile("posterior");
  expect(posterior("y ~ f").design.predictors[0]!.names).toEqual(["(Intercept)", "fb", "fc"]);
  expect(posterior("y ~ x + one").design.predictors[0]!.names).toEqual(["(Intercept)", "x"]);
  expect(posterior("y ~ x + (1 | one)").design.random[0]!.levels).toEqual(["only"]);
  expect(posterior("y ~ x + (1 | g)").design.random[0]!.levels).toHaveLength(12);
  const ordered = model(table).factor("k", ["1", "2", "3", "4"]).formula("k ~ x").family(cumulative());
  expect(ordered.compile("posterior").family.parameters).toHaveLength(3);
  expect(() => ordered.compile()).toThrow(/3/);
  expect(() => model(table).formula("y ~ x + (1 | one)").compile()).toThrow(/at least two groups/);
});

test("a saturated model: sigma has the posterior that quadrature gives it, and is no funnel", async () => {
  const declared = model({ y: [1, 3], x: [0, 1] })
    .formula("y ~ x")
    .prior("fixed", normal(0, 5))
    .prior("sigma", exponential(1));
  const fit = await declared.sample(nuts({ seed: 1 }));
  // y ~ N(0, 25 XX' + sigma² I)
  let total = 0;
  let first = 0;
  for (let s = 1e-4; s < 60; s *= 1.005) {
    const [a, b, c] = [25 + s * s, 25, 50 + s * s];
    const determinant = a * c - b * b;
    const square = (c * 1 - 2 * b * 3 + a * 9) / determinant;
    const density = determinant ** -0.5 * Math.exp(-0.5 * square - s);
    total += density * s;
    first += density * s * s;
  }
  const sigma = fit.tidy().find(({ term }) => term === "sd__Observation")!;
  expect(Math.abs(sigma.estimate - first / total)).toBeLessThan(5 * sigma.mcse!);
  expect(fit.diagnostics.divergences.reduce((sum, count) => sum + count, 0)).toBeLessThan(4);
  expect(fit.method).toBe("NUTS, coefficients integrated out (exact)");
  // chains that are gone on with draw the same coefficients
  const short = await declared.sample(nuts({ seed: 1, draws: 990 }));
  expect((await short.extend(10)).draws.values).toEqual(fit.draws.values);
});
