/** The right of the bar of a random term: its grouping factors, and the known covariance across their levels. */
import * as messages from "../messages/formula.ts";
import { grArguments } from "../messages/known-covariance.ts";
import { type FaultSink, fault } from "./arithmetic.ts";
import { formulaFault } from "./formula-fault.ts";
import type { SyntaxNode } from "./syntax.ts";

/** The groupings of the right of a bar and, of `gr(group, cov = A)`, the name of the known covariance across their levels. */
export function readGrouping(node: SyntaxNode, sink: FaultSink): { groups: string[][]; known: string | null } {
  if (node.kind === "parentheses") return readGrouping(node.inner, sink);
  if (node.kind !== "call" || node.name !== "gr") return { groups: readGroups(node, sink), known: null };
  const [group, ...options] = node.arguments;
  const [option] = options;
  if (!group || group.name !== null || options.length > 1 || (option && option.name !== "cov")) {
    fault(sink, grArguments(sink.text, node.at));
    return { groups: [], known: null };
  }
  const groups = readGroups(group.value, sink);
  if (!option) return { groups, known: null };
  if (option.value.kind !== "name" || groups.length > 1) {
    fault(sink, grArguments(sink.text, node.at));
    return { groups: [], known: null };
  }
  return { groups, known: option.value.name };
}

/** Columns and parentheses of a grouping within each other. */
const MAXIMUM_DEPTH = 50;

/** The groupings of the right of a bar, coarsest first: `a/b` gives a and then b:a, named as lme4 names it. */
function readGroups(node: SyntaxNode, sink: FaultSink, depth = 0): string[][] {
  if (depth >= MAXIMUM_DEPTH) throw formulaFault("formula-syntax", messages.groupTooDeep(sink.text, node.at));
  const inner = (part: SyntaxNode): string[][] => readGroups(part, sink, depth + 1);
  if (node.kind === "name") {
    if (node.name === "." && !node.quoted) fault(sink, messages.dot(sink.text, node.at));
    return [[node.name]];
  }
  if (node.kind === "parentheses") return inner(node.inner);
  if (node.kind === "call" && node.name === "factor" && node.arguments.length === 1)
    return inner(node.arguments[0]!.value);
  if (node.kind === "binary" && node.operator === ":") {
    const left = inner(node.left);
    const right = inner(node.right);
    if (left.length === 1 && right.length === 1) return [[...new Set([...left[0]!, ...right[0]!])]];
  }
  if (node.kind === "binary" && node.operator === "/") {
    const left = inner(node.left);
    const right = inner(node.right);
    const finest = left[left.length - 1] ?? [];
    return [...left, ...right.map((group) => [...new Set([...group, ...finest])])];
  }
  fault(sink, messages.groupExpression(sink.text, node.at));
  return [];
}
