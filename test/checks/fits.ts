/** Posteriors made of given draws, so that checks are tested apart from sampling. */
import type { CompiledModel, IntegralMethod } from "../../src/model/compiled-model.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";

/** A posterior of the given draws of the natural parameters, all in one chain unless said otherwise. */
export function posteriorOf(
  model: CompiledModel,
  draws: readonly (readonly number[])[],
  {
    method = model.gaussian ? { kind: "exact" } : { kind: "laplace" },
    chains = 1,
    divergentDraws = [],
  }: { method?: IntegralMethod; chains?: number; divergentDraws?: readonly number[] } = {},
): Posterior {
  const drawsPerChain = draws.length / chains;
  const each = <T>(value: T): T[] => Array.from({ length: chains }, () => value);
  return posterior({
    model,
    sampler: { ...nuts({ chains, draws: drawsPerChain, seed: "given draws" }), warmup: 0 },
    description: "given draws",
    reason: "as given",
    method,
    priors: resolvePriors(model),
    diagnostics: {
      divergences: Array.from(
        { length: chains },
        (_, c) => divergentDraws.filter((d) => Math.floor(d / drawsPerChain) === c).length,
      ),
      divergentDraws,
      maximumTreeDepths: each(0),
      treeDepths: each([drawsPerChain]),
      ebfmi: each(1),
      stepSizes: each(0.5),
      acceptance: each(0.8),
      gradients: { warmup: each(0), sampling: each(0), preparation: 0 },
    },
    warnings: [],
    draws: { chains, drawsPerChain, size: model.layout.size, values: Float64Array.from(draws.flat()) },
    sampledEffects: null,
  });
}
