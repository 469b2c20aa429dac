/** The normal distribution with precision weights: Var[Y] = σ²/w. */

import { ndtr } from "../special/normal.ts";
import { HALF_LOG_2PI } from "../special/stirling.ts";
import { checkRows } from "./checks.ts";
import type { Family } from "./family.ts";
import { moments } from "./moments.ts";
import { ofMean } from "./of-mean.ts";
import { type LinkOptions, remembered } from "./remembered.ts";

function standardDeviation(y: Float64Array): number {
  return Math.sqrt(moments(y).variance) || 1;
}

/**
 * Gaussian response with identity link. Global parameter `sigma`, the residual standard deviation; a precision weight w makes
 * the variance of its row σ²/w.
 *
 * @example model(sleepstudy).formula("Reaction ~ Days + (Days | Subject)").family(gaussian())
 */
export function gaussian(options?: LinkOptions<"identity">): Family {
  return gaussianOf(options);
}

const gaussianOf = remembered<"identity">("gaussian", ["identity"], (): Family => {
  return Object.freeze({
    name: "gaussian",
    response: "real",
    normal: true,
    link: "identity",
    predictors: ["mu"],
    parameters: [
      {
        name: "sigma",
        support: "positive",
        dispersion: true,
        inUnitOfResponse: true,
        reported: "sigma",
        start: standardDeviation,
      },
    ],
    columns: ["y", "weights"],
    logDensity(ops, { eta, parameter, column }) {
      const residual = ops.sub(column["y"]!, ofMean(eta));
      const precision = ops.reciprocal(ops.square(parameter["sigma"]!));
      const quadratic = ops.mul(ops.mul(-0.5, precision), ops.mul(column["weights"]!, ops.square(residual)));
      const constant = ops.sub(ops.mul(0.5, ops.log(column["weights"]!)), HALF_LOG_2PI);
      return ops.sub(ops.add(quadratic, constant), ops.log(parameter["sigma"]!));
    },
    mean: (_ops, { eta }) => ofMean(eta),
    variance: (ops, { parameter, column }) => ops.div(ops.square(parameter["sigma"]!), column["weights"]!),
    unitDeviance: (y, mu) => (y - mu) ** 2,
    simulate: (rng, { eta, parameter, column }) =>
      ofMean(eta) + (parameter["sigma"]! / Math.sqrt(column["weights"] ?? 1)) * rng.normal(),
    cdf: (y, { eta, parameter, column }) =>
      ndtr((y - ofMean(eta)) * (Math.sqrt(column["weights"] ?? 1) / parameter["sigma"]!)),
    logConcave: true,
    startEta: (y) => y,
    checkResponse: (y, _trials, rows, name) =>
      checkRows("not-finite", name, y, rows, Number.isFinite, "a Gaussian response must be a finite number."),
  } satisfies Family);
});
