/**
 * One Gibbs chain. Advanced a sweep at a time, so that a runner can pause or stop it, and taken up again from its state bit for bit.
 */

import { boundStructure } from "../../covariance/structures.ts";
import { ofMean } from "../../families/of-mean.ts";
import { scaledEntries, writeFactor } from "../../model/parameter-layout.ts";
import type { Rng } from "../../random/rng.ts";
import { createRng, restoreRng } from "../../random/rng.ts";
import type { GibbsChainState, GibbsRecord } from "./chain-state.ts";
import { fillArrays } from "./chain-state.ts";
import type { GibbsData, GibbsResult, GibbsSettings } from "./gibbs-data.ts";
import { multiply } from "./state.ts";
import { buildSweep, restoreSweep, sweepArrays } from "./sweep.ts";
import { thresholdsFromLevel } from "./threshold-level.ts";

export interface GibbsChain {
  readonly iterations: number;
  readonly done: number;
  /** Runs one sweep. */
  advance(): void;
  /** Where the chain stands now, with the draws made since this was last asked, or since it was taken up. A copy. */
  state(): GibbsChainState;
  result(): GibbsResult;
}

/** Where a chain starts: standard deviations and positive parameters spread about those of `start`. */
function dispersed({ data, supports }: GibbsData, start: Float64Array, rng: Rng): Float64Array {
  const x = start.slice();
  const { layout } = data;
  const scaled = scaledEntries(layout);
  for (const { offset, size } of layout.terms) {
    const factor = Math.exp(0.5 * rng.normal());
    for (let i = offset; i < offset + size; i++) if (scaled[i]) x[i]! *= factor;
  }
  supports.forEach((support, g) => {
    if (support === "positive") x[layout.phi.offset + g]! *= Math.exp(0.5 * rng.normal());
  });
  return x;
}

/**
 * Starts a chain, or takes one up again; the result depends on data and settings only, however often the chain was interrupted.
 *
 * @param from where a chain with the same data and settings stood; its number of draws may have been another
 * @throws DeclarationError when `from` is not of this model
 */
export function startGibbsChain(
  data: GibbsData,
  { warmup, draws, thin, seed, start }: GibbsSettings,
  from?: GibbsChainState,
): GibbsChain {
  const rng = from ? restoreRng(from.rng) : createRng(seed);
  const sweep = buildSweep(data, from ? start : dispersed(data, start, rng));
  const { design, state, blocks } = sweep;
  const { layout } = data.data;
  const { thresholds } = data;
  const size = thresholds ? layout.size - 1 : layout.size;
  const point = new Float64Array(layout.size);
  const { p, map } = design;
  const widths = state.b.map((b) => b.length);
  const drawsDone = (sweeps: number) => Math.max(0, Math.floor((sweeps - warmup) / thin));
  const arrays = sweepArrays(sweep);
  let done = from?.done ?? 0;
  /** The draw that is the first of the record. */
  const firstRecorded = from ? drawsDone(done) - from.record.values.length / size : 0;
  const places = Math.max(0, draws - firstRecorded);
  const values = new Float64Array(places * size);
  const effects = widths.map((width) => new Float64Array(places * width));
  if (from) {
    fillArrays(from.arrays, arrays);
    restoreSweep(sweep);
    blocks.forEach(({ proposals }, i) => {
      if (proposals) Object.assign(proposals, from.proposals[i]);
    });
    values.set(from.record.values);
    for (const [t, all] of effects.entries()) all.set(from.record.effects[t] ?? []);
  }

  function store(draw: number): void {
    const natural = values.subarray(draw * size, (draw + 1) * size);
    const x = thresholds ? point : natural;
    multiply(map.toUser, state.gamma, p, x.subarray(ofMean(layout.beta).offset));
    layout.terms.forEach((term, t) => {
      writeFactor(term, state.lambda[t]!, x);
      boundStructure(term).fold(x, term.offset);
      effects[t]!.set(state.b[t]!, draw * widths[t]!);
    });
    x.set(state.phi, layout.phi.offset);
    if (thresholds) thresholdsFromLevel(x, thresholds, natural);
  }

  const stateWith = (record: GibbsRecord): GibbsChainState => ({
    done,
    rng: rng.state(),
    arrays: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.slice()])),
    proposals: blocks.map(({ proposals }) => (proposals ? { ...proposals } : null)),
    record,
  });
  const drawsBetween = (first: number, last: number): GibbsRecord => ({
    values: values.slice(first * size, last * size),
    effects: effects.map((all, t) => all.slice(first * widths[t]!, last * widths[t]!)),
  });
  /** Draws of the record that states have told of, or that were there before. */
  let told = from ? from.record.values.length / size : 0;

  return {
    iterations: warmup + draws * thin,
    get done() {
      return done;
    },
    advance() {
      for (const block of blocks) block.draw(rng);
      done++;
      if (done <= warmup) for (const block of blocks) block.adapt?.(done, warmup);
      if (done === warmup) for (const { proposals } of blocks) if (proposals) proposals.made = proposals.accepted = 0;
      if (done > warmup && (done - warmup) % thin === 0) store(drawsDone(done) - 1 - firstRecorded);
    },
    state() {
      const first = told;
      told = drawsDone(done) - firstRecorded;
      return stateWith(drawsBetween(first, told));
    },
    result: () => ({
      kind: "gibbs",
      values,
      effects,
      acceptance: blocks.flatMap(({ name, proposals }) =>
        proposals && proposals.made > 0 ? [{ block: name, rate: proposals.accepted / proposals.made }] : [],
      ),
      end: stateWith(drawsBetween(0, 0)),
    }),
  };
}
