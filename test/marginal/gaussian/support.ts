/** Integral data by hand, and the Gaussian likelihood by brute force with the dense V. */

import { choleskyFactor, choleskyLogDet, choleskySolve, symmetrise } from "../../../src/linalg/dense-cholesky.ts";
import type { IntegralData } from "../../../src/marginal/integral-data.ts";
import { fillFactor, type ParameterLayout, parameterLayout } from "../../../src/model/parameter-layout.ts";
import { randomStream } from "../../linalg/support.ts";

export interface TermInput {
  readonly group: readonly (string | number)[];
  /** Columns of Z. */
  readonly Z: readonly (readonly number[])[];
  readonly covariance?: "us" | "diag";
}

export interface ModelInput {
  readonly y: readonly number[];
  /** Columns of X. */
  readonly X: readonly (readonly number[])[];
  readonly terms: readonly TermInput[];
  readonly weights?: readonly number[];
  readonly multiplier?: readonly number[];
  readonly offset?: readonly number[];
}

export function integralData(input: ModelInput): IntegralData {
  const n = input.y.length;
  const interleave = (columns: readonly (readonly number[])[]) => {
    const out = new Float64Array(n * columns.length);
    columns.forEach((column, j) => {
      column.forEach((value, i) => {
        out[i * columns.length + j] = value;
      });
    });
    return out;
  };
  const layout = parameterLayout(
    [input.X.length],
    input.terms.map(({ Z, covariance }) => ({ q: Z.length, covariance: covariance ?? "us" })),
    1,
  );
  return {
    n,
    predictors: [
      {
        role: "mu",
        names: input.X.map((_, j) => `x${j}`),
        X: interleave(input.X),
        offset: Float64Array.from(input.offset ?? new Array<number>(n).fill(0)),
        intercept: false,
      },
    ],
    random: input.terms.map(({ group, Z, covariance }, t) => {
      const levels = [...new Set(group.map(String))].sort();
      const place = new Map(levels.map((level, l) => [level, l]));
      return {
        predictor: 0,
        group: `g${t}`,
        levels,
        index: Int32Array.from(group, (level) => place.get(String(level))!),
        q: Z.length,
        names: Z.map((_, a) => `z${a}`),
        Z: interleave(Z),
        covariance: covariance ?? "us",
      };
    }),
    columns: { y: Float64Array.from(input.y), ...(input.weights ? { weights: Float64Array.from(input.weights) } : {}) },
    multiplier: input.multiplier ? Float64Array.from(input.multiplier) : null,
    layout,
  };
}

/** Z of all terms, dense, n × (Σ levels·q), columns term by term, level by level; and Λ likewise, dense. */
function denseRandomEffects(
  data: IntegralData,
  x: Float64Array,
): { Z: Float64Array; Lambda: Float64Array; size: number } {
  const size = data.random.reduce((sum, { levels, q }) => sum + levels.length * q, 0);
  const Z = new Float64Array(data.n * size);
  const Lambda = new Float64Array(size * size);
  let base = 0;
  data.random.forEach(({ levels, q, index, Z: z }, t) => {
    const factor = new Float64Array(q * q);
    fillFactor(data.layout.terms[t]!, x, factor);
    for (let i = 0; i < data.n; i++) for (let a = 0; a < q; a++) Z[i * size + base + index[i]! * q + a] = z[i * q + a]!;
    for (let l = 0; l < levels.length; l++)
      for (let a = 0; a < q; a++)
        for (let b = 0; b <= a; b++) Lambda[(base + l * q + a) * size + base + l * q + b] = factor[a * q + b]!;
    base += levels.length * q;
  });
  return { Z, Lambda, size };
}

/** Cholesky factor of V = ZΛΛ'Z' + σ²W⁻¹, n × n. */
function denseCovariance(data: IntegralData, x: Float64Array): Float64Array {
  const { n } = data;
  const { Z, Lambda, size } = denseRandomEffects(data, x);
  const ZL = new Float64Array(n * size);
  for (let i = 0; i < n; i++)
    for (let b = 0; b < size; b++)
      for (let a = b; a < size; a++) ZL[i * size + b]! += Z[i * size + a]! * Lambda[a * size + b]!;
  const V = new Float64Array(n * n);
  const sigma = x[data.layout.phi.offset]!;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = i === j ? sigma ** 2 / (data.columns["weights"]?.[i] ?? 1) : 0;
      for (let b = 0; b < size; b++) sum += ZL[i * size + b]! * ZL[j * size + b]!;
      V[i * n + j] = sum;
    }
  return V;
}

/** Log density of y by the dense covariance; x = [β | Λ | σ]. Frequency weights are not allowed here: replicate the rows. */
export function bruteLogLikelihood(data: IntegralData, x: Float64Array): number {
  const { n, layout } = data;
  const V = denseCovariance(data, x);
  if (!choleskyFactor(V, n)) return Number.NaN;
  const { X, offset, names } = data.predictors[0]!;
  const p = names.length;
  const r = Float64Array.from(data.columns["y"]!, (y, i) => {
    let value = y - offset[i]!;
    for (let j = 0; j < p; j++) value -= X[i * p + j]! * x[layout.beta[0]!.offset + j]!;
    return value;
  });
  const solved = r.slice();
  choleskySolve(V, n, solved);
  const quadratic = r.reduce((sum, value, i) => sum + value * solved[i]!, 0);
  return -0.5 * (n * Math.log(2 * Math.PI) + choleskyLogDet(V, n) + quadratic);
}

/** −2 log profiled (restricted) likelihood and β̂, σ̂ by the dense covariance. θ is relative to σ. */
export function bruteProfile(
  data: IntegralData,
  theta: Float64Array,
  reml: boolean,
): { value: number; beta: Float64Array; sigma: number } {
  const { n, layout } = data;
  const x = new Float64Array(layout.size);
  x.set(theta, layout.terms[0]?.offset ?? layout.phi.offset);
  x[layout.phi.offset] = 1;
  const V = denseCovariance(data, x);
  choleskyFactor(V, n);
  const { X, offset, names } = data.predictors[0]!;
  const p = names.length;
  const y = Float64Array.from(data.columns["y"]!, (value, i) => value - offset[i]!);
  const VX = X.slice();
  choleskySolve(V, n, VX, Math.max(p, 1));
  const XVX = new Float64Array(p * p);
  const beta = new Float64Array(p);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < p; a++) {
      beta[a]! += VX[i * p + a]! * y[i]!;
      for (let b = 0; b < p; b++) XVX[a * p + b]! += VX[i * p + a]! * X[i * p + b]!;
    }
  choleskyFactor(XVX, p);
  choleskySolve(XVX, p, beta);
  const r = y.map((value, i) => {
    for (let j = 0; j < p; j++) value -= X[i * p + j]! * beta[j]!;
    return value;
  });
  const solved = r.slice();
  choleskySolve(V, n, solved);
  const squares = r.reduce((sum, value, i) => sum + value * solved[i]!, 0);
  const d = reml ? n - p : n;
  return {
    value: choleskyLogDet(V, n) + (reml ? choleskyLogDet(XVX, p) : 0) + d * (1 + Math.log((2 * Math.PI * squares) / d)),
    beta,
    sigma: Math.sqrt(squares / d),
  };
}

/** Exact conditional mean and covariance of b given y by dense normal theory, columns as in `denseRandomEffects`. */
export function bruteConditional(
  data: IntegralData,
  x: Float64Array,
): { mean: Float64Array; covariance: Float64Array; size: number } {
  const { n, layout } = data;
  const { Z, Lambda, size } = denseRandomEffects(data, x);
  const Sigma = new Float64Array(size * size);
  for (let a = 0; a < size; a++)
    for (let b = 0; b < size; b++)
      for (let c = 0; c < size; c++) Sigma[a * size + b]! += Lambda[a * size + c]! * Lambda[b * size + c]!;
  const ZSigma = new Float64Array(n * size);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++) ZSigma[i * size + b]! += Z[i * size + a]! * Sigma[a * size + b]!;
  const V = denseCovariance(data, x);
  symmetrise(V, n);
  choleskyFactor(V, n);
  const { X, offset, names } = data.predictors[0]!;
  const p = names.length;
  const solvedResidual = Float64Array.from(data.columns["y"]!, (y, i) => {
    let value = y - offset[i]!;
    for (let j = 0; j < p; j++) value -= X[i * p + j]! * x[layout.beta[0]!.offset + j]!;
    return value;
  });
  choleskySolve(V, n, solvedResidual);
  const VZ = ZSigma.slice();
  choleskySolve(V, n, VZ, size);
  const mean = new Float64Array(size);
  const covariance = Sigma.slice();
  for (let i = 0; i < n; i++)
    for (let a = 0; a < size; a++) {
      mean[a]! += ZSigma[i * size + a]! * solvedResidual[i]!;
      for (let b = 0; b < size; b++) covariance[a * size + b]! -= ZSigma[i * size + a]! * VZ[i * size + b]!;
    }
  return { mean, covariance, size };
}

/** Central differences with one Richardson step: error of order h⁴. */
export function numericalGradient(f: (x: Float64Array) => number, x: Float64Array, h = 2e-3): Float64Array {
  const at = (j: number, step: number) => {
    const moved = x.slice();
    moved[j]! += step;
    return f(moved);
  };
  return x.map((value, j) => {
    const step = h * Math.max(1, Math.abs(value));
    const coarse = (at(j, 2 * step) - at(j, -2 * step)) / (4 * step);
    const fine = (at(j, step) - at(j, -step)) / (2 * step);
    return (4 * fine - coarse) / 3;
  });
}

export type Shape =
  | "none"
  | "single"
  | "slope"
  | "diag"
  | "two-terms"
  | "nested"
  | "crossed"
  | "crossed-slopes"
  | "three";
export const SHAPES: readonly Shape[] = [
  "none",
  "single",
  "slope",
  "diag",
  "two-terms",
  "nested",
  "crossed",
  "crossed-slopes",
  "three",
];

/** A small random problem of a given shape. */
export function randomModel(
  shape: Shape,
  seed: number,
  options: { weights?: boolean; multiplier?: boolean; p?: number; n?: number } = {},
): ModelInput {
  const uniform = randomStream(seed);
  const normal = () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());
  const n = options.n ?? 36;
  const column = () => Array.from({ length: n }, normal);
  const group = (levels: number) => Array.from({ length: n }, () => Math.floor(uniform() * levels));
  const one = new Array<number>(n).fill(1);
  const a = group(6);
  const b = group(4);
  const c = group(3);
  const t = column();
  const u = column();
  const terms: Record<Shape, TermInput[]> = {
    none: [],
    single: [{ group: a, Z: [one] }],
    slope: [{ group: a, Z: [one, t] }],
    diag: [{ group: a, Z: [one, t, u], covariance: "diag" }],
    "two-terms": [
      { group: a, Z: [one] },
      { group: a, Z: [t, u] },
    ],
    nested: [
      { group: b, Z: [one] },
      { group: b.map((level, i) => `${level}:${a[i]! % 3}`), Z: [one, t] },
    ],
    crossed: [
      { group: b, Z: [one] },
      { group: a, Z: [one] },
    ],
    "crossed-slopes": [
      { group: a, Z: [one, t] },
      { group: b, Z: [one, u], covariance: "diag" },
      { group: a, Z: [u] },
    ],
    three: [
      { group: c, Z: [one, t] },
      { group: a, Z: [one] },
      { group: b, Z: [one, u] },
    ],
  };
  const p = options.p ?? 2;
  const X = [one, t, u].slice(0, p);
  const x0 = column();
  return {
    y: x0.map((value, i) => 3 + 2 * t[i]! + value + (a[i]! - 3) * 0.6 + (b[i]! - 2) * t[i]! * 0.5),
    X,
    terms: terms[shape],
    offset: u.map((value) => 0.3 * value),
    ...(options.weights ? { weights: Array.from({ length: n }, () => 0.3 + 2 * uniform()) } : {}),
    ...(options.multiplier ? { multiplier: Array.from({ length: n }, () => Math.floor(4 * uniform())) } : {}),
  };
}

/** A point x = [β | Λ | σ] for a model. */
export function randomPoint(layout: ParameterLayout, seed: number): Float64Array {
  const uniform = randomStream(seed);
  const x = Float64Array.from({ length: layout.size }, () => 2 * uniform() - 1);
  x[layout.phi.offset] = 0.6 + uniform();
  return x;
}

/** Rows repeated as often as their frequency weight says, and the weights gone. */
export function replicated(input: ModelInput): ModelInput {
  const rows = input.y.flatMap((_, i) => new Array<number>(input.multiplier![i]!).fill(i));
  const pick = <T>(values: readonly T[]) => rows.map((i) => values[i]!);
  return {
    y: pick(input.y),
    X: input.X.map(pick),
    terms: input.terms.map((term) => ({ ...term, group: pick(term.group), Z: term.Z.map(pick) })),
    ...(input.weights ? { weights: pick(input.weights) } : {}),
    ...(input.offset ? { offset: pick(input.offset) } : {}),
  };
}
