/** Given standard deviations in declarations: formula, builder, JSON, and what is wrong with them. */
import { describe, expect, test } from "vitest";
import { parseFormula } from "../../src/dsl/formula.ts";
import { formulaOf } from "../../src/dsl/print-formula.ts";
import { specFromJSON } from "../../src/dsl/spec-json.ts";
import { gee } from "../../src/frequentist/gee/method.ts";
import { pql } from "../../src/frequentist/pql/method.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { mcmcglmmPrior } from "../../src/priors/conjugate-prior.ts";
import { halfNormal } from "../../src/priors/distributions.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";

const table = {
  y: Array.from({ length: 24 }, (_, i) => Math.sin(3 * i) + i / 10),
  x: Array.from({ length: 24 }, (_, i) => Math.cos(i)),
  t: Array.from({ length: 24 }, (_, i) => "abc"[i % 3]!),
  g: Array.from({ length: 24 }, (_, i) => `g${i % 6}`),
};
const base = () => model(table);
const termOf = (formula: string) => parseFormula(`y ~ x + ${formula}`).predictor.random[0]!;

async function messages(act: () => unknown): Promise<string[]> {
  try {
    await act();
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError);
    return (error as DeclarationError).issues.map(({ message }) => message);
  }
  return [];
}

describe("formulas", () => {
  test.each([
    ["cor(0 + t | g)", "us(0 + t | g, sd = 1)", "us", [1]],
    ["corg(0 + t | g)", "us(0 + t | g, sd = 1)", "us", [1]],
    ["corh(0 + t | g, sd = c(1, 2.5, 3))", "us(0 + t | g, sd = c(1, 2.5, 3))", "us", [1, 2.5, 3]],
    ["corgh((0 + t | g), sd = 2)", "us(0 + t | g, sd = 2)", "us", [2]],
    ["us(1 | g, sd = 0.5)", "us(1 | g, sd = 0.5)", "us", [0.5]],
    ["diag(0 + t | g, sd = c(1, 2, 3))", "diag(0 + t | g, sd = c(1, 2, 3))", "diag", [1, 2, 3]],
    ["cs(x | gr(g, cov = A), sd = 1e-3)", "cs(x | gr(g, cov = A), sd = 0.001)", "cs", [0.001]],
    ["homcs(x | g, sd = 2)", "homcs(x | g, sd = 2)", "homcs", [2]],
  ])("%s", (formula, printed, covariance, sd) => {
    expect(termOf(formula)).toMatchObject({ covariance, sd });
    const declared = base().formula(`y ~ x + ${formula}`);
    expect(declared.toFormula()).toBe(`y ~ x + ${printed}`);
    expect(formulaOf({ ...declared.spec, ...base().formula(declared.toFormula()).spec })).toBe(declared.toFormula());
    expect(termOf(printed)).toEqual(termOf(formula));
    expect(specFromJSON(JSON.stringify(declared))).toEqual(declared.spec);
  });

  test("nested groups take the same", () => {
    expect(parseFormula("y ~ us(1 | g/t, sd = 2)").predictor.random.map(({ sd }) => sd)).toEqual([[2], [2]]);
  });

  test.each([
    ["corh(0 + t | g)", /corh\(\) has given variances: add their square roots/],
    ["corgh(0 + t | g)", /corgh\(\) has given variances/],
    ["cor(0 + t | g, sd = 2)", /cor\(\) has variances of 1 and takes no sd/],
    ["us(x | g, sd = 0)", /a number above 0, or one for each effect/],
    ["us(x | g, sd = c(1, -2))", /a number above 0, or one for each effect/],
    ["us(x | g, sd = c())", /a number above 0, or one for each effect/],
    ["us(x | g, sd = s)", /a number above 0, or one for each effect/],
    ["us(x | g, 2)", /one random term, and sd =/],
    ["us(x | g, var = 2)", /us\(\) has no argument "var"; it knows sd/],
    ["us(x | g, sd = 1, sd = 2)", /The argument "sd" is given twice/],
    ["cor(x)", /cor\(\)/],
  ])("%s is refused", async (formula, text) => {
    const found = await messages(() => parseFormula(`y ~ ${formula}`));
    expect(found.length).toBe(1);
    expect(found[0]).toMatch(text);
  });
});

describe("the builder", () => {
  test("takes one standard deviation or one for each effect, and prints what the formula says", () => {
    expect(base().response("y").random("g", "0 + t", { sd: 1 }).toFormula()).toBe("y ~ 1 + us(0 + t | g, sd = 1)");
    const sd = [1, 2, 3];
    const declared = base().response("y").random("g", "0 + t", { sd, covariance: "cs" });
    sd[0] = 9;
    expect(declared.spec.predictors[0]!.random[0]).toMatchObject({ covariance: "cs", sd: [1, 2, 3] });
    expect(base().sigma(2).spec.sigma).toBe(2);
    expect(base().random("g", { sd: 2 }).random("us(1 | g, sd = 2)").spec.predictors[0]!.random.length).toBe(1);
  });

  test("refuses what cannot be standard deviations", async () => {
    for (const sd of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, [], [1, 0], "1" as never])
      expect(await messages(() => base().random("g", "x", { sd }))).toEqual([
        "The standard deviations given for the effects of g must be a number above 0, or one for each effect, as { sd: [1, 2] }.",
      ]);
    for (const sigma of [0, -1, Number.NaN, "2" as never])
      expect((await messages(() => base().sigma(sigma)))[0]).toMatch(/must be a finite number above 0, not/);
  });

  test("JSON with other values is refused by the field's name", async () => {
    const spec = JSON.parse(JSON.stringify(base().formula("y ~ us(x | g, sd = 2)").sigma(1)));
    spec.predictors[0].random[0].sd = [0];
    spec.sigma = -1;
    expect(await messages(() => specFromJSON(spec))).toEqual([
      "The declaration's spec.predictors.0.random.0.sd must be a list of numbers above 0.",
      "The declaration's spec.sigma must be a number above 0.",
    ]);
  });
});

describe("compiling", () => {
  const compile = (formula: string) => messages(() => base().formula(formula).compile());

  test("the number of standard deviations is checked against the effects, by name", async () => {
    expect(await compile("y ~ us(0 + t | g, sd = c(1, 2))")).toEqual([
      "The term us(0 + t | g, sd = c(1, 2)) gives 2 standard deviations but has 3 effects: ta, tb, tc. Give one for all of them, or one for each.",
    ]);
    expect((await compile("y ~ homcs(0 + t | g, sd = c(1, 2, 3))"))[0]).toMatch(
      /has one variance by its structure homcs, .* use cs\./,
    );
    expect((await compile("y ~ homdiag(0 + t | g, sd = c(1, 2, 3))"))[0]).toMatch(/use diag\./);
    expect(await compile("y ~ homcs(0 + t | g, sd = c(2, 2, 2))")).toEqual([]);
  });

  test("an effect a row is no matter where its variance is given", async () => {
    const own = model({ ...table, row: table.y.map((_, i) => `r${i}`) });
    expect((await messages(() => own.formula("y ~ (1 | row)").compile()))[0]).toMatch(/24/);
    const fit = await own.formula("y ~ us(1 | row, sd = 0.3)").fit();
    const plain = await base().formula("y ~ 1").fit();
    expect(fit.logLik).toBeCloseTo(plain.logLik, 8);
    expect(fit.glance().sigma! ** 2 + 0.09).toBeCloseTo(plain.glance().sigma! ** 2, 8);
  });

  test("sigma is refused where it has no meaning", async () => {
    const refused = async (declared: { compile(): unknown }, text: RegExp) => {
      const found = await messages(() => declared.compile());
      expect(found.length).toBe(1);
      expect(found[0]).toMatch(text);
    };
    const counts = model({ ...table, y: table.t.map((t) => t.length) });
    await refused(counts.formula("y ~ x").family({ name: "poisson" }).sigma(1), /the family is poisson/);
    await refused(
      base().formula("y ~ x").knownVariance("x^2 + 1").sigma(1),
      /leave out \.knownVariance\(\) or \.sigma\(\)/,
    );
    await refused(
      base()
        .response("y")
        .mean("a * x", { parameters: { a: "~ 1" }, start: { a: 1 } })
        .sigma(1),
      /goes with a linear mean/,
    );
  });

  test("estimating equations and penalised quasi-likelihood have no place for it", async () => {
    const declared = base().formula("y ~ x").sigma(1);
    expect((await messages(() => declared.fit(gee({ id: "g" }))))[0]).toMatch(/scaleFix/);
    const random = base().formula("y ~ x + (1 | g)").sigma(1);
    expect((await messages(() => random.fit(pql())))[0]).toMatch(/leave \.sigma\(\) out/);
  });

  test("a prior of a whole matrix, of a given sd or of a given sigma is refused", async () => {
    const given = base().formula("y ~ x + us(x | g, sd = 2)").sigma(1);
    const prior = mcmcglmmPrior({
      G: [
        {
          V: [
            [1, 0],
            [0, 1],
          ],
          nu: 4,
        },
      ],
      R: { V: 1, nu: 2 },
    });
    const found = await messages(() => given.sample(gibbs({ prior })));
    expect(found.join(" ")).toMatch(/its standard deviations are given/);
    expect(found.join(" ")).toMatch(/The residual standard deviation is given/);
    for (const target of ["sd", "sigma"] as const) {
      const found = await messages(() => given.prior(target, halfNormal(1)).priors());
      expect(found).toEqual([
        `There is a prior for ${target}, but the ${target === "sd" ? "standard deviation of random effects" : "residual standard deviation"} is given, not estimated; remove the prior, or the given value.`,
      ]);
    }
  });
});
