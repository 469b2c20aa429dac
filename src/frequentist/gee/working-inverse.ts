/** The inverses R⁻¹ of the working correlation, one for each pattern of occasions, applied without forming them where a formula does. */
import { inverse, Matrix } from "ml-matrix";
import { choleskyFactor, choleskyInverse, symmetrise } from "../../linalg/dense-cholesky.ts";
import type { Clusters, Pattern } from "./clusters.ts";
import type { CorrelationParameters } from "./correlation-parameters.ts";
import type { WorkingCorrelation } from "./method.ts";

export interface WorkingInverse {
  /** R of this pattern at the α last set is positive definite. */
  readonly definite: boolean;
  /** Recomputes at α; false where R is singular. */
  update(alpha: Float64Array): boolean;
  /** out = R⁻¹x for m × columns row-major arrays. */
  apply(x: Float64Array, columns: number, out: Float64Array): void;
}

function identity(m: number): WorkingInverse {
  return {
    definite: true,
    update: () => true,
    apply(x, columns, out) {
      for (let i = 0; i < m * columns; i++) out[i] = x[i]!;
    },
  };
}

/** R⁻¹x = (x − c·Σx)/(1 − α) with c = α/(1 + (m − 1)α). */
function exchangeable(m: number): WorkingInverse {
  let factor = 1;
  let share = 0;
  let definite = true;
  return {
    get definite() {
      return definite;
    },
    update(alpha) {
      const a = m > 1 ? alpha[0]! : 0;
      const trace = 1 + (m - 1) * a;
      definite = a < 1 && trace > 0;
      factor = 1 / (1 - a);
      share = a / trace;
      return Number.isFinite(factor) && Number.isFinite(share);
    },
    apply(x, columns, out) {
      for (let c = 0; c < columns; c++) {
        let sum = 0;
        for (let i = c; i < m * columns; i += columns) sum += x[i]!;
        sum *= share;
        for (let i = c; i < m * columns; i += columns) out[i] = factor * (x[i]! - sum);
      }
    },
  };
}

/** The inverse of α^|t_j − t_k| is tridiagonal: with ρ_j = α^(t_j − t_{j−1}), the process is Markov. */
function markov({ times }: Pattern): WorkingInverse {
  const m = times.length;
  const rho = new Float64Array(m);
  return {
    definite: true,
    update(alpha) {
      for (let j = 1; j < m; j++) rho[j] = alpha[0]! ** (times[j]! - times[j - 1]!);
      return rho.every((r) => Math.abs(r) < 1);
    },
    apply(x, columns, out) {
      for (let c = 0; c < columns; c++) out[c] = x[c]!;
      for (let j = 1; j < m; j++) {
        const r = rho[j]!;
        const precision = 1 / (1 - r * r);
        const row = j * columns;
        for (let c = 0; c < columns; c++) {
          const innovation = precision * (x[row + c]! - r * x[row - columns + c]!);
          out[row + c] = innovation;
          out[row - columns + c]! -= r * innovation;
        }
      }
    },
  };
}

/** A full inverse, by Cholesky; where R is not positive definite by LU, since the equations are defined there too. */
function dense(m: number, fill: (alpha: Float64Array, R: Float64Array) => void): WorkingInverse {
  const K = new Float64Array(m * m);
  let definite = true;
  return {
    get definite() {
      return definite;
    },
    update(alpha) {
      fill(alpha, K);
      definite = choleskyFactor(K, m);
      if (definite) {
        choleskyInverse(K, m);
        symmetrise(K, m);
        return true;
      }
      fill(alpha, K);
      symmetrise(K, m);
      try {
        const found = inverse(
          new Matrix(Array.from({ length: m }, (_, j) => Array.from(K.subarray(j * m, (j + 1) * m)))),
        );
        for (let j = 0; j < m; j++) for (let k = 0; k < m; k++) K[j * m + k] = found.get(j, k);
      } catch {
        return false;
      }
      return K.every(Number.isFinite);
    },
    apply(x, columns, out) {
      for (let j = 0; j < m; j++) {
        const row = j * columns;
        for (let c = 0; c < columns; c++) out[row + c] = 0;
        for (let k = 0; k < m; k++) {
          const r = K[j * m + k]!;
          const other = k * columns;
          for (let c = 0; c < columns; c++) out[row + c]! += r * x[other + c]!;
        }
      }
    },
  };
}

/** One inverse for each pattern. */
export function workingInverses(
  correlation: WorkingCorrelation,
  { patterns }: Clusters,
  { slotOf }: CorrelationParameters,
): WorkingInverse[] {
  return patterns.map((pattern, h): WorkingInverse => {
    const { positions } = pattern;
    const m = positions.length;
    switch (correlation.kind) {
      case "independence":
        return identity(m);
      case "exchangeable":
        return exchangeable(m);
      case "ar1":
        return markov(pattern);
      case "fixed":
        return dense(m, (_alpha, R) => {
          for (let j = 0; j < m; j++)
            for (let k = 0; k <= j; k++) R[j * m + k] = correlation.matrix[positions[j]!]![positions[k]!]!;
        });
      default:
        return dense(m, (alpha, R) => {
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
  });
}
