/** Fits with parameters chosen by hand, so that predictions are tested apart from the engines. */

import type { CompiledModel } from "../../src/model/compiled-model.ts";
import type { MaximumLikelihoodFit, PosteriorFit, TidyRow } from "../../src/model/fit.ts";
import { readColumns } from "../../src/node/read-columns.ts";

/** Columns of one of the example tables. */
export async function exampleColumns(name: string) {
  return (await readColumns(new URL(`../../examples/data/${name}.csv`, import.meta.url))).columns;
}

const glance = {
  nobs: 10,
  omitted: 0,
  logLik: -20,
  AIC: 48,
  BIC: 50,
  AICc: 56,
  df_residual: 6,
  deviance: 40,
  REMLcrit: null,
  df: 4,
  sigma: null,
  converged: true,
  singular: false,
  method: "by hand",
};

/** A maximum-likelihood fit at `x` with covariance `V`; random effects are the conditional modes there. */
export function handMadeFit(
  model: CompiledModel,
  x: readonly number[],
  V: Float64Array,
  tidy: readonly TidyRow[] = [],
): MaximumLikelihoodFit {
  const estimate = Float64Array.from(x);
  const { modes, covariances } = model
    .marginal({ kind: model.gaussian ? "exact" : "laplace" })
    .conditionalModes(estimate);
  return {
    kind: "ml",
    model,
    method: "by hand",
    verdict: { code: "converged", reason: "" },
    warnings: [],
    estimate,
    covariance: V,
    logLik: -20,
    modes: modes.map((values) => values.slice()),
    modeCovariances: covariances.map((values) => values.slice()),
    tidy: () => [...tidy],
    glance: () => glance,
    ranef: () => [],
  };
}

/** A posterior of the given draws of x and of the random effects by term. */
export function handMadePosterior(
  model: CompiledModel,
  draws: readonly (readonly number[])[],
  effects: readonly Float64Array[],
  tidy: readonly TidyRow[] = [],
): PosteriorFit {
  return {
    kind: "posterior",
    model,
    method: "by hand",
    warnings: [],
    draws: {
      chains: 1,
      drawsPerChain: draws.length,
      size: draws[0]!.length,
      values: Float64Array.from(draws.flat()),
    },
    randomEffects: () => effects,
    tidy: () => [...tidy],
    glance: () => ({
      ...glance,
      logLik: null,
      AIC: null,
      BIC: null,
      AICc: null,
      df_residual: null,
      deviance: null,
      df: null,
    }),
    ranef: () => [],
  };
}

/** A positive definite matrix with the given standard deviations and one correlation throughout. */
export function equicorrelated(sds: readonly number[], correlation: number): Float64Array {
  return Float64Array.from(sds.flatMap((a, i) => sds.map((b, j) => (i === j ? a * a : correlation * a * b))));
}
