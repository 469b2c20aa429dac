/** Posteriors of nonlinear means whose residuals are correlated: both targets, and what is made of their draws. */
import { beforeAll, describe, expect, it } from "vitest";
import { conditionalLogLikelihood } from "../../src/calibration/conditional-log-likelihood.ts";
import { loo } from "../../src/checks/leave-one-out.ts";
import { logLikelihood, unitDraws } from "../../src/checks/pointwise-log-likelihood.ts";
import { waic } from "../../src/checks/waic.ts";
import { compare } from "../../src/compare/compare.ts";
import { plainNumbers } from "../../src/data/number-json.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { loadFit, saveFit } from "../../src/exchange/saved-fit.ts";
import { agq, auto, laplace, ml } from "../../src/frequentist/method.ts";
import { choleskyFactor, choleskyLogDet } from "../../src/linalg/dense-cholesky.ts";
import { solveLower } from "../../src/linalg/triangular.ts";
import type { Model } from "../../src/model-builder.ts";
import { atOnce } from "../../src/optimise/pausable.ts";
import { flat, halfNormal, normal } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import { findMode } from "../../src/samplers/mode.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { hmc, nuts } from "../../src/samplers/sampler.ts";
import { startingPoint } from "../../src/samplers/starting-point.ts";
import { buildTarget, targetData } from "../../src/samplers/target-data.ts";
import { gradientError } from "../samplers/finite-differences.ts";
import { orange, reference } from "./support.ts";

const { Orange } = reference;
const random = { Asym: "~ 1 + (1 | Tree)" };
const series = { variance: "varPower(~ age)", correlation: "corAR1(~ 1 | Tree)" };
const withPriors = (declared: Model): Model =>
  declared
    .prior("fixed:Asym", normal(190, 50))
    .prior("fixed:xmid", normal(700, 150))
    .prior("fixed:scal", normal(350, 80))
    .prior("aux:varPower.power", normal(0, 0.3));
const mixed = withPriors(orange([], random).residual(series)).prior("sd", halfNormal(50));
const across = orange(["Asym + xmid ~ 1 | Tree"]).residual(series);

function logNormal(V: Float64Array, r: Float64Array): number {
  const n = r.length;
  expect(choleskyFactor(V, n)).toBe(true);
  solveLower(V, 0, n, n, r);
  return -0.5 * (n * Math.log(2 * Math.PI) + choleskyLogDet(V, n) + r.reduce((sum, z) => sum + z * z, 0));
}

const tree = Orange.Tree;
const place = tree.map((own, i) => tree.slice(0, i).filter((other) => other === own).length);
/** Entry of the covariance of the rows of `mixed` at x = [Asym, xmid, scal, sd, σ, power, φ], the trees' effects integrated out or not. */
function covariance(x: Float64Array, i: number, j: number, integrated: boolean): number {
  if (tree[i] !== tree[j]) return 0;
  const shape = (k: number) => 1 / (1 + Math.exp((x[1]! - Orange.age[k]!) / x[2]!));
  const sd = (k: number) => x[4]! * Orange.age[k]! ** x[5]!;
  const residual = sd(i) * sd(j) * x[6]! ** Math.abs(place[i]! - place[j]!);
  return residual + (integrated ? x[3]! ** 2 * shape(i) * shape(j) : 0);
}
/** log N of the rows `rows` of `mixed` about the curves of their trees' effects b. */
function density(x: Float64Array, rows: readonly number[], b: ((i: number) => number) | null): number {
  const V = Float64Array.from(rows.flatMap((i) => rows.map((j) => covariance(x, i, j, b === null))));
  const curve = (i: number) => (x[0]! + (b?.(i) ?? 0)) / (1 + Math.exp((x[1]! - Orange.age[i]!) / x[2]!));
  return logNormal(
    V,
    Float64Array.from(rows, (i) => Orange.circumference[i]! - curve(i)),
  );
}
const all = [...tree.keys()];

describe("the log density that is sampled", () => {
  it.each([
    ["integrated", across],
    ["joint", across],
    ["joint", mixed],
    ["integrated", orange().residual(series)],
  ] as const)("has the exact gradient: %s, %o", (kind, declared) => {
    const compiled = declared.compile();
    const target = buildTarget(targetData(compiled, kind, { kind: "laplace" }, resolvePriors(compiled)));
    const { chart, standardisation, density: posterior } = target;
    const theta = { 9: [30, 12, 25], 7: [30], 6: [] }[compiled.layout.size]!;
    const x = Float64Array.of(190, 720, 345, ...theta, 3, 0.15, 0.4);
    const standardised = new Float64Array(x.length);
    standardisation.toStandardised(x, standardised);
    const head = new Float64Array(chart.size);
    chart.toUnconstrained(standardised, head);
    const z = new Float64Array(posterior.dim);
    z.set(head);
    const rng = createRng("effects");
    for (let i = chart.size; i < z.length; i++) z[i] = 0.5 * rng.normal();
    expect(gradientError(posterior, z, 1e-4)).toBeLessThan(1e-6);
  });

  it("has all rows' normal density given the random effects", () => {
    const compiled = mixed.compile();
    const x = Float64Array.of(190, 720, 345, 30, 3, 0.15, 0.4);
    const b = compiled.design.random[0]!.levels.map((_, level) => 10 * level - 20);
    const index = compiled.design.random[0]!.index;
    const value = conditionalLogLikelihood(compiled)(x, [Float64Array.from(b)]);
    expect(value).toBeCloseTo(
      density(x, all, (i) => b[index[i]!]!),
      8,
    );
  });

  it("has its mode at the maximum of the likelihood with flat priors", async () => {
    const free = (["fixed", "sigma", "aux:varPower.power", "aux:corAR1.Phi"] as const).reduce(
      (declared, name) => declared.prior(name, flat()),
      orange().residual(series),
    );
    const compiled = free.compile();
    const target = buildTarget(targetData(compiled, "integrated", { kind: "laplace" }, resolvePriors(compiled)));
    const { estimate } = await orange().residual(series).fit(ml());
    const z = new Float64Array(target.chart.size);
    const standardised = new Float64Array(estimate.length);
    target.standardisation.toStandardised(estimate, standardised);
    target.chart.toUnconstrained(standardised, z);
    const gradient = new Float64Array(z.length);
    const jacobian = new Float64Array(z.length);
    // what is left of the density when the likelihood, flat at its maximum, is taken away: the Jacobian of the chart
    target.density.evaluate(z, gradient);
    const at = z.slice();
    const x = new Float64Array(estimate.length);
    for (let i = 0; i < z.length; i++) {
      const value = (step: number) => {
        at[i] = z[i]! + step;
        target.chart.toNatural(at, x);
        const rest = target.density.evaluate(at, new Float64Array(z.length)) - target.marginal!.evaluate(x);
        at[i] = z[i]!;
        return rest;
      };
      jacobian[i] = (value(1e-4) - value(-1e-4)) / 2e-4;
    }
    // ml() is the generalised least squares of gnls, which knows nothing of this density
    gradient.forEach((slope, i) => {
      expect(Math.abs(slope - jacobian[i]!)).toBeLessThan(2e-2);
    });
  });
});

describe("draws of a nonlinear mean with correlated residuals", () => {
  let integrated: Posterior;
  let joint: Posterior;
  beforeAll(async () => {
    const options = { chains: 2, warmup: 300, draws: 300, seed: "series" };
    integrated = await mixed.sample(nuts(options));
    joint = await mixed.sample(nuts({ ...options, target: "joint", targetAcceptance: 0.9 }));
  });

  it("are the same with the random effects integrated out and sampled", () => {
    expect(integrated.integral).toEqual({ kind: "laplace" });
    expect(joint.integral).toBeNull();
    const rows = joint.tidy();
    const terms = integrated.tidy().map(({ term }) => term);
    expect(terms).toEqual([
      ...["Asym", "xmid", "scal", "sd__Asym", "sd__Observation"],
      ...["varPower.power", "corAR1.Phi"],
    ]);
    integrated.tidy().forEach(({ estimate, mcse, rhat }, j) => {
      expect(rhat!).toBeLessThan(1.06);
      expect(Math.abs(estimate - rows[j]!.estimate)).toBeLessThan(5 * Math.hypot(mcse!, rows[j]!.mcse!));
    });
    const [a, b] = [integrated.ranef(), joint.ranef()];
    a.forEach(({ estimate, std_error }, k) => {
      expect(Math.abs(estimate - b[k]!.estimate)).toBeLessThan(0.5 * std_error!);
    });
  });

  it("have log-likelihoods by row and by group, given the random effects or without them", () => {
    const draws = integrated.draws;
    const effects = logLikelihood(integrated, { draws: 4 });
    const rows = logLikelihood(integrated, { draws: 4, likelihood: "marginal" });
    const groups = logLikelihood(integrated, { draws: 4, by: "group" });
    const b = integrated.randomEffects()[0]!;
    const picked = [0, 150, 300, 450];
    const index = integrated.model.design.random[0]!.index;
    picked.forEach((d, s) => {
      const x = draws.values.subarray(d * draws.size, (d + 1) * draws.size);
      for (const i of [0, 10, 34]) {
        const own = all.filter((j) => tree[j] === tree[i]);
        const others = own.filter((j) => j !== i);
        expect(unitDraws(rows, i)[s]).toBeCloseTo(density(x, own, null) - density(x, others, null), 7);
        // Σ over a group is not its joint density: each row given the others
        const given = (j: number) => b[5 * d + index[j]!]!;
        expect(unitDraws(effects, i)[s]).toBeCloseTo(density(x, own, given) - density(x, others, given), 7);
      }
      groups.units.forEach((_, level) => {
        const own = all.filter((j) => index[j] === level);
        expect(unitDraws(groups, level)[s]).toBeCloseTo(density(x, own, null), 7);
      });
    });
    const left = loo(integrated, { likelihood: "marginal" });
    expect(
      Math.abs(left.elpd_loo.estimate - waic(integrated, { likelihood: "marginal" }).elpd_waic.estimate),
    ).toBeLessThan(0.5);
  });

  it("predict rows of fitted and of new trees, their responses, averages and forecasts", () => {
    const newdata = { Tree: ["1", "99"], age: [1000, 1000] };
    const mean = integrated.predict({ newdata, newLevels: "new-group" }).rows;
    // nothing is known of a new tree but the spread of the others
    expect(mean[1]!.std_error!).toBeGreaterThan(2 * mean[0]!.std_error!);
    const drawn = integrated.predict({ newdata, newLevels: "new-group", type: "simulate" }).rows;
    expect(drawn[0]!.std_error!).toBeGreaterThan(mean[0]!.std_error!);
    const ahead = { Tree: ["1"], age: [1700] };
    const [plain, given] = (["zero", "conditional"] as const).map(
      (residuals) =>
        integrated.predict({ newdata: ahead, type: "simulate", ...(residuals === "conditional" && { residuals }) })
          .rows[0]!,
    );
    expect(plain!.estimate).not.toBe(given!.estimate);
    expect(Math.abs(plain!.estimate! - given!.estimate!)).toBeLessThan(20);
    const { rows } = populationAverage({ integrated, joint }, { at: { age: [1000] } });
    expect(Math.abs(rows[0]!.estimate! - rows[1]!.estimate!)).toBeLessThan(4);
    expect(integrated.simulate({ nsim: 2, seed: 1 }).values.every(Number.isFinite)).toBe(true);
    expect(integrated.residuals("normalized")).toHaveLength(35);
  });

  it("are compared with maximum likelihood", async () => {
    const fit = await orange([], random).residual(series).fit(laplace());
    expect(fit.verdict.code).toBe("converged");
    expect(compare({ ml: fit, integrated, joint }).toString()).toContain("corAR1.Phi");
    const penalised = await mixed.fit(laplace(), { penalised: true });
    integrated.tidy({ effects: ["fixed"] }).forEach(({ estimate, std_error }, j) => {
      expect(Math.abs(estimate - penalised.tidy()[j]!.estimate)).toBeLessThan(0.7 * std_error!);
    });
  });

  it.each(["integrated", "joint"] as const)("are saved, loaded and gone on with: %s", async (kind) => {
    const fit = kind === "integrated" ? integrated : joint;
    const loaded = loadFit(JSON.parse(JSON.stringify(plainNumbers(saveFit(fit))))) as Posterior;
    expect(loaded.tidy()).toEqual(fit.tidy());
    expect(loaded.predict().rows).toEqual(fit.predict().rows);
    const [more, same] = await Promise.all([loaded.extend(5), fit.extend(5)]);
    expect([...more.draws.values]).toEqual([...same.draws.values]);
  });
});

describe("a posterior without random effects", () => {
  it("has the means that importance sampling finds, by NUTS and by HMC", async () => {
    const declared = withPriors(orange().residual(series));
    const options = { chains: 2, warmup: 300, draws: 300, seed: "none" };
    const fits = await Promise.all([declared.sample(nuts(options)), declared.sample(hmc(options))]);
    const compiled = declared.compile();
    const target = buildTarget(targetData(compiled, "integrated", { kind: "laplace" }, resolvePriors(compiled)));
    const d = target.density.dim;
    const start = startingPoint(compiled, target, resolvePriors(compiled));
    const mode = atOnce(findMode(target.density, start))!;
    const L = mode.covariance.slice();
    expect(choleskyFactor(L, d)).toBe(true);
    const rng = createRng("importance");
    const gradient = new Float64Array(d);
    const count = 20_000;
    const degrees = 5;
    const draws = Array.from({ length: count }, () => {
      const w = Float64Array.from({ length: d }, () => rng.normal());
      let chi = 0;
      for (let k = 0; k < degrees; k++) chi += rng.normal() ** 2;
      const scale = Math.sqrt(degrees / chi);
      const z = mode.z.map(
        (centre, i) => centre + scale * w.reduce((sum, v, k) => sum + (k <= i ? L[i * d + k]! * v : 0), 0),
      );
      const radius = scale ** 2 * w.reduce((sum, v) => sum + v * v, 0);
      const logProposal = -0.5 * (degrees + d) * Math.log1p(radius / degrees);
      const x = new Float64Array(compiled.layout.size);
      target.toNatural(z, x);
      return { x, logWeight: target.density.evaluate(z, gradient) - mode.logDensity - logProposal };
    });
    const weights = draws.map(({ logWeight }) => Math.exp(logWeight));
    const total = weights.reduce((sum, w) => sum + w, 0);
    const effective = total ** 2 / weights.reduce((sum, w) => sum + w * w, 0);
    expect(effective).toBeGreaterThan(500);
    for (const fit of fits) {
      expect(fit.glance().method).toContain("no random effects");
      fit.tidy().forEach(({ estimate, std_error, mcse }, j) => {
        const mean = draws.reduce((sum, { x }, k) => sum + (weights[k]! * x[j]!) / total, 0);
        expect(Math.abs(estimate - mean)).toBeLessThan(5 * Math.hypot(mcse!, std_error! / Math.sqrt(effective)));
      });
    }
  });
});

describe("Laplace and what it refuses", () => {
  it("is the default of maximum likelihood, and says why there is no quadrature", async () => {
    const declared = orange([], random).residual({ correlation: "corAR1(~ 1 | Tree)" });
    const fit = await declared.fit(auto());
    expect(fit.method).toBe("Laplace");
    expect(fit.warnings.map(({ message }) => message).join()).toMatch(/rows are correlated given them/);
    await expect(declared.fit(agq(5))).rejects.toThrow(/agq\(5\) integrates group by group.*use laplace\(\)/);
    const fitted = orange([], random).residual({
      variance: "varPower(~ fitted(.))",
      correlation: "corAR1(~ 1 | Tree)",
    });
    await expect(fitted.fit(laplace())).rejects.toThrow(/fixed-point iteration.*fit it by lindstromBates\(\)/);
    await expect(fitted.sample(nuts({ chains: 1 }))).rejects.toThrow(/has no posterior/);
  });
});
