/** Which coefficients the centred terms take in: P of v = b + Pβ, so that v are a level's own intercept and slopes. */
import { predictorOfColumn } from "../data/design.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import type { Parameterisation } from "./effect-coordinates.ts";

/** Whether column a of Z (n × q) and column j of X (n × p) are the same numbers. */
function sameColumn(Z: Float64Array, q: number, a: number, X: Float64Array, p: number, j: number, n: number): boolean {
  for (let i = 0; i < n; i++) if (Z[i * q + a] !== X[i * p + j]) return false;
  return true;
}

/**
 * P by term, q × coefficients in standardised units, row-major; null where it is 0. A coefficient whose column is that of an effect is taken
 * in by one centred term: of several, the one with the fewest levels, whose mean tells least of it.
 *
 * @param data in the user's units
 * @param toOriginal T of β = Tβ̃, coefficients × coefficients, row-major
 * @param scales by term and effect: b̃ = scale × b
 */
export function hierarchicalCentres(
  { n, predictors, random, layout }: IntegralData,
  parameterisation: readonly Parameterisation[],
  toOriginal: Float64Array,
  scales: readonly Float64Array[],
): (Float64Array | null)[] {
  const coefficients = Math.sqrt(toOriginal.length);
  const maps: (Float64Array | null)[] = random.map(() => null);
  const taken = new Set<number>();
  const byLevels = random
    .map((term, t) => ({ term, t }))
    .filter(({ t }) => parameterisation[t] === "centred")
    .sort((a, b) => a.term.levels.length - b.term.levels.length);
  for (const { term, t } of byLevels)
    for (let a = 0; a < term.q; a++) {
      const r = predictorOfColumn(term, a);
      const { names, X } = predictors[r]!;
      const j = names.findIndex((_, j) => sameColumn(term.Z, term.q, a, X, names.length, j, n));
      if (j < 0) continue;
      const coefficient = layout.beta[r]!.offset + j;
      if (taken.has(coefficient)) continue;
      taken.add(coefficient);
      const map = (maps[t] ??= new Float64Array(term.q * coefficients));
      for (let k = 0; k < coefficients; k++)
        map[a * coefficients + k] = scales[t]![a]! * toOriginal[coefficient * coefficients + k]!;
    }
  return maps;
}
