import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRng } from "../../src/random/rng.ts";
import { type MeasureName, measure, measureNames, replicationsFor } from "../../src/studies/measures.ts";
import { pairedDifferences, performance } from "../../src/studies/performance.ts";
import type { ReplicateRow } from "../../src/studies/replicate-row.ts";

const golden = JSON.parse(readFileSync(new URL("../fixtures/performance-measures.json", import.meta.url), "utf8"));

const normalTwoSided = (z: number) => {
  // Abramowitz & Stegun 26.2.17 is enough: no p value of the fixture is within 1e-6 of .05
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 2 * poly * Math.exp(-(z * z) / 2) * 0.3989422804014327;
};

function row(method: string, replicate: number, estimate: number, error: number, failed = false): ReplicateRow {
  const labels = { scenario: "one", replicate, method, estimand: "x", true_value: golden.truth };
  if (failed)
    return {
      ...labels,
      ...{ estimate: null, std_error: null, conf_low: null, conf_high: null, p_value: null, status: "error" },
    };
  return {
    ...labels,
    estimate,
    std_error: error,
    conf_low: estimate - 1.96 * error,
    conf_high: estimate + 1.96 * error,
    p_value: normalTwoSided(estimate / error),
    status: "ok",
  };
}

const results: ReplicateRow[] = [
  ...golden.a.map((estimate: number, i: number) => row("a", i + 1, estimate, golden.se_a[i])),
  ...golden.b.map((estimate: number, i: number) =>
    row("b", i + 1, estimate, golden.se_b[i], golden.failed_b.includes(i + 1)),
  ),
];

describe("performance()", () => {
  const { rows } = performance(results);
  it.each(["a", "b"] as const)("has every measure of method %s as R computes it", (method) => {
    const wanted = Object.entries(golden[`measures_${method}`] as Record<MeasureName, [number, number]>);
    expect(wanted.length).toBe(method === "a" ? 11 : 12);
    for (const [name, [estimate, mcse]] of wanted) {
      const found = rows.find((one) => one.method === method && one.measure === name)!;
      expect(found.estimate, name).toBeCloseTo(estimate, 10);
      expect(found.mcse, name).toBeCloseTo(mcse, 10);
    }
  });

  it("counts failures, with Wilson's limits, and bounds coverage and power by them", () => {
    const failure = rows.find((one) => one.method === "b" && one.measure === "failure")!;
    const [share, low, high] = golden.failure_b;
    expect(failure).toMatchObject({ n: 40 });
    expect(failure.estimate).toBeCloseTo(share, 12);
    expect(failure.conf_low).toBeCloseTo(low, 8);
    expect(failure.conf_high).toBeCloseTo(high, 8);
    const coverage = rows.find((one) => one.method === "b" && one.measure === "coverage")!;
    expect(coverage.n).toBe(38);
    expect(coverage.with_failures).toBeCloseTo((coverage.estimate! * 38) / 40, 12);
  });

  it("has limits above 0 where nothing was ever rejected", () => {
    const never = results.map((one) => ({ ...one, p_value: 1 }));
    const [found] = performance(never, { measures: ["rejection"] }).rows;
    expect(found).toMatchObject({ estimate: 0, mcse: 0, conf_low: 0 });
    expect(found!.conf_high).toBeGreaterThan(0.05);
  });

  it("takes an open interval to cover what lies on its side", () => {
    const open = results.map((one) => ({ ...one, conf_high: Number.POSITIVE_INFINITY }));
    const { rows: found } = performance(open, { measures: ["coverage", "width"] });
    expect(found.every(({ measure }) => measure === "coverage")).toBe(true);
  });

  it("compares methods in the replicates that both have", () => {
    const [found] = pairedDifferences(results, { measures: ["mse"] }).rows;
    expect(found!.method).toBe("b - a");
    expect(found!.estimate).toBeCloseTo(golden.paired_mse[0], 12);
    expect(found!.mcse).toBeCloseTo(golden.paired_mse[1], 12);
    expect(found!.n).toBe(38);
  });

  it("has no bias and no coverage where the truth is not known", () => {
    const unknown = results.map((one) => ({ ...one, true_value: null as never }));
    const { rows: found } = performance(unknown, { measures: ["bias", "coverage", "empiricalSE"] });
    expect([...new Set(found.map(({ measure }) => measure))]).toEqual(["empiricalSE"]);
  });

  it("says how many replicates an error takes", () => {
    expect(replicationsFor({ p: 0.95, mcse: 0.005 })).toBe(1900);
    expect(() => replicationsFor({ p: 2, mcse: 0.005 })).toThrow("a proportion between 0 and 1");
    expect(() => replicationsFor({ sd: 1, mcse: 0 })).toThrow("an mcse above 0");
  });

  it("prints measures with their errors", () => {
    expect(performance(results, { measures: ["bias", "coverage"] }).toString()).toMatch(
      /estimand {2}method .*bias .*coverage .*n {2}failed\nx .*a .*\(.*\).*\n/,
    );
  });

  it("refuses results that are none, replicates that stand twice, and unknown methods", () => {
    expect(() => performance([])).toThrow("There are no results to summarise");
    expect(() => performance([{ a: 1 }] as never)).toThrow("these have no scenario, replicate");
    expect(() => performance([...results, results[0]!])).toThrow(
      "replicate 1 of the method a and the estimand x more than once",
    );
    expect(() => performance(results, { reference: "c" })).toThrow('no method "c"');
    expect(() => performance(results, { measures: ["bais"] as never })).toThrow("bias");
  });
});

describe("Monte Carlo errors", () => {
  it("are what the measures vary by", () => {
    const rng = createRng("mcse");
    const studies = 400;
    const n = 120;
    const wanted = measureNames.filter((name) => !["failure", "relativePrecision", "relativeBias"].includes(name));
    const values = new Map(wanted.map((name) => [name, [] as number[]]));
    const errors = new Map(wanted.map((name) => [name, 0]));
    const context = { alpha: 0.05, confLevel: 0.95, reference: null };
    for (let k = 0; k < studies; k++) {
      const rows = Array.from({ length: n }, (_, i) => {
        let chi = 0;
        for (let d = 0; d < 10; d++) chi += rng.normal() ** 2;
        return row("a", i + 1, 0.6 + 0.2 * rng.normal(), 0.2 * Math.sqrt(chi / 10));
      });
      for (const name of wanted) {
        const { estimate, mcse } = measure(name, rows, context);
        values.get(name)!.push(estimate!);
        errors.set(name, errors.get(name)! + mcse! / studies);
      }
    }
    for (const name of wanted) {
      const all = values.get(name)!;
      const mean = all.reduce((sum, x) => sum + x, 0) / studies;
      const sd = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (studies - 1));
      // the standard deviation of 400 is known to 3.5 %
      expect(errors.get(name)! / sd, name).toBeGreaterThan(0.88);
      expect(errors.get(name)! / sd, name).toBeLessThan(1.12);
    }
  });

  it("has a line for a method that always failed, whatever is asked", () => {
    const failing = golden.a.map((_: number, i: number) => row("c", i + 1, 0, 0, true));
    const { rows } = performance([...results, ...failing], { measures: ["bias", "coverage"] });
    const own = rows.filter(({ method }) => method === "c");
    expect(own.map(({ measure: name, estimate, n, failed }) => [name, estimate, n, failed])).toEqual([
      ["bias", null, 0, golden.a.length],
      ["coverage", null, 0, golden.a.length],
    ]);
    expect(String(performance([...results, ...failing], { measures: ["bias"] }))).toMatch(
      new RegExp(`^x +c +0 +${golden.a.length}$`, "m"),
    );
  });
});
