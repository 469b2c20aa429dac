/** The part of a formula that is arithmetic on columns: a syntax tree read as an `Expression`. */
import * as messages from "../messages/formula.ts";
import type { Issue } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";
import { FUNCTION_NAMES, isFunctionName, SIGNATURES } from "./allowed-functions.ts";
import type { Expression } from "./expression.ts";
import { formulaFault, formulaIssue } from "./formula-fault.ts";
import { structureWord } from "./given-sds.ts";
import { selfStartNames } from "./self-start.ts";
import type { SyntaxNode } from "./syntax.ts";

/** Where the reader puts the faults it finds; the reading goes on after each. */
export interface FaultSink {
  readonly text: string;
  readonly issues: Issue[];
}

export function fault(sink: FaultSink, message: string, code: IssueCode = "formula-syntax"): void {
  sink.issues.push(formulaIssue(code, message));
}

const NOTHING: Expression = { kind: "number", value: 0 };

/** glmmTMB's words for covariance structures that are none here; they are no functions either. */
export const OTHER_STRUCTURES = new Set("rr propto equalto".split(" "));

/** Operators and functions within each other; a sum of n terms nests n − 1 deep. */
const MAXIMUM_DEPTH = 500;

/**
 * Reads arithmetic. Faults are added to the sink and a placeholder returned in their place.
 *
 * @param depth of the node within the whole
 * @throws DeclarationError where it nests too deeply
 */
export function toExpression(node: SyntaxNode, sink: FaultSink, depth = 0): Expression {
  if (depth > MAXIMUM_DEPTH) throw formulaFault("formula-syntax", messages.tooDeep(sink.text, node.at));
  const inner = (part: SyntaxNode): Expression => toExpression(part, sink, depth + 1);
  switch (node.kind) {
    case "name":
      if (node.name === "." && !node.quoted) {
        fault(sink, messages.dot(sink.text, node.at));
        return NOTHING;
      }
      return { kind: "column", name: node.name };
    case "number":
      return { kind: "number", value: node.value };
    case "string":
      return { kind: "string", value: node.value };
    case "logical":
      return { kind: "logical", value: node.value };
    case "parentheses":
      return inner(node.inner);
    case "unary":
      return { kind: "unary", operator: node.operator, operand: inner(node.operand) };
    case "binary": {
      const { operator } = node;
      if (operator === ":" || operator === "%in%") {
        fault(sink, messages.interactionInArithmetic(sink.text, node.at, operator));
        return NOTHING;
      }
      if (operator === "|" || operator === "||") {
        fault(sink, messages.barInside(sink.text, node.at));
        return NOTHING;
      }
      return { kind: "binary", operator, left: inner(node.left), right: inner(node.right) };
    }
    case "call":
      return callExpression(node, sink, inner);
  }
}

function callExpression(
  node: SyntaxNode & { kind: "call" },
  sink: FaultSink,
  read: (argument: SyntaxNode) => Expression,
): Expression {
  const { name, at } = node;
  const { text } = sink;
  if (!isFunctionName(name)) {
    if (name === "cbind" || name === "trials") fault(sink, messages.responseOnlyFunction(text, at, name));
    else if (name === "offset") fault(sink, messages.topLevelOnly(text, at, "offset()"));
    else if (structureWord(name)) fault(sink, messages.topLevelOnly(text, at, `${name}()`));
    else if (/^SS[a-z]/.test(name))
      fault(sink, messages.selfStartInside(text, at, name, selfStartNames()), "formula-function");
    else fault(sink, messages.unknownFunction(text, at, name, FUNCTION_NAMES), "formula-function");
    return NOTHING;
  }
  const signature = SIGNATURES[name];
  const positional: Expression[] = [];
  const named: Record<string, Expression> = {};
  for (const argument of node.arguments) {
    const value = read(argument.value);
    if (argument.name === null) {
      if (Object.keys(named).length > 0) fault(sink, messages.positionalAfterNamed(text, argument.at));
      positional.push(value);
      continue;
    }
    const type = Object.hasOwn(signature.named, argument.name) ? signature.named[argument.name] : undefined;
    if (type === undefined)
      fault(sink, messages.unknownArgument(text, argument.at, name, argument.name, Object.keys(signature.named)));
    else if (Object.hasOwn(named, argument.name))
      fault(sink, messages.repeatedArgument(text, argument.at, argument.name));
    else if (type === "logical" && value.kind !== "logical")
      fault(sink, messages.badArgument(text, argument.at, name, argument.name, "TRUE or FALSE"));
    else named[argument.name] = value;
  }
  if (positional.length < signature.minimum || positional.length > signature.maximum)
    fault(sink, messages.argumentCount(text, at, name, signature.takes));
  if (name === "poly") checkDegree(positional, named, at, sink);
  if (name === "log" && positional.length === 2 && named["base"])
    fault(sink, messages.repeatedArgument(text, at, "base"));
  return { kind: "call", name, arguments: positional, named };
}

function checkDegree(
  positional: readonly Expression[],
  named: Readonly<Record<string, Expression>>,
  at: number,
  sink: FaultSink,
): void {
  if (positional.length === 2 && named["degree"]) fault(sink, messages.repeatedArgument(sink.text, at, "degree"));
  const degree = positional[1] ?? named["degree"];
  if (degree === undefined) return;
  if (degree.kind !== "number" || !Number.isInteger(degree.value) || degree.value < 1 || degree.value > 20)
    fault(sink, messages.badArgument(sink.text, at, "poly", "degree", "a whole number from 1 to 20"));
}
