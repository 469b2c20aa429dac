/** The posterior as a fit: draws in natural parameters, their summaries and diagnostics, and the random effects that go with them. */

import type { Chains } from "../diagnostics/chains.ts";
import { mean, pooled, variance } from "../diagnostics/chains.ts";
import type { PosteriorSummary } from "../diagnostics/summary.ts";
import { summarise } from "../diagnostics/summary.ts";
import { confLevelOutOfRange } from "../messages/effects.ts";
import type { FitWarning } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { Glance, ParameterDraws, PosteriorFit, RanefRow, TidyOptions, TidyRow } from "../model/fit.ts";
import { componentName, emptyRow, reportedParameters } from "../model/reported-parameters.ts";
import { priorTable } from "../priors/resolve.ts";
import type { PriorRow, ResolvedPriors } from "../priors/resolved.ts";
import { createRng } from "../random/rng.ts";
import type { Sampler } from "./sampler.ts";
import type { SamplingDiagnostics } from "./sampling-diagnostics.ts";
import { ESS_A_CHAIN, RHAT_LIMIT, samplingWarnings } from "./sampling-diagnostics.ts";

/** A posterior with everything this sampler knows of it. */
export interface Posterior extends PosteriorFit {
  readonly sampler: Sampler;
  /** Why random effects were integrated out, or sampled. */
  readonly reason: string;
  readonly priors: readonly PriorRow[];
  /** The same priors as plain data. */
  readonly resolvedPriors: ResolvedPriors;
  /** The integral whose posterior was sampled; null where the random effects were sampled instead of integrated out. */
  readonly integral: IntegralMethod | null;
  readonly diagnostics: SamplingDiagnostics;
  /** Everything but model and table, as JSON: `posteriorFromJSON(json, model)` gives the fit back. */
  toJSON(): PosteriorJSON;
}

/** A posterior as plain data. Draws are arrays of numbers, exact in JSON. */
export interface PosteriorJSON {
  readonly kind: "Posterior";
  readonly version: 1;
  readonly sampler: Sampler;
  readonly description: string;
  readonly reason: string;
  readonly method: IntegralMethod;
  readonly priors: ResolvedPriors;
  readonly diagnostics: SamplingDiagnostics;
  readonly warnings: readonly FitWarning[];
  readonly draws: {
    readonly chains: number;
    readonly drawsPerChain: number;
    readonly size: number;
    readonly values: readonly number[];
  };
  /** Random effects by term where they were sampled; null where they are drawn from their conditional. */
  readonly randomEffects: readonly (readonly number[])[] | null;
}

export interface PosteriorParts {
  readonly model: CompiledModel;
  readonly sampler: Sampler;
  readonly description: string;
  readonly reason: string;
  /** The integral the random effects are drawn with. */
  readonly method: IntegralMethod;
  readonly priors: ResolvedPriors;
  readonly diagnostics: SamplingDiagnostics;
  /** Warnings made before the draws were looked at. */
  readonly warnings: readonly FitWarning[];
  readonly draws: ParameterDraws;
  /** By term, draws × (levels × q), where they were sampled. */
  readonly sampledEffects: readonly Float64Array[] | null;
}

/** Values of f over the draws, an array a chain. */
export function drawsOf(draws: ParameterDraws, f: (x: Float64Array) => number): Chains {
  const { chains, drawsPerChain, size, values } = draws;
  return Array.from({ length: chains }, (_, c) =>
    Float64Array.from({ length: drawsPerChain }, (__, i) => {
      const start = (c * drawsPerChain + i) * size;
      return f(values.subarray(start, start + size));
    }),
  );
}

/** Draws b from its conditional distribution given each draw of the parameters, from a stream keyed by the draw. */
function drawConditionally({ model, method, draws, sampler }: PosteriorParts): Float64Array[] {
  const marginal = model.marginal(method);
  const sizes = model.design.random.map((term) => term.levels.length * term.q);
  const total = draws.chains * draws.drawsPerChain;
  const effects = sizes.map((size) => new Float64Array(total * size));
  const root = createRng(sampler.seed);
  for (let i = 0; i < total; i++) {
    const x = draws.values.subarray(i * draws.size, (i + 1) * draws.size);
    const out = effects.map((all, t) => all.subarray(i * sizes[t]!, (i + 1) * sizes[t]!));
    marginal.drawRandomEffects(x, root.fork(`random effects/${i}`), out);
  }
  return effects;
}

function filledRow(row: TidyRow, summary: PosteriorSummary, confLevel: number): TidyRow {
  const tail = (1 - confLevel) / 2;
  return {
    ...row,
    estimate: summary.mean,
    std_error: summary.sd,
    conf_low: summary.quantile(tail),
    conf_high: summary.quantile(1 - tail),
    median: summary.median,
    rhat: summary.rhat,
    ess_bulk: summary.essBulk,
    ess_tail: summary.essTail,
    mcse: summary.mcse,
  };
}

/** Makes the fit of draws and what is known of them. */
export function posterior(parts: PosteriorParts): Posterior {
  const { model, sampler, draws, diagnostics, sampledEffects } = parts;
  const { design } = model;
  const parameters = reportedParameters(model);
  const summaries = parameters.map((parameter) => ({
    parameter,
    term: parameter.group ? `${parameter.term} (${parameter.group})` : parameter.term,
    summary: summarise(drawsOf(draws, (x) => parameter.value(x))),
  }));
  const warnings = Object.freeze([...parts.warnings, ...samplingWarnings(sampler, diagnostics, summaries)]);
  let effects: readonly Float64Array[] | null = sampledEffects;
  const randomEffects = () => (effects ??= drawConditionally(parts));

  /** Draws of one random effect as an array a chain. */
  const effectChains = (term: number, position: number, size: number): Chains => {
    const all = randomEffects()[term]!;
    return Array.from({ length: draws.chains }, (_, c) =>
      Float64Array.from(
        { length: draws.drawsPerChain },
        (__, i) => all[(c * draws.drawsPerChain + i) * size + position]!,
      ),
    );
  };

  /** Calls `visit` for every random effect: level by level, effect by effect. */
  const eachEffect = <T>(
    visit: (term: (typeof design.random)[number], level: string, name: string, chains: Chains) => T,
  ): T[] =>
    design.random.flatMap((term, t) =>
      term.levels.flatMap((level, l) =>
        term.names.map((name, a) =>
          visit(term, level, name, effectChains(t, l * term.q + a, term.levels.length * term.q)),
        ),
      ),
    );

  return {
    kind: "posterior",
    model,
    sampler,
    reason: parts.reason,
    method: `${sampler.kind.toUpperCase()}, ${parts.description}`,
    priors: Object.freeze(priorTable(parts.priors)),
    resolvedPriors: parts.priors,
    integral: sampledEffects ? null : parts.method,
    diagnostics,
    warnings,
    draws,
    randomEffects,
    tidy({ effects: wanted = ["fixed", "ran_pars", "aux"], confLevel = 0.95 }: TidyOptions = {}) {
      if (!(confLevel > 0 && confLevel < 1)) throw new DeclarationError([confLevelOutOfRange(confLevel)]);
      const rows = summaries
        .filter(({ parameter }) => wanted.includes(parameter.effect))
        .map(({ parameter, summary }) => filledRow(emptyRow(parameter), summary, confLevel));
      if (!wanted.includes("ran_vals")) return rows;
      const values = eachEffect((term, level, name, chains) => {
        const row: TidyRow = {
          effect: "ran_vals",
          component: componentName(design.predictors[term.predictor]!.role),
          group: term.group,
          term: name,
          level,
          estimate: Number.NaN,
          std_error: null,
          statistic: null,
          df: null,
          p_value: null,
          conf_low: null,
          conf_high: null,
        };
        return filledRow(row, summarise(chains), confLevel);
      });
      return [...rows, ...values];
    },
    glance(): Glance {
      const sigma = summaries.find(({ parameter }) => parameter.group === "Residual");
      const wantedEss = ESS_A_CHAIN * draws.chains;
      const mixed = summaries.every(
        ({ summary }) =>
          summary.rhat !== null &&
          summary.rhat < RHAT_LIMIT &&
          (summary.essBulk ?? 0) >= wantedEss &&
          (summary.essTail ?? 0) >= wantedEss,
      );
      return {
        nobs: design.n,
        omitted: design.omitted,
        logLik: null,
        AIC: null,
        BIC: null,
        deviance: null,
        REMLcrit: null,
        df: null,
        sigma: sigma ? sigma.summary.mean : null,
        converged: mixed && diagnostics.divergences.every((count) => count === 0),
        singular: false,
        method: `${sampler.kind.toUpperCase()}, ${parts.description}`,
      };
    },
    ranef(): RanefRow[] {
      return eachEffect((term, level, name, chains) => {
        const all = pooled(chains);
        return { group: term.group, level, term: name, estimate: mean(all), std_error: Math.sqrt(variance(all)) };
      });
    },
    toJSON(): PosteriorJSON {
      return {
        kind: "Posterior",
        version: 1,
        sampler,
        description: parts.description,
        reason: parts.reason,
        method: parts.method,
        priors: parts.priors,
        diagnostics,
        warnings: parts.warnings,
        draws: { ...draws, values: Array.from(draws.values) },
        randomEffects: sampledEffects?.map((values) => Array.from(values)) ?? null,
      };
    },
  };
}

/** The fit that `toJSON` wrote, on the same model compiled again. */
export function posteriorFromJSON(json: PosteriorJSON, model: CompiledModel): Posterior {
  const { draws, randomEffects } = json;
  return posterior({
    ...json,
    model,
    draws: { ...draws, values: Float64Array.from(draws.values) },
    sampledEffects: randomEffects?.map((values) => Float64Array.from(values)) ?? null,
  });
}
