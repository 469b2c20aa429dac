/**
 * The expression graph: nodes in topological order, each made once (hash-consing), constants folded, trivial arithmetic
 * simplified as the graph grows. A node is a whole number: its place.
 */
import { lowerOdds } from "./lower-odds.ts";
import { PRIMITIVES, type Primitive } from "./primitives.ts";

/** What a node depends on, as a set of bits. */
export const ON_ETA = 1;
export const ON_PHI = 2;
export const ON_COLUMN = 4;

export class Graph {
  readonly op: Primitive[] = [];
  readonly args: (readonly number[])[] = [];
  /** The constant, the index of an input, or the order of a tower. */
  readonly value: number[] = [];
  /** Bits ON_ETA, ON_PHI, ON_COLUMN. */
  readonly depends: number[] = [];
  #known = new Map<string, number>();

  get size(): number {
    return this.op.length;
  }

  constant(value: number): number {
    // −0 and 0 are kept apart by Object.is
    return this.#node("const", [], value, Object.is(value, -0) ? "const:-0" : `const:${value}`, 0);
  }

  input(kind: "eta" | "phi" | "column", index: number): number {
    return this.#node(
      kind,
      [],
      index,
      `${kind}:${index}`,
      kind === "eta" ? ON_ETA : kind === "phi" ? ON_PHI : ON_COLUMN,
    );
  }

  isConstant(node: number, value?: number): boolean {
    return this.op[node] === "const" && (value === undefined || this.value[node] === value);
  }

  /** The node for `op` of `args`, simplified. */
  make(op: Primitive, args: readonly number[], order = 0): number {
    if (args.every((a) => this.op[a] === "const")) {
      const [a, b, c] = args;
      const at = (n: number | undefined) => (n === undefined ? Number.NaN : this.value[n]!);
      return this.constant(PRIMITIVES[op].evaluate(at(a), at(b), at(c), order));
    }
    const simple = this.#simplify(op, args);
    if (simple !== null) return simple;
    if (op === "add" || op === "mul") args = this.#ordered(args[0]!, args[1]!);
    let depends = 0;
    for (const a of args) depends |= this.depends[a]!;
    return this.#node(op, args, order, `${op}:${order}:${args.join(",")}`, depends);
  }

  /** Operands of a commutative operation in one order, constants first. */
  #ordered(a: number, b: number): readonly number[] {
    const swap = this.isConstant(b) ? !this.isConstant(a) : !this.isConstant(a) && a > b;
    return swap ? [b, a] : [a, b];
  }

  #node(op: Primitive, args: readonly number[], value: number, key: string, depends: number): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const node = this.op.length;
    this.op.push(op);
    this.args.push(args);
    this.value.push(value);
    this.depends.push(depends);
    this.#known.set(key, node);
    return node;
  }

  #isNeg(node: number): boolean {
    return this.op[node] === "neg";
  }

  #inside(node: number): number {
    return this.args[node]![0]!;
  }

  #simplify(op: Primitive, args: readonly number[]): number | null {
    const a = args[0]!;
    const b = args[1]!;
    switch (op) {
      case "add":
        if (this.isConstant(a, 0)) return b;
        if (this.isConstant(b, 0)) return a;
        if (this.#isNeg(b)) return this.make("sub", [a, this.#inside(b)]);
        if (this.#isNeg(a)) return this.make("sub", [b, this.#inside(a)]);
        if (a === b) return this.make("mul", [this.constant(2), a]);
        return null;
      case "sub":
        if (this.isConstant(b, 0)) return a;
        if (this.isConstant(a, 0)) return this.make("neg", [b]);
        if (a === b) return this.constant(0);
        if (this.#isNeg(b)) return this.make("add", [a, this.#inside(b)]);
        if (this.#isNeg(a)) return this.make("neg", [this.make("add", [this.#inside(a), b])]);
        return null;
      case "mul":
        return this.#simplifyProduct(a, b);
      case "div":
        if (this.isConstant(b, 1)) return a;
        if (this.isConstant(a, 0)) return a;
        if (a === b) return this.constant(1);
        if (this.isConstant(b, -1)) return this.make("neg", [a]);
        if (this.#isNeg(a)) return this.make("neg", [this.make("div", [this.#inside(a), b])]);
        // a divisor that is known earlier than the dividend is inverted once, and the dividend multiplied
        if (this.depends[a] !== this.depends[b] && (this.depends[a]! & this.depends[b]!) === this.depends[b])
          return this.make("mul", [a, this.make("div", [this.constant(1), b])]);
        return null;
      case "neg":
        if (this.#isNeg(a)) return this.#inside(a);
        if (this.op[a] === "sub") return this.make("sub", [this.args[a]![1]!, this.args[a]![0]!]);
        return null;
      case "pow":
        return this.#simplifyPower(a, b);
      default:
        return null;
    }
  }

  #simplifyProduct(a: number, b: number): number | null {
    if (this.isConstant(b)) [a, b] = [b, a];
    if (this.isConstant(a)) {
      const c = this.value[a]!;
      if (c === 0) return this.constant(0);
      if (c === 1) return b;
      if (c === -1) return this.make("neg", [b]);
      if (c < 0) return this.make("neg", [this.make("mul", [this.constant(-c), b])]);
      if (this.op[b] === "mul" && this.isConstant(this.args[b]![0]!))
        return this.make("mul", [this.constant(c * this.value[this.args[b]![0]!]!), this.args[b]![1]!]);
    }
    if (this.#isNeg(a) || this.#isNeg(b)) {
      const both = this.#isNeg(a) && this.#isNeg(b);
      const product = this.make("mul", [this.#isNeg(a) ? this.#inside(a) : a, this.#isNeg(b) ? this.#inside(b) : b]);
      return both ? product : this.make("neg", [product]);
    }
    // factors known before the row's predictor are multiplied together first
    const outer = this.depends[a]! & ON_ETA ? b : a;
    const inner = outer === a ? b : a;
    if (!(this.depends[outer]! & ON_ETA) && this.op[inner] === "mul" && this.depends[inner]! & ON_ETA) {
      const [p, q] = this.args[inner]! as [number, number];
      const known = this.depends[p]! & ON_ETA ? q : p;
      if (!(this.depends[known]! & ON_ETA)) {
        const row = known === p ? q : p;
        const same = this.depends[known]! === this.depends[outer]! || this.isConstant(known) || this.isConstant(outer);
        if (same) return this.make("mul", [this.make("mul", [outer, known]), row]);
      }
    }
    return null;
  }

  #simplifyPower(a: number, b: number): number | null {
    if (!this.isConstant(b)) return null;
    const exponent = this.value[b]!;
    const one = () => this.constant(1);
    const square = () => this.make("mul", [a, a]);
    switch (exponent) {
      case 0:
        return one();
      case 1:
        return a;
      case 2:
        return square();
      case 3:
        return this.make("mul", [a, square()]);
      case 4:
        return this.make("mul", [square(), square()]);
      case 0.5:
        return this.make("sqrt", [a]);
      case -1:
        return this.make("div", [one(), a]);
      case -2:
        return this.make("div", [one(), square()]);
      case -0.5:
        return this.make("div", [one(), this.make("sqrt", [a])]);
      default:
        return null;
    }
  }
}

/** Copies the nodes that `outputs` need into a graph of primitives that share work: one exponential for all logistic functions of an argument. */
export function lower(graph: Graph, outputs: readonly number[]): { readonly graph: Graph; readonly outputs: number[] } {
  const lowered = new Graph();
  const image = new Map<number, number>();
  const needed = reachable(graph, outputs);
  for (let node = 0; node < graph.size; node++) {
    if (!needed[node]) continue;
    const op = graph.op[node]!;
    const args = graph.args[node]!.map((a) => image.get(a)!);
    let made: number;
    if (op === "const") made = lowered.constant(graph.value[node]!);
    else if (op === "eta" || op === "phi" || op === "column") made = lowered.input(op, graph.value[node]!);
    else if (op === "sigmoid") made = logistic(lowered, args[0]!);
    else if (op === "softplus") made = lowered.make("softplusOf", [args[0]!, expNegAbs(lowered, args[0]!)]);
    else made = lowerOdds(lowered, op, args) ?? lowered.make(op, args, graph.value[node]!);
    image.set(node, made);
  }
  return { graph: lowered, outputs: outputs.map((o) => image.get(o)!) };
}

function unsigned(graph: Graph, x: number): { readonly base: number; readonly negative: boolean } {
  if (graph.op[x] === "neg") return { base: graph.args[x]![0]!, negative: true };
  // p − q and q − p have one absolute value
  if (graph.op[x] === "sub" && graph.args[x]![0]! > graph.args[x]![1]!)
    return { base: graph.make("sub", [graph.args[x]![1]!, graph.args[x]![0]!]), negative: true };
  return { base: x, negative: false };
}

function expNegAbs(graph: Graph, x: number): number {
  return graph.make("expNegAbs", [unsigned(graph, x).base]);
}

function logistic(graph: Graph, x: number): number {
  const { base, negative } = unsigned(graph, x);
  const e = graph.make("expNegAbs", [base]);
  const upper = graph.make("div", [graph.constant(1), graph.make("add", [graph.constant(1), e])]);
  const lower = graph.make("mul", [e, upper]);
  return graph.make("pick", negative ? [base, lower, upper] : [base, upper, lower]);
}

/** Marks the nodes that `outputs` need. */
export function reachable(graph: Graph, outputs: readonly number[]): Uint8Array {
  const marked = new Uint8Array(graph.size);
  for (const o of outputs) marked[o] = 1;
  for (let node = graph.size - 1; node >= 0; node--) if (marked[node]) for (const a of graph.args[node]!) marked[a] = 1;
  return marked;
}
