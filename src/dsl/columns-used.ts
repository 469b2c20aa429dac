/** Which columns of the table a declaration reads. */
import type { Expression } from "./expression.ts";
import type { FixedTermSpec, ModelSpec, ResponseSpec } from "./model-spec.ts";
import { type ResidualSpec, varianceFunctions } from "./residual-spec.ts";

/** The column names in an expression, in order of appearance, with repetitions. */
export function columnsOf(expression: Expression): string[] {
  switch (expression.kind) {
    case "column":
      return [expression.name];
    case "unary":
      return columnsOf(expression.operand);
    case "binary":
      return [...columnsOf(expression.left), ...columnsOf(expression.right)];
    case "call":
      return [...expression.arguments, ...Object.values(expression.named)].flatMap(columnsOf);
    default:
      return [];
  }
}

/** The columns a nonlinear mean reads, each once: its names that are no parameters. */
export function columnsOfMean(spec: Pick<ModelSpec, "nonlinear">): readonly string[] {
  const { nonlinear } = spec;
  if (!nonlinear) return [];
  const names = columnsOf(nonlinear.expression).filter((name) => !nonlinear.parameters.includes(name) && name !== "pi");
  return [...new Set(names)];
}

/** The columns that a declaration has as factors: in `factor()`, declared, or as groups of any kind. */
export function columnsOfFactors(spec: ModelSpec): ReadonlySet<string> {
  const { response, predictors, residual } = spec;
  const called = (expression: Expression): string[] => {
    if (expression.kind === "call" && expression.name === "factor") return columnsOf(expression);
    return expression.kind === "call" ? expression.arguments.flatMap(called) : [];
  };
  const inTerms = (terms: readonly FixedTermSpec[]) => terms.flatMap(({ factors }) => factors.flatMap(called));
  return new Set([
    ...Object.keys(spec.factors),
    ...(response?.kind === "single" ? called(response.expression) : []),
    ...predictors.flatMap(({ terms, random }) => [
      ...inTerms(terms),
      ...random.flatMap((term) => [...inTerms(term.terms), ...term.group]),
    ]),
    ...varianceFunctions(residual?.variance ?? null).flatMap(({ by }) => by),
    ...(residual?.correlation?.by ?? []),
  ]);
}

export const columnsOfTerms = (terms: readonly FixedTermSpec[]): string[] =>
  terms.flatMap((term) => term.factors.flatMap(columnsOf));

function columnsOfResponse(response: ResponseSpec | null): string[] {
  switch (response?.kind) {
    case "single":
      return columnsOf(response.expression);
    case "trials":
      return [...columnsOf(response.expression), ...columnsOf(response.trials)];
    case "successesFailures":
      return [...columnsOf(response.successes), ...columnsOf(response.failures)];
    default:
      return [];
  }
}

/** The columns of a residual structure. */
export const columnsOfResidual = (residual: ResidualSpec | undefined): string[] => [
  ...varianceFunctions(residual?.variance ?? null).flatMap(({ covariate, by }) => [
    ...(covariate ? columnsOf(covariate) : []),
    ...by,
  ]),
  ...(residual?.correlation ? [...residual.correlation.covariates.flatMap(columnsOf), ...residual.correlation.by] : []),
];

/**
 * Every column the declaration reads, each once: response, predictors, groups, weights. `pi` is among them where a formula uses the
 * constant; a table without such a column supplies 3.14159….
 */
export function columnsUsed(spec: ModelSpec): readonly string[] {
  const names = [
    ...columnsOfResponse(spec.response),
    ...columnsOfMean(spec),
    ...spec.predictors.flatMap((predictor) => [
      ...columnsOfTerms(predictor.terms),
      ...predictor.offsets.flatMap(columnsOf),
      ...predictor.random.flatMap((term) => [...columnsOfTerms(term.terms), ...term.group]),
    ]),
    ...(spec.weights === null ? [] : [spec.weights]),
    ...(spec.frequencyWeights === null ? [] : [spec.frequencyWeights]),
    ...columnsOfResidual(spec.residual),
    ...(spec.knownVariance ? columnsOf(spec.knownVariance) : []),
  ];
  return [...new Set(names)];
}
