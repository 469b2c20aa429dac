import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Graph, lower } from "../../src/autodiff/graph.ts";
import { PRIMITIVES, type Primitive } from "../../src/autodiff/primitives.ts";

const { rows } = JSON.parse(readFileSync(new URL("./fixtures/odds.json", import.meta.url), "utf8")) as {
  rows: number[][];
};
const NAMES: readonly Primitive[] = [
  "oddsDeviance",
  "oddsScore",
  "oddsSizeScore",
  "oddsCurvature",
  "oddsShare",
  "oddsRest",
];

/** Growth is bounded at e^600: what is below has underflowed. */
const VANISHING = 1e-250;

/** The arithmetic that kernels are made of. */
function lowered(op: Primitive, args: readonly number[]): number {
  const graph = new Graph();
  const node = graph.make(
    op,
    args.map((_, k) => graph.input("column", k)),
  );
  const result = lower(graph, [node]);
  const { op: ops, args: inputs, value } = result.graph;
  const at: number[] = [];
  ops.forEach((each, n) => {
    const [a, b, c] = inputs[n]!.map((i) => at[i]!) as [number, number, number];
    at.push(
      each === "const" ? value[n]! : each === "column" ? args[value[n]!]! : PRIMITIVES[each].evaluate(a, b, c, 0),
    );
  });
  return at[result.outputs[0]!]!;
}

describe("deviance of odds against 60-digit values", () => {
  NAMES.forEach((name, k) => {
    it(name, () => {
      for (const row of rows) {
        const [y, s, d] = row as [number, number, number];
        const truth = row[3 + k]!;
        // of the deviance and its logarithm, differences of y d, what the rarer loses is allowed
        const size = Math.min(y, s) * Math.abs(d);
        const rounding = name === "oddsDeviance" ? size : name === "oddsSizeScore" ? Math.abs(d) : 0;
        const bound = 2e-14 * Math.abs(truth) + 4e-16 * rounding + VANISHING;
        expect(
          Math.abs(PRIMITIVES[name].evaluate(y, s, d, 0) - truth),
          `${name}(${y}, ${s}, ${d})`,
        ).toBeLessThanOrEqual(bound);
        expect(Math.abs(lowered(name, [y, s, d]) - truth), `lowered ${name}(${y}, ${s}, ${d})`).toBeLessThanOrEqual(
          bound,
        );
      }
    });
  });
});
