/** The Poisson distribution. */
import type { Operations, Tensor } from "../autodiff/operations.ts";
import { poissonVariate } from "../random/variates.ts";
import { poissonCdf } from "../special/distributions.ts";
import { checkRows, isCount } from "./checks.ts";
import type { Family } from "./family.ts";
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
  // with y = 0 the term y log μ is absent, not 0 × −∞
  const classes: Pick<Family, "classes" | "classOf"> =
    link === "log" ? {} : { classes: 2, classOf: (column) => (column["y"] === 0 ? 0 : 1) };
  return Object.freeze({
    name: "poisson",
    link,
    predictors: ["mu"],
    parameters: [],
    columns: ["y"],
    ...classes,
    logDensity(ops, { eta, column }, rowClass) {
      const [x] = eta as readonly [Tensor];
      const y = column["y"]!;
      const constant = ops.lgamma(ops.add(y, 1));
      const mu = mean(ops, link, x);
      if (link === "log") return ops.sub(ops.sub(ops.mul(y, x), mu), constant);
      const density = rowClass === 0 ? ops.neg(mu) : ops.sub(ops.sub(ops.mul(y, ops.log(mu)), mu), constant);
      return link === "identity" ? ops.ifPositive(x, density) : density;
    },
    mean: (ops, { eta }) => mean(ops, link, eta[0]!),
    variance: (ops, { eta }) => mean(ops, link, eta[0]!),
    simulate: (rng, { eta }) => poissonVariate(rng, INVERSE[link](eta[0]!)),
    cdf: (y, { eta }) => poissonCdf(y, INVERSE[link](eta[0]!)),
    // with the square root link concave on either side of 0 only
    logConcave: link !== "sqrt",
    startEta: (y) => FORWARD[link](y + 0.1),
    checkResponse: (y, _trials, rows, name) =>
      checkRows("negative-count", name, y, rows, isCount, "a Poisson response must be a whole number of 0 or more."),
  } satisfies Family);
});
