import { expect, it } from "vitest";
import { anova } from "../../../src/compare/anova.ts";
import { model } from "../../../src/model-builder.ts";
import { few } from "../../fixtures/small-sample/few-rows.ts";

it("next to 2 denominator degrees of freedom Kenward and Roger's F is not scaled", async () => {
  const between = few.g.map((g) => `c${Math.min(3, Number(g.slice(1)))}`);
  const fit = await model({ ...few, between })
    .formula("y ~ between + x + (1 | g)")
    .fit("reml");
  const row = anova(fit, { type: 3, ddf: "kenward-roger" }).rows[0]!;
  // KRmodcomp(lmer(y ~ between + x + (1 | g)), lmer(y ~ x + (1 | g))) of pbkrtest 0.5.2
  expect(row.statistic).toBeCloseTo(0.252458497, 5);
  expect(row.den_df).toBeCloseTo(2.002977285, 3);
});

it("terms whose coefficients have no error have no test", async () => {
  const fit = await model(few).formula("y ~ g + x + (1 | g)").fit("reml");
  for (const ddf of ["satterthwaite", "kenward-roger"] as const) {
    const [groups, x] = anova(fit, { type: 3, ddf }).rows;
    expect(groups).toMatchObject({ term: "g", statistic: null, p_value: null });
    expect(x!.p_value).toBeGreaterThan(0);
  }
});

it("where no covariance can be computed there is no test either", async () => {
  const fit = await model({ ...few, w: few.w.map((w) => w * 1e-300) })
    .formula("y ~ A + x + (1 | g)")
    .weights("w")
    .fit("reml");
  for (const row of anova(fit, { type: 3, ddf: "kenward-roger" }).rows) expect(row.p_value).not.toBeNaN();
});
