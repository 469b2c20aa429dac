/** One step of a Gibbs sweep. */
import type { Rng } from "../../random/rng.ts";

export interface Block {
  /** What it draws, for acceptance rates and tests: `coefficients and random effects`, `sigma`. */
  readonly name: string;
  /** Moves its part of the state, leaving the posterior invariant. */
  draw(rng: Rng): void;
  /**
   * Log density of the block's part of the state given the rest, at the current state, up to a constant that does not depend on that part.
   * Exact blocks draw from it; slice and Metropolis blocks leave it invariant.
   */
  logConditional(): number;
  /** Proposals made and accepted since the last `reset`; absent where every draw is accepted. */
  readonly proposals?: { made: number; accepted: number };
  /**
   * Called after each of the `warmup` sweeps of the warm-up, of which `done` are done: what the block learns from it about its own step. It stays as it
   * is afterwards, so that the draws kept are those of one Markov chain.
   */
  adapt?(done: number, warmup: number): void;
  /**
   * What the block keeps from one sweep to the next outside `GibbsState`, by name: written to checkpoints, and filled again from them. What is drawn
   * before it is used in every sweep (latent variables) need not be kept. A name may occur in one block of a sweep only.
   */
  readonly saved?: Readonly<Record<string, Float64Array>>;
  /** Called when state and `saved` have been filled from a checkpoint: brings up to date what the block has derived from them. */
  restored?(): void;
}
