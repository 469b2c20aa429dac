/**
 * Metrics that are diagonal but for a few directions: Σ = S(I + U(Λ − I)U')S, S = diag(scales), U orthonormal (dim × rank). Cost of a
 * product is dim × rank.
 */
import type { Rng } from "../random/rng.ts";
import type { Metric } from "./metric.ts";

/** Most directions a low-rank metric keeps. */
export const MOST_DIRECTIONS = 24;

/** Length of the flat form: dim scales, the rank, MOST_DIRECTIONS eigenvalues, MOST_DIRECTIONS × dim directions. */
export const lowRankSize = (dim: number): number => dim + 1 + MOST_DIRECTIONS * (dim + 1);

/** Writes scales, eigenvalues and directions (rank × dim, row-major) into the flat form. */
export function writeLowRank(
  scales: Float64Array,
  eigenvalues: readonly number[],
  directions: readonly Float64Array[],
  out: Float64Array,
): void {
  const dim = scales.length;
  out.fill(0);
  out.set(scales);
  out[dim] = eigenvalues.length;
  eigenvalues.forEach((value, k) => {
    out[dim + 1 + k] = value;
    out.set(directions[k]!, dim + 1 + MOST_DIRECTIONS + k * dim);
  });
}

/** The metric of a flat form of length `lowRankSize(dim)`. */
export function lowRankMetric(values: Float64Array, dim: number): Metric {
  const scales = values.subarray(0, dim);
  const rank = values[dim]!;
  const eigenvalues = values.subarray(dim + 1, dim + 1 + rank);
  const direction = (k: number) =>
    values.subarray(dim + 1 + MOST_DIRECTIONS + k * dim, dim + 1 + MOST_DIRECTIONS + (k + 1) * dim);
  const directions = Array.from({ length: rank }, (_, k) => direction(k));
  const work = new Float64Array(dim);
  /** x ← x + U(f(λ) − 1)U'x. */
  const stretch = (x: Float64Array, power: number) => {
    for (let k = 0; k < rank; k++) {
      const u = directions[k]!;
      let dot = 0;
      for (let i = 0; i < dim; i++) dot += u[i]! * x[i]!;
      dot *= eigenvalues[k]! ** power - 1;
      for (let i = 0; i < dim; i++) x[i]! += dot * u[i]!;
    }
  };
  return {
    dim,
    kind: "low-rank",
    velocity(p, out) {
      for (let i = 0; i < dim; i++) work[i] = p[i]! * scales[i]!;
      stretch(work, 1);
      for (let i = 0; i < dim; i++) out[i] = work[i]! * scales[i]!;
    },
    drawMomentum(rng: Rng, out) {
      for (let i = 0; i < dim; i++) out[i] = rng.normal();
      stretch(out, -0.5);
      for (let i = 0; i < dim; i++) out[i]! /= scales[i]!;
    },
    drawDisplacement(rng: Rng, out) {
      for (let i = 0; i < dim; i++) out[i] = rng.normal();
      stretch(out, 0.5);
      for (let i = 0; i < dim; i++) out[i]! *= scales[i]!;
    },
  };
}
