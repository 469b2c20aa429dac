import { describe, expect, it } from "vitest";
import { binomial, cumulative, model, nbinom2, simulate, type TableInput } from "../../src/index.ts";
import { createRng } from "../../src/random/rng.ts";
import { average, parameter, statistic } from "../../src/studies/estimands.ts";
import { generatorOf } from "../../src/studies/generator.ts";
import { grid } from "../../src/studies/scenario.ts";
import { type StudySpec, study } from "../../src/studies/study.ts";

function rows(groups: number, each = 6): TableInput {
  const index = Array.from({ length: groups * each }, (_, i) => i);
  return {
    x: index.map((i) => (i % each) / each),
    arm: index.map((i) => Math.floor(i / each) % 2),
    g: index.map((i) => `g${Math.floor(i / each)}`),
    n: index.map(() => 4),
  };
}

const logistic = (groups: number) => model(rows(groups)).formula("y ~ arm + (1 | g)").family(binomial());
const truth = { "(Intercept)": -1, arm: 0.8, "sd:g.(Intercept)": 1 };

const spec = {
  seed: 7,
  replications: 6,
  dgms: grid({ groups: [8, 12] }, ({ groups }) => ({ model: logistic(groups), parameters: truth })),
  estimands: { arm: parameter("arm"), sd: parameter("g sd__(Intercept)") },
  methods: { laplace: (data) => data.fit("laplace") },
} satisfies StudySpec;

describe("a generator", () => {
  it("draws responses with the moments of the model", () => {
    const linear = model(rows(400, 5)).formula("y ~ x + (x | g)");
    const {
      responses,
      x,
      model: compiled,
    } = generatorOf({
      model: linear,
      parameters: {
        "(Intercept)": 1,
        x: 2,
        "sd:g.(Intercept)": 1.5,
        "g sd__x": 0.5,
        "cor:g.(Intercept).x": -0.6,
        sigma: 0.7,
      },
    });
    expect(x.length).toBe(6);
    const y = responses(createRng("moments"));
    expect(y.length).toBe(compiled.design.n);
    // rows of x = 0: mean 1, variance 1.5² + .7²
    const first = Array.from({ length: 400 }, (_, g) => y[g * 5]!);
    const mean = first.reduce((sum, value) => sum + value, 0) / 400;
    const variance = first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399;
    expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(2.74 / 400));
    expect(Math.abs(variance - 2.74)).toBeLessThan(4 * 2.74 * Math.sqrt(2 / 399));
    // x = .8 against x = 0 within groups: covariance of the two rows of a group
    const last = Array.from({ length: 400 }, (_, g) => y[g * 5 + 4]!);
    const meanLast = last.reduce((sum, value) => sum + value, 0) / 400;
    const covariance = first.reduce((sum, value, g) => sum + (value - mean) * (last[g]! - meanLast), 0) / 399;
    expect(Math.abs(covariance - (2.25 + 0.8 * -0.6 * 1.5 * 0.5))).toBeLessThan(0.6);
  });

  it("makes fits of every response kind that are those of a table with the responses", async () => {
    const counts = model(rows(10)).formula("y ~ x + (1 | g)").family(nbinom2());
    const ordered = model(rows(20))
      .formula("y ~ x + (1 | g)")
      .factor("y", ["low", "middle", "high"])
      .family(cumulative());
    const trials = model(rows(10)).formula("y | trials(n) ~ x + (1 | g)").family(binomial());
    const sd = { "sd__(Intercept)": 0.8 };
    for (const [declared, parameters] of [
      [counts, { "(Intercept)": 1, x: 1, theta: 3, ...sd }],
      [ordered, { "low|middle": -1, "middle|high": 1, x: 1, ...sd }],
      [trials, { "(Intercept)": 0, x: 1, ...sd }],
    ] as const) {
      const generator = generatorOf({ model: declared, parameters: parameters });
      generator.declared(generator.responses(createRng(1))).compile();
      const data = generator.declared(generator.responses(createRng(2)));
      const shared = await data.fit("laplace");
      const fresh = await declared.on(data.table()).fit("laplace");
      expect(shared.logLik).toBeCloseTo(fresh.logLik, 8);
      expect(shared.model.table).toBe(data.table());
    }
  });

  it("names every parameter that is missing, unknown or impossible", () => {
    const declared = model(rows(5)).formula("y ~ x + (x | g)");
    expect(() => generatorOf({ model: declared, parameters: { x: 1, sigma: -1, zz: 2 } })).toThrow(
      /"sigma" must be a finite number above 0, and it is -1[\s\S]*There is no parameter "zz"[\s\S]*"\(Intercept\)", "g sd__\(Intercept\)" and "g sd__x" have none/,
    );
    expect(() => generatorOf({ model: model(rows(5)).formula("log(y) ~ x"), parameters: {} })).toThrow(
      "declare the response as a column",
    );
    expect(() =>
      generatorOf({ model: model(rows(5)).formula("cbind(a, b) ~ x").family(binomial()), parameters: {} }),
    ).toThrow("with a column n of trials");
    expect(() => generatorOf({ model: model(rows(5)).formula("y ~ x").family(cumulative()), parameters: {} })).toThrow(
      "its categories are not known",
    );
  });
});

describe("simulate()", () => {
  it("simulates without a fit, by seed, into tables that can be fitted", async () => {
    const given = { parameters: truth, draws: 3, seed: "a" };
    const { values, n, response, data } = simulate(logistic(10), given);
    expect([n, values.length]).toEqual([60, 180]);
    expect(simulate(logistic(10), { ...given, draws: 1 }).values).toEqual(response(0));
    expect(response(1)).not.toEqual(response(0));
    expect(() => data(3)).toThrow("There is no simulation 3: there are 3, counted from 0");
    const fit = await data(2).fit("laplace");
    expect(fit.model.design.y).toEqual(response(2));
    expect(() => simulate(fit as never, given)).toThrow("no option parameters");
    expect(() => simulate(logistic(10), { ...given, parameters: { arm: "x" } } as never)).toThrow("a finite number");
  });
});

describe("study()", () => {
  it("takes an estimand for one number", async () => {
    const several = study({ ...spec, replications: 1, estimands: { both: average({ by: "arm" }) } });
    expect(() => several.truth("groups = 8")).toThrow("average() has 2 with these options");
  });

  it("knows the truth of population averages by the integral over the random effects", () => {
    const { truth: of } = study({
      ...spec,
      estimands: {
        difference: average({ by: "arm", contrasts: "pairwise" }),
        ratio: statistic((_, ask) => ask.average({ arm: 1 }) / ask.average({ arm: 0 }), { scale: "log" }),
      },
    });
    // by the trapezoid rule over 8 standard deviations
    const mean = (eta: number) => {
      let sum = 0;
      for (let k = -4000; k <= 4000; k++) sum += Math.exp(-((k / 500) ** 2) / 2) / (1 + Math.exp(-eta - k / 500));
      return sum / 500 / Math.sqrt(2 * Math.PI);
    };
    expect(of("groups = 8")["difference"]).toBeCloseTo(mean(-0.2) - mean(-1), 9);
    expect(of("groups = 12")["ratio"]).toBeCloseTo(mean(-0.2) / mean(-1), 9);
  });

  it("gives the same rows whatever else is in the study, and any replicate by itself", async () => {
    const whole = await study(spec).run();
    expect(whole.rows.length).toBe(2 * 6 * 2);
    const more = study({
      ...spec,
      replications: 8,
      dgms: [...spec.dgms].reverse(),
      methods: { ...spec.methods, own: () => ({ arm: 0.5, sd: { estimate: 1, std_error: 0.1 } }) },
    });
    const larger = await more.run();
    const same = larger.rows.filter(({ method, replicate }) => method === "laplace" && replicate <= 6);
    for (const row of whole.rows)
      expect(
        same.find(
          (one) => one.scenario === row.scenario && one.replicate === row.replicate && one.estimand === row.estimand,
        ),
      ).toEqual(row);
    const { rows: third, fits } = await more.replicate("groups = 12", 3);
    expect(third).toEqual(larger.rows.filter((row) => row.scenario === "groups = 12" && row.replicate === 3));
    expect(Object.keys(fits)).toEqual(["laplace", "own"]);
    for (const wrong of [0, -1, 1.5])
      expect(() => more.replicate("groups = 12", wrong)).toThrow("whole numbers from 1");
    const arms = whole.rows.filter(({ estimand }) => estimand === "arm");
    expect(new Set(arms.map(({ estimate }) => estimate)).size).toBe(12);
  });

  it("keeps failures as rows and goes on", async () => {
    const { rows: found, performance } = await study({
      ...spec,
      replications: 3,
      methods: {
        breaks: (_, { replicate }) => {
          if (replicate === 2) throw new Error("no luck");
          return { arm: { estimate: 1, conf_low: 0, conf_high: null }, sd: Number.NaN };
        },
      },
    }).run();
    expect(found.length).toBe(12);
    const broken = found.filter(({ replicate, estimand }) => replicate === 2 && estimand === "arm");
    expect(broken.map(({ status, message }) => [status, message])).toEqual([
      ["error", "no luck"],
      ["error", "no luck"],
    ]);
    expect(found.find(({ estimand }) => estimand === "arm")!.conf_high).toBe(Number.POSITIVE_INFINITY);
    const failure = performance({ measures: ["failure"] }).rows.map(({ estimand, estimate }) => [estimand, estimate]);
    expect(failure.slice(0, 2)).toEqual([
      ["arm", 1 / 3],
      ["sd", 1],
    ]);
  });

  it("takes impossible numbers of a method for failures", async () => {
    const arms = [
      { estimate: 1, std_error: -1 },
      { estimate: 1, p_value: 1.2 },
      { estimate: 1, conf_low: 2, conf_high: 0 },
      { estimate: Number.NaN, std_error: 1 },
      { estimate: 1, std_error: 0, p_value: 1, conf_low: 1, conf_high: 1 },
    ];
    const { rows: found } = await study({
      ...spec,
      replications: arms.length,
      methods: { own: (_, { replicate }) => ({ arm: arms[replicate - 1]!, sd: 1 }) },
    }).run();
    const first = found.filter(({ scenario, estimand }) => scenario === found[0]!.scenario && estimand === "arm");
    expect(first.map(({ status }) => status)).toEqual(["error", "error", "error", "error", "ok"]);
    expect(first.map(({ estimate }) => estimate)).toEqual([null, null, null, null, 1]);
    const said = ["std_error = -1", "p_value = 1.2", "conf_low = 2, conf_high = 0", "no finite number"];
    for (const [k, words] of said.entries()) expect(first[k]!.message).toContain(words);
  });

  it("tells how far it is, and stops at a signal", async () => {
    const heard: number[] = [];
    await study({ ...spec, replications: 2 }).run({ onProgress: ({ done }) => heard.push(done) });
    expect(heard.at(-1)).toBe(4);
    const reason = new Error("enough");
    await expect(study(spec).run({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("refuses studies that are none", () => {
    expect(() => study({ ...spec, methods: {}, estimands: {} })).toThrow(/needs methods[\s\S]*needs estimands/);
    expect(() => study({ ...spec, dgms: [] })).toThrow("needs a data-generating mechanism");
    expect(() => study({ ...spec, dgms: { a: { model: 3 } } as never })).toThrow('"a" is no { model, parameters }');
    expect(() => study({ ...spec, replication: 3 } as never)).toThrow("replications");
    expect(() => study(spec).truth("groups = 9")).toThrow('no scenario "groups = 9"');
  });
});
