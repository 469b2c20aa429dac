/** The Poisson distribution. */

import type { Operations, Tensor } from "../autodiff/operations.ts";
import { poissonVariate } from "../random/variates.ts";
import { poissonCdf } from "../special/distributions.ts";
import { poissonDeviance } from "../special/unit-deviance.ts";
import { checkRows, isCount } from "./checks.ts";
import type { Family } from "./family.ts";
import { LARGE_COUNT, poissonNormaliser } from "./large-counts.ts";
import { ofMean } from "./of-mean.ts";
import { type LinkOptions, remembered } from "./remembered.ts";

export type PoissonLink = "log" | "sqrt" | "identity";

const INVERSE: Readonly<Record<PoissonLink, (eta: number) => number>> = {
  log: Math.exp,
  sqrt: (eta) => eta * eta,
  identity: (eta) => eta,
};

const FORWARD: Readonly<Record<PoissonLink, (mu: number) => number>> = {
  log: Math.log,
  sqrt: Math.sqrt,
  identity: (mu) => mu,
};

function mean(ops: Operations, link: PoissonLink, eta: Tensor): Tensor {
  return link === "log" ? ops.exp(eta) : link === "sqrt" ? ops.square(eta) : eta;
}

/** Classes of rows. Where μ may be 0 and y is, the term y log μ is absent, not 0 × −∞. */
const SMALL = 0;
const LARGE = 1;
const ZERO = 2;

/**
 * Poisson response. Links `log` (default), `sqrt` (μ = η²), `identity`. No global parameter. With the identity link the density
 * of a row whose η is not above 0 is zero (log density −Infinity).
 *
 * @example model(owls).formula("calls ~ food + (1 | nest)").family(poisson())
 */
export function poisson(options?: LinkOptions<PoissonLink>): Family {
  return poissonOf(options);
}

const poissonOf = remembered<PoissonLink>("poisson", ["log", "sqrt", "identity"], (link): Family => {
  return Object.freeze({
    name: "poisson",
    response: "count",
    link,
    predictors: ["mu"],
    parameters: [],
    columns: ["y"],
    classes: link === "log" ? 2 : 3,
    classOf: (column) => (column["y"]! >= LARGE_COUNT ? LARGE : column["y"] === 0 && link !== "log" ? ZERO : SMALL),
    logDensity(ops, { eta, column }, rowClass) {
      const [x] = eta as readonly [Tensor];
      const y = column["y"]!;
      const mu = mean(ops, link, x);
      if (rowClass === LARGE) {
        // y (log(μ/y) − (μ/y − 1)), which vanishes at μ = y
        const logRatio = link === "log" ? ops.sub(x, ops.log(y)) : null;
        const change = logRatio ? ops.expm1(logRatio) : ops.div(ops.sub(mu, y), y);
        const deviance = ops.mul(y, ops.sub(change, logRatio ?? ops.log1p(change)));
        const large = ops.neg(ops.add(deviance, poissonNormaliser(ops, y)));
        return link === "identity" ? ops.ifPositive(x, large) : large;
      }
      const constant = ops.lgamma(ops.add(y, 1));
      if (link === "log") return ops.sub(ops.sub(ops.mul(y, x), mu), constant);
      const density = rowClass === ZERO ? ops.neg(mu) : ops.sub(ops.sub(ops.mul(y, ops.log(mu)), mu), constant);
      return link === "identity" ? ops.ifPositive(x, density) : density;
    },
    mean: (ops, { eta }) => mean(ops, link, ofMean(eta)),
    variance: (ops, { eta }) => mean(ops, link, ofMean(eta)),
    unitDeviance: poissonDeviance,
    notation: { mean: "μ_i", statement: () => "Poisson(μ_i)" },
    simulate: (rng, { eta }) => poissonVariate(rng, INVERSE[link](ofMean(eta))),
    cdf: (y, { eta }) => poissonCdf(y, INVERSE[link](ofMean(eta))),
    // with the square root link concave on either side of 0 only
    ...(link === "log" && { augmentation: "gaussian-proposals" }),
    logConcave: link !== "sqrt",
    startEta: (y) => FORWARD[link](y + 0.1),
    checkResponse: (y, _trials, rows, name) =>
      checkRows("negative-count", name, y, rows, isCount, "a Poisson response must be a whole number of 0 or more."),
  } satisfies Family);
});
