/** What belongs to a fit is not changed by writing into what it hands out. */
import { describe, expect, it } from "vitest";
import {
  type EstimatingEquations,
  gee,
  gibbs,
  type MaximumLikelihood,
  model,
  nuts,
  type Posterior,
  poisson,
  pql,
} from "../../src/index.ts";
import { fitToBytes, loadFit, saveFit } from "../../src/public/exchange.ts";
import { exchangeable } from "../../src/public/gee.ts";

const g = Array.from({ length: 24 }, (_, i) => "abcdef"[i % 6]!);
const x = g.map((_, i) => Math.sin(i));
const y = g.map((level, i) => 1 + 0.5 * x[i]! + 0.4 * Math.cos(3 * level.charCodeAt(0)) + 0.2 * Math.cos(7 * i));
const count = y.map((value) => Math.round(3 * value));
const declared = model({ y, count, x, g }).formula("y ~ x + (1 | g)");

type Arrays = Record<string, unknown>;

/** Writes 999 into every typed array within, and tries to empty every list and record. */
function spoil(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (ArrayBuffer.isView(value)) {
    (value as Float64Array).fill(999);
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    spoil(inner, seen);
    if (typeof inner !== "function") Reflect.set(value, name, 999);
  }
}

const told = (fit: MaximumLikelihood | Posterior | EstimatingEquations) =>
  JSON.stringify([
    fit.tidy({ effects: fit.kind === "gee" ? ["fixed", "aux"] : ["fixed", "ran_pars", "ran_vals", "aux"] }),
    fit.glance(),
    fit.predict(),
    Array.from(fit.fitted()),
    fit.warnings,
    saveFit(fit as Posterior),
  ]);

function staysTheSame(fit: MaximumLikelihood | Posterior | EstimatingEquations, names: readonly string[]) {
  const before = told(fit);
  for (const name of names) {
    const value = (fit as unknown as Arrays)[name];
    expect(value, name).toBeDefined();
    spoil(typeof value === "function" ? value.call(fit) : value);
    expect(told(fit), name).toBe(before);
  }
}

const OF_ML = [
  ...["estimate", "covariance", "modes", "modeCovariances", "warnings", "verdict", "undetermined", "starts"],
  ...["integral", "requested", "tidy", "glance", "ranef", "fitted", "residuals", "predict", "toJSON"],
];

describe("what a fit hands out", () => {
  it("is a copy or frozen: maximum likelihood", async () => {
    staysTheSame(await declared.fit(), OF_ML);
    staysTheSame(await declared.response("count").family(poisson()).fit("laplace"), OF_ML);
  });

  it("is a copy or frozen: penalised quasi-likelihood and its working model", async () => {
    staysTheSame(await declared.response("count").family(poisson()).fit(pql()), [...OF_ML, "working"]);
  });

  it("is a copy or frozen: estimating equations", async () => {
    const fit = await declared.formula("y ~ x").fit(gee({ id: "g", correlation: exchangeable() }));
    staysTheSame(fit, [
      ...["estimate", "covariance", "correlation", "solution", "clusters", "clusterOfRow", "warnings", "verdict"],
      ...["requested", "criteria", "nuisanceCovariance", "workingCorrelation", "glance", "tidy", "toJSON"],
    ]);
    const [variance] = fit.vcov("naive");
    fit.vcov("naive").fill(999);
    expect(fit.vcov("naive")[0]).toBe(variance);
  });

  it("is a copy or frozen: posteriors, loaded and extended ones too", async () => {
    const names = [
      ...["draws", "randomEffects", "statistics", "diagnostics", "warnings", "sampler", "priors"],
      ...["tidy", "glance", "ranef", "fitted", "toData", "toJSON"],
    ];
    for (const sampler of [gibbs({ chains: 2, warmup: 20, draws: 20 }), nuts({ chains: 2, warmup: 50, draws: 20 })]) {
      const fit = await declared.sample(sampler);
      const longer = JSON.stringify(saveFit(await fit.extend(5)));
      staysTheSame(
        fit,
        names.filter((name) => (fit as unknown as Arrays)[name] !== null),
      );
      expect(fit.draws).toBe(fit.draws);
      const again = loadFit(fitToBytes(fit)) as Posterior;
      spoil(fit.draws);
      spoil(fit.randomEffectsOf!(0));
      expect(told(again)).toBe(told(fit));
      expect(JSON.stringify(saveFit(await fit.extend(5)))).toBe(longer);
    }
  });

  it("frozen: the declaration behind it", async () => {
    const { spec } = (await declared.fit()).model;
    expect(Object.isFrozen(spec)).toBe(true);
    expect(Object.isFrozen(spec.predictors)).toBe(true);
  });
});
