/**
 * Covariance of the moment estimates of scale and correlation, as the sum over clusters of outer products of their influences. With β̂ the
 * solution of the first equations, a cluster moves φ̂ and α̂ by its own products of residuals and, through β̂, by those of all clusters
 * (Prentice & Zhao 1991, Biometrics 47, 825–839; Yan & Fine 2004, Statistics in Medicine 23, 859–874). All derivatives are those of the
 * sums themselves, not their expected values, so that the errors are those of an infinitesimal jackknife.
 */
import { symmetrise } from "../../linalg/dense-cholesky.ts";
import { inverseInformation } from "./covariance.ts";
import type { Equations } from "./equations.ts";
import { type NuisanceGains, nuisanceDerivatives } from "./nuisance-derivatives.ts";

/**
 * The covariance of [φ, α], (1 + k) × (1 + k). The equations must be assembled at the solution.
 *
 * @param beta the solution, standardised; @param phi and @param alpha the estimates there
 * @param scaleFixed φ is given: its row is 0
 */
export function nuisanceCovariance(
  equations: Equations,
  beta: Float64Array,
  phi: number,
  alpha: Float64Array,
  scaleFixed: boolean,
): Float64Array {
  const { clusters, correlation, rows, momentSums, p, scores } = equations;
  const { start, count, copies } = clusters;
  const { slots } = correlation;
  const { residual: e, weights } = rows;
  const { totals, roots } = momentSums;
  const { standard, standardDivisor, standardOf, scaleDivisor } = totals;
  const gains = nuisanceGains(equations, alpha);
  const { size, place, levels, perProduct, perDivisor } = gains;
  const derivatives = nuisanceDerivatives(equations, gains, rows.residualSlopes(beta), scaleFixed);
  // through β: ∂[φ, α]/∂β M u_i
  const M = inverseInformation(equations);
  const through = new Float64Array(size * p);
  for (let t = 0; t < size; t++)
    for (let a = 0; a < p; a++)
      for (let b = 0; b < p; b++) through[t * p + a]! += derivatives[t * p + b]! * M[b * p + a]!;
  const products = new Float64Array(slots);
  const counts = new Float64Array(slots);
  const influence = new Float64Array(size);
  const covariance = new Float64Array(size * size);
  for (let c = 0; c < count; c++) {
    const times = copies === null ? 1 : copies[c]!;
    const from = start[c]!;
    const to = start[c + 1]!;
    const m = to - from;
    let own = 0;
    let total = 0;
    for (let i = from; i < to; i++) own += e[i]! * e[i]!;
    if (roots !== null) for (let i = from; i < to; i++) total += weights![i]!;
    influence[0] = scaleFixed ? 0 : (own - phi * m) / scaleDivisor;
    // of the standardising scale, in proportion
    const counted = standardOf === "averages" ? 1 : roots === null ? m : total;
    const summed = standardOf === "fixed" ? m * phi : standardOf === "averages" ? own / m : own;
    const relative = (summed / standard - counted) / standardDivisor;
    for (let t = 1; t < size; t++) influence[t] = -levels[t]! * relative;
    for (let s = 0; s < slots; s++) products[s] = counts[s] = 0;
    if (slots > 0) {
      momentSums.addProducts(c, 1, products);
      momentSums.addDivisors(c, 1, counts);
    }
    for (let s = 0; s < slots; s++)
      influence[place[s]!]! += perProduct[s]! * products[s]! + perDivisor[s]! * counts[s]!;
    for (let t = 0; t < size; t++) {
      let pull = influence[t]!;
      for (let a = 0; a < p; a++) pull += through[t * p + a]! * scores[c * p + a]!;
      influence[t] = pull;
      for (let l = 0; l <= t; l++) covariance[t * size + l]! += times * pull * influence[l]!;
    }
  }
  symmetrise(covariance, size);
  return covariance;
}

/** The derivatives of α by its sums at the last estimate. */
function nuisanceGains({ correlation, momentSums }: Equations, alpha: Float64Array): NuisanceGains {
  const { slots } = correlation;
  const { means, divisors, standard } = momentSums.totals;
  const size = 1 + alpha.length;
  const gains = new Float64Array(slots);
  const fitted = new Float64Array(slots);
  correlation.gains(means, divisors, alpha, gains, fitted);
  const place = Int32Array.from({ length: slots }, (_, s) => 1 + correlation.parameterOf(s));
  const levels = new Float64Array(size);
  for (let s = 0; s < slots; s++) levels[place[s]!]! += gains[s]! * means[s]!;
  return {
    size,
    place,
    levels,
    perProduct: gains.map((gain, s) => (divisors[s]! > 0 ? gain / (standard * divisors[s]!) : 0)),
    perDivisor: gains.map((gain, s) => (divisors[s]! > 0 ? (-gain * fitted[s]!) / divisors[s]! : 0)),
  };
}
