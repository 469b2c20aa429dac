import { afterAll, beforeAll, expect, it } from "vitest";
import { type CliResult, folderOf, runCli, runHere } from "./run-cli.ts";

const header = "y,x,n,count,g,h,one,text,w,empty";
const rows = Array.from({ length: 12 }, (_, i) => {
  const g = "abc"[i % 3];
  const h = "pqrs"[i >> 2];
  return [i % 3, (i * 7) % 5, 4, i % 4, g, h, "same", i === 5 ? "abc" : i, i === 2 ? -1 : 1, "NA"].join(",");
});
const table = `${header}\n${rows.join("\n")}\n`;
const edit = (line: number, column: string, value: string | number) =>
  table
    .split("\n")
    .map((text, i) =>
      i === line
        ? text
            .split(",")
            .map((cell, j) => (header.split(",")[j] === column ? value : cell))
            .join(",")
        : text,
    )
    .join("\n");

const files = folderOf({
  "t.csv": table,
  "negative.csv": edit(3, "count", -2),
  "fraction.csv": edit(4, "count", 1.5),
  "above.csv": edit(5, "y", 9),
  "infinite.csv": edit(6, "x", "Inf"),
  "missing.csv": edit(7, "x", "NA"),
  "header-only.csv": `${header}\n`,
  "empty.csv": "",
  "ragged.csv": `${table}1,2,3\n`,
  "twice.csv": "y,x,y\n1,2,3\n",
  "quote.csv": 'y,x\n1,"a\n2,b\n',
  "new.csv": "x,g\n1,zz\n",
  "commas.csv": "y;x;g\n1,5;1;a\n2,5;2;a\n2;3;b\n1.5;4;b\n",
  "points.csv": "y;x;g\n1.5;1;a\n2.5;2;a\n2.1;3;b\n1.5;4;b\n",
});
afterAll(() => files.remove());

/** Each bad input: what is bad about it, and the arguments. */
const inputs: Readonly<Record<string, readonly string[]>> = {
  "no table": ["fit", "--formula", "y ~ x"],
  "no formula": ["fit", "t.csv"],
  "file not found": ["fit", "absent.csv", "--formula", "y ~ x"],
  "empty file": ["fit", "empty.csv", "--formula", "y ~ x"],
  "empty table": ["fit", "header-only.csv", "--formula", "y ~ x"],
  "ragged CSV": ["fit", "ragged.csv", "--formula", "y ~ x"],
  "a column twice in the file": ["fit", "twice.csv", "--formula", "y ~ x"],
  "unclosed quote": ["fit", "quote.csv", "--formula", "y ~ x"],
  "unknown option": ["fit", "t.csv", "--formla", "y ~ x"],
  "unquoted formula": ["fit", "t.csv", "--formula", "y", "~", "x"],
  "unknown column": ["fit", "t.csv", "--formula", "y ~ xx + (1 | g)"],
  "unknown grouping column": ["fit", "t.csv", "--formula", "y ~ x + (1 | group)"],
  "one decimal point among commas": ["fit", "commas.csv", "--formula", "y ~ x", "--decimal", ","],
  "decimal commas read as text": ["fit", "commas.csv", "--formula", "y ~ x"],
  "decimal points where commas are declared": ["fit", "points.csv", "--formula", "y ~ x", "--decimal", ","],
  "a comparison of averages as a coding": [
    "average",
    "t.csv",
    "--formula",
    "x ~ g",
    "--by",
    "g",
    "--contrasts",
    "pairwise",
  ],
  "a bootstrap's draws twice": ["bootstrap", "t.csv", "--formula", "x ~ g", "--draws", "9", "--resamples", "9"],
  "contrasts of one average": ["average", "t.csv", "--formula", "x ~ g", "--compare", "pairwise"],
  "a comparison spelt wrong": ["average", "t.csv", "--formula", "x ~ g", "--by", "g", "--compare", "pairwize"],
  "a grid column spelt wrong": ["average", "t.csv", "--formula", "x ~ g", "--by", "gg"],
  "a method spelt wrong": ["fit", "t.csv", "--formula", "x ~ g", "--method", "laplas"],
  "a working correlation spelt wrong": [
    "fit",
    "t.csv",
    "--formula",
    "x ~ g",
    "--method",
    "gee:exchangable",
    "--id",
    "h",
  ],
  "two forms of output": ["fit", "t.csv", "--formula", "x ~ g", "--json", "--csv"],
  "a prior spelt wrong": ["sample", "t.csv", "--formula", "x ~ g", "--prior", "sigma=halfNorml(1)"],
  "several faults at once": ["fit", "t.csv", "--formula", "yy ~ xx + (1 | gg)", "--method", "agq:0", "--weights", "ww"],
  "text where numbers belong": ["fit", "t.csv", "--formula", "text ~ x"],
  "arithmetic on text": ["fit", "t.csv", "--formula", "y ~ log(g)"],
  "syntax error in the formula": ["fit", "t.csv", "--formula", "y ~ x + + * g"],
  "unclosed parenthesis": ["fit", "t.csv", "--formula", "y ~ x + (1 | g"],
  "formula with code in it": ["fit", "t.csv", "--formula", "y ~ process.exit(1)"],
  "formula with an unknown function": ["fit", "t.csv", "--formula", "y ~ system('ls')"],
  "formula without a response": ["fit", "t.csv", "--formula", "~ x"],
  "negative counts": ["fit", "negative.csv", "--formula", "count ~ x + (1 | g)", "--family", "poisson"],
  "counts that are not whole": ["fit", "fraction.csv", "--formula", "count ~ x + (1 | g)", "--family", "poisson"],
  "response above trials": ["fit", "above.csv", "--formula", "y | trials(n) ~ x + (1 | g)", "--family", "binomial"],
  "trials column missing": ["fit", "t.csv", "--formula", "y | trials(size) ~ x", "--family", "binomial"],
  "binomial counts without trials": ["fit", "t.csv", "--formula", "y ~ x", "--family", "binomial"],
  "gamma response of zero": ["fit", "t.csv", "--formula", "y ~ x + (1 | g)", "--family", "gamma"],
  "one-level factor": ["fit", "t.csv", "--formula", "y ~ one + (1 | g)"],
  "group with one level": ["fit", "t.csv", "--formula", "y ~ x + (1 | one)"],
  "more random effects than rows": ["fit", "t.csv", "--formula", "y ~ x + (g * x | h)"],
  "a random intercept for every row": ["fit", "t.csv", "--formula", "y ~ x + (1 | text)"],
  "column without values": ["fit", "t.csv", "--formula", "y ~ empty"],
  "Infinity in a column": ["fit", "infinite.csv", "--formula", "y ~ x"],
  "missing values where they are an error": ["fit", "missing.csv", "--formula", "y ~ x", "--missing", "error"],
  "unknown missing policy": ["fit", "t.csv", "--formula", "y ~ x", "--missing", "impute"],
  "unknown family": ["fit", "t.csv", "--formula", "y ~ x", "--family", "poison"],
  "unknown link": ["fit", "t.csv", "--formula", "y | trials(n) ~ x", "--family", "binomial", "--link", "loglog"],
  "unknown method": ["fit", "t.csv", "--formula", "y ~ x", "--method", "mcmc"],
  "agq:0": ["fit", "t.csv", "--formula", "y | trials(n) ~ x + (1 | g)", "--family", "binomial", "--method", "agq:0"],
  "quadrature with crossed terms": [
    "fit",
    "t.csv",
    "--formula",
    "y | trials(n) ~ x + (1 | g) + (1 | h)",
    "--family",
    "binomial",
    "--method",
    "agq:5",
  ],
  "quadrature for a Gaussian model": ["fit", "t.csv", "--formula", "y ~ x + (1 | g)", "--method", "agq:5"],
  "REML for counts": ["fit", "t.csv", "--formula", "count ~ x + (1 | g)", "--family", "poisson", "--method", "reml"],
  "level not in the user's list": ["fit", "t.csv", "--formula", "y ~ g", "--factor", "g=a,b"],
  "factor without levels": ["fit", "t.csv", "--formula", "y ~ g", "--factor", "g"],
  "factor of an unknown column": ["fit", "t.csv", "--formula", "y ~ g", "--factor", "gg=a,b"],
  "unknown contrast": ["fit", "t.csv", "--formula", "y ~ g", "--contrasts", "g=dummy"],
  "negative weights": ["fit", "t.csv", "--formula", "y ~ x + (1 | g)", "--weights", "w"],
  "frequency weights of text": ["fit", "t.csv", "--formula", "y ~ x + (1 | g)", "--frequency-weights", "g"],
  "unknown prior class": ["sample", "t.csv", "--formula", "y ~ x + (1 | g)", "--prior", "slope=normal(0,1)"],
  "unknown distribution of a prior": ["sample", "t.csv", "--formula", "y ~ x + (1 | g)", "--prior", "fixed=gauss(0,1)"],
  "prior sd of zero": ["sample", "t.csv", "--formula", "y ~ x + (1 | g)", "--prior", "fixed=normal(0,0)"],
  "prior on a parameter there is none of": [
    "sample",
    "t.csv",
    "--formula",
    "y ~ x + (1 | g)",
    "--prior",
    "sd:h=halfNormal(1)",
  ],
  "prior with negative values on an sd": ["sample", "t.csv", "--formula", "y ~ x + (1 | g)", "--prior", "sd=lkj(2)"],
  "no chains": ["sample", "t.csv", "--formula", "y ~ x + (1 | g)", "--chains", "0"],
  "unknown sampler": ["sample", "t.csv", "--formula", "y ~ x + (1 | g)", "--sampler", "slice"],
  "grid of an unknown column": ["average", "t.csv", "--formula", "y ~ x + (1 | g)", "--by", "z"],
  "grid value that is no number": ["average", "t.csv", "--formula", "y ~ x + (1 | g)", "--at", "x=low"],
  "contrasts that there are not": [
    "average",
    "t.csv",
    "--formula",
    "y ~ x + (1 | g)",
    "--by",
    "x",
    "--compare",
    "all",
    "--estimand",
    "marginal",
    "--conf-level",
    "95",
  ],
  "new data without a column": ["predict", "t.csv", "--formula", "y ~ x + count + (1 | g)", "--newdata", "new.csv"],
  "new data with a group not seen": ["predict", "t.csv", "--formula", "y ~ x + (1 | g)", "--newdata", "new.csv"],
};

const results = new Map<string, CliResult>();
beforeAll(async () => {
  const home = process.cwd();
  process.chdir(files.path);
  try {
    for (const [name, args] of Object.entries(inputs)) results.set(name, await runHere(args));
  } finally {
    process.chdir(home);
  }
});

it.each(Object.keys(inputs))("%s: exit code 2, nothing on stdout, whole sentences on stderr", (name) => {
  const { status, stdout, stderr } = results.get(name)!;
  expect({ status, stdout }, stderr).toEqual({ status: 2, stdout: "" });
  for (const line of stderr.trimEnd().split("\n")) expect(line).toMatch(/^Error: \S.*[.!?)"]$/);
});

it.each(["several faults at once", "unknown option", "response above trials", "unknown family"])(
  "%s: the same from the program itself",
  async (name) => {
    expect(await runCli(inputs[name]!, files.path)).toEqual(results.get(name));
  },
);

it("says this of each", () => {
  const messages = Object.fromEntries([...results].map(([name, { stderr }]) => [name, stderr.trimEnd().split("\n")]));
  expect(messages).toMatchInlineSnapshot(`
    {
      "Infinity in a column": [
        "Error: The column x is Infinity in row 6; correct the value or leave it out as missing.",
      ],
      "REML for counts": [
        "Error: Restricted maximum likelihood is defined here for Gaussian models only, and the family is 'poisson'; use method auto, laplace or agq.",
      ],
      "a bootstrap's draws twice": [
        "Error: --draws and --resamples are one option under two names. Give one of them.",
      ],
      "a column twice in the file": [
        "Error: twice.csv: the header names 'y' 2 times (columns 1, 3). Give every column its own name.",
      ],
      "a comparison of averages as a coding": [
        "Error: --contrasts is the coding of a factor, as --contrasts dose=sum, and 'pairwise' compares averages: write --compare pairwise of 'marginalia average'.",
      ],
      "a comparison spelt wrong": [
        "Error: --compare cannot be 'pairwize'; did you mean 'pairwise'? Use none, reference, sequential, pairwise, polynomial, effects, deletion-effects or helmert.",
      ],
      "a grid column spelt wrong": [
        "Error: "gg" of --by is no column of the table: its columns are "y", "x", "n", "count", "g" and 5 more.",
      ],
      "a method spelt wrong": [
        "Error: There is no method 'laplas'; did you mean 'laplace'? Use ml, reml, laplace, agq:K (K nodes, as agq:25), pql, lindstrom-bates, gee:exchangeable (or another working correlation) or auto.",
      ],
      "a prior spelt wrong": [
        "Error: The prior "sigma=halfNorml(1)" cannot be read: there is no distribution "halfNorml"; did you mean halfNormal? Write CLASS=DISTRIBUTION(numbers) or CLASS:NAME=DISTRIBUTION(numbers), as "fixed=normal(0, 2.5)" or "sd:Subject.Days=halfNormal(20)".",
      ],
      "a random intercept for every row": [
        "Error: The random term (1 | text) has 12 random effects for 12 rows; with a Gaussian response they cannot be told from the residual. Use a simpler term.",
      ],
      "a working correlation spelt wrong": [
        "Error: There is no working correlation 'exchangable'; did you mean 'exchangeable'? Choose one of independence, exchangeable, ar1, stationary, unstructured, mdependent:LAGS, as --method gee:exchangeable.",
      ],
      "agq:0": [
        "Error: --method agq needs a whole number of nodes of at least 1, not '0'. Write, for example, agq:25.",
      ],
      "arithmetic on text": [
        "Error: The column g holds text (row 1: "a") where numbers are needed.",
      ],
      "binomial counts without trials": [
        "Error: The binomial response y is 2 in row 3: without trials it must be 0 or 1. Counts need "y | trials(n)"; two codes for failure and success need --factor column=failure,success.",
      ],
      "column without values": [
        "Error: The column empty has no value that is not missing.",
      ],
      "contrasts of one average": [
        "Error: --compare pairwise compares averages at the levels of a column, and there is one average only: name a column by --by or --at, or leave --compare out.",
      ],
      "contrasts that there are not": [
        "Error: --estimand cannot be 'marginal'. Use population, typical or conditional.",
        "Error: --compare cannot be 'all'. Use none, reference, sequential, pairwise, polynomial, effects, deletion-effects or helmert.",
        "Error: --conf-level must lie between 0 and 1 (exclusive), not '95'.",
      ],
      "counts that are not whole": [
        "Error: Row 4 of column 'count' is 1.5: a Poisson response must be a whole number of 0 or more.",
      ],
      "decimal commas read as text": [
        "Error: The column y mixes numbers with a decimal comma and text: row 4 holds "1.5" where a number is needed; correct it, and read the file with --decimal , where that is its mark.",
      ],
      "decimal points where commas are declared": [
        "Error: The column y holds its numbers as text (row 1: "1.5"), but numbers are needed; convert it first, or where it was read from a file, leave out what makes it text (--decimal, --text).",
      ],
      "empty file": [
        "Error: The file 'empty.csv' is empty. Its first line must name the columns.",
      ],
      "empty table": [
        "Error: The table has no rows.",
      ],
      "factor of an unknown column": [
        "Error: The table has no column gg; its columns are y, x, n, count, g, h, one, text, w, empty.",
      ],
      "factor without levels": [
        "Error: --factor 'g' does not have the form NAME=VALUE. Write, for example, --factor dose=low,high.",
      ],
      "file not found": [
        "Error: There is no file 'absent.csv'. Check the name and the folder it is read from.",
      ],
      "formula with an unknown function": [
        "Error: The formula calls system(), which is not allowed in a formula; the functions are I, log, log2, log10, log1p, exp, expm1, sqrt, abs, sin, cos, tan, tanh, atan, plogis, pnorm, poly, scale, factor. Compute anything else as a column of the table first.",
      ],
      "formula with code in it": [
        "Error: The formula calls process.exit(), which is not allowed in a formula; the functions are I, log, log2, log10, log1p, exp, expm1, sqrt, abs, sin, cos, tan, tanh, atan, plogis, pnorm, poly, scale, factor. Compute anything else as a column of the table first.",
      ],
      "formula without a response": [
        "Error: The model has no response: add .response("y"), or write it on the left of "~" in the formula.",
      ],
      "frequency weights of text": [
        "Error: The column g holds text (row 1: "a") where numbers are needed.",
      ],
      "gamma response of zero": [
        "Error: Row 1 of column 'y' is 0 (row 4 is 0 and row 7 is 0, and so on for 1 more): a gamma response must be a number above 0.",
      ],
      "grid of an unknown column": [
        "Error: "z" of --by is no column of the table: its columns are "y", "x", "n", "count", "g" and 5 more.",
      ],
      "grid value that is no number": [
        "Error: The column "x" is numeric and --at asks for "low": give numbers, or one of "mean", "median", "min", "max", "range", "quartiles" or "fivenum".",
      ],
      "group with one level": [
        "Error: The grouping factor one has only one level in the used rows ("same"); a random term needs at least two groups.",
      ],
      "level not in the user's list": [
        "Error: The column g holds "c" in row 3, which is not among its declared levels a, b.",
      ],
      "missing values where they are an error": [
        "Error: The column x has 1 missing value (row 7); fill or remove them, or use --missing omit.",
      ],
      "more random effects than rows": [
        "Error: The random term (g + x + g:x | h) has 18 random effects for 12 rows; with a Gaussian response they cannot be told from the residual. Use a simpler term.",
      ],
      "negative counts": [
        "Error: Row 3 of column 'count' is -2: a Poisson response must be a whole number of 0 or more.",
      ],
      "negative weights": [
        "Error: The weights w are -1 in row 3; weights cannot be negative.",
      ],
      "new data with a group not seen": [
        "Error: Row 1 of the new data has a level of "g" that the fit has not seen ("zz"), so there is no conditional prediction: pass --new-levels new-group to draw their effects, "population" to integrate over them, "resampled" to take those of groups of the fit, or "zero"; or ask for --estimand population.",
      ],
      "new data without a column": [
        "Error: The table has no column count; its columns are x, g.",
      ],
      "no chains": [
        "Error: --chains must be a whole number of at least 1, not '0'.",
      ],
      "no formula": [
        "Error: No formula was given. Add one, as in --formula "y ~ x + (1 | group)".",
      ],
      "no table": [
        "Error: No table was named. Give a CSV file after the command, as in 'marginalia fit data.csv --formula "y ~ x"'.",
      ],
      "one decimal point among commas": [
        "Error: The column y mixes numbers with a decimal comma and text: row 4 holds "1.5" where a number is needed; correct it, and read the file with --decimal , where that is its mark.",
      ],
      "one-level factor": [
        "Error: The factor one has only one level in the used rows ("same"); leave it out of the model.",
      ],
      "prior on a parameter there is none of": [
        "Error: There is a prior for sd:h, but the model has no standard deviation of random effects of that name; it has "g.(Intercept)", "g".",
      ],
      "prior sd of zero": [
        "Error: The prior normal(…) was given sd = 0; it must be a finite number above 0.",
      ],
      "prior with negative values on an sd": [
        "Error: The prior lkj(2) does not suit sd, which is positive; use halfNormal, halfStudentT, halfCauchy, exponential, pcSd, gamma, lognormal, weibull, inverseGamma, inverseGammaVariance, uniform or flat.",
      ],
      "quadrature for a Gaussian model": [
        "Error: A Gaussian model with identity link has an exact likelihood; quadrature is not needed. Use method reml or ml.",
      ],
      "quadrature with crossed terms": [
        "Error: Adaptive Gauss-Hermite quadrature with 5 nodes needs one grouping factor, but the random terms have 2 (g, h); use Laplace's approximation, --method laplace, or keep the terms of one factor only.",
      ],
      "ragged CSV": [
        "Error: ragged.csv, line 14: 3 fields where the header names 10 columns. Leave the fields of missing values empty but keep their delimiters, or check the delimiter.",
      ],
      "response above trials": [
        "Error: The response y is 9 in row 5, above its 4 trials.",
      ],
      "several faults at once": [
        "Error: --method agq needs a whole number of nodes of at least 1, not '0'. Write, for example, agq:25.",
        "Error: The table has no column yy; its columns are y, x, n, count, g, h, one, text, w, empty.",
        "Error: The table has no column xx; its columns are y, x, n, count, g, h, one, text, w, empty.",
        "Error: The table has no column gg; its columns are y, x, n, count, g, h, one, text, w, empty.",
        "Error: The table has no column ww; its columns are y, x, n, count, g, h, one, text, w, empty.",
      ],
      "syntax error in the formula": [
        "Error: The formula cannot be read at position 11: a column, a number or "(" was expected, but "*" was found.",
      ],
      "text where numbers belong": [
        "Error: The column text mixes numbers and text: row 6 holds "abc" where a number is needed.",
      ],
      "trials column missing": [
        "Error: The table has no column size; its columns are y, x, n, count, g, h, one, text, w, empty.",
      ],
      "two forms of output": [
        "Error: --json and --csv are two forms of one output. Give one of them.",
      ],
      "unclosed parenthesis": [
        "Error: The formula cannot be read at position 15: ")" was expected, but the end of the formula was found.",
      ],
      "unclosed quote": [
        "Error: quote.csv, line 2: a quoted field opens here and never closes. Close the quote, and double every quote inside a quoted field.",
      ],
      "unknown column": [
        "Error: The table has no column xx; its columns are y, x, n, count, g, h, one, text, w, empty.",
      ],
      "unknown contrast": [
        "Error: The coding of g of --contrasts must be "treatment", "sum", "helmert" or "poly", not "dummy".",
      ],
      "unknown distribution of a prior": [
        "Error: The prior "fixed=gauss(0,1)" cannot be read: there is no distribution "gauss"; there are normal, studentT, cauchy, doubleExponential, logistic, uniform, halfNormal, halfStudentT, halfCauchy, exponential, pcSd, gamma, lognormal, weibull, inverseGamma, inverseGammaVariance, beta, lkj, horseshoe, R2D2, flat. Write CLASS=DISTRIBUTION(numbers) or CLASS:NAME=DISTRIBUTION(numbers), as "fixed=normal(0, 2.5)" or "sd:Subject.Days=halfNormal(20)".",
      ],
      "unknown family": [
        "Error: There is no family 'poison'; did you mean 'poisson'? Use one of 'gaussian', 'binomial', 'poisson', 'nbinom2', 'nbinom1', 'Gamma', 'beta', 'cumulative'.",
      ],
      "unknown grouping column": [
        "Error: The table has no column group; its columns are y, x, n, count, g, h, one, text, w, empty.",
      ],
      "unknown link": [
        "Error: Family 'binomial' has no link 'loglog': use 'logit' or 'probit' or 'cloglog' or 'cauchit'.",
      ],
      "unknown method": [
        "Error: There is no method 'mcmc'. Use ml, reml, laplace, agq:K (K nodes, as agq:25), pql, lindstrom-bates, gee:exchangeable (or another working correlation) or auto.",
      ],
      "unknown missing policy": [
        "Error: The policy of --missing must be "omit" or "error", not "impute".",
      ],
      "unknown option": [
        "Error: There is no option '--formla'. Did you mean '--formula'?",
        "Error: No formula was given. Add one, as in --formula "y ~ x + (1 | group)".",
      ],
      "unknown prior class": [
        "Error: The prior "slope=normal(0,1)" cannot be read: there is no parameter class "slope"; the classes are fixed, sd, cor, sigma, threshold, aux. Write CLASS=DISTRIBUTION(numbers) or CLASS:NAME=DISTRIBUTION(numbers), as "fixed=normal(0, 2.5)" or "sd:Subject.Days=halfNormal(20)".",
      ],
      "unknown sampler": [
        "Error: --sampler cannot be 'slice'. Use nuts, hmc or gibbs.",
      ],
      "unquoted formula": [
        "Error: '~' is one argument too many. Quote a formula, and give every option its flag.",
        "Error: 'x' is one argument too many. Quote a formula, and give every option its flag.",
        "Error: The formula "y" has no "~": write the response, "~" and the predictors, as "y ~ x + (1 | group)".",
      ],
    }
  `);
});
