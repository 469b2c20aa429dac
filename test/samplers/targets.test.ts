/** NUTS and HMC on densities whose moments are known, gated by effective sample size: 5 sigma of the achieved Monte Carlo error. */
import { describe, expect, test } from "vitest";
import type { Chains } from "../../src/diagnostics/chains.ts";
import { mapChains, mean, pooled } from "../../src/diagnostics/chains.ts";
import { essBulk } from "../../src/diagnostics/effective-sample-size.ts";
import { mcseMean } from "../../src/diagnostics/mcse.ts";
import { rhat } from "../../src/diagnostics/rhat.ts";
import type { ChainResult, ChainSettings } from "../../src/samplers/chain.ts";
import { startChain } from "../../src/samplers/chain.ts";
import type { LogDensity } from "../../src/samplers/log-density.ts";

function run(density: LogDensity, seed: string, options: Partial<ChainSettings> = {}): ChainResult[] {
  return [0, 1, 2, 3].map((c) => {
    const chain = startChain(density, {
      algorithm: { kind: "nuts", maxTreeDepth: 10 },
      warmup: 500,
      draws: 1000,
      targetAcceptance: 0.8,
      seed: `${seed}/${c}`,
      centre: new Float64Array(density.dim),
      metric: { kind: "diagonal", values: new Float64Array(density.dim).fill(1) },
      dispersion: 2,
      ...options,
    });
    while (chain.done < chain.iterations) chain.advance();
    return chain.result();
  });
}

const coordinate = (results: ChainResult[], dim: number, j: number): Chains =>
  results.map(({ positions, logDensities }) => Float64Array.from(logDensities, (_, i) => positions[i * dim + j]!));

function checkMean(chains: Chains, truth: number, least = 400): void {
  expect(essBulk(chains)).toBeGreaterThan(least);
  expect(Math.abs(mean(pooled(chains)) - truth)).toBeLessThan(5 * mcseMean(chains));
  expect(rhat(chains)).toBeLessThan(1.02);
}

/** N(μ, Σ), Σ = D(I + 11'·a)D: scales 10^-1 … 10^1, all correlated. */
const dim = 5;
const scales = [0.1, 0.3, 1, 3, 10];
const a = 2;
const correlated: LogDensity = {
  dim,
  evaluate(z, g) {
    const w = scales.map((s, i) => (z[i]! - i) / s);
    const sum = w.reduce((x, y) => x + y, 0);
    // (I + a11')⁻¹ = I − a/(1 + 5a) 11'
    let value = 0;
    for (let i = 0; i < dim; i++) {
      const d = w[i]! - (a / (1 + dim * a)) * sum;
      value -= 0.5 * w[i]! * d;
      g[i] = -d / scales[i]!;
    }
    return value;
  },
};

const identity = Float64Array.from({ length: dim * dim }, (_, i) => (i % (dim + 1) === 0 ? 1 : 0));

describe.each([
  ["NUTS, diagonal", {}],
  ["NUTS, dense", { metric: { kind: "dense", values: identity } }],
  ["HMC, dense", { algorithm: { kind: "hmc", length: 1.5 }, metric: { kind: "dense", values: identity } }],
  ["HMC, 20 steps", { algorithm: { kind: "hmc", steps: 20 } }],
] as const)("%s on a correlated normal", (name, options) => {
  const results = run(correlated, name, options);
  test("means, variances and covariances", () => {
    for (let i = 0; i < dim; i++) {
      const x = coordinate(results, dim, i);
      checkMean(x, i);
      checkMean(
        mapChains(x, (value) => (value - i) ** 2),
        scales[i]! ** 2 * (1 + a),
        200,
      );
    }
    const first = coordinate(results, dim, 0);
    const last = coordinate(results, dim, 4);
    const product = first.map((chain, c) => chain.map((value, t) => value * (last[c]![t]! - 4)));
    checkMean(product, scales[0]! * scales[4]! * a, 200);
    expect(results.every(({ divergent }) => divergent.every((flag) => flag === 0))).toBe(true);
  });
});

test("a dense metric learns the correlations: about as many effective draws a gradient as for independent coordinates", () => {
  const gradients = (results: ChainResult[]) => results.reduce((sum, { gradients: g }) => sum + g.sampling, 0);
  const worst = (results: ChainResult[], f: (x: number, i: number) => number) =>
    Math.min(...scales.map((_, i) => essBulk(mapChains(coordinate(results, dim, i), (x) => f(x, i)))));
  const results = run(correlated, "efficiency", { metric: { kind: "dense", values: identity } });
  expect(worst(results, (x) => x) / gradients(results)).toBeGreaterThan(0.13);
  expect(worst(results, (x, i) => (x - i) ** 2) / gradients(results)).toBeGreaterThan(0.045);
});

test("the logarithm of an exponential variable: smooth and skewed", () => {
  const skewed: LogDensity = {
    dim: 1,
    evaluate(z, g) {
      g[0] = 1 - Math.exp(z[0]!);
      return z[0]! - Math.exp(z[0]!);
    },
  };
  const x = coordinate(run(skewed, "skewed"), 1, 0);
  const euler = 0.5772156649015329;
  checkMean(x, -euler);
  checkMean(
    mapChains(x, (value) => (value + euler) ** 2),
    Math.PI ** 2 / 6,
  );
});

test("a density with an edge: −Infinity outside, no draw beyond it", () => {
  const halfNormal: LogDensity = {
    dim: 1,
    evaluate(z, g) {
      g[0] = -z[0]!;
      return z[0]! > 0 ? -0.5 * z[0]! ** 2 : -Infinity;
    },
  };
  const x = coordinate(run(halfNormal, "edge", { centre: Float64Array.of(1), dispersion: 0.1 }), 1, 0);
  expect(Math.min(...pooled(x))).toBeGreaterThan(0);
  checkMean(x, Math.sqrt(2 / Math.PI), 200);
});

test("a run repeats bit for bit, another seed gives other draws", () => {
  const once = run(correlated, "repeat", { draws: 50 });
  expect(run(correlated, "repeat", { draws: 50 })).toEqual(once);
  expect(run(correlated, "other", { draws: 50 })[0]!.positions).not.toEqual(once[0]!.positions);
  expect(once[0]!.positions).not.toEqual(once[1]!.positions);
});

test("too deep a tree stops at its limit, and a chain without a finite start is refused", () => {
  const results = run(correlated, "deep", { algorithm: { kind: "nuts", maxTreeDepth: 2 }, warmup: 50, draws: 100 });
  expect(Math.max(...results.flatMap(({ treeDepths }) => [...treeDepths]))).toBe(2);
  expect(() => run({ dim: 1, evaluate: () => -Infinity }, "nowhere")).toThrow("not finite");
});
