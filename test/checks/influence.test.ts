import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { influence } from "../../src/checks/influence.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { model } from "../../src/model-builder.ts";
import { corAR1 } from "../../src/public/residual.ts";
import { fitCbpp, fitSleepstudy } from "../example-fits.ts";

const lme4 = JSON.parse(readFileSync(new URL("../fixtures/checks/lme4-influence.json", import.meta.url), "utf8"));

let sleepstudy: MaximumLikelihood;
let cbpp: MaximumLikelihood;
beforeAll(async () => {
  sleepstudy = await fitSleepstudy();
  cbpp = await fitCbpp();
});

/** The coefficients of y ~ x by generalised least squares of given rows, V dense. */
async function generalisedLeastSquares(
  X: readonly number[][],
  y: readonly number[],
  V: (i: number, j: number) => number,
) {
  const { choleskyFactor, choleskySolve } = await import("../../src/linalg/dense-cholesky.ts");
  const n = y.length;
  const p = X[0]!.length;
  const L = Float64Array.from({ length: n * n }, (_, k) => V(Math.floor(k / n), k % n));
  choleskyFactor(L, n);
  const W = Float64Array.from({ length: n * (p + 1) }, (_, k) => {
    const c = k % (p + 1);
    const i = Math.floor(k / (p + 1));
    return c < p ? X[i]![c]! : y[i]!;
  });
  choleskySolve(L, n, W, p + 1);
  const A = new Float64Array(p * p);
  const b = new Float64Array(p);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < p; a++) {
      b[a]! += X[i]![a]! * W[i * (p + 1) + p]!;
      for (let c = 0; c < p; c++) A[a * p + c]! += X[i]![a]! * W[i * (p + 1) + c]!;
    }
  const inverse = A.slice();
  choleskyFactor(inverse, p);
  const beta = b.slice();
  choleskySolve(inverse, p, beta);
  const unit = Float64Array.from({ length: p * p }, (_, k) => (k % (p + 1) === 0 ? 1 : 0));
  choleskySolve(inverse, p, unit, p);
  return { beta, information: A, covariance: unit };
}

describe("influence", () => {
  it("of refits equals lme4's", async () => {
    const { rows, method } = influence(sleepstudy, { by: "Subject", refit: true });
    expect(method).toBe("refit");
    for (const [k, subject] of (lme4.subjects as string[]).entries()) {
      const row = rows.find(({ unit }) => unit === subject)!;
      expect(row.cooks_distance!).toBeCloseTo(lme4.cooks[k], 3);
      expect(row.dfbetas["(Intercept)"]!).toBeCloseTo(lme4.dfbetas.intercept[k], 2);
      expect(row.dfbetas["Days"]!).toBeCloseTo(lme4.dfbetas.days[k], 2);
    }
  });

  it("by updating is the deletion of rows and groups at the estimated variances, exactly", async () => {
    // unbalanced, nested in nothing: crossed factors with an unequal number of rows
    const n = 30;
    const rows = Array.from({ length: n }, (_, i) => ({
      a: (i * 7) % 4,
      b: (i * i) % 5,
      x: Math.sin(i),
      y: Math.cos(3 * i) + (i % 4),
    }));
    const fit = await model({
      y: rows.map(({ y }) => y),
      x: rows.map(({ x }) => x),
      a: rows.map(({ a }) => `a${a}`),
      b: rows.map(({ b }) => `b${b}`),
    })
      .formula("y ~ x + (1 | a) + (1 | b)")
      .fit();
    const [, , sa, sb, sigma] = Array.from(fit.estimate) as [number, number, number, number, number];
    const V = (i: number, j: number) =>
      (rows[i]!.a === rows[j]!.a ? sa ** 2 : 0) +
      (rows[i]!.b === rows[j]!.b ? sb ** 2 : 0) +
      (i === j ? sigma ** 2 : 0);
    const of = (keep: readonly number[]) =>
      generalisedLeastSquares(
        keep.map((i) => [1, rows[i]!.x]),
        keep.map((i) => rows[i]!.y),
        (i, j) => V(keep[i]!, keep[j]!),
      );
    const all = rows.map((_, i) => i);
    const whole = await of(all);
    const compare = async (
      row: { cooks_distance: number | null; dfbetas: Record<string, number | null> },
      keep: number[],
    ) => {
      const rest = await of(keep);
      const change = [whole.beta[0]! - rest.beta[0]!, whole.beta[1]! - rest.beta[1]!];
      let cooks = 0;
      for (let a = 0; a < 2; a++)
        for (let b = 0; b < 2; b++) cooks += change[a]! * whole.information[a * 2 + b]! * change[b]!;
      expect(row.cooks_distance!).toBeCloseTo(cooks / 2, 8);
      expect(row.dfbetas["x"]!).toBeCloseTo(change[1]! / Math.sqrt(rest.covariance[3]!), 7);
    };
    const byRow = influence(fit, { by: "row" });
    expect(byRow.method).toBe("exact");
    for (const i of [0, 11, 29])
      await compare(
        byRow.rows[i]! as never,
        all.filter((k) => k !== i),
      );
    const byGroup = influence(fit, { by: "a" });
    for (const row of byGroup.rows)
      await compare(
        row as never,
        all.filter((k) => `a${rows[k]!.a}` !== row.unit),
      );
  });

  it("of independent groups by downdating agrees with that of their rows", () => {
    const { rows } = influence(sleepstudy);
    expect(rows).toHaveLength(18);
    // balanced: variances move, the coefficients hardly
    for (const [k, subject] of (lme4.subjects as string[]).entries())
      expect(rows.find(({ unit }) => unit === subject)!.cooks_distance!).toBeCloseTo(lme4.cooks[k], 3);
  });

  it("of a mixed model for counts is one step towards the refits", () => {
    const step = influence(cbpp);
    const again = influence(cbpp, { refit: true });
    expect(step.method).toBe("one step");
    step.rows.forEach((row, k) => {
      expect(Math.abs(row.cooks_distance! - again.rows[k]!.cooks_distance!)).toBeLessThan(0.05);
      expect(Math.abs(row.dfbetas["(Intercept)"]! - again.rows[k]!.dfbetas["(Intercept)"]!)).toBeLessThan(0.05);
    });
    expect(influence(cbpp, { by: "row" }).rows[36]!.cooks_distance!).toBeCloseTo(0.27, 2);
    expect(step.toString()).toContain("by one Newton step");
  });

  it("has no numbers where a coefficient depends on the unit, and says what it cannot do", async () => {
    const y = [1, 2, 4, 3, 5, 7, 6, 8, 9, 8.5, 3, 2];
    const data = {
      y,
      g: y.map((_, i) => `g${Math.floor(i / 3)}`),
      t: y.map((_, i) => (i < 3 ? "a" : "b")),
      k: y.map((_, i) => i % 3),
    };
    const fit = await model(data).formula("y ~ t + (1 | g)").fit();
    const { rows } = influence(fit);
    expect(rows[0]!.cooks_distance).toBeNull();
    expect(rows[1]!.cooks_distance).not.toBeNull();
    expect(influence(fit).warnings[0]!.message).toContain("1 of 4 parts");
    const series = await model(data)
      .formula("y ~ 1")
      .residual({ correlation: corAR1("k | g") })
      .fit();
    expect(() => influence(series, { by: "row" })).toThrow(/correlated/);
    expect(influence(series, { by: "g" }).rows).toHaveLength(4);
    expect(() => influence(fit, { by: "nothing" as string })).toThrow(/neither/);
  });

  it("counts rows as often as their weights, and has 0 for what a unit does not touch", async () => {
    const y = [1, 2, 4, 3, 5, 7, 6, 8, 9, 8.5, 3, 2];
    const data = { y, w: y.map((_, i) => 1 + (i % 3)), t: y.map((_, i) => (i < 6 ? "a" : "b")) };
    const { rows } = influence(await model(data).formula("y ~ 0 + t").frequencyWeights("w").fit());
    expect(rows.map(({ nobs }) => nobs)).toEqual(data.w);
    rows.forEach(({ dfbetas }, i) => {
      expect(dfbetas[i < 6 ? "tb" : "ta"]).toBe(0);
      expect(dfbetas[i < 6 ? "ta" : "tb"]).not.toBe(0);
    });
  });

  it("says why there are no numbers under separation", async () => {
    const zero = { y: new Array(12).fill(0), g: Array.from({ length: 12 }, (_, i) => `g${i % 4}`) };
    const { rows, warnings } = influence(
      await model(zero).formula("y ~ 1 + (1 | g)").family({ name: "poisson" }).fit("laplace"),
    );
    expect(rows.every(({ cooks_distance }) => cooks_distance === null)).toBe(true);
    expect(warnings.map(({ code }) => code)).toEqual(["separation"]);
  });

  it("stops at its signal", async () => {
    const stop = new AbortController();
    const work = influence(sleepstudy, { by: "row", refit: true, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(work).rejects.toThrow();
  });
});
