/**
 * Weighted cross-products of [Z X y], the sufficient statistics of a Gaussian model given its variances: formed once, after which
 * no evaluation looks at a row again. X and y enter as the orthonormal columns and the residual of `OrthogonalDesign`, together
 * called E (k = p + 1 columns, the residual last).
 */
import type { RandomTermDesign } from "../../data/design.ts";
import type { Grouping } from "./grouping.ts";
import { rowEffects } from "./merged-factor.ts";
import { addWeightedGram, MANY, type OrthogonalDesign } from "./orthogonal-design.ts";

export interface SufficientStatistics {
  /** Columns of E. */
  readonly k: number;
  /** E'WE, k × k row-major, symmetric. */
  readonly EE: Float64Array;
  /** Z'WE, size × k row-major, rows in the order of u. */
  readonly ZE: Float64Array;
  /** Diagonal blocks of Z'WZ by factor: levels × q × q row-major. */
  readonly blocks: readonly Float64Array[];
}

export function sufficientStatistics(
  random: readonly RandomTermDesign[],
  design: OrthogonalDesign,
  grouping: Grouping,
): SufficientStatistics {
  const k = design.p + 1;
  const EE = new Float64Array(k * k);
  const ZE = new Float64Array(grouping.size * k);
  const blocks = grouping.factors.map(({ levels, q }) => new Float64Array(levels * q * q));
  const e = new Float64Array(k);
  const z = grouping.factors.map(({ q }) => new Float64Array(q));
  const many = k >= MANY;
  if (many) addWeightedGram(design.weight.length, k, design.weight, design.row, EE);
  for (let i = 0; i < design.weight.length && !(many && z.length === 0); i++) {
    const w = design.weight[i]!;
    if (w === 0) continue;
    design.row(i, e);
    for (let a = 0; a < k && !many; a++) {
      const value = w * e[a]!;
      for (let b = 0; b <= a; b++) EE[a * k + b]! += value * e[b]!;
    }
    for (let f = 0; f < z.length; f++) {
      const factor = grouping.factors[f]!;
      const { q, base } = factor;
      const level = factor.index[i]!;
      const zf = z[f]!;
      rowEffects(factor, random, i, zf);
      const block = blocks[f]!;
      for (let a = 0; a < q; a++) {
        const value = w * zf[a]!;
        for (let b = 0; b < q; b++) block[(level * q + a) * q + b]! += value * zf[b]!;
        const target = (base + level * q + a) * k;
        for (let c = 0; c < k; c++) ZE[target + c]! += value * e[c]!;
      }
    }
  }
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) EE[b * k + a] = EE[a * k + b]!;
  return { k, EE, ZE, blocks };
}
