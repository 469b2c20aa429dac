/**
 * Correlated rows of a nonlinear mean in the integral: its value against dense normal distributions and grids, its gradient against differences.
 * @module-tag slow
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laplace, ml } from "../../src/frequentist/method.ts";
import { choleskyFactor, choleskyLogDet } from "../../src/linalg/dense-cholesky.ts";
import { solveLower } from "../../src/linalg/triangular.ts";
import { importanceCheck } from "../../src/marginal/laplace/importance-check.ts";
import type { CompiledModel } from "../../src/model/compiled-model.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
import { createRng } from "../../src/random/rng.ts";
import { residualStructure } from "../../src/residual/residual-structure.ts";
import { normalQuantile } from "../../src/special/distributions.ts";
import { orange, reference } from "./support.ts";

const { Orange } = reference;
const half = Orange.age.map((age) => (age < 800 ? "early" : "late"));
const years = Orange.age.map((age) => age / 365);
const weight = Orange.age.map((_, i) => 0.5 + (i % 4) / 2);

/** log N(r; 0, V), V n × n, which is overwritten. */
function logNormal(V: Float64Array, r: Float64Array): number {
  const n = r.length;
  expect(choleskyFactor(V, n)).toBe(true);
  solveLower(V, 0, n, n, r);
  return -0.5 * (n * Math.log(2 * Math.PI) + choleskyLogDet(V, n) + r.reduce((sum, z) => sum + z * z, 0));
}

/** The residual covariance of the rows at x. */
function residualCovariance({ design, layout }: CompiledModel, x: Float64Array): Float64Array {
  const { n } = design;
  const structure = residualStructure(design.residual!);
  expect(structure.set(x, layout.phi.offset + 1)).toBe(true);
  const sigma = x[layout.phi.offset]!;
  const V = new Float64Array(n * n);
  // column c of the root of R, by its product with a unit vector
  for (let c = 0; c < n; c++) {
    const root = new Float64Array(n);
    root[c] = sigma;
    structure.colour(root);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        V[i * n + j]! += (root[i]! * root[j]!) / Math.sqrt((design.weights?.[i] ?? 1) * (design.weights?.[j] ?? 1));
  }
  return V;
}

/** Derivatives by five-point differences against those of the marginal likelihood; the largest relative error. */
function gradientError(compiled: CompiledModel, x: Float64Array): number {
  const marginal = compiled.marginal({ kind: "laplace" });
  const gradient = new Float64Array(x.length);
  expect(Number.isFinite(marginal.evaluate(x, gradient))).toBe(true);
  return Math.max(
    ...gradient.map((slope, j) => {
      const h = 1e-4 * Math.max(1, Math.abs(x[j]!));
      const at = (step: number) => marginal.evaluate(x.with(j, x[j]! + step));
      const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
      return Math.abs(difference - slope) / (1 + Math.abs(slope));
    }),
  );
}

const declared = (
  structure: { variance?: string; correlation: string },
  parameters: Readonly<Record<string, string>>,
  random: readonly string[] = [],
): Model =>
  (model({ ...Orange, half, years, weight }) as unknown as Model)
    .response("circumference")
    .weights("weight")
    .mean("SSlogis(age, Asym, xmid, scal)", {
      parameters: { Asym: "~ 1", xmid: "~ 1", scal: "~ 1", ...parameters },
      random,
    })
    .residual(structure);

/** Structures with values of their parameters: within the trees and across them, neighbours in time and every pair. */
const structures: [{ variance?: string; correlation: string }, number[]][] = [
  [{ correlation: "corAR1(~ 1 | Tree)" }, [0.5]],
  [{ correlation: "corCAR1(~ years | Tree)", variance: "varPower(~ age)" }, [0.2, 0.6]],
  [{ correlation: "corCompSymm(~ 1 | Tree)" }, [0.2]],
  [{ correlation: "corARMA(~ 1 | Tree, p = 1, q = 1)", variance: "varIdent(~ 1 | half)" }, [1.4, 0.5, -0.2]],
  [{ correlation: "corExp(~ years | half, nugget = TRUE)" }, [0.6, 0.3]],
  [{ correlation: "corAR1(~ 1)" }, [0.4]],
  [{ correlation: "corSymm(~ 1 | Tree)", variance: "varExp(~ years)" }, [0.1, ...Array(21).fill(0.15)]],
];

describe.each(structures)("%j", (structure, psi) => {
  it("has the normal likelihood where random effects enter linearly, crossed ones too", () => {
    const compiled = declared(structure, { Asym: "~ 1 + (1 | Tree) + (1 | half)" }).compile();
    const { design } = compiled;
    const { n } = design;
    const x = Float64Array.from([190, 720, 345, 30, 12, 6, ...psi]);
    const shape = Orange.age.map((age) => 1 / (1 + Math.exp((x[1]! - age) / x[2]!)));
    const V = residualCovariance(compiled, x);
    design.random.forEach(({ index }, t) => {
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) if (index[i] === index[j]) V[i * n + j]! += x[3 + t]! ** 2 * shape[i]! * shape[j]!;
    });
    const wanted = logNormal(
      V,
      design.y.map((y, i) => y - x[0]! * shape[i]!),
    );
    expect(compiled.marginal({ kind: "laplace" }).evaluate(x)).toBeCloseTo(wanted, 8);
  });

  it("has the exact gradient, whatever the random effects", () => {
    const models: [CompiledModel, number[]][] = [
      [declared(structure, {}, ["Asym + xmid ~ 1 | Tree"]).compile(), [30, 12, 25]],
      // correlated across parameters, and crossed with another factor
      [declared(structure, { scal: "~ 1 + (1 | half)" }, ["Asym + xmid ~ 1 | Tree"]).compile(), [15, 30, 12, 25]],
      [declared(structure, {}).compile(), []],
      // an angle of given standard deviations, beside a free one
      [
        declared(structure, { scal: "~ 1 + (1 | half)" }, ["Asym + xmid ~ us(1 | Tree, sd = c(30, 25))"]).compile(),
        [1.1, 15],
      ],
    ];
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }), (moves) => {
        for (const [compiled, theta] of models) {
          const centre = [190, 720, 345, ...theta, 8];
          const x = Float64Array.from([...centre.map((value, j) => value * (1 + 0.05 * moves[j]!)), ...psi]);
          expect(gradientError(compiled, x)).toBeLessThan(1e-8);
        }
      }),
      { numRuns: 2, seed: 11 },
    );
  });
});

describe("Laplace's approximation of correlated rows", () => {
  it("is that of independent rows where the correlation is 0", () => {
    const compiled = declared({ correlation: "corAR1(~ 1 | Tree)", variance: "varPower(~ age)" }, {}, [
      "Asym + xmid ~ 1 | Tree",
    ]).compile();
    const independent = (model({ ...Orange, weight }) as unknown as Model)
      .response("circumference")
      .weights("weight")
      .mean("SSlogis(age, Asym, xmid, scal)", {
        parameters: { Asym: "~ 1", xmid: "~ 1", scal: "~ 1" },
        random: ["Asym + xmid ~ 1 | Tree"],
      })
      .residual({ variance: "varPower(~ age)" })
      .compile();
    const x = Float64Array.of(190, 720, 345, 30, 12, 25, 4, 0.2);
    const method = { kind: "laplace" } as const;
    const [ours, theirs] = [compiled.marginal(method), independent.marginal(method)];
    expect(ours.evaluate(Float64Array.of(...x, 0))).toBeCloseTo(theirs.evaluate(x), 9);
    const [modes, others] = [ours.conditionalModes(Float64Array.of(...x, 0)), theirs.conditionalModes(x)];
    for (const part of ["modes", "covariances"] as const)
      modes[part][0]!.forEach((value, i) => {
        expect(Math.abs(value - others[part][0]![i]!)).toBeLessThan(1e-7 * (1 + Math.abs(value)));
      });
  });

  it("is checked by importance sampling, which agrees with a grid", () => {
    const trees = [...new Set(Orange.Tree)].slice(0, 2);
    const rows = [...Orange.Tree.keys()].filter((i) => trees.includes(Orange.Tree[i]!));
    const pick = <T>(values: readonly T[]): T[] => rows.map((i) => values[i]!);
    const age = pick(Orange.age);
    const compiled = (
      model({ age, circumference: pick(Orange.circumference), Tree: pick(Orange.Tree) }) as unknown as Model
    )
      .response("circumference")
      .mean("SSlogis(age, Asym, xmid, scal)", {
        parameters: { Asym: "~ 1", xmid: "~ 1 + (1 | Tree)", scal: "~ 1" },
      })
      .residual({ correlation: "corAR1(~ 1 | Tree)" })
      .compile();
    const x = Float64Array.of(165, 650, 340, 300, 15, 0.5);
    const { y, random } = compiled.design;
    const V = residualCovariance(compiled, x);
    // the midpoint of each tree over a fine grid of its quantiles
    const cells = 4000;
    const grid = Array.from({ length: cells }, (_, k) => x[3]! * normalQuantile((k + 0.5) / cells));
    const byTree = [0, 1].map((tree) => {
      const own = [...y.keys()].filter((i) => random[0]!.index[i] === tree);
      const block = Float64Array.from(own.flatMap((i) => own.map((j) => V[i * y.length + j]!)));
      const curve = (i: number, b: number) => x[0]! / (1 + Math.exp((x[1]! + b - age[i]!) / x[2]!));
      const terms = grid.map((b) =>
        logNormal(
          block.slice(),
          Float64Array.from(own, (i) => y[i]! - curve(i, b)),
        ),
      );
      const most = Math.max(...terms);
      const weights = terms.map((term) => Math.exp(term - most));
      const total = weights.reduce((sum, w) => sum + w, 0);
      const mean = weights.reduce((sum, w, k) => sum + w * grid[k]!, 0) / total;
      const variance = weights.reduce((sum, w, k) => sum + w * (grid[k]! - mean) ** 2, 0) / total;
      return { logLik: most + Math.log(total / cells), mean, variance };
    });
    const wanted = byTree[0]!.logLik + byTree[1]!.logLik;
    const standardised = new Float64Array(x.length);
    compiled.standardisation.toStandardised(x, standardised);
    const check = atOnce(
      importanceCheck(compiled.standardisation.data, compiled.kernel, standardised, createRng(3), 4000),
    );
    expect(Math.abs(check.laplace + check.difference - wanted)).toBeLessThan(4 * check.standardError + 1e-3);
    expect(check.standardError).toBeLessThan(0.01);
    // the midpoint bends the curve: Laplace is off by something, though not by much
    expect(Math.abs(check.laplace - wanted)).toBeGreaterThan(1e-3);
    expect(Math.abs(check.laplace - wanted)).toBeLessThan(0.1);

    // draws of the random effect given the parameters, against the grid
    const marginal = compiled.marginal({ kind: "laplace" });
    const rng = createRng("draws");
    const out = [new Float64Array(2)];
    const sums = [0, 0];
    const count = 2000;
    for (let draw = 0; draw < count; draw++) {
      marginal.drawRandomEffects(x, rng, out);
      out[0]!.forEach((b, tree) => {
        sums[tree]! += b / count;
      });
    }
    byTree.forEach(({ mean, variance }, tree) => {
      expect(Math.abs(sums[tree]! - mean)).toBeLessThan(4 * Math.sqrt(variance / count));
    });
  });

  it("takes a known covariance across the levels", () => {
    const levels = [...new Set(Orange.Tree)];
    const values = levels.flatMap((_, i) => levels.map((_, j) => 0.6 ** Math.abs(i - j)));
    const related = (parameters: Readonly<Record<string, string>>) =>
      declared({ correlation: "corAR1(~ 1 | Tree)" }, parameters).knownCovariance("A", { levels, values }).compile();
    const compiled = related({ Asym: "~ 1 + (1 | gr(Tree, cov = A))" });
    const { y, n } = compiled.design;
    const x = Float64Array.of(190, 720, 345, 30, 6, 0.4);
    const shape = Orange.age.map((age) => 1 / (1 + Math.exp((x[1]! - age) / x[2]!)));
    const V = residualCovariance(compiled, x);
    const level = Orange.Tree.map((tree) => levels.indexOf(tree));
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        V[i * n + j]! += x[3]! ** 2 * values[level[i]! * levels.length + level[j]!]! * shape[i]! * shape[j]!;
    const wanted = logNormal(
      V,
      y.map((value, i) => value - x[0]! * shape[i]!),
    );
    expect(compiled.marginal({ kind: "laplace" }).evaluate(x)).toBeCloseTo(wanted, 8);
    const bent = related({ xmid: "~ 1 + (1 | gr(Tree, cov = A))" });
    expect(gradientError(bent, x)).toBeLessThan(1e-8);
  });

  it("is −∞ where the residual structure is not defined", () => {
    const mixed = orange([], { Asym: "~ 1 + (1 | Tree)" }).residual({ correlation: "corAR1(~ 1 | Tree)" });
    const marginal = mixed.compile().marginal({ kind: "laplace" });
    const gradient = new Float64Array(6).fill(1);
    for (const bad of [
      [190, 700, 350, 30, -1, 0.2],
      [190, 700, 350, 30, 8, 1.2],
    ]) {
      expect(marginal.evaluate(Float64Array.from(bad), gradient)).toBe(-Infinity);
      expect([...gradient]).toEqual(Array(6).fill(0));
      expect(marginal.conditionalModes(Float64Array.from(bad)).modes[0]!.every(Number.isNaN)).toBe(true);
    }
  });
});

describe("maximum likelihood of correlated rows", () => {
  it("without random effects is that of gnls's algorithm", async () => {
    for (const structure of [
      { correlation: "corAR1(~ 1 | Tree)" },
      { correlation: "corAR1(~ 1 | Tree)", variance: "varPower(~ age)" },
    ]) {
      const [density, linearised] = await Promise.all([
        orange().residual(structure).fit(laplace()),
        orange().residual(structure).fit(ml()),
      ]);
      expect(density.verdict.code).toBe("converged");
      expect(Math.abs(density.logLik - linearised.logLik)).toBeLessThan(1e-6);
      const rows = linearised.tidy();
      density.tidy().forEach(({ term, estimate, std_error }, j) => {
        expect(term).toBe(rows[j]!.term);
        expect(Math.abs(estimate - rows[j]!.estimate)).toBeLessThan(2e-3 * std_error!);
      });
    }
  });
});
