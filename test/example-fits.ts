/** Fits of the example tables that several tests look at. */
import type { MaximumLikelihood } from "../src/frequentist/maximum-likelihood.ts";
import { model } from "../src/model-builder.ts";
import { exampleColumns } from "./prediction/hand-made-fits.ts";

const columnsOf = async (name: string) => (await exampleColumns(name)) as object as Record<string, number[]>;

export const fitSleepstudy = async (): Promise<MaximumLikelihood> =>
  model(await columnsOf("sleepstudy"))
    .formula("Reaction ~ Days + (Days | Subject)")
    .fit();

export const fitCbpp = async (method: "auto" | "laplace" = "laplace"): Promise<MaximumLikelihood> =>
  model(await columnsOf("cbpp"))
    .formula("incidence | trials(size) ~ factor(period) + (1 | herd)")
    .family({ name: "binomial" })
    .fit(method);
