/** `hypothesis`: tests of functions of the parameters of a fit, whatever estimated them. */
import { custom, optional } from "valibot";
import { adjustments, twoSidedAdjustments } from "../effects/adjust-contrasts.ts";
import { testedRows } from "../effects/contrast-tests.ts";
import { type Margin, marginColumns, marginOptions, readMargin } from "../effects/margin.ts";
import { parametersByName } from "../effects/named-parameters.ts";
import { withDegreesOfFreedom } from "../effects/with-degrees-of-freedom.ts";
import { type Estimator, onIdentity } from "../estimates/estimator.ts";
import { jointEstimates } from "../estimates/joint-estimates.ts";
import { sourceOf } from "../estimates/sources.ts";
import { summarise } from "../estimates/summarise.ts";
import { knownDrawNames } from "../exchange/brms-names.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { Profilers } from "../frequentist/profile/profiler.ts";
import { adjustNotOfThis, estimatesWithoutNoise } from "../messages/effects.ts";
import * as messages from "../messages/hypothesis.ts";
import { DeclarationError, declarationFault, type FitWarning } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { parameterLabel } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { ddfOption } from "../model/tidy-options.ts";
import { atOnce } from "../optimise/pausable.ts";
import { choice, confidenceLevel, isRecord } from "../options/kinds.ts";
import { untold } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import { type Printable, printable } from "../report/printable.ts";
import { chiSquareUpper } from "../special/distributions.ts";
import { type CheckedHypothesis, checkedHypotheses } from "./checked-hypotheses.ts";
import { constrainedRatio } from "./constrained-ratio.ts";
import {
  type Direction,
  evaluateDual,
  linearForm,
  type ParsedHypothesis,
  parseHypothesis,
} from "./hypothesis-expression.ts";
import { hypothesisText } from "./hypothesis-text.ts";
import { evidenceRatio } from "./savage-dickey.ts";

const hypothesisOptions = optionsSchema({
  /**
   * `wald`: by the delta method, with t where a hypothesis is of coefficients of a linear mixed model (the default); `lrt`: by the likelihood ratio of the fit
   * with the hypothesis as a constraint, by maximum likelihood, two-sided.
   */
  test: optional(choice(["wald", "lrt"]), "wald"),
  /** Degrees of freedom, as `tidy()` has them. */
  ddf: optional(ddfOption),
  /** P values and intervals that hold for all hypotheses together; default `none`. */
  adjust: optional(choice(adjustments), "none"),
  /** Default 0.95. Of a hypothesis with a direction the bound on its side is at this level. */
  confLevel: optional(confidenceLevel, 0.95),
  ...marginOptions,
});

export type HypothesisOptions = OptionsOf<typeof hypothesisOptions>;

/** One hypothesis, or several: a list, or a record by the names that rows are to have. */
export type Hypotheses = string | readonly string[] | Readonly<Record<string, string>>;

const hypotheses = custom<Hypotheses>(
  (value) =>
    typeof value === "string" ||
    ((Array.isArray(value) || isRecord(value)) &&
      Object.values(value as object).every((text) => typeof text === "string")),
  'a text as "x1 - x2 = 0", a list of such texts or a record of them',
);

export interface HypothesisRow {
  /** The hypothesis as written, or the name it was given. */
  readonly term: string;
  readonly alternative: Direction | "equivalence";
  /** Of the left side less the right side. */
  readonly estimate: number | null;
  /** Of a posterior its standard deviation. */
  readonly std_error: number | null;
  readonly statistic: number | null;
  /** Null: normal, and for posteriors. */
  readonly df: number | null;
  /** Of hypotheses with a direction one-sided: small where the data speak for it. Null for posteriors. */
  readonly p_value: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** What degrees of freedom are by; null: there are none. */
  readonly ddf: string | null;
  /** Level of the interval; of a posterior's hypothesis with a direction 2 · `confLevel` − 1. */
  readonly conf_level: number;
  /** The adjustment for several hypotheses, where one was asked for. */
  readonly adjust?: string;
  /** The margins of equivalence, non-inferiority and non-superiority, where there are any. */
  readonly margin_low?: number;
  readonly margin_high?: number;
  /** Of equivalence: the interval at 2 · `confLevel` − 1, which lies within the margins where the test says so. */
  readonly tost_low?: number | null;
  readonly tost_high?: number | null;
  /** Posteriors: how much likelier than its opposite the hypothesis is, given the data; of an equality Savage and Dickey's ratio. */
  readonly evid_ratio?: number | null;
  /** Posteriors: the posterior probability of the hypothesis; of an equality as if it and its opposite had been equally likely. */
  readonly post_prob?: number | null;
}

export interface HypothesisTests extends Printable {
  readonly rows: readonly HypothesisRow[];
  readonly warnings: readonly FitWarning[];
}

/**
 * Tests hypotheses about parameters by their names in `tidy()` (`Days`, `sd__Days`, `Subject sd__(Intercept)`, `sd__Observation`) or brms's (`b_Days`,
 * `sd_Subject__Days`, `sigma`); `Intercept` is `(Intercept)`; names that are no words may stand in backticks. `=` is two-sided, `>` and `<` have a direction.
 *
 * Maximum likelihood and estimating equations: the delta method, exact derivatives. Posterior: draw by draw; the evidence ratio of a direction is the odds of
 * the draws, that of an equality the density of the posterior over that of the prior at 0 (Dickey 1971, Ann. Math. Stat. 42, 204–223), where the hypothesis
 * is linear in coefficients with proper normal priors, or one coefficient with another proper prior, else null.
 *
 * @throws DeclarationError for what cannot be read, for names that are no parameters, and where the fit has no test of the kind
 * @example
 * hypothesis(fit, "Days > 5").print();
 * hypothesis(fit, ["period2 = period3", "period3 = period4"], { adjust: "mvt" }).rows;
 */
export function hypothesis(fit: Fit, asked: Hypotheses, options?: HypothesisOptions): HypothesisTests {
  requireFit(fit, "hypothesis()");
  const read = readOptions(hypothesisOptions, options, { of: "hypothesis()" });
  const given = readArgument(hypotheses, asked, { of: "hypothesis()", name: "The hypothesis" });
  const aliases = aliasesOf(fit);
  const names = parametersByName(fit.model, "hypothesis", aliases);
  const entries = typeof given === "string" ? [[null, given] as const] : named(given);
  if (entries.length === 0) throw declarationFault(messages.noHypotheses());
  const parsed = entries.map(([, text]) => parseHypothesis(text, names, aliases.flat()));
  const labels = entries.map(([name], k) => name ?? parsed[k]!.text);
  const estimator = estimatorOf(parsed, labels);
  const { rows, warnings } =
    fit.kind === "posterior" ? ofDraws(fit, parsed, estimator, read) : ofEstimate(fit, parsed, estimator, read);
  return printable({ rows, warnings }, (style) =>
    hypothesisText(rows, read, fit.kind === "posterior", warnings, style),
  );
}

export type ReadHypothesisOptions = ReturnType<typeof readOptions<typeof hypothesisOptions>>;

const named = (given: readonly string[] | Readonly<Record<string, string>>): (readonly [string | null, string])[] =>
  Array.isArray(given) ? given.map((one) => [null, one] as const) : Object.entries(given);

/** brms's names by parameter, and the intercept without its parentheses. */
function aliasesOf({ model }: Fit): string[][] {
  const brms = knownDrawNames(model);
  let next = 0;
  return parametersByName(model, "hypothesis").all.map((parameter) => {
    const own = parameter.given ? [] : (brms[next++] ?? []);
    return parameter.term === "(Intercept)" ? [...own, "Intercept"] : own;
  });
}

function estimatorOf(parsed: readonly ParsedHypothesis[], labels: readonly string[]): Estimator<string> {
  const gradients = new Map<number, Float64Array>();
  const valuesAt = ({ parameters }: ParsedHypothesis, x: Float64Array) =>
    Float64Array.from(parameters, (parameter) => parameter.value(x));
  return {
    rows: labels.map((label) => ({ label, scale: onIdentity, none: 0, kind: "hypothesis" })),
    value(x, _, out) {
      parsed.forEach((one, k) => {
        out[k] = evaluateDual(one.expression, valuesAt(one, x)).value;
      });
    },
    gradient(x, _, into) {
      const scratch = gradients.get(x.length) ?? new Float64Array(x.length);
      gradients.set(x.length, scratch);
      parsed.forEach((one, k) => {
        const { slopes } = evaluateDual(one.expression, valuesAt(one, x));
        one.parameters.forEach((parameter, p) => {
          if (slopes[p] === 0) return;
          parameter.gradient(x, scratch);
          for (let j = 0; j < x.length; j++) into.x[k]![j]! += slopes[p]! * scratch[j]!;
        });
      });
    },
  };
}

/** Each row's margin: its direction's, or the one that was asked for. */
function marginsOf(parsed: readonly ParsedHypothesis[], read: ReadHypothesisOptions): Margin[] {
  const margin = readMargin(read);
  return parsed.map(({ direction, text: written }): Margin => {
    if (direction === "two-sided") return margin;
    const onlyDelta = read.side === undefined && !read.equivalence;
    if (!onlyDelta) throw declarationFault(messages.directionAndSide(written));
    return { kind: direction, by: read.delta ?? 0 };
  });
}

function ofEstimate(
  fit: Exclude<Fit, { kind: "posterior" }>,
  parsed: readonly ParsedHypothesis[],
  estimator: Estimator<string>,
  read: ReadHypothesisOptions,
): { readonly rows: HypothesisRow[]; readonly warnings: readonly FitWarning[] } {
  const margins = marginsOf(parsed, read);
  checkAdjustment(margins, read);
  const undetermined = fit instanceof MaximumLikelihood ? fit.undetermined : [];
  const source = withDegreesOfFreedom(sourceOf(fit, { withEffects: false }), fit, {
    ddf: read.ddf,
    usesEffects: false,
  });
  const ddf = (source.kind === "point" && source.ddf) || null;
  const {
    rows: found,
    warnings,
    covariance,
  } = summarise(estimator, source, {
    confLevel: read.confLevel,
    infinite: (k) => parsed[k]!.parameters.some((parameter) => undetermined.includes(parameterLabel(parameter))),
  });
  // where a derivative does not exist, as of a standard deviation at 0, there is no error
  const sound = found.map((row) =>
    Number.isFinite(row.numbers.std_error) && row.numbers.std_error !== 0
      ? row
      : {
          ...row,
          numbers: { ...row.numbers, std_error: null, conf_low: null, conf_high: null },
          test: { statistic: null, p_value: null },
        },
  );
  const checked = checkedHypotheses(parsed, fit.model, fit.estimate);
  const byRatio = read.test === "lrt";
  const untested = checked.map(({ untested, hasRatio }) => (byRatio && hasRatio ? undefined : untested));
  const ratios = byRatio ? likelihoodRatios(fit, parsed, checked, untested, margins) : null;
  const doubts = sound.flatMap(({ label, test }, k) => {
    if (untested[k]) return [untested[k]];
    if (ratios) return ratios[k] === null ? [messages.ratioNotFound(label)] : [];
    return test?.statistic === null && found[k]!.state !== "exact" ? [messages.withoutError(label)] : [];
  });
  const tested = sound.map((row, k) => {
    if (untested[k]) return { ...row, test: { statistic: null, p_value: null } };
    if (!ratios) return row;
    const statistic = ratios[k]!;
    return { ...row, test: { statistic, p_value: statistic === null ? null : chiSquareUpper(statistic, 1) } };
  });
  const changed = testedRows(
    tested,
    margins.map((margin, k) => ({ family: "", scale: onIdentity, none: 0, cells: [k], margin })),
    { adjust: read.adjust, margin: { kind: "two-sided" }, confLevel: read.confLevel, covariance },
  );
  const rows = tested.map(({ label, numbers, test, df = null }, k): HypothesisRow => {
    const margin = margins[k]!;
    const { kind } = margin;
    const alternative = kind === "bounds" ? "equivalence" : kind;
    const { alternative: _, ...bounds } = marginColumns(margin, { scale: onIdentity, none: 0 });
    const own = {
      ...numbers,
      statistic: test?.statistic ?? null,
      df: ratios ? null : df,
      p_value: test?.p_value ?? null,
    };
    const said = {
      ddf: ratios || df === null ? null : ddf,
      conf_level: read.confLevel,
      ...(read.adjust !== "none" && { adjust: read.adjust }),
      ...(kind !== "two-sided" && (kind === "bounds" || margin.by > 0) && bounds),
    };
    return { term: label, alternative, ...own, ...(ratios || untested[k] ? {} : changed[k]), ...said };
  });
  const exact = ratios ? [] : found.filter(({ state }) => state === "exact").map(({ label }) => label);
  return { rows, warnings: [...warnings, ...(exact.length > 0 ? [estimatesWithoutNoise(exact)] : []), ...doubts] };
}

function checkAdjustment(margins: readonly Margin[], { adjust, test }: ReadHypothesisOptions): void {
  if (adjust === "none") return;
  if (adjust === "tukey" || adjust === "dunnett") throw declarationFault(adjustNotOfThis(adjust, "hypotheses"));
  if (test === "lrt") throw declarationFault(adjustNotOfThis(adjust, "ratios"));
  const kinds = new Set(margins.map(({ kind }) => kind));
  if ((twoSidedAdjustments.includes(adjust) || adjust === "mvt") && kinds.size > 1)
    throw declarationFault(messages.severalDirections(adjust));
  if (twoSidedAdjustments.includes(adjust) && !kinds.has("two-sided"))
    throw declarationFault(adjustNotOfThis(adjust, "side"));
}

/** Twice what the log-likelihood loses under each hypothesis; null where the maximum under it was not found, or there is no test. */
function likelihoodRatios(
  fit: Exclude<Fit, { kind: "posterior" }>,
  parsed: readonly ParsedHypothesis[],
  checked: readonly CheckedHypothesis[],
  untested: readonly unknown[],
  margins: readonly Margin[],
): (number | null)[] {
  if (!(fit instanceof MaximumLikelihood)) throw declarationFault(messages.ratioNeedsLikelihood(fit.method));
  const directed = parsed.find((_, k) => margins[k]!.kind !== "two-sided");
  if (directed) throw declarationFault(messages.ratioIsTwoSided(directed.text));
  const profilers = new Profilers(fit);
  return checked.map(({ solutions }, k) => {
    if (untested[k]) return null;
    const estimator = estimatorOf(
      solutions,
      solutions.map(({ text }) => text),
    );
    const ratios = solutions.map((one, s) => constrainedRatio(fit, one, estimator, s, profilers));
    return ratios.includes(null) ? null : Math.min(...(ratios as number[]));
  });
}

function ofDraws(
  fit: Extract<Fit, { kind: "posterior" }>,
  parsed: readonly ParsedHypothesis[],
  estimator: Estimator<string>,
  read: ReadHypothesisOptions,
): { readonly rows: HypothesisRow[]; readonly warnings: readonly FitWarning[] } {
  const refused = (["adjust", "equivalence", "delta", "side", "ddf"] as const).filter((option) =>
    option === "adjust" ? read.adjust !== "none" : read[option] !== undefined,
  );
  if (refused.length > 0) throw new DeclarationError(refused.map(messages.notOfPosterior));
  if (read.test === "lrt") throw declarationFault(messages.ratioNeedsLikelihood(fit.method));
  const source = sourceOf(fit, { withEffects: false });
  const joint = atOnce(jointEstimates(estimator, source, untold));
  if (joint.kind !== "draws") throw new Error("A posterior has draws.");
  const of = (confLevel: number) => summarise(estimator, source, { confLevel });
  const twoSided = of(read.confLevel);
  // the bound on the side of a direction is at the level asked for, as brms's
  const oneSided = parsed.some(({ direction }) => direction !== "two-sided") && read.confLevel > 0.5;
  const directed = oneSided ? of(2 * read.confLevel - 1) : twoSided;
  const rows = parsed.map((one, k): HypothesisRow => {
    const { label, numbers } = (one.direction === "two-sided" ? twoSided : directed).rows[k]!;
    const values = joint.values[k]!;
    const common = {
      term: label,
      alternative: one.direction,
      ...numbers,
      statistic: null,
      df: null,
      p_value: null,
      ddf: null,
    };
    const conf_level = one.direction === "two-sided" || !oneSided ? read.confLevel : 2 * read.confLevel - 1;
    if (one.direction === "two-sided") {
      const ratio = evidenceRatio(fit, one, linearForm(one), values);
      return { ...common, conf_level, evid_ratio: ratio, post_prob: ratio === null ? null : 1 - 1 / (1 + ratio) };
    }
    let holds = 0;
    for (const value of values) if (one.direction === "greater" ? value > 0 : value < 0) holds++;
    const share = holds / values.length;
    return {
      ...common,
      conf_level,
      evid_ratio: share === 1 ? Number.POSITIVE_INFINITY : share / (1 - share),
      post_prob: share,
    };
  });
  return { rows, warnings: twoSided.warnings };
}
