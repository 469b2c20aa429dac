import { describe, expect, it } from "vitest";
import type { Table } from "../../src/data/table.ts";
import {
  Beta,
  binomial,
  cumulative,
  Gamma,
  gaussian,
  type Model,
  model,
  nbinom1,
  nbinom2,
  nuts,
  poisson,
  simulate,
  type TableInput,
} from "../../src/index.ts";
import type { NamedParameters } from "../../src/model/named-parameters.ts";
import { extend } from "../../src/studies/extend.ts";

const GROUPS = 60;
const EACH = 5;
const index = Array.from({ length: GROUPS * EACH }, (_, i) => i);
/** No response. */
const covariates = {
  x: index.map((i) => (i % EACH) - 2),
  time: index.map((i) => i % EACH),
  g: index.map((i) => `g${Math.floor(i / EACH)}`),
  h: index.map((i) => `h${i % 12}`),
  n: index.map((i) => 3 + (i % 4)),
  logE: index.map((i) => Math.log(1 + (i % 3))),
  w: index.map((i) => 1 + (i % 2)),
};
const sd = { "sd:g.(Intercept)": 0.6 };
const base = model(covariates as TableInput);

const cases: Record<string, [Model, NamedParameters]> = {
  gaussian: [base.formula("y ~ x + (x | g)"), { "(Intercept)": 1, x: 2, ...sd, "sd:g.x": 0.4, sigma: 1 }],
  crossed: [
    base.formula("y ~ x + (1 | g) + (1 | h)").weights("w"),
    { "(Intercept)": 1, x: 2, "g sd__(Intercept)": 0.6, "h sd__(Intercept)": 1, sigma: 1 },
  ],
  bernoulli: [base.formula("y ~ x + (1 | g)").family(binomial()), { "(Intercept)": -1, x: 0.5, ...sd }],
  trials: [base.formula("y | trials(n) ~ x + (1 | g)").family(binomial()), { "(Intercept)": -1, x: 0.5, ...sd }],
  offset: [base.formula("y ~ x + offset(logE) + (1 | g)").family(poisson()), { "(Intercept)": 0.5, x: 0.3, ...sd }],
  nbinom1: [base.formula("y ~ x + (1 | g)").family(nbinom1()), { "(Intercept)": 1, x: 0.3, alpha: 0.5, ...sd }],
  nbinom2: [base.formula("y ~ x + (1 | g)").family(nbinom2()), { "(Intercept)": 1, x: 0.3, theta: 2, ...sd }],
  Gamma: [
    base.formula("y ~ x + (1 | g)").family(Gamma({ link: "log" })),
    { "(Intercept)": 1, x: 0.3, shape: 3, ...sd },
  ],
  Beta: [base.formula("y ~ x + (1 | g)").family(Beta()), { "(Intercept)": 0.2, x: 0.3, phi: 8, ...sd }],
  ordinal: [
    base.formula("y ~ x + (1 | g)").factor("y", ["low", "middle", "high"]).family(cumulative()),
    { "low|middle": -1, "middle|high": 1, x: 0.5, ...sd },
  ],
  dispersion: [
    base.formula("y ~ x + (1 | g)").family(gaussian()).dispersion("~ x"),
    { "(Intercept)": 1, x: 2, "disp (Intercept)": -0.5, "disp x": 0.2, ...sd },
  ],
  ar1: [
    base.formula("y ~ x + (1 | g)").residual({ correlation: "corAR1(~ time | g)" }),
    { "(Intercept)": 1, x: 2, ...sd, sigma: 1, "corAR1.Phi": 0.5 },
  ],
  varPower: [
    base.formula("y ~ x + (1 | g)").residual({ variance: "varPower(~ w)" }),
    { "(Intercept)": 1, x: 2, ...sd, sigma: 1, "varPower.power": 0.5 },
  ],
  nonlinear: [
    base
      .mean("A * exp(-k * time)", { parameters: { A: "~ x + (1 | g)", k: "~ 1" }, start: { A: 5, k: 0.2 } })
      .response("y"),
    { "A.(Intercept)": 5, "A.x": 1, k: 0.3, "g sd__A": 0.6, sigma: 0.5 },
  ],
};

describe("simulate() of a declaration", () => {
  it.each(Object.keys(cases))("gives data from which %s is fitted", async (name) => {
    const [declared, parameters] = cases[name]!;
    const simulated = simulate(declared, { parameters, nsim: 2, seed: 3 });
    expect(simulated.nsim).toBe(2);
    expect(simulated.values.every(Number.isFinite)).toBe(true);
    const fit = await simulated.data(1).fit();
    const found = fit.tidy().find(({ term }) => term === "x" || term === "A.x")!;
    expect(Math.abs(found.estimate - (parameters["x"] ?? parameters["A.x"]!))).toBeLessThan(4 * found.std_error!);
  });

  it("takes draws of priors and of posteriors as parameters", async () => {
    const [declared, parameters] = cases["gaussian"]!;
    const prior = simulate(
      declared
        .prior("fixed", { name: "normal", parameters: [0, 1] })
        .prior("sigma", { name: "exponential", parameters: [1] }),
      {
        parameters: "prior",
        draws: 3,
      },
    );
    const size = prior.parameters.length / 3;
    expect(prior.parameters[0]).not.toBe(prior.parameters[size]);
    const bayes = await simulate(declared, { parameters })
      .data(0)
      .sample(nuts({ chains: 1, warmup: 150, draws: 20, seed: 1 }));
    const posterior = simulate(declared, { parameters: bayes, draws: 20, seed: 2 });
    expect(posterior.parameters[size]).toBeCloseTo(bayes.draws.values[size]!, 10);
    // the mean of a posterior, with one parameter changed
    const changed = bayes.with({ x: 5 });
    expect(changed.parameters["x"]).toBe(5);
    const mean = bayes.tidy().find(({ term }) => term === "(Intercept)")!.estimate;
    expect(changed.parameters["(Intercept)"]).toBeCloseTo(mean, 10);
    expect(simulate(changed).n).toBe(300);
  });

  it("refuses means that are no numbers, and says every fault of the parameters at once", () => {
    const [counts, parameters] = cases["nbinom2"]!;
    expect(() => simulate(counts, { parameters: { ...parameters, "(Intercept)": 800 } })).toThrow(
      "simulated in row 1 is",
    );
    expect(() => simulate(counts, { parameters: { y: 1, theta: -1 } as never })).toThrow(
      /no parameter "y"[\s\S]*"theta" must be[\s\S]*have none/,
    );
    expect(() => simulate(counts, { parameters: 3 as never })).toThrow("numbers by name");
    expect(() => simulate(counts, {} as never)).toThrow("numbers by name");
    const simulated = simulate(counts, { parameters });
    expect(() => simulated.response(99)).toThrow("no simulation 99");
    expect(() => simulated.data(-1)).toThrow("no simulation -1");
  });

  it("loses responses by their log odds", async () => {
    const [declared, parameters] = cases["gaussian"]!;
    const missing = { "(Intercept)": -1, y: 1 };
    const complete = simulate(declared, { parameters, seed: 4 });
    const observed = simulate(declared, { parameters, seed: 4, missing });
    const gone = [...observed.response(0)].map(Number.isNaN);
    const mean = (of: boolean) => {
      const own = [...complete.response(0)].filter((_, i) => gone[i] === of);
      return own.reduce((sum, y) => sum + y, 0) / own.length;
    };
    // what is kept is what it was, and larger responses are lost more often
    expect([...observed.response(0)].filter((y, i) => !gone[i] && y !== complete.response(0)[i])).toEqual([]);
    expect(mean(true) - mean(false)).toBeGreaterThan(1);
    expect((await observed.data(0).fit()).model.design.n).toBe(gone.filter((one) => !one).length);
    expect(() => simulate(declared, { parameters, missing: { g: 1 } })).toThrow('"g" is none of them');
  });
});

const valuesOf = (table: Table, name: string): readonly (number | string | null)[] => {
  const { values } = table.column(name)!;
  return Array.from({ length: table.rows }, (_, row) => values[row] ?? null);
};

describe("extend()", () => {
  const rows = { y: [1, 2, 3, 4, 5, 7, 4, 4], t: [0, 1, 0, 1, 0, 1, 0, 1], g: [..."aabbccdd"], s: [..."kkkkllll"] };

  it("adds levels, nested ones with them, values of a covariate, and rows within", async () => {
    const pilot = await model(rows).formula("y ~ t + (1 | s) + (1 | g)").fit("ml");
    const more = extend(pilot.with({ t: 2 }), { s: 5 });
    const table = more.model.table();
    expect(table.rows).toBe(20);
    expect([...new Set(valuesOf(table, "s"))]).toEqual(["k", "l", "k.2", "l.2", "k.3"]);
    expect(new Set(valuesOf(table, "g")).size).toBe(10);
    expect(more.parameters["t"]).toBe(2);
    const times = extend(pilot, { t: 4 }).model.table();
    expect([...new Set(valuesOf(times, "t"))]).toEqual([0, 1, 2, 3]);
    expect(times.rows).toBe(16);
    const within = extend(pilot, { within: { g: 3 } }).model.table();
    expect([...valuesOf(within, "t")].slice(0, 6)).toEqual([0, 1, 0, 0, 1, 0]);
    expect(extend(pilot, { g: 2 }).model.table().rows).toBe(4);
    expect(() => extend(pilot, { gg: 0.5 })).toThrow(/no column "gg"[\s\S]*whole number/);
    expect(() => pilot.with({ tt: 1 })).toThrow('"tt"');
  });
});
