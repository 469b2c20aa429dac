import { beforeAll, describe, expect, it } from "vitest";
import { populationAverage } from "../../src/effects/population-average.ts";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { poisson } from "../../src/families/poisson.ts";
import { gee } from "../../src/frequentist/gee/method.ts";
import { laplace } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { predict, predictionDraws } from "../../src/prediction/predict.ts";
import { simulate } from "../../src/prediction/simulate.ts";

let columns: Record<string, (string | number)[]>;
beforeAll(async () => {
  columns = (await readColumns(new URL("../fixtures/identification/nonestimable.csv", import.meta.url)))
    .columns as never;
});

const declared = () => model(columns);
type Declared = ReturnType<typeof declared>;

/** No row has sand and wheat, whichever levels come first. */
const orders: readonly ((builder: Declared) => Declared)[] = [
  (builder) => builder,
  (builder) => builder.factor("soil", ["loam", "sand", "clay"]).factor("crop", ["wheat", "oat", "rye"]),
  (builder) => builder.factor("soil", ["sand", "clay", "loam"]).contrasts("crop", "sum"),
];
const isGap = (row: Readonly<Record<string, unknown>>) => row["soil"] === "sand" && row["crop"] === "wheat";

describe("averages at combinations without rows", () => {
  it("are null whichever column was dropped, and all others as emmeans has them", async () => {
    for (const order of orders) {
      const fit = await order(declared().formula("y ~ soil * crop + (1 | farm)")).fit();
      const { rows, contrasts, warnings } = populationAverage(fit, {
        by: ["soil", "crop"],
        estimands: ["population"],
        contrasts: "pairwise",
      });
      for (const row of rows) expect(row.estimate === null).toBe(isGap(row));
      // R 4.2.2, lme4 1.1-31, emmeans 1.8.4: emmeans(lmer(y ~ soil*crop + (1|farm), d), ~ soil*crop)
      const oat = rows.find((row) => row["soil"] === "sand" && row["crop"] === "oat")!;
      expect(oat.estimate).toBeCloseTo(4.488, 6);
      expect(oat.std_error).toBeCloseTo(0.5553836, 5);
      for (const row of contrasts)
        expect(row.estimate === null).toBe(/sand/.test(String(row["soil"])) && row["crop"] === "wheat");
      expect(warnings.filter(({ code }) => code === "not-estimable")).toHaveLength(1);
      expect(warnings.find(({ code }) => code === "not-estimable")!.message).toMatch(/soil = sand, crop = wheat/);
    }
  });

  it("are so in predictions, their draws and simulated responses", async () => {
    const fit = await model(columns).formula("y ~ soil * crop + (1 | farm)").fit();
    const newdata = { soil: ["sand", "sand"], crop: ["wheat", "rye"], farm: ["f1", "f1"] };
    for (const type of ["response", "link", "simulate"] as const) {
      const { rows, warnings } = predict(fit, { newdata, type, draws: 20 });
      expect(rows.map(({ estimate }) => estimate === null)).toEqual([true, false]);
      expect(rows[0]).toEqual({ row: 1, estimate: null, std_error: null, conf_low: null, conf_high: null });
      expect(warnings.map(({ message }) => message).join()).toMatch(/row 1 is not estimable/);
    }
    const draws = predictionDraws(fit, { newdata, draws: 3 });
    expect(Array.from(draws.values, Number.isNaN)).toEqual([true, true, true, false, false, false]);
    const simulated = simulate(fit, { newdata, seed: 1 });
    expect(Array.from(simulated.values, Number.isNaN)).toEqual([true, false]);
    expect(simulated.warnings).toHaveLength(1);
  });

  it("are so of generalised models, estimating equations and ordered responses", async () => {
    const by = { by: ["soil", "crop"] };
    const glmm = await model(columns).formula("b ~ soil * crop + (1 | farm)").family(binomial()).fit(laplace());
    const equations = await model(columns)
      .formula("b ~ soil * crop")
      .family(binomial())
      .fit(gee({ id: "farm" }));
    const grade = Array.from(columns["y"]!, (y) => (Number(y) < 5 ? "low" : Number(y) < 6 ? "mid" : "top"));
    const ordered = await model({ ...columns, grade })
      .factor("grade", ["low", "mid", "top"])
      .formula("grade ~ soil * crop" as string)
      .family(cumulative())
      .fit();
    for (const fit of [glmm, equations, ordered])
      for (const row of populationAverage(fit, by).rows) expect(row.estimate === null).toBe(isGap(row));
    const row = { soil: ["sand"], crop: ["wheat"] };
    expect(predict(equations, { newdata: row }).rows[0]!.estimate).toBeNull();
    expect(predict(ordered, { newdata: row, estimand: "typical" }).rows.map(({ estimate }) => estimate)).toEqual([
      null,
      null,
      null,
    ]);
    expect(predict(ordered, { newdata: row, estimand: "typical", type: "class" }).rows[0]).not.toHaveProperty(
      "category",
    );
  });

  it("leave contrasts that do not depend on what is not known", async () => {
    // z is twice x: where z is not, neither mean is estimable, but their comparison over a factor is, on the scale that cancels what is unknown
    const n = 40;
    const x = Array.from({ length: n }, (_, i) => i % 5);
    const data = {
      x,
      z: x.map((value) => 2 * value),
      a: x.map((_, i) => (i % 2 ? "t" : "c")),
      y: x.map((value, i) => (value + (i % 2) * 2 + (i % 7)) % 6),
    };
    const at = { at: { x: [1], z: [3] }, by: "a", contrastColumn: "a", contrasts: "reference" } as const;
    const gaussian = populationAverage(await model(data).formula("y ~ x + z + a").fit(), at);
    expect(gaussian.rows.every(({ estimate }) => estimate === null)).toBe(true);
    expect(gaussian.contrasts.every(({ estimate }) => estimate !== null)).toBe(true);
    const counts = populationAverage(await model(data).formula("y ~ x + z + a").family(poisson()).fit(), at);
    for (const { measure, estimate } of counts.contrasts) expect(estimate === null).toBe(measure === "difference");
    // on the line of the data all is as without z
    const on = { ...at, at: { x: [1], z: [2] } };
    const with2 = populationAverage(await model(data).formula("y ~ x + z + a").fit(), on);
    const without = populationAverage(await model(data).formula("y ~ x + a").fit(), { ...on, at: { x: [1] } });
    for (const [i, row] of with2.rows.entries()) expect(row.estimate).toBeCloseTo(without.rows[i]!.estimate!, 10);
  });

  it("hold where columns lie far from 0", async () => {
    const t = Array.from({ length: 30 }, (_, i) => 1.7e9 + 60 * i);
    const data = { t, s: t.map((value) => value / 3600), y: t.map((_, i) => Math.sin(i) + i / 10) };
    const fit = await model(data).formula("y ~ t + s").fit();
    const next = 1.7e9 + 3600;
    const { rows } = predict(fit, { newdata: { t: [next, next], s: [next / 3600, next / 3600 + 0.01] } });
    expect(rows.map(({ estimate }) => estimate === null)).toEqual([false, true]);
  });
});
