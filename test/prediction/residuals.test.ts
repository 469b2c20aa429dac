import { beforeAll, describe, expect, it } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { gaussian } from "../../src/families/gaussian.ts";
import { model } from "../../src/model-builder.ts";
import { fitted } from "../../src/prediction/predict.ts";
import { residuals } from "../../src/prediction/residuals.ts";
import { equicorrelated, exampleColumns, handMadeFit, handMadePosterior } from "./hand-made-fits.ts";

let cbpp: Awaited<ReturnType<typeof exampleColumns>>;
let sleepstudy: typeof cbpp;
beforeAll(async () => {
  cbpp = await exampleColumns("cbpp");
  sleepstudy = await exampleColumns("sleepstudy");
});
const x = [-1.4, -1, -1.1, -1.6, 0.65];
const herds = () =>
  model(cbpp as object as Record<string, number[]>)
    .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
    .family(binomial())
    .compile();

describe("residuals", () => {
  it("of shares: y/n − p, and divided by √(p(1 − p)/n)", () => {
    const fit = handMadeFit(herds(), x, equicorrelated([1, 1, 1, 1, 1], 0));
    const p = fitted(fit);
    const { y, trials } = fit.model.design;
    const plain = residuals(fit);
    const pearson = residuals(fit, { type: "pearson" });
    for (let i = 0; i < p.length; i++) {
      expect(plain[i]!).toBeCloseTo(y[i]! / trials![i]! - p[i]!, 14);
      expect(pearson[i]!).toBeCloseTo(plain[i]! / Math.sqrt((p[i]! * (1 - p[i]!)) / trials![i]!), 12);
    }
  });

  it("of a Gaussian model: y − fitted, and divided by sigma", () => {
    const compiled = model(sleepstudy as object as Record<string, number[]>)
      .formula("Reaction ~ Days + (1 | Subject)")
      .family(gaussian())
      .compile();
    const fit = handMadeFit(compiled, [251, 10.4, 37, 31], equicorrelated([1, 1, 1, 1], 0));
    const plain = residuals(fit);
    const mean = fitted(fit);
    const pearson = residuals(fit, { type: "pearson" });
    compiled.design.y.forEach((y, i) => {
      expect(plain[i]!).toBeCloseTo(y - mean[i]!, 10);
      expect(pearson[i]!).toBeCloseTo(plain[i]! / 31, 12);
    });
  });

  it("of a posterior: averaged over the draws", () => {
    const compiled = herds();
    const levels = compiled.design.random[0]!.levels.length;
    const effects = Float64Array.from({ length: 2 * levels }, (_, k) => Math.cos(k));
    const other = x.map((value) => 0.8 * value);
    const both = residuals(handMadePosterior(compiled, [x, other], [effects]));
    const one = residuals(handMadePosterior(compiled, [x], [effects.slice(0, levels)]));
    const two = residuals(handMadePosterior(compiled, [other], [effects.slice(levels)]));
    both.forEach((value, i) => {
      expect(value).toBeCloseTo((one[i]! + two[i]!) / 2, 14);
    });
  });
});
