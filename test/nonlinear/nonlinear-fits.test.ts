import { beforeAll, describe, expect, it } from "vitest";
import { poisson } from "../../src/families/poisson.ts";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { agq, laplace, lindstromBates } from "../../src/frequentist/method.ts";
import type { IntegralMethod } from "../../src/model/compiled-model.ts";
import { type Model, model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";
import { loblolly, orange, reference } from "./support.ts";

const expected = (id: string) => reference.mixed.find((one) => one.id === id)!;
const random = { Asym: "~ 1 + (1 | Tree)" };

function compare(
  fit: MaximumLikelihood,
  id: string,
  digits: { fixed: number; se: number; sd: number; logLik: number },
) {
  const { fixed, se, sd, corr, logLik } = expected(id);
  const rows = fit.tidy();
  Object.entries(fixed).forEach(([name, value], j) => {
    const row = rows.find(({ effect, term }) => effect === "fixed" && term === name)!;
    expect(Math.abs(row.estimate - value!) / se[j]!).toBeLessThan(digits.fixed);
    expect(Math.abs(row.std_error! / se[j]! - 1)).toBeLessThan(digits.se);
  });
  rows
    .filter(({ term }) => term.startsWith("sd__"))
    .forEach(({ estimate }, k) => {
      expect(Math.abs(estimate / sd[k]! - 1)).toBeLessThan(digits.sd);
    });
  rows
    .filter(({ term }) => term.startsWith("cor__"))
    .forEach(({ estimate }, k) => {
      expect(Math.abs(estimate - corr[k]!)).toBeLessThan(0.001);
    });
  expect(Math.abs(fit.logLik - logLik)).toBeLessThan(digits.logLik);
}

describe("Lindstrom-Bates as nlme does it", () => {
  const digits = { fixed: 1e-4, se: 1e-4, sd: 1e-4, logLik: 1e-5 };
  it("reproduces nlme on the orange trees, random asymptote", async () => {
    const fit = await orange([], random).fit(lindstromBates());
    compare(fit, "orange", digits);
    expect(fit.verdict.code).toBe("converged");
    expect(fit.warnings.map(({ code }) => code)).toContain("linearised-likelihood");
  });
  it("reproduces nlme with correlated asymptote and midpoint", async () => {
    const fit = await orange(["Asym + xmid ~ 1 | Tree"]).fit(lindstromBates());
    expect(fit.tidy().map(({ term }) => term)).toContain("cor__Asym.xmid");
    compare(fit, "orangeCorrelated", digits);
  });
  it("reproduces nlme on the loblolly pines", async () => {
    compare(await loblolly().fit(lindstromBates()), "loblolly", digits);
  });
});

describe("Laplace and quadrature", () => {
  let fit: MaximumLikelihood;
  beforeAll(async () => {
    fit = await orange([], random).fit(laplace());
  });

  it("reproduces nlmer's Laplace", () => {
    // nlmer's standard errors are those of the linearised model; the full Hessian's are 0.5 to 3 % larger here
    compare(fit, "orangeLaplace", { fixed: 1e-3, se: 0.04, sd: 1e-3, logLik: 1e-4 });
  });

  it("is exact where the random effect enters linearly", async () => {
    const quadrature = await orange([], random).fit(agq(9));
    expect(quadrature.logLik).toBeCloseTo(fit.logLik, 8);
  });

  // four random structures: one parameter, two independent, two correlated, correlated beside another predictor's term
  const structures: readonly (readonly [string, Model])[] = [
    ["one parameter", orange([], random)],
    ["two independent parameters", orange(["Asym + xmid ~ 1 || Tree"])],
    ["two correlated parameters", orange(["Asym + xmid ~ 1 | Tree"])],
    ["correlated parameters beside an independent one", orange(["xmid + scal ~ 1 | Tree"], random)],
    ["correlated intercepts and slopes", orange(["Asym + xmid ~ I(age / 1000) | Tree"])],
  ];
  const methods: readonly IntegralMethod[] = [{ kind: "laplace" }, { kind: "agq", nodes: 3 }];
  it.each(structures)("has the exact gradient with random effects of %s", (_, declared) => {
    const { design, layout, marginal } = declared.compile();
    const rng = createRng("gradient");
    const x = new Float64Array(layout.size);
    design.predictors.forEach(({ nonlinear }, r) => {
      x.set(nonlinear!.start, layout.beta[r]!.offset);
    });
    layout.terms.forEach(({ offset, size }) => {
      for (let k = 0; k < size; k++) x[offset + k] = 15 + 10 * rng.uniform();
    });
    x[layout.phi.offset] = 9;
    for (const method of methods) {
      const integral = marginal(method);
      const gradient = new Float64Array(layout.size);
      expect(Number.isFinite(integral.evaluate(x, gradient))).toBe(true);
      for (let i = 0; i < layout.size; i++) {
        const h = 1e-4 * Math.max(1, Math.abs(x[i]!) / 10);
        const at = (step: number) => {
          const point = x.slice();
          point[i]! += step;
          return integral.evaluate(point);
        };
        const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        expect(Math.abs(difference - gradient[i]!)).toBeLessThan(1e-6 * (1 + Math.abs(gradient[i]!)));
      }
    }
  });

  it("gives correlated effects at zero correlation the likelihood of independent ones", () => {
    const joint = orange(["Asym + xmid ~ 1 | Tree"]).compile();
    const apart = orange(["Asym + xmid ~ 1 || Tree"]).compile();
    const beta = [190, 720, 345];
    for (const method of methods)
      expect(joint.marginal(method).evaluate(Float64Array.of(...beta, 30, 0, 25, 8))).toBeCloseTo(
        apart.marginal(method).evaluate(Float64Array.of(...beta, 30, 25, 8)),
        9,
      );
  });

  it("gains from the correlation what nlme gains, and finds the same one", async () => {
    const correlated = await orange(["Asym + xmid ~ 1 | Tree"]).fit(laplace());
    const found = correlated.tidy().find(({ term }) => term === "cor__Asym.xmid")!.estimate;
    expect(Math.abs(found - expected("orangeCorrelated").corr[0]!)).toBeLessThan(0.02);
    expect(correlated.logLik).toBeGreaterThan(fit.logLik);
    expect(Math.abs(correlated.logLik - expected("orangeCorrelated").logLik)).toBeLessThan(0.05);
  });

  it("predicts with the columns of the mean, given, typical and integrated out", () => {
    const newdata = { age: [118, 1004, 1582], Tree: ["1", "1", "1"] };
    const typical = fit.predict({ newdata, estimand: "typical" }).rows;
    const [Asym, xmid, scal] = fit.tidy().map(({ estimate }) => estimate) as [number, number, number];
    const mode = fit.ranef().find(({ level }) => level === "1")!.estimate;
    const conditional = fit.predict({ newdata }).rows;
    const population = fit.predict({ newdata, estimand: "population" }).rows;
    newdata.age.forEach((age, i) => {
      const curve = 1 / (1 + Math.exp((xmid - age) / scal));
      expect(typical[i]!.estimate).toBeCloseTo(Asym * curve, 8);
      expect(conditional[i]!.estimate).toBeCloseTo((Asym + mode) * curve, 8);
      // the asymptote enters linearly: its average is the typical value
      expect(population[i]!.estimate).toBeCloseTo(Asym * curve, 6);
      expect(typical[i]!.std_error).toBeGreaterThan(0);
    });
  });

  it("simulates data that its own method recovers", async () => {
    const { values, n } = fit.simulate({ nsim: 1, seed: "trees", randomEffects: "fitted" });
    expect(n).toBe(35);
    const refit = fit.refit(values);
    const rows = refit.tidy({ effects: ["fixed"] });
    rows.forEach(({ estimate, std_error }, j) => {
      expect(Math.abs(estimate - fit.tidy()[j]!.estimate) / std_error!).toBeLessThan(3);
    });
  });

  it("puts the nonlinear predictor through the link of a count", async () => {
    const rng = createRng("counts");
    const x: number[] = [];
    const y: number[] = [];
    const g: string[] = [];
    for (let group = 0; group < 25; group++) {
      const top = 3 + 0.4 * rng.normal();
      for (let i = 0; i < 12; i++) {
        const mean = Math.exp(top / (1 + Math.exp((4 - i) / 1.2)));
        // Knuth's multiplication of uniforms
        let count = -1;
        for (let product = 1; product > Math.exp(-mean); count++) product *= rng.uniform();
        x.push(i);
        y.push(count);
        g.push(`g${group}`);
      }
    }
    const counts = await (model({ x, y, g }) as unknown as Model)
      .response("y")
      .family(poisson())
      .mean("SSlogis(x, top, half, steep)", { parameters: { top: "~ 1 + (1 | g)", half: "~ 1", steep: "~ 1" } })
      .fit(laplace());
    expect(counts.verdict.code).toBe("converged");
    const truth = [3, 4, 1.2, 0.4];
    counts.tidy().forEach(({ estimate, conf_low, conf_high }, k) => {
      const half = (conf_high! - conf_low!) / 2;
      expect(Math.abs(estimate - truth[k]!)).toBeLessThan(2 * half);
    });
  });
});
