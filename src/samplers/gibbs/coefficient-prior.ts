/**
 * The prior of the coefficients as a normal one in the orthogonal columns' coordinates. A Student-t or Cauchy prior is a normal one whose
 * precision is λ/scale², λ ~ Gamma(df/2, df/2), a double exponential one such with 1/λ exponential of mean 2; λ is a block of its own
 * (Andrews & Mallows 1974, "Scale mixtures of normal distributions"; Park & Casella 2008, "The Bayesian lasso").
 */
import { choleskyFactor, choleskyInverse, symmetrise } from "../../linalg/dense-cholesky.ts";
import { inverseGaussianVariate } from "../../random/inverse-gaussian.ts";
import type { Rng } from "../../random/rng.ts";
import { gammaVariate } from "../../random/variates.ts";
import type { Block } from "./block.ts";
import type { CoefficientPrior } from "./gibbs-data.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import { multiply } from "./state.ts";

export interface NormalCoefficients {
  /** Precision in the user's coefficients, p × p, and its product with the mean. */
  readonly precision: Float64Array;
  readonly shift: Float64Array;
  /** The same in the coordinates β̃: T'PT and T'(Pm). */
  readonly standardised: { readonly precision: Float64Array; readonly shift: Float64Array };
  /** Draws the mixing variables; null where no prior has them. */
  readonly mixing: Block | null;
  /** The mixing variables λ by coefficient; 1 where the prior is no mixture. */
  readonly lambda: Float64Array;
  /** Brings the precisions up to date with `lambda`. */
  refresh(): void;
}

export interface LocationScale {
  readonly mean: number;
  readonly scale: number;
  /** Degrees of freedom of a t; Infinity: normal; 0: double exponential. */
  readonly df: number;
}

/** Null when flat. */
export function locationScale(name: string, parameters: readonly number[]): LocationScale | null {
  const [a, b, c] = parameters as [number, number, number];
  if (name === "normal") return { df: Number.POSITIVE_INFINITY, mean: a, scale: b };
  if (name === "studentT") return { df: a, mean: b, scale: c };
  if (name === "cauchy") return { df: 1, mean: a, scale: b };
  if (name === "doubleExponential") return { df: 0, mean: a, scale: b };
  return null;
}

/** λ of a standardised value t: the precision of the normal prior relative to 1/scale². */
export const drawMixing = (rng: Rng, { df }: LocationScale, t: number): number =>
  df === 0 ? inverseGaussianVariate(rng, 1 / Math.abs(t), 1) : gammaVariate(rng, (df + 1) / 2) / ((df + t * t) / 2);

/** Its log density there, up to a constant. */
export const mixingLogDensity = ({ df }: LocationScale, lambda: number, t: number): number =>
  df === 0
    ? -1.5 * Math.log(lambda) - 0.5 * (lambda * t * t + 1 / lambda)
    : ((df + 1) / 2 - 1) * Math.log(lambda) - (lambda * (df + t * t)) / 2;

/** The priors of coefficients that are normal ones or scale mixtures of them. */
export const MIXTURES_OF_NORMALS: readonly string[] = ["normal", "studentT", "cauchy", "doubleExponential", "flat"];

export function normalCoefficients(
  prior: CoefficientPrior,
  design: GibbsDesign,
  state: GibbsState,
): NormalCoefficients {
  const { p, map } = design;
  const precision = new Float64Array(p * p);
  const shift = new Float64Array(p);
  const standardised = { precision: new Float64Array(p * p), shift: new Float64Array(p) };
  const product = new Float64Array(p * p);
  const lambda = new Float64Array(p).fill(1);
  const T = map.toUser;

  function standardise(): void {
    for (let i = 0; i < p; i++)
      for (let j = 0; j < p; j++) {
        let sum = 0;
        for (let k = 0; k < p; k++) sum += precision[i * p + k]! * T[k * p + j]!;
        product[i * p + j] = sum;
      }
    for (let i = 0; i < p; i++) {
      let mean = 0;
      for (let k = 0; k < p; k++) mean += T[k * p + i]! * shift[k]!;
      standardised.shift[i] = mean;
      for (let j = 0; j < p; j++) {
        let sum = 0;
        for (let k = 0; k < p; k++) sum += T[k * p + i]! * product[k * p + j]!;
        standardised.precision[i * p + j] = sum;
      }
    }
  }

  if (prior.kind === "normal") {
    precision.set(prior.covariance);
    if (!choleskyFactor(precision, p))
      throw new RangeError("The covariance of the coefficients' prior is not positive definite.");
    choleskyInverse(precision, p);
    symmetrise(precision, p);
    multiply(precision, prior.mean, p, shift);
    standardise();
    return { precision, shift, standardised, mixing: null, lambda, refresh: standardise };
  }
  const laws = prior.distributions.map(({ name, parameters }) => locationScale(name, parameters));
  const setPrecisions = () => {
    laws.forEach((law, j) => {
      if (!law) return;
      precision[j * p + j] = lambda[j]! / law.scale ** 2;
      shift[j] = precision[j * p + j]! * law.mean;
    });
    standardise();
  };
  setPrecisions();
  const beta = new Float64Array(p);
  const mixed = laws.flatMap((law, j) => (law && law.df < Number.POSITIVE_INFINITY ? [{ law, j }] : []));
  const rates = () => multiply(T, state.gamma, p, beta);
  const mixing: Block = {
    name: "scales of the coefficients' priors",
    saved: { "coefficient scales": lambda },
    restored: setPrecisions,
    draw(rng) {
      rates();
      for (const { law, j } of mixed) {
        lambda[j] = drawMixing(rng, law, (beta[j]! - law.mean) / law.scale);
      }
      setPrecisions();
    },
    logConditional() {
      rates();
      let sum = 0;
      for (const { law, j } of mixed) {
        sum += mixingLogDensity(law, lambda[j]!, (beta[j]! - law.mean) / law.scale);
      }
      return sum;
    },
  };
  return { precision, shift, standardised, mixing: mixed.length > 0 ? mixing : null, lambda, refresh: setPrecisions };
}
