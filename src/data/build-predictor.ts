import type { ModelSpec, PredictorSpec } from "../dsl/model-spec.ts";
import type { DistributionParameter } from "../families/distribution-parameters.ts";
import { MEAN } from "../families/of-mean.ts";
import * as messages from "../messages/data.ts";
import type { FitWarning } from "../messages/issue.ts";
import { ordinalIntercept } from "../messages/ordinal.ts";
import { independentColumns } from "./aliased-columns.ts";
import { columnsToKeep } from "./centred-columns.ts";
import type { PredictorDesign } from "./design.ts";
import type { PredictorRecipe } from "./design-recipe.ts";
import type { VariableLearner } from "./learn-matrix.ts";
import { columnNames, fillMatrix, prefixed, selectColumns } from "./model-matrix.ts";
import { checkSquares } from "./squares.ts";

/** How priors name a predictor. */
interface NamedPredictor {
  readonly role: string;
  readonly ofCurve: boolean;
  readonly parameter: DistributionParameter | undefined;
}

/** Whether the coefficient's prior is declared flat: the most specific declaration holds, and defaults are proper. */
function hasFlatPrior({ priors }: ModelSpec, { role, ofCurve, parameter }: NamedPredictor, name: string) {
  const mean = role === MEAN || ofCurve;
  const prefixes = parameter ? [parameter.component, role] : [role];
  // a prior of the whole class is not for a parameter besides the mean
  const all = parameter ? [] : [undefined];
  const choices = mean ? [name, undefined] : [...prefixes.map((prefix) => `${prefix}.${name}`), ...prefixes, ...all];
  const ofClass = priors.filter((prior) => prior.class === "fixed");
  const own = choices.map((choice) => ofClass.find((prior) => prior.name === choice)).find((prior) => prior);
  return own?.distribution.name === "flat";
}

/**
 * The positions of the columns whose coefficients have a proper posterior: all of those with proper priors, and of those with flat ones
 * as many as are linearly independent.
 */
function properColumns(
  spec: ModelSpec,
  predictor: NamedPredictor,
  names: readonly string[],
  X: Float64Array,
  n: number,
  intercept: boolean,
): number[] {
  const flat = [...names.keys()].filter((c) => hasFlatPrior(spec, predictor, names[c]!));
  const leads = intercept && flat[0] === 0;
  const independent = independentColumns(selectColumns(X, n, names.length, flat), n, flat.length, leads);
  const kept = independent.kept.map((k) => flat[k]!);
  return [...names.keys()].filter((c) => !flat.includes(c) || kept.includes(c));
}

/**
 * Null where a fault of the table leaves no columns.
 *
 * @param parameter what the predictor is of, besides the mean
 * @param prefix of its columns' names: the parameter of a nonlinear mean that it is of
 */
export function buildPredictor(
  spec: ModelSpec,
  predictor: PredictorSpec,
  learner: VariableLearner,
  warnings: FitWarning[],
  parameter: DistributionParameter | undefined,
  thresholds: boolean,
  prefix?: string,
): { design: PredictorDesign; recipe: PredictorRecipe } | null {
  const { evaluation } = learner;
  const { rows } = evaluation;
  const offset = new Float64Array(rows.length);
  for (const expression of predictor.offsets) {
    const values = evaluation.has(expression) ? evaluation.numbers(expression) : null;
    if (values !== null) for (let r = 0; r < rows.length; r++) offset[r]! += values[rows[r]!]!;
  }
  if (thresholds && !predictor.intercept)
    warnings.push({ code: "thresholds-are-intercepts", message: ordinalIntercept() });
  const intercept = predictor.intercept || thresholds;
  const learnt = learner.matrix(predictor.terms, intercept);
  if (learnt === null || rows.length === 0) return null;
  const names = prefixed(columnNames(learnt.recipe), prefix);
  const X = fillMatrix(learnt.recipe, learnt.values, rows);
  checkSquares(X, names, evaluation.faults);
  checkSquares(offset, ["The offset"], evaluation.faults);
  const { kept: determined, aliased } = columnsToKeep(learnt.recipe, learnt.values, rows, X, names.length);
  const independent =
    learner.estimation === "likelihood"
      ? determined
      : properColumns(
          spec,
          { role: predictor.role, ofCurve: prefix !== undefined, parameter },
          names,
          X,
          rows.length,
          intercept,
        );
  // thresholds are intercepts: the constant column codes factors and shows what is aliased, then it goes
  const kept = thresholds ? independent.slice(1) : independent;
  if (independent.length < names.length) {
    const dropped = names.filter((_, c) => !independent.includes(c));
    warnings.push({ code: "rank-deficient", message: messages.aliased(predictor.role, dropped, learner.estimation) });
  }
  const dependent = [...kept.keys()].filter((k) => !determined.includes(kept[k]!));
  if (dependent.length > 0)
    warnings.push({
      code: "prior-determined",
      message: messages.aliasedKept(
        predictor.role,
        dependent.map((k) => names[kept[k]!]!),
      ),
    });
  return {
    design: {
      role: predictor.role,
      names: kept.map((c) => names[c]!),
      X: selectColumns(X, rows.length, names.length, kept),
      offset,
      intercept: intercept && !thresholds,
      ...(dependent.length > 0 && { dependent }),
    },
    recipe: {
      role: predictor.role,
      matrix: learnt.recipe,
      kept,
      ...(aliased && { aliased }),
      offsets: predictor.offsets,
      ...(prefix !== undefined && { prefix }),
    },
  };
}
