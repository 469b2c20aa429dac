/** Every covariance structure by what its interface promises, against dense matrices and finite differences. */
import { describe, expect, test } from "vitest";
import { angleOf, compoundSymmetryFactor, RIGHT_ANGLE } from "../../src/covariance/compound-symmetry.ts";
import { boundStructure, COVARIANCE_KINDS, structureOf } from "../../src/covariance/structures.ts";
import { choleskyFactor, choleskyLogDet } from "../../src/linalg/dense-cholesky.ts";
import { createRng } from "../../src/random/rng.ts";
import { expectGradient } from "./expect-gradient.ts";

const rng = createRng("structures");

/** ΛΛ'. */
function product(L: Float64Array, q: number): number[] {
  return Array.from({ length: q * q }, (_, cell) => {
    const [a, b] = [Math.floor(cell / q), cell % q];
    let sum = 0;
    for (let k = 0; k < q; k++) sum += L[a * q + k]! * L[b * q + k]!;
    return sum;
  });
}

const dense = (q: number, entry: (a: number, b: number) => number): number[] =>
  Array.from({ length: q * q }, (_, cell) => entry(Math.floor(cell / q), cell % q));

/** A structure of effects at irregular places, where it has them. */
const irregular = Array.from({ length: 6 }, (_, q) => Array.from({ length: q }, (__, a) => [4 * a + Math.sin(5 * a)]));
const structureFor = (kind: (typeof COVARIANCE_KINDS)[number], q: number) =>
  boundStructure({ covariance: kind, q, ...(structureOf(kind).places && { places: irregular[q]! }) });

/** The covariance matrix of entries that stand at x[2]. */
function covariance(kind: (typeof COVARIANCE_KINDS)[number], q: number, entries: ArrayLike<number>): number[] {
  const x = Float64Array.from([7, 7, ...Array.from(entries)]);
  const L = new Float64Array(q * q);
  structureFor(kind, q).fill(x, 2, L);
  for (let a = 0; a < q; a++) for (let b = a + 1; b < q; b++) expect(L[a * q + b]).toBe(0);
  return product(L, q);
}

const expectClose = (found: ArrayLike<number>, expected: ArrayLike<number>, digits = 12) => {
  expect(found.length).toBe(expected.length);
  Array.from(expected).forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, digits);
  });
};

describe("the matrices meant", () => {
  for (const q of [2, 3, 5])
    for (const rho of [-0.9 / (q - 1), -0.1 / q, 0, 0.3, 0.99]) {
      const s = Array.from({ length: q }, (_, a) => 0.5 + a);
      test(`of ${q} effects with correlation ${rho}`, () => {
        const omega = angleOf(q, rho);
        expectClose(
          covariance("cs", q, [...s, omega]),
          dense(q, (a, b) => s[a]! * s[b]! * (a === b ? 1 : rho)),
        );
        expectClose(
          covariance("homcs", q, [1.7, omega]),
          dense(q, (a, b) => 1.7 ** 2 * (a === b ? 1 : rho)),
        );
        expectClose(
          covariance("homdiag", q, [1.7]),
          dense(q, (a, b) => (a === b ? 1.7 ** 2 : 0)),
        );
      });
    }

  test("both ends of the correlation's range are ordinary points", () => {
    for (const q of [2, 3, 6])
      for (const omega of [0, RIGHT_ANGLE]) {
        const rho = omega === 0 ? 1 : -1 / (q - 1);
        const C = new Float64Array(q * q);
        const dC = new Float64Array(q * q);
        compoundSymmetryFactor(q, omega, C, dC);
        expectClose(
          product(C, q),
          dense(q, (a, b) => (a === b ? 1 : rho)),
        );
        expect(C[q * q - 1]).toBe(0);
        for (const entry of dC) expect(Number.isFinite(entry)).toBe(true);
        // R is even about them
        const [left, right] = [-1e-3, 1e-3].map((step) => {
          const near = new Float64Array(q * q);
          compoundSymmetryFactor(q, omega + step, near);
          return product(near, q);
        });
        expectClose(left!, right!, 14);
      }
  });
});

describe.each(COVARIANCE_KINDS)("%s", (kind) => {
  const of = (q: number) => structureFor(kind, q);
  const hasUnit = (q: number, i: number) => of(q).labels[i]!.unit !== null;
  const some = (q: number) =>
    Float64Array.from({ length: of(q).size }, (_, i) => (hasUnit(q, i) ? rng.normal() : 0.2 + rng.uniform()));

  test("has the number of entries it names, those with a unit multiplying Λ", () => {
    for (const q of [2, 4]) {
      expect(of(q).labels.length).toBe(of(q).size);
      const x = some(q);
      const doubled = x.map((value, i) => (hasUnit(q, i) ? 2 * value : value));
      expectClose(
        covariance(kind, q, doubled),
        covariance(kind, q, x).map((value) => 4 * value),
      );
    }
  });

  test("the gradient is that of finite differences", () => {
    for (const q of [2, 3, 5]) expectGradient(of(q), some(q), rng);
  });

  test("reads entries back from a factor, and canonical entries keep Σ", () => {
    for (const q of [2, 3]) {
      const structure = of(q);
      const x = some(q);
      const sigma = covariance(kind, q, x);
      const L = new Float64Array(q * q);
      structure.fill(x, 0, L);
      const back = new Float64Array(of(q).size);
      structure.fromFactor(L, back, 0);
      expectClose(covariance(kind, q, back), sigma);
      const canonical = x.slice();
      structure.canonicalise(canonical, 0, 0);
      expectClose(covariance(kind, q, canonical), sigma);
      const folded = x.slice();
      structure.fold(folded, 0);
      expectClose(covariance(kind, q, folded), sigma);
      expect(structure.boundary.entries(canonical, 0)).toEqual([]);
    }
  });

  test("what is nearly at the boundary is put there, and moves lead off it again", () => {
    const q = 3;
    const structure = of(q);
    const x = new Float64Array(of(q).size);
    structure.fromFactor(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), x, 0);
    x[0] = 1e-4;
    const snapped = structure.boundary.snapped(x, 0, 1e-3)!;
    expect(snapped[0]).toBe(0);
    expect(structure.boundary.entries(snapped, 0)).toContain(0);
    expect(structure.boundary.snapped(snapped, 0, 1e-3)).toBeNull();
    const { count, move } = structure.boundary.moves(snapped, 0);
    expect(count).toBeGreaterThan(0);
    const before = covariance(kind, q, snapped);
    for (let i = 0; i < count; i++) {
      const moved = covariance(
        kind,
        q,
        move(
          Array.from({ length: count }, (_, k) => (k === i ? 1 : 0)),
          0.1,
        ),
      );
      const change = Math.max(...moved.map((value, cell) => Math.abs(value - before[cell]!)));
      expect(change).toBeGreaterThan(1e-3);
    }
  });

  test("log det R and the Jacobian of its coordinates are those of dense matrices", () => {
    const q = 3;
    const { sds, prior, ...structure } = of(q);
    const chart = structure.transform(Array.from({ length: sds }, () => false));
    const z = Float64Array.from({ length: chart.size }, () => rng.normal());
    z.fill(0, 0, sds);
    const R = (at: Float64Array) => {
      const x = new Float64Array(chart.naturalSize);
      chart.toNatural(at, x);
      return covariance(kind, q, x);
    };
    const factor = Float64Array.from(R(z));
    choleskyFactor(factor, q);
    expect(prior ? prior.logDensity(z, sds, 1.3, false) : 0).toBeCloseTo(1.3 * choleskyLogDet(factor, q), 11);
    // of places the range has a prior of its own
    if (prior?.size === 1 && !structureOf(kind).places) {
      const shifted = (h: number) => z.map((value, i) => value + (i === sds ? h : 0));
      const slope = (R(shifted(1e-5))[1]! - R(shifted(-1e-5))[1]!) / 2e-5;
      expect(prior.logDensity(z, sds, 0, true)).toBeCloseTo(Math.log(Math.abs(slope)), 8);
    }
  });
});

describe("LKJ on a common correlation", () => {
  test.each([
    [2, 1],
    [2, 2.5],
    [4, 1],
    [4, 3],
  ])("of %i effects, eta %d: integrates to 1 and is what is drawn", (q, eta) => {
    const { logNormaliser, draw } = boundStructure({ covariance: "homcs", q }).prior!;
    const low = -1 / (q - 1);
    const density = (rho: number) =>
      Math.exp(logNormaliser(eta) + (eta - 1) * ((q - 1) * Math.log1p(-rho) + Math.log1p((q - 1) * rho)));
    const steps = 20_000;
    const width = (1 - low) / steps;
    let total = 0;
    let mean = 0;
    let square = 0;
    for (let i = 0; i < steps; i++) {
      const rho = low + (i + 0.5) * width;
      const mass = density(rho) * width;
      total += mass;
      mean += mass * rho;
      square += mass * rho * rho;
    }
    expect(total).toBeCloseTo(1, 6);
    const count = 4000;
    const own = createRng(`lkj ${q} ${eta}`);
    const z = new Float64Array(1);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      draw(own, eta, z, 0);
      sum += 1 - q / (q - 1) / (1 + Math.exp(-z[0]!));
    }
    expect(Math.abs(sum / count - mean)).toBeLessThan(4.5 * Math.sqrt((square - mean * mean) / count));
  });
});

describe("LKJ on an autoregression", () => {
  test.each([
    [2, 1],
    [4, 1],
    [4, 2.5],
  ])("of %i effects, eta %d: integrates to 1 and is what is drawn", (q, eta) => {
    const { logNormaliser, draw } = boundStructure({ covariance: "ar1", q }).prior!;
    const density = (phi: number) => Math.exp(logNormaliser(eta) + (eta - 1) * (q - 1) * Math.log1p(-phi * phi));
    const steps = 20_000;
    let total = 0;
    let square = 0;
    for (let i = 0; i < steps; i++) {
      const phi = -1 + ((i + 0.5) * 2) / steps;
      total += (density(phi) * 2) / steps;
      square += (phi * phi * density(phi) * 2) / steps;
    }
    expect(total).toBeCloseTo(1, 6);
    const own = createRng(`lkj ar1 ${q} ${eta}`);
    const z = new Float64Array(1);
    const squares = Array.from({ length: 4000 }, () => {
      draw(own, eta, z, 0);
      return Math.tanh(z[0]!) ** 2;
    });
    const mean = squares.reduce((sum, value) => sum + value, 0) / squares.length;
    expect(Math.abs(mean - square)).toBeLessThan(4.5 * Math.sqrt(0.1 / squares.length));
  });
});
