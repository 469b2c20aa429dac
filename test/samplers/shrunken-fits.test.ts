/** A fit under a shrinkage prior goes through everything other fits go through. */
import { describe, expect, test } from "vitest";
import { powerScaleSensitivity } from "../../src/calibration/power-scale-sensitivity.ts";
import { priorPredictive } from "../../src/calibration/prior-predictive.ts";
import { sbc } from "../../src/calibration/sbc.ts";
import { compare } from "../../src/compare/compare.ts";
import { drawsFromCmdStan, drawsToCmdStan } from "../../src/exchange/cmdstan-csv.ts";
import { namedDraws } from "../../src/exchange/named-draws.ts";
import { posteriorFromDraws } from "../../src/exchange/posterior-from-draws.ts";
import { ml } from "../../src/frequentist/method.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { mcmcglmmPrior } from "../../src/priors/conjugate-prior.ts";
import { horseshoe, normal, R2D2 } from "../../src/priors/distributions.ts";
import type { Checkpoint } from "../../src/samplers/checkpoint.ts";
import { resume } from "../../src/samplers/checkpoint.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { posteriorFromJSON } from "../../src/samplers/saved-posterior.ts";
import { declared, short } from "./shrinkage-models.ts";

describe("the draws of the hyperparameters", () => {
  const own = declared().prior("fixed", horseshoe()).prior("fixed:b", normal(0, 1));

  test("are kept, stopped and resumed, extended, saved and loaded bit for bit", async () => {
    const whole = await own.sample(short());
    expect(whole.draws.hyper!.names).toEqual(["hs_global", "hs_slab", "hs_local[a]"]);
    expect(whole.draws.hyper!.values).toHaveLength(2 * 200 * 3);

    let last: Checkpoint | null = null;
    await own.sample(short(), {
      every: 130,
      checkpoint: (state) => {
        last ??= JSON.parse(JSON.stringify(state));
      },
    });
    const resumed = await resume(last!);
    expect(resumed.draws).toEqual(whole.draws);

    const half = await own.sample(short({ draws: 120 }));
    expect((await half.extend(80)).draws).toEqual(whole.draws);

    const loaded = posteriorFromJSON(JSON.parse(JSON.stringify(half)).posterior, half.model);
    expect(loaded.draws).toEqual(half.draws);
    expect(loaded.tidy()).toEqual(half.tidy());
    expect((await loaded.extend(80)).draws).toEqual(whole.draws);
  });

  test("travel under their names", async () => {
    const fit = await own.sample(short());
    const names = namedDraws(fit).variables.map(({ name }) => name);
    expect(names).toEqual("b_Intercept b_a b_b sd_g__Intercept sigma hs_global hs_slab hs_local[a]".split(" "));
    const again = posteriorFromDraws(fit.model, drawsFromCmdStan(drawsToCmdStan(fit)));
    expect(again.draws.hyper).toEqual(fit.draws.hyper);
    expect(again.tidy().map(({ term }) => term)).toEqual(fit.tidy().map(({ term }) => term));
  });
});

describe("what else uses priors", () => {
  const own = declared().prior("fixed", R2D2());

  test("prior predictive draws", () => {
    const { rows } = priorPredictive(own, { draws: 400 });
    const spread = (term: string) => {
      const row = rows.find((one) => one.term === term)!;
      return row.q97_5 - row.q2_5;
    };
    expect(spread("a")).toBeGreaterThan(1);
    expect(spread("a")).toBeLessThan(60);
  });

  test("power-scaling scales the top level of the prior", async () => {
    const sensitivity = async (prior: ReturnType<typeof R2D2>) => {
      const fit = await declared()
        .prior("fixed", prior)
        .sample(short({ draws: 500 }));
      const { rows } = powerScaleSensitivity(fit, { priors: ["fixed:a"] });
      return rows.find(({ term }) => term === "a")!.prior;
    };
    // the prior of R² is flat, then narrow about a value far too small
    expect(await sensitivity(R2D2())).toBeLessThan(1e-6);
    expect(await sensitivity(R2D2({ meanR2: 0.02, precR2: 300 }))).toBeGreaterThan(0.03);
  });

  test("a penalised fit refuses it in a sentence, and an ordinary one ignores it", async () => {
    await expect(own.fit(ml(), { penalised: true })).rejects.toThrow(DeclarationError);
    await expect(own.fit(ml(), { penalised: true })).rejects.toThrow(
      "The prior R2D2() cannot serve as a penalty: its density grows without bound",
    );
    expect((await own.fit(ml())).warnings.map(({ code }) => code)).toContain("priors-ignored");
  });

  test("simulation-based calibration ranks the hyperparameters too", async () => {
    const result = await sbc(own, {
      fits: 3,
      ranks: 19,
      sampler: nuts({ chains: 1, warmup: 200, draws: 200 }),
      seed: "smoke",
    });
    expect(result.quantities.map(({ name }) => name)).toContain("R2D2_R2");
  });

  test("compare() has a row for what slopes share", async () => {
    const shrunken = await own.sample(short({ draws: 50 }));
    const { rows } = compare({ ml: await declared().fit(ml()), shrunken });
    const row = rows.find(({ term }) => term === "R2D2_R2")!;
    expect(row.fits["ml"]).toBeNull();
    expect(row.fits["shrunken"]!.estimate).toBeGreaterThan(0);
  });

  test("a conjugate prior of covariances goes with it, one of all coefficients is refused", async () => {
    const G = [{ V: 1, nu: 3 }];
    const fit = await own.sample(short({ draws: 50, warmup: 100, prior: mcmcglmmPrior({ G }) }));
    expect(fit.draws.hyper!.names).toContain("R2D2_R2");
    const B = { mu: [0, 0, 0], V: [9, 9, 9] };
    for (const sampler of [short({ prior: mcmcglmmPrior({ B, G }) }), gibbs({ prior: mcmcglmmPrior({ B, G }) })])
      await expect(own.sample(sampler)).rejects.toThrow(
        "The prior R2D2() of the slopes is declared, but the sampler's prior has a joint normal of all coefficients too (B); leave one of them out.",
      );
  });
});
