/** Few levels that are well measured: no divergences at the default settings. */
import { expect, it } from "vitest";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";
import { nuts } from "../../src/samplers/sampler.ts";

it.each([
  [2, "y ~ x + (x | g)", 0.95],
  [3, "y ~ x + (x | g)", 0.95],
  [5, "y ~ x + (1 | g)", 0.9],
  [12, "y ~ x + (x | g)", 0.9],
  [15, "y ~ x + (1 | g)", 0.8],
] as const)("%i levels, %s", async (levels, formula, acceptance) => {
  const rng = createRng("easy 1");
  const data = { g: [] as string[], x: [] as number[], y: [] as number[] };
  for (let j = 0; j < levels; j++) {
    const [level, slope] = [rng.normal(), 0.5 * rng.normal()];
    for (let i = 0; i < 100; i++) {
      const x = rng.normal();
      data.g.push(`g${j}`);
      data.x.push(x);
      data.y.push(1 + level + (0.5 + slope) * x + 0.3 * rng.normal());
    }
  }
  const fit = await model(data)
    .formula(formula)
    .sample(nuts({ seed: 1, chains: 2 }));
  expect(fit.sampler).toMatchObject({ targetAcceptance: acceptance });
  expect(fit.diagnostics.divergences).toEqual([0, 0]);
  // an easy posterior: no long warm-up that never arrives
  expect(Math.max(...fit.diagnostics.gradients.warmup)).toBeLessThan(10_000);
});
