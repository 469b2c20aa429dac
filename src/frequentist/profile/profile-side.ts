/**
 * One side of a profile: points from the maximum outwards, each a constrained minimum that the one before starts, with
 * ζ = √(2(ℓ̂ − ℓ(c))) and its exact slope dζ/dc (Bates & Watts 1988, Nonlinear Regression Analysis and Its Applications, section 6.1).
 */
import { type Pausable, pauseDue } from "../../optimise/pausable.ts";
import { type ConstrainedMinimum, constrainedMinimum, type Quantity } from "./constrained-minimum.ts";
import type { ProfileProblem } from "./profile-problem.ts";

export interface SidePoint {
  readonly value: number;
  /** Without a sign: 0 at the maximum. */
  readonly zeta: number;
  /** dζ by the distance from the maximum; NaN where it is not known. */
  readonly slope: number;
  readonly w: Float64Array;
  readonly metric: Float64Array;
}

/** Where a side of the interval ends: where ζ is the quantile, at the end of the quantity's range, or nowhere. */
export type SideEnd =
  | { readonly kind: "crossing" | "edge"; readonly value: number }
  | { readonly kind: "open" | "failed"; readonly value: null };

export interface SideOf {
  readonly problem: ProfileProblem;
  readonly quantity: Quantity;
  /** At the maximum. */
  readonly estimate: number;
  /** Standard error of the quantity; NaN at a boundary. */
  readonly error: number;
  readonly sign: 1 | -1;
  /** The end of the quantity's range on this side. */
  readonly edge: number;
  /** −log L with the quantity at its edge, where it can be had there; else undefined. */
  readonly atEdge: (() => Pausable<number>) | undefined;
  /** −log L at points where the quantity can be anything, which its profile is nowhere above. */
  readonly anywhere: readonly (() => Pausable<number>)[];
}

/** How near ζ comes to the quantile wanted. */
const CLOSE = 1e-5;
const MOST_SOLVES = 60;
/** Distance from an edge at which a quantity that cannot be at it is looked at, as a share of the estimate's. */
const NEAR_EDGE = 1e-3;
/** Steps that double without ζ growing by this share of what is missing are on a level that never ends. */
const LEVEL = 0.02;
const MOST_DOUBLINGS = 6;
/** A quantity that cannot be beyond a value ends there: how near it is looked at, as a share of the distance. */
const ENDS = 1e-5;
/** An estimate of this share of its error is 0 to rounding. */
const NEXT_TO_ZERO = 1e-7;
/** ζ of a level likelihood. */
const FLAT = 0.05;

export class ProfileSide {
  readonly points: SidePoint[];
  evaluations = 0;
  /** The most that −log L was found below that of the fit. */
  gain = 0;
  readonly #of: SideOf;
  #edgeZeta: number | undefined;
  #most: number | undefined;

  constructor(of: SideOf) {
    this.#of = of;
    const { problem, estimate, error } = of;
    this.points = [{ value: estimate, zeta: 0, slope: 1 / error, w: problem.w, metric: problem.metric }];
  }

  /**
   * Points up to ζ = target; where the side ends at that quantile.
   *
   * @param close how near ζ is to come to it
   */
  *reach(target: number, close = CLOSE): Pausable<SideEnd> {
    const { sign, estimate, edge } = this.#of;
    const room = (edge - estimate) * sign;
    if (!(room > 0)) return { kind: "edge", value: edge };
    if ((yield* this.#highest()) < target) return { kind: "edge", value: edge };
    let solves = 0;
    let doublings = 0;
    // a distance at which there is no point with the value
    let unreachable = Number.POSITIVE_INFINITY;
    let ended = false;
    let most = Number.POSITIVE_INFINITY;
    while (solves++ < MOST_SOLVES) {
      const last = this.points.at(-1)!;
      if (last.zeta >= target - close) return yield* this.#between(target, close);
      const done = (last.value - estimate) * sign;
      let distance = done + Math.min(most, this.#stride(target));
      if (distance >= unreachable) {
        const beyond = unreachable - done < ENDS * unreachable;
        distance = beyond ? unreachable * (1 + ENDS) : done + 0.6 * (unreachable - done);
        if (beyond && !(yield* this.#solve(estimate + sign * distance, last))) {
          ended = true;
          break;
        }
        if (beyond) unreachable = Number.POSITIVE_INFINITY;
      }
      if (!(distance < Number.POSITIVE_INFINITY || room < Number.POSITIVE_INFINITY)) break;
      const edgeAhead = distance >= room * (1 - NEAR_EDGE);
      if (edgeAhead) {
        const zeta = yield* this.#zetaAtEdge();
        if (zeta !== undefined) {
          if (zeta < target) return { kind: "edge", value: edge };
          // the crossing lies before the edge, and between
          distance = done + (room - done) * this.#shareTo(target, zeta, room - done);
        } else {
          if (done >= room * (1 - 2 * NEAR_EDGE)) return { kind: "edge", value: edge };
          // near the edge only from nearby
          distance = done > 0.85 * room ? room * (1 - NEAR_EDGE) : done + 0.6 * (room - done);
        }
      }
      const point = yield* this.#solve(estimate + sign * distance, last);
      const step = distance - done;
      if (!point || point.zeta > 3 * target + 1) {
        if (!point) unreachable = Math.min(unreachable, distance);
        most = 0.3 * step;
        if (point && point.zeta > 1e3 * target) most = 0.1 * step;
        if (most < 1e-7 * Math.abs(this.#of.error || room)) break;
        continue;
      }
      most = Number.POSITIVE_INFINITY;
      this.points.push(point);
      const inwards = point.value * sign < 0 && Math.abs(point.value) < 0.8 * Math.abs(last.value);
      const level = point.zeta - last.zeta < LEVEL * (target - last.zeta);
      if (level && unreachable === Number.POSITIVE_INFINITY && !(inwards && point.zeta < FLAT)) {
        if (++doublings > MOST_DOUBLINGS) return { kind: "open", value: null };
        most = 4 * step;
      } else doublings = 0;
    }
    const last = this.points.at(-1)!;
    if ((last.value - estimate) * sign > 0.98 * room) return { kind: "edge", value: edge };
    // the quantity can be no more than that, as a variance cannot be below 0
    if (ended && doublings > 1) return { kind: "open", value: null };
    return ended && last.zeta < target ? { kind: "edge", value: last.value } : { kind: "failed", value: null };
  }

  /** How far to go on to where ζ may be the target. */
  #stride(target: number): number {
    const last = this.points.at(-1)!;
    const before = this.points.at(-2);
    const missing = target - last.zeta;
    const inverse = 1 / last.slope;
    const { sign } = this.#of;
    // from an estimate that runs to infinity the likelihood is level as far as it is out
    if (last.zeta < FLAT && inverse > Math.abs(last.value) && last.value * sign < 0) {
      // the slope there grows inwards; one that does not is of an estimate that is near 0 only
      const small = before
        ? inverse >= 0.5 / before.slope && Number.isFinite(inverse)
        : Math.abs(last.value) < NEXT_TO_ZERO * inverse && Number.isFinite(inverse);
      return small ? missing * inverse : 0.5 * Math.abs(last.value);
    }
    if (!Number.isFinite(inverse) || !(inverse > 0)) {
      if (!before) return this.#strideOffBoundary(target);
      return 2 * Math.abs(last.value - before.value);
    }
    const straight = missing * inverse;
    if (!before) return straight;
    const covered = Math.abs(last.value - before.value);
    const bend = Number.isFinite(before.slope) ? (inverse - 1 / before.slope) / (last.zeta - before.zeta) : 0;
    const bent = straight + 0.5 * bend * missing * missing;
    const wanted = Number.isFinite(bent) ? Math.min(3 * straight, Math.max(0.4 * straight, bent)) : straight;
    return Math.min(wanted, 5 * covered);
  }

  /** What the quantity moves by when the coordinates at the boundary move by as many of their errors, the least of them. */
  #strideOffBoundary(target: number): number {
    const { problem, quantity, estimate, sign } = this.#of;
    const strides = problem.boundary.map((position) => {
      const w = problem.w.slice();
      w[position] = target * Math.sqrt(problem.metric[position * (w.length + 1)]!);
      return (quantity.value(w) - estimate) * sign;
    });
    return Math.min(...strides.filter((stride) => stride > 0));
  }

  /** Share of the way from the last point to the edge at which ζ may be the target: it rises flatly into the edge. */
  #shareTo(target: number, zetaAtEdge: number, way: number): number {
    const last = this.points.at(-1)!;
    const curve = hermite(0, last.zeta, last.slope, way, zetaAtEdge, 0);
    const share = rootOf(curve, 0, way, target) / way;
    return Math.min(0.98, Math.max(0.02, share));
  }

  /** ζ that the side nowhere exceeds, as far as that was looked at. */
  get most(): number {
    return this.#most ?? Number.POSITIVE_INFINITY;
  }

  *#highest(): Pausable<number> {
    if (this.#most === undefined) {
      const { anywhere, problem } = this.#of;
      let most = Number.POSITIVE_INFINITY;
      for (const there of anywhere) most = Math.min(most, this.#zeta((yield* there()) - problem.value));
      this.#most = most;
    }
    return this.#most;
  }

  get edge(): number {
    return this.#of.edge;
  }

  /** ζ where the quantity is at its edge; undefined where that was not looked at. */
  get edgeZeta(): number | undefined {
    return this.#edgeZeta ?? (this.most < Number.POSITIVE_INFINITY ? this.most : undefined);
  }

  *#zetaAtEdge(): Pausable<number | undefined> {
    const { atEdge, problem } = this.#of;
    if (!atEdge) return undefined;
    if (this.#edgeZeta === undefined) this.#edgeZeta = this.#zeta((yield* atEdge()) - problem.value);
    return this.#edgeZeta;
  }

  #zeta(rise: number): number {
    this.gain = Math.max(this.gain, -rise);
    return Math.sqrt(2 * Math.max(0, rise));
  }

  /** The constrained minimum at a value, from a point that is near. */
  *#solve(value: number, from: SidePoint): Pausable<SidePoint | null> {
    const { problem, quantity, sign } = this.#of;
    const base = this.#base(value, from);
    let found: ConstrainedMinimum | null =
      base && (yield* constrainedMinimum(problem.objective, quantity, value, base, from.metric));
    // a line through two points may lead to where the quantity does not go on as it did
    if (!found) found = yield* constrainedMinimum(problem.objective, quantity, value, from.w, from.metric);
    if (pauseDue()) yield;
    if (!found) return null;
    this.evaluations += found.evaluations;
    const zeta = this.#zeta(found.value - problem.value);
    return { value, zeta, slope: (sign * found.slope) / zeta, w: found.w, metric: found.metric };
  }

  /** Where to begin: on the line through the last two points, or off the boundary on which the maximum lies. */
  #base(value: number, from: SidePoint): Float64Array | null {
    const { problem, quantity } = this.#of;
    const k = this.points.indexOf(from);
    const before = this.points[k - 1];
    const w = from.w.slice();
    if (before && k > 1) {
      const share = (value - from.value) / (from.value - before.value);
      for (let i = 0; i < w.length; i++) w[i]! += Math.max(-1, Math.min(2, share)) * (from.w[i]! - before.w[i]!);
    } else if (!before) {
      // where log L is stationary whatever the coordinate does the search would not leave
      for (const position of problem.boundary)
        w[position] = OFF * Math.sqrt(problem.metric[position * (w.length + 1)]!);
      if (!Number.isFinite(this.#of.error)) return offBoundary(problem, quantity, value, this.#of.sign);
    }
    return w;
  }

  /** The crossing between two points, refined until ζ is close. */
  *#between(target: number, close: number): Pausable<SideEnd> {
    const { estimate, sign } = this.#of;
    for (let round = 0; round < 12; round++) {
      const above = this.points.findIndex(({ zeta }) => zeta >= target - close);
      const high = this.points[above]!;
      const value = (at: number) => estimate + sign * at;
      if (Math.abs(high.zeta - target) <= close)
        return { kind: "crossing", value: high.value + (sign * (target - high.zeta)) / high.slope };
      const low = this.points[above - 1]!;
      const from = (low.value - estimate) * sign;
      const to = (high.value - estimate) * sign;
      const at = rootOf(hermite(from, low.zeta, low.slope, to, high.zeta, high.slope), from, to, target);
      const near = target - low.zeta < high.zeta - target && above > 1 ? low : high;
      const point = yield* this.#solve(value(at), near);
      if (!point || !(point.zeta > low.zeta) || !(point.zeta < high.zeta))
        return { kind: "crossing", value: value(at) };
      if (Math.abs(point.zeta - target) <= close) {
        this.points.splice(above, 0, point);
        return { kind: "crossing", value: point.value + (sign * (target - point.zeta)) / point.slope };
      }
      this.points.splice(above, 0, point);
    }
    return { kind: "failed", value: null };
  }
}

/** How far off a boundary a search is begun, in errors of the coordinate. */
const OFF = 0.05;

/** The best of the points with the value that lie along one coordinate at the boundary. */
function offBoundary(problem: ProfileProblem, quantity: Quantity, value: number, sign: number): Float64Array | null {
  const scratch = new Float64Array(problem.w.length);
  let best: Float64Array | null = null;
  let lowest = Number.POSITIVE_INFINITY;
  for (const position of problem.boundary) {
    const w = problem.w.slice();
    const at = (s: number) => {
      w[position] = s;
      return (quantity.value(w) - value) * sign;
    };
    let high = Math.sqrt(problem.metric[position * (w.length + 1)]!);
    for (let k = 0; k < 40 && !(at(high) >= 0); k++) high *= 2;
    if (!(at(high) >= 0)) continue;
    let low = 0;
    for (let k = 0; k < 60; k++) {
      const middle = 0.5 * (low + high);
      if (at(middle) >= 0) high = middle;
      else low = middle;
    }
    at(high);
    const reached = problem.objective(w, scratch);
    if (reached < lowest) {
      lowest = reached;
      best = w.slice();
    }
  }
  return best;
}

/** The cubic with given values and slopes at two places; with an unknown slope at one of them, the parabola. */
function hermite(a: number, fa: number, da: number, b: number, fb: number, db: number): (x: number) => number {
  const h = b - a;
  const chord = (fb - fa) / h;
  const known = (slope: number) => Number.isFinite(slope);
  const left = known(da) ? da : known(db) ? 2 * chord - db : chord;
  const right = known(db) ? db : 2 * chord - left;
  return (x) => {
    const t = (x - a) / h;
    const s = 1 - t;
    return fa * (1 + 2 * t) * s * s + left * h * t * s * s + fb * t * t * (3 - 2 * t) - right * h * t * t * s;
  };
}

function rootOf(f: (x: number) => number, from: number, to: number, target: number): number {
  let low = from;
  let high = to;
  for (let k = 0; k < 60; k++) {
    const middle = 0.5 * (low + high);
    if (f(middle) >= target) high = middle;
    else low = middle;
  }
  return 0.5 * (low + high);
}
