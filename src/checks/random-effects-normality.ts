/**
 * How normal the random effects look. Conditional modes are shrunken, each by how much its rows say, so they are divided by their own standard deviation over
 * repeated data, Var(b̂) = Σ − Var(b | y) at given parameters; then ordered and correlated with normal scores (Shapiro & Francia 1972, JASA 67,
 * 215–216). P values are those of the same statistic of responses simulated from the fit, their modes at the same parameters.
 *
 * Modes look normal also where effects are not: with few rows a level shrinkage hides it (Verbeke & Lesaffre 1996, JASA 91, 217–221). A small p value says
 * something, a large one little.
 */
import { optional } from "valibot";
import { fillFactor } from "../covariance/term-factor.ts";
import {
  type EffectWithoutShape,
  effectsWithoutShape,
  normalityNeedsEffects,
  normalityNeedsModes,
} from "../messages/diagnose.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import { refuseFrequencies } from "../model/refuse-frequencies.ts";
import { componentOfEffect } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { seedOf, wholeNumber } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { simulateAsFitted } from "../prediction/simulate.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { normalQuantile } from "../special/distributions.ts";

const normalityOptions = optionsSchema({
  /** Simulated responses, default 199. */
  draws: optional(wholeNumber(19)),
  /** The same seed gives the same numbers; default "normality". */
  seed: optional(seedOf),
  ...longWorkEntries,
});

export type NormalityOptions = OptionsOf<typeof normalityOptions>;

export interface NormalityRow {
  readonly component: string;
  readonly group: string;
  readonly term: string;
  readonly levels: number;
  /** The squared correlation of the ordered standardised effects with normal scores: 1 where they are as normal as can be. */
  readonly statistic: number;
  readonly p_value: number;
  /** Third and fourth standardised moments, 0 and 3 of a normal distribution. */
  readonly skewness: number;
  readonly kurtosis: number;
}

/** A row an effect, which print themselves, and which effects have none. */
export type RandomEffectsNormality = readonly NormalityRow[] & Printable & { readonly warnings: readonly FitWarning[] };

/**
 * Tests of normality of the random effects of a fit by maximum likelihood. Effects of which nothing varies, and of fewer than four levels, have no row; `warnings` names them.
 *
 * @returns rows; with a `signal` or `onProgress` a promise of them
 * @throws DeclarationError for other fits, without random effects, and with frequency weights
 * @example
 * randomEffectsNormality(fit).print();
 */
export function randomEffectsNormality<Signal extends StopSignal | undefined = undefined, Told = never>(
  fit: Fit,
  options?: NormalityOptions & SlicesOf<Signal, Told>,
): DoneOrPromised<RandomEffectsNormality, Signal, Told>;
export function randomEffectsNormality(
  fit: Fit,
  given?: NormalityOptions,
): RandomEffectsNormality | Promise<RandomEffectsNormality> {
  requireFit(fit, "randomEffectsNormality()");
  const options = readOptions(normalityOptions, given, { of: "randomEffectsNormality()" });
  if (fit.kind !== "ml") throw declarationFault(normalityNeedsModes(fit.kind));
  if (fit.model.design.random.length === 0) throw declarationFault(normalityNeedsEffects());
  refuseFrequencies(fit.model, "randomEffectsNormality()");
  return doneOrPromised((report) => normalityOf(fit, options, report), options);
}

/** Fewest levels whose shape can be told. */
const FEWEST = 4;

/** The work of `randomEffectsNormality`. */
export function* normalityOf(
  fit: MaximumLikelihoodFit,
  { draws = 199, seed = "normality" }: Pick<NormalityOptions, "draws" | "seed">,
  report: Report,
): Pausable<RandomEffectsNormality> {
  const { model, estimate } = fit;
  const { random } = model.design;
  const method = chooseIntegral(model).integral;
  const observed = standardised(fit, fit.modes, fit.modeCovariances);
  const statistics = observed.map((values) => (values ? francia(values) : Number.NaN));
  if (observed.every((values) => values === null)) return normalityTable(fit, [], observed);
  const asked = { nsim: draws, seed, newdata: undefined, randomEffects: "new" } as const;
  const simulated = yield* simulateAsFitted(fit, asked, report);
  const atMost = observed.map(() => 1);
  for (let s = 0; s < draws; s++) {
    const { modes, covariances } = model.withResponse(simulated(s).slice()).marginal(method).conditionalModes(estimate);
    standardised(fit, modes, covariances).forEach((values, k) => {
      if (values && francia(values) <= statistics[k]!) atMost[k]!++;
    });
    report("random effects", s + 1, draws);
    if (pauseDue()) yield;
  }
  const rows: NormalityRow[] = [];
  let place = 0;
  for (const term of random)
    for (let a = 0; a < term.q; a++, place++) {
      const values = observed[place];
      if (!values) continue;
      rows.push({
        component: componentOfEffect(model, term, a),
        group: term.group,
        term: term.names[a]!,
        levels: values.length,
        statistic: statistics[place]!,
        p_value: atMost[place]! / (draws + 1),
        ...moments(values),
      });
    }
  return normalityTable(fit, rows, observed);
}

/** The rows with what was left out. */
function normalityTable(
  { model }: MaximumLikelihoodFit,
  rows: readonly NormalityRow[],
  observed: readonly (Float64Array | null)[],
): RandomEffectsNormality {
  const effects = model.design.random.flatMap(({ group, names, index, q }) =>
    Array.from({ length: q }, (_, a) => ({ group, term: names[a]!, levels: new Set(index).size })),
  );
  const without = effects.flatMap((effect, place): EffectWithoutShape[] =>
    observed[place] ? [] : [{ ...effect, few: effect.levels < FEWEST }],
  );
  const warnings = without.length > 0 ? [effectsWithoutShape(without, FEWEST)] : [];
  const result = Object.defineProperty(rows, "warnings", { value: warnings }) as typeof rows &
    Pick<RandomEffectsNormality, "warnings">;
  return printable(result, (style) => normalityText(rows, warnings, style));
}

/** By effect: the modes over their standard deviations in repeated data; null where they do not vary. */
function standardised(
  { model, estimate }: MaximumLikelihoodFit,
  modes: readonly Float64Array[],
  covariances: readonly Float64Array[],
): (Float64Array | null)[] {
  return model.design.random.flatMap(({ q, levels, index }, t) => {
    const lambda = new Float64Array(q * q);
    fillFactor(model.layout.terms[t]!, estimate, lambda);
    // levels of a known covariance without rows have modes of others'
    const present = [...new Set(index)];
    return Array.from({ length: q }, (_, a) => {
      let variance = 0;
      for (let c = 0; c <= a; c++) variance += lambda[a * q + c]! ** 2;
      if (present.length < FEWEST || !(variance > 0) || levels.length === 0) return null;
      const values = Float64Array.from(present, (level) => {
        const own = variance - covariances[t]![level * q * q + a * q + a]!;
        return own > 1e-8 * variance ? modes[t]![level * q + a]! / Math.sqrt(own) : Number.NaN;
      });
      return values.some(Number.isNaN) ? null : values;
    });
  });
}

/** The squared correlation of ordered values with normal scores at (i − 3/8)/(n + 1/4). */
function francia(values: Float64Array): number {
  const sorted = values.slice().sort();
  const n = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  let cross = 0;
  let own = 0;
  let scores = 0;
  sorted.forEach((value, i) => {
    const score = normalQuantile((i + 0.625) / (n + 0.25));
    cross += (value - mean) * score;
    own += (value - mean) ** 2;
    scores += score * score;
  });
  return own > 0 ? cross ** 2 / (own * scores) : 1;
}

function moments(values: Float64Array): { readonly skewness: number; readonly kurtosis: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const power = (k: number) => values.reduce((sum, value) => sum + (value - mean) ** k, 0) / n;
  const second = power(2);
  return { skewness: power(3) / second ** 1.5, kurtosis: power(4) / second ** 2 };
}

function normalityText(rows: readonly NormalityRow[], warnings: readonly FitWarning[], style: Style): string {
  return [
    style("Normality of the random effects (Shapiro-Francia, by simulation)", "title"),
    ...(rows.length > 0 ? ["", ...normalityLines(rows, style)] : []),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}

const normalityLines = (rows: readonly NormalityRow[], style: Style): string[] =>
  textTable(
    [
      { header: "group", cells: rows.map(({ group }) => group), align: "left" },
      { header: "term", cells: rows.map(({ term }) => term), align: "left" },
      { header: "levels", cells: rows.map(({ levels }) => String(levels)) },
      { header: "statistic", cells: formatColumn(rows.map(({ statistic }) => statistic)) },
      { header: "skewness", cells: formatColumn(rows.map(({ skewness }) => skewness)) },
      { header: "kurtosis", cells: formatColumn(rows.map(({ kurtosis }) => kurtosis)) },
      { header: "p_value", cells: rows.map(({ p_value }) => formatPValue(p_value)) },
    ],
    style,
  );
