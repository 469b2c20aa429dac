import { beforeAll, describe, expect, it } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { reml } from "../../src/frequentist/method.ts";
import type { TidyRow } from "../../src/model/fit.ts";
import { model } from "../../src/model-builder.ts";
import { summaryText } from "../../src/report/summary.ts";
import { tidyText } from "../../src/report/tidy-text.ts";
import { exampleColumns, handMadePosterior } from "../prediction/hand-made-fits.ts";

let sleepstudy: Record<string, number[]>;
let cbpp: typeof sleepstudy;
beforeAll(async () => {
  sleepstudy = (await exampleColumns("sleepstudy")) as object as typeof sleepstudy;
  cbpp = (await exampleColumns("cbpp")) as object as typeof sleepstudy;
});

describe("summaries", () => {
  it("says of next to no degrees of freedom that they are, in short digits", async () => {
    const data = { y: [1, 2, 3, 4], x: [1, 2, 4, 3], g: ["a", "a", "b", "b"] };
    const fit = await model(data).formula("y ~ x + (1 | g)").fit();
    const text = summaryText(fit);
    expect(text).toMatch(/Note: \(Intercept\), x have less than one degree of freedom \(0\.037 at the least\)/);
    expect(text).not.toMatch(/\d{7}/);
    expect(tidyText(fit.tidy())).toMatch(/less than one degree of freedom/);
    expect(summaryText(await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit())).not.toMatch(
      /degree of freedom/,
    );
  });

  it("of a linear mixed model by REML", async () => {
    const fit = await model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").fit(reml());
    expect(summaryText(fit)).toMatchInlineSnapshot(`
      "Fit by restricted maximum likelihood
      Formula: Reaction ~ Days + (Days | Subject)
       Family: gaussian (identity link)
       Method: REML

         AIC     BIC   logLik  REML criterion  parameters
      1755.6  1774.8  -871.81         1743.63           6

      Random effects
      group     name         variance      sd  corr
      Subject   (Intercept)   612.090  24.740
                Days           35.072   5.922  0.07
      Residual                654.941  25.592

      Fixed effects (t tests with Satterthwaite's degrees of freedom)
                   estimate  std_error  statistic    df  p_value  conf_low  conf_high
      (Intercept)   251.405      6.825     36.838  17.0   <0.001   237.007    265.804
      Days           10.467      1.546      6.771  17.0   <0.001     7.206     13.729

      Rows: 180; Subject: 18 groups"
    `);
    expect(tidyText(fit.tidy())).toMatchInlineSnapshot(`
      "effect    group     term                   estimate  std_error  statistic    df  p_value  conf_low  conf_high
      fixed               (Intercept)             251.405      6.825     36.838  17.0   <0.001   237.007    265.804
      fixed               Days                     10.467      1.546      6.771  17.0   <0.001     7.206     13.729
      ran_pars  Subject   sd__(Intercept)          24.740      5.836                              15.582     39.283
      ran_pars  Subject   sd__Days                  5.922      1.248                               3.918      8.951
      ran_pars  Subject   cor__(Intercept).Days     0.066      0.325                              -0.518      0.608
      ran_pars  Residual  sd__Observation          25.592      1.508                              22.800     28.725"
    `);
  });

  it("of a posterior, with its diagnostics", () => {
    const compiled = model(cbpp)
      .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
      .family(binomial())
      .compile();
    const row = (change: Partial<TidyRow>): TidyRow => ({
      effect: "fixed",
      component: "cond",
      group: null,
      term: "(Intercept)",
      estimate: -1.41468,
      std_error: 0.2535,
      statistic: null,
      df: null,
      p_value: null,
      conf_low: -1.93,
      conf_high: -0.93,
      rhat: 1.0004,
      ess_bulk: 2381.2,
      ess_tail: 1999.9,
      ...change,
    });
    const posterior = {
      ...handMadePosterior(
        compiled,
        [[-1.4, -1, -1.1, -1.6, 0.7]],
        [],
        [
          row({}),
          row({ term: "factor(period)2", estimate: -0.98278, std_error: 0.3067, conf_low: -1.59, conf_high: -0.4 }),
          row({
            effect: "ran_pars",
            group: "herd",
            term: "sd__(Intercept)",
            estimate: 0.72963,
            std_error: 0.2068,
            conf_low: 0.37,
            conf_high: 1.2,
          }),
        ],
      ),
      reason: "as asked for",
      warnings: [{ code: "divergent-transitions", message: "3 transitions diverged." } as const],
    };
    expect(summaryText(posterior)).toMatchInlineSnapshot(`
      "Posterior
      Formula: incidence | trials(size) ~ factor(period) + (1 | herd)
       Family: binomial (logit link)
       Method: by hand
       Reason: as asked for
        Draws: 1 chain of 1

      Random effects
      group                   estimate  std_error  conf_low  conf_high   rhat  ess_bulk  ess_tail
      herd   sd__(Intercept)    0.7296     0.2068    0.3700     1.2000  1.000      2381      2000

      Fixed effects
                       estimate  std_error  conf_low  conf_high   rhat  ess_bulk  ess_tail
      (Intercept)       -1.4147     0.2535   -1.9300    -0.9300  1.000      2381      2000
      factor(period)2   -0.9828     0.3067   -1.5900    -0.4000  1.000      2381      2000

      Rows: 10; herd: 15 groups
      Warning: 3 transitions diverged."
    `);
    expect(summaryText(posterior, (text, role) => (role === "warning" ? `!${text}!` : text))).toContain(
      "!Warning: 3 transitions diverged.!",
    );
  });
});
