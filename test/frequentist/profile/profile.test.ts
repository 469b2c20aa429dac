import { describe, expect, it } from "vitest";
import { corAR1 } from "../../../src/dsl/residual.ts";
import { binomial } from "../../../src/families/binomial.ts";
import { nbinom2 } from "../../../src/families/negative-binomial.ts";
import { poisson } from "../../../src/families/poisson.ts";
import type { MaximumLikelihood } from "../../../src/frequentist/maximum-likelihood.ts";
import { laplace, ml } from "../../../src/frequentist/method.ts";
import { profile } from "../../../src/frequentist/profile/profile.ts";
import { parameterLabel } from "../../../src/model/reported-parameters.ts";
import { model } from "../../../src/model-builder.ts";
import { readColumns } from "../../../src/node/read-columns.ts";
import { createRng } from "../../../src/random/rng.ts";
import reference from "../../fixtures/profile/lme4-profiles.json" with { type: "json" };

const fixture = async (path: string) => (await readColumns(new URL(path, import.meta.url))).columns;

const fits: Record<Exclude<keyof typeof reference, "engine" | "call">, () => Promise<MaximumLikelihood>> = {
  sleepstudy: async () =>
    model(await fixture("../../../examples/data/sleepstudy.csv"))
      .formula("Reaction ~ Days + (Days | Subject)")
      .fit(),
  cbpp: async () =>
    model(await fixture("../../../examples/data/cbpp.csv"))
      .factor("period", ["1", "2", "3", "4"])
      .formula("incidence | trials(size) ~ period + (1 | herd)")
      .family(binomial())
      .fit(laplace()),
  Penicillin: async () =>
    model(await fixture("../../fixtures/reference/Penicillin.csv"))
      .formula("diameter ~ 1 + (1 | plate) + (1 | sample)")
      .fit(),
  Dyestuff2: async () =>
    model(await fixture("../../fixtures/reference/Dyestuff2.csv"))
      .formula("Yield ~ 1 + (1 | Batch)")
      .fit(),
};

/** The log-likelihood that the chi-squared quantile is below the maximum's. */
const DROP = 3.841458820694124 / 2;

describe("profile intervals", () => {
  it.each(Object.keys(fits) as (keyof typeof fits)[])("are lme4's of %s", async (name) => {
    const fit = await fits[name]();
    const errors = new Map(fit.tidy().map((row) => [parameterLabel(row), row.std_error]));
    const rows = new Map(
      profile(fit, { likelihood: fit.restricted ? "ml" : undefined }).rows.map((row) => [parameterLabel(row), row]),
    );
    for (const [label, [low, high]] of Object.entries(reference[name])) {
      // a thousandth of the standard error: lme4 interpolates its profile
      const close = 1e-3 * (errors.get(label) ?? 1);
      expect(Math.abs(rows.get(label)!.conf_low! - low!), `${label} low`).toBeLessThan(close);
      expect(Math.abs(rows.get(label)!.conf_high! - high!), `${label} high`).toBeLessThan(close);
    }
  });

  // by R's uniroot() over the restricted log-likelihood of the dense V, the other variances by optim(): sum(log(diag(chol(V)))), log|X'V⁻¹X| and residuals
  const byBruteForce: Partial<Record<keyof typeof fits, Readonly<Record<string, readonly [number, number]>>>> = {
    sleepstudy: {
      "Subject sd__Days": [3.926813, 9.1519043],
      "Subject cor__(Intercept).Days": [-0.4983215, 0.6657224],
    },
    Penicillin: {
      "plate sd__(Intercept)": [0.6341016, 1.1849181],
      "sample sd__(Intercept)": [1.1514857, 4.2143296],
    },
    Dyestuff2: { "Batch sd__(Intercept)": [0, 2.5140234], "Residual sd__Observation": [2.9315045, 4.9235188] },
  };
  it.each(Object.keys(byBruteForce) as (keyof typeof byBruteForce)[])(
    "of variances of REML fits are of the restricted likelihood of %s",
    async (name) => {
      const fit = await fits[name]();
      const { rows, points } = profile(fit, { which: Object.keys(byBruteForce[name]!) });
      for (const row of rows) {
        const [low, high] = byBruteForce[name]![parameterLabel(row)]!;
        expect(row.conf_low, `${row.term} low`).toBeCloseTo(low, 6);
        expect(row.conf_high, `${row.term} high`).toBeCloseTo(high, 6);
        expect(row.ci).toBe("restricted profile");
      }
      expect(Math.max(...points.map(({ logLik }) => logLik))).toBeCloseTo(fit.logLik, 8);
    },
  );

  it("of REML fits have at their ends the restricted log-likelihood of the model with the parameter given", async () => {
    const table = await fixture("../../../examples/data/sleepstudy.csv");
    const declared = model(table).formula("Reaction ~ Days + (1 | Subject)");
    const serial = await declared.residual({ correlation: corAR1("~ 1 | Subject") }).fit();
    const [phi] = profile(serial, { which: "corAR1.Phi" }).rows;
    for (const end of [phi!.conf_low!, phi!.conf_high!]) {
      const held = await declared.residual({ correlation: corAR1("~ 1 | Subject", { value: end, fixed: true }) }).fit();
      expect(serial.logLik - held.logLik).toBeCloseTo(DROP, 5);
    }
    const dispersed = await declared.dispersion("~ Days").fit("reml");
    const [slope] = profile(dispersed, { which: "disp Days" }).rows;
    expect(slope).toMatchObject({ ci: "restricted profile" });
    const held = { ...table, held: Array.from(table["Days"] as ArrayLike<number>, (x) => x * slope!.conf_high!) };
    const at = await model(held)
      .formula("Reaction ~ Days + (1 | Subject)" as string)
      .dispersion("~ offset(held)")
      .fit("reml");
    expect(dispersed.logLik - at.logLik).toBeCloseTo(DROP, 5);
  });

  it("have at their ends the log-likelihood of the same model with the parameter given", async () => {
    const table = await fixture("../../../examples/data/cbpp.csv");
    const declared = model(table)
      .factor("period", ["1", "2", "3", "4"])
      .formula("incidence | trials(size) ~ period + (1 | herd)")
      .family(binomial());
    const fit = await declared.fit(laplace());
    const [row] = profile(fit, { which: "herd sd__(Intercept)" }).rows;
    for (const end of [row!.conf_low!, row!.conf_high!]) {
      const given = await model(table)
        .factor("period", ["1", "2", "3", "4"])
        .formula("incidence | trials(size) ~ period")
        .random("herd", "1", { sd: end })
        .family(binomial())
        .fit(laplace());
      expect(fit.logLik - given.logLik).toBeCloseTo(DROP, 5);
    }
  });

  it("lead from a standard deviation of 0, or next to it with a correlation of -1, to where log L falls", async () => {
    // by R's optim() over the deviance of lme4 1.1-31 (devfun2) with sd_x held, from five starts: sd 0.2033995 has a deviance 3.841458 above the minimum.
    // confint() itself stops at 0.1688, its search leaving the correlation at -1
    const singular = await model(await fixture("../../fixtures/profile/singular-slopes.csv"))
      .formula("y ~ x + (x | g)")
      .fit();
    const rows = profile(singular, { which: ["g sd__x", "g cor__(Intercept).x"], likelihood: "ml" }).rows;
    expect(rows[0]).toMatchObject({ conf_low: 0 });
    expect(rows[0]!.conf_high).toBeCloseTo(0.2033995, 5);
    expect(rows[1]).toMatchObject({ conf_low: -1, conf_high: 1 });
  });

  it("of correlations are right where a search over others is caught in a corner", async () => {
    // by R's optim() over lme4's deviance with the correlation held, from nine starts; confint() of lme4 1.1-31 has (-1, 0.4469)
    const machines = await model(await fixture("../../fixtures/reference/Machines.csv"))
      .formula("score ~ Machine + (Machine | Worker)")
      .fit();
    const [row] = profile(machines, { which: "cor__(Intercept).MachineC", likelihood: "ml" }).rows;
    expect(row!.conf_low).toBeCloseTo(-0.8475, 3);
    expect(row!.conf_high).toBeCloseTo(0.4519, 3);
  });

  it("are open where the likelihood does not fall, as for coefficients at infinity and a negative binomial without overdispersion", async () => {
    const rng = createRng("open");
    const g = Array.from({ length: 60 }, (_, i) => `g${i % 12}`);
    const treated = g.map((_, i) => (i % 5 === 0 ? 1 : 0));
    const effects = Array.from({ length: 12 }, () => 0.4 * rng.normal());
    const count = (mean: number) => {
      let k = 0;
      for (let product = rng.uniform(); product > Math.exp(-mean); product *= rng.uniform()) k++;
      return k;
    };
    const table = { g, treated, y: g.map((_, i) => (treated[i] ? 0 : count(Math.exp(1 + effects[i % 12]!)))) };
    const fit = await model(table).formula("y ~ treated + (1 | g)").family(poisson()).fit(laplace());
    const [row] = profile(fit, { which: "treated" }).rows;
    expect(row!.conf_low).toBeNull();
    const held = { ...table, held: treated.map((value) => value * row!.conf_high!) };
    const at = await model(held).formula("y ~ offset(held) + (1 | g)").family(poisson()).fit(laplace());
    expect(fit.logLik - at.logLik).toBeCloseTo(DROP, 4);

    // underdispersed: 1 or 2 a row, whatever the group
    const even = { g, y: g.map((_, i) => 1 + (i % 2)) };
    const overdispersed = await model(even).formula("y ~ 1 + (1 | g)").family(nbinom2()).fit(laplace());
    expect(overdispersed.verdict.code).toBe("boundary");
    const [theta] = profile(overdispersed, { which: "theta" }).rows;
    expect(theta!.conf_high).toBeNull();
    expect(theta!.conf_low).toBeGreaterThan(1);
  });

  it("are of a residual correlation and of a predictor of the dispersion too", async () => {
    const table = await fixture("../../../examples/data/sleepstudy.csv");
    const declared = model(table).formula("Reaction ~ Days + (1 | Subject)");
    const serial = await declared.residual({ correlation: corAR1("~ 1 | Subject") }).fit(ml());
    const [phi] = profile(serial, { which: "corAR1.Phi" }).rows;
    for (const end of [phi!.conf_low!, phi!.conf_high!]) {
      const held = await declared
        .residual({ correlation: corAR1("~ 1 | Subject", { value: end, fixed: true }) })
        .fit(ml());
      expect(serial.logLik - held.logLik).toBeCloseTo(DROP, 5);
    }
    const fit = await declared.dispersion("~ Days").fit(ml());
    const { rows, points } = profile(fit, { which: "disp Days" });
    expect(points.length).toBeGreaterThan(8);
    for (const [k, { zeta, logLik }] of points.entries()) {
      expect(logLik).toBeCloseTo(fit.logLik - zeta ** 2 / 2, 9);
      if (k > 0) expect(zeta).toBeGreaterThan(points[k - 1]!.zeta);
    }
    // glmmTMB 1.1.5, of the log variance: confint(glmmTMB(Reaction ~ Days + (1 | Subject), dispformula = ~ Days), parm = 4, method = "uniroot")
    expect(rows[0]!.conf_low).toBeCloseTo(0.06528883697 / 2, 4);
    expect(rows[0]!.conf_high).toBeCloseTo(0.2651803344 / 2, 4);
  });
});
