/** Responses that the columns fit exactly, and the posteriors they make improper. */
import { expect, it } from "vitest";
import { fitsExactly } from "../../src/model/exact-response.ts";
import { model } from "../../src/model-builder.ts";
import { lognormal, normal } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const rng = createRng("exact response of the tests");
const rows = Array.from({ length: 30 }, (_, i) => i);
const table = {
  x: rows.map(() => rng.normal()),
  g: rows.map((i) => `g${i % 6}`),
  h: rows.map((i) => `h${(i * 7) % 5}`),
  row: rows.map((i) => `r${i}`),
  noise: rows.map(() => rng.normal()),
  count: rows.map((i) => (i === 3 ? 2 : 1)),
};
const linear = (i: number) => 1 + 2 * table.x[i]!;
const levels = (i: number) => linear(i) + 0.7 * (i % 6) ** 2;
const isExact = (y: (i: number) => number, formula: string, x = table.x) =>
  fitsExactly(
    model({ ...table, x, y: rows.map(y) })
      .formula(formula)
      .compile("posterior"),
  );

it("finds them under fixed and random effects of any kind", () => {
  expect(isExact(linear, "y ~ x")).toBe(true);
  expect(isExact(() => 3, "y ~ x")).toBe(true);
  expect(isExact(levels, "y ~ x + (1 | g)")).toBe(true);
  expect(isExact((i) => levels(i) - ((i * 7) % 5) ** 2, "y ~ x + (1 | g) + (1 | h)")).toBe(true);
  expect(isExact((i) => levels(i) + table.x[i]! * Math.cos(i % 6), "y ~ 1 + (x | g)")).toBe(true);
  const far = table.x.map((value) => value + 1e9);
  expect(isExact((i) => levels(i), "y ~ x + (1 | g)", far)).toBe(false); // x + 1e9 has lost nine of the digits of y
  expect(isExact((i) => 2 * (far[i]! - 1e9) + 0.7 * (i % 6), "y ~ x + (x | g)", far)).toBe(true);
});

it("finds none where there is noise, or a column for each row", () => {
  expect(isExact(levels, "y ~ x")).toBe(false);
  expect(isExact((i) => levels(i) + 1e-10 * table.noise[i]!, "y ~ x + (x | g)")).toBe(false);
  const each = model({ ...table, y: table.noise }).formula("y ~ x + (1 | row)");
  expect(fitsExactly(each.compile("posterior"))).toBe(false);
  // a row that counts twice is one more than there are columns
  expect(fitsExactly(each.frequencyWeights("count").compile("posterior"))).toBe(true);
});

it("is said of draws, where the prior of sigma does not rescue them", async () => {
  const exact = model({ x: [0, 1, 2], y: [1, 2, 3] })
    .formula("y ~ x")
    .prior("fixed", normal(0, 5));
  const few = { chains: 1, warmup: 20, draws: 20, seed: 1 };
  for (const sampler of [nuts({ ...few, maxTreeDepth: 3 }), gibbs(few)])
    expect((await exact.sample(sampler)).warnings.map(({ code }) => code)).toContain("improper-posterior");
  const rescued = await exact.prior("sigma", lognormal(0, 1)).sample(nuts(few));
  expect(rescued.warnings.map(({ code }) => code)).not.toContain("improper-posterior");
  const grouped = model({ ...table, y: rows.map(levels) }).formula("y ~ x + (1 | g)");
  await expect(grouped.sample(gibbs(few))).rejects.toThrow("The posterior is improper");
});
