/** Where the search of a Gaussian criterion in which σ is a coordinate begins in it. */
import { moments } from "../families/moments.ts";
import type { ProfiledGaussian } from "../marginal/gaussian/profiled-gaussian.ts";
import { evaluated, type Pausable, pauseDue } from "../optimise/pausable.ts";

/** Rounds in which a starting σ settles. */
const ROUNDS = 3;
/** The same where σ may be many orders of magnitude below the response's spread; a factor that no longer changes by so much is settled. */
const MOST_ROUNDS = 200;
const SETTLED = 0.1;
/** A σ so many times one that was given is another. */
const FAR = 10;

/**
 * About the σ of the start θ: where given standard deviations are a small part of it, r²/(n − p) gives it.
 *
 * @param given to begin with; default from the response's spread on
 */
export function* startingSigma(
  profile: ProfiledGaussian,
  reml: boolean,
  point: Float64Array,
  y: Float64Array,
  given?: number,
): Pausable<number> {
  const { observations, fixedEffects } = profile;
  const rounds = profile.absolute && !given ? MOST_ROUNDS : ROUNDS;
  let sigma = given || Math.sqrt(moments(y).variance) || 1;
  for (let round = 0; round < rounds; round++) {
    point[point.length - 1] = Math.log(sigma);
    profile.evaluate(point, { reml });
    evaluated(Number.NaN);
    if (pauseDue()) yield;
    const next = Math.sqrt(profile.penalisedResidualSumOfSquares / (observations - fixedEffects));
    if (!(next > 0)) return sigma;
    const settled = Math.abs(Math.log(next / sigma)) < SETTLED;
    sigma = next;
    if (profile.absolute && settled) break;
  }
  return sigma;
}

/** The given σ, or a larger one where the response is not fitted as closely as that says. */
export function* renewedSigma(
  profile: ProfiledGaussian,
  reml: boolean,
  point: Float64Array,
  y: Float64Array,
  given: number,
): Pausable<number> {
  const near = yield* startingSigma(profile, reml, point, y, given);
  return near > FAR * given ? near : given;
}
