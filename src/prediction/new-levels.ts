/** Levels that the fit has not seen, given random effects of their own. */
import { precisionFactor } from "../covariance/level-precision.ts";
import type { RandomTermDesign } from "../data/design.ts";
import { fillFactor, type ParameterLayout, type TermLayout } from "../model/parameter-layout.ts";
import { createRng, type Rng } from "../random/rng.ts";

/**
 * The term with a place past the `seen` ones for each level that the fit has not seen; rows of one level share it. A row without a level
 * (the grouping column is absent or missing) is a group by itself.
 *
 * @param rows index of each row in the table, to name groups without a level
 */
export function withNewLevels(term: RandomTermDesign, seen: number, rows?: Int32Array): RandomTermDesign {
  if (!term.index.includes(-1)) return term;
  const index = term.index.slice();
  const levels = term.levels.slice(0, seen);
  const known = new Map<string, number>();
  for (let i = 0; i < index.length; i++) {
    if (index[i] !== -1) continue;
    const label = term.unseen?.[i] ?? null;
    let level = label === null ? undefined : known.get(label);
    if (level === undefined) {
      level = levels.length;
      levels.push(label ?? `new row ${(rows ? rows[i]! : i) + 1}`);
      if (label !== null) known.set(label, level);
    }
    index[i] = level;
  }
  return { ...term, index, levels };
}

/** The term with all its levels taken to be new ones of the same names. */
export function allLevelsNew(term: RandomTermDesign): RandomTermDesign {
  const unseen = Array.from(term.index, (level, i) => (level >= 0 ? term.levels[level]! : (term.unseen?.[i] ?? null)));
  return { ...term, index: term.index.slice().fill(-1), unseen };
}

/** Draws b = Λu, u standard normal, for the levels from ≤ level < to into `b` (levels × q). */
function drawEffects(rng: Rng, x: Float64Array, layout: TermLayout, from: number, to: number, b: Float64Array): void {
  if (from >= to) return;
  const { q } = layout;
  const factor = new Float64Array(q * q);
  const u = new Float64Array(q);
  fillFactor(layout, x, factor);
  for (let level = from; level < to; level++) {
    for (let a = 0; a < q; a++) u[a] = rng.normal();
    for (let a = 0; a < q; a++) {
      let s = 0;
      for (let c = 0; c <= a; c++) s += factor[a * q + c]! * u[c]!;
      b[level * q + a] = s;
    }
  }
}

/**
 * Draws the effects of all levels of a term into `b` (levels × q): jointly where they have a known covariance. Levels past those of the matrix
 * are new ones, unrelated to them and with an entry of 1 on its diagonal.
 */
export function drawTermEffects(
  rng: Rng,
  x: Float64Array,
  layout: TermLayout,
  { levels, known }: Pick<RandomTermDesign, "levels" | "known">,
  b: Float64Array,
): void {
  const related = known ? known.pattern.size : 0;
  if (known) {
    const { q } = layout;
    const size = related * q;
    const factor = new Float64Array(q * q);
    fillFactor(layout, x, factor);
    const u = new Float64Array(size);
    for (let i = 0; i < size; i++) u[i] = rng.normal();
    precisionFactor(known).halfSolveTransposed(u, q);
    for (let base = 0; base < size; base += q)
      for (let a = 0; a < q; a++) {
        let s = 0;
        for (let c = 0; c <= a; c++) s += factor[a * q + c]! * u[base + c]!;
        b[base + a] = s;
      }
  }
  drawEffects(rng, x, layout, related, levels.length, b);
}

/** Random effects of new levels: drawn from N(0, Σ), or those of a group of the fit taken at random. */
export type NewEffects = "new-group" | "resampled";

/**
 * Makes a function that completes the random effects of one draw with those of the new levels. Every new level has a stream of its own, keyed by its
 * name, so that its effect in a draw is the same in whatever block of rows, and beside whatever other levels, it stands. Call it
 * once a draw, in order.
 *
 * @param random terms whose levels go on past the `seen` ones of the fit
 */
export function newLevelEffects(
  random: readonly RandomTermDesign[],
  seen: readonly number[],
  layout: ParameterLayout,
  mode: NewEffects,
  seed: string | number,
): (x: Float64Array, known: readonly Float64Array[] | null) => readonly Float64Array[] {
  const terms = random.map(({ group, levels, q }, t) => ({
    q,
    slice: layout.terms[t]!,
    seen: seen[t]!,
    // two terms with one grouping factor draw apart
    streams: levels.slice(seen[t]!).map((level) => createRng(`${seed}/new level/${t}/${group}/${level}`)),
    b: new Float64Array(levels.length * q),
  }));
  return (x, known) =>
    terms.map(({ q, slice, seen: first, streams, b }, t) => {
      if (known) b.set(known[t]!);
      streams.forEach((rng, k) => {
        const level = first + k;
        if (mode === "new-group") drawEffects(rng, x, slice, level, level + 1, b);
        else {
          const from = Math.floor(rng.uniform() * first) * q;
          b.copyWithin(level * q, from, from + q);
        }
      });
      return b;
    });
}
