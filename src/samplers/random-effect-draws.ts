/**
 * Draws of the random effects that go with the draws of the parameters: stored where they were sampled; else drawn from their
 * conditional distribution given the parameters, each draw from a stream of its own, so that they need not be kept: drawing
 * again gives the same values.
 */
import type { Chains } from "../diagnostics/chains.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { ParameterDraws } from "../model/fit.ts";
import { createRng } from "../random/rng.ts";

/** More numbers than this (64 MB) are not kept but drawn again whenever they are asked for. */
const MOST_KEPT = 8_000_000;

export interface RandomEffectDraws {
  /** Whether all draws are (or will be, once asked for) in memory. */
  readonly kept: boolean;
  /** All draws by term: draws × (levels × q). Not remembered where `kept` is false. */
  all(): readonly Float64Array[];
  /** Those of draw d by term (levels × q): views, good until the next call. */
  of(d: number): readonly Float64Array[];
}

/** Sizes of the terms: levels × q. */
export const effectSizes = (model: CompiledModel): number[] =>
  model.design.random.map((term) => term.levels.length * term.q);

/** Draws that were sampled with the parameters. */
export function storedEffects(values: readonly Float64Array[], sizes: readonly number[]): RandomEffectDraws {
  return {
    kept: true,
    all: () => values,
    of: (d) => values.map((all, t) => all.subarray(d * sizes[t]!, (d + 1) * sizes[t]!)),
  };
}

/**
 * Draws from the conditional distribution of b given each draw of the parameters.
 *
 * @param seed with the chain and the place in it, the key of a draw's stream: a longer run begins with the same draws
 */
export function conditionalEffects(
  model: CompiledModel,
  method: IntegralMethod,
  draws: ParameterDraws,
  seed: string,
  mostKept: number = MOST_KEPT,
): RandomEffectDraws {
  const sizes = effectSizes(model);
  const count = draws.chains * draws.drawsPerChain;
  const kept = count * sizes.reduce((sum, size) => sum + size, 0) <= mostKept;
  const root = createRng(seed);
  let marginal: ReturnType<CompiledModel["marginal"]> | undefined;
  let buffers: Float64Array[] | undefined;
  let stored: RandomEffectDraws | undefined;
  const drawInto = (d: number, out: readonly Float64Array[]) => {
    marginal ??= model.marginal(method);
    const x = draws.values.subarray(d * draws.size, (d + 1) * draws.size);
    const chain = Math.floor(d / draws.drawsPerChain);
    marginal.drawRandomEffects(x, root.fork(`random effects/${chain}/${d % draws.drawsPerChain}`), out);
  };
  const drawAll = (): RandomEffectDraws => {
    const all = storedEffects(
      sizes.map((size) => new Float64Array(count * size)),
      sizes,
    );
    for (let d = 0; d < count; d++) drawInto(d, all.of(d));
    return all;
  };
  const keep = () => (stored ??= drawAll());
  return {
    kept,
    all: () => (kept ? keep() : drawAll()).all(),
    of(d) {
      if (kept) return keep().of(d);
      buffers ??= sizes.map((size) => new Float64Array(size));
      drawInto(d, buffers);
      return buffers;
    },
  };
}

/**
 * Mean and standard deviation (divisor: draws − 1) of every random effect over `count` draws, by term; one pass, with nothing kept of the draws
 * (Welford 1962, "Note on a method for calculating corrected sums of squares and products", Technometrics 4).
 */
export function effectMoments(
  effects: RandomEffectDraws,
  sizes: readonly number[],
  count: number,
): { readonly mean: readonly Float64Array[]; readonly sd: readonly Float64Array[] } {
  const mean = sizes.map((size) => new Float64Array(size));
  const squares = sizes.map((size) => new Float64Array(size));
  for (let d = 0; d < count; d++) {
    const b = effects.of(d);
    for (let t = 0; t < sizes.length; t++) {
      const own = b[t]!;
      const average = mean[t]!;
      const spread = squares[t]!;
      for (let i = 0; i < own.length; i++) {
        const before = own[i]! - average[i]!;
        average[i]! += before / (d + 1);
        spread[i]! += before * (own[i]! - average[i]!);
      }
    }
  }
  return { mean, sd: squares.map((spread) => spread.map((square) => Math.sqrt(square / (count - 1)))) };
}

/**
 * Visits every random effect with its draws as an array a chain, good until the visit is over: term by term, level by level, effect by effect.
 * Where draws are not kept they are gone through once for as many effects as `most` numbers hold.
 */
export function eachEffect<T>(
  effects: RandomEffectDraws,
  sizes: readonly number[],
  { chains, drawsPerChain }: Pick<ParameterDraws, "chains" | "drawsPerChain">,
  visit: (term: number, position: number, draws: Chains) => T,
  most: number = MOST_KEPT,
): T[] {
  const places = sizes.flatMap((size, term) => Array.from({ length: size }, (_, position) => ({ term, position })));
  const count = chains * drawsPerChain;
  const width = Math.max(1, Math.floor(most / count));
  const results: T[] = [];
  const values = Array.from({ length: Math.min(width, places.length) }, () => new Float64Array(count));
  for (let from = 0; from < places.length; from += width) {
    const block = places.slice(from, from + width);
    for (let d = 0; d < count; d++) {
      const b = effects.of(d);
      block.forEach(({ term, position }, i) => {
        values[i]![d] = b[term]![position]!;
      });
    }
    block.forEach(({ term, position }, i) => {
      const byChain = Array.from({ length: chains }, (_, c) =>
        values[i]!.subarray(c * drawsPerChain, (c + 1) * drawsPerChain),
      );
      results.push(visit(term, position, byChain));
    });
  }
  return results;
}
