/**
 * A simulation study (ADEMP: aims, data-generating mechanisms, estimands, methods, performance; Morris, White & Crowther 2019): scenarios × replicates ×
 * methods × estimands, one long table. Every replicate has seeds of its own, made of what it is, so that any of them can be made again by itself, and
 * results do not depend on their order, on how the work is cut, or on what else is in the study.
 */
import { nullable, optional } from "valibot";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import {
  abortSignal,
  callback,
  checkedLater,
  positiveNumber,
  recordOf,
  seedOf,
  text,
  wholeNumber,
} from "../options/kinds.ts";
import { optionsSchema, readOptions } from "../options/read-options.ts";
import type { Chunk, Shard } from "./chunks.ts";
import type { StudyEstimand } from "./estimands.ts";
import { nodeRunner } from "./node-runner.ts";
import type { Performance, PerformanceOptions } from "./performance.ts";
import {
  type LostResult,
  type Prepared,
  preparedScenario,
  type Replicate,
  runReplicate,
  type StudyMethod,
} from "./replicate.ts";
import type { ReplicateRow } from "./replicate-row.ts";
import { runHere } from "./run-here.ts";
import { type DataGeneratingMechanism, type Scenario, type Settings, scenariosOf } from "./scenario.ts";
import { checkRule, type StoppingRule, stoppingRule } from "./stopping-rule.ts";
import { identityOf, type StudyIdentity } from "./study-identity.ts";
import { studyLoader } from "./study-loader.ts";
import type { LargestErrors } from "./tally.ts";

export interface StudySpec {
  /** What the results are called by. */
  readonly name?: string | undefined;
  /** The same seed gives the same results; default "study". */
  readonly seed?: string | number | undefined;
  /** Data-generating mechanisms: by name, or a list as `grid()` makes it. */
  readonly dgms: readonly DataGeneratingMechanism[] | Readonly<Record<string, DataGeneratingMechanism>>;
  readonly estimands: Readonly<Record<string, StudyEstimand>>;
  readonly methods: Readonly<Record<string, StudyMethod>>;
  /** Data sets a scenario, default 1000. */
  readonly replications?: number | undefined;
}

const studySpec = optionsSchema({
  name: optional(text, "study"),
  seed: optional(seedOf, "study"),
  dgms: checkedLater<StudySpec["dgms"]>(),
  estimands: recordOf(callback<StudyEstimand>(), "functions of a fit by the name of an estimand"),
  methods: recordOf(callback<StudyMethod>(), "functions of the data by the name of a method"),
  replications: optional(wholeNumber(1), 1000),
});

export interface StudyProgress {
  /** Data sets done, of all scenarios. */
  readonly done: number;
  /** Those that are to be done; fewer once a scenario has enough of them. */
  readonly total: number;
  /** Results that are failures so far. */
  readonly failed: number;
  /** Data sets a second in this run; null before the first. */
  readonly perSecond: number | null;
  /** Seconds that the rest takes at this rate. */
  readonly secondsLeft: number | null;
  /** The largest Monte Carlo errors so far, of any scenario, method and estimand. */
  readonly mcse: LargestErrors;
}

const runOptions = optionsSchema({
  /** Stops the study, which then rejects with the signal's own reason; what is in its directory stays, and a later run goes on from there. */
  signal: optional(abortSignal),
  /** Called at most every 40 ms and at the end. */
  onProgress: optional(callback<(progress: StudyProgress) => void>()),
  /** A directory that keeps results as they come, one Parquet file a chunk: a run goes on from what is there. */
  dir: optional(text),
  /** Worker threads; default none: the study runs in this thread. */
  workers: optional(wholeNumber(1)),
  /** The module that declares the study, which every worker loads: its path or URL; default the script that Node was started with. */
  module: optional(checkedLater<string | { readonly href: string }>()),
  /** A scenario has enough replicates when these Monte Carlo errors are reached by every method and estimand: looked at after 100 replicates, 200, and so on. A directory keeps its rule until another is given, or null. */
  stopWhen: optional(nullable(stoppingRule)),
  /** Replicates a chunk at most; default what takes about 20 seconds. The results do not depend on it. */
  chunkSize: optional(wholeNumber(1)),
  /** Seconds after which a method is stopped, a result with the status `timeout`; needs workers. */
  timeout: optional(positiveNumber),
  /** Which part of the work this process takes first, of several that share a directory. */
  shard: optional(optionsSchema({ index: wholeNumber(1), count: wholeNumber(1) })),
  /** More or fewer data sets a scenario than the study says. */
  replications: optional(wholeNumber(1)),
});

export interface StudyRunOptions {
  readonly signal?: StopSignal | undefined;
  readonly onProgress?: ((progress: StudyProgress) => void) | undefined;
  readonly dir?: string | undefined;
  readonly workers?: number | undefined;
  readonly module?: string | { readonly href: string } | undefined;
  readonly stopWhen?: StoppingRule | null | undefined;
  readonly chunkSize?: number | undefined;
  readonly timeout?: number | undefined;
  readonly shard?: Shard | undefined;
  readonly replications?: number | undefined;
}

export interface StudyResults {
  readonly study: string;
  /** A row a scenario × replicate × method × estimand, in this order. */
  readonly rows: readonly ReplicateRow[];
  /** The settings of every scenario. */
  readonly settings: Readonly<Record<string, Settings>>;
  /** The replicates of scenarios that had enough of them by `stopWhen`. */
  readonly stopped: Readonly<Record<string, number>>;
  /** What happened on the way: files that were damaged and made again. */
  readonly notes: readonly string[];
  performance(options?: PerformanceOptions): Performance;
}

export interface Study {
  readonly name: string;
  readonly seed: string;
  readonly scenarios: readonly { readonly name: string; readonly settings: Settings }[];
  readonly replications: number;
  /** The true values of the estimands of a scenario. */
  truth(scenario: string): Readonly<Record<string, number>>;
  /** One replicate, from 1, by itself: its data, fits and rows, to the last bit as in the whole study. */
  replicate(scenario: string, replicate: number): Promise<Replicate>;
  /**
   * The whole study: in this thread, or on worker threads, and into a directory if one is named. The results are the same to the last bit, however they came
   * about.
   *
   * @throws DeclarationError (as a rejection) for unknown options, a directory of another study, files that cannot be written, a module that workers cannot load
   * @example const results = await trial.run({ dir: "trial", workers: 4, stopWhen: { coverage: { mcse: 0.005 } } });
   */
  run(options?: StudyRunOptions): Promise<StudyResults>;
  /** What makes the study itself, digests of its declarations and functions: directories and workers compare it. */
  identity(): StudyIdentity;
  /** The rows of a range of replicates of one scenario, and the seconds of each method: the unit of work, wherever it runs. */
  chunk(chunk: Chunk, options?: ChunkOptions): Promise<ChunkRows>;
}

export interface ChunkOptions {
  /** Called before each replicate; what it returns is waited for. */
  readonly before?: ((replicate: number) => Promise<void> | undefined) | undefined;
  readonly onMethod?: ((replicate: number, method: number) => void) | undefined;
  /** Results that are not to be tried again. */
  readonly lost?: readonly LostResult[] | undefined;
}

export interface ChunkRows {
  readonly rows: readonly ReplicateRow[];
  readonly seconds: Readonly<Record<string, number>>;
}

/**
 * Declares a simulation study.
 *
 * @throws DeclarationError for unknown options, a study without scenarios, methods or estimands; with the faults of a mechanism when it is first used
 * @example
 * const trial = study({
 *   seed: "2026",
 *   dgms: grid({ g: [6, 24] }, ({ g }) => ({ model: model(rows(g)).formula("y ~ x + (1 | g)"), parameters })),
 *   estimands: { x: parameter("x") },
 *   methods: { reml: (data) => data.fit("reml"), ml: (data) => data.fit("ml") },
 *   replications: 1000,
 * });
 * (await trial.run()).performance({ measures: ["bias", "coverage"] }).print();
 */
export function study(spec: StudySpec): Study {
  const { name, seed: given, dgms, estimands, methods, replications } = readOptions(studySpec, spec, { of: "study()" });
  const issues: Issue[] = [];
  if (Object.keys(methods).length === 0) issues.push(messages.nothingToCompare("methods"));
  if (Object.keys(estimands).length === 0) issues.push(messages.nothingToCompare("estimands"));
  if (issues.length > 0) throw new DeclarationError(issues);
  const scenarios = scenariosOf(dgms);
  const seed = String(given);
  const prepared = new Map<string, Prepared>();
  const prepare = (scenario: Scenario): Prepared => {
    let found = prepared.get(scenario.name);
    if (!found) {
      found = preparedScenario(scenario, estimands);
      prepared.set(scenario.name, found);
    }
    return found;
  };
  const named = (asked: string): Scenario => {
    const scenario = scenarios.find((one) => one.name === asked);
    if (!scenario)
      throw new DeclarationError([
        messages.unknownScenario(
          asked,
          scenarios.map((one) => one.name),
        ),
      ]);
    return scenario;
  };
  const one = (scenario: Scenario, replicate: number, options: Pick<ChunkOptions, "lost" | "onMethod"> = {}) =>
    runReplicate({ scenario, ...prepare(scenario), seed, replicate, methods, estimands, ...options });
  let identity: StudyIdentity | undefined;
  const declared: Study = {
    name,
    seed,
    scenarios: scenarios.map((scenario) => ({ name: scenario.name, settings: scenario.settings })),
    replications,
    truth: (scenario) => prepare(named(scenario)).truth,
    replicate(scenario, replicate) {
      if (!(Number.isSafeInteger(replicate) && replicate >= 1))
        throw new DeclarationError([messages.notAReplicate(replicate)]);
      return one(named(scenario), replicate);
    },
    identity: () => {
      identity ??= identityOf({ name, seed, scenarios, methods, estimands });
      return identity;
    },
    async chunk({ scenario, from, to }, { before, ...options } = {}) {
      const rows: ReplicateRow[] = [];
      const seconds: Record<string, number> = {};
      for (let replicate = from; replicate <= to; replicate++) {
        const pause = before?.(replicate);
        if (pause) await pause;
        const found = await one(scenarios[scenario]!, replicate, options);
        rows.push(...found.rows);
        for (const [method, spent] of Object.entries(found.seconds)) seconds[method] = (seconds[method] ?? 0) + spent;
      }
      return { rows, seconds };
    },
    async run(options) {
      const read = readOptions(runOptions, options, { of: "study.run()" });
      if (read.stopWhen) checkRule(read.stopWhen);
      read.signal?.throwIfAborted();
      const loader = studyLoader();
      if (loader) {
        loader.asked(declared);
        return new Promise(() => undefined);
      }
      const elsewhere = read.dir !== undefined || read.workers !== undefined || read.timeout !== undefined;
      const run = elsewhere ? await nodeRunner() : runHere;
      return run(declared, read as StudyRunOptions);
    },
  };
  studyLoader()?.declared(declared);
  return declared;
}
