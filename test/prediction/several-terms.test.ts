/** Standard errors of what several random terms predict together: their effects are correlated given the data. */
import { describe, expect, it } from "vitest";
import { populationAverage } from "../../src/effects/population-average.ts";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { poisson } from "../../src/families/poisson.ts";
import { laplace, ml, pql } from "../../src/frequentist/method.ts";
import { choleskyFactor, choleskyInverse, symmetrise } from "../../src/linalg/dense-cholesky.ts";
import type { MaximumLikelihoodFit } from "../../src/model/fit.ts";
import { fillFactor } from "../../src/model/parameter-layout.ts";
import { model } from "../../src/model-builder.ts";
import { readColumns } from "../../src/node/read-columns.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
import { type Draw, drawSource } from "../../src/prediction/draw-source.ts";
import { predict } from "../../src/prediction/predict.ts";
import { exampleColumns, handMadeFit } from "./hand-made-fits.ts";

const { columns } = await readColumns(new URL("../fixtures/effects/nested.csv", import.meta.url));
const count = Array.from(columns["y"] as Float64Array, (value) => Math.round(Math.exp(value)));
const data = { ...columns, count, win: count.map((value) => Number(value > 3)) } as object as Record<string, number[]>;
const declared = (formula: string) => model(data).formula(formula);
type Declared = ReturnType<typeof declared>;

/**
 * (β, b) given y at known variances: the inverse of [X'WX X'WZ; Z'WX Z'WZ + G⁻¹], W a weight a row, in the order β, then effects by term.
 */
function mixedModelEquations(fit: MaximumLikelihoodFit, W: (i: number) => number) {
  const { design, layout } = fit.model;
  const { X, names } = design.predictors[0]!;
  const p = names.length;
  const starts: number[] = [];
  let size = p;
  for (const { levels, q } of design.random) {
    starts.push(size);
    size += levels.length * q;
  }
  const M = new Float64Array(size * size);
  const rows = Array.from({ length: design.n }, (_, i) => {
    const row = new Float64Array(size);
    for (let j = 0; j < p; j++) row[j] = X[i * p + j]!;
    design.random.forEach(({ q, Z, index }, t) => {
      for (let a = 0; a < q; a++) row[starts[t]! + index[i]! * q + a] = Z[i * q + a]!;
    });
    for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) M[a * size + b]! += W(i) * row[a]! * row[b]!;
    return row;
  });
  design.random.forEach(({ q, levels }, t) => {
    const L = new Float64Array(q * q);
    fillFactor(layout.terms[t]!, fit.estimate, L);
    const G = new Float64Array(q * q);
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) for (let c = 0; c < q; c++) G[a * q + b]! += L[a * q + c]! * L[b * q + c]!;
    choleskyFactor(G, q);
    choleskyInverse(G, q);
    symmetrise(G, q);
    for (let l = 0; l < levels.length; l++)
      for (let a = 0; a < q; a++)
        for (let b = 0; b < q; b++) M[(starts[t]! + l * q + a) * size + starts[t]! + l * q + b]! += G[a * q + b]!;
  });
  expect(choleskyFactor(M, size)).toBe(true);
  choleskyInverse(M, size);
  symmetrise(M, size);
  const form = (g: ArrayLike<number>, h: ArrayLike<number>) => {
    let sum = 0;
    for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) sum += g[a]! * M[a * size + b]! * h[b]!;
    return sum;
  };
  return { C: M, size, p, rows, form };
}

/** The covariance of a fit whose variances are known: that of the coefficients, and zeros. */
function knownVariances(fit: MaximumLikelihoodFit, equations: { C: Float64Array; size: number; p: number }) {
  const V = new Float64Array(fit.estimate.length ** 2);
  for (let i = 0; i < equations.p; i++)
    for (let j = 0; j < equations.p; j++) V[i * fit.estimate.length + j] = equations.C[i * equations.size + j]!;
  return V;
}

const sigma = 0.8;
const shapes: Record<string, [Declared, number[]]> = {
  nested: [declared("y ~ x + (1 | school/cls)"), [1.5, 0.4, 0.7, 1.5, sigma]],
  crossed: [declared("y ~ x + (x | school) + (1 | cls)"), [1.5, 0.4, 1.5, 0.1, 0.3, 0.4, sigma]],
  "one factor twice": [declared("y ~ x + (1 | school) + (0 + x | school)"), [1.5, 0.4, 1.5, 0.3, sigma]],
};

describe("at known variances, of a Gaussian response: Henderson's mixed model equations", () => {
  for (const [name, [declaration, x]] of Object.entries(shapes)) {
    const compiled = declaration.compile();
    const bare = handMadeFit(compiled, x, new Float64Array(x.length ** 2));
    const equations = mixedModelEquations(bare, () => 1 / sigma ** 2);
    const fit = handMadeFit(compiled, x, knownVariances(bare, equations));

    it(`errors of rows and averages: ${name}`, () => {
      const { rows } = predict(fit);
      equations.rows.forEach((row, i) => {
        expect(rows[i]!.std_error).toBeCloseTo(Math.sqrt(equations.form(row, row)), 7);
      });
      const { rows: averages, contrasts } = populationAverage(fit, {
        at: { x: [-1, 2] },
        estimands: ["conditional"],
        contrasts: "pairwise",
      });
      const at = (value: number) => {
        const mean = new Float64Array(equations.size);
        compiled.design.rows.forEach((_, i) => {
          const row = equations.rows[i]!.slice();
          row[1] = value;
          compiled.design.random.forEach(({ q, names, index, levels }, t) => {
            let start = equations.p;
            for (let s = 0; s < t; s++)
              start += compiled.design.random[s]!.levels.length * compiled.design.random[s]!.q;
            expect(index[i]).toBeLessThan(levels.length);
            for (let a = 0; a < q; a++) if (names[a] === "x") row[start + index[i]! * q + a] = value;
          });
          for (let k = 0; k < mean.length; k++) mean[k]! += row[k]! / compiled.design.n;
        });
        return mean;
      };
      const [low, high] = [at(-1), at(2)];
      expect(averages[0]!.std_error).toBeCloseTo(Math.sqrt(equations.form(low, low)), 7);
      expect(averages[1]!.std_error).toBeCloseTo(Math.sqrt(equations.form(high, high)), 7);
      const difference = high.map((value, k) => value - low[k]!);
      expect(contrasts[0]!.std_error).toBeCloseTo(Math.sqrt(equations.form(difference, difference)), 7);
    });

    it(`draws of coefficients and effects: ${name}`, () => {
      const draws = drawSource(fit, { count: 4000, seed: "joint", withEffects: true });
      const value = new Float64Array(72);
      const square = new Float64Array(72);
      const visit = ({ x: at, effects }: Draw) => {
        equations.rows.forEach((row, i) => {
          let sum = row[0]! * at[0]! + row[1]! * at[1]!;
          let k = equations.p;
          for (const b of effects!) for (const effect of b) sum += row[k++]! * effect;
          value[i]! += sum / draws.count;
          square[i]! += sum ** 2 / draws.count;
        });
      };
      atOnce(draws.each(visit));
      const fitted = predict(fit, { se: false }).rows;
      for (const i of [0, 20, 50]) {
        const variance = equations.form(equations.rows[i]!, equations.rows[i]!);
        expect(Math.abs(value[i]! - fitted[i]!.estimate!)).toBeLessThan(4 * Math.sqrt(variance / draws.count));
        // the variance of a sample variance of normal draws is 2σ⁴/n
        expect(Math.abs((square[i]! - value[i]! ** 2) / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / draws.count));
      }
    });
  }
});

describe("fits with several random terms", () => {
  /** Rows 1, 20 and 72: estimate and error of glmmTMB 1.1.5's predict(fit, se.fit = TRUE, type = "link"). */
  const references: [string, Declared, number[][]][] = [
    [
      "nested",
      declared("y ~ x + (1 | school/cls)"),
      [
        [0.8751273147, 0.2027692928],
        [1.853448491, 0.196169966],
        [0.2293964901, 0.2024227493],
      ],
    ],
    [
      "crossed",
      declared("y ~ x + (1 | school) + (1 | cls)"),
      [
        [1.267903191, 0.2512500456],
        [1.590206681, 0.2302197266],
        [0.3305039933, 0.2520985774],
      ],
    ],
    [
      "nested, counts",
      declared("count ~ x + (1 | school/cls)").family(poisson()),
      [
        [0.9985174734, 0.2700895784],
        [1.823433528, 0.219290561],
        [0.5081653746, 0.4623792757],
      ],
    ],
    [
      "crossed, counts",
      declared("count ~ x + (1 | school) + (1 | cls)").family(poisson()),
      [
        [1.142512219, 0.1294205551],
        [1.101328304, 0.1517225461],
        [0.5614879983, 0.2723297447],
      ],
    ],
  ];
  it.each(references)("agree with glmmTMB: %s", async (_, declaration, expected) => {
    const fit = await declaration.fit(declaration.compile().gaussian ? ml() : laplace());
    const { rows } = predict(fit, { type: "link" });
    [0, 19, 71].forEach((i, k) => {
      expect(rows[i]!.estimate).toBeCloseTo(expected[k]![0]!, 4);
      expect(rows[i]!.std_error! / expected[k]![1]!).toBeCloseTo(1, 4);
    });
  });

  it("has glmmTMB's error of an average over the rows", async () => {
    // C <- predict(f, se.fit = TRUE, cov.fit = TRUE)$cov.fit; sqrt(sum(C) / 72^2), f the nested model, newdata with x = 0
    const fit = await declared("y ~ x + (1 | school/cls)").fit(ml());
    const { rows } = populationAverage(fit, { at: { x: [0] }, estimands: ["conditional"] });
    expect(rows[0]!.std_error).toBeCloseTo(0.04110316, 6);
  });

  it("two spellings of one model have the same errors, draws apart", async () => {
    const sleepstudy = (await exampleColumns("sleepstudy")) as object as Record<string, number[]>;
    const errors: number[][] = [];
    for (const formula of [
      "Reaction ~ Days + (Days || Subject)",
      "Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)",
    ])
      errors.push(predict(await model(sleepstudy).formula(formula).fit()).rows.map(({ std_error }) => std_error!));
    errors[0]!.forEach((value, i) => {
      expect(errors[1]![i]! / value).toBeCloseTo(1, 5);
    });
  });

  it("penalised quasi-likelihood has the equations of its working model", async () => {
    const fit = await declared("count ~ x + (1 | school) + (1 | cls)").family(poisson()).fit(pql());
    const { design } = fit.model;
    const eta = predict(fit, { type: "link", se: false }).rows.map(({ estimate }) => estimate);
    const phi = fit.glance().sigma! ** 2;
    const equations = mixedModelEquations(fit, (i) => Math.exp(eta[i]!) / phi);
    const known = { ...asRecord(fit), covariance: knownVariances(fit, equations) };
    const { rows } = predict(known, { type: "link" });
    for (let i = 0; i < design.n; i++)
      expect(rows[i]!.std_error! / Math.sqrt(equations.form(equations.rows[i]!, equations.rows[i]!))).toBeCloseTo(1, 5);
  });

  it("an ordered response of two categories has the errors of a binary one", async () => {
    const binary = await declared("win ~ x + (1 | school) + (1 | cls)").family(binomial()).fit(laplace());
    const ordered = await declared("win ~ x + (1 | school) + (1 | cls)").family(cumulative()).fit(laplace());
    const one = predict(binary).rows;
    const two = predict(ordered).rows.filter((row) => String(row.category) === "1");
    expect(two.length).toBe(one.length);
    one.forEach((row, i) => {
      expect(two[i]!.estimate).toBeCloseTo(row.estimate!, 4);
      expect(two[i]!.std_error! / row.std_error!).toBeCloseTo(1, 3);
    });
  });
});

/** A fit as a plain record, for one that is changed. */
function asRecord(fit: Awaited<ReturnType<Declared["fit"]>>): MaximumLikelihoodFit {
  const {
    kind,
    model: compiled,
    method,
    verdict,
    warnings,
    estimate,
    covariance,
    logLik,
    modes,
    modeCovariances,
  } = fit;
  return {
    kind,
    model: compiled,
    method,
    verdict,
    warnings,
    estimate,
    covariance,
    logLik,
    modes,
    modeCovariances,
    linearised: fit.linearised,
    tidy: (options) => fit.tidy(options),
    glance: () => fit.glance(),
    ranef: () => fit.ranef(),
  };
}
