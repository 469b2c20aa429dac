/** Runs that are stopped and taken up again, and fits made longer, beside uninterrupted runs: bit for bit. */
import { describe, expect, test } from "vitest";
import {
  type Checkpoint,
  drawsFromArrow,
  drawsFromCmdStan,
  drawsToArrow,
  drawsToCmdStan,
  gibbs,
  hmc,
  loadFit,
  namedDraws,
  nuts,
  type Posterior,
  resume,
  saveFit,
} from "../../src/index.ts";
import { workerExecutor } from "../../src/node/index.ts";
import { cbpp, sleepstudy } from "../samplers/models.ts";

const short = { chains: 2, warmup: 120, draws: 60, seed: "resume" };

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
    ["NUTS with a low-rank metric", () => cbpp(), nuts({ ...short, target: "joint", metric: "low-rank" })],
  ])("of %s resumes to the same run from wherever it is, after JSON", async (_, declare, sampler) => {
    const states: Checkpoint[] = [];
    const whole = await declare().sample(sampler, { checkpoint: (state) => states.push(state), every: 50 });
    // 180 iterations a chain: after 50, 100, 150 and the last.
    expect(states.map(({ chains }) => chains.map((chain) => chain?.done ?? null))).toEqual([
      [50, null],
      [100, null],
      [150, null],
      [180, null],
      [180, 50],
      [180, 100],
      [180, 150],
      [180, 180],
    ]);
    const plain = await declare().sample(sampler);
    expectSameRun(whole, plain);
    for (const at of [0, 2, 5, 7]) expectSameRun(await resume(JSON.stringify(states[at])), plain);
  });

  test("is made again while a resumed run goes on", async () => {
    let last: Checkpoint | undefined;
    const checkpoint = (state: Checkpoint) => {
      last = state;
      if (state.chains[1]?.done === 40) throw new Error("power cut");
    };
    await expect(sleepstudy().sample(nuts(short), { checkpoint, every: 40 })).rejects.toThrow("power cut");
    const seen: unknown[] = [];
    const fit = await resume(last!, { every: 50, checkpoint: ({ chains }) => seen.push(chains.map((c) => c?.done)) });
    expect(seen).toEqual([50, 100, 150, 180].map((done) => [180, done]));
    expectSameRun(fit, await sleepstudy().sample(nuts(short)));
  });

  test("that is none is refused, and so is a senseless interval; what the callback throws stops the run", async () => {
    await expect(resume("{}")).rejects.toThrow("not a checkpoint of a run of chains");
    const checkpoint = () => undefined;
    await expect(sleepstudy().sample(nuts(short), { checkpoint, every: 0 })).rejects.toThrow(
      "Checkpoints cannot be made every 0 iterations",
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
    const wanted = await declare().sample(nuts({ ...options, draws: 85 }));
    expectSameRun(longer, wanted);
    expect(fit.draws.values).toEqual(before);
    // In several steps, and from a loaded fit.
    expectSameRun(await (await fit.extend(10)).extend(15), wanted);
    const loaded = loadFit(JSON.stringify(saveFit(fit))) as Posterior;
    expectSameRun(await loaded.extend(25), wanted);
  });

  test("refuses a number that is no number of draws", async () => {
    const fit = await sleepstudy().sample(nuts({ ...short, warmup: 20, draws: 10 }));
    await expect(fit.extend(0)).rejects.toThrow("cannot be extended by 0 draws");
    await expect(fit.extend(2.5)).rejects.toThrow("cannot be extended by 2.5 draws");
  });
});

describe("worker threads", () => {
  test("send checkpoints, take runs up again and extend fits with the same draws", async () => {
    const executor = workerExecutor({ threads: 2 });
    const states: Checkpoint[] = [];
    const fit = await sleepstudy().sample(nuts(short), { executor, checkpoint: (s) => states.push(s), every: 60 });
    expect(states.length).toBe(6);
    const plain = await sleepstudy().sample(nuts(short));
    expectSameRun(fit, plain);
    expectSameRun(await resume(states[1]!, { executor }), plain);
    expectSameRun(await fit.extend(15, { executor }), await sleepstudy().sample(nuts({ ...short, draws: 75 })));
    const failing = () => {
      throw new Error("disk full");
    };
    const failed = sleepstudy().sample(nuts(short), { executor, checkpoint: failing, every: 60 });
    await expect(failed).rejects.toThrow("disk full");
  });
});

describe("Gibbs sampling", () => {
  test("has no checkpoints and is not extended, but is saved, loaded and exported", async () => {
    const sampler = gibbs({ chains: 2, warmup: 30, draws: 20, seed: "gibbs" });
    await expect(sleepstudy().sample(sampler, { checkpoint: () => undefined })).rejects.toThrow(
      "Chains of gibbs() cannot be taken up again",
    );
    const fit = await sleepstudy().sample(sampler);
    await expect(fit.extend(5)).rejects.toThrow("cannot be gone on with");
    const loaded = loadFit(JSON.stringify(saveFit(fit))) as Posterior;
    expect(loaded.tidy()).toEqual(fit.tidy());
    expect(loaded.randomEffects()).toEqual(fit.randomEffects());
    expect(loaded.diagnostics).toEqual(fit.diagnostics);
    const draws = namedDraws(fit, { randomEffects: true });
    expect(drawsFromArrow(drawsToArrow(draws)).variables).toEqual(draws.variables);
    expect(drawsFromCmdStan(drawsToCmdStan(draws)).variables[0]).toEqual(draws.variables[0]);
  });
});
