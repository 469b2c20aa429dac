import { expect, it } from "vitest";
import { anova } from "../../src/compare/anova.ts";
import { confint } from "../../src/effects/confint.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { createRng } from "../../src/random/rng.ts";

const rng = createRng(5);
const n = 60;
const g = Array.from({ length: n }, (_, i) => `g${i % 10}`);
const A = Array.from({ length: n }, (_, i) => "abc"[Math.floor(i / 20)]!);
const x = Array.from({ length: n }, () => 0.1 * rng.normal());
const y = x.map((value, i) => 3 * value + (i % 10) / 5 + rng.normal());
const fit = (columns: object) =>
  model(columns as Record<string, number[]>)
    .formula("y ~ A * x + (1 | g)")
    .fit();
const rows = async (columns: object) => anova(await fit(columns), { type: 3 }).rows;

it("tests of terms far from an origin have their degrees of freedom, and those that do not depend on it are the same", async () => {
  const near = await rows({ y, A, x, g });
  const far = await rows({ y, A, x: x.map((value) => value + 1e7), g });
  expect(far.map(({ num_df }) => num_df)).toEqual([2, 1, 2]);
  for (const k of [1, 2])
    for (const name of ["statistic", "den_df", "p_value"] as const)
      expect(far[k]![name]! / near[k]![name]!).toBeCloseTo(1, 4);
});

it("nothing is tested of a constant response, whose errors are rounding", async () => {
  const fitted = await fit({ y: y.map(() => 3), A, x, g });
  const tidy = fitted.tidy().filter(({ effect }) => effect === "fixed");
  for (const { estimate, std_error, p_value } of tidy.slice(1)) {
    expect(Math.abs(estimate)).toBeLessThan(1e-12);
    expect([std_error, p_value]).toEqual([null, null]);
  }
  for (const { p_value } of anova(fitted, { type: 3 }).rows) expect(p_value ?? null).toBeNull();
});

it("a mean without terms is said to have none, and a list of no parameters is refused", async () => {
  const fitted = await model({ y, g } as object as Record<string, number[]>)
    .formula("y ~ 1 + (1 | g)")
    .fit();
  const tests = anova(fitted, { type: 3 });
  expect(tests.rows).toEqual([]);
  expect(String(tests)).toMatch(/no terms to test/);
  expect(() => confint(fitted, { which: [] })).toThrow(/at least one name/);
});

it("type III with an empty cell is of the estimable functions of SAS and lmerTest, whichever factor comes first", async () => {
  const path = new URL("../fixtures/tests/empty-cell.csv", import.meta.url);
  const { columns } = await readColumns(path);
  const sines = Array.from({ length: 64 }, (_, i) => Math.round(1000 * Math.sin(i + 1)) / 1000);
  const table = { ...columns, x: sines.slice(0, Object.values(columns)[0]!.length) } as object as Record<
    string,
    number[]
  >;
  // lmerTest 3.1: anova(lmer(y ~ soil * crop + soil:x + (1 | farm)), type = 3), and so on
  for (const [terms, wanted] of [
    ["soil * crop", { soil: [2, 68.33321], crop: [2, 4.57998], "soil:crop": [3, 13.10825] }],
    ["crop * soil", { crop: [2, 4.57998], soil: [2, 68.33321], "crop:soil": [3, 13.10825] }],
    [
      "soil * crop + soil:x",
      { soil: [2, 69.39461], crop: [2, 4.31374], "soil:crop": [3, 13.01441], "soil:x": [3, 1.19619] },
    ],
  ] as const) {
    const fitted = await model(table).formula(`y ~ ${terms} + (1 | farm)`).fit();
    const { rows: found, warnings } = anova(fitted, { type: 3 });
    expect(warnings.map(({ code }) => code)).toEqual(["anova-empty-cells"]);
    expect(found.map(({ term }) => term)).toEqual(Object.keys(wanted));
    found.forEach(({ num_df, statistic }, k) => {
      const [df, F] = Object.values(wanted)[k]!;
      expect(num_df).toBe(df);
      expect(statistic! / F).toBeCloseTo(1, 4);
    });
  }
  expect(anova(await fit({ y, A, x, g }), { type: 3 }).warnings).toEqual([]);
});
