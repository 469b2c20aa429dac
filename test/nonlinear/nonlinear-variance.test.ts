/**
 * Variance functions in the density of a nonlinear mean, by Laplace, quadrature and posteriors. With random effects in a parameter that enters
 * linearly the integral is that of a normal distribution, which is written out here.
 */
import { describe, expect, it } from "vitest";
import { laplace, lindstromBates, ml } from "../../src/frequentist/method.ts";
import { choleskyFactor, choleskyLogDet } from "../../src/linalg/dense-cholesky.ts";
import { solveLower } from "../../src/linalg/triangular.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { halfNormal, normal } from "../../src/priors/distributions.ts";
import { residualStructure } from "../../src/residual/residual-structure.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { reference } from "./support.ts";

const { Orange } = reference;
const half = Orange.age.map((age, i) => ((Math.round(age) + i) % 2 === 0 ? "early" : "late"));
const dose = Orange.age.map((age, i) => (i % 6) * (age / 1600));
const declared = (variance: string, random: Readonly<Record<string, string>> = { Asym: "~ 1 + (1 | Tree)" }) =>
  (model({ ...Orange, half, dose }) as unknown as Model)
    .response("circumference")
    .mean("SSlogis(age, Asym, xmid, scal)", { parameters: { Asym: "~ 1", xmid: "~ 1", scal: "~ 1", ...random } })
    .residual({ variance });

const functions: [string, number[]][] = [
  ["varFixed(~ age)", []],
  ["varIdent(~ 1 | half)", [1.7]],
  ["varPower(~ age)", [0.4]],
  ["varPower(~ age | half)", [0.4, -0.1]],
  ["varPower(~ age, fixed = 0.5)", []],
  ["varExp(~ dose | half)", [0.4, -0.3]],
  ["varConstPower(~ dose)", [0.5, 1.2]],
  ["varConstPower(~ dose | half, fixed = list(power = 0.7))", [0.5, 2]],
  ["varConstProp(~ dose)", [0.8]],
  ["varComb(varIdent(~ 1 | half), varExp(~ dose))", [0.6, 0.2]],
];

describe.each(functions)("%s", (variance, psi) => {
  it("is in the marginal likelihood, with its gradient", () => {
    const compiled = declared(variance).compile();
    const { design, layout } = compiled;
    const x = Float64Array.from([190, 720, 345, 30, 6, ...psi]);
    expect(layout.size).toBe(x.length);
    const structure = residualStructure(design.residual!);
    const n = design.n;
    const dense = (at: Float64Array): number => {
      expect(structure.set(at, layout.phi.offset + 1)).toBe(true);
      const shape = Orange.age.map((age) => 1 / (1 + Math.exp((at[1]! - age) / at[2]!)));
      const tree = design.random[0]!.index;
      const V = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          V[i * n + j] =
            (tree[i] === tree[j] ? at[3]! ** 2 * shape[i]! * shape[j]! : 0) +
            (i === j ? (at[4]! * structure.sd[i]!) ** 2 : 0);
      expect(choleskyFactor(V, n)).toBe(true);
      const r = Float64Array.from(design.y, (y, i) => y - at[0]! * shape[i]!);
      solveLower(V, 0, n, n, r);
      return -0.5 * (n * Math.log(2 * Math.PI) + choleskyLogDet(V, n) + r.reduce((sum, z) => sum + z * z, 0));
    };
    for (const method of [{ kind: "laplace" }, { kind: "agq", nodes: 5 }] as const) {
      const gradient = new Float64Array(x.length);
      expect(compiled.marginal(method).evaluate(x, gradient)).toBeCloseTo(dense(x), 8);
      gradient.forEach((slope, j) => {
        const h = 1e-4 * Math.max(1, Math.abs(x[j]!));
        const difference = (dense(x.with(j, x[j]! + h)) - dense(x.with(j, x[j]! - h))) / (2 * h);
        expect(Math.abs(slope - difference)).toBeLessThan(1e-5 * Math.max(1, Math.abs(difference)));
      });
    }
  });
});

describe("varPower of a covariate", () => {
  it("is fitted by Laplace to the maximum that linearising approximates", async () => {
    const exact = await declared("varPower(~ age)").fit(laplace());
    const linearised = await declared("varPower(~ age)").fit(lindstromBates());
    expect(exact.verdict.code).toBe("converged");
    // linearising at the estimate: a likelihood of its own, near the exact one
    expect(Math.abs(exact.logLik - linearised.logLik)).toBeLessThan(0.05);
    const rows = linearised.tidy();
    exact.tidy().forEach(({ term, estimate }, j) => {
      expect(term).toBe(rows[j]!.term);
      expect(Math.abs(estimate - rows[j]!.estimate)).toBeLessThan(0.3 * rows[j]!.std_error!);
    });
    expect(exact.logLik).toBeGreaterThan(
      exact.model.marginal({ kind: "laplace" }).evaluate(linearised.estimate) - 1e-7,
    );
    const pearson = exact.residuals("pearson");
    const fitted = exact.fitted();
    const [sigma, power] = [exact.glance().sigma!, exact.estimate.at(-1)!];
    pearson.forEach((value, i) => {
      expect(value).toBeCloseTo((Orange.circumference[i]! - fitted[i]!) / (sigma * Orange.age[i]! ** power), 8);
    });
  });

  it("is fitted alike by the density and by gnls's algorithm without random effects", async () => {
    const none = { Asym: "~ 1" };
    const [density, linearised] = await Promise.all([
      declared("varPower(~ age)", none).fit(laplace()),
      declared("varPower(~ age)", none).fit(ml()),
    ]);
    expect(Math.abs(density.logLik - linearised.logLik)).toBeLessThan(1e-6);
  });

  it("has a posterior, integrated and joint", async () => {
    const sampled = declared("varPower(~ age)")
      .prior("fixed:Asym", normal(190, 50))
      .prior("sd", halfNormal(50))
      .prior("aux:varPower.power", normal(0, 0.5));
    const [integrated, joint] = await Promise.all(
      (["integrated", "joint"] as const).map((target) =>
        sampled.sample(nuts({ chains: 2, warmup: 250, draws: 300, seed: "power", target })),
      ),
    );
    const rows = joint!.tidy();
    integrated!.tidy().forEach(({ term, estimate, mcse }, j) => {
      expect(rows[j]!.term).toBe(term);
      expect(Math.abs(estimate - rows[j]!.estimate)).toBeLessThan(5 * Math.hypot(mcse!, rows[j]!.mcse!));
    });
  });
});
