/** Runs that are stopped and taken up again, and fits made longer, beside uninterrupted runs: bit for bit. */
import { describe, expect, test } from "vitest";
import { type Checkpoint, gibbs, hmc, model, nuts, type Posterior } from "../../src/index.ts";
import { workerExecutor } from "../../src/node/index.ts";
import { resume } from "../../src/public/engines.ts";
import {
  drawsFromArrow,
  drawsFromCmdStan,
  drawsToArrow,
  drawsToCmdStan,
  loadFit,
  namedDraws,
  saveFit,
} from "../../src/public/exchange.ts";
import { cauchy, halfCauchy, halfStudentT, huangWandPrior, mcmcglmmPrior, studentT } from "../../src/public/priors.ts";
import { cbpp, eightSchools, exampleData, sleepstudy } from "../samplers/models.ts";

/** 90 iterations a chain, of which 60 adapt in windows. */
const short = { chains: 2, warmup: 60, draws: 30, seed: "resume" };

/** Five herds' incidences in three ordered classes. */
const ordinal = () => {
  const data = exampleData("cbpp");
  const incidence = data["incidence"] as number[];
  const severity = incidence.map((count) => (count === 0 ? "1 none" : count < 3 ? "2 some" : "3 many"));
  return model({ ...data, period: data["period"]!.map(String), severity })
    .formula("severity ~ period + (1 | herd)" as string)
    .family({ name: "cumulative", link: "probit" })
    .prior("fixed", studentT(4, 0, 2));
};

const counts = (family: "poisson" | "nbinom2") =>
  cbpp()
    .formula("incidence ~ period + offset(log(size)) + (1 | herd)" as string)
    .family({ name: family });

/** Every bit that a sampler decides. */
function expectSameRun(found: Posterior, wanted: Posterior): void {
  expect(found.draws).toEqual(wanted.draws);
  expect(found.statistics).toEqual(wanted.statistics);
  expect(found.diagnostics).toEqual(wanted.diagnostics);
  expect(found.sampler).toEqual(wanted.sampler);
  expect(found.randomEffects()).toEqual(wanted.randomEffects());
  expect(found.tidy()).toEqual(wanted.tidy());
  expect(found.warnings).toEqual(wanted.warnings);
}

describe("a checkpoint", () => {
  test.each([
    ["NUTS on the integrated posterior", () => sleepstudy(), nuts(short)],
    ["HMC on the integrated posterior", () => sleepstudy(), hmc({ ...short, steps: 5 })],
    ["NUTS with sampled random effects", () => cbpp(), nuts({ ...short, target: "joint", metric: "diagonal" })],
    [
      "NUTS with sampled random effects, centred",
      () => cbpp(),
      nuts({ ...short, target: "joint", parameterisation: "centred" }),
    ],
    ["NUTS with a low-rank metric", () => cbpp(), nuts({ ...short, target: "joint", metric: "low-rank" })],
  ])("of %s resumes to the same run from wherever it is, after JSON", async (_, declare, sampler) => {
    const states: Checkpoint[] = [];
    const whole = await declare().sample(sampler, { checkpoint: (state) => states.push(state), every: 25 });
    // After 25, 50, 75 and the last.
    expect(states.map(({ chains }) => chains.map((chain) => chain?.done ?? null))).toEqual([
      [25, null],
      [50, null],
      [75, null],
      [90, null],
      [90, 25],
      [90, 50],
      [90, 75],
      [90, 90],
    ]);
    const plain = await declare().sample(sampler);
    expectSameRun(whole, plain);
    for (const at of [0, 2, 5, 7]) expectSameRun(await resume(JSON.stringify(states[at])), plain);
  });

  test("is made again while a resumed run goes on", async () => {
    let last: Checkpoint | undefined;
    const checkpoint = (state: Checkpoint) => {
      last = state;
      if (state.chains[1]?.done === 20) throw new Error("power cut");
    };
    await expect(sleepstudy().sample(nuts(short), { checkpoint, every: 20 })).rejects.toThrow("power cut");
    const seen: unknown[] = [];
    const fit = await resume(last!, { every: 25, checkpoint: ({ chains }) => seen.push(chains.map((c) => c?.done)) });
    expect(seen).toEqual([25, 50, 75, 90].map((done) => [90, done]));
    expectSameRun(fit, await sleepstudy().sample(nuts(short)));
  });

  test("that is none is refused, and so is a senseless interval; what the callback throws stops the run", async () => {
    await expect(resume("{}")).rejects.toThrow("not a checkpoint of a run of chains");
    const checkpoint = () => undefined;
    await expect(sleepstudy().sample(nuts(short), { checkpoint, every: 0 })).rejects.toThrow(
      "every of sample() must be a whole number of at least 1, not 0.",
    );
    const failing = () => {
      throw new Error("disk full");
    };
    await expect(sleepstudy().sample(nuts(short), { checkpoint: failing, every: 10 })).rejects.toThrow("disk full");
  });
});

describe("extending a fit", () => {
  test.each([
    ["random effects integrated out", () => sleepstudy(), short],
    ["random effects sampled", () => cbpp(), { ...short, target: "joint" as const }],
  ])("gives the draws of one longer run: %s", async (_, declare, options) => {
    const fit = await declare().sample(nuts(options));
    const before = fit.draws.values.slice();
    const longer = await fit.extend(25);
    const wanted = await declare().sample(nuts({ ...options, draws: 55 }));
    expectSameRun(longer, wanted);
    expect(fit.draws.values).toEqual(before);
    // In several steps, and from a loaded fit.
    expectSameRun(await (await fit.extend(10)).extend(15), wanted);
    const loaded = loadFit(JSON.stringify(saveFit(fit))) as Posterior;
    expectSameRun(await loaded.extend(25), wanted);
  });

  test("refuses a number that is no number of draws", async () => {
    const fit = await sleepstudy().sample(nuts({ ...short, warmup: 20, draws: 10 }));
    await expect(fit.extend(0)).rejects.toThrow(
      "The number of draws of extend() must be a whole number of at least 1, not 0.",
    );
    await expect(fit.extend(2.5)).rejects.toThrow(
      "The number of draws of extend() must be a whole number of at least 1, not 2.5.",
    );
  });
});

describe("worker threads", () => {
  test("send checkpoints, take runs up again and extend fits with the same draws", async () => {
    const executor = workerExecutor({ threads: 2 });
    const states: Checkpoint[] = [];
    const fit = await sleepstudy().sample(nuts(short), { executor, checkpoint: (s) => states.push(s), every: 30 });
    expect(states.length).toBe(6);
    const plain = await sleepstudy().sample(nuts(short));
    expectSameRun(fit, plain);
    expectSameRun(await resume(states[1]!, { executor }), plain);
    expectSameRun(await fit.extend(15, { executor }), await sleepstudy().sample(nuts({ ...short, draws: 45 })));
    const failing = () => {
      throw new Error("disk full");
    };
    const failed = sleepstudy().sample(nuts(short), { executor, checkpoint: failing, every: 30 });
    await expect(failed).rejects.toThrow("disk full");
  });
});

describe("Gibbs sampling", () => {
  test.each([
    ["Gaussian effects drawn jointly", () => sleepstudy()],
    ["standard deviations drawn without the effects", () => eightSchools()],
    [
      "mixtures of sigma, of a standard deviation and of the coefficients",
      () => sleepstudy().prior("fixed", cauchy(0, 100)).prior("sigma", halfCauchy(50)).prior("sd", halfStudentT(3, 50)),
    ],
    ["latent normals between thresholds", () => ordinal()],
    ["Pólya-Gamma variables", () => cbpp()],
    ["latent normals", () => cbpp().family({ name: "binomial", link: "probit" })],
    ["negative binomial, Student-t coefficients", () => counts("nbinom2").prior("fixed", studentT(4, 0, 2))],
    ["Metropolis steps", () => counts("poisson")],
    [
      "Metropolis steps without random effects",
      () => model(exampleData("cbpp")).formula("incidence ~ period").family({ name: "poisson" }),
    ],
  ])("resumes, extends and loads to the same draws: %s", async (_, declare) => {
    const options = { chains: 2, warmup: 12, draws: 9, thin: 2, seed: "gibbs" };
    const sampler = gibbs(options);
    const states: Checkpoint[] = [];
    const whole = await declare().sample(sampler, { checkpoint: (state) => states.push(state), every: 7 });
    // 30 sweeps a chain: within the warm-up, between two kept draws, after 28 and the last.
    expect(states.map(({ chains }) => chains.map((chain) => chain?.done ?? null))).toEqual([
      ...[7, 14, 21, 28, 30].map((done) => [done, null]),
      ...[7, 14, 21, 28, 30].map((done) => [30, done]),
    ]);
    const plain = await declare().sample(sampler);
    expectSameRun(whole, plain);
    for (const at of [0, 1, 2, 4, 6, 9]) expectSameRun(await resume(JSON.stringify(states[at])), plain);
    const longer = await declare().sample(gibbs({ ...options, draws: 15 }));
    expectSameRun(await plain.extend(6), longer);
    expectSameRun(await (await plain.extend(4)).extend(2), longer);
    const loaded = loadFit(JSON.stringify(saveFit(plain))) as Posterior;
    expect(loaded.tidy()).toEqual(plain.tidy());
    expect(loaded.diagnostics).toEqual(plain.diagnostics);
    expectSameRun(await loaded.extend(6), longer);
    await expect(plain.extend(0)).rejects.toThrow(
      "The number of draws of extend() must be a whole number of at least 1, not 0.",
    );
  });

  test("resumes and extends with proposals fitted in the warm-up", async () => {
    const options = { chains: 2, warmup: 60, draws: 20, seed: "fitted" };
    const states: Checkpoint[] = [];
    const plain = await eightSchools().sample(gibbs(options), { checkpoint: (s) => states.push(s), every: 20 });
    expect(plain.diagnostics.blocks).toHaveLength(1);
    for (const state of states) expectSameRun(await resume(JSON.stringify(state)), plain);
    expectSameRun(await plain.extend(15), await eightSchools().sample(gibbs({ ...options, draws: 35 })));
  });

  const expanded = mcmcglmmPrior({ G: [{ V: [100, 25], nu: 3, alphaV: [1, 2] }], R: { V: 100, nu: 2 } });

  test.each([
    ["parameter-expanded", expanded],
    ["Huang and Wand's", huangWandPrior([[100, 50]])],
  ])("with priors of whole matrices, in worker threads: %s", async (_, prior) => {
    const executor = workerExecutor({ threads: 2 });
    const options = { chains: 2, warmup: 10, draws: 20, seed: 5, prior };
    const sampler = gibbs(options);
    const states: Checkpoint[] = [];
    const declared = sleepstudy();
    const plain = await declared.sample(sampler);
    expectSameRun(await declared.sample(sampler, { executor, checkpoint: (s) => states.push(s), every: 11 }), plain);
    expect(states).toHaveLength(6);
    expectSameRun(await resume(states[2]!, { executor }), plain);
    expectSameRun(await plain.extend(5, { executor }), await declared.sample(gibbs({ ...options, draws: 25 })));
  });

  test("a checkpoint of another model is refused", async () => {
    let last: Checkpoint | undefined;
    await cbpp().sample(gibbs({ chains: 1, warmup: 5, draws: 5 }), { checkpoint: (state) => (last = state) });
    const { gamma: _, ...arrays } = (last!.chains[0] as unknown as { arrays: Record<string, unknown> }).arrays;
    const broken = { ...last!, chains: [{ ...last!.chains[0]!, done: 3, arrays }] };
    await expect(resume(JSON.stringify(broken))).rejects.toThrow("not a checkpoint of a run of chains");
  });

  test("is exported", async () => {
    const fit = await sleepstudy().sample(gibbs({ chains: 2, warmup: 30, draws: 20, seed: "gibbs" }));
    const draws = namedDraws(fit, { randomEffects: true });
    expect(drawsFromArrow(drawsToArrow(draws)).variables).toEqual(draws.variables);
    expect(drawsFromCmdStan(drawsToCmdStan(draws)).variables[0]).toEqual(draws.variables[0]);
  });
});
