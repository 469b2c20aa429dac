/** Leaving out rows and groups of models with residual structures, against dense covariance matrices written out. */
import { describe, expect, it } from "vitest";
import { loo } from "../../src/checks/leave-one-out.ts";
import { logLikelihood, unitDraws } from "../../src/checks/pointwise-log-likelihood.ts";
import { quantileResiduals } from "../../src/checks/quantile-residuals.ts";
import { choleskyFactor, choleskyLogDet } from "../../src/linalg/dense-cholesky.ts";
import { solveLower } from "../../src/linalg/triangular.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { handMadeFit, handMadePosterior } from "../prediction/hand-made-fits.ts";

const rng = createRng("correlated units");
const n = 24;
const columns = {
  y: Array.from({ length: n }, () => 2 * rng.normal()),
  x: Array.from({ length: n }, () => rng.normal()),
  v: Array.from({ length: n }, () => rng.uniform()),
  w: Array.from({ length: n }, () => 0.5 + rng.uniform()),
  // series of six rows, rows of the table not in their order; places crossed with them
  g: Array.from({ length: n }, (_, i) => i % 4),
  t: Array.from({ length: n }, (_, i) => [3, 1, 7, 4, 2, 9][Math.floor(i / 4)]!),
  place: Array.from({ length: n }, (_, i) => (i * 7) % 3),
};
const sigma = 1.3;
const beta = [0.4, -0.6];
const sd = 0.9;
const expon = 0.5;
const rho = 0.45;

const correlations: Record<string, (i: number, j: number) => number> = {
  "corAR1(~ t | g)": (i, j) => rho ** Math.abs(columns.t[i]! - columns.t[j]!),
  "corCompSymm(~ 1 | g)": () => rho,
  "corExp(~ t | g)": (i, j) => Math.exp(-Math.abs(columns.t[i]! - columns.t[j]!) / rho),
};

const declared = (correlation: string, random = "") =>
  (model(columns) as unknown as Model)
    .formula(`y ~ x ${random}`)
    .weights("w")
    .residual({ variance: "varExp(~ v)", correlation });

/** log N(e; 0, V) of some rows. */
function logDensity(rows: readonly number[], e: readonly number[], V: (i: number, j: number) => number): number {
  const m = rows.length;
  const matrix = Float64Array.from(rows.flatMap((i) => rows.map((j) => V(i, j))));
  const r = Float64Array.from(rows, (i) => e[i]!);
  expect(choleskyFactor(matrix, m)).toBe(true);
  solveLower(matrix, 0, m, m, r);
  return -0.5 * (m * Math.log(2 * Math.PI) + choleskyLogDet(matrix, m) + r.reduce((sum, z) => sum + z * z, 0));
}

const all = Array.from({ length: n }, (_, i) => i);
const g = (i: number) => Math.exp(expon * columns.v[i]!) / Math.sqrt(columns.w[i]!);
const R = (rho: (i: number, j: number) => number) => (i: number, j: number) =>
  columns.g[i] === columns.g[j] ? sigma * sigma * g(i) * g(j) * (i === j ? 1 : rho(i, j)) : 0;

describe.each(Object.entries(correlations))("%s", (correlation, rho) => {
  const within = R(rho);

  it("leaves out a row given the random effects and the other residuals", () => {
    const compiled = declared(correlation, "+ (1 | place)").compile();
    const b = [0.3, -1, 0.6];
    const x = [...beta, sd, sigma, expon, 0.45];
    const fit = handMadePosterior(compiled, [x, x], [Float64Array.from([...b, ...b])]);
    const e = all.map((i) => columns.y[i]! - beta[0]! - beta[1]! * columns.x[i]! - b[columns.place[i]!]!);
    const whole = logDensity(all, e, within);
    const found = logLikelihood(fit);
    for (const i of all) {
      const rest = logDensity(
        all.filter((j) => j !== i),
        e,
        within,
      );
      for (const value of unitDraws(found, i)) expect(value).toBeCloseTo(whole - rest, 9);
    }
  });

  it("leaves out rows and groups with the random effects integrated out", () => {
    const compiled = declared(correlation, "+ (x | place)").compile();
    // b = Λu, Λ = (0.9, 0; 0.2, 0.5)
    const x = [...beta, sd, 0.2, 0.5, sigma, expon, 0.45];
    const fit = handMadePosterior(compiled, [x], [new Float64Array(6)]);
    const e = all.map((i) => columns.y[i]! - beta[0]! - beta[1]! * columns.x[i]!);
    const V = (i: number, j: number) =>
      within(i, j) +
      (columns.place[i] === columns.place[j]
        ? (sd + 0.2 * columns.x[i]!) * (sd + 0.2 * columns.x[j]!) + 0.25 * columns.x[i]! * columns.x[j]!
        : 0);
    const whole = logDensity(all, e, V);
    const left = (out: (i: number) => boolean) =>
      whole -
      logDensity(
        all.filter((i) => !out(i)),
        e,
        V,
      );
    const rows = logLikelihood(fit, { likelihood: "marginal" });
    for (const i of all)
      expect(unitDraws(rows, i)[0]).toBeCloseTo(
        left((j) => j === i),
        9,
      );
    const places = logLikelihood(fit, { by: "group" });
    expect(places.units).toEqual(["place 0", "place 1", "place 2"]);
    for (const p of [0, 1, 2])
      expect(unitDraws(places, p)[0]).toBeCloseTo(
        left((j) => columns.place[j] === p),
        9,
      );
  });
});

it("leaves out rows of a model without random effects, whichever likelihood is asked for", () => {
  const fit = handMadePosterior(declared("corAR1(~ t | g)").compile(), [[...beta, sigma, expon, rho]], []);
  const conditional = logLikelihood(fit).values;
  expect([...logLikelihood(fit, { likelihood: "marginal" }).values]).toEqual([...conditional]);
  // without a structure the rows would be worse or better predicted: the two are not the same numbers
  const plain = handMadePosterior(
    (model(columns) as unknown as Model).formula("y ~ x").weights("w").compile(),
    [[...beta, sigma]],
    [],
  );
  expect(Math.abs(logLikelihood(plain).values[0]! - conditional[0]!)).toBeGreaterThan(1e-3);
});

describe("quantile residuals", () => {
  it("scale by the variance function", () => {
    const compiled = declared("corAR1(~ t | g)").compile();
    const x = [...beta, sigma, expon, rho];
    const { residuals } = quantileResiduals(handMadeFit(compiled, x, new Float64Array(25)));
    residuals.forEach((z, i) => {
      expect(z).toBeCloseTo((columns.y[i]! - beta[0]! - beta[1]! * columns.x[i]!) / (sigma * g(i)), 8);
    });
    const leave = () => quantileResiduals(handMadePosterior(compiled, [x, x], []), { leaveOneOut: true });
    expect(leave).toThrow(DeclarationError);
    expect(leave).toThrow(/corAR1\(\) correlates the rows/);
  });
});

it("prefers the structure the data have", async () => {
  const noise = createRng("series");
  const y = new Float64Array(120);
  for (let t = 0, e = 0; t < y.length; t++) {
    e = 0.8 * e + 0.6 * noise.normal();
    y[t] = e;
  }
  const series = model({ y, t: y.map((_, t) => t) }) as unknown as Model;
  const sampler = nuts({ chains: 1, draws: 200, warmup: 150, seed: "loo" });
  const correlated = await series.formula("y ~ 1").residual({ correlation: "corAR1(~ t)" }).sample(sampler);
  const plain = await series.formula("y ~ 1").sample(sampler);
  // given both neighbours an AR(1) row has (1 − φ²)/(1 + φ²) of the variance: half the log of that is 0.76 a row
  const gain = loo(correlated).elpd_loo.estimate - loo(plain).elpd_loo.estimate;
  expect(gain).toBeGreaterThan(60);
  expect(gain).toBeLessThan(120);
});
