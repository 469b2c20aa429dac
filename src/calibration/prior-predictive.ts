/** The prior predictive distribution by forward simulation: what data the priors expect before any are seen. */
import { type InferOutput, optional } from "valibot";
import { repeatedRows } from "../data/repeated-rows.ts";
import { quantile } from "../diagnostics/quantile.ts";
import { impossibleResponses, priorPredictiveWeights } from "../messages/calibration.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import type { ModelInput } from "../model/model-input.ts";
import { compiledOf } from "../model/model-input.ts";
import { estimatedParameters, otherComponent, termInWords } from "../model/reported-parameters.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { seedOf, wholeNumber } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { ownNumbers } from "../prediction/category-score.ts";
import { pickRows } from "../prediction/pick-rows.ts";
import { resolvePriors } from "../priors/resolve.ts";
import { createRng } from "../random/rng.ts";
import { formatNumber } from "../report/format-number.ts";
import type { Printable } from "../report/printable.ts";
import { printable } from "../report/printable.ts";
import { textTable } from "../report/text-table.ts";
import { dataGenerator } from "./generate.ts";

const priorPredictiveOptions = optionsSchema({
  /** Number of draws, default 1000. */
  draws: optional(wholeNumber(1), 1000),
  /** Default "prior". */
  seed: optional(seedOf, "prior"),
  ...longWorkEntries,
});

export type PriorPredictiveOptions = OptionsOf<typeof priorPredictiveOptions>;

/** Quantiles over the draws of one parameter, or of one statistic of a simulated response. */
export interface PriorPredictiveRow {
  /** `parameter`: in tables' names; `response`: a statistic of the whole response vector. */
  readonly kind: "parameter" | "response";
  /** Component of tables that the parameter belongs to, as `disp`; absent: the mean's. */
  readonly component?: string;
  readonly group: string | null;
  readonly term: string;
  readonly q2_5: number;
  readonly q25: number;
  readonly median: number;
  readonly q75: number;
  readonly q97_5: number;
  /** The same statistic of the observed response; null for parameters. */
  readonly observed: number | null;
}

export interface PriorPredictive extends Printable {
  readonly draws: number;
  /** Responses a draw: rows of the design, each as often as its frequency weight says. */
  readonly n: number;
  /** draws × layout.size, row-major: natural parameters [β | Λ | φ] in the user's units. */
  readonly parameters: Float64Array;
  /** draws × n, row-major: simulated responses, for binomial successes. */
  readonly responses: Float64Array;
  /** Simulated response d, as a view. */
  response(d: number): Float64Array;
  /** Quantiles of every reported parameter and of statistics of the response. */
  readonly rows: readonly PriorPredictiveRow[];
  readonly warnings: readonly FitWarning[];
}

type Statistic = readonly [name: string, of: (y: Float64Array) => number];

const meanOf = (y: Float64Array): number => y.reduce((sum, value) => sum + value, 0) / y.length;

const STATISTICS: readonly Statistic[] = [
  ["mean", meanOf],
  [
    "sd",
    (y) => {
      const centre = meanOf(y);
      return Math.sqrt(y.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(1, y.length - 1));
    },
  ],
  ["min", (y) => y.reduce((a, b) => Math.min(a, b), Infinity)],
  ["max", (y) => y.reduce((a, b) => Math.max(a, b), -Infinity)],
];
const SHARE_OF_ZEROS: Statistic = [
  "share of zeros",
  (y) => y.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0) / y.length,
];

/**
 * Draws parameters from their priors, random effects given them, and a response for every row of the model's table. No sampler is needed, so that
 * it always works, in milliseconds: every default prior is proper.
 *
 * @returns draws of parameters and responses, and a table of their quantiles with the observed response beside them; for a binomial
 *   response the statistics are of shares of successes. With a `signal` or `onProgress` a promise of it, which rejects with the signal's own
 *   reason when it aborts
 * A row that counts several times (its frequency weight) is so many responses, one after the other.
 *
 * @throws DeclarationError with a flat prior, where draws is no whole number of at least 1, and for weights that are no frequencies: of a row
 *   that counts 1.5 times, or that multiply the log-likelihood
 * @example
 * priorPredictive(herds, { draws: 500, seed: "herds" }).print();
 */
export function priorPredictive<Signal extends StopSignal | undefined = undefined, Told = never>(
  input: ModelInput,
  options?: PriorPredictiveOptions & SlicesOf<Signal, Told>,
): DoneOrPromised<PriorPredictive, Signal, Told>;
export function priorPredictive(
  input: ModelInput,
  options?: PriorPredictiveOptions,
): PriorPredictive | Promise<PriorPredictive> {
  const read = readOptions(priorPredictiveOptions, options, { of: "priorPredictive()" });
  return doneOrPromised((report) => simulated(input, read, report), read);
}

function* simulated(
  input: ModelInput,
  { draws, seed }: InferOutput<typeof priorPredictiveOptions>,
  report: Report,
): Pausable<PriorPredictive> {
  const model = compiledOf(input, "priorPredictive()");
  const { design, layout } = model;
  if (model.data.multiplier && design.weights)
    throw new DeclarationError([priorPredictiveWeights(model.spec.weights!)]);
  const { rows: repeated, warnings: counted } = repeatedRows(design, "The prior predictive");
  const written = repeated ? pickRows(design, repeated) : design;
  const { n, trials } = written;
  const generate = dataGenerator(model, resolvePriors(model), written);
  const root = createRng(seed).fork("prior predictive");
  const parameters = new Float64Array(draws * layout.size);
  const responses = new Float64Array(draws * n);
  for (let d = 0; d < draws; d++) {
    const { x, y } = generate(root.fork(String(d)));
    parameters.set(x, d * layout.size);
    responses.set(ownNumbers(model.family, y), d * n);
    report("responses", d + 1, draws);
    if (pauseDue()) yield;
  }
  const response = (d: number) => responses.subarray(d * n, (d + 1) * n);
  const scaled = (y: Float64Array) => (trials ? y.map((value, i) => value / trials[i]!) : y);

  const reported = estimatedParameters(model).map(({ component, group, term, value }): PriorPredictiveRow => {
    const values = Float64Array.from({ length: draws }, (_, d) =>
      value(parameters.subarray(d * layout.size, (d + 1) * layout.size)),
    );
    return { kind: "parameter", ...otherComponent(component), group, term, ...quantilesOf(values), observed: null };
  });
  const simulated = Array.from({ length: draws }, (_, d) => scaled(response(d)));
  const own = ownNumbers(model.family, design.y);
  const observed = scaled(repeated ? Float64Array.from(repeated, (i) => own[i]!) : own);
  const counts = simulated.every((y) => y.every((value) => !Number.isFinite(value) || value >= 0));
  const statistics = counts ? [...STATISTICS, SHARE_OF_ZEROS] : STATISTICS;
  const ofResponse = statistics.map(([term, statistic]): PriorPredictiveRow => {
    const values = Float64Array.from(simulated, statistic);
    return { kind: "response", group: null, term, ...quantilesOf(values), observed: statistic(observed) };
  });
  const impossible = simulated.filter((y) => !y.every(Number.isFinite)).length;
  const warnings = [...counted, ...(impossible > 0 ? [impossibleResponses(impossible, draws)] : [])];
  const rows = [...reported, ...ofResponse];
  return printable(
    {
      draws,
      n,
      parameters,
      responses,
      response,
      rows,
      warnings,
    },
    (style) => {
      const left = (header: string, cells: string[]) => ({ header, cells, align: "left" as const });
      const numbers = (header: string, of: (row: PriorPredictiveRow) => number | null) => ({
        header,
        cells: rows.map((row) => {
          const value = of(row);
          return value === null ? "" : formatNumber(value);
        }),
      });
      const title = style(
        `Prior predictive: ${draws} draws of parameters and of ${n} responses${trials ? " (shares of successes)" : ""}`,
        "title",
      );
      const table = textTable(
        [
          left(
            "",
            rows.map(({ kind }) => kind),
          ),
          left("term", rows.map(termInWords)),
          numbers("2.5%", (row) => row.q2_5),
          numbers("25%", (row) => row.q25),
          numbers("median", (row) => row.median),
          numbers("75%", (row) => row.q75),
          numbers("97.5%", (row) => row.q97_5),
          numbers("observed", (row) => row.observed),
        ],
        style,
      );
      const notes = warnings.flatMap(({ message }) => ["", style(message, "warning")]);
      return [title, "", ...table, ...notes].join("\n");
    },
  );
}

/** Quantiles of values, those that are no number (a correlation with a variance that has underflowed to 0) left out. */
function quantilesOf(values: Float64Array): Pick<PriorPredictiveRow, "q2_5" | "q25" | "median" | "q75" | "q97_5"> {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const at = (p: number) => quantile(sorted, p);
  return { q2_5: at(0.025), q25: at(0.25), median: at(0.5), q75: at(0.75), q97_5: at(0.975) };
}
