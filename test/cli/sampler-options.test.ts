/** Flags of the sampler as the options they stand for. */
import { describe, expect, test } from "vitest";
import { readSamplingChoice } from "../../src/cli/sampler-options.ts";
import type { Issue } from "../../src/messages/issue.ts";
import { runHere } from "./run-cli.ts";

function read(flags: {
  readonly parameterisation?: readonly string[];
  readonly metric?: string;
  readonly target?: string;
  readonly prior?: readonly string[];
}) {
  const issues: Issue[] = [];
  const { sampler } = readSamplingChoice({ target: "joint", parameterisation: [], prior: [], ...flags }, issues);
  return { sampler, messages: issues.map(({ message }) => message) };
}

describe("--parameterisation", () => {
  test("for all terms, or term by term; not given: auto", () => {
    expect(read({}).sampler).toMatchObject({ parameterisation: "auto" });
    expect(read({ parameterisation: ["centred"] }).sampler).toMatchObject({ parameterisation: "centred" });
    expect(read({ parameterisation: ["herd=centred", "(1 | farm) = non-centred"] }).sampler).toMatchObject({
      parameterisation: { herd: "centred", "(1 | farm)": "non-centred" },
    });
  });

  test("faults, each a sentence", () => {
    expect(read({ parameterisation: ["centered"] }).messages).toEqual([
      "--parameterisation cannot be 'centered'; did you mean 'centred'? Use auto, centred or non-centred.",
    ]);
    expect(read({ parameterisation: ["herd=half"] }).messages[0]).toContain("cannot be 'half'");
    expect(read({ parameterisation: ["herd=centred", "farm"] }).messages[0]).toContain("herd=centred");
    expect(read({ target: "integrated", parameterisation: ["centred"] }).messages[0]).toContain("integrates them out");
  });

  test("reaches the fit, and a term that is not there is named", async () => {
    const args = (term: string) =>
      `sample examples/data/cbpp.csv --family binomial --target joint --chains 1 --warmup 20 --draws 10 --serial --parameterisation ${term}=centred`
        .split(" ")
        .concat("--formula", "cbind(incidence, size - incidence) ~ 1 + (1 | herd)");
    const wrong = await runHere(args("cow"));
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('The parameterisation is given for "cow", but the random terms are (1 | herd)');
    const right = await runHere(args("herd"));
    expect(right.status).toBe(0);
    expect(right.stdout).toContain("random effects sampled, centred");
  });
});

test("--prior of one target given twice is refused", () => {
  const prior = ["fixed:x=normal(0, 1)", "fixed=normal(0, 3)", "fixed:x=normal(0, 2)"];
  expect(read({ prior }).messages).toEqual(["The prior for fixed:x is declared more than once; keep one."]);
});

test("--metric", () => {
  expect(read({ metric: "low-rank" }).sampler).toMatchObject({ metric: "low-rank" });
  expect(read({}).sampler).toMatchObject({ metric: "auto" });
  expect(read({ metric: "round" }).messages).toEqual([
    "--metric cannot be 'round'. Use auto, diagonal, low-rank or dense.",
  ]);
});

test("shrinkage priors reach the fit", async () => {
  const { status, stdout } = await runHere(
    "sample examples/data/sleepstudy.csv --chains 1 --warmup 100 --draws 50 --serial --seed 1"
      .split(" ")
      .concat(
        "--formula",
        "Reaction ~ Days + (1 | Subject)",
        "--prior",
        "fixed=horseshoe(parRatio=0.5, scaleSlab=100)",
      ),
  );
  expect(status).toBe(0);
  for (const name of ["hs_global", "hs_slab"]) expect(stdout).toContain(name);
});
