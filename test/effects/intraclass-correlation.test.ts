import { beforeAll, describe, expect, it } from "vitest";
import { intraclassCorrelation } from "../../src/effects/intraclass-correlation.ts";
import { binomial } from "../../src/families/binomial.ts";
import { poisson } from "../../src/families/poisson.ts";
import { ml } from "../../src/frequentist/method.ts";
import { model } from "../../src/model-builder.ts";
import { equicorrelated, exampleColumns, handMadeFit, handMadePosterior } from "../prediction/hand-made-fits.ts";

let sleepstudy: Record<string, number[]>;
beforeAll(async () => {
  sleepstudy = (await exampleColumns("sleepstudy")) as object as typeof sleepstudy;
});
const table = {
  y: [1, 0, 1, 0, 1, 0],
  a: [0, 1, 2, 0.5, 1, 2],
  g: ["p", "p", "q", "q", "r", "r"],
  h: ["s", "t", "s", "t", "s", "t"],
};

describe("intraclass correlation", () => {
  it("agrees with lme4's variances on sleepstudy", async () => {
    // lme4 1.1-31: f <- lmer(Reaction ~ Days + (1 | Subject), REML = FALSE); vc <- as.data.frame(VarCorr(f))$vcov; vc[1] / sum(vc);
    // r <- var(predict(f, re.form = NA)); r / (r + sum(vc)); (r + vc[1]) / (r + sum(vc))
    const fit = await model(sleepstudy).formula("Reaction ~ Days + (1 | Subject)").fit(ml());
    const shares = intraclassCorrelation(fit);
    expect(shares.map(({ measure, group }) => [measure, group])).toEqual([
      ["icc", "Subject"],
      ["r2_marginal", null],
      ["r2_conditional", null],
    ]);
    [0.576028811779, 0.287611500408, 0.697967801353].forEach((value, k) => {
      expect(shares[k]!.estimate).toBeCloseTo(value, 5);
    });
    expect(String(shares)).toMatch(/\nmeasure +group +estimate .*\nicc +Subject +0\.576/);
    expect(shares[0]!.conf_low!).toBeGreaterThan(0);
    expect(shares[0]!.conf_high!).toBeLessThan(1);
  });

  it("adds π²/3 for the logit link, by group and in all", () => {
    const compiled = model(table).formula("y ~ a + (1 | g) + (1 | h)").family(binomial()).compile();
    const fit = handMadeFit(compiled, [0.1, 0.2, 0.8, 0.5], equicorrelated([0.1, 0.1, 0.1, 0.1], 0));
    const total = 0.64 + 0.25 + Math.PI ** 2 / 3;
    const shares = intraclassCorrelation(fit);
    expect(shares[0]!.estimate).toBeCloseTo(0.64 / total, 12);
    expect(shares[1]!.estimate).toBeCloseTo(0.25 / total, 12);
    expect(shares[2]!.estimate).toBeCloseTo(0.89 / total, 12);
    // d(λ²/total)/dλ = 2λ(total − λ²)/total², and −2λ²λ₂/total² for the other
    const own = (2 * 0.8 * (total - 0.64)) / total ** 2;
    const other = (-2 * 0.64 * 0.5) / total ** 2;
    expect(shares[0]!.std_error!).toBeCloseTo(0.1 * Math.hypot(own, other), 8);
  });

  it("adds ln(1 + 1/λ) for counts, λ the average over the population", () => {
    const compiled = model(table).formula("y ~ a + (1 | g)").family(poisson()).compile();
    const lambda = table.a.reduce((s, a) => s + Math.exp(0.1 + 0.2 * a + 0.32), 0) / 6;
    const [share] = intraclassCorrelation(handMadePosterior(compiled, [[0.1, 0.2, 0.8]], []));
    expect(share!.estimate).toBeCloseTo(0.64 / (0.64 + Math.log1p(1 / lambda)), 10);
  });

  it("averages z'Σz over the rows for random slopes", () => {
    const compiled = model(table).formula("y ~ a + (a | g)").family(binomial()).compile();
    const [L11, L21, L22] = [0.8, -0.3, 0.5];
    const variance = table.a.reduce((s, a) => s + (L11 + L21 * a) ** 2 + (L22 * a) ** 2, 0) / 6;
    const [share] = intraclassCorrelation(handMadePosterior(compiled, [[0.1, 0.2, L11, L21, L22]], []));
    expect(share!.estimate).toBeCloseTo(variance / (variance + Math.PI ** 2 / 3), 12);
  });

  it("refuses models and links it has no formula for", () => {
    const none = model(table).formula("y ~ a").family(binomial()).compile();
    expect(() => intraclassCorrelation(handMadePosterior(none, [[0, 0]], []))).toThrow(/has no random effects/);
    const cauchit = model(table)
      .formula("y ~ a + (1 | g)")
      .family(binomial({ link: "cauchit" }))
      .compile();
    expect(() => intraclassCorrelation(handMadePosterior(cauchit, [[0, 0, 1]], []))).toThrow(
      /on the scale of the cauchit link/,
    );
  });
});
