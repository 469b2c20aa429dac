import { describe, expect, test } from "vitest";
import { createRng, restoreRng } from "../../src/random/rng.ts";
import {
  betaVariate,
  binomialVariate,
  gammaVariate,
  multivariateNormal,
  negativeBinomialVariate,
  poissonVariate,
  studentTVariate,
} from "../../src/random/variates.ts";
import { lgamma } from "../../src/special/gamma.ts";
import { cdfOf, chiSquareP, FALSE_ALARM, kolmogorovP } from "./goodness-of-fit.ts";

const N = 40_000;

const draw = (f: () => number) => Array.from({ length: N }, f);

describe("streams", () => {
  test("the same seed gives the same numbers, another seed others, and a number is its text", () => {
    const take = (seed: string | number) => {
      const rng = createRng(seed);
      return [rng.uniform(), rng.normal(), rng.normal(), rng.uniform()];
    };
    expect(take("a")).toEqual(take("a"));
    expect(take(7)).toEqual(take("7"));
    expect(take("a")).not.toEqual(take("b"));
  });

  test("a fork depends on seed and key, not on position", () => {
    const rng = createRng("fork");
    const before = rng.fork("x").uniform();
    rng.normal();
    expect(rng.fork("x").uniform()).toBe(before);
    expect(rng.fork("y").uniform()).not.toBe(before);
    expect(rng.fork("x").fork("y").uniform()).toBe(createRng("fork/x/y").uniform());
  });

  test("state goes through JSON and continues bit for bit, with half a polar pair in hand", () => {
    const rng = createRng("state");
    rng.normal();
    const copy = restoreRng(JSON.parse(JSON.stringify(rng.state())));
    for (let i = 0; i < 50; i++) {
      expect(copy.normal()).toBe(rng.normal());
      expect(copy.uniform()).toBe(rng.uniform());
    }
    expect(copy.fork("k").uniform()).toBe(rng.fork("k").uniform());
  });

  test("uniforms are uniform with more than 32 bits, normals normal", () => {
    const rng = createRng("uniform");
    const uniforms = draw(() => rng.uniform());
    expect(kolmogorovP(uniforms, (x) => x)).toBeGreaterThan(FALSE_ALARM);
    expect(uniforms.some((x) => (x * 2 ** 40) % 1 !== 0)).toBe(true);
    const normals = draw(() => rng.normal());
    expect(
      kolmogorovP(
        normals,
        cdfOf((x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI), -9, 9),
      ),
    ).toBeGreaterThan(FALSE_ALARM);
  });
});

describe("variates", () => {
  test.each([0.3, 1, 2.5, 40])("gamma with shape %d", (shape) => {
    const rng = createRng(`gamma ${shape}`);
    // In logs: the density at small shapes is unbounded at 0.
    const cdf = cdfOf((t) => Math.exp(shape * t - Math.exp(t) - lgamma(shape)), -60, 6);
    expect(
      kolmogorovP(
        draw(() => Math.log(gammaVariate(rng, shape))),
        cdf,
      ),
    ).toBeGreaterThan(FALSE_ALARM);
  });

  test.each([
    [0.5, 0.5],
    [2, 5],
    [0.05, 3],
  ])("beta(%d, %d)", (a, b) => {
    const rng = createRng(`beta ${a} ${b}`);
    const constant = lgamma(a + b) - lgamma(a) - lgamma(b);
    // On the logit scale, t = log(x/(1−x)).
    const cdf = cdfOf(
      (t) => Math.exp(constant - a * Math.log1p(Math.exp(-t)) - b * Math.log1p(Math.exp(t))),
      -300,
      60,
      400_000,
    );
    const logits = draw(() => {
      const x = betaVariate(rng, a, b);
      return Math.min(Math.log(x) - Math.log1p(-x), 60);
    });
    expect(kolmogorovP(logits, cdf)).toBeGreaterThan(FALSE_ALARM);
  });

  test.each([3, 30])("Student's t with %d degrees of freedom", (df) => {
    const rng = createRng(`t ${df}`);
    const constant = lgamma((df + 1) / 2) - lgamma(df / 2) - 0.5 * Math.log(df * Math.PI);
    const density = (x: number) => Math.exp(constant - ((df + 1) / 2) * Math.log1p((x * x) / df));
    expect(
      kolmogorovP(
        draw(() => studentTVariate(rng, df)),
        cdfOf(density, -150, 150, 400_000),
      ),
    ).toBeGreaterThan(FALSE_ALARM);
  });

  test.each([0.2, 4, 12, 150, 20_000])("Poisson with mean %d", (mean) => {
    const rng = createRng(`poisson ${mean}`);
    const draws = draw(() => poissonVariate(rng, mean));
    expect(chiSquareP(draws, (k) => Math.exp(k * Math.log(mean) - mean - lgamma(k + 1)))).toBeGreaterThan(FALSE_ALARM);
  });

  test.each([
    [5, 0.3],
    [60, 0.05],
    [60, 0.5],
    [400, 0.9],
    [1e6, 0.4],
  ])("binomial(%d, %d)", (n, p) => {
    const rng = createRng(`binomial ${n} ${p}`);
    const draws = draw(() => binomialVariate(rng, n, p));
    const mass = (k: number) =>
      k > n
        ? 0
        : Math.exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p));
    if (n < 1e5) expect(chiSquareP(draws, mass)).toBeGreaterThan(FALSE_ALARM);
    else {
      const z = draws.map((k) => (k - n * p) / Math.sqrt(n * p * (1 - p)));
      expect(Math.abs(z.reduce((a, b) => a + b) / Math.sqrt(N))).toBeLessThan(4.5);
      expect(Math.abs((z.reduce((a, b) => a + b * b, 0) - N) / Math.sqrt(2 * N))).toBeLessThan(4.5);
    }
    expect(binomialVariate(rng, n, 0)).toBe(0);
    expect(binomialVariate(rng, n, 1)).toBe(n);
  });

  test.each([
    [3, 0.7],
    [50, 5],
  ])("negative binomial with mean %d, theta %d", (mean, theta) => {
    const rng = createRng(`nb ${mean} ${theta}`);
    const mass = (k: number) =>
      Math.exp(
        lgamma(k + theta) -
          lgamma(theta) -
          lgamma(k + 1) +
          theta * Math.log(theta / (theta + mean)) +
          k * Math.log(mean / (theta + mean)),
      );
    expect(
      chiSquareP(
        draw(() => negativeBinomialVariate(rng, mean, theta)),
        mass,
      ),
    ).toBeGreaterThan(FALSE_ALARM);
  });

  test("multivariate normal has the covariance of its factor", () => {
    const rng = createRng("mvn");
    const factor = Float64Array.from([2, 0, -1.5, 0.5]);
    const out = new Float64Array(2);
    const sums = [0, 0, 0, 0, 0];
    for (let i = 0; i < N; i++) {
      multivariateNormal(rng, Float64Array.from([1, -1]), factor, out);
      const [a, b] = [out[0]! - 1, out[1]! + 1];
      for (const [j, term] of [a, b, a * a, a * b, b * b].entries()) sums[j]! += term / N;
    }
    const se = [2 / 200, 1.6 / 200, (4 * Math.SQRT2) / 200, Math.sqrt(4 * 2.5 + 9) / 200, (2.5 * Math.SQRT2) / 200];
    for (const [j, truth] of [0, 0, 4, -3, 2.5].entries())
      expect(Math.abs(sums[j]! - truth)).toBeLessThan(4.5 * se[j]!);
  });
});
