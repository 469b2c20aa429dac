/** One line of a simulation study: what one method said of one estimand in one replicate of one scenario. */
export interface ReplicateRow {
  /** Which scenario: a data-generating mechanism with its settings. */
  readonly scenario: string;
  /** From 1. */
  readonly replicate: number;
  readonly method: string;
  readonly estimand: string;
  readonly true_value: number;
  /** Null where the method gave none. */
  readonly estimate: number | null;
  readonly std_error: number | null;
  /** Degrees of freedom of the interval; null: normal, or none. */
  readonly df?: number | null;
  /** Infinite where the interval is open, null where there is none. */
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** Of the test that the estimand is at its null value. */
  readonly p_value: number | null;
  /** A failed replicate is a row too: it is never drawn again. */
  readonly status: ReplicateStatus;
  /** The verdict of the fit, as `converged` or `boundary`; null of what is no fit. */
  readonly verdict?: string | null;
  /** What went wrong, or what the fit warns of; null: nothing. */
  readonly message?: string | null;
}

export const statuses = ["ok", "warning", "error", "timeout"] as const;

export type ReplicateStatus = (typeof statuses)[number];
