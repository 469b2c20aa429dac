/** The factors Λ of merged terms, one q × q block a grouping factor, from the terms' entries in the natural vector, and back for gradients. */

import { boundStructure } from "../../covariance/structures.ts";
import { scaledEntries } from "../../covariance/term-factor.ts";
import type { ParameterLayout } from "../../model/parameter-layout.ts";
import type { MergedFactor } from "./merged-factor.ts";

export interface RelativeFactors {
  /** Number of entries of all terms. */
  readonly entries: number;
  /**
   * Overwrites the blocks (q × q row-major, one a factor) with Λ times `scale`, of terms with given standard deviations times `given` (default
   * `scale`); entries begin at x[offset].
   */
  fill(x: Float64Array, offset: number, scale: number, blocks: readonly Float64Array[], given?: number): void;
  /** Adds the gradient of a function of the blocks, times those multiples, to out[at …], in the entries at x[offset …]. */
  addGradient(
    blocks: readonly Float64Array[],
    x: Float64Array,
    offset: number,
    scale: number,
    out: Float64Array,
    at: number,
    given?: number,
  ): void;
  /** Σ x_e g_e over the entries that Λ is proportional to: the derivative in c of a function of the blocks times c, at c = 1; of terms without given sds. */
  slopeOfScale(x: Float64Array, offset: number, gradient: Float64Array, at: number): number;
  /** The same of the terms with given standard deviations, from the blocks and the gradient in them. */
  slopeOfGiven(blocks: readonly Float64Array[], gradient: readonly Float64Array[]): number;
}

export function relativeFactors(
  factors: readonly MergedFactor[],
  { terms: layouts }: ParameterLayout,
): RelativeFactors {
  const first = layouts[0]?.offset ?? 0;
  const entries = layouts.reduce((sum, { size }) => sum + size, 0);
  const terms = layouts.map((term, t) => {
    const { offset, q, size } = term;
    const f = factors.findIndex((factor) => factor.terms.some((own) => own.term === t));
    const { q: width, terms: merged } = factors[f]!;
    const { at } = merged.find((own) => own.term === t)!;
    // entry (a, b) of the term's own Λ lies at corner + a·width + b of the block
    const corner = at * width + at;
    return { structure: boundStructure(term), start: offset - first, size, q, f, width, corner };
  });
  const scaled = scaledEntries({
    size: entries,
    terms: layouts.map((term) => ({ ...term, offset: term.offset - first })),
  });
  const own = terms.map(({ q }) => new Float64Array(q * q));
  const slope = new Float64Array(entries);
  // structures read and write x and its gradient at one position
  const point = new Float64Array(entries);
  return {
    entries,
    fill(x, offset, scale, blocks, given = scale) {
      for (let t = 0; t < terms.length; t++) {
        const { structure, start, q, f, width, corner } = terms[t]!;
        const L = own[t]!;
        structure.fill(x, offset + start, L);
        const block = blocks[f]!;
        const multiple = structure.given ? given : scale;
        for (let a = 0; a < q; a++)
          for (let b = 0; b <= a; b++) block[corner + a * width + b] = L[a * q + b]! * multiple;
      }
    },
    addGradient(blocks, x, offset, scale, out, at, given = scale) {
      for (let e = 0; e < entries; e++) {
        point[e] = x[offset + e]!;
        slope[e] = 0;
      }
      for (let t = 0; t < terms.length; t++) {
        const { structure, start, q, f, width, corner } = terms[t]!;
        const dL = own[t]!;
        const block = blocks[f]!;
        for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) dL[a * q + b] = block[corner + a * width + b]!;
        structure.pullback(point, start, dL, slope);
      }
      for (const { structure, start, size } of terms) {
        const multiple = structure.given ? given : scale;
        for (let e = start; e < start + size; e++) out[at + e]! += slope[e]! * multiple;
      }
    },
    slopeOfScale(x, offset, gradient, at) {
      let sum = 0;
      for (let e = 0; e < entries; e++) if (scaled[e]) sum += gradient[at + e]! * x[offset + e]!;
      return sum;
    },
    slopeOfGiven(blocks, gradient) {
      let sum = 0;
      for (const { structure, q, f, width, corner } of terms) {
        if (!structure.given) continue;
        for (let a = 0; a < q; a++)
          for (let b = 0; b <= a; b++)
            sum += blocks[f]![corner + a * width + b]! * gradient[f]![corner + a * width + b]!;
      }
      return sum;
    },
  };
}
