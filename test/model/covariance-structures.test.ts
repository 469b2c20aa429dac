/** Structures of random effects in whole fits: against glmmTMB and nlme, and through what a fit can do. Fixtures: test/fixtures/covariance. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { toTable } from "../../src/data/to-table.ts";
import { specFromJSON } from "../../src/dsl/spec-json.ts";
import { namedDraws } from "../../src/exchange/named-draws.ts";
import { posteriorFromDraws } from "../../src/exchange/posterior-from-draws.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { laplace, ml, reml } from "../../src/frequentist/method.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { readTable } from "../../src/node/index.ts";
import { drawTermEffects } from "../../src/prediction/new-levels.ts";
import { predict } from "../../src/prediction/predict.ts";
import { scalarPrior } from "../../src/priors/density.ts";
import { halfNormal, lkj, normal } from "../../src/priors/distributions.ts";
import { drawFromPrior } from "../../src/priors/draw-from-prior.ts";
import { createRng } from "../../src/random/rng.ts";
import { summaryText } from "../../src/report/summary.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";

interface Reference {
  readonly name: string;
  readonly logLik: number;
  readonly sd: readonly number[];
  readonly cor: number;
  readonly fixed: readonly number[];
  readonly sigma?: number;
}
const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url).pathname;
const { fits } = JSON.parse(readFileSync(fixture("covariance/structures.json"), "utf8")) as {
  fits: readonly Reference[];
};
const reference = (name: string): Reference => fits.find((fit) => fit.name === name)!;
const table = async (name: string) => toTable(await readTable(fixture(`reference/${name}.csv`)));
const machines = await table("Machines");
const cbpp = await table("cbpp");
const epil = await table("epil");

const withMachines = (covariance: string): Model =>
  model(machines).formula(`score ~ Machine + ${covariance}(0 + Machine | Worker)`);

const correlations = (fit: { tidy(): { term: string; estimate: number }[] }) =>
  fit.tidy().filter(({ term }) => term.startsWith("cor__"));
const sds = (fit: { tidy(): { term: string; estimate: number; group: string | null }[] }) =>
  fit.tidy().filter(({ term, group }) => term.startsWith("sd__") && group !== "Residual");

describe("Gaussian models", () => {
  for (const kind of ["cs", "homdiag", "homcs"])
    for (const criterion of ["reml", "ml"])
      test(`${kind} by ${criterion} agrees with R`, async () => {
        const expected = reference(`${kind} ${criterion}`);
        const fit = await withMachines(kind).fit(criterion === "ml" ? ml() : reml());
        expect(fit.verdict.code).toBe("converged");
        expect(fit.logLik).toBeCloseTo(expected.logLik, 6);
        for (const [a, { estimate }] of sds(fit).entries()) expect(estimate / expected.sd[a]!).toBeCloseTo(1, 4);
        expect(correlations(fit).length).toBe(kind === "homdiag" ? 0 : 3);
        for (const { estimate } of correlations(fit)) expect(estimate).toBeCloseTo(expected.cor, 5);
        const sigma = fit.tidy().find(({ term }) => term === "sd__Observation")!;
        expect(sigma.estimate).toBeCloseTo(expected.sigma!, 5);
      });
});

describe("other families", () => {
  test("cs agrees with glmmTMB on counts", async () => {
    const expected = reference("cs poisson");
    const fit = await model(epil)
      .formula("y ~ trt + cs(0 + period | subject)")
      .factor("period", [1, 2, 3, 4])
      .family(poisson())
      .fit(laplace());
    expect(fit.logLik).toBeCloseTo(expected.logLik, 5);
    for (const [a, { estimate }] of sds(fit).entries()) expect(estimate).toBeCloseTo(expected.sd[a]!, 4);
    for (const { estimate } of correlations(fit)) expect(estimate).toBeCloseTo(expected.cor, 4);
    for (const [j, { estimate }] of fit.tidy({ effects: ["fixed"] }).entries())
      expect(estimate).toBeCloseTo(expected.fixed[j]!, 4);
  });

  test("cs with a variance of 0 is found at the boundary, where glmmTMB ends too", async () => {
    const expected = reference("cs binomial");
    const fit = await model(cbpp)
      .formula("incidence | trials(size) ~ period + cs(0 + period | herd)")
      .factor("period", [1, 2, 3, 4])
      .family(binomial())
      .fit(laplace());
    expect(fit.logLik).toBeGreaterThan(expected.logLik - 1e-6);
    expect(fit.logLik).toBeCloseTo(expected.logLik, 5);
    expect(fit.verdict.code).toBe("boundary");
    expect(fit.verdict.reason).toContain("period4");
    for (const [a, { estimate }] of sds(fit).entries()) expect(estimate).toBeCloseTo(expected.sd[a]!, 3);
    expect(correlations(fit)[0]!.estimate).toBeCloseTo(expected.cor, 3);
  });
});

describe("the declaration", () => {
  test.each([
    ["cs", "with one correlation"],
    ["homcs", "with one variance and one correlation"],
    ["homdiag", "= σ²I"],
  ] as const)("%s by formula and by builder, and back from both", (covariance, words) => {
    const built = model(machines).response("score").fixed("Machine").random("Worker", "0 + Machine", { covariance });
    expect(built.toFormula()).toBe(`score ~ Machine + ${covariance}(0 + Machine | Worker)`);
    expect(withMachines(covariance).spec).toEqual(built.spec);
    expect(specFromJSON(JSON.stringify(built.spec))).toEqual(built.spec);
    expect(built.describe()).toContain(words);
  });

  test("a single effect has a variance and nothing else", async () => {
    for (const kind of ["cs", "homcs", "homdiag"]) {
      const one = await model(machines).formula(`score ~ Machine + ${kind}(1 | Worker)`).fit();
      const plain = await model(machines).formula("score ~ Machine + (1 | Worker)").fit();
      expect(one.estimate).toEqual(plain.estimate);
      expect(one.glance()).toEqual(plain.glance());
    }
  });

  test("what does not go together is refused", () => {
    expect(() => model(machines).formula("score ~ cs(0 + Machine || Worker)")).toThrow(
      /"\|\|" makes effects independent, which cs\(\) does not go with/,
    );
    expect(() => model(machines).formula("score ~ rr(0 + Machine | Worker)")).toThrow(
      /the structures are us \(.*homcs \(.*ar1 \(/,
    );
  });

  test("priors are one for each free standard deviation, and one for the correlation", () => {
    const targets = (kind: string) =>
      withMachines(kind)
        .priors()
        .rows.filter((row) => row.class === "sd" || row.class === "cor")
        .map((row) => `${row.class}:${row.name}`);
    expect(targets("cs")).toEqual(["sd:Worker.MachineA", "sd:Worker.MachineB", "sd:Worker.MachineC", "cor:Worker"]);
    expect(targets("homcs")).toEqual(["sd:Worker", "cor:Worker"]);
    expect(targets("homdiag")).toEqual(["sd:Worker"]);
  });
});

describe("a fit", () => {
  test("is saved, loaded, printed and predicted from", async () => {
    const fit = await withMachines("homcs").fit();
    const loaded = loadFit(JSON.parse(JSON.stringify(saveFit(fit))));
    expect(loaded.tidy()).toEqual(fit.tidy());
    expect(predict(loaded, { newdata: [{ Machine: "A", Worker: "1" }] }).rows).toEqual(
      predict(fit, { newdata: [{ Machine: "A", Worker: "1" }] }).rows,
    );
    expect(summaryText(fit)).toContain("homcs(0 + Machine | Worker)");
    // three coefficients, a variance, a correlation, sigma
    expect(fit.df).toBe(6);
  });

  test("draws effects of new groups with that covariance", () => {
    const { layout, design } = withMachines("cs").compile();
    const x = new Float64Array(layout.size);
    const { offset } = layout.terms[0]!;
    x.set([1, 2, 0.5, 0.4], offset);
    const rng = createRng("effects");
    const term = design.random[0]!;
    const b = new Float64Array(term.levels.length * 3);
    const moments = new Float64Array(9);
    const rounds = 2000;
    for (let r = 0; r < rounds; r++) {
      drawTermEffects(rng, x, layout.terms[0]!, term, b);
      for (let l = 0; l < b.length; l += 3)
        for (let c = 0; c < 9; c++)
          moments[c]! += (b[l + Math.floor(c / 3)]! * b[l + (c % 3)]!) / (rounds * term.levels.length);
    }
    const rho = 1 - 1.5 * Math.sin(0.4) ** 2;
    const s = [1, 2, 0.5];
    for (let c = 0; c < 9; c++) {
      const [a, d] = [Math.floor(c / 3), c % 3];
      const scale = s[a]! * s[d]!;
      expect(Math.abs(moments[c]! / scale - (a === d ? 1 : rho))).toBeLessThan(
        4.5 * Math.sqrt(2 / (rounds * term.levels.length)),
      );
    }
  });

  test("penalised: the priors' log densities are added at the parameters they are of", async () => {
    const declared = withMachines("homcs").prior("sd", halfNormal(2)).prior("cor", lkj(3));
    const fit = await declared.fit(ml(), { penalised: true });
    const { layout } = declared.compile();
    const marginal = declared.compile().marginal({ kind: "exact" });
    const at = layout.terms[0]!.offset;
    const objective = (x: Float64Array) => {
      const rho = 1 - 1.5 * Math.sin(x[at + 1]!) ** 2;
      return (
        marginal.evaluate(x) +
        scalarPrior(halfNormal(2)).logDensity(x[at]!) +
        2 * Math.log((1 - rho) ** 2 * (1 + 2 * rho))
      );
    };
    const top = objective(fit.estimate);
    for (let i = 0; i < layout.size; i++)
      for (const h of [-1e-3, 1e-3])
        expect(objective(fit.estimate.map((value, j) => value + (i === j ? h : 0)))).toBeLessThan(top);
  });
});

describe.each(["cs", "homcs", "homdiag"])("the posterior with %s", (kind) => {
  const declared = () => {
    const start = withMachines(kind)
      .prior("fixed", normal(50, 30))
      .prior("sd", halfNormal(8))
      .prior("sigma", halfNormal(3));
    return kind === "homdiag" ? start : start.prior("cor", lkj(1.5));
  };

  test("is the same by NUTS with effects integrated out and sampled, and by Gibbs", async () => {
    const runs = await Promise.all([
      declared().sample(nuts({ chains: 2, draws: 300, seed: 5, target: "integrated" })),
      declared().sample(nuts({ chains: 2, draws: 250, warmup: 300, seed: 5, target: "joint" })),
      declared().sample(gibbs({ chains: 2, draws: 1000, warmup: 200, seed: 5 })),
    ]);
    const tables = runs.map((fit) => fit.tidy());
    for (const [i, row] of tables[0]!.entries())
      for (const other of tables.slice(1)) {
        const error = Math.hypot(row.mcse!, other[i]!.mcse!);
        expect(Math.abs(row.estimate - other[i]!.estimate) / error, row.term).toBeLessThan(4.5);
      }
    const again = posteriorFromDraws(runs[2]!.model, namedDraws(runs[2]!));
    for (const [i, row] of again.tidy().entries()) expect(row.estimate).toBeCloseTo(tables[2]![i]!.estimate, 9);
  });

  test("has a prior that can be drawn from", () => {
    const compiled = declared().compile();
    const rng = createRng("prior");
    const { offset } = compiled.layout.terms[0]!;
    let sum = 0;
    for (let i = 0; i < 2000; i++) sum += drawFromPrior(compiled, rng)[offset]! / 2000;
    // the mean of a half-normal of scale 8
    expect(Math.abs(sum - 8 * Math.sqrt(2 / Math.PI))).toBeLessThan(
      (4.5 * 8 * Math.sqrt(1 - 2 / Math.PI)) / Math.sqrt(2000),
    );
  });
});
