/** Chains in worker threads. They run the built program: `npm test` builds it first. */
import { describe, expect, test } from "vitest";
import { workerExecutor } from "../../src/node/worker-executor.ts";
import type { ChainProgress } from "../../src/samplers/executor.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { samplePosterior } from "../../src/samplers/sample-posterior.ts";
import { hmc, nuts } from "../../src/samplers/sampler.ts";
import { cbpp, sleepstudy } from "../samplers/models.ts";

const short = { chains: 3, warmup: 60, draws: 40, seed: "workers" };

describe.each([
  ["sleepstudy, integrated", () => sleepstudy().compile(), nuts({ ...short, target: "integrated" })],
  ["sleepstudy, joint", () => sleepstudy().compile(), hmc({ ...short, steps: 8, target: "joint" })],
  ["cbpp, integrated", () => cbpp().compile(), nuts({ ...short, target: "integrated" })],
] as const)("%s", (_, compile, sampler) => {
  test("the draws are those of the serial run, bit for bit", async () => {
    const serial = await samplePosterior(compile(), sampler);
    const progress: ChainProgress[] = [];
    const parallel = await samplePosterior(compile(), sampler, {
      executor: workerExecutor({ threads: 2 }),
      onProgress: (step) => progress.push(step),
    });
    expect(parallel.draws.values).toEqual(serial.draws.values);
    expect(parallel.randomEffects()).toEqual(serial.randomEffects());
    expect(parallel.diagnostics).toEqual(serial.diagnostics);
    for (const chain of [0, 1, 2]) {
      const steps = progress.filter((step) => step.chain === chain);
      expect(steps.at(-1)).toEqual({ chain, iteration: 100, total: 100, phase: "sampling" });
    }
  });
});

test("an abort stops the workers and rejects with an AbortError", async () => {
  const stop = new AbortController();
  const run = samplePosterior(cbpp().compile(), nuts({ chains: 2, warmup: 1000, draws: 1_000_000, target: "joint" }), {
    executor: workerExecutor(),
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
});

test("an executor with a signal that is already aborted does not start", async () => {
  const run = samplePosterior(cbpp().compile(), nuts(short), {
    executor: workerExecutor(),
    signal: AbortSignal.abort(),
  });
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
});

test("Gibbs chains too", async () => {
  const sampler = gibbs({ chains: 2, warmup: 10, draws: 20, seed: "workers" });
  const serial = await samplePosterior(cbpp().compile(), sampler);
  const parallel = await samplePosterior(cbpp().compile(), sampler, { executor: workerExecutor({ threads: 2 }) });
  expect(parallel.draws.values).toEqual(serial.draws.values);
  expect(parallel.randomEffects()).toEqual(serial.randomEffects());
  expect(parallel.diagnostics).toEqual(serial.diagnostics);
});
