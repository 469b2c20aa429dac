/** A posterior of draws made elsewhere, or read from a file: it can be tabulated, predicted and averaged from as any other. */

import { boundStructure } from "../covariance/structures.ts";
import type { ParameterSupport } from "../families/family.ts";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
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
import { keepOwn, ownRandomEffects, ownRandomEffectsOf } from "../model/own-numbers.ts";
import { writeFactor } from "../model/parameter-layout.ts";
import { estimatedParameters } from "../model/reported-parameters.ts";
import { resolvePriors } from "../priors/resolve.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { shrinkageLaw } from "../priors/shrinkage.ts";
import { hyperDraws } from "../samplers/hyper-draws.ts";
import { posterior } from "../samplers/posterior.ts";
import { nuts } from "../samplers/sampler.ts";
import { knownDrawNames, knownEffectNames } from "./brms-names.ts";
import { isNamedDraws, type NamedDraws } from "./named-draws.ts";

/** What the posterior calls itself. */
const METHOD = "draws read from elsewhere";

/** Pivots of a correlation matrix below this are 0 but for rounding. */
const ROUNDING = 1e-10;

/** As `choleskyFactor`, for a correlation matrix that may be singular: R = LL' with columns of 0 where a pivot is. */
function singularFactor(R: Float64Array, q: number, L: Float64Array): boolean {
  L.fill(0);
  for (let j = 0; j < q; j++)
    for (let i = j; i < q; i++) {
      let left = i === j ? 1 : R[i * q + j]!;
      for (let k = 0; k < j; k++) left -= L[i * q + k]! * L[j * q + k]!;
      if (i === j) {
        if (!(left > -ROUNDING)) return false;
        L[j * q + j] = left > ROUNDING ? Math.sqrt(left) : 0;
      } else if (L[j * q + j]! > 0) L[i * q + j] = left / L[j * q + j]!;
      else if (!(Math.abs(left) < Math.sqrt(ROUNDING))) return false;
    }
  return true;
}

/**
 * Λ of sds and correlations (row-major lower triangle of ones elsewhere): the Cholesky factor of D R D, which may be singular. False where R
 * is impossible.
 */
function covarianceFactor(sds: Float64Array, correlations: Float64Array, q: number, out: Float64Array): boolean {
  for (let a = 0; a < q; a++)
    for (let b = 0; b < q; b++) out[a * q + b] = sds[a]! * sds[b]! * (a === b ? 1 : correlations[a * q + b]!);
  if (choleskyFactor(out, q)) return true;
  if (!singularFactor(correlations, q, out)) return false;
  for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) out[a * q + b]! *= sds[a]!;
  return true;
}

/** What the draws of a parameter must be, and whether a value is it. */
interface Requirement {
  readonly text: string;
  holds(value: number): boolean;
}

const FINITE: Requirement = { text: "a finite number", holds: Number.isFinite };
const SD: Requirement = {
  text: "a finite number, 0 or above",
  holds: (value) => value >= 0 && value < Infinity,
};
const CORRELATION: Requirement = {
  text: "a number from -1 to 1",
  holds: (value) => Math.abs(value) <= 1 + ROUNDING,
};

function requirementOf(support: ParameterSupport): Requirement {
  if (support === "real" || support === "ordered") return FINITE;
  if (support === "positive") return { text: "a finite number above 0", holds: (v) => v > 0 && v < Infinity };
  const { lower, upper } = support === "unit" ? { lower: 0, upper: 1 } : support;
  return { text: `a number between ${lower} and ${upper}`, holds: (value) => value >= lower && value <= upper };
}

/** The draws under the first of the names that there is. */
const found = (known: ReadonlyMap<string, Float64Array>, names: readonly string[]): Float64Array | undefined =>
  known.get(names.find((name) => known.has(name)) ?? "");

/** Natural parameters of each draw from the variables of the model's tidy table. */
function naturalValues(model: CompiledModel, draws: NamedDraws): Float64Array {
  const { layout, design } = model;
  const names = knownDrawNames(model);
  const issues: Issue[] = [];
  const known = new Map(draws.variables.map(({ name, values }) => [name, values]));
  const parameters = estimatedParameters(model).map((parameter, p) => {
    const values = found(known, names[p]!);
    if (!values) issues.push(missingVariable(names[p]![0]!, [...known.keys()]));
    return { ...parameter, values };
  });
  if (issues.length > 0) throw new DeclarationError(issues);
  const count = draws.chains * draws.drawsPerChain;
  const natural = new Float64Array(count * layout.size);
  // The order of these parameters is that of x: coefficients, then sds and correlations term by term, then φ.
  let next = 0;
  const take = (required: Requirement) => {
    const values = parameters[next]!.values!;
    const bad = values.findIndex((value) => !required.holds(value));
    if (bad >= 0) issues.push(impossibleDraw(names[next]![0]!, bad + 1, values[bad]!, required.text));
    next++;
    return values;
  };
  const copy = (position: number, required: Requirement) => {
    const values = take(required);
    for (let d = 0; d < count; d++) natural[d * layout.size + position] = values[d]!;
  };
  for (const { offset, size } of layout.beta) for (let j = 0; j < size; j++) copy(offset + j, FINITE);
  layout.terms.forEach((term, t) => {
    const { q } = term;
    const sds = term.sd ? null : Array.from({ length: q }, () => take(SD));
    const pairs: { readonly a: number; readonly b: number; readonly values: Float64Array }[] = [];
    if (!boundStructure(term).diagonal)
      for (let a = 0; a < q; a++) for (let b = a + 1; b < q; b++) pairs.push({ a, b, values: take(CORRELATION) });
    if (issues.length > 0) return;
    const sd = new Float64Array(q);
    const R = new Float64Array(q * q);
    const L = new Float64Array(q * q);
    for (let d = 0; d < count; d++) {
      for (let a = 0; a < q; a++) sd[a] = sds ? sds[a]![d]! : term.sd![a]!;
      if (pairs.length === 0) for (let a = 0; a < q; a++) L[a * q + a] = sd[a]!;
      for (const { a, b, values } of pairs) R[a * q + b] = R[b * q + a] = values[d]!;
      if (pairs.length > 0 && !covarianceFactor(sd, R, q, L))
        throw new DeclarationError([impossibleCorrelations(design.random[t]!.group, d + 1)]);
      writeFactor(term, L, natural.subarray(d * layout.size, (d + 1) * layout.size));
    }
  });
  for (let g = 0; g < layout.phi.size; g++)
    copy(layout.phi.offset + g, requirementOf(model.family.parameters[g]!.support));
  if (issues.length > 0) throw new DeclarationError(issues);
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
