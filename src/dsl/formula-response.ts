/** The left of a formula: the response, its trials or failures, and its known standard errors. */
import * as messages from "../messages/formula.ts";
import { type FaultSink, fault, toExpression } from "./arithmetic.ts";
import type { Expression } from "./expression.ts";
import type { ResponseSpec } from "./model-spec.ts";
import { bareNode, type SyntaxNode } from "./syntax.ts";

/** The left of a formula. */
export interface ParsedResponse {
  readonly response: ResponseSpec;
  /** The variances of `y | se(s)`, s²; null where the formula gives none. */
  readonly knownVariance: Expression | null;
}

/** `y | se(s)` taken apart into y and the variances s²; any other response as it is. */
export function readLeft(node: SyntaxNode, sink: FaultSink): ParsedResponse {
  const bare = bareNode(node);
  const right = bare.kind === "binary" && bare.operator === "|" ? bare.right : null;
  if (bare.kind !== "binary" || right?.kind !== "call" || right.name !== "se")
    return { response: readResponse(node, sink), knownVariance: null };
  const [error] = right.arguments;
  if (right.arguments.length !== 1 || error!.name !== null)
    fault(
      sink,
      messages.argumentCount(sink.text, right.at, "se", "one argument, the known standard error of each row"),
    );
  return {
    response: readResponse(bare.left, sink),
    knownVariance: error ? squared(toExpression(error.value, sink)) : null,
  };
}

/** The expression x². */
export const squared = (expression: Expression): Expression => ({
  kind: "binary",
  operator: "^",
  left: expression,
  right: { kind: "number", value: 2 },
});

function readResponse(node: SyntaxNode, sink: FaultSink): ResponseSpec {
  const { text } = sink;
  const bare = bareNode(node);
  if (bare.kind === "call" && bare.name === "cbind") {
    if (bare.arguments.length !== 2 || bare.arguments.some((argument) => argument.name !== null))
      fault(sink, messages.argumentCount(text, bare.at, "cbind", "two arguments, the successes and the failures"));
    const [successes, failures] = bare.arguments.map((argument) => toExpression(argument.value, sink));
    const none: Expression = { kind: "number", value: 0 };
    return { kind: "successesFailures", successes: successes ?? none, failures: failures ?? none };
  }
  if (bare.kind === "binary" && (bare.operator === "|" || bare.operator === "||")) {
    const { right } = bare;
    const expression = toExpression(bare.left, sink);
    if (bare.operator === "|" && right.kind === "call" && right.name === "trials" && right.arguments.length === 1)
      return { kind: "trials", expression, trials: toExpression(right.arguments[0]!.value, sink) };
    fault(sink, messages.responseBar(text, right.at));
    return { kind: "single", expression };
  }
  const expression = toExpression(bare, sink);
  if (expression.kind === "number" || expression.kind === "string" || expression.kind === "logical")
    if (sink.issues.length === 0) fault(sink, messages.responseForm(text, bare.at));
  return { kind: "single", expression };
}
