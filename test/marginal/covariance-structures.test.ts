/** Every integral with structures whose entries are not those of Λ: the value is that of the unstructured model at the same Σ, gradients by differences. */
import { describe, expect, test } from "vitest";
import { angleOf, RIGHT_ANGLE } from "../../src/covariance/compound-symmetry.ts";
import { additiveRelationship, pedigreePrecision } from "../../src/covariance/pedigree.ts";
import { binomial, poisson } from "../../src/families/index.ts";
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
];

describe.each(cases)("%s: %s %s", (_, declare, formula, kind, method, values) => {
  const compiled = declare(formula.replace("%", kind)).compile();
  const plain = declare(formula.replace("%", "us")).compile();
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
    if (!marginal.groups) return expect(formula).toMatch(/gr\(|\) \+ \(/);
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

test.each([false, true])("the profiled criterion's gradient, restricted: %s", (reml) => {
  const { data } = gaussian().formula("y ~ x + cs(0 + t | animal) + homdiag(0 + t | herd)").compile();
  const profile = profiledGaussian(data);
  const theta = Float64Array.of(0.8, 0.5, 0.6, omega, 0.3);
  const gradient = new Float64Array(5);
  profile.evaluate(theta, { reml }, gradient);
  const expected = numericGradient((point) => profile.evaluate(point, { reml }), theta);
  for (let i = 0; i < 5; i++) expect(gradient[i]).toBeCloseTo(expected[i]!, 6);
});
