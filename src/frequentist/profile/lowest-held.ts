/**
 * The least −log L where a quantity has a given value, which may be far from its estimate and have several minima: the value is gone to by steps, each begun by
 * the last, and from several beginnings, of which the lowest end counts.
 */
import type { Pausable } from "../../optimise/pausable.ts";
import { type ConstrainedMinimum, constrainedMinimum, type Quantity } from "./constrained-minimum.ts";
import type { ProfileProblem } from "./profile-problem.ts";

/** Share of the way that is tried at least before a beginning is given up. */
const LEAST_STEP = 1 / 512;
/** The factors of covariances are begun smaller and larger by this. */
const APART = 4;
/** A search begun again at its end gains less than this there. */
const SETTLED = 1e-7;
const MOST_ROUNDS = 8;
/** How far off a boundary a search is begun, in errors of the coordinate. */
const OFF = 0.5;

interface Place {
  readonly w: Float64Array;
  readonly metric: Float64Array;
}

/** Goes from a point to where the quantity is c, in steps that are halved where the search is lost and doubled where it is not. */
function* approached(
  { objective, metric }: ProfileProblem,
  quantity: Quantity,
  c: number,
  start: Float64Array,
): Pausable<ConstrainedMinimum | null> {
  const from = quantity.value(start);
  if (!Number.isFinite(from)) return null;
  let place: Place = { w: start, metric };
  let done = 0;
  let step = 1;
  while (step >= LEAST_STEP) {
    const share = Math.min(1, done + step);
    const value = share === 1 ? c : from + share * (c - from);
    const found: ConstrainedMinimum | null = yield* constrainedMinimum(
      objective,
      quantity,
      value,
      place.w,
      place.metric,
    );
    if (!found) {
      step /= 2;
      continue;
    }
    if (share === 1) return found;
    place = found;
    done = share;
    step *= 2;
  }
  return null;
}

/** The search begun again where it ended, until nothing is gained; null where it never settles. */
function* settled(
  problem: ProfileProblem,
  quantity: Quantity,
  c: number,
  first: ConstrainedMinimum,
): Pausable<ConstrainedMinimum | null> {
  let best = first;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const again: ConstrainedMinimum | null = yield* constrainedMinimum(
      problem.objective,
      quantity,
      c,
      best.w,
      round % 2 === 0 ? problem.metric : best.metric,
    );
    const gain = again ? best.value - again.value : 0;
    if (again && gain > 0) best = again;
    if (gain < SETTLED && (best.converged || round > 0)) return best;
  }
  return null;
}

/** Beginnings besides the maximum: covariances larger and smaller than there, and off a boundary. */
function beginnings({ w, metric, positions, boundary, fit }: ProfileProblem): Float64Array[] {
  const inFactor = positions.map((position) =>
    fit.model.layout.terms.some(({ offset, size }) => position >= offset && position < offset + size),
  );
  const off = w.slice();
  for (const i of boundary) off[i] = OFF * Math.sqrt(metric[i * (w.length + 1)]!);
  const scaled = inFactor.includes(true)
    ? [APART, 1 / APART].map((factor) => off.map((value, i) => (inFactor[i] ? factor * value : value)))
    : [];
  return [w, ...(boundary.length > 0 ? [off] : []), ...scaled];
}

/**
 * @param more further points to begin at
 * @returns the lowest that was found; null where no beginning led to the value
 */
export function* lowestHeld(
  problem: ProfileProblem,
  quantity: Quantity,
  c: number,
  more: readonly Float64Array[] = [],
): Pausable<ConstrainedMinimum | null> {
  let lowest: ConstrainedMinimum | null = null;
  for (const start of [...beginnings(problem), ...more]) {
    const found = yield* approached(problem, quantity, c, start);
    if (found && (!lowest || found.value < lowest.value)) lowest = found;
  }
  return lowest && (yield* settled(problem, quantity, c, lowest));
}
