/** Simulated categories of an ordered response have its own numbers, wherever they are handed out. */
import { beforeAll, expect, it } from "vitest";
import { priorPredictive } from "../../src/calibration/prior-predictive.ts";
import { posteriorPredictive } from "../../src/checks/posterior-predictive.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { model } from "../../src/model-builder.ts";
import { predict, predictionDraws } from "../../src/prediction/predict.ts";
import { simulate } from "../../src/prediction/simulate.ts";
import { normal } from "../../src/priors/distributions.ts";

const NUMBERS = [1, 2, 4, 5];
const y = Array.from({ length: 48 }, (_, i) => NUMBERS[(i * 7 + Math.floor(i / 5)) % 4]!);
const g = y.map((_, i) => `g${i % 6}`);
const declare = (values: readonly (number | string)[]) =>
  model({ y: values, g }).formula("y ~ 1 + (1 | g)").family({ name: "cumulative", link: "logit" });
const label = (value: number) => ["none", "mild", "severe", "worst"][NUMBERS.indexOf(value)]!;

let numbered: MaximumLikelihood;
beforeAll(async () => {
  numbered = await declare(y).fit();
});

it("numbers the categories as the response does", () => {
  const { values, categories } = simulate(numbered, { nsim: 20 });
  expect([...new Set(values)].sort()).toEqual(NUMBERS);
  expect(categories).toEqual(["1", "2", "4", "5"]);
  const drawn = predictionDraws(numbered, { type: "simulate", draws: 40 });
  expect([...new Set(drawn.values)].sort()).toEqual(NUMBERS);
  expect(predict(numbered, { type: "simulate", draws: 200 }).rows[0]!.conf_high).toBe(5);
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const [average, largest] = posteriorPredictive(numbered, { statistics: ["mean", "max"], nsim: 20 }).rows;
  expect(average!.observed).toBeCloseTo(mean, 12);
  expect(largest!.conf_high).toBe(5);
  const prior = priorPredictive(declare(y).prior("threshold", normal(0, 2)), { draws: 20 });
  expect([...new Set(prior.responses)].sort()).toEqual(NUMBERS);
  expect(prior.rows.find(({ kind, term }) => kind === "response" && term === "mean")!.observed).toBeCloseTo(mean, 12);
});

it("numbers them by their places where their labels are no numbers, and says which these are", async () => {
  const fit = await declare(y.map(label)).factor("y", NUMBERS.map(label)).fit();
  const { values, categories } = simulate(fit, { nsim: 20 });
  expect(categories).toEqual(NUMBERS.map(label));
  expect([...new Set(values)].sort()).toEqual([1, 2, 3, 4]);
  expect([...values]).toEqual([...simulate(numbered, { nsim: 20 }).values].map((value) => NUMBERS.indexOf(value) + 1));
});
