import { afterAll, beforeAll, expect, it } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { type CliResult, folderOf, runCli } from "./run-cli.ts";

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
  "unknown sampler": ["sample", "t.csv", "--formula", "y ~ x + (1 | g)", "--sampler", "gibbs"],
  "grid of an unknown column": ["average", "t.csv", "--formula", "y ~ x + (1 | g)", "--by", "z"],
  "grid value that is no number": ["average", "t.csv", "--formula", "y ~ x + (1 | g)", "--at", "x=low"],
  "no grid": ["average", "t.csv", "--formula", "y ~ x + (1 | g)"],
  "new data without a column": ["predict", "t.csv", "--formula", "y ~ x + count + (1 | g)", "--newdata", "new.csv"],
  "new data with a group not seen": ["predict", "t.csv", "--formula", "y ~ x + (1 | g)", "--newdata", "new.csv"],
};

/** Runs the program in this process, from the folder of the tables. */
async function runHere(args: readonly string[]): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  const out = (text: string) => {
    stdout += text;
  };
  const err = (text: string) => {
    stderr += text;
  };
  const status = await runProgram(args, { out, err, colour: false, terminal: false });
  return { status, stdout, stderr };
}

const results = new Map<string, CliResult>();
beforeAll(async () => {
  const home = process.cwd();
  process.chdir(files.path);
  try {
    for (const [name, args] of Object.entries(inputs)) results.set(name, await runHere(args));
  } finally {
    process.chdir(home);
  }
}, 60_000);

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
  expect(messages).toMatchInlineSnapshot();
});
