/** Summaries of random effects whose draws are not kept. */
import { expect, test } from "vitest";
import { mean, variance } from "../../src/diagnostics/chains.ts";
import { createRng } from "../../src/random/rng.ts";
import { eachEffect, effectMoments, storedEffects } from "../../src/samplers/random-effect-draws.ts";

test("moments in one pass are those of the columns, far from 0 too", () => {
  const rng = createRng("effect moments");
  const sizes = [3, 4];
  const count = 50;
  const values = sizes.map((size, t) => Float64Array.from({ length: count * size }, () => 1e6 * t + rng.normal()));
  const effects = storedEffects(values, sizes);
  const moments = effectMoments(effects, sizes, count);
  const columns = eachEffect(effects, sizes, { chains: 2, drawsPerChain: 25 }, (term, position, chains) => ({
    term,
    position,
    draws: Float64Array.from(chains.flatMap((chain) => [...chain])),
  }));
  expect(columns.length).toBe(7);
  let at = 0;
  sizes.forEach((size, t) => {
    for (let i = 0; i < size; i++, at++) {
      const { draws } = columns[at]!;
      expect(moments.mean[t]![i]! - mean(draws)).toBeCloseTo(0, 8);
      expect(moments.sd[t]![i]! / Math.sqrt(variance(draws))).toBeCloseTo(1, 8);
    }
  });
});
