import { expect, test } from "vitest";
import {
  correlationFactor,
  correlationFactorPullback,
  correlationLogDensity,
  correlationSize,
  partialCorrelations,
} from "../../src/covariance/partial-correlations.ts";
import { createRng } from "../../src/random/rng.ts";

const rng = createRng("correlations");

test.each([2, 3, 5])("q = %d: unit rows, there and back, determinant, pullback", (q) => {
  const m = correlationSize(q);
  const z = Float64Array.from({ length: m }, () => rng.normal());
  const L = new Float64Array(q * q);
  correlationFactor(q, z, 0, L);
  let logDet = 0;
  for (let a = 0; a < q; a++) {
    let square = 0;
    for (let b = 0; b < q; b++) square += L[a * q + b]! ** 2;
    expect(square).toBeCloseTo(1, 13);
    logDet += 2 * Math.log(L[a * q + a]!);
  }
  expect(correlationLogDensity(q, z, 0, 1, false)).toBeCloseTo(logDet, 11);
  const back = new Float64Array(m);
  partialCorrelations(q, L, back, 0);
  for (let j = 0; j < m; j++) expect(back[j]).toBeCloseTo(z[j]!, 9);

  const dL = Float64Array.from({ length: q * q }, () => rng.normal());
  const dz = new Float64Array(m);
  correlationFactorPullback(q, z, 0, L, dL, dz);
  const at = (j: number, h: number) => {
    const point = z.slice();
    point[j]! += h;
    const other = new Float64Array(q * q);
    correlationFactor(q, point, 0, other);
    return other.reduce((sum, value, i) => sum + value * dL[i]!, 0);
  };
  for (let j = 0; j < m; j++) expect(Math.abs(dz[j]! - (at(j, 1e-5) - at(j, -1e-5)) / 2e-5)).toBeLessThan(1e-8);
});

test("stays finite at |z| = 400, where tanh is ±1", () => {
  const z = Float64Array.of(400, -400, 3);
  const L = new Float64Array(9);
  correlationFactor(3, z, 0, L);
  expect(L.every(Number.isFinite)).toBe(true);
  expect(correlationLogDensity(3, z, 0, 1, true)).toBeLessThan(-1000);
  expect(Number.isFinite(correlationLogDensity(3, z, 0, 1, true))).toBe(true);
});
