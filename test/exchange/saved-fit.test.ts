/** Fits of both kinds through JSON and bytes. */
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../src/data/digest.ts";
import { packTree, unpackTree } from "../../src/exchange/packed-tree.ts";
import type { SavableFit } from "../../src/exchange/saved-fit.ts";
import {
  binomial,
  gee,
  type MaximumLikelihood,
  model,
  nuts,
  type Posterior,
  populationAverage,
  predict,
} from "../../src/index.ts";
import { checkpointFile, readCheckpoint, readFit, writeDraws, writeFit } from "../../src/node/index.ts";
import { resume } from "../../src/public/engines.ts";
import { fitToBytes, loadFit, saveFit } from "../../src/public/exchange.ts";
import { exchangeable } from "../../src/public/gee.ts";
import { cbpp, exampleData, sleepstudy } from "../samplers/models.ts";

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
    const { digest: _, ...rest } = saveFit(fit);
    const changed = {
      ...rest,
      covariance: Array.from(broken, (v) => (Number.isFinite(v) ? v : Number.isNaN(v) ? null : String(v))),
    };
    const saved = { ...changed, digest: digestOf(changed) };
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

describe("a saved fit that is not as it was made", () => {
  /** A fit's JSON with one field changed. */
  function changed(fit: SavableFit, path: string, change: (value: never) => unknown): string {
    const saved = JSON.parse(JSON.stringify(saveFit(fit))) as Record<string, unknown>;
    const names = path.split(".");
    const place = names.slice(0, -1).reduce((inner, name) => inner[name] as Record<string, unknown>, saved);
    const last = names.at(-1)!;
    place[last] = change(place[last] as never);
    return JSON.stringify(saved);
  }
  const cut = (list: readonly unknown[]) => list.slice(0, 3);

  test("is refused by the field that contradicts the rest", async () => {
    const fit = await cbpp().fit();
    const equations = await model(exampleData("cbpp"))
      .formula("incidence | trials(size) ~ factor(period)")
      .family(binomial())
      .fit(gee({ id: "herd", correlation: exchangeable() }));
    const cases: readonly (readonly [SavableFit, string, (value: never) => unknown, RegExp])[] = [
      [fit, "estimate", cut, /its estimate must be 5 long.*not 3/],
      [fit, "estimate", () => "none", /its estimate must be a list of numbers/],
      [fit, "covariance", cut, /its covariance must be 25 long/],
      [fit, "covariance", () => undefined, /its covariance must be there/],
      [fit, "table.rows", () => 40, /table\.columns\.\w+\.values must be 40 long.*not 56/],
      [fit, "response", cut, /its response must be 56 long/],
      [fit, "family.name", () => "poisson", /its family\.name must be binomial/],
      [fit, "family.link", () => "probit", /digest/],
      [fit, "verdict.code", () => "boundary", /digest/],
      [fit, "logLik", (value: number) => value + 1e-9, /digest/],
      [fit, "digest", () => undefined, /its digest must be there/],
      [fit, "spec.missing", () => "error", /digest/],
      [equations, "solution.beta", cut, /its solution\.beta must be 4 long/],
      [equations, "solution.scale", (value: number) => value * 2, /digest/],
      [joint, "posterior.draws.values", cut, /its posterior\.draws\.values must be 500 long/],
      [joint, "posterior.draws.values.7", () => null, /posterior\.draws\.values\.7 must be a finite number/],
      [joint, "posterior.draws.drawsPerChain", () => 25, /drawsPerChain must be 50/],
      [joint, "posterior.randomEffects.0", cut, /randomEffects\.0 must be 1500 long/],
      [joint, "posterior.statistics", (list: unknown[]) => list.slice(1), /statistics must be 2 long/],
      [joint, "posterior.continuation.ends.0.position.0", (value: number) => value + 1e-12, /digest/],
    ];
    for (const [of, path, change, message] of cases)
      expect(() => loadFit(changed(of, path, change)), path).toThrow(message);
    for (const of of [fit, equations, joint]) {
      expect(() => loadFit(changed(of, "warnings", (list) => list))).not.toThrow();
      // A file that lost its order of fields, as databases store it.
      const saved = JSON.parse(JSON.stringify(saveFit(of))) as object;
      expect(() => loadFit(JSON.stringify(Object.fromEntries(Object.entries(saved).reverse())))).not.toThrow();
    }
  });

  test("of version 1 with a digest is checked, and one of a later version says so", async () => {
    const saved = saveFit(
      await model({ y: [1, 3, 2, 5], x: [1, 2, 3, 4] })
        .formula("y ~ x")
        .fit(),
    );
    const old = JSON.stringify({ ...saved, version: 1 });
    expect(() => loadFit(old)).toThrow("was changed");
    expect(() => loadFit(JSON.stringify({ ...saved, version: 3 }))).toThrow(
      "saved in version 3 of the format by a newer",
    );
  });

  test("of version 1, which had no digest, is read", async () => {
    const fit = await cbpp().fit();
    const { digest: _, ...rest } = saveFit(fit);
    expect((loadFit(JSON.stringify({ ...rest, version: 1 })) as MaximumLikelihood).tidy()).toEqual(fit.tidy());
  });

  test("in bytes is refused where a bit of it differs", () => {
    const bytes = fitToBytes(joint);
    for (const at of [bytes.length - 11, bytes.length - 5000, 300]) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1;
      expect(() => loadFit(damaged)).toThrow(/digest|not a fit saved|must be/);
    }
    expect(() => loadFit(bytes.subarray(0, bytes.length - 8))).toThrow("not a fit saved by this library");
  });
});

describe("files", () => {
  test("are replaced whole, keep their permissions, follow links, and leave nothing beside them", async () => {
    const fit = await cbpp().fit();
    const path = join(folder, "kept.json");
    writeFileSync(path, "before", { mode: 0o640 });
    symlinkSync(path, join(folder, "link.json"));
    await writeFit(join(folder, "link.json"), fit);
    expect(((await readFit(path)) as MaximumLikelihood).logLik).toBe(fit.logLik);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(lstatSync(join(folder, "link.json")).isSymbolicLink()).toBe(true);
    await expect(writeFit(folder, fit)).rejects.toThrow("cannot be written (EISDIR)");
    await expect(writeFit(join(folder, "none", "fit.json"), fit)).rejects.toThrow("cannot be written (ENOENT)");
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
  });

  test("of draws that a former run of more chains left are removed, others are not", async () => {
    const path = join(folder, "draws.csv");
    await writeDraws(path, joint);
    writeFileSync(join(folder, "draws-3.csv"), readFileSync(join(folder, "draws-2.csv")));
    writeFileSync(join(folder, "draws-5.csv"), "a,b\n1,2\n");
    await writeDraws(path, joint);
    expect(readdirSync(folder).filter((name) => name.startsWith("draws-"))).toEqual([
      "draws-1.csv",
      "draws-2.csv",
      "draws-5.csv",
    ]);
  });

  test("that hold no fit are named", async () => {
    const path = join(folder, "foreign.json");
    writeFileSync(path, '{"kind":"other"}');
    await expect(readFit(path)).rejects.toThrow(`The file '${path}'`);
    await expect(readCheckpoint(path)).rejects.toThrow(`The file '${path}'`);
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
