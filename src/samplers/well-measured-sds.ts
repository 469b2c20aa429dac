/**
 * Which standard deviations the data keep so far from 0 that their logarithms are the better coordinates. With few levels that are well
 * measured the density falls to nothing on the way to 0, in a wall that grows steeper without bound (as exp(−c/s²)): a trajectory in s
 * runs into it and diverges, in log s it turns. Where 0 is within reach, or many levels make the density nearly normal in s, s stays.
 */
import type { RandomTermDesign } from "../data/design.ts";
import type { Mode } from "./mode.ts";
import type { Target } from "./target-data.ts";

/** Levels from which on the density of s is close enough to normal. */
const MANY_LEVELS = 15;
/** By how much the log density is lower at 0 than at the mode where 0 is out of reach. */
const OUT_OF_REACH = 5;

/** By term and standard deviation; null where none is. */
export function wellMeasuredSds(
  random: readonly RandomTermDesign[],
  { chart, density }: Target,
  mode: Mode,
): readonly (readonly boolean[])[] | null {
  const z = mode.z.slice();
  const gradient = new Float64Array(z.length);
  const found = chart.terms.map(({ chart: term, offset }, t) =>
    term.signed.map((signed, a) => {
      if (!signed || random[t]!.levels.length >= MANY_LEVELS) return false;
      z[offset + a] = 0;
      const there = density.evaluate(z, gradient);
      z[offset + a] = mode.z[offset + a]!;
      return !(there > mode.logDensity - OUT_OF_REACH);
    }),
  );
  return found.some((term) => term.includes(true)) ? found : null;
}
