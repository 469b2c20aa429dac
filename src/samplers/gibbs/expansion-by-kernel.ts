/** α of a parameter-expanded covariance given ξ = b/α where the likelihood is not Gaussian: slice sampling, one α at a time. */
import { choleskyFactor, choleskyInverse, symmetrise } from "../../linalg/dense-cholesky.ts";
import type { Block } from "./block.ts";
import type { FactorLikelihood } from "./covariance-given-spherical.ts";
import type { CovariancePrior } from "./gibbs-data.ts";
import { sliceUpdate } from "./slice.ts";
import type { GibbsState } from "./state.ts";
import { effectsFromSpherical } from "./state.ts";

export function expansionByKernel(
  state: GibbsState,
  t: number,
  prior: CovariancePrior & { kind: "expanded" },
  likelihood: FactorLikelihood,
  label: string,
): Block {
  const alpha = state.mixing[t]!;
  const q = alpha.length;
  const lambda = state.lambda[t]!;
  const precision = Float64Array.from(prior.alphaCovariance);
  choleskyFactor(precision, q);
  choleskyInverse(precision, q);
  symmetrise(precision, q);
  /** Moves α_a and with it row a of Λ = diag(α)·chol(Ω), whose rows over α stay. */
  const set = (a: number, unit: Float64Array, value: number) => {
    alpha[a] = value;
    for (let c = 0; c <= a; c++) lambda[a * q + c] = value * unit[a * q + c]!;
  };
  const density = () => {
    let sum = likelihood.evaluate(lambda);
    for (let a = 0; a < q; a++)
      for (let c = 0; c < q; c++)
        sum -= 0.5 * (alpha[a]! - prior.alphaMean[a]!) * precision[a * q + c]! * (alpha[c]! - prior.alphaMean[c]!);
    return Number.isNaN(sum) ? Number.NEGATIVE_INFINITY : sum;
  };
  const unit = new Float64Array(q * q);
  return {
    name: `expansion of ${label}`,
    draw(rng) {
      likelihood.prepare();
      for (let a = 0; a < q; a++) for (let c = 0; c <= a; c++) unit[a * q + c] = lambda[a * q + c]! / alpha[a]!;
      for (let a = 0; a < q; a++)
        sliceUpdate(rng, alpha[a]!, Math.sqrt(prior.alphaCovariance[a * q + a]!), (value) => {
          set(a, unit, value);
          return density();
        });
      effectsFromSpherical(state, t);
      likelihood.settle();
    },
    logConditional() {
      likelihood.prepare();
      return density();
    },
  };
}
