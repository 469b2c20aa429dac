/** The residual standard deviation of a Gaussian model given coefficients and random effects. */
import type { PriorDistribution } from "../../dsl/model-spec.ts";
import { scalarPrior } from "../../priors/density.ts";
import { inverseGammaVariate } from "../../random/variates.ts";
import type { Block } from "./block.ts";
import { halfT } from "./covariance-given-effects.ts";
import { sliceUpdate } from "./slice.ts";
import type { GibbsState } from "./state.ts";
import type { WorkingModel } from "./working-model.ts";

/**
 * Conjugate for an inverse gamma of the variance; for half-t and half-Cauchy through the scale mixture σ² | a ~ IG(df/2, df/a),
 * a ~ IG(½, 1/A²) (Huang & Wand 2013); by slice sampling of log σ for every other prior.
 *
 * @param observations N of the likelihood σ^−N exp(−RSS/2σ²)
 */
export function sigmaBlocks(
  model: WorkingModel,
  state: GibbsState,
  prior: PriorDistribution,
  observations: number,
): Block[] {
  const { phi, sigmaMixing: mixing } = state;
  const set = (sigma: number) => {
    phi[0] = sigma;
    model.scale = 1 / (sigma * sigma);
  };
  set(phi[0]!);
  const name = "sigma";
  const restored = () => set(phi[0]!);
  const conjugate = (shape: () => number, scale: () => number): Block => ({
    name,
    restored,
    draw(rng) {
      const squares = model.updateResidual(state);
      set(Math.sqrt(inverseGammaVariate(rng, shape() + observations / 2, scale() + squares / 2)));
    },
    logConditional() {
      set(phi[0]!);
      const variance = phi[0]! ** 2;
      const squares = model.updateResidual(state);
      return -(shape() + observations / 2 + 1) * Math.log(variance) - (scale() + squares / 2) / variance;
    },
  });
  if (prior.name === "inverseGammaVariance") {
    const [shape, scale] = prior.parameters;
    return [
      conjugate(
        () => shape!,
        () => scale!,
      ),
    ];
  }
  const law = halfT(prior);
  if (law) {
    const rate = () => law.df / phi[0]! ** 2 + law.scale ** -2;
    return [
      {
        name: "scale of the prior of sigma",
        draw(rng) {
          mixing[0] = inverseGammaVariate(rng, (law.df + 1) / 2, rate());
        },
        logConditional: () => -((law.df + 1) / 2 + 1) * Math.log(mixing[0]!) - rate() / mixing[0]!,
      },
      conjugate(
        () => law.df / 2,
        () => law.df / mixing[0]!,
      ),
    ];
  }
  const { logDensity } = scalarPrior(prior);
  let squares = 0;
  const density = (log: number) => {
    const sigma = Math.exp(log);
    const value = logDensity(sigma) + log - observations * log - squares / (2 * sigma * sigma);
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  return [
    {
      name,
      restored,
      draw(rng) {
        squares = model.updateResidual(state);
        set(Math.exp(sliceUpdate(rng, Math.log(phi[0]!), 2.5 / Math.sqrt(observations + 1), density)));
      },
      logConditional() {
        set(phi[0]!);
        squares = model.updateResidual(state);
        return density(Math.log(phi[0]!)); // density of log σ
      },
    },
  ];
}
