/**
 * The log evidence ∫ exp(log density) dz against references made without chains (deterministic quadrature for sleepstudy, importance sampling
 * over a 31-node likelihood for cbpp). One number that no wrong constant, Jacobian or prior survives.
 */
import { expect, test } from "vitest";
import { choleskyFactor } from "../../src/linalg/dense-cholesky.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { gammaVariate, multivariateNormal } from "../../src/random/variates.ts";
import { prepareTarget } from "../../src/samplers/choose-target.ts";
import { buildTarget } from "../../src/samplers/target-data.ts";
import { lgamma } from "../../src/special/gamma.ts";
import { cbpp, sleepstudy } from "./models.ts";

/** log ∫ by importance sampling from a multivariate t around the mode, and its standard error. */
function logEvidence(declaration: { compile(): Parameters<typeof prepareTarget>[0] }, draws: number) {
  const model = declaration.compile();
  const prepared = atOnce(prepareTarget(model, resolvePriors(model), "integrated"));
  const { density, chart } = buildTarget(prepared.target);
  const d = density.dim;
  const df = 6;
  const factor = prepared.metric.values.map((value) => 1.3 * value);
  expect(choleskyFactor(factor, d)).toBe(true);
  let logDet = 0;
  for (let i = 0; i < d; i++) logDet += Math.log(factor[i * d + i]!);
  const constant = lgamma((df + d) / 2) - lgamma(df / 2) - (d / 2) * Math.log(df * Math.PI) - logDet;
  // Signed sds: the density is even in each, and the proposal covers one orthant.
  const signs = chart.terms.flatMap(({ chart: term, offset }) =>
    term.signed.flatMap((yes, a) => (yes ? [offset + a] : [])),
  );
  const rng = createRng("evidence");
  const zero = new Float64Array(d);
  const z = new Float64Array(d);
  const gradient = new Float64Array(d);
  const logWeights = Float64Array.from({ length: draws }, () => {
    multivariateNormal(rng, zero, factor, z);
    let square = 0;
    const w = new Float64Array(d);
    for (let i = 0; i < d; i++) {
      let sum = z[i]!;
      for (let j = 0; j < i; j++) sum -= factor[i * d + j]! * w[j]!;
      w[i] = sum / factor[i * d + i]!;
      square += w[i]! * w[i]!;
    }
    const mixing = df / (2 * gammaVariate(rng, df / 2));
    for (let i = 0; i < d; i++) z[i] = prepared.centre[i]! + Math.sqrt(mixing) * z[i]!;
    if (signs.some((i) => z[i]! <= 0)) return -Infinity;
    const logProposal = constant - ((df + d) / 2) * Math.log1p((square * mixing) / df);
    return density.evaluate(z, gradient) - logProposal;
  });
  const top = logWeights.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logWeights.map((value) => Math.exp(value - top));
  const mean = weights.reduce((a, b) => a + b, 0) / draws;
  const variance = weights.reduce((a, b) => a + (b - mean) ** 2, 0) / (draws - 1);
  return { value: top + Math.log(mean) + signs.length * Math.LN2, error: Math.sqrt(variance / draws) / mean };
}

test("sleepstudy: −891.4780", () => {
  const { value, error } = logEvidence(sleepstudy(), 20_000);
  expect(error).toBeLessThan(0.02);
  expect(Math.abs(value - -891.478)).toBeLessThan(4.5 * error);
});

test("cbpp: −102.2000", () => {
  const { value, error } = logEvidence(cbpp(), 5000);
  expect(error).toBeLessThan(0.02);
  // 0.01: what the five nodes chosen may be off
  expect(Math.abs(value - -102.2)).toBeLessThan(4.5 * error + 0.01);
});
