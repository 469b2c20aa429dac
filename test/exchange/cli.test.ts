/** Saved fits, draws and checkpoints on the command line. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Posterior, populationAverage, predict } from "../../src/index.ts";
import { readCheckpoint, readDraws, readFit } from "../../src/node/index.ts";
import { makeCheckpoint } from "../../src/samplers/checkpoint.ts";
import { folderOf, runHere } from "../cli/run-cli.ts";

const folder = folderOf({});
afterAll(() => folder.remove());
const at = (name: string) => join(folder.path, name);

const DECLARED = ["examples/data/sleepstudy.csv", "--formula", "Reaction ~ Days + (Days | Subject)"];
const SHORT = ["--chains", "2", "--warmup", "60", "--draws", "40", "--seed", "cli", "--serial"];

describe("marginalia sample", () => {
  test("saves the fit and its draws; predict and average read it", async () => {
    const out = ["--save", at("fit.json"), "--draws-out", at("draws.csv"), "--draws-effects", "--json"];
    const sampled = await runHere(["sample", ...DECLARED, ...SHORT, ...out]);
    expect(sampled.status).toBe(0);
    const fit = (await readFit(at("fit.json"))) as Posterior;
    expect(JSON.parse(sampled.stdout).tidy[1].estimate).toBe(fit.tidy()[1]!.estimate);
    const draws = await readDraws(at("draws.csv"));
    expect([draws.chains, draws.drawsPerChain, draws.variables.length]).toEqual([2, 40, 42]);
    expect(draws.variables[0]!.values[0]).toBe(fit.draws.values[0]);

    const averaged = await runHere(["average", "--fit", at("fit.json"), "--at", "Days=0,9", "--json"]);
    expect(averaged.stderr).toBe("");
    const rows = populationAverage(fit, { at: { Days: ["0", "9"] } }).rows;
    expect(JSON.parse(averaged.stdout).average).toEqual(JSON.parse(JSON.stringify(rows)));

    const newdata = at("new.csv");
    writeFileSync(newdata, "Days,Subject\n3,308\n4,309\n");
    const predicted = await runHere(["predict", "--fit", at("fit.json"), "--newdata", newdata, "--json"]);
    const wanted = predict(fit, { newdata: { Days: [3, 4], Subject: ["308", "309"] } }).rows;
    expect(JSON.parse(predicted.stdout).predict.map((row: { estimate: number }) => row.estimate)).toEqual(
      wanted.map(({ estimate }) => estimate),
    );
  });

  test("reads a fit by maximum likelihood too", async () => {
    expect((await runHere(["fit", ...DECLARED, "--save", at("ml.json"), "--json"])).status).toBe(0);
    const averaged = await runHere(["average", "--fit", at("ml.json"), "--at", "Days=5", "--json"]);
    const rows = populationAverage(await readFit(at("ml.json")), { at: { Days: ["5"] } }).rows;
    expect(JSON.parse(averaged.stdout).average).toEqual(JSON.parse(JSON.stringify(rows)));
  });

  test.each(["nuts", "gibbs"])("completes the run of a checkpoint with the same draws: %s", async (sampler) => {
    const kept = ["--checkpoint", at("run.json"), "--every", "30", "--draws-out", at("whole.arrow"), "--json"];
    const run = ["--sampler", sampler, ...kept];
    expect((await runHere(["sample", ...DECLARED, ...SHORT, ...run])).status).toBe(0);
    // As if the run had been stopped in the middle of the second chain's draws.
    const { model, run: begun, chains } = await readCheckpoint(at("run.json"));
    expect(chains.map((chain) => chain?.done)).toEqual([100, 100]);
    writeFileSync(at("stopped.json"), JSON.stringify(makeCheckpoint(model, begun, [chains[0]!, null])));
    const rest = ["--resume", at("stopped.json"), "--serial", "--draws-out", at("again.arrow"), "--json"];
    const resumed = await runHere(["sample", ...rest]);
    expect(resumed.stderr).toBe("");
    expect((await readDraws(at("again.arrow"))).variables).toEqual((await readDraws(at("whole.arrow"))).variables);
    expect((await readCheckpoint(at("stopped.json"))).chains[1]!.done).toBe(100);
  });

  test("completes a run of Gibbs sampling too", async () => {
    const gibbs = [...SHORT, "--sampler", "gibbs", "--checkpoint", at("gibbs.json"), "--every", "70"];
    const whole = await runHere(["sample", ...DECLARED, ...gibbs, "--draws-out", at("gibbs.arrow"), "--json"]);
    expect(whole.status, whole.stderr).toBe(0);
    const fit = JSON.parse(whole.stdout);
    const { model, run, chains } = await readCheckpoint(at("gibbs.json"));
    writeFileSync(at("gibbs-stopped.json"), JSON.stringify(makeCheckpoint(model, run, [null, chains[1]!])));
    const rest = ["--resume", at("gibbs-stopped.json"), "--serial", "--draws-out", at("gibbs-again.arrow"), "--json"];
    const resumed = await runHere(["sample", ...rest]);
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout).tidy).toEqual(fit.tidy);
    const variables = async (name: string) => (await readDraws(at(name))).variables;
    expect(await variables("gibbs-again.arrow")).toEqual(await variables("gibbs.arrow"));
  });

  test("reports every fault of these options at once", async () => {
    const draws = ["--draws-out", at("draws.rds"), "--every", "none"];
    const bad = await runHere(["sample", ...DECLARED, "--resume", at("absent.json"), "--seed", "2", ...draws]);
    expect(bad.status).toBe(2);
    expect(bad.stderr).toContain("does not say the format of the draws");
    expect(bad.stderr).toContain("--every must be a whole number of at least 1");
    expect(bad.stderr).toContain("one argument too many");
    expect(bad.stderr).toContain("--formula cannot be given with --resume");
    expect(bad.stderr).toContain("--seed cannot be given with --resume");
    expect(bad.stderr).toContain("There is no file");
    expect(existsSync(at("absent.json"))).toBe(false);

    const beside = await runHere([
      "average",
      ...DECLARED,
      "--fit",
      at("absent.json"),
      "--sampler",
      "nuts",
      "--by",
      "x",
    ]);
    expect(beside.status).toBe(2);
    expect(beside.stderr).toContain("--formula cannot be given with --fit");
    expect(beside.stderr).toContain("--sampler cannot be given with --fit");
    expect(beside.stderr).toContain("one argument too many");
    expect(beside.stderr).toContain("There is no file");
  });
});
