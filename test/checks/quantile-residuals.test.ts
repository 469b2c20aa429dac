/**
 * Residuals that are standard normal whatever the family.
 * @module-tag slow
 */
import { describe, expect, test } from "vitest";
import { logLikelihood } from "../../src/checks/pointwise-log-likelihood.ts";
import { quantileResiduals } from "../../src/checks/quantile-residuals.ts";
import { mean, variance } from "../../src/diagnostics/chains.ts";
import { defineFamily } from "../../src/families/define-family.ts";
import { ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { residuals } from "../../src/prediction/residuals.ts";
import { simulate } from "../../src/prediction/simulate.ts";
import { createRng } from "../../src/random/rng.ts";
import { gammaVariate } from "../../src/random/variates.ts";
import { binomialCdf, normalQuantile, studentTTwoSided } from "../../src/special/distributions.ts";
import { ndtr } from "../../src/special/normal.ts";
import { cbpp, exampleData, sleepstudy } from "../samplers/models.ts";
import { posteriorOf } from "./fits.ts";

/** Kolmogorov's distance of a sample from the uniform distribution, times √n. */
function distanceFromUniform(u: Float64Array): number {
  const sorted = u.slice().sort();
  const n = sorted.length;
  let largest = 0;
  sorted.forEach((value, i) => {
    largest = Math.max(largest, (i + 1) / n - value, value - i / n);
  });
  return largest * Math.sqrt(n);
}

describe("Gaussian", () => {
  test("conditional ones are the Pearson residuals", async () => {
    const fit = await model(exampleData("sleepstudy")).formula("Reaction ~ Days + (Days | Subject)").fit(ml());
    const pearson = residuals(fit, { type: "pearson" });
    quantileResiduals(fit).residuals.forEach((value, i) => {
      expect(value).toBeCloseTo(pearson[i]!, 8);
    });
  });

  test("marginal ones divide by the standard deviation over groups", async () => {
    const fit = await model(exampleData("sleepstudy")).formula("Reaction ~ Days + (Days | Subject)").fit(ml());
    const [b0, b1, l11, l21, l22, sigma] = fit.estimate as unknown as [number, number, number, number, number, number];
    const { design } = fit.model;
    quantileResiduals(fit, { randomEffects: "marginal" }).residuals.forEach((value, i) => {
      const days = design.random[0]!.Z[2 * i + 1]!;
      const sd = Math.hypot(sigma, l11 + l21 * days, l22 * days);
      expect(value).toBeCloseTo((design.y[i]! - b0 - b1 * days) / sd, 6);
    });
  });

  test("of a posterior: the average of the draws' distribution functions", () => {
    const compiled = sleepstudy().compile();
    const draws = [
      [251, 10.4, 24, 1.2, 6.1, 25],
      [245, 11.5, 30, -2, 4, 27],
    ];
    const fit = posteriorOf(compiled, draws);
    const { pit } = quantileResiduals(fit);
    const b = fit.randomEffects()[0]!;
    const { Z, index } = compiled.design.random[0]!;
    for (const i of [3, 80]) {
      const u = draws.map((x, s) => {
        const at = s * 36 + 2 * index[i]!;
        const mu = x[0]! + b[at]! + (x[1]! + b[at + 1]!) * Z[2 * i + 1]!;
        return ndtr((compiled.design.y[i]! - mu) / x[5]!);
      });
      expect(pit[i]).toBeCloseTo((u[0]! + u[1]!) / 2, 10);
    }
    expect(() => quantileResiduals(fit, { draws: 3 })).toThrow(/from 1 to the 2/);
  });
});

describe("leaving out", () => {
  test("a row: the t distribution of a studentised residual, from draws of a linear model's posterior under flat priors", () => {
    const n = 30;
    const rng = createRng("leave one out");
    const x = Array.from({ length: n }, (_, i) => (i - 14.5) / 10);
    const y = x.map((value, i) => 1 + value + rng.normal() + (i === 8 ? 2.5 : 0));
    const compiled = model({ x, y }).formula("y ~ x").compile();
    const sxx = x.reduce((sum, value) => sum + value * value, 0);
    const [b0, b1] = [mean(Float64Array.from(y)), x.reduce((sum, value, i) => sum + value * y[i]!, 0) / sxx];
    const squares = y.reduce((sum, value, i) => sum + (value - b0 - b1 * x[i]!) ** 2, 0);
    const draws = Array.from({ length: 8000 }, () => {
      const sigma = Math.sqrt(squares / (2 * gammaVariate(rng, (n - 2) / 2)));
      return [b0 + (sigma / Math.sqrt(n)) * rng.normal(), b1 + (sigma / Math.sqrt(sxx)) * rng.normal(), sigma];
    });
    const { pit, warnings } = quantileResiduals(posteriorOf(compiled, draws), { leaveOneOut: true });
    expect(warnings).toEqual([]);
    for (const i of [0, 8, 15, 29]) {
      const leverage = 1 / n + x[i]! ** 2 / sxx;
      const residual = y[i]! - b0 - b1 * x[i]!;
      const without = Math.sqrt((squares - residual ** 2 / (1 - leverage)) / (n - 3));
      const t = residual / (without * Math.sqrt(1 - leverage));
      const tail = studentTTwoSided(Math.abs(t), n - 3) / 2;
      expect(pit[i]).toBeCloseTo(t > 0 ? 1 - tail : tail, i === 8 ? 2 : 1.9);
      // what has not left the outlier out is nearer to the middle
      const seen = quantileResiduals(posteriorOf(compiled, draws)).pit[i]!;
      if (i === 8) expect(1 - seen).toBeGreaterThan(1.02 * (1 - pit[i]!));
    }
  });

  test("a group: weights 1/p(y_g | θ) for all its rows", () => {
    const compiled = sleepstudy().compile();
    const draws = [
      [251, 10.4, 24, 1.2, 6.1, 25],
      [245, 11.5, 30, -2, 4, 27],
    ];
    const fit = posteriorOf(compiled, draws);
    const { pit } = quantileResiduals(fit, { leaveOneOut: true, randomEffects: "marginal" });
    const { values } = logLikelihood(fit, { by: "group" });
    const { Z, index } = compiled.design.random[0]!;
    for (const i of [3, 80]) {
      const g = index[i]!;
      const share = 1 / (1 + Math.exp(values[2 * g]! - values[2 * g + 1]!));
      const u = draws.map(([b0, b1, l11, l21, l22, sigma]) => {
        const days = Z[2 * i + 1]!;
        const sd = Math.hypot(sigma!, l11! + l21! * days, l22! * days);
        return ndtr((compiled.design.y[i]! - b0! - b1! * days) / sd);
      });
      expect(pit[i]).toBeCloseTo(share * u[0]! + (1 - share) * u[1]!, 6);
    }
  });

  test("is refused for a maximum-likelihood fit", async () => {
    const fit = await cbpp().fit();
    expect(() => quantileResiduals(fit, { leaveOneOut: true })).toThrow(/sample the same declaration/);
  });
});

describe("counts", () => {
  test("binomial: between F(y − 1) and F(y), seeded", async () => {
    const fit = await cbpp().fit();
    const { lower, upper, pit, residuals: r } = quantileResiduals(fit, { seed: 7 });
    const { y, trials, predictors, random } = fit.model.design;
    const { X } = predictors[0]!;
    for (const i of [0, 10, 55]) {
      let eta = fit.modes[0]![random[0]!.index[i]!]!;
      for (let j = 0; j < 4; j++) eta += X[4 * i + j]! * fit.estimate[j]!;
      const p = 1 / (1 + Math.exp(-eta));
      expect(upper[i]).toBeCloseTo(binomialCdf(y[i]!, trials![i]!, p), 12);
      expect(lower[i]).toBeCloseTo(binomialCdf(y[i]! - 1, trials![i]!, p), 12);
      expect(r[i]).toBeCloseTo(normalQuantile(pit[i]!), 12);
    }
    pit.forEach((u, i) => {
      expect(u).toBeGreaterThanOrEqual(lower[i]!);
      expect(u).toBeLessThanOrEqual(upper[i]!);
    });
    expect(quantileResiduals(fit, { seed: 7 }).pit).toEqual(pit);
    expect(quantileResiduals(fit, { seed: 8 }).pit).not.toEqual(pit);
  });

  test.each(["poisson", "nbinom2", "Gamma", "binomial"])(
    "%s: uniform for responses simulated from the model",
    (name) => {
      const n = 600;
      const discrete = name !== "Gamma";
      const declared = model({
        y: Array.from({ length: n }, (_, i) => (name === "binomial" ? i % 2 : (discrete ? 0 : 0.5) + (i % 5))),
        x: Array.from({ length: n }, (_, i) => Math.sin(i)),
        // every row a group of its own, so that marginal residuals are independent
        g: Array.from({ length: n }, (_, i) => `g${i}`),
      })
        .formula("y ~ x + (1 | g)")
        .family({ name });
      const compiled = declared.compile();
      const x = [0.5, 0.4, 0.8, ...compiled.family.parameters.map(() => 2)];
      const truth = posteriorOf(compiled, [x, x]);
      const y = simulate(truth, { seed: "residuals" }).values;
      const again = posteriorOf(compiled.withResponse(y.slice()), [x, x]);
      const { pit, residuals: r } = quantileResiduals(again, { randomEffects: "marginal", draws: 1 });
      // Kolmogorov: exceeded with probability 3e-7
      expect(distanceFromUniform(pit)).toBeLessThan(2.8);
      expect(Math.abs(mean(r))).toBeLessThan(5 / Math.sqrt(n));
      expect(Math.abs(variance(r) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
      // without the random effects' variance they are not uniform
      const narrow = posteriorOf(again.model, [[0.5, 0.4, 1e-3, ...x.slice(3)], x]);
      const wrong = quantileResiduals(narrow, { randomEffects: "marginal", draws: 1 });
      if (name === "poisson") expect(distanceFromUniform(wrong.pit)).toBeGreaterThan(2.8);
    },
  );
});

test("a family without a distribution function is told so", () => {
  const laplace = defineFamily({
    name: "doubleExponential",
    parameters: [],
    logDensity: (ops, { eta, column }) => ops.neg(ops.sqrt(ops.add(1, ops.square(ops.sub(column["y"]!, eta[0]!))))),
    mean: (_ops, { eta }) => eta[0]!,
    simulate: (rng, { eta }) => eta[0]! + rng.normal(),
    logConcave: true,
  });
  const compiled = model({ y: [1, 2, 3] })
    .formula("y ~ 1")
    .family(laplace)
    .compile();
  expect(() => quantileResiduals(posteriorOf(compiled, [[1], [2]]))).toThrow(/family "doubleExponential" states none/);
});
