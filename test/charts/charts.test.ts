import { describe, expect, test } from "vitest";
import type { Chart } from "../../src/charts/chart.ts";
import { posteriorChart } from "../../src/charts/posterior-chart.ts";
import { scalarChart } from "../../src/charts/scalar.ts";
import { boundStructure } from "../../src/covariance/structures.ts";
import { foldCoordinates } from "../../src/covariance/term-transform.ts";
import { fillFactor, parameterLayout } from "../../src/model/parameter-layout.ts";
import { createRng } from "../../src/random/rng.ts";

const rng = createRng("charts");
const random = (size: number) => Float64Array.from({ length: size }, () => rng.normal());

/** Columns ∂x/∂z_j by central differences. */
function jacobian(chart: Chart, z: Float64Array, h = 1e-5): Float64Array[] {
  return Array.from(z, (_, j) => {
    const up = new Float64Array(chart.naturalSize);
    const down = new Float64Array(chart.naturalSize);
    const point = z.slice();
    point[j] = z[j]! + h;
    chart.toNatural(point, up);
    point[j] = z[j]! - h;
    chart.toNatural(point, down);
    return up.map((value, i) => (value - down[i]!) / (2 * h));
  });
}

function checkChart(chart: Chart, z: Float64Array): void {
  const dx = random(chart.naturalSize);
  const dz = random(chart.size);
  const before = dz.slice();
  chart.pullback(z, dx, dz);
  jacobian(chart, z).forEach((column, j) => {
    const expected = before[j]! + column.reduce((sum, slope, i) => sum + slope * dx[i]!, 0);
    expect(Math.abs(dz[j]! - expected)).toBeLessThan(1e-8 * Math.max(1, Math.abs(expected)));
  });
  const gradient = new Float64Array(chart.size);
  chart.logJacobian(z, gradient);
  const point = z.slice();
  for (let j = 0; j < chart.size; j++) {
    point[j] = z[j]! + 1e-5;
    const up = chart.logJacobian(point);
    point[j] = z[j]! - 1e-5;
    const down = chart.logJacobian(point);
    point[j] = z[j]!;
    expect(Math.abs(gradient[j]! - (up - down) / 2e-5)).toBeLessThan(1e-8);
  }
}

describe("scalar charts", () => {
  test.each(["positive", "real", "unit"] as const)("%s: there and back, pullback, Jacobian", (support) => {
    const chart = scalarChart(support);
    for (const value of [-3, -0.2, 0, 1.7]) {
      const z = Float64Array.of(value);
      const x = new Float64Array(1);
      const back = new Float64Array(1);
      chart.toNatural(z, x);
      chart.toUnconstrained(x, back);
      expect(back[0]).toBeCloseTo(value, 12);
      checkChart(chart, z);
      expect(chart.logJacobian(z)).toBeCloseTo(Math.log(jacobian(chart, z)[0]![0]!), 8);
    }
  });
});

describe("random terms", () => {
  const cases = [
    ["us", 1, [true]],
    ["us", 1, [false]],
    ["us", 2, [true, true]],
    ["us", 3, [true, false, true]],
    ["us", 4, [false, false, false, true]],
    ["diag", 3, [true, false, true]],
    ["homdiag", 3, [true]],
    ["homdiag", 2, [false]],
    ["cs", 2, [false, false]],
    ["cs", 4, [false, false, false, false]],
    ["homcs", 3, [true]],
    ["homcs", 5, [false]],
  ] as const;
  test.each(cases)("%s of %i %j: pullback and Jacobian against finite differences", (covariance, q, signed) => {
    const chart = boundStructure({ covariance, q }).transform(signed);
    for (let i = 0; i < 5; i++) checkChart(chart, random(chart.size));
  });

  test.each(cases)("%s of %i %j: there and back is the folded point, and has the same Σ", (covariance, q, signed) => {
    const chart = boundStructure({ covariance, q }).transform(signed);
    const z = random(chart.size);
    z[0] = -Math.abs(z[0]!);
    const x = new Float64Array(chart.naturalSize);
    chart.toNatural(z, x);
    const back = new Float64Array(chart.size);
    chart.toUnconstrained(x, back);
    const gradient = z.slice();
    const folded = z.slice();
    foldCoordinates(chart, folded, gradient, 0, []);
    for (let j = 0; j < chart.size; j++) {
      expect(back[j]).toBeCloseTo(folded[j]!, 10);
      expect(gradient[j]).toBe(folded[j]);
    }
    const again = new Float64Array(chart.naturalSize);
    chart.toNatural(back, again);
    chart.structure.fold(x, 0);
    for (let j = 0; j < x.length; j++) expect(again[j]).toBeCloseTo(x[j]!, 10);
  });

  test("the Jacobian is that of (sd, correlations) for three log sds", () => {
    const chart = boundStructure({ covariance: "us", q: 3 }).transform([false, false, false]);
    const z = random(6);
    const layout = parameterLayout([], [{ q: 3, covariance: "us" }], 0).terms[0]!;
    const L = new Float64Array(9);
    // (sd_0, sd_1, sd_2, R_10, R_20, R_21) of z
    const reported = (at: Float64Array) => {
      const x = new Float64Array(6);
      chart.toNatural(at, x);
      fillFactor(layout, x, L);
      const sigma = (a: number, b: number) => [0, 1, 2].reduce((sum, k) => sum + L[a * 3 + k]! * L[b * 3 + k]!, 0);
      const sd = [0, 1, 2].map((a) => Math.sqrt(sigma(a, a)));
      return [
        ...sd,
        ...[
          [1, 0],
          [2, 0],
          [2, 1],
        ].map(([a, b]) => sigma(a!, b!) / (sd[a!]! * sd[b!]!)),
      ];
    };
    const matrix = Array.from({ length: 6 }, (_, j) => {
      const up = z.slice();
      const down = z.slice();
      up[j]! += 1e-5;
      down[j]! -= 1e-5;
      const [a, b] = [reported(up), reported(down)];
      return a.map((value, i) => (value - b[i]!) / 2e-5);
    });
    // log |det| by elimination
    let logDet = 0;
    for (let k = 0; k < 6; k++) {
      const pivotRow = matrix
        .slice(k)
        .reduce((best, row, i) => (Math.abs(row[k]!) > Math.abs(matrix[best]![k]!) ? k + i : best), k);
      [matrix[k], matrix[pivotRow]] = [matrix[pivotRow]!, matrix[k]!];
      logDet += Math.log(Math.abs(matrix[k]![k]!));
      for (let i = k + 1; i < 6; i++) {
        const factor = matrix[i]![k]! / matrix[k]![k]!;
        for (let j = k; j < 6; j++) matrix[i]![j]! -= factor * matrix[k]![j]!;
      }
    }
    expect(chart.logJacobian(z)).toBeCloseTo(logDet, 7);
  });
});

test("the whole chart: pullback and Jacobian, with β, two terms and two parameters", () => {
  const layout = parameterLayout(
    [2, 1],
    [
      { q: 2, covariance: "us" },
      { q: 2, covariance: "diag" },
    ],
    2,
  );
  const chart = posteriorChart(
    layout,
    [
      [true, true],
      [false, true],
    ],
    ["positive", "unit"],
  );
  expect(chart.size).toBe(3 + 3 + 2 + 2);
  for (let i = 0; i < 5; i++) checkChart(chart, random(chart.size));
});
