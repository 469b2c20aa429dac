/** Predictive checks of rows that count several times are those of the rows written out. */
import { expect, it } from "vitest";
import { posteriorPredictive } from "../../src/checks/posterior-predictive.ts";
import { model } from "../../src/model-builder.ts";

const CELLS = [
  ["a", 0, 12],
  ["a", 1, 30],
  ["b", 0, 40],
  ["b", 1, 5],
] as const;

const short = {
  g: CELLS.map(([g]) => g),
  y: CELLS.map(([, y]) => y),
  w: CELLS.map(([, , w]) => w),
};
const rows = CELLS.flatMap((cell) => Array.from({ length: cell[2] }, () => cell));
const long = { g: rows.map(([g]) => g), y: rows.map(([, y]) => y) };

it("has so many responses as their frequency weights say, in all and in each group", async () => {
  const weighted = await model(short).formula("y ~ g").family({ name: "binomial" }).frequencyWeights("w").fit();
  const written = await model(long).formula("y ~ g").family({ name: "binomial" }).fit();
  for (const group of [undefined, "g"]) {
    const options = { statistics: ["mean", "sd"] as const, nsim: 400, seed: 1, ...(group && { group }) };
    const a = posteriorPredictive(weighted, options);
    const b = posteriorPredictive(written, options);
    expect(a.replications.n).toBe(87);
    a.rows.forEach((row, k) => {
      expect(row.observed).toBeCloseTo(b.rows[k]!.observed!, 12);
      expect(Math.abs(row.mean! - b.rows[k]!.mean!)).toBeLessThan(0.3 * b.rows[k]!.sd!);
      expect(Math.abs(row.sd! / b.rows[k]!.sd! - 1)).toBeLessThan(0.2);
    });
  }
});
