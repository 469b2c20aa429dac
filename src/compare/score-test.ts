/** `scoreTest`: tests of terms and of a variance by the slope of the likelihood at the fit without them, so that nothing larger is fitted. */
import { optional } from "valibot";
import { randomTermText, termLabel } from "../dsl/deparse.ts";
import type { FixedTermSpec, RandomTermSpec } from "../dsl/model-spec.ts";
import { ofMean } from "../families/of-mean.ts";
import { isExactFit } from "../frequentist/exact-verdict.ts";
import { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { geeScoreTest, scoreTest as scoreTestOfFits } from "../frequentist/gee/score-test.ts";
import type { TestRow } from "../frequentist/gee/test-table.ts";
import { invertInformation } from "../frequentist/information.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/score-test.ts";
import { nothingToAdd } from "../messages/term-changes.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Fit } from "../model/fit.ts";
import { refuseFrequencies } from "../model/refuse-frequencies.ts";
import { requireFit } from "../model/require-fit.ts";
import { hessian } from "../optimise/hessian.ts";
import { atOnce } from "../optimise/pausable.ts";
import { seedOf, text, wholeNumber } from "../options/kinds.ts";
import { untold } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import { simulateAsFitted } from "../prediction/simulate.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { chiSquareUpper, normalUpper } from "../special/distributions.ts";
import { addableTerms, changedModel, readScope, withMean } from "./changed-mean.ts";

const scoreTestOptions = optionsSchema({
  /** Responses simulated from the fit, whose slopes give a variance's test its information; default 500. */
  draws: optional(wholeNumber(50)),
  /** What random numbers begin from, default 1. */
  seed: optional(seedOf),
});

export type ScoreTestOptions = OptionsOf<typeof scoreTestOptions>;

export interface ScoreTest extends TestRow {
  /** `χ²₂`, or of a variance `½χ²₀ + ½χ²₁`. */
  readonly distribution: string;
}

/**
 * Tests what a fit has not: terms of the mean together (Rao 1948), or one variance (`"(1 | g)"`; Lin 1997, Biometrika 84, 309–326; Verbeke & Molenberghs
 * 2003, Biometrics 59, 254–262). A variance cannot be negative, so that its statistic is 0 where the likelihood falls, and a mixture of χ² else; its
 * information is that of the slopes of responses simulated from the fit, those of the other parameters taken out. REML fits are tested by maximum likelihood.
 * Of estimating equations terms are tested by the generalised score (Rotnitzky & Jewell 1990).
 *
 * @param added terms as a formula (`"x + z"`, `"~ . + x:z"`), or one random term of one effect a level; of two fits by estimating equations the larger one
 * @throws DeclarationError for posteriors and penalised quasi-likelihood, for what adds nothing, and for several variances
 * @example
 * scoreTest(fit, "age + sex").p_value;
 * scoreTest(fit, "(1 | herd)").print();
 */
export function scoreTest(
  fit: Fit,
  added: string | EstimatingEquations,
  options?: ScoreTestOptions,
): ScoreTest & Printable {
  requireFit(fit, "scoreTest()");
  if (typeof added !== "string") {
    const row = scoreTestOfFits(fit as EstimatingEquations, added);
    return printed({ ...row, distribution: chiSquare(row.df) });
  }
  readArgument(text, added, { of: "scoreTest()", name: "What is added" });
  const read = readOptions(scoreTestOptions, options, { of: "scoreTest()" });
  const { spec } = fit.model;
  const mean = ofMean(spec.predictors);
  const scope = readScope(spec, added);
  const terms = addableTerms(mean.terms, scope.terms);
  const random = scope.random.filter(
    (term) => !mean.random.some((own) => randomTermText(own) === randomTermText(term)),
  );
  if (terms.length + random.length === 0) throw new DeclarationError([nothingToAdd(added, mean.terms.map(termLabel))]);
  if (random.length > 0 && (random.length > 1 || terms.length > 0))
    throw new DeclarationError([messages.oneVariance()]);
  if (fit instanceof EstimatingEquations) {
    if (random.length > 0) throw new DeclarationError([messages.noVariancesHere()]);
    const row = geeScoreTest(fit, changedModel(fit.model, withMean(spec, { terms: [...mean.terms, ...terms] })));
    return printed({ ...row, term: terms.map(termLabel).join(", "), distribution: chiSquare(row.df) });
  }
  if (!(fit instanceof MaximumLikelihood) || fit.working || fit.penalised)
    throw new DeclarationError([messages.scoreNeedsLikelihood(fit.method)]);
  if (isExactFit(fit)) throw new DeclarationError([messages.scoreOfExactFit()]);
  if (random.length > 0) refuseFrequencies(fit.model, "scoreTest() of a variance");
  const own = fit.unrestricted();
  return printed(random.length > 0 ? ofVariance(own, random[0]!, read) : ofTerms(own, terms));
}

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const chiSquare = (df: number): string => `χ²${[...String(df)].map((digit) => SUBSCRIPTS[Number(digit)]).join("")}`;

/** The larger model at the estimate of the smaller one, in standardised coordinates. */
function atNull(fit: MaximumLikelihood, model: CompiledModel) {
  const { estimate } = fit;
  const { layout: few, design } = fit.model;
  const { layout: many } = model;
  const x = new Float64Array(many.size);
  model.design.predictors.forEach((predictor, k) => {
    const names = design.predictors[k]!.names;
    predictor.names.forEach((name, j) => {
      const place = names.indexOf(name);
      if (place >= 0) x[many.beta[k]!.offset + j] = estimate[few.beta[k]!.offset + place]!;
    });
  });
  // random terms may be ordered anew where one is added
  const used = new Set<number>();
  const fresh: number[] = [];
  model.design.random.forEach((term, t) => {
    const place = design.random.findIndex(
      (own, k) =>
        !used.has(k) &&
        own.group === term.group &&
        own.predictor === term.predictor &&
        own.covariance === term.covariance &&
        own.names.join() === term.names.join(),
    );
    if (place < 0) {
      fresh.push(t);
      return;
    }
    used.add(place);
    const { offset, size } = few.terms[place]!;
    x.set(estimate.subarray(offset, offset + size), many.terms[t]!.offset);
  });
  x.set(estimate.subarray(few.phi.offset, few.phi.offset + few.phi.size), many.phi.offset);
  const standardised = new Float64Array(many.size);
  model.standardisation.toStandardised(x, standardised);
  return { x: standardised, fresh };
}

function ofTerms(fit: MaximumLikelihood, terms: readonly FixedTermSpec[]): ScoreTest {
  const { spec } = fit.model;
  const model = changedModel(fit.model, withMean(spec, { terms: [...ofMean(spec.predictors).terms, ...terms] }));
  const { x } = atNull(fit, model);
  const likelihood = model.standardisedMarginal(fit.integral);
  const { size } = model.layout;
  const objective = (at: Float64Array, slope: Float64Array): number => {
    const value = likelihood.evaluate(at, slope);
    for (let j = 0; j < size; j++) slope[j] = -slope[j]!;
    return -value;
  };
  const gradient = new Float64Array(size);
  objective(x, gradient);
  // coefficients of a Gaussian mean and its variances are orthogonal in expectation, however far off the null model is
  const mean = ofMean(model.layout.beta);
  const free = chooseIntegral(model).exact
    ? Array.from({ length: mean.size }, (_, j) => mean.offset + j)
    : Array.from({ length: size }, (_, j) => j);
  const m = free.length;
  const { covariance } = invertInformation(atOnce(hessian(objective, x, free)), m);
  // standardised columns mix those of all terms: the slope of the whole is that of what is new, for at the estimate the others have none
  let statistic = 0;
  for (let a = 0; a < m; a++)
    for (let b = 0; b < m; b++) statistic += gradient[free[a]!]! * covariance[a * m + b]! * gradient[free[b]!]!;
  const df = ofMean(model.design.predictors).names.length - ofMean(fit.model.design.predictors).names.length;
  return {
    term: terms.map(termLabel).join(", "),
    statistic,
    df,
    p_value: chiSquareUpper(statistic, df),
    distribution: chiSquare(df),
  };
}

/** Step of the square root of the variance, in units of the residual's or of the link. */
const STEP = 0.02;

function ofVariance(
  fit: MaximumLikelihood,
  term: RandomTermSpec,
  { draws = 500, seed = 1 }: { readonly draws?: number | undefined; readonly seed?: string | number | undefined },
): ScoreTest {
  const { spec } = fit.model;
  const mean = ofMean(spec.predictors);
  const model = changedModel(fit.model, withMean(spec, { random: [...mean.random, term] }));
  const { x, fresh } = atNull(fit, model);
  const own = model.layout.terms[fresh[0]!];
  if (fresh.length !== 1 || own!.size !== 1) throw new DeclarationError([messages.oneVariance()]);
  const place = own!.offset;
  const { sigma } = fit.glance();
  const step = STEP * (sigma ?? 1);
  const integral = fit.model.design.random.length > 0 || model.gaussian ? fit.integral : ({ kind: "laplace" } as const);
  const observed = slopes(model.standardisedMarginal(integral), x, place, step);
  const simulated = atOnce(
    simulateAsFitted(fit, { nsim: draws, seed, newdata: undefined, randomEffects: "new" }, untold),
  );
  const size = x.length;
  const C = new Float64Array(size * size);
  for (let d = 0; d < draws; d++) {
    const likelihood = model.withResponse(simulated(d).slice()).standardisedMarginal(integral);
    const score = slopes(likelihood, x, place, step);
    for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) C[a * size + b]! += (score[a]! * score[b]!) / draws;
  }
  // what of the slope the other parameters do not say
  const { covariance } = invertInformation(C, size);
  const information = 1 / covariance[place * size + place]!;
  const z = observed[place]! / Math.sqrt(information);
  const statistic = z > 0 ? z * z : 0;
  return {
    term: randomTermText(term),
    statistic,
    df: 1,
    p_value: z > 0 ? normalUpper(z) : 1,
    distribution: "½χ²₀ + ½χ²₁",
  };
}

/** The gradient, in the place of the new factor's entry λ the slope in its variance: λ's over 2λ, extrapolated to 0. */
function slopes(likelihood: MarginalLikelihood, x: Float64Array, place: number, step: number): Float64Array {
  const point = x.slice();
  const gradient = new Float64Array(x.length);
  const at = (value: number): number => {
    point[place] = value;
    likelihood.evaluate(point, gradient);
    return gradient[place]! / (2 * value);
  };
  const far = at(step);
  const near = at(step / 2);
  point[place] = 0;
  likelihood.evaluate(point, gradient);
  gradient[place] = (4 * near - far) / 3;
  return gradient;
}

function printed(row: ScoreTest): ScoreTest & Printable {
  return printable(
    row,
    (style: Style) =>
      [
        style("Score test", "title"),
        "",
        ...textTable(
          [
            { header: "term", cells: [row.term], align: "left" },
            { header: "statistic", cells: formatColumn([row.statistic], 4, 3) },
            { header: "df", cells: [String(row.df)] },
            { header: "p_value", cells: [formatPValue(row.p_value)] },
            ...(row.distribution.includes("+")
              ? [{ header: "distribution", cells: [row.distribution], align: "left" as const }]
              : []),
          ],
          style,
        ),
      ].join("\n"),
    () => [row],
  );
}
