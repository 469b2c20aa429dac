import { expect, test } from "vitest";
import { minimise } from "../../src/optimise/bfgs.ts";
import type { Objective } from "../../src/optimise/objective.ts";
import { atOnce, inSlices, type Pausable, pauseDue, quietly, Slices, tell } from "../../src/optimise/pausable.ts";

/** Slices that are over at once, and what they were told. */
class Restless extends Slices {
  evaluations = 0;
  readonly phases: (string | undefined)[] = [];
  override due() {
    return true;
  }
  override evaluated() {
    this.evaluations++;
  }
  override tell({ phase }: { phase?: string }) {
    if (!this.quiet) this.phases.push(phase);
  }
}

const rosenbrock: Objective = (x, gradient) => {
  const [a, b] = [1 - x[0]!, x[1]! - x[0]! ** 2];
  gradient[0] = -2 * a - 400 * x[0]! * b;
  gradient[1] = 200 * b;
  return a * a + 100 * b * b;
};
const start = Float64Array.of(-1.2, 1);

test("a search in slices is the search at once, with a pause after every evaluation", async () => {
  const plain = atOnce(minimise(rosenbrock, start));
  let yields = 0;
  const sliced = await inSlices(minimise(rosenbrock, start), undefined, new Restless(), () => yields++);
  expect(sliced).toEqual(plain);
  expect(yields).toBe(plain.evaluations);
});

test("work done at once does not pause, also within work that does", async () => {
  let due: boolean | undefined;
  function* inner(): Pausable<number> {
    due = pauseDue();
    if (due) yield;
    return 1;
  }
  function* outer(): Pausable<[number, boolean]> {
    const result = atOnce(inner());
    yield;
    return [result, pauseDue()];
  }
  await expect(inSlices(outer(), undefined, new Restless())).resolves.toEqual([1, true]);
  expect(due).toBe(false);
  expect(pauseDue()).toBe(false);
});

test("an abort stops the work where it stands, with the signal's own reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  let steps = 0;
  function* endless(): Pausable<never> {
    for (;;) {
      steps++;
      yield;
    }
  }
  const work = inSlices(endless(), controller.signal, new Slices(), () => {
    if (steps === 7) controller.abort(reason);
  });
  await expect(work).rejects.toBe(reason);
  expect(steps).toBe(7);
});

test("timers fire between slices", async () => {
  const controller = new AbortController();
  const reason = new Error("from a timer");
  function* endless(): Pausable<never> {
    for (;;) if (pauseDue()) yield;
  }
  setTimeout(() => controller.abort(reason), 5);
  await expect(inSlices(endless(), controller.signal)).rejects.toBe(reason);
});

test("faults of the work reject, and news of models that stand for another are not told", async () => {
  function* faulty(): Pausable<void> {
    tell({ phase: "search" });
    yield* quietly(working());
    tell({ phase: "curvature" });
    throw new Error("a fault");
  }
  function* working(): Pausable<void> {
    tell({ phase: "starting values" });
    yield;
  }
  const watch = new Restless();
  await expect(inSlices(faulty(), undefined, watch)).rejects.toThrow("a fault");
  expect(watch.phases).toEqual(["search", "curvature"]);
});
