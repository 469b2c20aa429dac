/** The row functions over many groups in one call give, group by group, what the plain ones give. */
import { expect, test } from "vitest";
import { compileKernel } from "../../src/autodiff/compile-kernel.ts";
import { familyByName } from "../../src/families/registry.ts";

const y = Float64Array.of(0, 3, 1, 7, 2, 2, 5, 0, 1);
const start = Int32Array.of(0, 3, 3, 4, 9);
const KINDS = ["value", "score", "curvature", "adjoint"] as const;

for (const multiplier of [null, Float64Array.of(1, 2, 0, 1, 3, 1, 1, 0, 2)])
  for (const kind of KINDS)
    test(`nbinom2, ${kind}, ${multiplier ? "with" : "without"} frequency weights`, () => {
      const kernel = compileKernel(familyByName("nbinom2"));
      const bind = () => {
        const bound = kernel.bind({ y }, y.length, multiplier);
        bound.setParameters(Float64Array.of(1.7));
        for (let i = 0; i < y.length; i++) bound.eta[0]![i] = 0.3 * i - 1;
        return bound;
      };
      const plain = bind();
      const grouped = bind();
      const mask = Uint8Array.of(2, 2, 1, 2);
      const sums = new Float64Array(8).fill(-1);
      grouped.byGroup![kind](start, 0, 4, mask, 2, sums);
      for (const g of [0, 1, 3]) {
        expect(sums[2 * g]).toBe(plain[kind](start[g]!, start[g + 1]!));
        if (kind === "score" || kind === "adjoint") expect(sums[2 * g + 1]).toBe(plain.dPhi[0]);
      }
      // The group of another mask is left alone.
      expect([sums[4], grouped.d1[0]![3]]).toEqual([-1, 0]);
      expect(grouped.d1).toEqual(plain.d1);
      expect(grouped.d3).toEqual(plain.d3);
      expect(grouped.d2Phi).toEqual(plain.d2Phi);
      grouped.byGroup![kind](start, 2, 3, null, 0, sums);
      expect(sums[4]).toBe(plain[kind](3, 4));
    });
