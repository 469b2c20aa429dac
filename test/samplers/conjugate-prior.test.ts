/** The priors of whole matrices under every sampler: one posterior, one table of priors, and sentences for what cannot be. */
import { describe, expect, it } from "vitest";
import { type DeclarationError, gibbs, nuts } from "../../src/index.ts";
import { model } from "../../src/model-builder.ts";
import { logEvidence } from "../../src/public/checks.ts";
import { loadFit, saveFit } from "../../src/public/exchange.ts";
import {
  type ConjugatePrior,
  huangWandPrior,
  inverseGammaVariance,
  mcmcglmmPrior,
  powerScaleSensitivity,
} from "../../src/public/priors.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import type { Sampler } from "../../src/samplers/samplers.ts";
import { cbpp, eightSchools, exampleData } from "./models.ts";
import { chainsOf, differences, LIMIT, summaryOf } from "./reference-cases.ts";

const slopes = () => model(exampleData("sleepstudy")).formula("Reaction ~ Days + (Days | Subject)");
const intercepts = () => model(exampleData("sleepstudy")).formula("Reaction ~ Days + (1 | Subject)");
const seed = "conjugate";

function agree(a: Posterior, b: Posterior): void {
  for (const { term } of a.tidy()) {
    const [one, other] = [a, b].map((fit) => summaryOf(chainsOf(fit, term)));
    const z = differences(one!, other!);
    expect(one!.ess, `ESS of ${term}`).toBeGreaterThan(200);
    expect(Math.abs(z.mean), `mean of ${term}`).toBeLessThan(LIMIT);
    expect(Math.abs(z.sd), `sd of ${term}`).toBeLessThan(LIMIT);
  }
}

const PRIORS: Readonly<Record<string, readonly [ReturnType<typeof slopes>, ConjugatePrior]>> = {
  "inverse-Wishart and joint normal": [
    slopes(),
    mcmcglmmPrior({
      B: {
        mu: [250, 10],
        V: [
          [1e4, -500],
          [-500, 2500],
        ],
      },
      G: [
        {
          V: [
            [600, 20],
            [20, 40],
          ],
          nu: 4,
        },
      ],
      R: { V: 600, nu: 1 },
    }),
  ],
  "Huang and Wand": [slopes(), huangWandPrior([[50, 20]])],
  "parameter-expanded": [
    intercepts(),
    mcmcglmmPrior({ G: [{ V: 1, nu: 1, alphaMu: 0, alphaV: 625 }], R: { V: 1, nu: 0.002 } }),
  ],
};

describe("NUTS and Gibbs sample one posterior", () => {
  for (const [name, [declared, prior]] of Object.entries(PRIORS))
    it(name, async () => {
      const [a, b] = [
        await declared.sample(nuts({ seed, draws: 350, target: "integrated", prior })),
        await declared.sample(gibbs({ seed, draws: 700, prior })),
      ];
      agree(a, b);
      expect(a.priors).toEqual(b.priors);
    });

  it("an inverse gamma in the prior is the declared one of the variance", async () => {
    const prior = mcmcglmmPrior({ G: [{ V: 500, nu: 4 }], R: { V: 900, nu: 6 } });
    const declared = intercepts()
      .prior("sd", inverseGammaVariance(2, 1000))
      .prior("sigma", inverseGammaVariance(3, 2700));
    const sampler = { seed, chains: 2, draws: 200, target: "integrated" } as const;
    const [a, b] = [await intercepts().sample(nuts({ ...sampler, prior })), await declared.sample(nuts(sampler))];
    expect(a.draws.values).toEqual(b.draws.values);
  });
});

it("a fit with such a prior is saved, loaded and extended", async () => {
  const [declared, prior] = PRIORS["Huang and Wand"]!;
  const fit = await declared.sample(nuts({ seed, chains: 1, warmup: 100, draws: 60, target: "integrated", prior }));
  const loaded = loadFit(JSON.parse(JSON.stringify(saveFit(fit)))) as Posterior;
  expect(loaded.priors).toEqual(fit.priors);
  const longer = await loaded.extend(40);
  const whole = await declared.sample(nuts({ seed, chains: 1, warmup: 100, draws: 100, target: "integrated", prior }));
  expect(longer.draws.values).toEqual(whole.draws.values);
  expect(() => logEvidence(fit, { seed })).toThrow("declare its priors with .prior()");
  expect(() => powerScaleSensitivity(fit)).toThrow("conjugate priors of its own");
});

describe("what cannot be", () => {
  const refused = async (declared: { sample(sampler: Sampler): Promise<Posterior> }, sampler: Sampler, text: string) =>
    expect(declared.sample(sampler)).rejects.toThrow(text);

  it("improper and expanded matrices under NUTS", async () => {
    const improper = mcmcglmmPrior({ G: [{ V: [1, 1], nu: 1 }], R: { V: 1, nu: 0 } });
    await refused(
      slopes(),
      nuts({ prior: improper }),
      "The prior of the term ((Intercept), Days | Subject) has nu = 1, which is improper",
    );
    await refused(slopes(), nuts({ prior: improper }), "The prior of the residual variance has nu = 0");
    const expanded = mcmcglmmPrior({ G: [{ V: [1, 1], nu: 2, alphaMu: [0, 0], alphaV: [625, 625] }] });
    await refused(
      slopes(),
      nuts({ prior: expanded }),
      "has a density in closed form only for one effect and alphaMu = 0",
    );
  });

  it("shapes that do not fit, under both", async () => {
    const prior = huangWandPrior([[1], [1]]);
    for (const sampler of [nuts({ prior }), gibbs({ prior })]) {
      await refused(slopes(), sampler, "is of 1 effect, but the term has 2");
      await refused(slopes(), sampler, "has 2 covariances of random effects, but the model has 1 random term");
    }
    const residual = mcmcglmmPrior({ R: { V: 1, nu: 1 } });
    for (const sampler of [nuts({ prior: residual }), gibbs({ prior: residual })])
      await refused(eightSchools(), sampler, "but the model's residual variances are known");
    for (const sampler of [nuts({ prior: residual }), gibbs({ prior: residual })])
      await refused(cbpp(), sampler, "has a residual variance (R), but the family binomial has none");
  });

  it("of an ordered response under Gibbs, each fault once", async () => {
    const rows = Array.from({ length: 24 }, (_, i) => i);
    const table = {
      y: rows.map((i) => "abc"[(i * 5 + (i >> 2)) % 3]!),
      x: rows.map((i) => i % 5),
      g: rows.map((i) => "pqrs"[i % 4]!),
    };
    const prior = mcmcglmmPrior({ B: { mu: [0], V: 1 }, R: { V: 1, nu: 1 } });
    const sampled = model(table)
      .formula("y ~ x + (1 | g)")
      .family({ name: "cumulative", link: "probit" })
      .sample(gibbs({ prior }));
    const { issues } = await sampled.then(
      () => ({ issues: [] }),
      (error: DeclarationError) => error,
    );
    expect(issues.map(({ message }) => message)).toEqual([
      expect.stringContaining("but the family cumulative has none; leave R out"),
      expect.stringContaining("does not suit Gibbs sampling of an ordered response"),
    ]);
  });

  it("something that is no prior", () => {
    expect(() => nuts({ prior: { kind: "other" } as never })).toThrow("what mcmcglmmPrior or huangWandPrior made");
  });
});
