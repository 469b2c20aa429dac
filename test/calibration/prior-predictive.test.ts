import { describe, expect, test } from "vitest";
import { priorPredictive } from "../../src/calibration/prior-predictive.ts";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { model } from "../../src/model-builder.ts";
import { flat, halfNormal, normal } from "../../src/priors/distributions.ts";

const rows = Array.from({ length: 30 }, (_, i) => i);
const table = {
  y: rows.map((i) => i % 4),
  x: rows.map((i) => (i % 5) - 2),
  size: rows.map(() => 10),
  g: rows.map((i) => `g${i % 5}`),
};
const gaussianModel = () =>
  model(table)
    .formula("y ~ x + (1 | g)")
    .prior("fixed:(Intercept)", normal(3, 1))
    .prior("fixed:x", normal(0, 0.5))
    .prior("sd", halfNormal(1))
    .prior("sigma", halfNormal(2));

describe("the prior predictive", () => {
  test("has the mean, variance and shared groups that the priors imply", () => {
    const draws = 4000;
    const { n, response, rows: summary } = priorPredictive(gaussianModel(), { draws, seed: "moments" });
    expect(n).toBe(30);
    const of = (i: number) => Float64Array.from({ length: draws }, (_, d) => response(d)[i]!);
    const mean = (v: Float64Array) => v.reduce((s, a) => s + a, 0) / v.length;
    const covariance = (a: Float64Array, b: Float64Array) => {
      const [centreA, centreB] = [mean(a), mean(b)];
      return a.reduce((s, v, k) => s + (v - centreA) * (b[k]! - centreB), 0) / (a.length - 1);
    };
    // rows 0 and 5 have x = −2 and one group; rows 0 and 1 differ in both: E[sd²] = 1, E[sigma²] = 4
    const variance = 1 + 4 * 0.25 + 1 + 4;
    expect(Math.abs(mean(of(0)) - 3)).toBeLessThan(4.5 * Math.sqrt(variance / draws));
    expect(Math.abs(covariance(of(0), of(0)) / variance - 1)).toBeLessThan(0.15);
    expect(Math.abs(covariance(of(0), of(5)) - 3)).toBeLessThan(0.6);
    expect(Math.abs(covariance(of(0), of(1)) - (1 + 2 * 0.25))).toBeLessThan(0.6);
    const intercept = summary.find(({ term }) => term === "(Intercept)")!;
    expect(Math.abs(intercept.median - 3)).toBeLessThan(0.09);
    expect(Math.abs(intercept.q97_5 - 4.96)).toBeLessThan(0.2);
    expect(summary.find(({ term }) => term === "max")!.observed).toBe(3);
  });

  test("works with default priors, for every kind of response, and depends on the seed only", () => {
    const trials = model(table).response("y", { trials: "size" }).family(binomial()).fixed("x").random("g");
    const one = priorPredictive(trials, { draws: 200, seed: 1 });
    expect(one.responses.every((y) => Number.isInteger(y) && y >= 0 && y <= 10)).toBe(true);
    expect(priorPredictive(trials.compile(), { draws: 200, seed: 1 }).responses).toEqual(one.responses);
    expect(priorPredictive(trials, { draws: 100, seed: 1 }).responses).toEqual(one.responses.slice(0, 100 * 30));
    expect(priorPredictive(trials, { draws: 200, seed: 2 }).responses).not.toEqual(one.responses);
    const text = String(one);
    expect(text).toMatch(/Prior predictive: 200 draws of parameters and of 30 responses \(shares of successes\)/);
    expect(text).toMatch(/share of zeros/);
    const shares = one.rows.find(({ term }) => term === "max")!;
    expect(shares.q97_5).toBeLessThanOrEqual(1);
  });

  test("says when priors allow the impossible, and refuses what has no draws", () => {
    const wild = model(table).formula("y ~ x").family(poisson()).prior("fixed", normal(0, 1000));
    const { warnings } = priorPredictive(wild, { draws: 100 });
    expect(warnings.map(({ code }) => code)).toEqual(["impossible-responses"]);
    expect(() => priorPredictive(gaussianModel().prior("sigma", flat()))).toThrow(/more than once|flat prior/);
    expect(() => priorPredictive(model(table).formula("y ~ x").prior("sigma", flat()))).toThrow(
      /The flat prior of "sigma:sigma" is no probability distribution/,
    );
    expect(() => priorPredictive(gaussianModel(), { draws: 0 })).toThrow(
      /draws of priorPredictive\(\) must be a whole number of at least 1, not 0/,
    );
  });
});
