/** Whether draws have a mean, by the shape of their tails. */
import { expect, test } from "vitest";
import { tailShape } from "../../src/diagnostics/tail-shape.ts";

/** Quantiles of a distribution by its inverse distribution function, ascending. */
const quantiles = (inverse: (u: number) => number, n = 4000) =>
  Float64Array.from({ length: n }, (_, i) => inverse((i + 0.5) / n));

test("the shape of a Pareto tail, on either side", () => {
  for (const k of [0.8, 1, 1.5]) {
    const upper = quantiles((u) => (1 - u) ** -k);
    expect(Math.abs(tailShape(upper) - k)).toBeLessThan(0.12);
    expect(tailShape(upper.map((value) => -value).reverse())).toBe(tailShape(upper));
  }
});

test("light and bounded tails, ties, and too few draws are let pass", () => {
  expect(tailShape(quantiles((u) => -Math.log(1 - u)))).toBeLessThan(0.2);
  expect(tailShape(quantiles((u) => u))).toBe(0);
  expect(tailShape(quantiles((u) => (u > 0.99 ? 1 : 0)))).toBe(0);
  expect(tailShape(Float64Array.of(1, 2, 1e9))).toBe(0);
  expect(tailShape(Float64Array.from({ length: 100 }, (_, i) => (i === 99 ? Infinity : i)))).toBe(Infinity);
});
