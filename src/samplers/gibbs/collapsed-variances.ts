/**
 * The residual standard deviation and the covariances of a Gaussian model with coefficients and random effects integrated out, by slice sampling of log standard
 * deviations and partial correlations, one at a time. The draw of coefficients and effects that follows makes the two one draw from the posterior of all of
 * them, so nothing else need know that this step left them out (partially collapsed Gibbs sampling: van Dyk & Park 2008, "Partially collapsed Gibbs samplers",
 * JASA 103; its order matters: nothing that depends on the effects may come between the two).
 */
import type { PriorDistribution } from "../../dsl/model-spec.ts";
import { scalarPrior } from "../../priors/density.ts";
import type { Block } from "./block.ts";
import type { CovarianceCoordinates } from "./covariance-prior.ts";
import { covarianceLogPrior } from "./covariance-prior.ts";
import type { CovariancePrior } from "./gibbs-data.ts";
import type { JointEffects } from "./joint-effects.ts";
import { sliceUpdate } from "./slice.ts";
import type { GibbsState } from "./state.ts";
import type { WorkingModel } from "./working-model.ts";

/**
 * @param sigma prior of the residual standard deviation; null where it is known
 * @param terms priors and coordinates of the covariances
 * @param observations N of the likelihood σ^−N exp(−RSS/2σ²)
 */
export function collapsedVariances(
  model: WorkingModel,
  state: GibbsState,
  effects: JointEffects,
  sigma: PriorDistribution | null,
  terms: readonly { readonly prior: CovariancePrior; readonly coordinates: CovarianceCoordinates }[],
  observations: number,
): Block {
  const { phi } = state;
  const logPriors = terms.map(({ prior, coordinates }, t) => covarianceLogPrior(prior, coordinates, state.mixing[t]!));
  const z = terms.map(({ coordinates }) => new Float64Array(coordinates.chart.size));
  const sigmaPrior = sigma && scalarPrior(sigma);
  const setScale = () => {
    if (sigma) model.scale = 1 / (phi[0]! * phi[0]!);
  };
  setScale();
  const finite = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value);

  /** Log density of all coordinates where σ and every Λ of the state are at theirs: prior and integrated likelihood, the priors of the others left out. */
  const ofTerm = (t: number) => finite(logPriors[t]!(z[t]!) + effects.logMarginal(observations));
  const logSigmaPrior = () => (sigmaPrior ? sigmaPrior.logDensity(phi[0]!) + Math.log(phi[0]!) : 0);

  return {
    name: "sigma and covariances without effects",
    restored: setScale,
    draw(rng) {
      terms.forEach(({ coordinates }, t) => {
        const own = z[t]!;
        const lambda = state.lambda[t]!;
        coordinates.fromFactor(lambda, own);
        const width = 3 / Math.sqrt(state.u[t]!.length / coordinates.q + 1);
        for (let i = 0; i < own.length; i++)
          sliceUpdate(rng, own[i]!, width, (value) => {
            own[i] = value;
            coordinates.toFactor(own, lambda);
            return ofTerm(t);
          });
      });
      if (sigma)
        sliceUpdate(rng, Math.log(phi[0]!), 2.5 / Math.sqrt(observations + 1), (value) => {
          phi[0] = Math.exp(value);
          setScale();
          return finite(logSigmaPrior() + effects.logMarginal(observations));
        });
    },
    logConditional() {
      setScale();
      let sum = logSigmaPrior() + effects.logMarginal(observations);
      terms.forEach(({ coordinates }, t) => {
        coordinates.fromFactor(state.lambda[t]!, z[t]!);
        sum += logPriors[t]!(z[t]!);
      });
      return finite(sum); // density of all coordinates
    },
  };
}
