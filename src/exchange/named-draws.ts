/** Draws under names that other programs know: those brms gives, so that its companions (tidybayes, posterior, bayesplot) read them. */

import { optional } from "valibot";
import { needsPosterior } from "../messages/checks.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { PosteriorFit } from "../model/fit.ts";
import { ownDraws, ownRandomEffects } from "../model/own-numbers.ts";
import { estimatedParameters } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { flag } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import type { ChainStatistics } from "../samplers/chain-state.ts";
import type { SettledSampler } from "../samplers/samplers.ts";
import { drawNames, effectNames } from "./brms-names.ts";

export interface DrawVariable {
  /** `b_Intercept`, `sd_Subject__Days`, `cor_Subject__Intercept__Days`, `sigma`, `r_Subject[308,Days]`. */
  readonly name: string;
  /** chains × drawsPerChain, chain after chain. */
  readonly values: Float64Array;
}

/** Names of what Stan's samplers note of each draw, in Stan's order. */
const STATISTICS = [
  "lp__",
  "accept_stat__",
  "stepsize__",
  "treedepth__",
  "n_leapfrog__",
  "divergent__",
  "energy__",
] as const;

/** Draws of any posterior as named variables. */
export interface NamedDraws {
  readonly chains: number;
  readonly drawsPerChain: number;
  readonly variables: readonly DrawVariable[];
  /** What the sampler noted of each draw, under Stan's names; those that are not known are absent. */
  readonly statistics: readonly DrawVariable[];
  /** How the draws were made, where that is known. */
  readonly sampler: SettledSampler | null;
}

/** What every function of named draws is asked. */
export const namedDrawsEntries = {
  /** Whether draws of the random effects are among the variables; default false. */
  randomEffects: optional(flag, false),
};

const namedDrawsOptions = optionsSchema(namedDrawsEntries);

export type NamedDrawsOptions = OptionsOf<typeof namedDrawsOptions>;

/** @throws DeclarationError for unknown options and those of the wrong kind */
export const readNamedDrawsOptions = (options: unknown, of: string) => readOptions(namedDrawsOptions, options, { of });

/** A posterior of this library: what its draws are taken from. */
export type PosteriorDraws = PosteriorFit & {
  readonly sampler?: SettledSampler;
  readonly statistics?: readonly ChainStatistics[] | null;
};

function statisticsOf(chains: readonly ChainStatistics[], drawsPerChain: number): DrawVariable[] {
  const gathered = (of: (chain: ChainStatistics, i: number) => number): Float64Array =>
    Float64Array.from({ length: chains.length * drawsPerChain }, (_, d) =>
      of(chains[Math.floor(d / drawsPerChain)]!, d % drawsPerChain),
    );
  const values: Record<(typeof STATISTICS)[number], Float64Array> = {
    lp__: gathered(({ logDensities }, i) => logDensities[i]!),
    accept_stat__: gathered(({ acceptances }, i) => acceptances[i]!),
    stepsize__: gathered(({ stepSize }) => stepSize),
    treedepth__: gathered(({ treeDepths }, i) => treeDepths[i]!),
    n_leapfrog__: gathered(({ leapfrogs }, i) => leapfrogs[i]!),
    divergent__: gathered(({ divergent }, i) => divergent[i]!),
    energy__: gathered(({ energies }, i) => energies[i]!),
  };
  return STATISTICS.map((name) => ({ name, values: values[name] }));
}

/** Refuses a fit without draws, which a caller without types may hand over. */
export function checkDraws(fit: { readonly draws?: unknown }, of: string): void {
  requireFit(fit, of);
  if (fit.kind !== "posterior") throw new DeclarationError([needsPosterior("A table of draws")]);
}

/**
 * The draws of a posterior as named variables: the estimated parameters of its `tidy()` table, the hyperparameters of a shrinkage prior, and the random
 * effects where asked for.
 *
 * @throws DeclarationError for a fit without draws
 * @example namedDraws(fit, { randomEffects: true }).variables.map(({ name }) => name);
 */
export function namedDraws(fit: PosteriorDraws, options?: NamedDrawsOptions): NamedDraws {
  checkDraws(fit, "namedDraws()");
  const { randomEffects } = readNamedDrawsOptions(options, "namedDraws()");
  const { model, statistics = null } = fit;
  const draws = ownDraws(fit);
  const { chains, drawsPerChain, size } = draws;
  const count = chains * drawsPerChain;
  const parameters = estimatedParameters(model);
  const names = drawNames(model);
  const variables: DrawVariable[] = parameters.map((parameter, p) => ({
    name: names[p]!,
    values: Float64Array.from({ length: count }, (_, d) =>
      parameter.value(draws.values.subarray(d * size, (d + 1) * size)),
    ),
  }));
  draws.hyper?.names.forEach((name, k, { length }) => {
    variables.push({
      name,
      values: Float64Array.from({ length: count }, (_, d) => draws.hyper!.values[d * length + k]!),
    });
  });
  if (randomEffects) {
    const values = effectNames(model).map((name) => ({ name, values: new Float64Array(count) }));
    const effects = ownRandomEffects(fit);
    let first = 0;
    model.design.random.forEach(({ levels, q }, t) => {
      const width = levels.length * q;
      for (let d = 0; d < count; d++)
        for (let k = 0; k < width; k++) values[first + k]!.values[d] = effects[t]![d * width + k]!;
      first += width;
    });
    variables.push(...values);
  }
  return {
    chains,
    drawsPerChain,
    variables,
    statistics: statistics ? statisticsOf(statistics, drawsPerChain) : [],
    sampler: fit.sampler ?? null,
  };
}

/** Whether a value is named draws: chains, and variables with a value a draw. */
export function isNamedDraws(value: unknown): value is NamedDraws {
  const { chains, drawsPerChain, variables, statistics } = (value ?? {}) as Partial<NamedDraws>;
  const count = Number(chains) * Number(drawsPerChain);
  return (
    Number.isSafeInteger(count) &&
    [variables, statistics].every(
      (list) =>
        Array.isArray(list) && list.every((item) => typeof item?.name === "string" && item.values?.length === count),
    )
  );
}

/** Draws as they are, or those of a fit. @throws DeclarationError for what is neither */
export function toNamedDraws(draws: PosteriorDraws | NamedDraws, options: NamedDrawsOptions, of: string): NamedDraws {
  if (Array.isArray((draws as NamedDraws | null)?.variables)) return draws as NamedDraws;
  checkDraws(draws as PosteriorDraws, of);
  return namedDraws(draws as PosteriorDraws, options);
}

const isStatistic = (name: string): boolean => (STATISTICS as readonly string[]).includes(name);

/** Named columns as draws: what Stan's samplers note is told from the variables by name. */
export function drawsOfColumns(
  chains: number,
  drawsPerChain: number,
  columns: readonly DrawVariable[],
  sampler: SettledSampler | null = null,
): NamedDraws {
  return {
    chains,
    drawsPerChain,
    variables: columns.filter(({ name }) => !isStatistic(name)),
    statistics: columns.filter(({ name }) => isStatistic(name)),
    sampler,
  };
}
