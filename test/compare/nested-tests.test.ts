import { EigenvalueDecomposition, inverse, Matrix } from "ml-matrix";
import { expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { nullEigenvalues } from "../../src/compare/restricted-ratio.ts";
import { settledRatio } from "../../src/compare/settled-ratio.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { type FitMethod, laplace, ml, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { createRng } from "../../src/random/rng.ts";
import type { Executor } from "../../src/samplers/executor.ts";
import { performTask } from "../../src/tasks/perform-task.ts";

const table = async (name: string) =>
  (await readColumns(new URL(`../fixtures/reference/${name}.csv`, import.meta.url))).columns;

it("Kenward and Roger's F of nested models is pbkrtest's", async () => {
  const columns = await table("Machines");
  const of = (formula: string, method = reml()) => model(columns).formula(formula).fit(method);
  const larger = await of("score ~ Machine + (1 | Worker/Machine)");
  const smaller = await of("score ~ 1 + (1 | Worker/Machine)");
  const { rows } = anova({ larger, smaller }, { test: "kenward-roger" });
  expect(rows.map(({ fit, df }) => [fit, df])).toEqual([
    ["smaller", null],
    ["larger", 2],
  ]);
  // pbkrtest 0.5.2: KRmodcomp(lmer(score ~ Machine + (1 | Worker/Machine)), lmer(score ~ 1 + (1 | Worker/Machine)))
  expect(rows[1]!.statistic! / 20.57608).toBeCloseTo(1, 4);
  expect(rows[1]!.den_df).toBeCloseTo(10, 4);
  expect(rows[1]!.p_value! / anova(larger, { type: 3 }).rows[0]!.p_value!).toBeCloseTo(1, 4);
  const byMl = await of("score ~ Machine + (1 | Worker/Machine)", ml());
  expect(() => anova({ byMl, smaller }, { test: "kenward-roger" })).toThrow(/by reml\(\)/);
  const other = await of("score ~ 1 + (1 | Worker)");
  expect(() => anova({ larger, other }, { test: "kenward-roger" })).toThrow(/random effects of the two fits differ/);
  expect(() => anova({ larger, same: larger }, { test: "kenward-roger" })).toThrow(
    /not among those of the larger one, or the same/,
  );
  expect(() => anova([larger], { test: "exact" })).toThrow(/is of two fits/);
  expect(() => anova({ larger, smaller }, { test: "exact" })).toThrow(/one random term more/);
});

it("the exact test of a variance is RLRsim's", async () => {
  const columns = await table("Dyestuff");
  const larger = await model(columns).formula("Yield ~ 1 + (1 | Batch)").fit();
  const smaller = await model(columns).formula("Yield ~ 1").fit();
  const { rows, draws } = anova({ smaller, larger }, { test: "exact" });
  expect(draws).toBe(10000);
  // RLRsim 3.1-8: set.seed(1); exactRLRT(lmer(Yield ~ 1 + (1 | Batch)), nsim = 2e5)
  expect(rows[1]!.statistic).toBeCloseTo(6.369, 3);
  expect(Math.abs(rows[1]!.p_value! - 0.004655)).toBeLessThan(4 * Math.sqrt(0.004655 / 10000));
  expect(anova({ smaller, larger }, { test: "exact" }).rows[1]).toEqual(rows[1]);
});

it("the bootstrap refits both models to what the smaller one gives", async () => {
  const columns = await table("Dyestuff");
  const x = Array.from({ length: 30 }, (_, i) => (i % 5) - 2);
  const declared = model({ ...columns, x } as object as Record<string, number[]>);
  const larger = await declared.formula("Yield ~ x + (1 | Batch)").fit(ml());
  const smaller = await declared.formula("Yield ~ 1 + (1 | Batch)").fit(ml());
  const options = { test: "bootstrap", draws: 100, seed: 3 } as const;
  const { rows, draws } = anova({ smaller, larger }, options);
  expect(draws).toBe(100);
  const chisq = anova({ smaller, larger }).rows[1]!;
  expect(rows[1]!.statistic).toBe(chisq.Chisq);
  expect(Math.abs(rows[1]!.p_value! - chisq.p_value!)).toBeLessThan(0.15);
  expect(rows[1]!.p_value! * 101).toBeCloseTo(Math.round(rows[1]!.p_value! * 101), 8);
  expect(anova({ smaller, larger }, options).rows).toEqual(rows);
});

it("the exact test counts the observed statistic, and forms nothing of the size levels by levels", async () => {
  const columns = await table("Dyestuff");
  const larger = await model(columns).formula("Yield ~ 1 + (1 | Batch)").fit();
  const smaller = await model(columns).formula("Yield ~ 1").fit();
  const once = anova({ smaller, larger }, { test: "exact", draws: 1 }).rows[1]!.p_value!;
  expect([0.5, 1]).toContain(once);
});

it("eigenvalues of levels of equal and of different weights are those of the whole matrix", () => {
  const rng = createRng(4);
  const levels = 12;
  const sizes = Array.from({ length: levels }, (_, l) => (l < 8 ? 3 : 2 + (l % 3)));
  const index = Int32Array.from(sizes.flatMap((size, l) => new Array<number>(size).fill(l)));
  const n = index.length;
  const X = Float64Array.from({ length: n * 2 }, (_, k) => (k % 2 === 0 ? 1 : rng.normal()));
  const found = nullEigenvalues(X, n, 2, null, index, new Float64Array(n).fill(1), levels);
  // Z'Z less what X explains of it, whole
  const Xm = new Matrix(Array.from({ length: n }, (_, i) => [X[2 * i]!, X[2 * i + 1]!]));
  const Zm = Matrix.zeros(n, levels);
  index.forEach((l, i) => {
    Zm.set(i, l, 1);
  });
  const hat = Xm.mmul(inverse(Xm.transpose().mmul(Xm))).mmul(Xm.transpose());
  const whole = Zm.transpose().mmul(Zm).sub(Zm.transpose().mmul(hat).mmul(Zm));
  const wanted = new EigenvalueDecomposition(whole, { assumeSymmetric: true }).realEigenvalues
    .filter((value) => value > 1e-8)
    .sort((a, b) => a - b);
  const own = found.flatMap(({ value, count }) => new Array<number>(count).fill(value)).sort((a, b) => a - b);
  expect(own).toHaveLength(wanted.length);
  own.forEach((value, k) => {
    expect(value).toBeCloseTo(wanted[k]!, 8);
  });
});

const inTwo = {
  threads: 2,
  run: () => Promise.reject(new Error("no chains")),
  runTasks: async (tasks: readonly unknown[]) => tasks.map((task) => performTask(task as never, () => {})),
} as object as Executor;

it("the bootstrap has the same bits over an executor, and is of maximum likelihood where fits by REML differ in coefficients", async () => {
  const columns = await table("Dyestuff");
  const x = Array.from({ length: 30 }, (_, i) => (i % 5) - 2);
  const declared = model({ ...columns, x } as object as Record<string, number[]>);
  const fits = async (method: FitMethod) => ({
    smaller: await declared.formula("Yield ~ 1 + (1 | Batch)").fit(method),
    larger: await declared.formula("Yield ~ x + (1 | Batch)").fit(method),
  });
  const options = { test: "bootstrap", draws: 40, seed: 5 } as const;
  const byMl = anova(await fits(ml()), options);
  expect((await anova(await fits(ml()), { ...options, executor: inTwo })).rows).toEqual(byMl.rows);
  const byReml = anova(await fits(reml()), options);
  expect(byReml.rows[1]!.p_value).toBe(byMl.rows[1]!.p_value);
  expect(byReml.rows[1]!.logLik).toBeCloseTo(byMl.rows[1]!.logLik, 6);
  expect(byReml.warnings.map(({ code }) => code)).toEqual(["anova-refitted"]);
  const aborted = anova(await fits(ml()), { ...options, signal: AbortSignal.abort(new Error("enough")) });
  await expect(aborted).rejects.toThrow("enough");
  expect(() => anova(byMl as never, { test: "exact", executor: inTwo } as never)).toThrow();
});

it("the bootstrap of an ordered response does not depend on its labels", async () => {
  const n = 60;
  const x = Array.from({ length: n }, (_, i) => Math.sin(7 * i));
  const g = Array.from({ length: n }, (_, i) => i % 6);
  const code = x.map(
    (value, i) => 1 + Math.min(2, Math.max(0, Math.round(1 + 0.7 * value + Math.cos(5 * i + (i % 6))))),
  );
  const tests = [1, 2].map(async (labels) => {
    const y = code.map((k) => (labels === 1 ? k : [10, 35, 20 + 30][k - 1]!));
    const declared = model({ x, g, y }).family(cumulative());
    const smaller = await declared.formula("y ~ 1 + (1 | g)").fit(laplace());
    const larger = await declared.formula("y ~ x + (1 | g)").fit(laplace());
    return anova({ smaller, larger }, { test: "bootstrap", draws: 20, seed: 2 });
  });
  const [one, other] = await Promise.all(tests);
  expect(one!.draws).toBeGreaterThan(15);
  expect(other!.rows[1]).toEqual(one!.rows[1]);
});

it("a gain of rounding is none: all of a mixture of χ² is at 0", async () => {
  const columns = await table("Dyestuff2");
  const larger = await model(columns).formula("Yield ~ 1 + (1 | Batch)").fit(ml());
  const smaller = await model(columns).formula("Yield ~ 1").fit(ml());
  expect(anova({ smaller, larger }).rows[1]).toMatchObject({ Chisq: 0, p_value: 1 });
  expect([settledRatio(1.4e-14, -64), settledRatio(-1e-9, -64), settledRatio(1e-5, -64)]).toEqual([0, 0, 1e-5]);
});
