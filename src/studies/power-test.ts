/** The test whose power is asked for: of a coefficient or a term of the mean, as a function of a simulated data set to a p value. */
import { termLabel } from "../dsl/deparse.ts";
import type { FixedTermSpec, ModelSpec } from "../dsl/model-spec.ts";
import { formulaOf } from "../dsl/print-formula.ts";
import { isGaussian } from "../families/family.ts";
import { ofMean } from "../families/of-mean.ts";
import type { FitMethod } from "../frequentist/method.ts";
import type { FitMethodName } from "../frequentist/read-method.ts";
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/power.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import { anova } from "../model/questions.ts";
import { estimatedParameters } from "../model/reported-parameters.ts";
import type { DdfMethod } from "../model/tidy-options.ts";
import type { Model } from "../model-builder.ts";
import { nearestName } from "../options/nearest-name.ts";
import { chiSquareUpper } from "../special/distributions.ts";

export const powerTests = ["wald", "satterthwaite", "kenward-roger", "lrt"] as const;

export type PowerTestName = (typeof powerTests)[number];

/** A test of one's own: of the declaration on a simulated table to a p value. */
export type OwnTest = (data: Model) => number | Promise<number>;

export interface PowerTest {
  /** In words: `trt, Satterthwaite's t`. */
  readonly title: string;
  /** @throws what a fit throws; an error for a fit that failed, or that has no such p value */
  pValue(data: Model): Promise<number>;
}

/**
 * Binds a test to the model that data are simulated from.
 *
 * @param wanted a coefficient or a term of the mean; absent: the one term there is
 * @param by default Satterthwaite's degrees of freedom for linear models, else Wald's z and χ²
 * @throws DeclarationError for what is neither a coefficient nor a term
 */
export function powerTest(
  model: CompiledModel,
  wanted: string | OwnTest | undefined,
  by: PowerTestName | undefined,
  method: FitMethod | FitMethodName | undefined,
): PowerTest {
  if (typeof wanted === "function")
    return { title: messages.ownTest, pValue: async (data) => ownP(await wanted(data)) };
  const { terms } = ofMean(model.spec.predictors);
  const labels = terms.map(termLabel);
  const coefficients = estimatedParameters(model)
    .filter(({ kind, component }) => kind === "coefficient" && component === ofFirst(model))
    .map(({ term }) => term);
  const name = wanted ?? (labels.length === 1 ? labels[0] : undefined);
  if (name === undefined) throw new DeclarationError([messages.whichTest(labels)]);
  const term = terms[labels.indexOf(name)];
  const known = [...new Set([...labels, ...coefficients])];
  if (!term && !coefficients.includes(name))
    throw new DeclarationError([messages.noSuchTest(name, nearestName(name, known), known)]);
  const chosen = by ?? (model.gaussian && isGaussian(model.family) ? "satterthwaite" : "wald");
  const title = `${name}, ${messages.testWords[chosen]}`;
  if (chosen === "lrt") {
    if (!term) throw new DeclarationError([messages.ratioOfTerm(name, labels)]);
    return { title, pValue: likelihoodRatio(model.spec, term, method ?? (model.gaussian ? "ml" : undefined)) };
  }
  const ddf: DdfMethod = chosen === "wald" ? "normal" : chosen;
  const pValue = coefficients.includes(name)
    ? (fit: MaximumLikelihoodFit) =>
        fit.tidy({ ddf }).find((row) => row.effect === "fixed" && row.term === name)?.p_value
    : (fit: MaximumLikelihoodFit) => anova(fit, { type: 3, ddf }).rows.find((row) => row.term === name)?.p_value;
  return { title, pValue: async (data) => knownP(pValue(fitted(await data.fit(method as FitMethod))), name) };
}

const ofFirst = (model: CompiledModel): string => estimatedParameters(model)[0]!.component;

/** @throws Error where the fit failed, or is none by likelihood */
function fitted(fit: Fit): MaximumLikelihoodFit {
  if (fit.kind !== "ml") throw new Error(messages.needsLikelihood);
  if (fit.verdict.code === "failed") throw new Error(fit.verdict.reason);
  return fit;
}

/** @throws Error for what is no p value: such a replicate is a failure, and no test that does not reject */
function ownP(p: unknown): number {
  if (typeof p !== "number" || !(p >= 0 && p <= 1)) throw new Error(messages.noOwnPValue(p));
  return p;
}

function knownP(p: number | null | undefined, name: string): number {
  if (p === null || p === undefined || Number.isNaN(p)) throw new Error(messages.noPValue(name));
  return p;
}

function likelihoodRatio(spec: ModelSpec, term: FixedTermSpec, method: FitMethod | FitMethodName | undefined) {
  const [mean, ...others] = spec.predictors;
  const smaller = formulaOf({
    ...spec,
    predictors: [{ ...mean!, terms: mean!.terms.filter((other) => other !== term) }, ...others],
  });
  return async (data: Model): Promise<number> => {
    const full = fitted(await data.fit(method as FitMethod));
    const reduced = fitted(await data.formula(smaller as never).fit(method as FitMethod));
    const df = full.model.layout.size - reduced.model.layout.size;
    return chiSquareUpper(Math.max(0, 2 * (full.logLik - reduced.logLik)), df);
  };
}
