/** Effects at places and times, and Toeplitz correlations, in whole fits: against glmmTMB and dense normal likelihoods. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { poisson } from "../../src/families/poisson.ts";
import { laplace, ml, reml } from "../../src/frequentist/method.ts";
import { choleskyFactor, choleskyLogDet } from "../../src/linalg/dense-cholesky.ts";
import { solveLower } from "../../src/linalg/triangular.ts";
import { model } from "../../src/model-builder.ts";
import { nuts } from "../../src/samplers/sampler.ts";

interface Fit {
  readonly logLik: number;
  readonly fixed: number | readonly number[];
  readonly sd: number;
  readonly theta: readonly number[];
  readonly sigma: number;
}
/** glmmTMB 1.1.5, R 4.2.2: `y ~ x + ou(numFactor(t) + 0 | g)` and so on. */
const reference = JSON.parse(
  readFileSync(new URL("../fixtures/covariance/places.json", import.meta.url), "utf8"),
) as Record<"ou" | "ouReml" | "ouPoisson" | "expTime" | "gau", Fit> & {
  toep: Fit & { sds: number[]; cor: number[] };
  dataOu: { g: string[]; t: number[]; x: number[]; y: number[]; count: number[] };
  dataToep: { k: number[]; h: string[]; w: number[]; z: number[] };
  dataGau: { east: number[]; north: number[]; v: number[]; one: number[] };
};
const { dataOu, dataToep, dataGau } = reference;

interface Table {
  readonly logLik: number;
  tidy(): { term: string; group: string | null; estimate: number }[];
}
const estimate = (fit: Pick<Table, "tidy">, term: string): number =>
  fit.tidy().find((row) => row.term === term)!.estimate;

/** range is how glmmTMB's second θ gives it. */
function expectFit(fit: Table, expected: Fit, label: string, range: number): void {
  expect(fit.logLik).toBeCloseTo(expected.logLik, 5);
  expect(estimate(fit, `sd__${label}`) / expected.sd).toBeCloseTo(1, 3);
  expect(estimate(fit, `range__${label}`) / range).toBeCloseTo(1, 3);
}

describe("Ornstein-Uhlenbeck processes over irregular times, groups unequal, rows in no order", () => {
  const declared = (data: Record<string, unknown[]> = dataOu) =>
    model(data as unknown as typeof dataOu).formula("y ~ x + ou(0 + t | g)");

  test("agree with glmmTMB by ML and REML, and exp() of one column is the same", async () => {
    expectFit(await declared().fit(ml()), reference.ou, "t", Math.exp(-reference.ou.theta[1]!));
    expectFit(await declared().fit(reml()), reference.ouReml, "t", Math.exp(-reference.ouReml.theta[1]!));
    const other = await model(dataOu).formula("y ~ x + exp(0 + t | g)").fit(ml());
    expectFit(other, reference.ou, "t", Math.exp(-reference.ou.theta[1]!));
  });

  test("the likelihood is that of a dense normal distribution", async () => {
    const fit = await declared().fit(ml());
    const { g, t, x, y } = dataOu;
    const n = y.length;
    const [sd, range, sigma] = ["sd__t", "range__t", "sd__Observation"].map((term) => estimate(fit, term));
    const V = Float64Array.from({ length: n * n }, (_, cell) => {
      const [i, j] = [Math.floor(cell / n), cell % n];
      const same = g[i] === g[j] ? sd! ** 2 * Math.exp(-Math.abs(t[i]! - t[j]!) / range!) : 0;
      return same + (i === j ? sigma! ** 2 : 0);
    });
    choleskyFactor(V, n);
    const r = Float64Array.from(y, (value, i) => value - estimate(fit, "(Intercept)") - estimate(fit, "x") * x[i]!);
    solveLower(V, 0, n, n, r, 0, 1);
    const square = r.reduce((sum, value) => sum + value * value, 0);
    expect(fit.logLik).toBeCloseTo(-0.5 * (n * Math.log(2 * Math.PI) + choleskyLogDet(V, n) + square), 7);
  });

  test("counts by Laplace's approximation agree with glmmTMB", async () => {
    const fit = await model(dataOu).formula("count ~ x + ou(0 + t | g)").family(poisson()).fit(laplace());
    expectFit(fit, reference.ouPoisson, "t", Math.exp(-reference.ouPoisson.theta[1]!));
  });

  test("predict at times of the fit, refuse others by row, and are saved", async () => {
    const fit = await declared().fit(ml());
    const rows = { g: ["3", "3"], t: [dataOu.t[0]!, dataOu.t[1]!], x: [0, 1] };
    const predicted = await fit.predict({ newdata: rows });
    expect(predicted.rows.every((row) => Number.isFinite(row.estimate))).toBe(true);
    await expect(async () => fit.predict({ newdata: { ...rows, t: [dataOu.t[0]!, 77] } })).rejects.toThrow(
      /Row 2 is at t = 77/,
    );
    const again = loadFit(saveFit(fit)) as typeof fit;
    expect(again.tidy()).toEqual(fit.tidy());
    expect((await again.predict({ newdata: rows })).rows).toEqual(predicted.rows);
  });

  test("levels that are numbers, or numFactor's, are times", async () => {
    const text = { ...dataOu, num: dataOu.t.map((t) => `(${t})`) };
    const fit = await model(text).formula("y ~ x + ou(0 + num | g)").fit(ml());
    expect(fit.logLik).toBeCloseTo(reference.ou.logLik, 5);
  });

  test("are sampled, the range with a prior of its own", async () => {
    const five = model(dataToep).formula("z ~ w + ou(0 + k | h)");
    const likely = estimate(await five.fit(ml()), "range__k");
    const posterior = await five.sample(nuts({ chains: 1, warmup: 100, draws: 100, seed: 4 }));
    const range = estimate(posterior, "range__k");
    expect(range).toBeGreaterThan(0.5 * likely);
    expect(range).toBeLessThan(4 * likely);
  });
});

test("a Gaussian function of distance agrees with glmmTMB, and a grouping factor of one level is right", async () => {
  const fit = await model(dataGau).formula("v ~ 1 + gau(0 + east + north | one)").fit(ml());
  expect(fit.logLik).toBeCloseTo(reference.gau.logLik, 4);
  expect(estimate(fit, "sd__east:north") / reference.gau.sd).toBeCloseTo(1, 3);
  expect(estimate(fit, "range__east:north") / Math.exp(reference.gau.theta[1]!)).toBeCloseTo(1, 3);
});

test("Toeplitz correlations agree with glmmTMB", async () => {
  const fit = await model(dataToep).formula("z ~ w + toep(0 + factor(k) | h)").fit(ml());
  const { toep } = reference;
  expect(fit.logLik).toBeCloseTo(toep.logLik, 5);
  toep.sds.forEach((sd, a) => {
    expect(estimate(fit, `sd__factor(k)${a + 1}`) / sd).toBeCloseTo(1, 3);
  });
  toep.cor.slice(1).forEach((r, lag) => {
    expect(estimate(fit, `cor__factor(k)1.factor(k)${lag + 2}`)).toBeCloseTo(r, 3);
  });
});

describe("refusals", () => {
  const refused = (formula: string) => model(dataGau).formula(formula).fit(ml());
  test("say what is wanted", async () => {
    await expect(refused("v ~ 1 + ou(0 + east + north | one)")).rejects.toThrow(
      /has 2 coordinates.*one numeric column/,
    );
    await expect(refused("v ~ 1 + exp(east | one)")).rejects.toThrow(
      /without an intercept, as exp\(0 \+ east \+ north/,
    );
    const levels = { ...dataGau, site: dataGau.east.map((_, i) => `s${i % 7}`) };
    await expect(model(levels).formula("v ~ 1 + exp(0 + site | one)").fit(ml())).rejects.toThrow(/level "s0" of site/);
    expect(() => model(dataGau).formula("v ~ exp(east) + rr(0 + east | one)")).toThrow(/rr\(\) is not supported/);
  });
  test("leave exp() the function it is", async () => {
    const fit = await model(dataGau).formula("v ~ exp(east / 10)").fit(ml());
    expect(estimate(fit, "exp(east/10)")).toBeDefined();
  });
});
