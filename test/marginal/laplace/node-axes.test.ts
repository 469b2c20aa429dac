import { describe, expect, it } from "vitest";
import { agq, binomial, model, poisson } from "../../../src/index.ts";
import { nodeAxes } from "../../../src/marginal/laplace/node-axes.ts";
import { createRng } from "../../../src/public/engines.ts";

describe("axes of nodes", () => {
  const layout = { offset: 0, size: 6, q: 3, covariance: "us" } as const;
  const Lambda = [1.2, 0, 0, 0.3, 0.8, 0, -0.4, 0.5, 0.6];
  // b of the user's from those of the engine
  const rows = Float64Array.of(1, 0, 0, 0.4, 0.9, 0, -0.2, 0.3, 0.7);

  it("make Λ upper triangular in the user's effects and leave its covariance", () => {
    for (const given of [null, rows]) {
      const factor = Float64Array.from(Lambda);
      nodeAxes(layout, given)!.turn(factor);
      for (let a = 0; a < 3; a++)
        for (let b = 0; b < 3; b++) {
          let own = 0;
          for (let k = 0; k < 3; k++) own += (given ? given[a * 3 + k]! : Number(a === k)) * factor[k * 3 + b]!;
          if (b < a) expect(Math.abs(own)).toBeLessThan(1e-15);
          let before = 0;
          let after = 0;
          for (let k = 0; k < 3; k++) {
            before += Lambda[a * 3 + k]! * Lambda[b * 3 + k]!;
            after += factor[a * 3 + k]! * factor[b * 3 + k]!;
          }
          expect(after).toBeCloseTo(before, 14);
        }
    }
  });

  it("are differentiated exactly", () => {
    const weights = Float64Array.from({ length: 9 }, (_, k) => Math.sin(k + 1));
    const value = (entries: readonly number[], axes: NonNullable<ReturnType<typeof nodeAxes>>) => {
      const factor = Float64Array.from(entries);
      axes.turn(factor);
      return factor.reduce((sum, each, k) => sum + weights[k]! * each, 0);
    };
    for (const given of [null, rows]) {
      const axes = nodeAxes(layout, given)!;
      value(Lambda, axes);
      const gradient = weights.slice();
      axes.pullback(gradient);
      for (const k of [0, 3, 4, 6, 7, 8]) {
        const moved = (h: number) =>
          value(
            Lambda.map((each, j) => (j === k ? each + h : each)),
            axes,
          );
        expect((moved(1e-5) - moved(-1e-5)) / 2e-5).toBeCloseTo(gradient[k]!, 8);
      }
    }
  });
});

describe("quadrature of few nodes does not move", () => {
  const rng = createRng("axes");
  const g = Array.from({ length: 120 }, (_, i) => `g${i % 15}`);
  const effects = Array.from({ length: 15 }, () => [0.8 * rng.normal(), 0.5 * rng.normal(), 0.4 * rng.normal()]);
  // whole numbers of 2^-12, so that nothing is lost in adding
  const x = g.map(() => Math.round(4096 * rng.normal()) / 4096);
  const z = g.map(() => Math.round(4096 * rng.normal()) / 4096);
  const eta = g.map((_, i) => {
    const [a, b, c] = effects[i % 15]!;
    return 0.5 + a! + (0.4 + b!) * x[i]! + (c! - 0.2) * z[i]!;
  });
  const n = g.map(() => 5);
  const k = eta.map((each) => n.slice(0, 5).filter(() => rng.uniform() < 1 / (1 + Math.exp(-each))).length);
  const counts = eta.map((each) => Math.max(0, Math.round(Math.exp(each) + Math.sqrt(Math.exp(each)) * rng.normal())));
  const moved = (values: readonly number[], unit: number, shift: number) => values.map((each) => unit * (each + shift));

  for (const [unit, shift] of [
    [1, 3],
    [1, 1e9],
    [1e8, 0],
    [-1e-8, 7],
  ] as const) {
    it(`with x in units of ${1 / unit} from ${-shift}`, async () => {
      const logLik = async (values: readonly number[]) =>
        (await model({ g, x: values, k, n }).formula("k | trials(n) ~ x + (x | g)").family(binomial()).fit(agq(3)))
          .logLik;
      const before = await logLik(x);
      expect(Math.abs((await logLik(moved(x, unit, shift))) / before - 1)).toBeLessThan(1e-11);
    });
  }

  it("with two slopes, each from an origin of its own", async () => {
    const logLik = async (x: readonly number[], z: readonly number[]) =>
      (await model({ g, x, z, counts }).formula("counts ~ x + z + (x + z | g)").family(poisson()).fit(agq(3))).logLik;
    const before = await logLik(x, z);
    expect(Math.abs((await logLik(moved(x, 1, 2), moved(z, 1e4, 1e6))) / before - 1)).toBeLessThan(1e-11);
  });
});
