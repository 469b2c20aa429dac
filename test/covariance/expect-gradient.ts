/** The gradient of a structure's entries against finite differences of Σ L·dL. */
import { expect } from "vitest";
import type { BoundStructure } from "../../src/covariance/covariance-structure.ts";
import type { Rng } from "../../src/random/rng.ts";

/** @param entries of the structure */
export function expectGradient(
  structure: Pick<BoundStructure, "q" | "fill" | "pullback">,
  entries: Float64Array,
  rng: Rng,
): void {
  const { q } = structure;
  const x = Float64Array.from([0, ...entries]);
  const dL = Float64Array.from({ length: q * q }, () => rng.normal());
  const value = (at: Float64Array) => {
    const L = new Float64Array(q * q);
    structure.fill(at, 1, L);
    return L.reduce((sum, entry, i) => sum + entry * dL[i]!, 0);
  };
  const gradient = new Float64Array(x.length).fill(0.5);
  structure.pullback(x, 1, dL, gradient);
  expect(gradient[0]).toBe(0.5);
  for (let i = 1; i < x.length; i++) {
    const [up, down] = [1e-6, -1e-6].map((h) => value(x.map((entry, j) => entry + (i === j ? h : 0))));
    expect(gradient[i]! - 0.5).toBeCloseTo((up! - down!) / 2e-6, 7);
  }
}
