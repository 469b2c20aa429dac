import { expect, test } from "vitest";
import { ml, model, reml } from "../../../src/index.ts";
import { areGroupsBalanced } from "../../../src/marginal/gaussian/balanced-groups.ts";
import { penalisedLeastSquares } from "../../../src/marginal/gaussian/penalised-least-squares.ts";
import { createRng } from "../../../src/random/rng.ts";

const GROUPS = 7;
const X = [0, 1, 2, 4, 7];

function table(seed: string) {
  const rng = createRng(seed);
  const g = Array.from({ length: GROUPS * X.length }, (_, i) => `g${i % GROUPS}`);
  const x = g.map((_, i) => X[Math.floor(i / GROUPS)]!);
  const z = g.map(() => rng.normal());
  const treated = g.map((name) => (Number(name.slice(1)) < 3 ? 1 : 0));
  const effect = Array.from({ length: GROUPS }, () => [2 * rng.normal(), 0.6 * rng.normal()]);
  const y = g.map((_, i) => effect[i % GROUPS]![0]! + (1 + effect[i % GROUPS]![1]!) * x[i]! + rng.normal());
  return { g, x, z, treated, y };
}

const declared = (formula: string, columns: Record<string, unknown[]> = table("balanced")) =>
  model(columns as never).formula(formula as never);

const isBalanced = (...given: Parameters<typeof declared>) => {
  const { design, grouping, statistics } = penalisedLeastSquares(declared(...given).compile().standardisation.data);
  return areGroupsBalanced(design, grouping, statistics);
};

test("groups are balanced where each has the same rows, and the mean what the effects have", () => {
  expect(isBalanced("y ~ x + (x | g)")).toBe(true);
  expect(isBalanced("y ~ 1 + (1 | g)")).toBe(true);
  // a slope within groups is orthogonal to their intercepts
  expect(isBalanced("y ~ x + (1 | g)")).toBe(true);
  expect(isBalanced("y ~ factor(x) + (x | g)")).toBe(true);
});

test("groups are not balanced with covariates of their own, missing rows or fewer fixed effects", () => {
  expect(isBalanced("y ~ x + z + (x | g)")).toBe(false);
  expect(isBalanced("y ~ x + treated + (x | g)")).toBe(false);
  expect(isBalanced("y ~ 1 + (x | g)")).toBe(false);
  const rows = table("balanced");
  expect(isBalanced("y ~ x + (x | g)", { ...rows, y: rows.y.map((y, i) => (i === 3 ? null : y)) })).toBe(false);
});

test.each([ml(), reml()])("a maximum inside is the highest of balanced groups, by %o", async (method) => {
  const rng = createRng("starts");
  for (const seed of ["one", "two", "three"]) {
    const own = declared("y ~ x + (x | g)", table(seed));
    const fit = await own.fit(method);
    expect(fit.verdict.code).toBe("converged");
    expect(fit.starts.map(({ start }) => start)).toEqual(["default"]);
    const { offset } = fit.model.layout.terms[0]!;
    for (let k = 0; k < 5; k++) {
      const start = fit.estimate.slice();
      start.set([3 * Math.exp(rng.normal()), 2 * rng.normal(), Math.exp(rng.normal())], offset);
      expect((await own.fit(method, { start })).logLik).toBeLessThan(fit.logLik + 1e-7);
    }
  }
});

test("beside a boundary other starts are searched from", async () => {
  const rows = table("none");
  const rng = createRng("noise");
  const fit = await declared("y ~ x + (x | g)", { ...rows, y: rows.y.map(() => rng.normal()) }).fit(ml());
  expect(fit.verdict.code).toBe("boundary");
  expect(fit.starts.length).toBeGreaterThan(1);
});
