/** What a parameter is does not depend on what columns and groups are called. */
import { describe, expect, it } from "vitest";
import { drawNames } from "../../src/exchange/brms-names.ts";
import { ml } from "../../src/frequentist/method.ts";
import { reportedParameters } from "../../src/model/reported-parameters.ts";
import { model } from "../../src/model-builder.ts";
import { normal } from "../../src/priors/distributions.ts";

const n = 24;
const column = (f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i));
const data = {
  y: column((i) => Math.sin(3 * i) + (i % 4)),
  Observation: column((i) => (i * 7) % 5),
  cor__a: column((i) => Math.cos(i)),
  Residual: column((i) => i % 4).map(String),
};

describe("parameters under names of other parameters", () => {
  const declared = model(data).formula("y ~ cor__a + (Observation | Residual)");

  it("are what they are", () => {
    expect(reportedParameters(declared.compile()).map(({ kind, of }) => [kind, ...of])).toEqual([
      ["coefficient", "(Intercept)"],
      ["coefficient", "cor__a"],
      ["sd", "(Intercept)"],
      ["sd", "Observation"],
      ["cor", "(Intercept)", "Observation"],
      ["sigma", "Observation"],
    ]);
    expect(drawNames(declared.compile("posterior"))).toEqual([
      "b_Intercept",
      "b_cor__a",
      "sd_Residual__Intercept",
      "sd_Residual__Observation",
      "cor_Residual__Intercept__Observation",
      "sigma",
    ]);
  });

  it("have their own priors where the likelihood is penalised", async () => {
    const of = async (name: string) =>
      (
        await model({ y: data.y, [name]: data.cor__a, g: data.Residual })
          .formula(`y ~ ${name} + (1 | g)`)
          .prior(`fixed:${name}`, normal(0, 0.01))
          .fit(ml(), { penalised: true })
      ).tidy()[1]!.estimate;
    expect(await of("cor__a")).toBe(await of("a"));
  });
});
