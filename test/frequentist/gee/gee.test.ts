import { describe, expect, it } from "vitest";
import {
  agq,
  anova,
  binomial,
  compare,
  compareMarginal,
  type EstimatingEquations,
  gee as geeOfLibrary,
  marginalCoefficients,
  ml,
  model,
  populationAverage,
  simulate,
  summaryText,
} from "../../../src/index.ts";
import { readTable } from "../../../src/node/index.ts";
import { attenuatedCoefficients, clusterBootstrap, createRng } from "../../../src/public/engines.ts";
import { fitToBytes, loadFit, saveFit } from "../../../src/public/exchange.ts";
import {
  ar1,
  exchangeable as exchangeableOfLibrary,
  type GeeCovariance,
  independence as independenceOfLibrary,
  scoreTest as scoreTestOfLibrary,
  stationary,
  unstructured,
  type WorkingCorrelation,
  waldTest as waldTestOfLibrary,
} from "../../../src/public/gee.ts";

const ohio = await readTable(new URL("../../fixtures/gee/ohio.csv", import.meta.url));
const declared = model(ohio).formula("resp ~ age * smoke").family({ name: "binomial" });
const method = geeOfLibrary({ id: "id", correlation: exchangeableOfLibrary() });

describe("a fit by estimating equations", () => {
  it("does not depend on the order of the rows", async () => {
    const n = 400;
    const rng = createRng("gee order");
    const rows = Array.from({ length: n }, (_, i) => ({
      id: i % 80,
      wave: Math.floor(i / 80),
      x: rng.normal(),
      y: rng.normal(),
    }));
    const waves = geeOfLibrary({ id: "id", wave: "wave", correlation: unstructured() });
    const shuffled = rows.map((row) => ({ row, key: rng.uniform() })).sort((a, b) => a.key - b.key);
    const one = await model(rows).formula("y ~ x").fit(waves);
    const other = await model(shuffled.map(({ row }) => row))
      .formula("y ~ x")
      .fit(waves);
    expect(other.correlation.names).toEqual(one.correlation.names);
    one.tidy().forEach((row, k) => {
      expect(other.tidy()[k]!.estimate).toBeCloseTo(row.estimate, 9);
    });
  });

  it("takes waves as large as times in milliseconds, and says when an AR(1) has no unit", async () => {
    const rng = createRng("gee milliseconds");
    const day = 86_400_000;
    const rows = Array.from({ length: 240 }, (_, i) => ({
      id: Math.floor(i / 4),
      ms: 1.7e12 + day * (i % 4),
      x: rng.normal(),
      y: rng.normal(),
    }));
    const of = (wave: "ms" | null, correlation: WorkingCorrelation) =>
      model(rows)
        .formula("y ~ x")
        .fit(geeOfLibrary({ id: "id", ...(wave && { wave }), correlation }));
    const byTime = await of("ms", stationary());
    const byOrder = await of(null, stationary());
    expect(byTime.correlation.names).toEqual(["alpha.86400000", "alpha.172800000", "alpha.259200000"]);
    expect(byTime.correlation.estimate).toEqual(byOrder.correlation.estimate);
    await expect(async () => of("ms", ar1())).rejects.toThrow(
      "The wave column 'ms' goes up by at least 86400000 from one occasion to the next; an AR(1) is a correlation over one unit, so divide the column by 86400000 or so.",
    );
  });

  it("corrects for few clusters in the order robust < KC < MD", async () => {
    const fit = await declared.fit(method);
    const error = (kind: GeeCovariance) => fit.vcov(kind)[0]!;
    expect(error("KC")).toBeGreaterThan(error("robust"));
    expect(error("MD")).toBeGreaterThan(error("KC"));
    expect(error("FG")).toBeGreaterThan(error("robust"));
  });

  it("has no likelihood, and the population mean only", async () => {
    const fit = await declared.fit(method);
    expect(fit.glance().logLik).toBeNull();
    expect(fit.predict().estimand).toBe("population");
    expect(() => fit.predict({ estimand: "typical" })).toThrow(/no typical mean/);
    expect(() => simulate(fit, { seed: 1 })).toThrow(/distribution/);
    expect(populationAverage(fit, { by: "smoke" }).rows.map(({ estimand }) => estimand)).toEqual([
      "population",
      "population",
    ]);
    expect(summaryText(fit)).toContain("537 clusters of up to 4 rows");
  });

  it("refuses random terms, unknown columns and parameters that are not given", async () => {
    await expect(declared.random("id").fit(method)).rejects.toThrow(/no random effects/);
    await expect(declared.fit(geeOfLibrary({ id: "child" }))).rejects.toThrow(/no column 'child'/);
    const counts = model(ohio).formula("resp ~ age");
    await expect(counts.family({ name: "nbinom2" }).fit(method)).rejects.toThrow(/'theta'/);
    const given = geeOfLibrary({ id: "id", parameters: { theta: 1e9 } });
    const nbinom = await counts.family({ name: "nbinom2" }).fit(given);
    const poisson = await counts.family({ name: "poisson" }).fit(geeOfLibrary({ id: "id" }));
    expect(nbinom.tidy()[1]!.estimate).toBeCloseTo(poisson.tidy()[1]!.estimate, 7);
  });

  it("is saved and loaded with all it can tell, nothing solved again", async () => {
    const fit = await model(ohio)
      .formula("resp ~ age * smoke")
      .family({ name: "binomial" })
      .fit(geeOfLibrary({ id: "id", wave: "age", correlation: unstructured(), stdErr: "KC" }));
    const text = JSON.stringify(saveFit(fit));
    const back = loadFit(text) as EstimatingEquations;
    const wanted = await declared.fit(
      geeOfLibrary({ id: "id", wave: "age", correlation: unstructured(), stdErr: "KC" }),
    );
    for (const found of [back, loadFit(fitToBytes(fit)) as EstimatingEquations]) {
      expect(found.tidy()).toEqual(wanted.tidy());
      expect(found.glance()).toEqual(wanted.glance());
      expect(found.vcov("MD")).toEqual(wanted.vcov("MD"));
      expect(found.workingCorrelation()).toEqual(wanted.workingCorrelation());
      expect(found.residuals("pearson")).toEqual(wanted.residuals("pearson"));
      expect(populationAverage(found, { by: "smoke" }).rows).toEqual(populationAverage(wanted, { by: "smoke" }).rows);
    }
    const without = JSON.stringify({ ...JSON.parse(text), requested: { ...JSON.parse(text).requested, id: ["x"] } });
    expect(() => loadFit(without)).toThrow(/its digest is that of other data/);
  });

  it("tests terms by Wald and by score", async () => {
    const small = await model(ohio).formula("resp ~ age + smoke").family({ name: "binomial" }).fit(method);
    const large = await declared.fit(method);
    const wald = waldTestOfLibrary(large, ["age:smoke"])[0]!;
    expect(waldTestOfLibrary(large, "age:smoke")).toEqual([wald]);
    expect(() => waldTestOfLibrary(large, ["smok"])).toThrow(
      /term 'smok'; name some of age, smoke, age:smoke and \(Intercept\)/,
    );
    expect(() => anova({ small, large })).toThrow(/is of estimating equations.*waldTest\(fit\).*scoreTest/);
    const likelihood = await declared.fit(ml());
    expect(() => scoreTestOfLibrary(small, likelihood as never)).toThrow(/of two fits by estimating equations/);
    const row = large.tidy().find(({ term }) => term === "age:smoke")!;
    expect(wald.statistic).toBeCloseTo(row.statistic! ** 2, 8);
    const score = scoreTestOfLibrary(small, large);
    expect(score.df).toBe(1);
    expect(score.statistic / wald.statistic).toBeGreaterThan(0.9);
    expect(score.statistic / wald.statistic).toBeLessThan(1.1);
    expect(() => scoreTestOfLibrary(large, small)).toThrow(/lacks 'age:smoke'/);
    expect(String(score)).toMatch(/^Score test\n\nterm +statistic +df +p_value\nage:smoke +\d\.\d{3} +1 +0\.\d{3}$/);
    expect(String(waldTestOfLibrary(large))).toMatch(/^Wald tests\n\nterm .*\nage .*\nsmoke .*\nage:smoke .*$/);
  });
});

describe("what cannot be", () => {
  const fitOf = (formula: string, correlation = exchangeableOfLibrary()) =>
    model(ohio)
      .formula(formula)
      .family(binomial())
      .fit(geeOfLibrary({ id: "id", correlation }));

  it("is separation where a column predicts the response perfectly", async () => {
    for (const correlation of [independenceOfLibrary(), exchangeableOfLibrary()]) {
      const fit = await fitOf("resp ~ I(resp * 2 - 1)", correlation);
      expect(fit.verdict).toMatchObject({ code: "separation" });
      expect(fit.verdict.reason).toMatch(/every row is predicted perfectly.*'I\(resp \* 2 - 1\)' go to infinity/);
    }
    expect((await fitOf("resp ~ age")).verdict.code).toBe("converged");
  });

  it("is a working correlation of 1, of a response that does not vary within clusters", async () => {
    for (const correlation of [ar1(), exchangeableOfLibrary()]) {
      const fit = await fitOf("smoke ~ resp", correlation);
      expect(fit.verdict.code).toBe("not identified");
      expect(fit.verdict.reason).toMatch(/correlation reached 1/);
    }
  });

  it("is refused in a sentence where a method is asked for what it does not know", () => {
    const asked = (options: object) => () => geeOfLibrary(options as never);
    expect(asked({ id: "id", correlation: "exchangeable" })).toThrow(
      /made by independence\(\), exchangeable\(\).* not "exchangeable"/,
    );
    expect(asked({ id: 3 })).toThrow(/id of gee\(\) must be the column of the clusters.* not 3/);
    expect(() => (geeOfLibrary as unknown as () => void)()).toThrow(
      /gee\(\) needs the option id, the column of the clusters/,
    );
    expect(asked({ id: "id", scaleFix: "2" })).toThrow(/true, false or a number above 0, not "2"/);
    expect(asked({ id: "id", maxIterations: 0 })).toThrow(/whole number of at least 1, not 0/);
  });

  it("is a bootstrap of an unknown statistic or level", async () => {
    const fit = await fitOf("resp ~ age");
    const asked = (options: object) => () => clusterBootstrap(fit, { resamples: 2, seed: 1, ...options } as never);
    expect(asked({ statistic: "means" })).toThrow(
      /must be "coefficients", "parameters" or a function of a fit, not "means"/,
    );
    expect(asked({ statistic: () => undefined })).toThrow(/must return an object of numbers/);
    expect(asked({ confLevel: 95 })).toThrow(/as 0.95 for 95 %, not 95/);
  });
});

describe("the population's coefficients side by side", () => {
  it("resamples clusters, and puts the mixed model's population mean beside the GEE", async () => {
    const gee = await declared.fit(method);
    const boot = clusterBootstrap(gee, { resamples: 60, seed: "ohio" });
    expect(boot.kept).toBe(60);
    boot.rows.forEach(({ std_error }, k) => {
      expect(std_error / gee.tidy()[k]!.std_error!).toBeGreaterThan(0.7);
      expect(std_error / gee.tidy()[k]!.std_error!).toBeLessThan(1.4);
    });
    expect(clusterBootstrap(gee, { resamples: 3, seed: "ohio" }).replicates).toEqual(boot.replicates.subarray(0, 12));
    const glmm = await declared.random("id").fit(agq(9));
    const sd = glmm.tidy().find(({ term }) => term === "sd__(Intercept)")!.estimate;
    const shrunk = attenuatedCoefficients(glmm).rows[1]!;
    const c = (16 * Math.sqrt(3)) / (15 * Math.PI);
    expect(shrunk.estimate).toBeCloseTo(shrunk.typical / Math.sqrt(1 + c * c * sd * sd), 8);
    const table = compareMarginal({ glmm, gee }, { bootstrap: { boot } });
    expect(table.columns.map(({ kind }) => kind)).toEqual(["typical", "attenuated", "marginal", "gee", "bootstrap"]);
    const of = (kind: string) => table.columns.find((column) => column.kind === kind)!.entries["(Intercept)"]!.estimate;
    expect(Math.abs(of("marginal") - of("gee"))).toBeLessThan(0.15);
    expect(Math.abs(of("typical") - of("gee"))).toBeGreaterThan(0.8);
    const marginal = marginalCoefficients(glmm);
    const one = compare({ gee, marginal, zeger: attenuatedCoefficients(glmm), boot, glmm });
    expect(one.names).toEqual(["gee", "marginal", "zeger", "boot", "glmm"]);
    expect(one.fits.map(({ fit }) => fit)).toEqual(["gee", "glmm"]);
    const smoke = one.rows.find(({ term }) => term === "smoke")!.fits;
    const { estimate, std_error, conf_low } = marginal.rows.find(({ term }) => term === "smoke")!;
    const reference = gee.tidy().find(({ term }) => term === "smoke")!;
    expect(smoke["marginal"]).toMatchObject({ estimate, std_error, conf_low });
    expect(smoke["marginal"]!.difference).toBeCloseTo((estimate - reference.estimate) / reference.std_error!, 12);
    expect(smoke["boot"]!.std_error).toBe(boot.rows.find(({ term }) => term === "smoke")!.std_error);
    expect(compare({ marginal }).fits).toEqual([]);
  });
});
