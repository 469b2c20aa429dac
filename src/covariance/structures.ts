/** The covariance structures of random terms by name, which are glmmTMB's. */
import { autoregression } from "./autoregression.ts";
import { compoundSymmetry } from "./compound-symmetry.ts";
import { independent } from "./correlations.ts";
import type { BoundStructure, CovarianceStructure, StructureTerm } from "./covariance-structure.ts";
import { factorEntries } from "./factor-entries.ts";
import { scaledCorrelations } from "./scaled-correlations.ts";

const STRUCTURES = {
  us: factorEntries({ meaning: "unstructured, the default", statement: "" }, false),
  diag: factorEntries({ meaning: 'independent effects, as "||"', statement: " diagonal" }, true),
  homdiag: scaledCorrelations(
    independent,
    { sds: "common", meaning: "the same with one variance", statement: " = σ²I", linear: () => [[0, 0]] },
    true,
  ),
  cs: scaledCorrelations(compoundSymmetry, {
    sds: "each",
    meaning: "compound symmetry",
    statement: " with one correlation",
    linear: (q) =>
      q === 2
        ? [
            [0, 0],
            [1, 0],
            [1, 1],
          ]
        : [],
  }),
  homcs: scaledCorrelations(compoundSymmetry, {
    sds: "common",
    meaning: "the same with one variance",
    statement: " with one variance and one correlation",
    linear: () => [
      [0, 0],
      [1, 0],
    ],
  }),
  ar1: scaledCorrelations(autoregression, {
    sds: "common",
    meaning: "a first-order autoregression over the levels of a factor, in their order, with one variance",
    statement: " = σ²φ^|i − j|",
    ofLevels: true,
    absorbsResidual: (q) => q < 3,
    linear: (q) =>
      q === 2
        ? [
            [0, 0],
            [1, 0],
          ]
        : [],
  }),
  hetar1: scaledCorrelations(autoregression, {
    sds: "each",
    meaning: "the same with a variance each",
    statement: " with correlations φ^|i − j|",
    ofLevels: true,
    absorbsResidual: (q) => q < 3,
    linear: (q) =>
      q === 2
        ? [
            [0, 0],
            [1, 0],
            [1, 1],
          ]
        : [],
  }),
} satisfies Readonly<Record<string, CovarianceStructure>>;

/**
 * The structures by name.
 *
 * - `us`: unstructured, q variances and q(q − 1)/2 covariances;
 * - `diag`: independent effects, q variances (lme4's `||`);
 * - `homdiag`: independent effects of one variance;
 * - `cs`: compound symmetry, q variances and one correlation;
 * - `homcs`: compound symmetry of one variance and one correlation;
 * - `ar1`: a first-order autoregression of one variance, over the levels of a factor in their order;
 * - `hetar1`: the same with q variances.
 *
 * Names as in glmmTMB.
 */
export type CovarianceKind = keyof typeof STRUCTURES;

export const COVARIANCE_KINDS = Object.keys(STRUCTURES) as readonly CovarianceKind[];

/** Whether a word names a covariance structure. */
export const isCovarianceKind = (word: string): word is CovarianceKind => Object.hasOwn(STRUCTURES, word);

/** The structures as messages list them: `cs (compound symmetry)`. */
export const structureMeanings = (): string[] =>
  COVARIANCE_KINDS.map((kind) => `${kind} (${STRUCTURES[kind].meaning})`);

/** The structure of a kind. */
export const structureOf = (kind: CovarianceKind): CovarianceStructure => STRUCTURES[kind];

/** Structures by kind and number of effects, and those with given standard deviations by the list of them, so that each is made once. */
const free = new Map<CovarianceKind, BoundStructure[]>();
const given = new WeakMap<readonly number[], BoundStructure>();

/** A structure of a term's effects. */
export function boundStructure({
  covariance,
  q,
  sd,
}: StructureTerm & { readonly covariance: CovarianceKind }): BoundStructure {
  if (sd) {
    let structure = given.get(sd);
    if (structure?.name !== covariance) {
      structure = STRUCTURES[covariance].bind(covariance, { q, sd });
      given.set(sd, structure);
    }
    return structure;
  }
  let bySize = free.get(covariance);
  if (!bySize) {
    bySize = [];
    free.set(covariance, bySize);
  }
  bySize[q] ??= STRUCTURES[covariance].bind(covariance, { q });
  return bySize[q];
}
