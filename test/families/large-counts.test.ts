import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nbinom1 } from "../../src/index.ts";
import { evaluateRow, kernelFor, type Point } from "./evaluate.ts";

type Quantity = keyof Point;
type Case = Record<Quantity, string> & {
  family: string;
  link: string;
  columns: Record<string, number>;
  eta: number;
  phi: number | null;
};
const { cases } = JSON.parse(readFileSync(new URL("./fixtures/large-counts.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

/**
 * What an error is measured in: of the value 1, of the slope the root of the curvature (a standard deviation's worth of η), of derivatives in φ the same on
 * the log scale of φ; or the truth, where it is larger.
 */
function unitOf(c: Case, quantity: Quantity): number {
  const curvature = Math.abs(Number(c.d2));
  const phi = c.phi ?? 1;
  const own = {
    value: 1,
    d1: Math.max(1e-3, Math.sqrt(curvature)),
    d2: curvature,
    d3: curvature,
    dPhi: 1 / phi,
    d2Phi: Math.sqrt(curvature) / phi,
    d3Phi: curvature / phi,
  }[quantity];
  return Math.max(own, Math.abs(Number(c[quantity])));
}

describe("densities of counts up to e^20 and of 1e9 trials against 60-digit values", () => {
  for (const key of new Set(cases.map((c) => `${c.family} ${c.link}`)))
    it(key, () => {
      for (const c of cases.filter((each) => `${each.family} ${each.link}` === key)) {
        const got = evaluateRow(kernelFor(c.family, c.link), c.columns, c.eta, c.phi);
        for (const quantity of Object.keys(got) as Quantity[]) {
          const error = Math.abs(got[quantity]! - Number(c[quantity])) / unitOf(c, quantity);
          const at = `${quantity} at ${JSON.stringify(c.columns)}, eta = ${c.eta}, phi = ${c.phi}: ${got[quantity]}, not ${c[quantity]}`;
          // η itself is rounded, which at a mean of e^20 is 2e-11 of a standard deviation
          expect(error, at).toBeLessThan(5e-11);
        }
      }
    });

  it("passes from small counts to large ones without a step", () => {
    for (const [family, phi] of [
      ["poisson", null],
      ["nbinom2", 3.1],
      ["nbinom1", 2.2],
    ] as const) {
      const [below, at, above] = [998, 999, 1000].map(
        (y) => evaluateRow(kernelFor(family, "log"), { y }, 6.9, phi).value,
      ) as [number, number, number];
      const before = evaluateRow(kernelFor(family, "log"), { y: 997 }, 6.9, phi).value;
      expect(Math.abs(above - 3 * at + 3 * below - before)).toBeLessThan(2e-6);
    }
  });
});

describe("where the dispersion begins", () => {
  it("nbinom1 starts at the moments of large counts", () => {
    const y = Float64Array.of(1e8, 3e8, 2e8, 2e8);
    // the mean is 2e8 and the variance 2e16/3 or 2e16/4
    const alpha = nbinom1().parameters[0]!.start(y, null);
    expect(alpha).toBeGreaterThan(2e7);
    expect(alpha).toBeLessThan(4e7);
  });
});
