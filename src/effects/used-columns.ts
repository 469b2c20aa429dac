/** The columns of the table that the mean of a declaration depends on. */
import { columnsOf, columnsOfMean, columnsOfTerms } from "../dsl/columns-used.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";

export interface UsedColumns {
  /** In fixed terms, offsets and the left-hand sides of random terms. */
  readonly mean: ReadonlySet<string>;
  /** Grouping columns. */
  readonly group: ReadonlySet<string>;
}

/** Columns of a declaration by what they are used for. Response, trials and weights are left out: a mean is that of one unit. */
export function usedColumns(spec: ModelSpec): UsedColumns {
  const mean = new Set<string>();
  const group = new Set<string>();
  const add = (names: readonly string[], to: Set<string>) => {
    for (const name of names) to.add(name);
  };
  add(columnsOfMean(spec), mean);
  for (const predictor of spec.predictors) {
    add(columnsOfTerms(predictor.terms), mean);
    add(predictor.offsets.flatMap(columnsOf), mean);
    for (const random of predictor.random) {
      add(columnsOfTerms(random.terms), mean);
      add(random.group, group);
    }
  }
  return { mean, group };
}
