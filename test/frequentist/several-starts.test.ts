import { beforeAll, describe, expect, it } from "vitest";
import type { DeclarationError } from "../../src/index.ts";
import { binomial, laplace, ml, model, nbinom2, poisson, pql, reml } from "../../src/index.ts";
import { readTable } from "../../src/node/index.ts";
import { clusterBootstrap } from "../../src/public/engines.ts";
import { loadFit, saveFit } from "../../src/public/exchange.ts";
import { varIdent } from "../../src/public/residual.ts";
import { createRng } from "../../src/random/rng.ts";

const fixture = (name: string) => readTable(`test/fixtures/starts/${name}.csv`);

describe("a likelihood with two maxima", () => {
  it("is climbed to the higher one beside a variance for each stratum", async () => {
    const declared = model(await fixture("two-optima-strata"))
      .formula("y ~ x + (1 | g)")
      .residual({ variance: varIdent("st") });
    const fit = await declared.fit(ml());
    expect(fit.logLik).toBeCloseTo(-104.58341, 4);
    // the search from the usual start alone ends lower, and the fit says so
    const first = fit.starts.find(({ start }) => start === "default")!;
    expect(first).toMatchObject({ outcome: "lower" });
    expect(first.logLik).toBeCloseTo(-104.8165, 3);
    expect(fit.starts.filter(({ outcome }) => outcome === "highest")).toHaveLength(1);
  });

  it("is climbed to the higher one of random slopes, where lme4 stops at -51.04244", async () => {
    const declared = model(await fixture("two-optima-slopes-gaussian")).formula("y ~ x + z + (x | g)");
    expect((await declared.fit(ml())).logLik).toBeCloseTo(-50.70402, 4);
  });

  it("is climbed to the higher one of proportions", async () => {
    const declared = model(await fixture("two-optima-slopes-binomial"))
      .formula("y | trials(n) ~ x + z + (x | g)")
      .family(binomial());
    const fit = await declared.fit(laplace());
    const rng = createRng("proportions");
    for (let k = 0; k < 6; k++) {
      const start = fit.estimate.slice();
      start.set(
        [Math.exp(rng.normal()), 1.5 * rng.normal(), Math.exp(rng.normal())],
        fit.model.layout.terms[0]!.offset,
      );
      expect((await declared.fit(laplace(), { start })).logLik).toBeLessThan(fit.logLik + 1e-6);
    }
  });

  it("is climbed to the higher one on the boundary, of counts", async () => {
    const declared = model(await fixture("two-optima-slopes-poisson"))
      .formula("y ~ x + z + (x | g)")
      .family(poisson());
    const fit = await declared.fit(laplace());
    expect(fit.logLik).toBeCloseTo(-89.09254, 4);
    expect(fit.verdict.code).toBe("boundary");
    expect(fit.tidy().at(-1)).toMatchObject({ estimate: 1, std_error: null, conf_low: null, conf_high: null });
    expect(fit.starts.slice(0, 2)).toMatchObject([
      { start: "default", outcome: "lower" },
      { start: "perfect correlations", outcome: "highest" },
    ]);
  });

  it("has its starts on the fit, saved with it, and none where one was given", async () => {
    const declared = model(await fixture("two-optima-slopes-gaussian")).formula("y ~ x + z + (x | g)");
    const fit = await declared.fit(reml());
    expect(fit.starts.map(({ start }) => start)).toEqual([
      "default",
      "perfect correlations",
      "large effects, negative correlations",
      "large effects, positive correlations",
      "small effects",
      "negative correlations",
      "positive correlations",
      "large effects",
    ]);
    for (const { logLik } of fit.starts) expect(logLik).toBeLessThanOrEqual(fit.logLik + 1e-9);
    const loaded = (await loadFit(JSON.stringify(saveFit(fit)))) as typeof fit;
    expect(loaded.starts).toEqual(fit.starts);
    expect((await declared.fit(reml(), { start: fit.estimate })).starts).toEqual([]);
  });

  it("is not looked for where groups are many", async () => {
    const rng = createRng("many");
    const g = Array.from({ length: 300 }, (_, i) => `g${i % 100}`);
    const effect = Array.from({ length: 100 }, () => rng.normal());
    const y = g.map((_, i) => effect[i % 100]! + rng.normal());
    expect((await model({ g, y }).formula("y ~ 1 + (1 | g)").fit()).starts.map(({ start }) => start)).toEqual([
      "default",
    ]);
  });
});

describe("a start", () => {
  let declared: ReturnType<typeof declare>;
  const declare = (table: Awaited<ReturnType<typeof fixture>>) => model(table).formula("y ~ x + z + (x | g)");
  beforeAll(async () => {
    declared = declare(await fixture("two-optima-slopes-gaussian"));
  });
  const message = (act: Promise<unknown>): Promise<string> =>
    act.then(
      () => "accepted",
      (error: DeclarationError) => error.message,
    );

  it("of another length, or with values that are not finite, is refused naming the parameters", async () => {
    expect(await message(declared.fit(ml(), { start: new Float64Array(3) }))).toMatch(
      /^start has 3 values, but the model has 7 parameters \(\(Intercept\), x, z, sd of .*, sigma\)/,
    );
    const start = (await declared.fit(ml())).estimate.slice();
    start[1] = Number.NaN;
    expect(await message(declared.fit(ml(), { start }))).toBe(
      "start is NaN for x; give a finite value for every parameter, or leave start out.",
    );
  });

  it("with a negative standard deviation, or a parameter outside its range, is refused; the ends of the ranges are places", async () => {
    const { estimate } = await declared.fit(ml());
    for (const [position, value, words] of [
      [3, -1, /^start is -1 for sd of \(Intercept\) in g, which must be at least 0/],
      [6, -0.5, /^start is -0.5 for sigma, which must be at least 0/],
    ] as const)
      expect(await message(declared.fit(ml(), { start: estimate.with(position, value) }))).toMatch(words);
    expect(await message(declared.fit(ml(), { start: estimate.with(3, 0) }))).toBe("accepted");
    // the covariance of an effect with another is a number of either sign
    expect(await message(declared.fit(ml(), { start: estimate.with(4, -0.1) }))).toBe("accepted");
  });

  it("is not needed where an estimate cannot be one: refits of penalised quasi-likelihood, and of a theta at infinity", async () => {
    const table = { y: [2, 3, 2, 3, 4, 3, 3, 2, 4, 3, 3, 4], g: [..."aaabbbcccddd"] };
    const counts = model(table).formula("y ~ 1 + (1 | g)").family(poisson());
    const linear = await counts.fit(pql());
    expect(linear.refit(Float64Array.from(table.y)).estimate[0]).toBeCloseTo(linear.estimate[0]!, 6);
    const limit = await counts.family(nbinom2()).fit(laplace());
    expect(limit.verdict.code).toBe("boundary");
    expect(limit.refit(Float64Array.from(table.y)).logLik).toBeCloseTo(limit.logLik, 8);
    expect(clusterBootstrap(linear, { resamples: 5, seed: 1 }).failures).toEqual([]);
  });

  it("is refused by penalised quasi-likelihood, which has none", async () => {
    expect(await message(declared.fit(pql(), { start: new Float64Array(7) }))).toMatch(/takes no start/);
  });
});
