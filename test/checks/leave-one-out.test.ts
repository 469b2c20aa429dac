/** Leaving out without refitting, against refitting. */
import { expect, test } from "vitest";
import { type Loo, loo } from "../../src/checks/leave-one-out.ts";
import { looCompare } from "../../src/checks/loo-compare.ts";
import { logLikelihood, unitDraws } from "../../src/checks/pointwise-log-likelihood.ts";
import { waic } from "../../src/checks/waic.ts";
import { ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { logMeanExp } from "../../src/special/log-sum-exp.ts";
import { cbpp, exampleData, sleepstudy } from "../samplers/models.ts";
import { posteriorOf } from "./fits.ts";

const short = { chains: 2, warmup: 300, draws: 500 };
let sampled: Promise<Posterior> | undefined;
const marginalRows = { likelihood: "marginal", draws: 500 } as const;
let left: Loo | undefined;
/** Rows of the model with slopes, left out one by one. */
const leftOut = async () => (left ??= loo(await slopes(), marginalRows));
const slopes = () => (sampled ??= sleepstudy().sample(nuts({ ...short, seed: 21 })));

/** The same declaration on part of the rows. */
function without(keep: (row: number) => boolean) {
  const all = exampleData("sleepstudy");
  const rows = Array.from({ length: 180 }, (_, i) => i).filter(keep);
  const part = Object.fromEntries(
    Object.entries(all).map(([name, values]) => [name, rows.map((i) => values[i]!)]),
  ) as ReturnType<typeof exampleData>;
  return sleepstudy(part);
}

/** log of the average over a refit's draws of the density of what it has not seen; with its Monte Carlo error. */
async function refitted(fit: Posterior, keep: (row: number) => boolean, by: "row" | "group", unit: number) {
  const refit = await without(keep).sample(nuts({ ...short, seed: 22 }));
  const draws = Array.from({ length: 500 }, (_, d) => Array.from(refit.draws.values.subarray(12 * d, 12 * d + 6)));
  const values = unitDraws(logLikelihood(posteriorOf(fit.model, draws), { by, likelihood: "marginal" }), unit);
  const elpd = logMeanExp(values);
  const spread = values.reduce((sum, value) => sum + Math.expm1(value - elpd) ** 2, 0) / values.length;
  // every second draw of an integrated posterior: as good as independent, taken as half of that
  return { elpd, error: Math.sqrt(spread / 250) };
}

test("leave one group out, marginal: the predictive density of a refit without the group", async () => {
  const fit = await slopes();
  const { index } = fit.model.design.random[0]!;
  const group = 3; // whose Pareto k is low: 0.24 on average over fits
  const unit = loo(fit, { by: "group" }).pointwise[group]!;
  expect(unit.pareto_k).toBeLessThan(0.6);
  const { elpd, error } = await refitted(fit, (i) => index[i] !== group, "group", group);
  expect(Math.abs(unit.elpd_loo - elpd)).toBeLessThan(4.5 * Math.hypot(error, unit.mcse_elpd_loo));
});

test("leave one row out: the same answer with the random effects integrated out, steadier weights", async () => {
  const fit = await slopes();
  const marginal = await leftOut();
  const conditional = loo(fit);
  const row = 7; // an outlier, with a Pareto k of 0.45 on average over fits
  const { elpd, error } = await refitted(fit, (i) => i !== row, "row", row);
  const unit = marginal.pointwise[row]!;
  expect(Math.abs(unit.elpd_loo - elpd)).toBeLessThan(4.5 * Math.hypot(error, unit.mcse_elpd_loo));
  // over fits 0 to 3 rows of 180 against 13 to 17
  const unsteady = ({ pointwise }: Loo) => pointwise.filter(({ pareto_k }) => pareto_k > 0.5).length;
  expect(unsteady(marginal)).toBeLessThan(6);
  expect(unsteady(conditional)).toBeGreaterThan(9);
  expect(conditional.warnings[0]).toMatchObject({ code: "pareto-k" });
  expect(conditional.warnings[0]!.message).toMatch(/use likelihood: "marginal"/);
  // Where weights are steady both ways estimate the same number.
  let compared = 0;
  marginal.pointwise.forEach((one, i) => {
    const other = conditional.pointwise[i]!;
    if (other.pareto_k > 0.4) return;
    compared++;
    expect(Math.abs(one.elpd_loo - other.elpd_loo)).toBeLessThan(
      6 * Math.hypot(one.mcse_elpd_loo, other.mcse_elpd_loo) + 0.01,
    );
  });
  expect(compared).toBeGreaterThan(100);
});

test("slopes that vary predict new rows of a group better; the table puts them first", async () => {
  const fit = await slopes();
  const intercepts = await model(exampleData("sleepstudy"))
    .formula("Reaction ~ Days + (1 | Subject)")
    .sample(nuts({ ...short, seed: 23 }));
  const comparison = looCompare({ intercepts: loo(intercepts, marginalRows), slopes: await leftOut() });
  expect(comparison.rows.map((row) => row.model)).toEqual(["slopes", "intercepts"]);
  expect(comparison.rows[0]).toMatchObject({ elpd_diff: 0, se_diff: 0 });
  expect(comparison.rows[1]!.elpd_diff).toBeLessThan(-10);
  expect(String(comparison)).toMatch(/^ +elpd_diff +se_diff +elpd +se_elpd +p\nslopes /);
  // WAIC agrees with LOO where it is reliable
  const groups = waic(fit, { by: "group" });
  const { elpd_loo } = loo(fit, { by: "group" });
  expect(Math.abs(groups.elpd_waic.estimate - elpd_loo.estimate)).toBeLessThan(0.2 * elpd_loo.se);
});

test("what cannot be compared, or left out, is told", async () => {
  const fit = await slopes();
  const rows = loo(fit);
  const groups = loo(fit, { by: "group" });
  expect(() => looCompare({ rows })).toThrow(/at least two models, and 1 was given/);
  expect(() => looCompare({ rows, groups })).toThrow(/one leaves out a row, the other a group/);
  expect(() => looCompare({ rows, waic: waic(fit) })).toThrow(/one is by loo, the other by waic/);
  const ml1 = await cbpp().fit();
  expect(() => loo(ml1)).toThrow(/made of posterior draws/);
  const plain = await sleepstudy().fit(ml());
  expect(() => waic(plain)).toThrow(/sample the same declaration/);
  expect(() => loo(fit, { by: "subject" as "row" })).toThrow(/by of loo\(\) must be "row" or "group", not "subject"/);
});

test("a row that counts many times is as many observations, of which one is left out", () => {
  const cells = [
    ["a", 0, 1, 3],
    ["a", 1, 0, 6],
    ["b", 0, 0, 5],
    ["b", 1, 1, 2],
  ] as const;
  const rows = cells.flatMap((cell) => Array.from({ length: cell[3] }, () => cell));
  const table = (of: readonly (typeof cells)[number][]) => ({
    g: of.map(([g]) => g),
    x: of.map(([, x]) => x),
    y: of.map(([, , y]) => y),
    w: of.map(([, , , w]) => w),
  });
  const declared = (of: readonly (typeof cells)[number][]) =>
    model(table(of)).formula("y ~ x + (1 | g)").family({ name: "binomial" });
  const draws = Array.from({ length: 200 }, (_, d) => [0.3 * Math.sin(d), 0.5 * Math.cos(1.7 * d), 0.4 + 0.001 * d]);
  const short = posteriorOf(declared(cells).frequencyWeights("w").compile(), draws);
  const long = posteriorOf(declared(rows).compile(), draws);
  for (const likelihood of ["conditional", "marginal"] as const) {
    const counted = loo(short, { likelihood });
    const each = loo(long, { likelihood });
    expect(counted.elpd_loo.estimate).toBeCloseTo(each.elpd_loo.estimate, 6);
    expect(counted.elpd_loo.se).toBeCloseTo(each.elpd_loo.se, 6);
    expect(counted.pointwise.map(({ count }) => count)).toEqual([3, 6, 5, 2]);
    const by = (fit: Posterior) => waic(fit, { likelihood }).elpd_waic;
    expect(by(short).estimate).toBeCloseTo(by(long).estimate, 6);
    expect(by(short).se).toBeCloseTo(by(long).se, 6);
  }
  expect(loo(short, { by: "group" }).elpd_loo.estimate).toBeCloseTo(loo(long, { by: "group" }).elpd_loo.estimate, 6);
});
