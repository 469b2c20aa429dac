/**
 * The point of least norm in the convex hull of given points (Wolfe 1976, Mathematical Programming 11, 128–149). By Gordan's theorem it tells
 * whether some direction makes an acute angle with all of them: the point itself, or, where it is 0, none.
 */
import { choleskyFactor, choleskySolve } from "./dense-cholesky.ts";

export interface MinNormPoint {
  /** The point, length k. */
  readonly point: Float64Array;
  readonly norm: number;
  /** Points of positive weight in it. */
  readonly support: readonly number[];
}

/** A weight that is none. */
const NO_WEIGHT = 1e-12;
/** Least norm that is not 0, for points of length 1. */
const ZERO = 1e-9;

/**
 * The point of least norm of the hull of `count` points of length 1 in k dimensions, count × k, row-major; it stops early at any point that makes
 * an acute angle with all.
 */
export function minNormPoint(points: Float64Array, count: number, k: number): MinNormPoint {
  const dot = (a: Float64Array, at: number, b: Float64Array, bt: number) => {
    let sum = 0;
    for (let c = 0; c < k; c++) sum += a[at + c]! * b[bt + c]!;
    return sum;
  };
  let corral = [0];
  let weights = [1];
  const point = points.slice(0, k);
  const place = () => {
    point.fill(0);
    corral.forEach((i, s) => {
      for (let c = 0; c < k; c++) point[c]! += weights[s]! * points[i * k + c]!;
    });
  };
  const end = (): MinNormPoint => ({ point, norm: Math.sqrt(dot(point, 0, point, 0)), support: corral });
  for (let round = 0; round < 20 * (k + count); round++) {
    const square = dot(point, 0, point, 0);
    if (square < ZERO * ZERO) return end();
    let worst = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const along = dot(point, 0, points, i * k);
      if (along < least) {
        least = along;
        worst = i;
      }
    }
    if (least > ZERO * Math.sqrt(square) || least >= square * (1 - 1e-12) || corral.includes(worst)) return end();
    corral.push(worst);
    weights.push(0);
    // the affine minimiser, or as far towards it as weights stay positive
    for (;;) {
      const s = corral.length;
      const gram = new Float64Array(s * s);
      for (let a = 0; a < s; a++)
        for (let b = 0; b <= a; b++) gram[a * s + b] = 1 + dot(points, corral[a]! * k, points, corral[b]! * k);
      const v = new Float64Array(s).fill(1);
      for (let a = 0; a < s; a++) gram[a * s + a]! *= 1 + 1e-14;
      if (!choleskyFactor(gram, s)) return end();
      choleskySolve(gram, s, v);
      const total = v.reduce((sum, value) => sum + value, 0);
      for (let a = 0; a < s; a++) v[a]! /= total;
      if (v.every((value) => value > NO_WEIGHT)) {
        weights = Array.from(v);
        break;
      }
      let share = 1;
      for (let a = 0; a < s; a++)
        if (v[a]! <= NO_WEIGHT) share = Math.min(share, weights[a]! / Math.max(weights[a]! - v[a]!, Number.MIN_VALUE));
      const moved = weights.map((value, a) => (1 - share) * value + share * v[a]!);
      const stay = corral.flatMap((_, a) => (moved[a]! > NO_WEIGHT ? [a] : []));
      if (stay.length === s) stay.splice(moved.indexOf(Math.min(...moved)), 1);
      const old = corral;
      corral = stay.map((a) => old[a]!);
      weights = stay.map((a) => moved[a]!);
      if (corral.length === 0) return end();
    }
    place();
  }
  return end();
}
