/**
 * Posteriors with references made without Markov chains, by importance sampling (their own errors are added). Every posterior mean within 4.5
 * combined Monte Carlo errors.
 */
import { describe, expect, test } from "vitest";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { samplePosterior } from "../../src/samplers/sample-posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { posteriorFromJSON } from "../../src/samplers/saved-posterior.ts";
import { cbpp, sleepstudy } from "./models.ts";
import { CBPP, type Moments, SLEEPSTUDY } from "./references.ts";

function checkAgainst(fit: Posterior, reference: Record<string, Moments>): void {
  const rows = fit.tidy();
  expect(rows.map((row) => row.term)).toEqual(Object.keys(reference));
  for (const row of rows) {
    const [mean, sd, error] = reference[row.term]!;
    expect(row.rhat!, `R-hat of ${row.term}`).toBeLessThan(1.015);
    expect(row.ess_bulk!, `ESS of ${row.term}`).toBeGreaterThan(400);
    expect(Math.abs(row.estimate - mean), row.term).toBeLessThan(4.5 * Math.hypot(row.mcse!, error));
    // Kurtosis up to about 6 (√(5/4) instead of √(1/2) of the sd): the standard deviations' own Monte Carlo error.
    expect(Math.abs(row.std_error! - sd), `sd of ${row.term}`).toBeLessThan(
      5 * sd * Math.sqrt(1.25 / (row.ess_bulk! / 2)),
    );
    expect(row.conf_low!).toBeLessThan(row.median!);
    expect(row.conf_high!).toBeGreaterThan(row.median!);
    expect([row.statistic, row.df, row.p_value]).toEqual([null, null, null]);
  }
}

/** Smallest bulk ESS over all parameters a gradient after warm-up. */
function efficiency(fit: Posterior): number {
  const gradients = fit.diagnostics.gradients.sampling.reduce((a, b) => a + b, 0);
  return Math.min(...fit.tidy().map((row) => row.ess_bulk!)) / gradients;
}

describe("sleepstudy, Days | Subject", () => {
  test("random effects integrated out: chosen, accurate, at least 0.10 effective draws a gradient", async () => {
    const fit = await samplePosterior(sleepstudy().compile(), nuts({ seed: "sleepstudy", warmup: 500 }));
    expect(fit.method).toBe("NUTS, random effects integrated out (exact)");
    checkAgainst(fit, SLEEPSTUDY);
    expect(efficiency(fit)).toBeGreaterThan(0.1);
    expect(fit.diagnostics.divergences).toEqual([0, 0, 0, 0]);
    expect(fit.glance()).toMatchObject({ nobs: 180, converged: true, logLik: null, AIC: null, df: null });
    expect(fit.glance().sigma).toBeCloseTo(25.9, 0);
    const sigma = fit.tidy().at(-1)!;
    expect([sigma.effect, sigma.group]).toEqual(["ran_pars", "Residual"]);
  });

  test.each(["centred", "non-centred"] as const)(
    "random effects sampled, %s: the same posterior, and the same random effects",
    async (kind) => {
      const joint = await samplePosterior(
        sleepstudy().compile(),
        nuts({ seed: 11, warmup: 500, draws: kind === "centred" ? 400 : 700, target: "joint", parameterisation: kind }),
      );
      expect(joint.method).toBe(`NUTS, random effects sampled, ${kind}`);
      checkAgainst(joint, SLEEPSTUDY);
      const integrated = await samplePosterior(sleepstudy().compile(), nuts({ seed: 12, warmup: 300, draws: 300 }));
      const other = integrated.ranef();
      joint.ranef().forEach((row, i) => {
        expect([row.group, row.level, row.term]).toEqual([other[i]!.group, other[i]!.level, other[i]!.term]);
        // Two posterior means of a few hundred effective draws each.
        expect(Math.abs(row.estimate - other[i]!.estimate)).toBeLessThan(
          4.5 * row.std_error * Math.sqrt(1 / 300 + 1 / 300),
        );
        expect(Math.abs(row.std_error / other[i]!.std_error - 1)).toBeLessThan(0.25);
      });
    },
  );
});

describe("cbpp, 1 | herd", () => {
  test("integrated by quadrature: accurate, at least 0.10 effective draws a gradient", async () => {
    const model = cbpp().compile();
    const fit = await samplePosterior(model, nuts({ seed: "cbpp", warmup: 400, target: "integrated" }));
    expect(fit.method).toMatch(/^NUTS, random effects integrated out \(AGQ \d+\)$/);
    checkAgainst(fit, CBPP);
    expect(efficiency(fit)).toBeGreaterThan(0.1);
    // Through JSON and back: the same table and the same random effects.
    const again = posteriorFromJSON(JSON.parse(JSON.stringify(fit)).posterior, model);
    expect(again.tidy()).toEqual(fit.tidy());
    expect(again.warnings).toEqual(fit.warnings);
    expect(again.randomEffects()).toEqual(fit.randomEffects());
    const values = fit.tidy({ effects: ["ran_vals"] });
    expect(values.length).toBe(15);
    expect(values[0]).toMatchObject({ effect: "ran_vals", group: "herd", term: "(Intercept)", level: "1" });
  });

  test("random effects sampled", async () => {
    const fit = await samplePosterior(cbpp().compile(), nuts({ seed: "cbpp", target: "joint" }));
    checkAgainst(fit, CBPP);
    expect(fit.ranef().length).toBe(15);
    expect(posteriorFromJSON(JSON.parse(JSON.stringify(fit)).posterior, fit.model).ranef()).toEqual(fit.ranef());
  });
});
