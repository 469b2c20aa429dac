/** Fits of both kinds through JSON and bytes. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packTree, unpackTree } from "../../src/exchange/packed-tree.ts";
import {
  fitToBytes,
  loadFit,
  type MaximumLikelihood,
  model,
  nuts,
  type Posterior,
  populationAverage,
  predict,
  resume,
  saveFit,
} from "../../src/index.ts";
import { checkpointFile, readCheckpoint, readFit, writeFit } from "../../src/node/index.ts";
import { cbpp, sleepstudy } from "../samplers/models.ts";

const folder = mkdtempSync(join(tmpdir(), "marginalia-saved-"));
afterAll(() => rmSync(folder, { recursive: true }));

const short = nuts({ chains: 2, warmup: 100, draws: 50, seed: "saved" });
let integrated: Posterior;
let joint: Posterior;
beforeAll(async () => {
  integrated = await cbpp().sample(short);
  joint = await cbpp().sample(nuts({ chains: 2, warmup: 100, draws: 50, seed: "saved", target: "joint" }));
});

/** All that a fit is asked for. */
function expectSamePosterior(found: Posterior, wanted: Posterior): void {
  expect(found.method).toBe(wanted.method);
  expect(found.tidy({ effects: ["fixed", "ran_pars", "aux", "ran_vals"] })).toEqual(
    wanted.tidy({ effects: ["fixed", "ran_pars", "aux", "ran_vals"] }),
  );
  expect(found.glance()).toEqual(wanted.glance());
  expect(found.ranef()).toEqual(wanted.ranef());
  expect(found.priors).toEqual(wanted.priors);
  expect(found.diagnostics).toEqual(wanted.diagnostics);
  expect(found.warnings).toEqual(wanted.warnings);
  expect(found.draws).toEqual(wanted.draws);
  expect(found.randomEffects()).toEqual(wanted.randomEffects());
  expect(predict(found).rows).toEqual(predict(wanted).rows);
  expect(populationAverage(found, { by: "period" }).rows).toEqual(populationAverage(wanted, { by: "period" }).rows);
}

describe("a posterior", () => {
  test("comes back from JSON and from bytes with every bit, its random effects drawn again", () => {
    for (const fit of [integrated, joint]) {
      expectSamePosterior(loadFit(JSON.stringify(saveFit(fit))) as Posterior, fit);
      expectSamePosterior(loadFit(fitToBytes(fit)) as Posterior, fit);
    }
    expect(saveFit(integrated).posterior.randomEffects).toBeNull();
    expect(saveFit(joint).posterior.randomEffects?.[0]?.length).toBe(100 * 15);
  });

  test("is written to and read from files of either format, the binary one the smaller", async () => {
    const json = join(folder, "fit.json");
    const binary = join(folder, "fit.bin");
    await writeFit(json, joint);
    await writeFit(binary, joint);
    expectSamePosterior((await readFit(json)) as Posterior, joint);
    expectSamePosterior((await readFit(binary)) as Posterior, joint);
    expect(statSync(binary).size).toBeLessThan(0.75 * statSync(json).size);
    await writeFit(join(folder, "named.json"), joint, { format: "binary" });
    expectSamePosterior((await readFit(join(folder, "named.json"))) as Posterior, joint);
  });

  test("keeps what JSON has no number for", () => {
    const changed = {
      ...integrated.toData(),
      diagnostics: { ...integrated.diagnostics, ebfmi: [Number.NaN, 1], stepSizes: [0, 1] },
    };
    const fit = { ...integrated, toData: () => changed };
    for (const again of [loadFit(JSON.stringify(saveFit(fit))), loadFit(fitToBytes(fit))])
      expect((again as Posterior).diagnostics.ebfmi).toEqual([Number.NaN, 1]);
  });
});

describe("a maximum-likelihood fit", () => {
  test("keeps NaN in its covariance, and everything else to the last bit", async () => {
    const fit = await sleepstudy().fit();
    const broken = fit.covariance.slice();
    broken[3] = Number.NaN;
    broken[4] = -Infinity;
    const saved = { ...saveFit(fit), covariance: Array.from(broken, (v) => (Number.isFinite(v) ? v : String(v))) };
    const asNull = { ...saved, covariance: saved.covariance.map((v) => (v === "NaN" ? null : v)) };
    for (const form of [saved, JSON.parse(JSON.stringify(asNull)) as typeof saved]) {
      const again: MaximumLikelihood = loadFit(form);
      expect(again.covariance).toEqual(broken);
      expect(again.estimate).toEqual(fit.estimate);
      expect(again.logLik).toBe(fit.logLik);
    }
    // What saveFit itself writes for a covariance that is not known.
    Object.defineProperty(fit, "covariance", { value: broken });
    expect((JSON.parse(JSON.stringify(saveFit(fit))) as { covariance: unknown[] }).covariance[3]).toBeNull();
    expect((loadFit(JSON.stringify(saveFit(fit))) as MaximumLikelihood).covariance).toEqual(broken);
    expect((loadFit(fitToBytes(fit)) as MaximumLikelihood).covariance).toEqual(broken);
  });

  test("of a penalised fit is refitted with its penalty", async () => {
    const fit = await cbpp().fit(undefined, { penalised: true });
    const again = loadFit(saveFit(fit));
    const y = fit.model.design.y.map((value) => Math.max(0, value - 1));
    expect(again.refit(y).estimate).toEqual(fit.refit(y).estimate);
  });
});

describe("what is no saved fit", () => {
  test("is refused with a sentence", async () => {
    for (const bad of ["{}", "null", "not json", new Uint8Array(40), fitToBytes(integrated).subarray(0, 3000)])
      expect(() => loadFit(bad)).toThrow("not a fit saved by this library");
    const path = join(folder, "short.bin");
    writeFileSync(path, fitToBytes(integrated).subarray(0, 3000));
    await expect(readFit(path)).rejects.toThrow("not a fit saved by this library");
  });
});

describe("packed trees", () => {
  test("keep typed arrays of each kind and plain data", () => {
    const tree = {
      a: Float64Array.of(-0, Number.NaN, Infinity, 5e-324),
      b: [Int32Array.of(-1, 2, 3), { c: Uint8Array.of(255) }],
      text: "ä ∞",
      none: null,
      empty: new Float64Array(0),
    };
    const bytes = packTree(tree);
    expect(unpackTree(bytes)).toEqual(tree);
    // Wherever the bytes begin in their buffer.
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(unpackTree(shifted.subarray(3))).toEqual(tree);
  });
});

describe("a checkpoint file", () => {
  test("holds the last checkpoint, from which the run is completed", async () => {
    const path = join(folder, "run.json");
    const declared = model({ y: [1, 3, 2, 5, 4, 6, 8, 7], g: [..."aabbccdd"] }).formula("y ~ 1 + (1 | g)");
    const fit = await declared.sample(short, { checkpoint: checkpointFile(path), every: 40 });
    const again = await resume(await readCheckpoint(path));
    expect(again.draws).toEqual(fit.draws);
    const nowhere = checkpointFile(join(folder, "no", "such", "run.json"));
    await expect(declared.sample(short, { checkpoint: nowhere, every: 40 })).rejects.toThrow("cannot be written");
  });
});
