/** Estimates of the metric from the draws of a warm-up window. */

/** What an estimator has summed up: plain data. */
export interface MetricEstimatorState {
  readonly count: number;
  readonly sums: readonly Float64Array[];
}

export interface MetricEstimator {
  readonly count: number;
  add(q: Float64Array, gradient: Float64Array): void;
  reset(): void;
  /** Overwrites `out` (dim variances, or a dim × dim covariance) with the estimate. */
  estimate(out: Float64Array): void;
  state(): MetricEstimatorState;
  /** Goes on from what `state()` returned. */
  restore(state: MetricEstimatorState): void;
}

/** Copies each array of `from` into the one of `to` at its place. */
function copyAll(from: readonly Float64Array[], to: readonly Float64Array[]): void {
  from.forEach((values, i) => {
    to[i]!.set(values);
  });
}

/**
 * Diagonal metric Σ_ii = √(var(q_i)/var(g_i)), the diagonal that minimises the Fisher divergence of the rescaled posterior from a
 * standard normal (Seyboldt, Carlson & Carpenter 2026, "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence").
 * Falls back to the variance where a gradient does not vary.
 */
export function fisherDiagonal(dim: number): MetricEstimator {
  const meanQ = new Float64Array(dim);
  const meanG = new Float64Array(dim);
  const squareQ = new Float64Array(dim);
  const squareG = new Float64Array(dim);
  const all = [meanQ, meanG, squareQ, squareG];
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(q, gradient) {
      count++;
      for (let i = 0; i < dim; i++) {
        const dq = q[i]! - meanQ[i]!;
        meanQ[i]! += dq / count;
        squareQ[i]! += dq * (q[i]! - meanQ[i]!);
        const dg = gradient[i]! - meanG[i]!;
        meanG[i]! += dg / count;
        squareG[i]! += dg * (gradient[i]! - meanG[i]!);
      }
    },
    reset() {
      count = 0;
      for (const sums of all) sums.fill(0);
    },
    state: () => ({ count, sums: all.map((sums) => sums.slice()) }),
    restore(state) {
      count = state.count;
      copyAll(state.sums, all);
    },
    estimate(out) {
      for (let i = 0; i < dim; i++) {
        const ratio = Math.sqrt(squareQ[i]! / squareG[i]!);
        const variance = squareQ[i]! / Math.max(1, count - 1);
        const value = ratio > 0 && Number.isFinite(ratio) ? ratio : variance;
        if (value > 1e-12 && value < 1e12) out[i] = value;
      }
    },
  };
}

/**
 * Dense metric: the sample covariance of a window, shrunk towards the estimate of the window before as if that were dim + 5 further draws;
 * at first towards `initial` (the inverse Hessian at the mode).
 */
export function shrunkCovariance(dim: number, initial: Float64Array): MetricEstimator {
  const prior = initial.slice();
  const mean = new Float64Array(dim);
  const delta = new Float64Array(dim);
  const sums = new Float64Array(dim * dim);
  const all = [prior, mean, sums];
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(q) {
      count++;
      for (let i = 0; i < dim; i++) {
        delta[i] = q[i]! - mean[i]!;
        mean[i]! += delta[i]! / count;
      }
      for (let i = 0; i < dim; i++) for (let j = 0; j <= i; j++) sums[i * dim + j]! += delta[i]! * (q[j]! - mean[j]!);
    },
    reset() {
      count = 0;
      mean.fill(0);
      sums.fill(0);
    },
    state: () => ({ count, sums: all.map((values) => values.slice()) }),
    restore(state) {
      count = state.count;
      copyAll(state.sums, all);
    },
    estimate(out) {
      const pseudo = dim + 5;
      const total = count - 1 + pseudo;
      for (let i = 0; i < dim; i++)
        for (let j = 0; j <= i; j++) {
          const value = (sums[i * dim + j]! + pseudo * prior[i * dim + j]!) / total;
          out[i * dim + j] = value;
          out[j * dim + i] = value;
        }
      prior.set(out);
    },
  };
}
