/** One replicate of a scenario: its data, what every method made of them, and the rows of the table. */
import * as messages from "../messages/studies.ts";
import type { Fit } from "../model/fit.ts";
import { isFit } from "../model/require-fit.ts";
import type { Model } from "../model-builder.ts";
import { createRng } from "../random/rng.ts";
import type { EstimandValue, StudyEstimand } from "./estimands.ts";
import { type Generator, generatorOf } from "./generator.ts";
import type { ReplicateRow, ReplicateStatus } from "./replicate-row.ts";
import type { Scenario, Settings } from "./scenario.ts";
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

export interface Replicate {
  /** The declaration on the simulated table. */
  readonly data: Model;
  /** What each method gave, by name: a fit, an estimate of its own, or the error. */
  readonly fits: Readonly<Record<string, MethodResult | Error>>;
  readonly rows: readonly ReplicateRow[];
  /** Seconds that each method took, with what was asked of its fit. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** A scenario that is compiled, and what its estimands truly are. */
export interface Prepared {
  readonly generator: Generator;
  readonly truth: Readonly<Record<string, number>>;
}

export function preparedScenario(scenario: Scenario, estimands: Readonly<Record<string, StudyEstimand>>): Prepared {
  const generator = generatorOf(scenario);
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

/** A result that there will not be, for what became of whoever was to make it. */
export interface LostResult {
  readonly replicate: number;
  readonly method: string;
  readonly status: "error" | "timeout";
  readonly message: string;
}

export interface ReplicateTask extends Prepared {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly replicate: number;
  readonly methods: Readonly<Record<string, StudyMethod>>;
  readonly estimands: Readonly<Record<string, StudyEstimand>>;
  /** Of this study; those of other replicates do not count. */
  readonly lost?: readonly LostResult[] | undefined;
  /** Called when a method is about to begin, with its place among the methods. */
  readonly onMethod?: ((replicate: number, method: number) => void) | undefined;
}

export async function runReplicate(task: ReplicateTask): Promise<Replicate> {
  const { scenario, generator, seed, replicate, methods } = task;
  const rng = createRng(`${seed}/data/${scenario.key}/${replicate}`);
  const data = generator.declared(generator.responses(rng));
  const fits: Record<string, MethodResult | Error> = {};
  const rows: ReplicateRow[] = [];
  const seconds: Record<string, number> = {};
  for (const [place, [name, method]] of Object.entries(methods).entries()) {
    const lost = task.lost?.find((one) => one.replicate === replicate && one.method === name);
    if (lost) {
      fits[name] = new Error(lost.message);
      rows.push(...rowsOf(task, name, fits[name], lost.status));
      continue;
    }
    task.onMethod?.(replicate, place);
    const began = performance.now();
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
    seconds[name] = (performance.now() - began) / 1000;
  }
  return { data, fits, rows, seconds };
}

/** A row an estimand of what a method gave. */
function rowsOf(
  { scenario, replicate, truth, estimands }: ReplicateTask,
  method: string,
  found: MethodResult | Error,
  failed: "error" | "timeout" = "error",
) {
  const fit = isFit(found) ? found : null;
  const verdict = fit?.kind === "ml" ? fit.verdict.code : null;
  const failure =
    found instanceof Error ? found.message : verdict === "failed" && fit?.kind === "ml" ? fit.verdict.reason : null;
  return Object.entries(estimands).map(([estimand, of]): ReplicateRow => {
    const labels = { scenario: scenario.name, replicate, method, estimand, true_value: truth[estimand]! };
    const nothing = { estimate: null, std_error: null, df: null, conf_low: null, conf_high: null, p_value: null };
    if (failure !== null) return { ...labels, ...nothing, status: failed, verdict, message: failure };
    try {
      const given = found as Readonly<Record<string, number | EstimandValue>>;
      const value = fit ? of(fit) : Object.hasOwn(given, estimand) ? given[estimand] : undefined;
      if (value === undefined) throw new Error(messages.noResultOfMethod(method));
      const { estimate, std_error = null, df = null, p_value = null, ...ends } = asValue(value);
      const impossible = impossibleNumber({ std_error, p_value, ...ends });
      if (impossible !== null) throw new Error(messages.impossibleResult(impossible));
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

/** What no method can rightly say, as `std_error = -1`; null: nothing (a p value may be rounded past 1). It would spoil the measures of all the other replicates. */
function impossibleNumber({ std_error, p_value, conf_low, conf_high }: Omit<EstimandValue, "estimate">) {
  const text = (name: string, value: number) => `${name} = ${value}`;
  if (typeof std_error === "number" && std_error < 0) return text("std_error", std_error);
  if (typeof p_value === "number" && (p_value < 0 || p_value > 1 + 1e-9)) return text("p_value", p_value);
  if (typeof conf_low === "number" && typeof conf_high === "number" && conf_low > conf_high)
    return `${text("conf_low", conf_low)}, ${text("conf_high", conf_high)}`;
  return null;
}

/** An interval with one end is open at the other. */
function interval(low: number | null | undefined, high: number | null | undefined) {
  if ((low ?? null) === null && (high ?? null) === null) return { conf_low: null, conf_high: null };
  return { conf_low: low ?? Number.NEGATIVE_INFINITY, conf_high: high ?? Number.POSITIVE_INFINITY };
}
