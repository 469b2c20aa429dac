/** A posterior of draws made elsewhere, or read from a file: it can be tabulated, predicted and averaged from as any other. */

import {
  impossibleCorrelations,
  impossibleDraw,
  missingVariable,
  notNamedDraws,
  otherVariables,
} from "../messages/exchange.ts";
import type { Issue } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ParameterDraws, PosteriorFit } from "../model/fit.ts";
import { compiledOf, type ModelInput } from "../model/model-input.ts";
import { naturalParameters } from "../model/natural-parameters.ts";
import { keepOwn, ownRandomEffects, ownRandomEffectsOf } from "../model/own-numbers.ts";
import { resolvePriors } from "../priors/resolve.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { shrinkageLaw } from "../priors/shrinkage-scales.ts";
import { hyperDraws } from "../samplers/hyper-draws.ts";
import { posterior } from "../samplers/posterior.ts";
import { nuts } from "../samplers/sampler.ts";
import { knownDrawNames, knownEffectNames } from "./brms-names.ts";
import { isNamedDraws, type NamedDraws } from "./named-draws.ts";

/** What the posterior calls itself. */
const METHOD = "draws read from elsewhere";

/** The draws under the first of the names that there is. */
const found = (known: ReadonlyMap<string, Float64Array>, names: readonly string[]): Float64Array | undefined =>
  known.get(names.find((name) => known.has(name)) ?? "");

/** Natural parameters of each draw from the variables of the model's tidy table. */
function naturalValues(model: CompiledModel, draws: NamedDraws): Float64Array {
  const { layout, design } = model;
  const names = knownDrawNames(model);
  const { required, write } = naturalParameters(model);
  const known = new Map(draws.variables.map(({ name, values }) => [name, values]));
  const columns = names.map((own) => found(known, own));
  const missing = names.filter((_, p) => !columns[p]);
  if (missing.length > 0)
    throw new DeclarationError(missing.map(([name]) => missingVariable(name!, [...known.keys()])));
  const issues = columns.flatMap((values, p): Issue[] => {
    const bad = values!.findIndex((value) => !required[p]!.holds(value));
    return bad < 0 ? [] : [impossibleDraw(names[p]![0]!, bad + 1, values![bad]!, required[p]!.text)];
  });
  if (issues.length > 0) throw new DeclarationError(issues);
  const count = draws.chains * draws.drawsPerChain;
  const natural = new Float64Array(count * layout.size);
  const reported = new Float64Array(columns.length);
  for (let d = 0; d < count; d++) {
    for (let p = 0; p < columns.length; p++) reported[p] = columns[p]![d]!;
    const impossible = write(reported, natural.subarray(d * layout.size, (d + 1) * layout.size));
    if (impossible !== null)
      throw new DeclarationError([impossibleCorrelations(design.random[impossible]!.group, d + 1)]);
  }
  return natural;
}

/** Draws of the hyperparameters of the model's shrinkage prior where the variables have all of them; else null. */
function hyperValues({ shrinkage }: ResolvedPriors, draws: NamedDraws): Float64Array | null {
  if (!shrinkage) return null;
  const known = new Map(draws.variables.map(({ name, values }) => [name, values]));
  const columns = shrinkageLaw(shrinkage).names.map((name) => known.get(name));
  if (columns.some((values) => !values)) return null;
  const all = new Float64Array(draws.chains * draws.drawsPerChain * columns.length);
  columns.forEach((values, k) => {
    values!.forEach((value, d) => {
      all[d * columns.length + k] = value;
    });
  });
  return all;
}

/** Draws of the random effects by term where the variables have all of them; else null. */
function effectValues(model: CompiledModel, draws: NamedDraws): Float64Array[] | null {
  const known = new Map(draws.variables.map(({ name, values }) => [name, values]));
  const columns = knownEffectNames(model).map((names) => found(known, names));
  if (columns.length === 0 || columns.some((values) => !values)) return null;
  const count = draws.chains * draws.drawsPerChain;
  let first = 0;
  return model.design.random.map(({ levels, q }) => {
    const width = levels.length * q;
    const all = new Float64Array(count * width);
    for (let k = 0; k < width; k++) {
      const values = columns[first + k]!;
      for (let d = 0; d < count; d++) all[d * width + k] = values[d]!;
    }
    first += width;
    return all;
  });
}

/** Variables under names of parameters, coefficients, sds and correlations, which are none of the model's. */
function variablesOfOthers(model: CompiledModel, { variables }: NamedDraws): string[] {
  const own = new Set(knownDrawNames(model).flat());
  return variables.map(({ name }) => name).filter((name) => /^(b|sd|cor)_/.test(name) && !own.has(name));
}

const sumByChain = (draws: NamedDraws, name: string): number[] => {
  const values = draws.statistics.find((statistic) => statistic.name === name)?.values;
  return Array.from({ length: draws.chains }, (_, c) => {
    let sum = 0;
    for (let i = 0; values && i < draws.drawsPerChain; i++) sum += values[c * draws.drawsPerChain + i]!;
    return sum;
  });
};

/**
 * The posterior of a model from draws of its parameters under the names `drawNames(model)` gives, which are brms's: of a file this
 * library wrote, or of the same model sampled by another program. Random effects are taken from variables as `r_Subject[308,Days]` where
 * all of them are there; else they are drawn from their conditional distribution given the parameters.
 *
 * Standard deviations and correlations determine the covariances up to rounding: the estimates agree to about 1e-14 with those of the fit
 * the draws came from. So do the diagnostics, but for an R-hat or ESS where rounding breaks or makes a tie of ranks: the two middle ones of
 * an even number of draws are equally far from their median. `saveFit` keeps every bit.
 *
 * A warning names variables that look like parameters of another model, as `b_period2` where the model has no such coefficient.
 *
 * @param input the model compiled, or its declaration, which is compiled for its posterior
 * @param seed of the random effects that are drawn
 * @throws DeclarationError naming every variable that is missing
 * @example
 * const fit = posteriorFromDraws(herds, drawsFromCmdStan(texts));
 * populationAverage(fit, { by: "period" });
 */
export function posteriorFromDraws(input: ModelInput, draws: NamedDraws, seed: string | number = 1): PosteriorFit {
  const model = compiledOf(input, "posteriorFromDraws()");
  if (!isNamedDraws(draws)) throw new DeclarationError([notNamedDraws("posteriorFromDraws()", draws)]);
  const { chains, drawsPerChain } = draws;
  const priors = resolvePriors(model);
  const others = variablesOfOthers(model, draws);
  const values: ParameterDraws = {
    chains,
    drawsPerChain,
    size: model.layout.size,
    values: naturalValues(model, draws),
    ...hyperDraws(priors, hyperValues(priors, draws)),
  };
  const none = Array.from({ length: chains }, () => Number.NaN);
  const fit = posterior({
    model,
    sampler: { ...nuts({ chains, draws: drawsPerChain, seed }), warmup: 0 },
    description: METHOD,
    reason: METHOD,
    method: chooseIntegral(model).integral,
    priors,
    diagnostics: {
      divergences: sumByChain(draws, "divergent__"),
      maximumTreeDepths: none.map(() => 0),
      treeDepths: none.map(() => []),
      ebfmi: none,
      stepSizes: none,
      acceptance: none,
      gradients: { warmup: none.map(() => 0), sampling: sumByChain(draws, "n_leapfrog__"), preparation: 0 },
    },
    warnings: [...model.design.warnings, ...(others.length > 0 ? [otherVariables(others)] : [])],
    draws: values,
    sampledEffects: effectValues(model, draws),
  });
  // How these draws were made is not known: no sampler, priors or chains to go on with.
  const { kind, warnings, randomEffects, randomEffectsOf, randomEffectsKept, tidy, ranef } = fit;
  const optional = {
    ...(randomEffectsOf && { randomEffectsOf }),
    ...(randomEffectsKept !== undefined && { randomEffectsKept }),
  };
  const glance = (...surplus: never[]) => ({ ...fit.glance(...(surplus as [])), method: METHOD });
  const own: PosteriorFit = {
    ...{ kind, model, method: METHOD, warnings, randomEffects, ...optional, tidy, glance, ranef },
    get draws() {
      return fit.draws;
    },
  };
  keepOwn(own, {
    draws: values,
    randomEffects: () => ownRandomEffects(fit),
    randomEffectsOf: (d) => ownRandomEffectsOf(fit)!(d),
  });
  return own;
}
