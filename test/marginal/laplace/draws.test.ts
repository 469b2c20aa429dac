/** @module-tag slow */
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../../src/autodiff/compile-kernel.ts";
import { binomial } from "../../../src/families/binomial.ts";
import { gaussianMarginal } from "../../../src/marginal/gaussian/gaussian-marginal.ts";
import type { IntegralData } from "../../../src/marginal/integral-data.ts";
import { crossedLaplace } from "../../../src/marginal/laplace/crossed-laplace.ts";
import { groupedIntegral } from "../../../src/marginal/laplace/grouped-integral.ts";
import { groupingFactors } from "../../../src/marginal/laplace/grouping.ts";
import { importanceCheck } from "../../../src/marginal/laplace/importance-check.ts";
import type { LaplaceMarginal } from "../../../src/marginal/laplace/laplace-marginal.ts";
import { parameterLayout } from "../../../src/model/parameter-layout.ts";
import { atOnce } from "../../../src/optimise/pausable.ts";
import { createRng } from "../../../src/random/rng.ts";
import { crossed, gaussianCrossed, grouped } from "./support/examples.ts";
import { integralData } from "./support/models.ts";

const binomialLogit = compileKernel(binomial());

/** Binary data in small groups with a large variance: conditional distributions far from normal. */
const y = [1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 1, 1];
const ones = y.map(() => 1);
const a = [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 3];
const b = [0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 2, 2];
const oneFactor = integralData({
  columns: { y, trials: ones },
  fixed: [[ones]],
  random: [{ group: "a", index: a, z: [ones] }],
});
const twoFactors = integralData({
  columns: { y, trials: ones },
  fixed: [[ones]],
  random: [
    { group: "a", index: a, z: [ones] },
    { group: "b", index: b.map((level) => Math.min(level, 1)), z: [ones] },
  ],
});
const beta = 0.3;
const logistic = (eta: number) => 1 / (1 + Math.exp(-eta));
const grid = Array.from({ length: 71 }, (_, j) => -7 + j / 5);

/** Moments of b and b² of level `level` by the trapezoid rule. */
function oneFactorMoments(level: number, sd: number): [number, number] {
  const sums = [0, 0, 0];
  for (const u of grid) {
    let density = Math.exp(-0.5 * u * u);
    y.forEach((value, i) => {
      if (a[i] === level) density *= value ? logistic(beta + sd * u) : 1 - logistic(beta + sd * u);
    });
    sums.forEach((_, m) => {
      sums[m]! += density * (sd * u) ** m;
    });
  }
  return [sums[1]! / sums[0]!, sums[2]! / sums[0]!];
}

/** Mean and mean square of every level of a and b, and log L, given that b has two levels: a 2-d grid over them. */
function twoFactorMoments(sdA: number, sdB: number) {
  const levelOf = twoFactors.random[1]!.index;
  const total = new Float64Array(6);
  const square = new Float64Array(6);
  let mass = 0;
  for (const v0 of grid)
    for (const v1 of grid) {
      const v = [v0, v1];
      let weight = Math.exp(-0.5 * (v0 * v0 + v1 * v1)) / (2 * Math.PI) / 25;
      const means: number[] = [];
      const squares: number[] = [];
      for (let level = 0; level < 4; level++) {
        const sums = [0, 0, 0];
        for (const u of grid) {
          let density = Math.exp(-0.5 * u * u) / Math.sqrt(2 * Math.PI) / 5;
          for (let i = 0; i < y.length; i++) {
            if (a[i] !== level) continue;
            const p = logistic(beta + sdA * u + sdB * v[levelOf[i]!]!);
            density *= y[i] ? p : 1 - p;
          }
          sums[0]! += density;
          sums[1]! += density * sdA * u;
          sums[2]! += density * (sdA * u) ** 2;
        }
        weight *= sums[0]!;
        means.push(sums[1]! / sums[0]!);
        squares.push(sums[2]! / sums[0]!);
      }
      mass += weight;
      means.push(sdB * v0, sdB * v1);
      squares.push((sdB * v0) ** 2, (sdB * v1) ** 2);
      for (let j = 0; j < 6; j++) {
        total[j]! += weight * means[j]!;
        square[j]! += weight * squares[j]!;
      }
    }
  return {
    logLik: Math.log(mass),
    mean: total.map((value) => value / mass),
    square: square.map((value) => value / mass),
  };
}

/** Means of b and b² of all effects over independent draws, with their standard errors. */
function simulate(marginal: LaplaceMarginal, x: Float64Array, sizes: readonly number[], draws: number, seed: string) {
  const rng = createRng(seed);
  const out = sizes.map((size) => new Float64Array(size));
  const width = sizes.reduce((sum, size) => sum + size, 0);
  const sums = [1, 2, 4].map(() => new Float64Array(width));
  for (let draw = 0; draw < draws; draw++) {
    marginal.drawRandomEffects(x, rng, out);
    out
      .flatMap((part) => [...part])
      .forEach((value, j) => {
        [1, 2, 4].forEach((power, m) => {
          sums[m]![j]! += value ** power / draws;
        });
      });
  }
  const [m1, m2, m4] = sums;
  return {
    mean: m1!,
    meanError: m1!.map((value, j) => Math.sqrt((m2![j]! - value * value) / draws)),
    square: m2!,
    squareError: m2!.map((value, j) => Math.sqrt((m4![j]! - value * value) / draws)),
  };
}

describe("draws of random effects", () => {
  it("of independent groups have the conditional distribution's mean and mean square, where the normal approximation is off", () => {
    const sd = 2.5;
    const marginal = groupedIntegral(oneFactor, binomialLogit, groupingFactors(oneFactor.random)[0]!, 1);
    const x = Float64Array.of(beta, sd);
    const { mean, meanError, square, squareError } = simulate(marginal, x, [4], 10000, "grouped draws");
    const { modes } = marginal.conditionalModes(x);
    for (let level = 0; level < 4; level++) {
      const [trueMean, trueSquare] = oneFactorMoments(level, sd);
      expect(Math.abs(mean[level]! - trueMean) / meanError[level]!).toBeLessThan(3.5);
      expect(Math.abs(square[level]! - trueSquare) / squareError[level]!).toBeLessThan(3.5);
    }
    // The mode alone would fail the test above by far.
    expect(Math.abs(modes[0]![3]! - oneFactorMoments(3, sd)[0]) / meanError[3]!).toBeGreaterThan(10);
  });

  it("of crossed factors have the conditional distribution's mean and mean square", () => {
    const [sdA, sdB] = [2, 1.5];
    const marginal = crossedLaplace(twoFactors, binomialLogit, groupingFactors(twoFactors.random));
    const x = Float64Array.of(beta, sdA, sdB);
    const truth = twoFactorMoments(sdA, sdB);
    const { mean, meanError, square, squareError } = simulate(marginal, x, [4, 2], 10000, "crossed draws");
    for (let j = 0; j < 6; j++) {
      expect(Math.abs(mean[j]! - truth.mean[j]!) / meanError[j]!).toBeLessThan(3.5);
      expect(Math.abs(square[j]! - truth.square[j]!) / squareError[j]!).toBeLessThan(3.5);
    }
    const { modes } = marginal.conditionalModes(x);
    expect(Math.abs(modes[0]![3]! - truth.mean[3]!) / meanError[3]!).toBeGreaterThan(10);
  });

  it("are reproducible from the seed, also with effects in two predictors and two terms", () => {
    const { data, kernel, points } = grouped[4]!;
    const marginal = groupedIntegral(data, kernel, groupingFactors(data.random)[0]!, 3);
    const x = Float64Array.from(points["interior"]!);
    const draw = (seed: string) => {
      const out = data.random.map((term) => new Float64Array(term.levels.length * term.q).fill(NaN));
      marginal.drawRandomEffects(x, createRng(seed), out);
      return out;
    };
    expect(draw("a")).toEqual(draw("a"));
    expect(draw("a")).not.toEqual(draw("b"));
    expect(draw("a").every((part) => part.every(Number.isFinite))).toBe(true);
  });
});

describe("importance sampling", () => {
  it("of independent groups agrees with quadrature to its standard error", () => {
    const x = Float64Array.of(beta, 2.5);
    const factor = groupingFactors(oneFactor.random)[0]!;
    const truth = groupedIntegral(oneFactor, binomialLogit, factor, 101).evaluate(x);
    const laplace = groupedIntegral(oneFactor, binomialLogit, factor, 1);
    const { logLik, standardError, effectiveDraws } = atOnce(laplace.importanceLogLikelihood(x, createRng("is"), 4000));
    expect(Math.abs(logLik - truth) / standardError).toBeLessThan(3.5);
    expect(standardError).toBeLessThan(0.02);
    expect(effectiveDraws).toBeGreaterThan(2000);
    expect(Math.abs(laplace.evaluate(x) - truth)).toBeGreaterThan(0.1);
  });

  it("of crossed factors agrees with brute force and says how far Laplace is off", () => {
    const x = Float64Array.of(beta, 2, 1.5);
    const truth = twoFactorMoments(2, 1.5).logLik;
    const check = atOnce(importanceCheck(twoFactors, binomialLogit, x, createRng("check"), 4000));
    expect(Math.abs(check.laplace + check.difference - truth) / check.standardError).toBeLessThan(3.5);
    expect(check.standardError).toBeLessThan(0.02);
    expect(Math.abs(check.difference)).toBeGreaterThan(10 * check.standardError);
  });

  it("of a normal density, two and four effects a level of the largest factor, agrees with the exact likelihood", () => {
    // Up to three effects a level are integrated by quadrature given the other factor's; four are sampled with all others.
    const wide = gaussianCrossed.data.random[0]!;
    const more = { ...wide, Z: wide.Z.map((value, at) => (at % 2 === 0 ? Math.cos(at) : value * value)) };
    const random = [...gaussianCrossed.data.random, more];
    const layout = parameterLayout([2], random, 1);
    const four: IntegralData = { ...gaussianCrossed.data, random, layout };
    const x = Float64Array.from(gaussianCrossed.points["interior"]!);
    const longer = Float64Array.from([...x.subarray(0, 6), 0.4, 0.1, 0.3, 1.1]);
    for (const [data, at] of [
      [gaussianCrossed.data, x],
      [four, longer],
    ] as const) {
      const marginal = crossedLaplace(data, gaussianCrossed.kernel, groupingFactors(data.random));
      const { logLik, standardError } = atOnce(marginal.importanceLogLikelihood(at, createRng("normal"), 400));
      expect(Math.abs(logLik - gaussianMarginal(data).evaluate(at)) / standardError).toBeLessThan(3.5);
      expect(standardError).toBeLessThan(0.1);
      // Twice in a row, from the same stream: nothing of the first estimate is left behind.
      expect(atOnce(marginal.importanceLogLikelihood(at, createRng("normal"), 400)).logLik).toBe(logLik);
      expect(Math.abs(marginal.evaluate(at) - gaussianMarginal(data).evaluate(at))).toBeLessThan(1e-9);
    }
  });

  it("of three factors with effects in two predictors: conditional and joint sampling agree", () => {
    const { data, kernel, points } = crossed[2]!;
    const x = Float64Array.from(points["interior"]!);
    const factors = groupingFactors(data.random);
    const conditional = atOnce(crossedLaplace(data, kernel, factors).importanceLogLikelihood(x, createRng("one"), 200));
    // Two more effects of sd 0 on the largest factor leave the integral as it is but force the joint sampler.
    const g = data.random[0]!;
    const random = [...data.random, { ...g, covariance: "diag" as const }];
    const wider: IntegralData = { ...data, random, layout: parameterLayout([2, 1], random, 1) };
    const longer = Float64Array.from([...x.subarray(0, 8), 0, 0, x[8]!]);
    const joint = atOnce(
      crossedLaplace(wider, kernel, groupingFactors(random)).importanceLogLikelihood(longer, createRng("two"), 6000),
    );
    const error = Math.hypot(conditional.standardError, joint.standardError);
    expect(Math.abs(conditional.logLik - joint.logLik) / error).toBeLessThan(3.5);
    expect(error).toBeLessThan(0.1);
  });

  it("has nothing to check without random terms", () => {
    const layout = { ...oneFactor.layout, terms: [], size: 1, phi: { offset: 1, size: 0 } };
    const check = atOnce(
      importanceCheck({ ...oneFactor, random: [], layout }, binomialLogit, Float64Array.of(beta), createRng("none")),
    );
    expect(check.difference).toBe(0);
    expect(check.laplace).toBeCloseTo(
      y.reduce((sum, value) => sum + Math.log(value ? logistic(beta) : 1 - logistic(beta)), 0),
      12,
    );
  });
});
