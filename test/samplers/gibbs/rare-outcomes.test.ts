/** When logit and probit models get the steps that integrate latent variables out, and what these give. */
import { expect, it } from "vitest";
import { model } from "../../../src/model-builder.ts";
import { normal } from "../../../src/priors/distributions.ts";
import { resolvePriors } from "../../../src/priors/resolve.ts";
import { gibbs } from "../../../src/samplers/gibbs/gibbs.ts";
import { prepareGibbs } from "../../../src/samplers/gibbs/prepare-gibbs.ts";

const binary = (link: "logit" | "probit", successes: number, rows = 400) =>
  model({ y: Array.from({ length: rows }, (_, i) => (i < successes ? 1 : 0)) })
    .formula("y ~ 1")
    .family({ name: "binomial", link })
    .prior("fixed", normal(0, 3));

it("takes them where a direction is hardly informed, and nowhere else", () => {
  const rare = (declared: { compile(): ReturnType<ReturnType<typeof binary>["compile"]> }) => {
    const compiled = declared.compile();
    return prepareGibbs(compiled, resolvePriors(compiled), null).data.rare === true;
  };
  for (const link of ["logit", "probit"] as const) {
    expect(rare(binary(link, 1)), link).toBe(true);
    expect(rare(binary(link, 399)), link).toBe(true);
    expect(rare(binary(link, 40)), link).toBe(false);
  }
  // balanced as a whole, but not in one group of a factor or of a random term
  const groups = {
    y: Array.from({ length: 600 }, (_, i) => (i < 300 ? i % 2 : i === 300 ? 1 : 0)),
    g: Array.from({ length: 600 }, (_, i) => (i < 300 ? "a" : "b")),
  };
  for (const formula of ["y ~ g", "y ~ 1 + (1 | g)"])
    expect(
      rare(model(groups).formula(formula).family({ name: "binomial", link: "probit" }).prior("fixed", normal(0, 3))),
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
