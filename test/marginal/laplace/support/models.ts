/** Integral data of small simulated models, and numerical derivatives. */
import type { IntegralData } from "../../../../src/marginal/integral-data.ts";
import type { MarginalLikelihood } from "../../../../src/marginal/marginal-likelihood.ts";
import { parameterLayout } from "../../../../src/model/parameter-layout.ts";

/** A small linear congruential stream (Numerical Recipes' constants), enough to make test data. */
export function uniformStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
}

export function normalStream(seed: number): () => number {
  const uniform = uniformStream(seed);
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

export interface TermSketch {
  readonly group: string;
  /** Level of each row. */
  readonly index: readonly number[] | Int32Array;
  /** Effects: one array of length n a column. */
  readonly z: readonly (readonly number[] | Float64Array)[];
  readonly covariance?: "us" | "diag";
  readonly predictor?: number;
}

export interface Sketch {
  readonly columns: Record<string, readonly number[] | Float64Array>;
  /** Fixed-effects columns of each predictor. */
  readonly fixed: readonly (readonly (readonly number[] | Float64Array)[])[];
  readonly random: readonly TermSketch[];
  readonly globals?: number;
  readonly multiplier?: readonly number[];
  readonly offset?: readonly number[];
}

const interleave = (columns: readonly (readonly number[] | Float64Array)[], n: number): Float64Array =>
  Float64Array.from(
    { length: n * columns.length },
    (_, at) => columns[at % columns.length]![Math.floor(at / columns.length)]!,
  );

/** Integral data from columns. */
export function integralData(sketch: Sketch): IntegralData {
  const n = sketch.columns["y"]!.length;
  const random = sketch.random.map(({ group, index, z, covariance = "us", predictor = 0 }) => ({
    predictor,
    group,
    levels: Array.from({ length: Math.max(...index) + 1 }, (_, level) => String(level)),
    index: Int32Array.from(index),
    q: z.length,
    names: z.map((_, a) => `z${a}`),
    Z: interleave(z, n),
    covariance,
  }));
  return {
    n,
    predictors: sketch.fixed.map((columns, r) => ({
      role: `p${r}`,
      names: columns.map((_, c) => `x${c}`),
      X: interleave(columns, n),
      offset: sketch.offset && r === 0 ? Float64Array.from(sketch.offset) : new Float64Array(n),
      intercept: false,
    })),
    random,
    columns: Object.fromEntries(
      Object.entries(sketch.columns).map(([name, values]) => [name, Float64Array.from(values)]),
    ),
    multiplier: sketch.multiplier ? Float64Array.from(sketch.multiplier) : null,
    layout: parameterLayout(
      sketch.fixed.map((columns) => columns.length),
      random,
      sketch.globals ?? 0,
    ),
  };
}

/** Richardson-extrapolated central differences of the value. */
function numericalGradient(f: (x: Float64Array) => number, x: Float64Array, h = 1e-3): Float64Array {
  return x.map((value, j) => {
    const at = (shift: number) => {
      const moved = x.slice();
      moved[j] = value + shift;
      return f(moved);
    };
    const slope = (step: number) => (at(step) - at(-step)) / (2 * step);
    const [a, b, c] = [slope(h), slope(h / 2), slope(h / 4)];
    return (64 * c! - 20 * b! + a!) / 45;
  });
}

/** Largest |analytic − numeric| / max(1, |numeric|). */
export function gradientError(marginal: MarginalLikelihood, x: Float64Array, h?: number): number {
  const gradient = new Float64Array(x.length);
  marginal.evaluate(x, gradient);
  const numeric = numericalGradient((at) => marginal.evaluate(at), x, h);
  return Math.max(...numeric.map((value, j) => Math.abs(gradient[j]! - value) / Math.max(1, Math.abs(value))));
}
