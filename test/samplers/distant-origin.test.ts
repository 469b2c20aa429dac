/** Random slopes along columns far from 0: which posteriors are said to depend on it, and that they do. */
import { expect, it } from "vitest";
import { model } from "../../src/model-builder.ts";
import { normal, uniform } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { distantOrigins } from "../../src/samplers/distant-origin.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";

const rng = createRng("distant origin");
const year = Array.from({ length: 120 }, (_, i) => (i * 7) % 10);
const g = year.map((_, i) => `g${i % 12}`);
const slope = Array.from({ length: 12 }, () => rng.normal());
const y = year.map((value, i) => 3 + (1 + slope[i % 12]!) * value + 0.5 * rng.normal());
const at = (origin: number) => model({ y, g, year: year.map((value) => value + origin) });
const codes = (declared: ReturnType<typeof at>) => {
  const compiled = declared.compile("posterior");
  return distantOrigins(compiled, resolvePriors(compiled)).map(({ code }) => code);
};

it("warns of slopes beside intercepts far off, under the default prior of these", () => {
  const slopes = (origin: number) => at(origin).formula("y ~ year + (year | g)");
  expect(codes(slopes(2010))).toEqual(["distant-origin"]);
  expect(codes(slopes(-2010))).toEqual(["distant-origin"]);
  expect(codes(slopes(0))).toEqual([]);
  expect(codes(at(2010).formula("y ~ year + (1 | g)"))).toEqual([]);
  expect(codes(at(2010).formula("y ~ year + (0 + year | g)"))).toEqual([]);
  expect(codes(slopes(2010).prior("sd:g.(Intercept)", uniform(0, 1e4)))).toEqual([]);
});

it("is said of draws, whose slopes are then held down", async () => {
  const sampler = gibbs({ chains: 1, warmup: 200, draws: 300, seed: 2 });
  const near = await at(0).formula("y ~ year + (year | g)").prior("fixed", normal(0, 1e5)).sample(sampler);
  const far = await at(1e6).formula("y ~ year + (year | g)").prior("fixed", normal(0, 1e8)).sample(sampler);
  const sd = ({ tidy }: typeof near) => tidy().find(({ term }) => term === "sd__year")!.estimate!;
  expect(sd(near)).toBeGreaterThan(0.5);
  expect(sd(far)).toBeLessThan(0.01);
  expect(far.warnings.map(({ code }) => code)).toContain("distant-origin");
  expect(near.warnings.map(({ code }) => code)).not.toContain("distant-origin");
});
