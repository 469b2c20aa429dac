/** Which integral a model is given, and what is checked: one plan for every engine. */
import { describe, expect, it } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { chooseIntegral } from "../../src/model/choose-integral.ts";
import { model } from "../../src/model-builder.ts";

const data = {
  y: [1, 0, 2, 3, 1, 4, 2, 2],
  x: [1, 2, 3, 4, 5, 7, 2, 1],
  g: [..."ppqqrrss"],
  h: [..."abababab"],
};
const declared = (text: string) => model(data).formula(text as "y ~ x");
const linear = declared("y ~ x + (1 | g)").compile();
const one = declared("y ~ x + (1 | g)").family(poisson()).compile();
const slopes = declared("y ~ x + (1 + x | g)").family(poisson()).compile();
const crossed = declared("y ~ x + (1 | g) + (1 | h)").family(poisson()).compile();
const fixed = declared("y ~ x").family(poisson()).compile();

describe("chooseIntegral", () => {
  it.each([
    [
      "a linear Gaussian model",
      linear,
      { kind: "auto" },
      { integral: { kind: "exact" }, check: "none", refine: false },
    ],
    ["quadrature asked of one", linear, { kind: "agq", nodes: 9 }, { integral: { kind: "exact" }, exact: true }],
    ["one factor", one, { kind: "auto" }, { integral: { kind: "laplace" }, check: "quadrature", refine: true }],
    ["one factor, ml", one, { kind: "ml" }, { integral: { kind: "laplace" }, check: "quadrature", refine: true }],
    ["one factor, laplace", one, { kind: "laplace" }, { check: "quadrature", refine: false, exact: false }],
    ["one factor, one node", one, { kind: "agq", nodes: 1 }, { integral: { kind: "laplace" }, check: "quadrature" }],
    ["one factor, nodes", one, { kind: "agq", nodes: 9 }, { integral: { kind: "agq", nodes: 9 }, check: "none" }],
    ["the finest of one effect", one, { kind: "finest" }, { integral: { kind: "agq", nodes: 51 }, check: "none" }],
    ["the finest of two", slopes, { kind: "finest" }, { integral: { kind: "agq", nodes: 15 } }],
    ["a given finest", slopes, { kind: "finest", nodes: 9 }, { integral: { kind: "agq", nodes: 9 } }],
    [
      "crossed factors",
      crossed,
      { kind: "auto" },
      { integral: { kind: "laplace" }, check: "importance", refine: false },
    ],
    ["crossed factors, laplace", crossed, { kind: "laplace" }, { integral: { kind: "laplace" }, check: "none" }],
    ["the finest of crossed factors", crossed, { kind: "finest", nodes: 9 }, { integral: { kind: "laplace" } }],
    ["no random effects", fixed, { kind: "agq", nodes: 9 }, { integral: { kind: "laplace" }, check: "none" }],
  ] as const)("%s", (_, compiled, asked, plan) => {
    expect(chooseIntegral(compiled, asked)).toMatchObject(plan);
  });

  it("is named as tables name it", () => {
    expect(chooseIntegral(linear).label()).toBe("ML");
    expect(chooseIntegral(fixed).label()).toBe("ML");
    expect(chooseIntegral(crossed).label()).toBe("Laplace");
    expect(chooseIntegral(one).label({ kind: "agq", nodes: 7 })).toBe("AGQ 7");
  });

  it("is not exact where the dispersion has random effects, or the response is no Gaussian", () => {
    const dispersed = declared("y ~ x").dispersion("~ 1 + (1 | g)").compile();
    expect(chooseIntegral(dispersed).integral).toEqual({ kind: "laplace" });
    const successes = model({ ...data, s: data.y.map((y) => Number(y > 1)) });
    expect(chooseIntegral(successes.formula("s ~ x + (1 | g)").family(binomial()).compile()).exact).toBe(false);
  });
});
