/** Counts and sums of results, from which Monte Carlo errors are known while a study runs: of chunks they add up, without reading a row again. */

import { normalQuantile } from "../special/distributions.ts";
import { isFailure } from "./measures.ts";
import { proportion } from "./proportion.ts";
import type { ReplicateRow } from "./replicate-row.ts";

/** Of one scenario, method and estimand. */
interface Sums {
  rows: number;
  failed: number;
  /** Errors of the estimates: how many, their sum, and the sum of their squares. */
  n: number;
  sum: number;
  squares: number;
  intervals: number;
  covered: number;
  tests: number;
  rejected: number;
}

/** Plain data, by scenario, method and estimand. */
export type TallyData = Readonly<Record<string, Readonly<Sums>>>;

/** The largest Monte Carlo errors of all scenarios, methods and estimands so far; null where nothing has the measure. */
export interface LargestErrors {
  readonly bias: number | null;
  readonly coverage: number | null;
  readonly rejection: number | null;
}

const CONF_LEVEL = 0.95;

const finite = (x: number | null): x is number => x !== null && Number.isFinite(x);
const known = (x: number | null): x is number => x !== null && !Number.isNaN(x);
const none = (): Sums => ({
  rows: 0,
  failed: 0,
  n: 0,
  sum: 0,
  squares: 0,
  intervals: 0,
  covered: 0,
  tests: 0,
  rejected: 0,
});

export class Tally {
  readonly #cells = new Map<string, Sums>();

  #cell(key: string): Sums {
    let found = this.#cells.get(key);
    if (!found) {
      found = none();
      this.#cells.set(key, found);
    }
    return found;
  }

  add(row: ReplicateRow): void {
    const cell = this.#cell(JSON.stringify([row.scenario, row.method, row.estimand]));
    cell.rows++;
    if (isFailure(row)) {
      cell.failed++;
      return;
    }
    const { estimate, true_value: truth, conf_low: low, conf_high: high, p_value: p } = row;
    if (finite(estimate) && finite(truth)) {
      const error = estimate - truth;
      cell.n++;
      cell.sum += error;
      cell.squares += error * error;
    }
    if (known(low) && known(high) && finite(truth)) {
      cell.intervals++;
      if (low <= truth && truth <= high) cell.covered++;
    }
    if (known(p)) {
      cell.tests++;
      if (p <= 0.05) cell.rejected++;
    }
  }

  merge(data: TallyData): void {
    for (const [key, sums] of Object.entries(data)) {
      const cell = this.#cell(key);
      for (const name of Object.keys(cell) as (keyof Sums)[]) cell[name] += sums[name];
    }
  }

  get failed(): number {
    return [...this.#cells.values()].reduce((sum, { failed }) => sum + failed, 0);
  }

  /** Failures by method, of a scenario or of all. */
  failures(scenario?: string): Readonly<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const [key, { failed }] of this.#cells) {
      const [of, method] = JSON.parse(key) as [string, string];
      if (scenario === undefined || of === scenario) found[method] = (found[method] ?? 0) + failed;
    }
    return found;
  }

  errors(): LargestErrors {
    const cells = [...this.#cells.values()];
    const largest = (of: (cell: Sums) => number) => {
      const found = cells.map(of).filter(Number.isFinite);
      return found.length > 0 ? Math.max(...found) : null;
    };
    // half of Wilson's limits, which do not vanish where all replicates agree
    const ofShare = (hits: number, n: number) => {
      const { conf_low: low, conf_high: high } = proportion(hits, n, CONF_LEVEL);
      return n > 0 ? (high - low) / (2 * normalQuantile(0.5 + CONF_LEVEL / 2)) : Number.NaN;
    };
    return {
      bias: largest(({ n, sum, squares }) => Math.sqrt(Math.max(0, squares - (sum * sum) / n) / (n - 1) / n)),
      coverage: largest(({ covered, intervals }) => ofShare(covered, intervals)),
      rejection: largest(({ rejected, tests }) => ofShare(rejected, tests)),
    };
  }

  data(): TallyData {
    return Object.fromEntries(this.#cells);
  }
}

export function tallyOf(rows: readonly ReplicateRow[]): Tally {
  const tally = new Tally();
  for (const row of rows) tally.add(row);
  return tally;
}
