/** The beta distribution, by mean and precision: shares between 0 and 1. */

import { betaVariate } from "../random/variates.ts";
import { betaCdf } from "../special/distributions.ts";
import { HALF_LOG_2PI } from "../special/stirling.ts";
import { checkRows } from "./checks.ts";
import type { Family } from "./family.ts";
import { moments } from "./moments.ts";
import { ofMean } from "./of-mean.ts";
import { type LinkOptions, remembered } from "./remembered.ts";

const sigmoid = (eta: number): number => 1 / (1 + Math.exp(-eta));

/**
 * Beta response with mean μ and precision φ: shapes μφ and (1 − μ)φ, Var[Y] = μ(1 − μ)/(1 + φ) (Ferrari & Cribari-Neto 2004, J. Appl. Stat. 31).
 * Logit link; global parameter `phi`, which glmmTMB's `sigma()` reports for its `beta_family`. Shares of exactly 0 and 1 have no density.
 *
 * @example model(plots).formula("cover ~ shade + (1 | site)").family(Beta())
 */
export function Beta(options?: LinkOptions<"logit">): Family {
  return betaOf(options);
}

const betaOf = remembered<"logit">("beta", ["logit"], (): Family => {
  return Object.freeze({
    name: "beta",
    response: "unit",
    link: "logit",
    predictors: ["mu"],
    parameters: [
      {
        name: "phi",
        support: "positive",
        dispersion: true,
        start(y: Float64Array): number {
          const { mean, variance } = moments(y);
          return Math.min(1e4, Math.max(0.5, (mean * (1 - mean)) / variance - 1 || 1));
        },
      },
    ],
    columns: ["y"],
    logDensity(ops, { eta, parameter, column }) {
      const x = ofMean(eta);
      const y = column["y"]!;
      const phi = parameter["phi"]!;
      const mu = ops.sigmoid(x);
      const a = ops.mul(mu, phi);
      const b = ops.mul(ops.sigmoid(ops.neg(x)), phi);
      const logY = ops.log(y);
      const logRest = ops.log1p(ops.neg(y));
      // Stirling's formula leaves φ times minus the divergence of y from μ, in which no log gamma functions cancel; its two parts keep their digits at
      // either end of the range
      const logMu = ops.logSigmoid(x);
      const logOther = ops.logSigmoid(ops.neg(x));
      const divergence = ops.add(
        ops.mul(mu, ops.sub(logMu, logY)),
        ops.mul(ops.sigmoid(ops.neg(x)), ops.sub(logOther, logRest)),
      );
      const remainder = ops.sub(ops.lgammaCorrection(phi), ops.add(ops.lgammaCorrection(a), ops.lgammaCorrection(b)));
      const width = ops.mul(0.5, ops.add(ops.log(phi), ops.add(logMu, logOther)));
      const known = ops.add(ops.add(logY, logRest), HALF_LOG_2PI);
      return ops.sub(ops.sub(ops.add(width, remainder), ops.mul(phi, divergence)), known);
    },
    mean: (ops, { eta }) => ops.sigmoid(ofMean(eta)),
    variance(ops, { eta, parameter }) {
      const spread = ops.mul(ops.sigmoid(ofMean(eta)), ops.sigmoid(ops.neg(ofMean(eta))));
      return ops.div(spread, ops.add(1, parameter["phi"]!));
    },
    notation: { mean: "μ_i", statement: () => "Beta(μ_i φ, (1 − μ_i) φ)" },
    simulate(rng, { eta, parameter }) {
      const phi = parameter["phi"]!;
      return betaVariate(rng, sigmoid(ofMean(eta)) * phi, sigmoid(-ofMean(eta)) * phi);
    },
    cdf: (y, { eta, parameter }) =>
      betaCdf(y, sigmoid(ofMean(eta)) * parameter["phi"]!, sigmoid(-ofMean(eta)) * parameter["phi"]!),
    logConcave: false,
    startEta: (y) => Math.log(y / (1 - y)),
    checkResponse: (y, _trials, rows, name) =>
      checkRows(
        "not-a-share",
        name,
        y,
        rows,
        (v) => v > 0 && v < 1,
        "a beta response must be a number between 0 and 1, neither 0 nor 1.",
      ),
  } satisfies Family);
});
