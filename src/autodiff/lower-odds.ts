/**
 * The deviance of odds and its derivatives as plain arithmetic that shares one exponential and one logarithm a row.
 *
 * All is written by the rarer of y and s: with P the smaller, Q the larger, n = P + Q and m = ±d the change of the log odds of P, 1 + z for
 * z = (P/n)(e^m − 1) never falls below a half, so that nothing cancels and no branch depends on the sign of d, which is chance.
 */
import type { Graph } from "./graph.ts";
import type { Primitive } from "./primitives.ts";

/** Beyond it e^m is no number; there its logarithm is m. */
const LARGEST_EXPONENT = 600;

type Rule = (row: OddsRow) => number;

const RULES: Partial<Record<Primitive, Rule>> = {
  oddsDeviance: (row) => row.deviance(),
  oddsScore: (row) => row.score(),
  oddsSizeScore: (row) => row.sizeScore(),
  oddsCurvature: (row) => row.curvature(),
  oddsShare: (row) => row.share(),
  oddsRest: (row) => row.rest(),
};

/** The nodes of a primitive of odds; null for any other. */
export function lowerOdds(graph: Graph, op: Primitive, args: readonly number[]): number | null {
  const rule = RULES[op];
  return rule === undefined ? null : rule(new OddsRow(graph, args as readonly [number, number, number]));
}

class OddsRow {
  readonly #graph: Graph;
  readonly #y: number;
  readonly #s: number;
  readonly #d: number;
  /** At least 0 where y is the rarer. */
  readonly #order: number;
  readonly #n: number;
  readonly #rare: number;
  readonly #change: number;
  readonly #bounded: number;

  constructor(graph: Graph, [y, s, d]: readonly [number, number, number]) {
    this.#graph = graph;
    this.#y = y;
    this.#s = s;
    this.#d = d;
    this.#order = graph.make("sub", [s, y]);
    this.#n = graph.make("add", [y, s]);
    this.#rare = graph.make("pick", [this.#order, y, s]);
    this.#change = graph.make("mul", [this.#sign(), d]);
    this.#bounded = graph.make("atMost", [this.#change, graph.constant(LARGEST_EXPONENT)]);
  }

  #sign(): number {
    const graph = this.#graph;
    return graph.make("pick", [this.#order, graph.constant(1), graph.constant(-1)]);
  }

  #growth(): number {
    return this.#graph.make("tableExpm1", [this.#bounded]);
  }

  /** z. */
  #excess(): number {
    const share = this.#graph.make("div", [this.#rare, this.#n]);
    return this.#graph.make("mul", [share, this.#growth()]);
  }

  #inverse(): number {
    const graph = this.#graph;
    return graph.make("div", [graph.constant(1), graph.make("add", [graph.constant(1), this.#excess()])]);
  }

  /** Share of the more frequent. */
  #upper(): number {
    const graph = this.#graph;
    const frequent = graph.make("pick", [this.#order, this.#s, this.#y]);
    return graph.make("mul", [graph.make("div", [frequent, this.#n]), this.#inverse()]);
  }

  /** Share of the rarer. */
  #lower(): number {
    const graph = this.#graph;
    const share = graph.make("div", [this.#rare, this.#n]);
    const odds = graph.make("mul", [share, graph.make("expGiven", [this.#growth(), this.#bounded])]);
    return graph.make("mul", [odds, this.#inverse()]);
  }

  deviance(): number {
    const graph = this.#graph;
    const beyond = graph.make("sub", [this.#change, this.#bounded]);
    const logarithm = graph.make("add", [graph.make("tableLog1p", [this.#excess()]), beyond]);
    return graph.make("sub", [graph.make("mul", [this.#n, logarithm]), graph.make("mul", [this.#rare, this.#change])]);
  }

  score(): number {
    const graph = this.#graph;
    const signed = graph.make("mul", [this.#sign(), this.#rare]);
    return graph.make("mul", [graph.make("mul", [signed, this.#growth()]), this.#upper()]);
  }

  sizeScore(): number {
    const graph = this.#graph;
    const logarithm = graph.make("add", [this.deviance(), graph.make("mul", [this.#y, this.#d])]);
    return graph.make("sub", [graph.make("div", [logarithm, this.#n]), graph.make("div", [this.score(), this.#s])]);
  }

  curvature(): number {
    const graph = this.#graph;
    return graph.make("mul", [this.#n, graph.make("mul", [this.#lower(), this.#upper()])]);
  }

  share(): number {
    return this.#graph.make("pick", [this.#order, this.#lower(), this.#upper()]);
  }

  rest(): number {
    return this.#graph.make("pick", [this.#order, this.#upper(), this.#lower()]);
  }
}
