import { describe, expect, it } from "vitest";
import { gaussianMarginal } from "../../../src/marginal/gaussian/gaussian-marginal.ts";
import { createRng } from "../../../src/random/rng.ts";
import {
  bruteConditional,
  bruteLogLikelihood,
  integralData,
  numericalGradient,
  randomModel,
  randomPoint,
  replicated,
  SHAPES,
} from "./support.ts";

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++)
    expect(Math.abs(actual[i]! - expected[i]!), `entry ${i}: ${actual[i]} against ${expected[i]}`).toBeLessThan(
      tolerance * (1 + Math.abs(expected[i]!)),
    );
}

describe("log-likelihood and gradient in (β, Λ, σ) against the dense normal density", () => {
  for (const shape of SHAPES)
    for (const weights of [false, true])
      it(`${shape}${weights ? ", precision weights" : ""}`, () => {
        for (let seed = 1; seed <= 3; seed++) {
          const data = integralData(randomModel(shape, seed, { weights, p: seed }));
          const marginal = gaussianMarginal(data);
          const x = randomPoint(data.layout, seed + 10);
          const gradient = new Float64Array(data.layout.size).fill(7);
          const value = marginal.evaluate(x, gradient);
          expectClose([value], [bruteLogLikelihood(data, x)], 1e-12);
          expectClose(
            gradient,
            numericalGradient((at) => bruteLogLikelihood(data, at), x),
            1e-7,
          );
          expect(marginal.evaluate(x)).toBe(value);
        }
      });

  for (const shape of ["slope", "two-terms", "nested", "crossed", "crossed-slopes", "three"] as const)
    it(`exact where Λ is singular and where it is zero: ${shape}`, () => {
      const data = integralData(randomModel(shape, 4, { weights: true }));
      const marginal = gaussianMarginal(data);
      const x = randomPoint(data.layout, 14);
      for (const singular of [true, false]) {
        for (const term of data.layout.terms) {
          if (singular) x[term.offset] = 0;
          else x.fill(0, term.offset, term.offset + term.size);
        }
        const gradient = new Float64Array(data.layout.size);
        expectClose([marginal.evaluate(x, gradient)], [bruteLogLikelihood(data, x)], 1e-12);
        expectClose(
          gradient,
          numericalGradient((at) => bruteLogLikelihood(data, at), x),
          1e-7,
        );
      }
    });

  for (const shape of SHAPES)
    it(`a frequency weight is a number of rows: ${shape}`, () => {
      const input = randomModel(shape, 6, { weights: true, multiplier: true, n: 30 });
      const weighted = gaussianMarginal(integralData(input));
      const full = integralData(replicated(input));
      // Levels that lose all their rows have no part in the likelihood, so the layouts agree.
      const x = randomPoint(full.layout, 8);
      const gradient = new Float64Array(full.layout.size);
      const expected = new Float64Array(full.layout.size);
      expectClose([weighted.evaluate(x, gradient)], [gaussianMarginal(full).evaluate(x, expected)], 1e-12);
      expectClose(gradient, expected, 1e-10);
      expectClose([weighted.evaluate(x)], [bruteLogLikelihood(full, x)], 1e-12);
    });

  it("is −Infinity, with a zero gradient, where σ is not positive or a parameter is not a number", () => {
    const data = integralData(randomModel("crossed", 1));
    const marginal = gaussianMarginal(data);
    const x = randomPoint(data.layout, 1);
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const gradient = new Float64Array(data.layout.size).fill(1);
      x[data.layout.phi.offset] = bad;
      expect(marginal.evaluate(x, gradient)).toBe(Number.NEGATIVE_INFINITY);
      expect([...gradient].every((value) => value === 0)).toBe(true);
    }
    x[data.layout.phi.offset] = 1;
    x[data.layout.terms[0]!.offset] = Number.NaN;
    expect(marginal.evaluate(x)).toBe(Number.NEGATIVE_INFINITY);
    expect(marginal.trace).toMatchObject({ evaluations: 5, gradients: 4, failures: 5 });
  });
});

describe("groups", () => {
  for (const shape of ["single", "slope", "diag", "two-terms"] as const)
    it(`sum to the whole, values and scores: ${shape}`, () => {
      const data = integralData(randomModel(shape, 3, { weights: true, multiplier: true }));
      const marginal = gaussianMarginal(data);
      const groups = marginal.groups!;
      expect(groups.count).toBe(data.random[0]!.levels.length);
      const x = randomPoint(data.layout, 5);
      const total = new Float64Array(data.layout.size);
      const value = marginal.evaluate(x, total);
      const values = new Float64Array(groups.count);
      const scores = new Float64Array(groups.count * data.layout.size);
      groups.evaluate(x, values, scores);
      expectClose([values.reduce((sum, v) => sum + v, 0)], [value], 1e-12);
      const summed = total.map((_, j) => scores.reduce((sum, v, at) => sum + (at % total.length === j ? v : 0), 0));
      expectClose(summed, total, 1e-11);
    });

  it("each is the likelihood of its own rows", () => {
    const input = randomModel("slope", 9);
    const data = integralData(input);
    const x = randomPoint(data.layout, 2);
    const groups = gaussianMarginal(data).groups!;
    const values = new Float64Array(groups.count);
    groups.evaluate(x, values);
    const [term] = input.terms;
    data.random[0]!.levels.forEach((level, l) => {
      const part = integralData({
        ...replicated({ ...input, multiplier: term!.group.map((g) => (String(g) === level ? 1 : 0)) }),
      });
      expectClose([values[l]!], [bruteLogLikelihood(part, x)], 1e-12);
    });
  });

  it("are −Infinity with zero scores where a parameter is not a number", () => {
    const data = integralData(randomModel("slope", 9));
    const groups = gaussianMarginal(data).groups!;
    for (const at of [0, data.layout.terms[0]!.offset, data.layout.phi.offset]) {
      const x = randomPoint(data.layout, 2);
      x[at] = Number.NaN;
      const values = new Float64Array(groups.count);
      const scores = new Float64Array(groups.count * data.layout.size).fill(1);
      groups.evaluate(x, values, scores);
      expect([...values].every((value) => value === Number.NEGATIVE_INFINITY)).toBe(true);
      expect([...scores].every((value) => value === 0)).toBe(true);
    }
  });

  it("are absent where terms cross", () => {
    expect(gaussianMarginal(integralData(randomModel("crossed", 1))).groups).toBeUndefined();
  });
});

describe("random effects given the data", () => {
  for (const shape of ["single", "slope", "two-terms", "nested", "crossed", "crossed-slopes", "three"] as const)
    it(`modes and conditional covariances by dense normal theory: ${shape}`, () => {
      const data = integralData(randomModel(shape, 2, { weights: true }));
      const x = randomPoint(data.layout, 3);
      const { mean, covariance, size } = bruteConditional(data, x);
      const { modes, covariances } = gaussianMarginal(data).conditionalModes(x);
      let base = 0;
      data.random.forEach(({ levels, q }, t) => {
        expectClose(modes[t]!, mean.subarray(base, base + levels.length * q), 1e-10);
        for (let l = 0; l < levels.length; l++)
          for (let a = 0; a < q; a++)
            for (let b = 0; b < q; b++)
              expectClose(
                [covariances[t]![(l * q + a) * q + b]!],
                [covariance[(base + l * q + a) * size + base + l * q + b]!],
                1e-10,
              );
        base += levels.length * q;
      });
    });

  it("draws have the exact joint conditional mean and covariance, across crossed factors too", () => {
    const data = integralData(randomModel("crossed-slopes", 2, { n: 24 }));
    const x = randomPoint(data.layout, 3);
    const { mean, covariance, size } = bruteConditional(data, x);
    const marginal = gaussianMarginal(data);
    const rng = createRng("draws");
    const out = data.random.map(({ levels, q }) => new Float64Array(levels.length * q));
    const draws = 20_000;
    const sums = new Float64Array(size);
    const products = new Float64Array(size * size);
    for (let draw = 0; draw < draws; draw++) {
      marginal.drawRandomEffects(x, rng, out);
      const b = out.flatMap((values) => [...values]);
      for (let i = 0; i < size; i++) {
        const deviation = b[i]! - mean[i]!;
        sums[i]! += deviation;
        for (let j = 0; j < size; j++) products[i * size + j]! += deviation * (b[j]! - mean[j]!);
      }
    }
    for (let i = 0; i < size; i++) {
      const sd = Math.sqrt(covariance[i * size + i]!);
      expect(Math.abs(sums[i]! / draws)).toBeLessThan((5 * sd) / Math.sqrt(draws) + 1e-12);
      for (let j = 0; j < size; j++) {
        // Standard error of a covariance of normals: √((σ_ii σ_jj + σ_ij²)/N).
        const error = Math.sqrt(
          (covariance[i * size + i]! * covariance[j * size + j]! + covariance[i * size + j]! ** 2) / draws,
        );
        expect(Math.abs(products[i * size + j]! / draws - covariance[i * size + j]!)).toBeLessThan(5 * error + 1e-12);
      }
    }
  });
});
