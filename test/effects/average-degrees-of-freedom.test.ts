import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { type PopulationAverageOptions, populationAverage } from "../../src/effects/population-average.ts";
import { poisson } from "../../src/families/poisson.ts";
import { ml, reml } from "../../src/frequentist/method.ts";
import type { Fit } from "../../src/model/fit.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";

interface Means {
  readonly [column: string]: number[];
}
const fixture = (name: string) => new URL(`../fixtures/small-sample/${name}`, import.meta.url);
const reference = JSON.parse(readFileSync(fixture("emmeans.json"), "utf8")) as Record<
  "satterthwaite" | "kenward-roger",
  Means
>;

type Columns = Record<string, number[]>;
let cake: Columns;
beforeAll(async () => {
  cake = (await readColumns(fixture("cake120.csv"))).columns as object as Columns;
});
const FORMULA = "angle ~ recipe * temp + x + (1 | recipe:replicate)";
const declared = (formula = FORMULA) => model(cake).formula(formula);
const averages = (fit: Fit, options: PopulationAverageOptions = {}) =>
  populationAverage(fit, { by: "recipe", at: { temp: [200] }, contrasts: "pairwise", ...options });
const near = (got: number | null | undefined, want: number, relative: number) =>
  expect(Math.abs(got! - want), `${got} for ${want}`).toBeLessThan(relative * Math.abs(want));

describe("degrees of freedom of averages and contrasts", () => {
  it.each(["satterthwaite", "kenward-roger"] as const)("%s: are those of emmeans", async (ddf) => {
    const fit = await declared().fit(reml());
    const want = reference[ddf];
    for (const estimand of ["population", "typical"] as const) {
      const { rows, contrasts } = averages(fit, { ddf, estimands: [estimand] });
      expect(rows).toHaveLength(3);
      rows.forEach((row, k) => {
        near(row.estimate, want["emmean"]![k]!, 1e-6);
        near(row.std_error, want["SE"]![k]!, 1e-5);
        near(row.df, want["df"]![k]!, 1e-4);
        near(row.conf_low, want["lower"]![k]!, 1e-5);
        near(row.conf_high, want["upper"]![k]!, 1e-5);
      });
      // emmeans has the first less the second
      [0, 1, 2].forEach((k) => {
        const row = contrasts[k]!;
        near(-row.estimate!, want["estimate"]![k]!, 1e-4);
        near(row.std_error, want["contrastSE"]![k]!, 1e-5);
        near(row.df, want["contrastDf"]![k]!, 1e-4);
        near(-row.conf_high!, want["contrastLower"]![k]!, 1e-5);
        near(-row.conf_low!, want["contrastUpper"]![k]!, 1e-5);
        near(-row.statistic!, want["t"]![k]!, 1e-4);
        near(row.p_value, want["p"]![k]!, 1e-4);
      });
    }
  });

  it("by default are those of the coefficients: Satterthwaite's by REML, normal by ML, n − p of a linear model", async () => {
    const fit = await declared().fit(reml());
    expect(averages(fit, { estimands: ["population"] }).rows).toEqual(
      averages(fit, { ddf: "satterthwaite", estimands: ["population"] }).rows,
    );
    // what depends on the groups' effects is no contrast of coefficients
    const all = populationAverage(fit, { estimands: ["population", "typical", "conditional"] });
    expect(all.rows.map(({ estimand, df }) => [estimand, df === null])).toEqual([
      ["population", false],
      ["typical", false],
      ["conditional", true],
    ]);
    const asked = populationAverage(fit, { ddf: "kenward-roger" });
    expect(asked.rows.map(({ estimand }) => estimand)).toEqual(["population"]);

    const byMl = await declared().fit(ml());
    expect(averages(byMl, { estimands: ["population"] }).contrasts.every(({ df }) => df === null)).toBe(true);
    const { contrasts } = averages(byMl, { ddf: "satterthwaite", estimands: ["population"] });
    contrasts.forEach(({ df }) => {
      expect(df).toBeGreaterThan(20);
      expect(df).toBeLessThan(60);
    });
    const linear = await declared("angle ~ recipe * temp + x").fit(ml());
    expect(averages(linear).rows[0]!.df).toBe(cake["angle"]!.length - 7);
  });

  it("of contrasts that are coefficients agree with the table of coefficients", async () => {
    const fit = await declared("angle ~ recipe + temp + (1 | recipe:replicate)").fit(reml());
    for (const ddf of ["satterthwaite", "kenward-roger", "between-within", "normal"] as const) {
      const table = fit.tidy({ effects: ["fixed"], ddf });
      const rows = fit.populationAverage({
        by: "recipe",
        contrasts: "reference",
        ddf,
        estimands: ["typical"],
      }).contrasts;
      rows.forEach((row, k) => {
        const { estimate, std_error, statistic, p_value, df, conf_low } = table[k + 1]!;
        near(row.estimate, estimate, 1e-10);
        near(row.std_error, std_error!, 1e-9);
        if (df === null) expect(row.df).toBeNull();
        else near(row.df, df, 1e-8);
        near(row.statistic, statistic!, 1e-9);
        near(row.p_value, p_value!, 1e-8);
        near(row.conf_low, conf_low!, 1e-8);
      });
    }
  });

  it("are refused where an average depends on more than coefficients", async () => {
    const fit = await declared().fit(reml());
    expect(() => populationAverage(fit, { ddf: "kenward-roger", estimands: ["conditional"] })).toThrow(
      'ddf "kenward-roger" is of contrasts of coefficients, and conditional averages depend on',
    );
    const byMl = await declared().fit(ml());
    expect(() => averages(byMl, { ddf: "kenward-roger" })).toThrow("reml()");
    const counts = await declared("replicate ~ temp + (1 | recipe)").family(poisson()).fit();
    expect(() => populationAverage(counts, { ddf: "satterthwaite" })).toThrow("Gaussian response");
    expect(() => populationAverage(counts, { ddf: "satterthwaite", estimands: ["conditional"] })).toThrow("Gaussian");
    expect(populationAverage(counts).rows.every(({ df }) => df === null)).toBe(true);
    expect(populationAverage(counts, { ddf: "normal" }).rows).toHaveLength(1);
  });

  it("pairwise contrasts adjusted by Tukey are emmeans'", async () => {
    const fit = await declared().fit(reml());
    for (const ddf of ["satterthwaite", "kenward-roger"] as const) {
      const { contrasts } = averages(fit, { ddf, adjust: "tukey", estimands: ["population"] });
      contrasts.forEach(({ p_value }, k) => {
        near(p_value, reference[ddf]["tukey"]![k]!, 1e-4);
      });
    }
    const of = (adjust: "none" | "tukey" | "holm" | "bonferroni") =>
      averages(fit, { adjust, by: ["recipe"], at: { temp: [175, 225] }, estimands: ["typical"] }).contrasts;
    const [plain, tukey, holm, bonferroni] = [of("none"), of("tukey"), of("holm"), of("bonferroni")];
    // families of three at each temperature
    plain.forEach((row, k) => {
      near(bonferroni[k]!.p_value, Math.min(1, 3 * row.p_value!), 1e-12);
      expect(holm[k]!.p_value).toBeLessThanOrEqual(bonferroni[k]!.p_value!);
      expect(tukey[k]!.p_value).toBeGreaterThan(row.p_value!);
      const width = ({ conf_low, conf_high }: { conf_low: number | null; conf_high: number | null }) =>
        conf_high! - conf_low!;
      expect(width(tukey[k]!)).toBeGreaterThan(width(row));
      expect(width(bonferroni[k]!)).toBeGreaterThan(width(tukey[k]!));
      expect(holm[k]!.conf_low).toBe(bonferroni[k]!.conf_low);
    });
    expect(() => averages(fit, { adjust: "tukey", contrasts: "reference" })).toThrow('ask for contrasts: "pairwise"');
    expect(() => averages(fit, { adjust: "holm", contrasts: "none" })).toThrow("there are none");
    expect(() => averages(fit, { adjust: "holm", ci: "profile" })).toThrow("by profile");
  });
});
