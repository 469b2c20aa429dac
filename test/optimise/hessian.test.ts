import { expect, test } from "vitest";
import { hessian } from "../../src/optimise/hessian.ts";
import { atOnce } from "../../src/optimise/pausable.ts";

/** f = x³ + 2xy² + y sin z. */
const objective = ([x, y, z]: Float64Array, gradient: Float64Array): number => {
  gradient[0] = 3 * x! * x! + 2 * y! * y!;
  gradient[1] = 4 * x! * y! + Math.sin(z!);
  gradient[2] = y! * Math.cos(z!);
  return x! ** 3 + 2 * x! * y! * y! + y! * Math.sin(z!);
};
const point = Float64Array.of(0.7, -1.2, 0.4);

test("second derivatives by central differences of the gradient", () => {
  const exact = [6 * 0.7, 4 * -1.2, 0, 4 * -1.2, 4 * 0.7, Math.cos(0.4), 0, Math.cos(0.4), 1.2 * Math.sin(0.4)];
  for (const steps of [undefined, Float64Array.of(1e-4, 2e-4, 1e-3)]) {
    const H = atOnce(hessian(objective, point, [0, 1, 2], steps));
    exact.forEach((value, k) => {
      expect(Math.abs(H[k]! - value)).toBeLessThan(1e-6);
    });
  }
});

test("in some coordinates only", () => {
  const H = atOnce(hessian(objective, point, [2, 0]));
  expect(H.length).toBe(4);
  expect(Math.abs(H[3]! - 4.2)).toBeLessThan(1e-6);
  expect(H[1]).toBe(H[2]);
});
