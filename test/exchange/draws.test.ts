/** Draws through each format and back, and posteriors made of draws. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "@uwdata/flechette";
import type { ColumnTable } from "arquero";
import { op } from "arquero";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DeclarationError, model, nuts, type Posterior, poisson, populationAverage } from "../../src/index.ts";
import { drawsTable, effectDrawsTable, readDraws, writeDraws } from "../../src/node/index.ts";
import { drawsFromParquet, drawsToParquet, optionalPackage } from "../../src/node/parquet.ts";
import {
  drawNames,
  drawsFromArrow,
  drawsFromCmdStan,
  drawsToArrow,
  drawsToCmdStan,
  inferenceDataText,
  type NamedDraws,
  namedDraws,
  posteriorFromDraws,
  readInferenceData,
} from "../../src/public/exchange.ts";
import { cbpp, sleepstudy } from "../samplers/models.ts";

const folder = mkdtempSync(join(tmpdir(), "marginalia-draws-"));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Draws a chain: odd, and so their number in all. Of an even number the two middle draws are equally far from the median but for rounding,
 * which decides their ranks, so that the R-hat of draws the same to 1e-15 may differ by 1e-4 (in R's package posterior too).
 */
const DRAWS = 41;

let fit: Posterior;
let herds: Posterior;
let named: NamedDraws;
let withEffects: NamedDraws;
beforeAll(async () => {
  const options = { chains: 3, warmup: 80, draws: DRAWS, seed: "exchange" };
  fit = await sleepstudy().sample(nuts(options));
  herds = await cbpp().sample(nuts(options));
  named = namedDraws(fit);
  withEffects = namedDraws(fit, { randomEffects: true });
});

/** The same draws of the same names, to the last bit. */
function expectSameDraws(found: NamedDraws, wanted: NamedDraws): void {
  expect([found.chains, found.drawsPerChain]).toEqual([wanted.chains, wanted.drawsPerChain]);
  expect(found.variables).toEqual(wanted.variables);
  expect(found.statistics).toEqual(wanted.statistics);
}

const byName = ({ variables }: NamedDraws) => new Map(variables.map(({ name, values }) => [name, values]));

describe("names", () => {
  test("are those of brms", () => {
    expect(drawNames(fit.model)).toEqual([
      "b_Intercept",
      "b_Days",
      "sd_Subject__Intercept",
      "sd_Subject__Days",
      "cor_Subject__Intercept__Days",
      "sigma",
    ]);
    expect(drawNames(herds.model)).toEqual([
      "b_Intercept",
      "b_period2",
      "b_period3",
      "b_period4",
      "sd_herd__Intercept",
    ]);
    expect(withEffects.variables.map(({ name }) => name).slice(6, 9)).toEqual([
      "r_Subject[308,Intercept]",
      "r_Subject[308,Days]",
      "r_Subject[309,Intercept]",
    ]);
    expect(withEffects.variables.length).toBe(6 + 36);
  });

  test("hold the values of the tidy table and of the random effects", () => {
    const rows = fit.tidy({ effects: ["fixed", "ran_pars", "aux", "ran_vals"] });
    withEffects.variables.forEach(({ values }, i) => {
      const average = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(average).toBeCloseTo(rows[i]!.estimate, 10);
    });
    expect(named.statistics.map(({ name }) => name)).toEqual([
      "lp__",
      "accept_stat__",
      "stepsize__",
      "treedepth__",
      "n_leapfrog__",
      "divergent__",
      "energy__",
    ]);
    const leapfrogs = named.statistics[4]!.values.subarray(0, DRAWS).reduce((sum, value) => sum + value, 0);
    expect(leapfrogs).toBe(fit.diagnostics.gradients.sampling[0]);
  });
});

describe("Arrow", () => {
  test.each(["file", "stream"] as const)("%s keeps every bit, in typed columns", (format) => {
    const bytes = drawsToArrow(fit, { randomEffects: true, format });
    expectSameDraws(drawsFromArrow(bytes), withEffects);
    const table = tableFromIPC(bytes);
    expect(table.numRows).toBe(3 * DRAWS);
    expect(table.getChild(".chain")!.toArray()).toBeInstanceOf(Int32Array);
    expect(table.getChild("b_Days")!.toArray()).toBeInstanceOf(Float64Array);
    expect(table.getChild(".iteration")!.at(DRAWS + 1)).toBe(2);
  });

  test("is read with rows in any order, and refused where the draws are not numbered", () => {
    const columns = drawsTable<ColumnTable>(named)
      .orderby((d: { b_Days: number }) => d.b_Days)
      .select(".chain", ".iteration", ...named.variables.map(({ name }) => name));
    expect(drawsFromArrow(columns.toArrowIPC({ format: "file" })!).variables).toEqual(named.variables);
    const unnumbered = columns.select("b_Days").toArrowIPC({ format: "file" })!;
    expect(() => drawsFromArrow(unnumbered)).toThrow("there is no column '.chain'");
    const ragged = drawsTable<ColumnTable>(named).filter((d: { ".draw": number }) => d[".draw"] !== 7);
    expect(() => drawsFromArrow(ragged.toArrowIPC({ format: "file" })!)).toThrow("different numbers of draws");
    expect(() => drawsFromArrow(new Uint8Array(8))).toThrow(DeclarationError);
  });
});

describe("Parquet", () => {
  test("keeps every bit", async () => {
    expectSameDraws(await drawsFromParquet(await drawsToParquet(withEffects)), withEffects);
    await expect(drawsFromParquet(new Uint8Array(20))).rejects.toThrow("no draws in the format Parquet");
  });

  test("says what to install where its packages are missing", async () => {
    const missing = () => import(`marginalia-has-no-such-package-${1}`);
    await expect(optionalPackage("hyparquet", missing)).rejects.toThrow("Run: npm i hyparquet hyparquet-writer");
    const broken = () => Promise.reject(new Error("broken"));
    await expect(optionalPackage("hyparquet", broken)).rejects.toThrow(/^broken$/);
  });
});

describe("CmdStan CSV", () => {
  test("keeps every bit and every name, a text a chain", () => {
    const texts = drawsToCmdStan(fit, { randomEffects: true });
    expect(texts.length).toBe(3);
    const found = drawsFromCmdStan(texts);
    const columns = byName(found);
    expect([...columns.keys()].sort()).toEqual(withEffects.variables.map(({ name }) => name).sort());
    for (const { name, values } of withEffects.variables) expect(columns.get(name)).toEqual(values);
    expect(found.statistics).toEqual(withEffects.statistics);
  });

  test("has names of Stan only, arrays with the first index running fastest", () => {
    const lines = drawsToCmdStan(fit, { randomEffects: true })[1]!.split("\n");
    const header = lines.find((line) => !line.startsWith("#"))!.split(",");
    for (const name of header) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]*(\.\d+\.\d+)?$/);
    expect(header.slice(0, 7)).toEqual(named.statistics.map(({ name }) => name));
    const effects = header.filter((name) => name.startsWith("r_Subject."));
    expect(effects.slice(0, 2)).toEqual(["r_Subject.1.1", "r_Subject.2.1"]);
    expect(effects[18]).toBe("r_Subject.1.2");
    expect(lines).toContain("#     num_warmup = 80");
    expect(lines).toContain("# id = 2");
  });

  test("is refused with a column twice, or with more draws than its settings make", () => {
    expect(() => drawsFromCmdStan(["# num_samples = 2\na,a\n1,2\n3,4\n"])).toThrow(/two columns are named "a"/);
    expect(() => drawsFromCmdStan(["# num_samples = 2\n# thin = 2\na,b\n1,2\n3,4\n"])).toThrow(
      /2 draws where its settings \(num_samples, thin\) make 1/,
    );
  });

  test("of CmdStan itself is read: arrays, a saved warm-up, special values", () => {
    const text = (shift: number) =>
      [
        "# stan_version_major = 2",
        "#     num_samples = 4",
        "#     num_warmup = 3 (Default)",
        "#     save_warmup = 1",
        "#     thin = 2",
        "lp__,accept_stat__,divergent__,mu,theta.1.1,theta.2.1,z.1.real",
        "-9,0.9,0,100,1,2,3",
        "-8,0.9,0,100,1,2,3",
        "# Adaptation terminated",
        "# Step size = 0.8",
        `-7.5,0.91,0,${1 + shift},4,nan,6`,
        `-7.25,1,1,${2 + shift},4e-2,-inf,Inf`,
        "# ",
        "#  Elapsed Time: 0.1 seconds (Warm-up)",
        "",
      ].join("\r\n");
    const draws = drawsFromCmdStan([text(0), text(10)]);
    expect([draws.chains, draws.drawsPerChain]).toEqual([2, 2]);
    expect(draws.variables.map(({ name }) => name)).toEqual(["mu", "theta[1,1]", "theta[2,1]", "z[1,real]"]);
    expect(draws.variables[0]!.values).toEqual(Float64Array.of(1, 2, 11, 12));
    expect(draws.variables[2]!.values).toEqual(Float64Array.of(Number.NaN, -Infinity, Number.NaN, -Infinity));
    expect(draws.statistics.map(({ name }) => name)).toEqual(["lp__", "accept_stat__", "divergent__"]);
  });

  test.each([
    ["a,b\n1,x\n", "'x' in line 2 is no number"],
    ["a,b\n1,2\n3\n", "line 3 has another number of fields"],
    ["# nothing\n", "no line names the columns"],
    ["a,b\n", "they hold no variable"],
  ])("at fault is refused: %j", (text, message) => {
    expect(() => drawsFromCmdStan([text])).toThrow(message);
  });

  test("of two runs is refused", () => {
    expect(() => drawsFromCmdStan(["a,b\n1,2\n", "a,c\n1,2\n"])).toThrow(
      "the file of chain 2 does not have the columns",
    );
    expect(() => drawsFromCmdStan(["a,b\n1,2\n", "a,b\n1,2\n3,4\n"])).toThrow("different numbers of draws");
  });
});

describe("ArviZ InferenceData", () => {
  test("keeps every bit: draws, statistics, data, log-likelihoods", () => {
    const n = fit.model.design.n;
    const logLikelihood = Float64Array.from({ length: 3 * DRAWS * n }, (_, i) => Math.sin(i));
    logLikelihood[5] = -Infinity;
    logLikelihood[6] = Number.NaN;
    const text = inferenceDataText(fit, { logLikelihood });
    const found = readInferenceData(text);
    expectSameDraws(found.draws, withEffects);
    expect(found.observed["Reaction"]).toEqual(fit.model.design.y);
    expect(found.logLikelihood["Reaction"]).toEqual(logLikelihood);
    expect(text).toContain("-Infinity,NaN,");
  });

  test("has ArviZ's groups, names and dimensions", () => {
    const json = JSON.parse(inferenceDataText(fit));
    expect(Object.keys(json)).toEqual([
      "coords",
      "dims",
      "posterior",
      "posterior_attrs",
      "sample_stats",
      "observed_data",
    ]);
    expect(json.dims).toEqual({ r_Subject: ["Subject", "Subject_effect"], Reaction: ["row"] });
    expect(json.coords.Subject_effect).toEqual(["Intercept", "Days"]);
    expect(json.coords.Subject[0]).toBe("308");
    const shape = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shape(value[0])] : []);
    expect(shape(json.posterior.r_Subject)).toEqual([3, DRAWS, 18, 2]);
    expect(shape(json.posterior.sigma)).toEqual([3, DRAWS]);
    expect(Object.keys(json.sample_stats)).toEqual([
      "lp",
      "acceptance_rate",
      "step_size",
      "tree_depth",
      "n_steps",
      "diverging",
      "energy",
    ]);
    expect(typeof json.sample_stats.diverging[0][0]).toBe("boolean");
    expect(JSON.parse(inferenceDataText(fit, { randomEffects: false })).posterior.r_Subject).toBeUndefined();
  });

  test("of other programs is read; what is none is refused", () => {
    const { draws } = readInferenceData('{"posterior": {"x": [[1, NaN], [3, null]], "NaN": [[1, 2], [3, -Infinity]]}}');
    expect(draws.variables).toEqual([
      { name: "x", values: Float64Array.of(1, Number.NaN, 3, Number.NaN) },
      { name: "NaN", values: Float64Array.of(1, 2, 3, -Infinity) },
    ]);
    expect(draws.statistics).toEqual([]);
    expect(() => readInferenceData("{")).toThrow("they are no JSON");
    expect(() => readInferenceData('{"prior": {}}')).toThrow("there is no group 'posterior'");
    expect(() => readInferenceData('{"posterior": {}}')).toThrow("they hold no variable");
    expect(() => readInferenceData('{"posterior": {"x": [[[1]]]}, "dims": {"x": 5}}')).toThrow(
      "its dims of 'x' are no list",
    );
    expect(() => readInferenceData('{"posterior": {"x": [[1, 2], [3]]}}')).toThrow("the array 'x' is not of the shape");
    expect(() => readInferenceData('{"posterior": {"x": [[1, 2]], "y": [[1]]}}')).toThrow("the array 'y'");
    expect(() => readInferenceData('{"posterior": {"x": [["a"]]}}')).toThrow("the array 'x'");
  });
});

describe("arquero tables", () => {
  test("wide: a row a draw; long: a row a draw and variable", () => {
    const wide = drawsTable<ColumnTable>(fit);
    expect(wide.columnNames()).toEqual([".chain", ".iteration", ".draw", ...drawNames(fit.model)]);
    expect(wide.numRows()).toBe(3 * DRAWS);
    const long = drawsTable<ColumnTable>(fit, { shape: "long" });
    expect(long.columnNames()).toEqual([".chain", ".iteration", ".draw", ".variable", ".value"]);
    const means = long
      .groupby(".variable")
      .rollup({ mean: op.mean(".value") })
      .objects() as {
      ".variable": string;
      mean: number;
    }[];
    const tidy = fit.tidy();
    means.forEach((row, i) => {
      expect(row[".variable"]).toBe(drawNames(fit.model)[i]);
      expect(row.mean).toBeCloseTo(tidy[i]!.estimate, 10);
    });
    expect(drawsTable<ColumnTable>(fit, { statistics: true }).columnNames()).toContain("divergent__");
    expect(drawsTable<ColumnTable>(fit, { randomEffects: true }).numCols()).toBe(3 + 6 + 36);
  });

  test("of random effects name group, level and term", () => {
    const table = effectDrawsTable<ColumnTable>(fit);
    expect(table.columnNames()).toEqual([".chain", ".iteration", ".draw", "group", "level", "term", ".value"]);
    expect(table.numRows()).toBe(36 * 3 * DRAWS);
    const means = table
      .groupby("group", "level", "term")
      .rollup({ mean: op.mean(".value") })
      .objects() as {
      level: string;
      term: string;
      mean: number;
    }[];
    fit.ranef().forEach((row, i) => {
      expect([means[i]!.level, means[i]!.term]).toEqual([row.level, row.term]);
      expect(means[i]!.mean).toBeCloseTo(row.estimate, 10);
    });
  });
});

describe("a posterior of draws", () => {
  test("has the tables and averages of the fit they came from", () => {
    for (const source of [fit, herds]) {
      const again = posteriorFromDraws(source.model, namedDraws(source, { randomEffects: true }));
      expect(again.method).toBe("draws read from elsewhere");
      const rows = source.tidy({ effects: ["fixed", "ran_pars", "aux", "ran_vals"] });
      again.tidy({ effects: ["fixed", "ran_pars", "aux", "ran_vals"] }).forEach((row, i) => {
        expect(row.term).toBe(rows[i]!.term);
        expect(row.estimate).toBeCloseTo(rows[i]!.estimate, 9);
        expect(row.rhat).toBeCloseTo(rows[i]!.rhat!, 9);
      });
      expect(again.randomEffects()).toEqual(source.randomEffects());
      again.draws.values.forEach((value, i) => {
        expect(Math.abs(value - source.draws.values[i]!)).toBeLessThan(1e-11 * (1 + Math.abs(value)));
      });
    }
    const averages = populationAverage(posteriorFromDraws(herds.model, namedDraws(herds)), { by: "period" }).rows;
    populationAverage(herds, { by: "period" }).rows.forEach((row, i) => {
      if (row.estimand !== "conditional") expect(averages[i]!.estimate).toBeCloseTo(row.estimate!, 10);
    });
  });

  test("draws random effects where the draws have none", () => {
    const again = posteriorFromDraws(fit.model, named, "exchange");
    // The seed of the fit: the same streams, so the same effects up to the rounding of the covariance's factor.
    again.randomEffects()[0]!.forEach((value, i) => {
      expect(value).toBeCloseTo(fit.randomEffects()[0]![i]!, 7);
    });
  });

  test("names every variable that is missing, and correlations that are impossible", () => {
    const without = { ...named, variables: named.variables.filter(({ name }) => !/Days/.test(name)) };
    try {
      posteriorFromDraws(fit.model, without);
      expect.unreachable();
    } catch (error) {
      expect((error as DeclarationError).issues.map(({ path }) => path[1])).toEqual([
        "b_Days",
        "sd_Subject__Days",
        "cor_Subject__Intercept__Days",
      ]);
    }
    const impossible = namedDraws(fit);
    impossible.variables[4]!.values[3] = 1.5;
    expect(() => posteriorFromDraws(fit.model, impossible)).toThrow("is 1.5 in draw 4, counted from 1, and must be");
  });

  test("refuses standard deviations and residual ones that cannot be, and takes those at the edge", () => {
    const spoilt = namedDraws(fit);
    spoilt.variables[2]!.values[0] = -1;
    spoilt.variables[3]!.values[1] = Number.NaN;
    spoilt.variables[5]!.values[2] = Infinity;
    try {
      posteriorFromDraws(fit.model, spoilt);
      expect.unreachable();
    } catch (error) {
      const { issues } = error as DeclarationError;
      expect(issues.map(({ path }) => path[1])).toEqual(["sd_Subject__Intercept", "sd_Subject__Days", "sigma"]);
      expect(issues[0]!.message).toContain("is -1 in draw 1, counted from 1, and must be a finite number, 0 or above");
    }
    const edge = namedDraws(fit);
    edge.variables[2]!.values[0] = 0;
    edge.variables[4]!.values[1] = 1;
    const again = namedDraws(posteriorFromDraws(fit.model, edge));
    expect(again.variables[2]!.values[0]).toBe(0);
    expect(again.variables[4]!.values[1]).toBeCloseTo(1, 12);
  });

  test("of a model without random effects", async () => {
    const y = [1, 3, 0, 2, 5, 4, 1, 2];
    const declared = model({ y, x: y.map((_, i) => i) })
      .formula("y ~ x")
      .family(poisson());
    const plain = await declared.sample(nuts({ chains: 2, warmup: 50, draws: 30, seed: 3 }));
    const again = posteriorFromDraws(declared.compile(), drawsFromCmdStan(drawsToCmdStan(plain)));
    expect(again.tidy()).toEqual(plain.tidy());
    expect(again.ranef()).toEqual([]);
  });
});

describe("files of draws", () => {
  test.each(["arrow", "feather", "parquet", "json", "csv"])(".%s is written and read", async (ending) => {
    const path = join(folder, `draws.${ending}`);
    const written = await writeDraws(path, fit, { randomEffects: true });
    expect(written.length).toBe(ending === "csv" ? 3 : 1);
    const columns = byName(await readDraws(path));
    expect(columns.size).toBe(withEffects.variables.length);
    for (const { name, values } of withEffects.variables) expect(columns.get(name)).toEqual(values);
  });

  test("of CmdStan are a file a chain, found by number", async () => {
    const path = join(folder, "many.csv");
    const twelve = namedDraws(fit);
    const texts = Array.from({ length: 12 }, (_, c) => drawsToCmdStan(twelve)[c % 3]!);
    const { writeFile } = await import("node:fs/promises");
    for (const [c, text] of texts.entries()) await writeFile(join(folder, `many-${c + 1}.csv`), text);
    const draws = await readDraws(path);
    expect(draws.chains).toBe(12);
    expect(draws.variables[0]!.values.slice(9 * DRAWS, 10 * DRAWS)).toEqual(named.variables[0]!.values.slice(0, DRAWS));
    expect((await readDraws([join(folder, "many-2.csv")])).chains).toBe(1);
    expect(readdirSync(folder).filter((name) => name.startsWith("many-")).length).toBe(12);
  });

  test("of an unknown kind, absent or not writable are refused", async () => {
    await expect(writeDraws(join(folder, "draws.rds"), fit)).rejects.toThrow("does not say the format of the draws");
    await expect(readDraws(join(folder, "absent.csv"))).rejects.toThrow(/^There is no file/);
    await expect(writeDraws(join(folder, "no", "draws.arrow"), fit)).rejects.toThrow("cannot be written (ENOENT)");
  });
});
