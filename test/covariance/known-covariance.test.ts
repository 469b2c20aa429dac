import { describe, expect, it } from "vitest";
import { isKnownCovariance, knownCovariance } from "../../src/covariance/known-covariance.ts";
import { levelPrecision } from "../../src/covariance/level-precision.ts";
import { additiveRelationship, pedigreePrecision } from "../../src/covariance/pedigree.ts";
import { somePedigree } from "./support.ts";

const levels = ["a", "b", "c"];

describe("a known covariance", () => {
  it("is kept as one triangle, from rows or row by row", () => {
    const expected = { kind: "covariance", levels, values: [2, 1, 3, 0, 0.5, 4] };
    const rows = [
      [2, 1, 0],
      [1, 3, 0.5],
      [0, 0.5, 4],
    ];
    expect(knownCovariance({ levels, values: rows })).toEqual(expected);
    expect(knownCovariance({ levels, values: Float64Array.from(rows.flat()) })).toEqual(expected);
  });

  it("is kept as one triangle of its inverse, from either triangle or both", () => {
    const precision = { rows: [0, 1, 2, 1, 0, 2], columns: [0, 1, 2, 0, 1, 1], values: [2, 3, 4, 1, 1, 0.5] };
    expect(knownCovariance({ levels, precision })).toEqual({
      kind: "precision",
      levels,
      rows: [0, 1, 2, 1, 2],
      columns: [0, 1, 2, 0, 1],
      values: [2, 3, 4, 1, 0.5],
    });
  });

  it.each([
    [{ levels, values: [[1]] }, /3 levels but 3 values/],
    [{ levels: ["a", "b"], values: [[1, 0], [1]] }, /row of level "b" .* has 1 values/],
    [{ levels: ["a", "a"], values: [1, 0, 0, 1] }, /"a" stands twice/],
    [{ levels: ["a", "b"], values: [1, 0.5, 0.4, 1] }, /not symmetric: it has 0.4 for "b" and "a" but 0.5/],
    [{ levels: ["a", "b"], values: [1, Number.NaN, 0, 1] }, /holds NaN for "a" and "b"/],
    [{ levels: ["a"], values: [1] }, /at least two levels/],
    [{ levels: ["a", "b"], precision: { rows: [2], columns: [0], values: [1] } }, /Entry 1 .* row or column 2/],
    [{ levels: ["a", "b"], precision: { rows: [1, 1], columns: [0, 0], values: [1, 1] } }, /two entries/],
    [{ levels: ["a", "b"], precision: { rows: [1, 0], columns: [0, 1], values: [1, 2] } }, /not symmetric/],
    [{ levels: ["a", "b"], precision: { rows: [1, 0], columns: [0], values: [1] } }, /2 rows, 1 columns/],
    [{}, /is given as \{ levels, values \}/],
    [null, /is given as \{ levels, values \}/],
  ])("refuses faults: %j", (input, message) => {
    expect(() => knownCovariance(input as never)).toThrow(message as RegExp);
  });

  it("that is not positive definite is refused with the level that shows it", () => {
    const singular = knownCovariance({
      levels,
      values: [
        [1, 0.5, 0.5],
        [0.5, 1, 1],
        [0.5, 1, 1],
      ],
    });
    expect(() => levelPrecision(singular, "A")).toThrow(/A is not positive definite: the effect of "c"/);
    const indefinite = knownCovariance({ levels, values: [1, 2, 0, 2, 1, 0, 0, 0, 1] });
    expect(() => levelPrecision(indefinite, "A")).toThrow(/the effect of "b"/);
    const intrinsic = knownCovariance({
      levels,
      precision: { rows: [0, 1, 2, 1, 2], columns: [0, 1, 2, 0, 1], values: [1, 2, 1, -1, -1] },
    });
    expect(() => levelPrecision(intrinsic, "W")).toThrow(/precision matrix W .* "c" has no positive precision/);
  });

  it("gives the same sparse inverse from A and from A⁻¹", () => {
    const pedigree = somePedigree(120);
    const fromA = levelPrecision(knownCovariance(additiveRelationship(pedigree)), "A");
    const fromQ = levelPrecision(knownCovariance(pedigreePrecision(pedigree)), "A");
    expect(fromA.logDet).toBeCloseTo(fromQ.logDet, 9);
    expect(fromA.pattern.rowIndex.length).toBeLessThan(1.2 * fromQ.pattern.rowIndex.length);
    fromA.variances.forEach((variance, l) => {
      expect(variance).toBeCloseTo(fromQ.variances[l]!, 9);
    });
  });

  it("is recognised in JSON", () => {
    const matrix = JSON.parse(JSON.stringify(knownCovariance({ levels, values: [2, 1, 0, 1, 3, 0, 0, 0, 4] })));
    expect(isKnownCovariance(matrix)).toBe(true);
    expect(isKnownCovariance({ ...matrix, values: matrix.values.slice(1) })).toBe(false);
    expect(isKnownCovariance({ ...matrix, kind: "precision" })).toBe(false);
    expect(isKnownCovariance(null)).toBe(false);
  });
});
