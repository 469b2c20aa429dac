import { expect, it } from "vitest";
import { createRng } from "../../src/random/rng.ts";
import { matrixMixture, mixtureUpper, varianceMixture } from "../../src/special/chi-bar-square.ts";
import { chiSquareUpper } from "../../src/special/distributions.ts";

const equal = (n: number, rho: number) => Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : rho));
const weightsOf = ({ weights }: { weights: readonly { weight: number }[] }) => weights.map(({ weight }) => weight);

it("weights of uncorrelated variances are binomial, exactly to three and simulated beyond", () => {
  const rng = createRng(1);
  expect(weightsOf(varianceMixture(equal(1, 0), 1, 0, rng))).toEqual([0.5, 0.5]);
  for (const [n, binomial] of [
    [2, [1, 2, 1]],
    [3, [1, 3, 3, 1]],
    [4, [1, 4, 6, 4, 1]],
  ] as const) {
    const found = varianceMixture(equal(n, 0), n, 2, rng);
    expect(found.weights.map(({ df }) => df)).toEqual(binomial.map((_, k) => 2 + k));
    weightsOf(found).forEach((weight, k) => {
      expect(Math.abs(weight - binomial[k]! / 2 ** n)).toBeLessThan(n < 4 ? 1e-12 : 0.015);
    });
  }
});

it("weights of equally correlated variances are the probabilities of orthants", () => {
  // Shapiro 1988: with ρ = ½ among three, P(all positive) = 1/4; of two 1/3
  expect(weightsOf(varianceMixture(equal(2, 0.5), 2, 0, createRng(1))).map((w) => Math.round(w * 1e12) / 1e12)).toEqual(
    [0.166666666667, 0.5, 0.333333333333],
  );
  const three = weightsOf(varianceMixture(equal(3, 0.5), 3, 0, createRng(1)));
  expect(three[3]).toBeCloseTo(0.25, 12);
  expect(three.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
  // the simulation of four agrees with 1/5, the orthant's probability
  expect(Math.abs(weightsOf(varianceMixture(equal(4, 0.5), 4, 0, createRng(1)))[4]! - 0.2)).toBeLessThan(0.012);
});

it("a covariance matrix at 0 has the weights of the cone of such matrices", () => {
  // rotationally symmetric: eigenvalues of a Gaussian orthogonal matrix are both positive with probability ½ − 1/√8
  const V = Float64Array.of(2, 0, 0, 0, 1, 0, 0, 0, 2);
  const found = matrixMixture(V, 0, createRng(1));
  const most = 0.5 - 1 / Math.sqrt(8);
  [most, 0.5 - most, 0.5 - most, most].forEach((weight, k) => {
    expect(Math.abs(weightsOf(found)[k]! - weight)).toBeLessThan(0.01);
  });
  expect(mixtureUpper(found, 3)).toBeLessThan(chiSquareUpper(3, 3));
});
