/** What `bootstrap` takes. */
import { type InferOutput, optional, union } from "valibot";
import { resampleIntervals } from "../../estimates/resample-intervals.ts";
import {
  abortSignal,
  callback,
  checkedLater,
  choice,
  clusterColumns,
  columnNames,
  confidenceLevel,
  listOf,
  seedOf,
  wholeNumber,
} from "../../options/kinds.ts";
import { type OptionsOf, optionsSchema } from "../../options/read-options.ts";
import { anExecutor } from "../../samplers/executor.ts";
import type { Statistic } from "../statistic.ts";
import { bootstrapKinds } from "./plan.ts";
import type { BootstrapRecord } from "./record.ts";

export interface BootstrapProgress {
  /** Refits done, of all: replicates, and for BCa intervals one without each cluster. */
  readonly done: number;
  readonly total: number;
  /** What is done, as plain data to `resume` from. */
  record(): BootstrapRecord;
}

export const bootstrapOptions = optionsSchema({
  /**
   * `cluster` (the default): whole clusters are drawn with replacement. `parametric`: responses are simulated from the fit (lme4's `bootMer`).
   * `nested`: clusters, then rows or parts within them. `residual`: effects and residuals are centred, reflated and drawn with replacement
   * (Carpenter, Goldstein & Rasbash 2003), Gaussian responses. `weights`: the log-likelihoods of clusters are multiplied by Dirichlet weights (the
   * Bayesian bootstrap of Rubin 1981).
   */
  kind: optional(choice(bootstrapKinds), "cluster"),
  /** Number of replicates, default 999. */
  draws: optional(wholeNumber(1), 999),
  /** The same seed gives the same replicates; default 1. */
  seed: optional(seedOf, 1),
  /**
   * Of responses that are simulated, parametric and residual: `new` random effects in each replicate (the default), or those of the `fitted` groups
   * (bootMer's `use.u = TRUE`).
   */
  randomEffects: optional(choice(["new", "fitted"])),
  /**
   * The clusters: a column or several. Default: the id of a GEE, the grouping factor of a model that has one, the groups of the residual
   * correlation of a model without random effects.
   */
  cluster: optional(clusterColumns),
  /** What the nested bootstrap draws within clusters: the combinations of columns with all their rows; default single rows. */
  within: optional(columnNames),
  /**
   * What to take of each fit: all `parameters` that `tidy()` lists (the default), the `coefficients` alone, or a function as `estimate()` takes it, of the
   * parameters by name and of averages, to a number or to numbers by name.
   */
  statistic: optional(
    union(
      [choice(["parameters", "coefficients"]), callback<Statistic>()],
      '"parameters", "coefficients" or a function of parameters and averages',
    ),
    "parameters",
  ),
  /** The interval, or several; default `percentile`. `studentised` computes each refit's standard errors, `bca` leaves out each cluster in turn. */
  interval: optional(
    union(
      [choice(resampleIntervals), listOf(choice(resampleIntervals), "a list of intervals")],
      "one of percentile, basic, studentised, bca and normal, or a list of them",
    ),
    "percentile",
  ),
  /** Default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /** Stops the work, which then rejects with the signal's own reason. */
  signal: optional(abortSignal),
  /** Called now and then, at most every 100 ms and at the end, with how much is done and a record of it. */
  onProgress: optional(callback<(progress: BootstrapProgress) => void>()),
  /**
   * Where the refits run: `workerExecutor()` of marginalia/node deals them out to worker threads; default this thread, as for a user's own family, which
   * does not cross threads.
   */
  executor: optional(anExecutor),
  /** The record of a run that was stopped, or of one with fewer draws: what it has done is not done again. */
  resume: optional(checkedLater<BootstrapRecord>()),
});

export type BootstrapOptions = OptionsOf<typeof bootstrapOptions>;

export type BootstrapAsked = InferOutput<typeof bootstrapOptions>;
