/** Runs chains one after another in this thread, giving way to the event loop every 40 ms. */
import { nextTurn, SLICE } from "../optimise/pausable.ts";
import type { RunningChain, SamplerResult, SamplerState } from "./chain-sampler.ts";
import type { ChainJob, ChainProgress, Executor } from "./executor.ts";
import { samplerOf } from "./samplers.ts";

/** The chain of a job. */
export const startChainOf = ({ sampler, job, chain, from }: ChainJob): RunningChain =>
  samplerOf(sampler).start(job, chain, from);

/**
 * Milliseconds from one state to the next at least, where only a share of the time is theirs: chains that wait for a processor spend little of their
 * time on work, so that a share of it may be much of the work.
 */
const BETWEEN_STATES = 500;

/**
 * Runs one chain in slices.
 *
 * @param pause awaited between slices; may throw to stop
 * @param states receives the chain's state after every `every` iterations and at the end, as far as `share` of the time allows; the chain
 * waits for it
 */
export async function runSliced(
  chain: RunningChain,
  warmup: number,
  report: (iteration: number, total: number, phase: ChainProgress["phase"]) => void,
  pause: () => Promise<void>,
  states?: {
    readonly every: number;
    readonly share: number;
    readonly receive: (state: SamplerState) => void | Promise<void>;
  },
): Promise<SamplerResult> {
  const began = performance.now();
  let spent = 0;
  let last = began;
  const give = async ({ share, receive }: NonNullable<typeof states>): Promise<void> => {
    const now = performance.now();
    const early = spent > share * (now - began) || now - last < BETWEEN_STATES;
    if (chain.done < chain.iterations && share < 1 && early) return;
    const waited = receive(chain.state());
    if (waited) await waited;
    last = performance.now();
    spent += last - now;
  };
  while (chain.done < chain.iterations) {
    const until = Date.now() + SLICE;
    do {
      chain.advance();
      if (states && (chain.done % states.every === 0 || chain.done === chain.iterations)) await give(states);
    } while (chain.done < chain.iterations && Date.now() < until);
    report(chain.done, chain.iterations, chain.done <= warmup ? "warm-up" : "sampling");
    await pause();
  }
  return chain.result();
}

/** One chain after another, each made when its turn comes. */
export const serialExecutor: Executor = {
  async run(jobs, { signal, onProgress, onState, every = Infinity, share = 1 }) {
    const results: SamplerResult[] = [];
    const check = () => signal?.throwIfAborted();
    check();
    for (const [place, job] of jobs.entries()) {
      const pause = async () => {
        await nextTurn();
        check();
      };
      const report = (iteration: number, total: number, phase: ChainProgress["phase"]) =>
        onProgress?.({ chain: place, iteration, total, phase });
      const states = onState && { every, share, receive: (state: SamplerState) => onState(place, state) };
      results.push(await runSliced(startChainOf(job), job.warmup, report, pause, states));
    }
    return results;
  },
};
