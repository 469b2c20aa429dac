/** A family is what its record says, under any name. */
import { describe, expect, it } from "vitest";
import { describe as describeSpec } from "../../src/dsl/describe.ts";
import { varIdent } from "../../src/dsl/residual.ts";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { defineFamily } from "../../src/families/define-family.ts";
import type { Family } from "../../src/families/family.ts";
import { Gamma } from "../../src/families/gamma.ts";
import { gaussian } from "../../src/families/gaussian.ts";
import { nbinom1, nbinom2 } from "../../src/families/negative-binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { familyByName } from "../../src/families/registry.ts";
import { laplace, ml, pql } from "../../src/frequentist/method.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { compileModel } from "../../src/model/compile.ts";
import { model } from "../../src/model-builder.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";

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

describe("what a family is called", () => {
  const renamed = (base: Family): Family => Object.freeze({ ...base, name: "mine" });
  const counts = { y: [0, 0, 0, 0, 3, 1, 2, 5], a: [..."ffffmmmm"], g: [..."ppqqrrss"] };
  it("makes no difference to a Gaussian model: its integral, residual structures and table", async () => {
    const declared = model(data).formula("y ~ x + (1 | g)");
    const fit = await declared.family(renamed(gaussian())).fit();
    const own = await declared.fit();
    expect(fit.method).toBe("REML");
    expect(fit.glance()).toEqual(own.glance());
    expect(fit.tidy()).toEqual(own.tidy());
    const varying = declared.residual({ variance: varIdent("g") });
    expect((await varying.family(renamed(gaussian())).fit(ml())).logLik).toBe((await varying.fit(ml())).logLik);
  });
  it("makes no difference to what is known of counts and trials", async () => {
    for (const family of [poisson(), nbinom2()]) {
      const declared = model(counts).formula("y ~ a");
      const [own, fit] = [await declared.family(family).fit(), await declared.family(renamed(family)).fit()];
      expect(own.verdict.code).toBe("separation");
      expect(fit.verdict).toEqual(own.verdict);
    }
    const binary = model({ ...counts, y: [0, 0, 1, 1, 1, 1, 0, 0] }).formula("y ~ 1 + (1 | g)");
    const own = await binary.family(binomial()).fit(laplace());
    expect(own.verdict.reason).toMatch(/all responses are the same/);
    expect((await binary.family(renamed(binomial())).fit(laplace())).verdict).toEqual(own.verdict);
  });
  it("does not make it one of the library's: a density under a name of theirs is the density that is fitted", async () => {
    const laplaceOf = defineFamily({
      name: "gaussian",
      link: "identity",
      parameters: [{ name: "sigma", support: "positive" }],
      // the logistic distribution
      logDensity: (ops, { eta, parameter, column }) => {
        const z = ops.div(ops.sub(column["y"]!, eta[0]!), parameter["sigma"]!);
        return ops.sub(ops.neg(ops.add(ops.softplus(z), ops.softplus(ops.neg(z)))), ops.log(parameter["sigma"]!));
      },
      mean: (_ops, { eta }) => eta[0]!,
    });
    const declared = model(data).formula("y ~ x + (1 | g)");
    expect(declared.family(laplaceOf).compile().gaussian).toBe(false);
    expect(() =>
      declared
        .family(laplaceOf)
        .residual({ variance: varIdent("g") })
        .compile(),
    ).toThrow(DeclarationError);
    const counted = defineFamily({
      name: "poisson",
      link: "log",
      response: "count",
      logDensity: (ops, { eta, column }) => ops.mul(column["y"]!, ops.logSigmoid(eta[0]!)),
      mean: (ops, { eta }) => ops.exp(eta[0]!),
    });
    await expect(declared.family(counted).fit(pql())).rejects.toThrow(/needs a variance/);
    await expect(declared.family(counted).sample(gibbs())).rejects.toThrow(/poisson/);
  });
  it("and what its response is refuses rows that are none", () => {
    const family = (response: "positive" | "unit" | "count") =>
      defineFamily({
        name: "mine",
        response,
        logDensity: (ops, { eta, column }) => ops.neg(ops.square(ops.sub(column["y"]!, eta[0]!))),
        mean: (_ops, { eta }) => eta[0]!,
      });
    const of = (y: number[], response: "positive" | "unit" | "count") => () =>
      model({ y, g: [..."aabb"] })
        .formula("y ~ 1 + (1 | g)")
        .family(family(response))
        .compile();
    expect(of([1, 2, 0, 3], "positive")).toThrow(/row 3.*above 0/i);
    expect(of([0.1, 0.2, 1, 0.5], "unit")).toThrow(/row 3.*between 0 and 1/i);
    expect(of([1, 2, 2.5, 3], "count")).toThrow(/row 3.*whole number/i);
    expect(of([1, 2, 2, 0], "count")).not.toThrow();
    expect(() =>
      defineFamily({ name: "m", response: "trials", logDensity: () => 0 as never, mean: () => 0 as never }),
    ).toThrow(/reads no trials/);
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
