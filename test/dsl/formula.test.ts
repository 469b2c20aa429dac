import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deparse, groupName, termLabel } from "../../src/dsl/deparse.ts";
import { parseExpression, parseFormula, parseResponse, parseTerms } from "../../src/dsl/formula.ts";
import { parseCorrelation, parseVariance } from "../../src/dsl/residual-text.ts";
import { EMPTY_SPEC, specFromJSON } from "../../src/dsl/spec-json.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { parsePrior } from "../../src/priors/parse.ts";

const labels = (text: string) => parseFormula(text).predictor.terms.map(termLabel);
const random = (text: string) =>
  parseFormula(text).predictor.random.map((term) => [
    groupName(term),
    term.intercept,
    term.terms.map(termLabel),
    term.covariance,
  ]);

/** `v0 + v1 + …`. */
const names = (count: number, separator: string) => Array.from({ length: count }, (_, j) => `v${j}`).join(separator);

function issuesOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError);
    return (error as DeclarationError).issues;
  }
  throw new Error("nothing was thrown");
}

describe("terms, as attr(terms(formula), 'term.labels') in R 4.2.2 gives them", () => {
  test.each<[string, string[]]>([
    ["y ~ a*b", ["a", "b", "a:b"]],
    ["y ~ a*b*c - a:b:c", ["a", "b", "c", "a:b", "a:c", "b:c"]],
    ["y ~ (a+b+c)^2", ["a", "b", "c", "a:b", "a:c", "b:c"]],
    ["y ~ (a+b+c)^3 - a:b", ["a", "b", "c", "a:c", "b:c", "a:b:c"]],
    ["y ~ a/b", ["a", "a:b"]],
    ["y ~ a/b/c", ["a", "a:b", "a:b:c"]],
    ["y ~ (a+b)/c", ["a", "b", "a:b:c"]],
    ["y ~ a/(b+c)", ["a", "a:b", "a:c"]],
    ["y ~ b:a + a", ["a", "b:a"]],
    ["y ~ a:b + c", ["c", "a:b"]],
    ["y ~ a:a + a^2", ["a"]],
    ["y ~ b %in% a", ["b:a"]],
    ["y ~ (a + b):c", ["a:c", "b:c"]],
    ["y ~ a*b - b", ["a", "a:b"]],
    ["y ~ x + offset(w) + z", ["x", "z"]],
    ["y ~ a:b:c + (1|g) + b", ["b", "a:b:c"]],
    ["y ~ x + z - (1 + x)", ["z"]],
    ["y ~ x + z - x + x", ["z", "x"]],
    ["y ~ x - (x - z)", []],
    ["y ~ (a - c:b + (c*d))^2", ["a", "c", "d", "a:c", "a:d", "c:d", "a:c:d"]],
    ["y ~ (a + c:b + b)^2", ["a", "b", "a:b", "c:b", "a:c:b"]],
    ["y ~ d*(a - a)", ["d"]],
    ["y ~ (a - a)*d", []],
    ["y ~ d %in% (a - a)", ["d"]],
  ])("%s", (text, expected) => expect(labels(text)).toEqual(expected));
});

describe("the intercept", () => {
  test.each<[string, boolean]>([
    ["y ~ x", true],
    ["y ~ 0 + x", false],
    ["y ~ x + 0", false],
    ["y ~ x - 1", false],
    ["y ~ -1 + x", false],
    ["y ~ 1 + x", true],
    ["y ~ 0 + x + 1", true],
    ["y ~ x - 0", true],
    ["y ~ (0 + x)", false],
    ["y ~ x + z - (1 + x)", false],
    ["y ~ 0 + x - -1", true],
    ["y ~ x - (0 + x)", true],
    ["y ~ a - (b - 1)", true],
    ["y ~ 1 - (z - 0)", false],
    ["y ~ - -1", true],
  ])("%s", (text, expected) => expect(parseFormula(text).predictor.intercept).toBe(expected));
});

describe("names as R writes them", () => {
  test.each([
    ["I( age ^2)", "I(age^2)"],
    ["I(a*b/c)", "I(a * b/c)"],
    ["I((a+b)*c)", "I((a + b) * c)"],
    ["I(a-(b-c))", "I(a - (b - c))"],
    ["I(a^b^c)", "I(a^b^c)"],
    ["I((a^b)^c)", "I((a^b)^c)"],
    ["I(-x^2)", "I(-x^2)"],
    ["I((-x)^2)", "I((-x)^2)"],
    ["I(2*-x)", "I(2 * (-x))"],
    ["log(x+1)", "log(x + 1)"],
    ["I(x/100000)", "I(x/1e+05)"],
    ["I(x*123456)", "I(x * 123456)"],
    ["I(x*0.0001)", "I(x * 1e-04)"],
    ["I(x*0.001)", "I(x * 0.001)"],
    ["poly(x,degree=2)", "poly(x, degree = 2)"],
    ["poly(x,2,raw=TRUE)", "poly(x, 2, raw = TRUE)"],
    ["`odd name`", "`odd name`"],
    ["`plain`", "plain"],
  ])("%s", (text, expected) => expect(deparse(parseExpression(text))).toBe(expected));
});

describe("random terms", () => {
  test.each<[string, unknown]>([
    ["y ~ (1|g)", [["g", true, [], "us"]]],
    ["y ~ (x|g)", [["g", true, ["x"], "us"]]],
    ["y ~ (0+x|g)", [["g", false, ["x"], "us"]]],
    ["y ~ (x-1|g)", [["g", false, ["x"], "us"]]],
    ["y ~ (x||g)", [["g", true, ["x"], "diag"]]],
    [
      "y ~ us(x|g) + diag(1+x|h)",
      [
        ["g", true, ["x"], "us"],
        ["h", true, ["x"], "diag"],
      ],
    ],
    [
      "y ~ (1|batch/cask)",
      [
        ["batch", true, [], "us"],
        ["cask:batch", true, [], "us"],
      ],
    ],
    ["y ~ (1|Worker:Machine)", [["Worker:Machine", true, [], "us"]]],
    [
      "y ~ (1|a/b/c)",
      [
        ["a", true, [], "us"],
        ["b:a", true, [], "us"],
        ["c:b:a", true, [], "us"],
      ],
    ],
    [
      "y ~ (1|g) + (0+x|g)",
      [
        ["g", true, [], "us"],
        ["g", false, ["x"], "us"],
      ],
    ],
    ["y ~ (a*x|factor(g))", [["g", true, ["a", "x", "a:x"], "us"]]],
  ])("%s", (text, expected) => expect(random(text)).toEqual(expected));
});

describe("responses", () => {
  test.each<[string, string]>([
    ["log(y) ~ 1", "single"],
    ["cbind(s, f) ~ 1", "successesFailures"],
    ["y | trials(n) ~ 1", "trials"],
    ["y | trials(10) ~ 1", "trials"],
  ])("%s", (text, kind) => expect(parseFormula(text).response!.kind).toBe(kind));

  test("a one-sided formula has none", () => expect(parseFormula("~ x").response).toBeNull());
});

describe("notes", () => {
  test.each<[string, string[]]>([
    ["y ~ x + z + x", ["duplicate-term"]],
    ["y ~ a*b + a:b", ["duplicate-term"]],
    ["y ~ (1|g) + (1|g)", ["duplicate-term"]],
    ["y ~ x - z", ["removes-nothing"]],
    ["y ~ (a+b)^2 + a*c", []],
    ["y ~ a*b - a", []],
  ])("%s", (text, codes) => expect(parseFormula(text).notes.map((note) => note.code)).toEqual(codes));
});

describe("faults", () => {
  test("a syntax error gives the position and points at it", () => {
    expect(issuesOf(() => parseFormula("y ~ x + )"))[0]!.message).toMatchInlineSnapshot(`
      "The formula cannot be read at position 9: a column, a number or "(" was expected, but ")" was found.
        y ~ x + )
                ^"
    `);
  });

  test.each<[string, RegExp]>([
    ['y ~ system("x")', /calls system\(\), which is not allowed/],
    ["y ~ x; process.exit()", /character ";" at position 6/],
    ["y ~ process.exit()", /process\.exit\(\), which is not allowed/],
    ["y ~ constructor(x)", /constructor\(\)/],
    ["y ~ __proto__", /character "_" at position 5/],
    ["y ~ toString(x)", /toString\(\)/],
    ["y ~ x[1]", /character "\["/],
    ["y ~ a$b", /character "\$"/],
    ["y ~ stats::lag(x)", /position 11/],
    ["y", /has no "~"/],
    ["y ~", /end of the formula/],
    ["y ~ x ~ z", /second "~" at position 7/],
    ["y ~ .", /uses "\." for all other columns/],
    ["y ~ x | g", /must be in parentheses/],
    ["y ~ x:(1|g)", /only be added in a sum/],
    ["y ~ ((1|h)|g)", /only be added in a sum/],
    ["y ~ (0|g)", /no effects/],
    ["y ~ (1|g*h)", /name grouping columns/],
    ["y ~ (1|)", /was expected, but "\)"/],
    ["y ~ (1|g", /end of the formula/],
    ["y ~ rr(x|g)", /rr\(\) is not supported/],
    ["y ~ us(x)", /takes one random term/],
    ["y ~ 2 + x", /number 2 is not a term/],
    ["y ~ x^2.5", /whole number from 2 to 10/],
    ["y ~ x * 0", /intercept/],
    ["y ~ 'x'", /is not a term/],
    ["y ~ TRUE", /constant/],
    ["y ~ x > 2", /operator ">"/],
    ["y ~ I(x:z)", /makes interactions/],
    ["y ~ poly(x, 2, 3)", /poly\(\) takes/],
    ["y ~ poly(x, z)", /whole number from 1 to 20/],
    ["y ~ poly(x, deg=2)", /no argument "deg"/],
    ["y ~ poly(x, 2, raw = 3)", /TRUE or FALSE/],
    ["y ~ log()", /log\(\) takes/],
    ["y ~ log(x, )", /an argument/],
    ["y ~ cbind(a, b)", /belongs to the response/],
    ["cbind(a) ~ x", /two arguments/],
    ["y | n ~ x", /must be trials\(n\)/],
    ["3 ~ x", /response must be/],
    ["y ~ `x", /never closes/],
    ["y ~ x (z)", /not allowed/],
    ["y ~ x z", /"z" was found/],
    ["y ~ offset(x):z", /stand alone/],
    ["y ~ (offset(x)|g)", /cannot vary between groups/],
    [`y ~ ${"(".repeat(5000)}x`, /nests more than/],
    [`y ~ ${"-".repeat(3000)}x`, /nests more than/],
    [`y ~ x ${"- ".repeat(3000)}x`, /nests more than/],
    [`y ~ I(x${"+x".repeat(5000)})`, /nests more than/],
    [`y${"+y".repeat(5000)} ~ x`, /nests more than/],
    [`y ~ ${names(1500, ":")}`, /nests more than/],
    [`y ~ (1 | ${names(1500, "/")})`, /more than 50 columns/],
    [`y ~ (${names(17, " + ")})^10`, /expands to more than 2000 terms/],
    [`y ~ (1 + (${names(17, " + ")})^10 | g)`, /expands to more than 2000 terms/],
    [
      `y ~ ${Array(200)
        .fill(`(${names(9, " + ")})^9`)
        .join(" * ")}`,
      /expands to more than 2000 terms/,
    ],
    ["y ~ (x)^1", /whole number from 2 to 10/],
    ["y ~ x - offset(w)", /cannot be removed/],
    ["y ~ x - (z + (1 | g))", /can only be added in a sum/],
    ["y ~ I(x * 1e999)", /larger than a number can be/],
  ])("%s", (text, message) => expect(issuesOf(() => parseFormula(text))[0]!.message).toMatch(message));

  test("all faults of meaning come together", () => {
    expect(
      issuesOf(() => parseFormula("y ~ foo(x) + . + 3 + rr(1|g)")).map((issue) => issue.message.slice(0, 30)),
    ).toEqual([
      "The formula calls foo(), which",
      'The formula uses "." for all o',
      "The number 3 is not a term: on",
      "The covariance structure rr() ",
    ]);
  });

  test("terms alone refuse a whole formula", () => {
    expect(issuesOf(() => parseTerms("y ~ x"))[0]!.message).toMatch(/only terms/);
  });
});

describe("whatever text is given", () => {
  const token = fc.constantFrom(
    ..."~ + - * / ^ : | || ( ) , = %in% 0 1 2 10 a b y log( I( poly( offset( cbind( gr( us( sd= ` ' 1e9 TRUE . \u00e4 \n".split(
      " ",
    ),
  );
  test("each parser reads it or refuses it with faults", () => {
    const parsers = [
      parseFormula,
      parseTerms,
      parseExpression,
      parseResponse,
      parseVariance,
      parseCorrelation,
      parsePrior,
    ];
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), fc.nat(parsers.length - 1), (tokens, which) => {
        try {
          parsers[which]!(tokens.join(""));
        } catch (error) {
          if (!(error instanceof DeclarationError)) throw error;
        }
      }),
      { numRuns: 2000, seed: 9 },
    );
  });

  test("a declaration as JSON that nests without end is refused", () => {
    let operand: object = { kind: "column", name: "x" };
    for (let depth = 0; depth < 20_000; depth++) operand = { kind: "unary", operator: "-", operand };
    const deep = { ...EMPTY_SPEC, response: { kind: "single", expression: operand } };
    const round: { kind: string; operator: string; operand?: object } = { kind: "unary", operator: "-" };
    round.operand = round;
    for (const bad of [deep, { ...deep, response: { kind: "single", expression: round } }, "[".repeat(100_000)])
      expect(() => specFromJSON(bad)).toThrow(DeclarationError);
  });
});
