/**
 * Known residual variances. References: metafor 3.8-1 in R 4.2.2, `rma(yi, vi, mods = ~ ablat, data = bcg, method = …,
 * control = list(threshold = 1e-14))`; `rma(y, sigma^2, method = "ML")` for the eight schools. The restricted log-likelihood of metafor has
 * half the log determinant of X'X added.
 */
import { describe, expect, it } from "vitest";
import { gee } from "../../src/frequentist/gee/method.ts";
import {
  compare,
  DeclarationError,
  intraclassCorrelation,
  ml,
  model,
  modelFromJSON,
  pql,
  reml,
  summaryText,
} from "../../src/index.ts";
import { clusterBootstrap } from "../../src/public/engines.ts";
import { loadFit, saveFit } from "../../src/public/exchange.ts";

/** Colditz et al. (1994): log relative risks of tuberculosis after BCG vaccination, their sampling variances, and the latitude. */
const bcg = {
  trial: Array.from({ length: 13 }, (_, i) => i + 1),
  ablat: [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33],
  tpos: [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
  tneg: [119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886],
  cpos: [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
  cneg: [128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825],
};
const risks = {
  trial: bcg.trial,
  ablat: bcg.ablat,
  yi: bcg.trial.map((_, i) => {
    const treated = bcg.tpos[i]! / (bcg.tpos[i]! + bcg.tneg[i]!);
    return Math.log(treated / (bcg.cpos[i]! / (bcg.cpos[i]! + bcg.cneg[i]!)));
  }),
  vi: bcg.trial.map((_, i) => {
    const share = (pos: number, neg: number) => 1 / pos - 1 / (pos + neg);
    return share(bcg.tpos[i]!, bcg.tneg[i]!) + share(bcg.cpos[i]!, bcg.cneg[i]!);
  }),
};
const schools = {
  school: ["A", "B", "C", "D", "E", "F", "G", "H"],
  y: [28, 8, -3, 7, -1, 1, 18, 12],
  sigma: [15, 10, 16, 11, 9, 11, 10, 18],
};
const regression = () => model(risks).formula("yi ~ ablat + (1 | trial)").knownVariance("vi");
const estimates = (fit: { tidy(): readonly { readonly estimate: number }[] }) => fit.tidy().map((row) => row.estimate);
const faultsOf = (work: () => unknown): readonly string[] => {
  try {
    work();
  } catch (error) {
    if (error instanceof DeclarationError) return error.issues.map(({ message }) => message);
    throw error;
  }
  return [];
};

describe("against metafor", () => {
  it("maximum likelihood with every constant", async () => {
    const fit = await regression().fit(ml());
    expect(fit.verdict.code).toBe("converged");
    const [intercept, ablat, tau] = fit.tidy();
    expect(intercept!.estimate).toBeCloseTo(0.2821071739, 6);
    expect(intercept!.std_error).toBeCloseTo(0.1871845563, 6);
    expect(ablat!.estimate).toBeCloseTo(-0.0295093354, 8);
    expect(ablat!.std_error).toBeCloseTo(0.0054877363, 8);
    expect(tau).toMatchObject({ effect: "ran_pars", group: "trial", term: "sd__(Intercept)" });
    expect(tau!.estimate).toBeCloseTo(0.1853414214, 6);
    expect(fit.tidy()).toHaveLength(3);
    expect(fit.logLik).toBeCloseTo(-7.6856655284, 9);
    expect(fit.glance()).toMatchObject({ df: 3, sigma: null, nobs: 13 });
  });

  it("restricted maximum likelihood", async () => {
    const fit = await regression().fit(reml());
    const [intercept, ablat, tau] = fit.tidy();
    expect(intercept!.estimate).toBeCloseTo(0.25146821, 6);
    expect(ablat!.estimate).toBeCloseTo(-0.029101725, 8);
    expect(intercept!.std_error).toBeCloseTo(0.2490953966, 6);
    expect(tau!.estimate).toBeCloseTo(0.2763113533, 6);
    const mean = bcg.ablat.reduce((sum, x) => sum + x, 0) / 13;
    const spread = bcg.ablat.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    expect(fit.logLik + 0.5 * Math.log(13 * spread)).toBeCloseTo(-8.0873200583, 7);
  });

  it("the model without random effects has normal tests, for nothing of the variance was estimated", async () => {
    const fit = await model(risks).formula("yi ~ ablat").knownVariance("vi").fit(ml());
    const [intercept, ablat] = fit.tidy();
    expect(intercept!.estimate).toBeCloseTo(0.3435645774, 9);
    expect(ablat!.std_error).toBeCloseTo(0.0026524294, 9);
    expect(intercept!.p_value).toBeCloseTo(0.0000224532, 9);
    expect(intercept!.df).toBeNull();
    expect(fit.logLik).toBeCloseTo(-9.4736108686, 9);
  });

  it("the eight schools are at the boundary, tau = 0, and it is said", async () => {
    const fit = await model(schools).formula("y ~ 1 + (1 | school)").standardErrors("sigma").fit(ml());
    expect(fit.verdict.code).toBe("boundary");
    expect(fit.logLik).toBeCloseTo(-29.674243688, 8);
    expect(estimates(fit)).toEqual([expect.closeTo(7.685616725, 8), 0]);
    expect(fit.tidy()[0]!.std_error).toBeCloseTo(4.0719191584, 8);
  });
});

describe("units and special responses", () => {
  it("scales with the response", async () => {
    const plain = await regression().fit(ml());
    for (const factor of [1e6, 1e-6]) {
      const scaled = await model({
        ...risks,
        yi: risks.yi.map((y) => factor * y),
        vi: risks.vi.map((v) => factor * factor * v),
      })
        .formula("yi ~ ablat + (1 | trial)")
        .knownVariance("vi")
        .fit(ml());
      const ratio = estimates(scaled).map((value, i) => value / (factor * estimates(plain)[i]!));
      for (const value of ratio) expect(value).toBeCloseTo(1, 6);
      expect(scaled.logLik).toBeCloseTo(plain.logLik - 13 * Math.log(factor), 7);
    }
  });

  it("a response without spread has no variance between groups", async () => {
    for (const value of [5, 0]) {
      const fit = await model({ ...schools, y: schools.y.map(() => value) })
        .formula("y | se(sigma) ~ 1 + (1 | school)")
        .fit();
      expect(fit.verdict.code).toBe("boundary");
      expect(estimates(fit)[0]).toBeCloseTo(value, 12);
      expect(estimates(fit)[1]).toBe(0);
    }
  });

  it("frequency weights count rows, as copies would", async () => {
    const counts = risks.trial.map((t) => 1 + (t % 3));
    const copies = risks.trial.flatMap((_, i) => new Array<number>(counts[i]!).fill(i));
    const pick = <T>(values: readonly T[]) => copies.map((i) => values[i]!);
    const weighted = await model({ ...risks, m: counts })
      .formula("yi ~ ablat + (1 | trial)")
      .knownVariance("vi")
      .frequencyWeights("m")
      .fit(ml());
    const expanded = await model({
      trial: pick(risks.trial),
      ablat: pick(risks.ablat),
      yi: pick(risks.yi),
      vi: pick(risks.vi),
    })
      .formula("yi ~ ablat + (1 | trial)")
      .knownVariance("vi")
      .fit(ml());
    expect(weighted.logLik).toBeCloseTo(expanded.logLik, 8);
    estimates(weighted).forEach((value, i) => {
      expect(value).toBeCloseTo(estimates(expanded)[i]!, 5);
    });
  });
});

describe("declaration", () => {
  it("is the same as a variance, as an expression, as standard errors and in the formula", async () => {
    const table = { ...schools, v: schools.sigma.map((s) => s * s) };
    const declared = model(table).formula("y ~ 1 + (1 | school)");
    const fits = [
      declared.knownVariance("v"),
      declared.knownVariance("sigma^2"),
      declared.standardErrors("sigma"),
      model(table).formula("y | se(sigma) ~ 1 + (1 | school)"),
      model(table).response("y | se(sigma)").random("school"),
    ];
    const first = (await fits[0]!.fit()).logLik;
    for (const other of fits) expect((await other.fit()).logLik).toBeCloseTo(first, 12);
    expect(fits[2]!.toFormula()).toBe("y | se(sigma) ~ 1 + (1 | school)");
    expect(fits[3]!.spec).toEqual(fits[2]!.spec);
    expect(fits[0]!.toFormula()).toBe("y ~ 1 + (1 | school)");
    expect(fits[0]!.describe()).toBe("y_i ~ N(μ_i, v_i)\nμ_i = β₀ + b_school[i]\nb_school ~ N(0, σ²_school)");
  });

  it("goes through JSON, and so does a fit", async () => {
    const again = modelFromJSON(JSON.stringify(regression()), risks);
    expect(again.spec).toEqual(regression().spec);
    const fit = await regression().fit();
    const loaded = loadFit(JSON.parse(JSON.stringify(saveFit(fit))));
    expect(loaded.tidy()).toEqual(fit.tidy());
    const text = summaryText(loaded);
    expect(text).toContain("Variance: known, vi");
    expect(text).not.toContain("Residual");
  });

  it("refits, bootstraps and compares as other fits do", async () => {
    const fit = await regression().fit(ml());
    const refitted = fit.refit(risks.yi);
    expect(refitted.logLik).toBeCloseTo(fit.logLik, 9);
    const boot = clusterBootstrap(fit, { resamples: 20, seed: 1 });
    expect(boot.kept).toBe(20);
    expect(boot.rows[1]!.std_error).toBeGreaterThan(0.002);
    const plain = await model(risks).formula("yi ~ ablat").fit(ml());
    const text = String(compare({ fit, plain }));
    expect(text).toContain("sd__Observation");
  });
});

describe("bad input", () => {
  const base = (v: readonly (number | null)[]) =>
    model({ ...schools, v: v as number[] })
      .formula("y ~ 1 + (1 | school)")
      .knownVariance("v");

  it("a variance that is not above 0 names its row", () => {
    for (const value of [0, -4])
      expect(faultsOf(() => base([1, 1, value, 1, 1, 1, 1, 1]).compile())).toEqual([
        `The known variance v is ${value} in row 3; a variance must be a finite number above 0. Correct the value, or leave the row out.`,
      ]);
  });

  it("missing variances are dropped and counted, or refused, as any missing value", async () => {
    const gap = base([1, 1, null, 1, 1, 1, 1, 1]);
    expect((await gap.fit()).warnings[0]!.message).toBe("1 row with a missing value in v was dropped.");
    expect(faultsOf(() => gap.missing("error").compile())[0]).toContain("The column v has 1 missing value (row 3)");
  });

  it("all that it does not go with, at once", () => {
    const messages = faultsOf(() =>
      base([1, 1, 1, 1, 1, 1, 1, 1])
        .family({ name: "poisson" })
        .weights("sigma")
        .residual({ variance: "varPower(~ sigma)" })
        .compile(),
    );
    expect(messages).toHaveLength(3);
    expect(messages[0]).toContain("Known variances belong to a Gaussian response");
    expect(messages[1]).toContain("the precision weights sigma");
    expect(messages[2]).toContain("variance function or a residual correlation");
  });

  it("a nonlinear mean", () => {
    const declared = model(schools)
      .response("y")
      .mean("a * exp(b * sigma)", { parameters: { a: "1", b: "1" } })
      .standardErrors("sigma");
    expect(faultsOf(() => declared.compile())).toEqual([
      "Known variances go with a linear mean; leave the nonlinear mean or .knownVariance() out.",
    ]);
  });

  it("engines and measures that estimate a residual variance refuse it", async () => {
    const declared = base([1, 1, 1, 1, 1, 1, 1, 1]);
    await expect(declared.fit(pql())).rejects.toThrow("has no place for known variances");
    await expect(
      model(schools)
        .formula("y | se(sigma) ~ 1")
        .fit(gee({ id: "school" })),
    ).rejects.toThrow("have no place for known variances");
    const fit = await declared.fit();
    expect(() => intraclassCorrelation(fit)).toThrow("a known variance of its own");
  });

  it("an empty or unreadable text", () => {
    expect(faultsOf(() => model(schools).knownVariance(""))).toEqual([
      'Known variances need a column or an expression of columns: .knownVariance("v"), or .standardErrors("se").',
    ]);
    expect(faultsOf(() => model(schools).formula("y | se(sigma, 2) ~ 1"))[0]).toContain("se() takes one argument");
    expect(faultsOf(() => model(schools).formula("y | sd(sigma) ~ 1"))[0]).toContain("se(s)");
  });
});
