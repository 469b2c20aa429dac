import { beforeAll, describe, expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { ml, reml } from "../../src/frequentist/method.ts";
import type { MaximumLikelihoodFit } from "../../src/model/fit.ts";
import { model } from "../../src/model-builder.ts";
import { exampleColumns, handMadePosterior } from "../prediction/hand-made-fits.ts";

let columns: Record<string, number[]>;
beforeAll(async () => {
  columns = (await exampleColumns("sleepstudy")) as object as typeof columns;
});
const fit = (formula: string, method = ml(), table = columns) => model(table).formula(formula).fit(method);

describe("likelihood-ratio tests", () => {
  it("agree with lme4's anova, whatever the order of the fits", async () => {
    // lme4 1.1-31: anova(m0, m1, m2) of lmer(Reaction ~ 1 + (1 | Subject)), (Reaction ~ Days + (1 | Subject)),
    // (Reaction ~ Days + (Days | Subject)), all with REML = FALSE
    const null_ = await fit("Reaction ~ 1 + (1 | Subject)");
    const slope = await fit("Reaction ~ Days + (1 | Subject)");
    const random = await fit("Reaction ~ Days + (Days | Subject)");
    const { rows, warnings } = anova({ random, null_, slope });
    expect(rows.map((row) => [row.fit, row.npar, row.Df])).toEqual([
      ["null_", 3, null],
      ["slope", 4, 1],
      ["random", 6, 2],
    ]);
    [1916.54105807, 1802.07864301, 1763.93934449].forEach((value, k) => {
      expect(rows[k]!.AIC!).toBeCloseTo(value, 4);
    });
    [1926.11992863, 1814.85047041, 1783.09708559].forEach((value, k) => {
      expect(rows[k]!.BIC!).toBeCloseTo(value, 4);
    });
    expect(rows[1]!.Chisq!).toBeCloseTo(116.4624150678, 4);
    expect(rows[2]!.Chisq!).toBeCloseTo(42.1392985162, 4);
    expect(rows[1]!.p_value! / 3.76446147655e-27).toBeCloseTo(1, 3);
    expect(rows[2]!.p_chisq! / 7.0724126384e-10).toBeCloseTo(1, 3);
    for (const { logLik, minus2logLik } of rows) expect(minus2logLik).toBe(-2 * logLik);
    // only the second test sets a variance to 0
    expect(rows.map(({ distribution }) => distribution)).toEqual([null, "χ²₁", "½χ²₁ + ½χ²₂"]);
    expect(warnings).toEqual([]);
    expect(anova({ random, null_, slope }).toString()).toMatchInlineSnapshot(`
      "        npar      AIC      BIC   logLik  -2*log(L)     Chisq  Df  p_value  distribution
      null_      3  1916.54  1926.12  -955.27    1910.54
      slope      4  1802.08  1814.85  -897.04    1794.08  116.4624   1   <0.001  χ²₁
      random     6  1763.94  1783.10  -875.97    1751.94   42.1393   2   <0.001  ½χ²₁ + ½χ²₂"
    `);
  });

  it("compare restricted likelihoods of the same fixed effects only", async () => {
    const small = await fit("Reaction ~ Days + (1 | Subject)", reml());
    const large = await fit("Reaction ~ Days + (Days | Subject)", reml());
    const other = await fit("Reaction ~ 1 + (1 | Subject)", reml());
    const { rows } = anova(small, large);
    expect(rows.map((row) => row.fit)).toEqual(["fit 1", "fit 2"]);
    expect(rows[1]!.Chisq!).toBeCloseTo(2 * (large.logLik - small.logLik), 10);
    // predictors of the dispersion are no part of what is restricted; nlme 3.1-162: anova(a <- lme(Reaction ~ Days, sleepstudy, ~ 1 | Subject),
    // update(a, weights = varExp(form = ~ Days)))
    const spread = await model(columns).formula("Reaction ~ Days + (1 | Subject)").dispersion("~ Days").fit(reml());
    const constant = anova({ small, spread });
    expect(constant.rows.map(({ npar, Df }) => [npar, Df])).toEqual([
      [4, null],
      [5, 1],
    ]);
    expect(constant.rows[1]!.Chisq!).toBeCloseTo(9.942899, 4);
    expect(constant.warnings).toEqual([]);
    // as lme4's anova, which refits by maximum likelihood
    const refitted = anova({ other, large });
    expect(refitted.warnings[0]).toMatchObject({ code: "anova-refitted" });
    const [byMl, largeByMl] = [other.unrestricted().logLik, large.unrestricted().logLik];
    expect(refitted.rows[1]!.Chisq!).toBeCloseTo(2 * Math.abs(largeByMl - byMl), 8);
    expect(() => anova({ record: asRecord(other), large })).toThrow(
      /"record", "large" were made by REML and differ in their fixed effects.*fit both by maximum likelihood/,
    );
    const mixed = await fit("Reaction ~ Days + (1 | Subject)");
    expect(() => anova(mixed, large)).toThrow(/Some of the fits maximise the restricted likelihood/);
  });

  it("refuse other data, equal sizes, posteriors and single fits", async () => {
    const a = await fit("Reaction ~ Days + (1 | Subject)");
    const b = await fit("Reaction ~ 1 + (Days | Subject)");
    const shorter = Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, Array.from(values).slice(0, 170)]),
    );
    const fewer = await fit("Reaction ~ 1 + (1 | Subject)", ml(), shorter);
    expect(() => anova({ a, fewer })).toThrow(/"fewer" and "a" are not of the same data \(170 rows and 180\)/);
    const sameSize = { ...asRecord(b), glance: () => ({ ...b.glance(), df: 4 }) };
    expect(() => anova({ a, sameSize })).toThrow(/have the same number of parameters, so neither is nested/);
    const posterior = handMadePosterior(a.model, [Array.from(a.estimate)], []);
    expect(() => anova({ a, posterior })).toThrow(/The fit "posterior" is no maximum-likelihood fit/);
    expect(() => anova(a)).toThrow(/compares at least two fits/);
  });

  it("say when nesting cannot be seen, and when the larger fit is worse", async () => {
    const a = await fit("Reaction ~ Days + (1 | Subject)");
    const b = await fit("Reaction ~ 1 + (Days | Subject)");
    expect(anova({ a, b }).warnings.map(({ code }) => code)).toContain("anova-nesting");
    const worse = { ...asRecord(b), logLik: a.logLik - 1 };
    const { rows, warnings } = anova({ a, worse });
    expect(warnings.map(({ code }) => code)).toContain("anova-negative");
    expect(rows[1]!.Chisq).toBe(0);
    expect(rows[1]!.p_value).toBe(1);
  });
});

/** The parts of a fit that a test reads, as a plain record that can be changed. */
function asRecord(fit: MaximumLikelihoodFit): MaximumLikelihoodFit {
  const { kind, model, method, verdict, warnings, estimate, covariance, logLik, modes, modeCovariances } = fit;
  return {
    kind,
    model,
    method,
    verdict,
    warnings,
    estimate,
    covariance,
    logLik,
    modes,
    modeCovariances,
    tidy: (options) => fit.tidy(options),
    glance: () => fit.glance(),
    ranef: () => fit.ranef(),
  };
}
