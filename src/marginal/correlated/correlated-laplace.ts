/**
 * Laplace's approximation of the integral of a nonlinear mean with random effects whose residuals are correlated: one mode of all random effects
 * together, log L ≈ −h(û) − ½ log|H| with the whole Hessian (Tierney & Kadane 1986, JASA 81). Pinheiro & Bates (1995, JCGS 4, eq. 2.8) drop the
 * second derivatives of the mean from H, which this does not. Where the mean is linear in the random effects it is exact.
 */
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import { conditionalCovariances, effectsCovarianceOf, scatterEffects } from "../gaussian/conditional-effects.ts";
import type { IntegralData } from "../integral-data.ts";
import { drawJointEffects, importanceJointly, type JointEffects } from "../laplace/crossed-draws.ts";
import type { LaplaceMarginal } from "../laplace/laplace-marginal.ts";
import { findMinimum } from "../laplace/newton-mode.ts";
import { tracedEvaluation } from "../laplace/traced-evaluation.ts";
import { correlatedGradient } from "./correlated-gradient.ts";
import { correlatedMode, correlatedModel } from "./correlated-model.ts";

/**
 * The marginal likelihood of correlated rows over any number of grouping factors, nested in the groups of the correlation or not.
 *
 * −Infinity (and gradient 0) where there is no mode with positive definite H. Groups are not told apart: `groups` is absent.
 *
 * @param kernel of the mean (`nonlinear/mean-kernel.ts`)
 */
export function correlatedLaplace(data: IntegralData, kernel: ObservationKernel): LaplaceMarginal {
  const { layout } = data;
  const model = correlatedModel(data, kernel);
  const { grouping, factors, crossed, response, multiplyPrior } = model;
  const { system } = crossed;
  const { size } = grouping;
  const mode = correlatedMode(model);
  const gradientAt = correlatedGradient(model);
  const effects = new Float64Array(size);
  const scratch = new Float64Array(size);
  const joint: JointEffects = {
    size,
    logTarget(u) {
      multiplyPrior(u, scratch);
      let square = 0;
      for (let a = 0; a < size; a++) square += u[a]! * scratch[a]!;
      const value = model.logDensity(u) - 0.5 * square;
      return Number.isNaN(value) ? -Infinity : value;
    },
    spread: (x) => system.halfSolveTransposed(x, 1),
    logDet: () => system.logDet(),
  };
  /** h at the mode, NaN where there is none. */
  const search = (x: Float64Array): number => (model.set(x) ? findMinimum(mode) : Number.NaN);

  /** b = Λu by term. */
  function write(u: Float64Array, out: readonly Float64Array[]): void {
    factors.multiplyFactor(u, effects, 1);
    const sigma = 1 / Math.sqrt(response.precision());
    for (let a = 0; a < size; a++) effects[a]! *= sigma;
    scatterEffects(grouping.factors, effects, out);
  }

  return {
    layout,
    method: { kind: "laplace", nodes: 1 },
    ...tracedEvaluation(mode, (x) => -search(x) - 0.5 * system.logDet(), gradientAt),
    conditionalModes(x) {
      const modes = data.random.map((term) => new Float64Array(term.levels.length * term.q).fill(Number.NaN));
      const covariances = data.random.map((term) =>
        new Float64Array(term.levels.length * term.q ** 2).fill(Number.NaN),
      );
      if (Number.isNaN(search(x))) return { modes, covariances };
      write(mode.u, modes);
      conditionalCovariances(grouping.factors, factors.lambda, system, 1 / response.precision(), covariances);
      return { modes, covariances };
    },
    effectsCovariance: (x) =>
      Number.isNaN(search(x))
        ? null
        : effectsCovarianceOf(grouping.factors, factors.lambda, system, 1 / Math.sqrt(response.precision())),
    drawRandomEffects(x, rng, out) {
      if (Number.isNaN(search(x))) for (const values of out) values.fill(Number.NaN);
      else write(drawJointEffects(joint, mode.u, rng), out);
    },
    *importanceLogLikelihood(x, rng, draws) {
      if (Number.isNaN(search(x))) return { logLik: -Infinity, standardError: Number.NaN, effectiveDraws: 0 };
      return yield* importanceJointly(joint, mode.u, rng, draws);
    },
  };
}
