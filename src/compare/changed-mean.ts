/** The model of a fit with other terms of the mean, on the same rows and by the same method: what `drop1`, `add1` and score tests compare with. */
import { type Column, rowsOfColumn, type Table, tableOf } from "../data/table.ts";
import { deparse, termLabel, termsText } from "../dsl/deparse.ts";
import { parseFormula } from "../dsl/formula.ts";
import type { FixedTermSpec, ModelSpec, PredictorSpec } from "../dsl/model-spec.ts";
import { predictorText } from "../dsl/print-formula.ts";
import type { Family } from "../families/family.ts";
import { ofMean } from "../families/of-mean.ts";
import { familyByName, isBuiltIn } from "../families/registry.ts";
import { fitModel } from "../frequentist/fit-model.ts";
import type { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { fitGee } from "../frequentist/gee/fit-gee.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { FitMethod } from "../frequentist/method.ts";
import { DeclarationError } from "../messages/issue.ts";
import { quoted } from "../messages/lists.ts";
import * as messages from "../messages/term-changes.ts";
import { compileModel } from "../model/compile.ts";
import type { CompiledModel } from "../model/compiled-model.ts";

/** The variables of a term whatever their order. */
const variablesOf = (term: FixedTermSpec): ReadonlySet<string> => new Set(term.factors.map(deparse));

const isWithin = (small: ReadonlySet<string>, large: ReadonlySet<string>): boolean =>
  small.size < large.size && [...small].every((name) => large.has(name));

const isSame = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((name) => b.has(name));

/** The terms that no other term contains: those that can be left out (R's `drop.scope`). */
export function droppableTerms(terms: readonly FixedTermSpec[]): FixedTermSpec[] {
  const variables = terms.map(variablesOf);
  return terms.filter((_, t) => !variables.some((other) => isWithin(variables[t]!, other)));
}

const hasTerm = (terms: readonly FixedTermSpec[], term: FixedTermSpec): boolean =>
  terms.some((other) => isSame(variablesOf(other), variablesOf(term)));

/** Terms of a scope that the model has not, and that contain no other of those (R's `add.scope`). */
export function addableTerms(terms: readonly FixedTermSpec[], scope: readonly FixedTermSpec[]): FixedTermSpec[] {
  const fresh = scope.filter((term) => !hasTerm(terms, term));
  return fresh.filter((term) => !fresh.some((other) => isWithin(variablesOf(other), variablesOf(term))));
}

/** A dot that stands for what the model has. */
const DOT = /(?<![\p{L}\p{N}._`"'])\.(?![\p{L}\p{N}._])/gu;

/**
 * What a scope names: `~ . + x * z`, `~ x + z`, `x + (1 | g)`, where a dot is what the model has.
 *
 * @throws DeclarationError for what is no formula, has a response, or takes something of the model away
 */
export function readScope(spec: ModelSpec, scope: string | readonly string[]): PredictorSpec {
  const mean = ofMean(spec.predictors);
  const joined = typeof scope === "string" ? scope : scope.join(" + ");
  const text = joined.includes("~") ? joined : `~ ${joined}`;
  const own = mean.terms.length === 0 ? "1" : termsText(mean.terms);
  const parsed = parseFormula(text.replace(DOT, `(${own})`));
  if (parsed.response) throw new DeclarationError([messages.scopeWithResponse(joined)]);
  const { predictor } = parsed;
  // a dot is all that the model has, so that what is missing beside it was taken away
  const gone = joined.match(DOT) ? mean.terms.filter((term) => !hasTerm(predictor.terms, term)) : [];
  const away = [...(mean.intercept && !predictor.intercept ? ["the intercept"] : []), ...quoted(gone.map(termLabel))];
  if (away.length > 0) throw new DeclarationError([messages.scopeTakesAway(joined, away)]);
  return predictor;
}

/** A declaration with another predictor of its mean. */
export const withMean = (spec: ModelSpec, change: Partial<PredictorSpec>): ModelSpec => {
  const mean = ofMean(spec.predictors);
  return {
    ...spec,
    predictors: spec.predictors.map((predictor) => (predictor === mean ? { ...predictor, ...change } : predictor)),
  };
};

/** The rows that the model uses, as a table. */
function usedRows({ table, design }: CompiledModel): Table {
  if (design.omitted === 0) return table;
  const columns = new Map<string, Column>();
  for (const name of table.names) {
    const column = table.column(name);
    if (column) columns.set(name, rowsOfColumn(column, design.rows));
  }
  return tableOf(columns, design.n, table.faults);
}

function familyOf({ spec, family }: CompiledModel): Family {
  const { name, link } = spec.family;
  if (isBuiltIn(name)) return familyByName(name, link);
  // a family of one's own is the record itself, unless something was composed around it
  if (family.predicted || family.curve || family.forCategories)
    throw new DeclarationError([messages.ownFamilyChanged(name)]);
  return family;
}

/**
 * The model with a changed declaration on the rows that it used.
 *
 * @throws DeclarationError where the change does not fit the table, and where a column it reads is missing in some of those rows
 */
export function changedModel(model: CompiledModel, spec: ModelSpec): CompiledModel {
  const changed = compileModel(spec, usedRows(model), familyOf(model));
  if (changed.design.n !== model.design.n)
    throw new DeclarationError([
      messages.fewerRows(predictorText(ofMean(spec.predictors)), model.design.n - changed.design.n, model.design.n),
    ]);
  return changed;
}

/** Fits a changed model as the fit was made. */
export function refitBy(
  fit: MaximumLikelihood,
  model: CompiledModel,
  method: FitMethod = fit.requested,
): MaximumLikelihood {
  return fitModel(model, method, fit.penalised ? { penalised: true } : undefined);
}

export const refitGee = (fit: EstimatingEquations, model: CompiledModel): EstimatingEquations =>
  fitGee(model, fit.requested);
