import { beforeAll, describe, expect, it } from "vitest";
import { distinctRows } from "../../src/effects/distinct-rows.ts";
import { marginalCoefficients } from "../../src/effects/marginal-coefficients.ts";
import { binomial } from "../../src/families/binomial.ts";
import { defineFamily } from "../../src/families/define-family.ts";
import { poisson } from "../../src/families/poisson.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { linkFunction } from "../../src/prediction/link-function.ts";
import { predict } from "../../src/prediction/predict.ts";
import reference from "../fixtures/effects/bacteria-population-averages.json" with { type: "json" };
import { equicorrelated, handMadeFit, handMadePosterior } from "../prediction/hand-made-fits.ts";

let bacteria: Record<string, number[]>;
beforeAll(async () => {
  bacteria = (await readColumns(new URL("../fixtures/effects/bacteria.csv", import.meta.url)))
    .columns as object as typeof bacteria;
});
const infections = () =>
  model(bacteria)
    .formula("y01 ~ trt + wk2 + (1 | ID)")
    .family(binomial())
    .factor("trt", ["placebo", "drug", "drug+"])
    .compile();

describe("marginal coefficients", () => {
  const table = {
    y: [1, 0, 2, 3, 1, 4],
    a: [0, 1, 2, 0.5, 1, 2],
    g: ["p", "p", "q", "q", "r", "r"],
    lt: [0, 0.1, 0.2, 0, 0.3, 0.1],
  };

  it("differ from the model's by λ²/2 in the intercept only, with the log link", () => {
    const compiled = model(table).formula("y ~ a + offset(lt) + (1 | g)").family(poisson()).compile();
    const U = equicorrelated([0.3, 0.1, 0.2], 0.3);
    const { rows } = marginalCoefficients(handMadeFit(compiled, [0.2, 0.4, 0.8], U));
    expect(rows.map(({ term }) => term)).toEqual(["(Intercept)", "a"]);
    expect(rows[0]!.estimate).toBeCloseTo(0.2 + 0.32, 12);
    expect(rows[1]!.estimate).toBeCloseTo(0.4, 12);
    expect(rows.map(({ typical }) => typical)).toEqual([0.2, 0.4]);
    expect(rows[1]!.std_error!).toBeCloseTo(0.1, 12);
    // Var(β₀ + λ²/2) with gradient (1, λ)
    expect(rows[0]!.std_error!).toBeCloseTo(Math.sqrt(0.3 ** 2 + 0.8 ** 2 * 0.2 ** 2 + 2 * 0.8 * 0.3 * 0.3 * 0.2), 12);
  });

  it("are attenuated by √(1 + λ²), with the probit link", () => {
    const compiled = model({ ...table, y: [1, 0, 0, 1, 1, 0] })
      .formula("y ~ a + (1 | g)")
      .family(binomial({ link: "probit" }))
      .compile();
    const { rows } = marginalCoefficients(handMadeFit(compiled, [0.2, 0.4, 0.8], equicorrelated([0.3, 0.1, 0.2], 0)));
    expect(rows[0]!.estimate).toBeCloseTo(0.2 / Math.sqrt(1.64), 12);
    expect(rows[1]!.estimate).toBeCloseTo(0.4 / Math.sqrt(1.64), 12);
  });

  it("are the regression of the link of the population means, on the bacteria data", () => {
    // GLMMadaptive 0.9.1: marginal_coefs() of the fit named in the fixture, by least squares on 101-node means instead of simulation:
    // 2.8577, −1.1110, −0.6500, −1.3325
    const compiled = infections();
    const fit = handMadeFit(compiled, reference.x, equicorrelated([0.7, 0.69, 0.7, 0.48, 0.42], 0));
    const { rows } = marginalCoefficients(fit);
    [2.85767067, -1.11101062, -0.65001312, -1.33253082].forEach((value, j) => {
      expect(Math.abs(rows[j]!.estimate - value)).toBeLessThan(2e-4);
    });
    // residuals of the regression are orthogonal to the design
    const means = predict(fit, { estimand: "population", se: false }).rows;
    const { X, names } = compiled.design.predictors[0]!;
    const logit = linkFunction("logit").link;
    names.forEach((_, j) => {
      const product = means.reduce((s, row, i) => {
        const fitted = rows.reduce((eta, r, k) => eta + r.estimate * X[i * names.length + k]!, 0);
        return s + X[i * names.length + j]! * (logit(row.estimate!) - fitted);
      }, 0);
      expect(Math.abs(product)).toBeLessThan(1e-11);
    });
  });

  it("have delta-method errors with the whole covariance", () => {
    const compiled = infections();
    const V = equicorrelated([0.7, 0.69, 0.7, 0.48, 0.42], 0.2);
    const { rows } = marginalCoefficients(handMadeFit(compiled, reference.x, V));
    const h = 1e-5;
    const gradient = reference.x.map((_, j) => {
      const at = (by: number) =>
        marginalCoefficients(
          handMadeFit(
            compiled,
            reference.x.map((v, k) => (k === j ? v + by : v)),
            V,
          ),
        ).rows.map((r) => r.estimate);
      const up = at(h);
      const down = at(-h);
      return up.map((value, a) => (value - down[a]!) / (2 * h));
    });
    rows.forEach((row, a) => {
      let variance = 0;
      for (let j = 0; j < 5; j++)
        for (let k = 0; k < 5; k++) variance += gradient[j]![a]! * V[j * 5 + k]! * gradient[k]![a]!;
      expect(row.std_error! / Math.sqrt(variance)).toBeCloseTo(1, 7);
    });
  });

  it("are made draw by draw from a posterior", () => {
    const compiled = infections();
    const draws = [reference.x, reference.x.map((v) => 0.9 * v)];
    const both = marginalCoefficients(handMadePosterior(compiled, draws, []));
    const each = draws.map((draw) => marginalCoefficients(handMadePosterior(compiled, [draw], [])));
    both.rows.forEach((row, j) => {
      expect(row.estimate).toBeCloseTo((each[0]!.rows[j]!.estimate + each[1]!.rows[j]!.estimate) / 2, 13);
      expect(row.statistic).toBeNull();
    });
  });

  it("need a link", () => {
    const own = defineFamily({
      name: "own",
      logDensity: (ops, { eta, column }) => ops.neg(ops.square(ops.sub(column["y"]!, eta[0]!))),
      mean: (_, { eta }) => eta[0]!,
    });
    const compiled = model(table).formula("y ~ a + (1 | g)").family(own).compile();
    expect(() => marginalCoefficients(handMadePosterior(compiled, [[0, 0, 1]], []))).toThrow(/the own family has none/);
  });
});

describe("distinct rows", () => {
  it("count rows that agree in every design column once", () => {
    const compiled = infections();
    const { rows, weights } = distinctRows(compiled.design, null);
    expect(rows.n).toBe(6);
    expect(weights.reduce((a, b) => a + b, 0)).toBe(220);
    const doubled = distinctRows(compiled.design, new Float64Array(220).fill(2));
    expect(Array.from(doubled.weights)).toEqual(Array.from(weights, (w) => 2 * w));
  });
});
