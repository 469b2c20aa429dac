/** Where a Gibbs chain stands: plain data, so that it can be sent to a thread, written to a file and taken up again. */
import { decodeNumber, decodeNumbers } from "../../data/number-json.ts";
import { DeclarationError } from "../../messages/issue.ts";
import { notACheckpoint } from "../../messages/sampling.ts";
import type { Stored } from "../chain-state.ts";

/** The draws of a Gibbs chain. */
export interface GibbsRecord {
  /** draws × size natural parameters. */
  readonly values: Float64Array;
  /** By term: draws × (levels × q). */
  readonly effects: readonly Float64Array[];
}

/** Where a chain stands between two sweeps: with its data and settings, all that its future depends on. */
export interface GibbsChainState {
  /** Sweeps done, warm-up included. */
  readonly done: number;
  /** State of the stream of random numbers. */
  readonly rng: unknown;
  /** The arrays of the sweep, by name. */
  readonly arrays: Readonly<Record<string, Float64Array>>;
  /** Proposals made and accepted after warm-up, by block; null where every draw is accepted. */
  readonly proposals: readonly ({ readonly made: number; readonly accepted: number } | null)[];
  /** The last of the draws made so far: those since the state before it, all where a chain is taken up, none at the end of a fit. */
  readonly record: GibbsRecord;
}

/** Copies saved arrays into those of a sweep. */
export function fillArrays(
  from: Readonly<Record<string, Float64Array>>,
  to: Readonly<Record<string, Float64Array>>,
): void {
  for (const [name, array] of Object.entries(to)) {
    const saved = from[name];
    if (saved?.length !== array.length) throw new DeclarationError([notACheckpoint()]);
    array.set(saved);
  }
}

/** The state of a chain from its JSON, bit for bit. */
export function gibbsChainStateFromJSON(stored: Stored<GibbsChainState>): GibbsChainState {
  return {
    done: decodeNumber(stored.done),
    rng: stored.rng,
    arrays: Object.fromEntries(Object.entries(stored.arrays).map(([name, values]) => [name, decodeNumbers(values)])),
    proposals: stored.proposals.map(
      (counts) => counts && { made: decodeNumber(counts.made), accepted: decodeNumber(counts.accepted) },
    ),
    record: { values: decodeNumbers(stored.record.values), effects: stored.record.effects.map(decodeNumbers) },
  };
}
