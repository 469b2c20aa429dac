/** Given standard deviations of random effects and of the residual in whole fits: against glmmTMB, nlme and dense matrices. Fixtures: test/fixtures/covariance. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { corAR1, corSymm, varConstProp, varIdent, varPower } from "../../src/dsl/residual.ts";
import { specFromJSON } from "../../src/dsl/spec-json.ts";
import { clusterBootstrap } from "../../src/effects/cluster-bootstrap.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { namedDraws } from "../../src/exchange/named-draws.ts";
import { posteriorFromDraws } from "../../src/exchange/posterior-from-draws.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { laplace, ml, reml } from "../../src/frequentist/method.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { readTable } from "../../src/node/index.ts";
import { halfNormal, lkj, normal } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import { summaryText } from "../../src/report/summary.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";

interface Reference {
  readonly name: string;
  readonly logLik: number;
  readonly fixed: readonly number[];
  readonly se: readonly number[];
  readonly cor?: number | readonly number[];
  readonly psi?: readonly number[];
  readonly sd?: number;
}
const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url).pathname;
const { fits } = JSON.parse(readFileSync(fixture("covariance/given.json"), "utf8")) as { fits: readonly Reference[] };
const reference = (name: string): Reference => fits.find((fit) => fit.name === name)!;
const table = async (name: string) => toTable(await readTable(fixture(`reference/${name}.csv`)));
const machines = await table("Machines");
const orthodont = await table("Orthodont");
const cbpp = await table("cbpp");
const epil = await table("epil");

const SD = [4, 8, 4];
const withMachines = (term: string): Model => model(machines).formula(`score ~ Machine + ${term}`);
const corh = () => withMachines("corh(0 + Machine | Worker, sd = c(4, 8, 4))");

type Tidy = { tidy(): { term: string; estimate: number; std_error: number | null; group: string | null }[] };
const rowsOf = (fit: Tidy, start: string) => fit.tidy().filter(({ term }) => term.startsWith(start));
const list = (value: number | readonly number[] | undefined): readonly number[] =>
  value === undefined ? [] : typeof value === "number" ? [value] : value;

describe("agrees with glmmTMB, the logarithms of standard deviations held there", () => {
  const cases: [string, () => Model, number][] = [
    ["corh", corh, 7],
    ["cs", () => withMachines("cs(0 + Machine | Worker, sd = c(4, 8, 4))"), 5],
    ["diag", () => withMachines("diag(0 + Machine | Worker, sd = c(4, 8, 4))"), 4],
    ["corh, sigma", () => corh().sigma(0.8), 6],
    ["slopes, sigma", () => model(orthodont).formula("distance ~ age + (age | Subject)").sigma(1.2), 5],
  ];
  for (const criterion of ["ml", "reml"])
    test.each(cases)(`%s by ${criterion}`, async (name, declared, df) => {
      const expected = reference(`${name} ${criterion}`);
      const fit = await declared().fit(criterion === "ml" ? ml() : reml());
      expect(fit.verdict.code).toBe("converged");
      expect(fit.logLik).toBeCloseTo(expected.logLik, 6);
      expect(fit.df).toBe(df);
      const correlations = list(expected.cor).filter((r) => r !== 0);
      expect(rowsOf(fit, "cor__").length).toBe(correlations.length);
      for (const [k, { estimate }] of rowsOf(fit, "cor__").entries()) expect(estimate).toBeCloseTo(correlations[k]!, 4);
      for (const [j, row] of fit.tidy({ effects: ["fixed"] }).entries()) {
        expect(row.estimate).toBeCloseTo(expected.fixed[j]!, 4);
        // REML of glmmTMB has the coefficients' errors of its joint Hessian, which are these
        expect(row.std_error! / expected.se[j]!).toBeCloseTo(1, 3);
      }
    });

  test("cor on counts, cs on proportions, by Laplace", async () => {
    const counts = await model(epil)
      .formula("y ~ trt + cor(0 + period | subject)")
      .factor("period", [1, 2, 3, 4])
      .family(poisson())
      .fit(laplace());
    const shares = await model(cbpp)
      .formula("cbind(incidence, size - incidence) ~ period + cs(0 + period | herd, sd = 0.8)")
      .factor("period", [1, 2, 3, 4])
      .family(binomial())
      .fit(laplace());
    for (const [fit, name] of [
      [counts, "cor poisson"],
      [shares, "cs binomial"],
    ] as const) {
      const expected = reference(name);
      expect(fit.logLik).toBeCloseTo(expected.logLik, 5);
      for (const [k, { estimate }] of rowsOf(fit, "cor__").entries())
        expect(estimate).toBeCloseTo(list(expected.cor)[k]!, 3);
      for (const [j, row] of fit.tidy({ effects: ["fixed"] }).entries()) {
        expect(row.estimate).toBeCloseTo(expected.fixed[j]!, 3);
        expect(row.std_error! / expected.se[j]!).toBeCloseTo(1, 3);
      }
    }
    expect(counts.df).toBe(8);
    expect(rowsOf(counts, "sd__").map(({ estimate }) => estimate)).toEqual([1, 1, 1, 1]);
  });
});

describe("a given residual standard deviation agrees with nlme's", () => {
  const base = () => model(orthodont).formula("distance ~ age");
  const symmetric = corSymm("1 | Subject");
  const held = { "10": 0.9, "12": 1.2, "14": 1.1 };
  const cases: [string, () => Model, number][] = [
    ["gls cor", () => base().residual({ correlation: symmetric }).sigma(2) as Model, 8],
    [
      "gls corh",
      () =>
        base()
          .residual({ variance: varIdent("age", { fixed: held }), correlation: symmetric })
          .sigma(2) as Model,
      8,
    ],
    [
      "gls idh",
      () =>
        base()
          .residual({ variance: varIdent("age") })
          .sigma(2) as Model,
      5,
    ],
  ];
  for (const criterion of ["ml", "reml"])
    test.each(cases)(`%s by ${criterion}`, async (name, declared, df) => {
      const expected = reference(`${name} ${criterion}`);
      const fit = await declared().fit(criterion === "ml" ? ml() : reml());
      expect(fit.logLik).toBeCloseTo(expected.logLik, 7);
      expect(fit.df).toBe(df);
      expect(fit.glance().sigma).toBe(2);
      const psi = fit.tidy().filter(({ group, term }) => group === "Residual" && term !== "sd__Observation");
      expect(psi.length).toBe(expected.psi!.length);
      for (const [k, { estimate }] of psi.entries()) expect(estimate).toBeCloseTo(expected.psi![k]!, 4);
      // gls takes n/(n − p) into errors by maximum likelihood, though no variance is estimated
      const factor = criterion === "ml" ? Math.sqrt(106 / 108) : 1;
      for (const [j, row] of fit.tidy({ effects: ["fixed"] }).entries()) {
        expect(row.estimate).toBeCloseTo(expected.fixed[j]!, 4);
        expect(row.std_error! / (factor * expected.se[j]!)).toBeCloseTo(1, 4);
      }
    });

  test("lme with a variance function, a correlation and random effects", async () => {
    const expected = reference("lme corAR1 ml");
    const fit = await model(orthodont)
      .formula("distance ~ age + (1 | Subject)")
      .residual({ variance: varPower("age"), correlation: corAR1("1 | Subject") })
      .sigma(0.5)
      .fit(ml());
    // lme's log-likelihood with sigma given is short of (n − p) log sigma
    expect(fit.logLik).toBeCloseTo(expected.logLik + 106 * Math.log(0.5), 6);
    expect(rowsOf(fit, "sd__")[0]!.estimate).toBeCloseTo(expected.sd!, 4);
    expect(rowsOf(fit, "varPower.power")[0]!.estimate).toBeCloseTo(expected.psi![0]!, 4);
    expect(rowsOf(fit, "corAR1.Phi")[0]!.estimate).toBeCloseTo(expected.psi![1]!, 4);
    for (const [j, row] of fit.tidy({ effects: ["fixed"] }).entries())
      expect(row.std_error! / expected.se[j]!).toBeCloseTo(1, 4);
  });
});

test("with sigma given at 1 both parts of varConstProp are free, and say what sigma and the ratio do without", async () => {
  const x = Array.from({ length: 120 }, (_, i) => 1 + (i % 10));
  const rng = createRng("varConstProp");
  const y = x.map((v) => 3 + 2 * v + Math.hypot(2, 0.5 * v) * rng.normal());
  const declared = model({ x, y })
    .formula("y ~ x")
    .residual({ variance: varConstProp("x") });
  const [free, given] = [await declared.fit(), await declared.sigma(1).fit()];
  expect(given.logLik).toBeCloseTo(free.logLik, 8);
  expect(given.df).toBe(free.df);
  const of = (fit: Tidy, name: string) => rowsOf(fit, name)[0]!.estimate;
  expect(of(given, "varConstProp.const")).toBeCloseTo(of(free, "sd__Observation"), 4);
  expect(of(given, "varConstProp.prop")).toBeCloseTo(of(free, "sd__Observation") * of(free, "varConstProp.prop"), 4);
});

/** −2 log (restricted) likelihood of y ~ N(Xβ, V) at the best β, by dense elimination. */
function denseCriterion(V: number[][], X: readonly number[][], y: readonly number[], restricted: boolean): number {
  const n = y.length;
  const p = X[0]!.length;
  const L = V.map((row) => [...row]);
  let logDet = 0;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let s = L[i]![j]!;
      for (let k = 0; k < j; k++) s -= L[i]![k]! * L[j]![k]!;
      L[i]![j] = i === j ? Math.sqrt(s) : s / L[j]![j]!;
    }
    logDet += 2 * Math.log(L[j]![j]!);
  }
  const columns = [...Array.from({ length: p }, (_, c) => X.map((row) => row[c]!)), [...y]];
  for (const column of columns)
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) column[i]! -= L[i]![k]! * column[k]!;
      column[i]! /= L[i]![i]!;
    }
  // Gram-Schmidt of the whitened columns
  let logX = 0;
  columns.forEach((column, c) => {
    for (const earlier of columns.slice(0, c)) {
      const dot = column.reduce((s, value, i) => s + value * earlier[i]!, 0);
      column.forEach((_, i) => {
        column[i]! -= dot * earlier[i]!;
      });
    }
    if (c === p) return;
    const length = Math.hypot(...column);
    logX += 2 * Math.log(length);
    column.forEach((_, i) => {
      column[i]! /= length;
    });
  });
  const squares = columns[p]!.reduce((s, value) => s + value * value, 0);
  return (restricted ? n - p : n) * Math.log(2 * Math.PI) + logDet + squares + (restricted ? logX : 0);
}

describe("the (restricted) likelihood is the dense one, and its best", () => {
  const worker = Array.from(machines.column("Worker")!.values as ArrayLike<number>);
  const machine = Array.from(machines.column("Machine")!.values as ArrayLike<string | null>, (m) => "ABC".indexOf(m!));
  const y = Array.from(machines.column("score")!.values as ArrayLike<number>);
  const X = machine.map((m) => [1, Number(m === 1), Number(m === 2)]);
  const V = (cor: readonly number[], sigma: number) => {
    const R = [
      [1, cor[0]!, cor[1]!],
      [cor[0]!, 1, cor[2]!],
      [cor[1]!, cor[2]!, 1],
    ];
    return y.map((_, i) =>
      y.map((_, j) => {
        const between =
          worker[i] === worker[j] ? SD[machine[i]!]! * SD[machine[j]!]! * R[machine[i]!]![machine[j]!]! : 0;
        return between + (i === j ? sigma * sigma : 0);
      }),
    );
  };
  test.each([false, true])("restricted: %s", async (restricted) => {
    const fit = await corh().fit(restricted ? reml() : ml());
    const cor = rowsOf(fit, "cor__").map(({ estimate }) => estimate);
    const sigma = fit.glance().sigma!;
    const at = (r: readonly number[], s: number) => -0.5 * denseCriterion(V(r, s), X, y, restricted);
    const best = at(cor, sigma);
    expect(fit.logLik).toBeCloseTo(best, 8);
    const h = 1e-3;
    for (let k = 0; k < 3; k++) {
      const moved = (step: number) =>
        at(
          cor.map((r, i) => r + (i === k ? step : 0)),
          sigma,
        );
      expect((moved(h) - moved(-h)) / (2 * h)).toBeCloseTo(0, 3);
      expect(moved(h)).toBeLessThan(best);
    }
    const [up, down] = [at(cor, sigma + h), at(cor, sigma - h)];
    expect((up - down) / (2 * h)).toBeCloseTo(0, 3);
    // the standard errors: the inverse of the observed information of (cor, sigma)
    const point = [...cor, sigma];
    const value = (x: readonly number[]) => at(x.slice(0, 3), x[3]!);
    const H = point.map((_, i) =>
      point.map((_, j) => {
        const step = (a: number, b: number) => value(point.map((x, k) => x + (k === i ? a : 0) + (k === j ? b : 0)));
        return -(step(h, h) - step(h, -h) - step(-h, h) + step(-h, -h)) / (4 * h * h);
      }),
    );
    // Gauss-Jordan
    const augmented = H.map((row, i) => [...row, ...row.map((_, j) => Number(i === j))]);
    augmented.forEach((pivot, c) => {
      const scale = pivot[c]!;
      pivot.forEach((_, k) => {
        pivot[k]! /= scale;
      });
      for (const row of augmented)
        if (row !== pivot) {
          const ratio = row[c]!;
          row.forEach((_, k) => {
            row[k]! -= ratio * pivot[k]!;
          });
        }
    });
    const errors = [...rowsOf(fit, "cor__"), ...rowsOf(fit, "sd__Observation")].map(({ std_error }) => std_error!);
    for (const [i, error] of errors.entries()) expect(error / Math.sqrt(augmented[i]![4 + i]!)).toBeCloseTo(1, 3);
  });

  test("given the values that were estimated, nothing changes", async () => {
    const free = await withMachines("(0 + Machine | Worker)").fit();
    const sd = rowsOf(free, "sd__Machine").map(({ estimate }) => estimate);
    const given = await model(machines).formula("score ~ Machine").random("Worker", "0 + Machine", { sd }).fit();
    expect(given.logLik).toBeCloseTo(free.logLik, 8);
    expect(given.df).toBe(free.df - 3);
    const both = await model(machines)
      .formula("score ~ Machine")
      .random("Worker", "0 + Machine", { sd })
      .sigma(free.glance().sigma!)
      .fit();
    expect(both.logLik).toBeCloseTo(free.logLik, 8);
    for (const [j, row] of both.tidy({ effects: ["fixed"] }).entries()) {
      expect(row.estimate).toBeCloseTo(free.tidy()[j]!.estimate, 5);
      expect(row.std_error! / free.tidy()[j]!.std_error!).toBeCloseTo(1, 4);
    }
  });

  test("variances too small for the data have correlations of 1, named as a boundary", async () => {
    const fit = await withMachines("cor(0 + Machine | Worker)").fit();
    expect(fit.verdict.code).toBe("boundary");
    for (const { estimate, std_error } of rowsOf(fit, "cor__")) {
      expect(estimate).toBe(1);
      expect(std_error).toBeNull();
    }
    const shared = await withMachines("us(1 | Worker, sd = 1)").fit();
    expect(fit.logLik).toBeCloseTo(shared.logLik, 8);
  });
});

describe("a fit with given standard deviations", () => {
  test("shows them in its tables without errors, and says so", async () => {
    const fit = await corh().sigma(0.8).fit();
    const sds = rowsOf(fit, "sd__");
    expect(sds.map(({ estimate }) => estimate)).toEqual([...SD, 0.8]);
    for (const row of fit.tidy().filter(({ term }) => term.startsWith("sd__")))
      expect([row.std_error, row.conf_low, row.conf_high]).toEqual([null, null, null]);
    const text = summaryText(fit);
    expect(text).toContain("us(0 + Machine | Worker, sd = c(4, 8, 4))");
    expect(text).toContain("Sigma: given, 0.8");
    expect(corh().sigma(0.8).describe()).toContain("N(μ_i, 0.8²)");
    expect(corh().describe()).toContain("b_Worker ~ N(0, Σ_Worker, sd = c(4, 8, 4))");
    expect(withMachines("us(1 | Worker, sd = 2)").describe()).toContain("b_Worker ~ N(0, 2²)");
  });

  test("is saved and loaded, refitted and simulated from", async () => {
    const declared = corh().sigma(0.8);
    expect(specFromJSON(JSON.stringify(declared))).toEqual(declared.spec);
    const fit = await declared.fit();
    const again = loadFit(JSON.parse(JSON.stringify(saveFit(fit))));
    expect(again.tidy()).toEqual(fit.tidy());
    const { values, n } = fit.simulate({ nsim: 400, seed: 3 });
    // variances of the first row of each machine: sd² + σ²
    SD.forEach((sd, m) => {
      const i = ["A", "B", "C"].map((name) => Array.from(machines.column("Machine")!.values as string[]).indexOf(name))[
        m
      ]!;
      const draws = Array.from({ length: 400 }, (_, s) => values[s * n + i]!);
      const mean = draws.reduce((sum, value) => sum + value, 0) / 400;
      const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399;
      expect(Math.abs(variance / (sd * sd + 0.64) - 1)).toBeLessThan(4.5 * Math.sqrt(2 / 399));
    });
    const refit = fit.refit(fit.simulate({ seed: 5 }).response(0));
    expect(refit.verdict.code).not.toBe("failed");
    expect(rowsOf(refit, "sd__").map(({ estimate }) => estimate)).toEqual([...SD, 0.8]);
  });

  test("averages over the given variances", async () => {
    const herds = model(cbpp)
      .formula("cbind(incidence, size - incidence) ~ 1 + us(1 | herd, sd = 1.5)")
      .family(binomial());
    const fit = await herds.fit(laplace());
    const rows = populationAverage(fit).rows;
    const beta = fit.estimate[0]!;
    expect(fit.estimate.length).toBe(1);
    // E logit⁻¹(β + 1.5 z) by a fine trapezoid
    let expected = 0;
    for (let z = -9; z <= 9; z += 0.01)
      expected += (0.01 * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI) / (1 + Math.exp(-beta - 1.5 * z));
    expect(rows.find(({ estimand }) => estimand === "population")!.estimate).toBeCloseTo(expected, 8);
    const bootstrap = clusterBootstrap(fit, { resamples: 4, seed: 1 });
    expect(bootstrap.kept).toBe(4);
  });
});

describe("posteriors with given standard deviations", () => {
  const declared = () => corh().prior("fixed", normal(50, 30)).prior("sigma", halfNormal(3)).prior("cor", lkj(1.5));

  test("are the same by NUTS with effects integrated out and sampled, and by Gibbs, the given ones without draws", async () => {
    const runs = await Promise.all([
      declared().sample(nuts({ chains: 2, draws: 400, seed: 5, target: "integrated" })),
      declared().sample(nuts({ chains: 2, draws: 250, warmup: 300, seed: 5, target: "joint" })),
      declared().sample(gibbs({ chains: 2, draws: 1000, warmup: 200, seed: 5 })),
    ]);
    const tables = runs.map((fit) => fit.tidy());
    for (const [i, row] of tables[0]!.entries())
      for (const other of tables.slice(1)) {
        if (row.std_error === null) {
          expect(other[i]).toEqual(row);
          continue;
        }
        const error = Math.hypot(row.mcse!, other[i]!.mcse!);
        expect(Math.abs(row.estimate - other[i]!.estimate) / error, row.term).toBeLessThan(4.5);
      }
    expect(tables[0]!.filter(({ std_error }) => std_error === null).map(({ estimate }) => estimate)).toEqual(SD);
    const [integrated, , sampled] = runs;
    expect(integrated!.warnings.map(({ code }) => code)).not.toContain("undefined-diagnostics");
    const again = posteriorFromDraws(sampled!.model, namedDraws(sampled!));
    for (const [i, row] of again.tidy().entries()) expect(row.estimate).toBeCloseTo(tables[2]![i]!.estimate, 9);
    const stored = loadFit(JSON.parse(JSON.stringify(saveFit(integrated!))));
    expect(stored.tidy()).toEqual(tables[0]);
    expect(integrated!.priors.some(({ class: of }) => of === "sd")).toBe(false);
  });

  test("are the quadrature of the likelihood over a correlation and sigma", async () => {
    const pair = model(orthodont)
      .formula("distance ~ age + us(age | Subject, sd = c(2.5, 0.2))")
      .prior("fixed", normal(0, 30))
      .prior("sigma", halfNormal(3))
      .prior("cor", lkj(2));
    const compiled = pair.compile();
    // by the Laplace method in β, which a Gaussian likelihood has exactly: restricted likelihood, flat priors being as good
    const marginal = compiled.marginal({ kind: "exact" });
    const fit = await pair.fit(ml());
    const [b0, b1] = [fit.estimate[0]!, fit.estimate[1]!];
    const [s0, s1] = fit.tidy({ effects: ["fixed"] }).map(({ std_error }) => std_error!);
    const totals = { weight: 0, rho: 0, sigma: 0 };
    const grid = (from: number, to: number, steps: number) =>
      Array.from({ length: steps }, (_, i) => from + ((i + 0.5) * (to - from)) / steps);
    for (const rho of grid(-0.999, 0.999, 40))
      for (const sigma of grid(0.9, 1.9, 30)) {
        let inner = 0;
        for (const u of grid(-5, 5, 16))
          for (const v of grid(-5, 5, 16)) {
            const beta = [b0 + u * s0! - 0.7 * v * s0!, b1 + v * s1!];
            const x = Float64Array.of(beta[0]!, beta[1]!, Math.acos(rho), sigma);
            inner += Math.exp(
              marginal.evaluate(x) - fit.logLik - (beta[0]! ** 2 + beta[1]! ** 2) / 1800 - (sigma * sigma) / 18,
            );
          }
        const weight = inner * (1 - rho * rho);
        totals.weight += weight;
        totals.rho += weight * rho;
        totals.sigma += weight * sigma;
      }
    const bayes = await pair.sample(nuts({ chains: 2, draws: 700, seed: 11 }));
    const cor = bayes.tidy().find(({ term }) => term.startsWith("cor__"))!;
    const sigma = bayes.tidy().find(({ term }) => term === "sd__Observation")!;
    expect(Math.abs(cor.estimate - totals.rho / totals.weight) / cor.mcse!).toBeLessThan(4.5);
    expect(Math.abs(sigma.estimate - totals.sigma / totals.weight) / sigma.mcse!).toBeLessThan(4.5);
  });

  test("with sigma given beside a residual structure", async () => {
    const fit = await model(orthodont)
      .formula("distance ~ age")
      .residual({ correlation: corAR1("1 | Subject") })
      .sigma(2)
      .prior("fixed", normal(0, 30))
      .sample(nuts({ chains: 2, draws: 300, seed: 2 }));
    const best = await model(orthodont)
      .formula("distance ~ age")
      .residual({ correlation: corAR1("1 | Subject") })
      .sigma(2)
      .fit();
    const [phi, phiBest] = [fit, best].map((one) => one.tidy().find(({ term }) => term === "corAR1.Phi")!);
    expect(Math.abs(phi!.estimate - phiBest!.estimate)).toBeLessThan(phiBest!.std_error!);
    expect(fit.glance().sigma).toBe(2);
    expect(fit.tidy().find(({ term }) => term === "sd__Observation")).toMatchObject({ estimate: 2, std_error: null });
  });
});
