import { describe, expect, it } from "vitest";
import type { KnownCovarianceInput } from "../../src/covariance/known-covariance.ts";
import { additiveRelationship, pedigreePrecision } from "../../src/covariance/pedigree.ts";
import { profiledGaussian } from "../../src/marginal/gaussian/profiled-gaussian.ts";
import type { CompiledModel } from "../../src/model/compiled-model.ts";
import { model } from "../../src/model-builder.ts";
import { denseLogLikelihood, denseRelationship, numericGradient, somePedigree, someRecords } from "../covariance/support.ts";

const pedigree = somePedigree(14);
const A = additiveRelationship(pedigree);
const Q = pedigreePrecision(pedigree);
const records = someRecords(A, 3, 3);

const models: Record<string, { declared: { knownCovariance(name: string, matrix: KnownCovarianceInput): { compile(): CompiledModel } }; x: number[] }> = {
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
    declared: model(records)
      .formula("y ~ x + (x | gr(animal, cov = A)) + (1 | animal) + (1 | herd)")
      .weights("w"),
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

  it("profiled, by ML and REML, with its gradient and average information", () => {
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
      const information = new Float64Array(profile.size ** 2);
      expect(profile.averageInformation(theta, { reml }, information)).toBe(true);
      expect(information.every(Number.isFinite)).toBe(true);
    }
  });
});
