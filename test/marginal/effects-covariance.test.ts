import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { corAR1 } from "../../src/dsl/residual.ts";
import { binomial } from "../../src/families/binomial.ts";
import { gaussian } from "../../src/families/gaussian.ts";
import { poisson } from "../../src/families/poisson.ts";
import { choleskyFactor, choleskyInverse, symmetrise } from "../../src/linalg/dense-cholesky.ts";
import {
  addDeviation,
  type EffectsCovariance,
  projectedGradient,
  varianceOfTouched,
} from "../../src/marginal/effects-covariance.ts";
import type { CompiledModel } from "../../src/model/compiled-model.ts";
import { fillFactor } from "../../src/model/parameter-layout.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";

const nested = readFileSync(new URL("../fixtures/effects/nested.csv", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","));
const school = nested.map((row) => row[0]!);
const cls = nested.map((row) => row[1]!);
const x = nested.map((row) => Number(row[2]));
const y = nested.map((row) => Number(row[3]));
const wave = nested.map((_, i) => `w${(i * 7) % 5}`);
const count = y.map((value) => Math.round(Math.exp(value)));
const win = count.map((value) => Number(value > 3));
const time = nested.map((_, i) => i % 9);
const block = nested.map((_, i) => `b${Math.floor(i / 9)}`);
const data = { school, cls, wave, block, time, x, y, count, win };

const near = { levels: [...new Set(wave)].sort(), values: [] as number[] };
near.values = near.levels.flatMap((_, i) => near.levels.map((_, j) => 0.6 ** Math.abs(i - j)));

function invert(matrix: Float64Array, n: number): Float64Array {
  const inverse = matrix.slice();
  expect(choleskyFactor(inverse, n)).toBe(true);
  choleskyInverse(inverse, n);
  symmetrise(inverse, n);
  return inverse;
}

/** (Z'WZ + G⁻¹)⁻¹ of all effects, level by level and term after term, W the curvature of the rows' log density. */
function denseCovariance(compiled: CompiledModel, point: Float64Array, W: Float64Array): Float64Array {
  const { design, layout } = compiled;
  const starts: number[] = [];
  let size = 0;
  for (const { levels, q } of design.random) {
    starts.push(size);
    size += levels.length * q;
  }
  const precision = new Float64Array(size * size);
  design.random.forEach(({ q, levels, group }, t) => {
    const L = new Float64Array(q * q);
    fillFactor(layout.terms[t]!, point, L);
    const G = new Float64Array((levels.length * q) ** 2);
    const m = levels.length * q;
    for (let l = 0; l < levels.length; l++)
      for (let k = 0; k < levels.length; k++) {
        const between = group === "wave" && design.random[t]!.known ? 0.6 ** Math.abs(l - k) : Number(l === k);
        for (let a = 0; a < q; a++)
          for (let b = 0; b < q; b++)
            for (let c = 0; c < q; c++) G[(l * q + a) * m + k * q + b]! += between * L[a * q + c]! * L[b * q + c]!;
      }
    const inverse = invert(G, m);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++) precision[(starts[t]! + i) * size + starts[t]! + j] = inverse[i * m + j]!;
  });
  const n = design.n;
  const z = Array.from({ length: n }, (_, i) => {
    const row = new Float64Array(size);
    design.random.forEach(({ q, Z, index }, t) => {
      for (let a = 0; a < q; a++) row[starts[t]! + index[i]! * q + a] = Z[i * q + a]!;
    });
    return row;
  });
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const w = W[i * n + j]!;
      if (w === 0) continue;
      for (let a = 0; a < size; a++)
        if (z[i]![a] !== 0) for (let b = 0; b < size; b++) precision[a * size + b]! += w * z[i]![a]! * z[j]![b]!;
    }
  return invert(precision, size);
}

const diagonal = (values: ArrayLike<number>): Float64Array => {
  const n = values.length;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = values[i]!;
  return matrix;
};

/** Rows of a block are an AR(1) series; their inverse covariance. */
function seriesPrecision(rho: number, sigma: number): Float64Array {
  const n = y.length;
  const R = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      if (block[i] === block[j]) R[i * n + j] = sigma * sigma * rho ** Math.abs(time[i]! - time[j]!);
  return invert(R, n);
}

const declared = (formula: string) => model(data).formula(formula);
const sigma = 0.8;
const gaussianRows = diagonal(y.map(() => 1 / sigma ** 2));
const beta = [1.2, 0.3];
const curvatures: Record<string, (eta: number) => number> = {
  poisson: Math.exp,
  binomial: (eta) => Math.exp(-eta) / (1 + Math.exp(-eta)) ** 2,
};

interface Case {
  readonly compiled: CompiledModel;
  /** Entries of Λ, then of φ. */
  readonly rest: readonly number[];
  readonly W?: Float64Array;
}

const cases: Record<string, Case> = {
  "nested intercepts": {
    compiled: declared("y ~ x + (1 | school/cls)").compile(),
    rest: [0.7, 0.4, sigma],
    W: gaussianRows,
  },
  "crossed, a slope and an intercept": {
    compiled: declared("y ~ x + (x | school) + (1 | cls)").compile(),
    rest: [0.7, 0.2, 0.5, 0.4, sigma],
    W: gaussianRows,
  },
  "two terms of one factor": {
    compiled: declared("y ~ x + (1 | school) + (0 + x | school)").compile(),
    rest: [0.7, 0.4, sigma],
    W: gaussianRows,
  },
  "three factors": {
    compiled: declared("y ~ x + (1 | school) + (x || cls) + (1 | wave)").compile(),
    rest: [0.7, 0.4, 0.3, 0.9, sigma],
    W: gaussianRows,
  },
  "one term": { compiled: declared("y ~ x + (x | school)").compile(), rest: [0.7, 0.2, 0.5, sigma], W: gaussianRows },
  "a known covariance across levels": {
    compiled: declared("y ~ x + (1 | gr(wave, cov = A)) + (1 | school)").knownCovariance("A", near).compile(),
    rest: [0.7, 0.4, sigma],
    W: gaussianRows,
  },
  "a known covariance of one term": {
    compiled: declared("y ~ x + (1 | gr(wave, cov = A))").knownCovariance("A", near).compile(),
    rest: [0.7, sigma],
    W: gaussianRows,
  },
  "correlated residuals that cross the levels": {
    compiled: declared("y ~ x + (1 | school) + (1 | wave)")
      .residual({ correlation: corAR1("time | block") })
      .compile(),
    rest: [0.7, 0.4, sigma, 0.5],
    W: seriesPrecision(0.5, sigma),
  },
  "nested, counts": {
    compiled: declared("count ~ x + (1 | school/cls)").family(poisson()).compile(),
    rest: [0.7, 0.4],
  },
  "crossed, counts": {
    compiled: declared("count ~ x + (x | school) + (1 | cls)").family(poisson()).compile(),
    rest: [0.7, 0.2, 0.5, 0.4],
  },
  "two terms of one factor, binary": {
    compiled: declared("win ~ x + (1 | school) + (0 + x | school)").family(binomial()).compile(),
    rest: [0.7, 0.4],
  },
  "three factors, one of known covariance, counts": {
    compiled: declared("count ~ x + (1 | school) + (1 | cls) + (1 | gr(wave, cov = A))")
      .family(poisson())
      .knownCovariance("A", near)
      .compile(),
    rest: [0.7, 0.4, 0.5],
  },
};

describe("the covariance of all random effects given the data", () => {
  for (const [name, { compiled, rest, W }] of Object.entries(cases))
    for (const units of ["user's units", "standardised"] as const)
      it(`is that of the dense equations: ${name}, ${units}`, () => {
        const point = Float64Array.of(...beta, ...rest);
        const method = { kind: compiled.gaussian ? "exact" : "laplace" } as const;
        const own = compiled.marginal(method);
        const { modes, covariances } = own.conditionalModes(point);
        const { design } = compiled;
        const curvature = curvatures[compiled.family.name];
        const rows =
          W ??
          diagonal(
            Array.from({ length: design.n }, (_, i) => {
              let eta = beta[0]! + beta[1]! * x[i]!;
              design.random.forEach(({ q, Z, index }, t) => {
                for (let a = 0; a < q; a++) eta += Z[i * q + a]! * modes[t]![index[i]! * q + a]!;
              });
              return curvature!(eta);
            }),
          );
        const C = denseCovariance(compiled, point, rows);
        const size = Math.sqrt(C.length);
        // standardised: the same integral, its effects times the scales of their columns
        const { scales, toStandardised } = compiled.standardisation;
        const inner = new Float64Array(point.length);
        toStandardised(point, inner);
        const found = (
          units === "standardised"
            ? compiled.standardisedMarginal(method).effectsCovariance(inner)
            : own.effectsCovariance(point)
        ) as EffectsCovariance;
        const unit = (t: number, a: number) => (units === "standardised" ? scales[t]![a]! : 1);
        const rng = createRng("effects");
        const gradient = () =>
          design.random.map(({ levels, q }) => Float64Array.from({ length: levels.length * q }, () => rng.normal()));
        const flat = (g: readonly Float64Array[]) =>
          g.flatMap((values, t) => Array.from(values, (value, k) => value * unit(t, k % design.random[t]!.q)));
        const form = (g: readonly number[], h: readonly number[]) => {
          let sum = 0;
          for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) sum += g[i]! * C[i * size + j]! * h[j]!;
          return sum;
        };
        const [g, h] = [gradient(), gradient()];
        const [pg, ph] = [projectedGradient(found, g), projectedGradient(found, h)];
        const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
        expect(product(pg, ph)).toBeCloseTo(form(flat(g), flat(h)), 9);
        // sparse: two rows' worth of levels, one of them twice the same term
        const touched = { count: 0, term: [] as number[], level: [] as number[] };
        const sparse = design.random.map(({ levels, q }) => new Float64Array(levels.length * q));
        for (const i of [3, 40])
          design.random.forEach(({ q, index }, t) => {
            const level = index[i]!;
            if (touched.term.some((term, k) => term === t && touched.level[k] === level)) return;
            touched.term.push(t);
            touched.level.push(level);
            touched.count++;
            for (let a = 0; a < q; a++) sparse[t]![level * q + a] = rng.normal();
          });
        for (let again = 0; again < 40; again++)
          expect(varianceOfTouched(found, sparse, touched)).toBeCloseTo(form(flat(sparse), flat(sparse)), 9);
        // RR' = C, a column of R at a time
        const reached = new Float64Array(size * size);
        for (let k = 0; k < found.size; k++) {
          const z = new Float64Array(found.size);
          z[k] = 1;
          const out = design.random.map(({ levels, q }) => new Float64Array(levels.length * q));
          addDeviation(found, z, out);
          const b = out.flatMap((values, t) =>
            Array.from(values, (value, e) => value / unit(t, e % design.random[t]!.q)),
          );
          for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) reached[i * size + j]! += b[i]! * b[j]!;
        }
        for (let k = 0; k < C.length; k++) expect(reached[k]).toBeCloseTo(C[k]!, 9);
        // what a term has by itself is the same by level
        let at = 0;
        design.random.forEach(({ levels, q }, t) => {
          for (let l = 0; l < levels.length; l++)
            for (let a = 0; a < q; a++)
              for (let b = 0; b < q; b++)
                expect(covariances[t]![(l * q + a) * q + b]).toBeCloseTo(
                  C[(at + l * q + a) * size + at + l * q + b]!,
                  9,
                );
          at += levels.length * q;
        });
      });

  it("has no entries where a standard deviation is 0", () => {
    const compiled = declared("y ~ x + (1 | school/cls)").family(gaussian()).compile();
    const found = compiled.marginal({ kind: "exact" }).effectsCovariance(Float64Array.of(...beta, 0, 0.4, sigma))!;
    const g = compiled.design.random.map(({ levels }, t) => new Float64Array(levels.length).fill(Number(t === 0)));
    expect(projectedGradient(found, g).every((value) => value === 0)).toBe(true);
  });
});
