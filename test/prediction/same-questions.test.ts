/** Both kinds of fit answer the same questions through the same methods. */
import { beforeAll, describe, expect, test } from "vitest";
import type { MaximumLikelihood } from "../../src/frequentist/maximum-likelihood.ts";
import { predict } from "../../src/prediction/predict.ts";
import { residuals } from "../../src/prediction/residuals.ts";
import { simulate } from "../../src/prediction/simulate.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { sleepstudy } from "../samplers/models.ts";

let ml: MaximumLikelihood;
let bayes: Posterior;
beforeAll(async () => {
  ml = await sleepstudy().fit();
  bayes = await sleepstudy().sample(nuts({ chains: 2, warmup: 150, draws: 300, seed: "same questions" }));
});

test("the methods are those of the library, for both", () => {
  for (const fit of [ml, bayes]) {
    expect(fit.formula).toBe("Reaction ~ Days + (Days | Subject)");
    expect(fit.predict({ estimand: "population" }).rows).toEqual(predict(fit, { estimand: "population" }).rows);
    expect(fit.residuals("pearson")).toEqual(residuals(fit, { type: "pearson" }));
    expect(fit.simulate({ nsim: 2, seed: 3 }).values).toEqual(simulate(fit, { nsim: 2, seed: 3 }).values);
  }
});

describe("and the answers are nearly the same", () => {
  test("fitted values, to a tenth of the residual standard deviation; they and the residuals are the response", () => {
    const [a, b] = [ml.fitted(), bayes.fitted()];
    const { y } = ml.model.design;
    const [r, s] = [ml.residuals(), bayes.residuals()];
    y.forEach((value, i) => {
      expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(2.6);
      expect(a[i]! + r[i]!).toBeCloseTo(value, 8);
      expect(b[i]! + s[i]!).toBeCloseTo(value, 8);
    });
  });
});
