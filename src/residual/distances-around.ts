/** The distances of pairs of rows next to a given one: where the range of a correlation of bounded reach has kinks. */

import { distance } from "../covariance/distance-entries.ts";
import type { CorrelationPart } from "./residual-data.ts";

/**
 * The distances within groups that lie next to `range`: the two below or at it and the two above, nearest first; fewer at the ends. Equal distances,
 * up to a relative 1e-12, count once.
 */
export function distancesAround({ start, place, dimensions, metric }: CorrelationPart, range: number): number[] {
  const below = [Number.NaN, Number.NaN];
  const above = [Number.NaN, Number.NaN];
  const apart = (a: number, b: number) => !(Math.abs(a - b) <= 1e-12 * range);
  for (let g = 0; g + 1 < start.length; g++)
    for (let i = start[g]!; i < start[g + 1]!; i++)
      for (let j = start[g]!; j < i; j++) {
        const d = distance(place, dimensions, i, j, metric);
        if (d === 0) continue;
        const side = d <= range ? below : above;
        const closer = (other: number) => !(Math.abs(other - range) <= Math.abs(d - range));
        if (closer(side[0]!)) {
          if (apart(side[0]!, d)) side[1] = side[0]!;
          side[0] = d;
        } else if (apart(side[0]!, d) && closer(side[1]!)) side[1] = d;
      }
  return [...below, ...above].filter((d) => !Number.isNaN(d)).sort((a, b) => Math.abs(a - range) - Math.abs(b - range));
}
