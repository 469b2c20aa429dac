import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { anova } from "../../../src/compare/anova.ts";
import { poisson } from "../../../src/families/poisson.ts";
import { ml, reml } from "../../../src/frequentist/method.ts";
import { adjustedCovariance, degreesOfFreedom } from "../../../src/frequentist/small-sample/coefficient-inference.ts";
import { model } from "../../../src/model-builder.ts";
import { readColumns } from "../../../src/node/read-columns.ts";

interface Tests {
  readonly term: string[];
  readonly statistic: number[];
  readonly num: number[];
  readonly den?: number[];
  readonly p: number[];
}
const fixture = (name: string) => new URL(`../../fixtures/${name}`, import.meta.url);
const reference = JSON.parse(readFileSync(fixture("small-sample/lmertest.json"), "utf8")) as {
  coefficients: Record<
    string,
    {
      term: string | string[];
      satterthwaite: number | number[];
      kenwardRoger: number | number[];
      adjusted: number | number[];
    }
  >;
  cake: Record<"type3" | "type3kr" | "type2" | "type2kr", Tests>;
  betweenWithin: Record<string, number[]>;
};
const table = async (name: string) => (await readColumns(fixture(`${name}.csv`))).columns;
const fitted = async (name: string, formula: string, method = reml()) =>
  model(await table(name))
    .formula(formula)
    .fit(method);
const list = <T>(value: T | T[]): T[] => ([] as T[]).concat(value);

const near = (got: number | null | undefined, want: number, relative: number) =>
  expect(Math.abs(got! / want - 1), `${got} for ${want}`).toBeLessThan(relative);

const FORMULAS: Readonly<Record<string, string>> = {
  Orthodont: "distance ~ age * Sex + (1 | Subject) + (0 + age | Subject)",
  Machines: "score ~ Machine + (1 | Worker/Machine)",
  Penicillin: "diameter ~ 1 + (1 | plate) + (1 | sample)",
};

it.each(Object.keys(FORMULAS))(
  "degrees of freedom and adjusted errors of %s are lmerTest's and pbkrtest's",
  async (name) => {
    const fit = await fitted(`reference/${name}`, FORMULAS[name]!);
    const want = reference.coefficients[name]!;
    const rows = fit.tidy({ effects: ["fixed"] });
    const adjusted = fit.tidy({ effects: ["fixed"], ddf: "kenward-roger" });
    expect(rows.map(({ term }) => term)).toEqual(list(want.term));
    rows.forEach(({ df, statistic, conf_low, estimate, std_error }, k) => {
      near(df, list(want.satterthwaite)[k]!, 1e-4);
      near(adjusted[k]!.df, list(want.kenwardRoger)[k]!, 1e-4);
      near(adjusted[k]!.std_error, list(want.adjusted)[k]!, 1e-5);
      expect(statistic).toBe(estimate / std_error!);
      expect(conf_low).toBeLessThan(estimate - 1.96 * std_error!);
    });
    const covariance = adjustedCovariance(fit);
    expect(Math.sqrt(covariance[0]!)).toBeCloseTo(adjusted[0]!.std_error!, 12);
    const p = rows.length;
    if (p > 1) {
      const difference = Float64Array.from({ length: p }, (_, k) => (k === 1 ? 1 : k === 2 ? -1 : 0));
      expect(degreesOfFreedom(fit, [difference])[0]).toBeGreaterThan(1);
    }
  },
);

it("degrees of freedom between and within groups are nlme's", async () => {
  for (const [name, formula] of [
    ["Orthodont", "distance ~ age * Sex + (1 | Subject)"],
    ["Machines", FORMULAS["Machines"]!],
  ] as const) {
    const fit = await fitted(`reference/${name}`, formula);
    expect(fit.tidy({ effects: ["fixed"], ddf: "between-within" }).map(({ df }) => df)).toEqual(
      reference.betweenWithin[name],
    );
  }
});

it("tests of terms are lmerTest's and car's, whatever the contrasts", async () => {
  const declared = model(await table("small-sample/cake120"))
    .factor("temp", [175, 185, 195, 205, 215, 225])
    .formula("angle ~ recipe * temp + recipe * x + (1 | recipe:replicate)");
  const fit = await declared.fit(reml());
  const sums = await declared.contrasts("recipe", "sum").contrasts("temp", "helmert").fit(reml());
  for (const [name, options] of [
    ["type3", { type: 3 }],
    ["type3kr", { type: 3, ddf: "kenward-roger" }],
    ["type2", { type: 2, ddf: "normal" }],
    ["type2kr", { type: 2, ddf: "kenward-roger" }],
  ] as const)
    for (const one of [fit, sums]) {
      const { rows } = anova(one, options);
      const want = reference.cake[name];
      expect(rows.map(({ term }) => term)).toEqual(want.term);
      rows.forEach(({ statistic, num_df, den_df, p_value }, k) => {
        near(statistic, want.statistic[k]!, 2e-4);
        expect(num_df).toBe(want.num[k]);
        if (Array.isArray(want.den)) near(den_df, want.den[k]!, 5e-4);
        else expect(den_df).toBeNull();
        near(p_value, want.p[k]!, 2e-3);
      });
    }
  expect(anova(fit, { type: 3 }).toString()).toMatch(/^Type III tests of terms: F tests with Satterthwaite/);
  // what is said of a term that the others hold already is nothing
  const columns = await table("small-sample/cake120");
  const twice: object = { ...columns, z: (columns["x"] as Float64Array).map((value) => 2 * value) };
  const aliased = await model(twice as Record<string, number[]>)
    .formula("angle ~ recipe + x + z + (1 | recipe:replicate)")
    .fit();
  const { rows } = anova(aliased, { type: 3 });
  expect(rows.map(({ term, num_df }) => [term, num_df])).toEqual([
    ["recipe", 2],
    ["x", 0],
    ["z", 0],
  ]);
});

it("degrees of freedom are refused where there are none", async () => {
  const columns = { ...(await table("reference/Orthodont")) };
  const byMl = await fitted("reference/Orthodont", "distance ~ age + (1 | Subject)", ml());
  expect(byMl.tidy()[0]!.df).toBeNull();
  expect(byMl.tidy({ ddf: "satterthwaite" })[0]!.df).toBeGreaterThan(20);
  expect(() => byMl.tidy({ ddf: "kenward-roger" })).toThrow(/fit the same declaration by reml\(\)/);
  const counts = await model({
    ...columns,
    count: [...(columns["distance"] as Float64Array)].map(Math.round),
  } as Record<string, number[]>)
    .formula("count ~ age + (1 | Subject)")
    .family(poisson())
    .fit();
  expect(() => counts.tidy({ ddf: "satterthwaite" })).toThrow(/needs a linear mixed model/);
  const crossed = await fitted("reference/Penicillin", FORMULAS["Penicillin"]!);
  expect(() => crossed.tidy({ ddf: "between-within" })).toThrow(/sample and plate are crossed/);
  expect(() => anova(byMl, { type: 4 as 3 })).toThrow(/type of anova\(\) must be 2 or 3/);
});
