/**
 * Tests of a fit by simulated responses (as Hartig's DHARMa has them): whether the response's place among them is uniform, whether it is more or less dispersed, has more
 * or fewer zeros, more rows outside of all simulations.
 *
 * P values are by the simulations themselves: each statistic is computed of every simulated response as of the observed one, which is one more of the same kind
 * if the model is right. So the dependence of rows within groups, discreteness and unequal variances need no theory; that the parameters are estimates
 * makes the tests a little conservative.
 */
import { type InferOutput, optional } from "valibot";
import { residualTestsNeed } from "../messages/diagnose.ts";
import { declarationFault } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { refuseFrequencies } from "../model/refuse-frequencies.ts";
import { requireFit } from "../model/require-fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { choice, seedOf, wholeNumber } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { simulateAsFitted } from "../prediction/simulate.ts";
import { createRng } from "../random/rng.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";

const residualTestOptions = optionsSchema({
  /** Simulated responses, default 499, and 399 of more than 20 000 rows. */
  draws: optional(wholeNumber(19)),
  /** `marginal`: of new groups, so that the random effects are checked too (default); `conditional`: of the groups as they are estimated. */
  randomEffects: optional(choice(["marginal", "conditional"]), "marginal"),
  /** The same seed gives the same numbers; default "residual tests". */
  seed: optional(seedOf),
  ...longWorkEntries,
});

export type ResidualTestOptions = OptionsOf<typeof residualTestOptions>;

export interface ResidualTestRow {
  readonly test: "uniformity" | "dispersion" | "zeros" | "outliers";
  /**
   * `uniformity`: the Kolmogorov-Smirnov distance of the scaled residuals from uniform; `dispersion`: Σ(y − ŷ)²/v over its mean in simulations, ŷ and v each row's
   * simulated mean and variance; `zeros`: zeros over their mean number; `outliers`: the number of rows outside of all simulations.
   */
  readonly statistic: number;
  /** Its mean over the simulations. */
  readonly expected: number;
  readonly p_value: number;
}

export interface ResidualTests extends Printable {
  readonly rows: readonly ResidualTestRow[];
  readonly draws: number;
  readonly randomEffects: "marginal" | "conditional";
  /** The place of each row's response among the simulated ones, from 0 to 1: uniform if the model is right. */
  readonly scaled: Float64Array;
}

/**
 * Tests of the distribution of a fit's response, by simulation.
 *
 * @returns a row a test; with a `signal` or `onProgress` a promise of them
 * @throws DeclarationError for estimating equations
 * @example
 * residualTests(fit).print();
 * residualTests(fit, { draws: 1000, randomEffects: "conditional" }).rows;
 */
export function residualTests<Signal extends StopSignal | undefined = undefined, Told = never>(
  fit: Fit,
  options?: ResidualTestOptions & SlicesOf<Signal, Told>,
): DoneOrPromised<ResidualTests, Signal, Told>;
export function residualTests(fit: Fit, given?: ResidualTestOptions): ResidualTests | Promise<ResidualTests> {
  requireFit(fit, "residualTests()");
  const options = readOptions(residualTestOptions, given, { of: "residualTests()" });
  if (fit.kind === "gee") throw declarationFault(residualTestsNeed());
  refuseFrequencies(fit.model, "residualTests()");
  return doneOrPromised((report) => residualTestsOf(fit, options, report), options);
}

/** Simulated responses by default, and fewer where rows are many. */
const DRAWS = 499;
const FEW_DRAWS = 399;
const MANY_ROWS = 20_000;

/** The work of `residualTests`. */
export function* residualTestsOf(
  fit: Fit,
  {
    draws = fit.model.design.n > MANY_ROWS ? FEW_DRAWS : DRAWS,
    randomEffects,
    seed = "residual tests",
  }: Pick<InferOutput<typeof residualTestOptions>, "randomEffects"> & Pick<ResidualTestOptions, "draws" | "seed">,
  report: Report,
): Pausable<ResidualTests> {
  const effects = randomEffects === "marginal" ? "new" : "fitted";
  const asked = { nsim: draws, seed, newdata: undefined, randomEffects: effects } as const;
  const simulated = yield* simulateAsFitted(fit, asked, report);
  const { n, y } = fit.model.design;
  /** The observed response, and after it the simulated ones. */
  const all = [y, ...Array.from({ length: draws }, (_, s) => simulated(s))];
  const total = all.length;
  const rng = createRng(seed).fork("ranks");
  const uniform = all.map(() => new Float64Array(n));
  const squares = new Float64Array(total);
  const outside = new Float64Array(total);
  const order = Array.from({ length: total }, (_, s) => s);
  const tie = new Float64Array(total);
  for (let i = 0; i < n; i++) {
    let mean = 0;
    let square = 0;
    for (let s = 0; s < total; s++) {
      mean += all[s]![i]! / total;
      tie[s] = rng.uniform();
    }
    for (let s = 0; s < total; s++) square += (all[s]![i]! - mean) ** 2 / (total - 1);
    order.sort((a, b) => all[a]![i]! - all[b]![i]! || tie[a]! - tie[b]!);
    order.forEach((s, place) => {
      uniform[s]![i] = (place + tie[s]!) / total;
      if (square > 0) squares[s]! += (all[s]![i]! - mean) ** 2 / square;
    });
    const [low, high] = [all[order[0]!]![i]!, all[order[total - 1]!]![i]!];
    // outside of all others, not equal to any
    if (low < all[order[1]!]![i]!) outside[order[0]!]!++;
    if (high > all[order[total - 2]!]![i]!) outside[order[total - 1]!]!++;
  }
  const zeros = Float64Array.from(all, (response) => response.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0));
  const distances = Float64Array.from(uniform, uniformDistance);
  const rows: ResidualTestRow[] = [
    { test: "uniformity", statistic: distances[0]!, expected: meanOfRest(distances), p_value: above(distances) },
    ratioRow("dispersion", squares),
  ];
  // a response that cannot be 0 is not asked how often it is
  if (zeros.some((count) => count > 0)) rows.push(ratioRow("zeros", zeros));
  rows.push({ test: "outliers", statistic: outside[0]!, expected: meanOfRest(outside), p_value: twoSided(outside) });
  const result = { rows, draws, randomEffects, scaled: uniform[0]! };
  return printable(result, (style) => residualTestsText(result, style));
}

const meanOfRest = (values: Float64Array): number =>
  values.subarray(1).reduce((sum, value) => sum + value, 0) / (values.length - 1);

/** The share of all that are at least as large as the first, itself among them. */
const above = (values: Float64Array): number =>
  values.reduce((count, value) => count + (value >= values[0]! ? 1 : 0), 0) / values.length;

const twoSided = (values: Float64Array): number => {
  const below = values.reduce((count, value) => count + (value <= values[0]! ? 1 : 0), 0) / values.length;
  return Math.min(1, 2 * Math.min(below, above(values)));
};

function ratioRow(test: "dispersion" | "zeros", values: Float64Array): ResidualTestRow {
  const expected = meanOfRest(values);
  return { test, statistic: expected > 0 ? values[0]! / expected : 1, expected: 1, p_value: twoSided(values) };
}

/** The Kolmogorov-Smirnov distance from the uniform distribution. */
function uniformDistance(values: Float64Array): number {
  const sorted = values.slice().sort();
  const n = sorted.length;
  let most = 0;
  sorted.forEach((value, i) => {
    most = Math.max(most, (i + 1) / n - value, value - i / n);
  });
  return most;
}

function residualTestsText({ rows, draws, randomEffects }: Omit<ResidualTests, keyof Printable>, style: Style): string {
  const groups = randomEffects === "marginal" ? "of new groups" : "of the groups as estimated";
  return [
    style(`Residual tests, ${draws} simulated responses ${groups}`, "title"),
    "",
    ...textTable(
      [
        { header: "test", cells: rows.map(({ test }) => test), align: "left" },
        { header: "statistic", cells: formatColumn(rows.map(({ statistic }) => statistic)) },
        { header: "expected", cells: formatColumn(rows.map(({ expected }) => expected)) },
        { header: "p_value", cells: rows.map(({ p_value }) => formatPValue(p_value)) },
      ],
      style,
    ),
  ].join("\n");
}
