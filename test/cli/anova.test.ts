import { expect, it } from "vitest";
import { runHere } from "./run-cli.ts";

const declared = ["anova", "examples/data/sleepstudy.csv", "--formula", "Reaction ~ Days + (1 | Subject)"];
const smaller = ["--null", "Reaction ~ 1 + (1 | Subject)", "--method", "ml"];

it("refuses flags that the tests asked for do not read, all at once", async () => {
  const terms = await runHere([...declared, "--type", "3", "--test", "exact", "--draws", "10", "--seed", "a"]);
  expect(terms.status).toBe(2);
  for (const flag of ["--test", "--draws", "--seed"])
    expect(terms.stderr).toContain(`${flag} says nothing without --null. Add one of them, or leave it out.`);
  const models = await runHere([...declared, ...smaller, "--type", "3", "--ddf", "kenward-roger", "--resamples", "9"]);
  expect(models.status).toBe(2);
  expect(models.stderr).toContain("--type says nothing beside --null. Leave one of them out.");
  expect(models.stderr).toContain("--ddf says nothing beside --null. Leave one of them out.");
  expect(models.stderr).toContain("--resamples says nothing without --test bootstrap or --test exact.");
  const tested = await runHere([...declared, ...smaller]);
  expect(tested.status).toBe(0);
  expect(tested.stdout).toMatch(/npar.*logLik.*Chisq/);
});
