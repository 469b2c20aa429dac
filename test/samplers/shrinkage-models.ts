/** Draws of a fit as chains, and their mean with its error, for tests of shrinkage priors; and the small regression they use. */
import { mean, pooled, variance } from "../../src/diagnostics/chains.ts";
import { essMean } from "../../src/diagnostics/effective-sample-size.ts";
import { model } from "../../src/model-builder.ts";
import { halfNormal } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";

/** Draws of one hyperparameter by chain, of its logarithm where asked for. */
export function hyperChains({ draws }: Posterior, name: string, f: (x: number) => number = Math.log): Float64Array[] {
  const { names, values } = draws.hyper!;
  const k = names.indexOf(name);
  return Array.from({ length: draws.chains }, (_, c) =>
    Float64Array.from({ length: draws.drawsPerChain }, (__, i) =>
      f(values[(c * draws.drawsPerChain + i) * names.length + k]!),
    ),
  );
}

export function parameterChains({ draws }: Posterior, position: number): Float64Array[] {
  return Array.from({ length: draws.chains }, (_, c) =>
    Float64Array.from(
      { length: draws.drawsPerChain },
      (__, i) => draws.values[(c * draws.drawsPerChain + i) * draws.size + position]!,
    ),
  );
}

/** Mean and its Monte Carlo standard error. */
export function estimate(chains: Float64Array[]): { readonly mean: number; readonly error: number } {
  const all = pooled(chains);
  return { mean: mean(all), error: Math.sqrt(variance(all) / essMean(chains)) };
}

const rng = createRng("shrinkage/small");
const small = {
  a: Array.from({ length: 60 }, () => rng.normal()),
  b: Array.from({ length: 60 }, () => 2 + rng.normal()),
  g: Array.from({ length: 60 }, (_, i) => `g${i % 6}`),
  y: [] as number[],
};
small.y = small.a.map((x, i) => 0.5 * x + 0.3 * (i % 6) + rng.normal());
/** `y ~ a + b + (1 | g)`, 60 rows in 6 groups. */
export const declared = () =>
  model(small).formula("y ~ a + b + (1 | g)").prior("sd", halfNormal(1)).prior("sigma", halfNormal(2));
export const short = (options: Parameters<typeof nuts>[0] = {}) =>
  nuts({ chains: 2, warmup: 300, draws: 200, seed: "short", ...options });
