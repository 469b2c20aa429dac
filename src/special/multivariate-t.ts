/**
 * The largest of several correlated Student's t statistics with one scale (Dunnett & Sobel 1954): tail probabilities and quantiles by Genz and Bretz's
 * transformation to the unit cube (2002, J. Comput. Graph. Stat. 11, 950–971), with singular correlations as Genz and Kwong (2000, J. Stat. Comput.
 * Simul. 68, 1–21), on shifted lattice points of a fixed seed.
 */
import { gammaP, normalCdf, studentTQuantile, studentTTwoSided } from "./distributions.ts";

/** `two`: of the largest absolute value; `upper`: of the largest value. */
export type Tail = "two" | "upper";

export interface MaximumT {
  /** P(max > c): of at least one that is as far out. */
  upper(c: number): number;
  /** The value that the largest exceeds with probability `level`. */
  critical(level: number): number;
}

/** A residual variance below this share is none. */
const NO_RANK = 1e-9;
/** Shifted copies of the lattice, whose spread says the error. */
const SHIFTS = 8;
/** Numbers of points with the generators of Korobov's lattices, of least worst-case error (P₂ with falling weights) in 12 dimensions among 250 to 1000 tried. */
const LATTICES = [
  [1021, 481],
  [4093, 1426],
  [16381, 6688],
] as const;
/** Three standard errors at which points are enough. */
const ENOUGH = 5e-5;

/** Φ in steps of 1/256 with its slopes: what lies between is a cubic, right to 1e-12. */
const STEPS = 256;
const REACH = 8.5;
let cdfTable: Float64Array | undefined;
let slopeTable: Float64Array | undefined;

function quickCdf(x: number): number {
  if (x <= -REACH) return 0;
  if (x >= REACH) return 1;
  if (!cdfTable || !slopeTable) {
    const at = (i: number) => i / STEPS - REACH;
    cdfTable = Float64Array.from({ length: 2 * REACH * STEPS + 2 }, (_, i) => normalCdf(at(i)));
    slopeTable = cdfTable.map((_, i) => Math.exp(-0.5 * at(i) ** 2) / (Math.sqrt(2 * Math.PI) * STEPS));
  }
  const place = (x + REACH) * STEPS;
  const i = Math.floor(place);
  const t = place - i;
  const a = cdfTable[i]!;
  const rise = cdfTable[i + 1]! - a;
  const d = slopeTable[i]!;
  const e = slopeTable[i + 1]!;
  return a + t * (d + t * (3 * rise - 2 * d - e + t * (d + e - 2 * rise)));
}

/** Φ⁻¹, right to 1e-9: Abramowitz and Stegun's 26.2.23 and one step of Halley's. */
function quickQuantile(p: number): number {
  const q = Math.min(p, 1 - p);
  if (q < 1e-15) return p < 0.5 ? -REACH : REACH;
  const t = Math.sqrt(-2 * Math.log(q));
  const x = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  const error = (quickCdf(x) - q) * Math.exp(0.5 * x * x) * Math.sqrt(2 * Math.PI);
  const better = x - error / (1 + 0.5 * x * error);
  return p < 0.5 ? better : -better;
}

/** A row of the factor: T_i = Σ_k row[k] z_k / s, and the last of its entries that is not 0. */
interface FactorRow {
  readonly row: Float64Array;
  readonly last: number;
}

/** Pivoted Cholesky factor of a correlation matrix, n × n: rows in any order, as many columns as it has rank. */
function factorRows(R: Float64Array, n: number): { readonly rows: FactorRow[]; readonly rank: number } {
  const left = Float64Array.from({ length: n }, (_, i) => R[i * n + i]!);
  const columns: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    let pivot = 0;
    for (let i = 1; i < n; i++) if (left[i]! > left[pivot]!) pivot = i;
    if (!(left[pivot]! > NO_RANK)) break;
    const length = Math.sqrt(left[pivot]!);
    const column = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let value = R[i * n + pivot]!;
      for (const own of columns) value -= own[i]! * own[pivot]!;
      column[i] = left[i]! > NO_RANK ? value / length : 0;
      left[i] = i === pivot ? 0 : Math.max(0, left[i]! - column[i]! ** 2);
    }
    columns.push(column);
  }
  const rows = Array.from({ length: n }, (_, i) => {
    const row = Float64Array.from(columns, (column) => (Math.abs(column[i]!) > NO_RANK ? column[i]! : 0));
    return { row, last: row.findLastIndex((value) => value !== 0) };
  });
  return { rows, rank: columns.length };
}

/** √(χ²_ν/ν) as a function of a normal score, by a table between whose values it is all but linear. */
function scaleOfScore(df: number): (score: number) => number {
  const most = 8.5;
  const count = 340;
  const step = (2 * most) / count;
  const values = new Float64Array(count + 1);
  let x = df * (1 - 2 / (9 * df) - most * Math.sqrt(2 / (9 * df))) ** 3;
  for (let i = 0; i <= count; i++) {
    const score = -most + i * step;
    const p = normalCdf(score);
    // Wilson and Hilferty's value, then bisection and secants on P(½ν, ½x) = p
    let low = i === 0 ? 0 : x;
    let high = Math.max(1, 2 * df, 2 * low);
    while (gammaP(df / 2, high / 2) < p && high < 1e8) high *= 2;
    for (let k = 0; k < 60 && high - low > 1e-12 * high; k++) {
      const middle = (low + high) / 2;
      if (gammaP(df / 2, middle / 2) < p) low = middle;
      else high = middle;
    }
    x = (low + high) / 2;
    values[i] = Math.sqrt(x / df);
  }
  return (score) => {
    const at = Math.min(count - 1e-9, Math.max(0, (score + most) / step));
    const i = Math.min(count - 2, Math.max(1, Math.floor(at)));
    const t = at - i;
    const [a, b, c, d] = [values[i - 1]!, values[i]!, values[i + 1]!, values[i + 2]!];
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  };
}

/** The same shifts in every run: numbers of Lehmer's generator. */
function shifts(dimension: number): Float64Array[] {
  let state = 20021117;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  for (let k = 0; k < 10; k++) next();
  return Array.from({ length: SHIFTS }, () => Float64Array.from({ length: dimension }, next));
}

/** P(all within) at a limit, given one point of the cube. */
type Inside = (c: number, point: Float64Array) => number;

/** Genz's separation of variables: one statistic after another, each given those before it. */
function insideOf({ rows, rank }: ReturnType<typeof factorRows>, df: number, tail: Tail): Inside {
  const byLast = Array.from({ length: rank }, (_, j) => rows.filter(({ last }) => last === j));
  const scale = df < Number.POSITIVE_INFINITY ? scaleOfScore(df) : null;
  const z = new Float64Array(rank);
  return (c, point) => {
    const limit = scale ? c * scale(quickQuantile(point[0]!)) : c;
    let product = 1;
    for (let j = 0; j < rank; j++) {
      let low = Number.NEGATIVE_INFINITY;
      let high = Number.POSITIVE_INFINITY;
      for (const { row } of byLast[j]!) {
        let base = 0;
        for (let k = 0; k < j; k++) base += row[k]! * z[k]!;
        const a = row[j]!;
        const upper = (limit - base) / a;
        const lower =
          tail === "two" ? (-limit - base) / a : a > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
        low = Math.max(low, a > 0 ? lower : upper);
        high = Math.min(high, a > 0 ? upper : lower);
      }
      if (!(high > low)) return 0;
      const from = quickCdf(low);
      const share = quickCdf(high) - from;
      product *= share;
      if (product === 0) return 0;
      if (j < rank - 1) z[j] = quickQuantile(from + point[j + 1]! * share);
    }
    return product;
  };
}

/** The mean over the points of a lattice, shifted at random several times, which says its error. */
function latticeMean(
  inside: Inside,
  dimension: number,
): (c: number, lattice: number) => { readonly value: number; readonly error: number } {
  const cube = new Float64Array(dimension);
  const shifted = shifts(dimension);
  return (c, lattice) => {
    const [points, generator] = LATTICES[lattice]!;
    const means = shifted.map((shift) => {
      let sum = 0;
      for (let i = 0; i < points; i++) {
        let place = i;
        for (let j = 0; j < dimension; j++) {
          // folded, so that what is integrated is periodic
          cube[j] = Math.abs(2 * ((place / points + shift[j]!) % 1) - 1);
          place = (place * generator) % points;
        }
        sum += inside(c, cube);
      }
      return sum / points;
    });
    const value = means.reduce((sum, mean) => sum + mean, 0) / SHIFTS;
    const spread = means.reduce((sum, mean) => sum + (mean - value) ** 2, 0);
    return { value, error: Math.sqrt(spread / (SHIFTS * (SHIFTS - 1))) };
  };
}

/** Where a function that falls nearly in a straight line is 0, by false positions (Illinois). */
function zeroOf(excess: (c: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  let above = excess(low);
  let below = excess(high);
  for (let k = 0; k < 12 && high - low > 1e-7 * high; k++) {
    if (!(above > 0)) return low;
    if (!(below < 0)) return high;
    const middle = low + ((high - low) * above) / (above - below);
    const value = excess(middle);
    if (Math.abs(value) < 1e-9) return middle;
    if (value > 0) [low, above, below] = [middle, value, below / 2];
    else [high, below, above] = [middle, value, above / 2];
  }
  return (low + high) / 2;
}

/**
 * The distribution of the largest of n statistics.
 *
 * @param correlation n × n, singular or not @param df Infinity: normal
 */
export function maximumT(correlation: Float64Array, n: number, df: number, tail: Tail): MaximumT {
  const alone = (c: number) =>
    tail === "two"
      ? studentTTwoSided(Math.abs(c), df)
      : c > 0
        ? studentTTwoSided(c, df) / 2
        : 1 - studentTTwoSided(-c, df) / 2;
  const factor = factorRows(correlation, n);
  const { rank } = factor;
  // statistics that are one and the same up to their sign
  if (rank < 2 && (tail === "two" || n === 1))
    return { upper: alone, critical: (level) => studentTQuantile(1 - (tail === "two" ? level / 2 : level), df) };
  const probability = latticeMean(insideOf(factor, df, tail), rank + 1);

  /** As many points as the error asks for. */
  function outside(c: number): { readonly value: number; readonly lattice: number } {
    let lattice = 0;
    let found = probability(c, lattice);
    while (3 * found.error > ENOUGH && lattice < LATTICES.length - 1) found = probability(c, ++lattice);
    return { value: 1 - found.value, lattice };
  }

  /** Between the probability of one and, as Šidák's inequality has it of both tails and Bonferroni's of one, of all as if independent. */
  const bounded = (value: number, c: number): number => {
    const one = alone(c);
    const all = tail === "two" ? -Math.expm1(n * Math.log1p(-one)) : Math.min(1, n * one);
    return Math.min(all, Math.max(one, value));
  };

  return {
    upper: (c) => (tail === "two" && c <= 0 ? 1 : bounded(outside(c).value, c)),
    critical(level) {
      const quantile = (share: number) => studentTQuantile(1 - share / (tail === "two" ? 2 : 1), df);
      const [low, high] = [quantile(level), quantile(level / n)];
      const { lattice } = outside((low + high) / 2);
      // the logarithm of a tail is nearly a straight line
      return zeroOf((c) => Math.log((1 - probability(c, lattice).value) / level), low, high);
    },
  };
}
