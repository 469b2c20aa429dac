import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { cooksDistance, leverage } from "../../src/prediction/leverage.ts";
import { residuals } from "../../src/prediction/residuals.ts";
import { corAR1 } from "../../src/public/residual.ts";
import { createRng } from "../../src/random/rng.ts";
import { fitCbpp, fitSleepstudy } from "../example-fits.ts";

const lme4 = JSON.parse(readFileSync(new URL("../fixtures/checks/lme4-leverage.json", import.meta.url), "utf8"));

let sleepstudy: MaximumLikelihood;
let cbpp: MaximumLikelihood;
beforeAll(async () => {
  sleepstudy = await fitSleepstudy();
  cbpp = await fitCbpp();
});

const near = (ours: ArrayLike<number>, theirs: readonly number[], digits: number) =>
  theirs.forEach((value, i) => {
    expect(ours[i]!).toBeCloseTo(value, digits);
  });

describe("leverage", () => {
  it("and Cook's distance of a Gaussian fit equal lme4's", () => {
    near(leverage(sleepstudy), lme4.sleepstudy.hatvalues, 5);
    near(cooksDistance(sleepstudy), lme4.sleepstudy.cooks, 4);
  });

  it("is how much a fitted value follows its own response", () => {
    const { y } = cbpp.model.design;
    const h = leverage(sleepstudy);
    // the fit is linear in y at fixed variances
    const at = 5;
    const { model: compiled, estimate, covariance } = sleepstudy;
    const response = compiled.design.y;
    const gls = (values: Float64Array) => {
      const moved = compiled.withResponse(values);
      const x = estimate.slice();
      const gradient = new Float64Array(x.length);
      moved.marginal({ kind: "exact" }).evaluate(x, gradient);
      for (let a = 0; a < 2; a++) for (let b = 0; b < 2; b++) x[a]! += covariance[a * x.length + b]! * gradient[b]!;
      const b = moved.marginal({ kind: "exact" }).conditionalModes(x).modes[0]!;
      const { X } = compiled.design.predictors[0]!;
      const { Z, index } = compiled.design.random[0]!;
      const level = index[at]!;
      return (
        X[2 * at]! * x[0]! + X[2 * at + 1]! * x[1]! + Z[2 * at]! * b[2 * level]! + Z[2 * at + 1]! * b[2 * level + 1]!
      );
    };
    const moved = response.slice();
    moved[at]! += 10;
    expect((gls(moved) - gls(response)) / 10).toBeCloseTo(h[at]!, 8);
    // of a binomial response below 1, where lme4's are not
    expect(leverage(cbpp).every((value) => value > 0 && value < 1)).toBe(true);
    expect(leverage(cbpp)).toHaveLength(y.length);
  });

  it("of crossed factors equals lme4's", async () => {
    const rng = createRng(3);
    const rows = Array.from({ length: 60 }, (_, i) => ({ a: i % 6, b: Math.floor(i / 10), y: rng.normal() + (i % 6) }));
    const columns = {
      y: rows.map(({ y }) => y),
      a: rows.map(({ a }) => `a${a}`),
      b: rows.map(({ b }) => `b${b}`),
    };
    const fit = await model(columns).formula("y ~ 1 + (1 | a) + (1 | b)").fit();
    const h = leverage(fit);
    // dense: H = I − σ²P
    const n = 60;
    const [, sa, sb, sigma] = Array.from(fit.estimate);
    const V = Float64Array.from({ length: n * n }, (_, k) => {
      const i = Math.floor(k / n);
      const j = k % n;
      return (
        (rows[i]!.a === rows[j]!.a ? sa! ** 2 : 0) +
        (rows[i]!.b === rows[j]!.b ? sb! ** 2 : 0) +
        (i === j ? sigma! ** 2 : 0)
      );
    });
    const { choleskyFactor, choleskyInverse, symmetrise } = await import("../../src/linalg/dense-cholesky.ts");
    expect(choleskyFactor(V, n)).toBe(true);
    choleskyInverse(V, n);
    symmetrise(V, n);
    const sums = Float64Array.from({ length: n }, (_, i) => V.subarray(i * n, (i + 1) * n).reduce((s, v) => s + v, 0));
    const total = sums.reduce((s, v) => s + v, 0);
    h.forEach((value, i) => {
      expect(value).toBeCloseTo(1 - sigma! ** 2 * (V[i * n + i]! - sums[i]! ** 2 / total), 9);
    });
  });

  it("is refused where residuals are correlated, and of posteriors", async () => {
    const y = [1, 2, 4, 3, 5, 7, 6, 8, 9, 8.5];
    const fit = await model({ y, t: y.map((_, i) => i % 5), g: y.map((_, i) => `g${Math.floor(i / 5)}`) })
      .formula("y ~ t")
      .residual({ correlation: corAR1("t | g") })
      .fit();
    expect(() => leverage(fit)).toThrow(DeclarationError);
    expect(() => leverage({ ...cbpp, kind: "posterior", tidy: cbpp.tidy, model: cbpp.model } as never)).toThrow(
      /Pareto/,
    );
  });
});

describe("residuals of every type", () => {
  it("equal lme4's", () => {
    for (const type of ["deviance", "working", "pearson"] as const) near(residuals(cbpp, { type }), lme4.cbpp[type], 5);
  });

  it("marginal Pearson residuals divide by the standard deviation over groups", () => {
    const [intercept, slope, l11, l21, l22, sigma] = Array.from(sleepstudy.estimate) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const marginal = residuals(sleepstudy, { type: "pearson", randomEffects: "marginal" });
    const { y, random } = sleepstudy.model.design;
    for (const i of [0, 7, 100]) {
      const day = random[0]!.Z[2 * i + 1]!;
      const variance = (l11 + l21 * day) ** 2 + (l22 * day) ** 2 + sigma ** 2;
      expect(marginal[i]!).toBeCloseTo((y[i]! - intercept - slope * day) / Math.sqrt(variance), 9);
    }
  });

  it("marginal Pearson residuals of a binomial have the law of total variance", () => {
    const marginal = residuals(cbpp, { type: "pearson", randomEffects: "marginal" });
    const sd = cbpp.estimate[4]!;
    const { y, trials } = cbpp.model.design;
    let mean = 0;
    let square = 0;
    let within = 0;
    // row 0: period 1
    let total = 0;
    for (let k = -400; k <= 400; k++) {
      const z = k / 50;
      const w = Math.exp(-0.5 * z * z);
      const p = 1 / (1 + Math.exp(-cbpp.estimate[0]! - sd * z));
      total += w;
      mean += w * p;
      square += w * p * p;
      within += w * p * (1 - p);
    }
    mean /= total;
    const size = trials![0]!;
    const variance = (size * within) / total + size ** 2 * (square / total - mean ** 2);
    expect(marginal[0]!).toBeCloseTo((y[0]! - size * mean) / Math.sqrt(variance), 8);
  });

  it("quantile residuals are those of quantileResiduals()", async () => {
    const { quantileResiduals } = await import("../../src/checks/quantile-residuals.ts");
    expect(residuals(cbpp, { type: "quantile", randomEffects: "marginal" })).toEqual(
      quantileResiduals(cbpp, { randomEffects: "marginal" }).residuals,
    );
  });

  it("refuses normalized residuals of the margin", () => {
    expect(() => residuals(sleepstudy, { type: "normalized", randomEffects: "marginal" })).toThrow(/given the random/);
  });
});
