import { describe, expect, it } from "vitest";
import { knownCovariance } from "../../src/covariance/known-covariance.ts";
import { levelPrecision } from "../../src/covariance/level-precision.ts";
import { additiveRelationship, pedigreePrecision } from "../../src/covariance/pedigree.ts";
import { choleskyFactor, choleskyLogDet, choleskySolve } from "../../src/linalg/dense-cholesky.ts";
import { createRng } from "../../src/random/rng.ts";
import { centred, type EffectBlock } from "../../src/samplers/effect-coordinates.ts";
import { relatedNonCentred, whitenedEffects } from "../../src/samplers/related-effects.ts";
import { numericGradient, somePedigree } from "../covariance/support.ts";

const pedigree = somePedigree(8);
const A = additiveRelationship(pedigree);
const known = levelPrecision(knownCovariance(pedigreePrecision(pedigree)), "A");
const levels = A.levels.length;
const q = 2;
const size = levels * q;
const factor = Float64Array.of(0.9, 0, -0.4, 0.7);
const offset = 3;

const blockAt = (lambda: Float64Array): EffectBlock => ({
  q,
  levels,
  offset,
  factor: lambda,
  b: new Float64Array(size),
});

/** A ⊗ ΛΛ', effects of a level side by side. */
function covariance(): Float64Array {
  const Sigma = [0.81, -0.36, -0.36, 0.65];
  return Float64Array.from({ length: size * size }, (_, c) => {
    const [i, j] = [Math.floor(c / size), c % size];
    return A.values[Math.floor(i / q) * levels + Math.floor(j / q)]! * Sigma[(i % q) * q + (j % q)]!;
  });
}

const rng = createRng("related effects");
const z = Float64Array.from({ length: offset + size }, () => rng.normal());
const db = Float64Array.from({ length: size }, () => rng.normal());
const beta = Float64Array.of(0.4, -0.2);

describe("coordinates of effects with a known covariance across levels", () => {
  it("non-centred: unit vectors map to a square root of A ⊗ Σ", () => {
    const block = blockAt(factor);
    const coordinates = relatedNonCentred(block, known);
    const roots = Array.from({ length: size }, (_, k) => {
      const unit = new Float64Array(offset + size);
      unit[offset + k] = 1;
      expect(coordinates.expand(unit)).toBe(-0.5);
      return block.b.slice();
    });
    covariance().forEach((entry, c) => {
      const [i, j] = [Math.floor(c / size), c % size];
      expect(roots.reduce((sum, root) => sum + root[i]! * root[j]!, 0)).toBeCloseTo(entry, 12);
    });
  });

  it("non-centred: whitening undoes the colouring", () => {
    const block = blockAt(Float64Array.of(1, 0, 0, 1));
    relatedNonCentred(block, known).expand(z);
    const white = whitenedEffects(known, block.b, q);
    white.forEach((v, i) => {
      expect(v).toBeCloseTo(z[offset + i]!, 12);
    });
  });

  it("centred: the density is that of N(0, A ⊗ Σ)", () => {
    const block = blockAt(factor);
    const value = centred(block, { map: Float64Array.of(1, 0, 0, 1), beta }, known).expand(z);
    const b = Float64Array.from({ length: size }, (_, i) => z[offset + i]! - beta[i % q]!);
    expect([...block.b]).toEqual([...b]);
    const L = covariance();
    choleskyFactor(L, size);
    const solved = b.slice();
    choleskySolve(L, size, solved);
    const expected = -0.5 * (choleskyLogDet(L, size) + b.reduce((sum, entry, i) => sum + entry * solved[i]!, 0));
    expect(value).toBeCloseTo(expected, 10);
  });

  it.each(["centred", "non-centred"] as const)("%s: gradients of density and likelihood", (kind) => {
    // log-likelihood linear in b with slope db: all of its gradients are those of the map
    const value = (point: Float64Array) => {
      const block = blockAt(Float64Array.of(point[0]!, 0, point[1]!, point[2]!));
      const centre = { map: Float64Array.of(1, 0, 0.5, 1), beta: point.slice(3, 5) };
      const coordinates = kind === "centred" ? centred(block, centre, known) : relatedNonCentred(block, known);
      const density = coordinates.expand(point.subarray(2));
      return { value: density + block.b.reduce((sum, entry, i) => sum + entry * db[i]!, 0), coordinates };
    };
    // [Λ₁₁ Λ₂₁ Λ₂₂ β₁ β₂ v]: with the offset of 3, coordinates of the block begin at point[5]
    const point = Float64Array.from([0.9, -0.4, 0.7, ...beta, ...z.slice(offset)]);
    const { coordinates } = value(point);
    const gradient = new Float64Array(offset + size);
    const dFactor = new Float64Array(q * q);
    const dBeta = new Float64Array(2);
    coordinates.pullback(point.subarray(2), db, gradient, dFactor, dBeta);
    const found = [dFactor[0]!, dFactor[2]!, dFactor[3]!, ...dBeta, ...gradient.slice(offset)];
    const expected = numericGradient((at) => value(at).value, point);
    found.forEach((slope, j) => {
      expect(Math.abs(slope - expected[j]!)).toBeLessThan(1e-8 * (1 + Math.abs(slope)));
    });
  });
});
