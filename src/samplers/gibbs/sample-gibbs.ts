/** Samples a posterior by Gibbs sampling and gathers the chains into a fit. */
import type { FitWarning } from "../../messages/issue.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import type { ResolvedPriors } from "../../priors/resolved.ts";
import { serialExecutor } from "../executor.ts";
import type { Posterior } from "../posterior.ts";
import { posterior } from "../posterior.ts";
import type { SamplingDiagnostics } from "../sampling-diagnostics.ts";
import type { ContinueOptions } from "../sampling-run.ts";
import type { GibbsSampler } from "./gibbs.ts";
import type { GibbsResult } from "./gibbs-data.ts";
import { effectivePriors, prepareGibbs } from "./prepare-gibbs.ts";

/** Chains put one after another. */
function concatenate(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Gibbs sampling has no gradients, trajectories or energies; its Metropolis blocks have acceptance rates. */
function diagnosticsOf(results: readonly GibbsResult[]): SamplingDiagnostics {
  const blocks = results[0]!.acceptance.map(({ block }) => ({
    block,
    acceptance: results.map(({ acceptance }) => acceptance.find((own) => own.block === block)?.rate ?? Number.NaN),
  }));
  return {
    divergences: [],
    maximumTreeDepths: [],
    treeDepths: [],
    ebfmi: [],
    stepSizes: [],
    acceptance: [],
    blocks,
    gradients: { warmup: [], sampling: [], preparation: 0 },
  };
}

/**
 * @throws DeclarationError (as a rejection) with every reason why Gibbs sampling does not serve the model or its priors
 */
export async function sampleGibbs(
  model: CompiledModel,
  sampler: GibbsSampler,
  priors: ResolvedPriors,
  warnings: readonly FitWarning[],
  { executor = serialExecutor, ...run }: ContinueOptions,
): Promise<Posterior> {
  const { data, description, reason, start, warnings: own } = prepareGibbs(model, priors, sampler.prior);
  const { chains, warmup, draws, thin, seed } = sampler;
  const jobs = Array.from({ length: chains }, (_, chain) => ({
    gibbs: data,
    settings: { warmup, draws, thin, seed: `${seed}/chain/${chain}`, start },
  }));
  const results = await (executor.runGibbs ? executor.runGibbs(jobs, run) : serialExecutor.runGibbs(jobs, run));
  const { size } = model.layout;
  return posterior({
    model,
    sampler,
    description,
    reason,
    method: model.gaussian ? { kind: "exact" } : { kind: "laplace" },
    priors: effectivePriors(priors, sampler.prior),
    diagnostics: diagnosticsOf(results),
    warnings: [...model.design.warnings, ...warnings, ...own],
    draws: { chains, drawsPerChain: draws, size, values: concatenate(results.map(({ values }) => values)) },
    sampledEffects: model.design.random.map((_, t) => concatenate(results.map(({ effects }) => effects[t]!))),
  });
}
