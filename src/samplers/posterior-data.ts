/** What a posterior is made of, and the same as plain data. */

import type { NumberListJSON } from "../data/number-json.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { ParameterDraws } from "../model/fit.ts";
import { type SavedModel, saveModel } from "../model/saved-model.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import type { SamplerRun, SamplerState } from "./chain-sampler.ts";
import type { ChainStatistics, Stored } from "./chain-state.ts";
import type { Parameterisation } from "./effect-coordinates.ts";
import type { Posterior } from "./posterior.ts";
import type { SettledSampler } from "./samplers.ts";
import type { SamplingDiagnostics } from "./sampling-diagnostics.ts";
import type { ContinueOptions } from "./sampling-run.ts";

/** The JSON of a posterior: the model, and everything of its draws that cannot be computed again. */
export interface SavedPosterior extends SavedModel {
  readonly kind: "PosteriorFit";
  /** Version 1 had no digest. */
  readonly version: 2 | 1;
  readonly posterior: PosteriorJSON;
  /** Of all the rest, see `digestOf`. */
  readonly digest: string;
}

/** A posterior as plain data. Draws are arrays of numbers, exact in JSON. */
export interface PosteriorJSON {
  readonly kind: "Posterior";
  readonly version: 1;
  readonly sampler: SettledSampler;
  readonly description: string;
  readonly reason: string;
  readonly parameterisation?: readonly Parameterisation[] | null;
  readonly method: IntegralMethod;
  readonly priors: ResolvedPriors;
  readonly diagnostics: SamplingDiagnostics;
  readonly warnings: readonly FitWarning[];
  readonly draws: {
    readonly chains: number;
    readonly drawsPerChain: number;
    readonly size: number;
    readonly values: NumberListJSON;
    readonly hyper?: { readonly names: readonly string[]; readonly values: NumberListJSON };
  };
  /** Random effects by term where they were sampled; null where they are drawn from their conditional. */
  readonly randomEffects: readonly NumberListJSON[] | null;
  readonly statistics: readonly Stored<ChainStatistics>[] | null;
  /** What the chains are gone on with; null where they cannot be. */
  readonly continuation: {
    readonly run: SamplerRun;
    readonly ends: readonly object[];
  } | null;
}

/** What a fit's chains are gone on with. */
export interface Continuation {
  readonly run: SamplerRun;
  readonly ends: readonly SamplerState[];
  extend(draws: number, options?: ContinueOptions): Promise<Posterior>;
}

export interface PosteriorParts {
  readonly model: CompiledModel;
  readonly sampler: SettledSampler;
  readonly description: string;
  readonly reason: string;
  readonly parameterisation?: readonly Parameterisation[] | null;
  /** The integral the random effects are drawn with. */
  readonly method: IntegralMethod;
  readonly priors: ResolvedPriors;
  readonly diagnostics: SamplingDiagnostics;
  /** Warnings made before the draws were looked at. */
  readonly warnings: readonly FitWarning[];
  readonly draws: ParameterDraws;
  /** By term, draws × (levels × q), where they were sampled. */
  readonly sampledEffects: readonly Float64Array[] | null;
  readonly statistics?: readonly ChainStatistics[] | null;
  readonly continuation?: Continuation;
}

const partsOf = new WeakMap<Posterior, PosteriorParts>();

/** Keeps what a fit was made of, for `savePosterior`. */
export function keepParts(fit: Posterior, parts: PosteriorParts): void {
  partsOf.set(fit, parts);
}

/** What `toData` gives, not a copy. */
const ownData = (fit: Posterior): PosteriorJSON => {
  const parts = partsOf.get(fit);
  return parts ? posteriorData(parts) : fit.toData();
};

/** A posterior as plain data, its numbers still in typed arrays. */
export const savePosterior = (fit: Posterior): Omit<SavedPosterior, "digest"> => ({
  kind: "PosteriorFit",
  version: 2,
  ...saveModel(fit.model),
  posterior: ownData(fit),
});

/** Everything but model and table, with its numbers still in typed arrays. */
export function posteriorData(parts: PosteriorParts): PosteriorJSON {
  const { continuation } = parts;
  return {
    kind: "Posterior",
    version: 1,
    sampler: parts.sampler,
    description: parts.description,
    reason: parts.reason,
    parameterisation: parts.parameterisation ?? null,
    method: parts.method,
    priors: parts.priors,
    diagnostics: parts.diagnostics,
    warnings: parts.warnings,
    draws: parts.draws,
    randomEffects: parts.sampledEffects,
    statistics: parts.statistics ?? null,
    continuation: continuation ? { run: continuation.run, ends: continuation.ends } : null,
  };
}
