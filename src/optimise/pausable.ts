/**
 * Long work that can pause, written once: a generator that yields where it may. Driven at once it never yields; driven in slices it yields when a slice is
 * over. What it computes is the same to the last bit, for no number depends on when it paused.
 */
import type { StopSignal } from "../options/abort-signal.ts";

/** Work that yields where a pause is due, and returns its result. */
export type Pausable<T> = Generator<void, T, void>;

/** What is told of work beside its evaluations. Names of `frequentist/progress.ts`. */
export interface News {
  /** What the work is at. */
  readonly phase?: string;
  /** The start that a search began at. */
  readonly start?: string | null;
  /** What the values of an objective are minus the log-likelihood of, and what has to be added to it; null where they are of none. */
  readonly likelihood?: { readonly name: string; readonly constant: number } | null;
  /** Rounds done of a method that goes by rounds. */
  readonly iteration?: number;
}

/** Whoever drives work in slices. */
export interface Watch {
  /** Whether the work should yield at its next opportunity. */
  due(): boolean;
  evaluated(value: number): void;
  tell(news: News): void;
  /** Counts evaluations but takes no news and no values while it is set: of models that only stand for the one that is fitted. */
  quiet: boolean;
}

/** Of the work that is being advanced now; null while nothing is, or what is runs at once. Work is advanced by one driver at a time. */
let watch: Watch | null = null;

/** Where work may pause: `if (pauseDue()) yield;`. */
export const pauseDue = (): boolean => watch?.due() ?? false;

/** Counts an evaluation of an objective, for the driver. */
export const evaluated = (value: number): void => watch?.evaluated(value);

/** Tells the driver what the work is at. */
export const tell = (news: News): void => watch?.tell(news);

/** Work whose values and news are not those of the whole. */
export function* quietly<T>(work: Pausable<T>): Pausable<T> {
  if (watch) watch.quiet = true;
  const result = yield* work;
  if (watch) watch.quiet = false;
  return result;
}

function advance<T>(work: Pausable<T>, by: Watch | null): IteratorResult<void, T> {
  const outer = watch;
  watch = by;
  try {
    return work.next();
  } finally {
    watch = outer;
  }
}

/** Does the work without returning to the event loop. `by` watches it, and `between` is called wherever it yields. */
export function atOnce<T>(work: Pausable<T>, by: Watch | null = null, between?: () => void): T {
  for (;;) {
    const { done, value } = advance(work, by);
    if (done) return value;
    between?.();
  }
}

/** Milliseconds of work between returns to the event loop. */
export const SLICE = 40;

/** Gives way to the event loop: timers fire, signals abort. */
export const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Lets work yield when it has gone on for a slice. */
export class Slices implements Watch {
  quiet = false;
  #until = performance.now() + SLICE;

  get over(): boolean {
    return performance.now() >= this.#until;
  }

  due(): boolean {
    return this.over;
  }

  evaluated(_value: number): void {}

  tell(_news: News): void {}

  begin(): void {
    this.#until = performance.now() + SLICE;
  }
}

/**
 * Does the work in slices, giving way to the event loop between them.
 *
 * @param signal stops the work: the promise then rejects with its reason
 * @param between called wherever the work yields
 */
export async function inSlices<T>(
  work: Pausable<T>,
  signal: StopSignal | undefined,
  slices: Slices = new Slices(),
  between?: () => void,
): Promise<T> {
  const giveWay = async () => {
    await nextTurn();
    signal?.throwIfAborted();
    slices.begin();
  };
  await giveWay();
  for (;;) {
    const { done, value } = advance(work, slices);
    if (!done) between?.();
    signal?.throwIfAborted();
    if (done || slices.over) await giveWay();
    if (done) return value;
  }
}
