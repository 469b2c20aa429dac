import { describe, expect, it } from "vitest";
import { halfNormal, normal } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { buildTarget, targetData } from "../../src/samplers/target-data.ts";
import { orange } from "./support.ts";

const random = { Asym: "~ 1 + (1 | Tree)" };

describe("the posterior of a nonlinear mean", () => {
  it("has default priors at the scale of the parameters, by their names", () => {
    const rows = orange(["Asym + xmid ~ 1 | Tree"]).priors().rows;
    expect(rows.map(({ class: kind, name }) => `${kind}:${name}`)).toEqual([
      "fixed:Asym",
      "fixed:xmid",
      "fixed:scal",
      "sd:Tree.Asym",
      "sd:Tree.xmid",
      "cor:Tree",
      "sigma:sigma",
    ]);
    expect(rows[0]!.prior).toBe("normal(192.7, 481.7)");
    expect(rows[4]!.prior).toMatch(/^halfStudentT\(3, 18\d\d\)$/);
  });

  it.each(["integrated", "joint"] as const)("has the exact gradient with correlated parameters: %s", (kind) => {
    const model = orange(["Asym + xmid ~ 1 | Tree"]).compile();
    const priors = resolvePriors(model);
    const { density, chart, standardisation } = buildTarget(targetData(model, kind, { kind: "laplace" }, priors));
    const x = Float64Array.of(190, 720, 345, 30, 12, 25, 8);
    const standardised = new Float64Array(x.length);
    standardisation.toStandardised(x, standardised);
    const head = new Float64Array(chart.size);
    chart.toUnconstrained(standardised, head);
    const z = new Float64Array(density.dim);
    z.set(head);
    const rng = createRng("effects");
    for (let i = chart.size; i < z.length; i++) z[i] = 0.5 * rng.normal();
    const gradient = new Float64Array(density.dim);
    expect(Number.isFinite(density.evaluate(z, gradient))).toBe(true);
    const scratch = new Float64Array(density.dim);
    for (let i = 0; i < density.dim; i++) {
      const h = 1e-4;
      const at = (step: number) => {
        const point = z.slice();
        point[i]! += step;
        return density.evaluate(point, scratch);
      };
      const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
      expect(Math.abs(difference - gradient[i]!)).toBeLessThan(1e-6 * (1 + Math.abs(gradient[i]!)));
    }
  });

  it("is the same with the random effects integrated out and sampled", async () => {
    const declared = orange([], random)
      .prior("fixed:Asym", normal(190, 100))
      .prior("fixed:xmid", normal(700, 300))
      .prior("fixed:scal", normal(350, 150))
      .prior("sd", halfNormal(50));
    const options = { chains: 2, warmup: 400, draws: 400, seed: "trees" };
    const integrated = await declared.sample(nuts({ ...options, target: "integrated" }));
    const joint = await declared.sample(nuts({ ...options, target: "joint" }));
    const ml = await declared.fit();
    const other = joint.tidy();
    integrated.tidy().forEach(({ term, estimate, std_error, rhat, mcse }, k) => {
      expect(rhat!).toBeLessThan(1.05);
      expect(Math.abs(estimate - other[k]!.estimate)).toBeLessThan(5 * Math.hypot(mcse!, other[k]!.mcse!));
      const likelihood = ml.tidy().find((row) => row.term === term)!.estimate;
      expect(Math.abs(estimate - likelihood)).toBeLessThan(1.5 * std_error!);
    });
    expect(integrated.ranef()).toHaveLength(5);
  });
});
