import { describe, expect, it } from "vitest";
import { createRng } from "../../src/random/rng.ts";
import type { ReplicateRow } from "../../src/studies/replicate-row.ts";
import { Stopping } from "../../src/studies/stopping-rule.ts";

/** Rows of two methods of which the second covers less often. */
const rows = Array.from({ length: 3000 }, (_, r) => {
  const rng = createRng(`stop ${r}`);
  return [0.95, 0.7].map((share, m): ReplicateRow => {
    const covers = rng.uniform() < share;
    return {
      scenario: "s",
      replicate: r + 1,
      method: `m${m}`,
      estimand: "x",
      true_value: 0,
      estimate: rng.normal(),
      std_error: 1,
      conf_low: covers ? -1 : 1,
      conf_high: 2,
      p_value: null,
      status: "ok",
    };
  });
}).flat();

describe("a stopping rule", () => {
  it("stops where the largest Monte Carlo error is small enough, however the rows came", () => {
    const rule = { coverage: { mcse: 0.012 } };
    const stops = [1, 2, 37, 400, 3000].map((size) => {
      const stop = new Stopping(rule);
      for (let r = 0; r < 3000; r += size) stop.add(rows.slice(2 * r, 2 * (r + size)));
      return stop.at;
    });
    expect(new Set(stops).size).toBe(1);
    const at = stops[0]!;
    expect(at % 100).toBe(0);
    // p = .7: about .21/.012² = 1458 replicates
    expect(at).toBeGreaterThan(1300);
    expect(at).toBeLessThan(1800);
  });

  it("does not take replicates that agree for an error of 0", () => {
    const all = rows.filter(({ method }) => method === "m0").map((row) => ({ ...row, conf_low: -1 }));
    const stop = new Stopping({ coverage: { mcse: 0.005 } });
    stop.add(all);
    expect(stop.at).toBeGreaterThan(100);
    expect(stop.at).toBeLessThan(300);
  });

  it("waits for every measure, and for none that a method does not give", () => {
    const stop = new Stopping({ bias: { mcse: 0.05 }, rejection: { mcse: 0.001 } });
    stop.add(rows);
    // 1/.05² = 400
    expect(stop.at).toBeGreaterThanOrEqual(300);
    expect(stop.at).toBeLessThanOrEqual(500);
  });
});
