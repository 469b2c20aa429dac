/** Rank histograms, effective sample sizes along the distribution, and where divergences lie. */
import { describe, expect, test } from "vitest";
import { essAlong, rankPlot, traceDivergences } from "../../src/checks/sampler-diagnostics.ts";
import { divergenceLocation } from "../../src/diagnostics/divergence-location.ts";
import { essQuantile } from "../../src/diagnostics/effective-sample-size.ts";
import { essByInterval, essByQuantile } from "../../src/diagnostics/ess-by-quantile.ts";
import { rankHistogram } from "../../src/diagnostics/rank-histogram.ts";
import { createRng } from "../../src/random/rng.ts";
import { posteriorOf } from "../checks/fits.ts";
import { sleepstudy } from "../samplers/models.ts";

const normals = (seed: string, n: number, shift = 0) => {
  const rng = createRng(seed);
  return Float64Array.from({ length: n }, () => shift + rng.normal());
};

describe("rank histogram", () => {
  test("counts every draw once; flat when chains agree, not when one is shifted", () => {
    const chains = ["a", "b", "c", "d"].map((seed) => normals(seed, 500));
    const { counts, expected, edges, largestDeviation } = rankHistogram(chains);
    expect(expected).toBe(25);
    expect(edges.at(-1)).toBe(1);
    for (const count of counts) expect(count.reduce((a, b) => a + b, 0)).toBeCloseTo(500, 9);
    for (let k = 0; k < 20; k++) expect(counts.reduce((sum, count) => sum + count[k]!, 0)).toBeCloseTo(100, 9);
    // 80 counts: a deviation of 4.5 standard deviations has probability 5e-4
    expect(largestDeviation).toBeLessThan(4.5);
    const shifted = rankHistogram([...chains.slice(1), normals("a", 500, 1)]);
    expect(shifted.largestDeviation).toBeGreaterThan(6);
    expect(shifted.counts[3]![19]!).toBeGreaterThan(50);
  });

  test("by hand, with ties shared", () => {
    const { counts } = rankHistogram([Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 6, 7, 8)], 4);
    expect(counts.map((count) => Array.from(count))).toEqual([
      [2, 2, 0, 0],
      [0, 0, 2, 2],
    ]);
    const tied = rankHistogram([Float64Array.of(0, 0), Float64Array.of(0, 0)], 2);
    expect(tied.counts.map((count) => Array.from(count))).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});

describe("effective sample size along the distribution", () => {
  test("quantiles are those of essQuantile; intervals of independent draws have about as many as there are", () => {
    const chains = ["a", "b", "c", "d"].map((seed) => normals(seed, 500));
    const rows = essByQuantile(chains);
    expect(rows).toHaveLength(19);
    for (const { probability, ess } of rows) expect(ess).toBe(essQuantile(chains, probability));
    const intervals = essByInterval(chains);
    expect(intervals).toHaveLength(20);
    expect(intervals[0]).toMatchObject({ from: 0, to: 0.05 });
    for (const { ess } of intervals) expect(Math.abs(ess / 2000 - 1)).toBeLessThan(0.5);
  });

  test("a tail where one chain sticks has a small one", () => {
    const stuck = normals("a", 500).map((x, i) => (i < 60 ? 3 + 0.01 * x : x));
    const intervals = essByInterval([stuck, normals("b", 500)]);
    expect(intervals.at(-1)!.ess).toBeLessThan(30);
    expect(intervals[10]!.ess).toBeGreaterThan(300);
    expect(essByInterval([new Float64Array(10).fill(1)], 2).map(({ ess }) => ess)).toEqual([Number.NaN, Number.NaN]);
  });
});

test("where divergences lie: a rank score", () => {
  const draws = Float64Array.from({ length: 101 }, (_, i) => i);
  const low = divergenceLocation(draws, [0, 1, 2, 3, 4]);
  expect(low.score).toBeLessThan(-1.6);
  expect(low.z).toBeCloseTo(low.score * Math.sqrt(5), 12);
  expect(low).toMatchObject({ divergent: 2, all: 50 });
  expect(divergenceLocation(draws, [50]).score).toBeCloseTo(0, 12);
  const rng = createRng("anywhere");
  const anywhere = divergenceLocation(
    draws,
    Array.from({ length: 40 }, () => Math.floor(101 * rng.uniform())),
  );
  expect(Math.abs(anywhere.z)).toBeLessThan(4);
});

describe("divergences of a fit", () => {
  const compiled = sleepstudy().compile();
  const rng = createRng("draws");
  /** β, then Λ from sds and a correlation, then σ. */
  const draws = Array.from({ length: 400 }, () => {
    const sd1 = Math.exp(3 + 0.5 * rng.normal());
    const sd2 = Math.exp(1.5 + 0.8 * rng.normal());
    const rho = Math.tanh(rng.normal());
    return [
      250 + 7 * rng.normal(),
      10 + rng.normal(),
      sd1,
      rho * sd2,
      sd2 * Math.sqrt(1 - rho * rho),
      Math.exp(3.2 + 0.1 * rng.normal()),
    ];
  });
  const smallest = (f: (x: readonly number[]) => number, count = 12) =>
    draws
      .map((x, d) => ({ d, value: f(x) }))
      .sort((a, b) => a.value - b.value)
      .slice(0, count)
      .map(({ d }) => d)
      .sort((a, b) => a - b);
  const trace = (divergentDraws: readonly number[]) =>
    traceDivergences(posteriorOf(compiled, draws, { chains: 4, divergentDraws }));

  test("a funnel: the term is named, with what to do", () => {
    const found = trace(smallest((x) => Math.hypot(x[3]!, x[4]!)));
    expect(found).toMatchObject({ divergences: 12, draws: 400, term: "(… | Subject)" });
    expect(found.source).toMatchObject({ term: "sd__Days", group: "Subject" });
    expect(found.source!.divergent).toBeLessThan(found.source!.all);
    expect(found.message).toMatch(
      /^12 of 400 transitions diverged, and they gather where the standard deviation of Days by Subject is small .*target: "integrated".*\.$/,
    );
  });

  test("a correlation at its bounds, a coefficient, the residual", () => {
    expect(trace(smallest((x) => -Math.abs(x[3]!) / Math.hypot(x[3]!, x[4]!))).message).toMatch(
      /correlation of \(Intercept\) and Days by Subject is near its bounds .*lkj\(2\).*\|\| Subject/,
    );
    expect(trace(smallest((x) => -x[1]!)).message).toMatch(/coefficient of Days is large/);
    expect(trace(smallest((x) => -x[1]!)).term).toBe("fixed effects");
    expect(trace(smallest((x) => x[5]!)).message).toMatch(/residual standard deviation is small/);
    expect(trace(smallest((x) => -x[2]!)).message).toMatch(/standard deviation of \(Intercept\) by Subject is large/);
  });

  test("anywhere, too few, none", () => {
    expect(trace(Array.from({ length: 20 }, (_, i) => 20 * i)).message).toMatch(
      /do not gather .* raise targetAcceptance/,
    );
    expect(trace([3]).message).toMatch(/^One of 400 transitions diverged, too few to trace/);
    expect(trace([])).toMatchObject({ source: null, message: "None of 400 transitions diverged." });
  });

  test("the fit itself carries the trace as a warning", () => {
    const fit = posteriorOf(compiled, draws, { chains: 4, divergentDraws: smallest((x) => x[2]!) });
    const codes = fit.warnings.map(({ code }) => code);
    expect(codes).toContain("divergent-transitions");
    expect(fit.warnings.find(({ code }) => code === "divergences-traced")!.message).toBe(traceDivergences(fit).message);
    expect(posteriorOf(compiled, draws).warnings.map(({ code }) => code)).not.toContain("divergences-traced");
  });

  test("rank plots and effective sample sizes of every reported parameter", () => {
    const fit = posteriorOf(compiled, draws, { chains: 4 });
    const terms = fit.tidy().map((row) => row.term);
    expect(rankPlot(fit, { bins: 10 }).map((row) => row.term)).toEqual(terms);
    expect(rankPlot(fit, { bins: 10 })[0]!.counts[0]).toHaveLength(10);
    expect(essAlong(fit).map((row) => row.term)).toEqual(terms);
    expect(() => rankPlot(fit, { bins: 1 })).toThrow(/at least 2, not 1/);
  });
});
