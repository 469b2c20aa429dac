import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { anova } from "../../../src/compare/anova.ts";
import { confint } from "../../../src/effects/confint.ts";
import { populationAverage } from "../../../src/effects/population-average.ts";
import type { MaximumLikelihood } from "../../../src/frequentist/maximum-likelihood.ts";
import { robustInference } from "../../../src/frequentist/robust/robust-inference.ts";
import { DeclarationError } from "../../../src/messages/issue.ts";
import { model } from "../../../src/model-builder.ts";
import { corAR1 } from "../../../src/public/residual.ts";
import { exampleColumns } from "../../prediction/hand-made-fits.ts";

interface Golden {
  readonly se: readonly number[];
  readonly df: readonly number[];
  readonly F: number;
  readonly den_df: number;
  readonly p: number;
}
const golden = JSON.parse(readFileSync(new URL("../../fixtures/checks/club-sandwich.json", import.meta.url), "utf8"));
const data = golden.data as Record<string, (number | string)[]>;

/** Relative difference. */
const off = (ours: number, theirs: number) => Math.abs(ours / theirs - 1);

const unit = (a: number, p: number) => Float64Array.from({ length: p }, (_, k) => (k === a ? 1 : 0));

function compare(
  fit: MaximumLikelihood,
  wanted: Readonly<Record<string, Golden>>,
  tolerance: number,
  cluster?: string,
) {
  for (const [vcov, { se, df, F, den_df, p }] of Object.entries(wanted)) {
    const robust = robustInference(fit, { vcov: vcov as "CR2", ...(cluster && { cluster }) });
    const size = se.length;
    se.forEach((value, a) => {
      expect(off(robust.standardError(unit(a, size)), value), `${vcov} error ${a}`).toBeLessThan(tolerance);
      expect(off(robust.df(unit(a, size)), df[a]!), `${vcov} df ${a}`).toBeLessThan(10 * tolerance);
    });
    const test = robust.test(Array.from({ length: size - 1 }, (_, a) => unit(a + 1, size)));
    expect(off(test.statistic, F)).toBeLessThan(10 * tolerance);
    expect(off(test.denDf, den_df)).toBeLessThan(10 * tolerance);
    expect(off(test.pValue, p)).toBeLessThan(100 * tolerance);
  }
}

let cbpp: MaximumLikelihood;
let sleepstudy: MaximumLikelihood;
let herds: Record<string, number[]>;
beforeAll(async () => {
  herds = Object.fromEntries(
    Object.entries(await exampleColumns("cbpp")).map(([name, values]) => [
      name,
      Array.from(values as ArrayLike<number>),
    ]),
  );
  cbpp = await model(herds)
    .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
    .family({ name: "binomial" })
    .fit("laplace");
  sleepstudy = await model((await exampleColumns("sleepstudy")) as object as Record<string, number[]>)
    .formula("Reaction ~ Days + (Days | Subject)")
    .fit();
});

describe("robust covariances equal clubSandwich's", () => {
  it("of nested random effects", async () => {
    const fit = await model(data).formula("y ~ x + treat + (1 | school) + (1 | class)").fit();
    compare(fit, golden.nested, 1e-5);
  });

  it("of random intercepts and correlated residuals", async () => {
    const fit = await model(data)
      .formula("z ~ x * treat + (1 | school)")
      .residual({ correlation: corAR1("t | school") })
      .fit();
    compare(fit, golden.intercepts, 5e-4);
  });

  it("of correlated residuals alone", async () => {
    const fit = await model(data)
      .formula("y ~ x * treat")
      .residual({ correlation: corAR1("t | school") })
      .fit();
    compare(fit, golden.series, 1e-4);
  });

  it("of a generalised linear model by the scores of a column's clusters", async () => {
    const fit = await model(data).formula("count ~ x + treat").family({ name: "poisson" }).fit();
    compare(fit, golden.poisson, 1e-6, "school");
  });
});

describe("robust covariances", () => {
  it("of many rows a cluster are computed in the span of its columns", async () => {
    // the same cluster contributions from dense matrices
    const { gaussianTerms } = await import("../../../src/frequentist/robust/gaussian-terms.ts");
    const { momentsOfFit } = await import("../../../src/frequentist/small-sample/contrast-coordinates.ts");
    const { robustClusters } = await import("../../../src/frequentist/robust/clusters.ts");
    const moments = momentsOfFit(sleepstudy)!;
    const clusters = robustClusters(sleepstudy.model);
    // weights a hair apart make rows differ, so that nothing is reduced
    const days = (await exampleColumns("sleepstudy")) as object as Record<"Days" | "Reaction" | "Subject", number[]>;
    const apart = await model({ ...days, w: Array.from(days.Days, (_, i) => 1 + (i % 2) * 1e-9) })
      .formula("Reaction ~ Days + (Days | Subject)")
      .weights("w")
      .fit();
    const dense = momentsOfFit(apart)!;
    for (const kind of ["CR0", "CR2", "CR3"] as const) {
      const [ours, theirs] = [moments, dense].map((own) => gaussianTerms(own, clusters, kind).terms(3));
      ours!.b.forEach((value, a) => {
        expect(value).toBeCloseTo(theirs!.b[a]!, 5);
      });
      ours!.T.forEach((value, a) => {
        expect(value).toBeCloseTo(theirs!.T[a]!, 6);
      });
    }
  });

  it("of a mixed model for counts add up the scores of the groups", () => {
    const { layout } = cbpp.model;
    const d = layout.size;
    const groups = cbpp.marginal.groups!;
    const at = new Float64Array(groups.count);
    const scores = new Float64Array(groups.count * d);
    groups.evaluate(cbpp.estimate, at, scores);
    const { covariance } = cbpp;
    let expected = 0;
    for (let g = 0; g < groups.count; g++) {
      let own = 0;
      for (let j = 0; j < d; j++) own += covariance[1 * d + j]! * scores[g * d + j]!;
      expected += own * own;
    }
    const row = cbpp.tidy({ vcov: "CR0" })[1]!;
    expect(off(row.std_error!, Math.sqrt(expected))).toBeLessThan(1e-6);
    // of the standard deviation too
    expect(cbpp.tidy({ vcov: "CR0" })[4]!.std_error).not.toBeCloseTo(cbpp.tidy()[4]!.std_error!, 3);
  });

  it("CR3 is the jackknife, to one Newton step", async () => {
    const names = [...new Set(herds["herd"]!)];
    const estimates = await Promise.all(
      names.map(async (name) => {
        const keep = herds["herd"]!.flatMap((herd, i) => (herd === name ? [] : [i]));
        const rest = Object.fromEntries(
          Object.entries(herds).map(([key, values]) => [key, keep.map((i) => values[i]!)]),
        );
        const fit = await model(rest)
          .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
          .family({ name: "binomial" })
          .fit("laplace");
        return fit.estimate;
      }),
    );
    let jackknife = 0;
    for (const estimate of estimates) jackknife += (estimate[1]! - cbpp.estimate[1]!) ** 2;
    expect(off(cbpp.tidy({ vcov: "CR3" })[1]!.std_error!, Math.sqrt(jackknife))).toBeLessThan(0.03);
  });

  it("reach averages, contrasts, analyses of variance and intervals", () => {
    const robust = robustInference(sleepstudy, { vcov: "CR2" });
    const averages = populationAverage(sleepstudy, { at: { Days: [0, 9] }, vcov: "CR2", estimands: ["population"] });
    expect(averages.rows[1]!.std_error).toBeCloseTo(robust.standardError([1, 9]), 8);
    expect(averages.rows[1]!.df).toBeCloseTo(17, 6);
    const test = anova(sleepstudy, { type: 3, vcov: "CR2" });
    expect(test.rows[0]!.statistic).toBeCloseTo((sleepstudy.estimate[1]! / robust.standardError([0, 1])) ** 2, 8);
    expect(test.toString()).toContain("robust covariance CR2");
    const interval = confint(sleepstudy, { vcov: "CR2" });
    expect(interval.method).toBe("wald");
    expect(interval.rows[1]!.conf_high! - interval.rows[1]!.conf_low!).toBeCloseTo(
      2 * 2.109815577833317 * robust.standardError([0, 1]),
      6,
    );
    const binomial = populationAverage(cbpp, { by: "period", vcov: "CR2", estimands: ["population"] });
    const model = populationAverage(cbpp, { by: "period", estimands: ["population"] });
    expect(binomial.rows[0]!.estimate).toBe(model.rows[0]!.estimate);
    expect(binomial.rows[0]!.std_error).not.toBeCloseTo(model.rows[0]!.std_error!, 4);
    expect(sleepstudy.toString()).toContain("Satterthwaite");
  });

  it("are refused where clusters are not independent, and of what has no scores", async () => {
    const crossed = await model({
      y: Array.from({ length: 24 }, (_, i) => Math.sin(i * 7)),
      a: Array.from({ length: 24 }, (_, i) => `a${i % 4}`),
      b: Array.from({ length: 24 }, (_, i) => `b${i % 6}`),
    })
      .formula("y ~ 1 + (1 | a) + (1 | b)")
      .fit();
    expect(() => crossed.tidy({ vcov: "CR2" })).toThrow(/are crossed/);
    expect(() => sleepstudy.tidy({ vcov: "CR2", cluster: "Days" })).toThrow(/levels of "Subject"/);
    expect(() => sleepstudy.tidy({ cluster: "Subject" })).toThrow(/vcov "CR2" too/);
    expect(() => sleepstudy.tidy({ vcov: "CR2", ddf: "kenward-roger" })).toThrow(/Satterthwaite/);
    expect(() => sleepstudy.tidy({ vcov: "CR2", ci: "profile" })).toThrow(DeclarationError);
    expect(() => populationAverage(sleepstudy, { vcov: "CR2", estimands: ["conditional"] })).toThrow(/groups' effects/);
    const pql = await model(herds)
      .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
      .family({ name: "binomial" })
      .fit("pql");
    expect(() => pql.tidy({ vcov: "CR2" })).toThrow(/no likelihood/);
  });
});
