import { describe, expect, it } from "vitest";
import {
  choleskyFactor,
  choleskyInverse,
  choleskyLogDet,
  choleskySolve,
  symmetrise,
} from "../../src/linalg/dense-cholesky.ts";
import { addProduct } from "../../src/linalg/matrix-product.ts";
import { COLUMNS, DEPTH, portableKernel, ROWS, simdKernel, TILE } from "../../src/linalg/tile-kernel.ts";
import { invertLower, solveLower, solveLowerTransposed } from "../../src/linalg/triangular.ts";
import { randomStream } from "./support.ts";

const centred = (size: number, seed: number) => {
  const uniform = randomStream(seed);
  return Float64Array.from({ length: size }, () => 2 * uniform() - 1);
};

/** B B'/n + I, condition about 4. */
function positiveDefinite(n: number, seed: number): Float64Array {
  const b = centred(n * n, seed);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = i === j ? 1 : 0;
      for (let k = 0; k < n; k++) sum += (b[i * n + k]! * b[j * n + k]!) / n;
      a[i * n + j] = sum;
    }
  return a;
}

describe("tile kernels", () => {
  const simd = simdKernel();

  it("this platform has the WebAssembly kernel", () => {
    expect(simd?.kind).toBe("simd");
  });

  it("both versions give the same bits", () => {
    const portable = portableKernel();
    portable.a.set(centred(ROWS * DEPTH, 1));
    portable.b.set(centred(COLUMNS * DEPTH, 2));
    simd!.a.set(portable.a);
    simd!.b.set(portable.b);
    for (const [depth, count, aStart, bStart] of [
      [1, 1, 0, 0],
      [7, 3, 28, 56],
      [DEPTH, ROWS / TILE, 0, (COLUMNS - TILE) * DEPTH],
    ] as const) {
      portable.tiles.fill(9);
      simd!.tiles.fill(9);
      portable.strip(aStart, bStart, depth, count);
      simd!.strip(aStart, bStart, depth, count);
      expect([...simd!.tiles]).toEqual([...portable.tiles]);
      let entry = 0;
      for (let k = 0; k < depth; k++) entry += portable.a[aStart + 4 * k + 1]! * portable.b[bStart + 4 * k + 2]!;
      expect(portable.tiles[6]).toBe(entry);
    }
  });
});

describe("addProduct", () => {
  for (const [m, n, k] of [
    [1, 1, 1],
    [3, 5, 2],
    [4, 4, 4],
    [37, 41, 29],
    [101, 103, 197],
    [99, 771, 5],
  ] as const)
    for (const transposed of [false, true])
      it(`${m} × ${k} by ${k} × ${n}${transposed ? ", both transposed" : ""}, whole and lower, inside a larger array`, () => {
        const a = centred(m * k + 5, 1);
        const b = centred(k * n + 3, 2);
        const ldc = n + 2;
        const before = centred(m * ldc + 7, 3);
        const [aRow, aColumn] = transposed ? [1, m] : [k, 1];
        const [bRow, bColumn] = transposed ? [1, k] : [n, 1];
        for (const lower of m === n ? [false, true] : [false])
          for (const sign of [1, -1] as const) {
            const c = before.slice();
            addProduct(sign, m, n, k, a, 5, aRow, aColumn, b, 3, bRow, bColumn, c, 7, ldc, lower);
            const expected = before.slice();
            for (let i = 0; i < m; i++)
              for (let j = 0; j < (lower ? i + 1 : n); j++)
                for (let l = 0; l < k; l++)
                  expected[7 + i * ldc + j]! += sign * a[5 + i * aRow + l * aColumn]! * b[3 + l * bRow + j * bColumn]!;
            let worst = 0;
            for (let e = 0; e < c.length; e++) worst = Math.max(worst, Math.abs(c[e]! - expected[e]!));
            expect(worst).toBeLessThan(1e-12);
          }
      });

  it("lower triangle across several blocks of columns", () => {
    const n = 800;
    const a = centred(n * 3, 1);
    const c = new Float64Array(n * n);
    addProduct(1, n, n, 3, a, 0, 3, 1, a, 0, 1, 3, c, 0, n, true);
    let worst = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const exact = j > i ? 0 : a[3 * i]! * a[3 * j]! + a[3 * i + 1]! * a[3 * j + 1]! + a[3 * i + 2]! * a[3 * j + 2]!;
        worst = Math.max(worst, Math.abs(c[i * n + j]! - exact));
      }
    expect(worst).toBeLessThan(1e-14);
  });
});

describe("dense Cholesky", () => {
  for (const n of [1, 2, 5, 31, 33, 70, 131, 260])
    it(`order ${n}: LL' = A, solves, inverse, log-determinant`, () => {
      const a = positiveDefinite(n, n);
      const l = a.slice();
      // The upper triangle may hold anything.
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) l[i * n + j] = Number.NaN;
      expect(choleskyFactor(l, n)).toBe(true);
      let worst = 0;
      for (let i = 0; i < n; i++)
        for (let j = 0; j <= i; j++) {
          let sum = 0;
          for (let k = 0; k <= j; k++) sum += l[i * n + k]! * l[j * n + k]!;
          worst = Math.max(worst, Math.abs(sum - a[i * n + j]!));
        }
      expect(worst).toBeLessThan(1e-13);

      for (const columns of [1, 3]) {
        const truth = centred(n * columns, 4);
        const x = new Float64Array(n * columns);
        for (let i = 0; i < n; i++)
          for (let k = 0; k < n; k++)
            for (let c = 0; c < columns; c++) x[i * columns + c]! += a[i * n + k]! * truth[k * columns + c]!;
        choleskySolve(l, n, x, columns);
        for (let e = 0; e < x.length; e++) expect(Math.abs(x[e]! - truth[e]!)).toBeLessThan(1e-12);
      }

      const inverse = l.slice();
      choleskyInverse(inverse, n);
      symmetrise(inverse, n);
      worst = 0;
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let k = 0; k < n; k++) sum += a[i * n + k]! * inverse[k * n + j]!;
          worst = Math.max(worst, Math.abs(sum - (i === j ? 1 : 0)));
        }
      expect(worst).toBeLessThan(1e-12);

      const triangular = l.slice();
      invertLower(triangular, n);
      const unit = new Float64Array(n);
      unit[0] = 1;
      solveLower(l, 0, n, n, unit);
      for (let i = 0; i < n; i++) expect(triangular[i * n]).toBeCloseTo(unit[i]!, 12);

      // log|A| = log|2A| − n log 2.
      const doubled = a.map((v) => 2 * v);
      choleskyFactor(doubled, n);
      expect(choleskyLogDet(doubled, n) - n * Math.log(2)).toBeCloseTo(choleskyLogDet(l, n), 10);
    });

  it("works inside a larger array and leaves the rest alone", () => {
    const n = 50;
    const ld = 57;
    const a = positiveDefinite(n, 3);
    const whole = centred(11 + n * ld, 8);
    const before = whole.slice();
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) whole[11 + i * ld + j] = a[i * n + j]!;
    expect(choleskyFactor(whole, n, 11, ld)).toBe(true);
    choleskyInverse(whole, n, 11, ld);
    choleskyFactor(a, n);
    choleskyInverse(a, n);
    for (let e = 0; e < whole.length; e++) {
      const i = Math.floor((e - 11) / ld);
      const j = (e - 11) % ld;
      if (e >= 11 && j <= i) expect(whole[e]).toBeCloseTo(a[i * n + j]!, 12);
      else expect(whole[e]).toBe(before[e]);
    }
  });

  it("transposed solve undoes the transposed product", () => {
    const l = Float64Array.of(2, 0, 0, 1, 3, 0, -1, 4, 5);
    const x = Float64Array.of(1, -2, 3);
    const y = Float64Array.of(2 * 1 + 1 * -2 - 3, 3 * -2 + 4 * 3, 15);
    solveLowerTransposed(l, 0, 3, 3, y);
    for (let i = 0; i < 3; i++) expect(y[i]).toBeCloseTo(x[i]!, 14);
  });

  it("says when a matrix is not positive definite, wherever the pivot fails", () => {
    for (const n of [1, 40, 90])
      for (const at of new Set([0, n >> 1, n - 1])) {
        const a = positiveDefinite(n, 1);
        a[at * n + at] = -1;
        expect(choleskyFactor(a, n)).toBe(false);
        const b = positiveDefinite(n, 1);
        b[at * n + at] = Number.NaN;
        expect(choleskyFactor(b, n)).toBe(false);
      }
  });
});
