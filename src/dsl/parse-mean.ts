/** A nonlinear mean written as text: arithmetic, or the call of a self-starting model. */
import { DeclarationError, refusal } from "../messages/issue.ts";
import * as messages from "../messages/nonlinear.ts";
import { type FaultSink, toExpression } from "./arithmetic.ts";
import { deparse } from "./deparse.ts";
import type { Expression } from "./expression.ts";
import { parseExpression } from "./formula.ts";
import { argumentNames, type SelfStartMean, selfStartCalled } from "./self-start.ts";
import { parseSyntax, type SyntaxNode } from "./syntax.ts";

/**
 * Reads a mean. A self-starting model takes its arguments in order or by name, as R's do: the first may be arithmetic on columns
 * (`SSlogis(log(conc), Asym, xmid, scal)`), the others name parameters.
 *
 * @throws DeclarationError where the text is no arithmetic or the arguments are not those of the model
 */
export function parseMean(text: string): Expression | SelfStartMean {
  const { right, tilde } = parseSyntax(text);
  const model = right.kind === "call" && !tilde ? selfStartCalled(right.name) : null;
  return right.kind === "call" && model !== null ? selfStartCall(text, right, model) : parseExpression(text);
}

/** An input as arithmetic on columns; a text that is none names a column. */
export function inputExpression(text: string): Expression {
  try {
    return parseExpression(text);
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return { kind: "column", name: text };
  }
}

function selfStartCall(
  text: string,
  call: SyntaxNode & { kind: "call" },
  model: SelfStartMean["model"],
): SelfStartMean {
  const { inputs, parameters } = argumentNames(model);
  const wanted = [...inputs, ...parameters];
  const refuse = (message: string) => refusal("self-start-arguments", ["mean"], message);
  const placed: (SyntaxNode | undefined)[] = wanted.map(() => undefined);
  const named = call.arguments.filter(({ name }) => name !== null);
  for (const { name, value } of named) {
    const place = wanted.indexOf(name!);
    if (place < 0) throw refuse(messages.selfStartArgumentName(call.name, name!, wanted));
    placed[place] = value;
  }
  for (const { name, value } of call.arguments) if (name === null) placed[placed.indexOf(undefined)] = value;
  if (call.arguments.length !== wanted.length || placed.includes(undefined))
    throw refuse(messages.selfStartArguments(call.name, wanted, call.arguments.length));
  const sink: FaultSink = { text, issues: [] };
  const read = placed.map((node) => toExpression(node!, sink));
  if (sink.issues.length > 0) throw new DeclarationError(sink.issues);
  const names = read.slice(inputs.length).map((argument, k) => {
    if (argument.kind !== "column")
      throw refuse(messages.selfStartParameterName(call.name, parameters[k]!, deparse(argument)));
    return argument.name;
  });
  return { kind: "selfStart", model, inputs: read.slice(0, inputs.length).map(deparse), parameters: names };
}
