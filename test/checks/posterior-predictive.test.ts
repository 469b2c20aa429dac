/** Replicated data beside the data. */
import { expect, test } from "vitest";
import { posteriorPredictive } from "../../src/checks/posterior-predictive.ts";
import { TEST_STATISTICS } from "../../src/checks/test-statistics.ts";
import { mean } from "../../src/diagnostics/chains.ts";
import { model } from "../../src/model-builder.ts";
import { simulate } from "../../src/prediction/simulate.ts";
import { createRng } from "../../src/random/rng.ts";
import { negativeBinomialVariate } from "../../src/random/variates.ts";
import { cbpp, sleepstudy } from "../samplers/models.ts";
import { posteriorOf } from "./fits.ts";

test("statistics and p-values of the replicated responses of simulate()", () => {
  const compiled = sleepstudy().compile();
  const draws = Array.from({ length: 50 }, (_, d) => [251 + 0.1 * d, 10.4, 24, 1.2, 6.1, 25]);
  const fit = posteriorOf(compiled, draws);
  const check = posteriorPredictive(fit, {
    statistics: { mean: "mean", "over 300": (y) => y.filter((value) => value > 300).length },
    nsim: 40,
    seed: 3,
  });
  const { response } = simulate(fit, { nsim: 40, seed: 3, randomEffects: "fitted" });
  const [first, second] = check.rows;
  expect(first).toMatchObject({ statistic: "mean", group: null });
  expect(first!.observed).toBeCloseTo(mean(compiled.design.y), 10);
  expect(second!.observed).toBe(compiled.design.y.filter((y) => y > 300).length);
  const replicated = Float64Array.from({ length: 40 }, (_, s) => mean(response(s)));
  expect(first!.replicated).toEqual(replicated);
  expect(first!.p_value).toBe(replicated.filter((value) => value > first!.observed!).length / 40);
  expect(first!.p_value).toBeGreaterThan(0.02);
  expect(first!.p_value).toBeLessThan(0.98);
  expect(String(check)).toMatch(/^statistic +observed +mean +conf_low +conf_high +p_value\nmean /);
});

test("overdispersed counts under a Poisson model: the dispersion is not replicated", async () => {
  const rng = createRng("overdispersed");
  const n = 120;
  const table = {
    y: Array.from({ length: n }, () => negativeBinomialVariate(rng, 4, 0.8)),
    g: Array.from({ length: n }, (_, i) => `g${i % 6}`),
  };
  const statistics = ["mean", "dispersion", "zeros"] as const;
  const poisson = await model(table).formula("y ~ 1 + (1 | g)").family({ name: "poisson" }).fit();
  const [average, dispersion, zeros] = posteriorPredictive(poisson, { statistics, nsim: 400, seed: 1 }).rows;
  expect(average!.p_value).toBeGreaterThan(0.02);
  expect(average!.p_value).toBeLessThan(0.98);
  expect(dispersion!.p_value).toBe(0);
  expect(zeros!.p_value).toBe(0);
  const nbinom = await model(table).formula("y ~ 1 + (1 | g)").family({ name: "nbinom2" }).fit();
  for (const row of posteriorPredictive(nbinom, { statistics, nsim: 400, seed: 1 }).rows) {
    expect(row.p_value).toBeGreaterThan(0.02);
    expect(row.p_value).toBeLessThan(0.98);
  }
});

test("grouped by a grouping factor, and by a column", async () => {
  const fit = await cbpp().fit();
  const { design } = fit.model;
  const byHerd = posteriorPredictive(fit, { statistics: ["max"], group: "herd" as string, nsim: 50, seed: 2 });
  expect(byHerd.rows.map((row) => row.group)).toEqual(design.random[0]!.levels);
  const third = Array.from(design.y).filter((_, i) => design.random[0]!.index[i] === 2);
  expect(byHerd.rows[2]!.observed).toBe(Math.max(...third));
  const byPeriod = posteriorPredictive(fit, { statistics: ["mean", "zeros"], group: "period", nsim: 50, seed: 2 });
  expect(byPeriod.rows).toHaveLength(8);
  expect(byPeriod.rows[0]).toMatchObject({ statistic: "mean", group: "1" });
  expect(String(byPeriod)).toContain("period");
});

test("the named statistics", () => {
  const y = Float64Array.of(0, 0, 1, 7);
  const values = Object.fromEntries(Object.entries(TEST_STATISTICS).map(([name, statistic]) => [name, statistic(y)]));
  expect(values).toMatchObject({ mean: 2, min: 0, max: 7, median: 0.5, zeros: 0.5 });
  expect(values["sd"]).toBeCloseTo(Math.sqrt(34 / 3), 12);
  expect(values["dispersion"]).toBeCloseTo(17 / 3, 12);
  // Σ(y − 2)³/4 = (−8 − 8 − 1 + 125)/4 = 27; Σ(y − 2)²/4 = 8.5
  expect(values["skewness"]).toBeCloseTo(27 / 8.5 ** 1.5, 12);
});

test("what is not known is named, all at once", async () => {
  const fit = posteriorOf(sleepstudy().compile(), [
    [251, 10.4, 24, 1.2, 6.1, 25],
    [252, 10.4, 24, 1.2, 6.1, 25],
  ]);
  const bad = { seed: 1, statistics: { a: "nosuch", b: "neither" } } as never;
  expect(() => posteriorPredictive(fit, bad)).toThrow(/"nosuch".*"neither"/s);
  expect(() => posteriorPredictive(fit, { seed: 1, statistics: [] })).toThrow(/at least one test statistic/);
  expect(() => posteriorPredictive(fit, { seed: 1, group: "herd" })).toThrow(/"herd" is neither a grouping factor/);
  expect(() => posteriorPredictive(fit, { seed: 1, statistics: { odd: () => Number.NaN } })).toThrow(
    /"odd" of the response is not a number/,
  );
});

test("replicates on which a statistic has no value are left out and counted; a group without one has null", () => {
  const table = { y: [0, 0, 0, 0, 1, 3, 0, 2], g: ["a", "a", "a", "a", "b", "b", "b", "b"] };
  const compiled = model(table).formula("y ~ 1 + (1 | g)").family({ name: "poisson" }).compile();
  const fit = posteriorOf(
    compiled,
    Array.from({ length: 60 }, () => [-1.5, 0.3]),
  );
  const whole = posteriorPredictive(fit, { statistics: ["skewness"] });
  const [row] = whole.rows;
  const own = row!.replicated.filter(Number.isFinite);
  expect(own.length).toBeGreaterThan(10);
  expect(own.length).toBeLessThan(60);
  expect(row).toMatchObject({ defined: own.length, mean: mean(own) });
  expect(row!.p_value).toBe(own.filter((value) => value > row!.observed!).length / own.length);
  expect(whole.warnings.map(({ message }) => message).join()).toContain(`on ${own.length} of 60 replicated`);
  const grouped = posteriorPredictive(fit, { statistics: ["skewness", "mean"], group: "g" });
  expect(grouped.rows[0]).toMatchObject({ group: "a", observed: null, p_value: null });
  expect(grouped.rows[1]).toMatchObject({ group: "a", observed: 0 });
  expect(grouped.rows[2]!.p_value).toBeGreaterThanOrEqual(0);
  expect(grouped.warnings[0]!.message).toContain('"skewness" has no value for the response in group a');
});
