/** Posteriors under shrinkage priors: against quadrature, one target against the other, and through everything a fit goes through. */
import { describe, expect, test } from "vitest";
import { powerScaleSensitivity } from "../../src/calibration/power-scale-sensitivity.ts";
import { priorPredictive } from "../../src/calibration/prior-predictive.ts";
import { sbc } from "../../src/calibration/sbc.ts";
import { logEvidence } from "../../src/checks/log-evidence.ts";
import { mean, pooled, variance } from "../../src/diagnostics/chains.ts";
import { essMean } from "../../src/diagnostics/effective-sample-size.ts";
import { drawsFromCmdStan, drawsToCmdStan } from "../../src/exchange/cmdstan-csv.ts";
import { namedDraws } from "../../src/exchange/named-draws.ts";
import { posteriorFromDraws } from "../../src/exchange/posterior-from-draws.ts";
import { binomial } from "../../src/families/binomial.ts";
import { ml } from "../../src/frequentist/method.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { model } from "../../src/model-builder.ts";
import { halfNormal, horseshoe, normal, R2D2 } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import type { Checkpoint } from "../../src/samplers/checkpoint.ts";
import { resume } from "../../src/samplers/checkpoint.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { posteriorFromJSON } from "../../src/samplers/saved-posterior.ts";
import { lgamma } from "../../src/special/gamma.ts";

/** Draws of one hyperparameter by chain, of its logarithm where asked for. */
function hyperChains({ draws }: Posterior, name: string, f: (x: number) => number = Math.log): Float64Array[] {
  const { names, values } = draws.hyper!;
  const k = names.indexOf(name);
  return Array.from({ length: draws.chains }, (_, c) =>
    Float64Array.from({ length: draws.drawsPerChain }, (__, i) =>
      f(values[(c * draws.drawsPerChain + i) * names.length + k]!),
    ),
  );
}

function parameterChains({ draws }: Posterior, position: number): Float64Array[] {
  return Array.from({ length: draws.chains }, (_, c) =>
    Float64Array.from(
      { length: draws.drawsPerChain },
      (__, i) => draws.values[(c * draws.drawsPerChain + i) * draws.size + position]!,
    ),
  );
}

/** Mean and its Monte Carlo standard error. */
function estimate(chains: Float64Array[]): { readonly mean: number; readonly error: number } {
  const all = pooled(chains);
  return { mean: mean(all), error: Math.sqrt(variance(all) / essMean(chains)) };
}

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
}, 60_000);

const rng = createRng("shrinkage/small");
const small = {
  a: Array.from({ length: 60 }, () => rng.normal()),
  b: Array.from({ length: 60 }, () => 2 + rng.normal()),
  g: Array.from({ length: 60 }, (_, i) => `g${i % 6}`),
  y: [] as number[],
};
small.y = small.a.map((x, i) => 0.5 * x + 0.3 * (i % 6) + rng.normal());
const declared = () =>
  model(small).formula("y ~ a + b + (1 | g)").prior("sd", halfNormal(1)).prior("sigma", halfNormal(2));
const short = (options: Parameters<typeof nuts>[0] = {}) =>
  nuts({ chains: 2, warmup: 300, draws: 200, seed: "short", ...options });

test.each([
  ["horseshoe", horseshoe({ dfGlobal: 3 })],
  ["R2D2", R2D2()],
])(
  "%s: sampling the random effects gives the posterior with them integrated out",
  async (_, prior) => {
    const own = declared().prior("fixed", prior);
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
  },
  60_000,
);

describe("the draws of the hyperparameters", () => {
  const own = declared().prior("fixed", horseshoe()).prior("fixed:b", normal(0, 1));

  test("are kept, stopped and resumed, extended, saved and loaded bit for bit", async () => {
    const whole = await own.sample(short());
    expect(whole.draws.hyper!.names).toEqual(["hs_global", "hs_slab", "hs_local[a]"]);
    expect(whole.draws.hyper!.values).toHaveLength(2 * 200 * 3);

    let last: Checkpoint | null = null;
    await own.sample(short(), {
      every: 130,
      checkpoint: (state) => {
        last ??= JSON.parse(JSON.stringify(state));
      },
    });
    const resumed = await resume(last!);
    expect(resumed.draws).toEqual(whole.draws);

    const half = await own.sample(short({ draws: 120 }));
    expect((await half.extend(80)).draws).toEqual(whole.draws);

    const loaded = posteriorFromJSON(JSON.parse(JSON.stringify(half)), half.model);
    expect(loaded.draws).toEqual(half.draws);
    expect(loaded.tidy()).toEqual(half.tidy());
    expect((await loaded.extend(80)).draws).toEqual(whole.draws);
  });

  test("travel under their names", async () => {
    const fit = await own.sample(short());
    const names = namedDraws(fit).variables.map(({ name }) => name);
    expect(names).toEqual("b_Intercept b_a b_b sd_g__Intercept sigma hs_global hs_slab hs_local[a]".split(" "));
    const again = posteriorFromDraws(fit.model, drawsFromCmdStan(drawsToCmdStan(fit)));
    expect(again.draws.hyper).toEqual(fit.draws.hyper);
    expect(again.tidy().map(({ term }) => term)).toEqual(fit.tidy().map(({ term }) => term));
  });
});

describe("what else uses priors", () => {
  const own = declared().prior("fixed", R2D2());

  test("prior predictive draws", () => {
    const { rows } = priorPredictive(own, { draws: 400 });
    const spread = (term: string) => {
      const row = rows.find((one) => one.term === term)!;
      return row.q97_5 - row.q2_5;
    };
    expect(spread("a")).toBeGreaterThan(1);
    expect(spread("a")).toBeLessThan(60);
  });

  test("power-scaling scales the top level of the prior", async () => {
    const sensitivity = async (prior: ReturnType<typeof R2D2>) => {
      const fit = await declared()
        .prior("fixed", prior)
        .sample(short({ draws: 500 }));
      const { rows } = powerScaleSensitivity(fit, { priors: ["fixed:a"] });
      return rows.find(({ term }) => term === "a")!.prior;
    };
    // the prior of R² is flat, then narrow about a value far too small
    expect(await sensitivity(R2D2())).toBeLessThan(1e-6);
    expect(await sensitivity(R2D2({ meanR2: 0.02, precR2: 300 }))).toBeGreaterThan(0.03);
  });

  test("a penalised fit refuses it in a sentence, and an ordinary one ignores it", async () => {
    await expect(own.fit(ml(), { penalised: true })).rejects.toThrow(DeclarationError);
    await expect(own.fit(ml(), { penalised: true })).rejects.toThrow(
      "The prior R2D2() cannot serve as a penalty: its density grows without bound",
    );
    expect((await own.fit(ml())).warnings.map(({ code }) => code)).toContain("priors-ignored");
  });

  test("simulation-based calibration ranks the hyperparameters too", async () => {
    const result = await sbc(own, {
      fits: 3,
      ranks: 19,
      sampler: nuts({ chains: 1, warmup: 200, draws: 200 }),
      seed: "smoke",
    });
    expect(result.quantities.map(({ name }) => name)).toContain("R2D2_R2");
  });
});
