/** Expectations over rows' random effects as sums over nodes: Σ w m(η + Lx), with what the derivatives need. */
import { type ConditionalMean, type MeanBuffers, meanBuffers } from "./conditional-mean.ts";
import type { RowFactors } from "./row-factor.ts";

/** Sums over nodes for n rows; `add` is called once a node. */
export interface RowExpectation {
  readonly n: number;
  /** E m, a value a row. */
  readonly value: Float64Array;
  /** E m². */
  readonly square: Float64Array;
  /** E ∂m/∂η_r and E ∂m/∂φ_g; zeros after sums without derivatives. */
  readonly dEta: readonly Float64Array[];
  readonly dPhi: readonly Float64Array[];
  /** E[∂m/∂η_r x_c] of the r-th integrated predictor at (i·K + r)·d + c. */
  readonly slopes: Float64Array;
  /** The part of a difference between two of row i's averages that may be rounding, √E m² being `size`. */
  rounding(i: number, size: number): number;
  clear(): void;
  /** Adds `weight` times the mean at the node x, a coordinate a direction. */
  add(x: Float64Array, weight: number, derivatives: boolean): void;
  /** Adds `weight` times the sums of another. */
  addMean(other: RowExpectation, weight: number): void;
}

/**
 * @param integrated the predictors with random effects, in the order of `factors`
 */
export function rowExpectation(
  mean: ConditionalMean,
  eta: readonly Float64Array[],
  integrated: readonly number[],
  factors: RowFactors,
  phi: Float64Array,
  n: number,
  columns: Readonly<Record<string, Float64Array>> | undefined,
): RowExpectation {
  const { L, directions: d } = factors;
  const K = integrated.length;
  const node: MeanBuffers = meanBuffers(n, mean.predictors, mean.globals);
  const shifted = eta.map((values, r) => (integrated.includes(r) ? new Float64Array(n) : values));
  const value = new Float64Array(n);
  const square = new Float64Array(n);
  const make = (count: number) => Array.from({ length: count }, () => new Float64Array(n));
  const dEta = make(mean.predictors);
  const dPhi = make(mean.globals);
  const slopes = new Float64Array(n * K * d);
  const everything = (one: Pick<RowExpectation, "value" | "square" | "slopes" | "dEta" | "dPhi">) => [
    one.value,
    one.square,
    one.slopes,
    ...one.dEta,
    ...one.dPhi,
  ];
  const own = everything({ value, square, slopes, dEta, dPhi });
  return {
    n,
    value,
    square,
    dEta,
    dPhi,
    slopes,
    rounding: (i, size) => mean.rounding?.(i, size) ?? 0,
    clear() {
      for (const sums of own) sums.fill(0);
    },
    addMean(other, weight) {
      everything(other).forEach((sums, k) => {
        accumulate(own[k]!, sums, weight, sums.length);
      });
    },
    add(x, weight, derivatives) {
      for (let k = 0; k < K; k++) {
        const from = eta[integrated[k]!]!;
        const to = shifted[integrated[k]!]!;
        for (let i = 0; i < n; i++) {
          let sum = from[i]!;
          for (let c = 0; c < d; c++) sum += L[(i * K + k) * d + c]! * x[c]!;
          to[i] = sum;
        }
      }
      mean.evaluate(shifted, phi, n, node, columns);
      for (let i = 0; i < n; i++) {
        const m = node.value[i]!;
        value[i]! += weight * m;
        square[i]! += weight * m * m;
      }
      if (!derivatives) return;
      for (let r = 0; r < mean.predictors; r++) accumulate(dEta[r]!, node.dEta[r]!, weight, n);
      for (let g = 0; g < mean.globals; g++) accumulate(dPhi[g]!, node.dPhi[g]!, weight, n);
      for (let k = 0; k < K; k++) {
        const slope = node.dEta[integrated[k]!]!;
        for (let c = 0; c < d; c++) {
          const scaled = weight * x[c]!;
          for (let i = 0; i < n; i++) slopes[(i * K + k) * d + c]! += scaled * slope[i]!;
        }
      }
    },
  };
}

function accumulate(total: Float64Array, term: Float64Array, weight: number, n: number): void {
  for (let i = 0; i < n; i++) total[i]! += weight * term[i]!;
}
