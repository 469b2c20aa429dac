import { describe, expect, it } from "vitest";
import { orthogonalColumns } from "../../src/linalg/orthogonal-columns.ts";
import { createRng } from "../../src/random/rng.ts";

/** Rows of an intercept, a column far from 0, one that follows it but for `apart`, and an indicator. */
function rowsOf(n: number, apart: number): Float64Array {
  const rng = createRng(`columns/${n}`);
  const X = new Float64Array(n * 4);
  for (let i = 0; i < n; i++) {
    const far = 1e4 + 10 * rng.normal();
    X.set([1, far, far + apart * rng.normal(), rng.uniform() < 0.3 ? 1 : 0], 4 * i);
  }
  return X;
}

describe("orthogonalColumns", () => {
  it.each([
    ["few rows", 500, 3],
    ["many rows", 40_000, 3],
    ["many rows, nearly collinear", 40_000, 1e-3],
  ])("leads back to the columns: %s", (_, n, apart) => {
    const p = 4;
    const X = rowsOf(n, apart);
    const { X: Q, R } = orthogonalColumns(X, n, p);
    for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) expect(R[j * p + k]).toBe(0);
    const G = new Float64Array(p * p);
    let worst = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < p; j++) {
        let x = 0;
        for (let k = 0; k <= j; k++) {
          x += Q[i * p + k]! * R[k * p + j]!;
          G[j * p + k]! += (Q[i * p + j]! * Q[i * p + k]!) / n;
        }
        worst = Math.max(worst, Math.abs(x - X[i * p + j]!) / Math.max(1, Math.abs(X[i * p + j]!)));
      }
    expect(worst).toBeLessThan(1e-14);
    for (let j = 0; j < p; j++)
      for (let k = 0; k <= j; k++) expect(Math.abs(G[j * p + k]! - (j === k ? 1 : 0))).toBeLessThan(1e-9);
  });
});
