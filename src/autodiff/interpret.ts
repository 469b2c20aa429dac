/**
 * Runs a program a column at a time, in blocks of 256 rows: for pages that forbid `new Function`, and as the oracle of the
 * generated code, to which it is equal to the last bit (the same operations in the same order).
 */
import { exp, log1pUnit } from "../special/exponential.ts";
import type { Bindings, RowFunctions } from "./generate.ts";
import { PRIMITIVES } from "./primitives.ts";
import { type ClassOutputs, outputsOf, type Program, path, type RowFunction } from "./program.ts";

const BLOCK = 256;
const NONE: ReadonlyMap<number, number> = new Map();

/** One operation over the first `count` entries. */
function apply(
  program: Program,
  node: number,
  operand: (node: number) => Float64Array,
  out: Float64Array,
  count: number,
): void {
  const op = program.nodes.op[node]!;
  const args = program.nodes.args[node]!;
  const a = operand(args[0]!);
  const b = args.length > 1 ? operand(args[1]!) : a;
  switch (op) {
    case "add":
      for (let i = 0; i < count; i++) out[i] = a[i]! + b[i]!;
      return;
    case "sub":
      for (let i = 0; i < count; i++) out[i] = a[i]! - b[i]!;
      return;
    case "mul":
      for (let i = 0; i < count; i++) out[i] = a[i]! * b[i]!;
      return;
    case "div":
      for (let i = 0; i < count; i++) out[i] = a[i]! / b[i]!;
      return;
    case "neg":
      for (let i = 0; i < count; i++) out[i] = -a[i]!;
      return;
    case "exp":
      for (let i = 0; i < count; i++) out[i] = exp(a[i]!);
      return;
    case "log":
      for (let i = 0; i < count; i++) out[i] = Math.log(a[i]!);
      return;
    case "expNegAbs":
      for (let i = 0; i < count; i++) out[i] = exp(-Math.abs(a[i]!));
      return;
    case "softplusOf":
      for (let i = 0; i < count; i++) out[i] = Math.max(a[i]!, 0) + log1pUnit(b[i]!);
      return;
    case "pick": {
      const c = operand(args[2]!);
      for (let i = 0; i < count; i++) out[i] = a[i]! >= 0 ? b[i]! : c[i]!;
      return;
    }
    default: {
      const c = args.length > 2 ? operand(args[2]!) : a;
      const { evaluate } = PRIMITIVES[op];
      const order = program.nodes.value[node]!;
      for (let i = 0; i < count; i++) out[i] = evaluate(a[i]!, b[i]!, c[i]!, order);
    }
  }
}

/** The data-only arrays of a program, computed once a bind (for generated code too). */
export function dataArrays(program: Program, columns: readonly Float64Array[], rows: number): Float64Array[] {
  const { nodes } = program;
  const computed = new Map<number, Float64Array>();
  const operand = (node: number): Float64Array => {
    const op = nodes.op[node];
    if (op === "column") return columns[nodes.value[node]!]!;
    let array = computed.get(node);
    if (array === undefined) {
      array = new Float64Array(rows).fill(nodes.value[node]!);
      computed.set(node, array);
    }
    return array;
  };
  for (const node of path(nodes, program.data, () => false)) {
    const out = new Float64Array(rows);
    apply(program, node, operand, out, rows);
    computed.set(node, out);
  }
  return program.data.map((node) => computed.get(node)!);
}

/** A program, what it is bound to, and room for a block of rows of each of its nodes. */
interface Interpreter {
  readonly program: Program;
  readonly B: Bindings;
  /** The place in the bindings of nodes that depend on data alone, and on parameters alone. */
  readonly data: ReadonlyMap<number, number>;
  readonly scalars: ReadonlyMap<number, number>;
  readonly work: Map<number, Float64Array>;
  /** Constants and scalars fill their buffers once, and again when φ changes; no row overwrites them. */
  readonly filled: Set<number>;
  readonly rowsOfBlock: Int32Array;
  readonly scalarPlan: number[];
  readonly scalarValue: Float64Array;
  readonly tablePlans: { order: number[]; needed: number[] }[];
}

function buffer(s: Interpreter, node: number): Float64Array {
  const { work } = s;
  let array = work.get(node);
  if (array === undefined) {
    array = new Float64Array(BLOCK);
    work.set(node, array);
  }
  return array;
}

/** Brings what is known before the row into the block buffers, for the given rows. */
function gather(
  s: Interpreter,
  needed: readonly number[],
  rows: Int32Array,
  count: number,
  klass: number,
  tabled: ReadonlyMap<number, number>,
): void {
  const { program, B, data } = s;
  const { nodes } = program;
  for (const node of needed) {
    const op = nodes.op[node];
    const place = nodes.value[node]!;
    let source: Float64Array | null = null;
    if (op === "eta") source = B.eta[place]!;
    else if (op === "column") source = B.columns[place]!;
    else if (data.has(node)) source = B.data[data.get(node)!]!;
    else {
      const table = B.tables[klass]![tabled.get(node)!]!;
      const index = B.index[klass]!;
      const out = buffer(s, node);
      for (let i = 0; i < count; i++) out[i] = table[index[rows[i]!]!]!;
    }
    if (source !== null) {
      const out = buffer(s, node);
      for (let i = 0; i < count; i++) out[i] = source[rows[i]!]!;
    }
  }
}

const isFilled = (s: Pick<Interpreter, "program" | "scalars">, node: number): boolean =>
  s.program.nodes.op[node] === "const" || s.program.nodes.op[node] === "phi" || s.scalars.has(node);

function fill(s: Interpreter, node: number): void {
  const { program, B, scalars } = s;
  const { nodes } = program;
  const place = nodes.value[node]!;
  if (nodes.op[node] === "const") buffer(s, node).fill(place);
  else buffer(s, node).fill(B.scalars[nodes.op[node] === "phi" ? place : scalars.get(node)!]!);
}

/** A list of nodes to compute and of nodes to have at hand. */
function plan(
  s: Omit<Interpreter, "tablePlans">,
  outputs: readonly number[],
  known: (node: number) => boolean,
): { order: number[]; needed: number[] } {
  const { program, filled } = s;
  const { nodes } = program;
  const order = path(nodes, outputs, known);
  const computed = new Set(order);
  const needed = new Set<number>();
  for (const node of order) for (const a of nodes.args[node]!) if (!computed.has(a)) needed.add(a);
  for (const o of outputs) if (!computed.has(o)) needed.add(o);
  for (const node of needed) if (isFilled(s, node)) filled.add(node);
  return { order, needed: [...needed].filter((node) => !isFilled(s, node)) };
}

function parameters(s: Interpreter): void {
  const { program, B, filled, rowsOfBlock, scalarPlan, scalarValue, tablePlans } = s;
  const { nodes } = program;
  const operand = (node: number) => buffer(s, node);
  const of = (node: number | undefined): number => {
    if (node === undefined) return Number.NaN;
    if (nodes.op[node] === "const") return nodes.value[node]!;
    if (nodes.op[node] === "phi") return B.scalars[nodes.value[node]!]!;
    return scalarValue[node]!;
  };
  for (const node of scalarPlan) {
    const [a, b, c] = nodes.args[node]!;
    scalarValue[node] = PRIMITIVES[nodes.op[node]!].evaluate(of(a), of(b), of(c), nodes.value[node]!);
  }
  program.scalars.forEach((node, k) => {
    B.scalars[program.globals + k] = scalarValue[node]!;
  });
  for (const node of filled) fill(s, node);
  program.tables.forEach((table, klass) => {
    const representatives = B.representatives[klass]!;
    const { order, needed } = tablePlans[klass]!;
    if (table.nodes.length === 0) return;
    for (let start = 0; start < representatives.length; start += BLOCK) {
      const count = Math.min(BLOCK, representatives.length - start);
      for (let i = 0; i < count; i++) rowsOfBlock[i] = representatives[start + i]!;
      gather(s, needed, rowsOfBlock, count, klass, NONE);
      for (const node of order) apply(program, node, operand, buffer(s, node), count);
      table.nodes.forEach((node, j) => {
        B.tables[klass]![j]!.set(buffer(s, node).subarray(0, count), start);
      });
    }
  });
}

function arraysOf(s: Interpreter, kind: RowFunction): Float64Array[] {
  const { B } = s;
  const { d1, d2, d3, d2Phi, d3Phi } = B;
  if (kind === "value") return [];
  if (kind === "score") return [...d1];
  if (kind === "curvature") return [...d1, ...d2];
  return [...d1, ...d2, ...d3, ...d2Phi.flat(), ...d3Phi.flat()];
}

function arrayNodes(outputs: ClassOutputs, kind: RowFunction): number[] {
  const { d1, d2, d3, d2Phi, d3Phi } = outputs;
  if (kind === "value") return [];
  if (kind === "score") return [...d1];
  if (kind === "curvature") return [...d1, ...d2];
  return [...d1, ...d2, ...d3, ...d2Phi.flat(), ...d3Phi.flat()];
}

function rowFunction(s: Interpreter, kind: RowFunction): (from: number, to: number) => number {
  const { program, B, data, scalars, rowsOfBlock } = s;
  const operand = (node: number) => buffer(s, node);
  const arrays = arraysOf(s, kind);
  const globals = kind === "score" || kind === "adjoint" ? program.globals : 0;
  const classes = program.classes.map((outputs, k) => {
    const tabled = new Map(program.tables[k]!.nodes.map((node, j) => [node, j]));
    return {
      ...plan(s, outputsOf(outputs, kind), (node) => data.has(node) || scalars.has(node) || tabled.has(node)),
      tabled,
      sums: [outputs.value, ...outputs.dPhi.slice(0, globals)],
      arrays: arrayNodes(outputs, kind),
    };
  });
  const sums = new Float64Array(1 + globals);
  // summands of a block by row, so that classes are added up in the order of the rows
  const summands = sums.length === 0 ? [] : Array.from({ length: 1 + globals }, () => new Float64Array(BLOCK));
  return (from: number, to: number): number => {
    sums.fill(0);
    for (let start = from; start < to; start += BLOCK) {
      const end = Math.min(to, start + BLOCK);
      classes.forEach((klass, k) => {
        let count = 0;
        for (let i = start; i < end; i++) if (classes.length === 1 || B.classOf[i] === k) rowsOfBlock[count++] = i;
        if (count === 0) return;
        gather(s, klass.needed, rowsOfBlock, count, k, klass.tabled);
        for (const node of klass.order) apply(program, node, operand, buffer(s, node), count);
        const { multiplier } = B;
        const store = (node: number, out: Float64Array, shift: number) => {
          const source = buffer(s, node);
          for (let i = 0; i < count; i++) {
            const row = rowsOfBlock[i]!;
            const w = multiplier === null ? 1 : multiplier[row]!;
            out[row - shift] = multiplier === null ? source[i]! : w === 0 ? 0 : w * source[i]!;
          }
        };
        klass.arrays.forEach((node, j) => {
          store(node, arrays[j]!, 0);
        });
        klass.sums.forEach((node, j) => {
          store(node, summands[j]!, start);
        });
      });
      for (let j = 0; j < sums.length; j++) {
        let sum = sums[j]!;
        const block = summands[j]!;
        for (let i = 0; i < end - start; i++) sum += block[i]!;
        sums[j] = sum;
      }
    }
    for (let g = 0; g < globals; g++) B.dPhi[g] = sums[1 + g]!;
    const total = sums[0]!;
    return total < Infinity ? total : -Infinity;
  };
}

/** The row functions of a program, interpreted. */
export function interpret(program: Program, B: Bindings): RowFunctions {
  const { nodes } = program;
  const data = new Map(program.data.map((node, k) => [node, k]));
  const scalars = new Map(program.scalars.map((node, k) => [node, program.globals + k]));
  const work = new Map<number, Float64Array>();

  /** Constants and scalars fill their buffers once, and again when φ changes; no row overwrites them. */
  const filled = new Set<number>();

  const rowsOfBlock = new Int32Array(BLOCK);

  const scalarPlan = path(nodes, program.scalars, () => false);
  const scalarValue = new Float64Array(nodes.op.length);
  const bound = { program, B, data, scalars, work, filled, rowsOfBlock, scalarPlan, scalarValue };
  const known = (node: number) => data.has(node) || scalars.has(node);
  const s: Interpreter = { ...bound, tablePlans: program.tables.map((table) => plan(bound, table.nodes, known)) };

  return {
    parameters: () => parameters(s),
    value: rowFunction(s, "value"),
    score: rowFunction(s, "score"),
    curvature: rowFunction(s, "curvature"),
    adjoint: rowFunction(s, "adjoint"),
  };
}
