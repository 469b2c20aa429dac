/**
 * Compound symmetry of residuals, C = (1 − ρ)I + ρ11' in each group, in O(n) by the factor that random effects have too: that of the longest group
 * serves all. Used where there are no random effects.
 */
import { compoundSymmetrySequence } from "../covariance/compound-symmetry.ts";
import { emptySequence } from "../covariance/sequence.ts";
import type { Correlation } from "./correlation.ts";
import { sequentialCorrelation } from "./sequential-correlation.ts";

/** @param held ρ when it is not estimated */
export function compoundSymmetry(start: Int32Array, held: number | null): Correlation {
  let longest = 0;
  for (let g = 0; g + 1 < start.length; g++) longest = Math.max(longest, start[g + 1]! - start[g]!);
  const sequence = emptySequence(longest);
  return sequentialCorrelation(
    start,
    sequence,
    () => 0,
    held,
    (rho) => {
      if (!(rho < 1 && 1 + (longest - 1) * rho > 0)) return false;
      compoundSymmetrySequence(longest, rho, sequence);
      return true;
    },
  );
}
