/** What can be tested of hypotheses: those that say nothing are refused; of those that no value makes true, or the end of what a parameter can be, it is said. */
import * as messages from "../messages/hypothesis.ts";
import { DeclarationError, type FitWarning, type Issue } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { parameterLabel } from "../model/reported-parameters.ts";
import { placeOf, pointHypothesis } from "./constrained-ratio.ts";
import { evaluateDual, type ParsedHypothesis } from "./hypothesis-expression.ts";
import { solutionsOf } from "./hypothesis-solutions.ts";

export interface CheckedHypothesis {
  /** Of an equality: hypotheses of which one has to hold. */
  readonly solutions: readonly ParsedHypothesis[];
  /** Why there is no test by Wald; undefined: there is one. */
  readonly untested?: FitWarning;
  /** Whether there may be a likelihood ratio where there is no Wald test. */
  readonly hasRatio?: true;
}

/**
 * @param x natural parameters of the fit
 * @throws DeclarationError for each that has no number at the estimate, or that holds whatever the parameters are
 */
export function checkedHypotheses(
  parsed: readonly ParsedHypothesis[],
  model: CompiledModel,
  x: Float64Array,
): CheckedHypothesis[] {
  const issues: Issue[] = [];
  const checked = parsed.map((hypothesis): CheckedHypothesis => {
    const { text, parameters, direction } = hypothesis;
    const values = Float64Array.from(parameters, (parameter) => parameter.value(x));
    const { value } = evaluateDual(hypothesis.expression, values);
    const infinite = parameters.filter((_, k) => Math.abs(values[k]!) === Number.POSITIVE_INFINITY);
    if (infinite.length > 0)
      return {
        solutions: [hypothesis],
        hasRatio: true,
        untested: messages.infiniteParameter(text, infinite.map(parameterLabel), direction === "two-sided"),
      };
    const undetermined = values.some(Number.isNaN);
    if (undetermined) return { solutions: [hypothesis], untested: messages.parameterWithoutValue(text) };
    if (!Number.isFinite(value)) issues.push(messages.withoutNumber(text, value));
    const found = solutionsOf(hypothesis);
    if (found === "always") {
      issues.push(messages.saysNothing(text));
      return { solutions: [] };
    }
    const places = found.map((one) => {
      const point = pointHypothesis(one);
      return point ? { ...point, place: placeOf(point, model) } : null;
    });
    const possible = found.filter((_, k) => places[k]?.place !== "outside");
    if (possible.length === 0 && direction === "two-sided") {
      const [first] = places;
      const point = first ? { label: parameterLabel(first.parameter), value: first.value } : null;
      return { solutions: [], untested: messages.impossible(text, point) };
    }
    const end = places.find((one) => one?.place === "end");
    return { solutions: possible, ...(end && { untested: messages.atTheEnd(text, end.parameter.kind === "sd") }) };
  });
  if (issues.length > 0) throw new DeclarationError(issues);
  return checked;
}
