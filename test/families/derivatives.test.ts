/** @module-tag slow */
import { describe, expect, it } from "vitest";
import type { RowNumbers } from "../../src/families/family.ts";
import { familyByName } from "../../src/families/registry.ts";
import { evaluateRow, FAMILIES, kernelFor, type Point, rowsOf } from "./evaluate.ts";

/** Central difference with one Richardson step: error of order h⁴. */
function difference(f: (x: number) => number, x: number): number {
  const central = (h: number) => (f(x + h) - f(x - h)) / (2 * h);
  const h = 1e-3 * Math.max(1, Math.abs(x));
  return (4 * central(h / 2) - central(h)) / 3;
}

/** Each derivative is a difference of the one below it. */
const IN_ETA: readonly [keyof Point, keyof Point][] = [
  ["d1", "value"],
  ["d2", "d1"],
  ["d3", "d2"],
  ["d2Phi", "dPhi"],
  ["d3Phi", "d2Phi"],
];
const IN_PHI: readonly [keyof Point, keyof Point][] = [
  ["dPhi", "value"],
  ["d2Phi", "d1"],
  ["d3Phi", "d2"],
];

describe("derivatives to third order are differences of those below", () => {
  for (const { name, link, phi } of FAMILIES)
    it(`${name} ${link}`, () => {
      const kernel = kernelFor(name, link);
      const positive = name === "Gamma" ? link === "inverse" : name === "poisson" && link === "identity";
      for (const columns of rowsOf(familyByName(name, link)))
        for (const eta of positive ? [0.3, 1.1, 2.5] : [-1.7, -0.4, 0.6, 1.9]) {
          const at = (e: number, p: number | null) => evaluateRow(kernel, columns, e, p);
          const point = at(eta, phi);
          const close = (upper: keyof Point, numeric: number) => {
            const error =
              Math.abs(point[upper]! - numeric) / Math.max(1, Math.abs(point[upper]!), Math.abs(point.value));
            expect(
              error,
              `${upper} at ${JSON.stringify(columns)}, eta ${eta}: ${point[upper]} against ${numeric}`,
            ).toBeLessThan(2e-8);
          };
          for (const [upper, lower] of IN_ETA)
            if (point[upper] !== undefined)
              close(
                upper,
                difference((e) => at(e, phi)[lower]!, eta),
              );
          if (phi !== null)
            for (const [upper, lower] of IN_PHI)
              close(
                upper,
                difference((p) => at(eta, p)[lower]!, phi),
              );
        }
    });
});

/** Simpson's rule. */
function simpson(f: (t: number) => number, from: number, to: number): number {
  const n = 4000;
  const h = (to - from) / n;
  let sum = f(from) + f(to);
  for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * f(from + i * h);
  return (sum * h) / 3;
}

describe("densities are densities", () => {
  for (const { name, link, phi } of FAMILIES)
    it(`${name} ${link} sums or integrates to 1 and has its stated mean and distribution function`, () => {
      const family = familyByName(name, link);
      const kernel = kernelFor(name, link);
      const eta = name === "gaussian" ? 0.4 : 0.7;
      const log = (y: number) => {
        const columns: Record<string, number> = name === "binomial" ? { y, trials: 9 } : { y, weights: 1 };
        return evaluateRow(kernel, columns, eta, phi).value;
      };
      const numbers: RowNumbers = {
        eta: [eta],
        parameter: phi === null ? {} : { [family.parameters[0]!.name]: phi },
        column: name === "binomial" ? { trials: 9 } : {},
      };
      let total = 0;
      let belowFour = 0;
      if (name === "gaussian" || name === "Gamma") {
        // over y, or over log y where y > 0
        const integrand = (t: number) => (name === "Gamma" ? Math.exp(log(Math.exp(t)) + t) : Math.exp(log(t)));
        const middle = name === "Gamma" ? Math.log(4) : 4;
        belowFour = simpson(integrand, -30, middle);
        total = belowFour + simpson(integrand, middle, name === "Gamma" ? 8 : 40);
        expect(belowFour).toBeCloseTo(family.cdf!(4, numbers), 9);
      } else {
        const top = name === "binomial" ? 9 : 400;
        for (let y = 0; y <= top; y++) {
          const mass = Math.exp(log(y));
          total += mass;
          if (y <= 4) belowFour += mass;
        }
        expect(belowFour).toBeCloseTo(family.cdf!(4, numbers), 11);
        expect(family.cdf!(-1, numbers)).toBe(0);
      }
      expect(total).toBeCloseTo(1, 9);
    });
});
