/**
 * Measures of performance of one method for one estimand in one scenario, each with its Monte Carlo error: Morris, White & Crowther 2019 (Statistics in
 * Medicine 38, 2074–2102), table 6; relative measures and differences between methods by the delta method, checked by simulation.
 */
import { mean, variance } from "../diagnostics/chains.ts";
import { DeclarationError } from "../messages/issue.ts";
import { noReplications } from "../messages/studies.ts";
import { type Proportion, proportion } from "./proportion.ts";
import type { ReplicateRow } from "./replicate-row.ts";

export const measureNames = [
  "bias",
  "relativeBias",
  "empiricalSE",
  "mse",
  "rmse",
  "modelSE",
  "relativeErrorModelSE",
  "relativePrecision",
  "coverage",
  "biasEliminatedCoverage",
  "rejection",
  "width",
  "failure",
] as const;

export type MeasureName = (typeof measureNames)[number];

/** A measure without a value where too few replicates, or a truth of 0, leave none. */
export interface Measured {
  readonly estimate: number | null;
  /** Monte Carlo standard error. */
  readonly mcse: number | null;
  /** Limits of proportions, by Wilson's score; null of others. */
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** The replicates that have what the measure needs. */
  readonly n: number;
  /** Of coverage and rejection: the share of all replicates, a failure counted as no coverage and no rejection. */
  readonly with_failures: number | null;
}

interface Context {
  /** Of tests. */
  readonly alpha: number;
  /** Of the limits of proportions. */
  readonly confLevel: number;
  /** The rows of the method that precision is relative to, by replicate. */
  readonly reference: ReadonlyMap<number, ReplicateRow> | null;
}

const known = (x: number | null): x is number => x !== null && !Number.isNaN(x);
const finite = (x: number | null): x is number => x !== null && Number.isFinite(x);
/** A replicate without a result, for whatever reason. */
export const isFailure = ({ status }: ReplicateRow): boolean => status === "error" || status === "timeout";

const of = (estimate: number, mcse: number, n: number): Measured => ({
  estimate: Number.isFinite(estimate) ? estimate : null,
  mcse: Number.isFinite(mcse) ? mcse : null,
  conf_low: null,
  conf_high: null,
  n,
  with_failures: null,
});

const share = ({ estimate, mcse, conf_low, conf_high, n }: Proportion, with_failures: number | null): Measured =>
  n > 0
    ? { estimate, mcse, conf_low, conf_high, n, with_failures }
    : { estimate: null, mcse: null, conf_low: null, conf_high: null, n, with_failures };

/** Mean with √(s²/n). */
function meanOf(values: readonly number[]): Measured {
  const x = Float64Array.from(values);
  return of(mean(x), Math.sqrt(variance(x) / x.length), x.length);
}

/** Correlation of pairs. */
function correlation(a: Float64Array, b: Float64Array): number {
  const meanA = mean(a);
  const meanB = mean(b);
  let cross = 0;
  for (let i = 0; i < a.length; i++) cross += (a[i]! - meanA) * (b[i]! - meanB);
  return cross / (a.length - 1) / Math.sqrt(variance(a) * variance(b));
}

/** The measure of rows that are one method's of one estimand and scenario, a row a replicate. */
export function measure(name: MeasureName, all: readonly ReplicateRow[], context: Context): Measured {
  const rows = all.filter((row) => !isFailure(row));
  const estimated = rows.filter((row) => finite(row.estimate));
  const ofTruth = estimated.filter((row) => finite(row.true_value));
  const estimates = estimated.map((row) => row.estimate!);
  const errors = ofTruth.map((row) => row.estimate! - row.true_value);
  const n = estimates.length;
  const s = () => Math.sqrt(variance(Float64Array.from(estimates)));
  const shareOf = (valid: readonly ReplicateRow[], holds: (row: ReplicateRow) => boolean) => {
    const hits = valid.filter(holds).length;
    return share(proportion(hits, valid.length, context.confLevel), all.length > 0 ? hits / all.length : null);
  };
  switch (name) {
    case "bias":
      return meanOf(errors);
    case "relativeBias":
      return meanOf(ofTruth.map((row) => (row.estimate! - row.true_value) / row.true_value));
    case "empiricalSE":
      return of(s(), s() / Math.sqrt(2 * (n - 1)), n);
    case "mse":
      return meanOf(errors.map((e) => e * e));
    case "rmse": {
      const { estimate, mcse } = meanOf(errors.map((e) => e * e));
      const root = Math.sqrt(estimate ?? Number.NaN);
      return of(root, (mcse ?? Number.NaN) / (2 * root), errors.length);
    }
    case "modelSE": {
      const { root, spread, count } = modelError(rows);
      return of(root, Math.sqrt(spread / (4 * count * root * root)), count);
    }
    case "relativeErrorModelSE": {
      // both errors of the same replicates
      const both = estimated.filter((row) => finite(row.std_error));
      const { root, spread, count } = modelError(both);
      const empirical = Math.sqrt(variance(Float64Array.from(both, (row) => row.estimate!)));
      const ratio = root / empirical;
      const error = Math.sqrt(spread / (4 * count * root ** 4) + 1 / (2 * (count - 1)));
      return of(100 * (ratio - 1), 100 * ratio * error, count);
    }
    case "relativePrecision":
      return relativePrecision(estimated, context.reference);
    case "coverage":
      return shareOf(
        rows.filter((row) => hasInterval(row) && finite(row.true_value)),
        (row) => covers(row, row.true_value),
      );
    case "biasEliminatedCoverage": {
      const centre = mean(Float64Array.from(estimates));
      return shareOf(
        rows.filter((row) => hasInterval(row) && finite(row.estimate)),
        (row) => covers(row, centre),
      );
    }
    case "rejection":
      return shareOf(
        rows.filter((row) => known(row.p_value)),
        (row) => row.p_value! <= context.alpha,
      );
    case "width":
      return meanOf(
        rows
          .filter((row) => finite(row.conf_low) && finite(row.conf_high))
          .map((row) => row.conf_high! - row.conf_low!),
      );
    case "failure":
      return share(proportion(all.filter(isFailure).length, all.length, context.confLevel), null);
  }
}

const hasInterval = ({ conf_low, conf_high }: ReplicateRow) => known(conf_low) && known(conf_high);
const covers = ({ conf_low, conf_high }: ReplicateRow, value: number) => conf_low! <= value && value <= conf_high!;

/** Root of the mean variance that the method states, and the variance of those variances. */
function modelError(rows: readonly ReplicateRow[]) {
  const variances = Float64Array.from(
    rows.filter((row) => finite(row.std_error)),
    (row) => row.std_error! ** 2,
  );
  return { root: Math.sqrt(mean(variances)), spread: variance(variances), count: variances.length };
}

/** By how many per cent the estimates are more precise than the reference's, over the replicates that both have. */
function relativePrecision(
  estimated: readonly ReplicateRow[],
  reference: ReadonlyMap<number, ReplicateRow> | null,
): Measured {
  const pairs = estimated.filter((row) => {
    const other = reference?.get(row.replicate);
    return other && !isFailure(other) && finite(other.estimate);
  });
  const own = Float64Array.from(pairs, (row) => row.estimate!);
  const others = Float64Array.from(pairs, (row) => reference!.get(row.replicate)!.estimate!);
  const ratio = variance(others) / variance(own);
  const r = correlation(own, others);
  return of(100 * (ratio - 1), 200 * ratio * Math.sqrt((1 - r * r) / (pairs.length - 1)), pairs.length);
}

/** What of a replicate is averaged for a measure of differences; null where the replicate has none. */
const ofReplicate: Readonly<Partial<Record<MeasureName, (row: ReplicateRow, alpha: number) => number | null>>> = {
  bias: (row) => (finite(row.estimate) ? row.estimate - row.true_value : null),
  mse: (row) => (finite(row.estimate) ? (row.estimate - row.true_value) ** 2 : null),
  coverage: (row) => (hasInterval(row) ? Number(covers(row, row.true_value)) : null),
  rejection: (row, alpha) => (known(row.p_value) ? Number(row.p_value <= alpha) : null),
  width: (row) => (finite(row.conf_low) && finite(row.conf_high) ? row.conf_high - row.conf_low : null),
};

export const pairedMeasures = Object.keys(ofReplicate) as readonly MeasureName[];

/** The mean difference of a method from another in the replicates that both have: the same data, so that most of the noise is gone. */
export function pairedDifference(
  name: MeasureName,
  rows: readonly ReplicateRow[],
  reference: ReadonlyMap<number, ReplicateRow>,
  alpha: number,
): Measured {
  const value = ofReplicate[name]!;
  const differences = rows.flatMap((row) => {
    const other = reference.get(row.replicate);
    if (!other || isFailure(row) || isFailure(other)) return [];
    const a = value(row, alpha);
    const b = value(other, alpha);
    return a === null || b === null ? [] : [a - b];
  });
  return meanOf(differences);
}

/**
 * Replicates that a Monte Carlo error of so much takes: of a mean whose standard deviation is `sd`, or of a proportion near `p`.
 *
 * @throws DeclarationError for an error or a standard deviation that is not above 0, and a proportion that is not between 0 and 1
 * @example replicationsFor({ p: 0.95, mcse: 0.005 }); // 1900
 */
export function replicationsFor(
  wanted: { readonly mcse: number } & ({ readonly sd: number } | { readonly p: number }),
) {
  const spread = "sd" in wanted ? wanted.sd ** 2 : wanted.p * (1 - wanted.p);
  // 1900 is not 1901 for its rounding
  const replications = Math.ceil((spread / wanted.mcse ** 2) * (1 - 1e-12));
  if (!(Number.isFinite(replications) && replications > 0)) throw new DeclarationError([noReplications()]);
  return replications;
}
