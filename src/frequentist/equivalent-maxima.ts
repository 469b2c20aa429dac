/**
 * Other maxima of a likelihood that does not depend on some variances. A restricted likelihood says nothing of a variance that the fixed effects
 * stand for too, and the errors of those effects grow with it: what has another error at another maximum has none.
 */
import type { CompiledModel } from "../model/compiled-model.ts";
import { parameterLabel, reportedParameters } from "../model/reported-parameters.ts";
import { errorMoves } from "../prediction/moving-errors.ts";
import { deltaError } from "./wald-table.ts";

/** A maximum as high as the one reported, in the user's units. */
export interface EquivalentMaximum {
  readonly x: Float64Array;
  /** Covariance of x; computed on first use. */
  readonly covariance: () => Float64Array;
  /** The same in standardised coordinates. */
  readonly standardisedCovariance?: (() => Float64Array) | undefined;
}

/** Labels of the coefficients whose standard errors are others at other maxima. */
export function movingCoefficients(
  model: CompiledModel,
  x: Float64Array,
  covariance: () => Float64Array,
  equivalents: readonly EquivalentMaximum[],
): readonly string[] {
  if (equivalents.length === 0) return [];
  const own = covariance();
  const others = equivalents.map((other) => other.covariance());
  const gradient = new Float64Array(x.length);
  return reportedParameters(model)
    .filter((parameter) => {
      if (parameter.effect !== "fixed") return false;
      parameter.gradient(x, gradient);
      const error = deltaError(gradient, own);
      return others.some((other) => errorMoves(error, deltaError(gradient, other)));
    })
    .map(parameterLabel);
}
