/** coef(), vcov(), augment() and exponentiated tables, beside lme4 1.1-31 and pbkrtest 0.5.2 under R 4.2.2. */
import { describe, expect, it } from "vitest";
import { augment } from "../../src/effects/augment.ts";
import { coef } from "../../src/effects/coef.ts";
import { vcov } from "../../src/effects/vcov.ts";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { exchangeable, gee } from "../../src/frequentist/gee/method.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { ownDraws } from "../../src/model/own-numbers.ts";
import { model } from "../../src/model-builder.ts";
import { readTable } from "../../src/node/index.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";

const sleepstudy = await readTable("examples/data/sleepstudy.csv");
const declared = model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)");
const fit = await declared.fit();
const posterior = await declared.sample(gibbs({ seed: 1, chains: 2, draws: 100, warmup: 50 }));
const herds = model(await readTable("examples/data/cbpp.csv"))
  .factor("period", ["1", "2", "3", "4"])
  .formula("incidence | trials(size) ~ period + (1 | herd)")
  .family(binomial());
const cbpp = await herds.fit("laplace");
const equations = await herds
  .formula("incidence | trials(size) ~ period")
  .fit(gee({ id: "herd", correlation: exchangeable() }));

const near = (actual: readonly unknown[], expected: readonly number[], digits = 4) => {
  expect(actual).toHaveLength(expected.length);
  for (const [k, value] of expected.entries()) expect(actual[k] as number).toBeCloseTo(value, digits);
};

describe("coef", () => {
  it("is fixed plus random effects of each level, as lme4's", () => {
    const { rows } = coef(fit);
    expect(rows).toHaveLength(36);
    expect(rows.slice(0, 6).map(({ level, term }) => `${level} ${term}`)).toEqual(
      ["308", "309", "310"].flatMap((level) => [`${level} (Intercept)`, `${level} Days`]),
    );
    near(
      rows.slice(0, 6).map(({ estimate }) => estimate),
      [253.66366, 19.66626, 211.00637, 1.8476, 212.4447, 5.01843],
      3,
    );
    near(
      coef(cbpp)
        .rows.slice(0, 4)
        .map(({ estimate }) => estimate),
      [-0.80871, -0.99192, -1.12822, -1.57975],
      2,
    );
  });
  it("gathers the terms of a group, and keeps effects without a fixed one", async () => {
    const split = await model(sleepstudy).formula("Reaction ~ 1 + (1 | Subject) + (0 + Days | Subject)").fit();
    const { rows } = coef(split);
    expect(rows.slice(0, 2).map(({ term }) => term)).toEqual(["(Intercept)", "Days"]);
    const slope = split.ranef().find(({ term }) => term === "Days")!;
    expect(rows[1]!.estimate).toBe(slope.estimate);
    expect(String(coef(split)).split("\n").slice(0, 2)).toEqual([
      "Coefficients by Subject",
      "Subject  (Intercept)   Days",
    ]);
  });
  it("is of posteriors their means, and without random effects the fixed ones", () => {
    const [first] = coef(posterior).rows;
    const intercept = posterior.tidy({ effects: ["fixed"] })[0]!.estimate;
    expect(first!.estimate).toBeCloseTo(intercept + posterior.ranef()[0]!.estimate, 10);
    expect(coef(equations).rows.map(({ group, term }) => [group, term])[1]).toEqual([null, "period2"]);
  });
});

describe("vcov", () => {
  it("has names, as lme4's and pbkrtest's adjusted one", () => {
    const { names, matrix } = vcov(fit);
    expect(names).toEqual(["(Intercept)", "Days"]);
    near(matrix.flat(), [46.57512, -1.451088, -1.451088, 2.3894656], 2);
    near(vcov(fit, { ddf: "kenward-roger" }).matrix.flat(), [46.57512, -1.451088, -1.451088, 2.3894656], 2);
    expect(JSON.parse(JSON.stringify(vcov(fit)))).toEqual({ names, matrix });
  });
  it("is in full that of all reported parameters, whose errors are the table's", () => {
    for (const one of [fit, posterior]) {
      const { names, matrix } = vcov(one, { full: true });
      const rows = one.tidy();
      expect(names).toHaveLength(rows.length);
      for (const [a, { std_error }] of rows.entries()) expect(Math.sqrt(matrix[a]![a]!)).toBeCloseTo(std_error!, 8);
      expect(matrix[0]![1]).toBe(matrix[1]![0]);
    }
    expect(Math.sqrt(vcov(equations).matrix[1]![1]!)).toBeCloseTo(equations.tidy()[1]!.std_error!, 10);
  });
  it("is robust where that is asked for, with the errors of tables", () => {
    for (const one of [fit, cbpp])
      for (const kind of ["CR0", "CR2"] as const) {
        if (one === cbpp && kind === "CR2") continue;
        const { names, matrix } = vcov(one, { vcov: kind });
        const rows = one.tidy({ vcov: kind, effects: ["fixed"] });
        expect(names).toEqual(rows.map(({ term }) => term));
        for (const [a, { std_error }] of rows.entries())
          expect(Math.sqrt(matrix[a]![a]!) / std_error!).toBeCloseTo(1, 10);
        expect(matrix[0]![1]).toBe(matrix[1]![0]);
        // of a balanced table it is the model's own
        if (one === cbpp) expect(matrix[1]![1]! / vcov(one).matrix[1]![1]!).not.toBeCloseTo(1, 2);
      }
    expect(vcov(fit, { vcov: "CR2", cluster: "Subject" }).matrix).toEqual(vcov(fit, { vcov: "CR2" }).matrix);
    const all = vcov(cbpp, { vcov: "CR0", full: true });
    const rows = cbpp.tidy({ vcov: "CR0" });
    for (const [a, { std_error }] of rows.entries())
      expect(Math.sqrt(all.matrix[a]![a]!) / std_error!).toBeCloseTo(1, 10);
    expect(() => vcov(fit, { vcov: "CR2", full: true })).toThrow(/leave full out/);
    expect(() => vcov(fit, { cluster: "Subject" })).toThrow(/belongs to a robust covariance/);
    expect(() => vcov(fit, { vcov: "CR2", ddf: "kenward-roger" })).toThrow(
      /Satterthwaite's degrees of freedom or none/,
    );
    expect(() => vcov(posterior, { vcov: "CR2" })).toThrow(DeclarationError);
    expect(() => vcov(equations, { vcov: "CR2" })).toThrow(DeclarationError);
  });
  it("has null at a boundary, and refuses what there is not", async () => {
    const flat = { y: [1, 2, 3, 3, 2, 1, 1.5, 2.5, 2], g: ["a", "b", "c", "a", "b", "c", "a", "b", "c"] };
    const { matrix } = vcov(await model(flat).formula("y ~ 1 + (1 | g)").fit(), { full: true });
    expect(matrix[1]).toEqual([null, null, null]);
    expect(() => vcov(equations, { full: true })).toThrow(/leave full out/);
    expect(() => vcov(posterior, { ddf: "kenward-roger" })).toThrow(/REML fits: leave ddf out/);
    expect(() => vcov(fit, { ddf: "satterthwaite" })).toThrow(/changes degrees of freedom and no covariance/);
    expect(() => vcov(fit, { fill: true } as never)).toThrow(/did you mean full/);
  });
});

describe("augment", () => {
  it("has broom.mixed's columns beside those of the model", () => {
    const [first, second] = augment(fit).rows;
    expect(Object.keys(first!)).toEqual([
      "row",
      "Reaction",
      "Days",
      "Subject",
      ".fitted",
      ".fixed",
      ".mu",
      ".resid",
      ".hat",
      ".cooksd",
    ]);
    near(
      [first![".fitted"], first![".fixed"], first![".hat"], first![".cooksd"]],
      [253.66366, 251.4051, 0.229304, 0.0049631],
      4,
    );
    expect([first!["Subject"], second!["Days"]]).toEqual([308, 1]);
  });
  it("has linear predictors and deviance residuals of other families", () => {
    const [first] = augment(cbpp).rows;
    near([first![".fitted"], first![".fixed"], first![".resid"]], [-0.80871, -1.39834, -1.43771], 2);
    expect(first![".mu"]).toBeCloseTo(1 / (1 + Math.exp(-first![".fitted"]!)), 10);
  });
  it("leaves out what a fit has not", async () => {
    expect(Object.keys(augment(posterior).rows[0]!).slice(4)).toEqual([".fitted", ".fixed", ".mu", ".resid"]);
    expect(Object.keys(augment(equations).rows[0]!).slice(4)).toEqual([".fitted", ".mu", ".resid"]);
    const data = { r: ["lo", "hi", "mid", "lo", "hi", "mid", "hi", "lo"], x: [1, 2, 1.5, 0.5, 1, 2, 3, 1.2] };
    const ordered = await model(data).factor("r", ["lo", "mid", "hi"]).formula("r ~ x").family(cumulative()).fit();
    expect(Object.keys(augment(ordered).rows[0]!)).toEqual(["row", "r", "x", ".fitted", ".fixed"]);
  });
});

describe("exponentiate", () => {
  it("makes ratios of coefficients, with errors by the delta method", () => {
    const [, before] = cbpp.tidy();
    const rows = cbpp.tidy({ exponentiate: true });
    const period2 = rows[1]!;
    expect(period2.estimate).toBe(Math.exp(before!.estimate));
    expect(period2.std_error).toBeCloseTo(before!.std_error! * Math.exp(before!.estimate), 12);
    expect([period2.conf_low, period2.conf_high]).toEqual([Math.exp(before!.conf_low!), Math.exp(before!.conf_high!)]);
    expect([period2.statistic, period2.p_value]).toEqual([before!.statistic, before!.p_value]);
    expect(rows.at(-1)).toEqual(cbpp.tidy().at(-1));
    expect(equations.tidy({ exponentiate: true })[1]!.estimate).toBe(Math.exp(equations.tidy()[1]!.estimate));
    expect(cbpp.toString({ exponentiate: true })).toContain("Fixed effects, exponentiated (odds ratios)");
  });
  it("takes the draws of a posterior one by one", async () => {
    const bayes = await herds.sample(gibbs({ seed: 1, chains: 2, draws: 50, warmup: 50 }));
    const { values, size, chains, drawsPerChain } = ownDraws(bayes);
    let mean = 0;
    for (let d = 0; d < chains * drawsPerChain; d++) mean += Math.exp(values[d * size + 1]!) / (chains * drawsPerChain);
    expect(bayes.tidy({ exponentiate: true })[1]!.estimate).toBeCloseTo(mean, 12);
  });
  it("leaves thresholds and identity links alone", async () => {
    expect(() => fit.tidy({ exponentiate: true })).toThrow(/the mean has the identity link: leave exponentiate out/);
    expect(() => posterior.tidy({ exponentiate: true })).toThrow(/identity link/);
    const data = { r: ["lo", "hi", "mid", "lo", "hi", "mid", "hi", "lo"], x: [1, 2, 1.5, 0.5, 1, 2, 3, 1.2] };
    const ordered = await model(data).factor("r", ["lo", "mid", "hi"]).formula("r ~ x").family(cumulative()).fit();
    const [plain, ratios] = [ordered.tidy(), ordered.tidy({ exponentiate: true })];
    expect(ratios.filter(({ coef_type }) => coef_type === "intercept")).toEqual(
      plain.filter(({ coef_type }) => coef_type === "intercept"),
    );
    expect(ratios[0]!.estimate).toBe(Math.exp(plain[0]!.estimate));
  });
});

it("glance has AICc and the residual degrees of freedom", () => {
  const { AICc, AIC, df_residual, nobs, df } = cbpp.glance();
  expect(AICc).toBeCloseTo(AIC! + (2 * df! * (df! + 1)) / (nobs - df! - 1), 10);
  expect(df_residual).toBe(51);
  expect(equations.glance()).toMatchObject({ AICc: null, df_residual: 52 });
});
