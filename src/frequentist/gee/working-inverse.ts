/**
 * The inverses R⁻¹ of the working correlation, written R⁻¹ = W' diag(d) W: cross-products Z'R⁻¹Z are then sums over the rows of WZ with
 * weights d, so that the rows of many clusters of any size and pattern can be added up together.
 */

import type { RowBlock } from "../../linalg/cross-products.ts";
import { choleskyFactor, symmetrise } from "../../linalg/dense-cholesky.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import type { Clusters } from "./clusters.ts";
import type { CorrelationParameters } from "./correlation-parameters.ts";
import type { WorkingCorrelation } from "./method.ts";

/** An eigenvalue this small beside the largest makes R singular. */
const SINGULAR = 1e-14;

/** The inverses of all patterns of occasions. */
export interface WorkingInverse {
  /** Rows of WZ that a cluster has beyond those of Z. */
  readonly extra: 0 | 1;
  /** Recomputes at α; false where R is singular for some pattern. */
  update(alpha: Float64Array): boolean;
  /** Number of patterns whose R is not positive definite at the last α. */
  indefinite(): number;
  /**
   * Replaces the rows Z of the clusters from ≤ c < to, one after another from the first place of the block, by those of WZ and fills in
   * their weights d.
   *
   * @returns the number of rows now in the block
   */
  whiten(block: RowBlock, from: number, to: number): number;
}

function identity({ start }: Clusters): WorkingInverse {
  return {
    extra: 0,
    update: () => true,
    indefinite: () => 0,
    whiten({ weight }, from, to) {
      const rows = start[to]! - start[from]!;
      weight.fill(1, 0, rows);
      return rows;
    },
  };
}

/** R⁻¹ = (I − c·11')/(1 − α) with c = α/(1 + (m − 1)α): the rows themselves, and their sum. */
function exchangeable({ start, patternOf, patterns }: Clusters): WorkingInverse {
  const factor = new Float64Array(patterns.length).fill(1);
  const share = new Float64Array(patterns.length);
  let indefinite = 0;
  return {
    extra: 1,
    update([a]) {
      indefinite = 0;
      patterns.forEach(({ positions: { length: m } }, h) => {
        if (m === 1) return;
        const trace = 1 + (m - 1) * a!;
        if (!(a! < 1 && trace > 0)) indefinite++;
        factor[h] = 1 / (1 - a!);
        share[h] = -a! / trace / (1 - a!);
      });
      return factor.every(Number.isFinite) && share.every(Number.isFinite);
    },
    indefinite: () => indefinite,
    whiten({ values, weight, stride, q }, from, to) {
      const first = start[from]!;
      const rows = start[to]! - first;
      for (let c = from; c < to; c++) {
        const h = patternOf[c]!;
        const w = factor[h]!;
        const end = start[c + 1]! - first;
        for (let i = start[c]! - first; i < end; i++) weight[i] = w;
        weight[rows + c - from] = share[h]!;
      }
      for (let a = 0; a < q; a++) {
        const column = a * stride;
        let i = column;
        for (let c = from; c < to; c++) {
          const end = column + start[c + 1]! - first;
          let sum = 0;
          for (; i < end; i++) sum += values[i]!;
          values[column + rows + c - from] = sum;
        }
      }
      return rows + to - from;
    },
  };
}

/** The inverse of α^|t_j − t_k| is tridiagonal: with ρ_j = α^(t_j − t_{j−1}), the innovations z_j − ρ_j z_{j−1} are independent. */
function markov({ start, patternOf, patterns, largest }: Clusters, capacity: number): WorkingInverse {
  const rho = patterns.map(({ times }) => new Float64Array(times.length));
  const precision = patterns.map(({ times }) => new Float64Array(times.length).fill(1));
  const before = new Float64Array(Math.max(capacity, largest));
  return {
    extra: 0,
    update([a]) {
      let stable = true;
      patterns.forEach(({ times }, h) => {
        for (let j = 1; j < times.length; j++) {
          const r = a! ** (times[j]! - times[j - 1]!);
          rho[h]![j] = r;
          precision[h]![j] = 1 / (1 - r * r);
          stable &&= Math.abs(r) < 1;
        }
      });
      return stable;
    },
    indefinite: () => 0,
    whiten({ values, weight, stride, q }, from, to) {
      const first = start[from]!;
      const rows = start[to]! - first;
      for (let c = from; c < to; c++) {
        const own = rho[patternOf[c]!]!;
        const d = precision[patternOf[c]!]!;
        const at = start[c]! - first;
        for (let j = 0; j < own.length; j++) {
          before[at + j] = own[j]!;
          weight[at + j] = d[j]!;
        }
      }
      for (let a = 0; a < q; a++) {
        const column = a * stride;
        for (let i = rows - 1; i > 0; i--) values[column + i]! -= before[i]! * values[column + i - 1]!;
      }
      return rows;
    },
  };
}

/** W and d of a full R: L⁻¹ and 1 where R = LL'; where R is not positive definite the equations are defined too, by its eigenvectors. */
interface DenseInverse {
  readonly L: Float64Array;
  /** Eigenvectors as columns, and eigenvalues, where there is no L. */
  readonly vectors: Float64Array | null;
  readonly values: Float64Array;
}

function decompose(R: Float64Array, m: number): DenseInverse | null {
  const L = R.slice();
  const values = new Float64Array(m).fill(1);
  if (choleskyFactor(L, m)) return { L, vectors: null, values };
  L.set(R);
  symmetrise(L, m);
  const vectors = new Float64Array(m * m);
  symmetricEigen(L, m, vectors);
  for (let j = 0; j < m; j++) values[j] = L[j * m + j]!;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return values.every((value) => Math.abs(value) > SINGULAR * largest) ? { L, vectors, values } : null;
}

/** @param fill R of a pattern at α, lower triangle */
function dense(
  { start, patternOf, patterns, largest }: Clusters,
  fill: (h: number, alpha: Float64Array, R: Float64Array) => void,
): WorkingInverse {
  const R = patterns.map(({ positions }) => new Float64Array(positions.length ** 2));
  const column = new Float64Array(largest);
  let inverses: DenseInverse[] = [];
  return {
    extra: 0,
    update(alpha) {
      const found = patterns.map(({ positions }, h) => {
        fill(h, alpha, R[h]!);
        return decompose(R[h]!, positions.length);
      });
      if (!found.every((inverse) => inverse !== null)) return false;
      inverses = found;
      return true;
    },
    indefinite: () => inverses.reduce((sum, { vectors }) => sum + (vectors ? 1 : 0), 0),
    whiten({ values, weight, stride, q }, from, to) {
      const first = start[from]!;
      for (let c = from; c < to; c++) {
        const at = start[c]! - first;
        const m = start[c + 1]! - start[c]!;
        const { L, vectors, values: d } = inverses[patternOf[c]!]!;
        for (let j = 0; j < m; j++) weight[at + j] = 1 / d[j]!;
        for (let a = 0; a < q; a++) {
          const place = a * stride + at;
          if (vectors === null) {
            for (let j = 0; j < m; j++) {
              let s = values[place + j]!;
              for (let k = 0; k < j; k++) s -= L[j * m + k]! * values[place + k]!;
              values[place + j] = s / L[j * m + j]!;
            }
            continue;
          }
          for (let j = 0; j < m; j++) {
            let s = 0;
            for (let k = 0; k < m; k++) s += vectors[k * m + j]! * values[place + k]!;
            column[j] = s;
          }
          for (let j = 0; j < m; j++) values[place + j] = column[j]!;
        }
      }
      return start[to]! - first;
    },
  };
}

/**
 * The inverses of a working correlation for these clusters.
 *
 * @param capacity the most rows that are whitened together, unless one cluster has more
 */
export function workingInverse(
  correlation: WorkingCorrelation,
  clusters: Clusters,
  { slotOf }: CorrelationParameters,
  capacity: number,
): WorkingInverse {
  switch (correlation.kind) {
    case "independence":
      return identity(clusters);
    case "exchangeable":
      return exchangeable(clusters);
    case "ar1":
      return markov(clusters, capacity);
    case "fixed":
      return dense(clusters, (h, _alpha, R) => {
        const { positions } = clusters.patterns[h]!;
        const m = positions.length;
        for (let j = 0; j < m; j++)
          for (let k = 0; k <= j; k++) R[j * m + k] = correlation.matrix[positions[j]!]![positions[k]!]!;
      });
    default:
      return dense(clusters, (h, alpha, R) => {
        const m = clusters.patterns[h]!.positions.length;
        const slots = slotOf![h]!;
        let place = 0;
        for (let j = 0; j < m; j++) {
          R[j * m + j] = 1;
          for (let k = j + 1; k < m; k++) {
            const slot = slots[place++]!;
            R[k * m + j] = slot < 0 ? 0 : alpha[slot]!;
          }
        }
      });
  }
}
