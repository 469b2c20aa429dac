/** The profile of one quantity: both sides, its edges, and the ends of its interval at a level. */
import type { FamilyParameter } from "../../families/family.ts";
import type { Pausable } from "../../optimise/pausable.ts";
import { normalQuantile } from "../../special/distributions.ts";
import type { Quantity } from "./constrained-minimum.ts";
import { heldAtZero } from "./held-at-zero.ts";
import type { ProfileProblem } from "./profile-problem.ts";
import { ProfileSide, type SideEnd } from "./profile-side.ts";

export interface QuantityRange {
  readonly low: number;
  readonly high: number;
  /** Coordinates that are 0 when the quantity is at its lower end; absent: it is not reached by such. */
  readonly zeroed?: readonly number[];
  /** Sets of coordinates beside which, all 0, the quantity can be anything: those of either standard deviation of a correlation. */
  readonly free?: readonly (readonly number[])[];
}

export const UNBOUNDED: QuantityRange = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** What a family's parameter can be. */
export function rangeOfSupport(support: FamilyParameter["support"]): QuantityRange {
  if (typeof support === "object") return { low: support.lower, high: support.upper };
  if (support === "positive") return { low: 0, high: Number.POSITIVE_INFINITY };
  return support === "unit" ? { low: 0, high: 1 } : UNBOUNDED;
}

/** The scale that a quantity is profiled on, which is its own to the reader. */
export interface ProfileScale {
  to(value: number): number;
  from(value: number): number;
  slope(value: number): number;
}

const OWN: ProfileScale = { to: (value) => value, from: (value) => value, slope: () => 1 };
export const LOG: ProfileScale = { to: Math.log, from: Math.exp, slope: (value) => 1 / value };
/** The angle of a correlation, in which the likelihood is smooth to ±1 and beyond. */
export const ANGLE: ProfileScale = {
  to: (value) => Math.asin(Math.max(-1, Math.min(1, value))),
  from: Math.sin,
  slope: (value) => 1 / Math.sqrt(1 - value * value),
};

export interface QuantityProfile {
  readonly estimate: number;
  readonly scale: ProfileScale;
  readonly lower: ProfileSide;
  readonly upper: ProfileSide;
}

/** Logarithms beyond which a likelihood that still does not fall is taken to be level, and at least so far from the estimate's. */
const FAR = Math.log(1e12);
const FURTHER = 5;

function edgeOn(scale: ProfileScale, end: number, estimate: number): number {
  if (scale !== LOG) return scale.to(end);
  return end > 1 ? Math.max(FAR, estimate + FURTHER) : Math.min(-FAR, estimate - FURTHER);
}

/** Null where the quantity has no value at the maximum, as a correlation with an effect of variance 0. */
export function quantityProfile(
  problem: ProfileProblem,
  own: Quantity,
  range: QuantityRange,
  scale: ProfileScale = OWN,
): QuantityProfile | null {
  const { w, metric } = problem;
  const d = w.length;
  const quantity: Quantity = {
    value: (at) => scale.to(own.value(at)),
    gradient(at, out) {
      const slope = scale.slope(own.value(at));
      own.gradient(at, out);
      for (let i = 0; i < d; i++) out[i]! *= slope;
    },
  };
  const estimate = quantity.value(w);
  if (!Number.isFinite(estimate)) return null;
  const gradient = new Float64Array(d);
  quantity.gradient(w, gradient);
  let variance = 0;
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) variance += gradient[i]! * metric[i * d + j]! * gradient[j]!;
  const error = variance > 0 ? Math.sqrt(variance) : Number.NaN;
  const { zeroed, free = [] } = range;
  const side = (sign: 1 | -1) =>
    new ProfileSide({
      problem,
      quantity,
      estimate,
      error,
      sign,
      edge: edgeOn(scale, sign > 0 ? range.high : range.low, estimate),
      atEdge: sign < 0 && zeroed ? () => heldAtZero(problem, zeroed) : undefined,
      anywhere: free.map((set) => () => heldAtZero(problem, set)),
    });
  return { estimate: own.value(w), scale, lower: side(-1), upper: side(1) };
}

/** The ends of the interval at a level. */
export function* profileInterval(
  { lower, upper, scale }: QuantityProfile,
  confLevel: number,
): Pausable<{ low: SideEnd; high: SideEnd }> {
  const target = normalQuantile(0.5 + confLevel / 2);
  const own = (end: SideEnd): SideEnd => {
    if (end.value === null) return end;
    if (end.kind === "edge" && scale === LOG) return { kind: "open", value: null };
    return { ...end, value: scale.from(end.value) };
  };
  return { low: own(yield* lower.reach(target)), high: own(yield* upper.reach(target)) };
}

/** ζ between points of a curve that is to be drawn, and how near they come to that. */
const SPACING = 0.5;
const ABOUT = 0.1;
const APART = 0.02;

export interface CurvePoint {
  readonly value: number;
  /** Signed: below 0 for values below the estimate. */
  readonly zeta: number;
}

/** Points of the whole curve in the order of the values, to |ζ| = most where the quantity goes so far. */
export function* profileCurve(
  { estimate, scale, lower, upper }: QuantityProfile,
  most: number,
): Pausable<CurvePoint[]> {
  const sides: CurvePoint[][] = [];
  for (const side of [lower, upper]) {
    const sign = side === lower ? -1 : 1;
    for (let target = SPACING; ; target += SPACING) {
      const end = yield* side.reach(Math.min(target, most), target < most ? ABOUT : undefined);
      if (target >= most || end.kind !== "crossing") break;
    }
    const { edgeZeta, edge } = side;
    // of points that a search for a crossing left close together one is enough
    const points = side.points.filter(
      ({ zeta }, k) => k > 0 && zeta - side.points[k - 1]!.zeta > APART && zeta <= most + 2 * SPACING,
    );
    sides.push([
      ...points.map(({ value, zeta }) => ({ value: scale.from(value), zeta: sign * Math.min(zeta, side.most) })),
      ...(edgeZeta !== undefined && edgeZeta <= most ? [{ value: scale.from(edge), zeta: sign * edgeZeta }] : []),
    ]);
  }
  return [...sides[0]!.reverse(), { value: estimate, zeta: 0 }, ...sides[1]!];
}
