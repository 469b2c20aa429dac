/** @module-tag slow */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  choleskyFactor,
  choleskyInverse,
  choleskyLogDet,
  choleskySolve,
  symmetrise,
} from "../../src/linalg/dense-cholesky.ts";
import { analyse, type Ordering } from "../../src/linalg/sparse-cholesky.ts";
import { entryPosition, type SparsePattern, sparsePattern } from "../../src/linalg/sparse-pattern.ts";
import { randomStream } from "./support.ts";

/** A random sparse diagonally dominant matrix: its pattern, its values on it, and the same dense. */
function randomMatrix(
  size: number,
  pairs: number,
  seed: number,
): { pattern: SparsePattern; values: Float64Array; dense: Float64Array } {
  const uniform = randomStream(seed);
  const rows = Array.from({ length: pairs }, () => Math.floor(uniform() * size));
  const columns = Array.from({ length: pairs }, () => Math.floor(uniform() * size));
  const pattern = sparsePattern(size, rows, columns);
  const values = new Float64Array(pattern.rowIndex.length);
  const dense = new Float64Array(size * size);
  for (let j = 0; j < size; j++)
    for (let p = pattern.columnStart[j]!; p < pattern.columnStart[j + 1]!; p++) {
      const i = pattern.rowIndex[p]!;
      if (i === j) continue;
      values[p] = 2 * uniform() - 1;
      dense[i * size + j] = dense[j * size + i] = values[p]!;
    }
  for (let j = 0; j < size; j++) {
    let sum = 0.1 + uniform();
    for (let i = 0; i < size; i++) sum += Math.abs(dense[j * size + i]!);
    dense[j * size + j] = values[pattern.columnStart[j]!] = sum;
  }
  return { pattern, values, dense };
}

function shuffled(size: number, seed: number): Int32Array {
  const uniform = randomStream(seed);
  const order = Int32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

describe("sparsePattern", () => {
  it("sorts, removes repetitions and adds the diagonal", () => {
    const pattern = sparsePattern(4, [0, 3, 1, 3, 2], [2, 1, 3, 1, 0]);
    expect([...pattern.columnStart]).toEqual([0, 2, 4, 5, 6]);
    expect([...pattern.rowIndex]).toEqual([0, 2, 1, 3, 2, 3]);
    expect(entryPosition(pattern, 3, 1)).toBe(3);
    expect(entryPosition(pattern, 2, 1)).toBe(-1);
  });
});

describe("sparse Cholesky against dense", () => {
  const orderings: [string, (size: number, seed: number) => Ordering][] = [
    ["natural", () => "natural"],
    ["minimum-degree", () => "minimum-degree"],
    ["cheapest", () => "cheapest"],
    ["given permutation", (size, seed) => shuffled(size, seed)],
  ];
  for (const [name, ordering] of orderings)
    it(`log-determinant, solves and selected inverse agree (${name})`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 60 }),
          fc.double({ min: 0, max: 3, noNaN: true }),
          fc.nat(1e6),
          (size, fill, seed) => {
            const { pattern, values, dense } = randomMatrix(size, Math.round(fill * size), seed);
            const sparse = analyse(pattern, ordering(size, seed));
            expect([...sparse.permutation].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
            // Twice: nothing may be left over from the first time.
            for (let round = 0; round < 2; round++) {
              expect(sparse.factor(values)).toBe(true);
              const l = dense.slice();
              expect(choleskyFactor(l, size)).toBe(true);
              expect(sparse.logDet()).toBeCloseTo(choleskyLogDet(l, size), 10);

              const uniform = randomStream(seed + 1);
              const rhs = Float64Array.from({ length: size * 3 }, uniform);
              const expected = rhs.slice();
              choleskySolve(l, size, expected, 3);
              const actual = rhs.slice();
              sparse.solve(actual, 3);
              for (let i = 0; i < size * 3; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(1e-11);
              const single = Float64Array.from({ length: size }, (_, i) => rhs[3 * i + 1]!);
              sparse.solve(single);
              for (let i = 0; i < size; i++) expect(Math.abs(single[i]! - expected[3 * i + 1]!)).toBeLessThan(1e-11);

              choleskyInverse(l, size);
              symmetrise(l, size);
              const selected = new Float64Array(values.length);
              sparse.selectedInverse(selected);
              for (let j = 0; j < size; j++)
                for (let p = pattern.columnStart[j]!; p < pattern.columnStart[j + 1]!; p++)
                  expect(Math.abs(selected[p]! - l[pattern.rowIndex[p]! * size + j]!)).toBeLessThan(1e-11);

              // often enough that the dense tail is inverted on the way
              for (let again = 0; again < size + 2; again++) {
                const index = Int32Array.from({ length: 3 }, () => Math.floor(uniform() * size));
                const value = Float64Array.from({ length: 3 }, () => uniform() - 0.5);
                let form = 0;
                for (let a = 0; a < 3; a++)
                  for (let b = 0; b < 3; b++) form += value[a]! * value[b]! * l[index[a]! * size + index[b]!]!;
                expect(Math.abs(sparse.quadraticForm(index, value, 3) - form)).toBeLessThan(1e-11);
              }
            }
          },
        ),
        { seed: 20240607, numRuns: 60 },
      );
    });

  it("half-solves compose to the quadratic form x'A⁻¹x and to a square root of A⁻¹", () => {
    const { pattern, values, dense } = randomMatrix(40, 60, 5);
    const sparse = analyse(pattern, "minimum-degree");
    sparse.factor(values);
    choleskyFactor(dense, 40);
    const x = Float64Array.from({ length: 40 }, randomStream(9));
    const solved = x.slice();
    choleskySolve(dense, 40, solved);
    const half = x.slice();
    sparse.halfSolve(half);
    expect(half.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(
      solved.reduce((sum, v, i) => sum + v * x[i]!, 0),
      12,
    );
    sparse.halfSolveTransposed(half);
    for (let i = 0; i < 40; i++) expect(half[i]).toBeCloseTo(solved[i]!, 12);
  });

  it("eliminates a large unconnected block first without fill and keeps the tail dense", () => {
    // 300 unknowns that touch two of 20 others each: natural order keeps the tail at about the 20.
    const rows: number[] = [];
    const columns: number[] = [];
    const uniform = randomStream(3);
    for (let i = 0; i < 300; i++)
      for (let k = 0; k < 2; k++) {
        rows.push(300 + Math.floor(uniform() * 20));
        columns.push(i);
      }
    const sparse = analyse(sparsePattern(320, rows, columns));
    expect(sparse.tail).toBeGreaterThanOrEqual(20);
    expect(sparse.tail).toBeLessThan(40);
  });

  it("minimum degree leaves a chain without fill, however it is numbered", () => {
    const order = shuffled(500, 11);
    const pattern = sparsePattern(500, [...order].slice(1), [...order].slice(0, -1));
    const sparse = analyse(pattern, "minimum-degree");
    // 999 without fill; the dense tail stores its whole triangle.
    expect(sparse.nonzeros - (sparse.tail * (sparse.tail + 1)) / 2).toBeLessThanOrEqual(999 - sparse.tail);
    expect(sparse.tail).toBeLessThan(10);
  });

  it("the cheapest order is the natural one where that is cheap, minimum degree where a shuffled grid makes it dear", () => {
    const { pattern } = randomMatrix(80, 120, 1);
    expect(analyse(pattern, "cheapest").permutation).toEqual(analyse(pattern, "natural").permutation);
    const side = 90;
    const order = shuffled(side * side, 2);
    const rows: number[] = [];
    const columns: number[] = [];
    for (let i = 0; i < side; i++)
      for (let j = 0; j < side; j++) {
        if (i > 0) {
          rows.push(order[i * side + j]!);
          columns.push(order[(i - 1) * side + j]!);
        }
        if (j > 0) {
          rows.push(order[i * side + j]!);
          columns.push(order[i * side + j - 1]!);
        }
      }
    const grid = sparsePattern(side * side, rows, columns);
    const cheapest = analyse(grid, "cheapest");
    expect(cheapest.permutation).toEqual(analyse(grid, "minimum-degree").permutation);
    // Nested dissection would give about 31/4 · side² log₂ side entries (George 1973); the shuffled order is far beyond.
    expect(cheapest.nonzeros).toBeLessThan(8 * side * side * Math.log2(side));
    const values = Float64Array.from(grid.rowIndex, () => -1);
    for (let j = 0; j < grid.size; j++) values[grid.columnStart[j]!] = 4;
    expect(cheapest.factor(values)).toBe(true);
    // The five-point Laplacian of a square: log-determinant from its known eigenvalues.
    let exact = 0;
    for (let i = 1; i <= side; i++)
      for (let j = 1; j <= side; j++)
        exact += Math.log(4 - 2 * Math.cos((Math.PI * i) / (side + 1)) - 2 * Math.cos((Math.PI * j) / (side + 1)));
    expect(Math.abs(cheapest.logDet() / exact - 1)).toBeLessThan(1e-12);
  });

  it("says when a matrix is not positive definite, in the head and in the tail", () => {
    const pattern = sparsePattern(3, [1, 2], [0, 1]);
    const sparse = analyse(pattern);
    expect(sparse.factor(Float64Array.of(-1, 0, 1, 0, 1))).toBe(false);
    expect(sparse.factor(Float64Array.of(1, 0, 1, 2, 1))).toBe(false);
    expect(sparse.factor(Float64Array.of(1, 0, Number.NaN, 0, 1))).toBe(false);
    expect(sparse.factor(Float64Array.of(2, -1, 2, -1, 2))).toBe(true);
    const x = Float64Array.of(1, 0, 1);
    sparse.solve(x);
    for (const v of x) expect(v).toBeCloseTo(1, 14);
  });
});
