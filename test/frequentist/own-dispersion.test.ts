import { describe, expect, it } from "vitest";
import { varIdent } from "../../src/dsl/residual.ts";
import { Beta } from "../../src/families/beta.ts";
import { Gamma } from "../../src/families/gamma.ts";
import { nbinom2 } from "../../src/families/negative-binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { gee, independence } from "../../src/frequentist/gee/method.ts";
import { ml, pql } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";

const y = [3, 1.2, 2.1, 3.3, 0.4, 1.1, 2.4, 0.7, 1.8, 2.9, 0.3, 1.9];
const x = y.map((_, i) => i);
const g = [..."ppppqqqqrrrr"];
const strata = (first: number) => y.map((_, i) => (i < first ? "own" : i % 2 ? "a" : "b"));
const errorOf = (
  fit: { tidy(): readonly { term: string; component: string; std_error: number | null }[] },
  term: string,
  component = "cond",
) => fit.tidy().find((row) => row.term === term && row.component === component)!.std_error;

describe("one row with a variance of its own", () => {
  const table = { y, x, g, st: strata(1) };

  it.each([
    ["gaussian", model(table).formula("y ~ x").dispersion("~ st")],
    [
      "gaussian, indicator",
      model({ ...table, own: x.map((v) => (v === 0 ? 1 : 0)) })
        .formula("y ~ x")
        .dispersion("~ own"),
    ],
    ["gaussian beside random effects", model(table).formula("y ~ x + (1 | g)").dispersion("~ st")],
    ["Gamma", model(table).formula("y ~ x").family(Gamma()).dispersion("~ st")],
    [
      "beta",
      model({ ...table, y: y.map((v) => v / 4) })
        .formula("y ~ x")
        .family(Beta())
        .dispersion("~ st"),
    ],
  ])("leaves the likelihood without a maximum: %s", async (name, declared) => {
    const fit = await declared.fit(name.startsWith("gaussian") ? ml() : undefined);
    expect(fit.verdict).toMatchObject({
      code: "not identified",
      reason: expect.stringMatching(/variance of row 1 rests on one row.*without bound/),
    });
    expect(errorOf(fit, name === "gaussian, indicator" ? "own" : "stown", "disp")).toBeNull();
  });

  it("leaves it without a maximum by varIdent too, whose sentence names the stratum", async () => {
    const fit = await model(table)
      .formula("y ~ x")
      .residual({ variance: varIdent("st") })
      .fit(ml());
    expect(fit.verdict.reason).toMatch(/variance of 'own' rests on one row/);
    expect(errorOf(fit, "varIdent.own")).toBeNull();
  });

  it("has an estimate by restricted maximum likelihood, which may be 0", async () => {
    const inside = await model(table).formula("y ~ x").dispersion("~ st").fit();
    expect(inside.verdict.code).toBe("converged");
    // the row lies on the line of the others
    const line = { ...table, y: y.map((v, i) => (i === 0 ? 1.39 : v)) };
    for (const declared of [
      model(line).formula("y ~ x").dispersion("~ st"),
      model(line)
        .formula("y ~ x")
        .residual({ variance: varIdent("st") }),
    ]) {
      const zero = await declared.fit();
      expect(zero.verdict).toMatchObject({ code: "boundary", reason: expect.stringContaining("is estimated as 0") });
      expect(
        errorOf(
          zero,
          zero.model.design.residual ? "varIdent.own" : "stown",
          zero.model.design.residual ? "cond" : "disp",
        ),
      ).toBeNull();
    }
  });

  it("is not identified by restricted maximum likelihood where a coefficient serves the row alone", async () => {
    for (const declared of [
      model(table).formula("y ~ x + st").dispersion("~ st"),
      model(table)
        .formula("y ~ x + st")
        .residual({ variance: varIdent("st") }),
    ]) {
      const fit = await declared.fit();
      expect(fit.verdict).toMatchObject({
        code: "not identified",
        reason: expect.stringContaining("'stown' fits that row exactly"),
      });
      expect(errorOf(fit, "stown")).toBeNull();
      expect(errorOf(fit, "x")).toBeGreaterThan(0);
    }
  });
});

it("two rows that the coefficients can fit exactly leave a local maximum, which a warning says", async () => {
  const table = { y, x, st: strata(2) };
  for (const declared of [
    model(table).formula("y ~ x").dispersion("~ st"),
    model(table)
      .formula("y ~ x")
      .residual({ variance: varIdent("st") }),
    model(table).formula("y ~ x").family(Gamma()).dispersion("~ st"),
  ]) {
    const method = declared.spec.family.name === "gaussian" ? ml() : undefined;
    const fit = await declared.fit(method);
    expect(fit.verdict.code).toBe("converged");
    expect(fit.warnings.map(({ code }) => code)).toContain("local-maximum");
    const three = await declared.on({ ...table, st: strata(3) }).fit(method);
    expect(three.warnings.map(({ code }) => code)).not.toContain("local-maximum");
  }
  expect((await model(table).formula("y ~ x").dispersion("~ st").fit()).warnings).toEqual([]);
});

describe("as many coefficients as rows", () => {
  const table = { y: [1, 3, 5, 2], p: [0.1, 0.3, 0.5, 0.2], f: [..."abcd"], g: [..."uuvv"] };

  it.each([
    ["poisson", model(table).formula("y ~ f").family(poisson())],
    ["nbinom2", model(table).formula("y ~ f").family(nbinom2())],
    ["poisson with a random effect", model(table).formula("y ~ f + (1 | g)").family(poisson())],
  ])("are said of counts, whose fit is right: %s", async (_, declared) => {
    const fit = await declared.fit();
    expect(fit.warnings.map(({ code }) => code)).toContain("saturated");
    // Σ log Poisson(y; y)
    expect(fit.logLik).toBeCloseTo(-5.543077603, 8);
  });

  it.each([
    ["Gamma", "shape", model(table).formula("y ~ f").family(Gamma())],
    ["beta", "phi", model(table).formula("p ~ f").family(Beta())],
    [
      "repeated rows",
      "shape",
      model({ y: [1, 3, 1, 3], f: [..."abab"] })
        .formula("y ~ f")
        .family(Gamma()),
    ],
    [
      "a constant beside random effects",
      "shape",
      model({ y: [2, 2, 2, 2], g: [..."ppqq"] })
        .formula("y ~ 1 + (1 | g)")
        .family(Gamma()),
    ],
  ])("or rows fitted exactly leave a density without a bound: %s", async (_, parameter, declared) => {
    const fit = await declared.fit();
    expect(fit.verdict).toMatchObject({
      code: "not identified",
      reason: expect.stringContaining(`as '${parameter}' grows`),
    });
    expect(fit.logLik).not.toBeNaN();
    expect(errorOf(fit, parameter)).toBeNull();
  });

  it("leave quasi-likelihood and estimating equations no scale", async () => {
    const declared = model(table).formula("y ~ f + (1 | g)").family(poisson());
    expect((await declared.fit(pql())).verdict.reason).toContain("4 coefficients for 4 rows: it is saturated");
    const equations = await model(table)
      .formula("y ~ f")
      .family(poisson())
      .fit(gee({ id: "g", correlation: independence() }));
    expect(equations.verdict).toMatchObject({
      code: "not identified",
      reason: expect.stringContaining("scale is zero to rounding"),
    });
  });
});
