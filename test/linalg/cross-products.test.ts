import { describe, expect, it } from "vitest";
import { addCrossProducts, rowBlock } from "../../src/linalg/cross-products.ts";
import { createRng } from "../../src/random/rng.ts";

describe("addCrossProducts", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 11])("adds the lower triangle of Σ w zz' of %i columns", (q) => {
    const rng = createRng(`products/${q}`);
    const count = 7;
    const block = rowBlock(q, 10);
    const z = Array.from({ length: count }, () => Array.from({ length: q }, () => rng.normal()));
    const w = Array.from({ length: count }, () => rng.normal());
    block.values.fill(Number.NaN);
    z.forEach((row, i) => {
      block.weight[i] = w[i]!;
      row.forEach((value, a) => {
        block.values[a * block.stride + i] = value;
      });
    });
    const into = new Float64Array(q * q).fill(1);
    addCrossProducts(block, count, into);
    for (let a = 0; a < q; a++)
      for (let b = 0; b <= a; b++) {
        const sum = z.reduce((s, row, i) => s + w[i]! * row[a]! * row[b]!, 0);
        expect(into[a * q + b]!).toBeCloseTo(1 + sum, 12);
      }
  });
});
