/** A residual structure on clusters drawn with replacement: each copy of a cluster has series of its own, of the same times and distances. */
import { DeclarationError } from "../messages/issue.ts";
import { absentStratum, groupAcrossClusters } from "../messages/residual-fits.ts";
import type { Residual } from "./residual.ts";
import type { CorrelationPart, ResidualData, VariancePart } from "./residual-data.ts";

/** Rows of clusters: those of cluster c are rows[start[c]] … rows[start[c + 1] − 1]. */
export interface ClusterRows {
  readonly start: Int32Array;
  readonly rows: Int32Array;
}

/** The groups of a correlation by the cluster that holds them: groups[start[c]] … groups[start[c + 1] − 1]. */
interface GroupsByCluster {
  readonly start: Int32Array;
  readonly groups: Int32Array;
}

/** null where a group has rows in several clusters. */
function groupsByCluster({ order, start }: CorrelationPart, clusterOf: Int32Array, count: number) {
  const groups = start.length - 1;
  const home = new Int32Array(groups);
  const first = new Int32Array(count + 1);
  for (let g = 0; g < groups; g++) {
    home[g] = clusterOf[order[start[g]!]!]!;
    for (let k = start[g]!; k < start[g + 1]!; k++) if (clusterOf[order[k]!] !== home[g]) return null;
    first[home[g]! + 1]!++;
  }
  for (let c = 0; c < count; c++) first[c + 1]! += first[c]!;
  const next = first.slice();
  const members = new Int32Array(groups);
  for (let g = 0; g < groups; g++) members[next[home[g]!]!++] = g;
  return { start: first, groups: members };
}

/** The series of the picked clusters, copy after copy. `local` is the place of each row among those of its cluster. */
function resampleCorrelation(
  part: CorrelationPart,
  held: GroupsByCluster,
  clusters: ClusterRows,
  local: Int32Array,
  picks: ArrayLike<number>,
  n: number,
): CorrelationPart {
  const { dimensions } = part;
  const order = new Int32Array(n);
  const place = new Float64Array(n * dimensions);
  const starts = [0];
  let at = 0;
  let before = 0;
  for (let copy = 0; copy < picks.length; copy++) {
    const c = picks[copy]!;
    for (let i = held.start[c]!; i < held.start[c + 1]!; i++) {
      const g = held.groups[i]!;
      for (let k = part.start[g]!; k < part.start[g + 1]!; k++, at++) {
        order[at] = before + local[part.order[k]!]!;
        for (let d = 0; d < dimensions; d++) place[at * dimensions + d] = part.place[k * dimensions + d]!;
      }
      starts.push(at);
    }
    before += clusters.start[c + 1]! - clusters.start[c]!;
  }
  return { ...part, order, start: Int32Array.from(starts), place };
}

/** A stratum without a row leaves its parameter without data; that of the first level of `varIdent` is sigma. */
function resampleVariance(part: VariancePart, picked: Int32Array): VariancePart {
  const { kind, covariate, parameters, strata } = part;
  const stratum = picked.map((row) => part.stratum[row]!);
  const present = new Set(stratum);
  const free = parameters.filter(({ held }) => held === null);
  const needed = (s: number) => free.some((one) => one.stratum === s || kind === "varIdent");
  const gone = strata.find((_, s) => !present.has(s) && needed(s));
  if (gone !== undefined) throw new Error(absentStratum(kind, gone));
  return { ...part, stratum, covariate: covariate && Float64Array.from(picked, (row) => covariate[row]!) };
}

/** Makes the structure of picked clusters; the rows of the resample are those of the picks in turn. */
export type ResidualResampler = (picks: ArrayLike<number>, picked: Int32Array) => { readonly residual?: ResidualData };

/**
 * Prepares to resample a residual structure.
 *
 * @param clusterOf cluster of each row
 * @param clusters the rows of each cluster, in the order in which a copy holds them
 * @returns a function of the picked clusters and their rows to the structure as an entry of a design, none where there is none; it throws an Error where a stratum of a variance function has no row among them
 * @throws DeclarationError where rows of different clusters are correlated, as in a series over all rows
 */
export function residualResampler(
  { data, variance, correlation }: Residual,
  clusterOf: Int32Array,
  clusters: ClusterRows,
): ResidualResampler {
  if (!data) return () => ({});
  const held = correlation && groupsByCluster(correlation, clusterOf, clusters.start.length - 1);
  if (correlation && !held)
    throw new DeclarationError([groupAcrossClusters(correlation.kind, correlation.start.length === 2)]);
  const local = new Int32Array(data.n);
  for (let c = 0; c + 1 < clusters.start.length; c++)
    for (let k = clusters.start[c]!; k < clusters.start[c + 1]!; k++) local[clusters.rows[k]!] = k - clusters.start[c]!;
  return (picks, picked) => ({
    residual: {
      n: picked.length,
      variance: variance.map((part) => resampleVariance(part, picked)),
      correlation: correlation && resampleCorrelation(correlation, held!, clusters, local, picks, picked.length),
    },
  });
}
