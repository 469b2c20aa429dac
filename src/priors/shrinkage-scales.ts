/** The law of the scales of a resolved shrinkage prior: a file of its own, which a page loads with the first fit. */
import { horseshoeScales } from "./horseshoe-scales.ts";
import { r2d2Scales } from "./r2d2-scales.ts";
import type { ResolvedShrinkage } from "./shrinkage.ts";
import type { ShrinkageLaw } from "./shrinkage-law.ts";

/** The law of the scales. */
export function shrinkageLaw({ distribution, names, rows }: ResolvedShrinkage): ShrinkageLaw {
  if (distribution.name === "R2D2") {
    const [meanR2, precR2, concentration] = distribution.parameters as [number, number, number];
    return r2d2Scales(names, { a: meanR2 * precR2, b: (1 - meanR2) * precR2, concentration });
  }
  const [df, scaleGlobal, dfGlobal, scaleSlab, dfSlab, parRatio] = distribution.parameters as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return horseshoeScales(names, {
    df,
    scaleGlobal: parRatio > 0 ? parRatio / Math.sqrt(rows) : scaleGlobal,
    dfGlobal,
    scaleSlab,
    dfSlab,
  });
}
