/** Functions of posterior draws. */
import type { Chains } from "../diagnostics/chains.ts";
import type { ParameterDraws } from "../model/fit.ts";

/** Values of f over the draws (natural parameters, and the draw's number counted through all chains), an array a chain. */
export function drawsOf(draws: ParameterDraws, f: (x: Float64Array, draw: number) => number): Chains {
  const { chains, drawsPerChain, size, values } = draws;
  return Array.from({ length: chains }, (_, c) =>
    Float64Array.from({ length: drawsPerChain }, (__, i) => {
      const draw = c * drawsPerChain + i;
      return f(values.subarray(draw * size, (draw + 1) * size), draw);
    }),
  );
}
