import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitModel } from "../../src/frequentist/fit-model.ts";
import { type KinkedMinimum, searchValleys, settleKink, untilNoGain } from "../../src/frequentist/kinked-likelihood.ts";
import { ml } from "../../src/frequentist/method.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { minimise } from "../../src/optimise/bfgs.ts";
import type { Objective } from "../../src/optimise/objective.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
import { createRng } from "../../src/random/rng.ts";
import { distancesAround } from "../../src/residual/distances-around.ts";
import { residualStructure } from "../../src/residual/residual-structure.ts";

const metric = Float64Array.of(0.1, 0, 0, 0.1);
/** Searches from `start`, then settles; kinks of the first coordinate where `kinks` are. */
function settled(objective: Objective, start: readonly number[], kinks: readonly number[]): KinkedMinimum {
  const options = { tolerance: 1e-9 };
  const found = atOnce(
    minimise(objective, Float64Array.from(start), {
      ...options,
      onIteration: untilNoGain(),
      inverseHessian: metric,
    }),
  );
  const around = (value: number) => [...kinks].sort((a, b) => Math.abs(a - value) - Math.abs(b - value)).slice(0, 4);
  return atOnce(settleKink(objective, found, 0, around, metric, options));
}

describe("a minimum at a kink", () => {
  it("is found in the other coordinates too, to the last digits", () => {
    // slopes −3 and 1 on the sides of x = 1, whatever y
    const objective: Objective = ([x, y], gradient) => {
      const bend = x! < 1 ? -3 : 1;
      const rest = y! - 2 * x!;
      gradient[0] = bend - 2 * 40 * rest;
      gradient[1] = 40 * rest;
      return bend * (x! - 1) + 20 * rest * rest;
    };
    for (const start of [
      [0, 0],
      [3, -2],
      [0.99, 2.2],
    ]) {
      const { x, value, kink } = settled(objective, start, [0.2, 1, 1.7]);
      expect(kink).toBe(true);
      expect(x[0]).toBe(1);
      expect(x[1]).toBeCloseTo(2, 5);
      expect(value).toBeLessThan(1e-9);
    }
  });

  it("is found among many kinks by walking over those that are none", () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 3, noNaN: true }), fc.integer({ min: 5, max: 25 }), (start, at) => {
        // the polygon through a parabola about the middle kink: convex, with a kink at each tenth
        const kinks = Array.from({ length: 31 }, (_, k) => (k - at) / 10);
        const objective: Objective = ([x, y], gradient) => {
          const cell = Math.floor(10 * x!) / 10;
          const bend = Math.abs(x!) > 5 ? 2 * x! : 2 * cell + 0.1;
          gradient[0] = bend + 0.5 * (x! - y!);
          gradient[1] = -0.5 * (x! - y!) + 0.02 * y!;
          return cell * cell + bend * (x! - cell) + 0.25 * (x! - y!) ** 2 + 0.01 * y! ** 2;
        };
        const { x, kink } = settled(objective, [start, 1], kinks);
        expect(kink).toBe(true);
        expect(Math.abs(x[0]!)).toBeLessThan(1e-12);
        expect(Math.abs(x[1]!)).toBeLessThan(1e-4);
      }),
      { numRuns: 20, seed: 4 },
    );
  });

  it("is not claimed of a ridge, nor of a smooth minimum near a kink", () => {
    const ridge: Objective = ([x, y], gradient) => {
      const side = x! < 1 ? 1 : -1;
      gradient[0] = side + 2 * (x! - 1);
      gradient[1] = 2 * y!;
      return side * (x! - 1) + (x! - 1) ** 2 + y! ** 2;
    };
    const beside = settled(ridge, [1 + 1e-7, 1], [1]);
    expect(beside.kink).toBe(false);
    expect(beside.converged).toBe(true);
    expect(Math.abs(Math.abs(beside.x[0]! - 1) - 0.5)).toBeLessThan(1e-4);
    const smooth: Objective = ([x, y], gradient) => {
      gradient[0] = 2 * (x! - 1);
      gradient[1] = 2 * y!;
      return (x! - 1) ** 2 + y! ** 2;
    };
    expect(settled(smooth, [4, 1], [1 + 1e-6]).kink).toBe(false);
    expect(settled(smooth, [4, 1], []).converged).toBe(true);
  });
});

describe("valleys between kinks", () => {
  it("are searched beyond the one where a search ends", () => {
    // valleys one apart, the deepest at 2.06
    const objective: Objective = ([x, y], gradient) => {
      const wave = 2 * Math.PI * x!;
      gradient[0] = 2 * (x! - 2) - 2 * Math.PI * Math.cos(wave) + (x! - y!);
      gradient[1] = y! - x!;
      return (x! - 2) ** 2 - Math.sin(wave) + 0.5 * (x! - y!) ** 2;
    };
    const search = (start: Float64Array) => minimise(objective, start, { tolerance: 1e-12, inverseHessian: metric });
    const first = atOnce(search(Float64Array.of(-0.5, 0)));
    const found = atOnce(searchValleys(objective, first, 0, search));
    expect(first.value).toBeGreaterThan(1);
    const lowest = Math.min(
      ...Array.from({ length: 4001 }, (_, k) => objective(Float64Array.of(k / 1000, k / 1000), new Float64Array(2))),
    );
    expect(found.value).toBeLessThanOrEqual(lowest + 1e-12);
    expect(found.evaluations).toBeGreaterThan(first.evaluations);
  });
});

describe("corLin with a nugget", () => {
  const rows = 400;
  const rng = createRng("line");
  // the times of a group are those of every fifth
  const late = Array.from({ length: 50 }, () => 0.8 * rng.uniform());
  const columns = {
    y: new Float64Array(rows),
    g: Float64Array.from({ length: rows }, (_, i) => Math.floor(i / 10)),
    time: Float64Array.from({ length: rows }, (_, i) => (i % 10) + late[i % late.length]!),
  };
  const declared = (model(columns) as unknown as Model)
    .formula("y ~ 1")
    .residual({ correlation: "corLin(~ time | g, nugget = TRUE)" });
  const compiled = declared.compile();
  const structure = residualStructure(compiled.design.residual!);
  structure.set(Float64Array.of(4.3, 0.2), 0);
  const responses = Array.from({ length: 12 }, () => {
    const y = Float64Array.from({ length: rows }, () => rng.normal());
    structure.colour(y);
    return y;
  });

  it("ends at kinks that are maxima, says so, and finds nothing higher beside them", () => {
    let kinks = 0;
    for (const y of responses) {
      const one = compiled.withResponse(y);
      const fit = fitModel(one, ml());
      expect(fit.verdict.code).toBe("converged");
      const range = fit.estimate.at(-2)!;
      if (fit.warnings.some(({ code }) => code === "likelihood-kink")) {
        kinks++;
        const [nearest] = distancesAround(compiled.design.residual!.correlation!, range);
        expect(Math.abs(range - nearest!)).toBeLessThan(1e-9);
        expect(fit.verdict.reason).toContain("kink in corLin.range");
      }
      // no way leads up: each parameter alone, and range and nugget together
      const marginal = one.marginal({ kind: "exact" });
      const top = marginal.evaluate(fit.estimate);
      expect(top).toBeCloseTo(fit.logLik, 8);
      for (const step of [1e-4, 1e-3, 1e-2])
        for (const along of [-1, 0, 1])
          for (const across of [-1, 0, 1]) {
            const beside = fit.estimate.slice();
            beside[2]! *= 1 + along * step;
            beside[3]! *= 1 + across * step;
            expect(marginal.evaluate(beside)).toBeLessThan(top + 1e-8);
          }
      // nor does another stretch between kinks have a higher maximum
      for (const range of [2.2, 3.4, 4.5, 5.6, 7.5]) {
        const other = fitModel(one, ml(), { start: fit.estimate.with(2, range) });
        expect(other.logLik).toBeLessThan(fit.logLik + 1e-6);
      }
      for (const { term, std_error } of fit.tidy()) if (term !== "(Intercept)") expect(std_error).toBeGreaterThan(0);
    }
    expect(kinks).toBeGreaterThan(3);
    expect(kinks).toBeLessThan(12);
  });
});

describe("the distances around a range", () => {
  it("are the two next on each side, the nearest first", () => {
    const rng = createRng("places");
    const place = Float64Array.from({ length: 24 }, () => rng.uniform());
    const start = Int32Array.of(0, 7, 12);
    const part = { start, place, dimensions: 2, metric: "euclidean" } as never;
    const distances: number[] = [];
    for (let g = 0; g < 2; g++)
      for (let i = start[g]!; i < start[g + 1]!; i++)
        for (let j = start[g]!; j < i; j++)
          distances.push(Math.hypot(place[2 * i]! - place[2 * j]!, place[2 * i + 1]! - place[2 * j + 1]!));
    const nearest = (range: number, all: number[]) =>
      all.sort((a, b) => Math.abs(a - range) - Math.abs(b - range)).slice(0, 2);
    for (const range of [0.01, 0.2, 0.5, 3]) {
      const expected = [
        ...nearest(
          range,
          distances.filter((d) => d <= range),
        ),
        ...nearest(
          range,
          distances.filter((d) => d > range),
        ),
      ].sort((a, b) => Math.abs(a - range) - Math.abs(b - range));
      const found = distancesAround(part, range);
      expect(found).toHaveLength(expected.length);
      found.forEach((d, k) => {
        expect(d).toBeCloseTo(expected[k]!, 12);
      });
    }
    // on a grid every distance occurs often, and counts once
    const grid = {
      start: Int32Array.of(0, 6),
      place: Float64Array.of(0, 1, 2, 3, 4, 5),
      dimensions: 1,
      metric: "euclidean",
    };
    expect(distancesAround(grid as never, 2.4)).toEqual([2, 3, 1, 4]);
    expect(distancesAround(grid as never, 9)).toEqual([5, 4]);
  });
});
