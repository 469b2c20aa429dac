/** The binomial distribution: `y` successes out of `trials`. */

import type { Operations, Tensor } from "../autodiff/operations.ts";
import { binomialVariate } from "../random/variates.ts";
import { binomialCdf, normalQuantile } from "../special/distributions.ts";
import { cauchyCdf } from "../special/links.ts";
import { sigmoid } from "../special/logistic.ts";
import { ndtr } from "../special/normal.ts";
import { binomialDeviance } from "../special/unit-deviance.ts";
import { checkRows, isCount } from "./checks.ts";
import type { Augmentation, Family } from "./family.ts";
import { LARGE_COUNT, saturatedBinomial } from "./large-counts.ts";
import { ofMean } from "./of-mean.ts";
import { type LinkOptions, remembered } from "./remembered.ts";

export type BinomialLink = "logit" | "probit" | "cloglog" | "cauchit";

/** What a link of a probability needs: log p, log(1 − p), p and 1 − p as tensors, p and its inverse as numbers. */
interface ProbabilityLink {
  logP(ops: Operations, eta: Tensor): Tensor;
  logQ(ops: Operations, eta: Tensor): Tensor;
  p(ops: Operations, eta: Tensor): Tensor;
  q(ops: Operations, eta: Tensor): Tensor;
  inverse(eta: number): number;
  forward(p: number): number;
  readonly logConcave: boolean;
  readonly augmentation?: Augmentation;
}

const LINKS: Readonly<Record<BinomialLink, ProbabilityLink>> = {
  logit: {
    logP: (ops, eta) => ops.logSigmoid(eta),
    logQ: (ops, eta) => ops.neg(ops.softplus(eta)),
    p: (ops, eta) => ops.sigmoid(eta),
    q: (ops, eta) => ops.sigmoid(ops.neg(eta)),
    inverse: sigmoid,
    forward: (p) => Math.log(p / (1 - p)),
    logConcave: true,
    augmentation: "polya-gamma",
  },
  probit: {
    logP: (ops, eta) => ops.logNdtr(eta),
    logQ: (ops, eta) => ops.logNdtr(ops.neg(eta)),
    p: (ops, eta) => ops.ndtr(eta),
    q: (ops, eta) => ops.ndtr(ops.neg(eta)),
    inverse: ndtr,
    forward: normalQuantile,
    logConcave: true,
    augmentation: "latent-normals",
  },
  cloglog: {
    logP: (ops, eta) => ops.logCloglog(eta),
    logQ: (ops, eta) => ops.neg(ops.exp(eta)),
    p: (ops, eta) => ops.neg(ops.expm1(ops.neg(ops.exp(eta)))),
    q: (ops, eta) => ops.exp(ops.neg(ops.exp(eta))),
    inverse: (eta) => -Math.expm1(-Math.exp(eta)),
    forward: (p) => Math.log(-Math.log1p(-p)),
    logConcave: true,
  },
  cauchit: {
    logP: (ops, eta) => ops.log(ops.cauchyCdf(eta)),
    logQ: (ops, eta) => ops.log(ops.cauchyCdf(ops.neg(eta))),
    p: (ops, eta) => ops.cauchyCdf(eta),
    q: (ops, eta) => ops.cauchyCdf(ops.neg(eta)),
    inverse: cauchyCdf,
    forward: (p) => Math.tan(Math.PI * (p - 0.5)),
    logConcave: false,
  },
};

/** Classes of rows: a success or failure only needs its own log probability, and the other would be 0 × −∞ in a far tail. */
const ALL_FAILURES = 0;
const ALL_SUCCESSES = 1;
const SMALL = 2;
/** Many trials, of which no more than half succeed, or more. */
const LARGE_FEW = 3;
const LARGE_MANY = 4;

function classOf(column: Readonly<Record<string, number>>): number {
  const y = column["y"]!;
  const n = column["trials"] ?? 1;
  if (y === 0) return ALL_FAILURES;
  if (y === n) return ALL_SUCCESSES;
  return n < LARGE_COUNT ? SMALL : y <= 0.5 * n ? LARGE_FEW : LARGE_MANY;
}

/** Of the logit link few trials are of one class, as the many of either half are. */
function logitClassOf(column: Readonly<Record<string, number>>): number {
  const n = column["trials"] ?? 1;
  if (n < LARGE_COUNT || column["y"] === 0) return 0;
  return column["y"] === n ? 1 : 2;
}

/** y log p + (n − y) log(1 − p) + log choose as the saturated density less a deviance, p and 1 − p close to the shares observed. */
function logDensityOfMany(
  ops: Operations,
  link: ProbabilityLink,
  x: Tensor,
  n: Tensor,
  y: Tensor,
  few: boolean,
): Tensor {
  const failures = ops.sub(n, y);
  const share = ops.div(y, n);
  const rest = ops.div(failures, n);
  // the difference of the smaller probability has the digits
  const change = few ? ops.sub(link.p(ops, x), share) : ops.sub(rest, link.q(ops, x));
  const successes = ops.mul(y, ops.logRatio(link.logP(ops, x), ops.log(share), ops.div(change, share)));
  const others = ops.mul(failures, ops.logRatio(link.logQ(ops, x), ops.log(rest), ops.neg(ops.div(change, rest))));
  return ops.add(ops.add(successes, others), saturatedBinomial(ops, n, y));
}

/**
 * Binomial response: successes out of trials (1 when not given). Links `logit` (default), `probit`, `cloglog`, `cauchit`. No global
 * parameter. The log choose constants are included.
 *
 * @example model(cbpp).formula("cbind(incidence, size - incidence) ~ period + (1 | herd)").family(binomial())
 */
export function binomial(options?: LinkOptions<BinomialLink>): Family {
  return binomialOf(options);
}

const binomialOf = remembered<BinomialLink>("binomial", ["logit", "probit", "cloglog", "cauchit"], (name): Family => {
  const link = LINKS[name];
  const logChoose = (ops: Operations, n: Tensor, y: Tensor): Tensor =>
    ops.sub(ops.lgamma(ops.add(n, 1)), ops.add(ops.lgamma(ops.add(y, 1)), ops.lgamma(ops.add(ops.sub(n, y), 1))));
  return Object.freeze({
    name: "binomial",
    response: "trials",
    link: name,
    predictors: ["mu"],
    parameters: [],
    columns: ["y", "trials"],
    ...(name === "logit" ? { classes: 3, classOf: logitClassOf } : { classes: 5, classOf }),
    logDensity(ops, { eta, column }, rowClass) {
      const [x] = eta as readonly [Tensor];
      const y = column["y"]!;
      const n = column["trials"]!;
      if (name === "logit") {
        if (rowClass === 0) return ops.add(ops.sub(ops.mul(y, x), ops.mul(n, ops.softplus(x))), logChoose(ops, n, y));
        if (rowClass === 1) return ops.mul(n, ops.logSigmoid(x));
        const failures = ops.sub(n, y);
        const difference = ops.sub(x, ops.log(ops.div(y, failures)));
        return ops.sub(saturatedBinomial(ops, n, y), ops.oddsDeviance(y, failures, difference));
      }
      if (rowClass === ALL_FAILURES) return ops.mul(n, link.logQ(ops, x));
      if (rowClass === ALL_SUCCESSES) return ops.mul(n, link.logP(ops, x));
      if (rowClass !== SMALL) return logDensityOfMany(ops, link, x, n, y, rowClass === LARGE_FEW);
      const both = ops.add(ops.mul(y, link.logP(ops, x)), ops.mul(ops.sub(n, y), link.logQ(ops, x)));
      return ops.add(both, logChoose(ops, n, y));
    },
    mean: (ops, { eta }) => link.p(ops, ofMean(eta)),
    variance(ops, { eta, column }) {
      // 1 − p has no digits left where p is close to 1
      return ops.mul(column["trials"]!, ops.mul(link.p(ops, ofMean(eta)), link.q(ops, ofMean(eta))));
    },
    unitDeviance: (y, p, { column }) => binomialDeviance(y, column["trials"] ?? 1, p),
    notation: {
      mean: "p_i",
      statement: (trials) => (trials === "1" ? "Bernoulli(p_i)" : `Binomial(${trials}, p_i)`),
    },
    simulate: (rng, { eta, column }) => binomialVariate(rng, column["trials"] ?? 1, link.inverse(ofMean(eta))),
    cdf: (y, { eta, column }) => binomialCdf(y, column["trials"] ?? 1, link.inverse(ofMean(eta))),
    ...(link.augmentation && { augmentation: link.augmentation }),
    logConcave: link.logConcave,
    startEta: (y, trials) => link.forward((y + 0.5) / (trials + 1)),
    checkResponse(y, trials, rows, responseName) {
      const rule =
        trials === null
          ? "a binomial response must be 0 or 1; for successes out of a number of trials declare the trials."
          : "a binomial response must be a whole number of successes between 0 and the number of trials.";
      return checkRows(
        "not-binomial",
        responseName,
        y,
        rows,
        (v, i) => isCount(v) && isCount(trials?.[i] ?? 1) && v <= (trials?.[i] ?? 1),
        rule,
      );
    },
  } satisfies Family);
});
