import { afterAll, expect, it } from "vitest";
import { folderOf, runHere } from "./run-cli.ts";

const table = `school,y,se,v
A,28,15,225
B,8,10,100
C,-3,16,256
D,7,11,121
E,-1,9,81
F,1,11,121
G,18,10,100
H,12,18,324
`;
const files = folderOf({
  "schools.csv": table,
  "zero.csv": table.replace("C,-3,16,256", "C,-3,16,0"),
  "new.csv": "school\nZ\n",
});
afterAll(() => files.remove());
const at = (name: string) => `${files.path}/${name}`;
const declared = [at("schools.csv"), "--formula", "y ~ 1 + (1 | school)", "--known-variance", "v"];

it("--known-variance takes a column or arithmetic, and the formula se()", async () => {
  const ways = [
    declared,
    [...declared.slice(0, -1), "se^2"],
    [at("schools.csv"), "--formula", "y | se(se) ~ 1 + (1 | school)"],
  ];
  for (const args of ways) {
    const { status, stdout, stderr } = await runHere(["fit", ...args, "--method", "ml", "--json"]);
    expect(status, stderr).toBe(0);
    const { tidy, glance } = JSON.parse(stdout);
    expect(tidy.map((row: { term: string }) => row.term)).toEqual(["(Intercept)", "sd__(Intercept)"]);
    // metafor 3.8-1: rma(y, v, method = "ML")
    expect(glance.logLik).toBeCloseTo(-29.674243688, 8);
  }
});

it("sample and predict know it too", async () => {
  const quick = ["--chains", "1", "--warmup", "100", "--draws", "100", "--seed", "cli", "--serial"];
  const sampled = await runHere(["sample", ...declared, "--prior", "sd=halfCauchy(5)", ...quick]);
  expect(sampled.status, sampled.stderr).toBe(0);
  expect(sampled.stdout).toContain("Variance: known, v");
  const mean = await runHere(["predict", ...declared, "--newdata", at("new.csv"), "--estimand", "population"]);
  expect(mean.status, mean.stderr).toBe(0);
  const drawn = await runHere([
    ...["predict", ...declared, "--newdata", at("new.csv"), "--estimand", "population", "--type", "simulate"],
  ]);
  expect(drawn.status).toBe(2);
  expect(drawn.stderr).toContain("the new data have no column v");
});

it("says what is wrong", async () => {
  const bad = async (...args: string[]) => {
    const { status, stderr } = await runHere(args);
    expect(status).toBe(2);
    return stderr;
  };
  expect(await bad("fit", at("zero.csv"), ...declared.slice(1))).toContain("The known variance v is 0 in row 3;");
  expect(await bad("fit", ...declared.slice(0, -1), "w")).toContain("The table has no column w");
  expect(await bad("fit", ...declared, "--weights", "se")).toContain("keep one of the two");
  expect(await bad("fit", ...declared.slice(0, -1), "")).toContain("Known variances need a column");
});
