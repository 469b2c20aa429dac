/** The covariance structures of random terms by name, which are glmmTMB's. */
import { autoregression } from "./autoregression.ts";
import { compoundSymmetry } from "./compound-symmetry.ts";
import { independent } from "./correlations.ts";
import type { BoundStructure, CovarianceStructure, Places, StructureTerm } from "./covariance-structure.ts";
import type { DistanceFunctionName } from "./distance-functions.ts";
import { factorEntries } from "./factor-entries.ts";
import { placeCorrelations } from "./place-structures.ts";
import { scaledCorrelations } from "./scaled-correlations.ts";
import { toeplitz } from "./toeplitz.ts";

/** The entries that stand for all of a matrix of two effects, whose structures are linear spaces; larger ones are none. */
const linearOfTwo =
  (sds: "common" | "each") =>
  (q: number): BoundStructure["linear"] => {
    if (q !== 2) return [];
    return sds === "common"
      ? [
          [0, 0],
          [1, 0],
        ]
      : [
          [0, 0],
          [1, 0],
          [1, 1],
        ];
  };

/** One variance, and correlations that fall with the distance of places. */
const ofDistance = (
  name: DistanceFunctionName,
  words: Pick<CovarianceStructure, "meaning" | "statement" | "places">,
): CovarianceStructure =>
  scaledCorrelations(placeCorrelations(name), { sds: "common", absorbsResidual: (q) => q < 3, ...words });

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
    linear: linearOfTwo("each"),
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
    linear: linearOfTwo("common"),
  }),
  hetar1: scaledCorrelations(autoregression, {
    sds: "each",
    meaning: "the same with a variance each",
    statement: " with correlations φ^|i − j|",
    ofLevels: true,
    absorbsResidual: (q) => q < 3,
    linear: linearOfTwo("each"),
  }),
  toep: scaledCorrelations(toeplitz, {
    sds: "each",
    meaning: "a correlation for each lag between the levels of a factor, with a variance each",
    statement: " with correlations by |i − j|",
    ofLevels: true,
    linear: linearOfTwo("each"),
  }),
  homtoep: scaledCorrelations(toeplitz, {
    sds: "common",
    meaning: "the same with one variance",
    statement: " with one variance and correlations by |i − j|",
    ofLevels: true,
    linear: linearOfTwo("common"),
  }),
  ou: ofDistance("exponential", {
    meaning: "an Ornstein-Uhlenbeck process over times",
    statement: " = σ² exp(−|t_i − t_j|/range)",
    places: [1, 1],
  }),
  exp: ofDistance("exponential", {
    meaning: "correlations that fall exponentially with the distance of places",
    statement: " = σ² exp(−d_ij/range)",
    places: [1, 3],
  }),
  gau: ofDistance("gaussian", {
    meaning: "with the square of the distance",
    statement: " = σ² exp(−(d_ij/range)²)",
    places: [1, 3],
  }),
  mat: ofDistance("matern", {
    meaning: "by Matérn's function of the distance",
    statement: " = σ² Matérn(d_ij; range, smoothness)",
    places: [1, 3],
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
 * - `hetar1`: the same with q variances;
 * - `toep`, `homtoep`: a correlation a lag over the levels of a factor, with q variances or one;
 * - `ou`: an Ornstein-Uhlenbeck process over times;
 * - `exp`, `gau`, `mat`: correlations by the distance of places, exponential, Gaussian and Matérn's.
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

/** Structures by kind and number of effects, and those with given standard deviations or places by the list of them, so that each is made once. */
const free = new Map<CovarianceKind, BoundStructure[]>();
const given = new WeakMap<readonly unknown[], BoundStructure[]>();

/** The places of a term whose structure has them: a single effect has a variance and nothing else. */
const placesOf = (kind: CovarianceKind, places: Places | undefined): Places | undefined =>
  (STRUCTURES[kind] as CovarianceStructure).places ? places : undefined;

/** A structure of a term's effects. */
export function boundStructure({
  covariance,
  q,
  sd,
  places,
}: StructureTerm & { readonly covariance: CovarianceKind }): BoundStructure {
  const own = placesOf(covariance, places);
  const list = own ?? sd;
  if (list) {
    let known = given.get(list);
    if (!known) {
      known = [];
      given.set(list, known);
    }
    let structure = known.find(({ name, given }) => name === covariance && given === (sd ?? null));
    if (!structure) {
      structure = STRUCTURES[covariance].bind(covariance, { q, ...(sd && { sd }), ...(own && { places: own }) });
      known.push(structure);
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
