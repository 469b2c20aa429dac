/** The profile of one quantity: both sides, its edges, and the ends of its interval at a level. */
import type { FamilyParameter } from "../../families/family.ts";
import { minimise } from "../../optimise/bfgs.ts";
import type { Pausable } from "../../optimise/pausable.ts";
import { normalQuantile } from "../../special/distributions.ts";
import type { Quantity } from "./constrained-minimum.ts";
import type { ProfileProblem } from "./profile-problem.ts";
import { ProfileSide, type SideEnd } from "./profile-side.ts";

export interface QuantityRange {
  readonly low: number;
  readonly high: number;
  /** Coordinates that are 0 when the quantity is at its lower end; absent: it is not reached by such. */
  readonly zeroed?: readonly number[];
}

export const UNBOUNDED: QuantityRange = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** What a family's parameter can be. */
export function rangeOfSupport(support: FamilyParameter["support"]): QuantityRange {
  if (typeof support === "object") return { low: support.lower, high: support.upper };
  if (support === "positive") return { low: 0, high: Number.POSITIVE_INFINITY };
  return support === "unit" ? { low: 0, high: 1 } : UNBOUNDED;
}

export interface QuantityProfile {
  readonly estimate: number;
  readonly lower: ProfileSide;
  readonly upper: ProfileSide;
}

/** Null where the quantity has no value at the maximum, as a correlation with an effect of variance 0. */
export function quantityProfile(
  problem: ProfileProblem,
  quantity: Quantity,
  range: QuantityRange,
): QuantityProfile | null {
  const { w, metric } = problem;
  const d = w.length;
  const estimate = quantity.value(w);
  if (!Number.isFinite(estimate)) return null;
  const gradient = new Float64Array(d);
  quantity.gradient(w, gradient);
  let variance = 0;
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) variance += gradient[i]! * metric[i * d + j]! * gradient[j]!;
  const error = variance > 0 ? Math.sqrt(variance) : Number.NaN;
  const { zeroed } = range;
  const side = (sign: 1 | -1) =>
    new ProfileSide({
      problem,
      quantity,
      estimate,
      error,
      sign,
      edge: sign > 0 ? range.high : range.low,
      atEdge: sign < 0 && zeroed ? () => heldAtZero(problem, zeroed) : undefined,
    });
  return { estimate, lower: side(-1), upper: side(1) };
}

/** The ends of the interval at a level. */
export function* profileInterval(
  { lower, upper }: QuantityProfile,
  confLevel: number,
): Pausable<{ low: SideEnd; high: SideEnd }> {
  const target = normalQuantile(0.5 + confLevel / 2);
  return { low: yield* lower.reach(target), high: yield* upper.reach(target) };
}

/** The least −log L with some coordinates 0. */
function* heldAtZero({ objective, w, metric }: ProfileProblem, zeroed: readonly number[]): Pausable<number> {
  const d = w.length;
  const free = Array.from({ length: d }, (_, i) => i).filter((i) => !zeroed.includes(i));
  const m = free.length;
  const point = new Float64Array(d);
  const full = new Float64Array(d);
  const inverseHessian = new Float64Array(m * m);
  free.forEach((i, a) => {
    free.forEach((j, b) => {
      inverseHessian[a * m + b] = metric[i * d + j]!;
    });
  });
  const found = yield* minimise(
    (z, gradient) => {
      free.forEach((i, a) => {
        point[i] = z[a]!;
      });
      const value = objective(point, full);
      free.forEach((i, a) => {
        gradient[a] = full[i]!;
      });
      return value;
    },
    Float64Array.from(free, (i) => w[i]!),
    { inverseHessian, tolerance: 1e-9 },
  );
  return found.value;
}
