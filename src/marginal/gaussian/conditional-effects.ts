/** Random effects of merged factors by term: their modes and conditional covariances, from vectors and a factored system in the order of u. */
import type { EffectsCovariance, EffectsOfTerm } from "../effects-covariance.ts";
import type { MergedFactor } from "./merged-factor.ts";
import type { RandomEffectsSystem } from "./random-effects-system.ts";

/** Copies b, in the order of u, to one array a term: levels × q. */
export function scatterEffects(factors: readonly MergedFactor[], b: Float64Array, out: readonly Float64Array[]): void {
  for (const { levels, q, base, terms } of factors)
    for (const term of terms)
      for (let l = 0; l < levels; l++)
        for (let a = 0; a < term.q; a++) out[term.term]![l * term.q + a] = b[base + l * q + term.at + a]!;
}

/** Copies covariances of the effects of each level, by factor, to one array a term: levels × q × q. */
export function scatterCovariances(
  factors: readonly MergedFactor[],
  covariances: readonly Float64Array[],
  out: readonly Float64Array[],
): void {
  factors.forEach(({ levels, q, terms }, f) => {
    for (const term of terms)
      for (let l = 0; l < levels; l++)
        for (let a = 0; a < term.q; a++)
          for (let b = 0; b < term.q; b++)
            out[term.term]![(l * term.q + a) * term.q + b] = covariances[f]![(l * q + term.at + a) * q + term.at + b]!;
  });
}

/** Writes σ²ΛH⁻¹Λ' of every level by term: levels × q × q. Λ is relative to σ, the system factored at it. */
export function conditionalCovariances(
  factors: readonly MergedFactor[],
  lambda: readonly Float64Array[],
  system: RandomEffectsSystem,
  variance: number,
  out: readonly Float64Array[],
): void {
  factors.forEach(({ levels, q, terms }, f) => {
    const inverse = new Float64Array(levels * q * q);
    system.inverseBlocks(f, inverse);
    const block = lambda[f]!;
    const product = new Float64Array(q * q);
    for (let l = 0; l < levels; l++) {
      for (let a = 0; a < q; a++)
        for (let b = 0; b < q; b++) {
          let sum = 0;
          for (let c = 0; c <= a; c++) sum += block[a * q + c]! * inverse[(l * q + c) * q + b]!;
          product[a * q + b] = sum;
        }
      for (const term of terms)
        for (let a = 0; a < term.q; a++)
          for (let b = 0; b < term.q; b++) {
            let sum = 0;
            for (let c = 0; c <= term.at + b; c++)
              sum += product[(term.at + a) * q + c]! * block[(term.at + b) * q + c]!;
            out[term.term]![(l * term.q + a) * term.q + b] = variance * sum;
          }
    }
  });
}

/** σ²ΛH⁻¹Λ' of all effects together, as a root. Λ is relative to σ, the system factored at it. */
export function effectsCovarianceOf(
  factors: readonly MergedFactor[],
  lambda: readonly Float64Array[],
  system: RandomEffectsSystem,
  sigma: number,
): EffectsCovariance {
  const terms: EffectsOfTerm[] = [];
  factors.forEach(({ levels, q, base, terms: merged }, f) => {
    for (const { term, at, q: own } of merged) {
      const factor = new Float64Array(own * own);
      for (let a = 0; a < own; a++)
        for (let b = 0; b <= a; b++) factor[a * own + b] = sigma * lambda[f]![(at + a) * q + at + b]!;
      terms[term] = { q: own, start: Int32Array.from({ length: levels }, (_, l) => base + l * q + at), factor };
    }
  });
  return {
    size: system.size,
    terms,
    independentLevels: !system.inverseEntries,
    halfSolve: (x) => system.halfSolve(x, 1),
    halfSolveTransposed: (x) => system.halfSolveTransposed(x, 1),
    quadraticForm: system.quadraticForm,
  };
}
