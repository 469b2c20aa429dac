/** Groups that the fit has not seen, under every mode, for expected values, linear predictors and new responses. */
import { beforeAll, describe, expect, test } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { binomial } from "../../src/families/binomial.ts";
import { reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { linkFunction } from "../../src/prediction/link-function.ts";
import { type PredictOptions, predict, predictionDraws } from "../../src/prediction/predict.ts";
import { simulate } from "../../src/prediction/simulate.ts";
import { createRng } from "../../src/random/rng.ts";
import { equicorrelated, exampleColumns, handMadeFit, handMadePosterior } from "./hand-made-fits.ts";

let cbpp: Awaited<ReturnType<typeof exampleColumns>>;
let sleepstudy: Awaited<ReturnType<typeof exampleColumns>>;
beforeAll(async () => {
  cbpp = await exampleColumns("cbpp");
  sleepstudy = await exampleColumns("sleepstudy");
});
const herds = () =>
  model(cbpp as object as Record<string, number[]>)
    .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
    .family(binomial())
    .compile();
const x = [-1.4, -1, -1.1, -1.6, 0.65];
const logit = linkFunction("logit");
const count = 4000;

/** A posterior of one repeated draw of the parameters, with effects of the known herds that differ by herd and draw. */
function posterior() {
  const compiled = herds();
  const levels = compiled.design.random[0]!.levels.length;
  const rng = createRng("effects");
  const effects = Float64Array.from({ length: count * levels }, (_, k) => (k % levels) / 10 + 0.01 * rng.normal());
  const draws = Array.from({ length: count }, () => x);
  return { fit: handMadePosterior(compiled, draws, [effects]), effects, levels };
}

/** Draws of row i. */
const row = (all: { values: Float64Array; draws: number }, i: number) =>
  all.values.subarray(i * all.draws, (i + 1) * all.draws);
const mean = (v: Float64Array) => v.reduce((s, a) => s + a, 0) / v.length;
const covariance = (a: Float64Array, b: Float64Array) => {
  const [centreA, centreB] = [mean(a), mean(b)];
  return a.reduce((s, v, i) => s + (v - centreA) * (b[i]! - centreB), 0) / (a.length - 1);
};
const sd = (v: Float64Array) => Math.sqrt(covariance(v, v));
const correlation = (a: Float64Array, b: Float64Array) => covariance(a, b) / sd(a) / sd(b);

const newdata = () =>
  toTable({
    period: [1, 2, 1, 1, 1],
    herd: ["new", "new", "other", "1", "new"],
    size: [20, 20, 20, 20, 20],
  });

describe("a group that the posterior has not seen", () => {
  test("is drawn once a draw and shared by its rows; other groups have draws of their own", () => {
    const { fit } = posterior();
    const link = predictionDraws(fit, { newdata: newdata(), type: "link", newLevels: "new-group" });
    expect(link.draws).toBe(count);
    expect(Array.from(link.rows)).toEqual([1, 2, 3, 4, 5]);
    const [first, second, other] = [row(link, 0), row(link, 1), row(link, 2)];
    first.forEach((value, d) => {
      expect(second[d]! - value).toBeCloseTo(-1, 12);
    });
    expect(row(link, 4)).toEqual(first);
    expect(Math.abs(correlation(first, other))).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(mean(first) + 1.4)).toBeLessThan((4 * 0.65) / Math.sqrt(count));
    expect(Math.abs(sd(first) - 0.65)).toBeLessThan((4 * 0.65) / Math.sqrt(2 * count));
  });

  test("has the same effect in expected value, linear predictor and new response", () => {
    const { fit } = posterior();
    const options = { newdata: newdata(), newLevels: "new-group" } as const;
    const link = row(predictionDraws(fit, { ...options, type: "link" }), 0);
    const response = row(predictionDraws(fit, options), 0);
    const simulated = row(predictionDraws(fit, { ...options, type: "simulate" }), 0);
    response.forEach((value, d) => {
      expect(value).toBeCloseTo(logit.mean(link[d]!), 14);
    });
    // a response is binomial about its expected value: the regression of one on the other has slope 20
    const slope = (correlation(simulated, response) * sd(simulated)) / sd(response);
    expect(Math.abs(slope - 20)).toBeLessThan(1);
    const residual = simulated.map((y, d) => y - 20 * response[d]!);
    const variance = mean(response.map((p) => 20 * p * (1 - p)));
    expect(Math.abs(mean(residual))).toBeLessThan(4 * Math.sqrt(variance / count));
    expect(Math.abs(sd(residual) ** 2 / variance - 1)).toBeLessThan(0.15);
  });

  test("keeps its draws whatever other rows stand beside it, in whatever block", () => {
    const { fit } = posterior();
    const alone = predictionDraws(fit, {
      newdata: toTable({ period: [1], herd: ["new"] }),
      type: "link",
      newLevels: "new-group",
    });
    const many = toTable({
      period: Array.from({ length: 300 }, () => 1),
      herd: Array.from({ length: 300 }, (_, i) => (i === 299 ? "new" : `herd ${i}`)),
    });
    const among = predictionDraws(fit, { newdata: many, type: "link", newLevels: "new-group" });
    expect(row(among, 299)).toEqual(row(alone, 0));
    expect(row(among, 0)).not.toEqual(row(alone, 0));
  });

  test("resampled: each draw takes the effect of a herd of the fit, all as often", () => {
    const { fit, effects, levels } = posterior();
    const link = predictionDraws(fit, { newdata: newdata(), type: "link", newLevels: "resampled" });
    const counts = new Float64Array(levels);
    row(link, 0).forEach((value, d) => {
      const own = Array.from(effects.subarray(d * levels, (d + 1) * levels));
      const taken = own.findIndex((effect) => Math.abs(effect - (value + 1.4)) < 1e-12);
      expect(taken).toBeGreaterThanOrEqual(0);
      counts[taken]!++;
    });
    for (const n of counts) expect(Math.abs(n / count - 1 / levels)).toBeLessThan(5 / Math.sqrt(levels * count));
    expect(row(link, 0)).not.toEqual(row(link, 2));
  });

  test("zero, population and existing", () => {
    const { fit } = posterior();
    const options = { newdata: newdata() };
    const zero = predict(fit, { ...options, newLevels: "zero" }).rows[0]!;
    expect(zero.estimate).toBeCloseTo(logit.mean(-1.4), 12);
    const population = predict(fit, { ...options, newLevels: "population" }).rows[0]!;
    expect(population.estimate).toBeCloseTo(
      predict(fit, { ...options, estimand: "population" }).rows[0]!.estimate!,
      14,
    );
    for (const newLevels of ["existing", "error"] as const)
      expect(() => predict(fit, { ...options, newLevels })).toThrow(
        /Rows 1, 2, 3, 5 of the new data have levels of "herd"/,
      );
    expect(() => predict(fit, { ...options, newLevels: "toString" } as object as PredictOptions)).toThrow(
      /newLevels of predict\(\) must be "existing".* not "toString"/,
    );
    // the older words for the same
    expect(predict(fit, { ...options, newLevels: "draw" }).rows).toEqual(
      predict(fit, { ...options, newLevels: "new-group" }).rows,
    );
  });

  test("a new response of the population is that of new groups, shared by the rows of a group", () => {
    const { fit } = posterior();
    const drawn = predictionDraws(fit, { newdata: newdata(), type: "simulate", estimand: "population" });
    // row 4 is of a herd in the fit, and drawn anew all the same
    const expected = 20 * predict(fit, { newdata: newdata(), estimand: "population" }).rows[3]!.estimate!;
    expect(Math.abs(mean(row(drawn, 3)) - expected)).toBeLessThan((4 * sd(row(drawn, 3))) / Math.sqrt(count));
    expect(correlation(row(drawn, 0), row(drawn, 4))).toBeGreaterThan(0.2);
    expect(Math.abs(correlation(row(drawn, 0), row(drawn, 3)))).toBeLessThan(4 / Math.sqrt(count));
    const typical = predict(fit, { newdata: newdata(), type: "simulate", estimand: "typical" }).rows[0]!;
    expect(Math.abs(typical.estimate! - 20 * logit.mean(-1.4))).toBeLessThan(0.15);
  });
});

describe("of a maximum-likelihood fit", () => {
  const V = equicorrelated([0.2, 0.3, 0.3, 0.4, 0.2], 0.1);

  test("a new group's predictor has the variance of coefficients and group together; known groups keep the delta method", () => {
    const fit = handMadeFit(herds(), x, V);
    const drawn = predict(fit, { newdata: newdata(), type: "link", newLevels: "new-group", draws: 8000 });
    expect(Math.abs(drawn.rows[0]!.std_error! / Math.hypot(0.65, 0.2) - 1)).toBeLessThan(0.04);
    expect(Math.abs(drawn.rows[0]!.estimate! + 1.4)).toBeLessThan((4.5 * 0.68) / Math.sqrt(8000));
    const known = predict(fit, { newdata: toTable({ period: [1], herd: ["1"] }), type: "link" }).rows[0]!;
    expect(drawn.rows[3]).toEqual({ ...known, row: 4 });
    const resampled = predict(fit, { newdata: newdata(), newLevels: "resampled" });
    expect(resampled.rows[0]!.conf_low!).toBeGreaterThan(0);
    expect(() => predict(fit, { draws: 1 })).toThrow(
      /draws of predict\(\) must be a whole number of at least 2, not 1/,
    );
  });

  test("new responses of a Gaussian model have the known predictive variance", async () => {
    const fit = await model(sleepstudy as object as Record<string, number[]>)
      .formula("Reaction ~ Days + (1 | Subject)")
      .fit(reml());
    const rows = toTable({ Days: [0, 9], Subject: ["308", "another"] });
    const link = predict(fit, { newdata: rows, type: "link", newLevels: "zero" }).rows;
    const drawn = predict(fit, { newdata: rows, type: "simulate", newLevels: "new-group", draws: 10_000 }).rows;
    const tidy = fit.tidy();
    const sdOf = (term: string) => tidy.find((entry) => entry.term === term)!.estimate;
    const sigma = sdOf("sd__Observation");
    // Row 1: the delta method's uncertainty includes that of the variances, which moves the mode a little.
    const expected = [
      Math.hypot(link[0]!.std_error!, sigma),
      Math.hypot(link[1]!.std_error!, sdOf("sd__(Intercept)"), sigma),
    ];
    drawn.forEach((entry, i) => {
      expect(Math.abs(entry.std_error! / expected[i]! - 1)).toBeLessThan(0.03);
      expect(Math.abs(entry.estimate! - link[i]!.estimate!)).toBeLessThan((4.5 * expected[i]!) / 100);
    });
  });
});

test("simulate shares the effect of a new level between its rows", () => {
  const fit = handMadeFit(herds(), [-1.4, -1, -1.1, -1.6, 1.2], equicorrelated([0.2, 0.3, 0.3, 0.4, 0.2], 0));
  const { values, n } = simulate(fit, { nsim: 2000, seed: "levels", newdata: newdata(), randomEffects: "fitted" });
  const of = (i: number) => values.filter((_, k) => k % n === i);
  expect(correlation(of(0), of(4))).toBeGreaterThan(0.4);
  expect(Math.abs(correlation(of(0), of(2)))).toBeLessThan(4 / Math.sqrt(2000));
});
