/**
 * Normal and Student t approximations of a posterior in the coordinates of its chart, for importance and bridge sampling. The density of
 * the chart is even in a signed standard deviation, so everything happens on the half where these are not negative: a proposal is folded
 * onto it, and its density there is the sum over its mirror images.
 */
import type { PosteriorChart } from "../charts/posterior-chart.ts";
import { choleskyFactor, choleskyLogDet } from "../linalg/dense-cholesky.ts";
import { solveLower } from "../linalg/triangular.ts";
import type { Rng } from "../random/rng.ts";
import { gammaVariate, multivariateNormal } from "../random/variates.ts";
import { lgamma } from "../special/gamma.ts";

export interface Proposal {
  /** Draws z, folded, into `out`. */
  draw(rng: Rng, out: Float64Array): void;
  /** Log density at a folded z. */
  logDensity(z: Float64Array): number;
}

/** Mirror images further from 0 than this many standard deviations weigh nothing: φ(9) < 1e-18. */
const NEGLIGIBLE = 9;

/** How each signed standard deviation's change of sign acts: the coordinates it changes, as ±1. */
export function reflections({ size, terms }: Pick<PosteriorChart, "size" | "terms">): {
  readonly coordinate: number;
  readonly signs: Float64Array;
}[] {
  return terms.flatMap(({ chart: term, offset }) =>
    term.signed.flatMap((signed, a) => {
      if (!signed) return [];
      const signs = new Float64Array(size).fill(1);
      signs[offset + a] = -1;
      for (const other of term.mirrored(a)) signs[offset + other] = -1;
      return [{ coordinate: offset + a, signs }];
    }),
  );
}

/** All products of the reflections whose coordinate the approximation does not keep far from 0; the identity is the first. */
function mirrorImages(
  chart: Pick<PosteriorChart, "size" | "terms">,
  mean: Float64Array,
  covariance: Float64Array,
): Float64Array[] {
  const d = chart.size;
  let images = [new Float64Array(d).fill(1)];
  for (const { coordinate, signs } of reflections(chart)) {
    if (mean[coordinate]! > NEGLIGIBLE * Math.sqrt(covariance[coordinate * d + coordinate]!)) continue;
    images = images.flatMap((image) => [image, image.map((sign, i) => sign * signs[i]!)]);
  }
  return images;
}

/**
 * N(mean, covariance), or a multivariate t with `df` degrees of freedom and that scale matrix, folded.
 *
 * @param covariance d × d row-major, positive definite
 * @param df +Infinity for the normal
 * @returns null where the covariance is not positive definite
 */
export function foldedProposal(
  chart: Pick<PosteriorChart, "size" | "terms">,
  mean: Float64Array,
  covariance: Float64Array,
  df = Infinity,
): Proposal | null {
  const d = chart.size;
  const factor = covariance.slice();
  if (!choleskyFactor(factor, d)) return null;
  // A t has heavy tails: no image is negligible.
  const images =
    df === Infinity ? mirrorImages(chart, mean, covariance) : mirrorImages(chart, new Float64Array(d), covariance);
  const all = reflections(chart);
  const halfLogDet = 0.5 * choleskyLogDet(factor, d);
  const constant =
    df === Infinity
      ? -0.5 * d * Math.log(2 * Math.PI) - halfLogDet
      : lgamma((df + d) / 2) - lgamma(df / 2) - 0.5 * d * Math.log(df * Math.PI) - halfLogDet;
  const zero = new Float64Array(d);
  const w = new Float64Array(d);
  const kernel = (z: Float64Array, image: Float64Array): number => {
    for (let i = 0; i < d; i++) w[i] = image[i]! * z[i]! - mean[i]!;
    solveLower(factor, 0, d, d, w);
    let square = 0;
    for (let i = 0; i < d; i++) square += w[i]! * w[i]!;
    return df === Infinity ? -0.5 * square : -0.5 * (df + d) * Math.log1p(square / df);
  };
  const exponents = new Float64Array(images.length);
  return {
    draw(rng, out) {
      multivariateNormal(rng, zero, factor, out);
      const scale = df === Infinity ? 1 : Math.sqrt(df / (2 * gammaVariate(rng, df / 2)));
      for (let i = 0; i < d; i++) out[i] = mean[i]! + scale * out[i]!;
      for (const { coordinate, signs } of all)
        if (out[coordinate]! < 0) for (let i = 0; i < d; i++) out[i]! *= signs[i]!;
    },
    logDensity(z) {
      let top = -Infinity;
      for (let k = 0; k < images.length; k++) {
        exponents[k] = kernel(z, images[k]!);
        if (exponents[k]! > top) top = exponents[k]!;
      }
      let sum = 0;
      for (let k = 0; k < images.length; k++) sum += Math.exp(exponents[k]! - top);
      return constant + top + Math.log(sum);
    },
  };
}
