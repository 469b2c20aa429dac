/** What the sampler itself has to say about a run, and the warnings that follow from it and from the draws. */
import { ebfmi } from "../diagnostics/energy.ts";
import type { PosteriorSummary } from "../diagnostics/summary.ts";
import type { FitWarning } from "../messages/issue.ts";
import {
  divergences,
  highRhat,
  lowEnergyMixing,
  lowEss,
  tooFewDraws,
  treeDepthReached,
  undefinedDiagnostics,
} from "../messages/sampling.ts";
import type { ChainStatistics } from "./chain-state.ts";
import type { Sampler } from "./samplers.ts";

/** One entry a chain. Plain data. */
export interface SamplingDiagnostics {
  readonly divergences: readonly number[];
  /** Which draws (counted from 0, chain after chain) are ends of divergent transitions; absent from samplers without them. */
  readonly divergentDraws?: readonly number[];
  /** Transitions that stopped at the maximum tree depth. */
  readonly maximumTreeDepths: readonly number[];
  /** How many transitions had each tree depth 0, 1, 2 … */
  readonly treeDepths: readonly (readonly number[])[];
  readonly ebfmi: readonly number[];
  readonly stepSizes: readonly number[];
  readonly acceptance: readonly number[];
  /** Gibbs sampling: shares of accepted proposals by Metropolis block, one a chain. Then the fields of gradient-based samplers are empty. */
  readonly blocks?: readonly { readonly block: string; readonly acceptance: readonly number[] }[];
  readonly gradients: {
    readonly warmup: readonly number[];
    readonly sampling: readonly number[];
    /** To find the mode and its curvature, before any chain. */
    readonly preparation: number;
  };
}

const average = (x: Float64Array): number => x.reduce((sum, value) => sum + value, 0) / x.length;

export function samplingDiagnostics(
  sampler: Sampler,
  results: readonly ChainStatistics[],
  preparation: number,
): SamplingDiagnostics {
  const depths = results.map(({ treeDepths }) => {
    const counts: number[] = [];
    for (const depth of treeDepths) {
      while (counts.length <= depth) counts.push(0);
      counts[depth]!++;
    }
    return counts;
  });
  return {
    divergences: results.map(({ divergent }) => divergent.reduce((sum, flag) => sum + flag, 0)),
    divergentDraws: results.flatMap(({ divergent }, c) =>
      Array.from(divergent.keys())
        .filter((i) => divergent[i] === 1)
        .map((i) => c * divergent.length + i),
    ),
    maximumTreeDepths: depths.map((counts) => (sampler.kind === "nuts" ? (counts[sampler.maxTreeDepth] ?? 0) : 0)),
    treeDepths: depths,
    ebfmi: results.map(({ energies }) => ebfmi(energies)),
    stepSizes: results.map(({ stepSize }) => stepSize),
    acceptance: results.map(({ acceptances }) => average(acceptances)),
    gradients: {
      warmup: results.map(({ gradients }) => gradients.warmup),
      sampling: results.map(({ gradients }) => gradients.sampling),
      preparation,
    },
  };
}

/** R-hat above this is reported. */
export const RHAT_LIMIT = 1.01;
/** Effective draws a chain below which the bulk or tail is reported. */
export const ESS_A_CHAIN = 100;
const EBFMI_LIMIT = 0.3;
/** With fewer draws a chain nothing can be said of its convergence: R-hat compares halves of chains. */
const LEAST_DRAWS = 20;

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** The parameter at which a statistic is worst, among those where it is defined. */
function worst<T extends { readonly term: string }>(
  items: readonly T[],
  value: (item: T) => number | null,
  sign: 1 | -1,
): { readonly term: string; readonly value: number } | null {
  let found: { term: string; value: number } | null = null;
  for (const item of items) {
    const v = value(item);
    if (v !== null && (found === null || sign * v > sign * found.value)) found = { term: item.term, value: v };
  }
  return found;
}

export function samplingWarnings(
  sampler: Sampler,
  diagnostics: SamplingDiagnostics,
  summaries: readonly { readonly term: string; readonly summary: PosteriorSummary }[],
): FitWarning[] {
  const draws = sampler.chains * sampler.draws;
  const warnings: FitWarning[] = [];
  const diverged = total(diagnostics.divergences);
  if (diverged > 0 && "targetAcceptance" in sampler)
    warnings.push(divergences(diverged, draws, sampler.targetAcceptance));
  const deep = total(diagnostics.maximumTreeDepths);
  if (deep > 0 && sampler.kind === "nuts") warnings.push(treeDepthReached(deep, draws, sampler.maxTreeDepth));
  const slow = diagnostics.ebfmi.flatMap((value, chain) => (value < EBFMI_LIMIT ? [chain] : []));
  if (slow.length > 0)
    warnings.push(lowEnergyMixing(slow, Math.min(...slow.map((chain) => diagnostics.ebfmi[chain]!))));
  const constant = summaries.find(({ summary }) => summary.rhat === null);
  if (constant && sampler.draws >= LEAST_DRAWS) warnings.push(undefinedDiagnostics(constant.term));
  if (sampler.draws < ESS_A_CHAIN) warnings.push(tooFewDraws(sampler.draws, ESS_A_CHAIN));
  if (sampler.draws < LEAST_DRAWS) return warnings;
  const rhat = worst(summaries, ({ summary }) => summary.rhat, 1);
  if (rhat && rhat.value > RHAT_LIMIT)
    warnings.push(
      highRhat(
        rhat.term,
        rhat.value,
        summaries.filter(({ summary }) => (summary.rhat ?? 0) > RHAT_LIMIT).length,
        sampler.chains,
      ),
    );
  if (sampler.draws < ESS_A_CHAIN) return warnings;
  const wanted = ESS_A_CHAIN * sampler.chains;
  const bulk = worst(summaries, ({ summary }) => summary.essBulk, -1);
  if (bulk && bulk.value < wanted) warnings.push(lowEss(bulk.term, "bulk", bulk.value, wanted));
  const tail = worst(summaries, ({ summary }) => summary.essTail, -1);
  if (tail && tail.value < wanted) warnings.push(lowEss(tail.term, "tail", tail.value, wanted));
  return warnings;
}
