/** The clusters of a robust covariance: sets of rows that are independent of each other in the model that was fitted. */
import { ofMean } from "../../families/of-mean.ts";
import { components } from "../../marginal/gaussian/moments/components.ts";
import { DeclarationError, type Issue } from "../../messages/issue.ts";
import { crossedClusters, fewClusters, splitClusters } from "../../messages/robust.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { clusterIndex } from "../gee/clusters.ts";

export interface RobustClusters {
  /** Cluster of each row of the design. */
  readonly of: Int32Array;
  readonly labels: readonly string[];
  /** Rows of each cluster. */
  readonly rows: readonly Int32Array[];
  /** What they are, as `Subject`, or `rows`. */
  readonly name: string;
}

/** Rows that depend on each other, by the random effects and the residual correlation. */
export function independentParts({ design }: CompiledModel): Int32Array {
  const factors = design.random.map((term) => ({
    index: term.index,
    levels: term.levels.length,
    ...(term.known && { known: term.known }),
  }));
  return components(design.n, factors as never, design.residual?.correlation ?? null).ofRow;
}

/** Whether every part lies in one cluster. */
export function holdsWhole(parts: Int32Array, of: Int32Array): boolean {
  const cluster = new Int32Array(parts.length).fill(-1);
  return parts.every((part, i) => {
    if (cluster[part] === -1) cluster[part] = of[i]!;
    return cluster[part] === of[i];
  });
}

function finish(of: Int32Array, labels: readonly string[], name: string): RobustClusters {
  const size = new Int32Array(labels.length);
  for (const c of of) size[c]!++;
  const rows = Array.from(size, (count) => new Int32Array(count));
  size.fill(0);
  of.forEach((c, i) => {
    rows[c]![size[c]!++] = i;
  });
  return { of, labels, rows, name };
}

/** The named levels that have rows, numbered anew. */
export function rowsOfClusters(index: Int32Array, levels: readonly string[], name: string): RobustClusters {
  const place = new Map<number, number>();
  const labels: string[] = [];
  const of = index.map((level) => {
    let at = place.get(level);
    if (at === undefined) {
      at = labels.push(levels[level]!) - 1;
      place.set(level, at);
    }
    return at;
  });
  return finish(of, labels, name);
}

/** The outermost grouping factor: the one with fewest levels, each of which holds all that depends on its rows. */
function outermost(model: CompiledModel, parts: Int32Array): RobustClusters {
  const { design } = model;
  const groups = [...new Map(design.random.map((term) => [term.group, term])).values()].sort(
    (a, b) => a.levels.length - b.levels.length,
  );
  for (const { index, levels, group } of groups)
    if (holdsWhole(parts, index)) return rowsOfClusters(index, levels, group);
  if (groups.length > 0) throw new DeclarationError([crossedClusters(groups.map(({ group }) => group))]);
  const by = model.spec.residual?.correlation?.by ?? [];
  if (by.length > 0) return ofColumns(model, by, parts);
  return finish(
    Int32Array.from({ length: design.n }, (_, i) => i),
    Array.from(design.rows, (row) => `row ${row + 1}`),
    "rows",
  );
}

function ofColumns(model: CompiledModel, columns: readonly string[], parts: Int32Array): RobustClusters {
  const issues: Issue[] = [];
  const found = clusterIndex(model.table, model.design.rows, columns, issues);
  if (!found) throw new DeclarationError(issues);
  const name = columns.join(":");
  if (!holdsWhole(parts, found.index)) {
    const split = model.design.random.find(({ index }) => !holdsWhole(index, found.index));
    throw new DeclarationError([splitClusters(name, split?.group ?? null)]);
  }
  return finish(found.index, found.levels, name);
}

/**
 * @param cluster a column or several; default: the outermost grouping factor, the groups of correlated residuals, or the rows
 * @throws DeclarationError where rows of different clusters depend on each other in the model, and for fewer than two clusters
 */
export function robustClusters(model: CompiledModel, cluster?: string | readonly string[]): RobustClusters {
  const parts = independentParts(model);
  const found =
    cluster === undefined
      ? outermost(model, parts)
      : ofColumns(model, typeof cluster === "string" ? [cluster] : cluster, parts);
  if (found.rows.length < 2)
    throw new DeclarationError([fewClusters(found.name, ofMean(model.design.predictors).names.length)]);
  return found;
}
