import { expect, it } from "vitest";
import { bootstrapFailures } from "../../src/messages/gee.ts";
import { runHere } from "./run-cli.ts";

const declared = ["examples/data/sleepstudy.csv", "--formula"];

it("drop1 and add1 print rows, and refuse what they do not read", async () => {
  const dropped = await runHere(["drop1", ...declared, "Reaction ~ Days + (1 | Subject)", "--json"]);
  const { drop1 } = JSON.parse(dropped.stdout);
  expect(drop1.map(({ term }: { term: string }) => term)).toEqual(["<none>", "Days"]);
  expect(drop1[1].den_df).toBeCloseTo(161, 3);
  const small = [...declared, "Reaction ~ 1 + (1 | Subject)", "--method", "ml"];
  const added = await runHere(["add1", ...small, "--scope", "~ . + Days"]);
  expect(added.stdout).toMatch(/Terms added one at a time: likelihood-ratio tests[\s\S]*Days +1 +1802\.08 +116\.4624/);
  const without = await runHere(["add1", ...small, "--resamples", "5"]);
  expect(without.status).toBe(2);
  expect(without.stderr).toContain("--scope '~ . + x'");
  expect(without.stderr).toContain("--resamples says nothing without --test bootstrap");
});

it("reduce prints its steps, and refuses what it does not read", async () => {
  const maximal = [...declared, "Reaction ~ Days + (Days | Subject)"];
  const reduced = await runHere(["reduce", ...maximal, "--method", "ml", "--json"]);
  const { reduce, formula } = JSON.parse(reduced.stdout);
  expect(reduce.map(({ verdict }: { verdict: string }) => verdict)).toEqual(["maximal", "left out", "kept"]);
  expect(formula).toBe("Reaction ~ Days + (Days || Subject)");
  const refused = await runHere(["reduce", ...maximal, "--criterion", "AIC", "--alpha", "0.2"]);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("--alpha says nothing without --criterion LRT");
});

it("a warning that the printed table has is not printed again on stderr", async () => {
  const formula = ["--formula", "incidence | trials(size) ~ factor(period) + (1 | herd)", "--family", "binomial"];
  const resampled = ["--method", "laplace", "--statistic", "coefficients", "--resamples", "2"];
  for (const args of [
    ["anova", ...declared, "Reaction ~ Days + (Days | Subject)", "--null", "Reaction ~ 1 + (Days | Subject)"],
    ["bootstrap", "examples/data/cbpp.csv", ...formula, ...resampled],
  ]) {
    const { stdout, stderr } = await runHere(args);
    const said = [...stdout.matchAll(/Warning: (.*)/g)].map(([, message]) => message!);
    expect(said.length).toBeGreaterThan(0);
    for (const message of said) expect(stderr).not.toContain(message);
  }
});

it("failures of resamples are counted by their reasons", () => {
  const separation = "The fit did not converge: Separation: 3 of 9 rows are predicted perfectly.";
  const { message } = bootstrapFailures(
    [{ reason: separation }, { reason: "No maximum. Fit again." }, { reason: separation.replace("3", "4") }],
    50,
  );
  expect(message).toContain("3 of 50 resamples");
  expect(message).toContain("separation (2); No maximum (1).");
});

it("columns are looked for beside faults of the flags and the family; weights of averages are told from a column", async () => {
  const cbpp = "examples/data/cbpp.csv";
  const misspelt = ["--formula", "incidnce | trials(sze) ~ perod + (1 | hred)", "--family", "binom", "--ddf", "kr"];
  const { status, stderr } = await runHere(["fit", cbpp, ...misspelt]);
  expect(status).toBe(2);
  for (const said of ["--ddf cannot be 'kr'", "no family 'binom'", "incidnce", "sze", "perod", "hred"])
    expect(stderr).toContain(said);
  const average = ["average", cbpp, "--formula", "incidence | trials(size) ~ 1 + (1 | herd)", "--family", "binomial"];
  const { stderr: hint } = await runHere([...average, "--weights", "equal"]);
  expect(hint).toContain("did you mean --average-weights equal?");
});
