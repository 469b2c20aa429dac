/** The clusters of a GEE: rows sorted by cluster and occasion, and clusters of equal pattern of occasions recognised. */
import type { Design } from "../../data/design.ts";
import { encode, orderedLevels } from "../../data/factor.ts";
import { combineGroups } from "../../data/grouping.ts";
import { levelNotes } from "../../data/level-notes.ts";
import type { Column, Table } from "../../data/table.ts";
import * as messages from "../../messages/gee.ts";
import { DeclarationError, type FitWarning, type Issue, refusal } from "../../messages/issue.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { nearestName } from "../../options/nearest-name.ts";
import type { GeeMethod } from "./method.ts";

/** One set of occasions that clusters were seen at. */
export interface Pattern {
  /** Positions in `Clusters.occasions`, ascending. */
  readonly positions: Int32Array;
  /** The occasions on the scale on which distances count, ascending. */
  readonly times: Float64Array;
}

export interface Clusters {
  readonly count: number;
  /** Sorted place → row of the design. */
  readonly order: Int32Array;
  /** True when the rows were sorted already. */
  readonly sorted: boolean;
  /** Cluster c holds the sorted places start[c] ≤ i < start[c + 1]. */
  readonly start: Int32Array;
  /** Pattern of each cluster. */
  readonly patternOf: Int32Array;
  readonly patterns: readonly Pattern[];
  /** Labels of the distinct occasions in order. */
  readonly occasions: readonly string[];
  readonly largest: number;
  /** How many clusters each stands for (frequency weights); null: one. */
  readonly copies: Float64Array | null;
}

/** Labels and numbers of the clusters a row of the design belongs to. */
export interface ClusterIndex {
  readonly index: Int32Array;
  readonly levels: readonly string[];
}

/** Number of clusters, those with frequency weights as many times. */
export const clusterCount = ({ count, copies }: Clusters): number =>
  copies === null ? count : copies.reduce((sum, value) => sum + value, 0);

const some = (rows: readonly number[]) => rows.slice(0, 5);

/** A column by name, or a fault that says which name was likely meant. */
function columnOf(table: Table, name: string, role: "id" | "wave", issues: Issue[]) {
  const column = table.column(name);
  if (!column)
    issues.push(
      table.faults?.get(name) ?? {
        code: "unknown-column",
        path: [role, name],
        message: messages.unknownClusterColumn(name, role, nearestName(name, table.names)),
      },
    );
  return column;
}

/** Columns named as `"center:id"` are taken apart unless the table has a column of that name. */
export const idColumns = (table: Table, id: readonly string[]): string[] =>
  id.flatMap((name) =>
    table.column(name) || !name.includes(":") ? [name] : name.split(":").map((part) => part.trim()),
  );

/** What is to be said of the levels of the columns that name the clusters. */
export const clusterNotes = (table: Table, rows: Int32Array, id: readonly string[]): FitWarning[] =>
  idColumns(table, id).flatMap((name) => levelNotes(name, encode(table.column(name)!), rows));

/** The cluster of each of `rows`: combinations of the columns, numbered by first appearance. */
export function clusterIndex(
  table: Table,
  rows: Int32Array,
  id: readonly string[],
  issues: Issue[],
): ClusterIndex | null {
  const names = idColumns(table, id);
  const coded = names.map((name) => {
    const column = columnOf(table, name, "id", issues);
    if (!column) return null;
    const found = encode(column);
    const missing: number[] = [];
    for (const row of rows) if (found.codes[row]! < 0 && missing.length < 6) missing.push(row + 1);
    if (missing.length > 0)
      issues.push({ code: "missing-id", path: ["id", name], message: messages.missingCluster(name, some(missing)) });
    return missing.length > 0 ? null : found;
  });
  if (!coded.every((column) => column !== null)) return null;
  const combined = combineGroups(coded, rows);
  // levels that occur in omitted rows only are no clusters
  const place = new Int32Array(combined.levels.length).fill(-1);
  const levels: string[] = [];
  const index = combined.index;
  for (let r = 0; r < index.length; r++) {
    const level = index[r]!;
    if (place[level]! < 0) place[level] = levels.push(combined.levels[level]!) - 1;
    index[r] = place[level]!;
  }
  return { levels, index };
}

interface Occasions {
  /** Of each row of the design: the place in `labels`. */
  readonly position: Int32Array;
  /** Of each label: its time. */
  readonly times: Float64Array;
  readonly labels: readonly string[];
}

function occasionsOf(table: Table, rows: Int32Array, wave: string, issues: Issue[]): Occasions | null {
  const found = columnOf(table, wave, "wave", issues);
  if (!found) return null;
  // a time is a number, however it is written
  const column: Column = found.kind === "numeric" ? { kind: "numeric", values: found.values } : found;
  const coded = encode(column);
  const missing: number[] = [];
  const fractions: number[] = [];
  for (const row of rows) {
    const code = coded.codes[row]!;
    if (code < 0) missing.push(row + 1);
    else if (coded.numbers && !Number.isInteger(coded.numbers[code]!)) fractions.push(row + 1);
  }
  if (missing.length > 0)
    issues.push({ code: "missing-wave", path: ["wave", wave], message: messages.missingWave(wave, some(missing)) });
  if (fractions.length > 0)
    issues.push({
      code: "fractional-wave",
      path: ["wave", wave],
      message: messages.fractionalWave(wave, some(fractions)),
    });
  if (missing.length + fractions.length > 0) return null;
  const { levels } = orderedLevels(column, coded, undefined);
  const rank = new Map(levels.map((level, i) => [level, i]));
  const places = coded.levels.map((level) => rank.get(level)!);
  return {
    position: Int32Array.from(rows, (row) => places[coded.codes[row]!]!),
    times: coded.numbers ? Float64Array.from(levels, Number) : Float64Array.from(levels, (_, i) => i + 1),
    labels: levels,
  };
}

/** Occasions this far apart leave no AR(1) correlation from one unit to the next that doubles can tell from 1. */
const COARSE_WAVE = 1e5;

/** A fault where neighbouring occasions are too many units apart for the correlation of one unit. */
function checkUnit({ times }: Occasions, { correlation, wave }: GeeMethod, issues: Issue[]): void {
  let step = Infinity;
  for (let t = 1; t < times.length; t++) step = Math.min(step, times[t]! - times[t - 1]!);
  if (correlation.kind === "ar1" && step > COARSE_WAVE && step < Infinity)
    issues.push({ code: "coarse-wave", path: ["wave", wave!], message: messages.coarseWave(wave!, step) });
}

/** Rows by cluster (counting sort, stable), and within clusters by occasion. */
function sortRows({ index, levels }: ClusterIndex, occasion: Int32Array | null) {
  const n = index.length;
  const start = new Int32Array(levels.length + 1);
  for (let i = 0; i < n; i++) start[index[i]! + 1]!++;
  for (let c = 0; c < levels.length; c++) start[c + 1]! += start[c]!;
  const next = start.slice();
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[next[index[i]!]!++] = i;
  if (occasion)
    for (let c = 0; c < levels.length; c++) {
      const part = order.subarray(start[c]!, start[c + 1]!);
      let ascending = true;
      for (let k = 1; k < part.length && ascending; k++) ascending = occasion[part[k]!]! > occasion[part[k - 1]!]!;
      if (!ascending) part.sort((a, b) => occasion[a]! - occasion[b]! || a - b);
    }
  return { start, order };
}

/** Whether the rows are in the order of their clusters already. */
function ascending(order: Int32Array): boolean {
  for (let i = 0; i < order.length; i++) if (order[i] !== i) return false;
  return true;
}

/** Frequency weights by cluster: a row of its own cannot be seen twice, a cluster can. */
function copiesOf({ frequencyWeights, spec, rows }: Design, { index, levels }: ClusterIndex, issues: Issue[]) {
  if (frequencyWeights === null) return null;
  const copies = new Float64Array(levels.length).fill(Number.NaN);
  for (let i = 0; i < rows.length; i++) {
    const c = index[i]!;
    if (Number.isNaN(copies[c]!)) copies[c] = frequencyWeights[i]!;
    else if (copies[c] !== frequencyWeights[i]) {
      issues.push({
        code: "frequency-within-cluster",
        path: ["frequencyWeights"],
        message: messages.frequencyWithinCluster(spec.frequencyWeights!, levels[c]!, rows[i]! + 1),
      });
      break;
    }
  }
  return copies.every((value) => value === 1) ? null : copies;
}

/**
 * Sorts the rows of a design by cluster and occasion.
 *
 * @param given the clusters, where they are known already (a resample)
 * @throws DeclarationError naming unknown columns, rows without a cluster or a wave, clusters with two rows at one occasion, and frequency
 * weights that differ within a cluster
 */
export function clustersOf(
  { table, design }: Pick<CompiledModel, "table" | "design">,
  method: GeeMethod,
  given?: ClusterIndex,
): Clusters {
  const { rows } = design;
  const issues: Issue[] = [];
  const index = given ?? clusterIndex(table, rows, method.id, issues);
  const waves = method.wave === null ? null : occasionsOf(table, rows, method.wave, issues);
  if (waves) checkUnit(waves, method, issues);
  if (issues.length > 0) throw new DeclarationError(issues);
  if (index!.levels.length < 2) throw refusal("one-cluster", ["id"], messages.oneCluster(method.id.join(":")));
  const { start, order } = sortRows(index!, waves?.position ?? null);
  const count = index!.levels.length;
  let largest = 0;
  for (let c = 0; c < count; c++) largest = Math.max(largest, start[c + 1]! - start[c]!);
  const labels = waves?.labels ?? Array.from({ length: largest }, (_, j) => String(j + 1));
  const timeOf = waves?.times ?? Float64Array.from(labels, Number);
  const patterns: Pattern[] = [];
  const patternOf = new Int32Array(count);
  const known = new Map<string, number>();
  const bySize = new Map<number, number>();
  for (let c = 0; c < count; c++) {
    const size = start[c + 1]! - start[c]!;
    const positionAt = (k: number) => (waves ? waves.position[order[start[c]! + k]!]! : k);
    let found = waves ? (c > 0 ? patternOf[c - 1] : undefined) : bySize.get(size);
    if (waves && found !== undefined) {
      const { positions } = patterns[found]!;
      if (positions.length !== size || !positions.every((position, k) => position === positionAt(k))) found = undefined;
    }
    if (found === undefined) {
      const positions = Int32Array.from({ length: size }, (_, k) => positionAt(k));
      const repeated = positions.findIndex((position, k) => k > 0 && position === positions[k - 1]);
      if (repeated > 0)
        issues.push({
          code: "repeated-wave",
          path: ["wave", method.wave!],
          message: messages.repeatedWave(method.wave!, labels[positions[repeated]!]!, index!.levels[c]!),
        });
      const key = positions.join(",");
      found = known.get(key);
      if (found === undefined) {
        found = patterns.push({ positions, times: Float64Array.from(positions, (position) => timeOf[position]!) }) - 1;
        known.set(key, found);
        bySize.set(size, found);
      }
    }
    patternOf[c] = found;
  }
  const copies = copiesOf(design, index!, issues);
  if (issues.length > 0) throw new DeclarationError(issues.slice(0, 5));
  return {
    count,
    order,
    sorted: ascending(order),
    start,
    patternOf,
    patterns,
    occasions: labels,
    largest,
    copies,
  };
}
