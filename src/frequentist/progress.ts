/** How far a fit is, for whoever waits for it. */
import { atOnce, inSlices, type News, type Pausable, SLICE, Slices } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import type { StartName } from "./other-starts.ts";

/** What a fit is at, about in this order; a refit by quadrature searches again. */
export type FitPhase =
  /** The model without random effects, or first steps towards the maximum. */
  | "starting values"
  | "search"
  /** Searches from the starts that the model suggests. */
  | "other starts"
  /** Second derivatives at the maximum, and last steps by them. */
  | "curvature"
  /** Laplace's approximation against quadrature or importance sampling. */
  | "accuracy of the integral"
  /** The family that the declared one tends to, as the Poisson of nbinom2, for comparison. */
  | "limiting family"
  /** Rounds of penalised quasi-likelihood or of Lindstrom & Bates' algorithm. */
  | "working models"
  /** Scoring for generalised estimating equations. */
  | "estimating equations";

export interface FitProgress {
  readonly phase: FitPhase;
  /** Evaluations of a likelihood so far, those for starting values, probes and second derivatives included; it never falls. */
  readonly evaluations: number;
  /** What is maximised: `REML`, `ML`, `Laplace`, `AGQ 11`; null where it is no likelihood of the model. */
  readonly method: string | null;
  /** The highest log-likelihood by that method so far; null before there is one. It falls only where the method changes. */
  readonly logLik: number | null;
  /** Where the present search began; null where there is none. */
  readonly start: StartName | null;
  /** Rounds begun of a method that goes by rounds, else null. */
  readonly iteration: number | null;
}

class FitWatch extends Slices {
  #progress: { -readonly [K in keyof FitProgress]: FitProgress[K] } = {
    phase: "starting values",
    evaluations: 0,
    method: null,
    logLik: null,
    start: null,
    iteration: null,
  };
  #constant = 0;
  #entered = false;
  #reported = performance.now();
  readonly #onProgress: (progress: FitProgress) => void;

  constructor(onProgress: (progress: FitProgress) => void) {
    super();
    this.#onProgress = onProgress;
  }

  override due(): boolean {
    return this.#entered || this.over;
  }

  override evaluated(value: number): void {
    const now = this.#progress;
    now.evaluations++;
    if (this.quiet || now.method === null) return;
    const logLik = this.#constant - value;
    if (logLik > (now.logLik ?? Number.NEGATIVE_INFINITY) && Number.isFinite(logLik)) now.logLik = logLik;
  }

  override tell({ phase, start, likelihood, iteration }: News): void {
    if (this.quiet) return;
    const now = this.#progress;
    if (phase !== undefined && phase !== now.phase) {
      now.phase = phase as FitPhase;
      this.#entered = true;
    }
    if (start !== undefined && start !== now.start) {
      now.start = start as StartName | null;
      this.#entered = true;
    }
    if (iteration !== undefined) now.iteration = iteration;
    if (likelihood === undefined) return;
    if (likelihood === null || likelihood.name !== now.method) now.logLik = null;
    now.method = likelihood?.name ?? null;
    this.#constant = likelihood?.constant ?? 0;
  }

  /** Reports where a phase or a search from another start begins, and else once a slice. */
  readonly between = (): void => {
    if (!this.#entered && performance.now() - this.#reported < SLICE) return;
    this.report();
  };

  report(): void {
    this.#entered = false;
    this.#reported = performance.now();
    this.#onProgress({ ...this.#progress });
  }
}

export interface WatchedFit {
  readonly signal?: StopSignal | undefined;
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
}

/** Makes a fit without returning to the event loop. */
export function fitAtOnce<Fit>(work: Pausable<Fit>, onProgress: WatchedFit["onProgress"]): Fit {
  if (!onProgress) return atOnce(work);
  const watch = new FitWatch(onProgress);
  const fit = atOnce(work, watch, watch.between);
  watch.report();
  return fit;
}

/** Makes a fit in slices, between which timers fire and `signal` may abort. */
export async function fitInSlices<Fit>(work: Pausable<Fit>, { signal, onProgress }: WatchedFit): Promise<Fit> {
  if (!onProgress) return inSlices(work, signal);
  const watch = new FitWatch(onProgress);
  const fit = await inSlices(work, signal, watch, watch.between);
  watch.report();
  return fit;
}
