/** Which terms are on one grouping factor, and which factors are nested. */
import { describe, expect, it } from "vitest";
import { areNested } from "../../src/data/nested-levels.ts";
import { isOnFactor, levelsOnFactor } from "../../src/marginal/factors-in-common.ts";

const index = Int32Array.of(0, 0, 1, 1, 2, 2);
const factor = { index, levels: 3 };
const term = (...levels: number[]) => ({
  index: Int32Array.from(levels),
  levels: [...new Set(levels)].map(String),
});

describe("a term on a factor", () => {
  it("has its levels, in their order or in another", () => {
    expect(levelsOnFactor(factor, term(0, 0, 1, 1, 2, 2))).toEqual(Int32Array.of(0, 1, 2));
    expect(levelsOnFactor(factor, term(2, 2, 0, 0, 1, 1))).toEqual(Int32Array.of(2, 0, 1));
    expect(isOnFactor(factor, term(0, 0, 1, 1, 2, 2))).toBe(true);
    expect(isOnFactor(factor, term(2, 2, 0, 0, 1, 1))).toBe(false);
  });
  it("is not one that parts the rows otherwise", () => {
    expect(levelsOnFactor(factor, term(0, 1, 1, 2, 2, 0))).toBeNull();
    expect(levelsOnFactor(factor, term(0, 0, 0, 0, 1, 1))).toBeNull();
  });
  it("with a known covariance has it for the same levels in the same order", () => {
    const known = {} as NonNullable<Parameters<typeof isOnFactor>[0]["known"]>;
    expect(isOnFactor({ ...factor, known }, { ...term(0, 0, 1, 1, 2, 2), known })).toBe(true);
    expect(levelsOnFactor({ ...factor, known }, { ...term(2, 2, 0, 0, 1, 1), known })).toBeNull();
    expect(levelsOnFactor({ ...factor, known }, term(0, 0, 1, 1, 2, 2))).toBeNull();
  });
});

it("factors are nested either way round", () => {
  const outer = { index: Int32Array.of(0, 0, 0, 0, 1, 1), levels: 2 };
  expect(areNested(factor, outer)).toBe(true);
  expect(areNested(outer, factor)).toBe(true);
  expect(areNested(factor, { index: Int32Array.of(0, 1, 0, 1, 0, 1), levels: 2 })).toBe(false);
});
