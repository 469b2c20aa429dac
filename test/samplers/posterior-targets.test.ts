/** The integrated and joint posteriors of real models: exact gradients, agreement of the two, symmetry of signed sds. */
import { describe, expect, test } from "vitest";
import { atOnce } from "../../src/optimise/pausable.ts";
import { exponential, gamma, studentT } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { prepareTarget } from "../../src/samplers/choose-target.ts";
import { buildTarget, targetData } from "../../src/samplers/target-data.ts";
import { gradientError } from "./finite-differences.ts";
import { cbpp, sleepstudy } from "./models.ts";

const CASES = [
  ["sleepstudy, signed sds", () => sleepstudy().compile(), { kind: "exact" }],
  [
    "sleepstudy, log sds",
    () =>
      sleepstudy()
        .prior("sd:Subject.(Intercept)", exponential(0.02))
        .prior("sd:Subject.Days", gamma(2, 0.3))
        .prior("fixed:Days", studentT(4, 0, 20))
        .compile(),
    { kind: "exact" },
  ],
  ["cbpp", () => cbpp().compile(), { kind: "agq", nodes: 5 }],
] as const;

describe.each(CASES)("%s", (name, compile, method) => {
  const model = compile();
  const priors = resolvePriors(model);
  const mode = atOnce(prepareTarget(model, priors, "integrated"));
  test.each(["integrated", "joint"] as const)("the gradient of the %s posterior", (kind) => {
    const { density } = buildTarget(targetData(model, kind, method, priors));
    const rng = createRng(`${name} ${kind}`);
    for (let i = 0; i < 3; i++) {
      const z = Float64Array.from({ length: density.dim }, (_, j) =>
        j < mode.centre.length ? mode.centre[j]! * (1 + 0.2 * rng.normal()) + 0.1 * rng.normal() : rng.normal(),
      );
      expect(gradientError(density, z, 1e-3)).toBeLessThan(1e-6);
    }
  });

  test.each(["integrated", "joint"] as const)(
    "folding the %s posterior changes neither density nor reported draw",
    (kind) => {
      const target = buildTarget(targetData(model, kind, method, priors));
      const { density, chart } = target;
      const rng = createRng("fold");
      const z = Float64Array.from({ length: density.dim }, (_, j) => (j < chart.size ? mode.centre[j]! : rng.normal()));
      for (const { offset, chart: term } of chart.terms)
        for (let a = 0; a < term.q; a++) if (term.signed[a] && a % 2 === 0) z[offset + a] = -z[offset + a]!;
      const x = new Float64Array(model.layout.size);
      const xFolded = new Float64Array(model.layout.size);
      const gradient = new Float64Array(density.dim);
      const gradientThere = new Float64Array(density.dim);
      const value = density.evaluate(z, gradient);
      target.toNatural(z, x);
      const sizes = model.design.random.map((term) => new Float64Array(term.levels.length * term.q));
      target.randomEffects?.(z, sizes);
      const effects = sizes.map((b) => b.slice());
      density.fold!(z, gradient);
      expect(density.evaluate(z, gradientThere)).toBeCloseTo(value, 8);
      for (let j = 0; j < density.dim; j++)
        expect(Math.abs(gradientThere[j]! - gradient[j]!)).toBeLessThan(1e-7 * Math.max(1, Math.abs(gradient[j]!)));
      target.toNatural(z, xFolded);
      for (let j = 0; j < x.length; j++) expect(xFolded[j]).toBeCloseTo(x[j]!, 10);
      target.randomEffects?.(z, sizes);
      for (const [t, b] of effects.entries())
        for (let j = 0; j < b.length; j++) expect(sizes[t]![j]).toBeCloseTo(b[j]!, 10);
    },
  );
});

test("integrating u out of the joint posterior on a grid gives the integrated one", () => {
  const model = cbpp().compile();
  const priors = resolvePriors(model);
  const integrated = buildTarget(targetData(model, "integrated", { kind: "agq", nodes: 25 }, priors));
  const joint = buildTarget(targetData(model, "joint", { kind: "laplace" }, priors));
  const dim = integrated.density.dim;
  const herds = joint.density.dim - dim;
  const points = [Float64Array.of(0.2, 0.1, -0.3, 0.4, 0.8), Float64Array.of(-0.1, 0.3, 0.1, -0.2, 1.3)];
  const [a, b] = points.map((z) => {
    const g = new Float64Array(dim);
    const marginal = integrated.density.evaluate(z, g);
    // log ∫ p(z, u) du factorises over herds: from the joint density with all other u at 0.
    const full = new Float64Array(joint.density.dim);
    full.set(z);
    const gFull = new Float64Array(full.length);
    const base = joint.density.evaluate(full, gFull);
    let sum = base;
    for (let h = 0; h < herds; h++) {
      let mass = 0;
      for (let u = -9; u <= 9; u += 0.05) {
        full[dim + h] = u;
        mass += 0.05 * Math.exp(joint.density.evaluate(full, gFull) - base);
      }
      full[dim + h] = 0;
      sum += Math.log(mass);
    }
    return [marginal, sum] as const;
  }) as [readonly [number, number], readonly [number, number]];
  expect(Math.abs(a[0] - a[1])).toBeLessThan(1e-6);
  expect(Math.abs(b[0] - b[1])).toBeLessThan(1e-6);
});
