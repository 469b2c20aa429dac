/** Negative binomial distributions with log link: variance quadratic (`nbinom2`) or linear (`nbinom1`) in the mean. */

import { negativeBinomialVariate } from "../random/variates.ts";
import { negativeBinomialCdf } from "../special/distributions.ts";
import { negativeBinomialDeviance } from "../special/unit-deviance.ts";
import { checkRows, isCount } from "./checks.ts";
import type { Family } from "./family.ts";
import { LARGE_COUNT, negativeBinomialOfLarge } from "./large-counts.ts";
import { moments } from "./moments.ts";
import { ofMean } from "./of-mean.ts";
import { poisson } from "./poisson.ts";
import { type LinkOptions, remembered } from "./remembered.ts";

/** Classes of rows. */
const SMALL = 0;
const LARGE = 1;
const ZERO = 2;

const startEta = (y: number): number => Math.log(y + 0.1);

function checkCounts(y: Float64Array, _trials: Float64Array | null, rows: Int32Array, name: string) {
  return checkRows(
    "negative-count",
    name,
    y,
    rows,
    isCount,
    "a negative binomial response must be a whole number of 0 or more.",
  );
}

/**
 * Negative binomial with Var[Y] = μ + μ²/θ and log link; global parameter `theta` = θ > 0. As θ → ∞ it becomes the Poisson
 * distribution without loss of digits, because the density is written in Σ_{i<y} log(1 + i/θ) and not in a difference of log
 * gamma functions.
 *
 * @example model(owls).formula("calls ~ food + (1 | nest)").family(nbinom2())
 */
export function nbinom2(options?: LinkOptions<"log">): Family {
  return nbinom2Of(options);
}

const nbinom2Of = remembered<"log">("nbinom2", ["log"], (): Family => {
  return Object.freeze({
    name: "nbinom2",
    response: "count",
    link: "log",
    predictors: ["mu"],
    parameters: [
      {
        name: "theta",
        support: "positive",
        dispersion: true,
        start(y: Float64Array): number {
          const { mean, variance } = moments(y);
          const theta = (mean * mean) / Math.max(variance - mean, 0.01 * mean);
          return Math.min(100, Math.max(0.1, theta || 1));
        },
      },
    ],
    columns: ["y"],
    classes: 2,
    classOf: (column) => (column["y"]! < LARGE_COUNT ? SMALL : LARGE),
    logDensity(ops, { eta, parameter, column }, rowClass) {
      const y = column["y"]!;
      const theta = parameter["theta"]!;
      if (rowClass === LARGE) return negativeBinomialOfLarge(ops, y, ofMean(eta), theta);
      // log(1 + μ/θ), also where μ would overflow
      const excess = ops.softplus(ops.sub(ofMean(eta), ops.log(theta)));
      const known = ops.sub(ops.logRising(theta, y), ops.lgamma(ops.add(y, 1)));
      return ops.add(ops.sub(ops.mul(y, ofMean(eta)), ops.mul(ops.add(y, theta), excess)), known);
    },
    mean: (ops, { eta }) => ops.exp(ofMean(eta)),
    variance(ops, { eta, parameter }) {
      const mu = ops.exp(ofMean(eta));
      return ops.add(mu, ops.div(ops.square(mu), parameter["theta"]!));
    },
    unitDeviance: (y, mu, { parameter }) => negativeBinomialDeviance(y, mu, parameter["theta"]!),
    notation: { mean: "μ_i", statement: () => "NegativeBinomial(μ_i, θ), Var = μ_i + μ_i²/θ" },
    simulate: (rng, { eta, parameter }) => negativeBinomialVariate(rng, Math.exp(ofMean(eta)), parameter["theta"]!),
    cdf: (y, { eta, parameter }) => negativeBinomialCdf(y, Math.exp(ofMean(eta)), parameter["theta"]!),
    augmentation: "polya-gamma",
    limit: { parameter: "theta", at: 1e20, reported: Number.POSITIVE_INFINITY, family: () => poisson() },
    logConcave: true,
    startEta,
    checkResponse: checkCounts,
  } satisfies Family);
});

/**
 * Negative binomial with Var[Y] = μ(1 + α) and log link; global parameter `alpha` = α > 0, which is what glmmTMB's `sigma()` reports
 * for its `nbinom1`.
 */
export function nbinom1(options?: LinkOptions<"log">): Family {
  return nbinom1Of(options);
}

const nbinom1Of = remembered<"log">("nbinom1", ["log"], (): Family => {
  return Object.freeze({
    name: "nbinom1",
    response: "count",
    link: "log",
    predictors: ["mu"],
    parameters: [
      {
        name: "alpha",
        support: "positive",
        dispersion: true,
        start(y: Float64Array): number {
          const { mean, variance } = moments(y);
          // of large counts it is of the order of their mean
          return Math.min(Math.max(100, mean), Math.max(0.1, variance / mean - 1 || 1));
        },
      },
    ],
    columns: ["y"],
    // y = 0 does not need the rising factorial, whose argument vanishes with μ
    classes: 3,
    classOf: (column) => (column["y"] === 0 ? ZERO : column["y"]! < LARGE_COUNT ? SMALL : LARGE),
    logDensity(ops, { eta, parameter, column }, rowClass) {
      const y = column["y"]!;
      const alpha = parameter["alpha"]!;
      const size = ops.div(ops.exp(ofMean(eta)), alpha);
      if (rowClass === LARGE) return negativeBinomialOfLarge(ops, y, ofMean(eta), size);
      if (rowClass === ZERO) return ops.neg(ops.mul(size, ops.log1p(alpha)));
      const known = ops.add(ops.mul(y, ops.log1p(alpha)), ops.lgamma(ops.add(y, 1)));
      const rest = ops.sub(ops.logRising(size, y), ops.mul(size, ops.log1p(alpha)));
      return ops.sub(ops.add(ops.mul(y, ofMean(eta)), rest), known);
    },
    mean: (ops, { eta }) => ops.exp(ofMean(eta)),
    variance: (ops, { eta, parameter }) => ops.mul(ops.exp(ofMean(eta)), ops.add(1, parameter["alpha"]!)),
    notation: { mean: "μ_i", statement: () => "NegativeBinomial(μ_i, α), Var = μ_i (1 + α)" },
    simulate(rng, { eta, parameter }) {
      const mu = Math.exp(ofMean(eta));
      return negativeBinomialVariate(rng, mu, mu / parameter["alpha"]!);
    },
    cdf(y, { eta, parameter }) {
      const mu = Math.exp(ofMean(eta));
      return negativeBinomialCdf(y, mu, mu / parameter["alpha"]!);
    },
    limit: { parameter: "alpha", at: 1e-20, reported: 0, family: () => poisson() },
    logConcave: false,
    startEta,
    checkResponse: checkCounts,
  } satisfies Family);
});
