import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussianMarginal } from "../../../src/marginal/gaussian/gaussian-marginal.ts";
import { profiledGaussian } from "../../../src/marginal/gaussian/profiled-gaussian.ts";
import { DeclarationError } from "../../../src/messages/issue.ts";
import { randomStream } from "../../linalg/support.ts";
import {
  bruteProfile,
  integralData,
  type ModelInput,
  numericalGradient,
  randomModel,
  replicated,
  SHAPES,
} from "./support.ts";

function randomTheta(size: number, seed: number): Float64Array {
  const uniform = randomStream(seed);
  return Float64Array.from({ length: size }, () => 2 * uniform() - 1);
}

function expectClose(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected), `${actual} against ${expected}`).toBeLessThan(
    tolerance * (1 + Math.abs(expected)),
  );
}

describe("profiled likelihood against the dense covariance", () => {
  for (const shape of SHAPES)
    for (const reml of [true, false])
      it(`${shape}, ${reml ? "REML" : "ML"}: value, gradient, β̂, σ̂`, () => {
        for (let seed = 1; seed <= 3; seed++) {
          const data = integralData(randomModel(shape, seed, { weights: seed > 1, p: seed }));
          const profile = profiledGaussian(data);
          const theta = randomTheta(profile.size, seed + 20);
          const gradient = new Float64Array(profile.size).fill(7);
          const value = profile.evaluate(theta, { reml }, gradient);
          const brute = bruteProfile(data, theta, reml);
          expectClose(value, brute.value, 1e-12);
          expectClose(profile.sigma, brute.sigma, 1e-12);
          const beta = profile.betaHat;
          for (let j = 0; j < beta.length; j++) expectClose(beta[j]!, brute.beta[j]!, 1e-10);
          const numerical = numericalGradient((at) => bruteProfile(data, at, reml).value, theta);
          for (let j = 0; j < theta.length; j++) expectClose(gradient[j]!, numerical[j]!, 1e-7);
          expect(profile.evaluate(theta, { reml })).toBe(value);
        }
      });

  for (const shape of ["slope", "two-terms", "nested", "crossed", "crossed-slopes", "three"] as const)
    it(`exact where Λ is singular and where it is zero: ${shape}`, () => {
      const data = integralData(randomModel(shape, 4, { weights: true }));
      const profile = profiledGaussian(data);
      const theta = randomTheta(profile.size, 3);
      const start = data.layout.terms[0]!.offset;
      for (const singular of [true, false]) {
        for (const term of data.layout.terms) {
          if (singular) theta[term.offset - start] = 0;
          else theta.fill(0, term.offset - start, term.offset - start + term.size);
        }
        for (const reml of [true, false]) {
          const gradient = new Float64Array(profile.size);
          expectClose(profile.evaluate(theta, { reml }, gradient), bruteProfile(data, theta, reml).value, 1e-12);
          const numerical = numericalGradient((at) => bruteProfile(data, at, reml).value, theta);
          for (let j = 0; j < theta.length; j++) expectClose(gradient[j]!, numerical[j]!, 1e-7);
        }
      }
    });

  for (const shape of SHAPES)
    it(`a frequency weight is a number of rows: ${shape}`, () => {
      const input = randomModel(shape, 6, { weights: true, multiplier: true, n: 30 });
      const weighted = profiledGaussian(integralData(input));
      const rows = integralData(replicated(input));
      expect(weighted.observations).toBe(rows.n);
      const theta = randomTheta(weighted.size, 8);
      for (const reml of [true, false])
        expectClose(weighted.evaluate(theta, { reml }), bruteProfile(rows, theta, reml).value, 1e-12);
    });

  it("works without fixed effects, and without anything but σ", () => {
    for (const shape of ["crossed", "none"] as const) {
      const data = integralData(randomModel(shape, 2, { p: 0 }));
      const profile = profiledGaussian(data);
      const theta = randomTheta(profile.size, 1);
      for (const reml of [true, false])
        expectClose(profile.evaluate(theta, { reml }), bruteProfile(data, theta, reml).value, 1e-12);
      expect(profile.betaHat.length).toBe(0);
    }
  });

  it("is the marginal likelihood at its own β̂ and σ̂ (ML), where that is stationary in β and σ", () => {
    const data = integralData(randomModel("crossed-slopes", 5, { weights: true }));
    const profile = profiledGaussian(data);
    const theta = randomTheta(profile.size, 2);
    const value = profile.evaluate(theta, { reml: false });
    const { layout } = data;
    const x = new Float64Array(layout.size);
    x.set(profile.betaHat, layout.beta[0]!.offset);
    x.set(
      theta.map((entry) => entry * profile.sigma),
      layout.terms[0]!.offset,
    );
    x[layout.phi.offset] = profile.sigma;
    const gradient = new Float64Array(layout.size);
    expectClose(gaussianMarginal(data).evaluate(x, gradient), -value / 2, 1e-12);
    for (let j = 0; j < profile.fixedEffects; j++) expect(Math.abs(gradient[j]!)).toBeLessThan(1e-9);
    // Along (Λ, σ) scaled together θ is constant, and σ̂ maximises.
    let radial = gradient[layout.phi.offset]! * profile.sigma;
    theta.forEach((entry, e) => {
      radial += gradient[layout.terms[0]!.offset + e]! * entry * profile.sigma;
    });
    expect(Math.abs(radial)).toBeLessThan(1e-9);
  });
});

describe("invariances", () => {
  const shapes = fc.constantFrom(...SHAPES);

  function permuted(input: ModelInput, order: readonly number[]): ModelInput {
    const pick = <T>(values: readonly T[]) => order.map((i) => values[i]!);
    return {
      y: pick(input.y),
      X: input.X.map(pick),
      terms: input.terms.map((term) => ({ ...term, group: pick(term.group), Z: term.Z.map(pick) })),
      weights: pick(input.weights!),
      offset: pick(input.offset!),
    };
  }

  it("the order of the rows does not matter", () => {
    fc.assert(
      fc.property(
        shapes,
        fc.nat(1000),
        fc.boolean(),
        fc.shuffledSubarray([...Array(36).keys()], { minLength: 36 }),
        (shape, seed, reml, order) => {
          const input = randomModel(shape, seed, { weights: true });
          const a = profiledGaussian(integralData(input));
          const b = profiledGaussian(integralData(permuted(input, order)));
          const theta = randomTheta(a.size, seed);
          expectClose(b.evaluate(theta, { reml }), a.evaluate(theta, { reml }), 1e-11);
        },
      ),
      { seed: 1, numRuns: 40 },
    );
  });

  it("the names and the order of the levels do not matter", () => {
    fc.assert(
      fc.property(shapes, fc.nat(1000), fc.boolean(), fc.nat(50), (shape, seed, reml, salt) => {
        const input = randomModel(shape, seed, { weights: true });
        const renamed: ModelInput = {
          ...input,
          terms: input.terms.map((term) => ({
            ...term,
            group: term.group.map((g) => `${String(g).split("").reverse().join("")}_${salt}`),
          })),
        };
        const a = profiledGaussian(integralData(input));
        const b = profiledGaussian(integralData(renamed));
        const theta = randomTheta(a.size, seed);
        const ga = new Float64Array(a.size);
        const gb = new Float64Array(a.size);
        expectClose(b.evaluate(theta, { reml }, gb), a.evaluate(theta, { reml }, ga), 1e-11);
        for (let j = 0; j < a.size; j++) expectClose(gb[j]!, ga[j]!, 1e-9);
      }),
      { seed: 2, numRuns: 40 },
    );
  });

  it("scaling the response adds 2d·log(scale); scaling and shifting columns of X changes REML by log|det| only", () => {
    fc.assert(
      fc.property(
        shapes,
        fc.nat(1000),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        fc.double({ min: -1e4, max: 1e4, noNaN: true }),
        (shape, seed, scale, shift) => {
          const input = randomModel(shape, seed, { weights: true });
          const plain = profiledGaussian(integralData(input));
          const theta = randomTheta(plain.size, seed);
          const n = plain.observations;
          const p = plain.fixedEffects;
          const scaled = profiledGaussian(
            integralData({ ...input, y: input.y.map((y) => y * scale), offset: input.offset!.map((o) => o * scale) }),
          );
          expectClose(
            scaled.evaluate(theta, { reml: true }),
            plain.evaluate(theta, { reml: true }) + 2 * (n - p) * Math.log(scale),
            1e-10,
          );
          expectClose(
            scaled.evaluate(theta, { reml: false }),
            plain.evaluate(theta, { reml: false }) + 2 * n * Math.log(scale),
            1e-10,
          );
          const moved = profiledGaussian(
            integralData({ ...input, X: [input.X[0]!, input.X[1]!.map((x) => x * scale + shift)] }),
          );
          expectClose(moved.evaluate(theta, { reml: false }), plain.evaluate(theta, { reml: false }), 1e-9);
          expectClose(
            moved.evaluate(theta, { reml: true }),
            plain.evaluate(theta, { reml: true }) + 2 * Math.log(scale),
            1e-9,
          );
        },
      ),
      { seed: 3, numRuns: 40 },
    );
  });

  it("a column with mean 1e9 standard deviations, and a response likewise, still give digits", () => {
    // Differences of 1e-9·size that a double still holds exactly: shift integers.
    const input = randomModel("slope", 3);
    const whole = input.X[1]!.map((x) => Math.round(4 * x));
    const response = input.y.map((y) => Math.round(8 * y));
    const near = { ...input, X: [input.X[0]!, whole], y: response, offset: new Array<number>(36).fill(0) };
    const far = { ...near, X: [input.X[0]!, whole.map((x) => x + 1e9)], y: response.map((y) => y + 1e9) };
    const a = profiledGaussian(integralData(near));
    const b = profiledGaussian(integralData(far));
    const theta = randomTheta(a.size, 1);
    expectClose(b.evaluate(theta, { reml: false }), a.evaluate(theta, { reml: false }), 1e-6);
    expectClose(b.betaHat[1]!, a.betaHat[1]!, 1e-6);
  });
});

describe("bad input", () => {
  const input = randomModel("single", 1);
  const message = (bad: ModelInput) => {
    try {
      profiledGaussian(integralData(bad));
    } catch (error) {
      if (error instanceof DeclarationError) return error.issues.map((issue) => issue.message).join("\n");
      throw error;
    }
    return "no fault found";
  };

  it("names linearly dependent columns", () => {
    expect(message({ ...input, X: [input.X[0]!, input.X[1]!, input.X[1]!.map((x) => 3 * x - 1)] })).toMatch(
      /x0, x1, x2.*linearly dependent/,
    );
    expect(message({ ...input, X: [input.X[0]!, new Array<number>(36).fill(0)] })).toMatch(/linearly dependent/);
  });

  it("names the rows of all bad weights at once", () => {
    const weights = new Array<number>(36).fill(1);
    weights[4] = -2;
    weights[7] = Number.NaN;
    const text = message({ ...input, weights });
    expect(text).toMatch(/precision weight of used row 5 is -2/);
    expect(text).toMatch(/precision weight of used row 8 is NaN/);
  });

  it("gives +Infinity where nothing is left to estimate σ from, or θ is not finite", () => {
    const profile = profiledGaussian(integralData({ ...input, multiplier: input.y.map((_, i) => (i < 2 ? 1 : 0)) }));
    expect(profile.evaluate(Float64Array.of(1), { reml: true })).toBe(Number.POSITIVE_INFINITY);
    const whole = profiledGaussian(integralData(input));
    for (const theta of [Number.NaN, Number.POSITIVE_INFINITY, 1e200])
      expect(whole.evaluate(Float64Array.of(theta), { reml: true }, new Float64Array(1))).toBe(
        Number.POSITIVE_INFINITY,
      );
  });
});
