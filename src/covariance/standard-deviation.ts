/** A standard deviation as an unconstrained coordinate z. */
import { sigmoid, softplus } from "../special/logistic.ts";

/**
 * How a standard deviation is a coordinate:
 *
 * - `true`: the signed standard deviation itself, sd = |z|, which a sampler takes through 0;
 * - `false`: its logarithm;
 * - bounds about 0, `{ lower: -U, upper: U }`: signed, U tanh(z/U), for a prior that ends at U;
 * - other bounds: the logit between them.
 */
export type SdCoordinate = boolean | { readonly lower: number; readonly upper: number };

/** The map z ↦ s of one standard deviation; s has a sign where the coordinate is signed. */
export interface SdMap {
  readonly signed: boolean;
  value(z: number): number;
  /** z of s, not negative where it is signed. */
  inverse(s: number): number;
  /** ds/dz. */
  slope(z: number): number;
  /** The same as a function of |s|. */
  slopeAt(s: number): number;
  /** log|ds/dz| and its derivative. */
  logSlope(z: number): number;
  dLogSlope(z: number): number;
}

const SIGNED: SdMap = {
  signed: true,
  value: (z) => z,
  inverse: Math.abs,
  slope: () => 1,
  slopeAt: () => 1,
  logSlope: () => 0,
  dLogSlope: () => 0,
};

const LOGARITHM: SdMap = {
  signed: false,
  value: Math.exp,
  inverse: (s) => Math.log(Math.abs(s)),
  slope: Math.exp,
  slopeAt: (s) => s,
  logSlope: (z) => z,
  dLogSlope: () => 1,
};

/** Coordinates at a bound stay this near to it, as a share of the range: they are finite. */
const NEAREST = 1e-12;

/** s = U tanh(z/U): the identity far from the bound, whatever its size. */
function signedWithin(bound: number): SdMap {
  return {
    signed: true,
    value: (z) => bound * Math.tanh(z / bound),
    inverse: (s) => bound * Math.atanh(Math.min(Math.abs(s) / bound, 1 - NEAREST)),
    slope: (z) => 1 / Math.cosh(z / bound) ** 2,
    slopeAt: (s) => Math.max(1 - (s / bound) ** 2, NEAREST),
    // log sech² u = 2 log 2 − 2u − 2 log(1 + exp −2u) for u ≥ 0
    logSlope: (z) => 2 * (Math.LN2 - Math.abs(z / bound) - softplus(-2 * Math.abs(z / bound))),
    dLogSlope: (z) => (-2 / bound) * Math.tanh(z / bound),
  };
}

/** s = lower + (upper − lower)/(1 + exp −z). */
function between(lower: number, upper: number): SdMap {
  const width = upper - lower;
  return {
    signed: false,
    value: (z) => lower + width * sigmoid(z),
    inverse: (s) => {
      const share = Math.min(Math.max((Math.abs(s) - lower) / width, NEAREST), 1 - NEAREST);
      return Math.log(share) - Math.log1p(-share);
    },
    slope: (z) => width * sigmoid(z) * sigmoid(-z),
    slopeAt: (s) => width * Math.max(((s - lower) / width) * ((upper - s) / width), NEAREST),
    logSlope: (z) => Math.log(width) - softplus(z) - softplus(-z),
    dLogSlope: (z) => sigmoid(-z) - sigmoid(z),
  };
}

/** The map of a coordinate. */
export function sdMap(coordinate: SdCoordinate): SdMap {
  if (coordinate === true) return SIGNED;
  if (coordinate === false) return LOGARITHM;
  const { lower, upper } = coordinate;
  return lower < 0 ? signedWithin(upper) : between(lower, upper);
}
