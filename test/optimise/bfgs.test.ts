import { describe, expect, it } from "vitest";
import { minimise } from "../../src/optimise/bfgs.ts";
import { atOnce } from "../../src/optimise/pausable.ts";

describe("minimise", () => {
  it("finds the minimum of Rosenbrock's valley", () => {
    const rosenbrock = (x: Float64Array, g: Float64Array) => {
      const a = 1 - x[0]!;
      const b = x[1]! - x[0]! ** 2;
      g[0] = -2 * a - 400 * x[0]! * b;
      g[1] = 200 * b;
      return a * a + 100 * b * b;
    };
    const { x, converged, evaluations } = atOnce(
      minimise(rosenbrock, new Float64Array([-1.2, 1]), { tolerance: 1e-14 }),
    );
    expect(converged).toBe(true);
    expect(x[0]).toBeCloseTo(1, 6);
    expect(x[1]).toBeCloseTo(1, 6);
    expect(evaluations).toBeLessThan(80);
  });

  it("takes a quadratic whose curvature is given in one step", () => {
    const quadratic = (x: Float64Array, g: Float64Array) => {
      g[0] = 100 * (x[0]! - 3);
      g[1] = 0.01 * (x[1]! + 2);
      return 50 * (x[0]! - 3) ** 2 + 0.005 * (x[1]! + 2) ** 2;
    };
    const inverseHessian = new Float64Array([0.01, 0, 0, 100]);
    const { x, iterations } = atOnce(minimise(quadratic, new Float64Array(2), { inverseHessian }));
    expect(iterations).toBe(1);
    expect([...x]).toEqual([expect.closeTo(3, 12), expect.closeTo(-2, 12)]);
  });

  it("steps back from where the function cannot be computed", () => {
    const barrier = (x: Float64Array, g: Float64Array) => {
      if (x[0]! <= 0) return Number.POSITIVE_INFINITY;
      g[0] = 1 - 0.01 / x[0]!;
      return x[0]! - 0.01 * Math.log(x[0]!);
    };
    const { x, converged } = atOnce(minimise(barrier, new Float64Array([5])));
    expect(converged).toBe(true);
    expect(x[0]).toBeCloseTo(0.01, 5);
  });

  it("says so when the iterations run out", () => {
    const slow = (x: Float64Array, g: Float64Array) => {
      g[0] = 4 * x[0]! ** 3;
      return x[0]! ** 4;
    };
    expect(atOnce(minimise(slow, new Float64Array([10]), { maxIterations: 2 })).converged).toBe(false);
  });

  it("has nothing to do without coordinates", () => {
    expect(atOnce(minimise(() => 7, new Float64Array(0)))).toMatchObject({ value: 7, converged: true });
  });
});
