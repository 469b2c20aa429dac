/**
 * Population averages of nonlinear models with random effects in several parameters, correlated or not, against sums on fine grids.
 * @module-tag slow
 */
import { describe, expect, it } from "vitest";
import { populationAverage } from "../../src/effects/population-average.ts";
import type { CompiledModel } from "../../src/model/compiled-model.ts";
import { fillFactor } from "../../src/model/parameter-layout.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { predict } from "../../src/prediction/predict.ts";
import { handMadeFit, handMadePosterior } from "../prediction/hand-made-fits.ts";
import { orange, reference } from "./support.ts";

/** E of the logistic curve at `age` by a grid of 45 points a random effect, ±7 sds. */
function average(compiled: CompiledModel, x: ArrayLike<number>, age: number): number {
  const { design, layout } = compiled;
  const at = Float64Array.from(x);
  const theta = [...at.subarray(0, 3)];
  const effects = design.random.flatMap((term, t) => {
    const L = new Float64Array(term.q ** 2);
    fillFactor(layout.terms[t]!, at, L);
    return Array.from({ length: term.q }, (_, c) =>
      Array.from({ length: term.q }, (_, a) => ({
        parameter: term.predictors ? term.predictors[a]! : term.predictor,
        size: L[a * term.q + c]!,
      })),
    );
  });
  let sum = 0;
  let total = 0;
  const visit = (e: number, shift: readonly number[], weight: number) => {
    if (e === effects.length) {
      const [Asym, xmid, scal] = theta.map((value, r) => value + shift[r]!) as [number, number, number];
      total += weight;
      sum += (weight * Asym) / (1 + Math.exp((xmid - age) / scal));
      return;
    }
    for (let k = -22; k <= 22; k++) {
      const z = (7 * k) / 22;
      const moved = shift.slice();
      for (const { parameter, size } of effects[e]!) moved[parameter]! += size * z;
      visit(e + 1, moved, weight * Math.exp(-0.5 * z * z));
    }
  };
  visit(0, [0, 0, 0], 1);
  return sum / total;
}

// a table with two grouping factors: trees, and plots crossed with them
const plots = reference.Orange.age.map((_, i) => `p${(i * 5 + Math.floor(i / 7)) % 4}`);
const crossed = (parameters: Readonly<Record<string, string>>) =>
  (model({ ...reference.Orange, plot: plots }) as unknown as Model)
    .response("circumference")
    .mean("SSlogis(age, Asym, xmid, scal)", { parameters: { Asym: "~ 1", xmid: "~ 1", scal: "~ 1", ...parameters } });

const cases: [string, Model, number[]][] = [
  ["two correlated parameters", orange(["Asym + xmid ~ 1 | Tree"]), [190, 720, 345, 30, 60, 90, 8]],
  ["a correlation of one", orange(["Asym + xmid ~ 1 | Tree"]), [190, 720, 345, 30, 60, 0, 8]],
  [
    "three correlated parameters",
    orange(["Asym + xmid + scal ~ 1 | Tree"]),
    [190, 720, 345, 30, 60, -10, 90, 15, 25, 8],
  ],
  ["three independent parameters", orange(["Asym + xmid + scal ~ 1 || Tree"]), [190, 720, 345, 30, 100, 40, 8]],
  [
    "a correlated pair beside an independent one",
    orange(["xmid + scal ~ 1 | Tree"], { Asym: "~ 1 + (1 | Tree)" }),
    [190, 720, 345, 30, 90, 20, 30, 8],
  ],
  [
    "crossed factors in two parameters",
    crossed({ Asym: "~ 1 + (1 | Tree) + (1 | plot)", xmid: "~ 1 + (1 | plot)" }),
    [190, 720, 345, 30, 20, 100, 8],
  ],
];
const ages = [300, 700, 1100];
const options = { at: { age: ages }, estimands: ["population"] as const };

describe.each(cases)("%s", (_, declared, x) => {
  const compiled = declared.compile();
  const { layout } = compiled;

  it("are those of a fine grid, with errors by the delta method", () => {
    expect(layout.size).toBe(x.length);
    const V = new Float64Array(layout.size ** 2);
    for (let j = 0; j < layout.size; j++) V[j * layout.size + j] = (0.01 * Math.abs(x[j]!) + 0.1) ** 2;
    const { rows } = populationAverage(handMadeFit(compiled, x, V), options);
    ages.forEach((age, k) => {
      expect(Math.abs(rows[k]!.estimate! / average(compiled, x, age) - 1)).toBeLessThan(1e-8);
    });
    const age = ages[1]!;
    let variance = 0;
    for (let j = 0; j < layout.phi.offset; j++) {
      const h = 1e-3 * Math.abs(x[j]!) + 1e-3;
      const moved = (step: number) => average(compiled, x.with(j, x[j]! + step), age);
      variance += ((moved(h) - moved(-h)) / (2 * h)) ** 2 * V[j * layout.size + j]!;
    }
    expect(Math.abs(rows[1]!.std_error! / Math.sqrt(variance) - 1)).toBeLessThan(1e-4);
    expect(rows[1]!.conf_low!).toBeLessThan(rows[1]!.estimate!);
  });

  it("are those of each draw of a posterior", () => {
    const draws = [0.9, 1, 1.15].map((scale) => x.map((value, j) => (j < 3 ? value : value * scale)));
    const effects = compiled.design.random.map(({ levels, q }) => new Float64Array(3 * levels.length * q));
    const { rows } = populationAverage(handMadePosterior(compiled, draws, effects), options);
    ages.forEach((age, k) => {
      const values = draws.map((draw) => average(compiled, draw, age));
      const mean = values.reduce((sum, value) => sum + value, 0) / 3;
      const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
      expect(Math.abs(rows[k]!.estimate! / mean - 1)).toBeLessThan(1e-8);
      expect(Math.abs(rows[k]!.std_error! / sd - 1)).toBeLessThan(1e-4);
    });
  });
});

describe("a fit with correlated parameters", () => {
  it("has a population mean below the typical curve past its middle, and predicts the mean of a new group", async () => {
    const fit = await orange(["Asym + xmid ~ 1 | Tree"]).fit();
    const { rows, warnings } = populationAverage(fit, {
      at: { age: [1582] },
      estimands: ["population", "typical"],
    });
    expect(warnings).toEqual([]);
    const of = (estimand: string) => rows.find((row) => row.estimand === estimand)!.estimate;
    expect(of("population")).not.toBeCloseTo(of("typical")!, 3);
    const newdata = { age: [1582], Tree: ["new"] };
    const predicted = predict(fit, { newdata, newLevels: "population" }).rows[0]!;
    expect(predicted.estimate).toBeCloseTo(of("population")!, 8);
    // a tree drawn anew has that mean, and a spread besides
    const drawn = predict(fit, { newdata, newLevels: "new-group", draws: 4000 }).rows[0]!;
    expect(Math.abs(drawn.estimate! - of("population")!)).toBeLessThan((4 * drawn.std_error!) / Math.sqrt(4000));
    expect(drawn.std_error!).toBeGreaterThan(1.5 * predicted.std_error!);
  });
});
