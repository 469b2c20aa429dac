import { expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { ml, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";

const table = async (name: string) =>
  (await readColumns(new URL(`../fixtures/reference/${name}.csv`, import.meta.url))).columns;

it("Kenward and Roger's F of nested models is pbkrtest's", async () => {
  const columns = await table("Machines");
  const of = (formula: string, method = reml()) => model(columns).formula(formula).fit(method);
  const larger = await of("score ~ Machine + (1 | Worker/Machine)");
  const smaller = await of("score ~ 1 + (1 | Worker/Machine)");
  const { rows } = anova({ larger, smaller }, { test: "kenward-roger" });
  expect(rows.map(({ fit, df }) => [fit, df])).toEqual([
    ["smaller", null],
    ["larger", 2],
  ]);
  // pbkrtest 0.5.2: KRmodcomp(lmer(score ~ Machine + (1 | Worker/Machine)), lmer(score ~ 1 + (1 | Worker/Machine)))
  expect(rows[1]!.statistic! / 20.57608).toBeCloseTo(1, 4);
  expect(rows[1]!.den_df).toBeCloseTo(10, 4);
  expect(rows[1]!.p_value! / anova(larger, { type: 3 }).rows[0]!.p_value!).toBeCloseTo(1, 4);
  const byMl = await of("score ~ Machine + (1 | Worker/Machine)", ml());
  expect(() => anova({ byMl, smaller }, { test: "kenward-roger" })).toThrow(/by reml\(\)/);
  const other = await of("score ~ 1 + (1 | Worker)");
  expect(() => anova({ larger, other }, { test: "kenward-roger" })).toThrow(/random effects of the two fits differ/);
  expect(() => anova({ larger, same: larger }, { test: "kenward-roger" })).toThrow(
    /not among those of the larger one, or the same/,
  );
  expect(() => anova([larger], { test: "exact" })).toThrow(/is of two fits/);
  expect(() => anova({ larger, smaller }, { test: "exact" })).toThrow(/one random term more/);
});

it("the exact test of a variance is RLRsim's", async () => {
  const columns = await table("Dyestuff");
  const larger = await model(columns).formula("Yield ~ 1 + (1 | Batch)").fit();
  const smaller = await model(columns).formula("Yield ~ 1").fit();
  const { rows, draws } = anova({ smaller, larger }, { test: "exact" });
  expect(draws).toBe(10000);
  // RLRsim 3.1-8: set.seed(1); exactRLRT(lmer(Yield ~ 1 + (1 | Batch)), nsim = 2e5)
  expect(rows[1]!.statistic).toBeCloseTo(6.369, 3);
  expect(Math.abs(rows[1]!.p_value! - 0.004655)).toBeLessThan(4 * Math.sqrt(0.004655 / 10000));
  expect(anova({ smaller, larger }, { test: "exact" }).rows[1]).toEqual(rows[1]);
});

it("the bootstrap refits both models to what the smaller one gives", async () => {
  const columns = await table("Dyestuff");
  const x = Array.from({ length: 30 }, (_, i) => (i % 5) - 2);
  const declared = model({ ...columns, x } as object as Record<string, number[]>);
  const larger = await declared.formula("Yield ~ x + (1 | Batch)").fit(ml());
  const smaller = await declared.formula("Yield ~ 1 + (1 | Batch)").fit(ml());
  const options = { test: "bootstrap", draws: 100, seed: 3 } as const;
  const { rows, draws } = anova({ smaller, larger }, options);
  expect(draws).toBe(100);
  const chisq = anova({ smaller, larger }).rows[1]!;
  expect(rows[1]!.statistic).toBe(chisq.Chisq);
  expect(Math.abs(rows[1]!.p_value! - chisq.p_value!)).toBeLessThan(0.15);
  expect(rows[1]!.p_value! * 101).toBeCloseTo(Math.round(rows[1]!.p_value! * 101), 8);
  expect(anova({ smaller, larger }, options).rows).toEqual(rows);
});
