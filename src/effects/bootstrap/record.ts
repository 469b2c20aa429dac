/** What a bootstrap has done so far, as plain data: with it a run that was stopped goes on, to the same bits as one that was not. */
import { decodeNumber, type NumberJSON, plainNumbers } from "../../data/number-json.ts";
import { noRecord, otherRecord } from "../../messages/bootstrap.ts";
import { DeclarationError } from "../../messages/issue.ts";
import { isRecord } from "../../options/kinds.ts";
import type { RefittableFit } from "../bootstrap-statistic.ts";
import type { BootstrapPlan } from "./plan.ts";
import type { RefitOutcome } from "./refits.ts";

/** Plain data for `JSON.stringify`: numbers that JSON has not are texts. */
export interface BootstrapRecord {
  readonly format: "marginalia-bootstrap";
  readonly plan: BootstrapPlan;
  /** The estimate that was resampled about. */
  readonly estimate: readonly NumberJSON[];
  /** What is done: the replicate's number, or less than 0 a cluster's that was left out, with what came of it. */
  readonly outcomes: readonly (readonly [item: number, outcome: unknown])[];
}

/** Outcomes by the replicate's number; those without a cluster are less than 0. */
export type Outcomes = Map<number, RefitOutcome>;

export const recordOf = (fit: RefittableFit, plan: BootstrapPlan, outcomes: Outcomes): BootstrapRecord =>
  plainNumbers({
    format: "marginalia-bootstrap",
    plan,
    estimate: fit.estimate,
    outcomes: [...outcomes],
  }) as BootstrapRecord;

const numbers = (values: unknown): number[] => (values as NumberJSON[]).map(decodeNumber);

function outcomeOf(read: unknown): RefitOutcome {
  const { reason, x, logLik, covariance } = read as Readonly<Record<string, unknown>>;
  if (typeof reason === "string") return { reason };
  return {
    x: numbers(x),
    logLik: decodeNumber(logLik as NumberJSON),
    ...(covariance !== undefined && { covariance: numbers(covariance) }),
  };
}

/**
 * The outcomes of a record.
 *
 * @throws DeclarationError for what is no record, or one of another fit or plan
 */
export function resumed(fit: RefittableFit, plan: BootstrapPlan, given: unknown): Outcomes {
  const record = given as BootstrapRecord;
  const isOne =
    isRecord(given) &&
    given["format"] === "marginalia-bootstrap" &&
    isRecord(given["plan"]) &&
    Array.isArray(given["estimate"]) &&
    Array.isArray(given["outcomes"]) &&
    given["outcomes"].every((one) => Array.isArray(one) && Number.isInteger(one[0]) && isRecord(one[1]));
  if (!isOne) throw new DeclarationError([noRecord()]);
  // a number and its text are the same seed
  for (const name of Object.keys(plan) as (keyof BootstrapPlan)[])
    if (name === "seed" ? String(plan.seed) !== String(record.plan.seed) : !isSame(plan[name], record.plan[name]))
      throw new DeclarationError([otherRecord(name)]);
  const estimate = numbers(record.estimate);
  const own = fit.estimate;
  if (estimate.length !== own.length || !own.every((value, i) => Object.is(value, estimate[i])))
    throw new DeclarationError([otherRecord("fit")]);
  return new Map(record.outcomes.map(([item, outcome]) => [item, outcomeOf(outcome)]));
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
