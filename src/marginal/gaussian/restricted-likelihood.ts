/**
 * The restricted likelihood of a Gaussian model, β integrated out over a flat prior (Harville 1974, Biometrika 61), as a function of its natural parameters
 * [β | Λ | σ, ψ], of which β has no influence: what is profiled where nothing but variances is asked for.
 */
import { scaledEntries } from "../../covariance/term-factor.ts";
import type { IntegralData } from "../integral-data.ts";
import type { MarginalLikelihood } from "../marginal-likelihood.ts";
import { extendedProfile } from "./extended-profile.ts";
import { gather, predictedVariance, scatter } from "./predicted-variance.ts";
import { type ProfiledGaussian, profiledGaussian } from "./profiled-gaussian.ts";

type Evaluate = MarginalLikelihood["evaluate"];

const RESTRICTED = { reml: true };

/**
 * @param at natural parameters; where doubles lose the digits of the likelihood there, it is computed in twice their precision
 * @throws DeclarationError as `profiledGaussian`
 * @example
 * restrictedLikelihood(data, x).evaluate(x, gradient);
 */
export function restrictedLikelihood(data: IntegralData, at: Float64Array): { readonly evaluate: Evaluate } {
  const predicted = predictedVariance(data);
  if (!predicted) return { evaluate: withDigits(data, at) };
  const { order } = predicted;
  const point = new Float64Array(order.length);
  const slope = new Float64Array(order.length);
  const inner = withDigits(predicted.data, gather(order, at, point).slice());
  return {
    evaluate(x, gradient) {
      const value = inner(gather(order, x, point), gradient && slope);
      if (gradient) scatter(order, slope, gradient);
      return value;
    },
  };
}

function withDigits(data: IntegralData, at: Float64Array): Evaluate {
  const profile = profiledGaussian(data, true);
  const inDoubles = evaluateBy(profile, data);
  if (!profile.lostDigits()) {
    inDoubles(at);
    if (!profile.lostDigits()) return inDoubles;
  }
  return evaluateBy(extendedProfile(data), data);
}

/** θ of the profile is [Λ/unit | ψ | log σ], the unit that of the profile, or σ. */
function evaluateBy(profile: ProfiledGaussian, { layout, sigma: known }: IntegralData): Evaluate {
  const first = layout.terms[0]?.offset ?? layout.phi.offset;
  const entries = layout.phi.offset - first;
  const scaled = scaledEntries({
    size: entries,
    terms: layout.terms.map((term) => ({ ...term, offset: term.offset - first })),
  });
  const sigmaAt = layout.phi.offset;
  const psiAt = known === undefined ? sigmaAt + 1 : sigmaAt;
  const { size, withSigma, absolute } = profile;
  const theta = new Float64Array(size);
  const slope = new Float64Array(size);
  return (x, gradient) => {
    const sigma = known ?? x[sigmaAt]!;
    if (!(sigma > 0)) return Number.NEGATIVE_INFINITY;
    const unit = absolute || known !== undefined ? profile.unit : sigma;
    for (let i = 0; i < entries; i++) theta[i] = x[first + i]! / (scaled[i] ? unit : 1);
    theta.set(x.subarray(psiAt), entries);
    if (withSigma) theta[size - 1] = Math.log(sigma);
    const value = -0.5 * profile.evaluate(theta, RESTRICTED, gradient && slope);
    if (!gradient) return value;
    gradient.fill(0);
    let relative = 0;
    for (let i = 0; i < entries; i++) {
      gradient[first + i] = (-0.5 * slope[i]!) / (scaled[i] ? unit : 1);
      if (scaled[i]) relative += slope[i]! * theta[i]!;
    }
    for (let g = psiAt; g < layout.size; g++) gradient[g] = -0.5 * slope[entries + g - psiAt]!;
    if (withSigma) gradient[sigmaAt] = (-0.5 * (slope[size - 1]! - (absolute ? 0 : relative))) / sigma;
    return value;
  };
}
