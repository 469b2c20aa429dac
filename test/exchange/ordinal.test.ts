/** Posteriors of ordered responses through files and checkpoints: the thresholds travel under brms's names. */
import { describe, expect, it } from "vitest";
import { drawsFromArrow, drawsToArrow } from "../../src/exchange/arrow.ts";
import { drawNames } from "../../src/exchange/brms-names.ts";
import { drawsFromCmdStan, drawsToCmdStan } from "../../src/exchange/cmdstan-csv.ts";
import { namedDraws } from "../../src/exchange/named-draws.ts";
import { posteriorFromDraws } from "../../src/exchange/posterior-from-draws.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { model } from "../../src/model-builder.ts";
import { predict } from "../../src/prediction/predict.ts";
import { halfNormal, normal } from "../../src/priors/distributions.ts";
import { type Checkpoint, resume } from "../../src/samplers/checkpoint.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const rows = Array.from({ length: 40 }, (_, i) => i);
const declared = model({
  x: rows.map((i) => Math.sin(1.7 * i)),
  g: rows.map((i) => `g${i % 5}`),
  y: rows.map((i) => ["low", "mid", "high"][(i * i + (i % 5)) % 3]!),
})
  .factor("y", ["low", "mid", "high"])
  .formula("y ~ x + (1 | g)")
  .family(cumulative({ link: "probit" }))
  .prior("fixed", normal(0, 1))
  .prior("threshold", normal(0, 2))
  .prior("sd", halfNormal(1));
const samplers = [
  gibbs({ chains: 2, warmup: 40, draws: 60, seed: 1 }),
  nuts({ chains: 2, warmup: 60, draws: 60, seed: 1 }),
];

describe.each(samplers)("$kind", (sampler) => {
  it("gives its draws to Arrow and CmdStan files and takes them back", async () => {
    const fit = await declared.sample(sampler);
    expect(drawNames(fit.model)).toEqual(["b_x", "sd_g__Intercept", "b_Intercept[1]", "b_Intercept[2]"]);
    const estimates = fit.tidy().map(({ estimate }) => estimate);
    for (const draws of [
      namedDraws(fit),
      await drawsFromArrow(drawsToArrow(fit)),
      drawsFromCmdStan(drawsToCmdStan(fit)),
    ]) {
      const back = posteriorFromDraws(declared.compile(), draws);
      back.tidy().forEach(({ term, estimate }, k) => {
        expect(Math.abs(estimate - estimates[k]!), term).toBeLessThan(1e-12);
      });
    }
    const loaded = loadFit(JSON.parse(JSON.stringify(saveFit(fit))));
    expect(loaded.tidy()).toEqual(fit.tidy());
    expect(predict(loaded, { type: "score" })).toEqual(predict(fit, { type: "score" }));
  });

  it("goes on from a checkpoint to the same draws", async () => {
    let last: Checkpoint | undefined;
    const whole = await declared.sample(sampler, {
      every: 30,
      checkpoint: (state) => {
        last ??= JSON.parse(JSON.stringify(state));
      },
    });
    const resumed = await resume(last!);
    expect([...resumed.draws.values]).toEqual([...whole.draws.values]);
  });
});
