/** The random effects given the parameters at the mode: where chains of a joint target start, and how much the data say of each term. */
import { solveLower } from "../linalg/triangular.ts";
import { fillFactor } from "../model/parameter-layout.ts";
import type { Target } from "./target-data.ts";

/** A term's effects given the parameters; lists are levels × q. */
export interface ConditionalEffects {
  readonly q: number;
  /** Conditional modes and variances of b. */
  readonly b: Float64Array;
  readonly bVariance: Float64Array;
  /** The same of u = Λ⁻¹b; in a direction in which Λ is singular 0 and the prior's 1. */
  readonly u: Float64Array;
  readonly uVariance: Float64Array;
  /**
   * What the data tell of the effects relative to what their prior tells: f/(1 − f), f the mean over levels and effects of 1 − var(u)
   * (relative to the prior variance of u where a known covariance makes that other than 1). With effects that are independent given the
   * parameters f is the mean of λ/(1 + λ) over the eigenvalues λ of every level's Λ'Z'WZΛ (W the kernel's second derivatives at the modes),
   * so that with one intercept a level, and equally many rows of equal weight, it is λ = variance × rows × weight itself.
   */
  readonly information: number;
}

/**
 * @param target integrated
 * @param x its natural parameters, standardised
 */
export function conditionalEffects({ marginal, standardisation }: Target, x: Float64Array): ConditionalEffects[] {
  const { modes, covariances } = marginal!.conditionalModes(x);
  return marginal!.layout.terms.map((term, t) => {
    const { q } = term;
    const factor = new Float64Array(q * q);
    fillFactor(term, x, factor);
    const b = modes[t]!;
    const size = b.length;
    const bVariance = new Float64Array(size);
    const u = b.slice();
    const uVariance = new Float64Array(size);
    const half = new Float64Array(q * q);
    const row = new Float64Array(q);
    const known = standardisation.data.random[t]!.known;
    let told = 0;
    for (let base = 0; base < size; base += q) {
      solveLower(factor, 0, q, q, u, base);
      // half = Λ⁻¹C, then var(u_a) is entry a of Λ⁻¹ applied to row a of it.
      half.set(covariances[t]!.subarray(base * q, (base + q) * q));
      for (let a = 0; a < q; a++) bVariance[base + a] = half[a * q + a]!;
      solveLower(factor, 0, q, q, half, 0, q);
      for (let a = 0; a < q; a++) {
        for (let c = 0; c < q; c++) row[c] = half[a * q + c]!;
        solveLower(factor, 0, q, q, row);
        const variance = row[a]!;
        const prior = known ? known.variances[base / q]! : 1;
        // Not finite, or more than the prior's by rounding: a direction in which Λ is (nearly) singular.
        const defined = variance > 0 && variance < prior && Number.isFinite(u[base + a]!);
        uVariance[base + a] = defined ? variance : prior;
        if (!defined) u[base + a] = 0;
        told += 1 - uVariance[base + a]! / prior;
      }
    }
    const share = told / size;
    return { q, b, bVariance, u, uVariance, information: share / (1 - share) };
  });
}
