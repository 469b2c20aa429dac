/** Structures with given standard deviations by what the interface of structures promises, against dense matrices and finite differences. */
import { describe, expect, test } from "vitest";
import { boundStructure } from "../../src/covariance/structures.ts";
import { choleskyFactor, choleskyLogDet } from "../../src/linalg/dense-cholesky.ts";
import { createRng } from "../../src/random/rng.ts";
import { expectGradient } from "./expect-gradient.ts";

const rng = createRng("given sds");
const SD = [2, 0.5, 3, 1.5, 0.25];
const sdOf = (kind: string, q: number) => (kind.startsWith("hom") ? new Array<number>(q).fill(2) : SD.slice(0, q));

function product(L: Float64Array, q: number): number[] {
  return Array.from({ length: q * q }, (_, cell) => {
    const [a, b] = [Math.floor(cell / q), cell % q];
    let sum = 0;
    for (let k = 0; k < q; k++) sum += L[a * q + k]! * L[b * q + k]!;
    return sum;
  });
}

const expectClose = (found: ArrayLike<number>, expected: ArrayLike<number>, digits = 12) => {
  expect(found.length).toBe(expected.length);
  Array.from(expected).forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, digits);
  });
};

/** Determinant of a square matrix by rows, by elimination with pivots. */
function determinant(rows: readonly number[][]): number {
  const m = rows.map((row) => [...row]);
  let value = 1;
  for (let c = 0; c < m.length; c++) {
    const pivot = m.findIndex(
      (row, r) => r >= c && Math.abs(row[c]!) === Math.max(...m.slice(c).map((x) => Math.abs(x[c]!))),
    );
    if (pivot !== c) {
      [m[c], m[pivot]] = [m[pivot]!, m[c]!];
      value = -value;
    }
    value *= m[c]![c]!;
    for (let r = c + 1; r < m.length; r++) {
      const ratio = m[r]![c]! / m[c]![c]!;
      for (let k = c; k < m.length; k++) m[r]![k]! -= ratio * m[c]![k]!;
    }
  }
  return value;
}

// those by places and by lags have entries of any size: test/covariance/entry-correlations.test.ts
const ANGLES = ["us", "diag", "homdiag", "cs", "homcs", "ar1", "hetar1"] as const;

describe.each(ANGLES)("%s", (kind) => {
  const of = (q: number) => boundStructure({ covariance: kind, q, sd: sdOf(kind, q) });
  const some = (q: number) => Float64Array.from({ length: of(q).size }, () => 0.3 + 0.8 * rng.uniform());
  const sigmaOf = (q: number, entries: ArrayLike<number>): number[] => {
    const x = Float64Array.from([7, 7, ...Array.from(entries)]);
    const L = new Float64Array(q * q);
    of(q).fill(x, 2, L);
    for (let a = 0; a < q; a++) for (let b = a + 1; b < q; b++) expect(L[a * q + b]).toBe(0);
    return product(L, q);
  };

  test("the standard deviations are those given, the correlations those of the free structure", () => {
    for (const q of [1, 2, 3, 5]) {
      if (q === 1 && (kind.endsWith("cs") || kind === "homdiag")) continue;
      const structure = of(q);
      const pairs = (q * (q - 1)) / 2;
      const free = { us: pairs, cs: 1, homcs: 1, diag: 0, homdiag: 0, ar1: 1, hetar1: 1 }[kind];
      expect(structure.size).toBe(free);
      expect(structure.labels.map(({ unit }) => unit)).toEqual(new Array(free).fill(null));
      expect(structure.sds).toBe(0);
      const sd = sdOf(kind, q);
      for (let round = 0; round < 5; round++) {
        // angles of every size, outside [0, π] too
        const sigma = sigmaOf(
          q,
          Float64Array.from({ length: free }, () => 3 * rng.normal()),
        );
        for (let a = 0; a < q; a++) expect(sigma[a * q + a]).toBeCloseTo(sd[a]! ** 2, 12);
      }
    }
  });

  test("the gradient is that of finite differences", () => {
    for (const q of [2, 3, 5]) expectGradient(of(q), some(q), rng);
  });

  test("reads entries back from a factor of any scale and signs, and canonical entries keep Σ", () => {
    for (const q of [2, 3, 4]) {
      const structure = of(q);
      const x = some(q);
      const sigma = sigmaOf(q, x);
      const L = new Float64Array(q * q);
      structure.fill(x, 0, L);
      const back = new Float64Array(x.length);
      structure.fromFactor(L, back, 0);
      expectClose(sigmaOf(q, back), sigma);
      // a row of another length, columns of another sign
      for (let b = 0; b < q; b++) L[(q - 1) * q + b]! *= 7;
      if (kind === "us") for (let a = 0; a < q; a++) L[a * q + 1]! *= -1;
      structure.fromFactor(L, back, 0);
      expectClose(sigmaOf(q, back), sigma);
      // angles beyond the canonical ones
      const far =
        kind === "us" ? x.map((value, i) => (i % 2 === 0 ? -value : value + 2 * Math.PI)) : x.map((value) => -value);
      const canonical = far.slice();
      structure.canonicalise(canonical, 0, 0);
      expectClose(sigmaOf(q, canonical), sigmaOf(q, far));
      for (const value of canonical) expect(value >= 0 && value <= Math.PI).toBe(true);
      expect(structure.boundary.entries(canonical, 0)).toEqual([]);
    }
  });
});

describe("correlations of ±1", () => {
  const q = 3;
  const structure = boundStructure({ covariance: "us", q, sd: [2, 0.5, 3] });
  const R = (x: Float64Array) => {
    const L = new Float64Array(q * q);
    structure.fill(x, 0, L);
    return product(L, q).map(
      (value, cell) => value / (structure.given![Math.floor(cell / q)]! * structure.given![cell % q]!),
    );
  };

  test("are put where they nearly are, name the angles that they make idle, and moves lead off them with variances as they are", () => {
    const near = Float64Array.of(1e-4, 1, 0.8);
    const snapped = structure.boundary.snapped(near, 0, 1e-3)!;
    expect(R(snapped)[1]).toBe(1);
    expect(R(snapped)[5]).toBeCloseTo(R(snapped)[2]!, 12);
    // the angle itself, and that of the third effect with the second, which have become one
    expect(structure.boundary.entries(snapped, 0)).toEqual([0, 2]);
    expect(structure.boundary.snapped(snapped, 0, 1e-3)).toBeNull();
    const { count, quadratic, move } = structure.boundary.moves(snapped, 0);
    expect([count, quadratic]).toEqual([1, true]);
    const before = R(snapped);
    const after = R(move([1], 0.1));
    for (let a = 0; a < q; a++) expect(after[a * q + a]).toBeCloseTo(1, 12);
    expect(before[1]! - after[1]!).toBeGreaterThan(1e-3);
    expect(structure.boundary.entries(move([1], 0.1), 0)).toEqual([]);
  });

  test("of a matrix of rank 2 without equal effects hold the last angle alone", () => {
    const x = Float64Array.of(1, 1.3, Math.PI);
    expect(structure.boundary.entries(x, 0)).toEqual([2]);
    const [r12, r13, r23] = [R(x)[1]!, R(x)[2]!, R(x)[5]!];
    expect(1 + 2 * r12 * r13 * r23 - r12 ** 2 - r13 ** 2 - r23 ** 2).toBeCloseTo(0, 14);
    expect(structure.boundary.moves(x, 0).count).toBe(1);
  });

  test("are smooth: R is even in the angle there", () => {
    const at = (h: number) => R(Float64Array.of(Math.PI + h, 1, 0.8));
    expect(at(1e-3)[1]).toBeCloseTo(at(-1e-3)[1]!, 14);
    expect(at(1e-3)[2]).toBeCloseTo(at(-1e-3)[2]!, 14);
  });
});

describe.each(ANGLES)("the chart of %s", (kind) => {
  const q = 4;
  const structure = boundStructure({ covariance: kind, q, sd: sdOf(kind, q) });
  const chart = structure.transform([]);
  const sigma = (z: Float64Array) => {
    const x = new Float64Array(chart.naturalSize);
    chart.toNatural(z, x);
    const L = new Float64Array(q * q);
    structure.fill(x, 0, L);
    return product(L, q);
  };
  const correlation = (z: Float64Array) =>
    sigma(z).map((value, cell) => value / (structure.given![Math.floor(cell / q)]! * structure.given![cell % q]!));
  const z = Float64Array.from({ length: chart.size }, () => 0.7 * rng.normal());

  test("goes there and back, with the gradient of finite differences", () => {
    const x = new Float64Array(chart.naturalSize);
    chart.toNatural(z, x);
    const back = new Float64Array(chart.size);
    chart.toUnconstrained(x, back);
    expectClose(back, z, 11);
    const dx = x.map(() => rng.normal());
    const dz = new Float64Array(chart.size).fill(0.5);
    chart.pullback(z, dx, dz);
    const value = (at: Float64Array) => {
      chart.toNatural(at, x);
      return x.reduce((sum, entry, i) => sum + entry * dx[i]!, 0);
    };
    const jacobian = (at: Float64Array) => chart.logJacobian(at);
    const dJacobian = new Float64Array(chart.size);
    chart.logJacobian(z, dJacobian);
    z.forEach((_, i) => {
      const [up, down] = [1e-6, -1e-6].map((h) => z.map((entry, j) => entry + (i === j ? h : 0)));
      expect(dz[i]! - 0.5).toBeCloseTo((value(up!) - value(down!)) / 2e-6, 7);
      expect(dJacobian[i]).toBeCloseTo((jacobian(up!) - jacobian(down!)) / 2e-6, 7);
    });
  });

  test("log det R and the Jacobian are those of dense matrices", () => {
    const factor = Float64Array.from(correlation(z));
    choleskyFactor(factor, q);
    const logDet = structure.prior?.logDensity(z, 0, 1.3, false) ?? 0;
    expect(logDet).toBeCloseTo(1.3 * choleskyLogDet(factor, q), 11);
    // the free correlations: all pairs, or the first of equal ones
    const cells = kind === "us" ? [1, 2, 3, 6, 7, 11] : chart.size === 1 ? [1] : [];
    const columns = Array.from(z, (_, i) => {
      const [up, down] = [1e-5, -1e-5].map((h) => correlation(z.map((entry, j) => entry + (i === j ? h : 0))));
      return cells.map((cell) => (up![cell]! - down![cell]!) / 2e-5);
    });
    expect(chart.logJacobian(z)).toBeCloseTo(Math.log(Math.abs(determinant(columns))), 7);
  });
});
