import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { collinearity } from "../../src/checks/collinearity.ts";
import { intraclassCorrelation } from "../../src/effects/intraclass-correlation.ts";
import { rSquared } from "../../src/effects/r-squared.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { model } from "../../src/model-builder.ts";
import { trigamma } from "../../src/special/trigamma.ts";
import { exampleColumns } from "../prediction/hand-made-fits.ts";

const r = JSON.parse(readFileSync(new URL("../fixtures/checks/lme4-influence.json", import.meta.url), "utf8"));

let sleepstudy: MaximumLikelihood;
let cbpp: MaximumLikelihood;
let days: Record<string, number[]>;
beforeAll(async () => {
  days = (await exampleColumns("sleepstudy")) as object as Record<string, number[]>;
  sleepstudy = await model(days).formula("Reaction ~ Days + (Days | Subject)").fit();
  cbpp = await model((await exampleColumns("cbpp")) as object as Record<string, number[]>)
    .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
    .family({ name: "binomial" })
    .fit("laplace");
});

const estimates = (rows: readonly { readonly estimate: number | null }[]) => rows.map(({ estimate }) => estimate!);

describe("R²", () => {
  it("on the scale of the link equals performance's r2_nakagawa", () => {
    for (const [fit, name] of [
      [sleepstudy, "sleepstudy"],
      [cbpp, "cbpp"],
    ] as const) {
      const [marginal, conditional] = estimates(rSquared(fit).rows) as [number, number];
      expect(marginal).toBeCloseTo(r.r2[name][0], 4);
      expect(conditional).toBeCloseTo(r.r2[name][1], 4);
    }
  });

  it("on the scale of the response is the variance of simulated means", () => {
    const rows = rSquared(cbpp, { scale: "response" }).rows;
    const [b0, ...b] = Array.from(cbpp.estimate.slice(0, 4)) as [number, number, number, number];
    const sd = cbpp.estimate[4]!;
    const { X } = cbpp.model.design.predictors[0]!;
    const n = cbpp.model.design.n;
    const means: number[] = [];
    let between = 0;
    let within = 0;
    for (let i = 0; i < n; i++) {
      const eta = b0 + b.reduce((sum, value, a) => sum + value * X[i * 4 + a + 1]!, 0);
      let [w, m, s] = [0, 0, 0];
      for (let k = -300; k <= 300; k++) {
        const z = k / 40;
        const weight = Math.exp(-0.5 * z * z);
        const p = 1 / (1 + Math.exp(-eta - sd * z));
        w += weight;
        m += weight * p;
        s += weight * p * p;
      }
      means.push(m / w);
      between += (s / w - (m / w) ** 2) / n;
      within += (m / w - s / w) / n;
    }
    const average = means.reduce((sum, value) => sum + value, 0) / n;
    const fixed = means.reduce((sum, value) => sum + (value - average) ** 2, 0) / (n - 1);
    const all = fixed + between + within;
    expect(rows[0]!.estimate).toBeCloseTo(fixed / all, 8);
    expect(rows[1]!.estimate).toBeCloseTo((fixed + between) / all, 8);
    expect(rows.at(-1)!.estimate).toBeCloseTo(between / (between + within), 8);
  });

  it("of a Gaussian response is the same on both scales, and of a log link in closed form", async () => {
    expect(estimates(rSquared(sleepstudy, { scale: "response" }).rows)).toEqual(
      estimates(rSquared(sleepstudy).rows).map((value) => expect.closeTo(value, 10)),
    );
    const rows = Array.from({ length: 60 }, (_, i) => i);
    const data = {
      y: rows.map((i) => (i * 7) % 5),
      a: rows.map((i) => `a${i % 6}`),
      b: rows.map((i) => `b${Math.floor(i / 6)}`),
    };
    const fit = await model(data).formula("y ~ 1 + (1 | a) + (1 | b)").family({ name: "poisson" }).fit("laplace");
    const [mu, sa, sb] = Array.from(fit.estimate) as [number, number, number];
    const [va, vb] = [sa ** 2, sb ** 2];
    const mean = Math.exp(mu + (va + vb) / 2);
    const between = mean ** 2 * (Math.exp(va + vb) - 1);
    const all = between + mean;
    const shares = rSquared(fit, { scale: "response" }).rows;
    expect(shares[1]!.estimate).toBeCloseTo(between / all, 9);
    expect(shares.find(({ group }) => group === "a")!.estimate).toBeCloseTo((mean ** 2 * (Math.exp(va) - 1)) / all, 9);
    // the three variances of an observation
    const latent = (observation: "lognormal" | "delta" | "trigamma") =>
      rSquared(fit, { observation }).rows[1]!.estimate;
    expect(latent("lognormal")).toBeCloseTo((va + vb) / (va + vb + Math.log1p(1 / mean)), 9);
    expect(latent("delta")).toBeCloseTo((va + vb) / (va + vb + 1 / mean), 9);
    expect(latent("trigamma")).toBeCloseTo((va + vb) / (va + vb + trigamma(mean)), 9);
  });

  it("has intervals of every kind", () => {
    for (const ci of ["wald", "profile", "bootstrap"] as const) {
      const [row] = rSquared(sleepstudy, { ci, draws: 60 }).rows;
      expect(row!.conf_low).toBeLessThan(row!.estimate!);
      expect(row!.conf_high).toBeGreaterThan(row!.estimate!);
    }
  });

  it("names no link where there is none", () => {
    expect(rSquared(sleepstudy).toString()).toMatch(/^Shares of the variance\n/);
    expect(rSquared(cbpp).toString()).toMatch(/^Shares of the variance on the scale of the link\n/);
  });

  describe("under separation", () => {
    /** Every row of A = a is 1; of the others each group has both. */
    const separated = (family: "binomial" | "poisson", y: (own: 0 | 1) => number) => {
      const rows = Array.from({ length: 40 }, (_, i) => i);
      const A = rows.map((i) => (i % 5 < 2 ? "a" : "b"));
      return model({
        y: rows.map((i) => y(A[i] === "a" || (i % 8 < 4 ? i % 7 > 0 : i % 7 === 0) ? 1 : 0)),
        A,
        x: rows.map((i) => Math.sin(3 * i)),
        g: rows.map((i) => `g${i % 8}`),
      })
        .formula(`y ~ ${family === "binomial" ? "A + x" : "x"} + (1 | g)`)
        .family({ name: family })
        .fit("laplace");
    };

    it("has no estimate on the scale of the link, and no errors on that of the response", async () => {
      const fit = await separated("binomial", (own) => own);
      expect(fit.verdict.code).toBe("separation");
      const { rows, warnings, ...table } = rSquared(fit);
      expect(warnings.map(({ code }) => code)).toEqual(["separation"]);
      for (const { measure, estimate } of rows) expect(estimate === null).toBe(measure !== "icc");
      expect(rows.at(-1)!.std_error).toBeGreaterThan(0);
      expect(table.scale).toBe("link");
      const response = rSquared(fit, { scale: "response" });
      expect(response.toString()).toContain("separation");
      for (const { estimate, std_error, conf_low } of response.rows) {
        expect(estimate).toBeGreaterThan(0);
        expect([std_error, conf_low]).toEqual([null, null]);
      }
      // of the same rows the correlations, which the coefficients do not move
      const correlations = intraclassCorrelation(fit);
      expect(correlations.warnings.map(({ code }) => code)).toEqual(["separation"]);
      expect(correlations[0]!.std_error).toBeGreaterThan(0);
      expect(correlations[1]!.estimate).toBeNull();
    });

    it("of counts that are all 0 has no NaN", async () => {
      const fit = await separated("poisson", () => 0);
      const text = `${rSquared(fit)}\n${intraclassCorrelation(fit)}\n${rSquared(fit, { scale: "response" })}`;
      expect(text).not.toContain("NaN");
      expect(text.match(/Warning/g)).toHaveLength(3);
    });
  });
});

describe("trigamma", () => {
  it("is π²/6 at 1, π²/2 at ½", () => {
    expect(trigamma(1)).toBeCloseTo(Math.PI ** 2 / 6, 13);
    expect(trigamma(0.5)).toBeCloseTo(Math.PI ** 2 / 2, 13);
    expect(trigamma(100)).toBeCloseTo(0.010050166663333571, 16);
  });
});

describe("collinearity", () => {
  it("equals car's vif", async () => {
    const fit = await model(days).formula("Reaction ~ Days + I(Days^2) + (Days | Subject)").fit();
    const { rows, condition, centred_condition: centred } = collinearity(fit);
    rows.forEach((row, k) => {
      expect(row.vif!).toBeCloseTo(r.vif[k], 3);
      expect(row.scaled_vif!).toBeCloseTo(Math.sqrt(r.vif[k]), 3);
    });
    // of days 0 to 9 and their squares, of length 1
    expect(condition).toBeGreaterThan(centred);
    expect(centred).toBeCloseTo(7.27, 1);
  });
});
