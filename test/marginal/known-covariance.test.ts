import { describe, expect, it } from "vitest";
import type { KnownCovarianceInput } from "../../src/covariance/known-covariance.ts";
import { additiveRelationship, pedigreePrecision } from "../../src/covariance/pedigree.ts";
import { binomial } from "../../src/families/binomial.ts";
import { choleskyFactor, choleskyLogDet, choleskySolve } from "../../src/linalg/dense-cholesky.ts";
import { profiledGaussian } from "../../src/marginal/gaussian/profiled-gaussian.ts";
import type { IntegralData } from "../../src/marginal/integral-data.ts";
import { importanceCheck } from "../../src/marginal/laplace/importance-check.ts";
import type { CompiledModel } from "../../src/model/compiled-model.ts";
import { fillFactor } from "../../src/model/parameter-layout.ts";
import { model } from "../../src/model-builder.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
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
const records = someRecords(A, 3, 3);

const models: Record<
  string,
  {
    declared: { knownCovariance(name: string, matrix: KnownCovarianceInput): { compile(): CompiledModel } };
    x: number[];
  }
> = {
  intercept: { declared: model(records).formula("y ~ x + (1 | gr(animal, cov = A))"), x: [3, 0.4, 0.8, 1.1] },
  "intercept and slope": {
    declared: model(records).formula("y ~ x + (x | gr(animal, cov = A))"),
    x: [3, 0.4, 0.8, 0.3, 0.5, 1.1],
  },
  "independent effects": {
    declared: model(records).formula("y ~ x + (x || gr(animal, cov = A))"),
    x: [3, 0.4, 0.8, 0.5, 1.1],
  },
  "beside other terms, weighted": {
    declared: model(records).formula("y ~ x + (x | gr(animal, cov = A)) + (1 | animal) + (1 | herd)").weights("w"),
    x: [3, 0.4, 0.8, -0.3, 0.5, 0.6, 0.4, 1.1],
  },
  "singular covariance": {
    declared: model(records).formula("y ~ x + (x | gr(animal, cov = A)) + (1 | herd)"),
    x: [3, 0.4, 0.8, -0.3, 0, 0, 1.1],
  },
  "no variance": { declared: model(records).formula("y ~ x + (x | gr(animal, cov = A))"), x: [3, 0.4, 0, 0, 0, 1.1] },
};

describe("the exact Gaussian integral with a known covariance across levels, against the dense covariance", () => {
  for (const [name, { declared, x: point }] of Object.entries(models))
    for (const [form, matrix] of [
      ["covariance", A],
      ["precision", Q],
    ] as const)
      it(`${name}, from the ${form}`, () => {
        const compiled = declared.knownCovariance("A", matrix).compile();
        const { data, layout } = compiled;
        const relationship = denseRelationship(data, A);
        const x = Float64Array.from(point);
        const marginal = compiled.marginal({ kind: "exact" });
        const gradient = new Float64Array(layout.size);
        const value = marginal.evaluate(x, gradient);
        expect(value).toBeCloseTo(denseLogLikelihood(data, relationship, x).logLik, 9);
        const expected = numericGradient((at) => denseLogLikelihood(data, relationship, at).logLik, x);
        gradient.forEach((slope, j) => {
          expect(Math.abs(slope - expected[j]!)).toBeLessThan(1e-8 * (1 + Math.abs(slope)));
        });
      });

  it("profiled, by ML and REML, with its gradient", () => {
    const compiled = models["beside other terms, weighted"]!.declared.knownCovariance("A", Q).compile();
    const { data, layout } = compiled;
    const relationship = denseRelationship(data, A);
    const profile = profiledGaussian(data);
    const theta = Float64Array.of(0.8, -0.3, 0.5, 0.6, 0.4);
    for (const reml of [false, true]) {
      const gradient = new Float64Array(profile.size);
      const value = profile.evaluate(theta, { reml }, gradient);
      const { sigma, betaHat } = profile;
      const x = Float64Array.from([...betaHat, ...theta.map((entry) => entry * sigma), sigma]);
      const p = layout.beta[0]!.size;
      const { logLik, logDetXVX } = denseLogLikelihood(data, relationship, x);
      const restricted = logLik + 0.5 * (p * Math.log(2 * Math.PI) - logDetXVX);
      expect(value).toBeCloseTo(-2 * (reml ? restricted : logLik), 8);
      const expected = numericGradient((at) => profile.evaluate(at, { reml }), theta);
      gradient.forEach((slope, j) => {
        expect(Math.abs(slope - expected[j]!)).toBeLessThan(1e-8 * (1 + Math.abs(slope)));
      });
    }
  });
});

/**
 * Laplace's approximation of a logistic model, dense: η = Xβ + offset + Z(L ⊗ Λ)u with LL' = A, u ~ N(0, I), and the same by term where levels are
 * independent.
 */
function denseLaplace(data: IntegralData, relationship: readonly Float64Array[], x: Float64Array): number {
  const { n, random, layout } = data;
  const columns: Float64Array[] = [];
  random.forEach(({ q, levels, Z, index }, t) => {
    const L = relationship[t]!.slice();
    const m = levels.length;
    choleskyFactor(L, m);
    const factor = new Float64Array(q * q);
    fillFactor(layout.terms[t]!, x, factor);
    for (let k = 0; k < m; k++)
      for (let c = 0; c < q; c++)
        columns.push(
          Float64Array.from({ length: n }, (_, i) => {
            let sum = 0;
            for (let a = c; a < q; a++) sum += Z[i * q + a]! * factor[a * q + c]!;
            return index[i]! >= k ? L[index[i]! * m + k]! * sum : 0;
          }),
        );
  });
  const size = columns.length;
  const { X, names } = data.predictors[0]!;
  const p = names.length;
  const u = new Float64Array(size);
  const H = new Float64Array(size * size);
  const y = data.columns["y"]!;
  let value = 0;
  for (let iteration = 0; iteration < 60; iteration++) {
    const slope = u.map((own) => -own);
    value = 0;
    H.fill(0);
    for (let a = 0; a < size; a++) {
      H[a * size + a] = 1;
      value -= 0.5 * u[a]! ** 2;
    }
    for (let i = 0; i < n; i++) {
      let eta = 0;
      for (let a = 0; a < p; a++) eta += X[i * p + a]! * x[a]!;
      for (let a = 0; a < size; a++) eta += columns[a]![i]! * u[a]!;
      const mean = 1 / (1 + Math.exp(-eta));
      value += y[i]! * eta - Math.log1p(Math.exp(eta));
      for (let a = 0; a < size; a++) {
        slope[a]! += columns[a]![i]! * (y[i]! - mean);
        for (let b = 0; b <= a; b++) H[a * size + b]! += columns[a]![i]! * columns[b]![i]! * mean * (1 - mean);
      }
    }
    choleskyFactor(H, size);
    choleskySolve(H, size, slope);
    for (let a = 0; a < size; a++) u[a]! += slope[a]!;
    if (Math.hypot(...slope) < 1e-13) break;
  }
  return value - 0.5 * choleskyLogDet(H, size);
}

describe("Laplace's approximation with a known covariance across levels", () => {
  const small = someRecords(A, 8, 3, "binary");
  const binary = { ...small, y: small.y.map((value) => (value > 3 ? 1 : 0)) };
  const declared = {
    "one term": { formula: "y ~ x + (1 | gr(animal, cov = A))", x: [0.2, 0.4, 0.9] },
    "slopes beside other terms": {
      formula: "y ~ x + (x | gr(animal, cov = A)) + (1 | animal) + (1 | herd)",
      x: [0.2, 0.4, 0.9, -0.3, 0.5, 0.4, 0.6],
    },
    singular: { formula: "y ~ x + (x | gr(animal, cov = A)) + (1 | herd)", x: [0.2, 0.4, 0.9, -0.3, 0, 0.6] },
  };
  for (const [name, { formula, x: point }] of Object.entries(declared))
    it(`is that of the dense problem, with its gradient: ${name}`, () => {
      const compiled = model(binary).formula(formula).family(binomial()).knownCovariance("A", Q).compile();
      const x = Float64Array.from(point);
      const marginal = compiled.marginal({ kind: "laplace" });
      const gradient = new Float64Array(x.length);
      const relationship = denseRelationship(compiled.data, A);
      expect(marginal.evaluate(x, gradient)).toBeCloseTo(denseLaplace(compiled.data, relationship, x), 9);
      const expected = numericGradient((at) => marginal.evaluate(at), x);
      gradient.forEach((slope, j) => {
        expect(Math.abs(slope - expected[j]!)).toBeLessThan(1e-8 * (1 + Math.abs(slope)));
      });
    });

  it("refuses quadrature, which needs independent levels", () => {
    const compiled = model(binary)
      .formula("y ~ x + (1 | gr(animal, cov = A))")
      .family(binomial())
      .knownCovariance("A", Q)
      .compile();
    expect(() => compiled.marginal({ kind: "agq", nodes: 5 })).toThrow(/needs independent levels, but those of animal/);
  });

  it("is checked by importance sampling of all effects, which is unbiased", () => {
    // two levels only: the integral over both effects by brute force on a grid
    const two = {
      y: [1, 0, 1, 1, 0, 1],
      x: [0, 1, 2, 0, 1, 2],
      g: ["a", "a", "a", "b", "b", "b"],
    };
    const compiled = model(two)
      .formula("y ~ x + (1 | gr(g, cov = A))")
      .family(binomial())
      .knownCovariance("A", { levels: ["a", "b"], values: [1, 0.7, 0.7, 1] })
      .compile();
    const [b0, b1, sd] = [0.3, 0.2, 1.2];
    let integral = 0;
    const step = 0.05;
    for (let u = -9; u <= 9; u += step)
      for (let v = -9; v <= 9; v += step) {
        const effects = [sd * u, sd * (0.7 * u + Math.sqrt(1 - 0.49) * v)];
        let density = (Math.exp(-0.5 * (u * u + v * v)) / (2 * Math.PI)) * step * step;
        two.y.forEach((y, i) => {
          const eta = b0 + b1 * two.x[i]! + effects[i < 3 ? 0 : 1]!;
          density *= 1 / (1 + Math.exp(y === 1 ? -eta : eta));
        });
        integral += density;
      }
    const { laplace, difference, standardError } = atOnce(
      importanceCheck(compiled.data, compiled.kernel, Float64Array.of(b0, b1, sd), createRng("known covariance"), 4000),
    );
    expect(standardError).toBeLessThan(0.02);
    expect(Math.abs(laplace + difference - Math.log(integral))).toBeLessThan(4 * standardError);
    expect(Math.abs(laplace - Math.log(integral))).toBeGreaterThan(1e-3);
  });
});

describe("the identity as known covariance is the ordinary term", () => {
  const levels = [...new Set(records.animal)].sort();
  const identity = { levels, values: Array.from(levels, (_, i) => levels.map((_, j) => (i === j ? 1 : 0))) };

  it("exactly: Gaussian", () => {
    const x = Float64Array.of(3, 0.4, 0.8, 0.3, 0.5, 1.1);
    const plain = model(records).formula("y ~ x + (x | animal)").compile();
    const known = model(records).formula("y ~ x + (x | gr(animal, cov = I))").knownCovariance("I", identity).compile();
    const [a, b] = [new Float64Array(6), new Float64Array(6)];
    const value = plain.marginal({ kind: "exact" }).evaluate(x, a);
    expect(Math.abs(known.marginal({ kind: "exact" }).evaluate(x, b) - value)).toBeLessThan(1e-10);
    b.forEach((slope, j) => {
      expect(slope).toBeCloseTo(a[j]!, 9);
    });
  });

  it("exactly: Laplace", () => {
    const binary = { ...records, y: records.y.map((value) => (value > 3 ? 1 : 0)) };
    const x = Float64Array.of(0.2, 0.4, 0.8);
    const plain = model(binary).formula("y ~ x + (1 | animal)").family(binomial()).compile();
    const known = model(binary)
      .formula("y ~ x + (1 | gr(animal, cov = I))")
      .family(binomial())
      .knownCovariance("I", identity)
      .compile();
    const method = { kind: "laplace" } as const;
    expect(known.marginal(method).evaluate(x)).toBeCloseTo(plain.marginal(method).evaluate(x), 10);
  });
});
