/** When logit, probit and ordinal probit models get the steps that integrate latent variables out, and what these give. */
import { expect, it } from "vitest";
import { model } from "../../../src/model-builder.ts";
import { normal } from "../../../src/priors/distributions.ts";
import { resolvePriors } from "../../../src/priors/resolve.ts";
import { gibbs } from "../../../src/samplers/gibbs/gibbs.ts";
import { prepareGibbs } from "../../../src/samplers/gibbs/prepare-gibbs.ts";
import { normalCdf } from "../../../src/special/distributions.ts";

const binary = (link: "logit" | "probit", successes: number, rows = 400) =>
  model({ y: Array.from({ length: rows }, (_, i) => (i < successes ? 1 : 0)) })
    .formula("y ~ 1")
    .family({ name: "binomial", link })
    .prior("fixed", normal(0, 3));

/** Three categories, so often each. */
const ordinal = (counts: readonly number[]) =>
  model({ y: [1, 2, 3], count: [...counts] })
    .formula("y ~ 1")
    .frequencyWeights("count")
    .family({ name: "cumulative", link: "probit" })
    .prior("threshold", normal(0, 2));

const isRare = (declared: { compile(): ReturnType<ReturnType<typeof binary>["compile"]> }) => {
  const compiled = declared.compile();
  return prepareGibbs(compiled, resolvePriors(compiled), null).data.rare === true;
};

it("takes them where a direction is hardly informed, and nowhere else", () => {
  for (const link of ["logit", "probit"] as const) {
    expect(isRare(binary(link, 1)), link).toBe(true);
    expect(isRare(binary(link, 399)), link).toBe(true);
    expect(isRare(binary(link, 40)), link).toBe(false);
  }
  // balanced as a whole, but not in one group of a factor or of a random term
  const groups = {
    y: Array.from({ length: 600 }, (_, i) => (i < 300 ? i % 2 : i === 300 ? 1 : 0)),
    g: Array.from({ length: 600 }, (_, i) => (i < 300 ? "a" : "b")),
  };
  for (const formula of ["y ~ g", "y ~ 1 + (1 | g)"])
    expect(
      isRare(model(groups).formula(formula).family({ name: "binomial", link: "probit" }).prior("fixed", normal(0, 3))),
    ).toBe(true);
  expect(isRare(ordinal([1, 200, 199]))).toBe(true);
  expect(isRare(ordinal([20, 200, 180]))).toBe(false);
  // a rare middle category leaves two that say much of the level
  expect(isRare(ordinal([200, 1, 199]))).toBe(false);
  const levels = {
    y: Array.from({ length: 600 }, (_, i) => (i < 300 ? 1 + (i % 3) : i === 300 ? 2 : 1)),
    g: groups.g,
  };
  for (const formula of ["y ~ g", "y ~ 1 + (1 | g)"])
    expect(
      isRare(
        model(levels).formula(formula).family({ name: "cumulative", link: "probit" }).prior("threshold", normal(0, 2)),
      ),
    ).toBe(true);
});

it("draws the posterior of one success in 400", async () => {
  // the posterior mean and standard deviation by a sum over a fine grid
  const logDensity = (b: number) => b - 400 * Math.log1p(Math.exp(b)) - 0.5 * (b / 3) ** 2;
  const grid = Array.from({ length: 4000 }, (_, k) => -16 + 0.004 * k);
  const weights = grid.map((b) => Math.exp(logDensity(b) - logDensity(-5.5)));
  const total = weights.reduce((sum, w) => sum + w, 0);
  const mean = grid.reduce((sum, b, k) => sum + b * weights[k]!, 0) / total;
  const sd = Math.sqrt(grid.reduce((sum, b, k) => sum + (b - mean) ** 2 * weights[k]!, 0) / total);
  const fit = await binary("logit", 1).sample(gibbs({ chains: 2, warmup: 100, draws: 500, seed: 3 }));
  const [row] = fit.tidy();
  expect(Math.abs(row!.estimate! - mean)).toBeLessThan(0.25 * sd);
  expect(Math.abs(row!.std_error! / sd - 1)).toBeLessThan(0.2);
  expect(fit.warnings.filter(({ code }) => /ess/.test(code))).toEqual([]);
});

it("draws the posterior of an ordinal response whose lowest category was seen once in 400 rows", async () => {
  // posterior means and standard deviations by sums over a fine grid of both thresholds
  const first = Array.from({ length: 300 }, (_, k) => -4.5 + 0.01 * k);
  const second = Array.from({ length: 101 }, (_, k) => -0.4 + 0.008 * k);
  const cells = first.flatMap((a) =>
    second.map((b) => {
      const [low, high] = [normalCdf(a), normalCdf(b)];
      const logDensity = Math.log(low) + 200 * Math.log(high - low) + 199 * Math.log(1 - high) - (a * a + b * b) / 8;
      return { a, b, weight: Math.exp(logDensity + 280) };
    }),
  );
  const average = (f: (cell: { a: number; b: number }) => number) =>
    cells.reduce((sum, cell) => sum + f(cell) * cell.weight, 0) / cells.reduce((sum, cell) => sum + cell.weight, 0);
  const fit = await ordinal([1, 200, 199]).sample(gibbs({ chains: 2, warmup: 100, draws: 1000, seed: 3 }));
  const rows = fit.tidy();
  for (const [k, of] of (["a", "b"] as const).entries()) {
    const mean = average((cell) => cell[of]);
    const sd = Math.sqrt(average((cell) => (cell[of] - mean) ** 2));
    expect(Math.abs(rows[k]!.estimate! - mean)).toBeLessThan(0.2 * sd);
    expect(Math.abs(rows[k]!.std_error! / sd - 1)).toBeLessThan(0.15);
  }
  expect(fit.warnings.filter(({ code }) => /ess/.test(code))).toEqual([]);
});
