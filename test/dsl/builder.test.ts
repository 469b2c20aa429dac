import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeclarationBuilder } from "../../src/dsl/builder.ts";
import type { AnyColumns } from "../../src/dsl/column-types.ts";
import { columnsUsed } from "../../src/dsl/columns-used.ts";
import type { ModelSpec } from "../../src/dsl/model-spec.ts";
import { EMPTY_SPEC, specFromJSON } from "../../src/dsl/spec-json.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { formula } from "./arbitrary-formula.ts";

class Declaration extends DeclarationBuilder<AnyColumns> {
  readonly names: readonly string[];
  constructor(spec: ModelSpec = EMPTY_SPEC, names: readonly string[] = []) {
    super(spec);
    this.names = names;
  }
  protected override with(spec: ModelSpec): this {
    return new Declaration(spec, this.names) as this;
  }
  protected override hasColumn(name: string): boolean {
    return this.names.includes(name);
  }
}
const start = new Declaration();

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError);
    return (error as DeclarationError).message;
  }
  throw new Error("nothing was thrown");
}

describe("the builder says what the formula says", () => {
  test.each<[string, Declaration, string]>([
    [
      "trials",
      start.response("incidence", { trials: "size" }).fixed("period").random("herd"),
      "incidence | trials(size) ~ period + (1 | herd)",
    ],
    ["constant trials", start.response("y", { trials: 10 }).fixed("x"), "y | trials(10) ~ x"],
    [
      "slopes",
      start.response("Reaction").fixed("Days").random("Subject", "Days"),
      "Reaction ~ Days + (Days | Subject)",
    ],
    ["text", start.response("Reaction").fixed("Days").random("(Days | Subject)"), "Reaction ~ Days + (Days | Subject)"],
    [
      "bare text",
      start.response("Reaction").fixed("Days").random("Days || Subject"),
      "Reaction ~ Days + (Days || Subject)",
    ],
    ["independent", start.response("y").fixed("x").random("g", "x", { covariance: "diag" }), "y ~ x + (x || g)"],
    ["no intercept", start.response("y").fixed("x").random("g", "x", { intercept: false }), "y ~ x + (0 + x | g)"],
    ["several slopes", start.response("y").fixed("x").random("g", "x", "z*x"), "y ~ x + (x*z | g)"],
    ["nested", start.response("y").random("a/b"), "y ~ 1 + (1 | a/b)"],
    ["combination", start.response("y").random("a:b"), "y ~ 1 + (1 | a:b)"],
    ["products", start.response("log(y)").fixed("a * b", "I(x^2)").fixed("c"), "log(y) ~ a * b + I(x^2) + c"],
    ["interaction first", start.response("y").fixed("b:a").fixed("a"), "y ~ b:a + a"],
    ["order of addition", start.response("y").fixed("a").fixed("b:a"), "y ~ a + b:a"],
    ["no fixed intercept", start.response("y").fixed("0", "f"), "y ~ 0 + f"],
    ["offset", start.response("y").fixed("x").offset("log(t)").offset("u"), "y ~ x + offset(log(t)) + offset(u)"],
    ["counts", start.response("cbind(s, f)").fixed("x"), "cbind(s, f) ~ x"],
  ])("%s", (_, built, text) => expect(built.spec.predictors).toEqual(start.formula(text).spec.predictors));

  test("a formula keeps the response when it has none of its own", () => {
    expect(start.response("y").formula("~ x").toFormula()).toBe("y ~ x");
  });

  test("a column of the table is taken by its exact name", () => {
    const odd = new Declaration(EMPTY_SPEC, ["body weight", "a-b", "log(y)", "site|id"]);
    expect(odd.response("log(y)").fixed("body weight", "a-b").random("site|id", "a-b").toFormula()).toBe(
      "`log(y)` ~ `body weight` + `a-b` + (`a-b` | `site|id`)",
    );
  });
});

describe("immutability", () => {
  test("every method leaves the builder it is called on alone", () => {
    const before = JSON.stringify(start);
    const first = start.response("y");
    first
      .fixed("x")
      .random("g")
      .weights("w")
      .frequencyWeights("k")
      .factor("f", ["a", "b"])
      .contrasts("f", "sum")
      .missing("error");
    first
      .prior("fixed", { name: "normal", parameters: [0, 1] })
      .family({ name: "poisson" })
      .offset("o");
    expect(JSON.stringify(start)).toBe(before);
    expect(first.toFormula()).toBe("y ~ 1");
  });

  test("the spec is frozen all the way down", () => {
    const { spec } = start.formula("y ~ x + (x | g)").factor("f", ["a", "b"]);
    expect(Object.isFrozen(spec.predictors[0]!.random[0]!.terms[0]!.factors)).toBe(true);
    expect(Object.isFrozen(spec.factors["f"])).toBe(true);
  });
});

describe("options", () => {
  test("factors, contrasts, weights, missing, family", () => {
    const { spec } = start
      .factor("dose", [3, 1, 2])
      .factor("l", [true, false])
      .contrasts("dose", "helmert")
      .weights("w")
      .frequencyWeights("k")
      .missing("error")
      .family({ name: "binomial", link: "probit" });
    expect(spec).toMatchObject({
      factors: { dose: ["3", "1", "2"], l: ["TRUE", "FALSE"] },
      contrasts: { dose: "helmert" },
      weights: "w",
      frequencyWeights: "k",
      missing: "error",
      family: { name: "binomial", link: "probit" },
    });
  });

  test("a later prior of the same target replaces the earlier", () => {
    const normal = (sd: number) => ({ name: "normal", parameters: [0, sd] }) as const;
    const { priors } = start
      .prior("fixed", normal(1))
      .prior("sd:Subject.Days", normal(2))
      .prior("fixed", normal(3)).spec;
    expect(priors).toEqual([
      { class: "sd", name: "Subject.Days", distribution: normal(2) },
      { class: "fixed", distribution: normal(3) },
    ]);
  });

  test("a term written twice is noted in the spec", () => {
    expect(start.formula("y ~ x + x").spec.notes!.map((note) => note.code)).toEqual(["duplicate-term"]);
    expect(start.formula("y ~ x").spec.notes).toBeUndefined();
  });
});

describe("faults", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["random in fixed", () => start.fixed("(1|g)"), /takes fixed terms/],
    ["fixed in random", () => start.random("(1|g) + x"), /one or more random terms/],
    ["text with slopes", () => start.random("(1|g)", "x"), /no slopes or options/],
    ["nothing varies", () => start.random("g", { intercept: false }), /has no effects/],
    [
      "covariance",
      () => start.random("g", { covariance: "toepl" as "us" }),
      /covariance of .random\(\) must be "us".* not "toepl"/,
    ],
    ["trials", () => start.response("y", { trials: 0 }), /trials of .response\(\) must be a column name/],
    ["trials of counts", () => start.response("cbind(s, f)", { trials: 3 }), /trials of the response/],
    ["levels", () => start.factor("f", []), /needs its levels/],
    ["repeated level", () => start.factor("f", ["a", "b", "a"]), /level "a" of f is listed twice/],
    [
      "contrast",
      () => start.contrasts("f", "deviation" as "sum"),
      /coding of f of .contrasts\(\) must be "treatment".* not "deviation"/,
    ],
    ["missing", () => start.missing("drop" as "omit"), /policy of .missing\(\) must be "omit" or "error", not "drop"/],
    [
      "prior class",
      () => start.prior("beta" as "fixed", { name: "normal", parameters: [0, 1] }),
      /"beta" is not a class of parameters; did you mean "fixed"\? The classes are fixed, sd/,
    ],
    ["prior", () => start.prior("fixed", 3 as never), /must be a distribution/],
    ["family", () => start.family("binomial" as never), /needs a family/],
    ["empty", () => start.response(""), /name of a column/],
  ])("%s", (_, run, message) => expect(messageOf(run)).toMatch(message));
});

describe("JSON", () => {
  test("a declaration comes back the same", () => {
    fc.assert(
      fc.property(formula, (text) => {
        const { spec } = start
          .formula(text)
          .family({ name: "binomial" })
          .factor("f", ["a", "b"])
          .prior("sd:g", { name: "halfNormal", parameters: [1] });
        expect(specFromJSON(JSON.stringify(spec))).toEqual(spec);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  test("every wrong field is named", () => {
    const spec = JSON.parse(JSON.stringify(start.formula("y ~ log(x)")));
    spec.predictors[0].terms[0].factors[0].name = "system";
    spec.missing = "drop";
    spec.weights = 3;
    spec.extra = 1;
    const message = messageOf(() => specFromJSON(spec));
    expect(message).toMatch(/predictors\.0\.terms\.0\.factors\.0\.name must be an allowed function/);
    expect(message).toMatch(/spec\.missing must be one of "omit", "error"/);
    expect(message).toMatch(/spec\.weights must be a text/);
    expect(message).toMatch(/spec\.extra must be absent/);
  });

  test.each([["{"], ["3"], ["null"], ['{"kind":"ModelSpec","version":2}']])("%s is refused", (text) =>
    expect(messageOf(() => specFromJSON(text))).toMatch(/declaration/),
  );
});

describe("describe", () => {
  test("binomial", () => {
    const built = start.formula("incidence | trials(size) ~ period + (1 | herd)").family({ name: "binomial" });
    expect(built.describe()).toMatchInlineSnapshot(`
      "incidence_i ~ Binomial(size_i, p_i)
      logit(p_i) = β₀ + β[period] · period_i + b_herd[i]
      b_herd ~ N(0, σ²_herd)"
    `);
  });

  test("gaussian with slopes, weights, a prior", () => {
    const built = start.formula("log(y) ~ 0 + x + offset(u) + (x | g) + (0 + z || g)").weights("w");
    expect(built.prior("fixed", { name: "normal", parameters: [0, 2.5] }).describe()).toMatchInlineSnapshot(`
      "(log(y))_i ~ N(μ_i, σ² / w_i)
      μ_i = β[x] · x_i + u_i + (1, x_i) · b_g[i] + z_i b_g[i],2
      b_g ~ N(0, Σ_g)
      b_g,2 ~ N(0, Σ_g,2 diagonal)
      prior fixed ~ normal(0, 2.5)"
    `);
  });
});

test("columnsUsed names each column once", () => {
  const { spec } = start.formula("y | trials(n) ~ log(x):f + offset(u) + (x | g:h)").weights("w");
  expect(columnsUsed(spec)).toEqual(["y", "n", "x", "f", "u", "g", "h", "w"]);
});
