import { beforeAll, describe, expect, it } from "vitest";
import {
  type AverageRow,
  type PopulationAverageOptions,
  populationAverage,
} from "../../src/effects/population-average.ts";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { agq } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { linkFunction } from "../../src/prediction/link-function.ts";
import { predict } from "../../src/prediction/predict.ts";
import reference from "../fixtures/effects/bacteria-population-averages.json" with { type: "json" };
import { equicorrelated, exampleColumns, handMadeFit, handMadePosterior } from "../prediction/hand-made-fits.ts";

type Columns = Record<string, number[]>;
let cbpp: Columns;
let bacteria: Columns;
beforeAll(async () => {
  cbpp = (await exampleColumns("cbpp")) as object as Columns;
  bacteria = (await readColumns(new URL("../fixtures/effects/bacteria.csv", import.meta.url)))
    .columns as object as Columns;
});

const herds = () =>
  model(cbpp).formula("incidence | trials(size) ~ factor(period) + (1 | herd)").family(binomial()).compile();
const x = [-1.4, -1, -1.1, -1.6, 0.65];
const V = equicorrelated([0.23, 0.3, 0.33, 0.43, 0.17], -0.2);
const pick = (rows: readonly AverageRow[], estimand: string, cell: Record<string, unknown> = {}) =>
  rows.filter((row) => row.estimand === estimand && Object.entries(cell).every(([name, value]) => row[name] === value));

describe("population averages of a maximum-likelihood fit", () => {
  it("agree with an independent program on the bacteria data", async () => {
    const fit = await model(bacteria)
      .formula("y01 ~ trt + wk2 + (1 | ID)")
      .family(binomial())
      .factor("trt", ["placebo", "drug", "drug+"])
      .fit(agq(101));
    expect(fit.logLik).toBeCloseTo(reference.logLik, 5);
    const { rows } = populationAverage(fit, { by: ["trt", "wk2"], estimands: ["population", "typical"] });
    expect(rows).toHaveLength(12);
    reference.grid.forEach((cell, k) => {
      expect(pick(rows, "population", cell)[0]!.estimate).toBeCloseTo(reference.population[k]!, 5);
      expect(pick(rows, "typical", cell)[0]!.estimate).toBeCloseTo(reference.typical[k]!, 5);
    });
  });

  it("are the averages of the predictions where nothing is replaced", () => {
    const fit = handMadeFit(herds(), x, V);
    const { rows } = populationAverage(fit, { estimands: ["population", "typical", "conditional"] });
    for (const estimand of ["population", "typical", "conditional"] as const) {
      const each = predict(fit, { estimand, se: false }).rows;
      const mean = each.reduce((s, row) => s + row.estimate!, 0) / each.length;
      expect(pick(rows, estimand)[0]!.estimate).toBeCloseTo(mean, 13);
    }
  });

  it.each(["population", "typical", "conditional"] as const)(
    "%s: covariances between cells are those of the delta method",
    (estimand) => {
      const compiled = herds();
      const fit = handMadeFit(compiled, x, V);
      const options = { by: "period", estimands: [estimand], contrasts: "reference" } as const;
      const averages = populationAverage(fit, options);
      const estimates = (at: readonly number[]) =>
        populationAverage(handMadeFit(compiled, at, V), options).rows.map((row) => row.estimate);
      const h = 1e-4;
      const gradient = x.map((_, j) => {
        const shifted = (by: number) => estimates(x.map((value, k) => (k === j ? value + by : value)));
        const up = shifted(h);
        const down = shifted(-h);
        return up.map((value, c) => (value! - down[c]!) / (2 * h));
      });
      // the part of the random effects themselves: ∂(average of cell c)/∂b_level, a share of the rows each
      const { index, levels } = compiled.design.random[0]!;
      const logit = linkFunction("logit");
      const own = averages.rows.map((_, c) => {
        const g = new Float64Array(levels.length);
        const eta = x[0]! + (c > 0 ? x[c]! : 0);
        for (const level of index) g[level]! += logit.slope(eta + fit.modes[0]![level]!) / index.length;
        return g;
      });
      const covariance = (a: number, b: number) => {
        let s = 0;
        for (let j = 0; j < 5; j++)
          for (let k = 0; k < 5; k++) s += gradient[j]![a]! * V[j * 5 + k]! * gradient[k]![b]!;
        if (estimand === "conditional")
          for (let l = 0; l < levels.length; l++) s += own[a]![l]! * fit.modeCovariances[0]![l]! * own[b]![l]!;
        return s;
      };
      averages.rows.forEach((row, c) => {
        expect(row.std_error! / Math.sqrt(covariance(c, c))).toBeCloseTo(1, 6);
      });
      const differences = averages.contrasts.filter(({ measure }) => measure === "difference");
      differences.forEach((row, k) => {
        const variance = covariance(k + 1, k + 1) + covariance(0, 0) - 2 * covariance(0, k + 1);
        expect(row.std_error! / Math.sqrt(variance)).toBeCloseTo(1, 6);
        expect(row.statistic!).toBeCloseTo(row.estimate! / Math.sqrt(variance), 4);
      });
    },
  );

  it("are closed for the log link: a normal random intercept multiplies every mean by exp(v/2)", () => {
    const table = { y: [1, 0, 2, 3, 1, 4], a: [0, 1, 2, 0, 1, 2], g: ["p", "p", "q", "q", "r", "r"] };
    const compiled = model(table).formula("y ~ a + (1 | g)").family(poisson()).compile();
    const U = equicorrelated([0.3, 0.1, 0.2], 0.3);
    const fit = handMadeFit(compiled, [0.2, 0.4, 0.8], U);
    const { rows, contrasts } = populationAverage(fit, {
      at: { a: [0, 1.5] },
      contrasts: "reference",
      estimands: ["population", "typical"],
    });
    const population = pick(rows, "population");
    const typical = pick(rows, "typical");
    population.forEach((row, k) => {
      expect(row.estimate! / typical[k]!.estimate!).toBeCloseTo(Math.exp(0.32), 12);
    });
    // log mean = β₀ + aβ₁ + λ²/2
    const g = [1, 1.5, 0.8];
    let variance = 0;
    for (let j = 0; j < 3; j++) for (let k = 0; k < 3; k++) variance += g[j]! * U[j * 3 + k]! * g[k]!;
    expect(population[1]!.std_error!).toBeCloseTo(population[1]!.estimate! * Math.sqrt(variance), 12);
    expect(population[1]!.conf_high!).toBeCloseTo(
      population[1]!.estimate! * Math.exp(1.959963984540054 * Math.sqrt(variance)),
      10,
    );
    const ratios = contrasts.filter(({ measure }) => measure === "ratio");
    expect(ratios).toHaveLength(2);
    for (const ratio of ratios) {
      expect(ratio.estimate).toBeCloseTo(Math.exp(0.6), 12);
      expect(ratio.std_error!).toBeCloseTo(Math.exp(0.6) * 0.15, 12);
      expect(ratio.statistic!).toBeCloseTo(4, 10);
      expect(ratio["a"]).toBe("1.5 vs 0");
    }
    expect(contrasts.some(({ measure }) => measure === "odds ratio")).toBe(false);
  });

  it("have odds ratios of probabilities, with errors from the joint covariance", () => {
    const fit = handMadeFit(herds(), x, V);
    const { contrasts } = populationAverage(fit, { by: "period", contrasts: "reference", estimands: ["typical"] });
    const ratio = contrasts.find((row) => row.measure === "odds ratio" && row["period"] === "4 vs 1")!;
    // at a random effect of 0 the log odds ratio is the coefficient
    expect(ratio.estimate).toBeCloseTo(Math.exp(-1.6), 12);
    expect(ratio.std_error!).toBeCloseTo(Math.exp(-1.6) * 0.43, 12);
    expect(ratio.conf_low!).toBeCloseTo(Math.exp(-1.6 - 1.959963984540054 * 0.43), 12);
    expect(ratio.p_value!).toBeCloseTo(0.000198, 5);
  });

  it("weigh rows by their frequencies", () => {
    const table = {
      y: [1, 0, 2, 3, 1, 4],
      a: [0, 1, 2, 0, 1, 2],
      g: ["p", "p", "q", "q", "r", "r"],
      times: [1, 1, 4, 1, 1, 4],
    };
    const declared = model(table).formula("y ~ a + (1 | g)").family(poisson());
    const at = [0.2, 0.4, 0.8];
    const weighted = handMadeFit(declared.frequencyWeights("times").compile(), at, equicorrelated([1, 1, 1], 0));
    const means = [0, 1, 2].map((a) => Math.exp(0.2 + 0.4 * a));
    expect(populationAverage(weighted, { estimands: ["typical"] }).rows[0]!.estimate).toBeCloseTo(
      (2 * means[0]! + 2 * means[1]! + 8 * means[2]!) / 12,
      13,
    );
  });

  it("refuse what the model cannot answer", () => {
    const fit = handMadeFit(herds(), x, V);
    expect(() => populationAverage(fit, { by: "season" })).toThrow(/"season" in by is no column of the table/);
    expect(() => populationAverage(fit, { by: "size" })).toThrow(/The model does not use the column "size"/);
    expect(() => populationAverage(fit, { at: { period: [9] } })).toThrow(/9/);
    expect(() => populationAverage(fit, { contrasts: "all" } as object as PopulationAverageOptions)).toThrow(
      /contrasts of populationAverage\(\) must be "none".* not "all"/,
    );
    expect(() => populationAverage(fit, { by: "period", contrasts: "reference", contrastColumn: "herd" })).toThrow(
      /"herd" in contrastColumn/,
    );
    expect(() => populationAverage(fit, { by: "period", contrastColumn: "period" })).toThrow(/say which, as contrasts/);
    expect(() => populationAverage(fit, { estimands: [] })).toThrow(/must be a list of at least one estimand/);
    expect(populationAverage(fit, { estimands: ["typical", "typical"] }).rows).toHaveLength(1);
  });
});

describe("population averages of a posterior", () => {
  it("are made draw by draw, contrasts included", () => {
    const compiled = herds();
    const levels = compiled.design.random[0]!.levels.length;
    const draws = [x, [-1.3, -1.1, -1, -1.5, 0.5], [-1.6, -0.9, -1.2, -1.8, 0]];
    const posterior = handMadePosterior(compiled, draws, [
      Float64Array.from({ length: 3 * levels }, (_, k) => Math.sin(k)),
    ]);
    const { rows, contrasts } = populationAverage(posterior, {
      by: "period",
      contrasts: "reference",
      estimands: ["population", "typical", "conditional"],
    });
    for (const estimand of ["population", "typical", "conditional"] as const) {
      const each = draws.map((draw, d) => {
        const one = handMadePosterior(
          compiled,
          [draw],
          [posterior.randomEffects()[0]!.slice(d * levels, (d + 1) * levels)],
        );
        return populationAverage(one, { by: "period", estimands: [estimand] }).rows.map((row) => row.estimate);
      });
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
      pick(rows, estimand).forEach((row, c) => {
        expect(row.estimate).toBeCloseTo(mean(each.map((values) => values[c]!)), 14);
      });
      const ratio = contrasts.find(
        (row) => row.estimand === estimand && row.measure === "ratio" && row["period"] === "3 vs 1",
      )!;
      expect(ratio.estimate).toBeCloseTo(mean(each.map((values) => values[2]! / values[0]!)), 13);
      expect(ratio.p_value).toBeNull();
    }
  });
});

describe("several fits side by side", () => {
  it("carry their names, and print", () => {
    const fit = handMadeFit(herds(), x, V);
    const averages = populationAverage(
      { one: fit, two: fit },
      { at: { period: [1, 4] }, estimands: ["population"], contrasts: "pairwise" },
    );
    expect(averages.rows.map((row) => row["fit"])).toEqual(["one", "one", "two", "two"]);
    expect(averages.toString()).toMatchInlineSnapshot(`
      "Averages of the response over the rows of the data, random effects integrated out

      fit  period  estimate  std_error  conf_low  conf_high
      one  1        0.21626    0.03571   0.15439    0.29429
      one  4        0.05641    0.02216   0.02576    0.11911
      two  1        0.21626    0.03571   0.15439    0.29429
      two  4        0.05641    0.02216   0.02576    0.11911

      Contrasts

      fit  measure     period  estimate  std_error  statistic  p_value  conf_low  conf_high
      one  difference  4 vs 1  -0.15984    0.03644      -4.39   <0.001  -0.23126   -0.08842
      one  ratio       4 vs 1   0.26087    0.09956      -3.52   <0.001   0.12347    0.55118
      one  odds ratio  4 vs 1   0.21668    0.08911      -3.72   <0.001   0.09677    0.48515
      two  difference  4 vs 1  -0.15984    0.03644      -4.39   <0.001  -0.23126   -0.08842
      two  ratio       4 vs 1   0.26087    0.09956      -3.52   <0.001   0.12347    0.55118
      two  odds ratio  4 vs 1   0.21668    0.08911      -3.72   <0.001   0.09677    0.48515

      Tests and intervals: normal.
      Level of intervals: 0.95; intervals and tests are on the scale of the logit and the log, intervals transformed back."
    `);
  });
});

describe("averages that count trials", () => {
  it("are those of a table with a row for each trial, in every estimand", () => {
    const size = cbpp["size"]!;
    const each = Object.fromEntries(
      Object.entries(cbpp).map(([name, values]) => [
        name,
        Array.from(values).flatMap((value, i) => new Array<number>(size[i]!).fill(value)),
      ]),
    );
    // which of the trials were successes plays no part in an average
    const single = each["herd"]!.map((_, i) => (i % 5 === 0 ? 1 : 0));
    const rows = model({ ...each, single })
      .formula("single ~ factor(period) + (1 | herd)" as string)
      .family(binomial())
      .compile();
    const options = {
      by: "period",
      contrasts: "reference",
      estimands: ["population", "typical", "conditional"],
    } as const;
    const trials = populationAverage(handMadeFit(herds(), x, V), { ...options, weights: "trials" });
    const wanted = populationAverage(handMadeFit(rows, x, V), options);
    expect(trials.rows).toHaveLength(12);
    trials.rows
      .filter(({ estimand }) => estimand !== "conditional")
      .forEach((row) => {
        const other = pick(wanted.rows, row.estimand, { period: row["period"] })[0]!;
        expect(row.estimate).toBeCloseTo(other.estimate!, 12);
        expect(row.std_error!).toBeCloseTo(other.std_error!, 12);
      });
  });

  it("differ from those of rows where a covariate is averaged over, and need trials", async () => {
    const table = { y: [1, 5, 0, 3, 1, 4], n: [2, 10, 3, 5, 9, 6], z: [0, 1, 2, 3, 4, 5] };
    const fit = await model(table).formula("y | trials(n) ~ z").family(binomial()).fit();
    const of = (options: PopulationAverageOptions) => populationAverage(fit, options).rows[0]!.estimate!;
    const each = predict(fit, { estimand: "population" }).rows;
    const weighted = each.reduce((sum, row, i) => sum + row.estimate! * table.n[i]!, 0) / 35;
    expect(of({ weights: "trials" })).toBeCloseTo(weighted, 12);
    expect(Math.abs(of({}) - weighted)).toBeGreaterThan(1e-3);
    const other = await model(table).formula("y ~ z").family(poisson()).fit();
    expect(() => populationAverage(other, { weights: "trials" })).toThrow("the family is 'poisson'");
  });
});
