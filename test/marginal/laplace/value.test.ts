import { describe, expect, it } from "vitest";
import { gaussianMarginal } from "../../../src/marginal/gaussian/gaussian-marginal.ts";
import type { IntegralData } from "../../../src/marginal/integral-data.ts";
import { crossedLaplace } from "../../../src/marginal/laplace/crossed-laplace.ts";
import { groupedIntegral } from "../../../src/marginal/laplace/grouped-integral.ts";
import { groupingFactors } from "../../../src/marginal/laplace/grouping.ts";
import type { ObservationKernel } from "../../../src/model/observation-kernel.ts";
import { fillFactor } from "../../../src/model/parameter-layout.ts";
import { crossed, gaussianCrossed, gaussianGrouped, grouped } from "./support/examples.ts";
import { expectClose } from "./support/expect-close.ts";
import { binomialLogit, kernelOf } from "./support/kernels.ts";
import { integralData } from "./support/models.ts";

/** Σ ℓ of the rows of one level of the first term, as a function of u, computed from the data as they are. */
function groupLogLik(data: IntegralData, kernel: ObservationKernel, x: Float64Array, level: number) {
  const { n, layout, random, predictors } = data;
  const bound = kernel.bind(data.columns, n, data.multiplier);
  bound.setParameters(x.slice(layout.phi.offset));
  const factors = layout.terms.map((term) => {
    const out = new Float64Array(term.q ** 2);
    fillFactor(term, x, out);
    return out;
  });
  return (u: readonly number[]): number => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      if (random[0]!.index[i] !== level) continue;
      predictors.forEach((predictor, r) => {
        const { offset, size } = layout.beta[r]!;
        let eta = predictor.offset[i]!;
        for (let c = 0; c < size; c++) eta += predictor.X[i * size + c]! * x[offset + c]!;
        let first = 0;
        random.forEach((term, t) => {
          for (let a = 0; term.predictor === r && a < term.q; a++)
            for (let b = 0; b <= a; b++) eta += term.Z[i * term.q + a]! * factors[t]![a * term.q + b]! * u[first + b]!;
          first += term.q;
        });
        bound.eta[r]![i] = eta;
      });
      total += bound.value(i, i + 1);
    }
    return total;
  };
}

/** log ∫ exp(f(u)) N(u; 0, I) du by the trapezoid rule on [−9, 9]^q. */
function trapezoid(f: (u: readonly number[]) => number, q: number, steps: number): number {
  const points = Array.from({ length: steps + 1 }, (_, j) => -9 + (18 * j) / steps);
  const grid = q === 1 ? points.map((a) => [a]) : points.flatMap((a) => points.map((b) => [a, b]));
  const logs = grid.map(
    (u) => f(u) - u.reduce((sum, value) => sum + 0.5 * value * value + 0.5 * Math.log(2 * Math.PI), 0),
  );
  const largest = Math.max(...logs);
  return largest + Math.log(logs.reduce((sum, value) => sum + Math.exp(value - largest), 0)) + q * Math.log(18 / steps);
}

describe("adaptive quadrature against brute force", () => {
  it("q = 1: binomial with weights and offset, sd 0.8 and 3", () => {
    const { data, kernel, points } = grouped[0]!;
    for (const point of [points["interior"]!, points["strong"]!]) {
      const x = Float64Array.from(point);
      let truth = 0;
      for (let level = 0; level < 8; level++) truth += trapezoid(groupLogLik(data, kernel, x, level), 1, 400);
      const at = (nodes: number) => groupedIntegral(data, kernel, groupingFactors(data.random)[0]!, nodes).evaluate(x);
      expect(Math.abs(at(101) - truth)).toBeLessThan(1e-9);
      expect(Math.abs(at(1) - truth)).toBeGreaterThan(1e-3);
    }
  });

  it("q = 2: negative binomial with slope", () => {
    const { data, kernel, points } = grouped[1]!;
    for (const point of Object.values(points)) {
      const x = Float64Array.from(point);
      let truth = 0;
      for (let level = 0; level < 8; level++) truth += trapezoid(groupLogLik(data, kernel, x, level), 2, 72);
      const value = groupedIntegral(data, kernel, groupingFactors(data.random)[0]!, 31).evaluate(x);
      expect(Math.abs(value - truth)).toBeLessThan(1e-7);
    }
  });

  it("the search ends at the accuracy that large counts allow", () => {
    const counts = [3e7, 2.7e7, 4e7, 9e8, 1.1e9, 1e9];
    const ones = counts.map(() => 1);
    const data = integralData({
      columns: { y: counts },
      fixed: [[ones]],
      random: [{ group: "g", index: [0, 0, 0, 1, 1, 1], z: [ones] }],
    });
    // Without log y!, which the hand-written kernel sums term by term.
    const rates = kernelOf(1, 0, ["y"], ([eta], _phi, column) => {
      const mu = Math.exp(eta!);
      const y = column("y");
      return {
        value: y * eta! - mu - y * Math.log(y) + y,
        d1: [y - mu],
        d2: [-mu],
        d3: [-mu],
        dPhi: [],
        d2Phi: [],
        d3Phi: [],
      };
    });
    const marginal = groupedIntegral(data, rates, groupingFactors(data.random)[0]!, 5);
    const x = Float64Array.of(19, 1.8);
    const gradient = new Float64Array(2);
    marginal.evaluate(x, gradient);
    expect(marginal.trace.innerIterations).toBeLessThan(60);
    // The posterior of η is N(log ȳ, 1/Σy), so the integral of sd² is that of a normal with negligible error: ∂/∂β = Σ u/sd.
    const eta = [Math.log((3e7 + 2.7e7 + 4e7) / 3), Math.log(1e9)];
    const u = eta.map((value) => (value - 19) / 1.8);
    expect(gradient[0]).toBeCloseTo((u[0]! + u[1]!) / 1.8, 6);
    expect(gradient[1]).toBeCloseTo((u[0]! ** 2 + u[1]! ** 2 - 2) / 1.8, 6);
  });

  it("an indefinite curvature at u = 0 does not stop the search: mixture-like density with a shoulder", () => {
    // ℓ = log(½ + e^{4η − 6}) − log(1 + e^{4η − 6}): convex near 0 for some η.
    const shoulder = kernelOf(1, 0, ["y"], ([eta]) => {
      const t = Math.exp(4 * eta! - 6);
      const p = t / (0.5 + t);
      const s = t / (1 + t);
      const cumulants = (m: number) => [m, m * (1 - m), m * (1 - m) * (1 - 2 * m)];
      const [a, b] = [cumulants(p), cumulants(s)];
      return {
        value: Math.log(0.5 + t) - Math.log1p(t),
        d1: [4 * (a[0]! - b[0]!)],
        d2: [16 * (a[1]! - b[1]!)],
        d3: [64 * (a[2]! - b[2]!)],
        dPhi: [],
        d2Phi: [],
        d3Phi: [],
      };
    });
    const data = integralData({
      columns: { y: [1, 1, 1] },
      fixed: [[[1, 1, 1]]],
      random: [{ group: "g", index: [0, 0, 0], z: [[1, 1, 1]] }],
    });
    const x = Float64Array.of(1.3, 1);
    const bound = shoulder.bind(data.columns, 3, null);
    bound.eta[0]!.fill(1.3);
    bound.curvature(0, 3);
    expect(1 - bound.d2[0]!.reduce((a, b) => a + b)).toBeLessThan(0);
    const marginal = groupedIntegral(data, shoulder, groupingFactors(data.random)[0]!, 101);
    expect(marginal.evaluate(x)).toBeCloseTo(trapezoid(groupLogLik(data, shoulder, x, 0), 1, 2000), 6);
  });
});

describe("one model, two ways", () => {
  for (const { name, kernel, data, points } of grouped)
    it(`grouped and sparse Laplace agree: ${name}`, () => {
      const factors = groupingFactors(data.random);
      expect(factors.length).toBe(1);
      const dense = groupedIntegral(data, kernel, factors[0]!, 1);
      const sparse = crossedLaplace(data, kernel, factors);
      for (const point of Object.values(points)) {
        const x = Float64Array.from(point);
        const a = new Float64Array(x.length);
        const b = new Float64Array(x.length);
        expect(Math.abs(dense.evaluate(x, a) - sparse.evaluate(x, b))).toBeLessThan(1e-10);
        expectClose(a, b, 1e-9);
        const one = dense.conditionalModes(x);
        const two = sparse.conditionalModes(x);
        for (const [t, list] of one.modes.entries()) expectClose(two.modes[t]!, list, 1e-9);
        for (const [t, list] of one.covariances.entries()) expectClose(two.covariances[t]!, list, 1e-9);
      }
    });

  it("the normal density through Laplace, quadrature and the sparse engine is the exact Gaussian likelihood", () => {
    for (const { data, kernel, points } of [gaussianGrouped, gaussianCrossed]) {
      const x = Float64Array.from(points["interior"]!);
      const exact = gaussianMarginal(data);
      const slope = new Float64Array(x.length);
      const truth = exact.evaluate(x, slope);
      const modes = exact.conditionalModes(x);
      const factors = groupingFactors(data.random);
      const engines = [crossedLaplace(data, kernel, factors)];
      if (factors.length === 1) for (const k of [1, 4]) engines.push(groupedIntegral(data, kernel, factors[0]!, k));
      for (const engine of engines) {
        const gradient = new Float64Array(x.length);
        expect(Math.abs(engine.evaluate(x, gradient) - truth)).toBeLessThan(1e-9);
        expectClose(gradient, slope, 1e-8);
        const own = engine.conditionalModes(x);
        for (const [t, list] of modes.modes.entries()) expectClose(own.modes[t]!, list, 1e-8);
        for (const [t, list] of modes.covariances.entries()) expectClose(own.covariances[t]!, list, 1e-8);
      }
    }
  });
});

describe("crossed Laplace against a dense computation of its definition", () => {
  it("2 × 2 levels, binomial", () => {
    const y = [0, 3, 2, 4, 1];
    const trials = [4, 4, 4, 4, 2];
    const a = [0, 0, 1, 1, 1];
    const b = [0, 1, 0, 1, 0];
    const ones = y.map(() => 1);
    const data = integralData({
      columns: { y, trials },
      fixed: [[ones]],
      random: [
        { group: "a", index: a, z: [ones] },
        { group: "b", index: b, z: [ones] },
      ],
    });
    const [beta, sdA, sdB] = [0.2, 0.9, 0.6];
    // Fixed-point Newton on the four effects with H written out.
    let u = [0, 0, 0, 0];
    const rowsOf = (i: number) => [
      sdA * (a[i] === 0 ? 1 : 0),
      sdA * (a[i] === 1 ? 1 : 0),
      sdB * (b[i] === 0 ? 1 : 0),
      sdB * (b[i] === 1 ? 1 : 0),
    ];
    const p = (i: number, at: number[]) => 1 / (1 + Math.exp(-beta - rowsOf(i).reduce((s, z, j) => s + z * at[j]!, 0)));
    const hessian = (at: number[]) =>
      [0, 1, 2, 3].map((r) =>
        [0, 1, 2, 3].map((c) =>
          y.reduce(
            (s, _, i) => s + trials[i]! * p(i, at) * (1 - p(i, at)) * rowsOf(i)[r]! * rowsOf(i)[c]!,
            r === c ? 1 : 0,
          ),
        ),
      );
    /** Gaussian elimination: the solution and the log-determinant. */
    const solve = (M: number[][], v: number[]) => {
      const A = M.map((row, i) => [...row, v[i]!]);
      let logDet = 0;
      for (let k = 0; k < 4; k++) {
        logDet += Math.log(A[k]![k]!);
        for (let i = 0; i < 4; i++) {
          if (i === k) continue;
          const f = A[i]![k]! / A[k]![k]!;
          for (let j = k; j <= 4; j++) A[i]![j]! -= f * A[k]![j]!;
        }
      }
      return { x: A.map((row, i) => row[4]! / row[i]!), logDet };
    };
    for (let iteration = 0; iteration < 30; iteration++) {
      const g = u.map((value, j) => value - y.reduce((s, yi, i) => s + (yi - trials[i]! * p(i, u)) * rowsOf(i)[j]!, 0));
      const step = solve(hessian(u), g).x;
      u = u.map((value, j) => value - step[j]!);
    }
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
    const logLik = y.reduce(
      (s, yi, i) =>
        s + Math.log(choose(trials[i]!, yi)) + yi * Math.log(p(i, u)) + (trials[i]! - yi) * Math.log(1 - p(i, u)),
      0,
    );
    const expected = logLik - 0.5 * u.reduce((s, value) => s + value * value, 0) - 0.5 * solve(hessian(u), u).logDet;
    const marginal = crossedLaplace(data, binomialLogit, groupingFactors(data.random));
    expect(marginal.evaluate(Float64Array.of(beta, sdA, sdB))).toBeCloseTo(expected, 11);
    expect(marginal.groups).toBeUndefined();
  });
});

describe("failures", () => {
  it("are −Infinity with a zero gradient and are counted, never NaN or an exception", () => {
    const poisoned = [NaN, 1e308, Infinity];
    const examples = [grouped[1]!, crossed[1]!];
    for (const { data, kernel, points } of examples) {
      const factors = groupingFactors(data.random);
      const marginal =
        factors.length === 1 ? groupedIntegral(data, kernel, factors[0]!, 3) : crossedLaplace(data, kernel, factors);
      const x = Float64Array.from(points["interior"]!);
      const good = marginal.evaluate(x);
      poisoned.forEach((value, count) => {
        const bad = x.slice();
        bad[0] = value;
        const gradient = new Float64Array(x.length).fill(7);
        expect(marginal.evaluate(bad, gradient)).toBe(-Infinity);
        expect([...gradient]).toEqual([...x].map(() => 0));
        expect(marginal.trace.failures).toBe(count + 1);
      });
      expect(marginal.evaluate(x)).toBe(good);
      expect(marginal.trace.evaluations).toBe(5);
      expect(marginal.trace.gradients).toBe(3);
      expect(marginal.trace.innerIterations).toBeGreaterThan(0);
    }
  });

  it("of a start where the density is not defined", () => {
    const negative = kernelOf(1, 0, ["y"], ([eta]) => ({
      value: eta! > 0 ? Math.log(eta!) - eta! : -Infinity,
      d1: [1 / eta! - 1],
      d2: [-1 / eta! ** 2],
      d3: [2 / eta! ** 3],
      dPhi: [],
      d2Phi: [],
      d3Phi: [],
    }));
    const data = integralData({
      columns: { y: [1, 1] },
      fixed: [[[1, 1]]],
      random: [{ group: "g", index: [0, 0], z: [[1, 1]] }],
    });
    const marginal = groupedIntegral(data, negative, groupingFactors(data.random)[0]!, 5);
    expect(marginal.evaluate(Float64Array.of(-1, 0.5))).toBe(-Infinity);
    expect(Number.isFinite(marginal.evaluate(Float64Array.of(1, 0.1)))).toBe(true);
  });
});
