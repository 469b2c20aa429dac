/** Random formulas for property tests: text that parses. */
import fc from "fast-check";

const column = fc.constantFrom("a", "b", "c", "x", "y2", "`odd name`", "`if`", ".z");
const arithmetic: fc.Arbitrary<string> = fc.letrec<{ e: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(column, fc.constantFrom("1", "2", "0.5", "1e-07", "100000", "pi")),
  e: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    tie("leaf"),
    fc.tuple(tie("e"), fc.constantFrom(" + ", "-", "*", " / ", "^"), tie("e")).map((parts) => parts.join("")),
    tie("e").map((e) => `(${e})`),
    tie("e").map((e) => `-${e}`),
    fc.tuple(fc.constantFrom("log", "exp", "sqrt", "sin", "I"), tie("e")).map(([name, e]) => `${name}(${e})`),
  ),
})).e;

const variable = fc.oneof(
  { weight: 5, arbitrary: column },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("I", "log", "log2", "exp", "sqrt", "abs"), arithmetic)
      .map(([name, e]) => `${name}(${e})`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "poly(x, 2)",
      "poly(x, degree = 2)",
      "poly(x,2,raw=TRUE)",
      "scale(x)",
      "scale(x, scale = FALSE)",
      "factor(c)",
      "log(x, 2)",
    ),
  },
);

const sum: fc.Arbitrary<string> = fc.letrec<{ s: string }>((tie) => ({
  s: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    variable,
    fc
      .tuple(tie("s"), fc.constantFrom(" + ", "*", ":", "/", " %in% ", " - "), tie("s"))
      .map(([l, o, r]) => `(${l})${o}(${r})`),
    fc.tuple(tie("s"), fc.constantFrom("+", "*", ":", " - "), variable).map((parts) => parts.join("")),
    tie("s").map((s) => `(${s})^2`),
  ),
})).s;

const group = fc.constantFrom("g", "g:h", "g/h", "h:g", "`my group`", "g/h/k", "factor(g)");
const bar = fc
  .tuple(fc.constantFrom("1", "0 + x", "x", "1 + x + b:a + a", "a*x", "b:a + a - 1"), fc.constantFrom("|", "||"), group)
  .chain(([effects, operator, by]) =>
    fc.constantFrom(
      `(${effects} ${operator} ${by})`,
      ...(operator === "|" ? [`us(${effects} | ${by})`, `diag(${effects} | ${by})`] : []),
    ),
  );
const extra = fc.oneof(bar, fc.constantFrom("0", "1", "offset(log(t))", "offset(u)"));
const response = fc.constantFrom("y", "log(y)", "cbind(s, n - s)", "s | trials(n)", "s | trials(10)");

/** A two-sided formula with fixed terms, offsets and random terms. */
export const formula = fc
  .tuple(response, sum, fc.array(extra, { maxLength: 3 }))
  .map(([left, right, extras]) => `${left} ~ ${[right, ...extras].join(" + ")}`);
