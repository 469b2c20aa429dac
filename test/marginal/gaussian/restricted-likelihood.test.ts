/** The restricted likelihood as a function of natural parameters: against that of the fit, by another way, and its gradient against differences. */
import { describe, expect, it } from "vitest";
import type { MaximumLikelihood } from "../../../src/frequentist/maximum-likelihood.ts";
import { restrictedLikelihood } from "../../../src/marginal/gaussian/restricted-likelihood.ts";
import { model } from "../../../src/model-builder.ts";
import { createRng } from "../../../src/random/rng.ts";

/** Eight subjects with six visits, five items crossed with them. */
function visits() {
  const rng = createRng("restricted visits");
  return Array.from({ length: 48 }, (_, i) => {
    const [s, v] = [Math.floor(i / 6), i % 6];
    const y = 3 + 0.4 * v + 0.8 * Math.sin(5 * s) + 0.6 * Math.cos(4 * (i % 5)) + (1 + 0.2 * v) * rng.normal();
    const precision = 0.5 + rng.uniform();
    const heavy = 1e6 * precision;
    return { y, x: rng.normal(), v, subject: `s${s}`, item: `i${i % 5}`, arm: s % 2 ? "a" : "b", precision, heavy };
  });
}

const declared = () => model(visits()).formula("y ~ x + v + (1 + x | subject) + (1 | item)");
const cases: Readonly<Record<string, () => Promise<MaximumLikelihood>>> = {
  "two groups and weights": () => declared().weights("precision").fit(),
  "no random effects": () => model(visits()).formula("y ~ x + v").fit(),
  "correlated rows of unequal variance": () =>
    model(visits())
      .formula("y ~ x + v + (1 | subject)")
      .residual({ variance: "varIdent(~ 1 | arm)", correlation: "corAR1(~ v | subject)" })
      .fit(),
  "a predictor of the dispersion": () =>
    model(visits()).formula("y ~ x + v + (1 | subject)").dispersion("~ v").fit("reml"),
  "a given standard deviation": () =>
    model(visits()).formula("y ~ x + v + (1 | subject)").random("item", "1", { sd: 0.5 }).fit(),
  "weights of another size": () => declared().weights("heavy").fit(),
};

describe("the restricted likelihood", () => {
  it.each(Object.keys(cases))("with %s", async (name) => {
    const fit = await cases[name]!();
    expect(fit.restricted).toBe(true);
    const { standardisation, layout } = fit.model;
    const x = new Float64Array(layout.size);
    standardisation.toStandardised(fit.estimate, x);
    const { evaluate } = restrictedLikelihood(standardisation.data, x);
    expect(evaluate(x) + standardisation.logDeterminant).toBeCloseTo(fit.logLik, 8);
    const gradient = new Float64Array(layout.size);
    const at = x.map((value, i) => value * (1 + 0.1 * Math.sin(i + 1)) + 0.05);
    evaluate(at, gradient);
    at.forEach((value, i) => {
      const h = 1e-5 * Math.max(1, Math.abs(value));
      const moved = (by: number) => evaluate(at.map((own, j) => own + (j === i ? by : 0)));
      const numeric = (moved(h) - moved(-h)) / (2 * h);
      expect(Math.abs(gradient[i]! - numeric), `entry ${i}`).toBeLessThan(1e-6 * Math.max(1, Math.abs(numeric)));
    });
  });
});
