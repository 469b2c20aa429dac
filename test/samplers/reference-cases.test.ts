/**
 * Posteriors on public data against references that this library did not make, by every engine that serves them: means within 4.5 combined
 * Monte Carlo errors, and sds too, at least 200 effective draws. Longer runs, and the cases on other data: bench/validation/references.ts.
 */
import { describe, expect, it } from "vitest";
import { logEvidence } from "../../src/public/checks.ts";
import { loadFit, saveFit } from "../../src/public/exchange.ts";
import { priorPredictive } from "../../src/public/priors.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { samplePosterior } from "../../src/samplers/sample-posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import type { Sampler } from "../../src/samplers/samplers.ts";
import { eightSchools, eightSchoolsFlat } from "./models.ts";
import {
  chainsOf,
  differences,
  LIMIT,
  momentsAsSummary,
  PUBLIC_CASES,
  type Summary,
  summaryOf,
} from "./reference-cases.ts";
import { EIGHT_SCHOOLS_LOG_EVIDENCE } from "./references.ts";

const seed = "reference-cases";
const integrated = nuts({ seed, draws: 600, target: "integrated" });
const joint = nuts({ seed, warmup: 400, draws: 600, target: "joint" });

/** Engines by case. sleepstudy, and cbpp by NUTS, are in reference-posteriors.test.ts and gibbs/sample-gibbs.test.ts, whose runs are longer. */
const RUNS: Readonly<Record<string, Readonly<Record<string, Sampler>>>> = {
  E1: { integrated, joint, gibbs: gibbs({ seed, draws: 1000 }) },
  E2: { integrated, joint, gibbs: gibbs({ seed, draws: 1000 }) },
  E8: { gibbs: gibbs({ seed, draws: 600 }) },
  epil: { gibbs: gibbs({ seed, warmup: 300, draws: 700 }) },
};

for (const [id, engines] of Object.entries(RUNS))
  describe(id, () => {
    const { declared, references } = PUBLIC_CASES[id]!();
    const names = [...new Set(Object.values(references).flatMap((reference) => Object.keys(reference)))];
    const found: Record<string, Record<string, Summary>> = {};
    for (const [engine, sampler] of Object.entries(engines))
      it(`${engine} agrees with ${Object.keys(references).join(" and ")}`, async () => {
        const fit = await samplePosterior(declared.compile(), sampler);
        const summaries = Object.fromEntries(names.map((name) => [name, summaryOf(chainsOf(fit, name))]));
        found[engine] = summaries;
        for (const name of names) {
          expect(summaries[name]!.ess, `ESS of ${name}`).toBeGreaterThan(200);
          expect(summaries[name]!.rhat, `R-hat of ${name}`).toBeLessThan(1.03);
        }
        for (const [source, reference] of Object.entries(references))
          for (const [name, moments] of Object.entries(reference)) {
            const z = differences(summaries[name]!, momentsAsSummary(moments));
            expect(Math.abs(z.mean), `mean of ${name} against ${source}`).toBeLessThan(LIMIT);
            expect(Math.abs(z.sd), `sd of ${name} against ${source}`).toBeLessThan(LIMIT);
          }
      });

    it("the engines agree with each other", () => {
      const all = Object.values(found);
      expect(all).toHaveLength(Object.keys(engines).length);
      all.forEach((one, i) => {
        for (const other of all.slice(0, i))
          for (const name of names) {
            const z = differences(one[name]!, other[name]!);
            expect(Math.abs(z.mean), `mean of ${name}`).toBeLessThan(LIMIT);
            expect(Math.abs(z.sd), `sd of ${name}`).toBeLessThan(LIMIT);
          }
      });
    });
  });

describe("eight schools besides their moments", () => {
  let fit: Posterior;
  it("have no residual sd in any table, before and after saving", async () => {
    fit = await eightSchools().sample(nuts({ seed, draws: 1000 }));
    expect(fit.method).toBe("NUTS, random effects integrated out (exact)");
    expect(fit.tidy().map(({ term }) => term)).toEqual(["(Intercept)", "sd__(Intercept)"]);
    expect(fit.priors.map((row) => `${row.class}:${row.name} ${row.prior}`)).toEqual([
      "fixed:(Intercept) normal(0, 5)",
      "sd:school.(Intercept) halfCauchy(5)",
    ]);
    expect(fit.glance().sigma).toBeNull();
    const loaded = loadFit(JSON.parse(JSON.stringify(saveFit(fit)))) as Posterior;
    expect(loaded.tidy()).toEqual(fit.tidy());
  });

  it("have the log evidence of quadrature", () => {
    const evidence = logEvidence(fit, { seed });
    expect(evidence.error).toBeLessThan(0.05);
    expect(Math.abs(evidence.logEvidence - EIGHT_SCHOOLS_LOG_EVIDENCE)).toBeLessThan(4.5 * evidence.error + 1e-6);
  });

  it.each([
    ["NUTS", nuts],
    ["Gibbs", gibbs],
  ] as const)("saved, loaded and extended they have the draws of one longer run: %s", async (_, engine) => {
    const options = { seed, chains: 2, warmup: 60 };
    const short = await eightSchools().sample(engine({ ...options, draws: 30 }));
    const longer = await (loadFit(JSON.parse(JSON.stringify(saveFit(short)))) as Posterior).extend(20);
    const whole = await eightSchools().sample(engine({ ...options, draws: 50 }));
    expect(longer.draws.values).toEqual(whole.draws.values);
    expect(longer.randomEffects()).toEqual(whole.randomEffects());
  });

  it("under flat priors have no evidence and no prior predictive, and the fit says so", async () => {
    const flat = await eightSchoolsFlat().sample(nuts({ seed, chains: 1, warmup: 50, draws: 50 }));
    expect(flat.warnings.map(({ code }) => code)).toContain("flat-prior");
    expect(() => logEvidence(flat, { seed })).toThrow(
      "the prior of fixed:(Intercept), sd:school.(Intercept) is flat, so it has no value",
    );
    expect(() => priorPredictive(eightSchoolsFlat(), { seed })).toThrow("is no probability distribution");
  });
});
