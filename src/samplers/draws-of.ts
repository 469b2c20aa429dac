/** Functions of posterior draws. */
import type { Chains } from "../diagnostics/chains.ts";
import type { ParameterDraws } from "../model/fit.ts";

/** Values of f over the draws, an array a chain. */
export function drawsOf(draws: ParameterDraws, f: (x: Float64Array) => number): Chains {
  const { chains, drawsPerChain, size, values } = draws;
  return Array.from({ length: chains }, (_, c) =>
    Float64Array.from({ length: drawsPerChain }, (__, i) => {
      const start = (c * drawsPerChain + i) * size;
      return f(values.subarray(start, start + size));
    }),
  );
}
