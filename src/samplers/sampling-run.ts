/**
 * A run of chains as plain data: what was decided before it and where its chains stand.
 */
import { optional } from "valibot";
import type { Centring } from "../charts/shrunken-coefficients.ts";
import type { NumberJSON } from "../data/number-json.ts";
import { decodeNumber, decodeNumbers } from "../data/number-json.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { IntegralMethod } from "../model/compiled-model.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import type { ChainSettings } from "./chain.ts";
import type { Stored } from "./chain-state.ts";
import type { Parameterisation } from "./effect-coordinates.ts";
import { anExecutor, runEntries } from "./executor.ts";
import type { SettledGradientSampler } from "./sampler.ts";
import type { TargetData } from "./target-data.ts";

/** What was decided before the chains began. The choice of the target is kept and not made again. */
export interface SamplingRun {
  readonly sampler: SettledGradientSampler;
  readonly target: TargetData["kind"];
  readonly method: IntegralMethod;
  /** Of random effects that are sampled, by term; null: integrated out, or all non-centred. */
  readonly parameterisation: readonly Parameterisation[] | null;
  /** Where the coordinates of coefficients under a shrinkage prior are centred; null without one. */
  readonly centring: Centring | null;
  /** By term and standard deviation, whether its coordinate is its logarithm where it need not be; null: nowhere. */
  readonly logarithms: readonly (readonly boolean[])[] | null;
  /** Whether the coefficients were integrated out and drawn given the rest. */
  readonly coefficients: "integrated" | null;
  readonly description: string;
  readonly reason: string;
  readonly centre: Float64Array;
  readonly metric: ChainSettings["metric"];
  /** Warnings made before the draws were looked at. */
  readonly warnings: readonly FitWarning[];
  /** Gradients spent on the mode. */
  readonly gradients: number;
}

export type StoredRun = Omit<
  Stored<SamplingRun>,
  "sampler" | "method" | "parameterisation" | "centring" | "logarithms" | "coefficients"
> & {
  readonly sampler: SettledGradientSampler;
  readonly method: IntegralMethod;
  readonly parameterisation?: readonly Parameterisation[] | null;
  readonly logarithms?: readonly (readonly boolean[])[] | null;
  readonly coefficients?: "integrated" | null;
  readonly centring?: { readonly precision: readonly NumberJSON[]; readonly shift: readonly NumberJSON[] } | null;
};

/** A run from its JSON. */
export function runFromJSON(stored: StoredRun): SamplingRun {
  const { centring } = stored;
  return {
    ...stored,
    sampler: Object.freeze(stored.sampler),
    parameterisation: stored.parameterisation ?? null,
    logarithms: stored.logarithms ?? null,
    coefficients: stored.coefficients ?? null,
    centring: centring
      ? { precision: centring.precision.map(decodeNumber), shift: centring.shift.map(decodeNumber) }
      : null,
    centre: decodeNumbers(stored.centre),
    metric: { kind: stored.metric.kind, values: decodeNumbers(stored.metric.values) },
    gradients: decodeNumber(stored.gradients as NumberJSON),
  };
}

/** What a run that is begun or gone on with takes from its caller. */
export const continueEntries = {
  ...runEntries,
  /** Where chains run; default one after another in this thread. */
  executor: optional(anExecutor),
};

const continueOptions = optionsSchema(continueEntries);

export type ContinueOptions = OptionsOf<typeof continueOptions>;

/** @throws DeclarationError for unknown options and those of the wrong kind */
export const readContinueOptions = (options: unknown, of: string): ContinueOptions =>
  readOptions(continueOptions, options, { of });
