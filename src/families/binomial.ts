/** The binomial distribution: `y` successes out of `trials`. */

import type { Operations, Tensor } from "../autodiff/operations.ts";
import { binomialVariate } from "../random/variates.ts";
import { binomialCdf, normalQuantile } from "../special/distributions.ts";
import { cauchyCdf } from "../special/links.ts";
import { sigmoid } from "../special/logistic.ts";
import { ndtr } from "../special/normal.ts";
import { checkRows, isCount } from "./checks.ts";
import type { Family } from "./family.ts";
import { type LinkOptions, remembered } from "./remembered.ts";

export type BinomialLink = "logit" | "probit" | "cloglog" | "cauchit";

/** What a link of a probability needs: log p, log(1 − p) and p as tensors, p and its inverse as numbers. */
interface ProbabilityLink {
  logP(ops: Operations, eta: Tensor): Tensor;
  logQ(ops: Operations, eta: Tensor): Tensor;
  p(ops: Operations, eta: Tensor): Tensor;
  inverse(eta: number): number;
  forward(p: number): number;
  readonly logConcave: boolean;
}

const LINKS: Readonly<Record<BinomialLink, ProbabilityLink>> = {
  logit: {
    logP: (ops, eta) => ops.logSigmoid(eta),
    logQ: (ops, eta) => ops.neg(ops.softplus(eta)),
    p: (ops, eta) => ops.sigmoid(eta),
    inverse: sigmoid,
    forward: (p) => Math.log(p / (1 - p)),
    logConcave: true,
  },
  probit: {
    logP: (ops, eta) => ops.logNdtr(eta),
    logQ: (ops, eta) => ops.logNdtr(ops.neg(eta)),
    p: (ops, eta) => ops.ndtr(eta),
    inverse: ndtr,
    forward: normalQuantile,
    logConcave: true,
  },
  cloglog: {
    logP: (ops, eta) => ops.logCloglog(eta),
    logQ: (ops, eta) => ops.neg(ops.exp(eta)),
    p: (ops, eta) => ops.neg(ops.expm1(ops.neg(ops.exp(eta)))),
    inverse: (eta) => -Math.expm1(-Math.exp(eta)),
    forward: (p) => Math.log(-Math.log1p(-p)),
    logConcave: true,
  },
  cauchit: {
    logP: (ops, eta) => ops.log(ops.cauchyCdf(eta)),
    logQ: (ops, eta) => ops.log(ops.cauchyCdf(ops.neg(eta))),
    p: (ops, eta) => ops.cauchyCdf(eta),
    inverse: cauchyCdf,
    forward: (p) => Math.tan(Math.PI * (p - 0.5)),
    logConcave: false,
  },
};

/** Classes of rows: a success or failure only needs its own log probability, and the other would be 0 × −∞ in a far tail. */
const ALL_FAILURES = 0;
const ALL_SUCCESSES = 1;

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
  const classes: Pick<Family, "classes" | "classOf"> =
    name === "logit"
      ? {}
      : {
          classes: 3,
          classOf: (column) =>
            column["y"] === 0 ? ALL_FAILURES : column["y"] === (column["trials"] ?? 1) ? ALL_SUCCESSES : 2,
        };
  return Object.freeze({
    name: "binomial",
    link: name,
    predictors: ["mu"],
    parameters: [],
    columns: ["y", "trials"],
    ...classes,
    logDensity(ops, { eta, column }, rowClass) {
      const [x] = eta as readonly [Tensor];
      const y = column["y"]!;
      const n = column["trials"]!;
      if (name === "logit") return ops.add(ops.sub(ops.mul(y, x), ops.mul(n, ops.softplus(x))), logChoose(ops, n, y));
      if (rowClass === ALL_FAILURES) return ops.mul(n, link.logQ(ops, x));
      if (rowClass === ALL_SUCCESSES) return ops.mul(n, link.logP(ops, x));
      const both = ops.add(ops.mul(y, link.logP(ops, x)), ops.mul(ops.sub(n, y), link.logQ(ops, x)));
      return ops.add(both, logChoose(ops, n, y));
    },
    mean: (ops, { eta }) => link.p(ops, eta[0]!),
    variance(ops, { eta, column }) {
      const p = link.p(ops, eta[0]!);
      return ops.mul(column["trials"]!, ops.mul(p, ops.sub(1, p)));
    },
    simulate: (rng, { eta, column }) => binomialVariate(rng, column["trials"] ?? 1, link.inverse(eta[0]!)),
    cdf: (y, { eta, column }) => binomialCdf(y, column["trials"] ?? 1, link.inverse(eta[0]!)),
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
