import { describe, expect, it } from "vitest";
import {
  constantParameters,
  dispersionOf,
  distributionParameters,
  residualSd,
} from "../../src/families/distribution-parameters.ts";
import { withPredictors } from "../../src/families/with-predictors.ts";
import { cumulative, gaussian, nbinom2 } from "../../src/index.ts";
import { defineFamily } from "../../src/public/families.ts";

describe("the parameters of a distribution", () => {
  it("begin with the mean, then those with predictors, then constants", () => {
    const family = defineFamily({
      name: "three",
      link: "log",
      parameters: [
        { name: "sigma", support: "positive", dispersion: true },
        { name: "zi", support: "unit", movesMean: true },
      ],
      logDensity: (ops, { eta: [eta], parameter: { sigma, zi } }) => ops.add(ops.mul(eta!, sigma!), ops.log(zi!)),
      mean: (ops, { eta: [eta] }) => ops.exp(eta!),
    });
    const list = distributionParameters(withPredictors(family, ["zi"]));
    expect(list.map(({ name, component, predictor, constant }) => [name, component, predictor, constant])).toEqual([
      ["mu", "cond", 0, null],
      ["zi", "zi", 1, null],
      ["sigma", "disp", null, 0],
    ]);
    expect(list.map(({ link }) => link?.name ?? null)).toEqual([null, "logit", "log"]);
  });

  it("are reported and named in priors as what they are", () => {
    expect(residualSd(gaussian())).toMatchObject({ name: "sigma", kind: "sigma", priorClass: "sigma", constant: 0 });
    expect(residualSd(withPredictors(gaussian(), ["sigma"]))).toMatchObject({ predictor: 1, constant: null });
    expect(dispersionOf(nbinom2())).toMatchObject({ name: "theta", kind: "parameter", priorClass: "aux" });
    const ordered = cumulative().forCategories!(["low", "middle", "high"]);
    expect(constantParameters(ordered).map(({ name, priorClass }) => [name, priorClass])).toEqual([
      ["low|middle", "threshold"],
      ["middle|high", "threshold"],
    ]);
  });
});
