/** Samples the posterior of a compiled model. */
import type { FitWarning } from "../messages/issue.ts";
import { improperPosterior } from "../messages/sampling.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ParameterDraws } from "../model/fit.ts";
import { resolvePriors } from "../priors/resolve.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import type { ChainResult, ChainSettings } from "./chain.ts";
import { prepareTarget } from "./choose-target.ts";
import type { Executor, RunOptions } from "./executor.ts";
import { serialExecutor } from "./executor.ts";
import type { Posterior } from "./posterior.ts";
import { posterior } from "./posterior.ts";
import type { Sampler } from "./sampler.ts";
import { samplingDiagnostics } from "./sampling-diagnostics.ts";
import type { Target } from "./target-data.ts";
import { buildTarget } from "./target-data.ts";

export interface SamplePosteriorOptions extends RunOptions {
  /** Where chains run; default one after another in this thread. */
  readonly executor?: Executor;
}

function chainSettings(
  sampler: Sampler,
  chain: number,
  start: Pick<ChainSettings, "centre" | "metric">,
): ChainSettings {
  return {
    algorithm:
      sampler.kind === "nuts"
        ? { kind: "nuts", maxTreeDepth: sampler.maxTreeDepth }
        : { kind: "hmc", ...sampler.trajectory },
    warmup: sampler.warmup,
    draws: sampler.draws,
    targetAcceptance: sampler.targetAcceptance,
    seed: `${sampler.seed}/chain/${chain}`,
    dispersion: 1.5,
    ...start,
  };
}

/** Positions of all chains as natural parameters, and the random effects where the target has them. */
function naturalDraws(
  target: Target,
  results: readonly ChainResult[],
  size: number,
  effectSizes: readonly number[],
): { readonly values: Float64Array; readonly effects: Float64Array[] | null } {
  const { dim } = target.density;
  const perChain = results[0]!.logDensities.length;
  const total = results.length * perChain;
  const values = new Float64Array(total * size);
  const effects = target.randomEffects ? effectSizes.map((length) => new Float64Array(total * length)) : null;
  results.forEach(({ positions }, c) => {
    for (let i = 0; i < perChain; i++) {
      const draw = c * perChain + i;
      const z = positions.subarray(i * dim, (i + 1) * dim);
      target.toNatural(z, values.subarray(draw * size, (draw + 1) * size));
      const out = effects?.map((all, t) => all.subarray(draw * effectSizes[t]!, (draw + 1) * effectSizes[t]!));
      if (out) target.randomEffects!(z, out);
    }
  });
  return { values, effects };
}

function flatPriorWarnings(priors: ResolvedPriors): FitWarning[] {
  const all = [...priors.fixed, ...priors.sd.flat(), ...priors.phi];
  const names = all
    .filter(({ distribution }) => distribution.name === "flat")
    .map(({ class: c, name }) => `${c}:${name}`);
  return names.length > 0 ? [improperPosterior(names)] : [];
}

/**
 * Samples the posterior: resolves the priors, finds the mode, chooses the target (random effects integrated out or sampled), runs
 * the chains and gathers the draws in natural parameters. The same model, sampler and seed give the same draws, serial or in workers.
 *
 * @param sampler `nuts()` or `hmc()`
 * @throws DeclarationError (as a rejection) with every fault of the priors, or when the posterior cannot be computed
 * @example
 * const fit = await samplePosterior(model.compile(), nuts({ seed: "cbpp" }));
 * fit.tidy();
 */
export async function samplePosterior(
  model: CompiledModel,
  sampler: Sampler,
  { executor = serialExecutor, ...run }: SamplePosteriorOptions = {},
): Promise<Posterior> {
  const priors = resolvePriors(model);
  const prepared = prepareTarget(model, priors, sampler.target);
  const { centre, metric } = prepared;
  const jobs = Array.from({ length: sampler.chains }, (_, chain) => ({
    target: prepared.target,
    settings: chainSettings(sampler, chain, { centre, metric }),
  }));
  const results = await executor.run(jobs, run);
  const effectSizes = model.design.random.map((term) => term.levels.length * term.q);
  const { values, effects } = naturalDraws(buildTarget(prepared.target), results, model.layout.size, effectSizes);
  const draws: ParameterDraws = {
    chains: sampler.chains,
    drawsPerChain: sampler.draws,
    size: model.layout.size,
    values,
  };
  return posterior({
    model,
    sampler,
    description: prepared.description,
    reason: prepared.reason,
    method: prepared.target.method,
    priors,
    diagnostics: samplingDiagnostics(sampler, results, prepared.gradients),
    warnings: [...model.design.warnings, ...flatPriorWarnings(priors), ...prepared.warnings],
    draws,
    sampledEffects: effects,
  });
}
