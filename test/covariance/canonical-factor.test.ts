import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalise } from "../../src/covariance/canonical-factor.ts";
import { boundaryEntries, canonicaliseTerm } from "../../src/model/parameter-layout.ts";

const product = (L: Float64Array, q: number) => {
  const S = new Float64Array(q * q);
  for (let a = 0; a < q; a++)
    for (let b = 0; b < q; b++) for (let k = 0; k < q; k++) S[a * q + b]! += L[a * q + k]! * L[b * q + k]!;
  return S;
};

describe("canonicalise", () => {
  it("keeps ΛΛ' and makes the diagonal 0 or more, with zero columns where it is 0", () => {
    const entry = fc.oneof(fc.constant(0), fc.double({ min: -2, max: 2, noNaN: true }));
    fc.assert(
      fc.property(fc.array(entry, { minLength: 6, maxLength: 6 }), (entries) => {
        const q = 3;
        const L = new Float64Array(9);
        let k = 0;
        for (let column = 0; column < q; column++)
          for (let row = column; row < q; row++) L[row * q + column] = entries[k++]!;
        const before = product(L, q);
        canonicalise(L, q, 0);
        const after = product(L, q);
        for (let i = 0; i < 9; i++) expect(after[i]).toBeCloseTo(before[i]!, 12);
        for (let a = 0; a < q; a++) {
          expect(L[a * q + a]).toBeGreaterThanOrEqual(0);
          if (L[a * q + a] === 0)
            for (let row = 0; row < q; row++) expect(Math.abs(L[row * q + a]!)).toBeLessThan(1e-12);
          for (let b = a + 1; b < q; b++) expect(L[a * q + b]).toBe(0);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("names the entries of a zero column", () => {
    const term = { offset: 1, size: 3, q: 2, covariance: "us" as const };
    const x = new Float64Array([9, 0, 0.5, -0.25]);
    canonicaliseTerm(term, x);
    expect([...x]).toEqual([9, 0, 0, Math.hypot(0.5, 0.25)]);
    expect(boundaryEntries(term, x)).toEqual([1, 2]);
  });
});
