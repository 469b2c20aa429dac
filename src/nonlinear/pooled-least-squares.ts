/** The sum of squares of a nonlinear mean without random effects, as a function of the coefficients of all its parameters. */
import type { MeanKernel } from "../autodiff/compile-mean.ts";
import type { LeastSquares } from "./levenberg-marquardt.ts";

/** One parameter's predictor: θ = Xβ + offset. */
export interface LinearPart {
  /** n × p, row-major. */
  readonly X: Float64Array;
  readonly p: number;
  /** null = 0. */
  readonly offset: Float64Array | null;
}

/**
 * Σ w_i (z_i − f(θ_i, columns_i))².
 *
 * @param kernel f and its derivatives by the parameters
 * @param weights null = 1
 */
export function pooledLeastSquares(
  kernel: MeanKernel,
  parts: readonly LinearPart[],
  columns: Readonly<Record<string, Float64Array>>,
  z: Float64Array,
  weights: Float64Array | null,
): LeastSquares & { /** θ, f and ∂f/∂θ of the last `normal`. */ readonly at: PooledState } {
  const n = z.length;
  const size = parts.reduce((sum, { p }) => sum + p, 0);
  const none = new Float64Array(0);
  const theta = parts.map(() => new Float64Array(n));
  const value = new Float64Array(n);
  const dEta = parts.map(() => new Float64Array(n));
  const J = new Float64Array(size);
  const setTheta = (beta: Float64Array) => {
    let first = 0;
    parts.forEach(({ X, p, offset }, r) => {
      const out = theta[r]!;
      for (let i = 0; i < n; i++) {
        let sum = offset ? offset[i]! : 0;
        for (let j = 0; j < p; j++) sum += X[i * p + j]! * beta[first + j]!;
        out[i] = sum;
      }
      first += p;
    });
  };
  const squares = (): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (weights ? weights[i]! : 1) * (z[i]! - value[i]!) ** 2;
    return sum;
  };
  return {
    size,
    at: { theta, value, dEta },
    value(beta) {
      setTheta(beta);
      kernel.evaluate(theta, none, n, { value }, columns);
      return squares();
    },
    normal(beta, JJ, Jr) {
      setTheta(beta);
      kernel.evaluate(theta, none, n, { value, dEta }, columns);
      JJ.fill(0);
      Jr.fill(0);
      for (let i = 0; i < n; i++) {
        const w = weights ? weights[i]! : 1;
        const r = w * (z[i]! - value[i]!);
        let first = 0;
        for (let k = 0; k < parts.length; k++) {
          const { X, p } = parts[k]!;
          const slope = dEta[k]![i]!;
          for (let j = 0; j < p; j++) J[first + j] = slope * X[i * p + j]!;
          first += p;
        }
        for (let a = 0; a < size; a++) {
          Jr[a]! += J[a]! * r;
          for (let b = 0; b <= a; b++) JJ[a * size + b]! += w * J[a]! * J[b]!;
        }
      }
      for (let a = 0; a < size; a++) for (let b = 0; b < a; b++) JJ[b * size + a] = JJ[a * size + b]!;
      const sum = squares();
      return JJ.every(Number.isFinite) ? sum : Number.NaN;
    },
  };
}

export interface PooledState {
  readonly theta: readonly Float64Array[];
  readonly value: Float64Array;
  readonly dEta: readonly Float64Array[];
}
