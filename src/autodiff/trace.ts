/**
 * From a function of tensors to a graph, and from a graph to the graphs of its derivatives: each further derivative is a fresh
 * first-order `tf` gradient of the graph replayed.
 */

import { densityFault, notScalar, notTensor } from "../messages/families.ts";
import { type Graph, ON_ETA, ON_PHI, reachable } from "./graph.ts";
import type { Tensor as AnyTensor } from "./operations.ts";
import type { Primitive } from "./primitives.ts";
import { OWN, OWN_PRIMITIVES, type Recording, TFJS_KERNELS } from "./recorder.ts";
import { operations } from "./tensor-operations.ts";
import * as tf from "./tfjs.ts";

type Tensor = tf.Tensor;

const OWN_SET: ReadonlySet<Primitive> = new Set(OWN_PRIMITIVES);

/** Records what `body` computes and returns the node of its result. */
export function trace(recording: Recording, what: string, body: () => AnyTensor): number {
  const result: unknown = body();
  if (!(result instanceof tf.Tensor)) throw densityFault(notTensor(what));
  if (result.shape.length !== 0) throw densityFault(notScalar(result.shape));
  return recording.node(result as Tensor);
}

/** Runs the tfjs kernels of the nodes that `output` needs, on the tensors given for the inputs. */
function replay(graph: Graph, output: number, leaf: (node: number) => Tensor): Tensor {
  const needed = reachable(graph, [output]);
  const tensors: Tensor[] = [];
  for (let node = 0; node <= output; node++) {
    if (!needed[node]) continue;
    const op = graph.op[node]!;
    if (op === "const") tensors[node] = operations.constant(graph.value[node]!);
    else if (op === "eta" || op === "phi" || op === "column") tensors[node] = leaf(node);
    else {
      const names = graph.args[node]!.length === 1 ? ["x"] : ["a", "b", "c"];
      const inputs = Object.fromEntries(graph.args[node]!.map((a, i) => [names[i]!, tensors[a]!]));
      const kernel = OWN_SET.has(op) ? OWN + op : TFJS_KERNELS[op]!;
      tensors[node] = tf.engine().runKernel(kernel, inputs, { order: graph.value[node]! }) as Tensor;
    }
  }
  return tensors[output]!;
}

/** ∂output/∂input for each of the inputs, as nodes of the same graph. */
export function differentiate(recording: Recording, output: number, inputs: readonly number[]): number[] {
  const { graph } = recording;
  const needed = reachable(graph, [output]);
  const live = inputs.filter((input) => needed[input]);
  const zero = graph.constant(0);
  if (live.length === 0 || !(graph.depends[output]! & (ON_ETA | ON_PHI))) return inputs.map(() => zero);
  if (live.includes(output)) return inputs.map((input) => (input === output ? graph.constant(1) : zero));
  const xs = live.map((node) => recording.tensor(node));
  const at = new Map(live.map((node, i) => [node, xs[i]!]));
  const { grads } = tf
    .engine()
    .gradients(
      () => replay(graph, output, (node) => at.get(node) ?? recording.tensor(node)),
      xs,
      operations.constant(1),
      true,
    );
  return inputs.map((input) => {
    const tensor = grads[live.indexOf(input)] as Tensor | undefined | null;
    return tensor == null ? zero : recording.node(tensor);
  });
}
