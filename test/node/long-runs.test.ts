/** Fits and bootstraps in worker threads, and their signals. The workers run the built program: `npm test` builds it first. */
import { describe, expect, it } from "vitest";
import {
  DeclarationError,
  type EstimatingEquations,
  type Family,
  type FitProgress,
  gee as geeOfLibrary,
  type MaximumLikelihood,
  model,
  poisson,
  pql,
} from "../../src/index.ts";
import { workerExecutor } from "../../src/node/worker-executor.ts";
import { clusterBootstrap } from "../../src/public/engines.ts";
import { saveFit } from "../../src/public/exchange.ts";
import { exchangeable } from "../../src/public/gee.ts";
import { normal } from "../../src/public/priors.ts";
import type { Executor } from "../../src/samplers/executor.ts";
import { performTask } from "../../src/tasks/perform-task.ts";

const g = Array.from({ length: 48 }, (_, i) => "abcdefghijkl"[i % 12]!);
const x = g.map((_, i) => Math.sin(i));
const y = g.map((level, i) => 1 + 0.5 * x[i]! + 0.4 * Math.cos(3 * level.charCodeAt(0)) + 0.2 * Math.cos(7 * i));
const count = y.map((value) => Math.round(3 * value));
const declared = model({ y, count, x, g }).formula("y ~ x + (1 | g)");
const counted = declared.response("count").family(poisson());
const marginal = declared.formula("y ~ x");
const gee = geeOfLibrary({ id: "g", correlation: exchangeable() });

/** Does tasks as a worker does, from a structured clone, without the second that a thread takes to start. */
const cloning = (threads: number): Executor & { tasks: number } => ({
  threads,
  tasks: 0,
  run: () => Promise.reject(new Error("no chains here")),
  async runTasks(tasks, { onTask }) {
    this.tasks += tasks.length;
    return tasks.map((task, t) =>
      structuredClone(performTask(structuredClone(task) as never, (done) => onTask?.(t, done))),
    );
  },
});

const saved = (fit: MaximumLikelihood | EstimatingEquations) => JSON.stringify(saveFit(fit as MaximumLikelihood));

describe("a fit by an executor", () => {
  it.each([
    ["REML", (options?: object) => declared.fit(undefined, options)],
    ["given start", (options?: object) => declared.fit("ml", { start: [1, 0.5, 0.3, 0.2], ...options })],
    ["auto", (options?: object) => counted.fit(undefined, options)],
    ["PQL", (options?: object) => counted.fit(pql(), options)],
    [
      "penalised",
      (options?: object) => declared.prior("fixed:x", normal(0, 0.1)).fit("ml", { penalised: true, ...options }),
    ],
    ["GEE", (options?: object) => marginal.fit(gee, options)],
  ] as const)("is that of this thread to the last bit: %s", async (_, fit) => {
    const executor = cloning(2);
    const here = await fit();
    const there = await fit({ executor });
    expect(executor.tasks).toBe(1);
    expect(saved(there as MaximumLikelihood)).toBe(saved(here as MaximumLikelihood));
    expect(there.tidy()).toEqual(here.tidy());
  });

  it("knows its declaration, and is refitted as the other", async () => {
    const there = await declared.fit("ml", { executor: cloning(1) });
    const here = await declared.fit("ml");
    expect(there.declaration).toBe(declared);
    expect(saved(there.refit(y.map((value) => 2 * value)))).toBe(saved(here.refit(y.map((value) => 2 * value))));
  });

  it("stays in this thread for a user's own family, of whatever name", async () => {
    const library = poisson();
    const own = { ...library, logDensity: ((...given) => library.logDensity(...given)) as Family["logDensity"] };
    const executor = cloning(1);
    const fit = await declared.response("count").family(own).fit("laplace", { executor });
    expect(executor.tasks).toBe(0);
    expect(fit.logLik).toBeCloseTo((await counted.fit("laplace")).logLik, 8);
    await clusterBootstrap(fit, { resamples: 1, executor });
    expect(executor.tasks).toBe(0);
  });

  it("carries the faults of the model and refuses what is no executor", async () => {
    await expect(counted.fit("reml", { executor: workerExecutor() })).rejects.toThrow(DeclarationError);
    await expect(declared.fit("ml", { executor: 3 as never })).rejects.toThrow(
      /executor of fit\(\) must be an executor/,
    );
  });

  it("tells from its worker thread how far it is, before it is there", async () => {
    const here: FitProgress[] = [];
    const fit = await counted.fit(undefined, { onProgress: (progress) => here.push(progress) });
    const there: FitProgress[] = [];
    let settled = false;
    const running = counted.fit(undefined, {
      executor: workerExecutor({ threads: 1 }),
      onProgress(progress) {
        expect(settled).toBe(false);
        there.push(progress);
      },
    });
    expect(saved(await running.finally(() => (settled = true)))).toBe(saved(fit));
    // the phases of this thread in their order, whatever the clock adds on either side, and the same end
    const phases = (events: readonly FitProgress[]) =>
      events.map(({ phase }) => phase).filter((phase, i, all) => phase !== all[i - 1]);
    const shared = phases(here).filter((phase) => phases(there).includes(phase));
    expect(phases(there).filter((phase) => shared.includes(phase))).toEqual(shared);
    expect(shared.length).toBeGreaterThan(1);
    expect(there.length).toBeGreaterThan(1);
    expect(there.at(-1)).toEqual(here.at(-1));
    there.slice(1).forEach(({ evaluations }, i) => {
      expect(evaluations).toBeGreaterThanOrEqual(there[i]!.evaluations);
    });
  });

  it("ends with the signal's own reason", async () => {
    const reason = new Error("enough");
    await expect(declared.fit("ml", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(marginal.fit(gee, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stop = new AbortController();
    const running = counted.fit(undefined, { signal: stop.signal, executor: workerExecutor() });
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    const soon = new AbortController();
    const here = declared.fit("ml", { signal: soon.signal });
    soon.abort(reason);
    await expect(here).rejects.toBe(reason);
  });
});

describe("a bootstrap in pieces", () => {
  it("is that of one piece, over any number of workers and with any statistic", async () => {
    for (const fit of [await declared.fit(), await marginal.fit(gee)]) {
      const options = { resamples: 5, seed: "pieces", statistic: "parameters" } as const;
      const whole = clusterBootstrap(fit, options);
      const others = [
        clusterBootstrap(fit, { ...options, onProgress() {} }),
        ...[1, 2, 5, 9].map((threads) => clusterBootstrap(fit, { ...options, executor: cloning(threads) })),
      ];
      for (const other of await Promise.all(others)) {
        expect(other.replicates).toEqual(whole.replicates);
        expect(other.rows).toEqual(whole.rows);
        expect(other.failures).toEqual(whole.failures);
      }
      const statistic = (again: MaximumLikelihood | EstimatingEquations) => ({ first: again.estimate[0]! });
      const executor = cloning(2);
      const boot = await clusterBootstrap(fit, { resamples: 3, seed: "pieces", statistic, executor });
      expect(executor.tasks).toBe(0);
      expect(boot.replicates).toEqual(
        Float64Array.from({ length: 3 }, (_, b) => whole.replicates[b * whole.names.length]!),
      );
    }
  });

  it("runs in worker threads, says how far it is, and can be stopped there and here", async () => {
    const fit = await declared.fit();
    const steps: number[] = [];
    const options = { resamples: 6, seed: 1, onProgress: ({ done }: { done: number }) => steps.push(done) };
    const boot = await clusterBootstrap(fit, { ...options, executor: workerExecutor({ threads: 2 }) });
    expect(boot.replicates).toEqual(clusterBootstrap(fit, { resamples: 6, seed: 1 }).replicates);
    expect(steps.at(-1)).toBe(6);
    const reason = new Error("enough");
    for (const executor of [undefined, workerExecutor({ threads: 1 })]) {
      const stop = new AbortController();
      const running = clusterBootstrap(fit, {
        resamples: 1_000_000,
        signal: stop.signal,
        onProgress: () => stop.abort(reason),
        ...(executor && { executor }),
      });
      await expect(running).rejects.toBe(reason);
    }
  });
});
