/** log p(y | x, b): the joint log-likelihood of all rows given parameters and random effects. */
import { rowScore } from "../marginal/create.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { rowMeans } from "../prediction/row-means.ts";

/** Binds the model's data; the function takes x = [β | Λ | φ] and b by term (levels × q) and sums over rows, all constants included. */
export function conditionalLogLikelihood(
  model: CompiledModel,
): (x: Float64Array, b: readonly Float64Array[]) => number {
  const { data, design, family, layout } = model;
  const bound = rowScore(data, model.kernel);
  const means = rowMeans(family, layout, design, "conditional");
  return (x, b) => {
    means.evaluatePredictors(x, b);
    means.eta.forEach((eta, r) => {
      bound.eta[r]!.set(eta);
    });
    bound.setParameters(x.slice(layout.phi.offset, layout.phi.offset + layout.phi.size));
    return bound.score(0, data.n);
  };
}
