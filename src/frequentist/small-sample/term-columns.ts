/** Which term of the declaration each coefficient of the mean belongs to. */

import { columnNames } from "../../data/model-matrix.ts";
import { ofMean } from "../../families/of-mean.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";

export interface TermColumns {
  /** As R labels the term: `recipe:factor(temp)`. */
  readonly label: string;
  /** Labels of its variables. */
  readonly variables: readonly string[];
  /** Its coefficients, by place; those of aliased columns are left out. */
  readonly columns: readonly number[];
}

/** The terms of the mean in the order of the declaration, without the intercept; empty for a nonlinear mean. */
export function termColumns({ design, family }: CompiledModel): TermColumns[] {
  if (family.curve) return [];
  const { matrix, kept } = ofMean(design.recipe.predictors);
  let next = matrix.intercept ? 1 : 0;
  return matrix.terms.map((term) => {
    const width = columnNames({ ...matrix, intercept: false, terms: [term] }).length;
    const variables = term.variables.map((v) => matrix.variables[v]!.label);
    const own = {
      label: variables.join(":"),
      variables,
      columns: kept.flatMap((c, k) => (c >= next && c < next + width ? [k] : [])),
    };
    next += width;
    return own;
  });
}
