/**
 * A compiled log density as plain data: the lowered graph, which node is which output, and when each node can be computed.
 * Interpreter and code generator both work from it; it can be cloned into a worker.
 *
 * Binding times: nodes of the data only (once a model, kept as arrays), nodes of φ only (once an evaluation, kept as scalars), dear
 * nodes of φ and data (once an evaluation for each distinct tuple of the columns concerned, kept as tables), and the rest, row by row.
 */
import { type Graph, ON_COLUMN, ON_ETA, ON_PHI, reachable } from "./graph.ts";
import { PRIMITIVES, type Primitive } from "./primitives.ts";

export interface ProgramNodes {
  readonly op: readonly Primitive[];
  readonly args: readonly (readonly number[])[];
  readonly value: readonly number[];
}

/** Output nodes of one row class. */
export interface ClassOutputs {
  readonly value: number;
  readonly d1: readonly number[];
  readonly d2: readonly number[];
  readonly d3: readonly number[];
  readonly dPhi: readonly number[];
  readonly d2Phi: readonly (readonly number[])[];
  readonly d3Phi: readonly (readonly number[])[];
}

export interface ClassTables {
  /** Columns whose distinct tuples index the tables. */
  readonly columns: readonly number[];
  /** The nodes tabulated. */
  readonly nodes: readonly number[];
}

export interface Program {
  readonly predictors: number;
  readonly globals: number;
  readonly columns: readonly string[];
  readonly nodes: ProgramNodes;
  readonly classes: readonly ClassOutputs[];
  /** Data-only nodes kept as arrays (raw columns are not among them). */
  readonly data: readonly number[];
  /** φ-only nodes kept as scalars (raw parameters are not among them). */
  readonly scalars: readonly number[];
  readonly tables: readonly ClassTables[];
}

export type RowFunction = "value" | "score" | "curvature" | "adjoint";

/** The outputs of a row function, in the order they are computed. */
export function outputsOf(outputs: ClassOutputs, kind: RowFunction): number[] {
  const { value, d1, d2, d3, dPhi, d2Phi, d3Phi } = outputs;
  switch (kind) {
    case "value":
      return [value];
    case "score":
      return [value, ...d1, ...dPhi];
    case "curvature":
      return [value, ...d1, ...d2];
    case "adjoint":
      return [value, ...d1, ...d2, ...d3, ...dPhi, ...d2Phi.flat(), ...d3Phi.flat()];
  }
}

/** Settles the binding time of every node. */
export function schedule(
  graph: Graph,
  shape: { readonly predictors: number; readonly globals: number; readonly columns: readonly string[] },
  classes: readonly ClassOutputs[],
): Program {
  const outputs = classes.map((c) => outputsOf(c, "adjoint"));
  const dear = new Uint8Array(graph.size);
  for (let node = 0; node < graph.size; node++) {
    if (graph.depends[node] !== (ON_PHI | ON_COLUMN)) continue;
    dear[node] = PRIMITIVES[graph.op[node]!].dear ? 1 : 0;
    for (const a of graph.args[node]!) if (dear[a]) dear[node] = 1;
  }
  const data = new Set<number>();
  const scalars = new Set<number>();
  const tables = outputs.map((nodes) => {
    const tabled = new Set<number>();
    const seen = new Uint8Array(graph.size);
    // from the outputs inwards, stopping at what is known earlier
    const visit = (node: number) => {
      if (seen[node]) return;
      seen[node] = 1;
      const depends = graph.depends[node]!;
      const op = graph.op[node]!;
      if (op === "const" || op === "eta" || op === "phi" || op === "column") return;
      if (depends === ON_COLUMN) data.add(node);
      else if (depends === ON_PHI) scalars.add(node);
      else {
        if (depends === (ON_PHI | ON_COLUMN) && dear[node]) tabled.add(node);
        for (const a of graph.args[node]!) visit(a);
      }
    };
    // a table's inner nodes are no tables themselves unless rows use them too
    const rowVisit = (node: number, reached: Uint8Array) => {
      if (reached[node]) return;
      reached[node] = 1;
      if (tabled.has(node) || !(graph.depends[node]! & ON_ETA || graph.depends[node] === (ON_PHI | ON_COLUMN))) return;
      for (const a of graph.args[node]!) rowVisit(a, reached);
    };
    nodes.forEach(visit);
    const reached = new Uint8Array(graph.size);
    nodes.forEach((node) => {
      rowVisit(node, reached);
    });
    const kept = [...tabled].filter((node) => reached[node]).sort((a, b) => a - b);
    return { columns: columnsOf(graph, kept), nodes: kept };
  });
  return {
    ...shape,
    nodes: { op: graph.op, args: graph.args, value: graph.value },
    classes,
    data: [...data].sort((a, b) => a - b),
    scalars: [...scalars].sort((a, b) => a - b),
    tables,
  };
}

function columnsOf(graph: Graph, nodes: readonly number[]): number[] {
  const marked = reachable(graph, nodes);
  const columns: number[] = [];
  for (let node = 0; node < graph.size; node++)
    if (marked[node] && graph.op[node] === "column") columns.push(graph.value[node]!);
  return columns.sort((a, b) => a - b);
}

/** Nodes to compute for `outputs`, in order, when those for which `known` holds are there already. */
export function path(nodes: ProgramNodes, outputs: readonly number[], known: (node: number) => boolean): number[] {
  const marked = new Uint8Array(nodes.op.length);
  for (const o of outputs) marked[o] = 1;
  const order: number[] = [];
  for (let node = nodes.op.length - 1; node >= 0; node--) {
    if (!marked[node] || isLeaf(nodes.op[node]!) || known(node)) continue;
    order.push(node);
    for (const a of nodes.args[node]!) marked[a] = 1;
  }
  return order.reverse();
}

/** Inputs and constants, which need no computing. */
function isLeaf(op: Primitive): boolean {
  return op === "const" || op === "eta" || op === "phi" || op === "column";
}
