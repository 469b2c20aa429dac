/** log(Φ(upper − η) − Φ(lower − η)), and the densities at its ends, where an end may be infinite. */
import { logNdtr } from "../../special/normal.ts";
import { logNdtrInterval } from "../../special/normal-interval.ts";

export function logIntervalProbability(eta: number, lower: number, upper: number): number {
  if (lower === Number.NEGATIVE_INFINITY) return logNdtr(0, upper - eta);
  if (upper === Number.POSITIVE_INFINITY) return logNdtr(0, eta - lower);
  return logNdtrInterval(0, eta, upper, lower);
}

/** Its first or second derivative in η. */
export function logIntervalDerivative(order: 1 | 2, eta: number, lower: number, upper: number): number {
  if (lower === Number.NEGATIVE_INFINITY) return order === 1 ? -logNdtr(1, upper - eta) : logNdtr(2, upper - eta);
  return upper === Number.POSITIVE_INFINITY ? logNdtr(order, eta - lower) : logNdtrInterval(order, eta, upper, lower);
}

/** ∂/∂upper of it: the density at the upper end over the probability. */
export const upperHazard = (eta: number, lower: number, upper: number): number =>
  lower === Number.NEGATIVE_INFINITY ? logNdtr(1, upper - eta) : logNdtrInterval(4, eta, upper, lower);

/** −∂/∂lower of it. */
export const lowerHazard = (eta: number, lower: number, upper: number): number =>
  upper === Number.POSITIVE_INFINITY ? logNdtr(1, eta - lower) : -logNdtrInterval(7, eta, upper, lower);
