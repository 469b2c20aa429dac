/** The rows that cross-products in twice the precision of a double are taken of. */
import type { PairList } from "../../residual/correlation.ts";
import type { IntegralData } from "../integral-data.ts";
import type { Grouping } from "./grouping.ts";
import { rowEffects } from "./merged-factor.ts";
import type { OrthogonalDesign } from "./orthogonal-design.ts";
import type { ResidualGram } from "./residual-gram.ts";

/** Rows of [Z | E] and the matrix between them that their cross-products are taken with, by pairs of rows. */
export interface PairedRows {
  /** n × k: the orthonormal columns and the residual. */
  readonly E: Float64Array;
  /** n × effects a row. */
  readonly Z: Float64Array;
  /** n × factors: first effect in u of each row's level. */
  readonly position: Int32Array;
  readonly pairs: PairList;
}

/** Rows of a model without a residual structure: each is its own pair, with its weight. */
function plainRows(
  random: IntegralData["random"],
  { factors }: Pick<Grouping, "factors">,
  design: OrthogonalDesign,
): PairedRows {
  const n = design.weight.length;
  const k = design.p + 1;
  const width = factors.reduce((sum, { q }) => sum + q, 0);
  const E = new Float64Array(n * k);
  const Z = new Float64Array(n * width);
  const position = new Int32Array(n * factors.length);
  for (let i = 0; i < n; i++) {
    design.row(i, E.subarray(i * k, (i + 1) * k));
    let from = i * width;
    factors.forEach((factor, f) => {
      rowEffects(factor, random, i, Z.subarray(from, from + factor.q));
      position[i * factors.length + f] = factor.base + factor.index[i]! * factor.q;
      from += factor.q;
    });
  }
  const row = Int32Array.from({ length: n }, (_, i) => i).filter((i) => design.weight[i]! > 0);
  return { E, Z, position, pairs: { row, partner: row, stored: row, precision: design.weight } };
}

export const rowsOf = (
  data: IntegralData,
  grouping: Grouping,
  design: OrthogonalDesign,
  residual: ResidualGram | null,
): PairedRows => residual?.rows() ?? plainRows(data.random, grouping, design);
