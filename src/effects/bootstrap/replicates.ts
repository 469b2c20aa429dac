/** The data of the replicates of a bootstrap by its kind, each a function of the seed and its number alone. */
import type { Design } from "../../data/design.ts";
import { levelMap } from "../../data/nested-levels.ts";
import type { ClusterIndex } from "../../frequentist/gee/clusters.ts";
import type { MaximumLikelihood } from "../../frequentist/maximum-likelihood.ts";
import * as messages from "../../messages/bootstrap.ts";
import { DeclarationError } from "../../messages/issue.ts";
import { modelOfDesign } from "../../model/compile.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { clusterResampler } from "../../model/resample.ts";
import { responsesOf } from "../../prediction/simulate.ts";
import { createRng, type Rng } from "../../random/rng.ts";
import type { RefittableFit } from "../bootstrap-statistic.ts";
import { type BootstrapClusters, clustersOfFit, indexOfColumns } from "./clusters-of-fit.ts";
import type { BootstrapPlan } from "./plan.ts";
import { residualResponses } from "./residual-responses.ts";

/** What is refitted. */
export interface Replicate {
  readonly model: CompiledModel;
  /** Clusters of its rows, for estimating equations. */
  readonly clusters?: ClusterIndex;
  /** Weights of the likelihood's groups. */
  readonly weights?: Float64Array;
}

export interface Replicates {
  /** How many clusters are resampled, or may be left out; null: not known, and not needed. */
  readonly clusters: number | null;
  /** Replicate b, counted from 1. May throw an Error where the data drawn leave a part of the model without any. */
  replicate(b: number): Replicate;
  /** All but cluster c, counted from 0. @throws DeclarationError where the clusters are not known */
  without(c: number): Replicate;
}

const withResponse = (fit: RefittableFit, y: Float64Array): Replicate => ({ model: fit.model.withResponse(y) });

const likelihoodOf = (fit: RefittableFit, kind: string): MaximumLikelihood => {
  if (fit.kind === "gee") throw new DeclarationError([messages.needsDistribution(kind)]);
  return fit;
};

/** Whole clusters drawn with replacement; those that were counted several times are drawn from as often. */
function wholeClusters(fit: RefittableFit, { index, count, counted }: BootstrapClusters) {
  const resample = clusterResampler(fit.model, index, count, { single: counted !== undefined });
  const size = counted?.length ?? count;
  const clusterAt = (k: number) => (counted ? counted[k]! : k);
  const of = (picks: ArrayLike<number>): Replicate => {
    const { model, index, levels } = resample(picks);
    return { model, clusters: { index, levels } };
  };
  return {
    size,
    drawn: (stream: Rng): Replicate =>
      of(Int32Array.from({ length: size }, () => clusterAt(Math.floor(stream.uniform() * size)))),
    without: (c: number): Replicate =>
      of(Int32Array.from({ length: size - 1 }, (_, k) => clusterAt(k < c ? k : k + 1))),
  };
}

/** Clusters drawn with replacement, then within each its parts, as many as it has. */
function partsOfClusters(fit: RefittableFit, outer: BootstrapClusters, within: readonly string[] | null) {
  if (fit.kind === "gee" && fit.requested.wave !== null) throw new DeclarationError([messages.nestedWithWaves()]);
  const { n } = fit.model.design;
  const rows = { index: Int32Array.from({ length: n }, (_, i) => i), levels: { length: n } };
  const parts = within ? indexOfColumns(fit, within) : rows;
  const clusterOfPart = levelMap(parts.index, parts.levels.length, outer.index);
  if (!clusterOfPart) {
    const home = new Map<number, number>();
    const split = parts.index.findIndex((part, i) => {
      if (!home.has(part)) home.set(part, outer.index[i]!);
      return home.get(part) !== outer.index[i];
    });
    const label = (parts.levels as readonly string[])[parts.index[split]!]!;
    throw new DeclarationError([messages.withinNotNested(within!, label)]);
  }
  const members: number[][] = Array.from({ length: outer.count }, () => []);
  clusterOfPart.forEach((c, part) => {
    if (c >= 0) members[c]!.push(part);
  });
  const resample = clusterResampler(fit.model, parts.index, parts.levels.length, {
    within: { clusterOf: outer.index },
  });
  return (stream: Rng): Replicate => {
    const picks: number[] = [];
    const copies: number[] = [];
    for (let copy = 0; copy < outer.count; copy++) {
      const own = members[Math.floor(stream.uniform() * outer.count)]!;
      for (let k = 0; k < own.length; k++) {
        picks.push(own[Math.floor(stream.uniform() * own.length)]!);
        copies.push(copy);
      }
    }
    const { model, index, levels } = resample(picks, copies);
    return { model, clusters: { index, levels } };
  };
}

/** Independent standard exponentials divided by their mean: C times a flat Dirichlet draw (Rubin 1981, Annals of Statistics 9, 130–134). */
function dirichletWeights(stream: Rng, count: number): Float64Array {
  const weights = new Float64Array(count);
  let total = 0;
  for (let c = 0; c < count; c++) total += weights[c] = -Math.log(stream.uniform());
  for (let c = 0; c < count; c++) weights[c]! *= count / total;
  return weights;
}

/** The model with its rows counted times the weight of their cluster. */
function reweightedRows({ design, table, family }: CompiledModel, index: Int32Array, weights: Float64Array) {
  const frequencyWeights = Float64Array.from(index, (c, i) => weights[c]! * (design.frequencyWeights?.[i] ?? 1));
  return modelOfDesign({ ...design, frequencyWeights } satisfies Design, table, family);
}

/** Clusters weighted at random: estimating equations by counting clusters, a likelihood by multiplying what each contributes. */
function weightedClusters(fit: RefittableFit, { index, count }: BootstrapClusters): (stream: Rng) => Replicate {
  const { model } = fit;
  const { design, residual } = model;
  if (fit.kind === "gee") {
    const levels = Array.from({ length: count }, (_, c) => String(c + 1));
    return (stream) => ({
      model: reweightedRows(model, index, dirichletWeights(stream, count)),
      clusters: { index, levels },
    });
  }
  if (fit.working || fit.penalised) throw new DeclarationError([messages.weightsOfLikelihood(fit.method)]);
  if (residual.correlation)
    throw new DeclarationError([messages.weightsNotByCluster("this model has correlated residuals")]);
  if (design.random.length === 0)
    return (stream) => ({ model: reweightedRows(model, index, dirichletWeights(stream, count)) });
  const { groups } = fit.marginal;
  if (!groups)
    throw new DeclarationError([
      messages.weightsNotByCluster("this model has several grouping factors, a residual structure, or related levels"),
    ]);
  const [first] = design.random;
  const clusterOfLevel = levelMap(first!.index, first!.levels.length, index);
  if (!clusterOfLevel)
    throw new DeclarationError([messages.weightsNotByCluster(`levels of ${first!.group} lie in several clusters`)]);
  return (stream) => {
    const weights = dirichletWeights(stream, count);
    return { model, weights: Float64Array.from(clusterOfLevel, (c) => weights[c] ?? 0) };
  };
}

/**
 * @param from what simulates the responses of a parametric bootstrap, if not the fit itself: another of the same rows
 * @throws DeclarationError where the fit has no such bootstrap
 */
export function replicatesOf(fit: RefittableFit, plan: BootstrapPlan, from: MaximumLikelihood | null): Replicates {
  const { kind, seed, randomEffects, cluster, within } = plan;
  const rng = createRng(seed);
  let known: BootstrapClusters | undefined;
  const clusters = () => (known ??= clustersOfFit(fit, cluster));
  let whole: ReturnType<typeof wholeClusters> | undefined;
  const ofWhole = () => (whole ??= wholeClusters(fit, clusters()));
  const without = (c: number) => ofWhole().without(c);
  const by = (count: number | null, draw: (stream: Rng) => Replicate, key: string): Replicates => ({
    clusters: count,
    replicate: (b) => draw(rng.fork(`${key} ${b}`)),
    without,
  });
  switch (kind) {
    case "parametric": {
      const response = responsesOf(from ?? likelihoodOf(fit, kind), { seed, randomEffects });
      return { clusters: null, replicate: (b) => withResponse(fit, response(b - 1)), without };
    }
    case "residual": {
      const response = residualResponses(likelihoodOf(fit, kind), randomEffects);
      return by(null, (stream) => withResponse(fit, response(stream)), kind);
    }
    case "weights":
      return by(clusters().count, weightedClusters(fit, clusters()), kind);
    case "nested":
      return by(clusters().count, partsOfClusters(fit, clusters(), within), kind);
    case "cluster":
      return by(ofWhole().size, ofWhole().drawn, "resample");
  }
}

/** How many clusters a fit is left without one by one. @throws DeclarationError where they are not known */
export function clusterCountOf(fit: RefittableFit, { cluster }: BootstrapPlan): number {
  const { count, counted } = clustersOfFit(fit, cluster);
  return counted?.length ?? count;
}
