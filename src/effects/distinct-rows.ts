/** Rows of a design that agree in everything the population mean depends on, counted once. */
import type { DesignRows } from "../data/design.ts";

export interface DistinctRows {
  /** One of each kind. */
  readonly rows: Pick<DesignRows, "n" | "predictors" | "random">;
  /** Number (or weight) of rows of each kind; not normalised. */
  readonly weights: Float64Array;
}

/**
 * Merges rows with the same fixed and random design in every predictor. Levels are disregarded: the population mean
 * does not depend on them, so `index` of the result is that of the first row of the kind.
 *
 * @param weights weight of each row; null = 1
 */
export function distinctRows(
  design: Pick<DesignRows, "n" | "predictors" | "random">,
  weights: Float64Array | null,
): DistinctRows {
  const { n, predictors, random } = design;
  const place = new Map<string, number>();
  const kept: number[] = [];
  const sums: number[] = [];
  for (let i = 0; i < n; i++) {
    let key = "";
    for (const { X, names, offset } of predictors) key += `${part(X, i, names.length)}|${offset[i]}|`;
    for (const { Z, q } of random) key += `${part(Z, i, q)}|`;
    const known = place.get(key);
    const w = weights ? weights[i]! : 1;
    if (known === undefined) {
      place.set(key, kept.length);
      kept.push(i);
      sums.push(w);
    } else sums[known]! += w;
  }
  const take = (values: Float64Array, width: number) => {
    const out = new Float64Array(kept.length * width);
    kept.forEach((row, k) => {
      out.set(values.subarray(row * width, (row + 1) * width), k * width);
    });
    return out;
  };
  return {
    rows: {
      n: kept.length,
      predictors: predictors.map((p) => ({ ...p, X: take(p.X, p.names.length), offset: take(p.offset, 1) })),
      random: random.map((term) => ({
        ...term,
        Z: take(term.Z, term.q),
        index: Int32Array.from(kept, (row) => term.index[row]!),
      })),
    },
    weights: Float64Array.from(sums),
  };
}

const part = (values: Float64Array, row: number, width: number) =>
  values.subarray(row * width, (row + 1) * width).join(",");
