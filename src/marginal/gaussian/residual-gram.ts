/**
 * Cross-products of [Z X y] whitened by a residual structure R(ψ) = DCD: S(ψ) = M'R⁻¹M and log|R|, and the pullback of the likelihood to ψ.
 * The sufficient statistics of the plain model are the case R = I; here they are summed anew for each ψ, so cost grows with the rows.
 *
 * With S̄ = ∂(−2ℓ)/∂S and K_ij = m_i'S̄m_j the derivative is ∂log|R| + Σ_ij K_ij ∂(R⁻¹)_ij; K needs residual-like columns F and, for the
 * random effects, z_i'ΛH⁻¹Λ'z_j, only where C⁻¹ has entries.
 */
import type { RandomTermDesign } from "../../data/design.ts";
import type { Correlation, PairList } from "../../residual/correlation.ts";
import { createCorrelation } from "../../residual/create-correlation.ts";
import { addPairProducts } from "../../residual/paired.ts";
import type { ResidualData } from "../../residual/residual-data.ts";
import { hasVariances, type VarianceFunction, varianceFunction } from "../../residual/variance-function.ts";
import type { Grouping } from "./grouping.ts";
import { rowEffects } from "./merged-factor.ts";
import type { OrthogonalDesign } from "./orthogonal-design.ts";
import { type PairedCrossproduct, pairedCrossproduct } from "./paired-crossproduct.ts";
import type { PairedRows } from "./paired-rows.ts";
import type { RandomEffectsSystem } from "./random-effects-system.ts";
import type { SufficientStatistics } from "./sufficient-statistics.ts";

export interface ResidualGram {
  /** The rows whose cross-products with the pairs of C⁻¹ are the statistics, as of the last update; null without random effects. */
  rows(): PairedRows | null;
  /** Number of parameters ψ. */
  readonly size: number;
  /** Overwritten by `update`. */
  readonly statistics: SufficientStatistics;
  readonly system: RandomEffectsSystem | null;
  /** Sums the cross-products for ψ[at …]; false where the structure is not defined there. */
  update(psi: Float64Array, at: number): boolean;
  /** log|R| of the last update. */
  logDet(): number;
  /**
   * Adds scale · ∂(−2ℓ)/∂ψ to gradient[at …], where ∂(−2ℓ)/∂S = Σ_c weight_c v_c v_c' + ΛH⁻¹Λ', v_c = (−b_c; w_c) over [Z E].
   *
   * @param combination columns × k row-major: w_c
   * @param effects size × columns: b_c
   */
  pullback(
    combination: Float64Array,
    effects: Float64Array,
    columns: number,
    weight: Float64Array,
    lambda: readonly Float64Array[],
    scale: number,
    gradient: Float64Array,
    at: number,
  ): void;
}

/** The rows in the structure's order, as they are and whitened, and the pairs that they meet in. */
interface Whitened {
  readonly grouping: Grouping;
  readonly residual: ResidualData;
  readonly k: number;
  readonly F: number;
  readonly width: number;
  readonly variance: VarianceFunction;
  readonly correlation: Correlation;
  readonly order: Int32Array | null;
  readonly constant: boolean;
  readonly copies: Float64Array;
  readonly E0: Float64Array;
  readonly Z0: Float64Array;
  readonly position: Int32Array;
  readonly E: Float64Array;
  readonly Z: Float64Array;
  readonly N: Float64Array;
  readonly logSd: Float64Array;
  readonly dLogSd: Float64Array;
  readonly EE: Float64Array;
  readonly ZE: Float64Array;
  readonly pairs: PairList | null;
  readonly weighted: PairList | null;
  readonly crossed: PairedCrossproduct | null;
  readonly adjoint: Float64Array;
  columnsOfF: Float64Array;
  solvedF: Float64Array;
  logDet: number;
  readonly pairSum: Float64Array | null;
  readonly identity: Int32Array | null;
}

function update(s: Whitened, psi: Float64Array, at: number): boolean {
  const {
    grouping,
    residual,
    k,
    F,
    width,
    variance,
    correlation,
    order,
    constant,
    copies,
    E0,
    Z0,
    position,
    E,
    Z,
    N,
    logSd,
    EE,
    ZE,
    pairs,
    weighted,
    crossed,
  } = s;
  const { n } = residual;
  const { factors } = grouping;
  if (!variance.evaluate(psi, at, logSd) || !correlation.set(psi, at + variance.size)) return false;
  s.logDet = correlation.logDet();
  if (!constant)
    for (let t = 0; t < n; t++) {
      const i = order ? order[t]! : t;
      const log = logSd[i]!;
      const precision = Math.exp(-log);
      s.logDet += 2 * copies[i]! * log;
      for (let a = 0; a < k; a++) E[t * k + a] = precision * E0[t * k + a]!;
      for (let a = 0; a < width; a++) Z[t * width + a] = precision * Z0[t * width + a]!;
    }
  if (weighted && weighted !== pairs)
    for (let pair = 0; pair < weighted.row.length; pair++) {
      const own = logSd[order ? order[weighted.row[pair]!]! : weighted.row[pair]!]!;
      const other = logSd[order ? order[weighted.partner[pair]!]! : weighted.partner[pair]!]!;
      weighted.precision[pair] = pairs!.precision[pairs!.stored[pair]!]! * Math.exp(-own - other);
    }
  correlation.multiplyPrecision(E, k, N);
  EE.fill(0);
  for (let t = 0; t < n; t++)
    for (let a = 0; a < k; a++) {
      const value = E[t * k + a]!;
      for (let b = 0; b <= a; b++) EE[a * k + b]! += value * N[t * k + b]!;
    }
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) EE[b * k + a] = EE[a * k + b]!;
  if (crossed) {
    ZE.fill(0);
    for (let t = 0; t < n; t++) {
      let from = t * width;
      for (let f = 0; f < F; f++) {
        const { q } = factors[f]!;
        const target = position[t * F + f]! * k;
        for (let a = 0; a < q; a++) for (let c = 0; c < k; c++) ZE[target + a * k + c]! += Z[from + a]! * N[t * k + c]!;
        from += q;
      }
    }
    crossed.update(Z);
  }
  return Number.isFinite(s.logDet);
}

function pullback(
  s: Whitened,
  combination: Float64Array,
  effects: Float64Array,
  columns: number,
  weight: Float64Array,
  lambda: readonly Float64Array[],
  scale: number,
  gradient: Float64Array,
  at: number,
): void {
  const {
    grouping,
    residual,
    k,
    F,
    width,
    variance,
    correlation,
    order,
    constant,
    copies,
    position,
    E,
    Z,
    dLogSd,
    pairs,
    crossed,
    adjoint,
  } = s;
  const { n } = residual;
  const { factors } = grouping;
  if (s.columnsOfF.length < n * columns) {
    s.columnsOfF = new Float64Array(n * columns);
    s.solvedF = new Float64Array(n * columns);
  }
  const f = s.columnsOfF;
  for (let t = 0; t < n; t++)
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let a = 0; a < k; a++) sum += E[t * k + a]! * combination[c * k + a]!;
      let from = t * width;
      for (let g = 0; g < F; g++) {
        const { q } = factors[g]!;
        const source = position[t * F + g]! * columns + c;
        for (let a = 0; a < q; a++) sum -= Z[from + a]! * effects[source + a * columns]!;
        from += q;
      }
      f[t * columns + c] = sum;
    }
  const total = new Float64Array(variance.size + correlation.size);
  if (crossed) {
    adjoint.fill(0);
    addPairProducts(pairs!, f, columns, weight, adjoint);
    if (!constant) {
      // pairs may share an entry of C⁻¹, but not a row's variance: the rows' own sums need the covariances pair by pair
      rowSums(s, f, columns, weight, lambda);
    } else crossed.addCovariances(Z, lambda, adjoint);
    correlation.pullbackPairs!(adjoint, total, variance.size);
  } else {
    correlation.pullbackColumns(f, columns, weight, total, variance.size);
    if (!constant) {
      correlation.multiplyPrecision(f, columns, s.solvedF);
      for (let t = 0; t < n; t++) {
        let sum = 0;
        for (let c = 0; c < columns; c++) sum += weight[c]! * f[t * columns + c]! * s.solvedF[t * columns + c]!;
        const i = order ? order[t]! : t;
        dLogSd[i] = 2 * copies[i]! - 2 * sum;
      }
    }
  }
  if (!constant) variance.pullback(dLogSd, total, 0);
  for (let i = 0; i < total.length; i++) gradient[at + i]! += scale * total[i]!;
}

/** ∂/∂log g_i = 2 m_i − 2 Σ_j K_ij (R⁻¹)_ij of a row of m_i copies, and adds z_i'ΛH⁻¹Λ'z_j to the adjoint. */
function rowSums(
  s: Whitened,
  f: Float64Array,
  columns: number,
  weight: Float64Array,
  lambda: readonly Float64Array[],
): void {
  const { residual, order, copies, Z, dLogSd, pairs, crossed, adjoint, pairSum, identity } = s;
  const { n } = residual;
  const { row, partner, stored, precision } = pairs!;
  pairSum!.fill(0);
  crossed!.addCovariances(Z, lambda, pairSum!, identity!);
  for (let i = 0; i < n; i++) dLogSd[i] = 2 * copies[i]!;
  for (let p = 0; p < row.length; p++) {
    const i = row[p]!;
    const j = partner[p]!;
    adjoint[stored[p]!]! += pairSum![p]!;
    let sum = pairSum![p]!;
    for (let c = 0; c < columns; c++) sum += weight[c]! * f[i * columns + c]! * f[j * columns + c]!;
    const change = 2 * sum * precision[stored[p]!]!;
    dLogSd[order ? order[i]! : i]! -= change;
    if (i !== j) dLogSd[order ? order[j]! : j]! -= change;
  }
}

/** The rows in the structure's order, times the root of their precision weight. */
function orderedRows(
  random: readonly RandomTermDesign[],
  design: OrthogonalDesign,
  { factors }: Grouping,
  order: Int32Array | null,
  n: number,
): { readonly E0: Float64Array; readonly Z0: Float64Array; readonly position: Int32Array } {
  const k = design.p + 1;
  const F = factors.length;
  const width = factors.reduce((sum, { q }) => sum + q, 0);
  const E0 = new Float64Array(n * k);
  const Z0 = new Float64Array(n * width);
  const position = new Int32Array(n * F);
  const e = new Float64Array(k);
  for (let t = 0; t < n; t++) {
    const i = order ? order[t]! : t;
    const root = Math.sqrt(design.weight[i]!);
    design.row(i, e);
    for (let a = 0; a < k; a++) E0[t * k + a] = root * e[a]!;
    let from = t * width;
    factors.forEach((factor, f) => {
      const { q, base, index } = factor;
      const z = Z0.subarray(from, from + q);
      rowEffects(factor, random, i, z);
      for (let a = 0; a < q; a++) z[a]! *= root;
      position[t * F + f] = base + index[i]! * q;
      from += q;
    });
  }
  return { E0, Z0, position };
}

export function residualGram(
  random: readonly RandomTermDesign[],
  design: OrthogonalDesign,
  grouping: Grouping,
  residual: ResidualData,
): ResidualGram {
  const { n } = residual;
  const k = design.p + 1;
  const { factors, size } = grouping;
  const F = factors.length;
  const width = factors.reduce((sum, { q }) => sum + q, 0);
  const variance = varianceFunction(residual);
  const correlation = createCorrelation(residual, F > 0);
  const order = residual.correlation?.order ?? null;
  const constant = !hasVariances(residual);
  // a row of independent ones has as many variances as copies, and none where it takes no part; correlated rows have one each
  const copies = residual.correlation ? new Float64Array(n).fill(1) : design.copies;

  const { E0, Z0, position } = orderedRows(random, design, grouping, order, n);
  const E = constant ? E0 : new Float64Array(n * k);
  const Z = constant ? Z0 : new Float64Array(n * width);
  const N = new Float64Array(n * k);
  const logSd = new Float64Array(n);
  const dLogSd = new Float64Array(n);
  const EE = new Float64Array(k * k);
  const ZE = new Float64Array(size * k);
  const pairs = F > 0 ? (correlation.pairs ?? null) : null;
  // the same by the unscaled rows: what scales them multiplies the pairs, so that rows keep their digits
  const weighted: PairList | null =
    pairs && !constant
      ? {
          row: pairs.row,
          partner: pairs.partner,
          stored: Int32Array.from(pairs.row, (_, pair) => pair),
          precision: new Float64Array(pairs.row.length),
        }
      : pairs;
  const crossed: PairedCrossproduct | null = F > 0 ? pairedCrossproduct(grouping, position, pairs!) : null;
  const adjoint = pairs ? new Float64Array(pairs.precision.length) : new Float64Array(0);

  const pairSum = pairs && crossed && !constant ? new Float64Array(pairs.row.length) : null;
  const identity = pairs && pairSum ? Int32Array.from(pairs.row, (_, p) => p) : null;
  const s: Whitened = {
    grouping,
    residual,
    k,
    F,
    width,
    variance,
    correlation,
    order,
    constant,
    copies,
    E0,
    Z0,
    position,
    E,
    Z,
    N,
    logSd,
    dLogSd,
    EE,
    ZE,
    pairs,
    weighted,
    crossed,
    adjoint,
    columnsOfF: new Float64Array(0),
    solvedF: new Float64Array(0),
    logDet: 0,
    pairSum,
    identity,
  };

  return {
    rows: () => weighted && { E: E0, Z: Z0, position, pairs: weighted },
    size: variance.size + correlation.size,
    statistics: { k, EE, ZE, blocks: [] },
    system: crossed?.system ?? null,
    update: (psi, at) => update(s, psi, at),
    logDet: () => s.logDet,
    pullback: (combination, effects, columns, weight, lambda, scale, gradient, at) =>
      pullback(s, combination, effects, columns, weight, lambda, scale, gradient, at),
  };
}
