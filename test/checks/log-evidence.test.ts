/** The evidence against numerical integration and against references made without chains. */
import { describe, expect, test } from "vitest";
import { posteriorChart } from "../../src/charts/posterior-chart.ts";
import { bridge } from "../../src/checks/bridge-sampling.ts";
import { foldedProposal } from "../../src/checks/folded-proposal.ts";
import { bayesFactor, type LogEvidence, logEvidence } from "../../src/checks/log-evidence.ts";
import { parameterLayout } from "../../src/model/parameter-layout.ts";
import { model } from "../../src/model-builder.ts";
import { flat, halfNormal, normal } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { cbpp, exampleData, sleepstudy } from "../samplers/models.ts";
import { posteriorOf } from "./fits.ts";

function expectEvidence({ logEvidence: value, error }: LogEvidence, reference: number, own = 0): void {
  expect(error).toBeLessThan(0.06);
  expect(Math.abs(value - reference)).toBeLessThan(4.5 * error + own);
}

/** Sampled once for both methods. */
const once = (sample: () => Promise<Posterior>) => {
  let fit: Promise<Posterior> | undefined;
  return () => (fit ??= sample());
};
const slopes = once(() => sleepstudy().sample(nuts({ chains: 2, seed: 5, warmup: 300, draws: 700 })));
const intercepts = once(() =>
  model(exampleData("sleepstudy"))
    .formula("Reaction ~ Days + (1 | Subject)")
    .prior("fixed:(Intercept)", normal(250, 100))
    .prior("fixed:Days", normal(0, 50))
    .prior("sd:Subject.(Intercept)", halfNormal(100))
    .prior("sigma", halfNormal(100))
    .sample(nuts({ chains: 2, seed: 6, warmup: 300, draws: 400 })),
);
const herds = once(() => cbpp().sample(nuts({ chains: 2, seed: 5, warmup: 200, draws: 500, target: "integrated" })));

// A few groups with little between them: the posterior of the standard deviation piles up at 0.
const successes = [3, 5, 4, 6, 4, 3];
const alike = model({ y: successes, m: successes.map(() => 10), g: ["a", "b", "c", "d", "e", "f"] })
  .formula("cbind(y, m - y) ~ 1 + (1 | g)")
  .family({ name: "binomial" })
  .prior("fixed", normal(0, 1.5))
  .prior("sd", halfNormal(1));
const nearZero = once(() => alike.sample(nuts({ chains: 2, seed: 2, warmup: 200, draws: 600, target: "integrated" })));

/** Both parameters by the trapezoid rule; the density is even in the standard deviation. */
function trapezoidEvidence(): number {
  const marginal = alike.compile().marginal({ kind: "agq", nodes: 15 });
  let sum = 0;
  const h = 0.1;
  for (let i = -30; i <= 30; i++)
    for (let j = 0; j <= 50; j++) {
      const [b, s] = [i * h, j * h];
      const prior =
        (Math.exp(-0.5 * (b / 1.5) ** 2) / (1.5 * Math.sqrt(2 * Math.PI))) *
        Math.exp(-0.5 * s * s) *
        Math.sqrt(2 / Math.PI);
      sum += (j === 0 ? 0.5 : 1) * h * h * prior * Math.exp(marginal.evaluate(Float64Array.of(b, s)));
    }
  return Math.log(sum);
}

describe.each(["bridge", "importance"] as const)("%s", (method) => {
  test("sleepstudy: −891.4780 (deterministic quadrature)", async () => {
    expectEvidence(logEvidence(await slopes(), { method, seed: 1 }), -891.478);
  });

  test("cbpp: −102.2000 (importance sampling over 31 nodes)", async () => {
    const evidence = logEvidence(await herds(), { method, seed: 1, nodes: 9 });
    expect(evidence.integral).toEqual({ kind: "agq", nodes: 9 });
    expectEvidence(evidence, -102.2);
  });

  test("a standard deviation near 0: against a trapezoid in both parameters", async () => {
    expectEvidence(logEvidence(await nearZero(), { method, seed: 3, nodes: 15 }), trapezoidEvidence(), 1e-4);
  });

  test("a slope that is there: Bayes factor", async () => {
    const a = logEvidence(await slopes(), { method });
    const b = logEvidence(await intercepts(), { method });
    const factor = bayesFactor(a, b);
    expect(factor.logBayesFactor).toBe(a.logEvidence - b.logEvidence);
    expect(factor.error).toBeCloseTo(Math.hypot(a.error, b.error), 14);
    expect(factor.logBayesFactor).toBeGreaterThan(10);
    expect(factor.bayesFactor).toBe(Math.exp(factor.logBayesFactor));
    expect(factor.low).toBeLessThan(factor.bayesFactor);
    expect(factor.high).toBeGreaterThan(factor.bayesFactor);
    expect(factor.probability).toBeGreaterThan(0.9999);
    expect(bayesFactor(b, a).logBayesFactor).toBe(-factor.logBayesFactor);
    const others = { ...b, response: { ...b.response, nobs: 179 } };
    expect(() => bayesFactor(a, others)).toThrow(/\(180 rows\) and Reaction \(179 rows\)/);
  });
});

test("flat priors are refused by name", () => {
  const compiled = model(exampleData("sleepstudy"))
    .formula("Reaction ~ Days + (1 | Subject)")
    .prior("fixed:Days", flat())
    .compile();
  const fit = posteriorOf(compiled, [
    [250, 10, 30, 30],
    [251, 11, 31, 29],
  ]);
  expect(() => logEvidence(fit)).toThrow(/the prior of fixed:Days is flat/);
});

test("bridge: the constant of an unnormalised normal, within its error, whatever its size", () => {
  const rng = createRng("bridge");
  const n = 4000;
  for (const shift of [0, -5000, 3000]) {
    // π ∝ exp(shift) N(0, 1) with constant exp(shift); q = N(0.3, 1.4²)
    const ratio = (z: number) => shift - 0.5 * z * z + 0.5 * ((z - 0.3) / 1.4) ** 2 + Math.log(1.4);
    const drawn = [0, 1].map(() => Float64Array.from({ length: n / 2 }, () => ratio(rng.normal())));
    const proposed = Float64Array.from({ length: n }, () => ratio(0.3 + 1.4 * rng.normal()));
    const { logValue, error, converged } = bridge(drawn, proposed, n);
    expect(converged).toBe(true);
    expect(error).toBeGreaterThan(0.001);
    expect(error).toBeLessThan(0.02);
    expect(Math.abs(logValue - shift)).toBeLessThan(4.5 * error);
  }
});

test("a folded proposal integrates to 1 over the half where standard deviations are not negative", () => {
  const layout = parameterLayout([1], [{ q: 1, covariance: "us" }], 0);
  const chart = posteriorChart(layout, [[true]], []);
  for (const df of [Infinity, 6]) {
    const proposal = foldedProposal(chart, Float64Array.of(0.2, 0.5), Float64Array.of(1, 0.3, 0.3, 0.8), df)!;
    let sum = 0;
    const h = 0.1;
    for (let b = -25; b <= 25; b += h)
      for (let s = h / 2; s <= 25; s += h) sum += h * h * Math.exp(proposal.logDensity(Float64Array.of(b, s)));
    expect(sum).toBeCloseTo(1, 3);
    const out = new Float64Array(2);
    const rng = createRng("folded");
    for (let i = 0; i < 200; i++) {
      proposal.draw(rng, out);
      expect(out[1]).toBeGreaterThanOrEqual(0);
    }
  }
});
