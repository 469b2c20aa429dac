/** Fits against R's nlme on its own tables: log-likelihood, coefficients, their errors, residual parameters. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fitModel } from "../../src/frequentist/fit-model.ts";
import { ml, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readTable } from "../../src/node/index.ts";

interface Case {
  readonly table: string;
  readonly fixed: string;
  readonly random: string;
  readonly variance: string;
  readonly correlation: string;
  readonly method: "ML" | "REML";
  readonly logLik: number;
  readonly sigma: number;
  readonly fixedEffects: readonly number[];
  readonly errors: readonly number[];
  readonly correlationCoef: readonly number[];
  readonly varianceCoef: readonly number[];
  readonly fitted5: readonly number[];
}

const here = new URL("../fixtures/residual/", import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL("nlme.json", here), "utf8")) as { cases: Case[] };
const places: Record<string, URL> = {
  Ovary: new URL("Ovary.csv", here),
  BodyWeight: new URL("BodyWeight.csv", here),
  Orthodont: new URL("../reference/Orthodont.csv", here),
};

async function declared({ table, fixed, random, variance, correlation }: Case) {
  let builder = model(await readTable(places[table]!.pathname)).formula(random === "" ? fixed : `${fixed} + ${random}`);
  if (table === "BodyWeight") builder = builder.factor("Diet", [1, 2, 3]);
  if (table === "Orthodont") builder = builder.factor("Sex", ["Male", "Female"]);
  // the visits of Orthodont are its ages 8, 10, 12, 14
  return builder.residual({
    ...(variance && { variance }),
    ...(correlation && { correlation: correlation.replace("~ visit", "~ age") }),
  });
}

describe.each(cases)("$table $random $variance $correlation $method", (reference) => {
  it("agrees with nlme", async () => {
    const fit = fitModel((await declared(reference)).compile(), reference.method === "ML" ? ml() : reml());
    expect(fit.verdict.code).toBe("converged");
    const fitted = reference.variance.includes("fitted");
    const shortOf = fit.logLik - reference.logLik;
    // nlme may stop early, never late: a higher likelihood of the same criterion is no fault, but it may not be much higher
    expect(shortOf).toBeGreaterThan(fitted ? -1e-4 : -2e-6);
    expect(shortOf).toBeLessThan(fitted ? 1e-4 : 2e-5);

    const rows = fit.tidy();
    const fixed = rows.filter(({ effect }) => effect === "fixed");
    expect(fixed).toHaveLength(reference.fixedEffects.length);
    fixed.forEach(({ estimate, std_error }, j) => {
      expect(Math.abs(estimate - reference.fixedEffects[j]!)).toBeLessThan(2e-3 * reference.errors[j]!);
      expect(Math.abs(std_error! / reference.errors[j]! - 1)).toBeLessThan(2e-3);
    });
    const strata = reference.variance.includes("varIdent");
    const residual = rows.filter(({ group, term }) => group === "Residual" && !term.startsWith("sd__"));
    const correlations = residual.filter(({ term }) => term.startsWith("cor")).map(({ estimate }) => estimate);
    expect(correlations).toHaveLength(reference.correlationCoef.length);
    const near = (value: number, wanted: number) =>
      expect(Math.abs(value - wanted)).toBeLessThan(5e-3 * Math.max(0.2, Math.abs(wanted)));
    correlations.forEach((value, k) => void near(value, reference.correlationCoef[k]!));
    // nlme's baseline is the stratum of the first row, here it is the first level
    if (strata) return;
    expect(Math.abs(fit.glance().sigma! / reference.sigma - 1)).toBeLessThan(3e-3);
    const variances = residual.filter(({ term }) => term.startsWith("var")).map(({ estimate }) => estimate);
    expect(variances).toHaveLength(reference.varianceCoef.length);
    variances.forEach((value, k) => void near(value, reference.varianceCoef[k]!));
  });
});
