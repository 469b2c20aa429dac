/** Checks, predictions and averages in slices: the same to the last bit, stopped midway by the signal's own reason, and telling how far they are. */
import { describe, expect, it, vi } from "vitest";
import { powerScaleSensitivity } from "../../src/calibration/power-scale-sensitivity.ts";
import { priorPredictive } from "../../src/calibration/prior-predictive.ts";
import { correctIntegral } from "../../src/checks/correct-integral.ts";
import { loo } from "../../src/checks/leave-one-out.ts";
import { bayesFactor, logEvidence } from "../../src/checks/log-evidence.ts";
import { logLikelihood } from "../../src/checks/pointwise-log-likelihood.ts";
import { posteriorPredictive } from "../../src/checks/posterior-predictive.ts";
import { quantileResiduals } from "../../src/checks/quantile-residuals.ts";
import { waic } from "../../src/checks/waic.ts";
import { compareMarginal } from "../../src/compare/compare-marginal.ts";
import { intraclassCorrelation } from "../../src/effects/intraclass-correlation.ts";
import { marginalCoefficients } from "../../src/effects/marginal-coefficients.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { poisson } from "../../src/families/poisson.ts";
import { model } from "../../src/model-builder.ts";
import type { WorkProgress } from "../../src/options/long-work.ts";
import { predict } from "../../src/prediction/predict.ts";
import { simulate } from "../../src/prediction/simulate.ts";
import { createRng } from "../../src/random/rng.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const rng = createRng("long work");
const g = Array.from({ length: 120 }, (_, i) => `g${i % 20}`);
const h = g.map((_, i) => `h${i % 7}`);
const effect = Array.from({ length: 20 }, () => 0.5 * rng.normal());
const y = g.map((_, i) => Math.floor(4 * rng.uniform() * Math.exp(effect[i % 20]!)));
const declared = model({ y, g, h }).formula("y ~ 1 + (1 | g)").family(poisson());
const crossed = model({ y, g, h }).formula("y ~ 1 + (1 | g) + (1 | h)").family(poisson());
const short = nuts({ chains: 2, warmup: 50, draws: 60, seed: 1, target: "integrated" });
const fit = await declared.sample(short);
const likely = await declared.fit("laplace");
const fitOfCrossed = await crossed.sample(short);

/** How each is done on its options, with what of its result is compared. */
const works: Record<string, (options: object) => unknown> = {
  loo: (o) => loo(fit, { by: "group", ...o } as never),
  "fit.loo": (o) => fit.loo(o as never),
  "waic, by row integrated": (o) => waic(fit, { likelihood: "marginal", ...o } as never),
  logLikelihood: (o) => logLikelihood(fitOfCrossed, { by: "group", group: "h", ...o } as never),
  "logEvidence, bridge": (o) => logEvidence(fit, o as never),
  "logEvidence, importance": (o) => logEvidence(fit, { method: "importance", ...o } as never),
  bayesFactor: (o) => bayesFactor(fit, fitOfCrossed, o as never),
  "correctIntegral, quadrature": (o) => correctIntegral(fit, o as never),
  "correctIntegral, importance": (o) => correctIntegral(fitOfCrossed, { importanceDraws: 20, ...o } as never),
  posteriorPredictive: (o) => posteriorPredictive(fit, o as never),
  quantileResiduals: (o) => quantileResiduals(fit, o as never),
  "quantileResiduals, left out": (o) =>
    quantileResiduals(fit, { leaveOneOut: true, randomEffects: "marginal", ...o } as never),
  powerScaleSensitivity: (o) => powerScaleSensitivity(fit, o as never),
  predict: (o) => predict(fit, o as never),
  "fit.predict, new responses": (o) => fit.predict({ type: "simulate", ...o } as never),
  "predict, maximum likelihood": (o) => predict(likely, o as never),
  simulate: (o) => simulate(fit, { draws: 5, ...o } as never),
  "fit.simulate, maximum likelihood": (o) => likely.simulate({ draws: 5, ...o } as never),
  marginalCoefficients: (o) => marginalCoefficients(fit, o as never),
  intraclassCorrelation: (o) => intraclassCorrelation(fit, o as never),
  "intraclassCorrelation, maximum likelihood": (o) => intraclassCorrelation(likely, o as never),
  populationAverage: (o) => populationAverage({ fit, likely }, o as never),
  "fit.populationAverage": (o) => fit.populationAverage({ estimands: ["typical", "population"], ...o } as never),
  compareMarginal: (o) => compareMarginal({ fit, likely }, o as never),
  priorPredictive: (o) => priorPredictive(declared, { draws: 2000, ...o } as never),
};

const plain = (value: unknown) =>
  JSON.stringify(value, (_, own) => (ArrayBuffer.isView(own) ? [...(own as Float64Array)] : own));

describe.each(Object.keys(works))("%s", (name) => {
  const work = works[name]!;

  it("is at once without, and the same bits in slices with a report", async () => {
    const told: WorkProgress[] = [];
    const atOnce = work({});
    expect(atOnce).not.toBeInstanceOf(Promise);
    const promised = work({ onProgress: (progress: WorkProgress) => told.push(progress) });
    expect(promised).toBeInstanceOf(Promise);
    expect(plain(await promised)).toBe(plain(atOnce));
    expect(told.length).toBeGreaterThan(0);
    const last = told.at(-1)!;
    expect(last.done).toBe(last.total);
    for (const { phase, done, total } of told) {
      expect(phase).not.toBe("");
      expect(done).toBeLessThanOrEqual(total);
    }
  });

  it("rejects with the signal's own reason, before and midway", async () => {
    const reason = new Error("enough");
    await expect(work({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    // every look at the clock finds a slice over, so that the work gives way after its first piece
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 50));
    const controller = new AbortController();
    const told: WorkProgress[] = [];
    const onProgress = (progress: WorkProgress) => {
      told.push(progress);
      controller.abort(reason);
    };
    await expect(work({ signal: controller.signal, onProgress })).rejects.toBe(reason);
    clock.mockRestore();
    expect(told).toHaveLength(1);
    expect(told[0]!.done).toBeLessThan(told[0]!.total);
  });
});

it("an error of a callback rejects", async () => {
  const reason = new Error("mine");
  const onProgress = () => {
    throw reason;
  };
  await expect(posteriorPredictive(fit, { onProgress })).rejects.toBe(reason);
});
