/** Levels that the fit has not seen, given random effects of their own. */
import type { RandomTermDesign } from "../data/design.ts";
import { fillFactor, type TermLayout } from "../model/parameter-layout.ts";
import type { Rng } from "../random/rng.ts";

/** The term with a level of its own, past the `seen` ones, for each row whose level the fit has not seen. */
export function withNewLevels(term: RandomTermDesign, seen: number): RandomTermDesign {
  if (!term.index.includes(-1)) return term;
  const index = term.index.slice();
  const levels = term.levels.slice(0, seen);
  for (let i = 0; i < index.length; i++) {
    if (index[i] !== -1) continue;
    index[i] = levels.length;
    levels.push(`new row ${i + 1}`);
  }
  return { ...term, index, levels };
}

/** Draws b = Λu, u standard normal, for the levels from ≤ level < to into `b` (levels × q). */
export function drawEffects(
  rng: Rng,
  x: Float64Array,
  layout: TermLayout,
  from: number,
  to: number,
  b: Float64Array,
): void {
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
