/** Shrinkage priors as declarations, as densities of coordinates, and as draws. */
import { describe, expect, test } from "vitest";
import type { Centring } from "../../src/charts/shrunken-coefficients.ts";
import { shrunkenCoefficients } from "../../src/charts/shrunken-coefficients.ts";
import { mean, variance } from "../../src/diagnostics/chains.ts";
import { poisson } from "../../src/families/poisson.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model, modelFromJSON } from "../../src/model-builder.ts";
import { describePrior, halfNormal, horseshoe, normal, R2D2 } from "../../src/priors/distributions.ts";
import { drawFromPrior, priorSampler } from "../../src/priors/draw-from-prior.ts";
import { parsePrior } from "../../src/priors/parse.ts";
import { priorTable, resolvePriors } from "../../src/priors/resolve.ts";
import type { ShrinkageLaw } from "../../src/priors/shrinkage-law.ts";
import { shrinkageLaw } from "../../src/priors/shrinkage-scales.ts";
import { createRng } from "../../src/random/rng.ts";
import { buildTarget, targetData } from "../../src/samplers/target-data.ts";

const N = 40;
const rng = createRng("shrinkage/table");
const a = Array.from({ length: N }, () => 1 + rng.normal());
const table = {
  a,
  b: a.map(() => rng.normal()),
  c: a.map((x) => 0.5 * x + rng.normal()),
  g: a.map((_, i) => `g${i % 8}`),
  y: a.map((x) => 1 + x + rng.normal()),
};
const declared = () => model(table).formula("y ~ a + b + c + (1 | g)");

function messages(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof DeclarationError) return error.issues.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe("declaring", () => {
  test("defaults are those of brms", () => {
    expect(horseshoe()).toEqual({ name: "horseshoe", parameters: [1, 1, 1, 2, 4, 0, 1] });
    expect(R2D2()).toEqual({ name: "R2D2", parameters: [0.5, 2, 0.5, 1] });
  });

  test("text and data say the same", () => {
    for (const prior of [horseshoe(), horseshoe({ parRatio: 0.1, autoscale: false }), R2D2({ meanR2: 0.3, consD2: 1 })])
      expect(parsePrior(`fixed=${describePrior(prior)}`)).toEqual({ class: "fixed", distribution: prior });
    expect(describePrior(horseshoe({ parRatio: 0.1, autoscale: false }))).toBe(
      "horseshoe(parRatio=0.1, autoscale=false)",
    );
    expect(parsePrior("fixed=horseshoe(3, 0.5)").distribution).toEqual(horseshoe({ df: 3, scaleGlobal: 0.5 }));
    expect(parsePrior("fixed=normal(sd=2, mean=1)").distribution).toEqual(normal(1, 2));
  });

  test.each([
    ["fixed=horseshoe(slab=2)", 'horseshoe has no parameter "slab"'],
    ["fixed=horseshoe(1, df=2)", "df is given twice"],
    ["fixed=R2D2(0.5, 2, 0.5, true, 1)", "R2D2 takes at most 4 numbers"],
    ["fixed=R2D2(autoscale=1)", 'autoscale is true or false, not "1"'],
    ["fixed=normal(1)", "normal takes 2 numbers (mean, sd), not 1"],
  ])("%s is refused in a sentence", (text, part) => {
    expect(messages(() => parsePrior(text)).join("\n")).toContain(part);
  });

  test("options are checked", () => {
    expect(messages(() => horseshoe({ scaleSlab: -1 }))).toEqual([
      "The prior horseshoe(…) was given scaleSlab = -1; it must be a finite number above 0.",
    ]);
    expect(messages(() => R2D2({ meanR2: 1 }))[0]).toContain("meanR2 = 1; it must be a probability between 0 and 1");
    expect(messages(() => horseshoe({ slab: 1 } as never))[0]).toContain("horseshoe() has no option slab");
  });

  test("a declaration survives JSON", () => {
    const own = declared().prior("fixed", horseshoe({ parRatio: 0.5 }));
    const again = modelFromJSON(JSON.parse(JSON.stringify(own.toJSON())), table);
    expect(again.toJSON()).toEqual(own.toJSON());
    expect(again.priors().rows).toEqual(own.priors().rows);
  });
});

describe("resolving", () => {
  test("slopes of the mean are covered, the intercept and coefficients with priors of their own are not", () => {
    const compiled = declared().prior("fixed", horseshoe()).prior("fixed:b", normal(0, 1)).compile();
    const priors = resolvePriors(compiled);
    expect(priors.shrinkage).toMatchObject({ coefficients: [1, 3], names: ["a", "c"], sigma: 0, rows: N });
    expect(priorTable(priors).map(({ prior }) => prior.split("(")[0])).toEqual(
      "normal horseshoe normal horseshoe halfStudentT halfStudentT".split(" "),
    );
    expect(priorTable(priors)[0]).toMatchObject({ name: "(Intercept)", source: "default" });
  });

  test("scales are in units of sigma only where asked for and where there is one", () => {
    const sigma = (own: ReturnType<typeof declared>) => resolvePriors(own.compile()).shrinkage!.sigma;
    expect(sigma(declared().prior("fixed", R2D2({ autoscale: false })))).toBeNull();
    const counts = model({ ...table, y: table.y.map((y) => Math.round(Math.abs(y))) });
    expect(sigma(counts.formula("y ~ a + (1 | g)").family(poisson()).prior("fixed", R2D2()) as never)).toBeNull();
  });

  test("parRatio is divided by the square root of the number of rows", () => {
    const law = (options: Parameters<typeof horseshoe>[0]) =>
      shrinkageLaw(resolvePriors(declared().prior("fixed", horseshoe(options)).compile()).shrinkage!);
    const z = Float64Array.from({ length: 5 }, (_, k) => 0.3 * k - 0.5);
    const ratio = law({ parRatio: 0.5 });
    const scale = law({ scaleGlobal: 0.5 / Math.sqrt(N) });
    expect(ratio.logDensity(z, 0)).toBe(scale.logDensity(z, 0));
  });

  test("what it does not suit is refused in a sentence", () => {
    const refused = (own: { compile(): never } | unknown) =>
      messages(() => resolvePriors((own as ReturnType<typeof declared>).compile()));
    expect(refused(declared().prior("fixed:a", horseshoe()))[0]).toBe(
      'The prior horseshoe() of fixed:a is a joint prior of all slopes and cannot be given to one of them; declare it for "fixed", and priors as normal(0, 2.5) for the coefficients that it shall not shrink.',
    );
    expect(refused(declared().prior("sd", R2D2()))[0]).toContain("does not suit sd, which is positive");
    expect(refused(model(table).formula("y ~ 1 + (1 | g)").prior("fixed", R2D2()))[0]).toContain(
      "The prior R2D2() is for slopes of the mean, but the model has none",
    );
  });
});

const CENTRINGS: Readonly<Record<string, Centring>> = {
  nowhere: { precision: [0, 0], shift: [0, 0] },
  "at the data": { precision: [28, 50], shift: [25, -4] },
};
const PRIORS = {
  horseshoe: horseshoe({ parRatio: 0.3 }),
  "horseshoe, own units": horseshoe({ df: 3, dfGlobal: 2, autoscale: false }),
  R2D2: R2D2(),
  "R2D2, own units": R2D2({ meanR2: 0.3, precR2: 5, consD2: 0.2, autoscale: false }),
};

describe("the posterior's gradient", () => {
  for (const [name, prior] of Object.entries(PRIORS))
    for (const [where, centring] of Object.entries(CENTRINGS))
      for (const kind of ["integrated", "joint"] as const)
        test(`${name}, centred ${where}, ${kind}`, () => {
          const compiled = declared().prior("fixed", prior).prior("fixed:b", normal(0.2, 1)).compile();
          const data = targetData(compiled, kind, { kind: "exact" }, resolvePriors(compiled));
          const { density } = buildTarget({ ...data, centring });
          const points = createRng(`${name}/${where}/${kind}`);
          for (const size of [0.3, 1, 2.5]) {
            const z = Float64Array.from({ length: density.dim }, () => size * points.normal());
            const gradient = new Float64Array(density.dim);
            const scratch = new Float64Array(density.dim);
            density.evaluate(z, gradient);
            const at = (i: number, step: number) => {
              const moved = z.slice();
              moved[i]! += step;
              return density.evaluate(moved, scratch);
            };
            for (let i = 0; i < density.dim; i++) {
              // Richardson's extrapolation of central differences
              const [wide, narrow] = [2e-3, 1e-3].map((h) => (at(i, h) - at(i, -h)) / (2 * h)) as [number, number];
              const slope = narrow + (narrow - wide) / 3;
              expect(Math.abs(gradient[i]! - slope)).toBeLessThan(2e-7 * (1 + Math.abs(slope)) * (1 + size ** 3));
            }
          }
        });
});

const laws = Object.entries(PRIORS).map(
  ([name, prior]) =>
    [name, shrinkageLaw(resolvePriors(declared().prior("fixed", prior).compile()).shrinkage!)] as const,
);

describe("the scales", () => {
  test.each(laws)("%s: natural hyperparameters and coordinates are inverse", (_, law) => {
    const z = Float64Array.from({ length: law.size + 1 }, (__, k) => Math.sin(3 * k + 1));
    const natural = new Float64Array(law.naturalSize);
    law.toNatural(z, 1, 0.4, natural);
    const back = z.slice().fill(0, 1);
    law.toUnconstrained(natural, 0.4, back, 1);
    back.forEach((value, k) => {
      expect(value).toBeCloseTo(z[k]!, 12);
    });
  });

  test("horseshoe: 1/s² = 1/c² + 1/(τλ)²; R2D2: Σ s² = σ² R²/(1 − R²)", () => {
    const out = new Float64Array(3);
    const [, hs] = laws[0]!;
    const h = new Float64Array(hs.naturalSize);
    const z = Float64Array.from({ length: hs.size }, (_, k) => Math.cos(2 * k));
    hs.toNatural(z, 0, 0.7, h);
    hs.logScales(z, 0, 0.7, out);
    const [tau, c] = h as unknown as [number, number];
    out.forEach((log, j) => {
      expect(Math.exp(-2 * log)).toBeCloseTo(1 / c ** 2 + 1 / (tau * h[j + 2]!) ** 2, 10);
    });
    const [, r2] = laws[2]!;
    r2.toNatural(z, 0, 0.7, h);
    r2.logScales(z, 0, 0.7, out);
    const total = out.reduce((sum, log) => sum + Math.exp(2 * log), 0);
    expect(total).toBeCloseTo((Math.exp(1.4) * h[0]!) / (1 - h[0]!), 10);
    expect(h[1]! + h[2]! + h[3]!).toBeCloseTo(1, 14);
  });

  test("densities of the coordinates are normalised", () => {
    const two = resolvePriors(
      model(table)
        .formula("y ~ a + b")
        .prior("fixed", R2D2({ consD2: 1.5 }))
        .compile(),
    );
    const one = resolvePriors(
      model(table)
        .formula("y ~ a")
        .prior("fixed", horseshoe({ df: 3, dfGlobal: 3 }))
        .compile(),
    );
    // boxes beyond which less than 1e-7 of the mass lies, and steps at which the trapezoid rule is as good
    const scale = [-18, 8] as const;
    const boxes = [
      { law: shrinkageLaw(two.shrinkage!), box: [[-25, 25] as const, [-25, 25] as const], step: 0.2 },
      { law: shrinkageLaw(one.shrinkage!), box: [scale, [-2, 10] as const, scale], step: 0.2 },
    ];
    for (const { law, box, step } of boxes) {
      const z = new Float64Array(law.size);
      const integrate = (k: number): number => {
        if (k === law.size) return Math.exp(law.logDensity(z, 0));
        let sum = 0;
        for (let x = box[k]![0]; x <= box[k]![1]; x += step) {
          z[k] = x;
          sum += integrate(k + 1);
        }
        return sum * step;
      };
      expect(integrate(0)).toBeCloseTo(1, 6);
    }
  });

  /** Where the log density is differentiable and its tails vanish, E[∂ log p/∂z] = 0 and E[z ∂ log p/∂z] = −1 under draws from p. */
  test.each(laws)("%s: draws follow the density", (_, law: ShrinkageLaw) => {
    const draws = createRng(`draws/${_}`);
    const z = new Float64Array(law.size);
    const gradient = new Float64Array(law.size);
    const count = 20_000;
    const scores = Array.from({ length: law.size }, () => new Float64Array(count));
    const virials = scores.map((s) => s.slice());
    for (let i = 0; i < count; i++) {
      law.draw(draws, z, 0);
      gradient.fill(0);
      law.logDensity(z, 0, gradient);
      gradient.forEach((g, k) => {
        scores[k]![i] = g;
        virials[k]![i] = 1 + z[k]! * g;
      });
    }
    for (const values of [...scores, ...virials])
      expect(Math.abs(mean(values)) / Math.sqrt(variance(values) / count)).toBeLessThan(4.5);
  });
});

describe("the coefficients' chart", () => {
  const law = laws[0]![1];
  const R = Float64Array.of(2, 0.3, -0.4, 0.2, 0, 1.5, 0.6, -0.1, 0, 0, 0.8, 0.5, 0, 0, 0, 1.1);
  const block = (centring: Centring) => ({
    scales: law,
    positions: [0, 2, 3],
    sigma: null,
    standardising: R,
    centring,
  });
  const at = (centring: Centring) => shrunkenCoefficients(block(centring), 4, -1);
  const plain = at({ precision: [0, 0, 0], shift: [0, 0, 0] });
  const adapted = at({ precision: [10, 0.1, 300], shift: [20, 1, -5] });
  const z = Float64Array.from({ length: 4 + law.size }, (_, k) => Math.sin(2 * k + 1));

  test("standardised coefficients are R times the coefficients, and the map has an inverse", () => {
    for (const chart of [plain, adapted]) {
      const x = new Float64Array(4);
      chart.toNatural(z, x);
      const beta = chart.coefficients(z).slice();
      for (let i = 0; i < 4; i++)
        expect(x[i]).toBeCloseTo(
          beta.reduce((sum, b, j) => sum + R[i * 4 + j]! * b, 0),
          13,
        );
      const back = z.slice();
      back.fill(0, 0, 4);
      chart.toUnconstrained(x, back);
      for (let i = 0; i < 4; i++) expect(back[i]).toBeCloseTo(z[i]!, 11);
    }
  });

  test("the centring changes the coordinates, not the prior", () => {
    const gradient = new Float64Array(z.length);
    const x = new Float64Array(4);
    const density = (chart: typeof plain, from: Float64Array) => {
      const own = from.slice();
      chart.toUnconstrained(x, own);
      const moved = new Float64Array(4);
      let jacobian = 0;
      // each of its coordinates moves β along a triangular map: the product of the diagonal is its determinant
      for (const k of [0, 2, 3]) {
        const step = 1e-4;
        const [up, down] = [step, -step].map((h) => {
          const shifted = own.slice();
          shifted[k]! += h;
          moved.set(chart.coefficients(shifted));
          return moved[k]!;
        }) as [number, number];
        jacobian += Math.log((up - down) / (2 * step));
      }
      return chart.logDensity(own, gradient) - jacobian;
    };
    plain.toNatural(z, x);
    expect(density(adapted, z)).toBeCloseTo(density(plain, z), 8);
  });
});

describe("draws from the prior", () => {
  test("coefficients have the scales of the hyperparameters that were drawn with them", () => {
    const compiled = declared()
      .prior("fixed", R2D2({ meanR2: 0.4, precR2: 8 }))
      .prior("sigma", halfNormal(2))
      .compile();
    const sample = priorSampler(compiled);
    const stream = createRng("prior/slopes");
    const { layout } = compiled;
    const x = new Float64Array(layout.size);
    const hyper = new Float64Array(4);
    const standardised: number[] = [];
    for (let i = 0; i < 4000; i++) {
      sample(stream, x, hyper);
      const sigma = x[layout.phi.offset]!;
      for (let j = 0; j < 3; j++)
        standardised.push(x[j + 1]! / (sigma * Math.sqrt((hyper[j + 1]! * hyper[0]!) / (1 - hyper[0]!))));
    }
    const values = Float64Array.from(standardised);
    expect(Math.abs(mean(values))).toBeLessThan(4.5 / Math.sqrt(values.length));
    expect(Math.abs(variance(values) - 1)).toBeLessThan(4.5 * Math.sqrt(2 / values.length));
    expect(drawFromPrior(compiled, createRng(1))).toHaveLength(layout.size);
  });
});
