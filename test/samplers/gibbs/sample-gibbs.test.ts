/** Gibbs fits against reference posteriors, and as fits like any other. */
import { describe, expect, test } from "vitest";
import { DeclarationError } from "../../../src/messages/issue.ts";
import { model } from "../../../src/model-builder.ts";
import { type ConjugatePrior, huangWandPrior, mcmcglmmPrior } from "../../../src/priors/conjugate-prior.ts";
import { flat, halfNormal, lkj, normal, uniform } from "../../../src/priors/distributions.ts";
import { resolvePriors } from "../../../src/priors/resolve.ts";
import { gibbs } from "../../../src/samplers/gibbs/gibbs.ts";
import { prepareGibbs } from "../../../src/samplers/gibbs/prepare-gibbs.ts";
import type { Posterior } from "../../../src/samplers/posterior.ts";
import { nuts } from "../../../src/samplers/sampler.ts";
import { posteriorFromJSON } from "../../../src/samplers/saved-posterior.ts";
import { cbpp, exampleData, sleepstudy } from "../models.ts";
import { CBPP, type Moments, SLEEPSTUDY } from "../references.ts";

function checkAgainst(fit: Posterior, reference: Record<string, Moments>): void {
  for (const row of fit.tidy()) {
    const [mean, sd, error] = reference[row.term]!;
    expect(row.rhat!, `R-hat of ${row.term}`).toBeLessThan(1.02);
    expect(row.ess_bulk!, `ESS of ${row.term}`).toBeGreaterThan(300);
    expect(Math.abs(row.estimate - mean), row.term).toBeLessThan(4.5 * Math.hypot(row.mcse!, error));
    expect(Math.abs(row.std_error! - sd), `sd of ${row.term}`).toBeLessThan(
      5 * sd * Math.sqrt(1.25 / (row.ess_bulk! / 2)),
    );
  }
}

/** Two samplers of one posterior: means within 4.5 combined Monte Carlo errors. */
function checkAgree(a: Posterior, b: Posterior): void {
  const other = b.tidy();
  a.tidy().forEach((row, i) => {
    expect(row.term).toBe(other[i]!.term);
    expect(Math.abs(row.estimate - other[i]!.estimate), row.term).toBeLessThan(
      4.5 * Math.hypot(row.mcse!, other[i]!.mcse!),
    );
  });
}

describe("reference posteriors", () => {
  test("sleepstudy: effects drawn jointly, LKJ and half-normal priors as NUTS has them", async () => {
    const fit = await sleepstudy().sample(gibbs({ seed: "sleepstudy", warmup: 200, draws: 1000 }));
    expect(fit.method).toBe("Gibbs, coefficients and random effects drawn jointly, standard deviations without them");
    checkAgainst(fit, SLEEPSTUDY);
    expect(fit.glance()).toMatchObject({ nobs: 180, logLik: null });
    expect(fit.ranef().length).toBe(36);
    expect(fit.integral).toBeNull();
  });

  test("cbpp: Pólya-Gamma variables", async () => {
    const fit = await cbpp().sample(gibbs({ seed: "cbpp", warmup: 200, draws: 600 }));
    expect(fit.method).toBe("Gibbs, Pólya-Gamma variables");
    checkAgainst(fit, CBPP);
  });

  test("probit with crossed effects, Poisson and negative binomial: as NUTS", async () => {
    const data = exampleData("cbpp");
    const herds = model({ ...data, period: data["period"]!.map(String) })
      .prior("fixed", normal(0, 2))
      .prior("sd", halfNormal(1));
    const probit = herds
      .formula("cbind(incidence, size - incidence) ~ 1 + (1 | herd) + (1 | period)" as string)
      .family({ name: "binomial", link: "probit" });
    const counts = herds.formula("incidence ~ period + offset(log(size)) + (1 | herd)" as string);
    const options = { chains: 2, warmup: 200, draws: 800 };
    for (const declared of [probit, counts.family({ name: "poisson" }), counts.family({ name: "nbinom2" })]) {
      const [ours, theirs] = await Promise.all([
        declared.sample(gibbs({ seed: 3, ...options })),
        declared.sample(nuts({ seed: 4, ...options, draws: 400, target: "joint" })),
      ]);
      checkAgree(ours, theirs);
    }
  });
});

test("effects are integrated out of the variances' draw with one grouping factor, and with nested ones", () => {
  const grid = Array.from({ length: 24 }, (_, i) => i);
  const data = {
    y: grid.map((i) => Math.sin(2 * i)),
    g: grid.map((i) => `g${i % 4}`),
    h: grid.map((i) => `h${i % 3}`),
    part: grid.map((i) => `p${i % 8}`),
  };
  const collapsed = (formula: string, prior: ConjugatePrior | null = null) => {
    const compiled = model(data).formula(formula).compile();
    return prepareGibbs(compiled, resolvePriors(compiled), prior).data.collapsed;
  };
  expect(collapsed("y ~ 1 + (1 | g)")).toBe(true);
  expect(collapsed("y ~ 1 + (1 | g) + (1 | part)")).toBe(true);
  expect(collapsed("y ~ 1 + (1 | g) + (1 | h)")).toBe(false);
  expect(collapsed("y ~ 1 + (1 | g)", huangWandPrior([[1]]))).toBe(false);
  expect(collapsed("y ~ 1")).toBe(false);
});

describe("a Gibbs fit is a fit", () => {
  const small = () =>
    model(exampleData("cbpp"))
      .formula("incidence ~ 1 + (1 | herd)")
      .family({ name: "poisson" })
      .prior("sd", halfNormal(1));

  test("the same seed gives the same draws, thinning keeps every so many, and JSON gives the fit back", async () => {
    const options = { chains: 2, warmup: 20, draws: 30, seed: "s" };
    const fit = await small().sample(gibbs(options));
    const again = await small().sample(gibbs(options));
    expect(again.draws.values).toEqual(fit.draws.values);
    expect((await small().sample(gibbs({ ...options, seed: "t" }))).draws.values).not.toEqual(fit.draws.values);
    const thinned = await small().sample(gibbs({ ...options, draws: 10, thin: 3 }));
    const { size } = fit.draws;
    expect(thinned.draws.values.subarray(0, size)).toEqual(fit.draws.values.subarray(2 * size, 3 * size));
    const back = posteriorFromJSON(JSON.parse(JSON.stringify(fit)).posterior, fit.model);
    expect(back.tidy()).toEqual(fit.tidy());
    expect(back.randomEffects()).toEqual(fit.randomEffects());
    expect(fit.diagnostics.blocks!.map(({ block }) => block)).toEqual([
      "coefficients",
      "effects of (Intercept) | herd",
    ]);
    for (const { acceptance } of fit.diagnostics.blocks!)
      for (const rate of acceptance) expect(rate).toBeGreaterThan(0.5);
  });

  test("it stops when told to", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(small().sample(gibbs(), { signal: controller.signal })).rejects.toMatchObject({ name: "AbortError" });
  });

  test("priors of whole matrices are in the table of priors", async () => {
    const declared = model(exampleData("sleepstudy")).formula("Reaction ~ Days + (Days | Subject)");
    const short = { chains: 1, warmup: 5, draws: 10 };
    const wishart = mcmcglmmPrior({
      G: [
        {
          V: [
            [100, 0],
            [0, 10],
          ],
          nu: 3,
        },
      ],
      R: { V: 100, nu: 2 },
    });
    const fit = await declared.sample(gibbs({ ...short, prior: wishart }));
    const rows = Object.fromEntries(fit.priors.map((row) => [`${row.class}:${row.name}`, row.prior]));
    expect(rows["cor:Subject"]).toBe("covariance ~ inverse-Wishart(V [[100, 0], [0, 10]], nu 3)");
    expect(rows["sigma:sigma"]).toBe("inverseGammaVariance(1, 100)");
    const other = await declared.sample(gibbs({ ...short, prior: huangWandPrior([[100, 50]]) }));
    expect(other.priors.find(({ name }) => name === "Subject.Days")!.prior).toBe(
      "covariance ~ Huang-Wand(df 2, scales 100, 50)",
    );
  });
});

/** Messages of a run that must be refused. */
async function faults(run: () => unknown): Promise<string[]> {
  try {
    await run();
  } catch (error) {
    if (error instanceof DeclarationError) return error.issues.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe("what Gibbs sampling does not serve is refused in a sentence", () => {
  const rows = Array.from({ length: 12 }, (_, i) => i);
  const data = { y: rows.map((i) => 1 + ((i * 5) % 7)), x: rows.map((i) => i % 4), g: rows.map((i) => "abc"[i % 3]!) };
  const declared = () => model(data).formula("y ~ x + (x | g)");

  test("families and links", async () => {
    expect(await faults(() => declared().family({ name: "Gamma" }).sample(gibbs()))).toEqual([
      "Gibbs sampling has no exact step for the Gamma family with log link; it serves gaussian, binomial with logit or probit link, cumulative with probit link, poisson and nbinom2 with log link. Sample this model with nuts().",
    ]);
  });

  test("priors, all at once", async () => {
    const found = await faults(() =>
      declared()
        .prior("fixed:x", uniform(-1, 1))
        .sample(
          gibbs({
            prior: mcmcglmmPrior({
              G: [
                { V: 1, nu: 1 },
                { V: 1, nu: 1 },
              ],
            }),
          }),
        ),
    );
    expect(found).toEqual([
      "The prior has 2 covariances of random effects, but the model has 1 random term.",
      "The prior of the term ((Intercept), x | g) is of 1 effect, but the term has 2.",
      "Gibbs sampling has no exact step for the prior uniform(-1, 1) of fixed:x; use normal, studentT, cauchy, doubleExponential or flat, or sample with nuts().",
    ]);
  });

  test("options", async () => {
    expect(await faults(() => gibbs({ chains: 0, thin: 0.5, target: "joint" } as never))).toHaveLength(3);
    expect(
      await faults(() =>
        mcmcglmmPrior({
          G: [
            {
              V: [
                [1, 2],
                [2, 1],
              ],
              nu: -1,
            },
          ],
        }),
      ),
    ).toHaveLength(2);
    expect(await faults(() => huangWandPrior([[0]]))).toHaveLength(1);
  });

  test("improper priors are warned of", async () => {
    const fit = await model(exampleData("sleepstudy"))
      .formula("Reaction ~ 1 + (1 | Subject)")
      .prior("fixed", flat())
      .sample(
        gibbs({ chains: 1, warmup: 5, draws: 10, prior: mcmcglmmPrior({ G: [{ V: 1, nu: 0 }], R: { V: 1, nu: 0 } }) }),
      );
    expect(fit.warnings.filter(({ code }) => code === "flat-prior")).toHaveLength(2);
  });

  test("lkj(2) on slopes is served, so nothing is refused by default", async () => {
    expect(
      await faults(() =>
        declared()
          .prior("cor", lkj(2))
          .sample(gibbs({ chains: 1, warmup: 2, draws: 5 })),
      ),
    ).toEqual([]);
  });
});
