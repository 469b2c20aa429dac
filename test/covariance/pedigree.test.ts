import { describe, expect, it } from "vitest";
import { knownCovariance } from "../../src/covariance/known-covariance.ts";
import { levelPrecision, multiplyPrecision, precisionFactor } from "../../src/covariance/level-precision.ts";
import { additiveRelationship, orderPedigree, pedigreePrecision } from "../../src/covariance/pedigree.ts";
import { somePedigree } from "./support.ts";

/** A and A⁻¹ multiplied: the largest distance from the identity. */
function inverseError(pedigree: Parameters<typeof pedigreePrecision>[0]): number {
  const { values, levels } = additiveRelationship(pedigree);
  const n = levels.length;
  const Q = levelPrecision(knownCovariance(pedigreePrecision(pedigree)), "A");
  const product = new Float64Array(n * n);
  multiplyPrecision(Q, values, n, product);
  return product.reduce((worst, entry, c) => Math.max(worst, Math.abs(entry - (c % (n + 1) === 0 ? 1 : 0))), 0);
}

describe("additive relationships of a pedigree", () => {
  // Henderson (1976), table 1: six animals, the last inbred by its parents' common father 4
  const henderson = { id: [1, 2, 3, 4, 5, 6], sire: [0, 0, 1, 1, 4, 5], dam: [0, 0, 2, 0, 3, 2] };

  it("are those of Henderson's example", () => {
    const { values, inbreeding } = additiveRelationship(henderson);
    const expected = [
      [1, 0, 0.5, 0.5, 0.5, 0.25],
      [0, 1, 0.5, 0, 0.25, 0.625],
      [0.5, 0.5, 1, 0.25, 0.625, 0.5625],
      [0.5, 0, 0.25, 1, 0.625, 0.3125],
      [0.5, 0.25, 0.625, 0.625, 1.125, 0.6875],
      [0.25, 0.625, 0.5625, 0.3125, 0.6875, 1.125],
    ];
    expected.flat().forEach((entry, c) => {
      expect(values[c]).toBeCloseTo(entry, 14);
    });
    expect([...inbreeding]).toEqual([0, 0, 0, 0, 0.125, 0.125]);
  });

  it("have Henderson's sparse inverse, with inbreeding", () => {
    expect(inverseError(henderson)).toBeLessThan(1e-13);
    expect(inverseError(somePedigree(150))).toBeLessThan(1e-10);
  });

  it("of selfing: both parents the same plant", () => {
    const selfed = { id: ["p", "f1", "f2", "f3"], sire: [null, "p", "f1", "f2"], dam: [null, "p", "f1", "f2"] };
    const { values, inbreeding } = additiveRelationship(selfed);
    expect([...inbreeding]).toEqual([0, 0.5, 0.75, 0.875]);
    expect([...values.slice(12)]).toEqual([1, 1.5, 1.75, 1.875]);
    expect(inverseError(selfed)).toBeLessThan(1e-12);
  });

  it("traces the same inbreeding as the tabular method", () => {
    const pedigree = somePedigree(300, "deep");
    const { values, levels, inbreeding } = additiveRelationship(pedigree);
    expect(Math.max(...inbreeding)).toBeGreaterThan(0.2);
    inbreeding.forEach((F, i) => {
      expect(1 + F).toBeCloseTo(values[i * (levels.length + 1)]!, 12);
    });
  });

  it("puts parents first, wherever they stand, and adds those without a row", () => {
    const { levels, sire, dam } = orderPedigree({
      id: ["kid", "grandchild", "mother"],
      sire: ["father", "kid", null],
      dam: ["mother", "", undefined],
    });
    expect(levels).toEqual(["father", "mother", "kid", "grandchild"]);
    expect([...sire]).toEqual([-1, -1, 0, 2]);
    expect([...dam]).toEqual([-1, -1, 1, -1]);
  });

  it("takes 0 as an unknown parent unless an animal has that id", () => {
    expect(orderPedigree({ id: [0, 1], sire: [null, 0], dam: [null, null] }).sire[1]).toBe(0);
    expect(orderPedigree({ id: [2, 1], sire: [null, 0], dam: [null, null] }).sire[1]).toBe(-1);
  });

  it.each([".", "0", 0, "NA", "", " ", null, undefined, Number.NaN])("takes %j as an unknown parent", (unknown) => {
    const { levels, sire } = orderPedigree({ id: ["s", "k"], sire: [unknown, "s"], dam: [unknown, unknown] });
    expect(levels).toEqual(["s", "k"]);
    expect([...sire]).toEqual([-1, 0]);
  });

  it.each([
    [{ id: ["a", "b", "a"], sire: [null, null, null], dam: [null, null, null] }, /"a" stands in rows 1 and 3/],
    [{ id: ["a", "b"], sire: ["b", "a"], dam: [null, null] }, /its own ancestor/],
    [{ id: ["a", "b"], sire: ["a", null], dam: [null, null] }, /"a" is its own ancestor/],
    [{ id: ["a", null], sire: [null, null], dam: [null, null] }, /Row 2 of the pedigree has no id/],
    [{ id: ["a"], sire: [], dam: [null] }, /1 animals but 0 sires/],
    [{ id: ["a", "b"], sire: ["*", "a"], dam: [null, null] }, /looks like a mark for an unknown parent/],
    [{ id: ["a", "b"], sire: ["unknown", "a"], dam: [null, null] }, /looks like a mark for an unknown parent/],
    [{ id: ["a", "b"], sire: ["-999", "a"], dam: [null, null] }, /looks like a mark for an unknown parent/],
    [{ id: ["a", "b"], sire: ["u", "a"], dam: [null, "u"] }, /The parent "u" has no row of its own/],
  ])("refuses faults: %j", (pedigree, message) => {
    expect(() => pedigreePrecision(pedigree as never)).toThrow(message as RegExp);
  });

  it("refuses an animal whose parents leave it no variance of its own", () => {
    const generations = 80;
    const id = Array.from({ length: generations }, (_, i) => `s${i}`);
    const parent = id.map((_, i) => (i === 0 ? null : `s${i - 1}`));
    expect(() => pedigreePrecision({ id, sire: parent, dam: parent })).toThrow(/completely inbred/);
  });

  it("gives a factor that colours white noise: P'L⁻ᵀ times its transpose is A", () => {
    const pedigree = somePedigree(10);
    const { values, levels } = additiveRelationship(pedigree);
    const n = levels.length;
    const factor = precisionFactor(levelPrecision(knownCovariance(pedigreePrecision(pedigree)), "A"));
    const root = Float64Array.from({ length: n * n }, (_, c) => (c % (n + 1) === 0 ? 1 : 0));
    factor.halfSolveTransposed(root, n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += root[i * n + k]! * root[j * n + k]!;
        expect(sum).toBeCloseTo(values[i * n + j]!, 12);
      }
  });
});
