/** @module-tag slow */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { agq, binomial, cumulative, Gamma, laplace, model, nbinom1, nbinom2, poisson, pql } from "../../src/index.ts";
import { createRng } from "../../src/public/engines.ts";

interface Reference {
  readonly logLik: number;
  readonly estimates: readonly number[];
  readonly errors: readonly number[];
  readonly sds: readonly number[];
  readonly dispersion: number;
}
const folder = new URL("../fixtures/large-counts/", import.meta.url);
const references = JSON.parse(readFileSync(new URL("large-counts.json", folder), "utf8")) as Record<string, Reference>;

/** The columns g, x, y and, of trials, N of a table of this folder. */
function table(name: string) {
  const [, ...lines] = readFileSync(new URL(`${name}.csv`, folder), "utf8")
    .trim()
    .split("\n");
  const cells = lines.map((line) => line.split(","));
  const numbers = (column: number) => cells.map((row) => Number(row[column]));
  return { g: cells.map((row) => row[0]!), x: numbers(1), y: numbers(2), N: numbers(3) };
}

const { g, x, y } = table("poisson-e17");
const ofMean17 = { g, x, y };
const crossed = { g, x, y, h: y.map((_, i) => `h${((i + 1) * 7) % 5}`) };
const { N: _, ...ofMean14 } = table("nb-e14");
const trials = table("binomial-1e7");
const successes = "cbind(y, N - y) ~ x + (1 | g)";

const fits = {
  poisson: () => model(ofMean17).formula("y ~ x + (1 | g)").family(poisson()),
  "poisson crossed": () => model(crossed).formula("y ~ x + (1 | g) + (1 | h)").family(poisson()),
  "poisson slopes": () => model(ofMean17).formula("y ~ x + (x || g)").family(poisson()),
  nbinom2: () => model(ofMean14).formula("y ~ x + (1 | g)").family(nbinom2()),
  nbinom1: () => model(ofMean14).formula("y ~ x + (1 | g)").family(nbinom1()),
  "binomial logit": () => model(trials).formula(successes).family(binomial()),
  "binomial probit": () =>
    model(trials)
      .formula(successes)
      .family(binomial({ link: "probit" })),
  "binomial cloglog": () =>
    model(trials)
      .formula(successes)
      .family(binomial({ link: "cloglog" })),
};

describe("large counts against glmmTMB", () => {
  for (const [name, declare] of Object.entries(fits))
    it(name, async () => {
      const want = references[name]!;
      const fit = await declare().fit(laplace());
      expect(fit.verdict.code).toBe("converged");
      expect(Math.abs(fit.logLik - want.logLik)).toBeLessThan(2e-5);
      const rows = fit.tidy();
      const fixed = rows.filter(({ effect }) => effect === "fixed");
      fixed.forEach(({ estimate, std_error }, i) => {
        expect(Math.abs(estimate! - want.estimates[i]!)).toBeLessThan(0.01 * want.errors[i]!);
        expect(std_error! / want.errors[i]!).toBeCloseTo(1, 3);
      });
      const sds = rows.filter(({ term }) => term.startsWith("sd__"));
      sds.forEach(({ estimate }, i) => {
        expect(estimate! / want.sds[i]!).toBeCloseTo(1, 3);
      });
      const aux = rows.find(({ effect }) => effect === "aux");
      if (aux) expect(aux.estimate! / want.dispersion).toBeCloseTo(1, 3);
      // of the order of what small counts take; two crossed terms are begun from several starts
      expect(fit.evaluations).toBeLessThan(name === "poisson crossed" ? 130 : 50);
    });

  it("quadrature agrees with Laplace where groups say everything, and auto keeps it", async () => {
    const fit = await fits.poisson().fit(agq(7));
    expect(Math.abs(fit.logLik - references["poisson"]!.logLik)).toBeLessThan(2e-5);
    expect(fit.tidy()[1]!.std_error! / references["poisson"]!.errors[1]!).toBeCloseTo(1, 3);
    expect((await fits["binomial logit"]().fit()).method).toBe("Laplace");
  });

  it("an offset of log(1e9) moves the intercept only", async () => {
    const far = { ...ofMean17, e: y.map(() => 1e9) };
    const fit = await model(far).formula("y ~ x + offset(log(e)) + (1 | g)").family(poisson()).fit(laplace());
    const [intercept, x] = fit.tidy();
    const want = references["poisson"]!;
    expect(intercept!.estimate! + Math.log(1e9)).toBeCloseTo(want.estimates[0]!, 6);
    expect(x!.std_error! / want.errors[1]!).toBeCloseTo(1, 3);
    expect(Math.abs(fit.logLik - want.logLik)).toBeLessThan(2e-5);
  });

  it("penalised quasi-likelihood has their estimates too", async () => {
    const fit = await fits.poisson().fit(pql());
    expect(Math.abs(fit.tidy()[1]!.estimate! - references["poisson"]!.estimates[1]!)).toBeLessThan(2e-6);
  });
});

/** 12 groups of 8 counts with the mean e^level and a group sd of 0.4: as good as the logarithms of normal variates. */
function counts(seed: string, level: number) {
  const rng = createRng(seed);
  const data = { g: [] as string[], x: [] as number[], y: [] as number[] };
  for (let j = 0; j < 12; j++) {
    const effect = 0.4 * rng.normal();
    for (let i = 0; i < 8; i++) {
      const x = rng.normal();
      const mu = Math.exp(level + 0.2 * x + effect);
      data.g.push(`g${j}`);
      data.x.push(x);
      data.y.push(Math.max(0, Math.round(mu + Math.sqrt(mu) * rng.normal())));
    }
  }
  return data;
}

describe("limits that are known", () => {
  it("errors at a mean of e^20 are those of weighted least squares within groups and of the group means between", async () => {
    const data = counts("e20", 20);
    const fit = await model(data).formula("y ~ x + (1 | g)").family(poisson()).fit(laplace());
    const rows = fit.tidy();
    // with d = log y, weights y: the slope within groups has information Σ y (x − x̄_g)²
    let information = 0;
    for (const level of new Set(data.g)) {
      const rowsOf = [...data.g.keys()].filter((i) => data.g[i] === level);
      const total = rowsOf.reduce((s, i) => s + data.y[i]!, 0);
      const mean = rowsOf.reduce((s, i) => s + data.y[i]! * data.x[i]!, 0) / total;
      for (const i of rowsOf) information += data.y[i]! * (data.x[i]! - mean) ** 2;
    }
    expect(rows[1]!.std_error! * Math.sqrt(information)).toBeCloseTo(1, 4);
    const sd = rows[2]!.estimate!;
    expect(rows[0]!.std_error! / (sd / Math.sqrt(12))).toBeCloseTo(1, 4);
    // the variance of 12 means: sd of its maximum-likelihood estimate is sd/√24
    expect(rows[2]!.std_error! / (sd / Math.sqrt(24))).toBeCloseTo(1, 3);
  });

  it("rows that count 1e9 times have a thousandth of the errors of rows that count 1e3 times", async () => {
    const rng = createRng("weighted");
    const g = Array.from({ length: 60 }, (_, i) => `g${i % 6}`);
    const x = g.map(() => rng.normal());
    const o = g.map((_, i) => 1 + Math.floor(3 * rng.uniform() ** (x[i]! > 0 ? 0.7 : 1.3)));
    const slope = async (weight: number) => {
      const w = g.map(() => weight);
      const fit = await model({ g, x, o, w })
        .formula("o ~ x + (1 | g)")
        .family(cumulative())
        .frequencyWeights("w")
        .fit(laplace());
      expect(fit.verdict.code).toBe("converged");
      return fit.tidy()[0]!;
    };
    const [few, many] = [await slope(1e3), await slope(1e9)];
    expect(Math.abs(many.estimate! - few.estimate!)).toBeLessThan(few.std_error!);
    expect(few.std_error! / many.std_error! / 1000).toBeCloseTo(1, 2);
  });

  it("a unit of the response changes nothing but the unit, with an inverse link either", async () => {
    const rng = createRng("unit");
    const g = Array.from({ length: 60 }, (_, i) => `g${i % 10}`);
    const x = g.map(() => rng.normal());
    const y = g.map((_, i) => Math.exp(0.2 * x[i]! + 0.3 * ((i % 10) / 5 - 1) + 0.3 * rng.normal()));
    const fit = (unit: number) =>
      model({ g, x, y: y.map((v) => v * unit) })
        .formula("y ~ x + (1 | g)")
        .family(Gamma({ link: "inverse" }))
        .fit(laplace());
    const [one, tiny, huge] = [await fit(1), await fit(1e-8), await fit(1e8)];
    for (const [other, unit] of [
      [tiny, 1e-8],
      [huge, 1e8],
    ] as const) {
      expect(other.verdict.code).toBe(one.verdict.code);
      expect(other.logLik + 60 * Math.log(unit)).toBeCloseTo(one.logLik, 6);
      expect((other.tidy()[1]!.estimate! * unit) / one.tidy()[1]!.estimate!).toBeCloseTo(1, 5);
      expect((other.tidy()[1]!.std_error! * unit) / one.tidy()[1]!.std_error!).toBeCloseTo(1, 5);
    }
  });

  it("a square root of large counts is not separated", async () => {
    const fit = await model(counts("root", 17))
      .formula("y ~ x + (1 | g)")
      .family(poisson({ link: "sqrt" }))
      .fit(laplace());
    expect(fit.verdict.code).toBe("converged");
    // of a square root of counts the residual variance is 1/4
    expect(fit.tidy()[1]!.std_error! * Math.sqrt(96)).toBeGreaterThan(0.4);
    expect(fit.tidy()[1]!.std_error! * Math.sqrt(96)).toBeLessThan(0.7);
  });
});

describe("counts that are no more dispersed than Poisson counts", () => {
  const even = (level: number) => {
    const data = counts("even", level);
    return { ...data, y: data.x.map((x, i) => Math.round(Math.exp(level + 0.2 * x + 0.3 * ((i >> 3) % 3)))) };
  };
  for (const level of [2, 12])
    for (const [family, name, limit] of [
      [nbinom2(), "theta", Number.POSITIVE_INFINITY],
      [nbinom1(), "alpha", 0],
    ] as const)
      it(`${family.name} of mean e^${level} is at the boundary, with the Poisson fit's numbers`, async () => {
        const declare = model(even(level)).formula("y ~ x + (1 | g)");
        const fit = await declare.family(family).fit(laplace());
        const poissonFit = await declare.family(poisson()).fit(laplace());
        expect(fit.verdict.code).toBe("boundary");
        expect(fit.verdict.reason).toContain(`'${name}'`);
        expect(fit.logLik).toBe(poissonFit.logLik);
        const rows = fit.tidy();
        expect(rows.slice(0, -1)).toEqual(poissonFit.tidy());
        expect(rows.at(-1)).toMatchObject({ term: name, estimate: limit, std_error: null, conf_low: null });
        // what is carried on is the Poisson model to rounding
        expect(Math.abs(fit.marginal.evaluate(fit.estimate) - poissonFit.logLik)).toBeLessThan(1e-8);
        const means = fit.predict().rows.map((row) => row.estimate);
        poissonFit.predict().rows.forEach((row, i) => {
          expect(means[i]! / row.estimate!).toBeCloseTo(1, 10);
        });
      });

  it("a little overdispersion stays a negative binomial", async () => {
    const rng = createRng("little");
    const data = counts("little", 3);
    const y = data.y.map((v) => Math.round(v * Math.exp(0.25 * rng.normal())));
    const fit = await model({ ...data, y })
      .formula("y ~ x + (1 | g)")
      .family(nbinom2())
      .fit(laplace());
    expect(fit.verdict.code).toBe("converged");
    expect(fit.tidy().at(-1)!.std_error).toBeGreaterThan(0);
  });
});
