/** Draws against log densities: Kolmogorov-Smirnov tests of 20 000 draws with the false-alarm rate of goodness-of-fit.ts; moments within 4.5 standard errors. */
import { describe, expect, test } from "vitest";
import { inverseGaussianVariate } from "../../src/random/inverse-gaussian.ts";
import { polyaGammaParts, polyaGammaVariate } from "../../src/random/polya-gamma.ts";
import { createRng } from "../../src/random/rng.ts";
import { gammaAbove } from "../../src/random/truncated-gamma.ts";
import { normalAbove, truncatedNormalVariate } from "../../src/random/truncated-normal.ts";
import { inverseGammaVariate } from "../../src/random/variates.ts";
import { inverseWishartFactor } from "../../src/random/wishart.ts";
import { gammaQ } from "../../src/special/distributions.ts";
import { lgamma } from "../../src/special/gamma.ts";
import { erfcx, ndtr } from "../../src/special/normal.ts";
import { FALSE_ALARM, kolmogorovP } from "./goodness-of-fit.ts";
import { wishartVariate } from "./wishart-variate.ts";

const N = 20_000;

/** The p-value of N draws. */
const kolmogorov = (draw: () => number, cdf: (x: number) => number) =>
  kolmogorovP(Float64Array.from({ length: N }, draw), cdf);

/** P(Z ≤ x | Z > a), without cancellation in the tail. */
const normalAboveCdf = (a: number) => (x: number) =>
  1 - (erfcx(x * Math.SQRT1_2) / erfcx(a * Math.SQRT1_2)) * Math.exp(0.5 * (a - x) * (a + x));

describe("truncated variates", () => {
  test.each([-3, 0, 0.44, 0.46, 2, 8, 40])("normal above %d", (a) => {
    const rng = createRng(`above ${a}`);
    expect(kolmogorov(() => normalAbove(rng, a), normalAboveCdf(a))).toBeGreaterThan(FALSE_ALARM);
  });

  test.each([
    [-1, 2, -2, 0.5],
    [0, 1, 0.1, 0.2],
    [3, 0.5, 0, 2],
    [0, 1, 1, 4],
    [0, 1, -0.2, 3],
    [0, 1, Number.NEGATIVE_INFINITY, -2],
  ])("normal(%d, %d) between %d and %d", (mean, sd, lower, upper) => {
    const rng = createRng(`between ${mean} ${lower} ${upper}`);
    const [low, high] = [lower, upper].map((x) => ndtr((x - mean) / sd)) as [number, number];
    const draw = () => truncatedNormalVariate(rng, mean, sd, lower, upper);
    expect(kolmogorov(draw, (x) => (ndtr((x - mean) / sd) - low) / (high - low))).toBeGreaterThan(FALSE_ALARM);
    expect(truncatedNormalVariate(rng, 0, 1, 2, 1)).toBeNaN();
  });

  test.each([
    [1, 2, 0.5],
    [0.4, 1.3, 1],
    [2.5, 1.5, 2],
    [4, 1.2, 4.1],
    [3, 1, 0.5],
  ])("gamma(%d, %d) above %d", (shape, rate, bound) => {
    const rng = createRng(`gamma above ${shape}`);
    const cdf = (x: number) => 1 - gammaQ(shape, rate * x) / gammaQ(shape, rate * bound);
    expect(kolmogorov(() => gammaAbove(rng, shape, rate, bound), cdf)).toBeGreaterThan(FALSE_ALARM);
  });
});

test.each([
  [1, 1],
  [0.2, 5],
  [50, 0.3],
])("inverse Gaussian with mean %d, shape %d", (mean, shape) => {
  const rng = createRng(`inverse gaussian ${mean}`);
  const cdf = (x: number) => {
    const root = Math.sqrt(shape / x);
    const second = 0.5 * erfcx((root * (x / mean + 1)) / Math.SQRT2);
    return ndtr(root * (x / mean - 1)) + second * Math.exp(-0.5 * (root * (x / mean - 1)) ** 2);
  };
  expect(kolmogorov(() => inverseGaussianVariate(rng, mean, shape), cdf)).toBeGreaterThan(FALSE_ALARM);
});

test("inverse gamma", () => {
  const rng = createRng("inverse gamma");
  expect(
    kolmogorov(
      () => inverseGammaVariate(rng, 2.5, 3),
      (x) => gammaQ(2.5, 3 / x),
    ),
  ).toBeGreaterThan(FALSE_ALARM);
});

/** J*(b, 0)'s density by its alternating series; accurate below x = 12. */
function jacobiDensity(x: number, b: number): number {
  let sum = 0;
  for (let n = 0; n < 200; n++) {
    const log = lgamma(n + b) - lgamma(n + 1) - lgamma(b) - (2 * n + b) ** 2 / (2 * x);
    const term = (2 * n + b) * Math.exp(log);
    sum += n % 2 === 0 ? term : -term;
    if (term < 1e-18 && n > x) break;
  }
  return (2 ** b * sum) / Math.sqrt(2 * Math.PI * x ** 3);
}

describe("Pólya-Gamma", () => {
  test.each([
    [1, 0],
    [1, 3],
    [2, 1],
    [3, 0.5],
    [4, 2],
    [0.3, 0.7],
    [0.6, 0],
    [1.35, 2],
    [2.7, 0.2],
  ])("PG(%d, %d) has the density of its series", (b, z) => {
    const rng = createRng(`pg ${b} ${z}`);
    // On the logarithm of x = 4ω; what lies beyond x = 40 has probability below 1e-12.
    const cells = 4000;
    const [from, to] = [Math.log(1e-5) - (b < 1 ? 2 : 0), Math.log(12)];
    const width = (to - from) / cells;
    const cumulative = new Float64Array(cells + 1);
    for (let i = 0; i < cells; i++) {
      const x = Math.exp(from + (i + 0.5) * width);
      const tilt = Math.exp(b * Math.log(Math.cosh(z / 2)) - (z * z * x) / 8);
      cumulative[i + 1] = cumulative[i]! + jacobiDensity(x, b) * tilt * x * width;
    }
    const total = cumulative[cells]!;
    expect(total).toBeGreaterThan(0.999);
    expect(total).toBeLessThan(1 + 1e-5);
    const cdf = (omega: number) => {
      const position = Math.min(Math.max((Math.log(4 * omega) - from) / width, 0), cells - 1e-9);
      const i = Math.floor(position);
      return cumulative[i]! + (position - i) * (cumulative[i + 1]! - cumulative[i]!);
    };
    expect(kolmogorov(() => polyaGammaVariate(rng, b, z), cdf)).toBeGreaterThan(FALSE_ALARM);
  });

  test.each([
    [9, 1.5],
    [4.3, 0],
    [17.6, -2],
    [1, 60],
    [0.5, 40],
    [1e-3, 1],
  ])("PG(%d, %d) has its mean and variance", (b, z) => {
    const rng = createRng(`pg moments ${b} ${z}`);
    const c = Math.abs(z);
    const mean = c === 0 ? b / 4 : (b * Math.tanh(c / 2)) / (2 * c);
    const variance = c === 0 ? b / 24 : (b / (4 * c ** 3)) * (Math.tanh(c / 2) * 2 - c / Math.cosh(c / 2) ** 2);
    const draws = Float64Array.from({ length: N }, () => polyaGammaVariate(rng, b, z));
    const average = draws.reduce((sum, x) => sum + x, 0) / N;
    expect(Math.abs(average - mean)).toBeLessThan(4.5 * Math.sqrt(variance / N));
    if (b >= 1) {
      const spread = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / N;
      expect(Math.abs(spread / variance - 1)).toBeLessThan(0.1);
    }
  });

  test("the bound of f/r for b below 1 holds on a grid", () => {
    for (let b = 0.02; b < 1; b += 0.02)
      for (let x = 1; x < 12; x += 0.05) {
        const r = Math.exp(b * Math.log(Math.PI / 2) - lgamma(b) + (b - 1) * Math.log(x) - (Math.PI ** 2 * x) / 8);
        expect(jacobiDensity(x, b) / r).toBeLessThan(1.07);
      }
  });

  test("edges", () => {
    const rng = createRng("pg edges");
    expect(polyaGammaVariate(rng, 0, 1)).toBe(0);
    expect(polyaGammaVariate(rng, -1, 1)).toBeNaN();
    expect(polyaGammaVariate(rng, 1, Number.NaN)).toBeNaN();
    expect([1, 4, 4.1, 9].map(polyaGammaParts)).toEqual([1, 1, 2, 3]);
  });
});

describe("Wishart", () => {
  // S = [[2, 0.6], [0.6, 1]].
  const factor = Float64Array.of(Math.SQRT2, 0, 0.6 / Math.SQRT2, Math.sqrt(1 - 0.18));

  test("marginals and mean of a Wishart", () => {
    const rng = createRng("wishart");
    const out = new Float64Array(4);
    const off: number[] = [];
    // W_11 / S_11 is chi-square with df degrees of freedom.
    const draw = () => {
      wishartVariate(rng, 5.5, factor, 2, out);
      off.push(out[1]!);
      return out[0]! / 2;
    };
    expect(kolmogorov(draw, (x) => 1 - gammaQ(2.75, x / 2))).toBeGreaterThan(FALSE_ALARM);
    const mean = off.reduce((sum, x) => sum + x, 0) / N;
    expect(Math.abs(mean - 5.5 * 0.6)).toBeLessThan(4.5 * Math.sqrt((5.5 * (0.36 + 2)) / N));
  });

  test("inverse Wishart: Σ₁₁ is inverse gamma, 1/(Σ⁻¹)₁₁ too, and its factor is one", () => {
    const rng = createRng("inverse wishart");
    const out = new Float64Array(4);
    const inverse: number[] = [];
    const draw = () => {
      expect(inverseWishartFactor(rng, 6, Float64Array.of(2, 0.6, 0.6, 1), 2, out)).toBe(true);
      // Ψ⁻¹₁₁ = 1/(2 − 0.36): (Σ⁻¹)₁₁/Ψ⁻¹₁₁ is chi-square with 6 degrees of freedom.
      const det = (out[0]! * out[3]!) ** 2;
      inverse.push(((out[2]! ** 2 + out[3]! ** 2) / det) * (2 - 0.36));
      return out[0]! ** 2;
    };
    expect(kolmogorov(draw, (x) => gammaQ(2.5, 1 / x))).toBeGreaterThan(FALSE_ALARM);
    let i = 0;
    expect(
      kolmogorov(
        () => inverse[i++]!,
        (x) => 1 - gammaQ(3, x / 2),
      ),
    ).toBeGreaterThan(FALSE_ALARM);
    expect(inverseWishartFactor(rng, 3, Float64Array.of(1, 2, 2, 1), 2, out)).toBe(false);
  });
});
