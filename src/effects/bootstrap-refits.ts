/** The refits of a cluster bootstrap, each a function of its number alone, so that they may be done anywhere and in any order. */
import { fitModelPausably } from "../frequentist/fit-model.ts";
import { clusterIndex } from "../frequentist/gee/clusters.ts";
import { fitGeePausably } from "../frequentist/gee/fit-gee.ts";
import type { SavedEstimatingEquations } from "../frequentist/gee/save-gee.ts";
import { startingAt } from "../frequentist/method.ts";
import type { SavedMaximumLikelihood } from "../frequentist/save-fit.ts";
import * as messages from "../messages/gee.ts";
import { DeclarationError, type Issue, refusal } from "../messages/issue.ts";
import { clusterResampler, type Resample } from "../model/resample.ts";
import type { Pausable } from "../optimise/pausable.ts";
import { createRng } from "../random/rng.ts";
import type { Task } from "../samplers/executor.ts";
import {
  type BootstrapQuantity,
  type BootstrapStatistic,
  quantitiesOf,
  type RefittableFit,
} from "./bootstrap-statistic.ts";

/** What came of a resample: the numbers in the order of the names, or why there are none. */
export type ResampleOutcome = { readonly values: readonly number[] } | { readonly reason: string };

export interface BootstrapRefits {
  readonly names: readonly string[];
  readonly quantities: readonly BootstrapQuantity[];
  readonly original: Readonly<Record<string, number>>;
  readonly clusters: number;
  /** Of resample b, counted from 1. */
  outcome(b: number): Pausable<ResampleOutcome>;
}

export interface RefitsOptions {
  readonly seed: string | number;
  readonly cluster?: string | readonly string[] | undefined;
  readonly statistic: BootstrapStatistic;
}

/** A share of the resamples, as plain data. */
export interface ResamplesTask extends Task {
  readonly kind: "resamples";
  /** As it is saved, its numbers in typed arrays. */
  readonly fit: SavedMaximumLikelihood | SavedEstimatingEquations;
  readonly seed: string | number;
  readonly cluster?: string | readonly string[];
  readonly statistic: Exclude<BootstrapStatistic, (...given: never[]) => unknown>;
  readonly first: number;
  readonly last: number;
}

function* refit(fit: RefittableFit, { model, index, levels }: Resample): Pausable<RefittableFit> {
  return fit.kind === "gee"
    ? yield* fitGeePausably(model, fit.requested, { clusters: { index, levels } })
    : yield* fitModelPausably(model, fit.requested, startingAt(fit.requested, fit.estimate));
}

/** The clusters of a GEE with frequency weights, each as many times as it was counted. */
function countedClusters(index: Int32Array, weights: Float64Array): Int32Array {
  const copies: number[] = [];
  index.forEach((c, i) => {
    copies[c] = weights[i]!;
  });
  const fraction = copies.find((times) => !Number.isInteger(times));
  if (fraction !== undefined)
    throw refusal("bootstrap-fractions", ["bootstrap"], messages.bootstrapFractions(fraction));
  return Int32Array.from(copies.flatMap((times, c) => new Array<number>(times).fill(c)));
}

interface BootstrapClusters {
  /** Cluster of each row used, and how many there are. */
  readonly index: Int32Array;
  readonly count: number;
  /** What is drawn from where clusters were counted several times. */
  readonly counted?: Int32Array;
}

function clustersOfFit(fit: RefittableFit, asked: string | readonly string[] | undefined): BootstrapClusters {
  const groups = [...new Set(fit.model.design.random.map(({ group }) => group))];
  if (asked === undefined && fit.kind === "gee") {
    const { frequencyWeights } = fit.model.design;
    const index = fit.clusterOfRow;
    const count = index.reduce((most, c) => Math.max(most, c + 1), 0);
    return { index, count, ...(frequencyWeights && { counted: countedClusters(index, frequencyWeights) }) };
  }
  const series = groups.length === 0 ? (fit.model.spec.residual?.correlation?.by ?? []) : [];
  const wanted = asked ?? (series.length > 0 ? series : undefined);
  if (wanted === undefined && groups.length !== 1)
    throw refusal("bootstrap-cluster", ["bootstrap"], messages.bootstrapNeedsCluster(groups));
  if (wanted === undefined) {
    const term = fit.model.design.random[0]!;
    return { index: term.index, count: term.levels.length };
  }
  const issues: Issue[] = [];
  const found = clusterIndex(
    fit.model.table,
    fit.model.design.rows,
    typeof wanted === "string" ? [wanted] : wanted,
    issues,
  );
  if (issues.length > 0) throw new DeclarationError(issues);
  return { index: found!.index, count: found!.levels.length };
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** @throws DeclarationError where the clusters are not known, or the statistic of the fit is no record of finite numbers */
export function bootstrapRefits(fit: RefittableFit, { seed, cluster, statistic }: RefitsOptions): BootstrapRefits {
  const { index, count: distinct, counted } = clustersOfFit(fit, cluster);
  const count = counted?.length ?? distinct;
  const { names, quantities, valuesOf } = quantitiesOf(fit, statistic);
  const original = valuesOf(fit);
  if (names.length === 0 || !names.every((name) => Number.isFinite(original[name])))
    throw refusal("bootstrap-statistic", ["bootstrap"], messages.bootstrapStatistic());
  const resample = clusterResampler(fit.model, index, distinct, counted !== undefined);
  const rng = createRng(seed);
  const picks = new Int32Array(count);
  return {
    names,
    quantities,
    original,
    clusters: count,
    *outcome(b) {
      const stream = rng.fork(`resample ${b}`);
      for (let k = 0; k < count; k++) {
        const pick = Math.floor(stream.uniform() * count);
        picks[k] = counted ? counted[pick]! : pick;
      }
      try {
        const again = yield* refit(fit, resample(picks));
        const { code, reason } = again.verdict;
        if (code !== "converged" && code !== "boundary") throw new Error(messages.bootstrapNotConverged(reason));
        const values = valuesOf(again);
        if (Object.keys(values).join("\n") !== names.join("\n")) throw new Error(messages.bootstrapDifferentNames());
        const bad = names.filter((name) => !Number.isFinite(values[name]));
        if (bad.length > 0) throw new Error(messages.bootstrapNotNumbers(bad));
        return { values: names.map((name) => values[name]!) };
      } catch (error) {
        return { reason: reasonOf(error) };
      }
    },
  };
}
