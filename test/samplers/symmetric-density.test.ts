/** Densities with a symmetry, as that of a signed standard deviation: chains keep them invariant with a metric that lacks the symmetry. */
import { expect, it } from "vitest";
import { startChain } from "../../src/samplers/chain.ts";
import type { LogDensity } from "../../src/samplers/log-density.ts";
import { differences, LIMIT, summaryOf } from "./reference-cases.ts";

/** s ~ N(0, 1), m | s ~ N(0.9 √(s² + 0.1), 0.5²): the same at s and −s, m and |s| correlated. */
const density: LogDensity = {
  dim: 2,
  evaluate([m, s], gradient) {
    const root = Math.sqrt(s! * s! + 0.1);
    const residual = (m! - 0.9 * root) / 0.25;
    gradient[0] = -residual;
    gradient[1] = -s! + (residual * 0.9 * s!) / root;
    return -0.5 * s! * s! - 0.125 * residual * residual;
  },
  fold(z, gradient) {
    if (z[1]! >= 0) return;
    z[1] = -z[1]!;
    gradient[1] = -gradient[1]!;
  },
};

/** E m and sd m by the trapezoid rule. */
function exact() {
  let [total, first, second] = [0, 0, 0];
  for (let s = -9; s <= 9; s += 0.01) {
    const p = Math.exp(-0.5 * s * s);
    const mean = 0.9 * Math.sqrt(s * s + 0.1);
    total += p;
    first += p * mean;
    second += p * (mean * mean + 0.25);
  }
  const mean = first / total;
  return { mean, sd: Math.sqrt(second / total - mean * mean), error: 0, errorOfSd: 0 };
}

for (const algorithm of [{ kind: "nuts", maxTreeDepth: 10 } as const, { kind: "hmc", length: 2 } as const])
  it(`${algorithm.kind} with a correlated dense metric`, () => {
    const chains = [0, 1, 2, 3].map((c) => {
      const chain = startChain(density, {
        algorithm,
        warmup: 200,
        draws: 4000,
        targetAcceptance: 0.8,
        seed: `symmetric/${c}`,
        centre: Float64Array.of(0.9, 1),
        metric: { kind: "dense", values: Float64Array.of(0.5, 0.4, 0.4, 0.6) },
        dispersion: 1,
      });
      while (chain.done < chain.iterations) chain.advance();
      const { positions } = chain.result();
      expect(positions.some((value, i) => i % 2 === 1 && value < 0)).toBe(true);
      return Float64Array.from({ length: 4000 }, (_, d) => positions[2 * d]!);
    });
    const z = differences(summaryOf(chains), exact());
    expect(Math.abs(z.mean)).toBeLessThan(LIMIT);
    expect(Math.abs(z.sd)).toBeLessThan(LIMIT);
  });
