/** Centred and non-centred random effects give one posterior; what either is worth. */
import { beforeAll, describe, expect, test } from "vitest";
import { mean, variance } from "../../src/diagnostics/chains.ts";
import type { prepareTarget } from "../../src/samplers/choose-target.ts";
import type { Parameterisation } from "../../src/samplers/effect-coordinates.ts";
import type { ParameterisationChoice } from "../../src/samplers/parameterisation.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { samplePosterior } from "../../src/samplers/sample-posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { locateDivergences } from "../../src/samplers/trace-divergences.ts";
import { crossed, grouped } from "./informed-models.ts";
import { cbpp } from "./models.ts";

/** Largest difference of posterior means and of sds in combined Monte Carlo errors, over the table and all random effects. */
function worstDifference(a: Posterior, b: Posterior): number {
  const rows = b.tidy({ effects: ["fixed", "ran_pars", "aux", "ran_vals"] });
  return Math.max(
    ...a.tidy({ effects: ["fixed", "ran_pars", "aux", "ran_vals"] }).map((row, i) => {
      const other = rows[i]!;
      const ofMeans = Math.abs(row.estimate - other.estimate) / Math.hypot(row.mcse!, other.mcse!);
      const sdError = (r: typeof row) => r.std_error! * Math.sqrt(1.25 / (r.ess_bulk! / 2));
      const ofSds = Math.abs(row.std_error! - other.std_error!) / Math.hypot(sdError(row), sdError(other));
      return Math.max(ofMeans, ofSds);
    }),
  );
}

describe("one posterior", () => {
  const sample = (
    declared: { compile(): Parameters<typeof prepareTarget>[0] },
    choice: ParameterisationChoice,
    draws = 700,
  ) =>
    samplePosterior(
      declared.compile(),
      nuts({
        seed: `one posterior ${JSON.stringify(choice)}`,
        warmup: 400,
        draws,
        target: "joint",
        parameterisation: choice,
      }),
    );
  let mixed: Posterior;
  beforeAll(async () => {
    mixed = await sample(crossed(), "auto");
  });

  test("cbpp, centred and integrated", async () => {
    const centred = await sample(cbpp(), "centred");
    const integrated = await samplePosterior(cbpp().compile(), nuts({ seed: 5, draws: 700 }));
    expect(worstDifference(centred, integrated)).toBeLessThan(4.5);
  });

  test("crossed: mixed, centred and non-centred, 34 random effects", async () => {
    expect(mixed.parameterisation).toEqual(["non-centred", "centred"]);
    const centred = await sample(crossed(), "centred");
    const nonCentred = await sample(crossed(), "non-centred");
    expect(worstDifference(mixed, centred)).toBeLessThan(4.5);
    expect(worstDifference(mixed, nonCentred)).toBeLessThan(4.5);
  });

  test("50 rows a level: centred draws are worth at least ten times as many gradients", async () => {
    const worth = async (declared: ReturnType<typeof grouped>, choice: Parameterisation) => {
      const fit = await samplePosterior(
        declared.compile(),
        nuts({ seed: "worth", chains: 2, warmup: 400, draws: 300, target: "joint", parameterisation: choice }),
      );
      const gradients = fit.diagnostics.gradients.sampling.reduce((a, b) => a + b, 0);
      return Math.min(...fit.tidy().map((row) => row.ess_bulk!)) / gradients;
    };
    const many = grouped(20, 50, 1);
    expect((await worth(many, "centred")) / (await worth(many, "non-centred"))).toBeGreaterThan(10);
  });

  test("a longer run begins with the same draws, through JSON too", async () => {
    const settings = { chains: 2, warmup: 60, seed: "longer", target: "joint" as const };
    const compiled = crossed().compile();
    const short = await samplePosterior(compiled, nuts({ ...settings, draws: 20 }));
    const long = await samplePosterior(compiled, nuts({ ...settings, draws: 35 }));
    const { posteriorFromJSON } = await import("../../src/samplers/saved-posterior.ts");
    const read = posteriorFromJSON(JSON.parse(JSON.stringify(short)).posterior, compiled);
    expect(read.parameterisation).toEqual(["non-centred", "centred"]);
    expect(read.reason).toBe(short.reason);
    for (const fit of [short, read]) {
      const extended = await fit.extend(15);
      expect(extended.draws.values).toEqual(long.draws.values);
      expect(extended.randomEffects()).toEqual(long.randomEffects());
      expect(extended.parameterisation).toEqual(long.parameterisation);
    }
  });

  test("random effects have spread, and go with the parameters of their draw", () => {
    const [person, item] = mixed.randomEffects() as [Float64Array, Float64Array];
    const { size, values } = mixed.draws;
    const sdOfItem = mixed.model.layout.terms[1]!.offset;
    // Given its standard deviation s, Σb²/s² is about χ² on 10: draws of both are those of one model.
    const ratios = Array.from({ length: item.length / 10 }, (_, d) => {
      const b = item.subarray(10 * d, 10 * d + 10);
      return b.reduce((sum, effect) => sum + effect ** 2, 0) / values[d * size + sdOfItem]! ** 2;
    });
    const average = mean(Float64Array.from(ratios));
    expect(average).toBeGreaterThan(7);
    expect(average).toBeLessThan(13);
    expect(variance(person)).toBeGreaterThan(0.01);
  });

  test("divergences of a centred term are advised to the other parameterisation", () => {
    const sdOfItem = mixed.model.layout.terms[1]!.offset;
    const { size, values } = mixed.draws;
    const order = Array.from({ length: values.length / size }, (_, d) => d).sort(
      (a, b) => values[a * size + sdOfItem]! - values[b * size + sdOfItem]!,
    );
    const { term, message } = locateDivergences(
      mixed.model,
      mixed.draws,
      order.slice(0, 40),
      0.8,
      mixed.parameterisation,
    );
    expect(term).toBe("(… | item)");
    expect(message).toContain('sample its effects non-centred (parameterisation: { "item": "non-centred" })');
  });
});
