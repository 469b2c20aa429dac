/** Every scalar prior: normalised, differentiated, and drawn from as its density says. */
import { describe, expect, test } from "vitest";
import type { PriorDistribution } from "../../src/dsl/model-spec.ts";
import { specFromJSON } from "../../src/dsl/spec-json.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { isSmoothThroughZero, scalarPrior } from "../../src/priors/density.ts";
import {
  beta,
  cauchy,
  describePrior,
  doubleExponential,
  exponential,
  gamma,
  halfCauchy,
  halfNormal,
  halfStudentT,
  inverseGamma,
  inverseGammaVariance,
  logistic,
  lognormal,
  normal,
  pcSd,
  studentT,
  uniform,
  weibull,
} from "../../src/priors/distributions.ts";
import { parsePrior } from "../../src/priors/parse.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { chiSquareUpper } from "../../src/special/distributions.ts";

/** A monotone map from t to the support, with its slope and inverse. */
interface Map {
  readonly x: (t: number) => number;
  readonly slope: (t: number) => number;
  readonly t: (x: number) => number;
  readonly reach: number;
}

const line = (centre: number, width: number): Map => ({
  x: (t) => centre + width * Math.sinh(t),
  slope: (t) => width * Math.cosh(t),
  t: (x) => Math.asinh((x - centre) / width),
  reach: 40,
});
const positive = (width: number): Map => ({
  x: (t) => width * Math.exp(t),
  slope: (t) => width * Math.exp(t),
  t: (x) => Math.log(x / width),
  reach: 40,
});
const unit: Map = {
  x: (t) => 1 / (1 + Math.exp(-t)),
  slope: (t) => 1 / (2 + Math.exp(t) + Math.exp(-t)),
  t: (x) => Math.log(x) - Math.log1p(-x),
  reach: 36,
};
const between = (lower: number, upper: number): Map => ({
  x: (t) => lower + ((upper - lower) * (t + 1)) / 2,
  slope: () => (upper - lower) / 2,
  t: (x) => (2 * (x - lower)) / (upper - lower) - 1,
  reach: 1,
});

const CASES: readonly (readonly [PriorDistribution, Map])[] = [
  [normal(1.5, 0.7), line(1, 1)],
  [studentT(3, 1, 2), line(1, 2)],
  [cauchy(0.5, 3), line(0.5, 3)],
  [doubleExponential(-1, 0.4), line(-1, 1)],
  [logistic(2, 0.8), line(2, 1)],
  [uniform(-3, 5), between(-3, 5)],
  [halfNormal(4), positive(4)],
  [halfStudentT(3, 2.5), positive(2.5)],
  [halfCauchy(5), positive(5)],
  [exponential(0.2), positive(5)],
  [pcSd(2, 0.05), positive(1)],
  [gamma(2, 0.1), positive(20)],
  [gamma(0.7, 3), positive(0.2)],
  [lognormal(-0.5, 1.2), positive(0.6)],
  [weibull(1.7, 3), positive(3)],
  [weibull(0.8, 0.5), positive(0.5)],
  [inverseGamma(2.5, 1.5), positive(0.6)],
  [inverseGammaVariance(1.5, 2), positive(1)],
  [beta(2, 3.5), unit],
  [beta(0.6, 0.9), unit],
];

/** Chance that the goodness of fit of one case rejects draws that are right; the seeds are fixed. */
const FALSE_ALARM = 1e-6;

describe.each(CASES)("%j", (prior, map) => {
  const { logDensity, derivative, draw } = scalarPrior(prior);
  const step = map.reach / 4096;
  // Cumulative trapezoid in t; spectral for the smooth densities, exact for the uniform one.
  const cumulative = new Float64Array(8193);
  const height = (t: number) => {
    const value = Math.exp(logDensity(map.x(t))) * map.slope(t);
    return Number.isFinite(value) ? value : 0;
  };
  for (let i = 1; i <= 8192; i++) {
    const t = -map.reach + (i - 0.5) * step;
    // Simpson within each cell
    cumulative[i] = cumulative[i - 1]! + (step / 6) * (height(t - step / 2) + 4 * height(t) + height(t + step / 2));
  }

  test("integrates to 1", () => {
    expect(Math.abs(cumulative[8192]! - 1)).toBeLessThan(1e-9);
  });

  test("the derivative is that of the log density", () => {
    for (const t of [-1.5, -0.6, 0.4, 0.9, 1.6]) {
      const x = map.x(map.reach === 1 ? t / 2 : t);
      const h = 1e-5 * Math.max(0.01, Math.abs(x));
      const difference = (logDensity(x + h) - logDensity(x - h)) / (2 * h);
      expect(Math.abs(derivative(x) - difference)).toBeLessThan(1e-6 * Math.max(1, Math.abs(difference)));
    }
  });

  test("draws have the density's distribution", () => {
    const rng = createRng(`families ${describePrior(prior)}`);
    const n = 20_000;
    const cells = new Float64Array(40);
    for (let k = 0; k < n; k++) {
      const position = (map.t(draw(rng)) + map.reach) / step;
      const below = Math.min(8191, Math.max(0, Math.floor(position)));
      const u = cumulative[below]! + (position - below) * (cumulative[below + 1]! - cumulative[below]!);
      cells[Math.min(39, Math.floor(40 * u))]!++;
    }
    let chiSquare = 0;
    for (const count of cells) chiSquare += (count - n / 40) ** 2 / (n / 40);
    expect(chiSquareUpper(chiSquare, 39)).toBeGreaterThan(FALSE_ALARM);
  });
});

test("pcSd states the tail, and the inverse gamma of a variance is that of the square", () => {
  const rng = createRng("tails");
  const { draw } = scalarPrior(pcSd(1.5, 0.1));
  const share = Array.from({ length: 20_000 }, () => draw(rng)).filter((sd) => sd > 1.5).length / 20_000;
  expect(Math.abs(share - 0.1)).toBeLessThan(4.5 * Math.sqrt(0.09 / 20_000));
  const [sd, variance] = [scalarPrior(inverseGammaVariance(2, 3)), scalarPrior(inverseGamma(2, 3))];
  expect(sd.logDensity(1.3)).toBeCloseTo(variance.logDensity(1.69) + Math.log(2 * 1.3), 13);
});

test("only priors that are even and flat at 0 let a standard deviation pass through it", () => {
  expect([halfNormal(1), halfStudentT(3, 1), halfCauchy(1), uniform(0, 2)].every(isSmoothThroughZero)).toBe(true);
  for (const prior of [uniform(0.1, 2), exponential(1), pcSd(1, 0.1), gamma(2, 1), lognormal(0, 1), weibull(2, 1)])
    expect(isSmoothThroughZero(prior)).toBe(false);
});

describe("what does not fit is refused", () => {
  const table = { y: [1, 2, 3, 4, 5, 7], x: [0, 1, 0, 2, 1, 3], g: ["a", "a", "b", "b", "c", "c"] };
  const plain = () => model(table).formula("y ~ x + (1 | g)");
  const faults = (action: () => unknown): string[] => {
    try {
      action();
    } catch (error) {
      if (error instanceof DeclarationError) return error.issues.map(({ message }) => message);
      throw error;
    }
    return [];
  };

  test("parameters out of range", () => {
    expect(faults(() => uniform(2, 1))).toEqual([
      "The prior uniform(2, 1) is empty; write the lower bound first and the upper bound above it.",
    ]);
    expect(faults(() => pcSd(-1, 1.5))).toEqual([
      "The prior pcSd(…) was given upper = -1; it must be a finite number above 0.",
      "The prior pcSd(…) was given probability = 1.5; it must be a probability between 0 and 1.",
    ]);
    expect(faults(() => beta(0, 1))).toHaveLength(1);
  });

  test("distributions for what they cannot be of", () => {
    const declared = plain()
      .prior("fixed", lognormal(0, 1))
      .prior("sd", doubleExponential(0, 1))
      .prior("cor", beta(1, 1));
    expect(faults(() => resolvePriors(declared.compile()))).toEqual([
      expect.stringContaining("lognormal(0, 1) does not suit fixed, which can be negative"),
      expect.stringContaining("doubleExponential(0, 1) does not suit sd, which is positive"),
      "There is a prior for cor, but the model has no correlation of random effects; remove the prior.",
    ]);
    expect(faults(() => resolvePriors(plain().prior("sd", uniform(-1, 5)).compile()))).toEqual([
      "The prior uniform(-1, 5) reaches beyond what sd can be, which is positive; write bounds within 0 and above.",
    ]);
    const fits = plain()
      .prior("fixed", doubleExponential(0, 1))
      .prior("fixed:x", uniform(-2, 2))
      .prior("sd", uniform(0, 5))
      .prior("sd:g.(Intercept)", pcSd(1, 0.01))
      .prior("sigma", inverseGammaVariance(1, 1));
    expect(faults(() => resolvePriors(fits.compile()))).toEqual([]);
  });

  test("they travel as JSON and as text", () => {
    for (const [prior] of CASES) {
      const priorClass = ["normal", "studentT", "cauchy", "doubleExponential", "logistic"].includes(prior.name)
        ? "fixed"
        : "sd";
      const text = `${priorClass}=${describePrior(prior)}`;
      expect(parsePrior(text)).toEqual({ class: priorClass, distribution: prior });
      const { spec } = plain().prior(priorClass, prior);
      expect(specFromJSON(JSON.stringify(spec))).toEqual(spec);
    }
  });
});
