/** The rows of a model in the order an integral works through them, with the kernel bound to that order. */
import { affineProduct } from "../../linalg/design-product.ts";
import type { BoundKernel, GroupFunction, GroupFunctions, ObservationKernel } from "../../model/observation-kernel.ts";
import type { IntegralData } from "../integral-data.ts";

export interface OrderedRows {
  readonly n: number;
  /** Number of predictors. */
  readonly K: number;
  /** Number of global parameters. */
  readonly globals: number;
  /** Row i here is row `order[i]` of the data. */
  readonly order: Int32Array;
  /** Fixed-effects design of each predictor: n × p, row-major. */
  readonly X: readonly Float64Array[];
  readonly offset: readonly Float64Array[];
  readonly beta: readonly { readonly offset: number; readonly size: number }[];
  readonly kernel: BoundKernel;
  /** The kernel's row functions over many groups in one call. */
  readonly byGroup: GroupFunctions;
  /** Xβ + offset of each predictor at the parameters last set. */
  readonly fixedPart: readonly Float64Array[];
  /** φ at the parameters last set. */
  readonly phi: Float64Array;
  readonly phiOffset: number;
}

/** A copy of the rows of a row-major matrix in the given order. */
export function reorder(matrix: Float64Array, columns: number, order: Int32Array): Float64Array {
  const out = new Float64Array(order.length * columns);
  for (let i = 0; i < order.length; i++) {
    const from = order[i]! * columns;
    for (let c = 0; c < columns; c++) out[i * columns + c] = matrix[from + c]!;
  }
  return out;
}

/** A kernel's row functions group by group, for kernels that have none over many groups. */
function loopOverGroups(kernel: BoundKernel, globals: number): GroupFunctions {
  const looped =
    (kind: "value" | "score" | "curvature" | "adjoint"): GroupFunction =>
    (start, from, to, mask, wanted, out) => {
      for (let g = from; g < to; g++) {
        if (mask !== null && mask[g] !== wanted) continue;
        out[g * (1 + globals)] = kernel[kind](start[g]!, start[g + 1]!);
        for (let p = 0; p < globals; p++) out[g * (1 + globals) + 1 + p] = kernel.dPhi[p]!;
      }
    };
  return { value: looped("value"), score: looped("score"), curvature: looped("curvature"), adjoint: looped("adjoint") };
}

/** Lays out the rows of `data` in `order` and binds the kernel to them. */
export function orderRows(data: IntegralData, kernel: ObservationKernel, order: Int32Array): OrderedRows {
  const { n, layout, predictors } = data;
  const columns: Record<string, Float64Array> = {};
  for (const [name, values] of Object.entries(data.columns)) columns[name] = reorder(values, 1, order);
  const bound = kernel.bind(columns, n, data.multiplier && reorder(data.multiplier, 1, order));
  return {
    n,
    K: predictors.length,
    globals: layout.phi.size,
    order,
    X: predictors.map((predictor, r) => reorder(predictor.X, layout.beta[r]!.size, order)),
    offset: predictors.map((predictor) => reorder(predictor.offset, 1, order)),
    beta: layout.beta,
    kernel: bound,
    byGroup: bound.byGroup ?? loopOverGroups(bound, layout.phi.size),
    fixedPart: predictors.map(() => new Float64Array(n)),
    phi: new Float64Array(layout.phi.size),
    phiOffset: layout.phi.offset,
  };
}

/** Computes the fixed part of every predictor (also into the kernel's η) and hands φ to the kernel. */
export function setFixedPart(rows: OrderedRows, x: Float64Array): void {
  const { n, kernel, phi } = rows;
  for (let g = 0; g < phi.length; g++) phi[g] = x[rows.phiOffset + g]!;
  kernel.setParameters(phi);
  for (let r = 0; r < rows.K; r++) {
    const { offset: first, size: p } = rows.beta[r]!;
    const out = rows.fixedPart[r]!;
    affineProduct(rows.X[r]!, n, p, x, first, rows.offset[r]!, out);
    kernel.eta[r]!.set(out);
  }
}

/** What an operation may be off by, relative to its operands, some operations one after another. */
const ROUNDING = 4 * Number.EPSILON;

/**
 * The rounding error to expect in Σ ℓ_i over rows from ≤ i < to, from the η and ℓ_r that the kernel holds: |ℓ_r|·|η_r| a unit in the last place.
 * Large counts have |ℓ_r| of the order of their root, so that the error may exceed any fixed fraction of the sum.
 */
export function roundingOf({ kernel, K }: OrderedRows, from: number, to: number): number {
  let sum = 0;
  for (let r = 0; r < K; r++) {
    const eta = kernel.eta[r]!;
    const d1 = kernel.d1[r]!;
    for (let i = from; i < to; i++) sum += Math.abs(d1[i]!) * (1 + Math.abs(eta[i]!));
  }
  return ROUNDING * sum;
}

/** Adds X_r'd over rows from ≤ i < to to the β_r entries of `gradient`. */
export function addFixedGradient(
  rows: OrderedRows,
  r: number,
  d: Float64Array,
  from: number,
  to: number,
  gradient: Float64Array,
): void {
  const { offset: first, size: p } = rows.beta[r]!;
  const X = rows.X[r]!;
  for (let i = from, at = from * p; i < to; i++) {
    const slope = d[i]!;
    for (let c = 0; c < p; c++) gradient[first + c]! += slope * X[at++]!;
  }
}
