/** The gamma distribution, by mean and shape, with precision weights. */

import type { Operations, Tensor } from "../autodiff/operations.ts";
import { gammaVariate } from "../random/variates.ts";
import { gammaCdf } from "../special/distributions.ts";
import { HALF_LOG_2PI } from "../special/stirling.ts";
import { gammaDeviance } from "../special/unit-deviance.ts";
import { checkRows } from "./checks.ts";
import type { Family } from "./family.ts";
import { moments } from "./moments.ts";
import { ofMean } from "./of-mean.ts";
import { type LinkOptions, remembered } from "./remembered.ts";

export type GammaLink = "log" | "inverse";

/**
 * Gamma response with mean μ and Var[Y] = μ²/(shape · w), w a precision weight. Links `log` (default) and `inverse` (μ = 1/η). Global
 * parameter `shape`, as in R's `dgamma` and `MASS::gamma.shape`; the dispersion of R's `glm` is 1/shape, and the coefficient
 * of variation, which glmmTMB's `sigma()` reports, is 1/√shape. With the inverse link the density of a row whose η is not above 0 is zero.
 *
 * @example model(claims).formula("cost ~ age + (1 | region)").family(Gamma())
 */
export function Gamma(options?: LinkOptions<GammaLink>): Family {
  return gammaOf(options);
}

const gammaOf = remembered<GammaLink>("Gamma", ["log", "inverse"], (link): Family => {
  const inverse = link === "log" ? Math.exp : (eta: number) => 1 / eta;
  const mean = (ops: Operations, eta: Tensor) => (link === "log" ? ops.exp(eta) : ops.reciprocal(eta));
  return Object.freeze({
    name: "Gamma",
    response: "positive",
    link,
    predictors: ["mu"],
    parameters: [
      {
        name: "shape",
        support: "positive",
        dispersion: true,
        start(y: Float64Array): number {
          const { mean: average, variance } = moments(y);
          return Math.min(1e4, Math.max(0.1, (average * average) / variance || 1));
        },
      },
    ],
    columns: ["y", "weights"],
    logDensity(ops, { eta, parameter, column }) {
      const [x] = eta as readonly [Tensor];
      const s = ops.mul(parameter["shape"]!, column["weights"]!);
      const logY = ops.log(column["y"]!);
      // with d = log(y/μ): s (d − (e^d − 1)) vanishes at y = μ, and Stirling's formula takes the rest of lgamma(s)
      const d = link === "log" ? ops.sub(logY, x) : ops.add(logY, ops.log(x));
      const known = ops.sub(ops.sub(ops.mul(0.5, ops.log(s)), ops.lgammaCorrection(s)), ops.add(logY, HALF_LOG_2PI));
      const density = ops.add(ops.mul(s, ops.sub(d, ops.expm1(d))), known);
      return link === "log" ? density : ops.ifPositive(x, density);
    },
    mean: (ops, { eta }) => mean(ops, ofMean(eta)),
    variance: (ops, { eta, parameter, column }) =>
      ops.div(ops.square(mean(ops, ofMean(eta))), ops.mul(parameter["shape"]!, column["weights"]!)),
    unitDeviance: gammaDeviance,
    notation: { mean: "μ_i", statement: () => "Gamma(shape, shape/μ_i)" },
    simulate(rng, { eta, parameter, column }) {
      const s = parameter["shape"]! * (column["weights"] ?? 1);
      return (gammaVariate(rng, s) / s) * inverse(ofMean(eta));
    },
    cdf(y, { eta, parameter, column }) {
      const s = parameter["shape"]! * (column["weights"] ?? 1);
      return gammaCdf(y, s, s / inverse(ofMean(eta)));
    },
    logConcave: true,
    startEta: (y) => (link === "log" ? Math.log(y) : 1 / y),
    checkResponse: (y, _trials, rows, name) =>
      checkRows(
        "not-positive",
        name,
        y,
        rows,
        (v) => v > 0 && v < Infinity,
        "a gamma response must be a number above 0.",
      ),
  } satisfies Family);
});
