/** The clusters that a fit is resampled by. */
import { isNestedIn } from "../../data/nested-levels.ts";
import { clusterIndex } from "../../frequentist/gee/clusters.ts";
import * as messages from "../../messages/gee.ts";
import { DeclarationError, type Issue, refusal } from "../../messages/issue.ts";
import type { RefittableFit } from "../bootstrap-statistic.ts";

export interface BootstrapClusters {
  /** Cluster of each row used, and how many there are. */
  readonly index: Int32Array;
  readonly count: number;
  /** What is drawn from where clusters were counted several times. */
  readonly counted?: Int32Array;
  /** Grouping factors that are crossed with the clusters: their levels are the same in every copy. */
  readonly cut?: readonly string[];
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

/** Grouping factors of which a level has rows in several clusters. */
const cutApart = ({ model }: RefittableFit, index: Int32Array): string[] => [
  ...new Set(
    model.design.random.filter((term) => !isNestedIn(term.index, term.levels.length, index)).map(({ group }) => group),
  ),
];

/** The combinations of columns as an index of the rows used. @throws DeclarationError naming unknown columns and rows without a value */
export function indexOfColumns(fit: RefittableFit, columns: readonly string[]) {
  const issues: Issue[] = [];
  const found = clusterIndex(fit.model.table, fit.model.design.rows, columns, issues);
  if (issues.length > 0) throw new DeclarationError(issues);
  return found!;
}

/**
 * The clusters asked for; else the id of a GEE, the one grouping factor, or the groups of the residual correlation.
 *
 * @throws DeclarationError where they are not known, and where they cut the levels of every grouping factor apart
 */
export function clustersOfFit(fit: RefittableFit, asked: readonly string[] | null): BootstrapClusters {
  const groups = [...new Set(fit.model.design.random.map(({ group }) => group))];
  if (asked === null && fit.kind === "gee") {
    const { frequencyWeights } = fit.model.design;
    const index = fit.clusterOfRow;
    const count = index.reduce((most, c) => Math.max(most, c + 1), 0);
    return { index, count, ...(frequencyWeights && { counted: countedClusters(index, frequencyWeights) }) };
  }
  const series = groups.length === 0 ? (fit.model.spec.residual?.correlation?.by ?? []) : [];
  const wanted = asked ?? (series.length > 0 ? series : null);
  if (wanted === null && groups.length !== 1)
    throw refusal("bootstrap-cluster", ["bootstrap"], messages.bootstrapNeedsCluster(groups));
  if (wanted === null) {
    const term = fit.model.design.random[0]!;
    return { index: term.index, count: term.levels.length };
  }
  const { index, levels } = indexOfColumns(fit, wanted);
  const cut = cutApart(fit, index);
  if (cut.length > 0 && cut.length === groups.length)
    throw new DeclarationError([messages.bootstrapCutsGroups(wanted, cut)]);
  return { index, count: levels.length, ...(cut.length > 0 && { cut }) };
}
