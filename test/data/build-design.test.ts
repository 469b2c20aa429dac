import { describe, expect, test } from "vitest";
import { buildDesign } from "../../src/data/build-design.ts";
import { type TableInput, toTable } from "../../src/data/to-table.ts";
import { parseFormula } from "../../src/dsl/formula.ts";
import type { ModelSpec } from "../../src/dsl/model-spec.ts";
import { EMPTY_SPEC } from "../../src/dsl/spec-json.ts";
import { familyByName } from "../../src/families/registry.ts";
import { DeclarationError, type Issue } from "../../src/messages/issue.ts";

const NONE = Number.NaN;

function specOf(text: string, change: Partial<ModelSpec> = {}): ModelSpec {
  const { response, predictor } = parseFormula(text);
  return { ...EMPTY_SPEC, response, predictors: [predictor], ...change };
}
const designOf = (spec: ModelSpec, table: ReturnType<typeof toTable>) =>
  buildDesign(spec, table, familyByName(spec.family.name, spec.family.link));
const design = (text: string, table: TableInput, change: Partial<ModelSpec> = {}) =>
  designOf(specOf(text, change), toTable(table));
const binomial = { family: { name: "binomial" } };
const poisson = { family: { name: "poisson" } };

function faults(text: string, table: TableInput, change: Partial<ModelSpec> = {}): readonly Issue[] {
  try {
    design(text, table, change);
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError);
    return (error as DeclarationError).issues;
  }
  throw new Error("nothing was thrown");
}
const codes = (issues: readonly { readonly code: string }[]) => issues.map((issue) => issue.code);

describe("rows", () => {
  const table = {
    y: [1, 2, NONE, 4, 5, 7],
    x: [1, null, 3, 4, 6, 5],
    g: ["a", "a", "b", null, "b", "c"],
    unused: [NONE, 1, NONE, 1, 1, 1],
  };

  test("with a missing value in a used column are dropped and counted", () => {
    const made = design("y ~ x + (1|g)", table, poisson);
    expect(made).toMatchObject({ n: 3, omitted: 3, rows: Int32Array.of(0, 4, 5), y: Float64Array.of(1, 5, 7) });
    expect(made.random[0]).toMatchObject({ levels: ["a", "b", "c"], index: Int32Array.of(0, 1, 2) });
    expect(made.warnings[0]!.message).toBe("3 rows with a missing value in y, x, g were dropped.");
  });

  test("are refused under missing: error, column by column", () => {
    expect(faults("y ~ x + (1|g)", table, { ...poisson, missing: "error" }).map((issue) => issue.message)).toEqual([
      'The column y has 1 missing value (row 3); fill or remove them, or use .missing("omit").',
      'The column x has 1 missing value (row 2); fill or remove them, or use .missing("omit").',
      'The column g has 1 missing value (row 4); fill or remove them, or use .missing("omit").',
    ]);
  });

  test("with a weight of 0 are dropped", () => {
    const made = design(
      "y ~ 1",
      { y: [1, 2, 3, 4], w: [1, 0, 2, 1], k: [1, 1, 0, 3] },
      { weights: "w", frequencyWeights: "k" },
    );
    expect(made).toMatchObject({
      n: 2,
      omitted: 0,
      weights: Float64Array.of(1, 1),
      frequencyWeights: Float64Array.of(1, 3),
    });
    expect(codes(made.warnings)).toEqual(["zero-weights", "zero-weights"]);
  });
});

describe("factor levels", () => {
  const names = (table: TableInput, text: string, change = {}) => design(text, table, change).predictors[0]!.names;
  const y = [1, 2, 3, 4, 5];

  test("text sorts without regard to case, lower case first", () => {
    expect(names({ y: [1, 2, 3, 4, 5, 6], f: ["c", "B", "a", "b", "A", "é"] }, "y ~ 0 + f")).toEqual([
      "fa",
      "fA",
      "fb",
      "fB",
      "fc",
      "fé",
    ]);
  });

  test("numbers sort by value, truth by FALSE, TRUE", () => {
    expect(names({ y, f: [10, 9, 2, 10, 2] }, "y ~ 0 + factor(f)")).toEqual([
      "factor(f)2",
      "factor(f)9",
      "factor(f)10",
    ]);
    expect(names({ y, l: [true, false, true, false, true] }, "y ~ l")).toEqual(["(Intercept)", "lTRUE"]);
  });

  test("the user's order wins; levels that do not occur are dropped with a warning", () => {
    const made = design("y ~ f", { y, f: [1, 2, 3, 1, 2] }, { factors: { f: ["3", "1", "0", "2"] } });
    expect(made.predictors[0]!.names).toEqual(["(Intercept)", "f1", "f2"]);
    expect(made.warnings).toEqual([
      { code: "unused-levels", message: "The declared level 0 of f does not occur in the used rows and was dropped." },
    ]);
  });

  test("a numeric column is numeric unless declared", () => {
    expect(names({ y, f: [1, 2, 3, 1, 2] }, "y ~ f")).toEqual(["(Intercept)", "f"]);
  });

  test("grouping columns are factors, combinations in the order of the first", () => {
    const [term] = design("y ~ 1 + (1|b:a)", { y, a: [10, 9, 10, 9, 10], b: ["y", "x", "y", "x", "x"] }).random;
    expect(term).toMatchObject({ group: "b:a", levels: ["x:9", "x:10", "y:10"], index: Int32Array.of(2, 0, 2, 0, 1) });
  });
});

describe("random terms", () => {
  const table = {
    y: [1, 5, 2, 4, 3, 6, 7, 1],
    x: [1, 2, 3, 4, 5, 6, 7, 8],
    f: ["a", "b", "a", "b", "a", "b", "a", "b"],
    g: [1, 1, 1, 1, 2, 2, 2, 2],
  };
  test.each<[string, string[], "us" | "diag"]>([
    ["(x | g)", ["(Intercept)", "x"], "us"],
    ["(0 + x | g)", ["x"], "us"],
    ["(f || g)", ["(Intercept)", "fb"], "diag"],
    ["(0 + f | g)", ["fa", "fb"], "us"],
  ])("%s", (text, names, covariance) => {
    const [term] = design(`y ~ x + ${text}`, table).random;
    expect(term).toMatchObject({ names, q: names.length, covariance, group: "g", predictor: 0 });
    const values: Record<string, (row: number) => number> = {
      "(Intercept)": () => 1,
      x: (row) => table.x[row]!,
      fa: (row) => Number(table.f[row] === "a"),
      fb: (row) => Number(table.f[row] === "b"),
    };
    expect(Array.from(term!.Z)).toEqual(table.y.flatMap((_, row) => names.map((name) => values[name]!(row))));
  });

  test("an effect in two terms of a group is warned about", () => {
    expect(codes(design("y ~ x + (1|g) + (x|g)", table, poisson).warnings)).toEqual(["repeated-effect"]);
    expect(design("y ~ x + (1|g) + (0+x|g)", table, poisson).warnings).toEqual([]);
  });

  test("as many effects as rows are refused for a Gaussian response only", () => {
    const rows = { ...table, id: table.x };
    expect(codes(faults("y ~ x + (1|id)", rows))).toEqual(["too-many-effects"]);
    expect(design("y ~ x + (1|id)", rows, poisson).random[0]!.levels.length).toBe(8);
  });
});

describe("offsets", () => {
  test("are summed", () => {
    const made = design("y ~ 1 + offset(a) + offset(2 * b)", { y: [1, 2], a: [1, 2], b: [3, 4] });
    expect(made.predictors[0]!.offset).toEqual(Float64Array.of(7, 10));
  });
});

describe("aliased columns", () => {
  const x = [1, 2, 3, 4, 5, 6];
  const y = [2, 1, 4, 3, 6, 5];

  test("the later one goes, with a warning that names it", () => {
    const made = design("y ~ a + b + c", { y, a: x, b: x.map((v) => 2 * v - 7), c: [0, 1, 0, 0, 1, 1] });
    expect(made.predictors[0]!.names).toEqual(["(Intercept)", "a", "c"]);
    expect(made.predictors[0]!.X.length).toBe(18);
    expect(made.warnings).toEqual([
      {
        code: "rank-deficient",
        message: "The column b of the fixed effects is a linear combination of the others and was dropped.",
      },
    ]);
  });

  test("a cell without rows takes its column along", () => {
    const made = design("y ~ f * g", { y, f: ["a", "a", "a", "a", "b", "b"], g: ["p", "p", "q", "q", "p", "p"] });
    expect(made.predictors[0]!.names).toEqual(["(Intercept)", "fb", "gq"]);
  });

  test.each<[string, number[]]>([
    ["time stamps", x.map((v) => 1_700_000_000_000 + v * v)],
    ["tiny", x.map((v) => v * v * 1e-145)],
    ["huge", x.map((v) => v * v * 1e145)],
    ["far from 0", x.map((v) => 1e9 + v * v * 1e-2)],
  ])("badly scaled columns stay: %s", (_, b) => {
    const made = design("y ~ a + b", { y, a: x, b });
    expect(made.predictors[0]!.names).toEqual(["(Intercept)", "a", "b"]);
  });

  test.each<[string, number[]]>([
    ["constant", x.map(() => 0.1)],
    ["zero", x.map(() => 0)],
    ["constant but for rounding", x.map((v) => 0.1 * v - 0.1 * v + 0.3 * (1 + 1e-16 * v))],
    ["a multiple at another scale", x.map((v) => v * 1e-145)],
    ["the same from another origin", x.map((v) => 1_700_000_000_000 + v)],
  ])("a column that adds nothing goes: %s", (_, b) => {
    expect(design("y ~ a + b", { y, a: x, b }).predictors[0]!.names).toEqual(["(Intercept)", "a"]);
  });
});

describe("binomial responses", () => {
  test.each<[string, string, TableInput, Partial<ModelSpec>, number[], number[], string]>([
    ["trials", "s | trials(n) ~ 1", { s: [1, 2, 0], n: [2, 2, 5] }, {}, [1, 2, 0], [2, 2, 5], "cbind(s, n - s)"],
    ["constant trials", "s | trials(5) ~ 1", { s: [1, 2, 0] }, {}, [1, 2, 0], [5, 5, 5], "cbind(s, 5 - s)"],
    ["cbind", "cbind(s, n - s) ~ 1", { s: [1, 2, 0], n: [2, 2, 5] }, {}, [1, 2, 0], [2, 2, 5], "cbind(s, n - s)"],
    ["0 and 1", "y ~ 1", { y: [0, 1, 1] }, {}, [0, 1, 1], [1, 1, 1], "y"],
    ["truth", "y ~ 1", { y: [true, false, true] }, {}, [1, 0, 1], [1, 1, 1], "y"],
    ["two levels, the second is success", "y ~ 1", { y: ["yes", "no", "yes"] }, {}, [1, 0, 1], [1, 1, 1], "y"],
    [
      "declared levels",
      "y ~ 1",
      { y: ["yes", "no", "yes"] },
      { factors: { y: ["yes", "no"] } },
      [0, 1, 0],
      [1, 1, 1],
      "y",
    ],
    ["two codes declared", "y ~ 1", { y: [2, 1, 2] }, { factors: { y: ["1", "2"] } }, [1, 0, 1], [1, 1, 1], "y"],
    [
      "proportions with weights",
      "p ~ 1",
      { p: [0.25, 1 / 3, 1], w: [4, 3, 2] },
      { weights: "w" },
      [1, 1, 2],
      [4, 3, 2],
      "p",
    ],
  ])("%s", (_, text, table, change, y, trials, name) => {
    const made = design(text, table, { ...binomial, ...change });
    expect(Array.from(made.y)).toEqual(y);
    expect(Array.from(made.trials!)).toEqual(trials);
    expect(made.responseName).toBe(name);
  });

  test("weights that are trials are used up and said so", () => {
    const made = design("p ~ 1", { p: [0.25, 0.5, 1], w: [4, 2, 2] }, { ...binomial, weights: "w" });
    expect(made.weights).toBeNull();
    expect(codes(made.warnings)).toEqual(["weights-are-trials"]);
  });

  test("rows with no trials are dropped", () => {
    const made = design("s | trials(n) ~ 1", { s: [1, 0, 2], n: [3, 0, 4] }, binomial);
    expect(made).toMatchObject({ n: 2, omitted: 0 });
    expect(codes(made.warnings)).toEqual(["zero-trials"]);
    expect(design("cbind(s, f) ~ 1", { s: [1, 0, 2], f: [3, 0, 4] }, binomial).n).toBe(2);
  });

  test.each<[string, string, TableInput, Partial<ModelSpec>, RegExp]>([
    ["above", "s | trials(n) ~ 1", { s: [1, 9], n: [3, 4] }, {}, /The response s is 9 in row 2, above its 4 trials/],
    ["negative", "s | trials(n) ~ 1", { s: [1, -1], n: [3, 4] }, {}, /s is -1 in row 2; counts cannot be negative/],
    [
      "fraction",
      "s | trials(n) ~ 1",
      { s: [1, 1], n: [3, 4.5] },
      {},
      /trials n is 4.5 in row 2; it must be a whole number/,
    ],
    ["negative failures", "cbind(s, n - s) ~ 1", { s: [1, 5], n: [3, 4] }, {}, /failures n - s is -1 in row 2/],
    ["three levels", "y ~ 1", { y: ["a", "b", "c"] }, {}, /has 3 levels \(a, b, c\)/],
    ["one level", "y ~ 1", { y: ["a", "a"] }, {}, /only one level \("a"\)/],
    ["a proportion alone", "p ~ 1", { p: [1, 0.5] }, {}, /p is 0.5 in row 2: a proportion needs its number of trials/],
    ["a count alone", "y ~ 1", { y: [0, 3] }, {}, /y is 3 in row 2: without trials it must be 0 or 1/],
    [
      "no whole successes",
      "p ~ 1",
      { p: [0.5, 0.3], w: [2, 2] },
      { weights: "w" },
      /p times its trials w is 0.6 in row 2/,
    ],
    [
      "outside",
      "p ~ 1",
      { p: [0.5, 1.5], w: [2, 2] },
      { weights: "w" },
      /p is 1.5 in row 2; a proportion lies between/,
    ],
  ])("fault: %s", (_, text, table, change, message) => {
    expect(faults(text, table, { ...binomial, ...change })[0]!.message).toMatch(message);
  });

  test("trials of another family are refused", () => {
    expect(codes(faults("s | trials(n) ~ 1", { s: [1, 2], n: [3, 4] }, poisson))).toEqual(["trials-of-family"]);
  });
});

describe("faults", () => {
  const y = [1, 2, 3, 4];
  test.each<[string, string, TableInput, Partial<ModelSpec>, RegExp]>([
    ["unknown column", "Reaction ~ Dys", { Reaction: y, Days: y }, {}, /no column Dys; did you mean Days\?$/],
    ["far-off name", "y ~ weather", { y, a: y }, {}, /no column weather; its columns are y, a\.$/],
    [
      "text response",
      "y ~ 1",
      { y: ["a", "b", "a", "b"] },
      {},
      /column y holds text \(row 1: "a"\) where numbers are needed/,
    ],
    ["mixed", "log(x) ~ 1", { x: [1, 2, "three", 4] }, {}, /mixes numbers and text: row 3 holds "three"/],
    ["numbers as text", "y ~ log(x)", { y, x: ["1", "2", "3", "4"] }, {}, /numbers as text \(row 1: "1"\)/],
    ["infinite", "y ~ x", { y, x: [1, 2, Number.POSITIVE_INFINITY, 4] }, {}, /column x is Infinity in row 3/],
    ["log of 0", "y ~ log(x)", { y, x: [1, 0, 2, 3] }, {}, /log\(x\) is -Infinity in row 2/],
    ["log below 0", "y ~ log(x)", { y, x: [1, -1, 2, 3] }, {}, /log\(x\) is not defined in row 2/],
    ["all missing", "y ~ x", { y, x: [null, null, null, null] }, {}, /column x has no value that is not missing/],
    ["no row left", "y ~ x + z", { y, x: [1, 2, null, null], z: [null, null, 3, 4] }, {}, /No row is left/],
    ["one level", "y ~ f", { y, f: ["a", "a", "a", "a"] }, {}, /factor f has only one level/],
    ["one group", "y ~ (1|g)", { y, g: ["a", "a", "a", "a"] }, {}, /grouping factor g has only one level/],
    [
      "unlisted level",
      "y ~ f",
      { y, f: ["a", "b", "c", "a"] },
      { factors: { f: ["a", "b"] } },
      /holds "c" in row 3, which is not among/,
    ],
    ["negative weight", "y ~ 1", { y, w: [1, 1, -2, 1] }, { weights: "w" }, /weights w are -2 in row 3/],
    ["response as predictor", "y ~ y + x", { y, x: [1, 3, 2, 4] }, {}, /response y is also a predictor/],
    ["degree", "y ~ poly(x, 3)", { y, x: [1, 2, 1, 2] }, {}, /poly\(x, 3\) needs more than 3 distinct values/],
    ["poly inside", "y ~ log(poly(x, 2))", { y, x: y }, {}, /poly\(x, 2\) makes several columns/],
    ["factor inside", "y ~ I(factor(x))", { y, x: y }, {}, /factor\(x\) is a factor/],
    ["no spread", "y ~ scale(x)", { y, x: [3, 3, 3, 3] }, {}, /scale\(x\) cannot be scaled/],
    [
      "contrasts of numbers",
      "y ~ x",
      { y, x: y },
      { contrasts: { x: "sum" } },
      /Contrasts are declared for x, which is numeric/,
    ],
    [
      "declared factor in arithmetic",
      "y ~ log(x)",
      { y, x: y },
      { factors: { x: ["1", "2", "3", "4"] } },
      /x is declared a factor/,
    ],
    ["no response", "~ x", { x: y }, {}, /model has no response/],
  ])("%s", (_, text, table, change, message) => expect(faults(text, table, change)[0]!.message).toMatch(message));

  test("all come together", () => {
    const issues = faults(
      "s | trials(n) ~ x + ff + log(t) + (1 | one)",
      {
        s: [1, 7, 1],
        n: [2, 2, 2],
        x: [1, Number.POSITIVE_INFINITY, 2],
        f: ["a", "b", "a"],
        t: ["u", "v", "w"],
        one: ["g", "g", "g"],
      },
      { ...binomial, contrasts: { nowhere: "sum" }, weights: "w" },
    );
    expect(codes(issues).toSorted()).toEqual(
      [
        "unknown-column",
        "unknown-column",
        "unknown-column",
        "above-trials",
        "infinite-value",
        "text-for-numbers",
        "one-group",
      ].toSorted(),
    );
  });
});

describe("warnings", () => {
  test("a constant response, contrasts of an unused column, a nearly numeric text column", () => {
    const x = Array.from({ length: 30 }, (_, i) => (i === 16 ? "12,5" : i * i));
    const made = design(
      "y ~ x",
      { y: x.map(() => 3), x, f: x.map((_, i) => (i % 2 ? "a" : "b")) },
      { contrasts: { f: "sum" } },
    );
    expect(codes(made.warnings)).toEqual(
      expect.arrayContaining(["constant-response", "unused-contrasts", "nearly-numeric"]),
    );
  });

  test("the formula's notes", () => {
    const notes = [
      { code: "duplicate-term", message: "The term x is written twice in the formula; it counts once." } as const,
    ];
    expect(design("y ~ x", { y: [1, 2, 4], x: [1, 3, 2] }, { notes }).warnings).toEqual(notes);
  });
});

test("73 421 rows with three grouping factors are no burden", () => {
  const n = 73_421;
  const made = (levels: number, step: number) => Array.from({ length: n }, (_, i) => (i * step) % levels);
  const table = toTable({
    y: made(5, 7),
    service: made(2, 1),
    s: made(2972, 31).map(String),
    d: made(1128, 17),
    dept: made(15, 11).map(String),
  });
  const spec = specOf("y ~ service + (1|s) + (1|d) + (1|dept:service)");
  const start = performance.now();
  expect(designOf(spec, table).random.map((term) => term.levels.length)).toEqual([2972, 1128, 30]);
  // Measured 0.12 s on an idle machine; the bound is for a busy one.
  expect(performance.now() - start).toBeLessThan(4000);
});

test("successes of no trials are a fault, while rows of neither are left out", () => {
  const table = (successes: number) => ({ s: [1, 0, 1, 2, successes], n: [2, 2, 2, 3, 0] });
  expect(design("s | trials(n) ~ 1", table(0), binomial).n).toBe(4);
  expect(() => design("s | trials(n) ~ 1", table(1), binomial)).toThrow(
    "The response s is 1 in row 5, above its 0 trials.",
  );
});
