/** The log prior density on the scale priors are stated on: coefficients, standard deviations, correlations, family parameters. */
import { parameterBlocks } from "../charts/family-parameters.ts";
import { boundStructure } from "../covariance/structures.ts";
import { fillFactor } from "../covariance/term-factor.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { scalarPrior } from "./density.ts";
import { orderedLogNormaliser } from "./ordered.ts";
import { originMap } from "./origin-map.ts";
import type { ResolvedPrior, ResolvedPriors } from "./resolved.ts";
import { shrinkageLaw } from "./shrinkage-scales.ts";

/**
 * log p of natural parameters x = [β | Λ | φ] in the user's units, no Jacobian in it, a sum over the chosen priors; flat ones add 0.
 *
 * Of a shrinkage prior its top level counts, the density of the hyperparameters that all coefficients share: what lies below is the model
 * of the coefficients, as the distribution of random effects is (Kallioinen et al. 2024, on hierarchical models).
 *
 * @param chosen which priors count; default all
 */
export function naturalLogPrior(
  { layout, data }: Pick<CompiledModel, "layout" | "data">,
  priors: ResolvedPriors,
  chosen: (prior: ResolvedPrior) => boolean = () => true,
): (x: Float64Array, hyper?: Float64Array) => number {
  const density = (prior: ResolvedPrior) =>
    chosen(prior) && prior.distribution.name !== "flat" ? scalarPrior(prior.distribution).logDensity : null;
  const { shrinkage } = priors;
  const shrunken = new Set(shrinkage?.coefficients);
  const fixed = priors.fixed.map((prior, j) => (shrunken.has(j) ? null : density(prior)));
  const law = shrinkage && chosen(priors.fixed[shrinkage.coefficients[0]!]!) ? shrinkageLaw(shrinkage) : null;
  const phi = priors.phi.map(density);
  let ordered = 0;
  for (const { from, chart } of parameterBlocks(priors.phiSupport))
    ordered += orderedLogNormaliser(
      priors.phi
        .slice(from, from + chart.size)
        .filter(chosen)
        .map(({ distribution }) => distribution),
    );
  const terms = layout.terms.map((slice, t) => {
    const cor = priors.cor[t];
    const lkj = cor && chosen(cor) && cor.distribution.name === "lkj" ? cor.distribution.parameters[0]! : null;
    return {
      slice,
      sd: priors.sd[t]!.map(density),
      eta: lkj,
      constant: lkj === null ? 0 : boundStructure(slice).prior!.logNormaliser(lkj),
      factor: new Float64Array(slice.q * slice.q),
    };
  });
  const origin = priors.origin && originMap(priors.origin, layout, data.thresholds ?? 0);
  const moved = new Float64Array(origin ? layout.size : 0);
  return (given, hyper) => {
    let sum = ordered;
    let x = given;
    if (origin) {
      moved.set(given);
      origin.toMoved(moved);
      x = moved;
    }
    if (law && hyper) {
      const { sigma } = shrinkage!;
      sum += law.logTopLevel(hyper, sigma === null ? 0 : Math.log(x[layout.phi.offset + sigma]!));
    }
    fixed.forEach((logDensity, j) => {
      if (logDensity) sum += logDensity(x[j]!);
    });
    for (const { slice, sd, eta, constant, factor } of terms) {
      const { q } = slice;
      fillFactor(slice, x, factor);
      let logDeterminant = 0;
      for (let a = 0; a < q; a++) {
        let square = 0;
        for (let c = 0; c <= a; c++) square += factor[a * q + c]! ** 2;
        const value = Math.sqrt(square);
        const logDensity = sd[a];
        if (logDensity) sum += logDensity(value);
        logDeterminant += 2 * Math.log(Math.abs(factor[a * q + a]!) / value);
      }
      if (eta !== null) sum += constant + (eta - 1) * logDeterminant;
    }
    phi.forEach((logDensity, g) => {
      if (logDensity) sum += logDensity(x[layout.phi.offset + g]!);
    });
    return sum;
  };
}
