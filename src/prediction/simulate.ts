/** New responses from a fitted model. */

import { type InferOutput, optional } from "valibot";
import { moreSimulationsThanDraws } from "../messages/effects.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import { eitherName } from "../options/either-name.ts";
import { choice, seedOf, wholeNumber } from "../options/kinds.ts";
import { doneOrPromised, type InSlices, longWorkEntries, type Report } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { createRng } from "../random/rng.ts";
import { ownNumbers } from "./category-score.ts";
import { unsupportedRows, unsupportedWarning } from "./estimability.ts";
import { requireDistribution } from "./fit-capabilities.ts";
import { drawTermEffects, withNewLevels } from "./new-levels.ts";
import { type AskedRows, designRowsOf, newRowsTable } from "./new-rows.ts";
import { pickRows } from "./pick-rows.ts";
import { effectsByDraw } from "./predict.ts";
import { rowSimulator } from "./simulate-rows.ts";

const simulateEntries = {
  /** Number of simulated responses; default 1. */
  draws: optional(wholeNumber(1)),
  /** The name that `draws` had before. */
  nsim: optional(wholeNumber(1)),
  /** The same seed gives the same responses; default 1. */
  seed: optional(seedOf, 1),
  /** Default the rows of the fit. */
  newdata: optional(newRowsTable),
  /**
   * `new`: random effects are drawn anew in every simulation, as for other groups of the same kind (default). Rows of one level share
   * them, also of a level that the fit has not seen.
   * `fitted`: those of the fit's own groups; levels it has not seen are drawn.
   */
  randomEffects: optional(choice(["new", "fitted"]), "new"),
};

const simulateOptions = optionsSchema(simulateEntries);
const simulateInSlices = optionsSchema({ ...simulateEntries, ...longWorkEntries });

export type SimulateOptions = OptionsOf<typeof simulateOptions>;

export interface Simulation {
  readonly draws: number;
  /** The name that `draws` had before. */
  readonly nsim: number;
  readonly n: number;
  /**
   * draws × n, row-major: one simulated response vector after the other; NaN in new rows that miss a value. For binomial: successes. For an ordered response
   * the category's own number where all labels are numbers, else its place in `categories`, from 1.
   */
  readonly values: Float64Array;
  /** Labels of an ordered response, lowest first. */
  readonly categories?: readonly string[];
  /** Simulated response s, as a view. */
  response(s: number): Float64Array;
  readonly warnings: readonly FitWarning[];
}

/**
 * Simulates responses: from the estimate of a maximum-likelihood fit, from one posterior draw a simulation (spread evenly over
 * the draws) of a posterior. Each row is one response, whatever its frequency weight.
 *
 * @returns the responses; with a `signal` or `onProgress` a promise of them, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError where `draws` is no whole number of at least 1, and for trials or weights of new rows that cannot be
 * @example
 * const { values, n } = simulate(fit, { draws: 200, seed: "check" });
 */
export function simulate(fit: Fit, options: InSlices<SimulateOptions>): Promise<Simulation>;
export function simulate(fit: Fit, options?: SimulateOptions): Simulation;
export function simulate(fit: Fit, options?: SimulateOptions): Simulation | Promise<Simulation> {
  requireFit(fit, "simulate()");
  const read = readOptions(simulateInSlices, options, { of: "simulate()" });
  const asked = { ...read, nsim: eitherName(read, "draws", "nsim", "simulate()") ?? 1 };
  return doneOrPromised((report) => simulateRepeated(fit, asked, null, report), read);
}

/** What simulations are of, with their seed and their random effects. */
type Simulated = Pick<InferOutput<typeof simulateOptions>, "seed" | "newdata" | "randomEffects">;

/** As `simulate`, of these rows of the fit, in which one may stand several times: as many responses of its own. @param repeated null = each row once */
export function* simulateRepeated(
  fit: Fit,
  { nsim, ...asked }: Simulated & { readonly nsim: number },
  repeated: readonly number[] | null,
  report: Report,
): Pausable<Simulation> {
  const made = simulator(fit, asked, repeated, nsim);
  const { n, rows, unsupported, count } = made;
  const values = yield* simulations(made, nsim, report);
  const { categories } = fit.model.family;
  const numbers = ownNumbers(fit.model.family, values);
  return {
    draws: nsim,
    nsim,
    n,
    values: numbers,
    ...(categories && { categories }),
    response: (s) => numbers.subarray(s * n, (s + 1) * n),
    warnings: [
      ...rows.warnings,
      ...(fit.kind === "posterior" && nsim > count ? [moreSimulationsThanDraws(nsim, count)] : []),
      ...(unsupported ? [unsupportedWarning(unsupported, rows.rows)] : []),
    ],
  };
}

/** All simulations one after the other, an ordered response by the places of its categories. */
function* simulations(
  { n, simulation }: ReturnType<typeof simulator>,
  nsim: number,
  report: Report,
): Pausable<Float64Array> {
  const values = new Float64Array(nsim * n).fill(Number.NaN);
  for (let s = 0; s < nsim; s++) {
    simulation(s, values.subarray(s * n, (s + 1) * n));
    report("responses", s + 1, nsim);
    if (pauseDue()) yield;
  }
  return values;
}

/** As `simulateRepeated` of each row once, comparable with the fit's own response: an ordered one by the places of its categories. */
export function* simulateAsFitted(
  fit: Fit,
  { nsim, ...asked }: Simulated & { readonly nsim: number },
  report: Report,
): Pausable<(s: number) => Float64Array> {
  const made = simulator(fit, asked, null, nsim);
  const values = yield* simulations(made, nsim, report);
  return (s) => values.subarray(s * made.n, (s + 1) * made.n);
}

/**
 * Responses of the rows of a fit one simulation at a time, those that `simulate` of the same seed gives; an ordered response by the places of its
 * categories, as the fit has it.
 *
 * @returns a function of the simulation's number, from 0, to its response
 */
export function responsesOf(
  fit: MaximumLikelihoodFit,
  asked: Pick<Simulated, "seed" | "randomEffects">,
): (s: number) => Float64Array {
  const { n, simulation } = simulator(fit, asked, null, 1);
  return (s) => {
    const response = new Float64Array(n);
    simulation(s, response);
    return response;
  };
}

/** Writes simulation s, from 0, into `out`, in which rows that miss a value are left as they are. */
type SimulateOne = (s: number, out: Float64Array) => void;

function simulator(
  fit: Fit,
  { seed, newdata, randomEffects }: Simulated,
  repeated: readonly number[] | null,
  nsim: number,
) {
  requireDistribution(fit, "Simulating responses");
  const { layout } = fit.model;
  const fittedEffects = randomEffects === "fitted";
  const asked = designRowsOf(fit.model, newdata, fittedEffects ? "required" : "optional", "responses");
  const rows = repeated ? repeatRows(asked, repeated) : asked;
  const n = rows.asked.length;
  // levels the fit has not seen get an index past the fitted ones, so that rows of one level share an effect
  const random = rows.random.map((term, t) =>
    withNewLevels(term, fit.model.design.random[t]!.levels.length, rows.rows),
  );
  const unsupported = unsupportedRows(fit.model, rows, "distribution");
  const simulateRows = rowSimulator(fit.model, { ...rows, random });
  const draws = fit.kind === "posterior" ? ownDraws(fit) : null;
  const point = fit.kind === "posterior" ? null : fit.estimate;
  const modes = fit.kind === "ml" && fittedEffects ? fit.modes : null;
  const count = draws ? draws.chains * draws.drawsPerChain : 0;
  const effects = fit.kind === "posterior" && fittedEffects ? effectsByDraw(fit) : null;
  const rng = createRng(seed).fork("simulate");
  const b = random.map(({ q, levels }) => new Float64Array(q * levels.length));
  const whole = n === rows.n;
  const response = new Float64Array(rows.n);
  const simulation: SimulateOne = (s, out) => {
    // draws may be fewer than simulations: then they come round again
    const d = draws ? (nsim <= count ? Math.floor((s * count) / nsim) : s % count) : 0;
    const x = draws ? draws.values.subarray(d * draws.size, (d + 1) * draws.size) : point!;
    const stream = rng.fork(String(s));
    const known = fittedEffects ? (modes ?? effects!(d)) : null;
    random.forEach((term, t) => {
      const { known: precision } = fit.model.design.random[t]!;
      drawTermEffects(
        stream,
        x,
        layout.terms[t]!,
        { levels: term.levels, ...(precision && { known: precision }) },
        b[t]!,
      );
      if (known) b[t]!.set(known[t]!);
    });
    const simulated = whole ? out : response;
    simulateRows(stream, x, b, simulated);
    if (unsupported && !unsupported.prior)
      for (let i = 0; i < rows.n; i++) if (unsupported.rows[i]) simulated[i] = Number.NaN;
    if (!whole)
      rows.place.forEach((i, at) => {
        if (i >= 0) out[at] = response[i]!;
      });
  };
  return { n, rows, unsupported, count, simulation };
}

const repeatRows = (rows: AskedRows, indices: readonly number[]): AskedRows => ({
  ...pickRows(rows, indices),
  asked: Int32Array.from(indices, (i) => rows.asked[i]!),
  place: Int32Array.from(indices, (_, at) => at),
  warnings: rows.warnings,
});
