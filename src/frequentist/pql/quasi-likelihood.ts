/** Working response and weights of iterated least squares (McCullagh & Nelder 1989, §2.5) for families with a variance known up to a factor. */
import type { Family } from "../../families/family.ts";
import { isBuiltInRecord } from "../../families/registry.ts";
import { type LinkFunction, linkFunction } from "../../prediction/link-function.ts";

/** Variance of one unit as a function of its mean, up to the dispersion. */
const VARIANCES: Readonly<Record<string, (mu: number) => number>> = {
  gaussian: () => 1,
  binomial: (mu) => mu * (1 - mu),
  poisson: (mu) => mu,
  Gamma: (mu) => mu * mu,
};

/** Weights below this fraction of 1 stand for rows whose fitted mean has reached the end of its range. */
const LEAST_WEIGHT = 1e-12;

/** Halvings of a linear predictor that has left the range of numbers. */
const MOST_HALVINGS = 40;
const inRange = (slope: number, variance: number) =>
  variance > 0 && slope !== 0 && Number.isFinite((slope * slope) / variance) && Number.isFinite(1 / slope);

export interface QuasiLikelihood {
  readonly link: LinkFunction;
  /** Writes z = η + (y − μ)/μ' and w = prior·μ'²/V(μ) a row. y is the response of one unit. */
  linearise(
    eta: Float64Array,
    y: Float64Array,
    prior: Float64Array | null,
    z: Float64Array,
    weights: Float64Array,
  ): void;
}

/** The quasi-likelihood of a family; null where its variance has parameters of its own. */
export function quasiLikelihood(family: Family): QuasiLikelihood | null {
  const variance = family.normal ? VARIANCES["gaussian"] : isBuiltInRecord(family) ? VARIANCES[family.name] : undefined;
  if (!variance || family.predictors.length !== 1 || family.link === "custom") return null;
  const link = linkFunction(family.link);
  return {
    link,
    linearise(eta, y, prior, z, weights) {
      for (let i = 0; i < eta.length; i++) {
        let at = eta[i]!;
        let mu = link.mean(at);
        let slope = link.slope(at);
        // where the mean has run into the end of its range in numbers, the row is taken nearer
        for (let k = 0; k < MOST_HALVINGS && !inRange(slope, variance(mu)); k++) {
          at /= 2;
          mu = link.mean(at);
          slope = link.slope(at);
        }
        const w = (slope * slope) / variance(mu);
        z[i] = at + (y[i]! - mu) / slope;
        weights[i] = (prior ? prior[i]! : 1) * Math.max(LEAST_WEIGHT, w);
      }
    },
  };
}

/** How a family writes the dispersion whose root is σ: as sigma, or as the shape 1/σ² of a Gamma response. */
export interface DispersionParameter {
  of(sigma: number): number;
  /** Its derivative by σ. */
  slope(sigma: number): number;
  sigma(parameter: number): number;
}

const SIGMA: DispersionParameter = { of: (sigma) => sigma, slope: () => 1, sigma: (parameter) => parameter };
const SHAPE: DispersionParameter = {
  of: (sigma) => 1 / (sigma * sigma),
  slope: (sigma) => -2 / sigma ** 3,
  sigma: (shape) => 1 / Math.sqrt(shape),
};

/** That of a family with a quasi-likelihood and a parameter. */
export const dispersionParameter = ({ response }: Pick<Family, "response">): DispersionParameter =>
  response === "positive" ? SHAPE : SIGMA;
