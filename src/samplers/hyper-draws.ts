/** Draws of the hyperparameters of a shrinkage prior, beside those of the parameters. */

import type { NumberListJSON } from "../data/number-json.ts";
import { decodeNumbers } from "../data/number-json.ts";
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import type { HyperDraws, ParameterDraws } from "../model/fit.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { shrinkageLaw } from "../priors/shrinkage-scales.ts";

type MaybeHyper = Pick<ParameterDraws, "hyper">;

/** As a part of the parameters' draws; empty without a shrinkage prior. */
export function hyperDraws({ shrinkage }: ResolvedPriors, values: Float64Array | null): MaybeHyper {
  return shrinkage && values ? { hyper: { names: shrinkageLaw(shrinkage).names, values } } : {};
}

/** Two sets put together by `join`. */
export function joinHyper(
  before: MaybeHyper,
  after: Float64Array | null,
  join: (before: Float64Array, after: Float64Array) => Float64Array,
): MaybeHyper {
  return before.hyper && after
    ? { hyper: { names: before.hyper.names, values: join(before.hyper.values, after) } }
    : {};
}

/** What was stored of them. */
export const hyperFromJSON = (
  stored: { readonly names: readonly string[]; readonly values: NumberListJSON } | undefined,
): MaybeHyper => (stored ? { hyper: { names: stored.names, values: decodeNumbers(stored.values) } } : {});

/** Those of one draw, as a view. */
export const hyperOf = ({ names, values }: HyperDraws, draw: number): Float64Array =>
  values.subarray(draw * names.length, (draw + 1) * names.length);

/** The hyperparameters that all coefficients share, as rows of tables, with their draws. */
export function sharedHyperparameters({ shrinkage }: ResolvedPriors, { hyper, chains, drawsPerChain }: ParameterDraws) {
  if (!shrinkage || !hyper) return [];
  const { names, values } = hyper;
  return names.slice(0, shrinkageLaw(shrinkage).shared).map((term, k) => ({
    parameter: { effect: "aux" as const, component: MEAN_COMPONENT, group: null, term },
    chains: Array.from({ length: chains }, (_, c) =>
      Float64Array.from({ length: drawsPerChain }, (__, i) => values[(c * drawsPerChain + i) * names.length + k]!),
    ),
  }));
}
