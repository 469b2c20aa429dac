/**
 * Structures whose entries are those of Λ itself: the lower triangle column by column (unstructured), or the diagonal. A variance of 0 and a
 * correlation of ±1 are ordinary points.
 */
import { canonicalise } from "./canonical-factor.ts";
import type { CovarianceStructure } from "./covariance-structure.ts";
import { addDirection, nullSpace } from "./null-directions.ts";
import { correlationLogDensity, correlationSize } from "./partial-correlations.ts";

export function factorEntries(kind: "us" | "diag"): CovarianceStructure {
  const diagonal = kind === "diag";
  /** The row after the last free one of a column. */
  const end = (q: number, column: number) => (diagonal ? column + 1 : q);
  const size = (q: number) => (diagonal ? q : (q * (q + 1)) / 2);

  function fill(q: number, x: Float64Array, at: number, L: Float64Array): void {
    L.fill(0, 0, q * q);
    let position = at;
    for (let column = 0; column < q; column++)
      for (let row = column; row < end(q, column); row++) L[row * q + column] = x[position++]!;
  }

  function fromFactor(q: number, L: Float64Array, x: Float64Array, at: number): void {
    let position = at;
    for (let column = 0; column < q; column++)
      for (let row = column; row < end(q, column); row++) x[position++] = L[row * q + column]!;
  }

  const factorOf = (q: number, x: Float64Array, at: number): Float64Array => {
    const L = new Float64Array(q * q);
    fill(q, x, at, L);
    return L;
  };
  const entriesOf = (q: number, L: Float64Array): Float64Array => {
    const entries = new Float64Array(size(q));
    fromFactor(q, L, entries, 0);
    return entries;
  };

  return {
    kind,
    pattern: kind,
    ofFactor: true,
    given: null,
    homogeneous: false,
    correlations: diagonal ? "none" : "free",
    signedSds: true,
    size,
    fill,
    fromFactor,
    entries(q) {
      const list: [number, number][] = [];
      for (let column = 0; column < q; column++)
        for (let row = column; row < end(q, column); row++) list.push([row, column]);
      return list;
    },
    addGradient(q, _x, at, dL, gradient) {
      let position = at;
      for (let column = 0; column < q; column++)
        for (let row = column; row < end(q, column); row++) gradient[position++]! += dL[row * q + column]!;
    },
    fold(q, x, at) {
      let position = at;
      for (let column = 0; column < q; column++) {
        const length = end(q, column) - column;
        if (x[position]! < 0) for (let i = 0; i < length; i++) x[position + i] = -x[position + i]!;
        position += length;
      }
    },
    canonicalise(q, x, at, zero) {
      if (diagonal) {
        for (let a = at; a < at + q; a++) {
          const value = Math.abs(x[a]!);
          x[a] = value <= zero ? 0 : value;
        }
        return;
      }
      const L = factorOf(q, x, at);
      canonicalise(L, q, zero);
      fromFactor(q, L, x, at);
    },
    // the entries of zero columns
    boundaryEntries(q, x, at) {
      const positions: number[] = [];
      let position = at;
      for (let column = 0; column < q; column++) {
        const length = end(q, column) - column;
        if (x[position] === 0) for (let k = 0; k < length; k++) positions.push(position + k);
        position += length;
      }
      return positions;
    },
    snapped(q, x, at, near) {
      const L = factorOf(q, x, at);
      let column = -1;
      for (let a = 0; a < q; a++) {
        const d = L[a * q + a]!;
        if (d > 0 && d < near && (column < 0 || d < L[column * q + column]!)) column = a;
      }
      if (column < 0) return null;
      L[column * q + column] = 0;
      if (!diagonal) canonicalise(L, q, 0);
      return entriesOf(q, L);
    },
    boundaryMoves(q, x, at) {
      const L = factorOf(q, x, at);
      const axes = diagonal
        ? Array.from({ length: q }, (_, a) => a)
            .filter((a) => L[a * q + a] === 0)
            .map((a) => Array.from({ length: q }, (_, k) => (k === a ? 1 : 0)))
        : nullSpace(L, q);
      return {
        count: axes.length,
        quadratic: !diagonal,
        move(weights, epsilon) {
          const v = Array.from({ length: q }, (_, k) => axes.reduce((s, axis, i) => s + weights[i]! * axis[k]!, 0));
          return entriesOf(q, addDirection(L, q, v, epsilon));
        },
      };
    },
    // steps Λ(I + δ), in which J levels have a curvature of about 2J on the diagonal of δ and J below it, whatever Λ is
    inverseCurvature(q, x, at, levels, H, stride) {
      const L = factorOf(q, x, at);
      let start = at;
      for (let column = 0; column < q; column++) {
        const length = end(q, column) - column;
        for (let a = 0; a < length; a++)
          for (let b = 0; b < length; b++) {
            let s = 0;
            for (let k = column; k <= column + Math.min(a, b); k++)
              s += (L[(column + a) * q + k]! * L[(column + b) * q + k]!) / (k === column ? 2 * levels : levels);
            H[(start + a) * stride + start + b] = s;
          }
        start += length;
      }
    },
    correlationSize: (q) => (diagonal ? 0 : correlationSize(q)),
    correlationLogDensity: (q, z, from, weight, jacobian, dz) =>
      diagonal ? 0 : correlationLogDensity(q, z, from, weight, jacobian, dz),
  };
}
