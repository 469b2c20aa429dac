import { describe, expect, test } from "vitest";
import { drawLkjPartialCorrelations, lkjLogNormaliser } from "../../src/covariance/lkj.ts";
import type { PriorDistribution } from "../../src/dsl/model-spec.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { scalarPrior } from "../../src/priors/density.ts";
import * as distributions from "../../src/priors/distributions.ts";
import { parsePrior } from "../../src/priors/parse.ts";
import { createRng } from "../../src/random/rng.ts";

const { normal, studentT, cauchy, halfNormal, halfStudentT, halfCauchy, exponential, gamma, lkj, flat, describePrior } =
  distributions;
const { horseshoe, inverseGamma } = distributions;

/** ∫ f over t ∈ (−T, T) after x = centre + width·sinh t (whole line) or x = width·e^t (half line): spectral for these densities. */
function integrate(prior: PriorDistribution, half: boolean, width: number, f: (x: number) => number): number {
  const { logDensity } = scalarPrior(prior);
  let sum = 0;
  const step = 1 / 64;
  for (let t = -40; t <= 40; t += step) {
    const x = half ? width * Math.exp(t) : 1 + width * Math.sinh(t);
    const slope = half ? x : width * Math.cosh(t);
    sum += Math.exp(logDensity(x)) * f(x) * slope * step;
  }
  return sum;
}

const CASES: readonly (readonly [PriorDistribution, boolean, number])[] = [
  [normal(1.5, 0.7), false, 1],
  [studentT(3, 1, 2), false, 2],
  [studentT(7.5, -2, 0.3), false, 1],
  [cauchy(0.5, 3), false, 3],
  [halfNormal(4), true, 4],
  [halfStudentT(3, 2.5), true, 2.5],
  [halfCauchy(5), true, 5],
  [exponential(0.2), true, 5],
  [gamma(2, 0.1), true, 20],
  [gamma(0.7, 3), true, 0.2],
];

describe.each(CASES)("%j", (prior, half, width) => {
  test("integrates to 1", () => {
    expect(Math.abs(integrate(prior, half, width, () => 1) - 1)).toBeLessThan(1e-9);
  });
  test("the derivative is that of the log density", () => {
    const { logDensity, derivative } = scalarPrior(prior);
    for (const x of half ? [0.05, 0.4, 3, 17] : [-11, -0.3, 0.9, 6]) {
      const h = 1e-5 * Math.max(1, Math.abs(x));
      expect(Math.abs(derivative(x) - (logDensity(x + h) - logDensity(x - h)) / (2 * h))).toBeLessThan(1e-5);
    }
  });
  test("draws have the density's distribution", () => {
    const rng = createRng(`prior ${describePrior(prior)}`);
    const { draw } = scalarPrior(prior);
    const n = 20_000;
    // Counts in the cells between x/4, x, 4x… against the integrals of the density there.
    const edges = half ? [0.25, 1, 2].map((m) => m * width) : [1 - 2 * width, 1, 1 + width];
    const draws = Array.from({ length: n }, () => draw(rng));
    for (const edge of edges) {
      const p = integrate(prior, half, width, (x) => (x <= edge ? 1 : 0));
      const share = draws.filter((x) => x <= edge).length / n;
      // 0.005: the indicator under the trapezoid rule
      expect(Math.abs(share - p)).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / n) + 0.005);
    }
  });
});

describe("lkj", () => {
  test("the density of 2 × 2 and 3 × 3 correlation matrices integrates to 1", () => {
    let two = 0;
    const h = 1e-3;
    for (let r = -1 + h / 2; r < 1; r += h) two += (1 - r * r) ** 1.5 * h;
    expect(lkjLogNormaliser(2.5, 2) + Math.log(two)).toBeCloseTo(0, 5);
    let three = 0;
    const g = 0.02;
    for (let a = -1 + g / 2; a < 1; a += g)
      for (let b = -1 + g / 2; b < 1; b += g)
        for (let c = -1 + g / 2; c < 1; c += g) {
          const det = 1 + 2 * a * b * c - a * a - b * b - c * c;
          if (det > 0) three += det ** 2 * g ** 3;
        }
    expect(lkjLogNormaliser(3, 3) + Math.log(three)).toBeCloseTo(0, 3);
  });

  test("drawn correlations have the known variance 1/(2η + q − 1)", () => {
    const rng = createRng("lkj");
    const [eta, q, n] = [2, 3, 20_000];
    const p = new Float64Array(3);
    const squares = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      drawLkjPartialCorrelations(rng, eta, q, p);
      const [r10, r20] = [p[0]!, p[1]!];
      const r21 = r10 * r20 + p[2]! * Math.sqrt((1 - r10 * r10) * (1 - r20 * r20));
      for (const [j, r] of [r10, r20, r21].entries()) squares[j]! += (r * r) / n;
    }
    for (const square of squares) expect(Math.abs(square - 1 / (2 * eta + q - 1))).toBeLessThan(0.006);
  });
});

describe("constructors", () => {
  test("make frozen plain data", () => {
    expect(normal(0, 2.5)).toEqual({ name: "normal", parameters: [0, 2.5] });
    expect(Object.isFrozen(normal(0, 1)) && Object.isFrozen(normal(0, 1).parameters)).toBe(true);
    expect(describePrior(gamma(2, 1 / 3), 3)).toBe("gamma(2, 0.333)");
    expect(describePrior(flat())).toBe("flat()");
  });
  test("refuse what is no parameter, all faults at once", () => {
    expect(() => studentT(-1, 0, Number.NaN)).toThrow(DeclarationError);
    try {
      studentT(-1, 0, Number.NaN);
    } catch (error) {
      expect((error as DeclarationError).issues.map((issue) => issue.message)).toEqual([
        "The prior studentT(…) was given df = -1; it must be a finite number above 0.",
        "The prior studentT(…) was given scale = NaN; it must be a finite number above 0.",
      ]);
    }
    expect(() => lkj(0)).toThrow("eta = 0");
  });
});

describe("parsePrior", () => {
  test.each([
    ["fixed=normal(0,2.5)", { class: "fixed", distribution: normal(0, 2.5) }],
    ["fixed:(Intercept)=normal(0, 5)", { class: "fixed", name: "(Intercept)", distribution: normal(0, 5) }],
    ["fixed:I(x == 2)=cauchy(-1, 1e-1)", { class: "fixed", name: "I(x == 2)", distribution: cauchy(-1, 0.1) }],
    ["sd:Subject.Days=halfNormal(20)", { class: "sd", name: "Subject.Days", distribution: halfNormal(20) }],
    ["sd:dept:service=halfCauchy(1)", { class: "sd", name: "dept:service", distribution: halfCauchy(1) }],
    ["cor:Subject=lkj(2)", { class: "cor", name: "Subject", distribution: lkj(2) }],
    [" sigma = flat() ", { class: "sigma", distribution: flat() }],
    ["fixed=student_t(3, 0, 2.5)", { class: "fixed", distribution: studentT(3, 0, 2.5) }],
    ["sd=student_t(3,0,2.5)", { class: "sd", distribution: halfStudentT(3, 2.5) }],
    ["sigma=normal(0, 5)", { class: "sigma", distribution: halfNormal(5) }],
    ["sd:g=inv_gamma(2, 1)", { class: "sd", name: "g", distribution: inverseGamma(2, 1) }],
    ["cor=lkj_corr_cholesky(2)", { class: "cor", distribution: lkj(2) }],
    ["fixed=std_normal()", { class: "fixed", distribution: normal(0, 1) }],
    ["fixed=horseshoe(par_ratio=0.1)", { class: "fixed", distribution: horseshoe({ parRatio: 0.1 }) }],
  ] as const)("%s", (text, expected) => {
    expect(parsePrior(text)).toEqual(expected);
  });
  test.each([
    ["fixed", "does not have the form"],
    ["slope=normal(0,1)", 'no parameter class "slope"; the classes are fixed, sd'],
    ["b=normal(0,1)", 'no parameter class "b"; did you mean fixed?'],
    ["Intercept=normal(0,1)", "did you mean fixed:(Intercept)?"],
    ["b:x=normal(0,1)", "did you mean fixed:x?"],
    ["b_x=normal(0,1)", "did you mean fixed:x?"],
    ["sd_g__Intercept=cauchy(0,1)", "did you mean sd:g.(Intercept)?"],
    ["L=lkj_corr_cholesky(2)", "did you mean cor?"],
    ["cor_g__Intercept__x=lkj(2)", "did you mean cor:g?"],
    ["fixd=normal(0,1)", "did you mean fixed?"],
    ["fixed=nromal(0,1)", "did you mean normal?"],
    ["fixed=laplace(0,1)", 'no distribution "laplace"; did you mean doubleExponential?'],
    ["fixed=normal(0)", "takes 2 numbers (mean, sd), not 1"],
    ["fixed=normal(0,x)", "sd = NaN"],
    ["fixed=normal(0,)", "sd = NaN"],
    ["sd=student_t(3, 1, 2.5)", "read where its location is 0, not 1"],
    ["fixed=student_t(3)", "student_t takes 3 numbers (df, location, scale), not 1"],
    ["fixed=toString(0)", 'no distribution "toString"'],
  ])("%s is refused: %s", (text, reason) => {
    expect(() => parsePrior(text)).toThrow(reason);
  });
});
