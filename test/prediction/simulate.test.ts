import { beforeAll, describe, expect, it } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { binomial } from "../../src/families/binomial.ts";
import { model } from "../../src/model-builder.ts";
import { predict } from "../../src/prediction/predict.ts";
import { type SimulateOptions, simulate } from "../../src/prediction/simulate.ts";
import { equicorrelated, exampleColumns, handMadeFit, handMadePosterior } from "./hand-made-fits.ts";

let cbpp: Awaited<ReturnType<typeof exampleColumns>>;
beforeAll(async () => {
  cbpp = await exampleColumns("cbpp");
});
const compiled = () =>
  model(cbpp as object as Record<string, number[]>)
    .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
    .family(binomial())
    .compile();
const x = [-1.4, -1, -1.1, -1.6, 1.2];
const V = equicorrelated([0.2, 0.3, 0.3, 0.4, 0.2], 0);

/** Mean and standard error of the simulated share in one row. */
function share(simulation: ReturnType<typeof simulate>, row: number, trials: number) {
  const shares = Array.from({ length: simulation.nsim }, (_, s) => simulation.response(s)[row]! / trials);
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  const sd = Math.sqrt(shares.reduce((a, b) => a + (b - mean) ** 2, 0) / (shares.length - 1));
  return { shares, mean, se: sd / Math.sqrt(shares.length) };
}

describe("simulation", () => {
  it("with new random effects has the population mean, with fitted ones the conditional mean", () => {
    const fit = handMadeFit(compiled(), x, V);
    const { trials } = fit.model.design;
    for (const [randomEffects, estimand] of [
      ["new", "population"],
      ["fitted", "conditional"],
    ] as const) {
      const simulation = simulate(fit, { nsim: 4000, seed: "means", randomEffects });
      const expected = predict(fit, { estimand, se: false }).rows;
      for (const row of [0, 1, 30]) {
        const { mean, se } = share(simulation, row, trials![row]!);
        expect(Math.abs(mean - expected[row]!.estimate!)).toBeLessThan(4 * se);
      }
    }
  });

  it("shares a random effect between the rows of a group", () => {
    const fit = handMadeFit(compiled(), x, V);
    const { trials, random } = fit.model.design;
    const index = random[0]!.index;
    const other = index.findIndex((level) => level !== index[0]);
    const correlation = (randomEffects: "new" | "fitted", a: number, b: number) => {
      const simulation = simulate(fit, { nsim: 2000, seed: 3, randomEffects });
      const one = share(simulation, a, trials![a]!);
      const two = share(simulation, b, trials![b]!);
      const products = one.shares.map((value, s) => (value - one.mean) * (two.shares[s]! - two.mean));
      return products.reduce((s, v) => s + v, 0) / 1999 / (2000 * one.se * two.se);
    };
    expect(index[1]).toBe(index[0]);
    expect(correlation("new", 0, 1)).toBeGreaterThan(0.3);
    // four standard errors of a correlation of 2000 independent pairs
    expect(Math.abs(correlation("new", 0, other))).toBeLessThan(4 / Math.sqrt(2000));
    expect(Math.abs(correlation("fitted", 0, 1))).toBeLessThan(4 / Math.sqrt(2000));
  });

  it("is determined by the seed, and by it alone", () => {
    const fit = handMadeFit(compiled(), x, V);
    const one = simulate(fit, { nsim: 3, seed: "a" });
    expect(simulate(fit, { nsim: 3, seed: "a" }).values).toEqual(one.values);
    expect(simulate(fit, { nsim: 2, seed: "a" }).values).toEqual(one.values.slice(0, 2 * one.n));
    expect(simulate(fit, { nsim: 3, seed: "b" }).values).not.toEqual(one.values);
    expect(one.response(1)).toEqual(one.values.slice(one.n, 2 * one.n));
  });

  it("takes new rows, with the trials they have", () => {
    const fit = handMadeFit(compiled(), x, V);
    const newdata = toTable({ period: [1, 1, 2], herd: ["1", "unseen", "unseen too"], size: [5, 50, 1] });
    const { values, n } = simulate(fit, { nsim: 200, seed: 1, newdata });
    expect(n).toBe(3);
    const largest = [0, 1, 2].map((row) => Math.max(...values.filter((_, k) => k % 3 === row)));
    expect(largest[0]).toBeLessThanOrEqual(5);
    expect(largest[1]).toBeGreaterThan(5);
    expect(largest[2]).toBe(1);
    expect(values.every((y) => Number.isInteger(y) && y >= 0)).toBe(true);
  });

  it("takes one posterior draw a simulation, and says when draws are reused", () => {
    const one = compiled();
    const levels = one.design.random[0]!.levels.length;
    const draws = [
      [-30, 0, 0, 0, 0],
      [30, 0, 0, 0, 0],
    ];
    const posterior = handMadePosterior(one, draws, [new Float64Array(2 * levels)]);
    const { trials } = one.design;
    const both = simulate(posterior, { nsim: 2, seed: 1 });
    expect(both.response(0).every((y) => y === 0)).toBe(true);
    expect(both.response(1).every((y, i) => y === trials![i])).toBe(true);
    expect(both.warnings).toEqual([]);
    const more = simulate(posterior, { nsim: 3, seed: 1, randomEffects: "fitted" });
    expect(more.response(2).every((y) => y === 0)).toBe(true);
    expect(more.warnings.map(({ code }) => code)).toEqual(["draws-reused"]);
  });

  it("refuses a number of simulations that is none", () => {
    const fit = handMadeFit(compiled(), x, V);
    expect(() => simulate(fit, { nsim: 0, seed: 1 })).toThrow(
      /nsim of simulate\(\) must be a whole number of at least 1, not 0/,
    );
    expect(() => simulate(fit, { seed: 1, randomEffects: "old" } as object as SimulateOptions)).toThrow(
      /randomEffects of simulate\(\) must be "new" or "fitted", not "old"/,
    );
  });
});
