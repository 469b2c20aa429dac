import { describe, expect, it } from "vitest";
import { binomial, gibbs, model, nuts, poisson } from "../../src/index.ts";
import { createRng } from "../../src/public/engines.ts";

/** Counts of mean e^17, or successes out of 1e9 trials, in 10 groups of 8 rows. */
function rows(seed: string) {
  const rng = createRng(seed);
  const data = { g: [] as string[], x: [] as number[], y: [] as number[], k: [] as number[], n: [] as number[] };
  for (let j = 0; j < 10; j++) {
    const effect = 0.4 * rng.normal();
    for (let i = 0; i < 8; i++) {
      const x = rng.normal();
      const eta = 0.2 * x + effect;
      const mu = Math.exp(17 + eta);
      const p = 1 / (1 + Math.exp(-eta));
      data.g.push(`g${j}`);
      data.x.push(x);
      data.y.push(Math.round(mu + Math.sqrt(mu) * rng.normal()));
      data.k.push(Math.round(1e9 * p + Math.sqrt(1e9 * p * (1 - p)) * rng.normal()));
      data.n.push(1e9);
    }
  }
  return data;
}

describe("posteriors of large counts", () => {
  const data = rows("posterior");
  const declarations = {
    poisson: () => model(data).formula("y ~ x + (1 | g)").family(poisson()),
    binomial: () => model(data).formula("k | trials(n) ~ x + (1 | g)").family(binomial()),
  };
  const samplers = {
    "nuts, integrated": nuts({ seed: 1, chains: 2, warmup: 200, draws: 200, target: "integrated" }),
    "nuts, joint": nuts({ seed: 1, chains: 2, warmup: 300, draws: 300, target: "joint" }),
    gibbs: gibbs({ seed: 1, chains: 2, warmup: 200, draws: 600 }),
  };
  for (const [family, declare] of Object.entries(declarations))
    for (const [name, sampler] of Object.entries(samplers))
      it(`${family} by ${name}`, async () => {
        const ml = await declare().fit();
        const want = ml.tidy();
        const fit = await declare().sample(sampler);
        const got = fit.tidy();
        // the slope, known to 1e-5, is what the likelihood says whatever the prior
        const slope = want[1]!;
        expect(Math.abs(got[1]!.estimate! - slope.estimate!)).toBeLessThan(0.5 * slope.std_error!);
        expect(got[1]!.std_error! / slope.std_error!).toBeGreaterThan(0.75);
        expect(got[1]!.std_error! / slope.std_error!).toBeLessThan(1.3);
        expect(Math.abs(got[0]!.estimate! - want[0]!.estimate!)).toBeLessThan(want[0]!.std_error!);
        expect(fit.diagnostics.divergences.reduce((sum, count) => sum + count, 0)).toBe(0);
        // as many gradients as small counts take: a hundred a draw would be a warm-up that never arrived
        const { gradients } = fit.diagnostics;
        if (gradients) expect(Math.max(...gradients.warmup)).toBeLessThan(10000);
      });
});
