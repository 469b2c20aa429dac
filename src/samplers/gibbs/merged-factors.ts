/** Λ of the terms of each grouping factor, merged as the effects of a level are. */
import type { Grouping } from "../../marginal/gaussian/grouping.ts";
import { placeOf } from "./working-model.ts";

export interface MergedFactors {
  /** By factor: q × q lower triangular row-major, q the effects a level over all its terms. */
  readonly values: readonly Float64Array[];
  /** Sets them to √s times the Λ given by term. */
  set(lambda: readonly Float64Array[], scale: number): void;
}

export function mergedFactors(grouping: Grouping, terms: number): MergedFactors {
  const values = grouping.factors.map(({ q }) => new Float64Array(q * q));
  const places = Array.from({ length: terms }, (_, t) => placeOf(grouping, t));
  return {
    values,
    set(lambda, scale) {
      const root = Math.sqrt(scale);
      for (let t = 0; t < places.length; t++) {
        const { factor, at } = places[t]!;
        const own = lambda[t]!;
        const { q } = grouping.factors[factor]!;
        const height = Math.sqrt(own.length);
        for (let a = 0; a < height; a++)
          for (let c = 0; c <= a; c++) values[factor]![(at + a) * q + at + c] = root * own[a * height + c]!;
      }
    },
  };
}
