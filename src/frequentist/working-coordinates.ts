/**
 * The optimiser's coordinates w: those of the standardised natural parameters x̃ = [β̃ | Λ̃ | φ], but φ on an unconstrained
 * scale (log for positive parameters, logit for those in an interval). Λ stays raw, so that a variance of 0 and a correlation of
 * ±1 are ordinary points.
 */
import type { FamilyParameter } from "../families/family.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { Objective } from "../optimise/objective.ts";

type Support = FamilyParameter["support"];

/** The share of the interval below x. */
const shareOf = (support: Exclude<Support, string>, x: number): number =>
  (x - support.lower) / (support.upper - support.lower);

export const toNatural = (support: Support, w: number): number => {
  if (typeof support === "object") return support.lower + (support.upper - support.lower) / (1 + Math.exp(-w));
  return support === "positive" ? Math.exp(w) : support === "unit" ? 1 / (1 + Math.exp(-w)) : w;
};

export const toWorking = (support: Support, x: number): number => {
  const share = typeof support === "object" ? shareOf(support, x) : x;
  if (typeof support === "object" || support === "unit") return Math.log(share / (1 - share));
  return support === "positive" ? Math.log(x) : x;
};

/** dx/dw at natural value x. */
export const workingSlope = (support: Support, x: number): number => {
  if (typeof support === "object") return (support.upper - x) * shareOf(support, x);
  return support === "positive" ? x : support === "unit" ? x * (1 - x) : 1;
};

export interface WorkingCoordinates {
  toNatural(w: Float64Array, x: Float64Array): void;
  toWorking(x: Float64Array, w: Float64Array): void;
  /** −log-likelihood as a function of w. */
  objective(marginal: MarginalLikelihood): Objective;
  /** Covariance of x̃ from that of w at x̃. */
  covarianceToNatural(covariance: Float64Array, x: Float64Array): Float64Array;
}

export function workingCoordinates(
  layout: ParameterLayout,
  parameters: readonly FamilyParameter[],
): WorkingCoordinates {
  const { offset } = layout.phi;
  const convert = (from: Float64Array, to: Float64Array, f: (support: Support, value: number) => number) => {
    to.set(from);
    parameters.forEach((parameter, g) => {
      to[offset + g] = f(parameter.support, from[offset + g]!);
    });
  };
  return {
    toNatural: (w, x) => convert(w, x, toNatural),
    toWorking: (x, w) => convert(x, w, toWorking),
    objective(marginal) {
      const x = new Float64Array(layout.size);
      return (w, gradient) => {
        convert(w, x, toNatural);
        const value = -marginal.evaluate(x, gradient);
        for (let i = 0; i < layout.size; i++) gradient[i] = -gradient[i]!;
        parameters.forEach((parameter, g) => {
          gradient[offset + g]! *= workingSlope(parameter.support, x[offset + g]!);
        });
        return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
      };
    },
    covarianceToNatural(covariance, x) {
      const d = layout.size;
      const result = covariance.slice();
      parameters.forEach((parameter, g) => {
        const i = offset + g;
        const slope = workingSlope(parameter.support, x[i]!);
        for (let j = 0; j < d; j++) {
          result[i * d + j]! *= slope;
          result[j * d + i]! *= slope;
        }
      });
      return result;
    },
  };
}
