import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { createRng } from "../../src/random/rng.ts";
import { fisherLowRank, geometricMean } from "../../src/samplers/low-rank-estimate.ts";
import { lowRankMetric, lowRankSize, writeLowRank } from "../../src/samplers/low-rank-metric.ts";

describe("lowRankMetric", () => {
  const dim = 5;
  const u = Float64Array.from([3, 0, 4, 0, 0], (value) => value / 5);
  const flat = new Float64Array(lowRankSize(dim));
  writeLowRank(Float64Array.of(1, 2, 0.5, 3, 1), [9], [u], flat);
  const metric = lowRankMetric(flat, dim);
  const sigma = Array.from({ length: dim }, (_, j) => {
    const unit = new Float64Array(dim);
    unit[j] = 1;
    const column = new Float64Array(dim);
    metric.velocity(unit, column);
    return column;
  });

  it("multiplies by S(I + U(Λ − I)U')S", () => {
    const scales = [1, 2, 0.5, 3, 1];
    for (let i = 0; i < dim; i++)
      for (let j = 0; j < dim; j++)
        expect(sigma[j]![i]).toBeCloseTo(scales[i]! * ((i === j ? 1 : 0) + 8 * u[i]! * u[j]!) * scales[j]!, 12);
  });

  it("draws displacements with covariance Σ and momenta with its inverse", () => {
    const rng = createRng("low rank");
    const n = 40_000;
    const x = new Float64Array(dim);
    const v = new Float64Array(dim);
    const C = Matrix.zeros(dim, dim);
    let energy = 0;
    for (let r = 0; r < n; r++) {
      metric.drawDisplacement(rng, x);
      for (let i = 0; i < dim; i++) for (let j = 0; j < dim; j++) C.set(i, j, C.get(i, j) + (x[i]! * x[j]!) / n);
      metric.drawMomentum(rng, x);
      metric.velocity(x, v);
      for (let i = 0; i < dim; i++) energy += (x[i]! * v[i]!) / n;
    }
    for (let i = 0; i < dim; i++)
      for (let j = 0; j < dim; j++) {
        const sd = Math.sqrt((sigma[i]![i]! * sigma[j]![j]! + sigma[i]![j]! ** 2) / n);
        expect(Math.abs(C.get(i, j) - sigma[i]![j]!)).toBeLessThan(5 * sd);
      }
    // p'Σp is chi-squared on dim degrees of freedom
    expect(Math.abs(energy - dim)).toBeLessThan(5 * Math.sqrt((2 * dim) / n));
  });
});

describe("fisherLowRank", () => {
  it("solves A C A = B", () => {
    const C = new Matrix([
      [2, 0.5],
      [0.5, 1],
    ]);
    const B = new Matrix([
      [5, -1],
      [-1, 3],
    ]);
    const A = geometricMean(C, B);
    const back = A.mmul(C).mmul(A);
    for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) expect(back.get(i, j)).toBeCloseTo(B.get(i, j), 10);
  });

  it("recovers one long direction of a normal target from few draws", () => {
    // Σ = D(I + 400 vv')D: gradients are −Σ⁻¹q exactly
    const dim = 60;
    const rng = createRng("direction");
    const scales = Float64Array.from({ length: dim }, () => Math.exp(rng.normal()));
    const raw = Float64Array.from({ length: dim }, () => rng.normal());
    const v = raw.map((value) => value / Math.hypot(...raw));
    const estimator = fisherLowRank(dim);
    for (let r = 0; r < 100; r++) {
      const xi = Float64Array.from({ length: dim }, () => rng.normal());
      const dot = xi.reduce((s, value, i) => s + value * v[i]!, 0);
      const z = xi.map((value, i) => value + (Math.sqrt(401) - 1) * dot * v[i]!);
      const zv = z.reduce((s, value, i) => s + value * v[i]!, 0);
      const w = z.map((value, i) => value - (400 / 401) * zv * v[i]!);
      estimator.add(
        z.map((value, i) => value * scales[i]!),
        w.map((value, i) => -value / scales[i]!),
      );
    }
    const flat = new Float64Array(lowRankSize(dim)).fill(1);
    estimator.estimate(flat);
    const metric = lowRankMetric(flat, dim);
    // the variance along the long direction, in the target and in the metric: p'Σp with p = D⁻¹v
    const p = v.map((value, i) => value / scales[i]!);
    const out = new Float64Array(dim);
    metric.velocity(p, out);
    const estimated = p.reduce((s, value, i) => s + value * out[i]!, 0);
    expect(estimated).toBeGreaterThan(200);
    expect(estimated).toBeLessThan(800);
  });

  it("goes on from its state", () => {
    const rng = createRng("state");
    const whole = fisherLowRank(3);
    const half = fisherLowRank(3);
    const flatOf = (estimator: ReturnType<typeof fisherLowRank>) => {
      const out = new Float64Array(lowRankSize(3)).fill(1);
      estimator.estimate(out);
      return Array.from(out);
    };
    for (let r = 0; r < 40; r++) {
      const q = Float64Array.from({ length: 3 }, () => rng.normal());
      const g = q.map((value) => -value / 2);
      whole.add(q, g);
      half.add(q, g);
      if (r === 20) {
        const state = half.state();
        half.reset();
        half.restore(state);
      }
    }
    expect(flatOf(half)).toEqual(flatOf(whole));
  });
});
