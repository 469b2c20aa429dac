/** Responses of a declaration under given parameters: no fit, and no response in the table. */
import { optional } from "valibot";
import { impossibleResponses } from "../messages/calibration.ts";
import { moreSimulationsThanDraws } from "../messages/effects.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { PosteriorFit } from "../model/fit.ts";
import { type NamedParameters, parametersByName } from "../model/named-parameters.ts";
import { naturalParameters } from "../model/natural-parameters.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { parameterLabel } from "../model/reported-parameters.ts";
import { isFit } from "../model/require-fit.ts";
import type { Model } from "../model-builder.ts";
import { eitherName } from "../options/either-name.ts";
import { checkedLater, isRecord, seedOf, wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { ownNumbers } from "../prediction/category-score.ts";
import type { Simulation } from "../prediction/simulate.ts";
import { priorSampler } from "../priors/draw-from-prior.ts";
import { createRng, type Rng } from "../random/rng.ts";
import { compiledCovariates, type GeneratorInput, responseDrawer } from "./generator.ts";
import { missingness } from "./missingness.ts";
import type { DataGeneratingMechanism, DeclaredModel } from "./scenario.ts";
import { trueParameters } from "./true-parameters.ts";

/** True values by name; a posterior of the same parameters, of which each simulation takes a draw; or draws of the declared and default priors. */
export type SimulationParameters = NamedParameters | PosteriorFit | "prior";

const entries = {
  /** Number of simulated responses; default 1. */
  draws: optional(wholeNumber(1)),
  /** R's name of `draws`. */
  nsim: optional(wholeNumber(1)),
  /** The same seed gives the same responses; default 1. */
  seed: optional(seedOf, 1),
  /** Which responses go missing, as of a mechanism of a study: log odds by column. */
  missing: optional(checkedLater<DataGeneratingMechanism["missing"]>()),
};

const ofMechanism = optionsSchema(entries);

const ofDeclaration = optionsSchema({
  /**
   * True values by their names in `tidy()`, as `{ "(Intercept)": -1, trt: 0.5, "sd:g.(Intercept)": 1 }`, correlations that are not given being 0; or a
   * posterior, or `"prior"`.
   */
  parameters: optional(checkedLater<SimulationParameters>()),
  ...entries,
});

export type SimulateMechanismOptions = OptionsOf<typeof ofMechanism>;

export type SimulateDeclaredOptions = SimulateMechanismOptions & { readonly parameters: SimulationParameters };

export interface SimulatedData extends Simulation {
  /** The declaration on the table with simulated response s, from 0: to be fitted. */
  data(s: number): Model;
  /** draws × layout.size: the natural parameters behind each simulation, [β | Λ | φ]. */
  readonly parameters: Float64Array;
}

/**
 * Simulates responses of a declaration on a table of covariates, random effects drawn anew in each.
 *
 * @param of a declaration, whose table needs no response; or a mechanism `{ model, parameters }`, as `fit.with()` and `extend()` make it
 * @throws DeclarationError with the faults of declaration and table, parameters that are missing, unknown or impossible, responses that are no column, and
 *   means that are larger than a number can be
 */
export function simulateDeclared(of: DeclaredModel | DataGeneratingMechanism, asked: unknown): SimulatedData {
  const mechanism = isMechanism(of) ? of : null;
  if (!mechanism && !isDeclaration(of)) throw new DeclarationError([messages.notADeclaration(of)]);
  const read = mechanism
    ? { parameters: mechanism.parameters, ...readOptions(ofMechanism, asked, { of: "simulate()" }) }
    : readOptions(ofDeclaration, asked, { of: "simulate()" });
  const draws = eitherName(read, "draws", "nsim", "simulate()") ?? 1;
  const { model, name, declared } = compiledCovariates((mechanism ? mechanism.model : of) as Model);
  const source = parameterSource(model, read.parameters, draws);
  const lost = read.missing ?? mechanism?.missing;
  const loses = lost && missingness(model, name, lost);
  const drawn = responseDrawer(model);
  const { n, rows } = model.design;
  const rng = createRng(read.seed).fork("simulate");
  const places = new Float64Array(draws * n);
  const parameters = new Float64Array(draws * model.layout.size);
  let impossible = 0;
  for (let s = 0; s < draws; s++) {
    const stream = rng.fork(String(s));
    const x = source.of(s, stream);
    const y = drawn(stream, x);
    const at = y.findIndex((value) => !Number.isFinite(value));
    if (at >= 0 && source.fixed) throw new DeclarationError([messages.responseOverflows(rows[at]! + 1, y[at]!)]);
    if (at >= 0) impossible++;
    if (loses) loses(stream, y);
    parameters.set(x, s * x.length);
    places.set(y, s * n);
  }
  const checked = (s: number) => {
    if (!(Number.isInteger(s) && s >= 0 && s < draws))
      throw new DeclarationError([messages.noSuchSimulation(s, draws)]);
    return s;
  };
  const { categories } = model.family;
  const values = ownNumbers(model.family, places);
  return {
    ...{ draws, nsim: draws, n, values, parameters },
    response: (s) => values.subarray(checked(s) * n, (s + 1) * n),
    ...(categories && { categories }),
    data: (s) => declared(places.subarray(checked(s) * n, (s + 1) * n)),
    warnings: [...source.warnings, ...(impossible > 0 ? [impossibleResponses(impossible, draws)] : [])],
  };
}

const isDeclaration = (value: unknown): value is DeclaredModel =>
  typeof (value as DeclaredModel | null)?.compiledBy === "function";

/** Whether it is a mechanism, and no declaration or fit. */
export const isMechanism = (value: unknown): value is GeneratorInput =>
  isRecord(value) && !isFit(value) && isDeclaration(value["model"]);

/** Whether responses are simulated from it without a fit. */
export const isSimulable = (value: unknown): value is DeclaredModel | DataGeneratingMechanism =>
  isDeclaration(value) || isMechanism(value);

interface ParameterSource {
  /** Whether every simulation has the same. */
  readonly fixed: boolean;
  of(s: number, rng: Rng): Float64Array;
  readonly warnings: readonly FitWarning[];
}

function parameterSource(
  model: CompiledModel,
  given: SimulationParameters | undefined,
  draws: number,
): ParameterSource {
  if (given === "prior") {
    const draw = priorSampler(model);
    return {
      fixed: false,
      of(_, rng) {
        const x = new Float64Array(model.layout.size);
        draw(rng, x);
        return x;
      },
      warnings: [],
    };
  }
  if (isFit(given)) return posteriorSource(model, given as PosteriorFit, draws);
  if (!isRecord(given)) throw new DeclarationError([messages.notParameters(given)]);
  const x = trueParameters(model, given as NamedParameters);
  return { fixed: true, of: () => x, warnings: [] };
}

/** Draws of a posterior spread evenly over the simulations, by the labels of its parameters: its table may be another. */
function posteriorSource(model: CompiledModel, fit: PosteriorFit, draws: number): ParameterSource {
  if (fit.kind !== "posterior") throw new DeclarationError([messages.notAPosterior()]);
  const { parameters } = naturalParameters(fit.model);
  const labels = parameters.map(parameterLabel);
  const { values, size } = ownDraws(fit);
  const count = values.length / size;
  return {
    fixed: false,
    of(s) {
      const d = draws <= count ? Math.floor((s * count) / draws) : s % count;
      const x = values.subarray(d * size, (d + 1) * size);
      return parametersByName(
        model,
        Object.fromEntries(parameters.map((parameter, p) => [labels[p]!, parameter.value(x)])),
      );
    },
    warnings: draws > count ? [moreSimulationsThanDraws(draws, count)] : [],
  };
}
