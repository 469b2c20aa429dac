/**
 * Coefficients without a finite maximum-likelihood estimate. A row of which the likelihood keeps rising as its linear predictor goes one way
 * (no successes, all successes, a count of 0, a category) bounds nothing on that side; a direction of the coefficients in which no row falls and some
 * rises is one of recession, and along it the likelihood rises without end (Albert & Anderson 1984, Biometrika 71, 1–10; Geyer 2009, Electronic
 * Journal of Statistics 3, 259–289). The rows that rise in some direction have their means at the end of their range; the others determine what is
 * finite: a combination x'β is, if and only if it is estimable from them. Random effects change nothing of this: whatever they are, no row falls.
 */

import { independentColumns } from "../data/aliased-columns.ts";
import type { PredictorDesign } from "../data/design.ts";
import type { NullSpace } from "../data/null-space.ts";
import { ofMean } from "../families/of-mean.ts";
import { minNormPoint } from "../linalg/min-norm-point.ts";
import type { CompiledModel } from "./compiled-model.ts";

export interface Recession {
  /** What the rows with finite means leave free of [β, thresholds], the columns of β about `centres`: x'v − τ_k of a direction v. */
  readonly space: NullSpace;
  /** The same directions of x, each of its length. */
  readonly directions: readonly Float64Array[];
  /** A direction of the standardised [β, thresholds] in which the predictor of each row at the end rises by at least 1, and no other's changes. */
  readonly outward: Float64Array;
  /** Positions in x of the coefficients and thresholds that are infinite. */
  readonly positions: readonly number[];
  /** Number of rows whose mean is at the end of its range, and of all. */
  readonly rows: number;
  readonly of: number;
}

/** By response and link: which way a row's likelihood rises without end, 0 neither. */
function tailOf({ family }: CompiledModel): ((y: number, trials: number) => number) | null {
  const { link } = family;
  switch (family.response) {
    case "trials":
      if (link === "identity" || link === "custom" || link === "inverse" || link === "sqrt") return null;
      // the mean of a log link ends at 1 where η is 0
      if (link === "log") return (y) => (y === 0 ? -1 : 0);
      return (y, trials) => (y === 0 ? -1 : y === trials ? 1 : 0);
    case "count":
      return link === "log" ? (y) => (y === 0 ? -1 : 0) : null;
    default:
      return null;
  }
}

/** Constraints a'd ≥ 0 on directions, or = 0 where both sides bound; a row of the table may have several. */
interface Constraints {
  /** count × width, row-major. */
  readonly vectors: Float64Array;
  readonly equality: Uint8Array;
  readonly row: Int32Array;
  readonly count: number;
  readonly width: number;
}

type Columns = Pick<PredictorDesign, "X" | "names">;

/** Number of thresholds beside the coefficients of the mean. */
const thresholdsOf = ({ data }: CompiledModel): number => data.thresholds ?? 0;

/** The constraints of some rows, by default all. */
function constraintsOf(model: CompiledModel, { X, names }: Columns, rows?: Int32Array): Constraints | null {
  const { design, layout } = model;
  const { y, trials } = design;
  const chosen = rows ?? Int32Array.from({ length: design.n }, (_, i) => i);
  const p = names.length;
  if (thresholdsOf(model) === 0) {
    const tail = tailOf(model);
    if (!tail) return null;
    const count = chosen.length;
    const equality = new Uint8Array(count);
    const vectors = new Float64Array(count * p);
    for (let k = 0; k < count; k++) {
      const i = chosen[k]!;
      const side = tail(y[i]!, trials?.[i] ?? 1);
      if (side === 0) equality[k] = 1;
      for (let j = 0; j < p; j++) vectors[k * p + j] = (side || 1) * X[i * p + j]!;
    }
    return { vectors, equality, row: chosen, count, width: p };
  }
  if (model.family.link === "custom") return null;
  const thresholds = layout.phi.size;
  const width = p + thresholds;
  const vectors: number[] = [];
  const row: number[] = [];
  for (const i of chosen) {
    const category = y[i]!;
    const add = (k: number, sign: number) => {
      for (let j = 0; j < p; j++) vectors.push(-sign * X[i * p + j]!);
      for (let t = 0; t < thresholds; t++) vectors.push(t === k ? sign : 0);
      row.push(i);
    };
    if (category <= thresholds) add(category - 1, 1);
    if (category > 1) add(category - 2, -1);
  }
  const count = row.length;
  return {
    vectors: Float64Array.from(vectors),
    equality: new Uint8Array(count),
    row: Int32Array.from(row),
    count,
    width,
  };
}

/** What is left of a vector below this share of its length is rounding. */
const NOTHING = 1e-7;
/** Points of length 1 whose hull comes this near 0 hold it. */
const HOLDS = 1e-8;

interface Bound {
  /** By constraint whether it holds with equality in every direction of recession. */
  readonly bound: Uint8Array;
  /** A direction in which all others rise, by at least 1; null where there are no others. */
  readonly outward: Float64Array | null;
}

/** Which constraints hold with equality; null where they leave no direction but 0. */
function boundConstraints({ vectors, equality, count, width }: Constraints): Bound | null {
  const bound = equality.slice();
  const basis: Float64Array[] = [];
  const left = new Float64Array(width);
  /** What is left of a vector outside the span of `basis`, in `left`, and its share of the whole. */
  const project = (from: number, of: Float64Array): number => {
    let length = 0;
    for (let c = 0; c < width; c++) {
      left[c] = of[from + c]!;
      length += left[c]! ** 2;
    }
    if (length === 0) return 0;
    for (let pass = 0; pass < 2; pass++)
      for (const q of basis) {
        let dot = 0;
        for (let c = 0; c < width; c++) dot += left[c]! * q[c]!;
        for (let c = 0; c < width; c++) left[c]! -= dot * q[c]!;
      }
    let rest = 0;
    for (let c = 0; c < width; c++) rest += left[c]! ** 2;
    return Math.sqrt(rest / length);
  };
  const extend = (from: number) => {
    if (project(from, vectors) < NOTHING) return;
    let length = 0;
    for (let c = 0; c < width; c++) length += left[c]! ** 2;
    length = Math.sqrt(length);
    basis.push(left.map((value) => value / length));
  };
  for (let i = 0; i < count && basis.length < width; i++) if (equality[i]) extend(i * width);
  for (;;) {
    if (basis.length === width) return null;
    // the constraints that are still free, of length 1 in what the others leave
    const free: number[] = [];
    const points = new Float64Array(count * width);
    for (let i = 0; i < count; i++) {
      if (bound[i]) continue;
      if (project(i * width, vectors) < NOTHING) {
        bound[i] = 1;
        continue;
      }
      let length = 0;
      for (let c = 0; c < width; c++) length += left[c]! ** 2;
      length = Math.sqrt(length);
      for (let c = 0; c < width; c++) points[free.length * width + c] = left[c]! / length;
      free.push(i);
    }
    if (free.length === 0) return { bound, outward: null };
    const { point, norm, support } = minNormPoint(points, free.length, width);
    if (norm > HOLDS) {
      let least = Number.POSITIVE_INFINITY;
      for (const i of free) {
        let rise = 0;
        for (let c = 0; c < width; c++) rise += vectors[i * width + c]! * point[c]!;
        least = Math.min(least, rise);
      }
      return { bound, outward: point.map((value) => value / least) };
    }
    // 0 = Σ λ a with λ > 0: none of these rises in any direction
    for (const k of support) {
      bound[free[k]!] = 1;
      extend(free[k]! * width);
    }
  }
}

/** Of more rows than these, this many are asked first. */
const SAMPLE = 1000;
const MANY = 4 * SAMPLE;
/** Rows this far apart, as a share of all, follow no period. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The constraints of all rows and what they leave of the directions; null where that is nothing, for which a few of many rows are often enough. */
function directionsLeft(model: CompiledModel, columns: Columns): { constraints: Constraints; found: Bound } | null {
  const { n } = model.design;
  if (n > MANY) {
    const rows = Int32Array.from({ length: SAMPLE }, (_, k) => Math.floor(((k * GOLDEN) % 1) * n));
    const few = constraintsOf(model, columns, rows);
    // more rows leave no direction that fewer do not
    if (few && few.width > 0 && boundConstraints(few) === null) return null;
  }
  const constraints = constraintsOf(model, columns);
  if (!constraints || constraints.count === 0 || constraints.width === 0) return null;
  const found = boundConstraints(constraints);
  return found && { constraints, found };
}

/** An entry of a direction below this share of its largest is rounding. */
const NO_ENTRY = 1e-6;
/** What is left of a sum below this share of its terms. */
const ROUNDING = 1e-9;

function find(model: CompiledModel): Recession | null {
  const left = directionsLeft(model, ofMean(model.standardisation.data.predictors));
  if (!left) return null;
  const { constraints } = left;
  const { bound, outward } = left.found;
  if (!outward) return null;
  const { design, layout } = model;
  const { X, names, intercept } = ofMean(design.predictors);
  const p = names.length;
  const thresholds = thresholdsOf(model);
  const width = p + thresholds;
  const centres = new Float64Array(width);
  if (thresholds > 0)
    for (let i = 0; i < design.n; i++) for (let j = 0; j < p; j++) centres[j]! += X[i * p + j]! / design.n;
  // the finite constraints in the user's columns: what they leave free is infinite
  const kept = Array.from({ length: constraints.count }, (_, i) => i).filter((i) => bound[i] === 1);
  const rows = new Float64Array(kept.length * width);
  kept.forEach((i, k) => {
    const row = constraints.row[i]!;
    for (let j = 0; j < p; j++) rows[k * width + j] = X[row * p + j]! - centres[j]!;
    for (let t = 0; t < thresholds; t++) rows[k * width + p + t] = -Math.abs(constraints.vectors[i * width + p + t]!);
  });
  const { aliased } = independentColumns(rows, kept.length, width, intercept && kept.length > 0);
  if (!aliased) return null;
  const space: NullSpace = thresholds > 0 ? { ...aliased, centres: Array.from(centres) } : aliased;
  // thresholds are about the centres of the columns there: back to where the user has them
  const directions = aliased.directions.map((direction) => {
    const d = Float64Array.from(direction);
    let level = 0;
    let size = 0;
    for (let j = 0; j < p && thresholds > 0; j++) {
      level += centres[j]! * d[j]!;
      size += Math.abs(centres[j]! * d[j]!);
    }
    for (let t = p; t < width; t++) {
      size += Math.abs(d[t]!);
      d[t]! += level;
      if (Math.abs(d[t]!) < ROUNDING * size) d[t] = 0;
    }
    return d;
  });
  const sizes = Float64Array.from({ length: width }, (_, c) => {
    if (c >= p) return 1;
    let square = 0;
    for (let i = 0; i < design.n; i++) square += X[i * p + c]! ** 2;
    return Math.sqrt(square / design.n) || 1;
  });
  const infinite = Array.from({ length: width }, (_, c) => c).filter((c) =>
    directions.some((direction) => {
      const most = direction.reduce((m, v, j) => Math.max(m, Math.abs(v) * sizes[j]!), 0);
      return Math.abs(direction[c]!) * sizes[c]! > NO_ENTRY * most;
    }),
  );
  const place = (c: number) => (c < p ? ofMean(layout.beta).offset + c : layout.phi.offset + c - p);
  const free = new Set(
    Array.from({ length: constraints.count }, (_, i) => i)
      .filter((i) => bound[i] === 0)
      .map((i) => constraints.row[i]!),
  );
  return {
    space,
    directions: directions.map((direction) => {
      const d = new Float64Array(layout.size);
      direction.forEach((value, c) => {
        d[place(c)] = value;
      });
      return d;
    }),
    outward,
    positions: infinite.map(place),
    rows: free.size,
    of: design.n,
  };
}

/** The labels under which tables have the coefficients at infinity. */
export const infiniteLabels = ({ design, layout, family }: CompiledModel, { positions }: Recession): string[] =>
  positions.map((position) => {
    const j = position - ofMean(layout.beta).offset;
    const { names } = ofMean(design.predictors);
    return j < names.length ? names[j]! : family.parameters[position - layout.phi.offset]!.name;
  });

/**
 * Of coefficients and thresholds that alone may go to infinity, those that do in a direction along which no row's likelihood falls: what flat priors
 * leave improper. Empty where there is no such direction.
 *
 * @param free positions in x of those that may
 */
export function recessionWithin(model: CompiledModel, free: readonly number[]): number[] {
  const { design, layout } = model;
  const { X, names } = ofMean(design.predictors);
  const p = names.length;
  const { offset } = ofMean(layout.beta);
  const columns = names.flatMap((_, j) => (free.includes(offset + j) ? [j] : []));
  const sizes = columns.map((j) => {
    let square = 0;
    for (let i = 0; i < design.n; i++) square += X[i * p + j]! ** 2;
    return Math.sqrt(square / design.n) || 1;
  });
  const own = new Float64Array(design.n * columns.length);
  for (let i = 0; i < design.n; i++)
    columns.forEach((j, k) => {
      own[i * columns.length + k] = X[i * p + j]! / sizes[k]!;
    });
  const thresholds = thresholdsOf(model);
  // thresholds are all free or none is: their priors are of one class
  if (thresholds > 0 && !free.includes(layout.phi.offset)) return [];
  const outward = directionsLeft(model, { X: own, names: columns.map((j) => names[j]!) })?.found.outward;
  if (!outward) return [];
  const most = Math.max(...outward.map(Math.abs));
  return Array.from(outward).flatMap((value, c) =>
    Math.abs(value) > NO_ENTRY * most
      ? [c < columns.length ? offset + columns[c]! : layout.phi.offset + c - columns.length]
      : [],
  );
}

const known = new WeakMap<CompiledModel, Recession | null>();

/**
 * The coefficients of a model's mean that have no finite maximum-likelihood estimate; null where all have one, and for responses that bound every
 * linear predictor on both sides. Computed once a model.
 *
 * @example recessionOf(model)?.positions // of the coefficients that are infinite, in x
 */
export function recessionOf(model: CompiledModel): Recession | null {
  let found = known.get(model);
  if (found === undefined) {
    found = find(model);
    known.set(model, found);
  }
  return found;
}
