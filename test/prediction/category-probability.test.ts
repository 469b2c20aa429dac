/** Probabilities of categories and their expected number, with random effects in the predictor or integrated out of it. */
import { beforeAll, describe, expect, it } from "vitest";
import { populationAverage } from "../../src/effects/population-average.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { CUMULATIVE_LINK_NAMES, CUMULATIVE_LINKS } from "../../src/families/cumulative-link.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { agq } from "../../src/frequentist/method.ts";
import type { MaximumLikelihoodFit } from "../../src/model/fit.ts";
import { model } from "../../src/model-builder.ts";
import { categoryProbability } from "../../src/prediction/category-probability.ts";
import { expectedScore } from "../../src/prediction/category-score.ts";
import { meanBuffers } from "../../src/prediction/conditional-mean.ts";
import { fitted, predict, predictionDraws } from "../../src/prediction/predict.ts";
import type { ResponseMean } from "../../src/prediction/response-mean.ts";

const TAU = Float64Array.of(-1.2, 0.3, 2);
const familyOf = (link: (typeof CUMULATIVE_LINK_NAMES)[number]) =>
  cumulative({ link }).forCategories(["a", "b", "c", "d"]);

/** Value and derivatives [η, v, τ…] of one row. */
function at(mean: ResponseMean, eta: number, variance: number, tau: Float64Array) {
  const out = meanBuffers(1, 1, tau.length);
  mean.evaluate([Float64Array.of(eta)], [Float64Array.of(variance)], tau, 1, out);
  return [out.value[0]!, out.dEta[0]![0]!, out.dVariance[0]![0]!, ...out.dPhi.map((d) => d[0]!)] as const;
}

/** E f(η + sd·X), X standard normal, by the midpoint rule on ±10. */
function average(f: (eta: number) => number, eta: number, sd: number): number {
  const panels = 4000;
  let sum = 0;
  for (let k = 0; k < panels; k++) {
    const x = -10 + (20 * (k + 0.5)) / panels;
    sum += f(eta + sd * x) * Math.exp(-0.5 * x * x);
  }
  return (sum * 20) / panels / Math.sqrt(2 * Math.PI);
}

describe.each(CUMULATIVE_LINK_NAMES)("%s", (link) => {
  const family = familyOf(link);
  const { inverse } = CUMULATIVE_LINKS[link];
  const upTo = (k: number, eta: number) => (k < 0 ? 0 : k > 2 ? 1 : inverse(TAU[k]! - eta));
  const score = expectedScore(family);
  const quantities: readonly (readonly [string, ResponseMean, (eta: number) => number])[] = [
    ...[0, 1, 2, 3].map(
      (k) =>
        [`category ${k}`, categoryProbability(family, k), (eta: number) => upTo(k, eta) - upTo(k - 1, eta)] as const,
    ),
    ["score", score, (eta: number) => 4 - upTo(0, eta) - upTo(1, eta) - upTo(2, eta)],
  ];

  it("averages over the random effects, and sums to one and to the score", () => {
    for (const [eta, sd] of [
      [0.4, 0],
      [-1.1, 0.7],
      [1.9, 3],
    ] as const) {
      for (const [name, mean, truth] of quantities)
        expect(at(mean, eta, sd * sd, TAU)[0], `${name} at ${eta}, sd ${sd}`).toBeCloseTo(
          sd === 0 ? truth(eta) : average(truth, eta, sd),
          12,
        );
      const p = quantities.slice(0, 4).map(([, mean]) => at(mean, eta, sd * sd, TAU)[0]);
      expect(p.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 14);
      expect(p.reduce((sum, value, k) => sum + (k + 1) * value, 0)).toBeCloseTo(at(score, eta, sd * sd, TAU)[0], 14);
    }
  });

  it("has the derivatives of its values in η, the variance and the thresholds", () => {
    const h = 1e-5;
    for (const [eta, variance] of [
      [0.4, 0.5],
      [-1.1, 4],
    ] as const)
      for (const [name, mean] of quantities) {
        const point = [eta, variance, ...TAU];
        const value = (moved: readonly number[]) =>
          at(mean, moved[0]!, moved[1]!, Float64Array.from(moved.slice(2)))[0];
        const [, ...derivatives] = at(mean, eta, variance, TAU);
        derivatives.forEach((derivative, j) => {
          const to = (by: number) => point.map((x, i) => (i === j ? x + by : x));
          const slope = (value(to(h)) - value(to(-h))) / (2 * h);
          expect(Math.abs(derivative - slope), `${name}, derivative ${j}`).toBeLessThan(1e-9);
        });
      }
  });

  it("keeps the relative accuracy of rare highest categories", () => {
    const [highest] = at(categoryProbability(family, 3), -20, 0, TAU);
    const exact = { logit: Math.exp(-22), probit: 0, cloglog: 0, loglog: Math.exp(-22) }[link];
    if (exact > 0) expect(highest / exact).toBeCloseTo(1, 8);
    else expect(highest).toBeLessThan(1e-100);
  });
});

describe("a fit", () => {
  const rows = Array.from({ length: 60 }, (_, i) => i);
  const table = {
    x: rows.map((i) => Math.sin(1.3 * i)),
    g: rows.map((i) => `g${i % 6}`),
    y: rows.map(
      (i) => ["low", "mid", "high"][Math.abs(Math.round(7 * Math.sin(1.3 * i) + 5 * Math.cos(i * i) + (i % 6))) % 3]!,
    ),
  };
  const declared = model(table).factor("y", ["low", "mid", "high"]).formula("y ~ x + (1 | g)").family(cumulative());
  let fit: MaximumLikelihoodFit;
  beforeAll(async () => {
    fit = (await declared.fit(agq(5))) as MaximumLikelihoodFit;
  });

  it("predicts a probability a row and category, the class that has the largest, and the score within its range", () => {
    const all = predict(fit);
    expect(all.rows).toHaveLength(180);
    expect([...fitted(fit)]).toEqual(all.rows.map(({ estimate }) => estimate));
    const classes = predict(fit, { type: "class" }).rows;
    const scores = predict(fit, { type: "score" }).rows;
    for (const i of rows) {
      const own = all.rows.slice(3 * i, 3 * i + 3);
      expect(own.map(({ row, category }) => [row, category])).toEqual([
        [i + 1, "low"],
        [i + 1, "mid"],
        [i + 1, "high"],
      ]);
      const best = own.reduce((a, b) => (b.estimate! > a.estimate! ? b : a));
      expect(classes[i]).toEqual(best);
      expect(scores[i]!.estimate).toBeCloseTo(
        own.reduce((sum, { estimate }, k) => sum + (k + 1) * estimate!, 0),
        12,
      );
      expect(scores[i]!.conf_low!).toBeGreaterThan(1);
      expect(scores[i]!.conf_high!).toBeLessThan(3);
      expect(scores[i]!.std_error!).toBeGreaterThan(0);
    }
  });

  it("serves new rows, of groups seen and new", () => {
    const newdata = { x: [0, 0.5], g: ["g1", "other"] };
    expect(() => predict(fit, { newdata })).toThrow(
      /Row 2 of the new data has a level of "g" that the fit has not seen/,
    );
    const { rows: drawn } = predict(fit, { newdata, newLevels: "new-group", seed: 1 });
    for (const i of [0, 1]) {
      const sum = drawn.slice(3 * i, 3 * i + 3).reduce((total, { estimate }) => total + estimate!, 0);
      expect(sum).toBeCloseTo(1, 10);
    }
    const integrated = predict(fit, { newdata, newLevels: "population" }).rows;
    const population = predict(fit, { newdata, estimand: "population" }).rows;
    expect(integrated.slice(3).map(({ estimate }) => estimate)).toEqual(
      population.slice(3).map(({ estimate }) => estimate),
    );
    const { rows: responses } = predict(fit, { newdata, type: "simulate", estimand: "population", seed: 1 });
    for (const { conf_low, conf_high } of responses) expect([conf_low! >= 1, conf_high! <= 3]).toEqual([true, true]);
  });

  it("draws probabilities with their categories, and scores", () => {
    const newdata = { x: [0.2], g: ["g0"] };
    const probabilities = predictionDraws(fit, { newdata, draws: 50 });
    expect(probabilities.categories).toEqual(["low", "mid", "high"]);
    const scores = predictionDraws(fit, { newdata, draws: 50, type: "score" });
    expect(scores.categories).toBeUndefined();
    for (let d = 0; d < 50; d++)
      expect(scores.values[d]).toBeCloseTo(
        [0, 1, 2].reduce((sum, k) => sum + (k + 1) * probabilities.values[50 * k + d]!, 0),
        12,
      );
  });

  it("averages the score over the population as the rows' scores average", () => {
    const { rows: averages, contrasts } = populationAverage(fit, {
      at: { x: [0, 1] },
      score: true,
      contrasts: "reference",
    });
    const cells = averages.filter(({ estimand }) => estimand === "population");
    [0, 1].forEach((x, c) => {
      const [row] = predict(fit, { newdata: { x: [x] }, estimand: "population", type: "score" }).rows;
      expect(cells[c]!.estimate).toBeCloseTo(row!.estimate!, 12);
      expect(cells[c]!.std_error!).toBeCloseTo(row!.std_error!, 10);
      expect(cells[c]!.conf_low!).toBeCloseTo(row!.conf_low!, 10);
    });
    expect(contrasts.map(({ measure }) => measure)).toEqual(["difference"]);
    const shares = populationAverage(fit, { at: { x: [0, 1] }, estimands: ["population"] }).rows;
    expect(shares.map(({ category }) => category)).toEqual(["low", "mid", "high", "low", "mid", "high"]);
  });

  it("is saved and loaded with its categories", () => {
    const loaded = loadFit(JSON.parse(JSON.stringify(saveFit(fit as MaximumLikelihood))));
    expect(predict(loaded as MaximumLikelihoodFit, { type: "score" }).rows).toEqual(
      predict(fit, { type: "score" }).rows,
    );
    expect(loaded.tidy()).toEqual(fit.tidy());
  });

  it("refuses in sentences what an ordered response cannot be asked, and other responses what only it can", async () => {
    expect(() => predict(fit, { type: "link", estimand: "population" })).toThrow(/has a probability for each category/);
    const other = await model(table).formula("x ~ 1 + (1 | g)").fit();
    expect(() => predict(other, { type: "score" })).toThrow(
      'The option "type" cannot be "score": choose "response", "link", "disp", "simulate".',
    );
    expect(() => populationAverage(other, { score: true })).toThrow(
      "A score is the expected number of an ordered response's category, and the family is 'gaussian': leave the option score out.",
    );
  });
});

describe("scores", () => {
  const y = [1, 2, 5, 4, 2, 5, 1, 4, 5, 2, 4, 1];
  const x = y.map((value, i) => value + ((i * 5) % 7));
  const scoreOf = async (column: readonly (string | number)[], levels?: readonly string[]) => {
    const declared = model({ x, y: [...column] })
      .formula("y ~ x")
      .family({ name: "cumulative" });
    const fit = await (levels ? declared.factor("y", levels) : declared).fit();
    const probabilities = predict(fit)
      .rows.slice(0, 4)
      .map(({ estimate }) => estimate!);
    const [{ estimate, conf_low, conf_high }] = predict(fit, { type: "score" }).rows as never as [
      Record<"estimate" | "conf_low" | "conf_high", number>,
    ];
    return { probabilities, estimate, conf_low, conf_high };
  };
  const expected = (probabilities: readonly number[], numbers: readonly number[]) =>
    probabilities.reduce((sum, p, k) => sum + p * numbers[k]!, 0);

  it("have the numbers of the categories where all are numbers, else 1, 2, …", async () => {
    const own = await scoreOf(y);
    expect(own.estimate).toBeCloseTo(expected(own.probabilities, [1, 2, 4, 5]), 10);
    expect(own.conf_low).toBeGreaterThan(1);
    expect(own.conf_high).toBeLessThan(5);
    const names = { 1: "low", 2: "fair", 4: "good", 5: "best" } as Record<number, string>;
    const counted = await scoreOf(
      y.map((value) => names[value]!),
      ["low", "fair", "good", "best"],
    );
    expect(counted.estimate).toBeCloseTo(expected(counted.probabilities, [1, 2, 3, 4]), 10);
  });
});
