/** Posteriors under shrinkage priors: against quadrature, in a sparse regression, and one target against the other. */
import { describe, expect, test } from "vitest";
import { logEvidence } from "../../src/checks/log-evidence.ts";
import { mean, pooled } from "../../src/diagnostics/chains.ts";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
import { halfNormal, horseshoe, R2D2 } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { centredAt, coefficientCentring } from "../../src/samplers/coefficient-centring.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { buildTarget, targetData } from "../../src/samplers/target-data.ts";
import { lgamma } from "../../src/special/gamma.ts";
import { gradientError } from "./finite-differences.ts";
import { declared, estimate, hyperChains, parameterChains, short } from "./shrinkage-models.ts";

describe("one coefficient, hyperparameters integrated out by quadrature", () => {
  const x = [1, -0.5, 0.3, 1.2, -1, 0.8, -0.2, 0.6];
  const y = [1, 0, 1, 1, 0, 1, 0, 0];
  const logLik = (beta: number): number =>
    x.reduce((sum, xi, i) => sum + y[i]! * beta * xi - Math.log1p(Math.exp(beta * xi)), 0);

  /** ∫ L(β) β^k N(β; 0, s²) dβ for k = 0, 1, 2, by a fine grid of β/s. */
  const moments = (logScale: number): readonly number[] => {
    const s = Math.exp(logScale);
    const out = [0, 0, 0];
    const step = 0.1;
    for (let t = -9; t <= 9; t += step) {
      const beta = s * t;
      const weight = (step * Math.exp(logLik(beta) - 0.5 * t * t)) / Math.sqrt(2 * Math.PI);
      for (let k = 0; k < 3; k++) out[k]! += weight * beta ** k;
    }
    return out;
  };
  // The moments as functions of log s, on a grid fine enough for linear interpolation.
  const LOW = -30;
  const HIGH = 12;
  const STEP = 0.03;
  const grid = Array.from({ length: Math.round((HIGH - LOW) / STEP) + 1 }, (_, i) => moments(LOW + i * STEP));
  const momentsAt = (logScale: number, k: number): number => {
    const at = Math.min(Math.max((logScale - LOW) / STEP, 0), grid.length - 1.001);
    const i = Math.floor(at);
    return grid[i]![k]! * (1 - at + i) + grid[i + 1]![k]! * (at - i);
  };
  const table = { x, y };
  const declared = () => model(table).formula("y ~ 0 + x").family(binomial());
  const sampler = nuts({ chains: 2, draws: 2000, warmup: 500, seed: "quadrature" });

  const check = (chains: Float64Array[], expected: number) => {
    const { mean: found, error } = estimate(chains);
    expect(Math.abs(found - expected)).toBeLessThan(4.5 * error + 1e-4);
    return error;
  };

  test("horseshoe", async () => {
    const [df, scale, dfGlobal, slab, dfSlab] = [1, 0.7, 3, 1.5, 5];
    const halfT = (log: number, nu: number, unit: number) =>
      Math.LN2 +
      lgamma((nu + 1) / 2) -
      lgamma(nu / 2) -
      0.5 * Math.log(nu * Math.PI) -
      Math.log(unit) -
      ((nu + 1) / 2) * Math.log1p((Math.exp(log) / unit) ** 2 / nu) +
      log;
    const inverseGamma = (logC: number) => {
      const [shape, rate] = [dfSlab / 2, (dfSlab * slab ** 2) / 2];
      return Math.LN2 + shape * Math.log(rate) - lgamma(shape) - 2 * shape * logC - rate * Math.exp(-2 * logC);
    };
    const h = 0.25;
    const sums = { evidence: 0, beta: 0, square: 0, global: 0, slab: 0, local: 0 };
    for (let tau = -22; tau <= 8; tau += h)
      for (let c = -2; c <= 6; c += h)
        for (let lambda = -22; lambda <= 22; lambda += h) {
          const weight = h ** 3 * Math.exp(halfT(tau, dfGlobal, scale) + inverseGamma(c) + halfT(lambda, df, 1));
          if (weight < 1e-14) continue;
          const logScale = -0.5 * Math.log(Math.exp(-2 * c) + Math.exp(-2 * (tau + lambda)));
          const mass = weight * momentsAt(logScale, 0);
          sums.evidence += mass;
          sums.beta += weight * momentsAt(logScale, 1);
          sums.square += weight * momentsAt(logScale, 2);
          sums.global += mass * tau;
          sums.slab += mass * c;
          sums.local += mass * lambda;
        }
    const options = { df, scaleGlobal: scale, dfGlobal, scaleSlab: slab, dfSlab };
    const fit = await declared().prior("fixed", horseshoe(options)).sample(sampler);
    expect(fit.diagnostics.divergences).toEqual([0, 0]);
    const beta = parameterChains(fit, 0);
    expect(check(beta, sums.beta / sums.evidence)).toBeLessThan(0.04);
    check(
      beta.map((chain) => chain.map((b) => b * b)),
      sums.square / sums.evidence,
    );
    check(hyperChains(fit, "hs_global"), sums.global / sums.evidence);
    check(hyperChains(fit, "hs_slab"), sums.slab / sums.evidence);
    check(hyperChains(fit, "hs_local[x]"), sums.local / sums.evidence);
    const { logEvidence: found, error } = logEvidence(fit);
    expect(error).toBeLessThan(0.05);
    expect(Math.abs(found - Math.log(sums.evidence))).toBeLessThan(4.5 * error);
  });

  test("R2D2", async () => {
    const [meanR2, precR2] = [0.4, 3];
    const [a, b] = [meanR2 * precR2, (1 - meanR2) * precR2];
    const constant = lgamma(a + b) - lgamma(a) - lgamma(b);
    const sums = { evidence: 0, beta: 0, logit: 0 };
    const h = 0.05;
    // with one coefficient φ = 1 and s² = R²/(1 − R²)
    for (let logit = -30; logit <= 20; logit += h) {
      const density = constant - a * Math.log1p(Math.exp(-logit)) - b * Math.log1p(Math.exp(logit));
      const mass = h * Math.exp(density) * momentsAt(0.5 * logit, 0);
      sums.evidence += mass;
      sums.beta += h * Math.exp(density) * momentsAt(0.5 * logit, 1);
      sums.logit += mass * logit;
    }
    const fit = await declared().prior("fixed", R2D2({ meanR2, precR2 })).sample(sampler);
    check(parameterChains(fit, 0), sums.beta / sums.evidence);
    check(
      hyperChains(fit, "R2D2_R2", (r2) => Math.log(r2 / (1 - r2))),
      sums.logit / sums.evidence,
    );
    expect(fit.draws.hyper!.names).toEqual(["R2D2_R2", "R2D2_phi[x]"]);
    const { logEvidence: found, error } = logEvidence(fit);
    expect(Math.abs(found - Math.log(sums.evidence))).toBeLessThan(4.5 * error);
  });
});

/** 23 predictors, three of which matter, in 10 groups. */
function sparse(n: number) {
  const rng = createRng("sparse");
  const names = Array.from({ length: 23 }, (_, k) => `x${k + 1}`);
  const truth = [1, -0.8, 0.4];
  const columns: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  const effects = Array.from({ length: 10 }, () => 0.5 * rng.normal());
  const y: number[] = [];
  for (let i = 0; i < n; i++) {
    let eta = 1 + effects[i % 10]!;
    names.forEach((name, k) => {
      const value = rng.normal();
      columns[name]!.push(value);
      eta += (truth[k] ?? 0) * value;
    });
    y.push(eta + rng.normal());
  }
  const table: Record<string, unknown[]> = { ...columns, y, g: y.map((_, i) => `g${i % 10}`) };
  return { table, names, truth, formula: `y ~ ${names.join(" + ")} + (1 | g)` };
}

test("20 noise columns are held near 0 and three signals are not, without divergences", async () => {
  const { table, names, truth, formula } = sparse(60);
  const own = model(table as never).formula(formula);
  const fit = await own
    .prior("fixed", horseshoe({ parRatio: 3 / 20 }))
    .sample(nuts({ chains: 2, warmup: 400, draws: 300, seed: "sparse" }));
  const plain = await own.fit(ml());
  expect(fit.diagnostics.divergences).toEqual([0, 0]);
  const rows = new Map(fit.tidy().map((row) => [row.term, row]));
  const mle = new Map(plain.tidy().map((row) => [row.term, row]));
  const squares = (of: ReadonlyMap<string, { readonly estimate: number }>) =>
    names.reduce((sum, name, k) => sum + (of.get(name)!.estimate - (truth[k] ?? 0)) ** 2, 0);
  expect(squares(rows)).toBeLessThan(0.5 * squares(mle));
  expect(rows.get("x1")!.conf_low).toBeGreaterThan(0.5);
  expect(rows.get("x2")!.conf_high).toBeLessThan(-0.3);
  for (const name of names.slice(3)) expect(Math.abs(rows.get(name)!.median!)).toBeLessThan(0.15);
  for (const row of rows.values()) expect(row.ess_bulk).toBeGreaterThan(150);
  expect([...rows.keys()].slice(-2)).toEqual(["hs_global", "hs_slab"]);
  // the local scale of a signal is larger than that of noise
  const local = (name: string) => mean(pooled(hyperChains(fit, `hs_local[${name}]`)));
  expect(local("x1")).toBeGreaterThan(local("x9") + 1);
});

/** Three ordered categories, one slope that matters and one that does not. */
function ordered() {
  const rng = createRng("shrinkage/ordered");
  const a = Array.from({ length: 80 }, () => rng.normal());
  const b = a.map(() => 3 + rng.normal());
  const y = a.map((x, i) => {
    const latent = 1.2 * x + 0.2 * (i % 6) + Math.log(1 / rng.uniform() - 1);
    return latent < -0.5 ? "1 low" : latent < 1 ? "2 middle" : "3 high";
  });
  return model({ a, b, y, g: a.map((_, i) => `g${i % 6}`) })
    .formula("y ~ a + b + (1 | g)")
    .family(cumulative())
    .prior("sd", halfNormal(1));
}

test.each([horseshoe(), R2D2()])("an ordered response, $name: exact gradients of both targets", (prior) => {
  const compiled = ordered().prior("fixed", prior).compile();
  const priors = resolvePriors(compiled);
  const { centring } = atOnce(coefficientCentring(compiled, priors, { kind: "laplace" }))!;
  for (const kind of ["integrated", "joint"] as const) {
    const { density } = buildTarget(centredAt(targetData(compiled, kind, { kind: "laplace" }, priors), centring));
    const rng = createRng("point");
    const z = Float64Array.from({ length: density.dim }, () => 0.4 * rng.normal());
    expect(gradientError(density, z, 1e-3)).toBeLessThan(1e-7);
  }
});

test("the evidence is bridged in coordinates standardised given the scales", async () => {
  const fit = await declared()
    .prior("fixed", horseshoe())
    .sample(short({ draws: 500, targetAcceptance: 0.9 }));
  const { logEvidence: found, error } = logEvidence(fit);
  // 0.026 here, 0.051 in non-centred coordinates
  expect(error).toBeLessThan(0.035);
  const importance = logEvidence(fit, { method: "importance" });
  expect(Math.abs(found - importance.logEvidence)).toBeLessThan(4.5 * Math.hypot(error, importance.error));
});

test.each([
  ["horseshoe", () => declared().prior("fixed", horseshoe({ dfGlobal: 3 }))],
  ["R2D2", () => declared().prior("fixed", R2D2())],
  ["R2D2 of an ordered response", () => ordered().prior("fixed", R2D2())],
])("%s: sampling the random effects gives the posterior with them integrated out", async (_, declare) => {
  const own = declare();
  const settings = { chains: 2, draws: 1000, warmup: 500 };
  const one = await own.sample(nuts({ ...settings, seed: 1, target: "integrated" }));
  const other = await own.sample(nuts({ ...settings, seed: 2, target: "joint" }));
  const quantities = [
    ...Array.from({ length: one.draws.size }, (__, k) => (fit: Posterior) => parameterChains(fit, k)),
    ...one.draws.hyper!.names.map((name) => (fit: Posterior) => hyperChains(fit, name)),
  ];
  for (const of of quantities) {
    const [a, b] = [estimate(of(one)), estimate(of(other))];
    expect(Math.abs(a.mean - b.mean)).toBeLessThan(4.5 * Math.hypot(a.error, b.error));
  }
});
