/** Given standard deviations of random effects, as declarations write them. */

import type { CovarianceKind } from "../covariance/structures.ts";
import { isCovarianceKind } from "../covariance/structures.ts";

/** What a word in front of a random term says of its covariances: the structure, and whether standard deviations are 1 or have to be given. */
export interface StructureWord {
  readonly kind: CovarianceKind;
  readonly sds: "free" | "one" | "given";
}

/** MCMCglmm's words for correlation matrices with variances that are not estimated, those of its older versions and of today's. */
const CORRELATION_WORDS: Readonly<Record<string, StructureWord["sds"]>> = {
  cor: "one",
  corg: "one",
  corh: "given",
  corgh: "given",
};

/** Null for a word that names no structure. */
export function structureWord(word: string): StructureWord | null {
  if (isCovarianceKind(word)) return { kind: word, sds: "free" };
  return Object.hasOwn(CORRELATION_WORDS, word) ? { kind: "us", sds: CORRELATION_WORDS[word]! } : null;
}

/** Whether these can be standard deviations: at least one, all finite and above 0. */
export const areSds = (values: readonly unknown[]): values is readonly number[] =>
  values.length > 0 &&
  values.every((value) => typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY);

/** `2` for one value, `c(1, 2)` for several. */
export const sdText = (sd: readonly number[]): string => (sd.length === 1 ? String(sd[0]) : `c(${sd.join(", ")})`);
