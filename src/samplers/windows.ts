/**
 * The warm-up's schedule: a fast interval for the step size, slow windows that double for the metric, a fast interval again
 * (Stan reference manual, "Automatic parameter tuning": 75, 25·2^k, 50).
 */
export interface WarmupSchedule {
  /** Iterations (0-based, exclusive) at which a window of the metric ends; the first window begins at `first`. */
  readonly first: number;
  readonly ends: readonly number[];
}

/** Below 150 iterations the intervals are 15 %, 75 % and 10 %; below 20 the metric is not adapted. */
export function warmupSchedule(iterations: number): WarmupSchedule {
  if (iterations < 20) return { first: iterations, ends: [] };
  let first = 75;
  let last = 50;
  let width = 25;
  if (first + width + last > iterations) {
    first = Math.floor(0.15 * iterations);
    last = Math.floor(0.1 * iterations);
    width = iterations - first - last;
  }
  const stop = iterations - last;
  const ends: number[] = [];
  let end = first + width;
  // A window that would leave less than the next one, of double its width, takes the rest.
  while (end + 2 * width <= stop) {
    ends.push(end);
    width *= 2;
    end += width;
  }
  ends.push(stop);
  return { first, ends };
}
