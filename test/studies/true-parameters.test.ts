import { describe, expect, it } from "vitest";
import { marginalCoefficients } from "../../src/effects/marginal-coefficients.ts";
import { binomial, model, poisson, simulate, type TableInput } from "../../src/index.ts";
import { designTable } from "../../src/studies/design-table.ts";
import { average, parameter } from "../../src/studies/estimands.ts";
import { generatorOf } from "../../src/studies/generator.ts";
import { study } from "../../src/studies/study.ts";
import { trueFit } from "../../src/studies/true-fit.ts";

const table = designTable({ g: 12, within: 4, treatment: { trt: "between" } });
const tidied = (generator: ReturnType<typeof generatorOf>) =>
  Object.fromEntries(
    trueFit(generator.model, generator.x)
      .tidy()
      .map((row) => [`${row.group ?? ""}${row.term}`, row.estimate]),
  );

describe("true parameters", () => {
  it("are standard deviations from intraclass correlations and ratios of variances", () => {
    const slopes = model(table).formula("y ~ time + (time | g)");
    const fixed = { "(Intercept)": 0, time: 1, sigma: 2 };
    const found = tidied(generatorOf({ model: slopes, parameters: { ...fixed, "icc:g": 0.2, "ratio:g.time": 0.05 } }));
    expect(found["gsd__(Intercept)"]).toBeCloseTo(2 * Math.sqrt(0.25), 12);
    expect(found["gsd__time"]).toBeCloseTo(2 * Math.sqrt(0.05), 12);
    const logistic = model(table).formula("y ~ trt + (1 | g)").family(binomial());
    const latent = tidied(generatorOf({ model: logistic, parameters: { "(Intercept)": 0, trt: 1, "icc:g": 0.3 } }));
    const variance = latent["gsd__(Intercept)"]! ** 2;
    expect(variance / (variance + Math.PI ** 2 / 3)).toBeCloseTo(0.3, 12);
    const bad = { ...fixed, "icc:h": 0.1, "icc:g": 1.2, "ratio:g.time": -1 };
    expect(() => generatorOf({ model: slopes, parameters: bad })).toThrow(
      /no random effects for "icc:h"; did you mean "icc:g"[\s\S]*"icc:g" must be from 0 to below 1[\s\S]*"ratio:g.time" must be 0/,
    );
    const counts = model(table).formula("y ~ trt + (1 | g)").family(poisson());
    expect(() => simulate(counts, { parameters: { "(Intercept)": 0, trt: 1, "icc:g": 0.1 } })).toThrow(
      "relative to a residual variance",
    );
  });

  it("make a share that of all intercepts and the residual", () => {
    const index = Array.from({ length: 48 }, (_, i) => i);
    const crossed: TableInput = {
      x: index.map((i) => i % 3),
      g: index.map((i) => `g${i % 8}`),
      h: index.map((i) => `h${i % 6}`),
    };
    const both = model(crossed).formula("y ~ x + (1 | g) + (1 | h)");
    const fixed = { "(Intercept)": 0, x: 1, sigma: 1 };
    const share = (parameters: Record<string, number>) => {
      const found = tidied(generatorOf({ model: both, parameters: { ...fixed, ...parameters } }));
      const [g, h] = [found["gsd__(Intercept)"]! ** 2, found["hsd__(Intercept)"]! ** 2];
      return [g / (g + h + 1), h / (g + h + 1)];
    };
    expect(share({ "icc:g": 0.5, "sd:h.(Intercept)": 1 })[0]).toBeCloseTo(0.5, 12);
    expect(share({ "icc:g": 0.5, "ratio:h.(Intercept)": 3 })[0]).toBeCloseTo(0.5, 12);
    const [g, h] = share({ "icc:g": 0.3, "icc:h": 0.2 });
    expect([g, h]).toEqual([expect.closeTo(0.3, 12), expect.closeTo(0.2, 12)]);
  });

  it("are refused where one is given twice", () => {
    const mean = model(table).formula("y ~ trt + (1 | g)");
    const fixed = { "(Intercept)": 0, trt: 1, sigma: 1 };
    const of = (parameters: Record<string, number>) => () =>
      simulate(mean, { parameters: { ...fixed, ...parameters } });
    const twice = /"g sd__\(Intercept\)" is given twice, by "sd:g\.\(Intercept\)" and "/;
    expect(of({ "sd:g.(Intercept)": 1, "g sd__(Intercept)": 2 })).toThrow(twice);
    expect(of({ "sd:g.(Intercept)": 1, "icc:g": 0.3 })).toThrow(twice);
    expect(of({ "icc:g": 0.3, "ratio:g.(Intercept)": 1 })).toThrow(/given twice, by "icc:g" and "ratio:g/);
    expect(of({ "sd:g.(Intercept)": 1, "marginal:trt": 1 })).toThrow(
      /"trt" is given twice, by "trt" and "marginal:trt"/,
    );
  });

  it("are conditional coefficients from marginal ones", () => {
    const logistic = model(table).formula("y ~ trt + (1 | g)").family(binomial());
    const parameters = { "marginal:(Intercept)": -1, "marginal:trt": 0.5, "sd:g.(Intercept)": 1.5 };
    const generator = generatorOf({ model: logistic, parameters });
    const { rows } = marginalCoefficients(trueFit(generator.model, generator.x));
    expect(rows.map(({ estimate }) => estimate)).toEqual([expect.closeTo(-1, 8), expect.closeTo(0.5, 8)]);
    expect(generator.x[1]!).toBeGreaterThan(0.6);
    // the truth of a population average in a study: P(y = 1 | trt) of the marginal coefficients
    const trial = study({
      dgms: { one: { model: logistic, parameters } },
      estimands: { treated: average({ at: { trt: [1] } }), trt: parameter("trt") },
      methods: { laplace: (data) => data.fit("laplace") },
      replications: 1,
    });
    expect(trial.truth("one")["treated"]).toBeCloseTo(1 / (1 + Math.exp(0.5)), 8);
  });
});
