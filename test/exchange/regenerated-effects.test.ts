/** Random effects that are drawn again instead of kept: the same values, whatever is asked for and in what order. */
import { beforeAll, describe, expect, test } from "vitest";
import { nuts, type Posterior, populationAverage, predict } from "../../src/index.ts";
import { conditionalEffects, eachEffect, effectSizes } from "../../src/samplers/random-effect-draws.ts";
import { cbpp, sleepstudy } from "../samplers/models.ts";

describe.each([
  ["a Gaussian model", sleepstudy],
  ["a binomial model by quadrature", cbpp],
] as const)("of %s", (_, declare) => {
  let fit: Posterior;
  /** The same posterior, with no room to keep random effects. */
  let bare: Posterior;
  beforeAll(async () => {
    fit = await declare().sample(nuts({ chains: 2, warmup: 60, draws: 30, seed: "again", target: "integrated" }));
    const drawn = conditionalEffects(fit.model, fit.integral!, fit.draws, "again", 0);
    bare = { ...fit, randomEffects: drawn.all, randomEffectsOf: drawn.of, randomEffectsKept: drawn.kept };
  });

  test("they are the kept ones, bit for bit, in any order", () => {
    expect(fit.randomEffectsKept).toBe(true);
    expect(bare.randomEffectsKept).toBe(false);
    const all = fit.randomEffects();
    expect(bare.randomEffects()).toEqual(all);
    const sizes = effectSizes(fit.model);
    for (const d of [59, 0, 17, 17, 30])
      bare.randomEffectsOf!(d).forEach((b, t) => {
        expect(b.slice()).toEqual(all[t]!.slice(d * sizes[t]!, (d + 1) * sizes[t]!));
        expect(fit.randomEffectsOf!(d)[t]).toEqual(b);
      });
  });

  test("predictions and averages are the same", () => {
    expect(predict(bare).rows).toEqual(predict(fit).rows);
    const by = fit.model.spec.family.name === "gaussian" ? { at: { Days: [2] } } : { by: "period" };
    const estimands = ["population", "typical", "conditional"] as const;
    expect(populationAverage(bare, { ...by, estimands }).rows).toEqual(
      populationAverage(fit, { ...by, estimands }).rows,
    );
  });

  test("so are tables made a few effects at a time", () => {
    const sizes = effectSizes(fit.model);
    const drawn = conditionalEffects(fit.model, fit.integral!, fit.draws, "again", 0);
    const means = (most: number) =>
      eachEffect(
        drawn,
        sizes,
        fit.draws,
        (term, position, chains) => [
          term,
          position,
          ...chains.map((chain) => chain.reduce((sum, b) => sum + b, 0) / chain.length),
        ],
        most,
      );
    const whole = means(1e6);
    expect(means(60 * 4)).toEqual(whole);
    expect(means(1)).toEqual(whole);
    expect(whole.length).toBe(sizes.reduce((sum, size) => sum + size, 0));
    const ranef = fit.ranef();
    whole.forEach(([, , a, b], i) => {
      expect((a! + b!) / 2).toBeCloseTo(ranef[i]!.estimate, 10);
    });
  });
});
