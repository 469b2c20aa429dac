/**
 * A simulation study (ADEMP: aims, data-generating mechanisms, estimands, methods, performance; Morris, White & Crowther 2019): scenarios × replicates ×
 * methods × estimands, one long table. Every replicate has seeds of its own, made of what it is, so that any of them can be made again by itself, and
 * results do not depend on their order, on how the work is cut, or on what else is in the study.
 */
import { optional } from "valibot";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import type { Fit } from "../model/fit.ts";
import { isFit } from "../model/require-fit.ts";
import type { Model } from "../model-builder.ts";
import { nextTurn, SLICE } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { abortSignal, callback, checkedLater, recordOf, seedOf, text, wholeNumber } from "../options/kinds.ts";
import { optionsSchema, readOptions } from "../options/read-options.ts";
import { createRng } from "../random/rng.ts";
import type { EstimandValue, StudyEstimand } from "./estimands.ts";
import { type Generator, generatorOf } from "./generator.ts";
import { type Performance, type PerformanceOptions, performance as performanceOf } from "./performance.ts";
import type { ReplicateRow, ReplicateStatus } from "./replicate-row.ts";
import { type DataGeneratingMechanism, type Scenario, type Settings, scenariosOf } from "./scenario.ts";
import { trueFit } from "./true-fit.ts";

/** What a method is told besides the data. */
export interface MethodContext {
  /** Of its random numbers: another in each replicate, and for each method. */
  readonly seed: string;
  readonly settings: Settings;
  /** From 1. */
  readonly replicate: number;
}

type MethodResult = Fit | Readonly<Record<string, number | EstimandValue>>;

/**
 * A method: any fit of the data, which is the declaration that made them on the simulated table (another formula is one more call), or a function of one's own
 * that gives estimates by the names of the estimands.
 */
export type StudyMethod = (data: Model, context: MethodContext) => MethodResult | Promise<MethodResult>;

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
  readonly total: number;
  /** Results that are failures so far. */
  readonly failed: number;
}

const runOptions = optionsSchema({
  /** Stops the study, which then rejects with the signal's own reason. */
  signal: optional(abortSignal),
  /** Called at most every 40 ms and at the end. */
  onProgress: optional(callback<(progress: StudyProgress) => void>()),
});

export interface StudyRunOptions {
  readonly signal?: StopSignal | undefined;
  readonly onProgress?: ((progress: StudyProgress) => void) | undefined;
}

export interface StudyResults {
  readonly study: string;
  /** A row a scenario × replicate × method × estimand, in this order. */
  readonly rows: readonly ReplicateRow[];
  /** The settings of every scenario. */
  readonly settings: Readonly<Record<string, Settings>>;
  performance(options?: PerformanceOptions): Performance;
}

export interface Replicate {
  /** The declaration on the simulated table. */
  readonly data: Model;
  /** What each method gave, by name: a fit, an estimate of its own, or the error. */
  readonly fits: Readonly<Record<string, MethodResult | Error>>;
  readonly rows: readonly ReplicateRow[];
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
  /** The whole study in this thread. */
  run(options?: StudyRunOptions): Promise<StudyResults>;
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
  const one = (scenario: Scenario, replicate: number) =>
    runReplicate({ scenario, ...prepare(scenario), seed, replicate, methods, estimands });
  return {
    name,
    seed,
    scenarios: scenarios.map((scenario) => ({ name: scenario.name, settings: scenario.settings })),
    replications,
    truth: (scenario) => prepare(named(scenario)).truth,
    replicate: (scenario, replicate) => one(named(scenario), replicate),
    async run(options) {
      const { signal, onProgress } = readOptions(runOptions, options, { of: "study.run()" });
      const rows: ReplicateRow[] = [];
      const total = scenarios.length * replications;
      let done = 0;
      let failed = 0;
      let until = performance.now() + SLICE;
      signal?.throwIfAborted();
      for (const scenario of scenarios)
        for (let replicate = 1; replicate <= replications; replicate++) {
          const found = await one(scenario, replicate);
          rows.push(...found.rows);
          failed += found.rows.filter(({ status }) => status === "error").length;
          done++;
          if (performance.now() < until) continue;
          onProgress?.({ done, total, failed });
          await nextTurn();
          signal?.throwIfAborted();
          until = performance.now() + SLICE;
        }
      onProgress?.({ done, total, failed });
      return {
        study: name,
        rows,
        settings: Object.fromEntries(scenarios.map((scenario) => [scenario.name, scenario.settings])),
        performance: (asked) => performanceOf(rows, asked),
      };
    },
  };
}

/** A scenario that is compiled, and what its estimands truly are. */
interface Prepared {
  readonly generator: Generator;
  readonly truth: Readonly<Record<string, number>>;
}

function preparedScenario(scenario: Scenario, estimands: Readonly<Record<string, StudyEstimand>>): Prepared {
  const generator = generatorOf(scenario.model, scenario.parameters);
  const truth = trueFit(generator.model, generator.x);
  return {
    generator,
    truth: Object.fromEntries(
      Object.entries(estimands).map(([name, of]) => [name, asValue(of(truth)).estimate ?? Number.NaN]),
    ),
  };
}

const asValue = (found: number | EstimandValue): EstimandValue =>
  typeof found === "number" ? { estimate: found } : found;

interface ReplicateTask extends Prepared {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly replicate: number;
  readonly methods: Readonly<Record<string, StudyMethod>>;
  readonly estimands: Readonly<Record<string, StudyEstimand>>;
}

async function runReplicate(task: ReplicateTask): Promise<Replicate> {
  const { scenario, generator, seed, replicate, methods } = task;
  const rng = createRng(`${seed}/data/${scenario.key}/${replicate}`);
  const data = generator.declared(generator.responses(rng));
  const fits: Record<string, MethodResult | Error> = {};
  const rows: ReplicateRow[] = [];
  for (const [name, method] of Object.entries(methods)) {
    const context = {
      seed: `${seed}/method/${scenario.key}/${replicate}/${name}`,
      settings: scenario.settings,
      replicate,
    };
    try {
      const found = await method(data, context);
      if (typeof found !== "object" || found === null) throw new Error(messages.noResultOfMethod(name));
      fits[name] = found;
    } catch (error) {
      fits[name] = error instanceof Error ? error : new Error(String(error));
    }
    rows.push(...rowsOf(task, name, fits[name]!));
  }
  return { data, fits, rows };
}

/** A row an estimand of what a method gave. */
function rowsOf({ scenario, replicate, truth, estimands }: ReplicateTask, method: string, found: MethodResult | Error) {
  const fit = isFit(found) ? found : null;
  const verdict = fit?.kind === "ml" ? fit.verdict.code : null;
  const failure =
    found instanceof Error ? found.message : verdict === "failed" && fit?.kind === "ml" ? fit.verdict.reason : null;
  return Object.entries(estimands).map(([estimand, of]): ReplicateRow => {
    const labels = { scenario: scenario.name, replicate, method, estimand, true_value: truth[estimand]! };
    const nothing = { estimate: null, std_error: null, df: null, conf_low: null, conf_high: null, p_value: null };
    if (failure !== null) return { ...labels, ...nothing, status: "error", verdict, message: failure };
    try {
      const given = found as Readonly<Record<string, number | EstimandValue>>;
      const value = fit ? of(fit) : Object.hasOwn(given, estimand) ? given[estimand] : undefined;
      if (value === undefined) throw new Error(messages.noResultOfMethod(method));
      const { estimate, std_error = null, df = null, p_value = null, ...ends } = asValue(value);
      const known = estimate !== null && Number.isFinite(estimate);
      const status: ReplicateStatus = !known ? "error" : (fit?.warnings.length ?? 0) > 0 ? "warning" : "ok";
      return {
        ...labels,
        estimate: known ? estimate : null,
        std_error,
        df,
        ...interval(ends.conf_low, ends.conf_high),
        p_value,
        status,
        verdict,
        message: known ? (fit?.warnings[0]?.message ?? null) : messages.ESTIMATE_NOT_A_NUMBER,
      };
    } catch (error) {
      return { ...labels, ...nothing, status: "error", verdict, message: (error as Error).message };
    }
  });
}

/** An interval with one end is open at the other. */
function interval(low: number | null | undefined, high: number | null | undefined) {
  if ((low ?? null) === null && (high ?? null) === null) return { conf_low: null, conf_high: null };
  return { conf_low: low ?? Number.NEGATIVE_INFINITY, conf_high: high ?? Number.POSITIVE_INFINITY };
}
