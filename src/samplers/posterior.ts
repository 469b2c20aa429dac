/** The posterior as a fit: draws in natural parameters, their summaries and diagnostics, and the random effects that go with them. */

import type { Loo, LooOptions } from "../checks/leave-one-out.ts";
import type { AnyColumns } from "../dsl/column-types.ts";
import { formulaOf } from "../dsl/print-formula.ts";
import type { ColumnsToGroup } from "../effects/checked-columns.ts";
import type { PopulationAverageOptions } from "../effects/population-average.ts";
import { fitNotCloned } from "../messages/cloning.ts";
import { DeclarationError } from "../messages/issue.ts";
import { cannotExtend } from "../messages/sampling.ts";
import { type ChangedParameters, changedParameters } from "../model/changed-parameters.ts";
import type { IntegralMethod } from "../model/compiled-model.ts";
import { declarationOf } from "../model/declaration-of.ts";
import type { ParameterDraws, PosteriorFit } from "../model/fit.ts";
import type { NamedParameters } from "../model/named-parameters.ts";
import { copyOfDraws, frozenCopy, keepOwn } from "../model/own-numbers.ts";
import { loo, populationAverage } from "../model/questions.ts";
import { savedJSON } from "../model/saved-model.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { wholeNumber } from "../options/kinds.ts";
import type { DoneOrPromised, InSlices, SlicesOf } from "../options/long-work.ts";
import { readArgument } from "../options/read-options.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import { fitted, type PredictOptions, predict } from "../prediction/predict.ts";
import type { PredictingFit } from "../prediction/predicting-fit.ts";
import { type ResidualType, residuals } from "../prediction/residuals.ts";
import { type SimulateOptions, type Simulation, simulate } from "../prediction/simulate.ts";
import { conjugatePriorTable } from "../priors/conjugate-prior-table.ts";
import type { PriorRow, ResolvedPriors } from "../priors/resolved.ts";
import { fitPrinter } from "../report/print-fit.ts";
import type { PrintableFit } from "../report/printable.ts";
import type { DeclaredModel } from "../studies/scenario.ts";
import type { ChainStatistics } from "./chain-state.ts";
import type { Parameterisation } from "./effect-coordinates.ts";
import {
  keepParts,
  type PosteriorJSON,
  type PosteriorParts,
  posteriorData,
  type SavedPosterior,
  savePosterior,
} from "./posterior-data.ts";
import { posteriorTables } from "./posterior-tables.ts";
import { conditionalEffects, effectSizes, storedEffects } from "./random-effect-draws.ts";
import { type SettledSampler, samplerTitle } from "./samplers.ts";
import type { SamplingDiagnostics } from "./sampling-diagnostics.ts";
import { samplingWarnings } from "./sampling-diagnostics.ts";
import { type ContinueOptions, readContinueOptions } from "./sampling-run.ts";
import { divergenceWarnings } from "./trace-divergences.ts";

/** A posterior with everything this sampler knows of it. */
export interface Posterior<C = AnyColumns>
  extends PosteriorFit,
    PrintableFit,
    Pick<PredictingFit<C>, "predict" | "populationAverage"> {
  readonly sampler: SettledSampler;
  /** Why random effects were integrated out, or sampled. */
  readonly reason: string;
  /** How the random effects were sampled, by term; null where they were not, or not by their gradient. */
  readonly parameterisation: readonly Parameterisation[] | null;
  readonly priors: readonly PriorRow[];
  /** The same priors as plain data. */
  readonly resolvedPriors: ResolvedPriors;
  /** The integral whose posterior was sampled; null where the random effects were sampled instead of integrated out. */
  readonly integral: IntegralMethod | null;
  readonly diagnostics: SamplingDiagnostics;
  /** What the sampler noted of each draw, by chain; null where it keeps no such notes. */
  readonly statistics: readonly ChainStatistics[] | null;
  /** The declaration as a formula. */
  readonly formula: string;
  /** Posterior means of the fitted values of the rows used. */
  fitted(): Float64Array;
  /** Residuals of the rows used: `response` (default), `pearson` or, for Gaussian models, `normalized`. */
  residuals(type?: ResidualType): Float64Array;
  /** Responses simulated from the draws; see `simulate`. */
  simulate(options: InSlices<SimulateOptions>): Promise<Simulation>;
  simulate(options?: SimulateOptions): Simulation;
  /**
   * The declaration with the posterior means of its parameters (as tables report them) as true parameters, some changed: of responses to simulate, a study
   * or a power analysis.
   *
   * @throws DeclarationError for names and values that no parameter has, and of draws that no declaration made
   */
  with(changes?: NamedParameters): ChangedParameters;
  /** Leave-one-out cross-validation by row or by group; see `loo`. */
  loo<const Group extends string = never, Signal extends StopSignal | undefined = undefined, Told = never>(
    options?: LooOptions & ColumnsToGroup<C, Group> & SlicesOf<Signal, Told>,
  ): DoneOrPromised<Loo, Signal, Told>;
  /**
   * The fit with `draws` more draws a chain: those of one longer run from the beginning, bit for bit. This fit is left as it is.
   *
   * @throws DeclarationError (as a rejection) when `draws` is no whole number of at least 1, or the chains cannot be gone on with
   * @example const longer = await fit.extend(1000);
   */
  extend(draws: number, options?: ContinueOptions): Promise<Posterior<C>>;
  /**
   * The fit as plain data, as `saveFit` gives it: `loadFit(JSON.stringify(fit))` is the fit again. Random effects that were integrated out are
   * not in it: they are drawn again, with the same values.
   */
  toJSON(): SavedPosterior;
  /** Everything but model and table, its numbers still in typed arrays; `posteriorFromJSON` makes it a fit of a model. */
  toData(): PosteriorJSON;
}

const copiesOf = (arrays: readonly Float64Array[]): readonly Float64Array[] => arrays.map((values) => values.slice());

/** Makes the fit of draws and what is known of them. */
export function posterior(parts: PosteriorParts): Posterior {
  const { model, sampler, draws, diagnostics, sampledEffects } = parts;
  const effects = sampledEffects
    ? storedEffects(sampledEffects, effectSizes(model))
    : conditionalEffects(model, parts.method, draws, sampler.seed);
  const method = `${samplerTitle(sampler)}, ${parts.description}`;
  const tables = posteriorTables(parts, effects, method);
  const warnings = frozenCopy([
    ...parts.warnings,
    ...samplingWarnings(sampler, diagnostics, tables.summaries),
    ...tables.warnings,
    ...divergenceWarnings(model, draws, diagnostics, parts.parameterisation),
  ]);

  const copied: { draws?: ParameterDraws; statistics?: readonly ChainStatistics[] | null } = {};
  const fit: Posterior = {
    ...fitNotCloned,
    kind: "posterior",
    model,
    formula: formulaOf(model.spec),
    sampler,
    reason: parts.reason,
    parameterisation: parts.parameterisation ?? null,
    method,
    priors: Object.freeze(conjugatePriorTable(parts.priors, sampler.prior ?? null)),
    resolvedPriors: parts.priors,
    integral: sampledEffects ? null : parts.method,
    diagnostics: frozenCopy(diagnostics),
    warnings,
    get draws() {
      return (copied.draws ??= copyOfDraws(draws));
    },
    randomEffects: () => copiesOf(effects.all()),
    randomEffectsOf: (d) => copiesOf(effects.of(d)),
    randomEffectsKept: effects.kept,
    get statistics() {
      return (copied.statistics ??= structuredClone(parts.statistics ?? null));
    },
    async extend(more, given) {
      readArgument(wholeNumber(1), more, { of: "extend()", name: "The number of draws" });
      const options = readContinueOptions(given, "extend()");
      options.signal?.throwIfAborted();
      if (!parts.continuation) throw new DeclarationError([cannotExtend()]);
      return parts.continuation.extend(more, options);
    },
    tidy: tables.tidy,
    glance: (...surplus: readonly unknown[]) => {
      refuseOptions(surplus, "glance()");
      return tables.glance();
    },
    ranef: (...surplus: readonly unknown[]) => {
      refuseOptions(surplus, "ranef()");
      return tables.ranef();
    },
    predict: ((options?: PredictOptions) => predict(fit, options)) as Posterior["predict"],
    fitted: () => fitted(fit),
    residuals: (type = "response") => residuals(fit, { type }),
    simulate: ((options?: SimulateOptions) => simulate(fit, options)) as Posterior["simulate"],
    with: (changes = {}) => changedParameters(fit, changes, declarationOf(model) as DeclaredModel | undefined),
    populationAverage: ((options?: PopulationAverageOptions) =>
      populationAverage(fit, options)) as Posterior["populationAverage"],
    loo: ((options?: LooOptions) => loo(fit, options)) as Posterior["loo"],
    toData: () => structuredClone(posteriorData(parts)),
    toJSON: () => savedJSON(savePosterior(fit)),
    ...fitPrinter(() => fit),
  };
  keepOwn(fit, { draws, randomEffects: effects.all, randomEffectsOf: effects.of });
  keepParts(fit, parts);
  return fit;
}
