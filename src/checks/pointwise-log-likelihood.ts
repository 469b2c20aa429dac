/**
 * The log-likelihood unit by unit at each posterior draw, where a unit is what is left out: a row, or all rows of a group.
 *
 * A row with a frequency weight w is w observations, and what is left out is one of them.
 *
 * - `conditional`: Σ ℓ(y_i | η_i(β, b), φ) at the drawn random effects.
 *   With a residual structure that is not the sum: a row's is its density given the residuals of the other rows (`correlated-units.ts`).
 * - `marginal`: log p(y_unit | the other rows, β, Λ, φ) with the random effects integrated out. Where groups are independent, that of a whole
 *   group is its term of the marginal likelihood, log ∫ p(y_g | b) p(b) db. Otherwise it is log L(all rows) − log L(all but the unit):
 *   for a row, its density given the other rows of its group. Either is what leaving the unit out asks for when the parameters alone
 *   are reweighted (Vehtari, Mononen, Tolvanen, Sivula & Winther 2016, JMLR 17(103), §3; Merkle, Furr & Rabe-Hesketh 2019,
 *   Psychometrika 84): p(θ | y₋) ∝ p(θ | y)/p(y_unit | y₋, θ).
 */

import { type InferOutput, optional } from "valibot";
import type { Chains } from "../diagnostics/chains.ts";
import type { ColumnsOfFit, ColumnsToGroup } from "../effects/checked-columns.ts";
import { hasCorrelatedRows } from "../marginal/correlated/correlated-rows.ts";
import { createMarginalLikelihood } from "../marginal/create.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import { groupingFactors } from "../marginal/laplace/grouping.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import { logLikelihoodNotFinite, needsPosterior } from "../messages/checks.ts";
import { declarationFault } from "../messages/issue.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { Fit, PosteriorFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { choice, columnName, wholeNumber } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { effectsByDraw } from "../prediction/draw-source.ts";
import { rowMeans } from "../prediction/row-means.ts";
import { correlatedMarginal } from "./correlated-marginal.ts";
import { correlatedUnits } from "./correlated-units.ts";
import { type Units, unitsOf, usedDraws } from "./units.ts";

/** What every function of log-likelihoods by unit is asked. */
export const logLikelihoodEntries = {
  /** What a unit is; default `row`. */
  by: optional(choice(["row", "group"]), "row"),
  /** Default `conditional` by row and `marginal` by group. */
  likelihood: optional(choice(["conditional", "marginal"])),
  /** The grouping factor whose levels are the units; needed where the model has several. */
  group: optional(columnName),
  /** Use this many draws, evenly spread over each chain; default all. For models whose integral is dear. */
  draws: optional(wholeNumber(1)),
  ...longWorkEntries,
};

const logLikelihoodOptions = optionsSchema(logLikelihoodEntries);

export type LogLikelihoodOptions = OptionsOf<typeof logLikelihoodOptions>;

export interface PointwiseLogLikelihood {
  readonly by: "row" | "group";
  readonly likelihood: "conditional" | "marginal";
  /** `row 3` (1-based row of the table), `herd 7`. */
  readonly units: readonly string[];
  readonly chains: number;
  readonly drawsPerChain: number;
  /** units × (chains × drawsPerChain), row-major: all draws of a unit side by side, chain after chain. */
  readonly values: Float64Array;
  /** How many like units each of them stands for: the frequency weights of rows; absent where each is one. */
  readonly counts?: Float64Array;
}

/** The draws of one unit as a view. */
export function unitDraws({ values, chains, drawsPerChain }: PointwiseLogLikelihood, unit: number): Float64Array {
  const total = chains * drawsPerChain;
  return values.subarray(unit * total, (unit + 1) * total);
}

/**
 * The draws of one unit as a view.
 *
 * @throws DeclarationError that names the unit and the draw where one is not finite
 */
export function finiteUnitDraws(pointwise: PointwiseLogLikelihood, unit: number): Float64Array {
  const draws = unitDraws(pointwise, unit);
  const bad = draws.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw declarationFault(logLikelihoodNotFinite(pointwise.units[unit]!, bad));
  return draws;
}

/** The draws of one unit as an array a chain. */
export function unitChains(pointwise: PointwiseLogLikelihood, unit: number): Chains {
  const all = unitDraws(pointwise, unit);
  const n = pointwise.drawsPerChain;
  return Array.from({ length: pointwise.chains }, (_, c) => all.subarray(c * n, (c + 1) * n));
}

/** A posterior, with the integral it was sampled with where that is known. */
type Sampled = PosteriorFit & { readonly integral?: IntegralMethod | null };

/**
 * The log-likelihood of every unit at every draw, all constants included. By row, that of a row with a frequency weight is one observation's,
 * and `counts` says of how many; by group, a row counts as often as it says.
 *
 * Cost: conditional, one pass over the rows a draw. Marginal by the groups of the only grouping factor, one integral a draw; by row, as many
 * integrals a draw as the largest group has rows; with several grouping factors, as many as there are units (see `draws`).
 * Memory: 8 bytes × units × draws.
 *
 * @throws DeclarationError for a maximum-likelihood fit, groups of a model without any, a group that is not named or not known
 * @example
 * const { values, units } = logLikelihood(fit, { by: "group" }); // log p(y_g | β, Λ, φ), random effects integrated out
 */
export function logLikelihood<
  const F extends Fit,
  const Group extends string = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
>(
  fit: F,
  options?: LogLikelihoodOptions & ColumnsToGroup<ColumnsOfFit<F>, Group> & SlicesOf<Signal, Told>,
): DoneOrPromised<PointwiseLogLikelihood, Signal, Told>;
export function logLikelihood(
  fit: Fit,
  options?: LogLikelihoodOptions,
): PointwiseLogLikelihood | Promise<PointwiseLogLikelihood> {
  requireFit(fit, "logLikelihood()");
  const read = readOptions(logLikelihoodOptions, options, { of: "logLikelihood()" });
  return doneOrPromised((report) => pointwiseOf(fit, read, report), read);
}

/** What `loo` and `waic` take: a fit, or a log-likelihood by unit that was computed before. */
export function* pointwiseOfSource(
  source: Fit | PointwiseLogLikelihood,
  options: InferOutput<typeof logLikelihoodOptions>,
  of: string,
  report: Report,
): Pausable<PointwiseLogLikelihood> {
  const { units, values } = (source ?? {}) as Partial<PointwiseLogLikelihood>;
  if (Array.isArray(units) && values instanceof Float64Array) return source as PointwiseLogLikelihood;
  requireFit(source, of);
  return yield* pointwiseOf(source, options, report);
}

/** The work of `logLikelihood`. */
export function* pointwiseOf(
  fit: Fit,
  { by, group, draws, ...asked }: Omit<InferOutput<typeof logLikelihoodOptions>, "signal" | "onProgress">,
  report: Report,
): Pausable<PointwiseLogLikelihood> {
  if (fit.kind !== "posterior") throw declarationFault(needsPosterior("The pointwise log-likelihood"));
  const { likelihood = by === "row" ? "conditional" : "marginal" } = asked;
  const used = usedDraws(fit, draws);
  const units = unitsOf(fit.model, by, group);
  const { design, data, gaussian, residual } = fit.model;
  const correlated = hasCorrelatedRows(data);
  const values =
    correlated && likelihood === "marginal" && design.random.length > 0
      ? yield* correlatedMarginal(fit, units, used, report)
      : correlated || (gaussian && residual.structured)
        ? yield* correlatedUnits(fit, by, likelihood, units, used, report)
        : likelihood === "conditional"
          ? yield* conditional(fit, by, units, used, report)
          : yield* marginal(fit, by, units, used, report);
  return {
    by,
    likelihood,
    units: units.names,
    chains: ownDraws(fit).chains,
    drawsPerChain: used.length / ownDraws(fit).chains,
    values,
    ...(by === "row" && design.frequencyWeights && { counts: design.frequencyWeights.slice() }),
  };
}

const parametersAt = ({ draws }: PosteriorFit, d: number): Float64Array =>
  draws.values.subarray(d * draws.size, (d + 1) * draws.size);

/** What is told while log-likelihoods are computed. */
const PHASE = "log-likelihoods";

function* conditional(
  fit: PosteriorFit,
  by: "row" | "group",
  { names, of }: Units,
  used: Int32Array,
  report: Report,
): Pausable<Float64Array> {
  const { model } = fit;
  const { layout, design, data } = model;
  const means = rowMeans(model.family, layout, design, "conditional");
  const effects = means.usesEffects ? effectsByDraw(fit) : null;
  const frequency = by === "row" ? design.frequencyWeights : null;
  const multiplier = frequency && data.multiplier ? data.multiplier.map((m, i) => m / frequency[i]!) : data.multiplier;
  const kernel = model.kernel.bind(data.columns, data.n, multiplier);
  const total = used.length;
  const values = new Float64Array(names.length * total);
  for (let s = 0; s < total; s++) {
    const x = parametersAt(fit, used[s]!);
    means.evaluatePredictors(x, effects ? effects(used[s]!) : null);
    means.eta.forEach((eta, r) => {
      kernel.eta[r]!.set(eta);
    });
    kernel.setParameters(x.subarray(layout.phi.offset, layout.phi.offset + layout.phi.size));
    for (let i = 0; i < data.n; i++) values[of[i]! * total + s]! += kernel.value(i, i + 1);
    report(PHASE, s + 1, total);
    if (pauseDue()) yield;
  }
  return values;
}

function* marginal(
  fit: Sampled,
  by: "row" | "group",
  units: Units,
  used: Int32Array,
  report: Report,
): Pausable<Float64Array> {
  const { model } = fit;
  const { standardisation } = model;
  const { shape, integral: finest } = chooseIntegral(model, { kind: "finest" });
  const method = fit.integral ?? finest;
  const point = new Float64Array(model.layout.size);
  const total = used.length;
  const values = new Float64Array(units.names.length * total);
  const frequency = by === "row" ? model.design.frequencyWeights : null;
  const eachDraw = function* (visit: (s: number) => Pausable<void> | void): Pausable<void> {
    for (let s = 0; s < total; s++) {
      standardisation.toStandardised(parametersAt(fit, used[s]!), point);
      const more = visit(s);
      if (more) yield* more;
      report(PHASE, s + 1, total);
      if (pauseDue()) yield;
    }
  };
  const whole = model.standardisedMarginal(method);
  const independent = whole.groups;
  if (shape.kind === "none" || (independent && by === "group")) {
    // Every row is a group where there are no random terms, and a Gaussian model without them has no groups of its own.
    const groups =
      independent ?? createMarginalLikelihood(standardisation.data, model.kernel, { kind: "laplace" }).groups!;
    const row = new Float64Array(groups.count);
    yield* eachDraw((s) => {
      groups.evaluate(point, row);
      for (let g = 0; g < row.length; g++) values[g * total + s] = row[g]! / (frequency?.[g] ?? 1);
    });
    return values;
  }
  // Laplace's approximation is exact for a Gaussian model, and does not mind that columns vanish with the rows left out.
  const integral: IntegralMethod = method.kind === "exact" ? { kind: "laplace" } : method;
  const without = (out: (row: number) => boolean) =>
    createMarginalLikelihood(withoutRows(standardisation.data, out, frequency), model.kernel, integral);
  const all = createMarginalLikelihood(standardisation.data, model.kernel, integral);
  if (independent) {
    yield* leaveOutRows(model, all, without, eachDraw, point, values, total);
    return values;
  }
  const left = units.names.map((_, unit) => without((i) => units.of[i] === unit));
  yield* eachDraw(function* (s) {
    const full = all.evaluate(point);
    for (const [unit, rest] of left.entries()) {
      values[unit * total + s] = full - rest.evaluate(point);
      if (pauseDue()) yield;
    }
  });
  return values;
}

/** log p(y_i | other rows of its group): the first rows of all groups are left out at once, then the second ones, and so on. */
function* leaveOutRows(
  { data }: CompiledModel,
  all: MarginalLikelihood,
  without: (out: (row: number) => boolean) => MarginalLikelihood,
  eachDraw: (visit: (s: number) => Pausable<void> | void) => Pausable<void>,
  point: Float64Array,
  values: Float64Array,
  total: number,
): Pausable<void> {
  const { index, levels } = groupingFactors(data.random)[0]!;
  const seen = new Int32Array(levels);
  const place = Int32Array.from(index, (level) => seen[level]!++);
  const largest = seen.reduce((a, b) => Math.max(a, b), 0);
  const byPlace = Array.from({ length: largest }, (_, k) =>
    Int32Array.from(place.keys()).filter((i) => place[i] === k),
  );
  const rests = byPlace.map((_, k) => without((i) => place[i] === k).groups!);
  const full = new Float64Array(levels);
  const rest = new Float64Array(levels);
  yield* eachDraw((s) => {
    all.groups!.evaluate(point, full);
    for (let k = 0; k < largest; k++) {
      rests[k]!.evaluate(point, rest);
      for (const i of byPlace[k]!) values[i * total + s] = full[index[i]!]! - rest[index[i]!]!;
    }
  });
}

/** The same data with rows that do not count, or count once less than their frequency weights. */
function withoutRows(data: IntegralData, out: (row: number) => boolean, frequency: Float64Array | null): IntegralData {
  const { n, multiplier } = data;
  const left = (i: number) => (frequency ? Math.max(0, 1 - 1 / frequency[i]!) : 0);
  const weight = (i: number) => (multiplier?.[i] ?? 1) * (out(i) ? left(i) : 1);
  return { ...data, multiplier: Float64Array.from({ length: n }, (_, i) => weight(i)) };
}
