/** What residual structures promise: equalities between models, recovery, predictions, simulation, posteriors, and refusals. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { corAR1, corARMA, corExp, varComb, varExp, varIdent, varPower } from "../../src/dsl/residual.ts";
import { correlationText, parseCorrelation, parseVariance, varianceText } from "../../src/dsl/residual-text.ts";
import { specFromJSON } from "../../src/dsl/spec-json.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { binomial } from "../../src/families/binomial.ts";
import { fitModel } from "../../src/frequentist/fit-model.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { ml, reml } from "../../src/frequentist/method.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { readTable } from "../../src/node/index.ts";
import { uniform } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import { residualStructure } from "../../src/residual/residual-structure.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const orthodont = () => readTable(new URL("../fixtures/reference/Orthodont.csv", import.meta.url).pathname);

function series(groups: number, each: number, seed = "series") {
  const rng = createRng(seed);
  const n = groups * each;
  const column = (f: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => f(i));
  return {
    y: column(() => rng.normal()),
    x: column(() => rng.normal()),
    v: column(() => 0.5 + 3 * rng.uniform()),
    arm: Array.from({ length: n }, (_, i) => (i % 3 === 0 ? "b" : "a")),
    g: column((i) => Math.floor(i / each)),
    t: column((i) => (i % each) + 1),
    east: column(() => 4 * rng.uniform()),
    north: column(() => 4 * rng.uniform()),
  };
}

/** The model with a response simulated at `truth`. */
function simulated(
  residual: { variance?: string; correlation?: string },
  truth: readonly number[],
  random = "",
  groups = 150,
) {
  const columns = series(groups, 6);
  const compiled = model(columns).formula(`y ~ x ${random}`).residual(residual).compile();
  const structure = residualStructure(compiled.design.residual!);
  expect(structure.set(Float64Array.from(truth), 0)).toBe(true);
  const rng = createRng("response");
  const y = columns.x.map(() => rng.normal());
  structure.colour(y);
  const b = Float64Array.from({ length: groups }, () => (random === "" ? 0 : rng.normal()));
  const response = y.map((e, i) => 1 + 0.5 * columns.x[i]! + 1.5 * e + b[columns.g[i]!]!);
  return compiled.withResponse(response);
}

describe("compound symmetry", () => {
  it("is the random-intercept model where the correlation is not negative", async () => {
    const declared = model(await orthodont()).formula("distance ~ age * Sex");
    for (const method of [ml(), reml()]) {
      const gls = await declared.residual({ correlation: "corCompSymm(~ 1 | Subject)" }).fit(method);
      const mixed = await declared.random("Subject").fit(method);
      expect(Math.abs(gls.logLik - mixed.logLik)).toBeLessThan(1e-8);
      const [sd, residual] = mixed.tidy({ effects: ["ran_pars"] }).map(({ estimate }) => estimate);
      const rho = gls.tidy().find(({ term }) => term === "corCompSymm.Rho")!;
      expect(rho.estimate).toBeCloseTo(sd! ** 2 / (sd! ** 2 + residual! ** 2), 5);
    }
  });

  it("finds a negative correlation, where the random intercept is at its boundary", () => {
    const { spec, table } = simulated({ correlation: "corCompSymm(~ 1 | g)" }, [-0.15]);
    const y = simulated({ correlation: "corCompSymm(~ 1 | g)" }, [-0.15]).design.y;
    const columns = { ...series(150, 6), y };
    expect(spec.residual).toBeDefined();
    expect(table.rows).toBe(900);
    const gls = fitModel(model(columns).formula("y ~ x").residual({ correlation: "corCompSymm(~ 1 | g)" }).compile());
    const mixed = fitModel(model(columns).formula("y ~ x + (1 | g)").compile());
    const rho = gls.tidy().find(({ term }) => term === "corCompSymm.Rho")!;
    expect(rho.estimate).toBeLessThan(-0.1);
    expect(rho.conf_high).toBeLessThan(-0.05);
    expect(mixed.verdict.code).toBe("boundary");
    expect(gls.logLik).toBeGreaterThan(mixed.logLik + 10);
  });
});

describe("recovery from simulated data, within four standard errors", () => {
  const structures: [{ variance?: string; correlation?: string }, number[]][] = [
    [{ variance: "varFixed(~ v)" }, []],
    [{ variance: "varIdent(~ 1 | arm)" }, [1.6]],
    [{ variance: "varPower(~ v)" }, [0.7]],
    [{ variance: "varPower(~ v | arm)" }, [0.7, -0.3]],
    [{ variance: "varExp(~ v)" }, [0.3]],
    [{ variance: "varConstPower(~ v)" }, [2, 1.5]],
    [{ variance: "varConstProp(~ v)" }, [0.6]],
    [{ variance: "varComb(varIdent(~ 1 | arm), varExp(~ v))" }, [0.6, 0.2]],
    [{ correlation: "corCompSymm(~ 1 | g)" }, [0.4]],
    [{ correlation: "corSymm(~ t | g)" }, [0.5, 0.2, 0.3, -0.1, 0.4, 0.1, 0.3, 0.2, 0, 0.1, 0.2, 0.1, 0.4, 0.3, 0.1]],
    [{ correlation: "corAR1(~ t | g)" }, [0.6]],
    [{ correlation: "corCAR1(~ t | g)" }, [0.4]],
    [{ correlation: "corARMA(~ t | g, p = 1, q = 1)" }, [0.6, -0.3]],
    [{ correlation: "corExp(~ east + north | g)" }, [1.2]],
    [{ correlation: "corGaus(~ east + north | g)" }, [0.8]],
    [{ correlation: "corLin(~ t | g)" }, [2.5]],
    [{ correlation: "corRatio(~ east + north | g)" }, [0.8]],
    [{ correlation: "corSpher(~ east + north | g)" }, [2.5]],
    [{ correlation: "corExp(~ east + north | g, nugget = TRUE)" }, [2, 0.2]],
    [{ correlation: "corGaus(~ east + north | g, nugget = TRUE)" }, [1.5, 0.2]],
    [{ correlation: "corLin(~ t | g, nugget = TRUE)" }, [4.5, 0.2]],
    [{ correlation: "corRatio(~ east + north | g, nugget = TRUE)" }, [1.5, 0.2]],
    [{ correlation: "corSpher(~ east + north | g, nugget = TRUE)" }, [3.5, 0.2]],
    [{ correlation: "corLin(~ v | g)" }, [1.3]],
    [{ variance: "varPower(~ v)", correlation: "corAR1(~ t | g)" }, [0.7, 0.6]],
  ];
  it.each(structures)("%o", (residual, truth) => {
    const compiled = simulated(residual, truth);
    const fit = fitModel(compiled, ml());
    expect(fit.verdict.code).toBe("converged");
    const at = compiled.layout.phi.offset;
    const { size } = compiled.layout;
    [1, 0.5, 1.5, ...truth].forEach((value, k) => {
      const error = Math.sqrt(fit.covariance[k * size + k]!);
      expect(error).toBeGreaterThan(0);
      expect(Math.abs(fit.estimate[k]! - value)).toBeLessThan(4 * error);
    });
    expect(at).toBe(2);
  });
  it("with random effects besides", () => {
    const compiled = simulated({ correlation: "corAR1(~ t | g)", variance: "varExp(~ v)" }, [0.3, 0.5], "+ (1 | g)");
    const fit = fitModel(compiled, reml());
    expect(fit.verdict.code).toBe("converged");
    const value = (name: string) => fit.tidy().find(({ term }) => term === name)!;
    for (const [name, truth] of [
      ["sd__(Intercept)", 1],
      ["sd__Observation", 1.5],
      ["varExp.expon", 0.3],
      ["corAR1.Phi", 0.5],
    ] as const)
      expect(Math.abs(value(name).estimate - truth)).toBeLessThan(4 * value(name).std_error!);
  });
});

describe("an AR(1) series", () => {
  it("is fitted in time linear in its length: the same evaluations, and a long one within reach", () => {
    const rng = createRng("long");
    const y = new Float64Array(40000);
    for (let t = 1; t < y.length; t++) y[t] = 0.7 * y[t - 1]! + rng.normal();
    const fit = fitModel(model({ y }).formula("y ~ 1").residual({ correlation: "corAR1(~ 1)" }).compile(), ml());
    expect(fit.tidy().at(-1)!.estimate).toBeCloseTo(0.7, 1);
    expect(fit.evaluations).toBeLessThan(60);
  });
});

describe("residuals, simulation and predictions", () => {
  const residual = { variance: "varPower(~ v)", correlation: "corAR1(~ t | g)" };
  const fit = fitModel(simulated(residual, [0.7, 0.6]), reml());

  it("whitens normalized residuals and scales Pearson residuals", () => {
    const { v, g } = series(150, 6);
    const response = fit.residuals();
    const pearson = fit.residuals("pearson");
    const normalized = fit.residuals("normalized");
    const sigma = fit.glance().sigma!;
    const [power, phi] = fit.estimate.slice(-2);
    for (const i of [0, 1, 100]) expect(pearson[i]).toBeCloseTo(response[i]! / (sigma * v[i]! ** power!), 10);
    for (const i of [1, 2, 101]) {
      expect(g[i]).toBe(g[i - 1]);
      expect(normalized[i]).toBeCloseTo((pearson[i]! - phi! * pearson[i - 1]!) / Math.sqrt(1 - phi! ** 2), 10);
    }
    expect(normalized[0]).toBeCloseTo(pearson[0]!, 10);
    const square = normalized.reduce((sum, e) => sum + e * e, 0) / normalized.length;
    expect(Math.abs(square - 1)).toBeLessThan(0.02);
  });

  it("simulates the variance function and the correlation, for the fit's rows and for new ones", () => {
    const { v, x } = series(150, 6);
    const nsim = 4000;
    const newdata = toTable({ x: [0, 0, 0, 0], v: [1, 3, 2, 2], g: [900, 900, 901, 901], t: [1, 2, 1, 3] });
    const sigma = fit.glance().sigma!;
    const [intercept, slope] = fit.estimate;
    const [power, phi] = fit.estimate.slice(-2);
    const moments = (
      options: { newdata?: ReturnType<typeof toTable> },
      a: number,
      b: number,
      v0: number,
      v1: number,
      mean0: number,
      mean1: number,
    ) => {
      const drawn = fit.simulate({ nsim, seed: "moments", ...options });
      let aa = 0;
      let ab = 0;
      for (let s = 0; s < nsim; s++) {
        const y = drawn.response(s);
        const e = (y[a]! - mean0) / (sigma * v0 ** power!);
        const f = (y[b]! - mean1) / (sigma * v1 ** power!);
        aa += (e * e) / nsim;
        ab += (e * f) / nsim;
      }
      return [aa, ab] as const;
    };
    const mean = (i: number) => intercept! + slope! * x[i]!;
    const [own, neighbour] = moments({}, 1, 2, v[1]!, v[2]!, mean(1), mean(2));
    expect(Math.abs(own - 1)).toBeLessThan(0.1);
    expect(Math.abs(neighbour - phi!)).toBeLessThan(0.08);
    const [first, second] = moments({ newdata }, 0, 1, 1, 3, intercept!, intercept!);
    expect(Math.abs(first - 1)).toBeLessThan(0.1);
    expect(Math.abs(second - phi!)).toBeLessThan(0.08);
    const [, apart] = moments({ newdata }, 2, 3, 2, 2, intercept!, intercept!);
    expect(Math.abs(apart - phi! ** 2)).toBeLessThan(0.08);
    const [, across] = moments({ newdata }, 1, 2, 3, 2, intercept!, intercept!);
    expect(Math.abs(across)).toBeLessThan(0.07);
  });

  it("simulates random effects and residual structure together", () => {
    const truth = { x: 0, v: 2, g: 5, t: 1 };
    const compiled = simulated({ variance: "varPower(~ v)", correlation: "corAR1(~ t | g)" }, [0.7, 0.6], "+ (1 | g)");
    const mixed = fitModel(compiled, ml());
    const [intercept, , sd, sigma, power, phi] = mixed.estimate as unknown as number[];
    // two rows of one group, two steps apart, and one of another
    const rows = [truth, { ...truth, v: 3, t: 3 }, { ...truth, g: 6 }];
    const newdata = toTable(rows);
    const scale = rows.map(({ v }) => sigma! * v ** power!);
    const nsim = 6000;
    const within = phi! ** 2 * scale[0]! * scale[1]!;
    const residualCovariance = [scale[0]! ** 2, within, 0, scale[1]! ** 2, 0, scale[2]! ** 2];
    const shared = [1, 1, 0, 1, 0, 1];
    for (const randomEffects of ["new", "fitted"] as const) {
      const drawn = mixed.simulate({ nsim, seed: randomEffects, newdata, randomEffects });
      const b = mixed.ranef().filter(({ level }) => level === "5" || level === "6");
      const centre = rows.map(({ g }) => intercept! + (randomEffects === "new" ? 0 : b[g - 5]!.estimate));
      const pairs = [0, 1, 2].flatMap((i) => [0, 1, 2].filter((j) => j >= i).map((j) => [i, j] as const));
      pairs.forEach(([i, j], k) => {
        let product = 0;
        let square = 0;
        for (let s = 0; s < nsim; s++) {
          const y = drawn.response(s);
          const value = (y[i]! - centre[i]!) * (y[j]! - centre[j]!);
          product += value / nsim;
          square += (value * value) / nsim;
        }
        const expected = residualCovariance[k]! + (randomEffects === "new" ? shared[k]! * sd! ** 2 : 0);
        const error = Math.sqrt((square - product ** 2) / nsim);
        expect(Math.abs(product - expected)).toBeLessThan(4.5 * error);
      });
    }
  });

  it("predicts later rows of a series by its mean, without what its residuals say of them", () => {
    const last = { x: 0, v: 2, g: 3, t: 7 };
    const [row] = fit.predict({ newdata: toTable([last]) }).rows;
    expect(row!.estimate).toBeCloseTo(fit.estimate[0]!, 10);
  });

  it("saves the fitted values that a variance is made of", () => {
    for (const formula of ["y ~ x", "y ~ x + (1 | g)"]) {
      const columns = { ...series(150, 6), y: simulated(residual, [0.7, 0.6], "+ (1 | g)").design.y };
      const declared = model(columns)
        .formula(formula)
        .residual({ variance: varExp("fitted"), correlation: corAR1("t | g") });
      const found = fitModel(declared.compile(), ml());
      const loaded = loadFit(JSON.stringify(saveFit(found))) as MaximumLikelihood;
      expect(loaded.tidy()).toEqual(found.tidy());
      const [a, b] = [loaded.residuals("normalized"), found.residuals("normalized")];
      expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(1e-6);
      const drawn = [loaded, found].map((one) => one.simulate({ seed: 1 }).values);
      expect(Math.max(...drawn[0]!.map((value, i) => Math.abs(value - drawn[1]![i]!)))).toBeLessThan(1e-6);
    }
  });

  it("predicts new rows without the structure's columns", () => {
    const predicted = fit.predict({ newdata: { x: [0, 2] }, estimand: "typical" });
    expect(predicted.rows[1]!.estimate).toBeCloseTo(fit.estimate[0]! + 2 * fit.estimate[1]!, 10);
  });

  it("refits to another response from the estimate", () => {
    const y = fit.simulate({ seed: "again" }).response(0);
    const again = fit.refit(y);
    const fresh = fitModel(fit.model.withResponse(y), reml());
    expect(again.logLik).toBeCloseTo(fresh.logLik, 5);
  });
});

describe("the posterior", () => {
  it("agrees with maximum likelihood on a large series, and takes priors by nlme's names", async () => {
    const compiled = simulated({ correlation: "corAR1(~ t | g)" }, [0.6], "+ (1 | g)", 80);
    const declared = model({ ...series(80, 6), y: compiled.design.y })
      .formula("y ~ x + (1 | g)")
      .residual({ correlation: corAR1("t | g") })
      .prior("aux:corAR1.Phi", uniform(-1, 1));
    expect(declared.priors().rows.some(({ name }) => name === "corAR1.Phi")).toBe(true);
    const found = fitModel(compiled, ml());
    const bayes = await declared.sample(nuts({ chains: 1, warmup: 120, draws: 200, seed: "phi" }));
    const row = (rows: readonly { term: string; estimate: number; std_error: number | null }[], term: string) =>
      rows.find((one) => one.term === term)!;
    for (const term of ["x", "corAR1.Phi"]) {
      const a = row(found.tidy(), term);
      const b = row(bayes.tidy(), term);
      expect(Math.abs(a.estimate - b.estimate)).toBeLessThan(0.5 * a.std_error!);
      expect(b.std_error! / a.std_error!).toBeGreaterThan(0.7);
      expect(b.std_error! / a.std_error!).toBeLessThan(1.4);
    }
  });

  it("refuses a variance of the fitted values", async () => {
    const declared = model(series(10, 6))
      .formula("y ~ x")
      .residual({ variance: varPower("fitted") });
    await expect(declared.sample(nuts({ chains: 1 }))).rejects.toThrow(/fixed-point iteration/);
  });
});

describe("declaration", () => {
  it("reads nlme's words and writes them back", () => {
    for (const text of [
      "varPower(~ DML | MONTH)",
      "varIdent(~ 1 | Sex:Group)",
      "varComb(varIdent(~ 1 | MONTH), varPower(~ DML, fixed = c(power = 0.5)))",
      "varExp(~ fitted(.))",
    ])
      expect(varianceText(parseVariance(text))).toBe(text);
    for (const text of [
      "corARMA(~ 1 | Mare, p = 1, q = 1)",
      "corExp(~ x + y, nugget = TRUE)",
      "corAR1(~ time | g, value = 0.3, fixed = TRUE)",
      'corGaus(~ log(x) | a:b, metric = "manhattan")',
    ])
      expect(correlationText(parseCorrelation(text))).toBe(text);
    expect(parseVariance("varPower(form=~DML|MONTH, fixed=0.5)")).toEqual(
      varPower("DML", { by: "MONTH", fixed: { power: 0.5 } }),
    );
    expect(parseCorrelation("corARMA(form = ~ 1 | Mare, p=1, q=1)")).toEqual(corARMA("1 | Mare", { p: 1, q: 1 }));
    expect(parseCorrelation("corAR1(0.3, ~ t | g)")).toEqual(corAR1("t | g", { value: 0.3 }));
    expect(parseVariance("varComb(varIdent(~1|a), varPower(~b))")).toEqual(varComb(varIdent("a"), varPower("b")));
  });

  it("survives JSON and is described", () => {
    const declared = model(series(4, 5))
      .formula("y ~ x")
      .residual({ variance: varPower("v", { by: "arm" }), correlation: corExp("east + north | g", { nugget: true }) });
    expect(specFromJSON(JSON.stringify(declared))).toEqual(declared.spec);
    expect(declared.describe()).toContain("sd(y_i | μ_i) = σ g_i, g = varPower(~ v | arm)");
    expect(declared.describe()).toContain("cor(y | μ) = corExp(~ east + north | g, nugget = TRUE)");
    const broken = structuredClone(declared.spec) as { residual: { correlation: { kind: string } } };
    broken.residual.correlation.kind = "corNone";
    expect(() => specFromJSON(broken)).toThrow(/spec.residual.correlation.kind/);
  });

  it("holds fixed parameters", () => {
    const compiled = simulated({ variance: "varPower(~ v)", correlation: "corAR1(~ t | g)" }, [0.7, 0.6]);
    const columns = { ...series(150, 6), y: compiled.design.y };
    const declared = model(columns).formula("y ~ x");
    const held = fitModel(
      declared
        .residual({
          variance: varPower("v", { fixed: { power: 0.7 } }),
          correlation: corAR1("t | g", { value: 0.6, fixed: true }),
        })
        .compile(),
      ml(),
    );
    expect(held.df).toBe(3);
    const free = fitModel(
      declared.residual({ variance: "varPower(~ v)", correlation: "corAR1(~ t | g)" }).compile(),
      ml(),
    );
    expect(held.logLik).toBeLessThanOrEqual(free.logLik + 1e-9);
    expect(free.logLik - held.logLik).toBeLessThan(8);
  });

  const faults: [string, () => unknown, RegExp][] = [
    ["an unknown structure", () => parseCorrelation("corAR2(~ 1 | g)"), /no correlation structure corAR2.*corAR1/],
    ["a missing covariate", () => parseCorrelation("corExp(~ 1 | g)"), /name at least one numeric column/],
    ["orders of nothing", () => parseCorrelation("corARMA(~ 1 | g)"), /p = 0 and q = 0/],
    [
      "an unknown column",
      () =>
        model(series(4, 5))
          .formula("y ~ x")
          .residual({ variance: "varPower(~ w)" as string })
          .compile(),
      /\bw\b/,
    ],
    [
      "a repeated time",
      () =>
        model({ ...series(4, 5), t: new Float64Array(20).fill(2) })
          .formula("y ~ x")
          .residual({ correlation: "corAR1(~ t | g)" })
          .compile(),
      /t = 2 occurs twice in g 0/,
    ],
    [
      "fractional times",
      () => model(series(4, 5)).formula("y ~ x").residual({ correlation: "corAR1(~ v | g)" }).compile(),
      /whole numbers as time, but v in row 1/,
    ],
    [
      "a covariate of 0",
      () =>
        model({ ...series(4, 5), v: new Float64Array(20) })
          .formula("y ~ x")
          .residual({ variance: "varPower(~ v)" })
          .compile(),
      /v, which is 0 in row 1/,
    ],
    [
      "groups of one row",
      () => model(series(20, 1)).formula("y ~ x").residual({ correlation: "corCompSymm(~ 1 | g)" }).compile(),
      /only groups of one row/,
    ],
    [
      "an unknown fixed stratum",
      () =>
        model(series(4, 5))
          .formula("y ~ x")
          .residual({ variance: varIdent("arm", { fixed: { c: 2 } }) })
          .compile(),
      /no parameter c to hold fixed/,
    ],
    [
      "another family",
      () =>
        model({ ...series(4, 5), y: new Float64Array(20).map((_, i) => i % 2) })
          .formula("y ~ x")
          .family(binomial())
          .residual({ correlation: "corAR1(~ t | g)" })
          .compile(),
      /needs a Gaussian response/,
    ],
    [
      "frequency weights",
      () =>
        model(series(4, 5))
          .formula("y ~ x")
          .frequencyWeights("v")
          .residual({ correlation: "corAR1(~ t | g)" })
          .compile(),
      /Frequency weights/,
    ],
  ];
  it.each(faults)("refuses %s", (_, declare, message) => {
    expect(declare).toThrow(DeclarationError);
    expect(declare).toThrow(message);
  });
});

it("keeps what the library's documentation shows", () => {
  const text = readFileSync(new URL("../../docs/residual.md", import.meta.url), "utf8");
  for (const name of ["varIdent", "varConstProp", "corSymm", "corCAR1", "corSpher"]) expect(text).toContain(name);
});
