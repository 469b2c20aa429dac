/** The pieces of Hamiltonian sampling: the integrator's physics, metrics, adaptation. */
import { describe, expect, test } from "vitest";
import { atOnce } from "../../src/optimise/pausable.ts";
import { createRng } from "../../src/random/rng.ts";
import { dualAveraging } from "../../src/samplers/dual-averaging.ts";
import { energy, leapfrog, phasePoint } from "../../src/samplers/leapfrog.ts";
import type { LogDensity } from "../../src/samplers/log-density.ts";
import { denseMetric, diagonalMetric } from "../../src/samplers/metric.ts";
import { fisherDiagonal, shrunkCovariance } from "../../src/samplers/metric-estimate.ts";
import { findMode, flooredInverse } from "../../src/samplers/mode.ts";
import { keepsGoing } from "../../src/samplers/nuts.ts";
import { warmupSchedule } from "../../src/samplers/windows.ts";

/** log density −Σ cosh(q_i) − ¼ q_0² q_1²: not quadratic, not separable. */
const bent: LogDensity = {
  dim: 3,
  evaluate(z, g) {
    let value = -0.25 * z[0]! ** 2 * z[1]! ** 2;
    for (let i = 0; i < 3; i++) {
      value -= Math.cosh(z[i]!);
      g[i] = -Math.sinh(z[i]!);
    }
    g[0]! -= 0.5 * z[0]! * z[1]! ** 2;
    g[1]! -= 0.5 * z[0]! ** 2 * z[1]!;
    return value;
  },
};
const covariance = Float64Array.of(1, 0.4, 0, 0.4, 0.8, 0.1, 0, 0.1, 0.5);

function start(seed: string) {
  const rng = createRng(seed);
  const point = phasePoint(3);
  const metric = denseMetric(covariance, 3);
  for (let i = 0; i < 3; i++) point.q[i] = rng.normal();
  metric.drawMomentum(rng, point.p);
  point.logDensity = bent.evaluate(point.q, point.gradient);
  const velocity = new Float64Array(3);
  metric.velocity(point.p, velocity);
  return { point, metric, velocity };
}

describe("leapfrog", () => {
  test("is reversible", () => {
    const { point, metric, velocity } = start("reverse");
    const q = point.q.slice();
    const p = point.p.slice();
    for (let i = 0; i < 50; i++) leapfrog(bent, metric, point, 0.1, velocity);
    expect(Math.abs(point.q[0]! - q[0]!)).toBeGreaterThan(1e-2);
    for (let i = 0; i < 50; i++) leapfrog(bent, metric, point, -0.1, velocity);
    for (let i = 0; i < 3; i++) {
      expect(Math.abs(point.q[i]! - q[i]!)).toBeLessThan(1e-12);
      expect(Math.abs(point.p[i]! - p[i]!)).toBeLessThan(1e-12);
    }
  });

  test("its energy error over a fixed time falls with the square of the step", () => {
    const error = (steps: number) => {
      const { point, metric, velocity } = start("energy");
      const before = energy(point, velocity);
      for (let i = 0; i < steps; i++) leapfrog(bent, metric, point, 1.5 / steps, velocity);
      return Math.abs(energy(point, velocity) - before);
    };
    const order = Math.log2(error(32) / error(64));
    expect(order).toBeGreaterThan(1.9);
    expect(order).toBeLessThan(2.1);
  });

  test("preserves volume: the Jacobian of a step has determinant 1", () => {
    const base = start("volume");
    const image = (k: number, h: number) => {
      const { point, metric, velocity } = start("volume");
      if (k < 3) point.q[k]! += h;
      else point.p[k - 3]! += h;
      point.logDensity = bent.evaluate(point.q, point.gradient);
      leapfrog(bent, metric, point, 0.3, velocity);
      return [...point.q, ...point.p];
    };
    expect(base.point.q.length).toBe(3);
    const J = Array.from({ length: 6 }, (_, k) => {
      const up = image(k, 1e-5);
      const down = image(k, -1e-5);
      return up.map((value, i) => (value - down[i]!) / 2e-5);
    });
    let det = 1;
    for (let k = 0; k < 6; k++) {
      const pivot = J[k]![k]!;
      det *= pivot;
      for (let i = k + 1; i < 6; i++) {
        const factor = J[i]![k]! / pivot;
        for (let j = k; j < 6; j++) J[i]![j]! -= factor * J[k]![j]!;
      }
    }
    expect(det).toBeCloseTo(1, 7);
  });
});

describe("metrics", () => {
  test.each([
    ["dense", denseMetric(covariance, 3), covariance],
    ["diagonal", diagonalMetric(Float64Array.of(4, 1, 0.25)), Float64Array.of(4, 0, 0, 0, 1, 0, 0, 0, 0.25)],
  ] as const)("%s: displacements have covariance Σ, and velocities of momenta too", (kind, metric, sigma) => {
    const rng = createRng(`metric ${kind}`);
    const n = 20_000;
    const p = new Float64Array(3);
    const v = new Float64Array(3);
    const ofVelocity = new Float64Array(9);
    const ofDisplacement = new Float64Array(9);
    for (let i = 0; i < n; i++) {
      metric.drawMomentum(rng, p);
      metric.velocity(p, v);
      for (let a = 0; a < 3; a++) for (let b = 0; b < 3; b++) ofVelocity[a * 3 + b]! += (v[a]! * v[b]!) / n;
      metric.drawDisplacement(rng, v);
      for (let a = 0; a < 3; a++) for (let b = 0; b < 3; b++) ofDisplacement[a * 3 + b]! += (v[a]! * v[b]!) / n;
    }
    for (let a = 0; a < 3; a++)
      for (let b = 0; b < 3; b++) {
        const se = Math.sqrt((sigma[a * 3 + a]! * sigma[b * 3 + b]! + sigma[a * 3 + b]! ** 2) / n);
        expect(Math.abs(ofVelocity[a * 3 + b]! - sigma[a * 3 + b]!)).toBeLessThan(4.5 * se);
        expect(Math.abs(ofDisplacement[a * 3 + b]! - sigma[a * 3 + b]!)).toBeLessThan(4.5 * se);
      }
  });

  test("a covariance that is not positive definite is refused", () => {
    expect(() => denseMetric(Float64Array.of(1, 2, 2, 1), 2)).toThrow(RangeError);
  });

  test("the Fisher diagonal of a normal with independent coordinates is its variances, whatever the draws", () => {
    const variances = [4, 0.01, 1];
    const estimator = fisherDiagonal(3);
    const rng = createRng("fisher");
    for (let i = 0; i < 5; i++) {
      const q = Float64Array.from(variances, (v) => 3 + Math.sqrt(v) * rng.normal());
      estimator.add(
        q,
        Float64Array.from(q, (x, j) => -(x - 3) / variances[j]!),
      );
    }
    const out = new Float64Array(3);
    estimator.estimate(out);
    for (const [j, v] of variances.entries()) expect(out[j]).toBeCloseTo(v, 10);
  });

  test("the shrunk covariance starts at its prior and ends at the sample covariance", () => {
    const prior = Float64Array.of(2, 0, 0, 2);
    const estimator = shrunkCovariance(2, prior);
    const out = new Float64Array(4);
    estimator.add(Float64Array.of(1, 1), out);
    estimator.estimate(out);
    expect([...out]).toEqual([2, 0, 0, 2]);
    estimator.reset();
    for (let i = 0; i < 4000; i++) estimator.add(Float64Array.of(i % 2, (i % 2) + (i % 4 < 2 ? 1 : 0)), out);
    estimator.estimate(out);
    expect(Math.abs(out[0]! - 0.25)).toBeLessThan(0.005);
    expect(Math.abs(out[1]! - 0.25)).toBeLessThan(0.005);
    expect(Math.abs(out[3]! - 0.5)).toBeLessThan(0.005);
  });
});

describe("adaptation", () => {
  test("dual averaging finds the step size at which acceptance is the target", () => {
    const adaptation = dualAveraging(0.8, 3);
    for (let i = 0; i < 2000; i++) adaptation.update(1 / (1 + adaptation.stepSize ** 2));
    expect(adaptation.averaged).toBeCloseTo(0.5, 2);
  });

  test("the schedule of 1000 iterations is 75, 25, 50, 100, 200, 500, 50", () => {
    expect(warmupSchedule(1000)).toEqual({ first: 75, ends: [100, 150, 250, 450, 950] });
    expect(warmupSchedule(300)).toEqual({ first: 75, ends: [100, 150, 250] });
    expect(warmupSchedule(100)).toEqual({ first: 15, ends: [90] });
    expect(warmupSchedule(10)).toEqual({ first: 10, ends: [] });
    for (let n = 20; n < 400; n++) {
      const { first, ends } = warmupSchedule(n);
      expect(first).toBeLessThan(ends[0]!);
      expect(ends.at(-1)!).toBeLessThanOrEqual(n);
      for (let k = 1; k < ends.length; k++) expect(ends[k]!).toBeGreaterThan(ends[k - 1]!);
    }
  });

  test("the U-turn criterion on hand-made trajectories", () => {
    const at = (angle: number) => ({
      momentum: Float64Array.of(Math.cos(angle), Math.sin(angle)),
      velocity: Float64Array.of(Math.cos(angle), Math.sin(angle)),
    });
    const arc = (from: number, to: number) => {
      const total = new Float64Array(2);
      for (let i = 0; i <= 8; i++) {
        const { momentum } = at(from + ((to - from) * i) / 8);
        total[0]! += momentum[0]!;
        total[1]! += momentum[1]!;
      }
      return { near: at(from), far: at(to), total };
    };
    expect(keepsGoing(arc(0, 0.5), arc(0.6, 1.1))).toBe(true);
    expect(keepsGoing(arc(0, 1.6), arc(1.7, 3.3))).toBe(false);
    // Two half circles make a whole one: the ends agree again, only the joint shows the turn.
    expect(keepsGoing(arc(0, 3), arc(3.2, 6.2))).toBe(false);
  });
});

describe("the mode", () => {
  test("is found with its inverse Hessian", () => {
    const shifted: LogDensity = {
      dim: 3,
      evaluate: (z, g) =>
        bent.evaluate(
          z.map((x, i) => x - i),
          g,
        ),
    };
    const mode = atOnce(findMode(shifted, Float64Array.of(2, -1, 1)))!;
    expect(mode.converged).toBe(true);
    for (let i = 0; i < 3; i++) expect(Math.abs(mode.z[i]! - i)).toBeLessThan(1e-3);
    for (let i = 0; i < 9; i++) expect(mode.covariance[i]).toBeCloseTo(i % 4 === 0 ? 1 : 0, 3);
    expect(atOnce(findMode({ dim: 1, evaluate: () => -Infinity }, Float64Array.of(0)))).toBeNull();
  });

  test("an indefinite Hessian gives a positive definite covariance", () => {
    const { inverse, definite } = flooredInverse(Float64Array.of(-1, 0.2, 0.2, 4), 2, Float64Array.of(2, 4));
    expect(definite).toBe(false);
    expect(() => denseMetric(inverse, 2)).not.toThrow();
    const good = flooredInverse(Float64Array.of(2, 0.5, 0.5, 4), 2, Float64Array.of(2, 4));
    expect(good.definite).toBe(true);
    expect(good.inverse[0]).toBeCloseTo(4 / 7.75, 12);
  });
});
