/**
 * Correlation matrices R = CC' by angles θ_ij, i > j, row by row of the lower triangle: C_ij = cos θ_ij Π_{k<j} sin θ_ik and
 * C_ii = Π_{k<i} sin θ_ik (Pinheiro & Bates 1996, Statistics and Computing 6, 289–296, section 2.3), so that cos θ_ij is the partial
 * correlation of i and j given 0 … j − 1 of `partial-correlations.ts`. R is smooth in all angles, and singular matrices are ordinary points.
 */
import { canonicalise } from "./canonical-factor.ts";
import type { Correlations } from "./correlations.ts";
import type { Boundary } from "./covariance-structure.ts";
import { unstructuredPrior } from "./lkj.ts";
import { addDirection, nullSpace } from "./null-directions.ts";
import { correlationSize } from "./partial-correlations.ts";

const RIGHT_ANGLE = Math.PI / 2;

// exact at the angles of partial correlations of ±1 and 0, so that singular factors have true zeros
const sine = (angle: number): number => (angle === 0 || angle === Math.PI ? 0 : Math.sin(angle));
const cosine = (angle: number): number => (angle === RIGHT_ANGLE ? 0 : Math.cos(angle));

function fill(q: number, x: Float64Array, at: number, C: Float64Array): void {
  let position = at;
  for (let i = 0; i < q; i++) {
    let rest = 1;
    for (let j = 0; j < i; j++) {
      const angle = x[position++]!;
      C[i * q + j] = rest * cosine(angle);
      rest *= sine(angle);
    }
    C[i * q + i] = rest;
    for (let j = i + 1; j < q; j++) C[i * q + j] = 0;
  }
}

/** The angles in [0, π] of a factor with a diagonal of 0 or more; the lengths of its rows do not matter. */
function anglesOf(q: number, C: Float64Array, x: Float64Array, at: number): void {
  for (let i = 1; i < q; i++) {
    const row = at + correlationSize(i);
    let below = C[i * q + i]!;
    for (let j = i - 1; j >= 0; j--) {
      const entry = C[i * q + j]!;
      x[row + j] = below === 0 && entry === 0 ? RIGHT_ANGLE : Math.atan2(below, entry);
      below = Math.hypot(below, entry);
    }
  }
}

const factorOf = (q: number, x: Float64Array, at: number): Float64Array => {
  const C = new Float64Array(q * q);
  fill(q, x, at, C);
  return C;
};

/** Angles of their own, of a factor made canonical. */
function canonicalAngles(q: number, C: Float64Array, zero: number): Float64Array {
  canonicalise(C, q, zero);
  const angles = new Float64Array(correlationSize(q));
  anglesOf(q, C, angles, 0);
  return angles;
}

/** One angle a pair, q(q − 1)/2; a posterior's coordinates are atanh cos θ, those of the partial correlations. */
export const correlationAngles = (q: number): Correlations => {
  const size = correlationSize(q);
  return {
    size,
    fill: (x, at, C) => fill(q, x, at, C),
    pullback(x, at, dC, gradient) {
      for (let i = 1; i < q; i++) {
        const row = at + correlationSize(i);
        // the derivative in the product of sines up to column j, from the diagonal back
        let below = dC[i * q + i]!;
        for (let j = i - 1; j >= 0; j--) {
          const angle = x[row + j]!;
          let rest = 1;
          for (let k = 0; k < j; k++) rest *= sine(x[row + k]!);
          gradient[row + j]! += rest * (below * cosine(angle) - dC[i * q + j]! * sine(angle));
          below = dC[i * q + j]! * cosine(angle) + below * sine(angle);
        }
      }
    },
    // the lengths of rows do not matter
    fromFactor(L, _scale, x, at) {
      const copy = L.slice(0, q * q);
      canonicalise(copy, q, 0);
      anglesOf(q, copy, x, at);
    },
    canonicalise(x, at, zero) {
      x.set(canonicalAngles(q, factorOf(q, x, at), zero), at);
    },
    // at a correlation of 0 levels have a curvature of 1 each
    inverseCurvature(_x, at, levels, H, stride) {
      for (let k = 0; k < size; k++) H[(at + k) * (stride + 1)] = 1 / levels;
    },
    boundary: boundaryOfAngles(q),
    distance(x, at) {
      const C = factorOf(q, x, at);
      return Math.min(...Array.from({ length: q }, (_, a) => C[a * q + a]!));
    },
    corners: [new Float64Array(size), new Float64Array(size).fill(RIGHT_ANGLE)],
    toEntries(z, from, x, at) {
      for (let k = 0; k < size; k++) x[at + k] = 2 * Math.atan(Math.exp(-z[from + k]!));
    },
    // canonical angles lie in [0, π]; at ±14 the partial correlation is ±1 up to 1e-12
    toCoordinates(x, at, z, from) {
      for (let k = 0; k < size; k++) z[from + k] = Math.max(-14, Math.min(14, Math.atanh(Math.cos(x[at + k]!))));
    },
    pullbackCoordinates(z, from, dx, at, dz) {
      for (let k = 0; k < size; k++) dz[from + k]! -= dx[at + k]! / Math.cosh(z[from + k]!);
    },
    prior: unstructuredPrior(q),
  };
};

const boundaryOfAngles = (q: number): Boundary => ({
  // an angle of 0 or π, those after it in its row, and those of the column that it makes zero
  entries(x, at) {
    const C = factorOf(q, x, at);
    const positions: number[] = [];
    for (let i = 1; i < q; i++) {
      let ended = false;
      for (let j = 0; j < i; j++) {
        const position = at + correlationSize(i) + j;
        ended ||= sine(x[position]!) === 0;
        if (ended || C[j * q + j] === 0) positions.push(position);
      }
    }
    return positions;
  },
  snapped(x, at, near) {
    const C = factorOf(q, x, at);
    let row = -1;
    for (let a = 1; a < q; a++) {
      const d = C[a * q + a]!;
      if (d > 0 && d < near && (row < 0 || d < C[row * q + row]!)) row = a;
    }
    if (row < 0) return null;
    C[row * q + row] = 0;
    return canonicalAngles(q, C, 0);
  },
  // R + ε²vv' with its diagonal brought back to 1
  moves(x, at) {
    const C = factorOf(q, x, at);
    const axes = nullSpace(C, q);
    return {
      count: axes.length,
      quadratic: true,
      move(weights, epsilon) {
        const v = Array.from({ length: q }, (_, k) => axes.reduce((s, axis, i) => s + weights[i]! * axis[k]!, 0));
        return canonicalAngles(q, addDirection(C, q, v, epsilon), 0);
      },
    };
  },
});
