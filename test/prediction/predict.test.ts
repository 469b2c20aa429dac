import { beforeAll, describe, expect, it } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { binomial } from "../../src/families/binomial.ts";
import { Gamma } from "../../src/families/gamma.ts";
import { poisson } from "../../src/families/poisson.ts";
import { laplace, ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { linkFunction } from "../../src/prediction/link-function.ts";
import { populationMean } from "../../src/prediction/population-mean.ts";
import { type PredictOptions, predict } from "../../src/prediction/predict.ts";
import { equicorrelated, exampleColumns, handMadeFit, handMadePosterior } from "./hand-made-fits.ts";

let cbpp: Awaited<ReturnType<typeof exampleColumns>>;
let sleepstudy: typeof cbpp;
beforeAll(async () => {
  cbpp = await exampleColumns("cbpp");
  sleepstudy = await exampleColumns("sleepstudy");
});

const herds = () =>
  model(cbpp as object as Record<string, number[]>)
    .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
    .family(binomial());
const x = [-1.4, -1, -1.1, -1.6, 0.65];
const V = equicorrelated([0.23, 0.3, 0.33, 0.43, 0.17], -0.2);

it("refuses null as new rows, which is no table and not the fitted rows", () => {
  expect(() => predict(handMadeFit(herds().compile(), x, V), { newdata: null } as never)).toThrow(
    "newdata of predict() must be a table of the rows to predict (leave it out for the rows fitted), not null.",
  );
});

describe("predictions by the delta method", () => {
  it.each(["population", "typical", "conditional"] as const)(
    "%s: standard errors are √(gVg') with g by differences",
    (estimand) => {
      const compiled = herds().compile();
      const fit = handMadeFit(compiled, x, V);
      for (const type of ["response", "link"] as const) {
        const { rows } = predict(fit, { estimand, type });
        const estimates = (at: readonly number[]) =>
          predict(handMadeFit(compiled, at, V), { estimand, type, se: false }).rows;
        const h = 1e-4;
        const derivatives = x.map((_, j) => {
          const shifted = (by: number) => estimates(x.map((value, k) => (k === j ? value + by : value)));
          const up = shifted(h);
          const down = shifted(-h);
          return up.map((row, i) => (row.estimate! - down[i]!.estimate!) / (2 * h));
        });
        for (const i of [0, 7, 55]) {
          let variance = 0;
          for (let j = 0; j < 5; j++)
            for (let k = 0; k < 5; k++) variance += derivatives[j]![i]! * V[j * 5 + k]! * derivatives[k]![i]!;
          if (estimand === "conditional") {
            // what the random effect adds by itself, at the slope of the prediction in η
            const level = compiled.design.random[0]!.index[i]!;
            const mu = rows[i]!.estimate;
            const slope = type === "link" ? 1 : mu! * (1 - mu!);
            variance += slope * slope * fit.modeCovariances[0]![level]!;
          }
          expect(rows[i]!.std_error! / Math.sqrt(variance)).toBeCloseTo(1, 6);
        }
      }
    },
  );

  it("keeps intervals of probabilities inside (0, 1), symmetric on the link scale", () => {
    const logit = linkFunction("logit").link;
    for (const row of predict(
      handMadeFit(
        herds().compile(),
        x,
        V.map((v) => 9 * v),
      ),
      { estimand: "population" },
    ).rows) {
      expect(row.conf_low!).toBeGreaterThan(0);
      expect(row.conf_high!).toBeLessThan(1);
      expect(logit(row.conf_high!) - logit(row.estimate!)).toBeCloseTo(logit(row.estimate!) - logit(row.conf_low!), 10);
      expect(logit(row.conf_high!) - logit(row.estimate!)).toBeCloseTo(
        (1.959963984540054 * row.std_error!) / (row.estimate! * (1 - row.estimate!)),
        10,
      );
    }
  });

  it("agrees with glmmTMB's conditional predictions and their standard errors (Laplace)", async () => {
    // glmmTMB 1.1.5: f <- glmmTMB(cbind(incidence, size - incidence) ~ period + (1 | herd), family = binomial);
    // predict(f, type = "response" and "link", se.fit = TRUE), rows 1 to 3
    const fit = await herds().fit(laplace());
    const response = predict(fit).rows;
    const link = predict(fit, { type: "link" }).rows;
    [0.3082076135, 0.1417482885, 0.125957598].forEach((v, i) => {
      expect(response[i]!.estimate).toBeCloseTo(v, 6);
    });
    [0.0806659158, 0.05233629469, 0.04948766632].forEach((v, i) => {
      expect(response[i]!.std_error).toBeCloseTo(v, 6);
    });
    [-0.8085122655, -1.8008445584, -1.937183563].forEach((v, i) => {
      expect(link[i]!.estimate).toBeCloseTo(v, 5);
    });
    [0.3783301285, 0.4302000636, 0.4495107709].forEach((v, i) => {
      expect(link[i]!.std_error).toBeCloseTo(v, 5);
    });
  });

  it("agrees with glmmTMB on a random slope (maximum likelihood)", async () => {
    // glmmTMB 1.1.5: predict(glmmTMB(Reaction ~ Days + (Days | Subject)), se.fit = TRUE), rows 1 to 3
    const fit = await model(sleepstudy as object as Record<string, number[]>)
      .formula("Reaction ~ Days + (Days | Subject)")
      .fit(ml());
    const { rows } = predict(fit);
    [254.2208956, 273.7636955, 293.3064954].forEach((v, i) => {
      expect(rows[i]!.estimate).toBeCloseTo(v, 3);
    });
    [12.945134694, 11.065933566, 9.466486292].forEach((v, i) => {
      expect(rows[i]!.std_error! / v).toBeCloseTo(1, 5);
    });
  });

  it("predicts for new rows, by column names, and for groups not seen as asked", () => {
    const fit = handMadeFit(herds().compile(), x, V);
    const newdata = toTable({ period: [1, 4], herd: ["1", "not seen"] });
    expect(predict(fit, { newdata, estimand: "conditional", newLevels: "population" }).rows[1]!.estimate).toBe(
      predict(fit, { newdata, estimand: "population" }).rows[1]!.estimate,
    );
    expect(predict(fit, { newdata, estimand: "conditional", newLevels: "typical" }).rows[1]!.estimate).toBe(
      predict(fit, { newdata, estimand: "typical" }).rows[1]!.estimate,
    );
    expect(predict(fit, { newdata: toTable({ period: [1], herd: ["1"] }) }).rows[0]).toEqual(predict(fit).rows[0]);
    expect(() => predict(fit, { newdata })).toThrow(
      /Row 2 of the new data has a level of "herd" that the fit has not seen/,
    );
    expect(() => predict(fit, { newdata: toTable({ period: [1] }) })).toThrow(/herd/);
    expect(predict(fit, { newdata: toTable({ period: [1] }), estimand: "typical" }).rows[0]!.estimate).toBeCloseTo(
      linkFunction("logit").mean(-1.4),
      14,
    );
  });

  it("gives the link of the population mean, not the population mean of the link", () => {
    const fit = handMadeFit(herds().compile(), x, V);
    const onLink = predict(fit, { estimand: "population", type: "link" }).rows[0]!;
    const mean = predict(fit, { estimand: "population" }).rows[0]!;
    expect(onLink.estimate).toBeCloseTo(linkFunction("logit").link(mean.estimate!), 12);
    expect(onLink.std_error!).toBeCloseTo(mean.std_error! / (mean.estimate! * (1 - mean.estimate!)), 10);
    expect(onLink.conf_low!).toBeCloseTo(linkFunction("logit").link(mean.conf_low!), 10);
  });

  it("refuses what it cannot mean, in sentences", () => {
    const fit = handMadeFit(herds().compile(), x, V);
    expect(() => predict(fit, { estimand: "marginal" } as object as PredictOptions)).toThrow(
      'estimand of predict() must be "population", "typical" or "conditional", not "marginal".',
    );
    expect(() => predict(fit, { type: "odds" } as object as PredictOptions)).toThrow(
      /type of predict\(\) must be "response".* not "odds"/,
    );
    expect(() => predict(fit, { confLevel: 95 })).toThrow(
      /confLevel of predict\(\) must be a number between 0 and 1, as 0.95 for 95 %, not 95/,
    );
  });
});

describe("population means and links", () => {
  const table = { y: [1.2, 0.7, 2.1, 1.6, 0.9, 1.1], a: [0, 1, 2, 0, 1, 2], g: ["p", "p", "p", "q", "q", "q"] };

  it("refuses the mean that does not exist", () => {
    const compiled = model(table)
      .formula("y ~ a + (1 | g)")
      .family(Gamma({ link: "inverse" }))
      .compile();
    const fit = handMadeFit(compiled, [2, 0.1, 0.2, 5], equicorrelated([0.1, 0.1, 0.1, 1], 0));
    expect(() => predict(fit, { estimand: "population" })).toThrow(
      /The population mean does not exist: with the inverse link the mean is 1\/\(η \+ b\).*"g"/,
    );
    expect(predict(fit, { estimand: "typical" }).rows[0]!.estimate).toBeCloseTo(0.5, 14);
    const none = handMadeFit(compiled, [2, 0.1, 0, 5], equicorrelated([0.1, 0.1, 0, 1], 0));
    expect(predict(none, { estimand: "population" }).rows[0]!.estimate).toBeCloseTo(0.5, 14);
  });

  it("warns where the link leaves the support, and not where it cannot", () => {
    const counts = { ...table, y: [1, 0, 2, 3, 1, 1] };
    const formula = "y ~ a + (1 | g)";
    const identity = model(counts)
      .formula(formula)
      .family(poisson({ link: "identity" }))
      .compile();
    const warnings = predict(handMadeFit(identity, [2, 0.1, 1], equicorrelated([0.1, 0.1, 0.1], 0)), {
      estimand: "population",
    }).warnings;
    expect(warnings.map(({ code }) => code)).toEqual(["link-leaves-support"]);
    // the row worst affected has η = 2: Φ(−2) = 0.0228
    expect(warnings[0]!.message).toMatch(/a share of 0.023 of the groups/);
    const log = model(counts).formula(formula).family(poisson()).compile();
    expect(
      predict(handMadeFit(log, [0.2, 0.1, 1], equicorrelated([0.1, 0.1, 0.1], 0)), { estimand: "population" }).warnings,
    ).toEqual([]);
    const gaussian = model(table).formula(formula).compile();
    expect(
      predict(handMadeFit(gaussian, [1, 0.1, 1, 0.5], equicorrelated([0.1, 0.1, 0.1, 0.1], 0)), {
        estimand: "population",
      }).warnings,
    ).toEqual([]);
  });
});

describe("predictions of a posterior", () => {
  const draws = [
    [-1.4, -1, -1.1, -1.6, 0.65],
    [-1.3, -1.1, -1, -1.5, 0.5],
    [-1.6, -0.9, -1.2, -1.8, 0.9],
  ];
  const logit = linkFunction("logit");
  const posterior = () => {
    const compiled = herds().compile();
    const levels = compiled.design.random[0]!.levels.length;
    const effects = Float64Array.from({ length: 3 * levels }, (_, k) => Math.sin(k));
    return { compiled, effects, levels, fit: handMadePosterior(compiled, draws, [effects]) };
  };

  it("are means, standard deviations and quantiles over the draws", () => {
    const { fit, compiled, effects, levels } = posterior();
    const level = compiled.design.random[0]!.index[1]!;
    const by = {
      typical: draws.map((d) => logit.mean(d[0]! + d[1]!)),
      conditional: draws.map((d, k) => logit.mean(d[0]! + d[1]! + effects[k * levels + level]!)),
      population: draws.map((d) => {
        const out = [new Float64Array(1), new Float64Array(1), new Float64Array(1)] as const;
        populationMean(logit, Float64Array.of(d[0]! + d[1]!), Float64Array.of(d[4]! ** 2), 1, ...out);
        return out[0][0]!;
      }),
    };
    for (const estimand of ["typical", "conditional", "population"] as const) {
      const row = predict(fit, { estimand, confLevel: 0.5 }).rows[1]!;
      const sorted = by[estimand].slice().sort((a, b) => a - b);
      const mean = (sorted[0]! + sorted[1]! + sorted[2]!) / 3;
      expect(row.estimate).toBeCloseTo(mean, 14);
      expect(row.std_error!).toBeCloseTo(Math.sqrt(sorted.reduce((s, v) => s + (v - mean) ** 2, 0) / 2), 14);
      // type 7 quantiles of three numbers
      expect(row.conf_low!).toBeCloseTo((sorted[0]! + sorted[1]!) / 2, 14);
      expect(row.conf_high!).toBeCloseTo((sorted[1]! + sorted[2]!) / 2, 14);
    }
  });

  it("are the same whether rows fall into one block or several", () => {
    const { fit } = posterior();
    const many = Array.from({ length: 600 }, (_, k) => (k % 4) + 1);
    const newdata = toTable({ period: many, herd: many.map(() => "1") });
    const { rows } = predict(fit, { newdata });
    expect(rows.map(({ row }) => row)).toEqual(many.map((_, k) => k + 1));
    expect(rows[599]!.estimate).toBe(rows[3]!.estimate);
  });

  it("draw the effects of one more group when asked: a new group's spread beside the population mean", () => {
    const compiled = herds().compile();
    const levels = compiled.design.random[0]!.levels.length;
    const count = 4000;
    const same = Array.from({ length: count }, () => x);
    const fit = handMadePosterior(compiled, same, [new Float64Array(count * levels)]);
    const newdata = toTable({ period: [1, 1, 1], herd: ["new", "1", "other"] });
    const { rows } = predict(fit, { newdata, newLevels: "new-group", seed: 5 });
    const integrated = predict(fit, { newdata, newLevels: "population" }).rows;
    for (const row of [0, 2]) {
      const error = rows[row]!.std_error! / Math.sqrt(count);
      expect(Math.abs(rows[row]!.estimate! - integrated[row]!.estimate!)).toBeLessThan(4 * error);
      expect(integrated[row]!.std_error!).toBeCloseTo(0, 12);
      // 95 % of new herds lie between the means at ±1.96 sd
      expect(rows[row]!.conf_low!).toBeCloseTo(logit.mean(-1.4 - 1.96 * 0.65), 2);
      expect(rows[row]!.conf_high!).toBeCloseTo(logit.mean(-1.4 + 1.96 * 0.65), 1);
    }
    expect(rows[1]!.estimate).toBeCloseTo(logit.mean(-1.4), 12);
    expect(rows[0]!.estimate).not.toBe(rows[2]!.estimate);
    expect(predict(fit, { newdata, newLevels: "new-group", seed: 5 }).rows).toEqual(rows);
  });
});
