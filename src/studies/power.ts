/** Power of a test by simulation: at a design, along sizes of it, and the size that has a power. */
import { optional } from "valibot";
import type { FitMethod } from "../frequentist/method.ts";
import type { FitMethodName } from "../frequentist/read-method.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import * as messages from "../messages/power.ts";
import type { DistributionFit } from "../model/fit.ts";
import { isFit } from "../model/require-fit.ts";
import { nextTurn, SLICE } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import {
  abortSignal,
  callback,
  checkedLater,
  choice,
  confidenceLevel,
  isRecord,
  proportion as proportionOption,
  seedOf,
  wholeNumber,
} from "../options/kinds.ts";
import { optionsSchema, readOptions } from "../options/read-options.ts";
import { createRng } from "../random/rng.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { normalQuantile } from "../special/distributions.ts";
import { extend } from "./extend.ts";
import { generatorOf } from "./generator.ts";
import { mechanismOf } from "./mechanism-of.ts";
import { type OwnTest, type PowerTest, type PowerTestName, powerTest, powerTests } from "./power-test.ts";
import { proportion } from "./proportion.ts";
import { type DataGeneratingMechanism, scenariosOf } from "./scenario.ts";
import { nextSize, rootOf, type SizeTally } from "./size-for-power.ts";

/** One column with what is asked of it, as levels or, of `within`, as rows in each level. */
type OfSize<Asked> = Readonly<Record<string, Asked>> | { readonly within: Readonly<Record<string, Asked>> };

export interface PowerOptions {
  /**
   * A coefficient (`"trt"`), a term of several (`"period"`), or a function of the declaration on a simulated table to a p value; default the term of the mean
   * where there is one.
   */
  readonly test?: string | OwnTest | undefined;
  /** `satterthwaite` (default of linear models), `wald` (default of others: z and χ²), `kenward-roger`, `lrt` (by maximum likelihood). */
  readonly by?: PowerTestName | undefined;
  /** How data are fitted, as `fit()` takes it; default as `fit()` does, for `lrt` of linear models by maximum likelihood. */
  readonly method?: FitMethod | FitMethodName | undefined;
  /** Sizes at which the power is asked for: `{ g: [10, 20, 40] }`, `{ within: { g: [2, 5] } }`. */
  readonly along?: OfSize<readonly number[]> | undefined;
  /** The least and the largest size between which the one with the power `target` is looked for: `{ g: [10, 500] }`. */
  readonly solveFor?: OfSize<readonly [number, number]> | undefined;
  /** Default `{ power: 0.8 }`. */
  readonly target?: { readonly power: number } | undefined;
  /** Data sets at each size, or with `solveFor` in all; default 1000. */
  readonly replications?: number | undefined;
  /** The same as `replications`. */
  readonly nsim?: number | undefined;
  /** Level of the test, default 0.05. */
  readonly alpha?: number | undefined;
  /** Level of the limits, default 0.95. */
  readonly confLevel?: number | undefined;
  /** The same seed gives the same data; default "power". */
  readonly seed?: string | number | undefined;
  readonly signal?: StopSignal | undefined;
  readonly onProgress?: ((progress: PowerProgress) => void) | undefined;
}

export interface PowerProgress {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
}

const options = optionsSchema({
  test: optional(checkedLater<PowerOptions["test"]>()),
  by: optional(choice(powerTests)),
  method: optional(checkedLater<PowerOptions["method"]>()),
  along: optional(checkedLater<PowerOptions["along"]>()),
  solveFor: optional(checkedLater<PowerOptions["solveFor"]>()),
  target: optional(optionsSchema({ power: proportionOption })),
  replications: optional(wholeNumber(1)),
  nsim: optional(wholeNumber(1)),
  alpha: optional(proportionOption, 0.05),
  confLevel: optional(confidenceLevel, 0.95),
  seed: optional(seedOf, "power"),
  signal: optional(abortSignal),
  onProgress: optional(callback<(progress: PowerProgress) => void>()),
});

/** The power at one size. */
export interface PowerRow {
  /** What is extended, as `g` or `within g`; null: the design as it is. */
  readonly along: string | null;
  readonly size: number | null;
  /** The share of tests that reject, of those that could be made; null of none. */
  readonly power: number | null;
  /** Monte Carlo standard error. */
  readonly mcse: number | null;
  /** Wilson's limits. */
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  readonly rejections: number;
  /** Tests that could be made. */
  readonly n: number;
  readonly failures: number;
  /** The share with every failure counted as no rejection, and as a rejection: the two bounds. */
  readonly with_failures: number;
  readonly failures_rejecting: number;
}

/** The size that has the power. */
export interface PowerSolution {
  readonly along: string;
  readonly target: number;
  /** The least size whose power is the target's or more; null where the bracket does not hold it. */
  readonly size: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
}

export interface Power extends Printable {
  readonly test: string;
  readonly alpha: number;
  readonly rows: readonly PowerRow[];
  /** Present with `solveFor`. */
  readonly solution?: PowerSolution;
  readonly warnings: readonly FitWarning[];
}

/**
 * Power of a test by simulation: data are drawn from the true parameters, fitted and tested. A fit that fails is no test that does not reject: it is counted
 * apart, with the bounds that it leaves. Each data set has a seed of its own, so that more replications or sizes leave the others as they are.
 *
 * @param of a mechanism, as `fit.with({ trt: 0.4 })` and `extend()` make it, or `{ model, parameters }`; or a pilot fit, whose estimates are then the truth
 * @throws DeclarationError for options, tests and columns that are none; the reason of `signal` when it is aborted
 * @example
 * (await power(pilot.with({ trt: 0.4 }), { test: "trt", along: { g: [20, 40, 80] } })).print();
 * (await power(pilot.with({ trt: 0.4 }), { test: "trt", solveFor: { g: [10, 500] }, target: { power: 0.8 } })).solution;
 */
export async function power(of: DistributionFit | DataGeneratingMechanism, asked?: PowerOptions): Promise<Power> {
  const { replications, nsim, ...read } = readOptions(options, asked, { of: "power()" });
  const mechanism = mechanismOf(of, "power()");
  if (read.along && read.solveFor) throw new DeclarationError([messages.curveAndRoot()]);
  const along = read.along && sizesOf<readonly number[]>(read.along, isSizes, messages.notSizes);
  const bracket = read.solveFor && sizesOf<readonly [number, number]>(read.solveFor, isBracket, messages.notABracket);
  const total = replications ?? nsim ?? 1000;
  const target = read.target?.power ?? 0.8;
  const work = new PowerWork(mechanism, read, total * (along?.asked.length ?? 1));
  let solution: PowerSolution | undefined;
  if (along) for (const size of along.asked) await work.at(along, size, total);
  else if (bracket) solution = await solve(work, bracket, target, total, read.confLevel);
  else await work.at(null, null, total);
  const warnings = [
    ...(isFit(of) ? [messages.observedPower()] : []),
    ...work.warnings(),
    ...(solution && solution.size === null ? [outside(work, bracket!, target)] : []),
  ];
  const rows = work.rows();
  const { title } = work.test!;
  const result = { test: title, alpha: read.alpha, rows, ...(solution && { solution }), warnings };
  return printable(result, (style) => report(result, read.confLevel, style));
}

interface Sizes<Asked> {
  readonly column: string;
  readonly within: boolean;
  readonly asked: Asked;
}

const isSizes = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((size) => Number.isInteger(size) && size >= 1);

const isBracket = (value: unknown): boolean =>
  isSizes(value) && (value as number[]).length === 2 && (value as number[])[0]! < (value as number[])[1]!;

function sizesOf<Asked>(
  given: OfSize<Asked>,
  holds: (value: unknown) => boolean,
  fault: (value: unknown) => ReturnType<typeof messages.notSizes>,
): Sizes<Asked> {
  const within = isRecord(given) && isRecord(given["within"]);
  const record = (within ? given["within"] : given) as Record<string, Asked>;
  const entries = isRecord(record) ? Object.entries(record) : [];
  if (entries.length !== 1 || !holds(entries[0]![1])) throw new DeclarationError([fault(given)]);
  const [[column, asked]] = entries as [[string, Asked]];
  return { column, within, asked };
}

const labelOf = ({ column, within }: Sizes<unknown>) => (within ? `within ${column}` : column);

interface Tally extends SizeTally {
  readonly along: string | null;
  failed: number;
}

type Read = Pick<PowerOptions, "test" | "by" | "method" | "signal" | "onProgress"> & {
  readonly alpha: number;
  readonly confLevel: number;
  readonly seed: string | number;
};

/** Tests at sizes, each compiled once and counted on. */
class PowerWork {
  test: PowerTest | undefined;
  readonly tallies = new Map<number | null, Tally>();
  readonly #mechanism: DataGeneratingMechanism;
  readonly #read: Read;
  readonly #total: number;
  readonly #samplers = new Map<number | null, (replicate: number) => Promise<number>>();
  #done = 0;
  #failed = 0;
  #firstFailure = "";
  #until = performance.now() + SLICE;

  constructor(mechanism: DataGeneratingMechanism, read: Read, total: number) {
    this.#mechanism = mechanism;
    this.#read = read;
    this.#total = total;
  }

  /** Makes so many more tests at a size, null = the design as it is. */
  async at(sizes: Sizes<unknown> | null, size: number | null, count: number): Promise<void> {
    const { signal, onProgress, alpha } = this.#read;
    const tally = this.#tally(sizes, size);
    const sample = this.#sampler(sizes, size);
    const from = tally.tested + tally.failed;
    signal?.throwIfAborted();
    for (let replicate = from + 1; replicate <= from + count; replicate++) {
      try {
        if ((await sample(replicate)) <= alpha) tally.rejected++;
        tally.tested++;
      } catch (error) {
        tally.failed++;
        this.#failed++;
        this.#firstFailure ||= (error as Error).message;
      }
      this.#done++;
      if (performance.now() < this.#until) continue;
      onProgress?.({ done: this.#done, total: this.#total, failed: this.#failed });
      await nextTurn();
      signal?.throwIfAborted();
      this.#until = performance.now() + SLICE;
    }
    onProgress?.({ done: this.#done, total: this.#total, failed: this.#failed });
  }

  #tally(sizes: Sizes<unknown> | null, size: number | null): Tally {
    let found = this.tallies.get(size);
    if (!found) {
      found = { along: sizes && labelOf(sizes), size: size ?? 0, rejected: 0, tested: 0, failed: 0 };
      this.tallies.set(size, found);
    }
    return found;
  }

  #sampler(sizes: Sizes<unknown> | null, size: number | null) {
    const known = this.#samplers.get(size);
    if (known) return known;
    const by = sizes && (sizes.within ? { within: { [sizes.column]: size! } } : { [sizes.column]: size! });
    const { test: wanted, by: how, method, seed } = this.#read;
    const enlarged = by ? extend(this.#mechanism, by) : this.#mechanism;
    const settings = sizes ? { [labelOf(sizes)]: size! } : {};
    const [scenario] = scenariosOf([{ ...enlarged, settings, name: "power" }]);
    const generator = generatorOf(scenario!);
    const test = powerTest(generator.model, wanted, how, method);
    this.test ??= test;
    const sampler = (replicate: number) => {
      const rng = createRng(`${seed}/data/${scenario!.key}/${replicate}`);
      return test.pValue(generator.declared(generator.responses(rng)));
    };
    this.#samplers.set(size, sampler);
    return sampler;
  }

  rows(): PowerRow[] {
    return [...this.tallies]
      .sort(([a], [b]) => (a ?? 0) - (b ?? 0))
      .map(([size, { along, rejected, tested, failed }]) => {
        const { estimate, mcse, conf_low, conf_high } = proportion(rejected, tested, this.#read.confLevel);
        const known = tested > 0;
        return {
          along,
          size,
          power: known ? estimate : null,
          mcse: known ? mcse : null,
          conf_low: known ? conf_low : null,
          conf_high: known ? conf_high : null,
          rejections: rejected,
          n: tested,
          failures: failed,
          with_failures: rejected / (tested + failed),
          failures_rejecting: (rejected + failed) / (tested + failed),
        };
      });
  }

  warnings(): FitWarning[] {
    return this.#failed > 0 ? [messages.failedTests(this.#failed, this.#done, this.#firstFailure)] : [];
  }
}

/** Shares of the tests: at each of the first three sizes, and at each one after. */
const FIRST = 0.08;
const NEXT = 0.04;

async function solve(
  work: PowerWork,
  sizes: Sizes<readonly [number, number]>,
  target: number,
  total: number,
  confLevel: number,
): Promise<PowerSolution> {
  const [least, largest] = sizes.asked;
  const first = Math.max(1, Math.round(FIRST * total));
  const middle = Math.round(((Math.sqrt(least) + Math.sqrt(largest)) / 2) ** 2);
  let left = total;
  const spend = async (size: number, count: number) => {
    await work.at(sizes, size, Math.min(left, count));
    left -= count;
  };
  for (const size of new Set([least, middle, largest])) await spend(size, first);
  const tallies = () => [...work.tallies.values()].filter(({ tested }) => tested > 0);
  const batch = Math.max(1, Math.round(NEXT * total));
  for (let step = 0; left > 0; step++) await spend(nextSize(tallies(), target, sizes.asked, step), batch);
  const found = rootOf(tallies(), target);
  const along = labelOf(sizes);
  const nothing = { along, target, size: null, conf_low: null, conf_high: null };
  if (!found || !(found.root > 0)) return nothing;
  const size = Math.ceil(found.root ** 2 - 1e-9);
  if (size > largest || size < least) return nothing;
  const z = normalQuantile(0.5 + confLevel / 2);
  const end = (sign: number) => Math.ceil(Math.max(0, found.root + sign * z * found.error) ** 2 - 1e-9);
  return { along, target, size, conf_low: Math.max(1, end(-1)), conf_high: end(1) };
}

function outside(work: PowerWork, sizes: Sizes<readonly [number, number]>, target: number): FitWarning {
  const [least, largest] = sizes.asked;
  const low = work.tallies.get(least);
  const above = low !== undefined && low.tested > 0 && low.rejected / low.tested > target;
  return messages.beyondBracket(target, labelOf(sizes), above ? "least" : "largest", above ? least : largest);
}

function report(
  { test, alpha, rows, solution, warnings }: Pick<Power, "test" | "alpha" | "rows" | "solution" | "warnings">,
  confLevel: number,
  style: Style,
): string {
  const failures = rows.some((row) => row.failures > 0);
  const cell = (value: number | null) => (value === null ? "" : value.toFixed(3));
  const along = rows[0]?.along ?? null;
  const table = textTable(
    [
      ...(along === null ? [] : [{ header: along, cells: rows.map(({ size }) => String(size)) }]),
      { header: "power", cells: rows.map((row) => cell(row.power)) },
      { header: "mcse", cells: rows.map((row) => cell(row.mcse)) },
      { header: "conf_low", cells: rows.map((row) => cell(row.conf_low)) },
      { header: "conf_high", cells: rows.map((row) => cell(row.conf_high)) },
      { header: "n", cells: rows.map((row) => String(row.n)) },
      ...(failures
        ? [
            { header: "failures", cells: rows.map((row) => String(row.failures)) },
            { header: "with_failures", cells: rows.map((row) => cell(row.with_failures)) },
          ]
        : []),
    ],
    style,
  );
  const percent = `${Math.round(confLevel * 1000) / 10} %`;
  const answer =
    solution && solution.size !== null
      ? [
          `Power ${solution.target}: ${solution.along} = ${solution.size} (${percent} limits ${solution.conf_low} to ${solution.conf_high}).`,
          "",
        ]
      : [];
  return [
    style(`Power of ${test}, at level ${alpha}`, "title"),
    "",
    ...answer,
    ...table,
    ...(warnings.length > 0 ? ["", ...warnings.map(({ message }) => style(message, "warning"))] : []),
  ].join("\n");
}
