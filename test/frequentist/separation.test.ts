import { beforeAll, describe, expect, it } from "vitest";
import { marginalCoefficients } from "../../src/effects/marginal-coefficients.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { nbinom2 } from "../../src/families/negative-binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { exchangeable, gee } from "../../src/frequentist/gee/method.ts";
import { agq, laplace } from "../../src/frequentist/method.ts";
import { pql } from "../../src/frequentist/pql/method.ts";
import type { TidyRow } from "../../src/model/fit.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { predict } from "../../src/prediction/predict.ts";

let counts: Record<string, (string | number)[]>;
let binary: Record<string, (string | number)[]>;
beforeAll(async () => {
  const read = async (name: string) =>
    (await readColumns(new URL(`../fixtures/identification/${name}.csv`, import.meta.url))).columns as never;
  counts = await read("separation");
  binary = await read("pql-separation");
});
const levels = ["ctl", "A", "B", "C"];
const find = (rows: readonly TidyRow[], term: string) => rows.find((row) => row.term === term)!;
const withoutError = (rows: readonly TidyRow[]) =>
  rows
    .filter(({ std_error, p_value, conf_low, conf_high }) =>
      [std_error, p_value, conf_low, conf_high].every((v) => v === null),
    )
    .map(({ term }) => term);

describe("coefficients at infinity", () => {
  it("are named and have no error in any parameterisation, and the others have those of the rows that are left", async () => {
    const left = counts["t"]!.map((t) => t === "ctl" || t === "A");
    const some = Object.fromEntries(
      Object.entries(counts).map(([name, values]) => [name, Array.from(values as number[]).filter((_, i) => left[i])]),
    );
    for (const family of [poisson(), nbinom2()]) {
      const alone = await model(some)
        .formula("c ~ t + (1 | g)")
        .factor("t", ["ctl", "A"])
        .family(family)
        .fit(laplace());
      for (const rhs of ["t", "0 + t"]) {
        const fit = await model(counts)
          .formula(`c ~ ${rhs} + (1 | g)`)
          .factor("t", levels)
          .family(family)
          .fit(laplace());
        expect(fit.verdict.code).toBe("separation");
        expect(fit.verdict.reason).toMatch(/'tB' and 'tC'/);
        expect(fit.glance().converged).toBe(false);
        const rows = fit.tidy();
        expect(withoutError(rows)).toEqual(["tB", "tC"]);
        if (rhs !== "t") continue;
        for (const term of ["(Intercept)", "tA"]) {
          expect(find(rows, term).estimate).toBeCloseTo(find(alone.tidy(), term).estimate, 4);
          expect(find(rows, term).std_error).toBeCloseTo(find(alone.tidy(), term).std_error!, 4);
        }
        const again = loadFit(JSON.stringify(saveFit(fit)));
        expect(again.tidy()).toEqual(rows);
      }
    }
    // of a reference at infinity all differences are
    const turned = await model(counts)
      .formula("c ~ t + (1 | g)")
      .factor("t", ["B", "ctl", "A", "C"])
      .family(poisson())
      .fit(laplace());
    expect(withoutError(turned.tidy())).toEqual(["(Intercept)", "tctl", "tA", "tC"]);
  });

  it("are found by every method and link", async () => {
    const declared = (link: "logit" | "probit" | "cloglog") =>
      model(binary).formula("b ~ t + (1 | g)").factor("t", levels).family(binomial({ link }));
    for (const fit of [
      await declared("logit").fit(laplace()),
      await declared("logit").fit(agq(9)),
      await declared("probit").fit(laplace()),
      await declared("cloglog").fit(laplace()),
      await declared("logit").fit(pql()),
    ]) {
      expect(fit.verdict.code).toBe("separation");
      expect(withoutError(fit.tidy({ effects: ["fixed"] }))).toEqual(["tB", "tC"]);
      for (const row of fit.tidy()) expect(Number.isFinite(row.std_error ?? 0)).toBe(true);
    }
    const grade = Array.from(binary["b"]!, (b, i) => (b ? (i % 2 ? "mid" : "hi") : "lo")).map((g, i) =>
      binary["t"]![i] === "C" ? "hi" : g,
    );
    const ordered = await model({ ...binary, grade })
      .factor("grade", ["lo", "mid", "hi"])
      .formula("grade ~ t + (1 | g)" as string)
      .family(cumulative())
      .fit(laplace());
    expect(withoutError(ordered.tidy({ effects: ["fixed"] }))).toContain("tC");
    expect(withoutError(ordered.tidy({ effects: ["fixed"] }))).not.toContain("tA");
  });

  it("of estimating equations leave the errors of the others", async () => {
    const fit = await model(binary)
      .formula("b ~ t")
      .factor("t", levels)
      .family(binomial())
      .fit(gee({ id: "g", correlation: exchangeable() }));
    expect(fit.verdict.code).toBe("separation");
    expect(withoutError(fit.tidy({ effects: ["fixed"] }))).toEqual(["tB", "tC"]);
    // R 4.2.2, geepack 1.3.9: geeglm(b ~ t, id = g, subset t in ctl, A, corstr = "exchangeable")
    expect(find(fit.tidy(), "(Intercept)").std_error).toBeCloseTo(0.5270463, 5);
    expect(find(fit.tidy(), "tA").std_error).toBeCloseTo(0.6284626, 5);
  });

  it("leave averages and predictions at the end without errors, and say so", async () => {
    const fit = await model(binary).formula("b ~ t + (1 | g)").factor("t", levels).family(binomial()).fit(laplace());
    const { rows, contrasts, warnings } = populationAverage(fit, { by: "t", contrasts: "reference" });
    for (const row of rows) expect(row.std_error === null).toBe(row["t"] === "B" || row["t"] === "C");
    for (const row of contrasts) {
      const infinite = /[BC]/.test(String(row["t"]));
      expect(row.std_error === null).toBe(infinite);
      if (infinite) expect(row).toMatchObject({ statistic: 0, p_value: 1, conf_low: null, conf_high: null });
    }
    expect(warnings.map(({ message }) => message).join()).toMatch(/t = B, t = C/);
    const predicted = predict(fit, { newdata: { t: ["A", "B"] }, estimand: "population" });
    expect(predicted.rows.map(({ std_error }) => std_error === null)).toEqual([false, true]);
    expect(predicted.warnings.map(({ code }) => code)).toContain("separation");
    const marginal = marginalCoefficients(fit);
    expect(marginal.rows.map(({ p_value }) => p_value === null)).toEqual([false, false, true, true]);
  });
});
