/** The computation that serves a correlation structure best: linear in the rows where there is one. */
import type { SpatialKind } from "../dsl/residual-spec.ts";
import { bandedArma, lagEntries } from "./arma-correlation.ts";
import { compoundSymmetry } from "./compound-symmetry.ts";
import type { Correlation } from "./correlation.ts";
import { denseCorrelation } from "./dense-correlation.ts";
import { independent } from "./independent.ts";
import { markovCorrelation } from "./markov-correlation.ts";
import { occasionEntries, sharedEntry } from "./occasion-entries.ts";
import type { CorrelationPart, ResidualData } from "./residual-data.ts";
import { internalValues } from "./residual-parameters.ts";
import { spatialEntries } from "./spatial-entries.ts";

/** Whether the times of every group are consecutive whole numbers. */
function consecutive({ start, place }: Pick<CorrelationPart, "start" | "place">): boolean {
  for (let g = 0; g + 1 < start.length; g++)
    for (let t = start[g]! + 1; t < start[g + 1]!; t++) if (place[t]! - place[t - 1]! !== 1) return false;
  return true;
}

/** Whether the structure's cost is linear in the rows. */
const isLinear = (part: CorrelationPart, paired: boolean): boolean =>
  part.kind === "corAR1" ||
  part.kind === "corCAR1" ||
  (!paired && (part.kind === "corCompSymm" || (part.kind === "corARMA" && consecutive(part))));

/** Largest group whose correlation matrix is factored whole. */
export const MOST_DENSE_ROWS = 6000;

/** Rows of the largest group that has to be factored as a dense matrix; 0 where none has. */
export function largestDenseGroup(part: CorrelationPart, paired: boolean): number {
  if (isLinear(part, paired)) return 0;
  let most = 0;
  for (let g = 0; g + 1 < part.start.length; g++) most = Math.max(most, part.start[g + 1]! - part.start[g]!);
  return most;
}

/** @param paired whether C⁻¹ is needed by pairs of rows, as models with random effects do */
export function createCorrelation(data: ResidualData, paired: boolean): Correlation {
  const part = data.correlation;
  if (part === null) return independent(data.n);
  const { kind, start, place, dimensions, metric, nugget, p, q, occasions } = part;
  const held = part.fixed ? internalValues(part) : null;
  const one = held ? held[0]! : null;
  switch (kind) {
    case "corAR1":
    case "corCAR1":
      return markovCorrelation(start, place, one);
    case "corCompSymm":
      return paired ? denseCorrelation(start, sharedEntry(one)) : compoundSymmetry(start, one);
    case "corARMA":
      return isLinear(part, paired)
        ? bandedArma(start, p, q, held)
        : denseCorrelation(start, lagEntries(p, q, place, held));
    case "corSymm":
      return denseCorrelation(start, occasionEntries(place, occasions.length, held));
    default:
      return denseCorrelation(
        start,
        spatialEntries(kind satisfies SpatialKind, place, dimensions, metric, nugget, held && [...held]),
      );
  }
}
