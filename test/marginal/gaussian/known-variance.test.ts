/** A given σ, 1 where the variances are known: the Gaussian integral without it is the one with σ there, in every reading of it. */
import { describe, expect, it } from "vitest";
import { gaussianMarginal } from "../../../src/marginal/gaussian/gaussian-marginal.ts";
import { profiledGaussian } from "../../../src/marginal/gaussian/profiled-gaussian.ts";
import type { IntegralData } from "../../../src/marginal/integral-data.ts";
import { parameterLayout } from "../../../src/model/parameter-layout.ts";
import { integralData, numericalGradient, randomModel, randomPoint, SHAPES } from "./support.ts";

const close = (actual: number, expected: number, tolerance: number, what = "") =>
  expect(Math.abs(actual - expected), `${what} ${actual} against ${expected}`).toBeLessThan(
    tolerance * (1 + Math.abs(expected)),
  );

/** The same data with σ a parameter and with σ given, and the point with and without it. */
function both(shape: (typeof SHAPES)[number], seed: number, sigma: number) {
  const data = integralData(randomModel(shape, seed, { weights: true, multiplier: true, p: 2 }));
  const known: IntegralData = { ...data, layout: parameterLayout([2], data.random, 0), sigma };
  const x = randomPoint(data.layout, seed + 10);
  x[data.layout.phi.offset] = sigma;
  return { data, known, x, without: x.slice(0, data.layout.phi.offset) };
}

describe.each([1, 1.7])("likelihood with σ given as %d", (sigma) => {
  for (const shape of SHAPES)
    it(`${shape}: value, gradient, modes and groups are those with σ there`, () => {
      const { data, known, x, without } = both(shape, 3, sigma);
      const marginal = gaussianMarginal(known);
      const reference = gaussianMarginal(data);
      const gradient = new Float64Array(without.length);
      const all = new Float64Array(x.length);
      expect(marginal.evaluate(without, gradient)).toBe(reference.evaluate(x, all));
      expect(gradient).toEqual(all.slice(0, without.length));
      expect(marginal.conditionalModes(without)).toEqual(reference.conditionalModes(x));
      expect(marginal.groups === undefined).toBe(reference.groups === undefined);
      if (!marginal.groups || !reference.groups) return;
      const { count } = marginal.groups;
      const [values, scores] = [new Float64Array(count), new Float64Array(count * without.length)];
      const [others, allScores] = [new Float64Array(count), new Float64Array(count * x.length)];
      marginal.groups.evaluate(without, values, scores);
      reference.groups.evaluate(x, others, allScores);
      expect(values).toEqual(others);
      for (let g = 0; g < count; g++)
        expect(scores.slice(g * without.length, (g + 1) * without.length)).toEqual(
          allScores.slice(g * x.length, g * x.length + without.length),
        );
    });
});

describe.each([1, 1.7])("profiled criterion with σ given as %d", (sigma) => {
  for (const shape of ["single", "slope", "crossed-slopes", "three"] as const)
    for (const reml of [false, true])
      it(`${shape}, ${reml ? "REML" : "ML"}: the integral or maximum over β, with its gradient`, () => {
        const { known, without } = both(shape, 5, sigma);
        const profile = profiledGaussian(known);
        const at = known.layout.terms[0]!.offset;
        const { unit } = profile;
        expect(profile.sigma).toBe(sigma);
        const { columns, multiplier, n } = known;
        let logs = 0;
        let total = 0;
        for (let i = 0; i < n; i++) {
          logs += multiplier![i]! * Math.log(columns["weights"]![i]!);
          total += multiplier![i]!;
        }
        close(unit, sigma * Math.exp((-0.5 * logs) / total), 1e-14, "unit");
        const theta = without.slice(at).map((entry) => entry / unit);
        const gradient = new Float64Array(theta.length);
        const value = profile.evaluate(theta, { reml }, gradient);
        const x = without.slice();
        x.set(profile.betaHat);
        const dx = new Float64Array(x.length);
        let expected = -2 * gaussianMarginal(known).evaluate(x, dx);
        for (let j = 0; j < 2; j++) expect(Math.abs(dx[j]!)).toBeLessThan(1e-8);
        const covariance = profile.covarianceBeta.map((entry) => entry * sigma * sigma);
        if (reml)
          expected -=
            2 * Math.log(2 * Math.PI) + Math.log(covariance[0]! * covariance[3]! - covariance[1]! * covariance[2]!);
        close(value, expected, 1e-12, "criterion");
        numericalGradient((point) => profile.evaluate(point, { reml }), theta).forEach((slope, e) => {
          close(gradient[e]!, slope, 1e-6, `slope ${e}`);
        });
      });
});
