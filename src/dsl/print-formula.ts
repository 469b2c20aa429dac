/** The declaration as a formula that reads back to the same declaration. */
import { ofMean } from "../families/of-mean.ts";
import { deparse, randomTermText, termsText } from "./deparse.ts";
import type { Expression } from "./expression.ts";
import type { ModelSpec, PredictorSpec, ResponseSpec } from "./model-spec.ts";
import { requireSpec } from "./require-spec.ts";

/** `log(y)`, `cbind(s, f)`, `y | trials(n)`. */
export function responseText(response: ResponseSpec): string {
  switch (response.kind) {
    case "single":
      return deparse(response.expression);
    case "trials":
      return `${deparse(response.expression)} | trials(${deparse(response.trials)})`;
    case "successesFailures":
      return `cbind(${deparse(response.successes)}, ${deparse(response.failures)})`;
  }
}

/** Known variances as `se(s)` where they are squares s²; undefined where they are not, and stand beside the formula as weights do. */
const standardErrorsText = (variance: Expression): string | undefined =>
  variance.kind === "binary" &&
  variance.operator === "^" &&
  variance.right.kind === "number" &&
  variance.right.value === 2
    ? `se(${deparse(variance.left)})`
    : undefined;

/** The right-hand side of one linear predictor. */
export function predictorText(predictor: PredictorSpec): string {
  const parts = [
    ...(predictor.terms.length === 0 ? [] : [termsText(predictor.terms)]),
    ...predictor.offsets.map((offset) => `offset(${deparse(offset)})`),
    ...predictor.random.map((term) =>
      term.roles ? `${randomTermText(term)} with ${term.roles.slice(1).join(", ")}` : randomTermText(term),
    ),
  ];
  if (!predictor.intercept) parts.unshift("0");
  else if (predictor.terms.length === 0) parts.unshift("1");
  return parts.join(" + ");
}

/**
 * The mean of the model as a formula. `parseFormula(formulaOf(spec))` gives the spec's response and first predictor again.
 *
 * @example
 * formulaOf(model(cbpp).response("incidence", { trials: "size" }).fixed("period").random("herd").spec);
 * // "incidence | trials(size) ~ period + (1 | herd)"
 */
export function formulaOf(spec: Pick<ModelSpec, "response" | "predictors" | "nonlinear" | "knownVariance">): string {
  requireSpec(spec, "formulaOf()", false);
  const errors = spec.knownVariance && standardErrorsText(spec.knownVariance);
  const left = spec.response ? `${responseText(spec.response)} ${errors ? `| ${errors} ` : ""}` : "";
  if (spec.nonlinear) {
    const ofCurve = spec.predictors.slice(0, spec.nonlinear.parameters.length);
    const parameters = ofCurve.map((predictor) => `${predictor.role} ~ ${predictorText(predictor)}`);
    return [`${left}~ ${deparse(spec.nonlinear.expression)}`, ...parameters].join(", ");
  }
  const mean = ofMean(spec.predictors);
  return `${left}~ ${mean ? predictorText(mean) : "1"}`;
}
