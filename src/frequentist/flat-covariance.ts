/**
 * Variances and correlations on which a likelihood does not depend. The response's distribution, and a restricted likelihood's contrasts, depend on the
 * covariance matrices Σ of the random terms (and on σ²) through sums that are linear in them, so what does not matter is a fixed direction of
 * their entries, in which the slope is 0 everywhere (Rothenberg 1971, Econometrica 39, 577–591: identification by the rank of the information at a
 * regular point). The slopes along a search tell most models from such ones at no cost; where they leave a doubt, points that nothing singles out decide.
 */
import { inverse, Matrix, SingularValueDecomposition } from "ml-matrix";
import { boundStructure } from "../covariance/structures.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { addFactorGradient, fillFactor, type TermLayout, writeFactor } from "../model/parameter-layout.ts";
import { componentName, MEAN_COMPONENT, parameterLabel, reportedParameters } from "../model/reported-parameters.ts";
import { RESIDUAL_GROUP, RESIDUAL_SD } from "../model/term-names.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import { createRng } from "../random/rng.ts";

/** A singular value below this share of the largest is none: of slopes along a search, and at points of one's own. */
const DOUBTFUL = 1e-4;
const NONE = 1e-6;
/** An entry of a direction below this, where all entries have slopes of one size, is rounding too. */
const NO_ENTRY = 1e-6;
/** Columns this much smaller than the largest hold nothing but rounding. */
const NO_SLOPE = 1e-7;
/** A slope of half a criterion, at standard deviations about those of the rows, that is more than rounding. */
const LEAST_SLOPE = 1e-4;
/** The diagonal of a factor below this is too near singular to turn a slope in Λ into one in Σ, and a direction of Σ into one of Λ. */
const NEAR_SINGULAR = 1e-2;
const SINGULAR = 1e-7;

/** The entries of Σ that stand for all of a term's. */
const ownEntries = (term: TermLayout) => boundStructure(term).linear;

/** One entry of the covariance matrix of a term, row ≥ column, which may stand for others of the same value; or σ². */
export type Coordinate = { readonly term: number; readonly row: number; readonly column: number } | "sigma";

/** Slopes of a criterion in the entries of the covariance matrices, at several points. */
export class CovarianceSlopes {
  readonly coordinates: readonly Coordinate[];
  readonly #terms: readonly TermLayout[];
  readonly #rows: Float64Array[] = [];

  /**
   * @param terms where the terms are in the points that will be given
   * @param sigma whether Λ is relative to a σ that has been profiled out
   */
  constructor(terms: readonly TermLayout[], sigma: boolean) {
    this.#terms = terms;
    const own = terms.flatMap((layout, term): Coordinate[] =>
      ownEntries(layout).map(([row, column]) => ({ term, row, column })),
    );
    this.coordinates = own.length === 0 ? [] : sigma ? [...own, "sigma"] : own;
  }

  /** Whether there are as many points as it takes. */
  get enough(): boolean {
    return this.#rows.length >= this.coordinates.length + 3;
  }

  /** Takes the slope at a point, where its factors are not singular. */
  add(x: Float64Array, gradient: Float64Array): void {
    const row = new Float64Array(this.coordinates.length);
    let at = 0;
    let level = 0;
    for (const term of this.#terms) {
      if (ownEntries(term).length === 0) continue;
      const jacobian = covarianceJacobian(term, x);
      if (!jacobian) return;
      const { size, offset } = term;
      // slopes in Λ are those in Σ through the Jacobian
      const slopes = inverse(jacobian).transpose();
      const sigma = covarianceEntries(term, x);
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += slopes.get(i, k) * gradient[offset + k]!;
        row[at + i] = sum;
        level += sum * sigma[i]!;
      }
      at += size;
    }
    if (at < row.length) row[at] = -level;
    const length = Math.max(Math.hypot(...row), LEAST_SLOPE);
    if (Number.isFinite(length)) this.#rows.push(row.map((value) => value / length));
  }

  /** Directions in which no slope was seen, an entry a coordinate. */
  flat(tolerance: number): Float64Array[] {
    const K = this.coordinates.length;
    if (K === 0 || this.#rows.length < K) return [];
    const size = Float64Array.from({ length: K }, (_, k) => Math.hypot(...this.#rows.map((row) => row[k]!)));
    const largest = Math.max(...size);
    // σ² alone always matters: its slope is 0 where it has been profiled out
    const rows = this.#rows.slice();
    if (this.coordinates[K - 1] === "sigma" && size[K - 1]! < NO_SLOPE) {
      rows.push(Float64Array.from({ length: K }, (_, k) => (k === K - 1 ? 1 : 0)));
      size[K - 1] = 1;
    }
    const none = NO_SLOPE * Math.max(largest, 1);
    const scale = size.map((value) => Math.max(value, none));
    const M = new Matrix(rows.map((row) => Array.from(row, (value, k) => (size[k]! > none ? value / scale[k]! : 0))));
    const svd = new SingularValueDecomposition(M, { autoTranspose: true });
    const values = svd.diagonal;
    const V = svd.rightSingularVectors;
    return values.flatMap((value, k) =>
      value > tolerance * Math.max(values[0]!, 1)
        ? []
        : [
            Float64Array.from({ length: K }, (_, i) => {
              const entry = V.get(i, k);
              return Math.abs(entry) < NO_ENTRY ? 0 : entry / scale[i]!;
            }),
          ],
    );
  }

  /** Whether the slopes so far show every entry to matter. */
  get decided(): boolean {
    return (
      this.coordinates.length === 0 ||
      (this.#rows.length >= this.coordinates.length && this.flat(DOUBTFUL).length === 0)
    );
  }
}

/** The entries of Σ that stand for all of a term's. */
function covarianceEntries(term: TermLayout, x: Float64Array): Float64Array {
  const { q } = term;
  const L = new Float64Array(q * q);
  fillFactor(term, x, L);
  return Float64Array.from(ownEntries(term), ([a, b]) => {
    let sum = 0;
    for (let k = 0; k <= b; k++) sum += L[a * q + k]! * L[b * q + k]!;
    return sum;
  });
}

/** The slopes of those entries in the term's own; null where a diagonal entry of the factor is not above `least`. */
function covarianceJacobian(term: TermLayout, x: Float64Array, least = NEAR_SINGULAR): Matrix | null {
  const { q, size, offset } = term;
  const L = new Float64Array(q * q);
  fillFactor(term, x, L);
  for (let a = 0; a < q; a++) if (!(Math.abs(L[a * q + a]!) > least)) return null;
  const J = Matrix.zeros(size, size);
  const dL = new Float64Array(q * q);
  const slope = new Float64Array(x.length);
  ownEntries(term).forEach(([a, b], i) => {
    dL.fill(0);
    slope.fill(0);
    for (let k = 0; k <= b; k++) {
      dL[a * q + k]! += L[b * q + k]!;
      dL[b * q + k]! += L[a * q + k]!;
    }
    addFactorGradient(term, x, dL, slope);
    for (let k = 0; k < size; k++) J.set(i, k, slope[offset + k]!);
  });
  return J;
}

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
  const { layout, standardisation, design } = model;
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
  const { random } = design;
  const labels = reportedParameters(model)
    .filter(({ effect, kind, of, component, group }) => {
      if (effect !== "ran_pars") return false;
      if (kind === "sigma" || kind === "residual") return kind === "sigma" && involved.has("sigma");
      return random.some((one, t) => {
        if (one.group !== group || componentName(design.predictors[one.predictor]!) !== component) return false;
        const [a, b = a] = of.map((name) => one.names.indexOf(name)) as [number, number?];
        if (a < 0 || b < 0) return false;
        const [low, high] = a < b ? [a, b] : [b, a];
        return [`${t} ${high} ${low}`, `${t} ${a} ${a}`, `${t} ${b} ${b}`].some((entry) => involved.has(entry));
      });
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
