/** Nonlinear means with residual structures, without random effects (nlme's gnls) and with them (nlme), by linearising. */
import { describe, expect, it } from "vitest";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { poisson } from "../../src/families/poisson.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { agq, laplace, lindstromBates, ml, reml } from "../../src/frequentist/method.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";
import { summaryText } from "../../src/report/summary.ts";
import { residualStructure } from "../../src/residual/residual-structure.ts";
import references from "./nonlinear-residual.json" with { type: "json" };
import { orange } from "./support.ts";

const structureOf = (call: string) => ({
  ...(call.includes("~ age") && { variance: "varPower(~ age)" }),
  ...(call.includes("varPower()") && { variance: "varPower(~ fitted(.))" }),
  ...(call.includes("corAR1") && { correlation: "corAR1(~ 1 | Tree)" }),
});
const random = { Asym: "~ 1 + (1 | Tree)" };

describe.each(references.cases)("$call", ({ call, logLik, coef, se, sd, sigma, residual }) => {
  it("is what nlme fits", async () => {
    const mixed = call.startsWith("nlme");
    const fit = await orange([], mixed ? random : {})
      .residual(structureOf(call))
      .fit(mixed ? lindstromBates() : ml());
    expect(fit.verdict.code).toBe("converged");
    expect(fit.method).toBe(mixed ? "Lindstrom-Bates" : "ML");
    // where the variance does not depend on the fitted values gnls may stop early, never late
    const gain = fit.logLik - logLik;
    expect(Math.abs(gain)).toBeLessThan(call.includes("varPower()") ? 2e-4 : 2e-5);
    if (!mixed && !call.includes("varPower()")) expect(gain).toBeGreaterThan(-1e-7);
    const rows = fit.tidy();
    rows.slice(0, 3).forEach(({ estimate, std_error }, j) => {
      expect(Math.abs(estimate - coef[j]!) / se[j]!).toBeLessThan(2e-3);
      expect(Math.abs(std_error! / se[j]! - 1)).toBeLessThan(1e-3);
    });
    const row = (term: string) => rows.find((one) => one.term === term)!.estimate;
    if (mixed) expect(Math.abs(row("sd__Asym") / sd[0]! - 1)).toBeLessThan(1e-4);
    // gnls divides the squares by n − p
    const scale = mixed ? 1 : Math.sqrt((35 - 3) / 35);
    expect(Math.abs(fit.glance().sigma! / (sigma * scale) - 1)).toBeLessThan(mixed ? 2e-3 : 5e-3);
    const terms = [
      ...(call.includes("varPower") ? ["varPower.power"] : []),
      ...(call.includes("AR1") ? ["corAR1.Phi"] : []),
    ];
    terms.forEach((term, k) => {
      expect(Math.abs(row(term) - residual[k]!)).toBeLessThan(3e-3 * Math.abs(residual[k]!) + 3e-4);
    });
    expect(fit.warnings.some(({ code }) => code === "linearised-likelihood")).toBe(mixed);
    expect(fit.warnings.some(({ code }) => code === "residual-fixed-point")).toBe(call.includes("varPower()"));
  });
});

/** Series of ten rows in twenty groups, a line through them, AR(1) errors with an sd that grows with x. */
function lines(): Record<string, number[]> {
  const rng = createRng("lines");
  const columns: Record<string, number[]> = { y: [], x: [], g: [], t: [] };
  for (let g = 0; g < 20; g++) {
    const effect = 2 * rng.normal();
    let e = rng.normal();
    for (let t = 1; t <= 10; t++) {
      const x = 1 + 2 * rng.uniform();
      e = 0.6 * e + 0.8 * rng.normal();
      columns["y"]!.push(3 + 1.5 * x + effect + e * x);
      columns["x"]!.push(x);
      columns["g"]!.push(g);
      columns["t"]!.push(t);
    }
  }
  return columns;
}

describe("a mean that is linear after all", () => {
  const structure = { variance: "varPower(~ x)", correlation: "corAR1(~ t | g)" };
  const columns = lines();
  const written = (predictor: string) =>
    (model(columns) as unknown as Model)
      .response("y")
      .mean("a + b * x", { parameters: { a: predictor, b: "~ 1" }, start: { a: 1, b: 1 } })
      .residual(structure);
  const same = (nonlinear: MaximumLikelihood, linear: MaximumLikelihood) => {
    expect(Math.abs(nonlinear.logLik - linear.logLik)).toBeLessThan(1e-7);
    const wanted = linear.tidy();
    nonlinear.tidy().forEach(({ estimate, std_error }, j) => {
      expect(Math.abs(estimate - wanted[j]!.estimate)).toBeLessThan(1e-4 * wanted[j]!.std_error!);
      expect(Math.abs(std_error! / wanted[j]!.std_error! - 1)).toBeLessThan(1e-4);
    });
    for (const type of ["pearson", "normalized"] as const) {
      const expected = linear.residuals(type);
      nonlinear.residuals(type).forEach((value, i) => {
        expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4);
      });
    }
  };

  it("is the linear model's fit without random effects", async () => {
    same(
      await written("~ 1").fit(),
      await (model(columns) as unknown as Model).formula("y ~ x").residual(structure).fit(ml()),
    );
  });

  it("is the linear mixed model's fit, with the same errors of conditional predictions", async () => {
    const nonlinear = await written("~ 1 + (1 | g)").fit(lindstromBates());
    const linear = await (model(columns) as unknown as Model).formula("y ~ x + (1 | g)").residual(structure).fit(ml());
    same(nonlinear, linear);
    const newdata = { x: [1.5, 2.5], g: [3, 4] };
    const expected = linear.predict({ newdata }).rows;
    nonlinear.predict({ newdata }).rows.forEach(({ estimate, std_error }, i) => {
      expect(estimate).toBeCloseTo(expected[i]!.estimate!, 4);
      expect(Math.abs(std_error! / expected[i]!.std_error! - 1)).toBeLessThan(1e-3);
    });
  });
});

describe("the integral of a mean that is linear after all", () => {
  it("is that of the linear mixed model, with its gradient", () => {
    const columns = lines();
    const structure = { variance: "varPower(~ x)", correlation: "corARMA(~ t | g, p = 1, q = 1)" };
    const x = Float64Array.of(3, 1.4, 1.8, 1, 0.9, 0.5, 0.2);
    const at = ([predictor, random]: readonly [string, string]) => {
      const nonlinear = (model(columns) as unknown as Model)
        .response("y")
        .mean("a + b * x", { parameters: { a: predictor, b: "~ 1" }, start: { a: 1, b: 1 } })
        .residual(structure)
        .compile();
      const linear = (model(columns) as unknown as Model).formula(`y ~ x${random}`).residual(structure).compile();
      const point = random === "" ? Float64Array.from([...x].filter((_, i) => i !== 2)) : x;
      return { nonlinear, linear, point };
    };
    for (const terms of [
      ["~ 1", ""],
      ["~ 1 + (1 | g)", " + (1 | g)"],
    ] as const) {
      const { nonlinear, linear, point } = at(terms);
      const [ours, exact] = [new Float64Array(point.length), new Float64Array(point.length)];
      const value = nonlinear.marginal({ kind: "laplace" }).evaluate(point, ours);
      expect(value).toBeCloseTo(linear.marginal({ kind: "exact" }).evaluate(point, exact), 8);
      ours.forEach((slope, j) => {
        expect(Math.abs(slope - exact[j]!)).toBeLessThan(1e-7 * (1 + Math.abs(exact[j]!)));
      });
    }
  });
});

describe("what uses the fit", () => {
  const structure = { variance: "varPower(~ fitted(.))", correlation: "corAR1(~ 1 | Tree)" };

  it("simulates the mean, the variances and the correlations of the rows", async () => {
    const fit = await orange().residual(structure).fit();
    const { estimate, model: compiled } = fit;
    const mean = fit.predict({ estimand: "typical", se: false }).rows.map((row) => row.estimate);
    const sigma = fit.glance().sigma!;
    const [power, phi] = estimate.slice(-2);
    const nsim = 4000;
    const drawn = fit.simulate({ nsim, seed: "curves" });
    // rows 1 and 3 are of the first tree, two measurements apart, row 8 of another
    const at = [1, 3, 8].map((i) => ({ i, sd: sigma * mean[i]! ** power! }));
    const products = new Float64Array(9);
    for (let s = 0; s < nsim; s++) {
      const y = drawn.response(s);
      at.forEach(({ i, sd }, a) => {
        at.forEach(({ i: j, sd: other }, b) => {
          products[3 * a + b]! += ((y[i]! - mean[i]!) * (y[j]! - mean[j]!)) / (sd * other * nsim);
        });
      });
    }
    const truth = [1, phi! ** 2, 0, phi! ** 2, 1, 0, 0, 0, 1];
    // the standard error of a product's mean is at most √2/√4000 = 0.022
    products.forEach((value, k) => {
      expect(Math.abs(value - truth[k]!)).toBeLessThan(0.1);
    });
    const structureOfFit = residualStructure(compiled.design.residual!);
    expect(structureOfFit.set(estimate, compiled.layout.phi.offset + 1)).toBe(true);
    at.forEach(({ i }) => {
      expect(structureOfFit.sd[i]).toBeCloseTo(mean[i]! ** power!, 5);
    });
    expect(summaryText(fit)).toContain("corAR1(~ 1 | Tree)");
  });

  it("is saved and loaded with the fitted values its variances are made of", async () => {
    const fit = await orange([], random).residual({ variance: "varPower(~ fitted(.))" }).fit(lindstromBates());
    const loaded = loadFit(JSON.stringify(saveFit(fit))) as MaximumLikelihood;
    expect(loaded.tidy()).toEqual(fit.tidy());
    expect([...loaded.residuals("pearson")]).toEqual([...fit.residuals("pearson")]);
    expect(loaded.predict().rows).toEqual(fit.predict().rows);
    const [a, b] = [loaded, fit].map((one) => one.simulate({ seed: 1 }).values);
    expect([...a!]).toEqual([...b!]);
    expect(fit.predict().rows[0]!.std_error).toBeGreaterThan(0);
  });

  it("refits another response from the estimate", async () => {
    const fit = await orange().residual({ correlation: "corAR1(~ 1 | Tree)" }).fit(ml());
    const y = fit.simulate({ seed: "refit" }).values;
    const fresh = await orange().residual({ correlation: "corAR1(~ 1 | Tree)" }).compile().withResponse(y);
    expect(fit.refit(y).logLik).toBeCloseTo(fit.refit(y).refit(y).logLik, 6);
    expect(fresh.design.y).toEqual(y);
  });
});

describe("refusals", () => {
  it("of restricted likelihood, and of variances of the fitted values but by the methods that serve", async () => {
    const correlated = orange([], random).residual({ correlation: "corAR1(~ 1 | Tree)" });
    await expect(correlated.fit(reml())).rejects.toThrow(/no restricted likelihood/);
    const ofFitted = orange([], random).residual({ variance: "varPower(~ fitted(.))" });
    const sentence = /estimated by nlme's fixed-point iteration.*fit it by lindstromBates\(\)/;
    for (const method of [laplace(), agq(5), undefined]) await expect(ofFitted.fit(method)).rejects.toThrow(sentence);
  });

  it("of other families", async () => {
    const counts = orange().family(poisson());
    await expect(counts.residual({ correlation: "corAR1(~ 1 | Tree)" }).fit()).rejects.toThrow(
      /needs a Gaussian response/,
    );
    await expect(counts.fit(lindstromBates())).rejects.toThrow(/nonlinear mean with Gaussian errors/);
  });
});
