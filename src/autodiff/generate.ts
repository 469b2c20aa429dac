/**
 * JavaScript for a program: one fused loop a row function. Every name in the text is made from an index; no name of a column, parameter or
 * family enters it. The text is the body of `new Function("S", "B", text)`: S the special functions, B what a bind has prepared.
 */
import type { GroupFunctions } from "../model/observation-kernel.ts";
import { PRIMITIVES } from "./primitives.ts";
import { type ClassOutputs, outputsOf, type Program, path, type RowFunction } from "./program.ts";

/** What the generated factory is given: see `bound-kernel.ts`. */
export interface Bindings {
  readonly eta: readonly Float64Array[];
  readonly columns: readonly Float64Array[];
  /** Data-only arrays, in the order of `program.data`. */
  readonly data: readonly Float64Array[];
  /** φ then the φ-only scalars, in the order of `program.scalars`. */
  readonly scalars: Float64Array;
  /** By class: the tables, each of as many entries as there are distinct tuples. */
  readonly tables: readonly (readonly Float64Array[])[];
  /** By class: a row for each entry of its tables. */
  readonly representatives: readonly Int32Array[];
  /** By class: the entry for each row. */
  readonly index: readonly Int32Array[];
  /** Class of each row; empty with one class. */
  readonly classOf: Uint8Array;
  readonly multiplier: Float64Array | null;
  readonly d1: readonly Float64Array[];
  readonly d2: readonly Float64Array[];
  readonly d3: readonly Float64Array[];
  readonly dPhi: Float64Array;
  readonly d2Phi: readonly (readonly Float64Array[])[];
  readonly d3Phi: readonly (readonly Float64Array[])[];
}

export interface RowFunctions {
  /** Computes the scalars and tables from φ, already in `scalars`. */
  parameters(): void;
  value(from: number, to: number): number;
  score(from: number, to: number): number;
  curvature(from: number, to: number): number;
  adjoint(from: number, to: number): number;
  /** The same over many groups in one call; absent from the interpreter's. */
  readonly byGroup?: GroupFunctions;
}

/** A double as a literal that reads back to the same bits. */
function literal(x: number): string {
  if (Number.isNaN(x)) return "NaN";
  if (x === Infinity) return "Infinity";
  if (x === -Infinity) return "(-Infinity)";
  return x < 0 || Object.is(x, -0) ? `(${Object.is(x, -0) ? "-0" : String(x)})` : String(x);
}

/** Names for the operands of a stretch of code, and the declarations the names need at its head and at the head of each row. */
class Names {
  readonly heads = new Map<string, string>();
  #loads = new Map<string, string>();
  readonly #program: Program;
  readonly #data: ReadonlyMap<number, number>;
  readonly #scalars: ReadonlyMap<number, number>;
  readonly #row: string;

  constructor(program: Program, row: string) {
    this.#program = program;
    this.#data = new Map(program.data.map((node, k) => [node, k]));
    this.#scalars = new Map(program.scalars.map((node, k) => [node, k]));
    this.#row = row;
  }

  isKnown(node: number): boolean {
    return this.#data.has(node) || this.#scalars.has(node);
  }

  local(name: string, source: string): string {
    this.heads.set(name, source);
    return name;
  }

  of(node: number): string {
    const op = this.#program.nodes.op[node]!;
    const value = this.#program.nodes.value[node]!;
    const row = this.#row;
    if (op === "const") return literal(value);
    if (op === "eta") return this.#load(`${this.local(`e${value}`, `B.eta[${value}]`)}`, row);
    if (op === "column") return this.#load(`${this.local(`c${value}`, `B.columns[${value}]`)}`, row);
    if (op === "phi") return this.local(`p${value}`, `P[${value}]`);
    const scalar = this.#scalars.get(node);
    if (scalar !== undefined)
      return this.local(`p${this.#program.globals + scalar}`, `P[${this.#program.globals + scalar}]`);
    const data = this.#data.get(node);
    if (data !== undefined) return this.#load(this.local(`h${data}`, `B.data[${data}]`), row);
    return `v${node}`;
  }

  #load(array: string, row: string): string {
    const name = `${array}i`;
    this.#loads.set(name, `${array}[${row}]`);
    return name;
  }

  /** The loads of the row code written since the last call. */
  loads(): string {
    const text = [...this.#loads].map(([name, source]) => `const ${name} = ${source};`).join(" ");
    this.#loads.clear();
    return text;
  }

  declarations(): string {
    return [...this.heads].map(([name, source]) => `const ${name} = ${source};`).join(" ");
  }
}

function statement(program: Program, names: Names, node: number): string {
  const { op, args, value } = program.nodes;
  const [a, b, c] = args[node]!.map((n) => names.of(n));
  return `const v${node} = ${PRIMITIVES[op[node]!].emit(a ?? "", b ?? "", c ?? "", value[node]!)};`;
}

/** φ-only scalars, then tables entry by entry. */
function parametersSource(program: Program): string {
  const lines: string[] = [];
  const { nodes } = program;
  const computed = new Set<number>();
  const scalarName = (node: number): string =>
    nodes.op[node] === "const"
      ? literal(nodes.value[node]!)
      : nodes.op[node] === "phi"
        ? `P[${nodes.value[node]}]`
        : `v${node}`;
  for (const node of path(nodes, program.scalars, () => false)) {
    const [a, b, c] = nodes.args[node]!.map(scalarName);
    lines.push(`const v${node} = ${PRIMITIVES[nodes.op[node]!].emit(a ?? "", b ?? "", c ?? "", nodes.value[node]!)};`);
    computed.add(node);
  }
  program.scalars.forEach((node, k) => {
    lines.push(`P[${program.globals + k}] = v${node};`);
  });
  program.tables.forEach((table, k) => {
    if (table.nodes.length === 0) return;
    const names = new Names(program, "i");
    const body = path(nodes, table.nodes, (node) => names.isKnown(node)).map((node) => statement(program, names, node));
    const stores = table.nodes.map((node, j) => `T${j}[k] = ${names.of(node)};`);
    const tables = table.nodes.map((_, j) => `const T${j} = B.tables[${k}][${j}];`);
    lines.push(
      `{ ${names.declarations()} const R = B.representatives[${k}]; ${tables.join(" ")}`,
      `for (let k = 0; k < R.length; k++) { const i = R[k]; ${[names.loads(), ...body, ...stores].join(" ")} } }`,
    );
  });
  return `function parameters() {\n${lines.join("\n")}\n}`;
}

/** Where an output goes: an array by row, or a sum. */
interface Target {
  readonly node: number;
  readonly array: string | null;
  readonly sum: string | null;
}

function targets(program: Program, outputs: ClassOutputs, kind: RowFunction): Target[] {
  const list: Target[] = [];
  const sum = (node: number, name: string) => {
    list.push({ node, array: null, sum: name });
  };
  const store = (nodes: readonly number[], array: string) => {
    for (let r = 0; r < nodes.length; r++) list.push({ node: nodes[r]!, array: `${array}[${r}]`, sum: null });
  };
  sum(outputs.value, "s");
  if (kind === "value") return list;
  store(outputs.d1, "B.d1");
  if (kind !== "score") store(outputs.d2, "B.d2");
  if (kind === "adjoint") store(outputs.d3, "B.d3");
  if (kind !== "curvature") for (let g = 0; g < program.globals; g++) sum(outputs.dPhi[g]!, `g${g}`);
  if (kind === "adjoint")
    for (let g = 0; g < program.globals; g++) {
      store(outputs.d2Phi[g]!, `B.d2Phi[${g}]`);
      store(outputs.d3Phi[g]!, `B.d3Phi[${g}]`);
    }
  return list;
}

/** One fused loop: over rows, or (`grouped`) over the groups of a mask with a loop over the rows of each, sums by group. */
function rowSource(program: Program, kind: RowFunction, weighted: boolean, grouped: boolean): string {
  const names = new Names(program, "i");
  const arrays = new Map<string, string>();
  const arrayName = (source: string): string => {
    let name = arrays.get(source);
    if (name === undefined) {
      name = `o${arrays.size}`;
      arrays.set(source, name);
      names.local(name, source);
    }
    return name;
  };
  const bodies = program.classes.map((outputs, k) => {
    const table = program.tables[k]!;
    const tabled = new Map(table.nodes.map((node, j) => [node, j]));
    const order = path(program.nodes, outputsOf(outputs, kind), (node) => names.isKnown(node) || tabled.has(node));
    const usedTables = new Set<number>();
    const { op, args } = program.nodes;
    const lines: string[] = [];
    const note = (node: number) => {
      if (tabled.has(node)) usedTables.add(node);
    };
    for (const node of order) args[node]!.forEach(note);
    const list = targets(program, outputs, kind);
    for (const { node } of list) note(node);
    if (usedTables.size > 0) {
      lines.push(`const k = ${names.local(`x${k}`, `B.index[${k}]`)}[i];`);
      for (const node of usedTables)
        lines.push(
          `const v${node} = ${names.local(`t${k}_${tabled.get(node)}`, `B.tables[${k}][${tabled.get(node)}]`)}[k];`,
        );
    }
    for (const node of order) lines.push(statement(program, names, node));
    for (const { node, array, sum } of list) {
      const plain = names.of(node);
      const zero = op[node] === "const" && program.nodes.value[node] === 0;
      const term = weighted && !zero ? `(w === 0 ? 0 : w * ${plain})` : plain;
      if (sum !== null) {
        if (!zero) lines.push(`${sum} += ${term};`);
      } else lines.push(`${arrayName(array!)}[i] = ${term};`);
    }
    return [names.loads(), ...lines].filter((line) => line !== "").join("\n");
  });
  const sums = kind === "score" || kind === "adjoint" ? Array.from({ length: program.globals }, (_, g) => `g${g}`) : [];
  const rows =
    bodies.length === 1
      ? bodies[0]!
      : `switch (K[i]) {\n${bodies.map((body, k) => `${k === bodies.length - 1 ? "default" : `case ${k}`}: {\n${body}\nbreak; }`).join("\n")}\n}`;
  const body = [weighted ? "const w = W[i];" : "", rows];
  const initial = `let s = 0;${sums.map((g) => ` let ${g} = 0;`).join("")}`;
  const total = "s < Infinity ? s : -Infinity";
  const stride = 1 + program.globals;
  const loop = grouped
    ? [
        "for (let g = from; g < to; g++) {",
        "if (mask !== null && mask[g] !== wanted) continue;",
        initial,
        "const end = start[g + 1];",
        "for (let i = start[g]; i < end; i++) {",
        ...body,
        "}",
        `out[g * ${stride}] = ${total};`,
        ...sums.map((g, k) => `out[g * ${stride} + ${1 + k}] = ${g};`),
        "}",
      ]
    : [
        initial,
        "for (let i = from; i < to; i++) {",
        ...body,
        "}",
        ...sums.map((g, k) => `B.dPhi[${k}] = ${g};`),
        `return ${total};`,
      ];
  return [
    grouped ? `function ${groupedName(kind)}(start, from, to, mask, wanted, out) {` : `function ${kind}(from, to) {`,
    names.declarations(),
    weighted ? "const W = B.multiplier;" : "",
    ...loop,
    "}",
  ]
    .filter((line) => line !== "")
    .join("\n");
}

const groupedName = (kind: RowFunction): string => `grouped${kind[0]!.toUpperCase()}${kind.slice(1)}`;

/** The text of the factory of a program's row functions, for rows with or without a multiplier. */
export function generate(program: Program, weighted: boolean): string {
  const kinds: RowFunction[] = ["value", "score", "curvature", "adjoint"];
  return [
    '"use strict";',
    "const { exp, expm1, log1p, log1pUnit } = S; const P = B.scalars; const K = B.classOf;",
    parametersSource(program),
    ...kinds.map((kind) => rowSource(program, kind, weighted, true)),
    ...kinds.map((kind) => rowSource(program, kind, weighted, false)),
    "return { parameters, value, score, curvature, adjoint, byGroup: {",
    kinds.map((kind) => `${kind}: ${groupedName(kind)}`).join(", "),
    "} };",
  ].join("\n");
}
