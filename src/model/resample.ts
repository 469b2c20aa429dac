/**
 * A model on clusters drawn with replacement, each copy of which is a cluster of its own, or on parts of clusters drawn with replacement within them.
 */
import type { Design, RandomTermDesign } from "../data/design.ts";
import { isNestedIn } from "../data/nested-levels.ts";
import { DeclarationError } from "../messages/issue.ts";
import { bootstrapAcrossLevels } from "../messages/known-covariance.ts";
import { type ClusterRows, residualResampler } from "../residual/resample-residual.ts";
import { modelOfDesign } from "./compile.ts";
import type { CompiledModel } from "./compiled-model.ts";

export interface Resample {
  readonly model: CompiledModel;
  /** The copy of a cluster that each row belongs to. */
  readonly index: Int32Array;
  readonly levels: readonly string[];
}

function rowsByCluster(clusterOf: Int32Array, count: number): ClusterRows {
  const start = new Int32Array(count + 1);
  for (const c of clusterOf) start[c + 1]!++;
  for (let c = 0; c < count; c++) start[c + 1]! += start[c]!;
  const next = start.slice();
  const rows = new Int32Array(clusterOf.length);
  clusterOf.forEach((c, i) => {
    rows[next[c]!++] = i;
  });
  return { start, rows };
}

/** The term in the picked rows: levels within what is copied become new ones in each copy; those across (`copyOf` null) stay what they are. */
function resampleTerm(term: RandomTermDesign, picked: Int32Array, copyOf: Int32Array | null): RandomTermDesign {
  const { q, Z, index, levels } = term;
  const place = new Map<string, number>();
  const names: string[] = [];
  const newIndex = picked.map((row, i) => {
    const label = copyOf ? `${levels[index[row]!]}#${copyOf[i]! + 1}` : levels[index[row]!]!;
    let at = place.get(label);
    if (at === undefined) {
      at = names.push(label) - 1;
      place.set(label, at);
    }
    return at;
  });
  return { ...term, levels: names, index: newIndex, Z: takeRows(Z, picked, q) };
}

function takeRows(values: Float64Array, picked: Int32Array, width: number): Float64Array {
  const out = new Float64Array(picked.length * width);
  for (let i = 0; i < picked.length; i++)
    for (let a = 0; a < width; a++) out[i * width + a] = values[picked[i]! * width + a]!;
  return out;
}

/** Clusters whose parts are drawn within them. */
interface OuterClusters {
  /** Cluster of each row. */
  readonly clusterOf: Int32Array;
}

export interface ResamplerOptions {
  /** Whether a pick stands for one cluster whatever the frequency weights of its rows. */
  readonly single?: boolean;
  /** Present where what is picked are parts of clusters. */
  readonly within?: OuterClusters;
}

/**
 * Makes the model of picks.
 *
 * @param copies of picks of parts: the copy of a cluster that each is in, counted from 0
 */
export type Resampler = (picks: ArrayLike<number>, copies?: ArrayLike<number>) => Resample;

/**
 * Prepares to resample clusters: the design matrix of a resample has the rows of the original one, so factor levels, polynomial bases
 * and names are those of the original fit.
 *
 * @param clusterOf cluster, or part of one, of each row of the design, 0 ≤ c < count
 * @returns the model of the picked clusters; an Error where a variance function has a stratum without a row among them
 * @throws DeclarationError where a residual structure correlates rows of different clusters, or a known covariance the levels of a term
 * @example clusterResampler(model, clusterOf, count)([2, 0, 2]).model
 */
export function clusterResampler(
  model: CompiledModel,
  clusterOf: Int32Array,
  count: number,
  { single = false, within }: ResamplerOptions = {},
): Resampler {
  const { design, table, family } = model;
  const related = design.random.find((term) => term.known);
  if (related) throw new DeclarationError([bootstrapAcrossLevels(related.group)]);
  const clusters = rowsByCluster(clusterOf, count);
  const { start, rows } = clusters;
  const residual = residualResampler(model.residual, clusterOf, clusters);
  const levelsIn = (of: Int32Array) => design.random.map((term) => isNestedIn(term.index, term.levels.length, of));
  const inPicks = levelsIn(clusterOf);
  const inOuter = within && levelsIn(within.clusterOf);
  return (picks, copies = Array.from(picks, (_, k) => k)) => {
    let n = 0;
    for (let k = 0; k < picks.length; k++) n += start[picks[k]! + 1]! - start[picks[k]!]!;
    const picked = new Int32Array(n);
    const pickOf = new Int32Array(n);
    const index = within ? new Int32Array(n) : pickOf;
    let at = 0;
    for (let k = 0; k < picks.length; k++)
      for (let i = start[picks[k]!]!; i < start[picks[k]! + 1]!; i++) {
        picked[at] = rows[i]!;
        index[at] = copies[k]!;
        pickOf[at++] = k;
      }
    const take = (values: Float64Array | null) => (values === null ? null : takeRows(values, picked, 1));
    const resampled: Design = {
      ...design,
      n,
      rows: picked.map((row) => design.rows[row]!),
      y: take(design.y)!,
      trials: take(design.trials),
      weights: take(design.weights),
      frequencyWeights: single ? null : take(design.frequencyWeights),
      ...(design.columns && {
        columns: Object.fromEntries(Object.entries(design.columns).map(([name, values]) => [name, take(values)!])),
      }),
      predictors: design.predictors.map((predictor) => ({
        ...predictor,
        X: takeRows(predictor.X, picked, predictor.names.length),
        offset: take(predictor.offset)!,
      })),
      random: design.random.map((term, t) =>
        resampleTerm(term, picked, inPicks[t] ? pickOf : inOuter?.[t] ? index : null),
      ),
      ...residual(picks, picked),
    };
    return {
      model: modelOfDesign(resampled, table, family),
      index,
      levels: Array.from({ length: copies.length > 0 ? copies[copies.length - 1]! + 1 : 0 }, (_, k) => String(k + 1)),
    };
  };
}
