/** How a response column becomes ordered categories, and what is refused. */
import { describe, expect, it } from "vitest";
import { describe as described } from "../../src/dsl/describe.ts";
import { formulaOf } from "../../src/dsl/print-formula.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { model, modelFromJSON } from "../../src/model-builder.ts";

const x = [0.1, 0.9, 0.4, 0.7, 0.2, 0.5];
const of = (y: readonly unknown[]) =>
  model({ x, y: y as number[] })
    .formula("y ~ x")
    .family(cumulative());
const texts = ["mid", "low", "high", "mid", "low", "high"];

describe("categories", () => {
  it("are numbers in their order, whatever they are", () => {
    const { design, family } = of([10, -2, 7, 10, 7, -2]).compile();
    expect(design.categories).toEqual(["-2", "7", "10"]);
    expect([...design.y]).toEqual([3, 1, 2, 3, 2, 1]);
    expect(family.parameters.map(({ name }) => name)).toEqual(["-2|7", "7|10"]);
  });

  it("are levels in the declared order, numbers too", () => {
    const { design } = of(texts).factor("y", ["low", "mid", "high"]).compile();
    expect([...design.y]).toEqual([2, 1, 3, 2, 1, 3]);
    expect(design.warnings).toEqual([]);
    const reversed = of([1, 2, 3, 1, 2, 3]).factor("y", [3, 2, 1]).compile().design;
    expect([...reversed.y]).toEqual([3, 2, 1, 3, 2, 1]);
  });

  it("are text in the order of the alphabet with a warning, false before true without", () => {
    const { design } = of(texts).compile();
    expect(design.categories).toEqual(["high", "low", "mid"]);
    expect(design.warnings.map(({ message }) => message)).toEqual([
      'The categories of the ordered response y were taken in the order of the alphabet: high, low, mid; give another with .factor("y", levels).',
    ]);
    const logical = of([true, false, true, false, true, false]).compile().design;
    expect([...logical.y]).toEqual([2, 1, 2, 1, 2, 1]);
    expect(logical.warnings).toEqual([]);
  });

  it("of rows dropped for missing values do not count", () => {
    const table = { x: [0.1, 0.9, 0.4, 0.7, Number.NaN, 0.5], y: [1, 2, 1, 2, 3, 2] };
    expect(model(table).formula("y ~ x").family(cumulative()).compile().design.categories).toEqual(["1", "2"]);
  });

  it("have no intercept beside the thresholds: leaving it out changes nothing but a warning", () => {
    const y = [1, 2, 3, 1, 2, 3];
    const table = { x, y, f: ["a", "b", "a", "b", "b", "a"] };
    const declared = model(table).family(cumulative());
    const without = declared.formula("y ~ 0 + f").compile().design;
    expect(without.predictors[0]!.names).toEqual(["fb"]);
    expect(without.predictors[0]!.names).toEqual(declared.formula("y ~ f").compile().design.predictors[0]!.names);
    expect(without.warnings.map(({ code }) => code)).toEqual(["thresholds-are-intercepts"]);
  });
});

describe("responses that are refused", () => {
  it.each([
    [
      of([1, 1, 1, 1, 1, 1]),
      'The ordered response y has only one category in the used rows ("1"); it must have at least two.',
    ],
    [
      of(texts).factor("y", ["low", "mid", "high", "top"]),
      "The category top of the ordered response y does not occur in the used rows, so that the thresholds beside it cannot be told apart; leave it out of the levels, or join it with a neighbour.",
    ],
    [of(texts).factor("y", ["low", "mid"]), "high"],
    [
      of([1, 2, 2.5, 1, 2, 3]),
      'The ordered response y is 2.5 in row 3, which is not a whole number; if its values are categories, declare their order with .factor("y", levels).',
    ],
    [
      of([1, 2, 3, 1, 2, 3]).formula("log(y) ~ x"),
      "The ordered response log(y) is computed; it must be a column, or factor(column): store what is computed as a column first.",
    ],
  ])("%#", (declared, message) => {
    expect(() => declared.compile()).toThrow(message);
  });
});

describe("the declaration", () => {
  it("goes through JSON and its formula, and is described by its thresholds", () => {
    const declared = of(texts)
      .factor("y", ["low", "mid", "high"])
      .family(cumulative({ link: "cloglog" }));
    const back = modelFromJSON(JSON.parse(JSON.stringify(declared.spec)), { x, y: texts });
    expect(back.spec).toEqual(declared.spec);
    expect([...back.compile().design.y]).toEqual([...declared.compile().design.y]);
    expect(formulaOf(declared.spec)).toBe("y ~ x");
    expect(described(declared.spec)).toBe(
      "y_i ~ Categorical(p_i1, p_i2, …), P(y_i ≤ k) = p_i1 + … + p_ik\ncloglog(P(y_i ≤ k)) = τ_k − (β[x] · x_i)",
    );
  });
});
