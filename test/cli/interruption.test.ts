import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { untilInterrupted } from "../../src/cli/interruption.ts";
import { fitStatus } from "../../src/messages/cli.ts";
import { folderOf, runHere } from "./run-cli.ts";

const rows = Array.from({ length: 24 }, (_, i) => `${(i % 5) + Math.sin(i)},${i % 3},${i % 2},${"abcdef"[i % 6]}`);
const folder = folderOf({ "data.csv": `y,x,yes,g\n${rows.join("\n")}\n` });
afterAll(() => folder.remove());
const data = join(folder.path, "data.csv");

/** Sends this process Ctrl-C as soon as something listens for it. */
function interruptWhenHeard(): void {
  const before = process.listenerCount("SIGINT");
  const look = () => {
    if (process.listenerCount("SIGINT") > before) process.emit("SIGINT");
    else setImmediate(look);
  };
  setImmediate(look);
}

test.each([
  ["fit", "--formula", "y ~ x + (1 | g)"],
  ["fit", "--formula", "yes ~ x + (1 | g)", "--family", "binomial"],
  ["fit", "--formula", "y ~ x", "--method", "gee:exchangeable", "--id", "g"],
  ["predict", "--formula", "y ~ x + (1 | g)"],
  ["average", "--formula", "y ~ x + (1 | g)", "--by", "x"],
  ["compare", "--formula", "y ~ x + (1 | g)"],
  ["sample", "--formula", "y ~ x + (1 | g)", "--json"],
  ["sample", "--formula", "y ~ x + (1 | g)", "--serial", "--json", "--checkpoint", join(folder.path, "run.json")],
  ["sample", "--formula", "y ~ x + (1 | g)", "--sampler", "gibbs", "--json"],
  ["bootstrap", "--formula", "y ~ x + (1 | g)"],
])("Ctrl-C during %s says that there is no result", async (command, ...flags) => {
  const listeners = process.listenerCount("SIGINT");
  interruptWhenHeard();
  expect(await runHere([command, data, ...flags])).toEqual({
    status: 130,
    stdout: "",
    stderr: "Interrupted; no result was printed.\n",
  });
  expect(process.listenerCount("SIGINT")).toBe(listeners);
});

test("work that was released is not interrupted", async () => {
  const listeners = process.listenerCount("SIGINT");
  await expect(
    untilInterrupted(async (signal, release) => {
      release();
      return [signal.aborted, process.listenerCount("SIGINT")];
    }),
  ).resolves.toEqual([false, listeners]);
});

test("a terminal is told what a fit is at", () => {
  const searching = { phase: "other starts", start: "large effects", evaluations: 210, iteration: null };
  expect(fitStatus({ ...searching, method: "REML", logLik: -871.8141 })).toBe(
    "other starts (large effects), 210 evaluations, log-likelihood -871.814 (REML)",
  );
  const rounds = { phase: "working models", start: null, evaluations: 60, iteration: 4, method: null, logLik: null };
  expect(fitStatus(rounds)).toBe("working models, round 4, 60 evaluations");
});
