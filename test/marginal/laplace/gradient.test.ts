/** @module-tag slow */
import { describe, expect, it } from "vitest";
import { crossedLaplace } from "../../../src/marginal/laplace/crossed-laplace.ts";
import { fixedLikelihood } from "../../../src/marginal/laplace/fixed-likelihood.ts";
import { groupedIntegral } from "../../../src/marginal/laplace/grouped-integral.ts";
import { groupingFactors } from "../../../src/marginal/laplace/grouping.ts";
import { crossed, grouped } from "./support/examples.ts";
import { gradientError } from "./support/models.ts";

describe("the exact gradient against extrapolated central differences", () => {
  for (const { name, kernel, data, points } of grouped)
    for (const nodes of [1, 2, 3, 7])
      it(`${name}; ${nodes === 1 ? "Laplace" : `${nodes} nodes`}`, () => {
        const marginal = groupedIntegral(data, kernel, groupingFactors(data.random)[0]!, nodes);
        for (const point of Object.values(points)) {
          const x = Float64Array.from(point);
          expect(Number.isFinite(marginal.evaluate(x))).toBe(true);
          expect(gradientError(marginal, x)).toBeLessThan(2e-9);
        }
      });

  for (const { name, kernel, data, points } of crossed)
    it(`${name}; Laplace`, () => {
      const marginal = crossedLaplace(data, kernel, groupingFactors(data.random));
      for (const point of Object.values(points)) {
        const x = Float64Array.from(point);
        expect(Number.isFinite(marginal.evaluate(x))).toBe(true);
        expect(gradientError(marginal, x)).toBeLessThan(2e-9);
      }
    });

  it("of a model without random terms", () => {
    for (const { kernel, data, points } of grouped.slice(0, 2)) {
      const layout = {
        ...data.layout,
        terms: [],
        phi: { ...data.layout.phi, offset: 2 },
        size: 2 + data.layout.phi.size,
      };
      const marginal = fixedLikelihood({ ...data, random: [], layout }, kernel);
      const interior = points["interior"]!;
      const x = Float64Array.from([...interior.slice(0, 2), ...interior.slice(interior.length - data.layout.phi.size)]);
      expect(gradientError(marginal, x)).toBeLessThan(2e-9);
    }
  });
});

describe("contributions of groups", () => {
  for (const { name, kernel, data, points } of grouped)
    it(`add up to value and gradient: ${name}`, () => {
      for (const nodes of [1, 3]) {
        const marginal = groupedIntegral(data, kernel, groupingFactors(data.random)[0]!, nodes);
        const x = Float64Array.from(points["interior"]!);
        const gradient = new Float64Array(x.length);
        const value = marginal.evaluate(x, gradient);
        const { count, evaluate } = marginal.groups!;
        const values = new Float64Array(count);
        const scores = new Float64Array(count * x.length);
        evaluate(x, values, scores);
        expect(values.reduce((a, b) => a + b)).toBeCloseTo(value, 10);
        gradient.forEach((slope, j) => {
          let sum = 0;
          for (let group = 0; group < count; group++) sum += scores[group * x.length + j]!;
          expect(sum).toBeCloseTo(slope, 9);
        });
      }
    });
});
