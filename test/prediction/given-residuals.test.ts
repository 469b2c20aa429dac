/** Predictions given the residuals of fitted rows, against dense conditional normal distributions. */
import { describe, expect, it } from "vitest";
import { choleskyFactor, choleskySolve } from "../../src/linalg/dense-cholesky.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { predict, predictionDraws } from "../../src/prediction/predict.ts";
import { createRng } from "../../src/random/rng.ts";
import { handMadeFit, handMadePosterior } from "./hand-made-fits.ts";

const rng = createRng("given residuals");
const n = 20;
const old = {
  y: Array.from({ length: n }, () => 3 * rng.normal()),
  x: Array.from({ length: n }, () => rng.normal()),
  v: Array.from({ length: n }, () => rng.uniform()),
  w: Array.from({ length: n }, () => 0.5 + rng.uniform()),
  g: Array.from({ length: n }, (_, i) => `g${i % 4}`),
  t: Array.from({ length: n }, (_, i) => [3, 1, 8, 4, 12][Math.floor(i / 4)]!),
  place: Array.from({ length: n }, (_, i) => `p${(i * 7) % 3}`),
};
// between the times of a group, after them, of a group of its own, in no order
const fresh = {
  x: [0.5, -1, 2, 0, 1],
  v: [0.3, 0.9, 0.1, 0.5, 0.7],
  w: [1, 2, 1, 0.5, 1],
  g: ["g1", "g0", "g1", "new", "g1"],
  t: [6, 13, 5, 1, 14],
  place: ["p0", "p1", "p2", "p0", "p1"],
};
const k = fresh.x.length;
const all = Object.fromEntries(
  (["x", "v", "w", "g", "t", "place"] as const).map((name) => [name, [...old[name], ...fresh[name]]]),
) as unknown as Omit<typeof old, "y">;
const sigma = 1.4;
const expon = 0.6;
const psi = 0.55;
const sd = 0.8;
const b = [0.7, -0.4, 0.1];

const correlations: Record<string, (s: number, t: number) => number> = {
  "corAR1(~ t | g)": (s, t) => psi ** Math.abs(s - t),
  "corCAR1(~ t | g)": (s, t) => psi ** Math.abs(s - t),
  "corCompSymm(~ 1 | g)": () => psi,
  "corExp(~ t | g)": (s, t) => Math.exp(-Math.abs(s - t) / psi),
};

const scale = (i: number) => (sigma * Math.exp(expon * all.v[i]!)) / Math.sqrt(all.w[i]!);

/** Mean coefficients (new × fitted) and covariance of e_n given e_o, by dense matrices. */
function dense(rho: (s: number, t: number) => number) {
  const R = (i: number, j: number) =>
    all.g[i] === all.g[j] ? scale(i) * scale(j) * (i === j ? 1 : rho(all.t[i]!, all.t[j]!)) : 0;
  const oo = Float64Array.from({ length: n * n }, (_, c) => R(Math.floor(c / n), c % n));
  expect(choleskyFactor(oo, n)).toBe(true);
  const on = Float64Array.from({ length: n * k }, (_, c) => R(Math.floor(c / k), n + (c % k)));
  const K = on.slice();
  choleskySolve(oo, n, K, k);
  const coefficient = (a: number, i: number) => K[i * k + a]!;
  const covariance = (a: number, c: number) => {
    let sum = R(n + a, n + c);
    for (let i = 0; i < n; i++) sum -= K[i * k + a]! * on[i * k + c]!;
    return sum;
  };
  return { coefficient, covariance };
}

const declared = (correlation: string, random = "") =>
  (model(old) as unknown as Model)
    .formula(`y ~ x ${random}`)
    .weights("w")
    .residual({ variance: "varExp(~ v)", correlation })
    .compile();

describe.each(Object.entries(correlations))("%s", (correlation, rho) => {
  const beta = [0.4, -0.6];
  const given = { newdata: fresh, residuals: "conditional" } as const;

  it("has the conditional mean at the estimate, and the error of the coefficients in it", () => {
    const compiled = declared(correlation);
    const V = new Float64Array(25);
    V.set([0.09, 0.02, 0, 0, 0, 0.02, 0.04]);
    const fit = handMadeFit(compiled, [...beta, sigma, expon, psi], V);
    const { coefficient } = dense(rho);
    const { rows } = predict(fit, given);
    const plain = predict(fit, { newdata: fresh }).rows;
    const change: number[] = [];
    rows.forEach(({ estimate, std_error, conf_low }, a) => {
      let expected = beta[0]! + beta[1]! * fresh.x[a]!;
      const gradient = [1, fresh.x[a]!];
      for (let i = 0; i < n; i++) {
        expected += coefficient(a, i) * (old.y[i]! - beta[0]! - beta[1]! * old.x[i]!);
        gradient[0]! -= coefficient(a, i);
        gradient[1]! -= coefficient(a, i) * old.x[i]!;
      }
      expect(estimate).toBeCloseTo(expected, 9);
      const variance = 0.09 * gradient[0]! ** 2 + 0.04 * gradient[1]! ** 2 + 0.04 * gradient[0]! * gradient[1]!;
      expect(std_error).toBeCloseTo(Math.sqrt(variance), 9);
      expect(conf_low!).toBeLessThan(estimate!);
      change.push(Math.abs(estimate! - plain[a]!.estimate!));
    });
    // a group of its own learns nothing
    expect(change[3]).toBeLessThan(1e-12);
    expect(Math.max(...change)).toBeGreaterThan(0.1);
  });

  it("draws new responses with the conditional covariance, random effects besides", () => {
    const compiled = declared(correlation, "+ (1 | place)");
    const draws = 20000;
    const x = [...beta, sd, sigma, expon, psi];
    const effects = new Float64Array(draws * 3);
    for (let d = 0; d < draws; d++) effects.set(b, 3 * d);
    const fit = handMadePosterior(
      compiled,
      Array.from({ length: draws }, () => x),
      [effects],
    );
    const { coefficient, covariance } = dense(rho);
    const { values } = predictionDraws(fit, { ...given, type: "simulate", seed: "future" });
    const mean = fresh.x.map((value, a) => {
      let sum = beta[0]! + beta[1]! * value + b[Number(fresh.place[a]![1])]!;
      for (let i = 0; i < n; i++)
        sum += coefficient(a, i) * (old.y[i]! - beta[0]! - beta[1]! * old.x[i]! - b[Number(old.place[i]![1])]!);
      return sum;
    });
    const levels = new Map(compiled.design.random[0]!.levels.map((level, l) => [level, l]));
    expect([...levels.keys()]).toEqual(["p0", "p1", "p2"]);
    for (let a = 0; a < k; a++)
      for (let c = 0; c <= a; c++) {
        let first = 0;
        let product = 0;
        for (let d = 0; d < draws; d++) {
          first += (values[a * draws + d]! - mean[a]!) / draws;
          product += ((values[a * draws + d]! - mean[a]!) * (values[c * draws + d]! - mean[c]!)) / draws;
        }
        const size = Math.sqrt(covariance(a, a) * covariance(c, c));
        // five standard errors of a mean and of a product of two standard normals
        expect(Math.abs(first)).toBeLessThan((5 / Math.sqrt(draws)) * Math.sqrt(covariance(a, a)));
        expect(Math.abs(product - covariance(a, c))).toBeLessThan((5 * Math.SQRT2 * size) / Math.sqrt(draws));
      }
    const expected = predict(fit, given).rows;
    expected.forEach(({ estimate }, a) => {
      expect(estimate).toBeCloseTo(mean[a]!, 9);
    });
  });
});

describe("a fitted series", () => {
  const noise = createRng("fitted series");
  const y = new Float64Array(300);
  for (let t = 0, e = 0; t < y.length; t++) {
    e = 0.8 * e + 0.6 * noise.normal();
    y[t] = 5 + e;
  }
  const declared = (model({ y, t: y.map((_, t) => t) }) as unknown as Model).formula("y ~ 1");
  const future = { t: [300, 301, 340] };

  it("is forecast by the powers of its correlation, with intervals that widen to those of a new series", async () => {
    const fit = await declared.residual({ correlation: "corAR1(~ t)" }).fit();
    const [mean] = fit.estimate;
    const phi = fit.estimate.at(-1)!;
    const { rows } = fit.predict({ newdata: future, residuals: "conditional" });
    [1, 2, 41].forEach((steps, a) => {
      expect(rows[a]!.estimate).toBeCloseTo(mean! + phi ** steps * (y[299]! - mean!), 8);
    });
    const widths = fit
      .predict({ newdata: future, residuals: "conditional", type: "simulate", draws: 8000 })
      .rows.map(({ std_error }) => std_error!);
    const sigma = fit.glance().sigma!;
    const error = Math.sqrt(fit.covariance[0]!);
    [1, 2, 41].forEach((steps, a) => {
      const wanted = Math.hypot(sigma * Math.sqrt(1 - phi ** (2 * steps)), error * (1 - phi ** steps));
      expect(Math.abs(widths[a]! / wanted - 1)).toBeLessThan(0.05);
    });
  });

  it("without a time goes on where its rows end", async () => {
    const fit = await declared.residual({ correlation: "corAR1(~ 1)" }).fit();
    const timed = await declared.residual({ correlation: "corAR1(~ t)" }).fit();
    const next = fit.predict({ newdata: { x: [1, 2] }, residuals: "conditional" }).rows;
    const wanted = timed.predict({ newdata: { t: [300, 301] }, residuals: "conditional" }).rows;
    next.forEach(({ estimate }, a) => {
      expect(estimate).toBeCloseTo(wanted[a]!.estimate!, 6);
    });
  });

  it("refuses what cannot be", async () => {
    const fit = await declared.residual({ correlation: "corAR1(~ t)" }).fit();
    const ask = (options: object) => () => fit.predict({ residuals: "conditional", ...options });
    expect(ask({})).toThrow(/needs newdata/);
    expect(ask({ newdata: future, estimand: "population" })).toThrow(/needs the estimand "conditional"/);
    expect(ask({ newdata: future, residuals: "some" })).toThrow(DeclarationError);
    expect(ask({ newdata: { t: [299] } })).toThrow(/t = 299 occurs twice.*Rows up to 300 are the fitted ones/);
    expect(ask({ newdata: { u: [1] } })).toThrow(/no column t/);
    const plain = await declared.fit();
    expect(() => plain.predict({ newdata: future, residuals: "conditional" })).toThrow(/no residual correlation/);
  });
});
