/** The covariance structures of random terms by name. */
import { commonCorrelation } from "./common-correlation.ts";
import type { CovarianceKind, CovarianceStructure } from "./covariance-structure.ts";
import { factorEntries } from "./factor-entries.ts";
import { givenSds } from "./given-sds.ts";

const STRUCTURES: Readonly<Record<CovarianceKind, CovarianceStructure>> = {
  us: factorEntries("us"),
  diag: factorEntries("diag"),
  homdiag: commonCorrelation("homdiag"),
  cs: commonCorrelation("cs"),
  homcs: commonCorrelation("homcs"),
};

export const COVARIANCE_KINDS = Object.keys(STRUCTURES) as readonly CovarianceKind[];

/** Structures with given standard deviations by the list of them, so that they are made once a term. */
const made = new WeakMap<readonly number[], CovarianceStructure>();

/**
 * The structure of a kind.
 *
 * @param sd given standard deviations, one an effect; absent: they are free
 */
export function structureOf(kind: CovarianceKind, sd?: readonly number[]): CovarianceStructure {
  if (!sd) return STRUCTURES[kind];
  let structure = made.get(sd);
  if (structure?.kind !== kind) {
    structure = givenSds(STRUCTURES[kind], sd);
    made.set(sd, structure);
  }
  return structure;
}

/** Whether a word names a covariance structure. */
export const isCovarianceKind = (word: string): word is CovarianceKind => Object.hasOwn(STRUCTURES, word);
