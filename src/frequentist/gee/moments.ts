/** Moment estimates of scale and correlation from the residuals of the rows (Liang & Zeger 1986, section 4). */
import type { Clusters } from "./clusters.ts";
import type { CorrelationParameters } from "./correlation-parameters.ts";
import type { GeeMethod } from "./method.ts";
import type { WorkingRows } from "./working-rows.ts";

export interface Moments {
  /**
   * φ (or the fixed one) at the last residuals; fills α.
   *
   * @param excluded a cluster of which one copy is left out, −1 for none
   */
  estimate(alpha: Float64Array, excluded: number): number;
  /** What the last estimate was made of. */
  readonly totals: MomentTotals;
  /** What multiplies a product of residuals by row, as a square root: weights of pairs are products of those of rows; null: 1. */
  readonly roots: Float64Array | null;
  /** By pattern: what a product of each slot is multiplied by; null: 1. */
  readonly shares: readonly Float64Array[] | null;
  /** Adds `times` times the products and the divisors of the slots of cluster c. */
  addProducts(c: number, times: number, into: Float64Array): void;
  addDivisors(c: number, times: number, into: Float64Array): void;
}

/** Sums over clusters. Products of residuals are standardised by `square / divisor`, a scale that is φ where rows have no weights. */
export interface MomentTotals {
  /** By slot: mean standardised products, and what they were divided by. */
  readonly means: Float64Array;
  readonly divisors: Float64Array;
  /** φ is Σe² over this. */
  readonly scaleDivisor: number;
  /** The scale of the products, and what its sum was divided by. */
  readonly standard: number;
  readonly standardDivisor: number;
  /** How that sum is made: of squares of residuals, of their means by cluster, or of a fixed φ a row. */
  readonly standardOf: "squares" | "averages" | "fixed";
}

/** By pattern: the number of its pairs of each slot. */
function pairsByPattern({ patterns }: Clusters, { slotOf, slots }: CorrelationParameters): Float64Array[] {
  return patterns.map(({ positions }, h) => {
    const pairs = new Float64Array(slots);
    const m = positions.length;
    if (slotOf === null) pairs[0] = (m * (m - 1)) / 2;
    else for (const slot of slotOf[h]!) if (slot >= 0) pairs[slot]!++;
    return pairs;
  });
}

/** How products of residuals are summed, and the sums of the last estimate. */
interface Sums {
  readonly method: GeeMethod;
  readonly clusters: Clusters;
  readonly correlation: CorrelationParameters;
  readonly e: Float64Array;
  readonly w: Float64Array | null;
  readonly p: number;
  readonly corrected: boolean;
  readonly weighted: Float64Array | null;
  readonly roots: Float64Array | null;
  readonly scaled: Float64Array;
  readonly averaged: boolean;
  readonly pairs: Float64Array[];
  readonly shares: Float64Array[] | null;
  readonly allPairs: boolean;
  readonly standardOf: "averages" | "squares" | "fixed";
  readonly products: Float64Array;
  readonly divisors: Float64Array;
  readonly allDivisors: Float64Array;
  readonly means: Float64Array;
  totals: MomentTotals;
}

/** Adds `sign` times Σ x_j x_k of the pairs of cluster c. */
function addPairs(s: Sums, c: number, x: Float64Array, sign: number, into: Float64Array): void {
  const { clusters, correlation, shares } = s;
  const { start, patternOf } = clusters;
  const { slotOf } = correlation;
  const from = start[c]!;
  const to = start[c + 1]!;
  if (slotOf === null) {
    let sum = 0;
    let square = 0;
    for (let i = from; i < to; i++) {
      const value = x[i]!;
      sum += value;
      square += value * value;
    }
    into[0]! += (sign * (sum * sum - square)) / 2;
    return;
  }
  const slot = slotOf[patternOf[c]!]!;
  const share = shares === null ? null : shares[patternOf[c]!]!;
  let pair = 0;
  for (let i = from; i < to; i++) {
    const value = sign * x[i]!;
    for (let k = i + 1; k < to; k++) {
      const s = slot[pair++]!;
      if (s >= 0) into[s]! += (share === null ? value : value * share[s]!) * x[k]!;
    }
  }
}

/** Adds `sign` times the divisors of cluster c. */
function addDivisors(s: Sums, c: number, sign: number, into: Float64Array): void {
  const { clusters, correlation, weighted, averaged, pairs } = s;
  const { patternOf } = clusters;
  const { slots } = correlation;
  if (weighted !== null) {
    addPairs(s, c, weighted, sign, into);
    return;
  }
  const own = pairs[patternOf[c]!]!;
  for (let s = 0; s < slots; s++) into[s]! += averaged ? (own[s]! > 0 ? sign : 0) : sign * own[s]!;
}

const copiesOf = (s: Sums, c: number, excluded: number): number =>
  (s.clusters.copies === null ? 1 : s.clusters.copies[c]!) - (c === excluded ? 1 : 0);

function estimate(s: Sums, alpha: Float64Array, excluded: number): number {
  const {
    method,
    clusters,
    correlation,
    e,
    w,
    p,
    corrected,
    roots,
    scaled,
    averaged,
    allPairs,
    standardOf,
    products,
    divisors,
    allDivisors,
    means,
  } = s;
  const { start, count } = clusters;
  const { slotOf, slots } = correlation;
  let square = 0;
  let total = 0;
  let rows = 0;
  let average = 0;
  let used = 0;
  products.fill(0);
  if (roots !== null) for (let i = 0; i < e.length; i++) scaled[i] = roots[i]! * e[i]!;
  for (let c = 0; c < count; c++) {
    const times = copiesOf(s, c, excluded);
    if (times === 0) continue;
    const from = start[c]!;
    const to = start[c + 1]!;
    let own = 0;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const residual = e[i]!;
      own += residual * residual;
      sum += residual;
    }
    if (w !== null) for (let i = from; i < to; i++) total += times * w[i]!;
    square += times * own;
    average += (times * own) / (to - from);
    rows += times * (to - from);
    used += times;
    if (allPairs) products[0]! += (times * (sum * sum - own)) / 2;
    else if (slots > 0) addPairs(s, c, scaled, times, products);
  }
  if (w === null) total = rows;
  divisors.set(allDivisors);
  if (excluded >= 0) addDivisors(s, excluded, -1, divisors);
  const estimated = square / (corrected ? rows - p : rows);
  const scale = method.scale ?? estimated;
  // package gee standardises by the estimate even where the scale is fixed; geepack weights products of residuals by w_j w_k, and so the square
  // they are standardised by
  const standardDivisor = averaged ? used : corrected ? rows - p : total;
  const standard = (averaged ? average : standardOf === "fixed" ? scale * rows : square) / standardDivisor;
  for (let s = 0; s < slots; s++) {
    products[s]! /= standard;
    if (corrected && !averaged) divisors[s] = slotOf === null ? divisors[s]! - p : divisors[s]! * (1 - p / rows);
    means[s] = divisors[s]! > 0 ? products[s]! / divisors[s]! : 0;
  }
  s.totals = { means, divisors, scaleDivisor: corrected ? rows - p : rows, standard, standardDivisor, standardOf };
  correlation.estimate(products, divisors, alpha);
  return scale;
}

/** Lays out the sums behind the estimates. */
export function momentEstimates(
  method: GeeMethod,
  clusters: Clusters,
  correlation: CorrelationParameters,
  { residual: e, weights: w, p }: WorkingRows,
): Moments {
  const { count } = clusters;
  const { slotOf, slots } = correlation;
  const corrected = method.divisor === "N-p";
  const weighted = w !== null && !corrected ? w : null;
  const roots = weighted === null ? null : weighted.map(Math.sqrt);
  const scaled = roots === null ? e : new Float64Array(e.length);
  // package gee averages the products of one lag within each cluster first
  const averaged = corrected && slotOf !== null && correlation.lags.length > 0;
  const pairs = pairsByPattern(clusters, correlation);
  const shares = averaged ? pairs.map((own) => own.map((number) => (number > 0 ? 1 / number : 0))) : null;
  // the products of all pairs of a cluster, from its sums
  const allPairs = slotOf === null && roots === null;
  const standardOf = averaged ? "averages" : method.scale === null || corrected ? "squares" : "fixed";

  const products = new Float64Array(slots);
  const divisors = new Float64Array(slots);
  const allDivisors = new Float64Array(slots);
  const means = new Float64Array(slots);
  const s: Sums = {
    method,
    clusters,
    correlation,
    e,
    w,
    p,
    corrected,
    weighted,
    roots,
    scaled,
    averaged,
    pairs,
    shares,
    allPairs,
    standardOf,
    products,
    divisors,
    allDivisors,
    means,
    totals: { means, divisors, scaleDivisor: 0, standard: 1, standardDivisor: 0, standardOf },
  };

  if (slots > 0) for (let c = 0; c < count; c++) addDivisors(s, c, copiesOf(s, c, -1), allDivisors);

  return {
    roots,
    shares,
    addProducts: (c, times, into) => addPairs(s, c, scaled, times, into),
    addDivisors: (c, sign, into) => addDivisors(s, c, sign, into),
    get totals() {
      return s.totals;
    },
    estimate: (alpha, excluded) => estimate(s, alpha, excluded),
  };
}
