/** The covariance structures of random terms by name. */
import { commonCorrelation } from "./common-correlation.ts";
import type { CovarianceKind, CovarianceStructure } from "./covariance-structure.ts";
import { factorEntries } from "./factor-entries.ts";

const STRUCTURES: Readonly<Record<CovarianceKind, CovarianceStructure>> = {
  us: factorEntries("us"),
  diag: factorEntries("diag"),
  homdiag: commonCorrelation("homdiag"),
  cs: commonCorrelation("cs"),
  homcs: commonCorrelation("homcs"),
};

export const COVARIANCE_KINDS = Object.keys(STRUCTURES) as readonly CovarianceKind[];

export const structureOf = (kind: CovarianceKind): CovarianceStructure => STRUCTURES[kind];

/** Whether a word names a covariance structure. */
export const isCovarianceKind = (word: string): word is CovarianceKind => Object.hasOwn(STRUCTURES, word);
