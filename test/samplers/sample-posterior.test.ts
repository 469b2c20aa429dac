/** Options, choice of the target, determinism, stopping, warnings. */
import { describe, expect, test } from "vitest";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { atOnce, inSlices, Slices } from "../../src/optimise/pausable.ts";
import { exponential, flat } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { binomialVariate, poissonVariate } from "../../src/random/variates.ts";
import { prepareTarget } from "../../src/samplers/choose-target.ts";
import type { ChainProgress } from "../../src/samplers/executor.ts";
import { samplePosterior } from "../../src/samplers/sample-posterior.ts";
import { hmc, nuts } from "../../src/samplers/sampler.ts";
import { samplingWarnings } from "../../src/samplers/sampling-diagnostics.ts";
import { cbpp, sleepstudy } from "./models.ts";

const short = { chains: 2, warmup: 60, draws: 50, seed: "short" };

describe("options", () => {
  test("defaults, frozen", () => {
    expect(nuts()).toEqual({
      kind: "nuts",
      metric: "auto",
      chains: 4,
      warmup: "auto",
      draws: 1000,
      seed: "1",
      targetAcceptance: 0.8,
      target: "auto",
      parameterisation: "auto",
      prior: null,
      maxTreeDepth: 10,
    });
    expect(Object.isFrozen(nuts())).toBe(true);
    expect(hmc({ steps: 5 })).toMatchObject({ kind: "hmc", trajectory: { steps: 5 } });
    expect(hmc()).toMatchObject({ trajectory: { length: Math.PI / 2 } });
  });
  test("all faults at once, and misspelt options", () => {
    const options = { chains: 0, draws: 1.5, targetAcceptance: 1, target: "both", tune: 3 } as unknown as Parameters<
      typeof nuts
    >[0];
    try {
      nuts(options);
      expect.unreachable();
    } catch (error) {
      expect((error as DeclarationError).issues.map((issue) => issue.path[1])).toEqual([
        "chains",
        "draws",
        "targetAcceptance",
        "target",
        "tune",
      ]);
    }
    expect(() => hmc({ steps: 3, length: 2 })).toThrow(DeclarationError);
  });
});

describe("the choice of the target", () => {
  const choose = (
    declaration: { compile(): Parameters<typeof prepareTarget>[0] },
    choice: "auto" | "joint" | "integrated" = "auto",
  ) => {
    const compiled = declaration.compile();
    return atOnce(prepareTarget(compiled, resolvePriors(compiled), choice));
  };

  class Restless extends Slices {
    override due() {
      return true;
    }
  }

  test("is made with pauses to the same bits, and stopped in its middle", async () => {
    const compiled = cbpp().compile();
    const prepare = () => prepareTarget(compiled, resolvePriors(compiled), "auto");
    const controller = new AbortController();
    let pauses = 0;
    const count = () => pauses++;
    await expect(inSlices(prepare(), undefined, new Restless(), count)).resolves.toEqual(atOnce(prepare()));
    expect(pauses).toBeGreaterThan(20);
    pauses = 0;
    const stop = () => {
      if (++pauses === 9) controller.abort(new Error("enough"));
    };
    await expect(inSlices(prepare(), controller.signal, new Restless(), stop)).rejects.toThrow("enough");
    expect(pauses).toBe(9);
  });

  const rng = createRng("choice");
  const groups = (count: number, n: number) => Array.from({ length: n }, (_, i) => `g${i % count}`);

  test("integrates where it is exact or cheap", () => {
    expect(choose(sleepstudy()).description).toBe("random effects integrated out (exact)");
    expect(choose(cbpp())).toMatchObject({
      description: "random effects integrated out (AGQ 5)",
      target: { method: { kind: "agq", nodes: 5 } },
    });
    expect(choose(cbpp(), "joint").reason).toMatch(/^as asked for; \(1 \| herd\): /);
  });

  test("a model without random effects has nothing to integrate, and no joint target", () => {
    const y = Array.from({ length: 40 }, () => poissonVariate(rng, 3));
    const x = y.map(() => rng.normal());
    const declaration = model({ y, x }).formula("y ~ x").family({ name: "poisson" });
    expect(choose(declaration).description).toBe("no random effects");
    expect(() => choose(declaration, "joint")).toThrow("the model has none");
  });

  test("crossed binary effects, for which Laplace is biased, are sampled; asked to integrate, it warns", () => {
    const [rows, ofA, ofB] = [240, 60, 70];
    const effectA = Array.from({ length: ofA }, () => 2 * rng.normal());
    const effectB = Array.from({ length: ofB }, () => 2 * rng.normal());
    const indexA = Array.from({ length: rows }, (_, i) => i % ofA);
    const indexB = Array.from({ length: rows }, (_, i) => (i * 7 + Math.floor(i / ofA)) % ofB);
    const y = indexA.map((a, i) => binomialVariate(rng, 1, 1 / (1 + Math.exp(-effectA[a]! - effectB[indexB[i]!]!))));
    const declaration = model({ y, a: indexA.map((i) => `a${i}`), b: indexB.map((i) => `b${i}`) })
      .formula("y ~ 1 + (1 | a) + (1 | b)")
      .family({ name: "binomial" });
    const chosen = choose(declaration);
    expect(chosen.description).toBe("random effects sampled, non-centred");
    expect(chosen.reason).toContain("Laplace");
    expect(choose(declaration, "integrated").warnings.map((warning) => warning.code)).toContain("laplace-inaccurate");
  });

  test("the mode of a variance that is not there is no obstacle", () => {
    const g = groups(8, 40);
    const y = g.map((_, i) => (i % 2 === 0 ? 1 : -1) + 0.01 * rng.normal());
    const chosen = choose(model({ y, g }).formula("y ~ 1 + (1 | g)"));
    expect(chosen.centre.every(Number.isFinite)).toBe(true);
    expect(chosen.metric.values.every(Number.isFinite)).toBe(true);
  });
});

describe("runs", () => {
  test("warm up shortly where mode and curvature are known, and say how long; as asked otherwise", async () => {
    const few = { chains: 1, draws: 5 };
    const compiled = cbpp().compile();
    expect((await samplePosterior(compiled, nuts(few))).sampler.warmup).toBe(250);
    expect((await samplePosterior(compiled, nuts({ ...few, target: "joint" }))).sampler.warmup).toBe(1000);
    expect((await samplePosterior(compiled, nuts({ ...few, metric: "diagonal" }))).sampler.warmup).toBe(1000);
    const fit = await samplePosterior(compiled, nuts({ ...few, warmup: 40 }));
    expect(fit.sampler.warmup).toBe(40);
    expect(fit.diagnostics.gradients.warmup[0]).toBeGreaterThan(40);
  });

  test("repeat bit for bit; each seed, chain and sampler has its own draws", async () => {
    const once = await samplePosterior(sleepstudy().compile(), nuts(short));
    const again = await samplePosterior(sleepstudy().compile(), nuts(short));
    expect(again.draws).toEqual(once.draws);
    expect(again.randomEffects()).toEqual(once.randomEffects());
    const other = await samplePosterior(sleepstudy().compile(), nuts({ ...short, seed: "other" }));
    expect(other.draws.values).not.toEqual(once.draws.values);
    const half = once.draws.values.length / 2;
    expect(once.draws.values.slice(0, half)).not.toEqual(once.draws.values.slice(half));
  });

  test("all sds drawn are positive and all correlations proper, with signed and with log sds", async () => {
    for (const declaration of [
      sleepstudy(),
      sleepstudy().prior("sd", exponential(0.05)).prior("sd:Subject.Days", exponential(0.1)),
    ]) {
      const fit = await samplePosterior(declaration.compile(), nuts(short));
      const { offset } = fit.model.layout.terms[0]!;
      const { values, size } = fit.draws;
      for (let i = 0; i < values.length; i += size) {
        expect(values[i + offset]).toBeGreaterThan(0);
        expect(values[i + offset + 2]).toBeGreaterThan(0);
      }
    }
  });

  test("progress reaches every chain's end", async () => {
    const steps: ChainProgress[] = [];
    await samplePosterior(sleepstudy().compile(), hmc({ ...short, steps: 4 }), {
      onProgress: (step) => steps.push(step),
    });
    for (const chain of [0, 1])
      expect(steps.filter((step) => step.chain === chain).at(-1)).toEqual({
        chain,
        iteration: 110,
        total: 110,
        phase: "sampling",
      });
  });

  test("an abort in the middle rejects with an AbortError", async () => {
    const stop = new AbortController();
    const run = samplePosterior(sleepstudy().compile(), nuts({ draws: 10_000_000 }), {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("warnings", () => {
  test("short chains are told to run longer; flat priors are named", async () => {
    const fit = await samplePosterior(
      sleepstudy().prior("fixed:Days", flat()).compile(),
      nuts({ ...short, draws: 10 }),
    );
    const codes = fit.warnings.map((warning) => warning.code);
    expect(codes).toContain("flat-prior");
    expect(codes).toContain("too-few-draws");
    expect(codes).not.toContain("rhat");
    expect(fit.glance().converged).toBe(false);
    for (const { message } of fit.warnings) expect(message).toMatch(/^[A-Z].*\.$/s);
  });

  test("each trouble has its sentence", () => {
    const summary = {
      mean: 0,
      sd: 1,
      median: 0,
      rhat: 1.2,
      essBulk: 40,
      essTail: 30,
      mcse: 0.1,
      tailShape: 0,
      quantile: () => 0,
    };
    const diagnostics = {
      divergences: [3, 0],
      maximumTreeDepths: [0, 2],
      treeDepths: [[], []],
      ebfmi: [0.1, 0.9],
      stepSizes: [1, 1],
      acceptance: [0.8, 0.8],
      gradients: { warmup: [1, 1], sampling: [1, 1], preparation: 0 },
    };
    expect(
      samplingWarnings(nuts({ chains: 2, draws: 500 }), diagnostics, [{ term: "Days", summary }]).map(
        ({ message }) => message,
      ),
    ).toMatchInlineSnapshot(`
      [
        "3 of 1000 transitions diverged, so parts of the posterior may not have been visited; raise targetAcceptance above 0.8, or give the standard deviations a more informative prior.",
        "2 of 1000 transitions stopped at the maximum tree depth of 10; the draws are valid but costly, raise maxTreeDepth if effective sample sizes are small.",
        "The energy of chain 1 mixes slowly (E-BFMI 0.10, should be above 0.3); the tails of the posterior may be poorly explored.",
        "The chains do not agree: R-hat of Days is 1.200 (should be below 1.01); run more warm-up and draws.",
        "The bulk effective sample size of Days is 40, below 200 (100 a chain); run more draws.",
        "The tail effective sample size of Days is 30, below 200 (100 a chain); run more draws.",
      ]
    `);
  });
});
