/**
 * The search for the highest of several maxima. A likelihood with few groups, or with a residual variance for each stratum, may have two: a search from
 * one start ends at the nearer. Other starts, which the model suggests, are followed only as long as they promise another maximum.
 */
import type { TermLayout } from "../model/parameter-layout.ts";
import { canonicaliseTerm } from "../model/parameter-layout.ts";
import { minimise } from "../optimise/bfgs.ts";
import type { Minimum, Objective } from "../optimise/objective.ts";
import { type Pausable, tell } from "../optimise/pausable.ts";
import type { OtherStart, StartName } from "./other-starts.ts";

/** A start that was tried, and what came of it. */
export interface TriedStart {
  readonly start: StartName;
  /** Where its search ended: at the maximum reported, on the way to the same one, or at or on the way to a lower one. */
  readonly outcome: "highest" | "same" | "lower";
  /** The log-likelihood (restricted for REML) that its search reached; one that was not followed to its end would have reached more. */
  readonly logLik: number;
}

/** A search ends early where it promises less than this. */
const LOOSE = 1e-4;
/** What ends higher than the best by more than this after a loose search is another, lower maximum. */
const LOWER = 0.005;
/** Entries this near, relatively, and values this near are on the way to the same maximum. */
const SAME_PLACE = 0.05;
const SAME_VALUE = 0.02;
/** Ends of searches that differ by less are one maximum. */
const SAME_SUMMIT = 1e-4;
/** The rise that rounding may hide, relative to the value. */
const ROUNDING = 1e-12;
/** Most iterations of a search that has not shown where it goes. */
const MOST_ITERATIONS = 20;

/** Whether a point is on the way to the maximum at `best`: both canonical. */
function isNear(x: Float64Array, best: Float64Array, terms: readonly TermLayout[]): boolean {
  const canonical = x.slice();
  for (const term of terms) canonicaliseTerm(term, canonical);
  for (let i = 0; i < x.length; i++)
    if (Math.abs(canonical[i]! - best[i]!) > SAME_PLACE * (1 + Math.abs(best[i]!))) return false;
  return true;
}

/**
 * Goes on from a settled minimum to a lower one, if another start leads there.
 *
 * @param found settled: canonical factors
 * @param metric the inverse Hessian a search from a start begins with
 * @param spend evaluations after which no further start is tried
 * @param settle follows a point to its end
 */
export function* searchFromOthers(
  objective: Objective,
  found: Minimum,
  foundBy: StartName,
  starts: readonly OtherStart[],
  terms: readonly TermLayout[],
  metric: (x: Float64Array) => Float64Array,
  settle: (from: Minimum) => Pausable<Minimum>,
  spend = Number.POSITIVE_INFINITY,
): Pausable<{ best: Minimum; tried: TriedStart[] }> {
  let best = found;
  let evaluations = found.evaluations;
  let bestBy = foundBy;
  // maxima are numbered as they are found
  let summit = 0;
  const ended: { start: StartName; value: number; summit: number | null }[] = [
    { start: foundBy, value: found.value, summit },
  ];
  const at = new Float64Array(found.x.length);
  const watched: Objective = (point, gradient) => {
    at.set(point);
    return objective(point, gradient);
  };
  for (const { name, x, metricAt = x } of starts) {
    if (evaluations - found.evaluations >= spend) break;
    let near = false;
    tell({ phase: "other starts", start: name });
    const loose = yield* minimise(watched, x, {
      inverseHessian: metric(metricAt),
      tolerance: LOOSE,
      maxIterations: MOST_ITERATIONS,
      onIteration: (_, value) => {
        near = Math.abs(value - best.value) < SAME_VALUE && isNear(at, best.x, terms);
        return near ? false : undefined;
      },
    });
    evaluations += loose.evaluations;

    const one = { start: name, value: loose.value, summit: near ? summit : null };
    const lower = !(loose.value <= best.value + LOWER) && loose.converged;
    if (!near && !lower && Number.isFinite(loose.value)) {
      const settled = yield* settle(loose);
      evaluations += settled.evaluations;
      one.value = settled.value;
      if (settled.value < best.value - SAME_SUMMIT) summit++;
      if (settled.value < best.value + SAME_SUMMIT) one.summit = summit;
      if (settled.value < best.value - ROUNDING * Math.abs(best.value)) {
        best = settled;
        bestBy = name;
      }
    }
    ended.push(one);
  }
  return {
    best: { ...best, evaluations },
    tried: ended.map((one) => ({
      start: one.start,
      outcome: one.start === bestBy ? "highest" : one.summit === summit ? "same" : "lower",
      logLik: -one.value,
    })),
  };
}
