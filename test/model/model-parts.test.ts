/** A family is composed of what the declaration says, and engines refuse the parts that they do not know. */
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../src/autodiff/compile-kernel.ts";
import { rootOf } from "../../src/families/family.ts";
import { gaussian } from "../../src/families/gaussian.ts";
import { declaredSigma, givenSigma } from "../../src/families/given-sigma.ts";
import { isBuiltInRecord } from "../../src/families/registry.ts";
import { gee } from "../../src/frequentist/gee/method.ts";
import { pql } from "../../src/frequentist/method.ts";
import { issue } from "../../src/messages/issue.ts";
import { type ModelPart, refusedParts } from "../../src/model/model-parts.ts";
import { model } from "../../src/model-builder.ts";

const data = {
  y: [1, 0, 2, 3, 1, 4, 2, 2],
  v: [1, 2, 1, 2, 1, 2, 1, 2],
  x: [1, 2, 3, 4, 5, 7, 2, 1],
  g: [..."ppqqrrss"],
};
const plain = model(data).formula("y ~ x + (1 | g)");
const curve = model(data)
  .response("y")
  .mean("a + b * x", { parameters: { a: "~ 1 + (1 | g)", b: "~ 1" }, start: { a: 1, b: 0.1 } });

const ALL: readonly ModelPart[] = [
  "nonlinear mean",
  "categories",
  "known variances",
  "given sigma",
  "no residual",
  "residual structure",
  "several predictors",
];
const partsOf = (compiled: ReturnType<typeof plain.compile>) =>
  refusedParts(compiled, Object.fromEntries(ALL.map((part) => [part, () => issue("bad-option", [], part)]))).map(
    ({ message }) => message,
  );

describe("the parts of a model", () => {
  it.each([
    ["of a linear Gaussian one", plain, []],
    ["with known variances", plain.knownVariance("v"), ["known variances"]],
    ["with a given sigma", plain.sigma(2), ["given sigma"]],
    [
      "with a given sigma and a structure",
      plain.residual({ variance: "varExp(~ x)" }).sigma(2),
      ["given sigma", "residual structure"],
    ],
    ["with a predictor of sigma", plain.dispersion("~ x"), ["several predictors"]],
    ["with a curve", curve, ["nonlinear mean"]],
    [
      "with a curve and a structure",
      curve.residual({ variance: "varExp(~ x)" }),
      ["nonlinear mean", "residual structure"],
    ],
  ] as const)("%s", (_, declared, parts) => {
    expect(partsOf(declared.compile())).toEqual(parts);
  });

  it("are refused all at once", async () => {
    const both = plain.residual({ variance: "varExp(~ x)" }).sigma(2);
    await expect(both.fit(pql())).rejects.toMatchObject({ issues: [{ code: "sigma" }, { code: "pql-residual" }] });
    await expect(both.formula("y ~ x").fit(gee({ id: "g" }))).rejects.toMatchObject({
      issues: [{ code: "sigma" }, { code: "residual-in-gee" }],
    });
  });

  it("leave the family that they were made from, so that other threads can make it again", () => {
    for (const declared of [plain.sigma(2), plain.dispersion("~ x"), curve.residual({ variance: "varExp(~ x)" })]) {
      const { family } = declared.compile();
      expect(rootOf(family)).toBe(gaussian());
      expect(isBuiltInRecord(rootOf(family))).toBe(true);
    }
  });
});

describe("a family with a given sigma", () => {
  it("has the density of the Gaussian family there", () => {
    const y = Float64Array.of(0.3, -1, 2.5);
    const columns = { y, weights: Float64Array.of(1, 2, 0.5) };
    const held = compileKernel(givenSigma(gaussian(), 1.7)).bind(columns, 3, null);
    const free = compileKernel(gaussian()).bind(columns, 3, null);
    free.setParameters(Float64Array.of(1.7));
    held.setParameters(new Float64Array(0));
    for (const bound of [held, free]) bound.eta[0]!.set([0.1, 0.2, 0.3]);
    for (let i = 0; i < 3; i++) expect(held.value(i, i + 1)).toBeCloseTo(free.value(i, i + 1), 14);
    expect(declaredSigma(givenSigma(gaussian(), 1.7))).toBe(1.7);
    expect(declaredSigma(gaussian())).toBeNull();
  });
});
