/** Products with a design matrix against plain loops: the same sums in the same order, so the same bits. */
import { expect, test } from "vitest";
import { addTransposedProduct, affineProduct } from "../../src/linalg/design-product.ts";
import { createRng } from "../../src/random/rng.ts";

const n = 13;

test.each([0, 1, 2, 3, 4, 5, 8, 11])("%i columns", (p) => {
  const rng = createRng(p);
  const numbers = (length: number) => Float64Array.from({ length }, () => rng.normal());
  const X = numbers(n * p);
  const beta = numbers(p + 3);
  const offset = numbers(n);
  const d = numbers(n);
  const eta = new Float64Array(n);
  affineProduct(X, n, p, beta, 2, offset, eta);
  const before = numbers(p + 3);
  const sums = before.slice();
  addTransposedProduct(X, n, p, d, sums, 2);
  const expected = before.slice();
  for (let i = 0; i < n; i++) {
    let predictor = offset[i]!;
    for (let j = 0; j < p; j++) {
      predictor += X[i * p + j]! * beta[2 + j]!;
      expected[2 + j]! += X[i * p + j]! * d[i]!;
    }
    expect(eta[i]).toBe(predictor);
  }
  expect(sums).toEqual(expected);
});
