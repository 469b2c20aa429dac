import { beforeAll, describe, expect, it } from "vitest";
import { collinearity } from "../../src/checks/collinearity.ts";
import { diagnose } from "../../src/checks/diagnose.ts";
import { randomEffectsNormality } from "../../src/checks/random-effects-normality.ts";
import { residualTests } from "../../src/checks/residual-tests.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { DeclarationError, issue } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { gee } from "../../src/public/gee.ts";
import { createRng } from "../../src/random/rng.ts";
import { fitCbpp, fitSleepstudy } from "../example-fits.ts";
import { posteriorOf } from "./fits.ts";

let sleepstudy: MaximumLikelihood;
let cbpp: MaximumLikelihood;
beforeAll(async () => {
  sleepstudy = await fitSleepstudy();
  cbpp = await fitCbpp("auto");
});

/** Counts of 20 groups of 8, with a share of zeros and a dispersion of their own. */
function counts(seed: number, zero: number, sd: number) {
  const rng = createRng(seed);
  const rows = Array.from({ length: 160 }, (_, i) => i);
  const u = Array.from({ length: 20 }, () => 0.4 * rng.normal());
  const poisson = (mean: number) => {
    let k = 0;
    for (let p = rng.uniform(); p > Math.exp(-mean); p *= rng.uniform()) k++;
    return k;
  };
  const x = rows.map(() => rng.normal());
  return {
    x,
    g: rows.map((i) => `g${i % 20}`),
    y: rows.map((i) =>
      rng.uniform() < zero ? 0 : poisson(Math.exp(1.2 + 0.3 * x[i]! + u[i % 20]! + sd * rng.normal())),
    ),
  };
}
const fitCounts = (data: ReturnType<typeof counts>) =>
  model(data).formula("y ~ x + (1 | g)").family({ name: "poisson" }).fit("laplace");

describe("residual tests", () => {
  it("are the same for a seed, and large for data of the model", () => {
    const tests = residualTests(sleepstudy);
    expect(residualTests(sleepstudy, { draws: 499, seed: "residual tests" }).rows).toEqual(tests.rows);
    expect(tests.rows.map(({ test }) => test)).toEqual(["uniformity", "dispersion", "outliers"]);
    for (const { p_value } of tests.rows) expect(p_value).toBeGreaterThan(0.05);
    expect(tests.scaled.every((u) => u > 0 && u < 1)).toBe(true);
  });

  it("have uniform p values where the model is true and known, groups and all", () => {
    // strong groups: a Kolmogorov-Smirnov test that took rows for independent would reject nearly always
    let below = 0;
    const many = 40;
    const truths = sleepstudy.simulate({ draws: many, seed: "truths" });
    for (let r = 0; r < many; r++) {
      const response = truths.response(r).slice();
      const fit = Object.create(sleepstudy, { model: { value: sleepstudy.model.withResponse(response) } });
      const { rows } = residualTests({ ...plainFit(sleepstudy), model: fit.model } as never, { draws: 39, seed: r });
      if (rows[0]!.p_value <= 0.1) below++;
    }
    // binomial(40, 0.1): beyond 9 is once in two hundred
    expect(below).toBeLessThan(10);
  });

  it("tell zeros that the model does not have, and dispersion", async () => {
    const zeros = residualTests(await fitCounts(counts(1, 0.35, 0)));
    expect(zeros.rows.find(({ test }) => test === "zeros")!.statistic).toBeGreaterThan(1.5);
    expect(zeros.rows.find(({ test }) => test === "zeros")!.p_value).toBeLessThan(0.02);
    const dispersed = residualTests(await fitCounts(counts(2, 0, 0.9)), { randomEffects: "conditional" });
    expect(dispersed.rows.find(({ test }) => test === "dispersion")!.p_value).toBeLessThan(0.02);
  });

  it("of ordered categories compare places with places, whatever their labels are", async () => {
    const rng = createRng(11);
    const rows = Array.from({ length: 60 }, (_, i) => i);
    const places = rows.map(() => Math.floor(3 * rng.uniform()));
    const of = async (labels: readonly string[]) => {
      const fit = await model({ o: places.map((place) => labels[place]!), g: rows.map((i) => `g${i % 10}`) })
        .formula("o ~ 1 + (1 | g)")
        .factor("o", labels)
        .family({ name: "cumulative" })
        .fit("laplace");
      return { tests: residualTests(fit, { draws: 99 }).rows, normality: randomEffectsNormality(fit, { draws: 19 }) };
    };
    const [numbers, words] = [await of(["0", "1", "5"]), await of(["few", "some", "many"])];
    expect(numbers.tests).toEqual(words.tests);
    expect([...numbers.normality]).toEqual([...words.normality]);
    expect(numbers.tests.map(({ test }) => test)).not.toContain("zeros");
    for (const { p_value } of numbers.tests) expect(p_value).toBeGreaterThan(0.02);
  });

  it("refuse estimating equations", async () => {
    expect(() => residualTests({ kind: "gee", tidy: () => [], model: {} } as never)).toThrow(/no distribution/);
  });
});

const refusal = issue("not-simulated", ["family"], "Family 'mine' cannot be simulated from.");

/** A fit's own fields, as a record. */
const plainFit = (fit: MaximumLikelihood) => ({
  kind: fit.kind,
  model: fit.model,
  estimate: fit.estimate,
  covariance: fit.covariance,
  modes: fit.modes,
  modeCovariances: fit.modeCovariances,
  warnings: [],
  tidy: () => [],
});

describe("normality of random effects", () => {
  it("tells skewed effects from normal ones", async () => {
    const rng = createRng(9);
    const make = (effect: () => number) => {
      const u = Array.from({ length: 40 }, effect);
      const rows = Array.from({ length: 240 }, (_, i) => i);
      return { y: rows.map((i) => u[i % 40]! + 0.3 * rng.normal()), g: rows.map((i) => `g${i % 40}`) };
    };
    const skewed = await model(make(() => -2 * Math.log(rng.uniform())))
      .formula("y ~ 1 + (1 | g)")
      .fit();
    const [row] = randomEffectsNormality(skewed, { draws: 99 });
    expect(row!.p_value).toBe(0.01);
    expect(row!.skewness).toBeGreaterThan(1);
    const normal = await model(make(() => rng.normal()))
      .formula("y ~ 1 + (1 | g)")
      .fit();
    expect(randomEffectsNormality(normal, { draws: 99 })[0]!.p_value).toBeGreaterThan(0.05);
  });

  it("has a row an effect", () => {
    const rows = randomEffectsNormality(sleepstudy, { draws: 49 });
    expect(rows.map(({ group, term, levels }) => [group, term, levels])).toEqual([
      ["Subject", "(Intercept)", 18],
      ["Subject", "Days", 18],
    ]);
    expect(rows.toString()).toContain("Shapiro-Francia");
  });
});

describe("normality of effects without a shape", () => {
  it("says which have none, and why, and refuses what has no modes", async () => {
    const y = [5, 1, 4, 2, 3, 3, 2, 4, 1, 5, 2, 4];
    const data = { y, g: y.map((_, i) => `g${Math.floor(i / 2)}`), w: y.map((_, i) => 1 + (i % 2)) };
    const rows = randomEffectsNormality(await model(data).formula("y ~ 1 + (1 | g)").fit());
    expect(rows).toHaveLength(0);
    expect(rows.warnings[0]!.message).toContain('(Intercept) of "g" (no variance at the estimate)');
    expect(rows.toString()).not.toContain("statistic");
    const counted = await model(data).formula("y ~ 1 + (1 | g)").frequencyWeights("w").fit();
    expect(() => randomEffectsNormality(counted)).toThrow(/frequency weights "w"/);
    const drawn = posteriorOf(sleepstudy.model, [Array.from(sleepstudy.estimate), Array.from(sleepstudy.estimate)]);
    expect(() => randomEffectsNormality(drawn)).toThrow(/a posterior has draws/);
  });
});

describe("collinearity", () => {
  it("is that of the coefficients' covariance, of draws and of estimating equations too", async () => {
    const rng = createRng(21);
    const p = sleepstudy.estimate.length;
    const draws = Array.from({ length: 400 }, () => {
      const x = Array.from(sleepstudy.estimate);
      x[0] = x[0]! + rng.normal();
      x[1] = x[1]! + rng.normal();
      return x;
    });
    expect(draws[0]).toHaveLength(p);
    expect(collinearity(posteriorOf(sleepstudy.model, draws)).rows[0]!.vif).toBeCloseTo(1, 10);
    const rows = Array.from({ length: 60 }, (_, i) => i);
    const x = rows.map(() => rng.normal());
    const data = {
      y: rows.map(() => rng.normal()),
      x,
      z: x.map((v) => v + 0.1 * rng.normal()),
      g: rows.map((i) => `g${i % 20}`),
    };
    const equations = await model(data)
      .formula("y ~ x + z")
      .fit(gee({ id: "g" }));
    const { rows: terms, centred_condition: condition } = collinearity(equations);
    const d = equations.model.layout.size;
    const V = (a: number, b: number) => equations.covariance[a * d + b]!;
    expect(terms[0]!.vif).toBeCloseTo(1 / (1 - V(1, 2) ** 2 / (V(1, 1) * V(2, 2))), 8);
    const found = diagnose(equations).findings;
    expect(found.find(({ check }) => check === "collinearity")!.values["condition"]).toBe(condition);
    expect(found.filter(({ message }) => message.includes("clusters"))).toHaveLength(1);
  });
});

describe("diagnose", () => {
  it("has the numbers of residualTests and randomEffectsNormality", () => {
    const { findings } = diagnose(sleepstudy);
    const { values } = findings.find(({ check }) => check === "simulation")!;
    expect(values).toEqual(
      Object.fromEntries(residualTests(sleepstudy).rows.map(({ test, p_value }) => [test, p_value])),
    );
    const least = Math.min(...randomEffectsNormality(sleepstudy).map(({ p_value }) => p_value));
    const normality = findings.find(({ check }) => check === "normality")!;
    expect(normality.values).toEqual({ p_value: least, told: 0.005 });
    expect(normality.message).toContain("0.005");
  });

  it("says what it could not look at, and lets other errors out", () => {
    const failing = (error: Error) =>
      Object.create(sleepstudy.model.family, {
        simulate: {
          value: () => {
            throw error;
          },
        },
      });
    const x = Array.from(sleepstudy.estimate);
    const withFamily = (error: Error) =>
      posteriorOf(Object.create(sleepstudy.model, { family: { value: failing(error) } }), [x, x, x, x]);
    const refused = diagnose(withFamily(new DeclarationError([refusal]))).findings;
    expect(refused.find(({ check }) => check === "simulation")!.message).toContain(refusal.message);
    expect(() => diagnose(withFamily(new TypeError("a fault of the program")))).toThrow("a fault");
  });

  it("calls healthy fits healthy", () => {
    for (const fit of [sleepstudy, cbpp]) {
      const { healthy, findings } = diagnose(fit);
      expect(healthy).toBe(true);
      expect(findings.filter(({ status }) => status !== "ok")).toEqual([]);
    }
    expect(diagnose(sleepstudy).toString()).toContain("No problem found");
  });

  it("tells separation, with what to try", async () => {
    const data = {
      y: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1],
      x: [..."aaaaaabbbbbbaabb"],
      g: [..."ABCDABCDABCDABCD"],
    };
    const fit = await model(data).formula("y ~ x + (1 | g)").family({ name: "binomial" }).fit();
    const found = diagnose(fit).findings.find(({ check }) => check === "identification")!;
    expect(found.status).toBe("problem");
    expect(found.advice).toContain("prior");
  });

  it("tells few groups and collinear columns", async () => {
    const rng = createRng(3);
    const rows = Array.from({ length: 40 }, (_, i) => i);
    const x = rows.map(() => rng.normal());
    const data = {
      y: rows.map((i) => x[i]! + rng.normal()),
      x,
      z: x.map((value) => value + 1e-3 * rng.normal()),
      g: rows.map((i) => `g${i % 3}`),
    };
    const fit = await model(data).formula("y ~ x + z + (1 | g)").fit();
    const found = diagnose(fit).findings;
    const of = (check: string) => found.find((one) => one.check === check)!;
    expect(of("groups").values).toEqual({ group: "g", levels: 3 });
    expect(of("collinearity").status).not.toBe("ok");
    expect(of("collinearity").values["condition"]).toBeGreaterThan(500);
  });

  it("has exact fits, saturated and constant responses as the problem, once, and runs no test of rounding", async () => {
    const x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13];
    const g = [..."aabbccddeeff"];
    const z = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];
    const exact = x.map((v, i) => 1 / 3 + 0.7 * v + z[Math.floor(i / 2)]!);
    const cases = [
      ["y ~ x + (1 | g)", exact, "gaussian", /computed from the columns/],
      ["y ~ factor(x)", z, "gaussian", /fewer coefficients than rows/],
      ["y ~ x + (1 | g)", x.map(() => 0.1), "gaussian", /right one/],
      ["y ~ x + (1 | g)", x.map(() => 5), "poisson", /right one/],
      ["y ~ factor(x)", z, "poisson", /fewer coefficients than rows/],
    ] as const;
    for (const [formula, y, name, advice] of cases) {
      const fit = await model({ x, y: [...y], g })
        .formula(formula)
        .family({ name })
        .fit();
      const { healthy, findings } = diagnose(fit);
      const problem = findings.find(({ check }) => check === "saturation")!;
      expect(problem.advice).toMatch(advice);
      // the errors of saturated counts are those of the distribution, and hold
      const holds = formula === "y ~ factor(x)" && name === "poisson";
      expect(problem.status).toBe(holds ? "note" : "problem");
      expect(healthy).toBe(holds);
      const messages = findings.map(({ message }) => message);
      expect(new Set(messages).size).toBe(messages.length);
      expect(messages.filter((text) => /variance is zero to rounding|same value in every/.test(text)).length).toBe(
        holds ? 0 : 1,
      );
      for (const check of ["simulation", "distribution", "dispersion", "outliers", "influence", "normality"])
        expect(findings.map((finding) => finding.check)).not.toContain(check);
    }
  });

  it("has two groups as a problem, and four as a note", async () => {
    for (const groups of [2, 4]) {
      const rows = Array.from({ length: 12 }, (_, i) => i);
      const data = { y: rows.map((i) => (i * 7) % 5), g: rows.map((i) => `g${i % groups}`) };
      const fit = await model(data).formula("y ~ 1 + (1 | g)").fit();
      expect(diagnose(fit).findings.find(({ check }) => check === "groups")!.status).toBe(
        groups === 2 ? "problem" : "note",
      );
    }
  });

  it("tells a boundary as a valid estimate", async () => {
    const y = [5, 1, 4, 2, 3, 3, 2, 4, 1, 5, 2, 4];
    const fit = await model({ y, g: y.map((_, i) => `g${Math.floor(i / 2)}`) })
      .formula("y ~ 1 + (1 | g)")
      .fit();
    const found = diagnose(fit);
    expect(found.healthy).toBe(true);
    expect(found.findings.find(({ check }) => check === "boundary")!.status).toBe("note");
  });

  it("tells overdispersed counts within groups, and none where there is none", async () => {
    const over = diagnose(await fitCounts(counts(2, 0, 0.9)));
    expect(over.healthy).toBe(false);
    expect(over.findings.some(({ check, status }) => check === "dispersion" && status === "problem")).toBe(true);
    expect(over.toString()).toContain("nbinom2()");
    expect(diagnose(await fitCounts(counts(4, 0, 0))).healthy).toBe(true);
  });
});
