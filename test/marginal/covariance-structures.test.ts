/** Every integral with structures whose entries are not those of Λ: the value is that of the unstructured model at the same Σ, gradients by differences. */
import { describe, expect, test } from "vitest";
import { angleOf, RIGHT_ANGLE } from "../../src/covariance/compound-symmetry.ts";
import { additiveRelationship, pedigreePrecision } from "../../src/covariance/pedigree.ts";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { profiledGaussian } from "../../src/marginal/gaussian/profiled-gaussian.ts";
import type { CompiledModel, IntegralMethod } from "../../src/model/compiled-model.ts";
import { fillFactor, writeFactor } from "../../src/model/parameter-layout.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";
import {
  denseLogLikelihood,
  denseRelationship,
  numericGradient,
  somePedigree,
  someRecords,
} from "../covariance/support.ts";

const pedigree = somePedigree(14);
const A = additiveRelationship(pedigree);
const Q = pedigreePrecision(pedigree);
const records = someRecords(A, 3, 5);
const rng = createRng("structures");
const table = {
  ...records,
  t: records.x.map((_, i) => ["a", "b", "c"][i % 3]!),
  count: records.x.map((x) => Math.max(0, Math.round(1 + x + rng.normal()))),
  hit: records.x.map((x) => (x + rng.normal() > 0 ? 1 : 0)),
};

/** The vector of x in the layout of the same model with unstructured terms. */
function unstructured(from: CompiledModel, to: CompiledModel, x: Float64Array): Float64Array {
  const out = new Float64Array(to.layout.size);
  out.set(x.subarray(0, from.layout.terms[0]!.offset));
  from.layout.terms.forEach((term, t) => {
    const L = new Float64Array(term.q ** 2);
    fillFactor(term, x, L);
    writeFactor(to.layout.terms[t]!, L, out);
  });
  out.set(x.subarray(from.layout.phi.offset), to.layout.phi.offset);
  return out;
}

const gaussian = () => model(table);
const logistic = () => model(table).family(binomial());
const counts = () => model(table).family(poisson());
const omega = angleOf(3, 0.35);

/** The declaration with % for the structured term's bar, the structure, the method, natural parameters. */
const cases: [string, (text: string) => { compile(): CompiledModel }, string, string, IntegralMethod, number[]][] = [
  [
    "one factor",
    (f) => gaussian().formula(f),
    "y ~ x + %(0 + t | herd)",
    "cs",
    { kind: "exact" },
    [3, 0.4, 0.8, 0.5, 0.6, omega, 1.1],
  ],
  [
    "one factor",
    (f) => gaussian().formula(f),
    "y ~ x + %(0 + t | herd)",
    "homcs",
    { kind: "exact" },
    [3, 0.4, 0.8, omega, 1.1],
  ],
  [
    "one factor",
    (f) => gaussian().formula(f),
    "y ~ x + %(0 + t | herd)",
    "homdiag",
    { kind: "exact" },
    [3, 0.4, 0.8, 1.1],
  ],
  [
    "crossed, weighted",
    (f) => gaussian().formula(f).weights("w"),
    "y ~ x + %(0 + t | animal) + (1 | animal) + (x | herd)",
    "cs",
    { kind: "exact" },
    [3, 0.4, 0.8, 0.5, 0.6, omega, 0.7, 0.4, -0.2, 0.3, 1.1],
  ],
  [
    "known covariance",
    (f) => gaussian().formula(f).knownCovariance("A", Q),
    "y ~ x + %(0 + t | gr(animal, cov = A))",
    "homcs",
    { kind: "exact" },
    [3, 0.4, 0.8, omega, 1.1],
  ],
  [
    "correlation at its lower end",
    (f) => gaussian().formula(f).knownCovariance("A", Q),
    "y ~ x + %(0 + t | gr(animal, cov = A))",
    "cs",
    { kind: "exact" },
    [3, 0.4, 0.8, 0.5, 0.6, RIGHT_ANGLE, 1.1],
  ],
  [
    "quadrature",
    (f) => logistic().formula(f),
    "hit ~ x + %(0 + t | herd)",
    "cs",
    { kind: "agq", nodes: 5 },
    [0.2, 0.4, 0.8, 0.5, 0.6, omega],
  ],
  [
    "Laplace",
    (f) => logistic().formula(f),
    "hit ~ x + %(0 + t | animal)",
    "homdiag",
    { kind: "laplace" },
    [0.2, 0.4, 0.8],
  ],
  [
    "Laplace, crossed",
    (f) => counts().formula(f),
    "count ~ x + %(0 + t | animal) + (1 | herd)",
    "homcs",
    { kind: "laplace" },
    [0.2, 0.4, 0.6, omega, 0.4],
  ],
  [
    "one factor, given sds",
    (f) => gaussian().formula(f),
    "y ~ x + %(0 + t | herd, sd = c(0.8, 0.5, 1.6))",
    "us",
    { kind: "exact" },
    [3, 0.4, 1, 2, 0.7, 1.1],
  ],
  [
    "one factor, given sds and free ones",
    (f) => gaussian().formula(f).weights("w"),
    "y ~ x + (1 | herd) + %(0 + t | herd, sd = c(0.8, 0.5, 1.6))",
    "cs",
    { kind: "exact" },
    [3, 0.4, 0.6, omega, 1.1],
  ],
  [
    "crossed, given sds",
    (f) => gaussian().formula(f),
    "y ~ x + %(0 + t | animal, sd = c(0.8, 0.5, 1.6)) + (x | herd)",
    "diag",
    { kind: "exact" },
    [3, 0.4, 0.4, -0.2, 0.3, 1.1],
  ],
  [
    "given sds and sigma",
    (f) => gaussian().formula(f).sigma(1.3),
    "y ~ x + %(0 + t | herd, sd = c(0.8, 0.5, 1.6))",
    "us",
    { kind: "exact" },
    [3, 0.4, 1, 2, 0.7],
  ],
  [
    "known covariance, given sds, correlation of 1",
    (f) => gaussian().formula(f).knownCovariance("A", Q),
    "y ~ x + %(0 + t | gr(animal, cov = A), sd = c(0.8, 0.5, 1.6))",
    "us",
    { kind: "exact" },
    [3, 0.4, 0, 1, Math.PI / 2, 1.1],
  ],
  [
    "residual structure, given sds",
    (f) => gaussian().formula(f).residual({ variance: "varExp(~ x)", correlation: "corCompSymm(~ 1 | herd)" }),
    "y ~ x + %(0 + t | animal, sd = c(0.8, 0.5, 1.6))",
    "us",
    { kind: "exact" },
    [3, 0.4, 1, 2, 0.7, 1.1, 0.2, 0.3],
  ],
  [
    "quadrature, given sds",
    (f) => logistic().formula(f),
    "hit ~ x + %(0 + t | herd, sd = c(0.8, 0.5, 1.6))",
    "us",
    { kind: "agq", nodes: 5 },
    [0.2, 0.4, 1, 2, 0.7],
  ],
  [
    "Laplace, crossed, given sds",
    (f) => counts().formula(f),
    "count ~ x + %(0 + t | animal, sd = 0.7) + (1 | herd)",
    "homcs",
    { kind: "laplace" },
    [0.2, 0.4, omega, 0.4],
  ],
];

describe.each(cases)("%s: %s %s", (_, declare, formula, kind, method, values) => {
  const compiled = declare(formula.replace("%", kind)).compile();
  const plain = declare(formula.replace("%", "us").replace(/, sd = [^)]*\)?(?=\))/, "")).compile();
  const x = Float64Array.from(values);

  test("the value of the unstructured model with that Σ, its own gradient", () => {
    expect(compiled.layout.size).toBe(values.length);
    const marginal = compiled.standardisedMarginal(method);
    const at = new Float64Array(x.length);
    compiled.standardisation.toStandardised(x, at);
    const gradient = new Float64Array(x.length);
    const value = marginal.evaluate(at, gradient);
    expect(value).toBeCloseTo(plain.marginal(method).evaluate(unstructured(compiled, plain, x)), 9);
    const expected = numericGradient((point) => marginal.evaluate(point), at);
    for (let i = 0; i < x.length; i++)
      expect(Math.abs(gradient[i]! - expected[i]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected[i]!)));
  });

  test("groups add up to it", () => {
    const marginal = compiled.marginal(method);
    if (!marginal.groups) return expect(compiled.data.residual ? "gr(" : formula).toMatch(/gr\(|\) \+ \(/);
    const { count } = marginal.groups;
    const parts = new Float64Array(count);
    const scores = new Float64Array(count * x.length);
    marginal.groups.evaluate(x, parts, scores);
    const gradient = new Float64Array(x.length);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(marginal.evaluate(x, gradient), 9);
    for (let i = 0; i < x.length; i++) {
      let sum = 0;
      for (let g = 0; g < count; g++) sum += scores[g * x.length + i]!;
      expect(sum).toBeCloseTo(gradient[i]!, 8);
    }
  });
});

test("the exact likelihood is that of the dense covariance A ⊗ Σ", () => {
  const compiled = gaussian().formula("y ~ x + cs(0 + t | gr(animal, cov = A))").knownCovariance("A", Q).compile();
  const x = Float64Array.of(3, 0.4, 0.8, 0.5, 0.6, omega, 1.1);
  const { logLik } = denseLogLikelihood(compiled.data, denseRelationship(compiled.data, A), x);
  expect(compiled.marginal({ kind: "exact" }).evaluate(x)).toBeCloseTo(logLik, 8);
});

describe("the criterion with log σ among its entries, for given standard deviations", () => {
  const compiled = gaussian()
    .formula("y ~ x + us(0 + t | animal, sd = c(0.8, 0.5, 1.6)) + cs(0 + t | herd)")
    .residual({ variance: "varExp(~ x)" })
    .compile();
  const profile = profiledGaussian(compiled.data);
  // angles, relative standard deviations with an angle, the exponent, log σ
  const theta = Float64Array.of(1, 2, 0.7, 0.3, 0.4, 0.2, omega, 0.2, Math.log(1.2));

  test("is the likelihood at the best coefficients", () => {
    const value = profile.evaluate(theta, { reml: false });
    expect([profile.size, profile.withSigma, profile.sigma]).toEqual([9, true, Math.exp(Math.log(1.2))]);
    const x = Float64Array.of(...profile.betaHat, 1, 2, 0.7, 0.3 * 1.2, 0.4 * 1.2, 0.2 * 1.2, omega, 1.2, 0.2);
    expect(-0.5 * value).toBeCloseTo(compiled.marginal({ kind: "exact" }).evaluate(x), 9);
  });

  test.each([false, true])("has the gradient of differences, restricted: %s", (reml) => {
    const gradient = new Float64Array(theta.length);
    profile.evaluate(theta, { reml }, gradient);
    const expected = numericGradient((point) => profile.evaluate(point, { reml }), theta);
    for (let i = 0; i < theta.length; i++)
      expect(Math.abs(gradient[i]! - expected[i]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected[i]!)));
  });
});

test.each([false, true])("the profiled criterion's gradient, restricted: %s", (reml) => {
  const { data } = gaussian().formula("y ~ x + cs(0 + t | animal) + homdiag(0 + t | herd)").compile();
  const profile = profiledGaussian(data);
  const theta = Float64Array.of(0.8, 0.5, 0.6, omega, 0.3);
  const gradient = new Float64Array(5);
  profile.evaluate(theta, { reml }, gradient);
  const expected = numericGradient((point) => profile.evaluate(point, { reml }), theta);
  for (let i = 0; i < 5; i++) expect(gradient[i]).toBeCloseTo(expected[i]!, 6);
});
