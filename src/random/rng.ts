/** A stream of random numbers. One keyed stream a chain and purpose, so that serial and parallel runs draw the same numbers. */
export interface Rng {
  /** Uniform on [0, 1) with 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** An independent stream, determined by this stream's seed (not its position) and `key`. */
  fork(key: string): Rng;
  /** State as JSON: `restoreRng(state)` continues the stream bit for bit. */
  state(): unknown;
}
