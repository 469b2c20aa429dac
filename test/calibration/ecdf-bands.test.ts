import { describe, expect, test } from "vitest";
import { rankCounts, simultaneousBands, uniformityTest } from "../../src/calibration/ecdf-bands.ts";
import { rankOf, thinnedDraws } from "../../src/calibration/ranks.ts";
import { createRng } from "../../src/random/rng.ts";

/** All possible lists of `n` ranks from 0 to `possible` − 1. */
function* everyRanks(n: number, possible: number): Generator<Int32Array> {
  const ranks = new Int32Array(n);
  for (let code = 0; code < possible ** n; code++) {
    let rest = code;
    for (let i = 0; i < n; i++) {
      ranks[i] = rest % possible;
      rest = Math.floor(rest / possible);
    }
    yield ranks;
  }
}

describe("simultaneous bands", () => {
  test.each([
    [5, 4],
    [6, 3],
    [4, 7],
  ])("cover as stated, by enumeration: %i ranks of %i", (n, possible) => {
    const all = possible ** n;
    for (const level of [0.5, 0.8, 0.95]) {
      const { lower, upper } = simultaneousBands(n, possible, level);
      let inside = 0;
      for (const ranks of everyRanks(n, possible))
        if (rankCounts(ranks, possible, possible).every((c, k) => c >= lower[k]! && c <= upper[k]!)) inside++;
      expect(inside / all).toBeGreaterThanOrEqual(level - 1e-12);
    }
  });

  test("the p-value is exact: P(p ≤ p of these ranks) is itself, by enumeration", () => {
    const [n, possible] = [5, 4];
    const values: number[] = [];
    for (const ranks of everyRanks(n, possible)) values.push(uniformityTest(rankCounts(ranks, possible, possible), n));
    for (const p of new Set(values.map((value) => value.toFixed(9))))
      expect(values.filter((value) => value <= Number(p) + 1e-9).length / values.length).toBeCloseTo(Number(p), 8);
  });

  test("at 200 ranks of 100 cover 95 % of uniform samples", () => {
    const { lower, upper, pointwise } = simultaneousBands(200, 100);
    const rng = createRng("coverage");
    let inside = 0;
    const trials = 3000;
    for (let s = 0; s < trials; s++) {
      const ranks = Int32Array.from({ length: 200 }, () => Math.floor(100 * rng.uniform()));
      if (rankCounts(ranks, 100, 100).every((c, k) => c >= lower[k]! && c <= upper[k]!)) inside++;
    }
    expect(Math.abs(inside / trials - 0.953)).toBeLessThan(4.5 * Math.sqrt((0.95 * 0.05) / trials));
    // each point's own interval must be much wider than 95 %
    expect(pointwise).toBeGreaterThan(0.99);
    expect(upper[49]! - lower[49]!).toBeGreaterThan(2 * 1.96 * Math.sqrt(50));
  });
});

describe("ranks", () => {
  test("count the draws below, and draw the place among equal ones", () => {
    const rng = createRng("ties");
    expect(rankOf(0.5, Float64Array.of(0, 1, 0.2, 0.7), rng)).toBe(2);
    const places = new Set(Array.from({ length: 100 }, () => rankOf(1, Float64Array.of(0, 1, 1, 3), rng)));
    expect([...places].sort()).toEqual([1, 2, 3]);
  });
  test("thinned draws are spread over all of them", () => {
    expect(Array.from(thinnedDraws(10, 5))).toEqual([1, 3, 5, 7, 9]);
    expect(thinnedDraws(1000, 99)).toHaveLength(99);
  });
});
