/** The covariance structures of random terms by name. */
import type { CovarianceKind, CovarianceStructure } from "./covariance-structure.ts";
import { factorEntries } from "./factor-entries.ts";

const STRUCTURES: Readonly<Record<CovarianceKind, CovarianceStructure>> = {
  us: factorEntries("us"),
  diag: factorEntries("diag"),
};

export const COVARIANCE_KINDS = Object.keys(STRUCTURES) as readonly CovarianceKind[];

export const structureOf = (kind: CovarianceKind): CovarianceStructure => STRUCTURES[kind];

/** Whether a word names a covariance structure. */
export const isCovarianceKind = (word: string): word is CovarianceKind => Object.hasOwn(STRUCTURES, word);
