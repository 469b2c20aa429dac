/** The linear predictors of rows, η = Xβ + offset + Zb, one for each parameter that has one, and the pullback of a gradient through them. */
import { predictorOfColumn } from "../data/design.ts";
import { addTransposedProduct, affineProduct } from "../linalg/design-product.ts";
import { addEffect, addEffectGradient, addEffects } from "../linalg/effect-rows.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { IntegralData } from "./integral-data.ts";

export interface LinearPredictors {
  /** Names of the parameters they are of, the mean's first. */
  readonly names: readonly string[];
  /**
   * Overwrites `out`, an array of rows a predictor.
   *
   * @param x natural parameters
   * @param effects b by term, levels × q; null: none
   */
  eta(x: Float64Array, effects: readonly Float64Array[] | null, out: readonly Float64Array[]): void;
  /**
   * Adds X'd to the coefficients in `gradient`, and Z'd by term to `effectGradient` where it is given.
   *
   * @param dEta d, an array of rows a predictor
   */
  pullback(dEta: readonly Float64Array[], gradient: Float64Array, effectGradient: readonly Float64Array[] | null): void;
}

export function linearPredictors(
  { n, predictors, random }: Pick<IntegralData, "n" | "predictors" | "random">,
  beta: ParameterLayout["beta"],
): LinearPredictors {
  return {
    names: predictors.map(({ role }) => role),
    eta(x, effects, out) {
      for (let r = 0; r < predictors.length; r++) {
        const { X, offset } = predictors[r]!;
        affineProduct(X, n, beta[r]!.size, x, beta[r]!.offset, offset, out[r]!);
      }
      for (let t = 0; effects !== null && t < random.length; t++) {
        const { predictor, predictors: spanned, index, q, Z } = random[t]!;
        const b = effects[t]!;
        if (!spanned) addEffects(out[predictor]!, n, q, Z, index, b);
        else for (let a = 0; a < q; a++) addEffect(out[spanned[a]!]!, n, q, a, Z, index, b);
      }
    },
    pullback(dEta, gradient, effectGradient) {
      for (let r = 0; r < predictors.length; r++)
        addTransposedProduct(predictors[r]!.X, n, beta[r]!.size, dEta[r]!, gradient, beta[r]!.offset);
      for (let t = 0; effectGradient !== null && t < random.length; t++) {
        const term = random[t]!;
        const { index, q, Z } = term;
        for (let a = 0; a < q; a++)
          addEffectGradient(effectGradient[t]!, n, q, a, Z, index, dEta[predictorOfColumn(term, a)]!);
      }
    },
  };
}
