/** What simulates or draws rows is not of rows that count several times. */
import { expect, it } from "vitest";
import { diagnose } from "../../src/checks/diagnose.ts";
import { residualTests } from "../../src/checks/residual-tests.ts";
import { anova } from "../../src/compare/anova.ts";
import { drop1 } from "../../src/compare/drop-add.ts";
import { scoreTest } from "../../src/compare/score-test.ts";
import { bootstrap } from "../../src/effects/bootstrap/bootstrap.ts";
import { ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";

const rng = createRng(3);
const rows = Array.from({ length: 40 }, (_, i) => i);
const effects = Array.from({ length: 8 }, () => rng.normal());
const x = rows.map(() => rng.normal());
const data = {
  x,
  g: rows.map((i) => `g${i % 8}`),
  y: rows.map((i) => 1 + 0.5 * x[i]! + effects[i % 8]! + rng.normal()),
  f: rows.map((i) => 1 + (i % 3)),
  one: rows.map(() => 1),
};
const fitted = (formula: string, weights: "f" | "one") =>
  model(data).formula(formula).frequencyWeights(weights).fit(ml());

it("is refused with the function, the column and what to do", async () => {
  const [small, large] = [await fitted("y ~ 1 + (1 | g)", "f"), await fitted("y ~ x + (1 | g)", "f")];
  const plain = await fitted("y ~ x", "f");
  const refused: [() => unknown, string][] = [
    [() => drop1(large, { test: "bootstrap", draws: 9 }), 'drop1() with test: "bootstrap"'],
    [() => anova({ small, large }, { test: "bootstrap", draws: 9 }), 'anova() with test: "bootstrap"'],
    ...(["parametric", "residual", "nested"] as const).map((kind): [() => unknown, string] => [
      () => bootstrap(large, { kind, draws: 2 }),
      `bootstrap() of kind "${kind}"`,
    ]),
    [() => residualTests(large), "residualTests()"],
    [() => scoreTest(plain, "(1 | g)"), "scoreTest() of a variance"],
  ];
  for (const [act, what] of refused) {
    expect(act).toThrow(`${what} would draw one response or row`);
    expect(act).toThrow('the frequency weights "f" say');
    expect(act).toThrow("write the rows out");
  }
  expect(bootstrap(large, { kind: "cluster", draws: 2 }).rows.length).toBeGreaterThan(0);
  const note = diagnose(large).findings.find(({ check }) => check === "simulation")!;
  expect(note.status).toBe("note");
  expect(note.message).toContain('"f"');
});

it("is done where each row counts once", async () => {
  const fit = await fitted("y ~ x + (1 | g)", "one");
  expect(residualTests(fit, { draws: 19 }).rows.length).toBeGreaterThan(0);
  expect(bootstrap(fit, { kind: "parametric", draws: 2 }).rows.length).toBeGreaterThan(0);
});
