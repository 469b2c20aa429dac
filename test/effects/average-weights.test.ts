import { beforeAll, describe, expect, it } from "vitest";
import { type PopulationAverageOptions, populationAverage } from "../../src/effects/population-average.ts";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { poisson } from "../../src/families/poisson.ts";
import { agq, reml } from "../../src/frequentist/method.ts";
import type { Fit } from "../../src/model/fit.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { predict } from "../../src/prediction/predict.ts";
import reference from "../fixtures/effects/emmeans-averages.json" with { type: "json" };
import { equicorrelated, handMadeFit, handMadePosterior } from "../prediction/hand-made-fits.ts";

type Columns = Record<string, number[]>;
const read = async (path: string) => (await readColumns(new URL(path, import.meta.url))).columns as object as Columns;

let cake: Fit;
let herds: Fit;
beforeAll(async () => {
  const rows = await read("../fixtures/small-sample/cake120.csv");
  cake = await model(rows).formula("angle ~ recipe * factor(temp) + x + (1 | recipe:replicate)").fit(reml());
  herds = await model(await read("../../examples/data/cbpp.csv"))
    .factor("period", [1, 2, 3, 4])
    .formula("incidence | trials(size) ~ period + (1 | herd)")
    .family(binomial())
    .fit(agq(25));
});

const near = (got: number | null | undefined, want: number, relative: number) =>
  expect(Math.abs(got! - want), `${got} for ${want}`).toBeLessThan(relative * Math.abs(want) + 1e-8);

describe("averages over a reference grid", () => {
  it.each(["equal", "proportional", "outer", "cells", "flat"] as const)("%s: are those of emmeans", (weights) => {
    const { rows } = populationAverage(cake, { by: "recipe", weights });
    const want = reference.weights[weights];
    rows.forEach((row, k) => {
      near(row.estimate, want.emmean[k]!, 1e-6);
      near(row.std_error, want.SE[k]!, 1e-5);
      near(row.df, want.df[k]!, 1e-4);
    });
  });

  it.each([
    ["polynomial", "poly"],
    ["effects", "eff"],
    ["deletion-effects", "del.eff"],
    ["sequential", "consec"],
  ] as const)("%s contrasts are those of emmeans", (contrasts, name) => {
    const { contrasts: rows } = populationAverage(cake, { by: "temp", weights: "equal", contrasts });
    const want = reference[name];
    expect(rows).toHaveLength(want.estimate.length);
    rows.forEach((row, k) => {
      near(row.estimate, want.estimate[k]!, 1e-4);
      near(row.std_error, want.SE[k]!, 1e-5);
      near(row.df, want.df[k]!, 1e-3);
      near(row.p_value, want.p[k]!, 1e-3);
    });
  });

  it("differences of differences are those of emmeans, and simple effects those within the other column", () => {
    const by = ["recipe", "temp"];
    const { contrasts } = populationAverage(cake, {
      by,
      weights: "equal",
      contrasts: ["pairwise", "sequential"],
      contrastColumn: by,
    });
    expect(contrasts[0]).toMatchObject({ recipe: "B vs A", temp: "185 vs 175" });
    // emmeans has the second varying slowest
    const ours = contrasts.map(({ estimate, std_error }) => [estimate!, std_error!] as const);
    reference.interaction.estimate.forEach((want, k) => {
      const found = ours[(k % 3) * 5 + Math.floor(k / 3)]!;
      near(found[0], want, 1e-4);
      near(found[1], reference.interaction.SE[k]!, 1e-5);
    });
    const simple = populationAverage(cake, { by, weights: "equal", contrasts: "reference", simple: true }).contrasts;
    expect(simple).toHaveLength(2 * 6 + 5 * 3);
    expect(simple[0]).toMatchObject({ recipe: "B vs A", temp: 175 });
    expect(simple.at(-1)).toMatchObject({ recipe: "C", temp: "225 vs 175" });
    const own = populationAverage(cake, { by, weights: "equal", contrasts: "reference", contrastColumn: "temp" });
    expect(simple.slice(12)).toEqual(own.contrasts);
  });

  it("contrasts of one's own and a reference level", () => {
    const { rows, contrasts } = populationAverage(cake, {
      by: "recipe",
      contrasts: { "A vs rest": [1, -0.5, -0.5], "C vs B": { B: -1, C: 1 } },
    });
    const [a, b, c] = rows.map(({ estimate }) => estimate!) as [number, number, number];
    expect(contrasts.map(({ recipe }) => recipe)).toEqual(["A vs rest", "C vs B"]);
    near(contrasts[0]!.estimate, a - (b + c) / 2, 1e-9);
    near(contrasts[1]!.estimate, c - b, 1e-9);
    const against = populationAverage(cake, { by: "recipe", contrasts: "reference", ref: "B" }).contrasts;
    expect(against.map(({ recipe }) => recipe)).toEqual(["A vs B", "C vs B"]);
    expect(() => populationAverage(cake, { by: "recipe", contrasts: { odd: [1, -1] } })).toThrow(
      'The contrast "odd" has 2 coefficients, and "recipe" has 3 values',
    );
    expect(() => populationAverage(cake, { by: "recipe", contrasts: "reference", ref: "D" })).toThrow(
      'ref: "D" is no value of "recipe"',
    );
  });
});

describe("averages on other scales", () => {
  const typical = { by: "period", weights: "equal", estimands: ["typical"] } as const;
  it("of the link and transformed back are those of emmeans", () => {
    const link = populationAverage(herds, { ...typical, scale: "link" }).rows;
    const back = populationAverage(herds, { ...typical, scale: "back-transformed" }).rows;
    [0, 1, 2, 3].forEach((k) => {
      near(link[k]!.estimate, reference.link.emmean[k]!, 2e-4);
      near(link[k]!.conf_low, reference.link.low[k]!, 2e-3);
      near(back[k]!.estimate, reference.back.prob[k]!, 2e-4);
      near(back[k]!.std_error, reference.back.SE[k]!, 3e-3);
      near(back[k]!.conf_high, reference.back.high[k]!, 2e-3);
    });
    const odds = populationAverage(herds, {
      ...typical,
      scale: "back-transformed",
      contrasts: "reference",
      ref: 2,
    }).contrasts;
    expect(odds.map(({ measure, period }) => `${measure} ${period}`)).toEqual(
      ["1 vs 2", "3 vs 2", "4 vs 2"].map((pair) => `odds ratio ${pair}`),
    );
    odds.forEach((row, k) => {
      near(row.estimate, reference.odds.ratio[k]!, 1e-3);
      near(row.conf_low, reference.odds.low[k]!, 2e-3);
    });
    const same = populationAverage(herds, {
      ...typical,
      scale: "link",
      contrasts: "reference",
      ref: 2,
      measure: "odds ratio",
    }).contrasts;
    same.forEach((row, k) => {
      near(row.estimate, odds[k]!.estimate!, 1e-9);
      near(row.std_error, odds[k]!.std_error!, 1e-9);
    });
  });

  it("of an ordered response are of the latent variable", async () => {
    const wine = await read("../../examples/data/wine.csv");
    const fit = await model(wine).formula("rating ~ temp + contact").family(cumulative()).fit();
    const { rows, contrasts } = populationAverage(fit, {
      by: "temp",
      scale: "link",
      weights: "equal",
      contrasts: "reference",
      measure: ["difference", "odds ratio"],
    });
    rows.forEach((row, k) => {
      near(row.estimate, reference.latent.emmean[k]!, 1e-4);
      near(row.std_error, reference.latent.SE[k]!, 1e-3);
    });
    near(contrasts[1]!.estimate, Math.exp(contrasts[0]!.estimate!), 1e-10);
    expect(() => populationAverage(fit, { scale: "back-transformed" })).toThrow("needs a link of the mean");
  });
});

describe("averages over other rows", () => {
  const table = {
    y: [1, 0, 2, 3, 1, 4, 2, 0],
    sex: ["f", "f", "m", "m", "f", "m", "m", "f"],
    age: [30, 40, 50, 60, 70, 80, 35, 45],
    g: ["a", "a", "b", "b", "c", "c", "d", "d"],
  };
  const fitted = () =>
    handMadeFit(
      model(table).formula("y ~ sex * age + (1 | g)").family(poisson()).compile(),
      [0.2, 0.4, 0.01, -0.005, 0.6],
      equicorrelated([0.3, 0.1, 0.02, 0.01, 0.2], 0.2),
    );
  const means = (newdata: object) =>
    predict(fitted(), { newdata: newdata as never, estimand: "population" }).rows.map(({ estimate }) => estimate!);
  const estimates = (options: PopulationAverageOptions) =>
    populationAverage(fitted(), options).rows.map(({ estimate }) => estimate!);

  it("of a target population are the weighted predictions of its cells", () => {
    const cells = { sex: ["f", "f", "m", "m"], age: [40, 60, 40, 60], people: [10, 20, 30, 40] };
    const each = means(cells);
    const whole = cells.people.reduce((sum, n, k) => sum + (n / 100) * each[k]!, 0);
    near(estimates({ weights: cells })[0], whole, 1e-12);
    near(estimates({ weights: { table: cells, share: "people" } })[0], whole, 1e-12);
    // by a column of the target: its own shares in each
    const bySex = estimates({ by: "sex", weights: cells });
    near(bySex[0], (each[0]! + 2 * each[1]!) / 3, 1e-12);
    near(bySex[1], (3 * each[2]! + 4 * each[3]!) / 7, 1e-12);
    // what the target does not say is as in the rows
    const sexes = { sex: ["f", "m"], n: [1, 3] };
    const replaced = (sex: string) => {
      const rows = means({ sex: table.age.map(() => sex), age: table.age });
      return rows.reduce((sum, m) => sum + m, 0) / rows.length;
    };
    near(estimates({ weights: sexes })[0], replaced("f") / 4 + (3 * replaced("m")) / 4, 1e-12);
    expect(() => estimates({ weights: { sex: ["f", "x"], n: [1, 3] } })).toThrow('"x" in row 2 of the target');
    expect(() => estimates({ weights: { sex: ["f", "m"], n: [1, 3], share: [1, 1] } })).toThrow(
      "say which has the shares",
    );
    expect(() => estimates({ weights: { sex: ["f", "m"], n: [1, -3] } })).toThrow("is -3 in row 2");
  });

  it("of new rows, and of the rows observed in a cell", () => {
    const newdata = { sex: ["f", "m", "m"], age: [20, 30, 90] };
    const each = means(newdata);
    near(estimates({ newdata })[0], (each[0]! + each[1]! + each[2]!) / 3, 1e-12);
    const women = means({ sex: ["f", "f", "f"], age: newdata.age });
    near(estimates({ newdata, at: { sex: "f" } })[0], (women[0]! + women[1]! + women[2]!) / 3, 1e-12);
    const own = means(table);
    const mean = (sex: string) => {
      const rows = own.filter((_, i) => table.sex[i] === sex);
      return rows.reduce((sum, m) => sum + m, 0) / rows.length;
    };
    const observed = estimates({ by: "sex", counterfactual: false });
    near(observed[0], mean("f"), 1e-12);
    near(observed[1], mean("m"), 1e-12);
    const { rows, warnings } = populationAverage(fitted(), { at: { age: [30, 31] }, counterfactual: false });
    expect(rows.map(({ estimate }) => estimate === null)).toEqual([false, true]);
    expect(warnings.map(({ message }) => message).join()).toContain("no rows to average over at age = 31");
  });

  it("at summaries of a column", () => {
    const { rows } = populationAverage(fitted(), { at: { age: ["mean", "max"] } });
    expect(rows.map(({ age }) => age)).toEqual([51.25, 80]);
    const own = populationAverage(fitted(), {
      at: { age: (values: Float64Array) => [values[0]!, values.at(-1)! + 1] },
    }).rows;
    expect(own.map(({ age }) => age)).toEqual([30, 81]);
    expect(() => populationAverage(fitted(), { at: { age: "middle" } })).toThrow('one of "mean"');
  });

  it("of draws, draw by draw", () => {
    const compiled = model(table).formula("y ~ sex * age + (1 | g)").family(poisson()).compile();
    const draws = [0.1, 0.2, 0.4].map((shift) => [shift, 0.4, 0.01, -0.005, 0.6]);
    const effects = [new Float64Array(12)];
    const posterior = handMadePosterior(compiled, draws, effects);
    const options = { by: "sex", weights: "equal", scale: "link", contrasts: "effects" } as const;
    const { rows } = populationAverage(posterior, options);
    const each = draws.map((x) => populationAverage(handMadeFit(compiled, x, new Float64Array(25)), options).rows);
    rows.forEach((row, k) => {
      near(
        row.estimate,
        each.reduce((sum, one) => sum + one[k]!.estimate! / 3, 0),
        1e-10,
      );
    });
  });

  it("refuse what does not go together", () => {
    expect(() => estimates({ weights: "equal", estimands: ["conditional"] })).toThrow("is of the groups observed");
    expect(() => estimates({ weights: "frequency" })).toThrow("the model has none");
    expect(() => estimates({ weights: "equal", counterfactual: false })).toThrow("leave one of the two out");
    expect(() => estimates({ by: "sex", contrasts: "pairwise", measure: "odds ratio" })).toThrow("does not suit");
    expect(() => estimates({ simple: true })).toThrow("simple contrasts each column");
  });
});
