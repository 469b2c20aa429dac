import { beforeAll, expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { laplace, ml, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { chiSquareUpper } from "../../src/special/distributions.ts";
import { exampleColumns } from "../prediction/hand-made-fits.ts";

type Numbers = Record<string, number[]>;
let sleep: Numbers;
beforeAll(async () => {
  sleep = (await exampleColumns("sleepstudy")) as object as Numbers;
});
const fit = (formula: string, method = reml()) => model(sleep).formula(formula).fit(method);
const last = (small: Awaited<ReturnType<typeof fit>>, large: Awaited<ReturnType<typeof fit>>) => {
  const { rows, warnings } = anova({ small, large });
  return { ...rows.at(-1)!, codes: warnings.map(({ code }) => code) };
};

it("a random intercept is half of χ²₁, a slope beside it half of χ²₁ and of χ²₂", async () => {
  const none = await fit("Reaction ~ Days");
  const intercept = await fit("Reaction ~ Days + (1 | Subject)");
  const slope = await fit("Reaction ~ Days + (Days | Subject)");
  const one = last(none, intercept);
  expect(one).toMatchObject({ distribution: "½χ²₀ + ½χ²₁", codes: [] });
  expect(one.p_value! * 2).toBeCloseTo(one.p_chisq!, 20);
  const two = last(intercept, slope);
  expect(two.distribution).toBe("½χ²₁ + ½χ²₂");
  // lme4 1.1-31: the mixture of pchisq of the likelihood ratio 42.8368134364305 is 2.79252981506961e-10
  expect(two.p_value! / 2.79252981506961e-10).toBeCloseTo(1, 2);
  expect(two.p_chisq! / 4.9900414269613e-10).toBeCloseTo(1, 2);
  // uncorrelated: one variance alone
  const uncorrelated = await fit("Reaction ~ Days + (Days || Subject)");
  expect(last(intercept, uncorrelated).distribution).toBe("½χ²₀ + ½χ²₁");
  // a correlation is no variance
  expect(last(uncorrelated, slope)).toMatchObject({ distribution: "χ²₁", codes: [] });
});

it("coefficients of maximum likelihood move the mixture up, and several variances have weights by their information", async () => {
  const none = await fit("Reaction ~ 1", ml());
  const one = last(none, await fit("Reaction ~ Days + (1 | Subject)", ml()));
  expect(one.distribution).toBe("½χ²₁ + ½χ²₂");
  expect(one.p_value).toBeCloseTo(0.5 * (chiSquareUpper(one.Chisq!, 1) + chiSquareUpper(one.Chisq!, 2)), 20);
  const two = last(await fit("Reaction ~ Days"), await fit("Reaction ~ Days + (Days || Subject)"));
  expect(two.distribution).toMatch(/^0\.\d+χ²₀ \+ ½χ²₁ \+ 0\.\d+χ²₂$/);
  const whole = last(await fit("Reaction ~ Days"), await fit("Reaction ~ Days + (Days | Subject)"));
  expect(whole.distribution).toMatch(/χ²₀ \+ .*χ²₁ \+ .*χ²₂ \+ .*χ²₃$/);
  expect(whole.p_value!).toBeLessThan(whole.p_chisq!);
});

it("other families have it too; what is not known is said to be conservative", async () => {
  const { columns } = await readColumns(new URL("../fixtures/reference/cbpp.csv", import.meta.url));
  const herds = model(columns).family({ name: "binomial" });
  const small = await herds.formula("incidence | trials(size) ~ period").fit(laplace());
  const large = await herds.formula("incidence | trials(size) ~ period + (1 | herd)").fit(laplace());
  const { rows } = anova({ small, large });
  expect(rows[1]!.distribution).toBe("½χ²₀ + ½χ²₁");
  expect(String(anova({ small, large }))).toMatch(/distribution[\s\S]*½χ²₀ \+ ½χ²₁/);
  const structured = last(await fit("Reaction ~ Days"), await fit("Reaction ~ Days + homcs(Days | Subject)"));
  expect(structured.codes).toEqual(["anova-boundary"]);
  expect(structured.p_value).toBe(structured.p_chisq);
});
