/** Likelihood ratios under hypotheses that are no linear function of coefficients, and what has no test. */
import { beforeAll, describe, expect, it } from "vitest";
import { hypothesis } from "../../src/compare/hypothesis.ts";
import { confint } from "../../src/effects/confint.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { laplace, ml, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";

let columns: Record<"x" | "y" | "z" | "g", number[]>;
let fit: MaximumLikelihood;
beforeAll(async () => {
  const path = new URL("../fixtures/tests/random-slopes.csv", import.meta.url);
  columns = (await readColumns(path)).columns as object as typeof columns;
  fit = await model(columns).formula("y ~ x + z + (x | g)").fit(ml());
});
const ratio = (of: MaximumLikelihood, text: string) => hypothesis(of, text, { test: "lrt" }).rows[0]!.statistic!;
const near = (value: number, wanted: number, within: number) => expect(Math.abs(value - wanted)).toBeLessThan(within);

describe("the likelihood ratio under a constraint", () => {
  it("is that of the dense likelihood, far from the estimate and beside a corner too", () => {
    // R 4.2: optim(), Nelder-Mead from 12 starts, over the likelihood of V = ZSZ' + s²I with the parameter held; coefficients by generalised least squares
    near(ratio(fit, "sd__x = 5"), 29.901, 1e-3);
    near(ratio(fit, "sigma = 3"), 79.90748, 1e-4);
    // the highest there is where the standard deviation of the intercepts is 0
    near(ratio(fit, "cor__(Intercept).x = 0.99"), 8.914368, 1e-5);
    expect(ratio(fit, "x * z = 100")).toBeLessThan(128.6);
  });

  it("is that of the hypothesis it comes to", async () => {
    const none = await model(columns).formula("y ~ z + (x | g)").fit(ml());
    const lost = 2 * (fit.logLik - none.logLik);
    for (const text of ["x^2 = 0", "abs(x) = 0", "3 * x = 0", "exp(x) = 1", "x / z = 0", "1 / (1 + x) = 1"])
      near(ratio(fit, text), lost, 1e-6);
    near(ratio(fit, "x^2 = 4"), ratio(fit, "x = 2"), 1e-9);
    near(ratio(fit, "x / z = 1"), ratio(fit, "x = z"), 1e-9);
    near(ratio(fit, "x * z = 0"), Math.min(lost, ratio(fit, "z = 0")), 1e-6);
    near(ratio(fit, "sd__x^2 = 4"), ratio(fit, "sd__x = 2"), 1e-9);
  });

  it("is the quantile of χ² at the ends of profile intervals, whatever the likelihood", async () => {
    const penalised = model(columns)
      .formula("y ~ x + (1 | g)")
      .prior("fixed:x", { name: "normal", parameters: [0, 1] });
    const counts = columns.y.map((y) => Math.max(0, Math.round(y + 1)));
    const fits = [
      await model(columns).formula("y ~ x + (x | g)").fit(reml()),
      await penalised.fit(ml(), { penalised: true }),
      await model({ ...columns, counts })
        .formula("counts ~ x + (1 | g)")
        .family({ name: "poisson" })
        .fit(laplace()),
    ];
    for (const own of fits)
      for (const { group, term, conf_low, conf_high } of confint(own, { method: "profile" }).rows)
        for (const end of [conf_low, conf_high])
          if (end && Math.abs(end) !== 1)
            near(ratio(own, `\`${group === null ? "" : `${group} `}${term}\` = ${end}`), 3.841459, 1e-5);
  });
});

describe("hypotheses without a test", () => {
  it("keep their estimates, and are refused where they say nothing", () => {
    for (const test of ["wald", "lrt"] as const) {
      for (const [text, reason] of [
        ["sd__x = -1", /sd__x cannot be -1/],
        ["sigma = 0", /sd__Observation cannot be 0/],
        ["cor__(Intercept).x = 2", /cannot be 2/],
        ["exp(x) = 0", /No value of the parameters makes "exp\(x\) = 0" true/],
        ["x^2 = -1", /No value/],
      ] as const) {
        const { rows, warnings } = hypothesis(fit, text, { test });
        expect(rows[0]).toMatchObject({ statistic: null, p_value: null });
        expect(rows[0]!.conf_low).toBeLessThan(rows[0]!.conf_high!);
        expect(warnings[0]!.message).toMatch(reason);
      }
      for (const [text, fault] of [
        ["log(x - 10) = 0", /is not defined there/],
        ["x / 0 = 0", /infinite there/],
        ["x = x", /says nothing/],
        ["x * 0 = 0", /says nothing/],
      ] as const)
        expect(() => hypothesis(fit, text, { test })).toThrow(fault);
    }
    // how brms's users ask for the interval of an intraclass correlation
    const share = hypothesis(fit, "sd__(Intercept)^2 / (sd__(Intercept)^2 + sigma^2) = 0");
    expect(share.rows[0]!.statistic).toBeNull();
    expect(share.rows[0]!.std_error).toBeGreaterThan(0);
  });

  it("say what tests a variance of 0", () => {
    for (const test of ["wald", "lrt"] as const)
      for (const text of ["sd__x = 0", "sd__x^2 = 0", "cor__(Intercept).x = 1"]) {
        const { rows, warnings } = hypothesis(fit, [text, "x = 1"], { test });
        expect([rows[0]!.statistic, rows[0]!.p_value]).toEqual([null, null]);
        expect(warnings.map(({ code }) => code)).toEqual(["hypothesis-untested"]);
        expect(rows[1]!.statistic).not.toBeNull();
      }
    expect(hypothesis(fit, "sd__x > 0").warnings[0]!.message).toContain("anova({ smaller, larger })");
  });
});

describe("the profile of a correlation", () => {
  it("ends at ±1 on both sides where a standard deviation may be 0", async () => {
    const flat = columns.y.map((y, i) => y - 1.7 * columns.x[i]! + 0.4 * Math.sin(9 * i));
    const few = await model({ ...columns, flat })
      .formula("flat ~ x + (x | g)")
      .fit(ml());
    const intercepts = await model({ ...columns, flat })
      .formula("flat ~ x + (1 | g)")
      .fit(ml());
    const isNear0 = 2 * (few.logLik - intercepts.logLik) < 3.84;
    const { conf_low, conf_high } = confint(few, { which: "cor__(Intercept).x" }).rows[0]!;
    expect([conf_low === -1, conf_high === 1]).toEqual([isNear0, isNear0]);
  });
});
