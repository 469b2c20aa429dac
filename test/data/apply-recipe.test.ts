import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyRecipe } from "../../src/data/apply-recipe.ts";
import { buildDesign } from "../../src/data/build-design.ts";
import type { DesignRecipe } from "../../src/data/design-recipe.ts";
import { replaceColumns } from "../../src/data/grid.ts";
import { toTable } from "../../src/data/to-table.ts";
import { parseFormula } from "../../src/dsl/formula.ts";
import type { ModelSpec } from "../../src/dsl/model-spec.ts";
import { EMPTY_SPEC } from "../../src/dsl/spec-json.ts";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { DeclarationError } from "../../src/messages/issue.ts";

function specOf(text: string, change: Partial<ModelSpec> = {}): ModelSpec {
  const { response, predictor } = parseFormula(text);
  return { ...EMPTY_SPEC, response, predictors: [predictor], ...change };
}
const throughText = (recipe: DesignRecipe): DesignRecipe => JSON.parse(JSON.stringify(recipe));

function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError);
    return (error as DeclarationError).message;
  }
  throw new Error("nothing was thrown");
}

const fixedPart = fc.constantFrom(
  "x",
  "poly(x, 3)",
  "scale(z)",
  "I(x * z)",
  "f * h",
  "0 + f:h",
  "factor(k) * x",
  "log(z) + l",
  "x + I(2 * x)",
  "f:x",
  "poly(z, 2):f",
);
const randomPart = fc.constantFrom(
  "(1 | g)",
  "(x | g)",
  "(0 + f | g)",
  "(scale(z) || g)",
  "(1 | g/h)",
  "(poly(x, 2) | h:g)",
);
const contrast = fc.constantFrom("treatment", "sum", "helmert", "poly");
const tables = fc.integer({ min: 12, max: 40 }).chain((n) => {
  const list = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: n, maxLength: n });
  const gappy = <T>(value: fc.Arbitrary<T>) =>
    list(fc.oneof({ weight: 12, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) }));
  return fc.record({
    y: list(fc.integer({ min: 0, max: 9 })),
    x: gappy(fc.double({ min: -50, max: 50, noNaN: true })),
    z: gappy(fc.double({ min: 0.01, max: 9, noNaN: true })),
    f: gappy(fc.constantFrom("low", "Mid", "high")),
    h: gappy(fc.constantFrom("b", "A")),
    k: gappy(fc.constantFrom(10, 2, 33)),
    l: list(fc.boolean()),
    g: gappy(fc.integer({ min: 1, max: 5 })),
  });
});

describe("applyRecipe", () => {
  test("on the table of the fit gives X, Z and the groups again, exactly, and so it does through JSON", () => {
    let built = 0;
    fc.assert(
      fc.property(fixedPart, randomPart, contrast, tables, (fixed, random, contrasts, data) => {
        const table = toTable(data);
        const spec = specOf(`y ~ ${fixed} + ${random} + offset(z)`, {
          family: { name: "poisson" },
          contrasts: { f: contrasts },
        });
        let design: ReturnType<typeof buildDesign>;
        try {
          design = buildDesign(spec, table, poisson());
        } catch (error) {
          // A drawn table may well have a factor with one level.
          if (error instanceof DeclarationError) return;
          throw error;
        }
        built++;
        for (const recipe of [design.recipe, throughText(design.recipe)]) {
          const again = applyRecipe(recipe, table, { needRandom: true });
          expect(again.rows).toEqual(design.rows);
          expect(again.predictors).toEqual(design.predictors);
          expect(again.random).toEqual(design.random);
        }
      }),
      { numRuns: 300, seed: 11 },
    );
    expect(built).toBeGreaterThan(150);
  });

  const table = toTable({
    y: [1, 0, 2, 3, 1, 4],
    n: [4, 4, 4, 5, 5, 5],
    x: [1, 2, 3, 4, 5, 7],
    f: ["a", "b", "a", "c", "b", "c"],
    g: ["p", "p", "q", "q", "r", "r"],
  });
  const design = buildDesign(
    specOf("y | trials(n) ~ poly(x, 2) + f + (x | g)", { family: { name: "binomial" } }),
    table,
    binomial(),
  );

  test("a single row of a grid has the row of the fit", () => {
    const one = applyRecipe(design.recipe, toTable({ x: [3], f: ["a"], g: ["q"], n: [4] }), {
      responses: { weights: false },
    });
    const p = design.predictors[0]!.names.length;
    expect(one.predictors[0]!.X).toEqual(design.predictors[0]!.X.slice(2 * p, 3 * p));
    expect(one.random[0]!.Z).toEqual(Float64Array.of(1, 3));
    expect(Array.from(one.random[0]!.index)).toEqual([1]);
    expect(one.trials).toEqual(Float64Array.of(4));
  });

  test("a new group, a missing group, an absent group belong to none", () => {
    const rows = applyRecipe(design.recipe, toTable({ x: [3, 4, 5], f: ["a", "a", "a"], g: ["new", null, "r"] }));
    expect(Array.from(rows.random[0]!.index)).toEqual([-1, -1, 2]);
    expect(rows.trials).toBeNull();
    expect(Array.from(applyRecipe(design.recipe, toTable({ x: [3], f: ["a"] })).random[0]!.index)).toEqual([-1]);
    expect(message(() => applyRecipe(design.recipe, toTable({ x: [3], f: ["a"] }), { needRandom: true }))).toMatch(
      /no column g/,
    );
    expect(applyRecipe(design.recipe, toTable({ x: [3], f: ["a"] }), { random: "none" }).random).toEqual([]);
  });

  test("a new level of a fixed factor is a fault that names it", () => {
    expect(message(() => applyRecipe(design.recipe, toTable({ x: [3, 4], f: ["a", "z"] })))).toBe(
      'The column f holds "z" in row 2, a level that the fitted data did not have; the levels are a, b, c.',
    );
  });

  test("all faults come together", () => {
    expect(message(() => applyRecipe(design.recipe, toTable({ X: [3], f: ["z"] })))).toMatch(
      /2 faults.*no column x; did you mean X\?.*holds "z"/s,
    );
  });

  test("rows with a missing predictor are left out and counted", () => {
    const rows = applyRecipe(design.recipe, toTable({ x: [3, null, 5], f: ["a", "a", null] }));
    expect(rows).toMatchObject({ n: 1, omitted: 2, rows: Int32Array.of(0) });
  });

  test("columns replaced by one value", () => {
    const rows = applyRecipe(design.recipe, replaceColumns(table, { f: "c" }));
    expect(rows.n).toBe(6);
    const p = rows.predictors[0]!.names.length;
    const c = rows.predictors[0]!.names.indexOf("fc");
    expect(Array.from({ length: 6 }, (_, r) => rows.predictors[0]!.X[r * p + c])).toEqual([1, 1, 1, 1, 1, 1]);
  });
});
