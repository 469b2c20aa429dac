/** Random terms with a known covariance across levels, from the declaration to what a fit is asked. */
import { describe, expect, it } from "vitest";
import { additiveRelationship, pedigreePrecision } from "../../src/covariance/pedigree.ts";
import { specFromJSON } from "../../src/dsl/spec-json.ts";
import { clusterBootstrap } from "../../src/effects/cluster-bootstrap.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { poisson } from "../../src/families/poisson.ts";
import { ml, reml } from "../../src/frequentist/method.ts";
import { choleskyFactor, choleskySolve } from "../../src/linalg/dense-cholesky.ts";
import { model } from "../../src/model-builder.ts";
import { drawTermEffects } from "../../src/prediction/new-levels.ts";
import { predict } from "../../src/prediction/predict.ts";
import { simulate } from "../../src/prediction/simulate.ts";
import { halfNormal, normal } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import { summaryText } from "../../src/report/summary.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { denseRelationship, denseV, somePedigree, someRecords } from "../covariance/support.ts";

const pedigree = somePedigree(40);
const A = additiveRelationship(pedigree);
const Q = pedigreePrecision(pedigree);
const records = someRecords(A, 6, 4);
const animalModel = model(records).formula("y ~ x + (1 | gr(animal, cov = A)) + (1 | herd)").knownCovariance("A", Q);

describe("the declaration", () => {
  it("is the same by formula and by builder, and reads back from its formula and JSON", () => {
    const built = model(records).response("y").fixed("x").random("animal", { knownCovariance: Q });
    expect(built.toFormula()).toBe("y ~ x + (1 | gr(animal, cov = animal))");
    expect(model(records).formula("y ~ x + (1 | animal)").knownCovariance("animal", Q).spec).toEqual(built.spec);
    expect(model(records).formula(built.toFormula()).knownCovariance("animal", Q).spec).toEqual(built.spec);
    expect(specFromJSON(JSON.stringify(built.spec))).toEqual(built.spec);
    expect(built.describe()).toContain("b_animal ~ N(0, σ²_animal animal)");
    expect(model(records).formula("y ~ (x || gr(animal, cov = A))").describe()).toContain("diagonal ⊗ A");
  });

  it("names a second matrix on one factor apart", () => {
    const twice = model(records)
      .response("y")
      .random("animal", { knownCovariance: Q })
      .random("animal", "0 + x", { knownCovariance: Q })
      .random("animal", "0 + w", { knownCovariance: A });
    expect(twice.spec.predictors[0]!.random.map((term) => term.known)).toEqual(["animal", "animal", "animal2"]);
  });

  it.each([
    ["y ~ x + (1 | gr(animal, cov = B))", /takes the covariance across its levels from B, but no such matrix/],
    ["y ~ x + (1 | animal)", /The known covariance A belongs to no random term/],
    ["y ~ x + (1 | gr(herd, cov = A))", /herd has levels "h0", "h1", "h2", "h3" that the known covariance A lacks/],
    ["y ~ x + (1 | gr(animal, by = A))", /gr\(\) takes one grouping factor and cov = NAME/],
    ["y ~ x + (1 | gr(animal, cov = A * 2))", /gr\(\) takes one grouping factor and cov = NAME/],
  ])("refuses %s", (formula, message) => {
    expect(() => model(records).formula(formula).knownCovariance("A", Q).compile()).toThrow(message);
  });

  it("refuses a matrix that is not positive definite, naming the level", () => {
    const levels = A.levels;
    const values = Array.from(levels, (_, i) => levels.map((_, j) => (i === j || i + j === 1 ? 1 : 0)));
    const declared = model(records)
      .formula("y ~ x + (1 | gr(animal, cov = A))")
      .knownCovariance("A", { levels, values });
    expect(() => declared.compile()).toThrow(/A is not positive definite: the effect of "a2"/);
  });
});

/**
 * R 4.2.2, lme4 1.1-31: lFormula(y ~ x + (1 | animal) + (1 | herd)), its Zt for animal replaced by t(Z %*% t(chol(A))) over all 46 animals,
 * mkLmerDevfun(), nlminb(rel.tol = 1e-14).
 */
const REFERENCE = [
  {
    method: "REML",
    logLik: -240.447116091,
    animal: 0.951007754,
    herd: 0.515383689,
    sigma: 0.89024407,
    beta: 0.368078662,
  },
  {
    method: "ML",
    logLik: -239.058581354,
    animal: 0.935630598,
    herd: 0.489890155,
    sigma: 0.887369748,
    beta: 0.368663367,
  },
] as const;

describe("a fit", () => {
  it("agrees with lme4 on the transformed Z, by ML and REML", async () => {
    for (const { method, logLik, animal, herd, sigma, beta } of REFERENCE) {
      const fit = await animalModel.fit(method === "REML" ? reml() : ml());
      const estimate = (term: string, group: string | null) =>
        fit.tidy().find((row) => row.term === term && row.group === group)!.estimate;
      expect(fit.logLik).toBeCloseTo(logLik, 6);
      expect(estimate("sd__(Intercept)", "animal")).toBeCloseTo(animal, 4);
      expect(estimate("sd__(Intercept)", "herd")).toBeCloseTo(herd, 4);
      expect(estimate("sd__Observation", "Residual")).toBeCloseTo(sigma, 4);
      expect(estimate("x", null)).toBeCloseTo(beta, 4);
    }
  });

  it("estimates animals without records, and predicts for them after saving", async () => {
    const fit = await animalModel.fit();
    expect(fit.ranef().filter(({ group }) => group === "animal")).toHaveLength(46);
    expect(summaryText(fit)).toContain("animal: 46 levels with known covariance A, 40 of them in the rows");
    const newdata = [{ x: 0, animal: "a1", herd: "h1" }];
    const loaded = loadFit(JSON.parse(JSON.stringify(saveFit(fit))));
    const [row] = predict(loaded, { newdata }).rows;
    expect(row).toEqual(predict(fit, { newdata }).rows[0]);
    const b = (group: string, level: string) =>
      fit.ranef().find((effect) => effect.group === group && effect.level === level)!.estimate;
    expect(row!.estimate).toBeCloseTo(fit.estimate[0]! + b("animal", "a1") + b("herd", "h1"), 10);
  });

  it("predicts the effects of all levels as (A ⊗ Σ)Z'V⁻¹(y − Xβ), those without records too", async () => {
    const { data, layout } = animalModel.compile();
    const fit = await animalModel.fit(ml());
    const V = denseV(data, denseRelationship(data, A), fit.estimate);
    choleskyFactor(V, data.n);
    const { X, names } = data.predictors[0]!;
    const r = Float64Array.from(data.columns["y"]!, (y, i) =>
      names.reduce((sum, _, a) => sum - X[i * names.length + a]! * fit.estimate[a]!, y),
    );
    choleskySolve(V, data.n, r);
    const variance = fit.estimate[layout.terms[0]!.offset]! ** 2;
    const { index, levels } = data.random[0]!;
    const effects = fit.ranef().filter(({ group }) => group === "animal");
    levels.forEach((level, l) => {
      const row = A.levels.indexOf(level) * A.levels.length;
      const expected = r.reduce(
        (sum, value, i) => sum + variance * A.values[row + A.levels.indexOf(levels[index[i]!]!)]! * value,
        0,
      );
      expect(effects[l]!.level).toBe(level);
      expect(effects[l]!.estimate).toBeCloseTo(expected, 9);
    });
  });

  it("has one posterior by NUTS with effects integrated out and sampled, and by Gibbs", async () => {
    const small = somePedigree(8);
    const declared = model(someRecords(additiveRelationship(small), 4, 3))
      .formula("y ~ x + (1 | gr(animal, cov = A))")
      .knownCovariance("A", pedigreePrecision(small))
      .prior("fixed", normal(0, 5))
      .prior("sd", halfNormal(2))
      .prior("sigma", halfNormal(2));
    const fits = await Promise.all([
      declared.sample(nuts({ chains: 2, draws: 300, seed: 3, target: "integrated" })),
      declared.sample(nuts({ chains: 2, draws: 400, warmup: 300, seed: 3, target: "joint" })),
      declared.sample(gibbs({ chains: 2, draws: 1500, warmup: 200, seed: 3 })),
    ]);
    const rows = fits.map((fit) => fit.tidy({ effects: ["fixed", "ran_pars", "ran_vals"] }));
    // four parameters, and effects of 14 animals, four of them without records
    expect(rows[0]).toHaveLength(4 + 14);
    for (const [i, row] of rows[0]!.entries())
      for (const other of rows.slice(1)) {
        const error = Math.hypot(row.mcse!, other[i]!.mcse!);
        expect(Math.abs(row.estimate - other[i]!.estimate) / error, `${row.term} ${row.level}`).toBeLessThan(4.5);
      }
  });

  it("tells the terms of one column apart", async () => {
    const fit = await model(records)
      .formula("y ~ x + (1 | gr(animal, cov = A)) + (1 | animal)")
      .knownCovariance("A", Q)
      .fit();
    const groups = fit.tidy().filter(({ effect }) => effect === "ran_pars");
    expect(groups.map(({ group }) => group)).toEqual(["animal (A)", "animal", "Residual"]);
  });

  it("draws effects of all levels jointly: their covariance is A ⊗ Σ", () => {
    const { design, layout } = model(records)
      .formula("y ~ (x | gr(animal, cov = A))")
      .knownCovariance("A", Q)
      .compile();
    const x = Float64Array.of(0, 0.9, -0.4, 0.7, 1);
    const levels = A.levels.length;
    const size = 2 * levels;
    // a stream that gives the unit vectors in turn makes the square root of the covariance visible
    const roots = Array.from({ length: size }, (_, k) => {
      let at = 0;
      const b = new Float64Array(size);
      const unit = { ...createRng("unit"), normal: () => (at++ === k ? 1 : 0) };
      drawTermEffects(unit, x, layout.terms[0]!, design.random[0]!, b);
      return b;
    });
    const Sigma = [0.81, -0.36, -0.36, 0.65];
    for (let i = 0; i < size; i += 7)
      for (let j = 0; j < size; j++) {
        const expected = A.values[Math.floor(i / 2) * levels + Math.floor(j / 2)]! * Sigma[(i % 2) * 2 + (j % 2)]!;
        expect(roots.reduce((sum, root) => sum + root[i]! * root[j]!, 0)).toBeCloseTo(expected, 11);
      }
  });

  it("simulates, and refuses to resample clusters that depend on each other", async () => {
    const fit = await animalModel.fit();
    expect(simulate(fit, { seed: 1 }).values.every(Number.isFinite)).toBe(true);
    const newdata = [{ x: 0, animal: "stranger", herd: "h1" }];
    expect(simulate(fit, { seed: 1, newdata }).values).toHaveLength(1);
    expect(() => clusterBootstrap(fit, { seed: 1, cluster: "herd", resamples: 2 })).toThrow(
      /The levels of animal depend on each other/,
    );
  });

  it("samples counts by Gibbs, level by level, as by NUTS", async () => {
    const small = somePedigree(8);
    const own = someRecords(additiveRelationship(small), 4, 3);
    const counts = { ...own, y: own.y.map((value) => Math.max(0, Math.round(value))) };
    const declared = model(counts)
      .formula("y ~ x + (1 | gr(animal, cov = A))")
      .family(poisson())
      .knownCovariance("A", pedigreePrecision(small))
      .prior("fixed", normal(0, 2))
      .prior("sd", halfNormal(0.5));
    const fits = await Promise.all([
      declared.sample(nuts({ chains: 2, draws: 400, warmup: 300, seed: 4, target: "joint" })),
      declared.sample(gibbs({ chains: 2, draws: 2500, warmup: 300, seed: 4 })),
    ]);
    const [one, other] = fits.map((fit) => fit.tidy({ effects: ["fixed", "ran_pars", "ran_vals"] }));
    expect(one).toHaveLength(3 + 14);
    for (const [i, row] of one!.entries()) {
      const error = Math.hypot(row.mcse!, other![i]!.mcse!);
      expect(Math.abs(row.estimate - other![i]!.estimate) / error, `${row.term} ${row.level}`).toBeLessThan(4.5);
    }
  });
});
