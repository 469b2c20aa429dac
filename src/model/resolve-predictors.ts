/** The family of a declaration: composed with a predictor for each of its parameters that the declaration gives one. */

import type { ModelSpec, PredictorSpec } from "../dsl/model-spec.ts";
import { isEmptyPredictor } from "../dsl/no-residual.ts";
import { DISPERSION, dispersionOf, predictableParameters } from "../families/distribution-parameters.ts";
import type { Family } from "../families/family.ts";
import { withPredictors } from "../families/with-predictors.ts";
import * as messages from "../messages/families.ts";
import { DeclarationError, type Issue, refusal } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";
import { emptyDispersion } from "../messages/without-residual.ts";

export interface ResolvedPredictors {
  /** With the parameters' own names as roles, in the order of the family's predictors. */
  readonly spec: ModelSpec;
  readonly family: Family;
}

/** What gives the residual variance, where it is given. */
function givenVariance({ knownVariance, sigma }: ModelSpec): string | null {
  return knownVariance ? "known variances" : sigma === undefined ? null : ".sigma()";
}

/**
 * @throws DeclarationError with all faults: parameters the family has not, a dispersion where it has none, two predictors of one parameter, and
 * predictors that the family has and the declaration does not give
 */
export function resolvePredictors(spec: ModelSpec, family: Family): ResolvedPredictors {
  const { nonlinear } = spec;
  const ofMean = nonlinear ? nonlinear.parameters.length : 1;
  const mean = spec.predictors.slice(0, ofMean);
  const others = spec.predictors.slice(ofMean);
  const own = family.predictors.slice(1);
  if (others.length === 0 && own.length === 0) return { spec, family };
  const issues: Issue[] = [];
  const fault = (code: IssueCode, name: string, message: string) =>
    void issues.push({ code, path: ["parameter", name], message });
  const given = givenVariance(spec);
  const able = predictableParameters(family).map(({ name }) => name);
  const found = new Map<string, PredictorSpec>();
  for (const predictor of others) {
    const { role } = predictor;
    const name = role === DISPERSION && !own.includes(role) ? dispersionOf(family)?.name : role;
    if (name === undefined) fault("no-dispersion", role, messages.noDispersion(family.name));
    else if (found.has(name)) fault("parameter-twice", name, messages.parameterTwice(name));
    else if (nonlinear?.parameters.includes(name))
      fault("nonlinear-parameter", name, messages.parameterOfCurve(family.name, name));
    else if (given && dispersionOf(family)?.name === name)
      fault("dispersion-given", name, messages.dispersionKnown(given));
    else if (!own.includes(name) && !able.includes(name)) {
      const constant = family.parameters.some((parameter) => parameter.name === name);
      fault("unknown-parameter", name, messages.noSuchParameter(family.name, name, [...own, ...able], constant));
    } else if (isEmptyPredictor(predictor) && able.includes(name) && (!family.normal || nonlinear))
      fault("empty-parameter", name, emptyDispersion(family.name, name));
    else found.set(name, { ...predictor, role: name });
  }
  if (issues.length > 0) throw new DeclarationError(issues);
  const missing = own.filter((name) => !found.has(name));
  if (missing.length > 0) {
    const declared = [mean[0]!.role, ...found.keys()];
    const message = messages.familyPredictors(family.name, family.predictors, declared, missing, []);
    throw refusal("family-predictors", ["family", family.name], message);
  }
  // a Gaussian response may do without its residual: then there is no such parameter
  const added = [...found].flatMap(([name, predictor]) =>
    own.includes(name) || isEmptyPredictor(predictor) ? [] : [name],
  );
  const predictors = [
    ...mean,
    ...[...own, ...[...found.keys()].filter((name) => !own.includes(name))].map((name) => found.get(name)!),
  ];
  return { spec: { ...spec, predictors }, family: withPredictors(family, added) };
}
