/**
 * A model whose columns are counted from the places where its default priors are stated (`prior-origin.ts`).
 */
import type { PredictorDesign, RandomTermDesign } from "../data/design.ts";
import type { ColumnMove, PriorOrigin } from "./prior-origin.ts";

/** Values, n × width, with columns moved. */
function movedColumns(values: Float64Array, width: number, moves: readonly ColumnMove[]): Float64Array {
  if (moves.length === 0) return values;
  const moved = values.slice();
  for (const { column, from, value, rest } of moves)
    for (let at = 0; at < values.length; at += width) {
      const base = from < 0 ? 1 : values[at + from]!;
      moved[at + column] = values[at + column]! - value * base - rest * base;
    }
  return moved;
}

/** Predictors and random terms, of a design or of what integrals read, with their columns moved. */
export function movedDesign<
  Data extends { readonly predictors: readonly PredictorDesign[]; readonly random: readonly RandomTermDesign[] },
>(data: Data, { coefficients, terms }: PriorOrigin): Data {
  return {
    ...data,
    predictors: data.predictors.map((predictor, r) => ({
      ...predictor,
      X: movedColumns(predictor.X, predictor.names.length, coefficients[r]!.moves),
    })),
    random: data.random.map((term, t) => ({ ...term, Z: movedColumns(term.Z, term.q, terms[t]!) })),
  };
}
