/** Log-likelihoods of what is left out, against dense matrices and numerical integrals. */
import { describe, expect, test } from "vitest";
import { logLikelihood, unitDraws } from "../../src/checks/pointwise-log-likelihood.ts";
import { choleskyFactor, choleskyLogDet } from "../../src/linalg/dense-cholesky.ts";
import { solveLower } from "../../src/linalg/triangular.ts";
import type { CompiledModel } from "../../src/model/compiled-model.ts";
import { fillFactor } from "../../src/model/parameter-layout.ts";
import { model } from "../../src/model-builder.ts";
import { lgamma } from "../../src/special/gamma.ts";
import { cbpp, exampleData, sleepstudy } from "../samplers/models.ts";
import { posteriorOf } from "./fits.ts";

/** log N(y; Xβ, ZΣZ' + σ²W⁻¹) of some rows of a Gaussian model, by dense matrices. */
function denseLogDensity({ design, layout }: CompiledModel, x: Float64Array, rows: readonly number[]): number {
  const n = rows.length;
  if (n === 0) return 0;
  const V = new Float64Array(n * n);
  const sigma = x[layout.phi.offset]!;
  design.random.forEach(({ q, Z, index }, t) => {
    const L = new Float64Array(q * q);
    fillFactor(layout.terms[t]!, x, L);
    const scaled = (i: number, c: number) => {
      let sum = 0;
      for (let a = c; a < q; a++) sum += L[a * q + c]! * Z[i * q + a]!;
      return sum;
    };
    rows.forEach((i, a) => {
      rows.forEach((j, b) => {
        if (index[i] === index[j]) for (let c = 0; c < q; c++) V[a * n + b]! += scaled(i, c) * scaled(j, c);
      });
    });
  });
  const { X, names } = design.predictors[0]!;
  const residual = Float64Array.from(rows, (i, a) => {
    V[a * n + a]! += (sigma * sigma) / (design.weights?.[i] ?? 1);
    let mean = 0;
    for (let j = 0; j < names.length; j++) mean += X[i * names.length + j]! * x[j]!;
    return design.y[i]! - mean;
  });
  expect(choleskyFactor(V, n)).toBe(true);
  solveLower(V, 0, n, n, residual);
  const square = residual.reduce((sum, value) => sum + value * value, 0);
  return -0.5 * (n * Math.log(2 * Math.PI) + choleskyLogDet(V, n) + square);
}

const everyRow = ({ design }: CompiledModel) => Array.from({ length: design.n }, (_, i) => i);
const close = (actual: number, expected: number, digits = 1e-8) =>
  expect(Math.abs(actual - expected)).toBeLessThan(digits * Math.max(1, Math.abs(expected)));

describe("Gaussian, one grouping factor with a slope", () => {
  const compiled = sleepstudy().compile();
  const draws = [
    [251, 10.4, 24, 1.2, 6.1, 25],
    [245, 11.5, 30, -2, 4, 27],
  ];
  const fit = posteriorOf(compiled, draws);
  const { index } = compiled.design.random[0]!;

  test("marginal by group: the density of the group's rows", () => {
    const groups = logLikelihood(fit, { by: "group" });
    expect(groups).toMatchObject({ by: "group", likelihood: "marginal", chains: 1, drawsPerChain: 2 });
    expect(groups.units[0]).toBe("Subject 308");
    draws.forEach((x, s) => {
      groups.units.forEach((_, g) => {
        const rows = everyRow(compiled).filter((i) => index[i] === g);
        close(unitDraws(groups, g)[s]!, denseLogDensity(compiled, Float64Array.from(x), rows));
      });
    });
  });

  test("marginal by row: the density given the other rows of the group", () => {
    const rows = logLikelihood(fit, { likelihood: "marginal" });
    expect(rows.units).toHaveLength(180);
    draws.forEach((values, s) => {
      const x = Float64Array.from(values);
      for (const i of [0, 7, 93, 179]) {
        const group = everyRow(compiled).filter((j) => index[j] === index[i]);
        const others = group.filter((j) => j !== i);
        close(unitDraws(rows, i)[s]!, denseLogDensity(compiled, x, group) - denseLogDensity(compiled, x, others));
      }
    });
  });

  test("conditional by row: normal densities at the drawn random effects; by group their sums", () => {
    const rows = logLikelihood(fit);
    const b = fit.randomEffects()[0]!;
    draws.forEach((x, s) => {
      for (const i of [0, 100]) {
        const days = compiled.design.random[0]!.Z[2 * i + 1]!;
        const at = s * 36 + 2 * index[i]!;
        const mean = x[0]! + b[at]! + (x[1]! + b[at + 1]!) * days;
        const z = (compiled.design.y[i]! - mean) / x[5]!;
        close(unitDraws(rows, i)[s]!, -0.5 * z * z - Math.log(x[5]!) - 0.5 * Math.log(2 * Math.PI));
      }
    });
    const groups = logLikelihood(fit, { by: "group", likelihood: "conditional" });
    const sum = everyRow(compiled)
      .filter((i) => index[i] === 3)
      .reduce((total, i) => total + unitDraws(rows, i)[1]!, 0);
    close(unitDraws(groups, 3)[1]!, sum);
  });
});

test("Gaussian, crossed factors: a group's density given all other rows", () => {
  const n = 24;
  const declared = model({
    y: Array.from({ length: n }, (_, i) => Math.sin(3 * i) + (i % 4) - 0.3 * (i % 6)),
    a: Array.from({ length: n }, (_, i) => `a${i % 4}`),
    b: Array.from({ length: n }, (_, i) => `b${i % 6}`),
  }).formula("y ~ 1 + (1 | a) + (1 | b)");
  const compiled = declared.compile();
  const x = [1.1, 0.8, 0.5, 0.7];
  const fit = posteriorOf(compiled, [x, x]);
  const groups = logLikelihood(fit, { by: "group", group: "a" });
  const { index } = compiled.design.random.find((term) => term.group === "a")!;
  groups.units.forEach((_, g) => {
    const others = everyRow(compiled).filter((i) => index[i] !== g);
    const point = Float64Array.from(x);
    close(
      unitDraws(groups, g)[1]!,
      denseLogDensity(compiled, point, everyRow(compiled)) - denseLogDensity(compiled, point, others),
      1e-7,
    );
  });
  expect(() => logLikelihood(fit, { by: "group" })).toThrow(/several grouping factors/);
  expect(() => logLikelihood(fit, { by: "group", group: "c" })).toThrow(/"c" is no grouping factor/);
});

test("binomial: a row's probability given the other rows of its herd, against a fine trapezoid", () => {
  const compiled = cbpp().compile();
  const x = [-1.4, -1, -1.1, -1.6, 0.7];
  const fit = posteriorOf(compiled, [x], { method: { kind: "agq", nodes: 51 } });
  const rows = logLikelihood(fit, { likelihood: "marginal" });
  const { design } = compiled;
  const { X } = design.predictors[0]!;
  const { index } = design.random[0]!;
  const logDensity = (i: number, b: number) => {
    let eta = b;
    for (let j = 0; j < 4; j++) eta += X[4 * i + j]! * x[j]!;
    const p = 1 / (1 + Math.exp(-eta));
    const [y, m] = [design.y[i]!, design.trials![i]!];
    return lgamma(m + 1) - lgamma(y + 1) - lgamma(m - y + 1) + y * Math.log(p) + (m - y) * Math.log1p(-p);
  };
  const integral = (members: readonly number[]) => {
    let sum = 0;
    const h = 0.005;
    for (let b = -7; b <= 7; b += h) {
      const log = members.reduce((total, i) => total + logDensity(i, b), 0);
      sum += (h * Math.exp(log - (0.5 * b * b) / x[4]! ** 2)) / (x[4]! * Math.sqrt(2 * Math.PI));
    }
    return Math.log(sum);
  };
  for (const i of [0, 5, 30]) {
    const herd = everyRow(compiled).filter((j) => index[j] === index[i]);
    close(rows.values[i]!, integral(herd) - integral(herd.filter((j) => j !== i)), 1e-7);
  }
});

test("draws are thinned evenly within chains", () => {
  const compiled = model(exampleData("sleepstudy")).formula("Reaction ~ 1 + (1 | Subject)").compile();
  const draws = Array.from({ length: 8 }, (_, d) => [250 + d, 30, 40]);
  const all = logLikelihood(posteriorOf(compiled, draws, { chains: 2 }), { by: "group" });
  const some = logLikelihood(posteriorOf(compiled, draws, { chains: 2 }), { by: "group", draws: 4 });
  expect(some).toMatchObject({ chains: 2, drawsPerChain: 2 });
  expect(Array.from(unitDraws(some, 0))).toEqual([0, 2, 4, 6].map((d) => unitDraws(all, 0)[d]));
  expect(() => logLikelihood(posteriorOf(compiled, draws), { draws: 9 })).toThrow(/from 1 to the 8/);
});

test("a model without random effects has rows but no groups", () => {
  const compiled = model({ y: [1, 2, 4], x: [0, 1, 2] })
    .formula("y ~ x")
    .compile();
  const fit = posteriorOf(compiled, [[1, 1, 0.5]]);
  expect(() => logLikelihood(fit, { by: "group" })).toThrow(/the model has none/);
  const expected = [0, 0, 1].map((r) => -0.5 * (r / 0.5) ** 2 - Math.log(0.5) - 0.5 * Math.log(2 * Math.PI));
  for (const likelihood of ["conditional", "marginal"] as const)
    logLikelihood(fit, { likelihood }).values.forEach((value, i) => {
      close(value, expected[i]!);
    });
});
