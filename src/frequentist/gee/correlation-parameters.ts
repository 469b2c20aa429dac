/**
 * The parameters α of a working correlation: which pairs of occasions inform which of them, and their moment estimates from sums of
 * products of standardised residuals (Liang & Zeger 1986, Biometrika 73, 13–22, section 4; the AR(1) by least squares over all pairs as
 * in Yan & Fine 2004, Statistics in Medicine 23, 859–874).
 */
import type { Clusters, Pattern } from "./clusters.ts";
import type { GeeMethod } from "./method.ts";

export interface CorrelationParameters {
  /** Names as geepack writes them: `alpha`, `alpha.1:2`; for lags `alpha.1`, `alpha.2`. */
  readonly names: readonly string[];
  /** Number of sums of products that are kept apart. */
  readonly slots: number;
  /** By pattern: the slot of each pair j < k of its places, row by row of the upper triangle, −1 where the pair is not used; null: all pairs in slot 0. */
  readonly slotOf: readonly Int32Array[] | null;
  /** The lag of each slot; AR(1) only. */
  readonly lags: readonly number[];
  /**
   * Fills α from the mean product of standardised residuals of each slot.
   *
   * @param products Σ e_j e_k / φ by slot, and the divisors; previous: the last α, where a search starts
   */
  estimate(products: Float64Array, divisors: Float64Array, alpha: Float64Array): void;
  /** The parameter each slot informs is its own, or the only one. */
  parameterOf(slot: number): number;
  /** By slot at α: fills `gain` with the derivative of its parameter with respect to its mean product, and `fitted` with its correlation. */
  gains(
    means: Float64Array,
    divisors: Float64Array,
    alpha: Float64Array,
    gain: Float64Array,
    fitted: Float64Array,
  ): void;
}

/** α of an AR(1) may not reach ±1, where its matrix is singular. */
const AR1_BOUND = 1 - 1e-8;

/** Visits the pairs of places of a pattern. */
function pairSlots({ positions }: Pattern, slot: (j: number, k: number) => number): Int32Array {
  const m = positions.length;
  const slots = new Int32Array((m * (m - 1)) / 2);
  let place = 0;
  for (let j = 0; j < m; j++) for (let k = j + 1; k < m; k++) slots[place++] = slot(j, k);
  return slots;
}

const mean = (sum: number, divisor: number) => (divisor > 0 ? sum / divisor : 0);

/** Slots by lag, up to `most`. */
function byLag({ patterns }: Clusters, most: number) {
  const lags = new Set<number>();
  for (const { times } of patterns)
    for (let j = 0; j < times.length; j++)
      for (let k = j + 1; k < times.length && times[k]! - times[j]! <= most; k++) lags.add(times[k]! - times[j]!);
  const sorted = [...lags].sort((a, b) => a - b);
  const slot = new Map(sorted.map((lag, s) => [lag, s]));
  return {
    lags: sorted,
    slotOf: patterns.map((pattern) =>
      pairSlots(pattern, (j, k) => slot.get(pattern.times[k]! - pattern.times[j]!) ?? -1),
    ),
  };
}

/**
 * The least-squares α of Σ_l n_l (z̄_l − α^l)², from `start` by Gauss-Newton with halving; 0 and the bounds are left only downhill.
 */
function leastSquaresAr1(products: Float64Array, counts: Float64Array, lags: readonly number[], start: number): number {
  const loss = (a: number) => {
    let s = 0;
    for (let l = 0; l < lags.length; l++) s += counts[l]! * a ** (2 * lags[l]!) - 2 * products[l]! * a ** lags[l]!;
    return s;
  };
  const clamp = (a: number) => Math.min(AR1_BOUND, Math.max(-AR1_BOUND, a));
  let a = clamp(start);
  let value = loss(a);
  for (let iteration = 0; iteration < 100; iteration++) {
    let slope = 0;
    let curvature = 0;
    for (let l = 0; l < lags.length; l++) {
      const lag = lags[l]!;
      const d = lag * a ** (lag - 1);
      slope += d * (products[l]! - counts[l]! * a ** lag);
      curvature += counts[l]! * d * d;
    }
    if (!(curvature > 0)) return a;
    let step = slope / curvature;
    let next = clamp(a + step);
    let nextValue = loss(next);
    // a step within rounding of the optimum may not lower the loss any more
    for (let halving = 0; nextValue > value && Math.abs(step) > 1e-14 && halving < 40; halving++) {
      step /= 2;
      next = clamp(a + step);
      nextValue = loss(next);
    }
    const moved = Math.abs(next - a);
    if (nextValue <= value) {
      a = next;
      value = nextValue;
    }
    if (moved < 1e-14) return a;
  }
  return a;
}

/** ∂α/∂z̄_l of the least-squares α, by the implicit function theorem on Σ_l n_l l α^(l−1) (z̄_l − α^l) = 0. */
function ar1Gains(
  means: Float64Array,
  counts: Float64Array,
  lags: readonly number[],
  a: number,
  gain: Float64Array,
  fitted: Float64Array,
): void {
  let curvature = 0;
  for (let l = 0; l < lags.length; l++) {
    const lag = lags[l]!;
    const d = lag * a ** (lag - 1);
    const second = lag === 1 ? 0 : lag * (lag - 1) * a ** (lag - 2);
    curvature += counts[l]! * (d * d - second * (means[l]! - a ** lag));
    gain[l] = counts[l]! * d;
    fitted[l] = a ** lag;
  }
  for (let l = 0; l < lags.length; l++) gain[l]! /= curvature;
}

const own = (slot: number) => slot;
const meansThemselves: CorrelationParameters["gains"] = (means, _divisors, _alpha, gain, fitted) => {
  gain.fill(1);
  fitted.set(means);
};

/** The parameters that a method's working correlation has on these clusters. */
export function correlationParameters({ correlation, divisor }: GeeMethod, clusters: Clusters): CorrelationParameters {
  const bySlot: CorrelationParameters["estimate"] = (products, divisors, alpha) => {
    for (let s = 0; s < alpha.length; s++) alpha[s] = mean(products[s]!, divisors[s]!);
  };
  switch (correlation.kind) {
    case "independence":
    case "fixed":
      return {
        names: [],
        slots: 0,
        slotOf: clusters.patterns.map(() => new Int32Array(0)),
        lags: [],
        estimate: () => {},
        parameterOf: own,
        gains: meansThemselves,
      };
    case "exchangeable":
      return {
        names: ["alpha"],
        slots: 1,
        slotOf: null,
        lags: [],
        estimate: bySlot,
        parameterOf: own,
        gains: meansThemselves,
      };
    case "ar1": {
      const { lags, slotOf } = byLag(clusters, divisor === "N" ? Infinity : 1);
      return {
        names: ["alpha"],
        slots: lags.length,
        slotOf,
        lags,
        parameterOf: () => 0,
        gains(means, divisors, alpha, gain, fitted) {
          if (divisor === "N-p") meansThemselves(means, divisors, alpha, gain, fitted);
          else ar1Gains(means, divisors, lags, alpha[0]!, gain, fitted);
        },
        estimate(products, divisors, alpha) {
          const first = mean(products[0] ?? 0, divisors[0] ?? 0);
          if (divisor === "N-p") alpha[0] = Math.min(AR1_BOUND, Math.max(-AR1_BOUND, first));
          else
            alpha[0] = leastSquaresAr1(
              products,
              divisors,
              lags,
              alpha[0] || Math.sign(first) * Math.abs(first) ** (1 / (lags[0] ?? 1)),
            );
        },
      };
    }
    case "stationary":
    case "mDependent": {
      const { lags, slotOf } = byLag(clusters, correlation.kind === "stationary" ? Infinity : correlation.lags);
      return {
        names: lags.map((lag) => `alpha.${lag}`),
        slots: lags.length,
        slotOf,
        lags,
        estimate: bySlot,
        parameterOf: own,
        gains: meansThemselves,
      };
    }
    case "unstructured": {
      const T = clusters.occasions.length;
      const slot = (j: number, k: number) => j * T - (j * (j + 1)) / 2 + (k - j - 1);
      const names: string[] = [];
      for (let j = 0; j < T; j++)
        for (let k = j + 1; k < T; k++) names.push(`alpha.${clusters.occasions[j]}:${clusters.occasions[k]}`);
      return {
        names,
        slots: names.length,
        slotOf: clusters.patterns.map((pattern) =>
          pairSlots(pattern, (j, k) => slot(pattern.positions[j]!, pattern.positions[k]!)),
        ),
        lags: [],
        estimate: bySlot,
        parameterOf: own,
        gains: meansThemselves,
      };
    }
  }
}
