/** A family is what its record says, under any name. */
import { describe, expect, it } from "vitest";
import { describe as describeSpec } from "../../src/dsl/describe.ts";
import type { Family } from "../../src/families/family.ts";
import { binomial, cumulative, defineFamily, Gamma, gaussian, nbinom1, poisson } from "../../src/families/index.ts";
import { familyByName } from "../../src/families/registry.ts";
import { laplace } from "../../src/frequentist/method.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { compileModel } from "../../src/model/compile.ts";
import { model } from "../../src/model-builder.ts";

const data = {
  y: [1, 0, 2, 3, 1, 4, 2, 2],
  n: [4, 4, 4, 5, 5, 5, 4, 5],
  x: [1, 2, 3, 4, 5, 7, 2, 1],
  g: [..."ppqqrrss"],
};

const twoPredictors = defineFamily({
  name: "normalTwo",
  predictors: ["mu", "disp"],
  logDensity: (ops, { eta, column }) =>
    ops.sub(ops.mul(-0.5, ops.square(ops.div(ops.sub(column["y"]!, eta[0]!), ops.exp(eta[1]!)))), eta[1]!),
  mean: (_ops, { eta }) => eta[0]!,
});

describe("predictors of a family", () => {
  it("are declared, all of them, or the fit is refused by name", async () => {
    const declared = model(data).formula("y ~ x + (1 | g)").family(twoPredictors);
    await expect(declared.fit()).rejects.toThrow(
      /"normalTwo" has the linear predictors mu, disp, .*disp is not declared/,
    );
    await expect(declared.fit()).rejects.toBeInstanceOf(DeclarationError);
    await expect(declared.sample()).rejects.toThrow(/disp is not declared/);
    const { spec } = declared;
    const both = { ...spec, predictors: [...spec.predictors, { ...spec.predictors[0]!, role: "disp", random: [] }] };
    expect(
      compileModel(both, declared.compile.call(model(data).formula("y ~ x + (1 | g)")).table, twoPredictors).design
        .predictors.length,
    ).toBe(2);
  });
  it("are refused where the family has no such predictor, or has them in another order", () => {
    const plain = model(data).formula("y ~ x + (1 | g)");
    const { table } = plain.compile();
    const extra = {
      ...plain.spec,
      predictors: [...plain.spec.predictors, { ...plain.spec.predictors[0]!, role: "zi" }],
    };
    for (const family of [binomial(), poisson(), gaussian(), cumulative()])
      expect(() => compileModel({ ...extra, family: { name: family.name } }, table, family)).toThrow(
        /no parameter "zi": it has/,
      );
  });
});

describe("the response of a family", () => {
  const own = (base: Family, name: string): Family => Object.freeze({ ...base, name });
  it("has trials where the density reads them, whatever the family is called", async () => {
    const fits = [];
    for (const family of [binomial(), own(binomial(), "successes"), own(binomial(), "betaBinomialOfMine")])
      fits.push(await model(data).formula("y | trials(n) ~ x + (1 | g)").family(family).fit(laplace()));
    for (const fit of fits) expect(fit.logLik).toBe(fits[0]!.logLik);
    expect(() =>
      model(data).formula("y | trials(n) ~ x + (1 | g)").family(own(poisson(), "bernoulli")).compile(),
    ).toThrow(/trials/);
    expect(() =>
      model(data).formula("y | trials(n) ~ x + (1 | g)").family(own(poisson(), "quasibinomial")).compile(),
    ).toThrow(/trials/);
  });
  it("is a category where the family is made for categories, whatever it is called", async () => {
    const fits = [];
    for (const family of [cumulative(), own(cumulative(), "ladder")])
      fits.push(await model(data).formula("y ~ x + (1 | g)").family(family).fit(laplace()));
    expect(fits[1]!.logLik).toBeCloseTo(fits[0]!.logLik, 10);
  });
});

describe("describe()", () => {
  const declared = (family: { name: string; link?: string }) => model(data).formula("y ~ 1 + (1 | g)").family(family);
  it("states the link that is fitted", () => {
    for (const name of ["gaussian", "binomial", "poisson", "nbinom1", "nbinom2", "Gamma", "cumulative"]) {
      const { link } = familyByName(name);
      const text = describeSpec(declared({ name }).spec);
      if (link === "identity") expect(text).toMatch(/^μ_i = /m);
      else expect(text).toContain(`${link}(`);
      for (const other of ["inverse(", "logit(", "log("].filter((word) => word !== `${link}(`))
        expect(text).not.toContain(other);
    }
    expect(describeSpec(declared(Gamma({ link: "inverse" })).spec)).toContain("inverse(μ_i)");
    expect(describeSpec(declared(nbinom1()).spec)).toContain("Var = μ_i (1 + α)");
  });
  it("of a family given as a record states its parameters and link; of an unknown one its name", () => {
    const family = defineFamily({
      name: "skewed",
      link: "log",
      parameters: [{ name: "shape", support: "positive" }],
      logDensity: (ops, { eta, parameter, column }) => ops.mul(parameter["shape"]!, ops.sub(column["y"]!, eta[0]!)),
      mean: (ops, { eta }) => ops.exp(eta[0]!),
    });
    expect(declared(family).describe()).toContain("Skewed(μ_i, shape)");
    expect(declared(family).describe()).toContain("log(μ_i) = ");
    expect(describeSpec(declared({ name: "unheard" }).spec)).toContain("Unheard(μ_i, …)");
    expect(describeSpec(declared({ name: "unheard" }).spec)).toContain("g(μ_i) = ");
  });
});
