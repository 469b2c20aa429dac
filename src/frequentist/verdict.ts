/** One verdict on a fit, with its reason: converged, boundary, separation, not identified or failed. */

import type { ParameterLabel } from "../covariance/covariance-structure.ts";
import { boundStructure } from "../covariance/structures.ts";
import type { RandomTermDesign } from "../data/design.ts";
import { MEAN_COMPONENT, parameterOfPredictor } from "../families/distribution-parameters.ts";
import * as messages from "../messages/fitting.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Verdict } from "../model/fit.ts";
import { type DegenerateTerm, degenerateLabels } from "../model/level-responses.ts";
import type { TermLayout } from "../model/parameter-layout.ts";
import { boundaryEntries, fillFactor } from "../model/parameter-layout.ts";
import type { Recession } from "../model/recession.ts";
import type { Maximum } from "./maximise.ts";
import type { OwnDispersionFindings } from "./own-dispersion.ts";

export interface VerdictWithReason {
  readonly code: Verdict;
  readonly reason: string;
}

/** A standard error this large, for a column of mean square 1 on the link scale, means the likelihood has no maximum there. */
export const SEPARATED = 50;

/** What an entry of a covariance structure is. */
function entryName({ names, group }: RandomTermDesign, { kind, name, of }: ParameterLabel): string {
  if (kind === "parameter") return `${name} in ${group}`;
  if (kind === "cor") return `correlation in ${group}`;
  if (of.length === 0) return `sd in ${group}`;
  const [row, column] = of as [number, number?];
  if (column === undefined) return `sd of ${names[row]} in ${group}`;
  return `covariance of ${names[column]} and ${names[row]} in ${group}`;
}

/** Name of each entry of the natural vector. */
export function entryNames(model: CompiledModel): string[] {
  const names: string[] = [];
  model.design.predictors.forEach(({ names: own }, r) => {
    const { component, name: parameter } = parameterOfPredictor(model.family, r);
    names.push(...own.map((name) => (component === MEAN_COMPONENT ? name : `${parameter}: ${name}`)));
  });
  for (const term of model.design.random)
    for (const label of boundStructure(term).labels) names.push(entryName(term, label));
  names.push(...model.family.parameters.map((parameter) => parameter.name));
  return names;
}

/** The null direction of a singular Λ (row-major): v with Λ'v = 0, by back substitution, in effects' names. */
function nullDirection(L: Float64Array, q: number, names: readonly string[]): string {
  const column = Array.from({ length: q }, (_, a) => a).find((a) => L[a * q + a] === 0)!;
  const v = new Float64Array(q);
  v[column] = 1;
  for (let a = column - 1; a >= 0; a--) {
    let s = 0;
    for (let b = a + 1; b <= column; b++) s += L[b * q + a]! * v[b]!;
    v[a] = L[a * q + a] === 0 ? 0 : -s / L[a * q + a]!;
  }
  const parts: string[] = [];
  v.forEach((value, a) => {
    if (value === 0) return;
    const size = Math.abs(value) === 1 ? "" : `${Number(Math.abs(value).toPrecision(3))}·`;
    parts.push(`${value < 0 ? "− " : parts.length ? "+ " : ""}${size}${names[a]}`);
  });
  return parts.join(" ");
}

/** What lies at the boundary, a sentence a term; empty when nothing does. `x` in the user's units, factors canonical. */
export function boundaryReasons(model: CompiledModel, x: Float64Array): string[] {
  const reasons: string[] = [];
  model.layout.terms.forEach((slice: TermLayout, t) => {
    if (boundaryEntries(slice, x).length === 0) return;
    const { names, group, q } = model.design.random[t]!;
    const L = new Float64Array(q * q);
    fillFactor(slice, x, L);
    const zero = names.filter((_, a) => L.subarray(a * q, (a + 1) * q).every((value) => value === 0));
    if (zero.length > 0) reasons.push(messages.zeroVariance(group, zero));
    else reasons.push(messages.singularCovariance(group, nullDirection(L, q, names)));
  });
  return reasons;
}

/** The verdict on a mean with coefficients at infinity; estimating equations have no likelihood. */
export function separationVerdict(
  model: CompiledModel,
  { positions, rows, of }: Recession,
  likelihood = true,
): VerdictWithReason {
  const names = entryNames(model);
  const terms = positions.map((i) => names[i]!);
  return { code: "separation", reason: messages.infiniteReason(terms, rows, of, likelihood) };
}

/** What is said of coefficients without a finite estimate: of the mean's, or of another parameter's, which goes to the end of its range. */
function infiniteCoefficients({ layout, family }: CompiledModel, position: number, names: readonly string[]): string {
  const r = layout.beta.findIndex(({ offset, size }) => position >= offset && position < offset + size);
  const { name, said } = parameterOfPredictor(family, r);
  return said ? messages.parameterAtItsEnd(name, names) : messages.separationReason(names);
}

/**
 * @param x the estimate in the user's units
 * @param maximum where the search ended, standardised coordinates
 * @param recession the coefficients at infinity, where there are some
 * @param degenerate random terms whose variance their levels' responses leave without an estimate
 * @param flat labels of the variances and correlations on which the likelihood does not depend
 * @param own what rows with a dispersion of their own mean
 */
export function verdictOf(
  model: CompiledModel,
  x: Float64Array,
  maximum: Maximum,
  recession: Recession | null,
  degenerate: readonly DegenerateTerm[],
  flat: readonly string[],
  own: OwnDispersionFindings,
): VerdictWithReason {
  const { free, information } = maximum;
  const m = free.length;
  const names = entryNames(model);
  const fixedSize = model.layout.beta.reduce((s, { size }) => s + size, 0);
  // where X has full rank and η is linear, a likelihood flat in a coefficient has its maximum at infinity
  const separates = !model.gaussian && !model.family.curve;
  if (!Number.isFinite(maximum.logLik)) return { code: "failed", reason: messages.failedReason(Number.NaN) };
  const largestOf = (direction: (i: number) => number): string[] => {
    // directions are mixtures in the orthogonalised columns: read them off in the user's columns
    const standardised = new Float64Array(model.layout.size);
    free.forEach((position, i) => {
      standardised[position] = direction(i);
    });
    const original = new Float64Array(model.layout.size);
    model.standardisation.toOriginal(standardised, original);
    const weight = original.map((value, i) => Math.abs(value) * (i < fixedSize ? columnSpread(model, i) : 1));
    const most = Math.max(...weight);
    return names.filter((_, i) => weight[i]! > 0.3 * most).slice(0, 3);
  };
  if (recession) return separationVerdict(model, recession);
  if (degenerate.length > 0) return degenerateVerdict(model, degenerate);
  if (flat.length > 0) return flatVerdict(flat);
  if (own.verdict) return own.verdict;
  if (information.flat.length > 0) {
    const { direction } = information.flat[0]!;
    let main = 0;
    direction.forEach((value, i) => {
      if (Math.abs(value) > Math.abs(direction[main]!)) main = i;
    });
    const names = largestOf((i) => direction[i]!);
    return separates && free[main]! < fixedSize
      ? { code: "separation", reason: infiniteCoefficients(model, free[main]!, names) }
      : { code: "not identified", reason: messages.notIdentifiedReason(names) };
  }
  if (separates) {
    let worst = -1;
    for (let i = 0; i < m; i++)
      if (
        free[i]! < fixedSize &&
        information.covariance[i * m + i]! > SEPARATED ** 2 &&
        (worst < 0 || information.covariance[i * m + i]! > information.covariance[worst * m + worst]!)
      )
        worst = i;
    if (worst >= 0)
      return {
        code: "separation",
        reason: infiniteCoefficients(
          model,
          free[worst]!,
          largestOf((i) => information.covariance[i * m + worst]!),
        ),
      };
  }
  if (!maximum.converged) return { code: "failed", reason: messages.failedReason(maximum.remaining) };
  const reasons = boundaryReasons(model, x);
  if (reasons.length > 0) return { code: "boundary", reason: reasons.join(" ") };
  return { code: "converged", reason: messages.convergedReason(maximum.remaining) };
}

/**
 * The verdict on a likelihood that does not depend on some variances and correlations.
 *
 * @param moving labels of the coefficients whose errors depend on them
 */
export const flatVerdict = (labels: readonly string[], moving: readonly string[] = []): VerdictWithReason => ({
  code: "not identified",
  reason: messages.flatReason(labels, moving),
});

/** The verdict on random terms whose variance their levels' responses leave without an estimate. */
export function degenerateVerdict(model: CompiledModel, terms: readonly DegenerateTerm[]): VerdictWithReason {
  const infinite = terms.filter(({ kind }) => kind === "uniform");
  const groups = (infinite.length > 0 ? infinite : terms).map(({ term }) => model.design.random[term]!.group);
  return infinite.length > 0
    ? { code: "separation", reason: messages.infiniteVarianceReason(groups) }
    : { code: "not identified", reason: messages.singleResponsesReason(degenerateLabels(model, terms), groups) };
}

/** Root mean square of the column behind entry i of x. */
function columnSpread(model: CompiledModel, i: number): number {
  const r = model.layout.beta.findIndex(({ offset, size }) => i >= offset && i < offset + size);
  const { X, names } = model.design.predictors[r]!;
  const j = i - model.layout.beta[r]!.offset;
  let square = 0;
  for (let row = 0; row < model.design.n; row++) square += X[row * names.length + j]! ** 2;
  return Math.sqrt(square / model.design.n);
}
