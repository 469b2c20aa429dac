/**
 * Random terms whose model depends on where a column has its zero, of columns that lie far from it. `(x | g)` has the same likelihood wherever that is, since
 * its intercepts and slopes have any covariance matrix; effects without an intercept, without correlations or with a structure of them have not.
 */
import { boundStructure } from "../covariance/structures.ts";
import { predictorOfColumn, type RandomTermDesign } from "../data/design.ts";
import { originOfEffects } from "../messages/fitting.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { CompiledModel } from "./compiled-model.ts";

/** So many standard deviations of the column from 0 on, as years of this century have and ages do not. */
const FAR = 50;

/** Whether effects of one predictor with any covariance matrix make up for another origin: the columns that hold only 0 and 1 add up to 1. */
function hasIntercept({ q, Z }: RandomTermDesign, n: number, columns: readonly number[]): boolean {
  const indicators = columns.filter((a) => {
    for (let i = 0; i < n; i++) if (Z[i * q + a] !== 0 && Z[i * q + a] !== 1) return false;
    return true;
  });
  for (let i = 0; i < n; i++) if (indicators.reduce((sum, a) => sum + Z[i * q + a]!, 0) !== 1) return false;
  return n > 0;
}

/** How many of its standard deviations a column of Z lies from 0; 0 where it does not vary. */
function distanceOf({ q, Z }: RandomTermDesign, n: number, a: number): number {
  const first = Z[a]!;
  let [mean, square, varies] = [0, 0, false];
  for (let i = 0; i < n; i++) {
    mean += Z[i * q + a]! / n;
    varies ||= Z[i * q + a] !== first;
  }
  if (!varies) return 0;
  for (let i = 0; i < n; i++) square += (Z[i * q + a]! - mean) ** 2 / n;
  return square > 0 ? Math.abs(mean) / Math.sqrt(square) : 0;
}

/** A warning for each term with such columns. */
export function distantEffects({ design: { random, n } }: CompiledModel): FitWarning[] {
  return random.flatMap((term) => {
    const columns = term.names.map((_, a) => a);
    const free = boundStructure(term).unstructured;
    const far = columns.filter((a) => {
      if (!(distanceOf(term, n, a) > FAR)) return false;
      const beside = columns.filter((b) => predictorOfColumn(term, b) === predictorOfColumn(term, a));
      return !(free && hasIntercept(term, n, beside));
    });
    if (far.length === 0) return [];
    const distance = Math.max(...far.map((a) => distanceOf(term, n, a)));
    return [
      originOfEffects(
        term.group,
        far.map((a) => term.names[a]!),
        distance,
      ),
    ];
  });
}
