/** `simulate`: responses of a fit, or of a declaration without one. */
import type { Fit } from "./model/fit.ts";
import { simulate as simulateFit } from "./model/questions.ts";
import type { InSlices } from "./options/long-work.ts";
import type { SimulateOptions, Simulation } from "./prediction/simulate.ts";
import type { DataGeneratingMechanism, DeclaredModel } from "./studies/scenario.ts";
import {
  isSimulable,
  type SimulateDeclaredOptions,
  type SimulatedData,
  type SimulateMechanismOptions,
  simulateDeclared,
} from "./studies/simulate-declared.ts";

/**
 * Simulates responses: of a fit with a distribution from its estimate, or from the draws of a posterior; of a declaration, whose table needs no response,
 * from `parameters` by their names in `tidy()`, from the draws of a posterior, or from its priors; of a mechanism as `fit.with({ trt: 0.4 })` makes it.
 *
 * @returns the responses; of a declaration also `data(s)`, the declaration on the table with response s. With a `signal` or `onProgress`, of a fit, a
 *   promise of them
 * @throws DeclarationError for fits without a distribution, and with the faults of declaration, table and parameters, all at once
 * @example
 * const design = model(covariates).formula("y ~ trt + (1 | g)").family(binomial());
 * const simulated = simulate(design, { parameters: { "(Intercept)": -1, trt: 0.5, "sd:g.(Intercept)": 1 }, draws: 100, seed: 1 });
 * const fit = await simulated.data(0).fit();
 * simulate(fit, { draws: 200, seed: "check" }).response(0);
 */
export function simulate(declaration: DeclaredModel, options: SimulateDeclaredOptions): SimulatedData;
export function simulate(mechanism: DataGeneratingMechanism, options?: SimulateMechanismOptions): SimulatedData;
export function simulate(fit: Fit, options: InSlices<SimulateOptions>): Promise<Simulation>;
export function simulate(fit: Fit, options?: SimulateOptions): Simulation;
export function simulate(of: unknown, options?: unknown): unknown {
  if (isSimulable(of)) return simulateDeclared(of, options);
  return simulateFit(of as Fit, options as SimulateOptions);
}
