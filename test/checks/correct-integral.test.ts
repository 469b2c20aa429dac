/** A posterior sampled with Laplace's approximation, corrected to quadrature. */
import { expect, test } from "vitest";
import { correctIntegral } from "../../src/checks/correct-integral.ts";
import { weightedSummary } from "../../src/checks/weighted-summary.ts";
import { mean, variance } from "../../src/diagnostics/chains.ts";
import { quantile } from "../../src/diagnostics/quantile.ts";
import type { LaplaceMarginal } from "../../src/marginal/laplace/laplace-marginal.ts";
import type { CompiledModel, IntegralMethod } from "../../src/model/compiled-model.ts";
import { model } from "../../src/model-builder.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
import { halfNormal, normal } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import { sleepstudy } from "../samplers/models.ts";
import { posteriorOf } from "./fits.ts";

/** Binary responses in small groups that differ much: Laplace's approximation is poor. */
function binary() {
  const rng = createRng("binary");
  const rows = Array.from({ length: 40 }, (_, g) => {
    const b = 1.5 * rng.normal();
    return Array.from({ length: 4 }, () => ({ y: rng.uniform() < 1 / (1 + Math.exp(-0.4 - b)) ? 1 : 0, g: `g${g}` }));
  }).flat();
  return model(rows)
    .formula("y ~ 1 + (1 | g)")
    .family({ name: "binomial" })
    .prior("fixed", normal(0, 2))
    .prior("sd", halfNormal(2));
}

/** The posterior on a grid of intercepts and standard deviations, as probabilities. */
function gridPosterior(compiled: CompiledModel, method: IntegralMethod) {
  const marginal = compiled.marginal(method);
  const points: number[][] = [];
  for (let i = -10; i <= 15; i++) for (let j = 1; j <= 30; j++) points.push([0.16 * i, 0.2 * j]);
  const logs = points.map(
    ([b, s]) => marginal.evaluate(Float64Array.of(b!, s!)) - 0.5 * (b! / 2) ** 2 - 0.5 * (s! / 2) ** 2,
  );
  const top = Math.max(...logs);
  const total = logs.reduce((sum, log) => sum + Math.exp(log - top), 0);
  return { points, probabilities: logs.map((log) => Math.exp(log - top) / total) };
}

test("draws from Laplace's posterior, weighted, have the posterior mean and sd of quadrature's", () => {
  const compiled = binary().compile();
  const laplace = gridPosterior(compiled, { kind: "laplace" });
  const exact = gridPosterior(compiled, { kind: "agq", nodes: 15 });
  const moment = ({ points, probabilities }: typeof exact, f: (s: number) => number) =>
    points.reduce((sum, [, s], k) => sum + probabilities[k]! * f(s!), 0);
  const rng = createRng("draws");
  const draws = Array.from({ length: 2000 }, () => {
    let u = rng.uniform();
    let k = 0;
    while (k < laplace.points.length - 1 && u > laplace.probabilities[k]!) u -= laplace.probabilities[k++]!;
    return laplace.points[k]!;
  });
  const fit = posteriorOf(compiled, draws);
  const corrected = correctIntegral(fit, { nodes: 15 });
  expect(corrected).toMatchObject({ from: { kind: "laplace" }, to: { kind: "agq", nodes: 15 }, warnings: [] });
  expect(corrected.paretoK!).toBeLessThan(0.7);
  expect(corrected.weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  const sd = corrected.tidy().find((row) => row.term === "sd__(Intercept)")!;
  const reference = moment(exact, (s) => s);
  expect(Math.abs(sd.estimate - reference)).toBeLessThan(4.5 * sd.mcse!);
  const referenceSd = Math.sqrt(moment(exact, (s) => (s - reference) ** 2));
  expect(Math.abs(sd.std_error! / referenceSd - 1)).toBeLessThan(4.5 / Math.sqrt(corrected.effectiveSampleSize));
  // and the correction is not idle
  expect(Math.abs(moment(laplace, (s) => s) - reference)).toBeGreaterThan(4.5 * sd.mcse!);
  expect(sd.conf_low!).toBeLessThan(sd.median!);
  expect(sd.conf_high!).toBeGreaterThan(sd.median!);

  const used = compiled.marginal({ kind: "laplace" });
  const better = compiled.marginal({ kind: "agq", nodes: 15 });
  const x = Float64Array.from(draws[5]!);
  expect(corrected.logRatios[5]).toBeCloseTo(better.evaluate(x) - used.evaluate(x), 9);
});

test("crossed factors: an unbiased estimate of the likelihood takes the place of quadrature", () => {
  const rng = createRng("crossed");
  const n = 60;
  const declared = model({
    y: Array.from({ length: n }, () => Math.floor(4 * rng.uniform())),
    a: Array.from({ length: n }, (_, i) => `a${i % 5}`),
    b: Array.from({ length: n }, (_, i) => `b${i % 6}`),
  })
    .formula("y ~ 1 + (1 | a) + (1 | b)")
    .family({ name: "poisson" });
  const compiled = declared.compile();
  const draws = Array.from({ length: 30 }, (_, d) => [0.4 + 0.01 * d, 0.3 + 0.01 * d, 0.4]);
  const corrected = correctIntegral(posteriorOf(compiled, draws), { seed: 1, importanceDraws: 100 });
  expect(corrected.to).toBe("importance");
  const marginal = compiled.standardisedMarginal({ kind: "laplace" }) as LaplaceMarginal;
  const point = new Float64Array(3);
  for (const d of [0, 29]) {
    compiled.standardisation.toStandardised(Float64Array.from(draws[d]!), point);
    const exact = atOnce(marginal.importanceLogLikelihood(point, createRng("long"), 1500));
    const short = atOnce(marginal.importanceLogLikelihood(point, createRng("short"), 100));
    expect(Math.abs(corrected.logRatios[d]! - (exact.logLik - marginal.evaluate(point)))).toBeLessThan(
      4.5 * Math.hypot(exact.standardError, short.standardError),
    );
  }
  const other = correctIntegral(posteriorOf(compiled, draws), { seed: 2, importanceDraws: 100 });
  expect(other.logRatios).not.toEqual(corrected.logRatios);
});

test("an exact posterior needs no weights, and says so", () => {
  const compiled = sleepstudy().compile();
  const draws = Array.from({ length: 10 }, (_, d) => [251 + d, 10.4, 24, 1.2, 6.1, 25]);
  const corrected = correctIntegral(posteriorOf(compiled, draws));
  expect(corrected.paretoK).toBeNull();
  expect(corrected.warnings[0]!.message).toMatch(/need no weights: the integral of a Gaussian model is exact/);
  const intercept = corrected.tidy()[0]!;
  expect(intercept.estimate).toBeCloseTo(255.5, 10);
  expect(intercept.std_error).toBeCloseTo(Math.sqrt(variance(Float64Array.from(draws, (x) => x[0]!))), 10);
});

test("weighted summaries: equal weights give the plain ones, whole weights those of repeated draws", () => {
  const rng = createRng("weighted");
  const draws = Float64Array.from({ length: 101 }, () => rng.normal());
  const equal = weightedSummary(draws, new Float64Array(101).fill(1 / 101));
  expect(equal.mean).toBeCloseTo(mean(draws), 12);
  expect(equal.sd).toBeCloseTo(Math.sqrt(variance(draws)), 12);
  expect(equal.quantile(0.5)).toBeCloseTo(quantile(draws.slice().sort(), 0.5), 12);
  const weights = Float64Array.of(0.5, 0.25, 0.25);
  const summary = weightedSummary(Float64Array.of(1, 2, 5), weights);
  expect(summary.mean).toBeCloseTo((1 + 1 + 2 + 5) / 4, 14);
  expect(summary.quantile(0)).toBe(1);
  expect(summary.quantile(1)).toBe(5);
});
