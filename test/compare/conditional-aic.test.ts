import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { conditionalAIC } from "../../src/compare/conditional-aic.ts";
import { informationCriteria } from "../../src/compare/information-criteria.ts";
import { rePCA } from "../../src/compare/random-effects-components.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { laplace, ml, pql, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";

const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url);
const reference = JSON.parse(readFileSync(fixture("tests/conditional-aic.json"), "utf8"));
const table = async (name: string) =>
  (await readColumns(fixture(`reference/${name}.csv`))).columns as object as Record<string, number[]>;

/** Columns of a file as texts, of the rows that are kept. */
function columnsOf(name: string, keep: (row: Record<string, string>) => boolean): Record<string, string[]> {
  const [head, ...lines] = readFileSync(fixture(`reference/${name}.csv`), "utf8")
    .trim()
    .split("\n");
  const names = head!.split(",");
  const rows = lines.map((line) => Object.fromEntries(line.split(",").map((cell, k) => [names[k]!, cell])));
  const kept = rows.filter(keep);
  return Object.fromEntries(names.map((column) => [column, kept.map((row) => row[column]!)]));
}

/** Σ ∂ŷ_i/∂y_i by refits. */
function derivative(fit: MaximumLikelihood, h: number): number {
  const y = fit.model.design.y.slice();
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    const at = (step: number) => fit.refit(y.map((value, k) => (k === i ? value + step : value))).fitted()[i]!;
    sum += (at(h) - at(-h)) / (2 * h);
  }
  return sum;
}

describe("conditionalAIC", () => {
  it("counts as many parameters as the fitted values follow the responses, by lme4's refits", async () => {
    const dyes = model(await table("Dyestuff")).formula("Yield ~ 1 + (1 | Batch)");
    for (const method of [reml(), ml()]) {
      const { df } = conditionalAIC(await dyes.fit(method));
      expect(df).toBeCloseTo(reference.gaussian.dyestuff[method.kind === "reml" ? "REML" : "ML"], 4);
    }
    const pastes = await model(await table("Pastes"))
      .formula("strength ~ 1 + (1 | batch / cask)")
      .fit(reml());
    expect(conditionalAIC(pastes).df).toBeCloseTo(reference.gaussian.pastes, 4);
    const slopes = await model(await table("sleepstudy"))
      .formula("Reaction ~ Days + (Days | Subject)")
      .fit(reml());
    const { cAIC, logLik, df } = conditionalAIC(slopes);
    expect(logLik).toBeCloseTo(reference.sleepstudy.logLik, 3);
    expect(cAIC).toBeCloseTo(-2 * logLik + 2 * df, 10);
  });

  it("is the derivative with weights, given sigma and correlated slopes", async () => {
    const { score, Machine, Worker } = await table("Machines");
    const w = Array.from({ length: 54 }, (_, i) => [1, 2, 0.5][i % 3]!);
    const weighted = await model({ score: score!, Machine: Machine!, Worker: Worker!, w })
      .formula("score ~ Machine + (Machine | Worker)")
      .weights("w")
      .fit(ml());
    expect(conditionalAIC(weighted).df).toBeCloseTo(derivative(weighted, 0.1) + 1, 2);
    const given = await model(await table("Dyestuff"))
      .formula("Yield ~ 1 + (1 | Batch)")
      .sigma(50)
      .fit(ml());
    expect(conditionalAIC(given).df).toBeCloseTo(derivative(given, 1), 4);
  });

  it("has no correction where variances are 0", async () => {
    const flat = await model(await table("Dyestuff2"))
      .formula("Yield ~ 1 + (1 | Batch)")
      .fit(reml());
    const { df, df_known_variances } = conditionalAIC(flat);
    expect([df, df_known_variances].map((value) => Math.round(value! * 1e9) / 1e9)).toEqual([2, 2]);
  });

  it("is cAIC4's of counts, and of 0/1 responses that of glmer's refits", async () => {
    const { subject, y, lbase } = columnsOf("epil", (row) => Number(row["subject"]) <= 20);
    const epil = { subject: subject!.map((name) => `s${name}`), y: y!.map(Number), lbase: lbase!.map(Number) };
    const counts = model(epil).family({ name: "poisson" }).formula("y ~ lbase + (1 | subject)");
    const own = conditionalAIC(await counts.fit(laplace()));
    for (const key of ["cAIC", "df", "logLik"] as const) expect(own[key]).toBeCloseTo(reference.poisson[key], 2);
    let k = 0;
    const { ID, y01, week } = columnsOf("bacteria", () => k++ >= 100 && k <= 150);
    const binary = model({ ID: ID!, y: y01!.map(Number), week: week!.map(Number) }).family({ name: "binomial" });
    const found = conditionalAIC(await binary.formula("y ~ week + (1 | ID)").fit(laplace()));
    for (const key of ["df", "logLik"] as const) expect(found[key]).toBeCloseTo(reference.binary[key], 2);
    await expect(counts.fit(pql()).then(conditionalAIC)).rejects.toThrow(/without a penalty/);
  });
});

describe("informationCriteria", () => {
  it("has BIC with rows and with groups, and says why there is no conditional AIC", async () => {
    const fit = await model(await table("sleepstudy"))
      .formula("Reaction ~ Days + (Days | Subject)")
      .fit(ml());
    const { rows, without } = informationCriteria(fit);
    expect(rows.map(({ criterion, of }) => `${criterion} ${of}`)).toEqual([
      "AIC null",
      "AICc rows",
      "BIC rows",
      "BIC Subject",
      "cAIC null",
    ]);
    expect(without).toBeNull();
    expect(rows[3]!.value).toBeCloseTo(-2 * fit.logLik + 6 * Math.log(18), 10);
    const herds = model(await table("cbpp")).family({ name: "binomial" });
    const other = informationCriteria(await herds.formula("incidence | trials(size) ~ 1 + (1 | herd)").fit(laplace()));
    expect(other.without).toMatch(/not of binomial ones with several trials/);
    expect(String(other)).toMatch(/BIC \(herd\) +15/);
  });
});

describe("rePCA", () => {
  it("has lme4's standard deviations and directions", async () => {
    const fit = await model(await table("sleepstudy"))
      .formula("Reaction ~ Days + (Days | Subject)")
      .fit(reml());
    const { rows } = rePCA(fit);
    const wanted = reference.components;
    rows.forEach(({ sd }, k) => {
      expect(sd).toBeCloseTo(wanted.sleepstudy[k], 4);
    });
    expect(Object.values(rows[0]!.loadings).map((value, k) => Math.abs(value - wanted.loadings[k]) < 1e-5)).toEqual([
      true,
      true,
    ]);
    expect(rows[1]!.cumulative).toBeCloseTo(1, 12);
    const machines = await model(await table("Machines"))
      .formula("score ~ Machine + (Machine | Worker)")
      .fit(reml());
    rePCA(machines).rows.forEach(({ sd }, k) => {
      expect(Math.abs(sd / wanted.machines[k] - 1)).toBeLessThan(1e-4);
    });
    const flat = await model(await table("Dyestuff2"))
      .formula("Yield ~ 1 + (1 | Batch)")
      .fit(reml());
    expect(rePCA(flat).rows).toMatchObject([{ group: "Batch", component: "PC1", sd: 0, proportion: null }]);
  });
});
