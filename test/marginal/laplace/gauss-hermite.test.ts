import { describe, expect, it } from "vitest";
import { gaussHermite, productGrid } from "../../../src/marginal/laplace/gauss-hermite.ts";
import fixture from "./fixtures/gauss-hermite.json" with { type: "json" };

describe("gaussHermite", () => {
  for (const [name, expected] of Object.entries(fixture.rules)) {
    const k = Number(name);
    it(`agrees with 60-digit nodes and log weights for k = ${k}`, () => {
      const { nodes, logWeights } = gaussHermite(k);
      const half = k >> 1;
      expected.nodes.forEach((node, i) => {
        expect(Math.abs(nodes[half + i]! - node)).toBeLessThan(1e-13 * Math.max(1, node));
        const logWeight = expected.logWeights[i]!;
        expect(Math.abs(logWeights[half + i]! - logWeight)).toBeLessThan(1e-13 * Math.max(1, Math.abs(logWeight)));
      });
    });
  }

  it("is exactly symmetric", () => {
    for (const k of [2, 7, 40, 151]) {
      const { nodes, logWeights } = gaussHermite(k);
      for (let i = 0; i < k; i++) {
        expect(nodes[i]! + nodes[k - 1 - i]!).toBe(0);
        expect(logWeights[i]).toBe(logWeights[k - 1 - i]);
      }
    }
  });

  it("integrates x⁶⁰ e^{−x²} from k = 31 on, and does not before", () => {
    // ∫ x^{2m} e^{−x²} dx = Γ(m + ½) = √π ∏ (j − ½)
    let truth = Math.sqrt(Math.PI);
    for (let j = 1; j <= 30; j++) truth *= j - 0.5;
    const relative = (k: number) => {
      const { nodes, logWeights } = gaussHermite(k);
      return (
        nodes.reduce((sum, x, i) => sum + Math.exp(logWeights[i]! + 60 * Math.log(Math.abs(x) || 1e-300)), 0) / truth -
        1
      );
    };
    expect(Math.abs(relative(31))).toBeLessThan(1e-12);
    expect(Math.abs(relative(600))).toBeLessThan(1e-11);
    expect(Math.abs(relative(30))).toBeGreaterThan(1e-9);
  });

  it("refuses other numbers of nodes in a sentence", () => {
    expect(() => gaussHermite(0)).toThrow(/between 1 and 600/);
    expect(() => gaussHermite(2.5)).toThrow(RangeError);
  });
});

describe("productGrid", () => {
  it("has normalised weights for a standard normal in every dimension", () => {
    for (const [k, q] of [
      [1, 3],
      [3, 2],
      [7, 3],
      [51, 1],
    ] as const) {
      const { count, points, logWeights } = productGrid(k, q);
      expect(count).toBe(k ** q);
      let total = 0;
      let second = 0;
      for (let m = 0; m < count; m++) {
        let square = 0;
        for (let a = 0; a < q; a++) square += points[m * q + a]! ** 2;
        const weight = Math.exp(logWeights[m]! - 0.5 * square);
        total += weight;
        second += weight * points[m * q]! ** 2;
      }
      // One node is Laplace's rule: its weight is that of the normal integral of the curvature, 1.
      expect(total).toBeCloseTo(1, 12);
      expect(second).toBeCloseTo(k === 1 ? 0 : 1, 12);
    }
  });
});
