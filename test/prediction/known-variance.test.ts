/** New responses, likelihoods and checks where every row has a known variance. */
import { beforeAll, describe, expect, it } from "vitest";
import { loo, ml, model, nuts, type Posterior, predict, residuals, simulate } from "../../src/index.ts";
import { logLikelihood, posteriorPredictive } from "../../src/public/checks.ts";
import { halfNormal, normal, priorPredictive } from "../../src/public/priors.ts";

const schools = {
  school: ["A", "B", "C", "D", "E", "F", "G", "H"],
  y: [28, 8, -3, 7, -1, 1, 18, 12],
  se: [15, 10, 16, 11, 9, 11, 10, 18],
};
const declared = model(schools)
  .formula("y | se(se) ~ 1 + (1 | school)")
  .prior("fixed", normal(5, 5))
  .prior("sd", halfNormal(5));
const sd = (values: readonly number[]) => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
};

let fit: Posterior;
beforeAll(async () => {
  fit = await declared.sample(nuts({ seed: "known", chains: 2, draws: 500, warmup: 200 }));
});

describe("simulation", () => {
  it("draws each row with its own variance", async () => {
    const estimate = await model(schools).formula("y | se(se) ~ 1").fit(ml());
    const { values } = simulate(estimate, { nsim: 8000, seed: "rows" });
    schools.se.forEach((se, i) => {
      const drawn = sd(Array.from({ length: 8000 }, (_, s) => values[s * 8 + i]!));
      // the relative error of an sd of 8000 draws is 0.8 %
      expect(Math.abs(drawn / se - 1)).toBeLessThan(5 * 0.008);
    });
    const normalised = residuals(estimate, { type: "pearson" });
    schools.se.forEach((se, i) => {
      expect(normalised[i]!).toBeCloseTo((schools.y[i]! - estimate.estimate[0]!) / se, 12);
    });
  });

  it("of new rows needs their variances, which their means do not", () => {
    const newdata = { school: ["A", "Z"] };
    expect(predict(fit, { newdata, estimand: "population" }).rows).toHaveLength(2);
    const drawn = (table: object) =>
      predict(fit, { newdata: table as typeof newdata, estimand: "population", type: "simulate" }).rows;
    expect(() => drawn(newdata)).toThrow(
      'New responses need the known variance se^2 of each row, but the new data have no column se; add it, or predict the mean (type "response").',
    );
    expect(drawn({ ...newdata, se: [1, null] })[1]!.estimate).toBeNull();
    expect(() => drawn({ ...newdata, se: [0, 1] })).toThrow("The known variance se^2 is 0 in row 1");
    const [narrow, wide] = drawn({ ...newdata, se: [0.001, 500] });
    expect(narrow!.std_error!).toBeLessThan(12);
    expect(Math.abs(wide!.std_error! / 500 - 1)).toBeLessThan(0.1);
    expect(() => simulate(fit, { newdata, seed: 1 })).toThrow("no column se");
  });
});

/** log p(y of these rows) by the midpoint rule over tau ~ half-N(5); given tau the rows are jointly normal around mu ~ N(5, 5). */
function logEvidenceOf(rows: readonly number[]): number {
  const cells = 20_000;
  const width = 60 / cells;
  let sum = 0;
  for (let i = 0; i < cells; i++) {
    const tau = (i + 0.5) * width;
    let [precision, linear, square, logs] = [1 / 25, 5 / 25, 25 / 25, -Math.log(25)];
    for (const row of rows) {
      const w = 1 / (schools.se[row]! ** 2 + tau ** 2);
      precision += w;
      linear += w * schools.y[row]!;
      square += w * schools.y[row]! ** 2;
      logs += Math.log(w) - Math.log(2 * Math.PI);
    }
    const given = 0.5 * (logs - Math.log(precision) - square + linear ** 2 / precision);
    sum += Math.exp(given - 0.5 * (tau / 5) ** 2) * Math.sqrt(2 / Math.PI) * (width / 5);
  }
  return Math.log(sum);
}

describe("checks", () => {
  it("leaving a row out integrates its effect and has its own variance: p(y_i | the others) by quadrature", () => {
    const all = schools.y.map((_, i) => i);
    const whole = logEvidenceOf(all);
    const { pointwise } = loo(logLikelihood(fit, { likelihood: "marginal" }));
    pointwise.forEach(({ elpd_loo, mcse_elpd_loo, pareto_k }, i) => {
      expect(pareto_k).toBeLessThan(0.7);
      const exact = whole - logEvidenceOf(all.filter((row) => row !== i));
      expect(Math.abs(elpd_loo - exact), `row ${i + 1}`).toBeLessThan(4.5 * mcse_elpd_loo);
    });
  });

  it("the likelihood of a row is normal with its own sd", () => {
    const { values, chains, drawsPerChain } = logLikelihood(fit, { likelihood: "conditional" });
    const draws = chains * drawsPerChain;
    const effects = fit.randomEffects()[0]!;
    for (const d of [0, 400, 999])
      schools.y.forEach((y, i) => {
        const x = fit.draws.values[d * fit.draws.size]! + effects[d * 8 + i]!;
        const se = schools.se[i]!;
        const expected = -0.5 * Math.log(2 * Math.PI) - Math.log(se) - 0.5 * ((y - x) / se) ** 2;
        expect(values[i * draws + d]).toBeCloseTo(expected, 10);
      });
  });

  it("posterior and prior predictive draws have the rows' variances", () => {
    const checked = posteriorPredictive(fit, { seed: 1 });
    expect(checked.rows.every(({ p_value }) => p_value! > 0.005 && p_value! < 0.995)).toBe(true);
    const { responses, n } = priorPredictive(declared, { draws: 4000, seed: 2 });
    schools.se.forEach((se, i) => {
      const drawn = sd(Array.from({ length: 4000 }, (_, d) => responses[d * n + i]!));
      expect(Math.abs(drawn / Math.hypot(se, 5, 5) - 1)).toBeLessThan(0.07);
    });
  });
});
