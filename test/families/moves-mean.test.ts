/**
 * A family whose mean depends on another parameter than its linear predictor's: zero-inflated counts. Reference: glmmTMB 1.1.5 in R 4.2.2,
 * glmmTMB(y ~ x + (1 | g), ziformula = ~ 1 and ~ x, family = poisson) of the same data, and predict(type = "response", re.form = NA) at x = 0.
 */
import { describe, expect, it } from "vitest";
import { laplace, model, populationAverage } from "../../src/index.ts";
import { defineFamily } from "../../src/public/families.ts";

let state = 11;
const uniform = () => {
  state = (state * 16807) % 2147483647;
  return state / 2147483647;
};
const standardNormal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

function poissonVariate(mu: number): number {
  let k = 0;
  let p = Math.exp(-mu);
  let below = p;
  const u = uniform();
  while (u > below && k < 200) {
    k++;
    p *= mu / k;
    below += p;
  }
  return k;
}

const table = { y: [] as number[], x: [] as number[], g: [] as string[] };
for (let g = 0; g < 20; g++) {
  const b = 0.5 * standardNormal();
  for (let i = 0; i < 15; i++) {
    const x = i / 7 - 1;
    table.x.push(x);
    table.g.push(`g${g}`);
    const zero = uniform() < 1 / (1 + Math.exp(1 - 0.8 * x));
    table.y.push(zero ? 0 : poissonVariate(Math.exp(1 + 0.3 * x + b)));
  }
}

const inflated = defineFamily({
  name: "inflated",
  link: "log",
  response: "count",
  classes: 2,
  classOf: (column) => (column["y"] === 0 ? 0 : 1),
  parameters: [{ name: "zi", support: "unit", movesMean: true, start: () => 0.2 }],
  logDensity(ops, { eta, parameter, column }, rowClass) {
    const zi = parameter["zi"]!;
    const mu = ops.exp(eta[0]!);
    if (rowClass === 0) return ops.log(ops.add(zi, ops.mul(ops.sub(1, zi), ops.exp(ops.neg(mu)))));
    const counted = ops.sub(ops.sub(ops.mul(column["y"]!, eta[0]!), mu), ops.lgamma(ops.add(column["y"]!, 1)));
    return ops.add(ops.log1p(ops.neg(zi)), counted);
  },
  mean: (ops, { eta, parameter }) => ops.mul(ops.sub(1, parameter["zi"]!), ops.exp(eta[0]!)),
});
const declared = model(table).formula("y ~ x + (1 | g)").family(inflated);

describe("a probability of zeros", () => {
  it("is glmmTMB's as a constant, and moves the mean", async () => {
    const fit = await declared.fit(laplace());
    expect(fit.logLik).toBeCloseTo(-498.6011707, 6);
    expect(fit.tidy().find(({ term }) => term === "zi")!.estimate).toBeCloseTo(1 / (1 + Math.exp(0.6812)), 4);
    const [typical] = fit.predict({ estimand: "typical", newdata: { x: [0] } }).rows;
    expect(typical!.estimate).toBeCloseTo(1.51851, 4);
  });

  it("is glmmTMB's with a predictor, in a component of its own", async () => {
    const fit = await declared.parameter("zi", "~ x").fit(laplace());
    expect(fit.logLik).toBeCloseTo(-497.9997045, 6);
    const rows = fit.tidy().filter(({ component }) => component === "zi");
    expect(rows.map(({ term }) => term)).toEqual(["(Intercept)", "x"]);
    expect(rows[0]!.estimate).toBeCloseTo(-0.7114, 3);
    expect(rows[1]!.estimate).toBeCloseTo(0.2734, 3);
    const [typical] = fit.predict({ estimand: "typical", newdata: { x: [0] } }).rows;
    expect(typical!.estimate).toBeCloseTo(1.521879, 4);
    // normal effects on a log link raise the mean by exp(sd²/2), and zi is the same for all of a row's groups
    const sd = fit.tidy().find(({ term }) => term === "sd__(Intercept)")!.estimate!;
    const [atZero] = fit.predict({ estimand: "population", newdata: { x: [0] } }).rows;
    expect(atZero!.estimate! / typical!.estimate!).toBeCloseTo(Math.exp(sd ** 2 / 2), 5);
    const average = populationAverage(fit).rows[0]!.estimate!;
    expect(Math.abs(average - table.y.reduce((sum, y) => sum + y, 0) / table.y.length)).toBeLessThan(0.1);
  });
});
