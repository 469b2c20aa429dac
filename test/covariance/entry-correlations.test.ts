/** Families of correlation matrices by their entries: gradients, charts and priors against finite differences and sums over grids. */
import { describe, expect, test } from "vitest";
import { DISTANCE_FUNCTIONS } from "../../src/covariance/distance-functions.ts";
import { boundStructure } from "../../src/covariance/structures.ts";
import { createRng } from "../../src/random/rng.ts";
import { besselK } from "../../src/special/bessel-k.ts";
import { expectGradient } from "./expect-gradient.ts";

const rng = createRng("entry correlations");
const places = [
  [0, 1],
  [2.5, 0.3],
  [1, 1.2],
  [4, 4],
  [0.2, 0.9],
];

// R 4.2.2: besselK(x, nu, expon.scaled = TRUE)
test.each([
  [1e-6, 0.3, 116.164746770958],
  [1e-3, 2.5, 119018758.380381],
  [0.1, 0.5, 3.96332729760601],
  [1, 1.7, 3.09535592843651],
  [5, 3.3, 1.45319058127697],
  [50, 10, 0.474451791643599],
  [300, 0.2, 0.0723348458939459],
])("the Bessel function of %d and order %d", (x, nu, expected) => {
  const { value, orderSlope, below } = besselK(nu)(x);
  expect(value / expected).toBeCloseTo(1, 13);
  const h = 1e-5;
  const slope = (besselK(nu + h)(x).value - besselK(nu - h)(x).value) / (2 * h);
  expect(orderSlope / slope).toBeCloseTo(1, 6);
  expect(below / besselK(Math.abs(nu - 1))(x).value).toBeCloseTo(1, 12);
});

test("Matérn's function of order ½ is the exponential, of 3/2 has its closed form, and is 1 next to 0", () => {
  const f = DISTANCE_FUNCTIONS.matern();
  f.smoothness!.set(0.5);
  for (const u of [1e-8, 0.1, 1, 7, 300]) expect(f.value(u) / Math.exp(-u)).toBeCloseTo(1, 13);
  f.smoothness!.set(1.5);
  for (const u of [1e-8, 0.1, 1, 7]) expect(f.value(u) / ((1 + u) * Math.exp(-u))).toBeCloseTo(1, 13);
  f.smoothness!.set(40);
  expect(f.value(1e-30)).toBe(1);
});

describe.each(["ou", "exp", "gau", "mat", "toep", "homtoep"] as const)("%s", (covariance) => {
  const at = covariance === "ou" ? places.map(([first]) => [first!]) : places;
  const structure = boundStructure({ covariance, q: 5, places: at });
  const fixed = boundStructure({ covariance, q: 5, places: at, sd: [2, 2, 2, 2, 2] });

  test("gradients, with free and with given standard deviations", () => {
    for (const one of [structure, fixed]) {
      const x = Float64Array.from({ length: one.size }, () => 0.2 + rng.uniform());
      expectGradient(one, x, rng);
    }
  });

  test("the prior of the coordinates: its gradient, and what is drawn", () => {
    const prior = structure.prior!;
    const z = Float64Array.from({ length: prior.size }, () => 0.3 + 0.5 * rng.uniform());
    const gradient = new Float64Array(prior.size);
    prior.logDensity(z, 0, 0.7, true, gradient);
    for (let k = 0; k < prior.size; k++) {
      const moved = (h: number) =>
        prior.logDensity(
          z.map((value, i) => (i === k ? value + h : value)),
          0,
          0.7,
          true,
        );
      expect(gradient[k]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5);
    }
    const out = new Float64Array(prior.size);
    prior.draw(rng, 2, out, 0);
    expect(out.every(Number.isFinite)).toBe(true);
  });

  if (covariance !== "mat")
    test("a singular matrix of a long range, or of a partial correlation near 1, has a factor", () => {
      const x = new Float64Array(structure.size).fill(1);
      x.fill(covariance.endsWith("toep") ? 25 : 60, structure.sds);
      const L = new Float64Array(25);
      structure.fill(x, 0, L);
      expect(L.every(Number.isFinite)).toBe(true);
      expect(L[5]).toBeCloseTo(1, 8);
    });
});

test("under the range's prior exp(−d/range) is uniform, d the usual distance of neighbours", () => {
  const { prior } = boundStructure({ covariance: "ou", q: 4, places: [[0], [1], [2], [3]] });
  let total = 0;
  let mean = 0;
  for (let i = 0; i < 4000; i++) {
    const z = -8 + (i + 0.5) * 0.006;
    const mass = 0.006 * Math.exp(prior!.logDensity(Float64Array.of(z), 0, 0, true));
    total += mass;
    mean += mass * Math.exp(-1 / Math.exp(z));
  }
  expect(total).toBeCloseTo(1, 5);
  expect(mean).toBeCloseTo(0.5, 5);
});
