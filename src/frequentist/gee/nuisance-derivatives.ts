/**
 * How the moment estimates of scale and correlation change with the coefficients: ∂[φ, α]/∂β = Σ_i (coefficients of ∂e_i/∂β) ∂e_i/∂β over the
 * residuals e_i by row. Three kinds of coefficients make them up: e_i, of the squares; e_i over the size of its cluster, where the
 * standardising scale is of averages; and what the pairs of i give for each α.
 */
import { addWeightedRows } from "../../linalg/weighted-row-sum.ts";
import type { Equations } from "./equations.ts";

/** Rows whose products with the covariates are summed together, unless one cluster has more. */
const STRETCH = 256;

/** Derivatives of [φ, α] by the sums that they are made of; slots are those of `CorrelationParameters`. */
export interface NuisanceGains {
  /** 1 + the number of correlation parameters. */
  readonly size: number;
  /** By slot: the place of its parameter in [φ, α]. */
  readonly place: Int32Array;
  /** By parameter: what a change of the standardising scale in proportion takes off. */
  readonly levels: Float64Array;
  /** By slot: ∂α/∂its sum of products, and ∂α/∂its divisor. */
  readonly perProduct: Float64Array;
  readonly perDivisor: Float64Array;
}

/** Writes what the pairs of cluster c give, a row of `stretch` coefficients for each of [φ, α]; the row at place 0 is the design's row `first`. */
type FillPairs = (c: number, coefficient: Float64Array, stretch: number, first: number) => void;

function pairCoefficients(
  { clusters, correlation, rows, momentSums }: Equations,
  { size, place, perProduct }: NuisanceGains,
): FillPairs {
  const { start, patternOf, copies } = clusters;
  const { slotOf, slots } = correlation;
  const { roots, shares } = momentSums;
  const e = rows.residual;
  if (slotOf === null)
    // every other residual of the cluster, by their sum
    return (c, coefficient, stretch, first) => {
      const to = start[c + 1]!;
      const gain = (copies === null ? 1 : copies[c]!) * perProduct[0]!;
      const own = stretch - first;
      let sum = 0;
      for (let i = start[c]!; i < to; i++) sum += roots === null ? e[i]! : roots[i]! * e[i]!;
      for (let i = start[c]!; i < to; i++) {
        const root = roots === null ? 1 : roots[i]!;
        coefficient[own + i] = gain * root * (sum - root * e[i]!);
      }
    };
  return (c, coefficient, stretch, first) => {
    const from = start[c]!;
    const to = start[c + 1]!;
    for (let t = 1; t < size; t++) coefficient.fill(0, t * stretch + from - first, t * stretch + to - first);
    if (slots === 0) return;
    const times = copies === null ? 1 : copies[c]!;
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
}

/**
 * ∂[φ, α]/∂β at the last β, (1 + k) × p.
 *
 * @param slopes c by row with ∂e/∂β = c·x; @param scaleFixed φ is given: its row is 0
 */
export function nuisanceDerivatives(
  equations: Equations,
  gains: NuisanceGains,
  slopes: Float64Array,
  scaleFixed: boolean,
): Float64Array {
  const { clusters, rows, momentSums, p } = equations;
  const { start, count, copies, largest } = clusters;
  const { residual: e, X } = rows;
  const { standard, standardDivisor, standardOf, scaleDivisor } = momentSums.totals;
  const { size, levels } = gains;
  const averaged = standardOf === "averages";
  const kinds = size + (averaged ? 1 : 0);
  const fillPairs = pairCoefficients(equations, gains);
  const pulled = new Float64Array(kinds * p);
  const stretch = Math.max(STRETCH, largest);
  const coefficient = new Float64Array(kinds * stretch);
  const byKind = Array.from({ length: kinds }, (_, t) => coefficient.subarray(t * stretch, (t + 1) * stretch));
  let first = 0;
  /** Adds what the rows from `first` to `to` pull. */
  const flush = (to: number) => {
    byKind.forEach((own, t) => {
      for (let i = first; i < to; i++) own[i - first]! *= slopes[i]!;
      addWeightedRows(own, X, p, first, to, pulled, t * p);
    });
    first = to;
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
    if (size > 1) fillPairs(c, coefficient, stretch, first);
  }
  flush(clusters.order.length);
  const derivatives = new Float64Array(size * p);
  for (let a = 0; a < p; a++) {
    derivatives[a] = scaleFixed ? 0 : (2 * pulled[a]!) / scaleDivisor;
    // the standardising scale, in proportion
    const square = standardOf === "fixed" ? 0 : pulled[(averaged ? size * p : 0) + a]!;
    for (let t = 1; t < size; t++)
      derivatives[t * p + a] = pulled[t * p + a]! - (levels[t]! * 2 * square) / (standardDivisor * standard);
  }
  return derivatives;
}
