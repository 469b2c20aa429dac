/**
 * Linear predictors of a distribution's other parameters. References: glmmTMB 1.1.5 and nlme 3.1-162 in R 4.2.2 (test/fixtures/dispersion, with the
 * calls), the same model said by a variance function, and sums over a fine grid of the random effects.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { gee } from "../../src/frequentist/gee/method.ts";
import {
  agq,
  anova,
  Beta,
  type DeclarationError,
  Gamma,
  gaussian,
  intraclassCorrelation,
  laplace,
  ml,
  model,
  nbinom1,
  nbinom2,
  poisson,
  pql,
  reml,
} from "../../src/index.ts";
import { drawNames, loadFit, saveFit } from "../../src/public/exchange.ts";
import { halfNormal, normal } from "../../src/public/priors.ts";
import { varExp, varIdent } from "../../src/public/residual.ts";
import { lgamma } from "../../src/special/gamma.ts";

interface Reference {
  readonly response: keyof typeof families;
  readonly dispersion: string;
  readonly logLik: number;
  readonly cond: Record<string, number>;
  readonly disp: Record<string, number>;
  readonly se: { readonly cond: Record<string, number>; readonly disp: Record<string, number> };
  readonly sd: number;
}
interface LmeReference {
  readonly method: "ML" | "REML";
  readonly weights: string;
  readonly logLik: number;
  readonly beta: readonly number[];
  readonly sigma: number;
  readonly sd: number;
  readonly coef: Record<string, number>;
}

const families = { nb2: nbinom2(), nb1: nbinom1(), gam: Gamma(), be: Beta(), ga: gaussian() };
const fixture = JSON.parse(readFileSync("test/fixtures/dispersion/glmmtmb-nlme.json", "utf8"));
const data = fixture.data as Record<"x" | "nb2" | "nb1" | "gam" | "be" | "ga", number[]> & Record<"g" | "h", string[]>;
const declared = (response: keyof typeof families, dispersion = "~ x") =>
  model(data).formula(`${response} ~ x + (1 | g)`).family(families[response]).dispersion(dispersion);

const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as DeclarationError).issues.map(({ message }) => message).join("\n");
  }
  return "";
};

describe("a dispersion with fixed effects is glmmTMB's", () => {
  for (const reference of fixture.fits as readonly Reference[])
    it(`${reference.response}, ${reference.dispersion}`, async () => {
      const exact = reference.response === "ga";
      const fit = await declared(reference.response, reference.dispersion).fit(exact ? ml() : laplace());
      expect(fit.logLik).toBeCloseTo(reference.logLik, 5);
      for (const component of ["cond", "disp"] as const) {
        const rows = fit.tidy({ effects: ["fixed"] }).filter((row) => row.component === component);
        expect(rows.map(({ term }) => term)).toEqual(Object.keys(reference[component]));
        for (const { term, estimate, std_error } of rows) {
          const se = reference.se[component][term]!;
          expect(Math.abs(estimate - reference[component][term]!)).toBeLessThan(1e-3 * se);
          // the exact likelihood's errors of the mean are those of generalised least squares
          if (!exact) expect(Math.abs(std_error! / se - 1)).toBeLessThan(2e-3);
        }
      }
      const sd = fit.tidy({ effects: ["ran_pars"] }).find(({ term }) => term === "sd__(Intercept)")!;
      expect(sd.estimate).toBeCloseTo(reference.sd, 4);
      expect(fit.verdict.code).toBe("converged");
    });
});

describe("a Gaussian dispersion and a variance function are one model said twice", () => {
  const said = (dispersion: string, variance: ReturnType<typeof varExp>, random: string) =>
    [
      model(data).formula(`ga ~ x${random}`).dispersion(dispersion),
      model(data).formula(`ga ~ x${random}`).residual({ variance }),
    ] as const;
  for (const [name, method] of [
    ["ML", ml()],
    ["REML", reml()],
  ] as const)
    for (const random of [" + (1 | g)", " + (x | g)", ""])
      it(`${name}, ga ~ x${random}`, async () => {
        const [predicted, exponential] = said("~ x", varExp("x"), random);
        const [a, b] = [await predicted.fit(method), await exponential.fit(method)];
        expect(Math.abs(a.logLik - b.logLik)).toBeLessThan(1e-8);
        const { beta, phi } = b.model.layout;
        const sigma = b.estimate[phi.offset]!;
        const close = (x: number, y: number, by = 2e-5) => expect(Math.abs(x - y)).toBeLessThan(by * (1 + Math.abs(y)));
        for (let j = 0; j < beta[0]!.size; j++) close(a.estimate[j]!, b.estimate[j]!);
        const gamma = a.estimate.subarray(a.model.layout.beta[1]!.offset);
        close(gamma[0]!, Math.log(sigma));
        close(gamma[1]!, b.estimate[phi.offset + 1]!);
        const [strata, ident] = said("~ 0 + h", varIdent("h"), random);
        const [c, d] = [await strata.fit(method), await ident.fit(method)];
        expect(Math.abs(c.logLik - d.logLik)).toBeLessThan(1e-8);
        const logs = c.estimate.subarray(c.model.layout.beta[1]!.offset);
        const at = d.model.layout.phi.offset;
        [1, d.estimate[at + 1]!, d.estimate[at + 2]!].forEach((ratio, k) => {
          close(logs[k]!, Math.log(d.estimate[at]! * ratio));
        });
      });

  it("has the values of nlme's lme", async () => {
    for (const { method, weights, logLik, beta, sigma, sd, coef } of fixture.lme as readonly LmeReference[]) {
      const exponential = weights.startsWith("varExp");
      const fit = await model(data)
        .formula("ga ~ x + (1 | g)")
        .dispersion(exponential ? "~ x" : "~ h")
        .fit(method === "ML" ? ml() : reml());
      expect(fit.logLik).toBeCloseTo(logLik, 6);
      const gamma = Object.values(coef).map((value) => (exponential ? value : Math.log(value)));
      const expected = [...beta, Math.log(sigma), ...gamma, sd];
      expected.forEach((value, k) => {
        expect(Math.abs(fit.estimate[k]! - value)).toBeLessThan(2e-4);
      });
    }
  });
});

describe("the integrals of a dispersion", () => {
  /** Six groups of four rows. */
  const rows = { ...data, keep: data.x.map((_, i) => (i < 72 && i % 12 < 4 ? 1 : 0)) };
  const small = Object.fromEntries(
    Object.entries(rows).map(([name, values]) => [name, (values as unknown[]).filter((_, i) => rows.keep[i] === 1)]),
  ) as unknown as typeof data;
  const densities: Record<keyof typeof families, (y: number, eta: number, scale: number) => number> = {
    ga: (y, eta, s) => -0.5 * Math.log(2 * Math.PI) - Math.log(s) - 0.5 * ((y - eta) / s) ** 2,
    nb2: (y, eta, t) =>
      lgamma(y + t) - lgamma(t) - lgamma(y + 1) + t * Math.log(t) + y * eta - (y + t) * Math.log(t + Math.exp(eta)),
    nb1: (y, eta, a) => densities.nb2(y, eta, Math.exp(eta) / a),
    gam: (y, eta, k) => k * Math.log(k) - k * eta - lgamma(k) + (k - 1) * Math.log(y) - k * y * Math.exp(-eta),
    be(y, eta, phi) {
      const a = phi / (1 + Math.exp(-eta));
      return lgamma(phi) - lgamma(a) - lgamma(phi - a) + (a - 1) * Math.log(y) + (phi - a - 1) * Math.log(1 - y);
    },
  };
  /** log Σ_g ∫∫ by the trapezoidal rule. */
  const summed = (response: keyof typeof families, [b0, b1, c0, c1, sd, sdOfDispersion]: readonly number[]): number => {
    const step = 0.2;
    let total = 0;
    for (const group of new Set(small.g)) {
      let sum = 0;
      for (let u = -8; u <= 8.0001; u += step)
        for (let v = -8; v <= 8.0001; v += step) {
          let log = -0.5 * (u * u + v * v) - Math.log(2 * Math.PI);
          small.g.forEach((name, i) => {
            if (name !== group) return;
            const eta = b0! + b1! * small.x[i]! + sd! * u;
            const scale = Math.exp(c0! + c1! * small.x[i]! + sdOfDispersion! * v);
            log += densities[response](small[response][i]!, eta, scale);
          });
          sum += Math.exp(log) * step * step;
        }
      total += Math.log(sum);
    }
    return total;
  };
  const points: Record<keyof typeof families, readonly number[]> = {
    ga: [4.9, 1.1, 0.3, 0.3, 1.2, 0.3],
    nb2: [0.9, 0.4, 1.1, 0.5, 0.4, 0.3],
    nb1: [0.9, 0.4, 0.3, 0.4, 0.4, 0.3],
    gam: [0.9, 0.4, 1.1, 0.4, 0.4, 0.3],
    be: [0.2, 0.4, 2, 0.3, 0.4, 0.3],
  };
  for (const response of ["ga", "nb2", "nb1", "gam", "be"] as const)
    it(`${response}: quadrature with random effects in both predictors is the sum over a grid`, () => {
      const compiled = model(small)
        .formula(`${response} ~ x + (1 | g)`)
        .family(families[response])
        .dispersion("~ x + (1 | g)")
        .compile();
      const marginal = compiled.marginal({ kind: "agq", nodes: 25 });
      const x = Float64Array.from(points[response]);
      const gradient = new Float64Array(6);
      const value = marginal.evaluate(x, gradient);
      expect(Math.abs(value - summed(response, points[response]))).toBeLessThan(1e-6);
      x.forEach((_, k) => {
        const moved = (by: number) => marginal.evaluate(x.map((v, j) => (j === k ? v + by : v)));
        expect(Math.abs((moved(1e-4) - moved(-1e-4)) / 2e-4 - gradient[k]!)).toBeLessThan(1e-5);
      });
    });

  it("the exact one is that of the traced density, with its gradient, beside a residual correlation too", () => {
    const compiled = declared("ga").compile();
    const x = Float64Array.of(4.9, 1.1, 0.3, 0.3, 1.2);
    const exact = compiled.marginal({ kind: "exact" });
    // Gaussian in the effects of the mean, where Laplace's approximation is exact
    expect(exact.evaluate(x)).toBeCloseTo(compiled.marginal({ kind: "laplace" }).evaluate(x), 8);
    const correlated = model(data)
      .formula("ga ~ x + (1 | g)")
      .dispersion("~ x + h")
      .residual({ correlation: "corAR1(~ 1 | g)" })
      .compile();
    const marginal = correlated.marginal({ kind: "exact" });
    const at = Float64Array.of(4.9, 1.1, 0.3, 0.3, 0.1, -0.1, 1.2, 0.2);
    const gradient = new Float64Array(8);
    marginal.evaluate(at, gradient);
    at.forEach((_, k) => {
      const moved = (by: number) => marginal.evaluate(at.map((v, j) => (j === k ? v + by : v)));
      expect(Math.abs((moved(1e-5) - moved(-1e-5)) / 2e-5 - gradient[k]!)).toBeLessThan(1e-5);
    });
  });
});

describe("what cannot be predicted", () => {
  it("says what the family has", () => {
    const counts = model(data).formula("nb2 ~ x + (1 | g)");
    expect(messageOf(() => counts.family(poisson()).dispersion("~ x").compile())).toContain("no dispersion parameter");
    expect(messageOf(() => counts.family(nbinom2()).parameter("sigma", "~ x").compile())).toContain('it has "theta"');
    expect(messageOf(() => counts.family(nbinom2()).dispersion("~ x").parameter("theta", "~ h").compile())).toContain(
      "two predictors",
    );
    expect(messageOf(() => counts.dispersion("~ x").sigma(1).compile())).toContain(".sigma()");
    expect(messageOf(() => counts.dispersion("y ~ x" as string))).toContain("only a right side");
    expect(messageOf(() => counts.parameter("mu", "~ x"))).toContain(".formula(");
    const residual = counts.dispersion("~ (1 | g)").residual({ correlation: "corAR1(~ 1 | g)" });
    expect(messageOf(() => residual.compile())).toContain("fixed terms alone");
  });

  it("a parameter by its own name is the dispersion", async () => {
    const byName = await model(data).formula("ga ~ x").parameter("sigma", "~ x").fit();
    const byDispersion = await model(data).formula("ga ~ x").dispersion("x").fit();
    expect(byName.tidy()).toEqual(byDispersion.tidy());
    expect(byName.tidy().map(({ component }) => component)).toEqual(["cond", "cond", "disp", "disp"]);
    // t tests are of the mean, with fewer degrees of freedom than 238 where variances differ
    expect(byName.tidy().map(({ df }) => df && Math.round(df))).toEqual([224, 218, null, null]);
  });
});

describe("what a fit with a dispersion answers", () => {
  const random = model(data).formula("ga ~ x + (1 | g)").dispersion("~ x + (1 | g)");
  it("predicts the dispersion, given the groups, typical and averaged over them", async () => {
    const fit = await random.fit(laplace());
    const sd = fit.tidy({ effects: ["ran_pars"] }).find(({ component }) => component === "disp")!.estimate;
    const [c0, c1] = fit.estimate.subarray(2, 4);
    const at = (estimand: "typical" | "population" | "conditional") => fit.predict({ type: "disp", estimand }).rows[1]!;
    const typical = Math.exp(c0! + c1! * data.x[1]!);
    expect(at("typical").estimate).toBeCloseTo(typical, 10);
    expect(at("population").estimate).toBeCloseTo(typical * Math.exp(sd ** 2 / 2), 8);
    const mode = fit.ranef().find(({ component, level }) => component === "disp" && level === "g01")!;
    expect(at("conditional").estimate).toBeCloseTo(typical * Math.exp(mode.estimate), 8);
    // delta method on the log scale
    const V = fit.covariance;
    const k = fit.estimate.length;
    const variance = V[2 * k + 2]! + 2 * data.x[1]! * V[2 * k + 3]! + data.x[1]! ** 2 * V[3 * k + 3]!;
    expect(at("typical").std_error! / typical).toBeCloseTo(Math.sqrt(variance), 8);
    // a mean of the identity link does not move with the dispersion
    expect(fit.predict({ estimand: "population" }).rows[1]!.estimate).toBeCloseTo(
      fit.estimate[0]! + fit.estimate[1]! * data.x[1]!,
      10,
    );
  });

  it("is glmmTMB's of a fit with fixed effects, and a constant one without a predictor", async () => {
    const gam = (fixture.fits as readonly (Reference & { readonly sigma: readonly number[] })[]).find(
      ({ response, dispersion }) => response === "gam" && dispersion === "~ x",
    )!;
    const fit = await declared("gam").fit(laplace());
    const shapes = fit.predict({ type: "disp" }).rows.slice(0, 3);
    shapes.forEach(({ estimate }, i) => {
      expect(Math.abs(estimate! / gam.sigma[i]! - 1)).toBeLessThan(1e-4);
    });
    const plain = await model(data).formula("gam ~ x").family(Gamma()).fit();
    const shape = plain.tidy().find(({ term }) => term === "shape")!;
    const row = plain.predict({ type: "disp" }).rows[5]!;
    expect(row.estimate).toBeCloseTo(shape.estimate, 10);
    expect(row.std_error).toBeCloseTo(shape.std_error!, 8);
    expect(row.conf_low).toBeCloseTo(shape.conf_low!, 8);
    const counts = await model(data).formula("nb2 ~ x").family(poisson()).fit();
    expect(messageOf(() => counts.predict({ type: "disp" }))).toContain("no dispersion parameter");
  });

  it("simulates with the variance of the row, beside a residual correlation too", async () => {
    const fits = [
      await model(data).formula("ga ~ x").dispersion("~ x").fit(),
      await model(data).formula("ga ~ x").dispersion("~ x").residual({ correlation: "corAR1(~ 1 | g)" }).fit(),
    ];
    for (const fit of fits) {
      const nsim = 2000;
      const { values, n } = fit.simulate({ nsim, seed: "variance" });
      const [b0, b1, c0, c1] = fit.estimate;
      for (const i of [0, 1, 2]) {
        let squares = 0;
        for (let s = 0; s < nsim; s++) squares += (values[s * n + i]! - b0! - b1! * data.x[i]!) ** 2 / nsim;
        expect(Math.abs(Math.sqrt(squares) / Math.exp(c0! + c1! * data.x[i]!) - 1)).toBeLessThan(0.06);
      }
    }
  });

  it("has residuals of variance 1, quantile residuals and shares of variance on average", async () => {
    const fit = await model(data).formula("ga ~ x + (1 | g)").dispersion("~ x").fit(ml());
    const said = await model(data)
      .formula("ga ~ x + (1 | g)")
      .residual({ variance: varExp("x") })
      .fit(ml());
    const pearson = fit.residuals("pearson");
    const other = said.residuals("pearson");
    pearson.forEach((value, i) => {
      expect(Math.abs(value - other[i]!)).toBeLessThan(1e-4);
    });
    const [icc] = intraclassCorrelation(fit);
    const sigma2 = fit.predict({ type: "disp" }).rows.reduce((sum, row) => sum + row.estimate! ** 2 / data.x.length, 0);
    const variance = fit.tidy({ effects: ["ran_pars"] })[0]!.estimate ** 2;
    expect(icc!.estimate).toBeCloseTo(variance / (variance + sigma2), 8);
    expect(messageOf(() => random.compile() && intraclassCorrelation(randomFit))).toContain(
      "differs from group to group",
    );
  });
  let randomFit: Awaited<ReturnType<typeof random.fit>>;
  beforeAll(async () => {
    randomFit = await random.fit(laplace());
  });

  it("prints both formulas and the components of its random effects, and survives saving", () => {
    const text = String(randomFit);
    // one label for both
    expect(text).toMatch(/^Formula: ga .*\n {9}sigma ~ x \+ \(1 \| g\)$/m);
    expect(text.match(/Formula:/g)).toHaveLength(1);
    expect(text).toContain("g (disp)");
    expect(text).toContain("Fixed effects (disp)");
    expect(String(loadFit(saveFit(randomFit)))).toBe(text);
    expect(random.describe().split("\n")).toEqual([
      "ga_i ~ N(μ_i, σ_i²)",
      "μ_i = β₀ + β[x] · x_i + b_g[i]",
      "b_g ~ N(0, σ²_g)",
      "log(σ_i) = γ₀ + γ[x] · x_i + b_g[i],2",
      "b_g,2 ~ N(0, σ²_g,2)",
    ]);
  });

  it("has brms's names and priors of its own scale, and a prior of a class is for the mean", () => {
    const compiled = random.compile("posterior");
    expect(drawNames(compiled)).toEqual([
      "b_Intercept",
      "b_x",
      "b_sigma_Intercept",
      "b_sigma_x",
      "sd_g__Intercept",
      "sd_g__sigma_Intercept",
    ]);
    const priors = random
      .prior("fixed", normal(0, 10))
      .prior("sd", halfNormal(5))
      .prior("fixed:disp.x", normal(0, 1))
      .prior("sd:sigma.g", halfNormal(0.5))
      .priors();
    expect(priors.rows.map(({ class: of, name, prior, source }) => `${of} ${name} ${prior} ${source}`)).toEqual([
      "fixed (Intercept) normal(0, 10) declared",
      "fixed x normal(0, 10) declared",
      "fixed disp.(Intercept) studentT(3, 0.9637, 2.502) default",
      "fixed disp.x normal(0, 1) declared",
      "sd g.(Intercept) halfNormal(5) declared",
      "sd disp.g.(Intercept) halfNormal(0.5) declared",
    ]);
  });

  it("is refused by methods of the mean alone", async () => {
    await expect(random.fit(pql())).rejects.toThrow(/dispersion/);
    await expect(
      model(data)
        .formula("ga ~ x")
        .dispersion("~ x")
        .fit(gee({ id: "g" })),
    ).rejects.toThrow(/dispersion/);
    await expect(random.sample("gibbs")).rejects.toThrow(/dispersion/);
  });

  it("anova compares it with the constant one", async () => {
    const fits = {
      constant: await model(data).formula("ga ~ x + (1 | g)").fit(ml()),
      dispersed: await model(data).formula("ga ~ x + (1 | g)").dispersion("~ x").fit(ml()),
    };
    const table = anova(fits);
    expect(table.rows[1]!.Df).toBe(1);
    expect(table.rows[1]!.Chisq).toBeCloseTo(2 * (fits.dispersed.logLik - fits.constant.logLik), 8);
  });
});

describe("rows that count several times or not at all", () => {
  const kept = { ...data, copies: data.x.map((_, i) => i % 3), weight: data.x.map((_, i) => Math.sign(i % 3)) };
  const repeated = (times: readonly number[]) =>
    Object.fromEntries(
      Object.entries(data).map(([name, values]) => [
        name,
        (values as unknown[]).flatMap((value, i) => new Array<unknown>(times[i]!).fill(value)),
      ]),
    ) as unknown as typeof data;

  for (const random of ["", " + (1 | g)"])
    for (const [name, method] of [
      ["ML", ml()],
      ["REML", reml()],
    ] as const)
      it(`are the rows written out, by ${name}: ga ~ x${random}`, async () => {
        const formula = `ga ~ x${random}` as const;
        const counted = await model(kept).formula(formula).frequencyWeights("copies").dispersion("~ x").fit(method);
        const weighted = await model(kept).formula(formula).weights("weight").dispersion("~ x").fit(method);
        const ident = { variance: varIdent("h") };
        const strata = await model(kept).formula(formula).weights("weight").residual(ident).fit(method);
        const all = await model(repeated(kept.copies)).formula(formula).dispersion("~ x").fit(method);
        const some = model(repeated(kept.weight)).formula(formula);
        for (const [fit, other] of [
          [counted, all],
          [weighted, await some.dispersion("~ x").fit(method)],
          [strata, await some.residual(ident).fit(method)],
        ] as const) {
          expect(Math.abs(fit.logLik - other.logLik)).toBeLessThan(1e-8);
          fit.estimate.forEach((value, k) => {
            expect(Math.abs(value - other.estimate[k]!)).toBeLessThan(2e-5 * (1 + Math.abs(value)));
          });
        }
      });
});

describe("a response without noise", () => {
  const exact = { ...data, y: data.x.map((x) => 1 + 2 * x), constant: data.x.map(() => 3) };
  const withGroups = { ...exact, y: exact.y.map((y, i) => y + Number(data.g[i]!.replace(/\D/g, ""))) };
  it.each(["~ x", "~ 1 + (1 | g)", "~ h"])(
    "has least squares' coefficients and nothing to say of %s",
    async (dispersion) => {
      for (const method of [undefined, ml()]) {
        const fit = await model(exact).formula("y ~ x").dispersion(dispersion).fit(method);
        expect(fit.verdict.code).toBe("boundary");
        expect(fit.warnings.map(({ code }) => code)).toEqual(["residual-variance-zero"]);
        const rows = fit.tidy({ effects: ["fixed", "ran_pars"] });
        const mean = rows.filter(({ component }) => component === "cond");
        expect(mean.map(({ estimate }) => estimate)).toEqual([expect.closeTo(1, 12), expect.closeTo(2, 12)]);
        const rest = rows.filter(({ component }) => component === "disp");
        expect(rest.map(({ estimate, std_error }) => Number.isFinite(estimate) && std_error)).toEqual(
          rest.map(() => null),
        );
        for (const { estimate } of fit.predict().rows) expect(Number.isFinite(estimate)).toBe(true);
      }
    },
  );

  it("has the variances between levels of the model with one sigma", async () => {
    const formula = "y ~ x + (1 | g)";
    const plain = await model(withGroups).formula(formula).fit(reml());
    const fit = await model(withGroups).formula(formula).dispersion("~ x").fit(reml());
    expect(fit.verdict).toEqual(plain.verdict);
    for (const term of ["(Intercept)", "x", "sd__(Intercept)"]) {
      const [own, one] = [fit, plain].map((of) => of.tidy().find((row) => row.term === term)!);
      expect([own!.estimate, own!.std_error]).toEqual([one!.estimate, one!.std_error]);
    }
    expect(fit.ranef().map(({ estimate }) => estimate)).toEqual(
      plain.ranef().map(({ estimate }) => expect.closeTo(estimate, 10)),
    );
  });

  it("that is constant says so", async () => {
    const fit = await model(exact).formula("constant ~ x").dispersion("~ x").fit();
    expect(fit.verdict.code).toBe("boundary");
    expect(fit.verdict.reason).toMatch(/is 3 in every row/);
  });
});

it("Laplace's approximation and quadrature of a dispersion without random effects are the exact likelihood", async () => {
  const fits = [ml(), laplace(), agq(5)].map((method) => declared("ga").fit(method));
  const [exact, ...others] = await Promise.all(fits);
  for (const fit of others) {
    expect(fit.logLik).toBe(exact!.logLik);
    expect([...fit.estimate]).toEqual([...exact!.estimate]);
  }
});

describe("new rows", () => {
  const all = { x: [0, 0.5], g: [data.g[0]!, data.g[7]!], z: [1, 2], h: [data.h[0]!, data.h[7]!] };
  const { z, h, ...ofMean } = all;
  const { x, g, ...ofDispersion } = all;
  const withColumn = { ...data, z: data.x.map((value, i) => value + Math.sin(i)) };
  it.each([
    ["ga", "~ z"],
    ["ga", "~ z + (1 | h)"],
    ["nb2", "~ z"],
  ] as const)(
    "of %s, %s, need the columns of the dispersion where it matters, and those alone",
    async (response, disp) => {
      const fit = await model(withColumn)
        .formula(`${response} ~ x + (1 | g)`)
        .family(families[response])
        .dispersion(disp)
        .fit(laplace());
      for (const estimand of ["conditional", "typical", "population"] as const) {
        for (const type of ["response", "link"] as const)
          expect(fit.predict({ newdata: ofMean, type, estimand }).rows).toEqual(
            fit.predict({ newdata: all, type, estimand }).rows,
          );
        expect(fit.predict({ newdata: ofDispersion, type: "disp", estimand }).rows).toEqual(
          fit.predict({ newdata: all, type: "disp", estimand }).rows,
        );
        expect(messageOf(() => fit.predict({ newdata: ofMean, type: "simulate", estimand }))).toMatch(/no column z/);
      }
      const gap = { ...all, z: [null, 2] } as never;
      expect(fit.predict({ newdata: gap }).rows).toEqual(fit.predict({ newdata: all }).rows);
      expect(messageOf(() => fit.simulate({ newdata: ofMean, draws: 2 }))).toMatch(/no column z/);
    },
  );
});
