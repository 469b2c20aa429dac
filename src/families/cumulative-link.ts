/**
 * Links of an ordered response, P(Y ≤ k) = F(τ_k − η): log probabilities of the lowest, a middle and the highest category as traced
 * operations, written so that neither tail cancels, and F as a plain function.
 */
import type { Operations, Tensor } from "../autodiff/operations.ts";
import { normalQuantile } from "../special/distributions.ts";
import { sigmoid } from "../special/logistic.ts";
import { ndtr } from "../special/normal.ts";

export type CumulativeLinkName = "logit" | "probit" | "cloglog" | "loglog";

export interface CumulativeLink {
  /** log F(u − η). */
  below(ops: Operations, eta: Tensor, upper: Tensor): Tensor;
  /** log(F(u − η) − F(l − η)), u > l. */
  between(ops: Operations, eta: Tensor, upper: Tensor, lower: Tensor): Tensor;
  /** log(1 − F(l − η)). */
  above(ops: Operations, eta: Tensor, lower: Tensor): Tensor;
  /** F(x), traced. */
  cdf(ops: Operations, x: Tensor): Tensor;
  /** F(x). */
  inverse(x: number): number;
  /** F⁻¹(p). */
  forward(p: number): number;
}

export const CUMULATIVE_LINK_NAMES: readonly CumulativeLinkName[] = ["logit", "probit", "cloglog", "loglog"];

/** The complementary log-log link, 1 − F(x) = exp(−e^x): the smallest extreme value. */
const cloglog: CumulativeLink = {
  below: (ops, eta, upper) => ops.logCloglog(ops.sub(upper, eta)),
  // exp(−e^b) − exp(−e^a) = exp(−e^b) (1 − exp(−e^c)), e^c = e^a − e^b = e^a (1 − e^(b−a))
  between(ops, eta, upper, lower) {
    const c = ops.add(ops.sub(upper, eta), ops.log1mExp(ops.sub(upper, lower)));
    return ops.sub(ops.logCloglog(c), ops.exp(ops.sub(lower, eta)));
  },
  above: (ops, eta, lower) => ops.neg(ops.exp(ops.sub(lower, eta))),
  cdf: (ops, x) => ops.neg(ops.expm1(ops.neg(ops.exp(x)))),
  inverse: (x) => -Math.expm1(-Math.exp(x)),
  forward: (p) => Math.log(-Math.log1p(-p)),
};

export const CUMULATIVE_LINKS: Readonly<Record<CumulativeLinkName, CumulativeLink>> = {
  logit: {
    below: (ops, eta, upper) => ops.logSigmoid(ops.sub(upper, eta)),
    // σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b−a)), of which the last factor does not depend on η
    between: (ops, eta, upper, lower) =>
      ops.add(
        ops.add(ops.logSigmoid(ops.sub(upper, eta)), ops.logSigmoid(ops.sub(eta, lower))),
        ops.log1mExp(ops.sub(upper, lower)),
      ),
    above: (ops, eta, lower) => ops.logSigmoid(ops.sub(eta, lower)),
    cdf: (ops, x) => ops.sigmoid(x),
    inverse: sigmoid,
    forward: (p) => Math.log(p / (1 - p)),
  },
  probit: {
    below: (ops, eta, upper) => ops.logNdtr(ops.sub(upper, eta)),
    between: (ops, eta, upper, lower) => ops.logNdtrInterval(eta, upper, lower),
    above: (ops, eta, lower) => ops.logNdtr(ops.sub(eta, lower)),
    cdf: (ops, x) => ops.ndtr(x),
    inverse: ndtr,
    forward: normalQuantile,
  },
  cloglog,
  // the log-log link F(x) = exp(−e^−x) is the complementary one of the categories in reverse order
  loglog: {
    below: (ops, eta, upper) => cloglog.above(ops, ops.neg(eta), ops.neg(upper)),
    between: (ops, eta, upper, lower) => cloglog.between(ops, ops.neg(eta), ops.neg(lower), ops.neg(upper)),
    above: (ops, eta, lower) => cloglog.below(ops, ops.neg(eta), ops.neg(lower)),
    cdf: (ops, x) => ops.exp(ops.neg(ops.exp(ops.neg(x)))),
    inverse: (x) => Math.exp(-Math.exp(-x)),
    forward: (p) => -Math.log(-Math.log(p)),
  },
};
