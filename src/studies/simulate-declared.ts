/** Responses of a declaration under given parameters: no fit, and no response in the table. */
import { optional } from "valibot";
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import type { Model } from "../model-builder.ts";
import { eitherName } from "../options/either-name.ts";
import { finiteNumber, recordOf, seedOf, wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { createRng } from "../random/rng.ts";
import { generatorOf } from "./generator.ts";
import type { DeclaredModel } from "./scenario.ts";

const options = optionsSchema({
  /** True values by their names in `tidy()`, as `{ "(Intercept)": -1, trt: 0.5, "sd:g.(Intercept)": 1 }`; correlations that are not given are 0. */
  parameters: recordOf(finiteNumber, "numbers by the name of a parameter"),
  /** Number of simulated responses; default 1. */
  draws: optional(wholeNumber(1)),
  /** R's name of `draws`. */
  nsim: optional(wholeNumber(1)),
  /** The same seed gives the same responses; default 1. */
  seed: optional(seedOf, 1),
});

export type SimulateDeclaredOptions = OptionsOf<typeof options>;

export interface SimulatedResponses {
  readonly draws: number;
  /** Rows of the design: those of the table without a missing value. */
  readonly n: number;
  /**
   * draws × n, row-major: one simulated response vector after the other. For binomial the successes, of an ordered response the place of its category, from 1.
   */
  readonly values: Float64Array;
  /** Labels of an ordered response, lowest first. */
  readonly categories?: readonly string[];
  /** Simulated response s, from 0, as a view. */
  response(s: number): Float64Array;
  /** The declaration on the table with simulated response s: to be fitted. */
  data(s: number): Model;
}

/**
 * Simulates responses of a declaration on a table of covariates from given parameters, random effects drawn anew in each.
 *
 * @throws DeclarationError with the faults of declaration and table, parameters that are missing, unknown or impossible, and responses that are no column
 * @example
 * const design = model(covariates).formula("y ~ trt + (1 | g)").family(binomial());
 * const simulated = simulateDeclared(design, { parameters: { "(Intercept)": -1, trt: 0.5, "sd:g.(Intercept)": 1 }, draws: 100 });
 * const fit = await simulated.data(0).fit();
 */
export function simulateDeclared(declaration: DeclaredModel, asked: SimulateDeclaredOptions): SimulatedResponses {
  if (typeof declaration?.compiledBy !== "function") throw new DeclarationError([messages.notADeclaration()]);
  const read = readOptions(options, asked, { of: "simulateDeclared()" });
  const draws = eitherName(read, "draws", "nsim", "simulateDeclared()") ?? 1;
  const { model, responses, declared } = generatorOf(declaration as Model, read.parameters);
  const { n } = model.design;
  const rng = createRng(read.seed).fork("simulate");
  const values = new Float64Array(draws * n);
  for (let s = 0; s < draws; s++) values.set(responses(rng.fork(String(s))), s * n);
  const response = (s: number) => {
    if (!(Number.isInteger(s) && s >= 0 && s < draws))
      throw new DeclarationError([messages.noSuchSimulation(s, draws)]);
    return values.subarray(s * n, (s + 1) * n);
  };
  const { categories } = model.family;
  return {
    ...{ draws, n, values, response },
    ...(categories && { categories }),
    data: (s) => declared(response(s)),
  };
}
