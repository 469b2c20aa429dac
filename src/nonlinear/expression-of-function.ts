/** A mean written as a function of traced operations, read back into an expression, so that a declaration stays plain data. */
import { Graph } from "../autodiff/graph.ts";
import type { Operations, Tensor } from "../autodiff/operations.ts";
import { record } from "../autodiff/recorder.ts";
import { operations } from "../autodiff/tensor-operations.ts";
import { trace } from "../autodiff/trace.ts";
import type { Expression, FunctionName } from "../dsl/expression.ts";
import { refusal } from "../messages/issue.ts";
import { meanTooLarge, untranslatable } from "../messages/nonlinear.ts";

/** A mean in traced operations: `(ops, { Asym, xmid, scal }, { age }) => ops.div(Asym, …)`. */
export type MeanFunction = (
  ops: Operations,
  parameters: Readonly<Record<string, Tensor>>,
  columns: Readonly<Record<string, Tensor>>,
) => Tensor;

/** Most operations of the expression written out: what the function shares is repeated there. */
const MOST = 5000;

const BINARY: Readonly<Record<string, "+" | "-" | "*" | "/" | "^">> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  pow: "^",
};
const CALLS: Readonly<Record<string, FunctionName>> = {
  sqrt: "sqrt",
  abs: "abs",
  exp: "exp",
  expm1: "expm1",
  log: "log",
  log1p: "log1p",
  sin: "sin",
  cos: "cos",
  tan: "tan",
  tanh: "tanh",
  atan: "atan",
  sigmoid: "plogis",
  ndtr: "pnorm",
};

/**
 * Traces a mean and writes it as an expression. Every property read of `columns` is a column of the table.
 *
 * @param parameters names of the parameters, which the function gets as tensors
 * @throws DeclarationError for operations an expression does not have; an Error where the function cannot be traced
 */
export function expressionOfFunction(mean: MeanFunction, parameters: readonly string[]): Expression {
  const graph = new Graph();
  const columns: string[] = [];
  const output = record(graph, (recording) => {
    const theta = Object.fromEntries(parameters.map((name, r) => [name, recording.tensor(graph.input("eta", r))]));
    const data = new Proxy({} as Record<string, Tensor>, {
      get(_, name) {
        if (typeof name !== "string") return undefined;
        if (!columns.includes(name)) columns.push(name);
        return recording.tensor(graph.input("column", columns.indexOf(name)));
      },
    });
    return trace(recording, "The mean", () => mean(operations, theta, data));
  });
  let count = 0;
  const write = (node: number): Expression => {
    if (++count > MOST) throw refusal("mean-too-large", ["mean"], meanTooLarge(MOST));
    const op = graph.op[node]!;
    const args = graph.args[node]!;
    if (op === "const") return { kind: "number", value: graph.value[node]! };
    if (op === "eta") return { kind: "column", name: parameters[graph.value[node]!]! };
    if (op === "column") return { kind: "column", name: columns[graph.value[node]!]! };
    if (op === "neg") return { kind: "unary", operator: "-", operand: write(args[0]!) };
    const operator = BINARY[op];
    if (operator) return { kind: "binary", operator, left: write(args[0]!), right: write(args[1]!) };
    const name = CALLS[op];
    if (!name) throw refusal("untranslatable-mean", ["mean"], untranslatable(op));
    return { kind: "call", name, arguments: [write(args[0]!)], named: {} };
  };
  return write(output);
}
