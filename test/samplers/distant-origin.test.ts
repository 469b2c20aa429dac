/** Columns far from 0: posteriors under default priors do not move with the origin; priors that were given are meant at 0, and doubtful ones are said to be so. */
import { describe, expect, it } from "vitest";
import { powerScaleSensitivity } from "../../src/calibration/power-scale-sensitivity.ts";
import { priorPredictive } from "../../src/calibration/prior-predictive.ts";
import { logEvidence } from "../../src/checks/log-evidence.ts";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { poisson } from "../../src/families/poisson.ts";
import { model } from "../../src/model-builder.ts";
import { halfNormal, horseshoe, normal, uniform } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { distantOrigins } from "../../src/samplers/distant-origin.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const rng = createRng("distant origin");
// the mean is 0 exactly, and every sum with the origins below is exact
const year = Array.from({ length: 120 }, (_, i) => 2 * (Math.floor(i / 12) - 4.5));
const g = year.map((_, i) => `g${i % 12}`);
const treatment = year.map((_, i) => (i % 12 < 6 ? "a" : "b"));
const slope = Array.from({ length: 12 }, () => 0.7 * rng.normal());
const level = Array.from({ length: 12 }, () => rng.normal());
const eta = year.map((value, i) => 3 + level[i % 12]! + (1 + slope[i % 12]!) * value);
const y = eta.map((value) => value + 0.5 * rng.normal());
const count = eta.map((value) => Math.floor(6 * rng.uniform()) + Math.max(0, Math.round(value / 4)));
const yes = eta.map((value) => (value + 4 * rng.normal() > 3 ? 1 : 0));
const rating = eta.map((value) => (value + 4 * rng.normal() > 8 ? "high" : value > -2 ? "middle" : "low"));

const table = (origin: number, unit = 1) => ({
  y,
  g,
  treatment,
  count,
  yes,
  rating,
  year: year.map((value) => value * unit + origin),
});
const at = (origin: number, unit = 1) => model(table(origin, unit));
const FAR = [2014, 1e9];

const short = { chains: 1, warmup: 30, draws: 40, seed: 2 };
const engines = { nuts: nuts(short), joint: nuts({ ...short, target: "joint" }), gibbs: gibbs(short) };
type Sampler = (typeof engines)[keyof typeof engines];

/** The draws of what has the same meaning at every origin. */
function invariant(fit: Posterior): number[] {
  return fit
    .tidy()
    .filter(({ term }) => !/\(Intercept\)|\||treatmentb$/.test(term))
    .map(({ estimate }) => estimate!);
}

function expectSame(a: Posterior, b: Posterior): void {
  const [one, other] = [invariant(a), invariant(b)];
  expect(one.length).toBeGreaterThan(0);
  one.forEach((value, k) => {
    expect(Math.abs(other[k]! / value - 1)).toBeLessThan(1e-5);
  });
  const [here, there] = [a, b].map((fit) => fit.predict().rows.map(({ estimate }) => estimate!)) as [
    number[],
    number[],
  ];
  // random effects that were integrated out are drawn in other coordinates far off
  const spread = a.integral ? 0.3 : 1e-4;
  here.forEach((value, i) => {
    expect(Math.abs(value - there[i]!)).toBeLessThan(spread * (1 + Math.abs(value)));
  });
}

describe("draws with the same seed are the same at every origin", () => {
  it.each(Object.keys(engines) as (keyof typeof engines)[])("of Gaussian slopes, %s", async (engine) => {
    const sampler: Sampler = engines[engine];
    const near = await at(0).formula("y ~ year + (year | g)").sample(sampler);
    for (const origin of FAR) {
      const far = await at(origin).formula("y ~ year + (year | g)").sample(sampler);
      expectSame(near, far);
      expect(far.warnings.map(({ code }) => code)).toContain("prior-origin");
    }
    expect(near.warnings.map(({ code }) => code)).not.toContain("prior-origin");
  });

  it("of other families, products and thresholds", async () => {
    const declared = {
      product: (o: number) => at(o).formula("y ~ treatment * year + (year | g)"),
      logit: (o: number) => at(o).formula("yes ~ year + (year | g)").family(binomial()),
      counts: (o: number) => at(o).formula("count ~ year + (1 | g)").family(poisson()),
      ordered: (o: number) =>
        at(o).formula("rating ~ year + (year | g)").family(cumulative()).factor("rating", ["low", "middle", "high"]),
      shrunken: (o: number) => at(o).formula("y ~ year + (year | g)").prior("fixed", horseshoe()),
    };
    for (const of of Object.values(declared))
      expectSame(await of(0).sample(engines.nuts), await of(1e9).sample(engines.nuts));
    for (const of of [declared.product, declared.logit, declared.counts])
      expectSame(await of(0).sample(engines.gibbs), await of(1e9).sample(engines.gibbs));
    const probit = (o: number) => declared.ordered(o).family(cumulative({ link: "probit" }));
    expectSame(await probit(0).sample(engines.gibbs), await probit(1e9).sample(engines.gibbs));
  });

  it("with the coefficients integrated out, and where chains are gone on with", async () => {
    const few = (origin: number) =>
      model({ y: y.slice(0, 5), year: [-2, -1, 0, 1, 2].map((value) => value + origin) }).formula("y ~ year");
    expectSame(await few(0).sample(engines.nuts), await few(1e9).sample(engines.nuts));
    for (const sampler of [engines.nuts, engines.gibbs]) {
      const far = await at(1e9).formula("y ~ year + (year | g)").sample(sampler);
      const whole = await at(1e9)
        .formula("y ~ year + (year | g)")
        .sample({ ...sampler, draws: 60 });
      expect((await far.extend(20)).draws.values).toEqual(whole.draws.values);
    }
  });
});

it("draws in another unit of time are those within Monte Carlo error", async () => {
  const sampler = gibbs({ chains: 2, warmup: 200, draws: 1000, seed: 5 });
  const near = await at(0).formula("y ~ year + (year | g)").sample(sampler);
  const seconds = await at(1.7e9, 31557600).formula("y ~ year + (year | g)").sample(sampler);
  for (const [term, unit] of [
    ["year", 31557600],
    ["sd__year", 31557600],
    ["sd__Observation", 1],
  ] as const) {
    const [a, b] = [near, seconds].map((fit) => fit.tidy().find((row) => row.term === term)!);
    expect(Math.abs(a!.estimate! - unit * b!.estimate!)).toBeLessThan(4 * Math.hypot(a!.mcse!, unit * b!.mcse!));
  }
});

describe("what evaluates priors does it where they are stated", () => {
  const formula = "y ~ year + (year | g)";

  it("evidence, sensitivity and prior predictive are the same", async () => {
    const [near, far] = [
      await at(0).formula(formula).sample(engines.nuts),
      await at(1e9).formula(formula).sample(engines.nuts),
    ];
    expect(logEvidence(far).logEvidence).toBeCloseTo(logEvidence(near).logEvidence, 3);
    const rows = (fit: Posterior) =>
      powerScaleSensitivity(fit)
        .rows.filter(({ term }) => !/\(Intercept\)/.test(term))
        .map(({ prior }) => prior);
    rows(near).forEach((value, k) => {
      expect(rows(far)[k]!).toBeCloseTo(value, 4);
    });
    // effects are drawn about another factor of the same covariance
    const expected = (origin: number) =>
      priorPredictive(at(origin).formula(formula), { draws: 2000 }).rows.find(({ term }) => term === "sd")!;
    expect(expected(1e9).median / expected(0).median).toBeCloseTo(1, 1);
    expect(expected(1e9).q97_5 / expected(0).q97_5).toBeCloseTo(1, 0);
  });

  it("and calibration generates from priors that its fits have", () => {
    const compiled = at(1e9).formula(formula).compile("posterior");
    const { origin, ...priors } = resolvePriors(compiled);
    const declared = [...priors.fixed, ...priors.sd.flat()].map(({ class: of, name, distribution }) => ({
      class: of,
      name,
      distribution,
    }));
    expect(origin!.terms[0]).toHaveLength(1);
    const renewed = resolvePriors(compiled.withPriors(declared, origin!).withResponse(compiled.design.y));
    expect(renewed.origin).toEqual(origin);
    expect(renewed.sd[0]!.map(({ distribution }) => distribution)).toEqual(
      priors.sd[0]!.map(({ distribution }) => distribution),
    );
  });
});

describe("priors that were given are meant at 0", () => {
  const origins = (declared: ReturnType<typeof at>) => {
    const compiled = declared.compile("posterior");
    const priors = resolvePriors(compiled);
    return {
      moved: [...priors.fixed, ...priors.sd.flat(), ...priors.cor].flatMap((prior) => (prior?.at ? [prior.name] : [])),
      codes: distantOrigins(compiled, priors).map(({ code }) => code),
    };
  };
  const slopes = (origin: number) => at(origin).formula("y ~ year + (year | g)");

  it("and their columns stay", () => {
    expect(origins(slopes(0))).toEqual({ moved: [], codes: [] });
    expect(origins(slopes(30)).moved).toEqual([]);
    expect(origins(slopes(60))).toEqual({ moved: ["(Intercept)", "g.(Intercept)", "g"], codes: [] });
    expect(origins(slopes(-60)).moved).toHaveLength(3);
    expect(origins(at(60).formula("y ~ year")).moved).toEqual([]);
    expect(origins(slopes(2014).prior("sd:g.(Intercept)", uniform(0, 1e4)))).toEqual({
      moved: ["(Intercept)"],
      codes: [],
    });
    expect(origins(slopes(2014).prior("fixed:(Intercept)", normal(0, 1e4))).moved).toEqual(["g.(Intercept)", "g"]);
    expect(origins(slopes(2014).prior("sd:g.year", halfNormal(1))).moved).toHaveLength(3);
    expect(origins(at(2014).formula("y ~ treatment * year")).moved).toEqual(["(Intercept)", "treatmentb"]);
  });

  it("and independent effects are a model of their own at each origin, which is said", () => {
    expect(origins(at(2014).formula("y ~ year + (year || g)")).codes).toEqual(["distant-origin"]);
    expect(origins(at(2014).formula("y ~ year + diag(year | g)")).codes).toEqual(["distant-origin"]);
    expect(origins(at(2014).formula("y ~ year + (0 + year | g)"))).toEqual({ moved: ["(Intercept)"], codes: [] });
  });
});
