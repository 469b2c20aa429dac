/**
 * Streams of random numbers: xor4096 (R. P. Brent, 2004, "Some long-period random number generators using shifts and xors",
 * period 2^4096 − 1) from the package seedrandom, with 53-bit uniforms, normals by Marsaglia's polar method, and keyed forks.
 */
import seedrandom from "seedrandom";
import { seedOf } from "../options/kinds.ts";
import { readArgument } from "../options/read-options.ts";

/** A stream of random numbers. One keyed stream a chain and purpose, so that serial and parallel runs draw the same numbers. */
export interface Rng {
  /** Uniform on (0, 1) with 53 bits; never 0, never 1. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** An independent stream, determined by this stream's seed (not its position) and `key`. */
  fork(key: string): Rng;
  /** State as JSON: `restoreRng(state)` continues the stream bit for bit. */
  state(): unknown;
}

interface RngState {
  readonly seed: string;
  readonly generator: seedrandom.State.Xor4096;
  /** The second normal of a polar pair, when it has not been handed out yet. */
  readonly spare: number | null;
}

/**
 * A stream determined by its seed; a number and its decimal text are the same seed.
 *
 * @throws DeclarationError unless the seed is a text or a finite number
 * @example
 * const rng = createRng("cbpp");
 * const chain1 = rng.fork("chain/1"); // the same numbers whatever was drawn from rng before
 */
export function createRng(seed: string | number): Rng {
  readArgument(seedOf, seed, { of: "createRng()", name: "The seed" });
  const text = String(seed);
  return stream(text, seedrandom.xor4096(text, { state: true }), null);
}

/** Continues a stream from what its `state()` returned, also after a trip through JSON. */
export function restoreRng(state: unknown): Rng {
  const { seed, generator, spare } = state as RngState;
  return stream(seed, seedrandom.xor4096("", { state: generator }), spare);
}

function stream(
  seed: string,
  generator: seedrandom.StatefulPRNG<seedrandom.State.Xor4096>,
  initialSpare: number | null,
): Rng {
  let spare = initialSpare;
  return {
    uniform: () => generator.double(),
    normal() {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      let a: number;
      let b: number;
      let square: number;
      do {
        a = 2 * generator.double() - 1;
        b = 2 * generator.double() - 1;
        square = a * a + b * b;
      } while (square >= 1 || square === 0);
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = b * factor;
      return a * factor;
    },
    fork: (key) => createRng(`${seed}/${key}`),
    state: (): RngState => ({ seed, generator: generator.state(), spare }),
  };
}
