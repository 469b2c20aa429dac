import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluateRow, kernelFor, type Point } from "./evaluate.ts";

type Quantity = keyof Point;
type Case = Record<Quantity, string> & {
  family: string;
  link: string;
  columns: Record<string, number>;
  eta: number;
  phi: number | null;
};
const { cases } = JSON.parse(readFileSync(new URL("./fixtures/family-extremes.json", import.meta.url), "utf8")) as {
  cases: Case[];
};
const quantities: readonly Quantity[] = ["value", "d1", "d2", "d3", "dPhi", "d2Phi", "d3Phi"];

/** Error in units of the truth, or of the response where the truth is smaller; derivatives in φ are taken on the log scale of φ. */
function errorOf(c: Case, quantity: Quantity, got: number): number {
  const truth = Number(c[quantity]);
  if (got === truth) return 0;
  const unit = Math.max(1, Math.abs(c.columns["y"]!)) / (quantity.endsWith("Phi") ? c.phi! : 1);
  return Math.abs(got - truth) / Math.max(unit, Math.abs(truth));
}

describe("densities and derivatives against 400-digit values, extremes included", () => {
  for (const key of new Set(cases.map((c) => `${c.family} ${c.link}`)))
    it(key, () => {
      for (const c of cases.filter((each) => `${each.family} ${each.link}` === key)) {
        const got = evaluateRow(kernelFor(c.family, c.link), c.columns, c.eta, c.phi);
        for (const quantity of quantities) {
          if (!(quantity in c)) continue;
          const at = `${quantity} at y = ${c.columns["y"]}, eta = ${c.eta}, phi = ${c.phi}: ${got[quantity]}, not ${c[quantity]}`;
          expect(errorOf(c, quantity, got[quantity]!), at).toBeLessThan(2e-13);
        }
      }
    });

  it("covers every family and link", () => {
    expect(new Set(cases.map((c) => `${c.family} ${c.link}`)).size).toBe(12);
    expect(cases.length).toBe(500);
  });
});

describe("beyond the fixture", () => {
  it("stays finite at eta of 800 wherever the truth is", () => {
    for (const link of ["logit", "probit", "cauchit"])
      for (const eta of [-800, 800])
        for (const y of [0, 1]) {
          const point = evaluateRow(kernelFor("binomial", link), { y, trials: 1 }, eta, null);
          for (const x of Object.values(point)) expect(Number.isFinite(x), `${link} ${eta} ${y}`).toBe(true);
        }
    // log(1 − p) = −e^800 overflows in truth
    const cloglog = kernelFor("binomial", "cloglog");
    expect(evaluateRow(cloglog, { y: 0, trials: 1 }, 800, null).value).toBe(-Infinity);
    expect(evaluateRow(cloglog, { y: 1, trials: 1 }, 800, null)).toEqual({ value: 0, d1: 0, d2: 0, d3: 0 });
    expect(evaluateRow(kernelFor("nbinom2", "log"), { y: 3 }, 800, 2).value).toBeCloseTo(
      -2 * 800 + 2 * Math.log(2) + Math.log(4),
      9,
    );
  });

  it("reaches the Poisson limit of the negative binomials smoothly", () => {
    const poisson = evaluateRow(kernelFor("poisson", "log"), { y: 7 }, 1.4, null);
    for (const [family, phi] of [
      ["nbinom2", Math.exp(34)],
      ["nbinom1", Math.exp(-34)],
    ] as const) {
      const limit = evaluateRow(kernelFor(family, "log"), { y: 7 }, 1.4, phi);
      expect(limit.value).toBeCloseTo(poisson.value, 12);
      expect(limit.d1).toBeCloseTo(poisson.d1, 12);
      expect(limit.d3).toBeCloseTo(poisson.d3, 12);
    }
  });
});
