import { type Model, model } from "../../src/model-builder.ts";
import reference from "./nonlinear-fits.json" with { type: "json" };

export { reference };

/** The growth of orange trees, with the logistic mean and an intercept for each parameter. */
export const orange = (random: readonly string[] = [], parameters: Readonly<Record<string, string>> = {}): Model =>
  (model(reference.Orange) as unknown as Model).response("circumference").mean("SSlogis(age, Asym, xmid, scal)", {
    parameters: { Asym: "~ 1", xmid: "~ 1", scal: "~ 1", ...parameters },
    random,
  });

/** The growth of loblolly pines. */
export const loblolly = (): Model =>
  (model(reference.Loblolly) as unknown as Model)
    .response("height")
    .mean("SSasymp(age, Asym, R0, lrc)", { parameters: { Asym: "~ 1 + (1 | Seed)", R0: "~ 1", lrc: "~ 1" } });
