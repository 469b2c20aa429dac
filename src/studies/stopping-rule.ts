/** When a scenario has enough replicates: Monte Carlo errors, looked at where it does not matter how the work was cut or who was first. */
import { optional } from "valibot";
import { refusal } from "../messages/issue.ts";
import { emptyRule } from "../messages/study-runs.ts";
import { positiveNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema } from "../options/read-options.ts";
import { normalQuantile } from "../special/distributions.ts";
import { type MeasureName, measure, measureNames } from "./measures.ts";
import type { ReplicateRow } from "./replicate-row.ts";

const wanted = optional(optionsSchema({ mcse: positiveNumber }));
const ruled = measureNames.filter((name) => name !== "relativePrecision");

/** Largest Monte Carlo errors by measure, as `{ coverage: { mcse: 0.005 } }`. */
export const stoppingRule = optionsSchema(
  Object.fromEntries(ruled.map((name) => [name, wanted])) as Record<
    Exclude<MeasureName, "relativePrecision">,
    typeof wanted
  >,
);

export type StoppingRule = OptionsOf<typeof stoppingRule>;

/** @throws DeclarationError for a rule without a measure */
export function checkRule(rule: StoppingRule): StoppingRule {
  if (Object.values(rule).every((one) => one === undefined)) throw refusal("bad-option", ["stopWhen"], emptyRule);
  return rule;
}

/** Replicates after which the rule is first looked at. */
const FIRST = 100;

/** After so many replicates it is looked at next. */
const following = (n: number) => FIRST * Math.ceil(Math.max(n + FIRST, 1.05 * n) / FIRST);

/** Decides one scenario, whose replicates come in their order. */
export class Stopping {
  readonly #rule: StoppingRule;
  readonly #cells = new Map<string, ReplicateRow[]>();
  /** Replicates that have come. */
  #n = 0;
  #next = FIRST;
  #at: number | null = null;

  constructor(rule: StoppingRule) {
    this.#rule = rule;
  }

  /** Replicates that are enough; null until they are. */
  get at(): number | null {
    return this.#at;
  }

  get seen(): number {
    return this.#n;
  }

  /** @param rows of the replicates that follow those seen, in their order */
  add(rows: readonly ReplicateRow[]): void {
    for (const row of rows) {
      if (this.#at !== null) return;
      if (row.replicate > this.#n) {
        if (this.#n >= this.#next) this.#look();
        if (this.#at !== null) return;
        this.#n = row.replicate;
      }
      const key = JSON.stringify([row.method, row.estimand]);
      const cell = this.#cells.get(key);
      if (cell) cell.push(row);
      else this.#cells.set(key, [row]);
    }
    if (this.#n >= this.#next) this.#look();
  }

  #look(): void {
    if (this.#n !== this.#next) return;
    this.#next = following(this.#n);
    if ([...this.#cells.values()].every((rows) => isEnough(this.#rule, rows))) this.#at = this.#n;
  }
}

const CONF_LEVEL = 0.95;
const z = normalQuantile(0.5 + CONF_LEVEL / 2);

function isEnough(rule: StoppingRule, rows: readonly ReplicateRow[]): boolean {
  const context = { alpha: 0.05, confLevel: CONF_LEVEL, reference: null };
  return Object.entries(rule).every(([name, limit]) => {
    if (limit === undefined) return true;
    const { n, mcse, conf_low: low, conf_high: high } = measure(name as MeasureName, rows, context);
    // of a method that gives no interval there is no coverage to wait for
    if (n === 0) return true;
    // the limits of a proportion do not vanish where all replicates agree
    const error = low !== null && high !== null ? (high - low) / (2 * z) : mcse;
    return error !== null && error <= limit.mcse;
  });
}
