/**
 * Variances and correlations on which a likelihood does not depend. The response's distribution, and a restricted likelihood's contrasts, depend on the
 * covariance matrices Σ of the random terms (and on σ²) through sums that are linear in them, so what does not matter is a fixed direction of
 * their entries, in which the slope is 0 everywhere (Rothenberg 1971, Econometrica 39, 577–591: identification by the rank of the information at a
 * regular point). The slopes along a search tell most models from such ones at no cost; where they leave a doubt, points that nothing singles out decide.
 */

import { inverse, Matrix } from "ml-matrix";
import { boundStructure } from "../covariance/structures.ts";
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { fillFactor, type TermLayout, writeFactor } from "../model/parameter-layout.ts";
import { parameterLabel, reportedParameters } from "../model/reported-parameters.ts";
import { RESIDUAL_GROUP, RESIDUAL_SD } from "../model/term-names.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import { createRng } from "../random/rng.ts";
import { covarianceEntries, covarianceJacobian } from "./covariance-jacobian.ts";
import { type Coordinate, CovarianceSlopes } from "./covariance-slopes.ts";

/** A singular value below this share of the largest is none, at points of one's own. */
const NONE = 1e-6;
/** The diagonal of a factor below this is too near singular to turn a direction of Σ into one of Λ. */
const SINGULAR = 1e-7;

/** What a likelihood does not depend on. */
export interface FlatCovariance {
  readonly coordinates: readonly Coordinate[];
  /** By direction, the change of each coordinate. */
  readonly directions: readonly Float64Array[];
}

/**
 * The covariances that do not matter, decided at points of their own where the slopes of the search leave a doubt.
 *
 * @param seen the slopes of a search
 * @param terms where the terms are in points of the criterion
 * @param point a point of the criterion whose other coordinates are taken as they are
 * @param slope the criterion's gradient at a point
 */
export function* flatCovariance(
  seen: CovarianceSlopes,
  terms: readonly TermLayout[],
  point: Float64Array,
  slope: (x: Float64Array, gradient: Float64Array) => void,
): Pausable<FlatCovariance | null> {
  if (seen.decided) return null;
  const sigma = seen.coordinates.includes("sigma");
  const own = new CovarianceSlopes(terms, sigma);
  const rng = createRng("flat covariance");
  const gradient = new Float64Array(point.length);
  for (let k = 0; k < 2 * own.coordinates.length + 6 && !own.enough; k++) {
    const x = point.slice();
    for (const term of terms) {
      const { q } = term;
      const L = new Float64Array(q * q);
      for (let a = 0; a < q; a++) {
        L[a * q + a] = 0.5 + rng.uniform();
        for (let b = 0; b < a; b++) L[a * q + b] = rng.uniform() - 0.5;
      }
      writeFactor(term, L, x);
    }
    slope(x, gradient);
    own.add(x, gradient);
    if (pauseDue()) yield;
  }
  const directions = own.enough ? own.flat(NONE) : [];
  return directions.length === 0 ? null : { coordinates: own.coordinates, directions };
}

/** Labels of the parameters of a model that change along the directions. */
export function flatLabels(model: CompiledModel, { coordinates, directions }: FlatCovariance): readonly string[] {
  const { layout, standardisation } = model;
  const involved = new Set<string>();
  for (const direction of directions) {
    const changes = layout.terms.map((term, t) => userChange(model, term, t, coordinates, direction));
    const most = Math.max(...changes.flatMap((D) => Array.from(D, Math.abs)));
    const at = coordinates.indexOf("sigma");
    if (at >= 0 && Math.abs(direction[at]!) > 1e-4 * Math.max(...direction.map(Math.abs))) involved.add("sigma");
    layout.terms.forEach(({ q }, t) => {
      const D = changes[t]!;
      const size = (a: number, b: number) => {
        const scales = standardisation.scales[t]!;
        return Math.abs(D[a * q + b]!) * scales[a]! * scales[b]!;
      };
      const largest = Math.max(...Array.from({ length: q * q }, (_, k) => size(Math.floor(k / q), k % q)), 0);
      if (!(most > 0) || !(largest > 0)) return;
      for (let a = 0; a < q; a++)
        for (let b = 0; b <= a; b++) if (size(a, b) > 1e-4 * largest) involved.add(`${t} ${a} ${b}`);
    });
  }
  const labels = reportedParameters(model)
    .filter(({ kind, random }) => {
      if (kind === "sigma") return involved.has("sigma");
      if (!random) return false;
      const { term: t, effects } = random;
      const [a, b = a] = effects as [number, number?];
      return [`${t} ${b} ${a}`, `${t} ${a} ${a}`, `${t} ${b} ${b}`].some((entry) => involved.has(entry));
    })
    .map(parameterLabel);
  // the dispersion of a working model is no parameter of its family
  const residual = parameterLabel({ component: MEAN_COMPONENT, group: RESIDUAL_GROUP, term: RESIDUAL_SD });
  return involved.has("sigma") && !labels.includes(residual) ? [...labels, residual] : labels;
}

/** The change of Σ of a term along a direction, q × q. */
function wholeChange(
  term: TermLayout,
  t: number,
  coordinates: readonly Coordinate[],
  direction: Float64Array,
): Float64Array {
  const { q, homogeneous } = boundStructure(term);
  const change = new Float64Array(q * q);
  coordinates.forEach((coordinate, k) => {
    if (coordinate === "sigma" || coordinate.term !== t) return;
    const { row, column } = coordinate;
    for (let a = 0; a < q; a++)
      for (let b = 0; b <= a; b++)
        if (homogeneous ? (a === b) === (row === column) : a === row && b === column)
          change[a * q + b] = change[b * q + a] = direction[k]!;
  });
  return change;
}

/** The lower triangle L of a symmetric matrix LL' (q × q, row-major); NaN where it is not positive definite. */
function factorOf(S: Float64Array, q: number): Float64Array {
  const L = new Float64Array(q * q);
  for (let a = 0; a < q; a++)
    for (let b = 0; b <= a; b++) {
      let sum = S[a * q + b]!;
      for (let k = 0; k < b; k++) sum -= L[a * q + k]! * L[b * q + k]!;
      L[a * q + b] = a === b ? Math.sqrt(sum) : sum / L[b * q + b]!;
    }
  return L;
}

/** How far along a direction a point is looked for, its largest change being 1: the first that leaves every covariance matrix positive definite. */
const MOVES = [1, -1, 0.3, -0.3, 0.1, -0.1, 0.01, -0.01, 1e-3, -1e-3];
/** A change of a coordinate below this share of the largest is none. */
const STILL = 1e-4;

/**
 * Points as far along each flat direction as there is room, where the criterion is the same; without directions that have no room.
 *
 * @param scaled by entry, whether it is relative to a σ that has been profiled out, as standard deviations are
 */
export function pointsAlong(
  { coordinates, directions }: FlatCovariance,
  terms: readonly TermLayout[],
  x: Float64Array,
  scaled: ArrayLike<boolean | number>,
): Float64Array[] {
  const level = coordinates.indexOf("sigma");
  return directions.flatMap((direction) => {
    const most = Math.max(...direction.map(Math.abs));
    const unit = direction.map((value) => (Math.abs(value) < STILL * most ? 0 : value / most));
    for (const step of MOVES) {
      const sigma = level < 0 ? 1 : 1 + step * unit[level]!;
      if (!(sigma > 0)) continue;
      const point = x.slice();
      const possible = terms.every((term, t) => {
        const { q, offset, size } = term;
        const change = wholeChange(term, t, coordinates, unit);
        if (change.every((value) => value === 0)) {
          for (let i = offset; i < offset + size; i++) if (scaled[i]) point[i]! /= Math.sqrt(sigma);
          return true;
        }
        const L = new Float64Array(q * q);
        fillFactor(term, x, L);
        const S = change.map((value, k) => {
          let sum = step * value;
          for (let m = 0; m < q; m++) sum += L[Math.floor(k / q) * q + m]! * L[(k % q) * q + m]!;
          return sum / sigma;
        });
        const moved = factorOf(S, q);
        writeFactor(term, moved, point);
        return moved.every(Number.isFinite);
      });
      if (possible) return [point];
    }
    return [];
  });
}

/** The change of the user's Σ of a term along a direction of standardised covariances, q × q: the map between them is linear. */
function userChange(
  { layout, standardisation }: CompiledModel,
  term: TermLayout,
  t: number,
  coordinates: readonly Coordinate[],
  direction: Float64Array,
): Float64Array {
  const { q } = term;
  const change = wholeChange(term, t, coordinates, direction);
  const largest = Math.max(...change.map(Math.abs));
  if (largest === 0) return change;
  const covariance = (sign: number): Float64Array => {
    const S = Matrix.eye(q, q);
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) S.set(a, b, S.get(a, b) + (sign * 0.25 * change[a * q + b]!) / (largest * q));
    const L = factorOf(Float64Array.from(S.to1DArray()), q);
    const standardised = new Float64Array(layout.size);
    writeFactor(term, L, standardised);
    const x = new Float64Array(layout.size);
    standardisation.toOriginal(standardised, x);
    fillFactor(term, x, L);
    const out = new Float64Array(q * q);
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++)
        for (let k = 0; k <= Math.min(a, b); k++) out[a * q + b]! += L[a * q + k]! * L[b * q + k]!;
    return out;
  };
  const up = covariance(1);
  const down = covariance(-1);
  return up.map((value, k) => {
    const difference = value - down[k]!;
    return Math.abs(difference) < 1e-10 * Math.max(Math.abs(value), Math.abs(down[k]!)) ? 0 : difference;
  });
}

/** The flat directions as changes of the coordinates `position` of a point; without those that a singular factor has no room for. */
export function flatTangents(
  { coordinates, directions }: FlatCovariance,
  terms: readonly TermLayout[],
  x: Float64Array,
  position: readonly number[],
  size: number,
  logSigma: number | null,
): Float64Array[] {
  return directions.flatMap((direction) => {
    const tangent = tangentAt(coordinates, direction, terms, x, size, logSigma);
    return tangent ? [Float64Array.from(position, (at) => tangent[at]!)] : [];
  });
}

/**
 * A flat direction as a change of a term's factor entries and of log σ at a point, in the coordinates of `terms`; null at singular factors.
 *
 * @param size length of the point
 * @param logSigma position of log σ in the result, where Λ is relative to it
 */
function tangentAt(
  coordinates: readonly Coordinate[],
  direction: Float64Array,
  terms: readonly TermLayout[],
  x: Float64Array,
  size: number,
  logSigma: number | null,
): Float64Array | null {
  const tangent = new Float64Array(size);
  const at = coordinates.indexOf("sigma");
  const level = at < 0 ? 0 : direction[at]!;
  for (const [t, term] of terms.entries()) {
    const places = coordinates.flatMap((coordinate, k) => (coordinate !== "sigma" && coordinate.term === t ? [k] : []));
    if (places.length === 0) continue;
    const J = covarianceJacobian(term, x, SINGULAR);
    if (!J) return null;
    const sigma = covarianceEntries(term, x);
    const solved = inverse(J);
    for (let i = 0; i < term.size; i++)
      for (let k = 0; k < term.size; k++)
        tangent[term.offset + i]! += solved.get(i, k) * (direction[places[k]!]! - sigma[k]! * level);
  }
  if (logSigma !== null) tangent[logSigma] = level / 2;
  return tangent;
}
