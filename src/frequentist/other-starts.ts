/** The starts that a model suggests beside the usual one, and how many of them are worth their time. */
import { boundStructure } from "../covariance/structures.ts";
import { scaledIdentity } from "../linalg/scaled-identity.ts";
import type { TermLayout } from "../model/parameter-layout.ts";
import { fillFactor, writeFactor } from "../model/parameter-layout.ts";

/** Where a search began. */
export type StartName =
  | "default"
  | "perfect correlations"
  | "small effects"
  | "large effects"
  | "positive correlations"
  | "negative correlations"
  | "large effects, positive correlations"
  | "large effects, negative correlations";

export interface OtherStart {
  readonly name: StartName;
  readonly x: Float64Array;
  /** Where the search takes its metric from, if not from `x`: a singular factor has none. */
  readonly metricAt?: Float64Array;
}

/** Grouping factors of more levels say enough of their variances for one maximum. */
const FEW_LEVELS = 60;
/** Standard deviations of the starts, in those of a standardised effect (for a Gaussian response over sigma). */
const SMALL = 0.2;
const LARGE = 4;
/** The correlation of the first effect of a term with each of the others, or its negative. */
const CORRELATION = 0.95;

/** Λ of standard deviations `sd` in which the first effect has the correlation r with each of the others. */
function correlatedFactor(q: number, sd: number, r: number): Float64Array {
  const L = scaledIdentity(q, sd * Math.sqrt(1 - r * r));
  L[0] = sd;
  for (let row = 1; row < q; row++) L[row * q] = sd * r;
  return L;
}

/**
 * A point of the boundary beside a maximum inside it: of each term whose effects correlate freely, the last effect has no variance beside what the others
 * explain. By symmetry a search from there stays on the boundary, where there may be a higher maximum. None where `at` is on the boundary itself.
 */
function onBoundary(terms: readonly TermLayout[], at: Float64Array): OtherStart[] {
  const x = at.slice();
  let moved = false;
  for (const term of terms) {
    const { q, unstructured } = boundStructure(term);
    if (q === 1 || !unstructured) continue;
    const L = new Float64Array(q * q);
    fillFactor(term, at, L);
    if (L[q * q - 1] === 0) continue;
    L[q * q - 1] = 0;
    writeFactor(term, L, x);
    moved = true;
  }
  return moved ? [{ name: "perfect correlations", x, metricAt: at }] : [];
}

/**
 * The starts that terms suggest: the boundary beside the maximum found, effects small or large beside what else varies and, where effects of a term correlate, both signs of their correlation.
 * None where every grouping factor has many levels, unless `always`. The first are those that most often lead elsewhere.
 *
 * @param levels of each term
 * @param found the maximum that one search found
 * @param at the point whose other coordinates the other starts keep
 */
export function startsOfTerms(
  terms: readonly TermLayout[],
  levels: readonly number[],
  found: Float64Array,
  at: Float64Array,
  always = false,
): OtherStart[] {
  if (terms.length === 0 || !(always || levels.some((count) => count <= FEW_LEVELS))) return [];
  const make = (name: StartName, factor: (q: number) => Float64Array): OtherStart => {
    const x = at.slice();
    for (const term of terms) writeFactor(term, factor(term.q), x);
    return { name, x };
  };
  const correlate = terms.some((term) => term.q > 1 && !boundStructure(term).diagonal);
  const correlated = (name: StartName, sd: number, r: number) =>
    correlate ? [make(name, (q) => correlatedFactor(q, sd, r))] : [];
  return [
    ...onBoundary(terms, found),
    ...correlated("large effects, negative correlations", LARGE, -CORRELATION),
    ...correlated("large effects, positive correlations", LARGE, CORRELATION),
    make("small effects", (q) => scaledIdentity(q, SMALL)),
    ...correlated("negative correlations", 1, -CORRELATION),
    ...correlated("positive correlations", 1, CORRELATION),
    make("large effects", (q) => scaledIdentity(q, LARGE)),
  ];
}

/** What a fit costs beside its evaluations (compiling, tables), and what an effect adds to an evaluation, in rows evaluated once. */
const FIXED_COST = 20_000;
const EFFECT_COST = 5;

/**
 * How many evaluations other starts may take: half a fit's time, reckoned in rows rather than seconds so that a fit is the same on every machine.
 *
 * @param used evaluations of the first search
 */
export function evaluationsToSpend(rows: number, effects: number, used: number): number {
  return 0.5 * (used + FIXED_COST / (rows + EFFECT_COST * effects));
}
