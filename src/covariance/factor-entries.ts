/**
 * Structures whose entries are those of Λ itself: the lower triangle column by column (unstructured), or the diagonal. A variance of 0 and a
 * correlation of ±1 are ordinary points.
 */
import { canonicalise } from "./canonical-factor.ts";
import { correlationAngles } from "./correlation-angles.ts";
import { independent } from "./correlations.ts";
import type { Boundary, BoundStructure, CovarianceStructure, ParameterLabel } from "./covariance-structure.ts";
import { factorTransform } from "./factor-transform.ts";
import { unstructuredPrior } from "./lkj.ts";
import { addDirection, nullSpace } from "./null-directions.ts";
import { withGivenSds } from "./scaled-correlations.ts";

/** @param diagonal whether effects are independent */
export const factorEntries = (
  words: Pick<CovarianceStructure, "meaning" | "statement">,
  diagonal: boolean,
): CovarianceStructure => ({
  ...words,
  diagonal,
  bind: (name, { q, sd }) =>
    sd
      ? withGivenSds(
          { name, q, diagonal, absorbsResidual: true, summarised: false },
          diagonal ? independent(q) : correlationAngles(q),
          sd,
        )
      : withEntries(name, q, diagonal),
});

/** How the entries of Λ are laid out. */
interface Entries {
  readonly q: number;
  readonly diagonal: boolean;
  readonly size: number;
}

/** The row after the last free one of a column. */
const end = (s: Entries, column: number): number => (s.diagonal ? column + 1 : s.q);

function fill(s: Entries, x: Float64Array, at: number, L: Float64Array): void {
  const { q } = s;
  L.fill(0, 0, q * q);
  let position = at;
  for (let column = 0; column < q; column++)
    for (let row = column; row < end(s, column); row++) L[row * q + column] = x[position++]!;
}

function fromFactor(s: Entries, L: Float64Array, x: Float64Array, at: number): void {
  const { q } = s;
  let position = at;
  for (let column = 0; column < q; column++)
    for (let row = column; row < end(s, column); row++) x[position++] = L[row * q + column]!;
}

function factorOf(s: Entries, x: Float64Array, at: number): Float64Array {
  const { q } = s;
  const L = new Float64Array(q * q);
  fill(s, x, at, L);
  return L;
}

function entriesOf(s: Entries, L: Float64Array): Float64Array {
  const { size } = s;
  const entries = new Float64Array(size);
  fromFactor(s, L, entries, 0);
  return entries;
}

// the entries of zero columns
function entries(s: Entries, x: Float64Array, at: number): number[] {
  const { q } = s;
  const positions: number[] = [];
  let position = at;
  for (let column = 0; column < q; column++) {
    const length = end(s, column) - column;
    if (x[position] === 0) for (let k = 0; k < length; k++) positions.push(position + k);
    position += length;
  }
  return positions;
}

function snapped(s: Entries, x: Float64Array, at: number, near: number): Float64Array | null {
  const { q, diagonal } = s;
  const L = factorOf(s, x, at);
  let column = -1;
  for (let a = 0; a < q; a++) {
    const d = L[a * q + a]!;
    if (d > 0 && d < near && (column < 0 || d < L[column * q + column]!)) column = a;
  }
  if (column < 0) return null;
  L[column * q + column] = 0;
  if (!diagonal) canonicalise(L, q, 0);
  return entriesOf(s, L);
}

function moves(
  s: Entries,
  x: Float64Array,
  at: number,
): { count: number; quadratic: boolean; move(weights: readonly number[], epsilon: number): Float64Array } {
  const { q, diagonal } = s;
  const L = factorOf(s, x, at);
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
      return entriesOf(s, addDirection(L, q, v, epsilon));
    },
  };
}

// steps Λ(I + δ), in which J levels have a curvature of about 2J on the diagonal of δ and J below it, whatever Λ is
function inverseCurvature(
  s: Entries,
  x: Float64Array,
  at: number,
  levels: number,
  H: Float64Array,
  stride: number,
): void {
  const { q } = s;
  const L = factorOf(s, x, at);
  let start = at;
  for (let column = 0; column < q; column++) {
    const length = end(s, column) - column;
    for (let a = 0; a < length; a++)
      for (let b = 0; b < length; b++) {
        let s = 0;
        for (let k = column; k <= column + Math.min(a, b); k++)
          s += (L[(column + a) * q + k]! * L[(column + b) * q + k]!) / (k === column ? 2 * levels : levels);
        H[(start + a) * stride + start + b] = s;
      }
    start += length;
  }
}

function fold(s: Entries, x: Float64Array, at: number): void {
  const { q } = s;
  let position = at;
  for (let column = 0; column < q; column++) {
    const length = end(s, column) - column;
    if (x[position]! < 0) for (let i = 0; i < length; i++) x[position + i] = -x[position + i]!;
    position += length;
  }
}

function withEntries(name: string, q: number, diagonal: boolean): BoundStructure {
  const size = diagonal ? q : (q * (q + 1)) / 2;
  const s: Entries = { q, diagonal, size };

  const list: [number, number][] = [];
  for (let column = 0; column < q; column++)
    for (let row = column; row < end(s, column); row++) list.push([row, column]);

  const boundary: Boundary = {
    // the entries of zero columns
    entries: (x, at) => entries(s, x, at),
    snapped: (x, at, near) => snapped(s, x, at, near),
    moves: (x, at) => moves(s, x, at),
  };

  const structure: BoundStructure = {
    name,
    q,
    size,
    labels: list.map(
      ([row, column]): ParameterLabel =>
        row === column ? { kind: "sd", of: [row], unit: row } : { kind: "cov", of: [row, column], unit: row },
    ),
    diagonal,
    unstructured: !diagonal,
    ofFactor: true,
    given: null,
    sds: q,
    homogeneous: false,
    signedSds: true,
    absorbsResidual: true,
    summarised: false,
    linear: list,
    fill: (x, at, L) => fill(s, x, at, L),
    fromFactor: (L, x, at) => fromFactor(s, L, x, at),
    pullback(_x, at, dL, gradient) {
      let position = at;
      for (let column = 0; column < q; column++)
        for (let row = column; row < end(s, column); row++) gradient[position++]! += dL[row * q + column]!;
    },
    fold: (x, at) => fold(s, x, at),
    canonicalise(x, at, zero) {
      if (diagonal) {
        for (let a = at; a < at + q; a++) {
          const value = Math.abs(x[a]!);
          x[a] = value <= zero ? 0 : value;
        }
        return;
      }
      const L = factorOf(s, x, at);
      canonicalise(L, q, zero);
      fromFactor(s, L, x, at);
    },
    boundary,
    // steps Λ(I + δ), in which J levels have a curvature of about 2J on the diagonal of δ and J below it, whatever Λ is
    inverseCurvature: (x, at, levels, H, stride) => inverseCurvature(s, x, at, levels, H, stride),
    transform: (coordinates) => factorTransform(structure, coordinates),
    prior: diagonal ? null : unstructuredPrior(q),
  };
  return structure;
}
