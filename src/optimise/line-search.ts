/**
 * Line search for the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6) with safeguarded cubic
 * interpolation. Tolerates +Infinity by stepping back.
 */
import type { Objective } from "./objective.ts";
import { type Pausable, pauseDue } from "./pausable.ts";

const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;

export interface LineSearchWorkspace {
  readonly x: Float64Array;
  readonly gradient: Float64Array;
}

export interface LineSearchResult {
  readonly step: number;
  readonly value: number;
  readonly evaluations: number;
  readonly success: boolean;
  /** Whether the point meets the conditions; else it is only the best one of a search that was given up. */
  readonly met: boolean;
}

/** Minimiser in (lo, hi) of the cubic through both values and slopes; the middle where that is not usable. */
function cubicStep(a: number, fa: number, da: number, b: number, fb: number, db: number): number {
  const d1 = da + db - (3 * (fa - fb)) / (a - b);
  const square = d1 * d1 - da * db;
  const middle = 0.5 * (a + b);
  if (!(square >= 0) || !Number.isFinite(square)) return middle;
  const d2 = Math.sign(b - a) * Math.sqrt(square);
  const t = b - ((b - a) * (db + d2 - d1)) / (db - da + 2 * d2);
  const lo = Math.min(a, b);
  const width = Math.abs(b - a);
  return t > lo + 0.05 * width && t < lo + 0.95 * width ? t : middle;
}

/**
 * Searches along x + t·direction from t = `first`. On return `out.x` and `out.gradient` hold the accepted point.
 *
 * @param slope directional derivative at t = 0, negative
 * @param noise rounding error of f: differences below it count as no increase
 */
export function* lineSearch(
  objective: Objective,
  x: Float64Array,
  value: number,
  slope: number,
  direction: Float64Array,
  first: number,
  noise: number,
  out: LineSearchWorkspace,
): Pausable<LineSearchResult> {
  const d = x.length;
  let evaluations = 0;
  const at = (t: number): number => {
    for (let i = 0; i < d; i++) out.x[i] = x[i]! + t * direction[i]!;
    evaluations++;
    const f = objective(out.x, out.gradient);
    return Number.isNaN(f) ? Number.POSITIVE_INFINITY : f;
  };
  const slopeAt = (): number => {
    let s = 0;
    for (let i = 0; i < d; i++) s += out.gradient[i]! * direction[i]!;
    return s;
  };
  let lo = 0;
  let fLo = value;
  let dLo = slope;
  let hi = Number.POSITIVE_INFINITY;
  let fHi = Number.POSITIVE_INFINITY;
  let dHi = 0;
  let t = first;
  for (let trial = 0; trial < 40; trial++) {
    const f = at(t);
    if (pauseDue()) yield;
    if (!Number.isFinite(f)) {
      hi = t;
      fHi = Number.POSITIVE_INFINITY;
      t = lo + 0.2 * (t - lo);
      continue;
    }
    const s = slopeAt();
    const decreased = f <= value + SUFFICIENT_DECREASE * t * slope + noise;
    if (decreased && Math.abs(s) <= -CURVATURE * slope)
      return { step: t, value: f, evaluations, success: true, met: true };
    // once f cannot tell the points apart, the slopes alone decide (Hager & Zhang 2005, approximate Wolfe)
    if (Math.abs(f - value) <= noise && s <= 0 && s >= CURVATURE * slope)
      return { step: t, value: f, evaluations, success: true, met: true };
    if (!decreased || f >= fLo + noise) {
      hi = t;
      fHi = f;
      dHi = s;
    } else {
      if (s >= 0) {
        hi = lo;
        fHi = fLo;
        dHi = dLo;
      }
      lo = t;
      fLo = f;
      dLo = s;
    }
    if (!Number.isFinite(hi)) {
      t *= 2.5;
      continue;
    }
    if (Math.abs(hi - lo) < 1e-14 * Math.max(1, Math.abs(lo))) break;
    t = Number.isFinite(fHi) ? cubicStep(lo, fLo, dLo, hi, fHi, dHi) : lo + 0.3 * (hi - lo);
  }
  if (lo > 0 && fLo <= value) {
    const f = at(lo);
    return { step: lo, value: f, evaluations, success: true, met: false };
  }
  return { step: 0, value, evaluations, success: false, met: false };
}
