/**
 * Covariance of the moment estimates of scale and correlation, as the sum over clusters of outer products of their influences. With β̂ the
 * solution of the first equations, a cluster moves φ̂ and α̂ by its own products of residuals and, through β̂, by those of all clusters
 * (Prentice & Zhao 1991, Biometrics 47, 825–839; Yan & Fine 2004, Statistics in Medicine 23, 859–874). All derivatives are those of the
 * sums themselves, not their expected values, so that the errors are those of an infinitesimal jackknife.
 */
import { symmetrise } from "../../linalg/dense-cholesky.ts";
import { inverseInformation } from "./covariance.ts";
import type { Equations } from "./equations.ts";

/** Rows whose products with the covariates are summed together, unless one cluster has more. */
const STRETCH = 256;

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
  const { start, count, patternOf, copies } = clusters;
  const { slotOf, slots } = correlation;
  const { residual: e, X, weights } = rows;
  const { totals, roots, shares } = momentSums;
  const { means, divisors, standard, standardDivisor, standardOf, scaleDivisor } = totals;
  const k = alpha.length;
  const size = 1 + k;
  const slopes = rows.residualSlopes(beta);
  const gains = new Float64Array(slots);
  const fittedMeans = new Float64Array(slots);
  correlation.gains(means, divisors, alpha, gains, fittedMeans);
  const place = Int32Array.from({ length: slots }, (_, s) => 1 + correlation.parameterOf(s));
  /** Σ over the slots of a parameter of gain times mean: what a change of the standardising scale in proportion takes off. */
  const levels = new Float64Array(size);
  for (let s = 0; s < slots; s++) levels[place[s]!]! += gains[s]! * means[s]!;
  /** ∂α/∂product of a slot, and ∂α/∂its divisor. */
  const perProduct = gains.map((gain, s) => (divisors[s]! > 0 ? gain / (standard * divisors[s]!) : 0));
  const perDivisor = gains.map((gain, s) => (divisors[s]! > 0 ? (-gain * fittedMeans[s]!) / divisors[s]! : 0));
  // ∂[φ, α]/∂β = Σ_i (coefficients of ∂e_i/∂β) ∂e_i/∂β. Three kinds of coefficients: e_i, of the squares; e_i over the size of its cluster, where
  // the standardising scale is of averages; and what the pairs of i give for each α.
  const averaged = standardOf === "averages";
  const kinds = size + (averaged ? 1 : 0);
  const pulled = new Float64Array(kinds * p);
  const stretch = Math.max(STRETCH, clusters.largest);
  const coefficient = new Float64Array(kinds * stretch);
  let first = 0;
  /** Adds what the rows from `first` to `to` pull. */
  const flush = (to: number) => {
    for (let t = 0; t < kinds; t++) {
      const own = t * stretch - first;
      for (let i = first; i < to; i++) coefficient[own + i]! *= slopes[i]!;
      for (let a = 0; a < p; a++) {
        let s = 0;
        for (let i = first, at = first * p + a; i < to; i++, at += p) s += coefficient[own + i]! * X[at]!;
        pulled[t * p + a]! += s;
      }
    }
    first = to;
  };
  /** Coefficients of the pairs of cluster c. */
  const fillPairs = (c: number) => {
    const from = start[c]!;
    const to = start[c + 1]!;
    const times = copies === null ? 1 : copies[c]!;
    if (slotOf === null) {
      // every other residual of the cluster, by their sum
      const own = stretch - first;
      let sum = 0;
      for (let i = from; i < to; i++) sum += roots === null ? e[i]! : roots[i]! * e[i]!;
      for (let i = from; i < to; i++) {
        const root = roots === null ? 1 : roots[i]!;
        coefficient[own + i] = times * perProduct[0]! * root * (sum - root * e[i]!);
      }
      return;
    }
    for (let t = 1; t < size; t++) coefficient.fill(0, t * stretch + from - first, t * stretch + to - first);
    if (slots === 0) return;
    const slot = slotOf[patternOf[c]!]!;
    const share = shares === null ? null : shares[patternOf[c]!]!;
    let pair = 0;
    for (let i = from; i < to; i++)
      for (let l = i + 1; l < to; l++) {
        const s = slot[pair++]!;
        if (s < 0) continue;
        const weight = roots === null ? 1 : roots[i]! * roots[l]!;
        const g = times * perProduct[s]! * weight * (share === null ? 1 : share[s]!);
        const own = place[s]! * stretch - first;
        coefficient[own + i]! += g * e[l]!;
        coefficient[own + l]! += g * e[i]!;
      }
  };
  for (let c = 0; c < count; c++) {
    const from = start[c]!;
    const to = start[c + 1]!;
    if (to - first > stretch) flush(from);
    const times = copies === null ? 1 : copies[c]!;
    for (let i = from; i < to; i++) coefficient[i - first] = times * e[i]!;
    if (averaged)
      for (let i = from, own = size * stretch - first; i < to; i++)
        coefficient[own + i] = (times * e[i]!) / (to - from);
    if (k > 0) fillPairs(c);
  }
  flush(clusters.order.length);
  const byBeta = new Float64Array(size * p);
  for (let a = 0; a < p; a++) {
    byBeta[a] = scaleFixed ? 0 : (2 * pulled[a]!) / scaleDivisor;
    // the standardising scale, in proportion
    const square = standardOf === "fixed" ? 0 : pulled[(averaged ? size * p : 0) + a]!;
    for (let t = 1; t < size; t++)
      byBeta[t * p + a] = pulled[t * p + a]! - (levels[t]! * 2 * square) / (standardDivisor * standard);
  }

  // through β: ∂[φ, α]/∂β M u_i
  const M = inverseInformation(equations);
  const through = new Float64Array(size * p);
  for (let t = 0; t < size; t++)
    for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) through[t * p + a]! += byBeta[t * p + b]! * M[b * p + a]!;
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
    products.fill(0);
    counts.fill(0);
    if (slots > 0) {
      momentSums.addProducts(c, 1, products);
      momentSums.addDivisors(c, 1, counts);
    }
    for (let t = 1; t < size; t++) influence[t] = -levels[t]! * relative;
    for (let s = 0; s < slots; s++)
      influence[place[s]!]! += perProduct[s]! * products[s]! + perDivisor[s]! * counts[s]!;
    for (let t = 0; t < size; t++)
      for (let a = 0; a < p; a++) influence[t]! += through[t * p + a]! * scores[c * p + a]!;
    for (let t = 0; t < size; t++)
      for (let l = 0; l <= t; l++) covariance[t * size + l]! += times * influence[t]! * influence[l]!;
  }
  symmetrise(covariance, size);
  return covariance;
}
