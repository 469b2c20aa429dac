import { describe, expect, test } from "vitest";
import { populationAverage } from "../../src/effects/population-average.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { model, modelFromJSON } from "../../src/model-builder.ts";
import { predict } from "../../src/prediction/predict.ts";
import { normal } from "../../src/priors/distributions.ts";

const NAMES = ["constructor", "toString", "hasOwnProperty", "valueOf", "__proto__"];
const y = [1, 2, 1.5, 2.5, 1.2, 2.9, 1.7, 2.2];
const table = (name: string, values: readonly unknown[]) =>
  Object.fromEntries([
    ["y", y],
    ["x", y.map((_, i) => (i * 3) % 5)],
    [name, values],
  ]) as { y: number[] };
const letters = [..."abababab"];
const groups = [..."ppqqrrss"];
const numbers = [1, 5, 2, 8, 3, 3, 1, 4];

describe.each(NAMES)("a column named %s", (name) => {
  const written = name.startsWith("_") ? `\`${name}\`` : name;
  test("is a factor, by itself and declared", async () => {
    const fit = await model(table(name, letters)).formula(`y ~ ${written}`).fit();
    expect(fit.tidy()[1]!.term).toBe(`${written}b`);
    const averages = populationAverage(fit, { by: name, contrasts: "reference" });
    expect(averages.rows.map((row) => row[name])).toContain("b");
    expect(averages.contrasts[0]![name]).toBe("b vs a");
    const declared = model(table(name, letters))
      .factor(name as never, ["b", "a"])
      .contrasts(name as never, "sum");
    const again = await modelFromJSON(
      JSON.stringify(declared.formula(`y ~ ${written}`).spec),
      table(name, letters),
    ).fit();
    expect(again.tidy()[1]!.term).toBe(`${written}1`);
    // of REML's likelihood half the squared scale of the coding
    expect(again.logLik).toBeCloseTo(fit.logLik - Math.log(2), 10);
  });

  test("is a covariate, inside functions too, and a response", async () => {
    const fit = await model(table(name, numbers)).formula(`y ~ log(${written}) + poly(${written}, 2)`).fit();
    expect(fit.tidy()[1]!.term).toBe(`log(${written})`);
    const response = await model(table(name, numbers))
      .formula(`${written} ~ x` as string)
      .fit();
    expect(response.tidy()[1]!.term).toBe("x");
  });

  test("is a grouping factor of a fit that is saved, and predicts", async () => {
    const declared = model(table(name, groups))
      .formula(`y ~ x + (1 | ${written})` as string)
      .prior(`sd:${name}` as never, normal(0, 1));
    const fit = await declared.fit();
    expect(fit.ranef()[0]!.group).toBe(name);
    const loaded = await loadFit(JSON.parse(JSON.stringify(saveFit(fit))));
    const newdata = Object.fromEntries([
      ["x", [1]],
      [name, ["q"]],
    ]) as { x: number[] };
    expect(predict(loaded as never, { newdata }).rows[0]!.estimate).toBe(predict(fit, { newdata }).rows[0]!.estimate);
  });

  test("is a level", async () => {
    const fit = await model(
      table(
        "g",
        groups.map((g) => (g === "p" ? name : g)),
      ),
    )
      .formula("y ~ g + (1 | g)" as string)
      .fit();
    expect(fit.ranef().map(({ level }) => level)).toContain(name);
  });

  test("that is absent is named", () => {
    expect(() => model({ y }).formula(`y ~ ${written}`).compile()).toThrow(`no column ${name}`);
    expect(() => model({ y }).formula(`y ~ ${written}(y)`)).toThrow(name);
  });
});
