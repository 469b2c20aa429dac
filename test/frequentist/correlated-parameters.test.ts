/**
 * Random effects of several parameters of a distribution, correlated by (1 |p| g). Reference: the likelihood of each group as a sum over a fine grid of
 * its two effects, which no engine of the library takes part in.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseFormula } from "../../src/dsl/formula.ts";
import { agq, type DeclarationError, formulaOf, model, describe as statement } from "../../src/index.ts";
import { drawNames } from "../../src/public/exchange.ts";

const lines = readFileSync("examples/data/sleepstudy.csv", "utf8").trim().split("\n").slice(1);
const cells = lines.map((line) => line.replaceAll('"', "").split(","));
const table = {
  Reaction: cells.map((row) => Number(row.at(-3))),
  Days: cells.map((row) => Number(row.at(-2))),
  Subject: cells.map((row) => row.at(-1)!),
};
const declared = model(table).formula("Reaction ~ Days + (1 |p| Subject)").dispersion("~ 1 + (1 |p| Subject)");

interface Estimates {
  readonly beta: readonly number[];
  readonly gamma: number;
  readonly sd: readonly number[];
  readonly cor: number;
}

/** log ∫ Π N(y; β₀ + β₁x + b, exp(γ + c)²) N(b, c; 0, Σ), b and c on a grid of ±7 sds given c's own. */
function logLikelihoodOnGrid({ beta, gamma, sd, cor }: Estimates): number {
  let total = 0;
  for (const subject of new Set(table.Subject)) {
    const rows = table.Subject.flatMap((one, i) => (one === subject ? [i] : []));
    const residual = rows.map((i) => table.Reaction[i]! - beta[0]! - beta[1]! * table.Days[i]!);
    const sum = residual.reduce((s, r) => s + r, 0);
    const squares = residual.reduce((s, r) => s + r * r, 0);
    const n = rows.length;
    const step = 0.02;
    const values: number[] = [];
    for (let u = -6; u <= 6; u += step) {
      // given c the rows are normal with a common mean, so that the sum over b is a formula
      const sigma2 = Math.exp(2 * (gamma + sd[1]! * u));
      const mean = sd[0]! * cor * u;
      const tau2 = sd[0]! ** 2 * (1 - cor * cor);
      const centred = squares - 2 * mean * sum + n * mean * mean;
      const total1 = sum - n * mean;
      const quadratic = (centred - (total1 * total1 * tau2) / (sigma2 + n * tau2)) / sigma2;
      const logDeterminant = (n - 1) * Math.log(sigma2) + Math.log(sigma2 + n * tau2);
      values.push(-0.5 * (quadratic + logDeterminant + n * Math.log(2 * Math.PI) + u * u + Math.log(2 * Math.PI)));
    }
    const most = Math.max(...values);
    total += most + Math.log(values.reduce((s, v) => s + Math.exp(v - most), 0) * step);
  }
  return total;
}

describe("(1 |p| g)", () => {
  it("is one covariance across mean and dispersion, with the likelihood of a grid", async () => {
    const fit = await declared.fit(agq(21));
    const rows = fit.tidy();
    expect(rows.map(({ component, term }) => `${component} ${term}`)).toEqual([
      "cond (Intercept)",
      "cond Days",
      "disp (Intercept)",
      "cond sd__(Intercept)",
      "disp sd__(Intercept)",
      "cond cor__(Intercept).sigma_(Intercept)",
    ]);
    const [b0, b1, gamma, sd0, sd1, cor] = rows.map(({ estimate }) => estimate!) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const at = (estimates: Partial<Estimates> = {}) =>
      logLikelihoodOnGrid({ beta: [b0, b1], gamma, sd: [sd0, sd1], cor, ...estimates });
    expect(fit.logLik).toBeCloseTo(at(), 4);
    // and it is the maximum of that
    for (const shift of [-0.02, 0.02]) {
      expect(at({ cor: cor + shift })).toBeLessThan(at());
      expect(at({ sd: [sd0 * (1 + shift), sd1] })).toBeLessThan(at());
      expect(at({ sd: [sd0, sd1 * (1 + shift)] })).toBeLessThan(at());
    }
    expect(fit.ranef().filter(({ level }) => level === "308")).toMatchObject([
      { term: "(Intercept)" },
      { component: "disp", term: "(Intercept)" },
    ]);
    expect(fit.toString()).toContain("cor__(Intercept).sigma_(Intercept)");
    const [known, fresh] = fit.predict({
      newdata: { Days: [1, 1], Subject: ["308", "new"] },
      newLevels: "population",
    }).rows;
    expect(known!.estimate).not.toBe(fresh!.estimate);
  });

  it("has brms's names, a statement, and reads back", () => {
    const compiled = declared.compile();
    expect(drawNames(compiled)).toEqual([
      "b_Intercept",
      "b_Days",
      "b_sigma_Intercept",
      "sd_Subject__Intercept",
      "sd_Subject__sigma_Intercept",
      "cor_Subject__Intercept__sigma_Intercept",
    ]);
    expect(statement(declared.spec)).toContain("(b_Subject; b_Subject,2) ~ N(0, Σ_Subject)");
    expect(formulaOf(declared.spec)).toBe("Reaction ~ Days + (1 |p| Subject)");
    expect(parseFormula("~ (1 |p| g)").predictor.random[0]).toMatchObject({ id: "p", group: ["g"] });
  });

  it("is a plain term where nothing shares its name", async () => {
    const alone = model(table).formula("Reaction ~ Days + (Days |p| Subject)").compile();
    const plain = model(table).formula("Reaction ~ Days + (Days | Subject)").compile();
    expect(alone.design.random[0]!.Z).toEqual(plain.design.random[0]!.Z);
    expect(alone.design.random[0]!.predictors).toBeUndefined();
  });

  it("refuses several groups, structures, and what is no name", () => {
    const fault = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        return (error as DeclarationError).issues.map(({ message }) => message).join("\n");
      }
      return "";
    };
    const grouped = { ...table, half: table.Days.map((day) => (day < 5 ? "a" : "b")) };
    expect(
      fault(() => model(grouped).formula("Reaction ~ Days + (1 |p| Subject)").dispersion("~ (1 |p| half)").compile()),
    ).toMatch(/share \|p\|, but not their grouping factor/);
    expect(
      fault(() =>
        model(table).formula("Reaction ~ Days + cs(Days |p| Subject)").dispersion("~ (1 |p| Subject)").compile(),
      ),
    ).toMatch(/cs\(Days \|p\| Subject\) shares \|p\| with others/);
    expect(fault(() => model(table).formula("Reaction ~ Days + (1 |log(Days)| Subject)"))).toMatch(
      /one word, or a number/,
    );
  });
});
