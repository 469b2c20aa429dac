/**
 * `auto` beside quadrature with many nodes, and the fits made from fits.
 * @module-tag slow
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  agq,
  anova,
  auto,
  binomial,
  laplace,
  ml,
  model,
  nbinom2,
  populationAverage,
  simulate,
} from "../../src/index.ts";
import { readTable } from "../../src/node/index.ts";
import { loadFit, type SavedMaximumLikelihood, saveFit } from "../../src/public/exchange.ts";
import { normal } from "../../src/public/priors.ts";
import { bernoulli, clustered } from "./support.ts";

const reference = (name: string) => new URL(`../fixtures/reference/${name}.csv`, import.meta.url);

describe("auto", () => {
  it("refits by quadrature where Laplace is off, until the log-likelihood settles", async () => {
    const declared = model(await readTable(reference("sim_binary_bigsd")))
      .formula("y ~ x + trt + (1 | id)")
      .family(binomial());
    const fit = await declared.fit();
    const exact = await declared.fit(agq(101));
    expect(fit.method).toMatch(/^AGQ/);
    expect(fit.warnings.map(({ code }) => code)).toContain("refitted-by-quadrature");
    expect(Math.abs(fit.logLik - exact.logLik)).toBeLessThan(2e-4);
    const byLaplace = await declared.fit(laplace());
    expect(Math.abs(byLaplace.logLik - exact.logLik)).toBeGreaterThan(0.01);
    expect(byLaplace.warnings.map(({ code }) => code)).toContain("laplace-inaccurate");
  });

  it("keeps Laplace where it is accurate", async () => {
    const data = clustered("counts", 20, 30, { beta: [2, 0.3, 0], sd: 0.5 }, (eta, rng) => {
      let sum = -1;
      for (let p = 1; p > Math.exp(-Math.exp(eta)); p *= rng.uniform()) sum++;
      return sum;
    });
    const fit = await model(data).formula("y ~ x + (1 | g)").family({ name: "poisson" }).fit(auto());
    expect(fit.method).toBe("Laplace");
    expect(fit.warnings).toEqual([]);
  });

  it("goes to quadrature with two random effects a group", async () => {
    const data = clustered("slopes", 80, 5, { beta: [0, 1, 0], sd: 2, slopeSd: 1.5 }, bernoulli);
    const declared = model(data).formula("y ~ x + (x | g)").family(binomial());
    const fit = await declared.fit();
    const many = await declared.fit(agq(41));
    expect(fit.method).toMatch(/^AGQ/);
    expect(Math.abs(fit.logLik - many.logLik)).toBeLessThan(1e-3);
  });

  it("says of crossed terms how far off Laplace is", async () => {
    const declared = model(await readTable(reference("sim_crossed20")))
      .formula("cnt ~ x + (1 | a) + (1 | b)")
      .family({ name: "poisson" });
    const fit = await declared.fit();
    const warning = fit.warnings.find(({ code }) => code === "laplace-approximate")!;
    expect(warning.message).toMatch(/Importance sampling puts the exact log-likelihood/);
  });
});

describe("fits from a fit", () => {
  const data = clustered("again", 15, 6, { beta: [1, 0.5, -0.5], sd: 0.8 }, (eta, rng) => eta + 0.7 * rng.normal());
  const declared = model(data).formula("y ~ x + z + (1 | g)");

  it("refits another response as a fresh fit would", async () => {
    const fit = await declared.fit();
    const y = simulate(fit, { seed: "new response" }).response(0);
    const again = fit.refit(y);
    const fresh = await model({ ...data, y: Array.from(y) })
      .formula("y ~ x + z + (1 | g)")
      .fit();
    expect(again.logLik).toBeCloseTo(fresh.logLik, 8);
    again.tidy().forEach((row, i) => {
      expect(row.estimate).toBeCloseTo(fresh.tidy()[i]!.estimate, 4);
    });
    expect(() => fit.refit([1, 2, 3])).toThrow(
      "refit() needs one response a row used in the fit, 90 of them, but got 3.",
    );
  });

  it("updates the declaration and tests it against the larger one", async () => {
    const full = await declared.fit(ml());
    const smaller = await full.update((declaration) => declaration.formula("y ~ x + (1 | g)"));
    expect(smaller.formula).toBe("y ~ x + (1 | g)");
    expect(smaller.requested).toEqual(ml());
    const [, row] = anova({ smaller, full }).rows;
    expect(row!.Chisq).toBeCloseTo(2 * (full.logLik - smaller.logLik), 8);
  });

  it("is updated by a function alone, and says so", async () => {
    const full = await declared.fit(ml());
    for (const given of [data, undefined, "y ~ x", null])
      await expect(full.update(given as never)).rejects.toThrow(/The change of update\(\) must be a function/);
    for (const change of [() => 5, () => undefined, (m: typeof declared) => m.fit()])
      await expect(full.update(change as never)).rejects.toThrow(
        /The result of the change of update\(\) must be a declaration/,
      );
  });

  it("goes through JSON without losing a digit", async () => {
    const binary = model({ ...data, y: data.y.map((value) => (value > 1 ? 1 : 0)) })
      .formula("y ~ x + z + (1 | g)")
      .family(binomial());
    for (const fit of [await declared.fit(), await binary.fit()]) {
      const loaded = loadFit(JSON.parse(JSON.stringify(saveFit(fit))) as SavedMaximumLikelihood);
      expect(loaded.tidy()).toEqual(fit.tidy());
      expect(loaded.glance()).toEqual(fit.glance());
      expect(loaded.ranef()).toEqual(fit.ranef());
      expect(populationAverage(loaded, { by: "z" }).rows).toEqual(populationAverage(fit, { by: "z" }).rows);
      expect(loaded.verdict).toEqual(fit.verdict);
    }
    expect(() => loadFit("{}")).toThrow("This JSON is not a fit saved by this library");
  });
});

describe("penalised fits", () => {
  it("add the declared priors as penalties and leave the rest alone", async () => {
    const data = clustered("penalty", 25, 4, { beta: [0, 0, 0], sd: 0.5 }, bernoulli);
    const y = data.y.map((value, i) => (data.z[i] === 1 ? 1 : value));
    const declared = model({ ...data, y })
      .formula("y ~ x + z + (1 | g)")
      .family(binomial())
      .prior("fixed:z", normal(0, 2.5));
    const penalised = await declared.fit(agq(15), { penalised: true });
    expect(penalised.verdict.code).toMatch(/converged|boundary/);
    expect(penalised.method).toBe("penalised AGQ 15");
    const z = penalised.tidy().find((row) => row.term === "z")!;
    expect(z.estimate).toBeGreaterThan(1);
    expect(z.estimate).toBeLessThan(8);
    // at the optimum the likelihood's slope in the coefficient balances the prior's
    const gradient = new Float64Array(penalised.estimate.length);
    penalised.marginal.evaluate(penalised.estimate, gradient);
    expect(gradient[2]).toBeCloseTo(z.estimate / 2.5 ** 2, 5);
    const plain = await declared.fit(agq(15));
    expect(plain.warnings.map(({ code }) => code)).toContain("priors-ignored");
  });

  it("of a Gaussian model maximise likelihood times prior", async () => {
    const data = clustered("ridge", 15, 6, { beta: [1, 0.5, -0.5], sd: 0.8 }, (eta, rng) => eta + 0.7 * rng.normal());
    const declared = model(data).formula("y ~ x + z + (1 | g)").prior("fixed:x", normal(0, 0.05));
    const fit = await declared.fit(ml(), { penalised: true });
    const gradient = new Float64Array(fit.estimate.length);
    fit.marginal.evaluate(fit.estimate, gradient);
    const x = fit.tidy().find((row) => row.term === "x")!.estimate;
    expect(gradient[1]).toBeCloseTo(x / 0.05 ** 2, 3);
    expect(gradient[0]).toBeCloseTo(0, 4);
    expect(x).toBeLessThan((await declared.fit(ml())).tidy().find((row) => row.term === "x")!.estimate);
  });
});

describe("negative binomial", () => {
  it("finds its shape with standard error and interval", async () => {
    const fit = await model(await readTable(reference("sim_families")))
      .formula("ynb ~ x + (1 | id)")
      .family(nbinom2())
      .fit(laplace());
    const theta = fit.tidy({ effects: ["aux"] })[0]!;
    expect(theta.term).toBe("theta");
    expect(theta.conf_low!).toBeLessThan(theta.estimate);
    const fits: { id: string; exact?: { theta?: number } }[] = JSON.parse(
      readFileSync(new URL("../fixtures/reference/fits.json", import.meta.url), "utf8"),
    );
    expect(theta.estimate).toBeCloseTo(fits.find(({ id }) => id === "glmm_simnb_glmernb")!.exact!.theta!, 1);
  });
});
