/** Work that may take long: at once, or with a signal or a report in slices that give way to the event loop. */
import { optional } from "valibot";
import { atOnce, inSlices, type Pausable } from "../optimise/pausable.ts";
import type { StopSignal } from "./abort-signal.ts";
import { abortSignal, callback } from "./kinds.ts";

/** How far work is. */
export interface WorkProgress {
  /** What is being done, as `log-likelihoods`. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

/** The options that make work go in slices; the function then returns a promise. */
export const longWorkEntries = {
  /** Stops the work, also midway: the function returns a promise, which then rejects with the signal's own reason. */
  signal: optional(abortSignal),
  /** Called at most every 40 ms and at the end: the function returns a promise. */
  onProgress: optional(callback<(progress: WorkProgress) => void>()),
};

interface LongWorkOptions {
  readonly signal?: StopSignal | undefined;
  readonly onProgress?: ((progress: WorkProgress) => void) | undefined;
}

/** Options with a signal or a report. */
export type InSlices<Options> = Options &
  ({ readonly signal: StopSignal } | { readonly onProgress: (progress: WorkProgress) => void });

/**
 * Options of long work whose types are inferred, so that one signature says when a promise is returned, and a fault in another option is told as
 * such. `Told` is what `onProgress` returns, by which alone the compiler still sees the types of its parameters.
 */
export interface SlicesOf<Signal, Told> {
  readonly signal?: Signal;
  readonly onProgress?: ((progress: WorkProgress) => Told) | undefined;
}

/**
 * A promise where the options have a signal or a report, either where they may have a signal, as a variable of the options' own type may.
 * `Signal` is `undefined` and `Told` never where left out.
 */
export type DoneOrPromised<Result, Signal, Told> = [Signal] extends [undefined]
  ? [Told] extends [never]
    ? Result
    : Promise<Result>
  : undefined extends Signal
    ? Result | Promise<Result>
    : Promise<Result>;

/** The same of work that is also a promise where it is given threads to run on. */
export type DoneOrDealtOut<Result, Signal, Told, Threads> = [Threads] extends [undefined]
  ? DoneOrPromised<Result, Signal, Told>
  : undefined extends Threads
    ? Result | Promise<Result>
    : Promise<Result>;

/** Tells how far work is: what it is at, and how much of that is done. */
export type Report = (phase: string, done: number, total: number) => void;

/** What is told where nobody listens. */
export const untold: Report = () => undefined;

/**
 * Does the work at once; with a signal or a report in slices, as a promise. The result is the same to the last bit.
 *
 * @param work is given what it tells how far it is, and looks at `pauseDue()` after every piece
 */
export function doneOrPromised<T>(
  work: (report: Report) => Pausable<T>,
  { signal, onProgress }: LongWorkOptions,
): T | Promise<T> {
  if (!signal && !onProgress) return atOnce(work(untold));
  let latest: WorkProgress | null = null;
  const report: Report = (phase, done, total) => {
    latest = { phase, done, total };
  };
  const tell = () => {
    if (latest) onProgress?.(latest);
  };
  const long = async () => {
    signal?.throwIfAborted();
    const result = await inSlices(work(report), signal, undefined, onProgress && tell);
    if (latest) onProgress?.({ ...(latest as WorkProgress), done: (latest as WorkProgress).total });
    return result;
  };
  return long();
}
