/** The mode of a posterior: the same of equivalent ones, and no curvature taken across the edge of a prior. */
import { expect, test } from "vitest";
import { atOnce } from "../../src/optimise/pausable.ts";
import { halfNormal, uniform } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { findMode } from "../../src/samplers/mode.ts";
import { startingPoint } from "../../src/samplers/starting-point.ts";
import { buildTarget, targetData } from "../../src/samplers/target-data.ts";
import { grouped } from "./informed-models.ts";
import { sleepstudy } from "./models.ts";

function prepared(declared: { compile(): Parameters<typeof targetData>[0] }) {
  const model = declared.compile();
  const priors = resolvePriors(model);
  const target = buildTarget(targetData(model, "integrated", { kind: "exact" }, priors));
  return { target, start: startingPoint(model, target, priors) };
}

test("standard deviations are not negative, and correlations have the sign that goes with them", () => {
  const { target, start } = prepared(sleepstudy());
  const { offset, chart } = target.chart.terms[0]!;
  const mode = atOnce(findMode(target.density, start))!;
  for (const negative of [0, 1]) {
    const mirrored = start.slice();
    mirrored[offset + negative] = -mirrored[offset + negative]!;
    const other = atOnce(findMode(target.density, mirrored))!;
    for (let i = 0; i < target.chart.size; i++) {
      const sd = Math.sqrt(mode.covariance[i * target.chart.size + i]!);
      expect(Math.abs(other.z[i]! - mode.z[i]!), `coordinate ${i}`).toBeLessThan(2e-3 * sd);
      for (let j = 0; j < target.chart.size; j++) {
        const otherSd = Math.sqrt(mode.covariance[j * target.chart.size + j]!);
        const k = i * target.chart.size + j;
        expect(Math.abs(other.covariance[k]! - mode.covariance[k]!)).toBeLessThan(0.02 * sd * otherSd);
      }
    }
  }
  expect(chart.signed).toEqual([true, true]);
});

test("a mode beside the wall of a uniform prior has curvature, since standard deviations there have bounded coordinates", () => {
  const { target, start } = prepared(grouped(12, 10, 0.8).prior("sd", uniform(0, 0.3)));
  const mode = atOnce(findMode(target.density, start))!;
  expect(mode.definite).toBe(true);
  expect(mode.covariance.every(Number.isFinite)).toBe(true);
  // the curvature by differences of the value alone, independent of gradients: positive in every direction, and the inverse of the covariance
  const { size } = target.chart;
  const gradient = new Float64Array(size);
  const value = (moves: readonly (readonly [place: number, by: number])[]) => {
    const z = mode.z.slice();
    for (const [place, by] of moves) z[place]! += by;
    return target.density.evaluate(z, gradient);
  };
  const step = (i: number) => 0.02 * Math.sqrt(mode.covariance[i * size + i]!);
  const curvature = (i: number, j: number) => {
    const [h, k] = [step(i), step(j)];
    const corners = [1, -1].flatMap((a) =>
      [1, -1].map(
        (b) =>
          a *
          b *
          value([
            [i, a * h],
            [j, b * k],
          ]),
      ),
    );
    return -corners.reduce((sum, corner) => sum + corner, 0) / (4 * h * k);
  };
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      let product = 0;
      for (let k = 0; k < size; k++) product += curvature(i, k) * mode.covariance[k * size + j]!;
      const unit = Math.sqrt(mode.covariance[j * size + j]! / mode.covariance[i * size + i]!);
      expect(Math.abs(product - Number(i === j))).toBeLessThan(0.02 * Math.max(1, unit));
    }
  const free = prepared(grouped(12, 10, 0.8).prior("sd", halfNormal(1)));
  expect(atOnce(findMode(free.target.density, free.start))!.definite).toBe(true);
});
