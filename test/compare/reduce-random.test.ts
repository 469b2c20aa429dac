import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { reduceRandom } from "../../src/compare/reduce-random.ts";
import { laplace, ml, reml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { handMadePosterior } from "../prediction/hand-made-fits.ts";

const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url);
const reference = JSON.parse(readFileSync(fixture("tests/ranova.json"), "utf8"));
const declared = async (name: string, formula: string) =>
  model((await readColumns(fixture(`reference/${name}.csv`))).columns as object as Record<string, number[]>).formula(
    formula,
  );
const relative = (value: number | null, wanted: number) => Math.abs(value! / wanted - 1);

describe("reduceRandom", () => {
  it("leaves out correlations, then slopes, with lmerTest's likelihood ratios", async () => {
    const fit = await (await declared("sleepstudy", "Reaction ~ Days + (Days | Subject)")).fit(reml());
    const reduced = reduceRandom(fit);
    const [maximal, correlations, slope] = reduced.rows;
    expect(reduced.rows.map(({ step, verdict }) => `${step} ${verdict}`)).toEqual([
      "0 maximal",
      "1 left out",
      "2 kept",
    ]);
    expect(maximal!.statistic).toBeNull();
    const wanted = reference.sleepstudy;
    for (const key of ["df", "p_value", "AIC", "BIC"] as const)
      expect(relative(correlations![key], wanted.correlations[key])).toBeLessThan(1e-5);
    expect(correlations!.statistic).toBeCloseTo(wanted.correlations.statistic, 5);
    expect(relative(slope!.statistic, wanted.slope.statistic)).toBeLessThan(1e-5);
    // a variance at 0: half of the plain χ²'s tail
    expect(relative(slope!.p_value, wanted.slope.p_chisq / 2)).toBeLessThan(1e-4);
    expect(slope!.left_out).toBe("Days in (Days || Subject)");
    expect(reduced.formula).toBe("Reaction ~ Days + (Days || Subject)");
    expect(reduced.fit.restricted).toBe(true);
    expect(String(reduced)).toMatch(
      /left out \(p > 0\.05\)[\s\S]*Last model: Reaction ~ Days \+ \(Days \|\| Subject\)/,
    );
    expect(reduceRandom(fit, { criterion: "BIC" }).formula).toBe(reduced.formula);
    expect(() => reduceRandom(fit, { criterion: "AIC", alpha: 0.1 })).toThrow(/alpha is the level/);
  });

  it("keeps what is needed, of a factor's effects and of nested groups", async () => {
    const fit = await (await declared("Machines", "score ~ Machine + (0 + Machine | Worker)")).fit(reml());
    const { rows, formula, warnings } = reduceRandom(fit);
    expect(rows.map(({ verdict }) => verdict)).toEqual(["maximal", "kept", "kept"]);
    expect(relative(rows[2]!.statistic, reference.machines.statistic)).toBeLessThan(1e-5);
    expect(rows[2]!.formula).toBe("score ~ Machine + (1 | Worker)");
    expect(formula).toBe(fit.formula);
    expect(warnings.map(({ code }) => code)).not.toContain("anova-not-nested");
    const nested = await (await declared("Machines", "score ~ Machine + (1 | Worker / Machine)")).fit(reml());
    const tests = reduceRandom(nested, { alpha: 0.001 }).rows;
    expect(tests.slice(1, 3).map(({ verdict }) => verdict)).toEqual(["left out", "kept"]);
    reference.nested.statistic.forEach((value: number, k: number) => {
      expect(relative(tests[k + 1]!.statistic, value)).toBeLessThan(1e-5);
      expect(relative(tests[k + 1]!.p_value, reference.nested.p_chisq[k] / 2)).toBeLessThan(1e-3);
    });
  });

  it("leaves out first what makes a fit singular", async () => {
    const fit = await (await declared("Dyestuff2", "Yield ~ 1 + (1 | Batch)")).fit(ml());
    const { rows, formula, fit: last } = reduceRandom(fit);
    expect(rows[1]).toMatchObject({ verdict: "left out", reason: "singular, nothing lost", p_value: 1 });
    expect(formula).toBe("Yield ~ 1");
    expect(last.logLik).toBeCloseTo(fit.logLik, 8);
    const slopes = "incidence | trials(size) ~ 1 + (period | herd)";
    const herds = await (await declared("cbpp", slopes)).family({ name: "binomial" }).fit(laplace());
    const keep = reduceRandom(herds, { criterion: "AIC", singular: "keep" });
    expect(keep.rows.every(({ reason }) => !reason.startsWith("singular"))).toBe(true);
  });

  it("refuses posteriors and models without random terms", async () => {
    const plain = await (await declared("sleepstudy", "Reaction ~ Days")).fit(ml());
    expect(() => reduceRandom(plain)).toThrow(/no random term that could be left out/);
    const fit = await (await declared("sleepstudy", "Reaction ~ Days + (1 | Subject)")).fit(ml());
    expect(() => reduceRandom(handMadePosterior(fit.model, [[...fit.estimate]], []))).toThrow(/compares likelihoods/);
  });
});
