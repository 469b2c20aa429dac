import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inFlags } from "../../src/cli/flag-words.ts";
import { folderOf, runHere } from "./run-cli.ts";

test.each([
  ['or use .missing("omit").', "or use --missing omit."],
  ['declare .dispersion("~ x + z")', 'declare --dispersion "~ x + z"'],
  ['.dispersion("~ 0") (--dispersion "~ 0") leaves no', '--dispersion "~ 0" leaves no'],
  ['it has "sigma", as .parameter("sigma", "~ x").', `it has "sigma", as --predictor 'sigma ~ x'.`],
  ['pass newLevels: "new-group" to draw their effects', "pass --new-levels new-group to draw their effects"],
  ['ask for the estimand "typical" or "conditional", or', "ask for --estimand typical or conditional, or"],
  ["fit it by laplace(), agq(k) or auto().", "fit it by --method laplace, --method agq:K or --method auto."],
  ["use at most 9 nodes, agq(9), or laplace()", "use at most 9 nodes, --method agq:9, or --method laplace"],
  ["other starting values to .mean(…, { start }).", "other starting values to --mean-start."],
  ['say it as .mean(…, { parameters: { Asym: "~ x + (1 | g)" } }).', "say it as --mean-parameter."],
  ["give start: { A: …, k: … } to .mean(), or", "give --mean-start, or"],
  ["remove .residual(), or", "remove --variance and --correlation, or"],
  ['leave .knownVariance("v") or .sigma() out', "leave --known-variance v or --sigma out"],
  ['with target: "joint"; lindstromBates() is', "with --target joint; --method lindstrom-bates is"],
  ["lies between 0 and 1, and confLevel is 2", "lies between 0 and 1, and --conf-level is 2"],
  ['residuals: "conditional" needs newdata.', "--residuals conditional needs --newdata."],
  [
    "The samplers are nuts(), hmc() and gibbs().",
    "The samplers are --sampler nuts, --sampler hmc and --sampler gibbs.",
  ],
  ['The coding of g of .contrasts() must be "sum"', 'The coding of g of --contrasts must be "sum"'],
  ["use one of 'a', 'b', or register your own with registerFamily.", "use one of 'a', 'b'."],
  ["compare with the model without it by anova(), or", "compare with the log-likelihood of the model without it, or"],
  [
    "with and without the term by their likelihoods (anova), merge",
    "with and without the term by their log-likelihoods, merge",
  ],
  ["raise targetAcceptance above 0.8, or maxTreeDepth", "raise --target-acceptance above 0.8, or --max-tree-depth"],
  ['centred (parameterisation: { "g": "centred" }), or', "centred (--parameterisation g=centred), or"],
  ['read the file with decimal: ",", or write points', "read the file with --decimal ,, or write points"],
  ["Use auto() or agq(9).", "Use --method auto or --method agq:9."],
  [
    "fit it by laplace() or agq(), whose populationAverage(fit) integrates",
    "fit it by --method laplace or --method agq:K, of which 'marginalia average' integrates",
  ],
  ['types: { "g": "number" } of readTable, or --number g.', "--number g."],
  ["leave .dispersion() (--dispersion) out", "leave --dispersion out"],
  ["as gee({ parameters: { theta: 2 } }) or --parameter theta=2.", "as --parameter theta=2."],
  [
    "The function 'ml()' is not known; 'a.fixed' is a column.",
    "The function 'ml()' is not known; 'a.fixed' is a column.",
  ],
])("%s", (said, expected) => {
  expect(inFlags(said)).toBe(expected);
});

describe("what the commands print", () => {
  const rows = Array.from({ length: 24 }, (_, i) => `${(i % 5) + Math.sin(i)},${i % 3},${i % 2},${"abcdef"[i % 6]}`);
  const folder = folderOf({
    "data.csv": `y,x,yes,g\n${rows.join("\n")}\n`,
    "new.csv": "x,g\n1,z\n",
  });
  afterAll(() => folder.remove());
  const file = (name: string) => join(folder.path, name);
  const formula = ["--formula", "y ~ x + (1 | g)"];

  test.each([
    [["predict", ...formula, "--newdata", file("new.csv")], "--new-levels new-group"],
    [["fit", ...formula, "--method", "laplace"], "method reml or ml"],
    [
      ["fit", "--formula", "yes ~ x + (1 | g)", "--family", "binomial", "--method", "reml"],
      "method auto, laplace or agq",
    ],
    [["fit", "--formula", "y ~ x + (1 | g)", "--mean", "A * exp(x)", "--mean-parameter", "A ~ 1"], "--mean"],
    [["fit", "--formula", "y ~ x", "--sigma", "1", "--method", "pql"], "--method"],
  ])("is in its own words: %j", async ([command, ...flags], words) => {
    const { status, stderr } = await runHere([command!, file("data.csv"), ...flags]);
    expect(status).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/[a-z]+\(\)|newLevels|\.mean\(|\bconfLevel\b/);
  });
});
