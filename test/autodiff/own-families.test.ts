import { describe, expect, it } from "vitest";
import { compileKernel } from "../../src/autodiff/compile-kernel.ts";
import { compileMean } from "../../src/autodiff/compile-mean.ts";
import { evaluateRow, kernelFor } from "../families/evaluate.ts";
import { locationScaleStudent, zeroInflatedPoisson } from "./own-families.ts";

/** All derivatives of one row at (η, φ), flat, by the names of their indices. */
function table(kernel: ReturnType<typeof compileKernel>, y: number, eta: readonly number[], phi: readonly number[]) {
  const bound = kernel.bind({ y: Float64Array.of(y) }, 1, null);
  eta.forEach((e, r) => {
    bound.eta[r]![0] = e;
  });
  bound.setParameters(Float64Array.from(phi));
  const out: Record<string, number> = { "": bound.adjoint(0, 1) };
  const K = eta.length;
  let pair = 0;
  let triple = 0;
  for (let r = 0; r < K; r++) {
    out[`${r}`] = bound.d1[r]![0]!;
    for (let s = r; s < K; s++) {
      out[`${r}${s}`] = bound.d2[pair]![0]!;
      phi.forEach((_, g) => {
        out[`${r}${s}g${g}`] = bound.d3Phi[g]![pair]![0]!;
      });
      pair++;
      for (let t = s; t < K; t++) out[`${r}${s}${t}`] = bound.d3[triple++]![0]!;
    }
    phi.forEach((_, g) => {
      out[`${r}g${g}`] = bound.d2Phi[g]![r]![0]!;
    });
  }
  phi.forEach((_, g) => {
    out[`g${g}`] = bound.dPhi[g]!;
  });
  return out;
}

/** The entry below: without one index, and the index taken away. */
function below(key: string): { parent: string; variable: string } {
  const global = /g(\d)$/.exec(key);
  if (global) return { parent: key.slice(0, -2), variable: `g${global[1]}` };
  return { parent: key.slice(0, -1), variable: key.at(-1)! };
}

describe("families with several predictors", () => {
  for (const { family, phi, ys } of [
    { family: locationScaleStudent(), phi: [4.5], ys: [-1.2, 0.3, 5] },
    { family: zeroInflatedPoisson(), phi: [], ys: [0, 1, 6] },
  ])
    it(`${family.name}: every entry to third order, mixed ones included`, () => {
      const kernel = compileKernel(family);
      for (const y of ys) {
        const eta = [0.4, -0.7];
        const centre = table(kernel, y, eta, phi);
        // 2 first, 3 second, 4 third; with φ: 1, 2 and 3 more
        expect(Object.keys(centre).length).toBe(1 + 2 + 3 + 4 + 6 * phi.length);
        for (const key of Object.keys(centre)) {
          if (key === "") continue;
          const { parent, variable } = below(key);
          const at = (h: number) =>
            variable.startsWith("g")
              ? table(
                  kernel,
                  y,
                  eta,
                  phi.map((p, g) => (variable === `g${g}` ? p + h : p)),
                )[parent]!
              : table(
                  kernel,
                  y,
                  eta.map((e, r) => (variable === `${r}` ? e + h : e)),
                  phi,
                )[parent]!;
          const central = (h: number) => (at(h) - at(-h)) / (2 * h);
          const numeric = (4 * central(5e-4) - central(1e-3)) / 3;
          expect(Math.abs(centre[key]! - numeric) / Math.max(1, Math.abs(numeric)), `${key} at y = ${y}`).toBeLessThan(
            1e-8,
          );
        }
      }
    });

  it("Student's t against R's dt, and against the normal at many degrees of freedom", () => {
    // dt(1.3, 4.5, log = TRUE) in R 4.2.2
    expect(table(compileKernel(locationScaleStudent()), 1.3, [0, 0], [4.5])[""]).toBeCloseTo(-1.85091933657093, 13);
    const normal = evaluateRow(kernelFor("gaussian", "identity"), { y: 1.3, weights: 1 }, 0, 1);
    expect(table(compileKernel(locationScaleStudent()), 1.3, [0, 0], [1e6])[""]).toBeCloseTo(normal.value, 5);
  });

  it("means with derivatives in every predictor and parameter", () => {
    const mean = compileMean(zeroInflatedPoisson());
    const eta = [Float64Array.of(0.3, 1), Float64Array.of(-0.5, 0.2)];
    const out = { value: new Float64Array(2), dEta: [new Float64Array(2), new Float64Array(2)] };
    mean.evaluate(eta, new Float64Array(0), 2, out);
    for (let i = 0; i < 2; i++) {
      const p = 1 / (1 + Math.exp(-eta[1]![i]!));
      const mu = Math.exp(eta[0]![i]!);
      expect(out.value[i]).toBeCloseTo(mu * (1 - p), 14);
      expect(out.dEta[0]![i]).toBeCloseTo(mu * (1 - p), 14);
      expect(out.dEta[1]![i]).toBeCloseTo(-mu * p * (1 - p), 14);
    }
    expect(mean.hasVariance).toBe(false);
    expect(() => mean.variance(eta, new Float64Array(0), 2, out.value)).toThrow(/states no variance/);
  });
});
