import { expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { confint } from "../../src/effects/confint.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";

const rng = createRng(5);
const n = 60;
const g = Array.from({ length: n }, (_, i) => `g${i % 10}`);
const A = Array.from({ length: n }, (_, i) => "abc"[Math.floor(i / 20)]!);
const x = Array.from({ length: n }, () => 0.1 * rng.normal());
const y = x.map((value, i) => 3 * value + (i % 10) / 5 + rng.normal());
const fit = (columns: object) =>
  model(columns as Record<string, number[]>)
    .formula("y ~ A * x + (1 | g)")
    .fit();
const rows = async (columns: object) => anova(await fit(columns), { type: 3 }).rows;

it("tests of terms far from an origin have their degrees of freedom, and those that do not depend on it are the same", async () => {
  const near = await rows({ y, A, x, g });
  const far = await rows({ y, A, x: x.map((value) => value + 1e7), g });
  expect(far.map(({ num_df }) => num_df)).toEqual([2, 1, 2]);
  for (const k of [1, 2])
    for (const name of ["statistic", "den_df", "p_value"] as const)
      expect(far[k]![name]! / near[k]![name]!).toBeCloseTo(1, 4);
});

it("a constant response has no effect of anything", async () => {
  const fitted = await fit({ y: y.map(() => 3), A, x, g });
  const tidy = fitted.tidy().filter(({ effect }) => effect === "fixed");
  expect(tidy.slice(1).every(({ p_value }) => p_value! > 0.99)).toBe(true);
  for (const { p_value } of anova(fitted, { type: 3 }).rows) expect(p_value).toBeGreaterThan(0.99);
});

it("a mean without terms is said to have none, and a list of no parameters is refused", async () => {
  const fitted = await model({ y, g } as object as Record<string, number[]>)
    .formula("y ~ 1 + (1 | g)")
    .fit();
  const tests = anova(fitted, { type: 3 });
  expect(tests.rows).toEqual([]);
  expect(String(tests)).toMatch(/no terms to test/);
  expect(() => confint(fitted, { which: [] })).toThrow(/at least one name/);
});
