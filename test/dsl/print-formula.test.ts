import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFormula } from "../../src/dsl/formula.ts";
import { formulaOf } from "../../src/dsl/print-formula.ts";
import { formula } from "./arbitrary-formula.ts";

const printed = (text: string) => {
  const { response, predictor } = parseFormula(text);
  return formulaOf({ response, predictors: [predictor] });
};

describe("formulaOf", () => {
  test("prints what parses back to the same declaration", () => {
    fc.assert(
      fc.property(formula, (text) => {
        const { response, predictor } = parseFormula(text);
        const again = parseFormula(formulaOf({ response, predictors: [predictor] }));
        expect({ response: again.response, predictor: again.predictor }).toEqual({ response, predictor });
      }),
      { numRuns: 1500, seed: 7 },
    );
  });

  test.each(["1.2345678901234567", "-99997259320891970000", "5e-324", "1.79769313486231571e+308", "0.1"])(
    "a number keeps all its digits: %s",
    (number) => {
      const { predictor } = parseFormula(`y ~ I(x * (${number}))`);
      expect(parseFormula(formulaOf({ response: null, predictors: [predictor] })).predictor).toEqual(predictor);
    },
  );

  test("numbers that differ beyond the fifteenth digit are two terms", () => {
    expect(parseFormula("y ~ I(x * 0.12345678901234567) + I(x * 0.12345678901234569)").predictor.terms).toHaveLength(2);
  });

  test("is a fixed point", () => {
    fc.assert(
      fc.property(formula, (text) => {
        expect(printed(printed(text))).toBe(printed(text));
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  test.each([
    ["y ~ a*b + (x|g)", "y ~ a + b + a:b + (x | g)"],
    ["y ~ b:a + a", "y ~ b:a + a"],
    ["y~1", "y ~ 1"],
    ["y ~ x - 1 + (1|b/k)", "y ~ 0 + x + (1 | b) + (1 | k:b)"],
    ["cbind(s,n-s)~offset(log(t))+x", "cbind(s, n - s) ~ x + offset(log(t))"],
    ["s|trials(n) ~ `odd name`:x + (0+x||g)", "s | trials(n) ~ `odd name`:x + (0 + x || g)"],
  ])("%s", (text, expected) => expect(printed(text)).toBe(expected));
});
