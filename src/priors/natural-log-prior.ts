/** The log prior density on the scale priors are stated on: coefficients, standard deviations, correlations, family parameters. */
import type { CompiledModel } from "../model/compiled-model.ts";
import { fillFactor } from "../model/parameter-layout.ts";
import { scalarPrior } from "./density.ts";
import { lkjLogNormaliser } from "./lkj.ts";
import type { ResolvedPrior, ResolvedPriors } from "./resolved.ts";

/**
 * log p of natural parameters x = [β | Λ | φ] in the user's units, no Jacobian in it, a sum over the chosen priors; flat ones add 0.
 *
 * @param chosen which priors count; default all
 */
export function naturalLogPrior(
  { layout }: Pick<CompiledModel, "layout">,
  priors: ResolvedPriors,
  chosen: (prior: ResolvedPrior) => boolean = () => true,
): (x: Float64Array) => number {
  const density = (prior: ResolvedPrior) =>
    chosen(prior) && prior.distribution.name !== "flat" ? scalarPrior(prior.distribution).logDensity : null;
  const fixed = priors.fixed.map(density);
  const phi = priors.phi.map(density);
  const terms = layout.terms.map((slice, t) => {
    const cor = priors.cor[t];
    const lkj = cor && chosen(cor) && cor.distribution.name === "lkj" ? cor.distribution.parameters[0]! : null;
    return {
      slice,
      sd: priors.sd[t]!.map(density),
      eta: lkj,
      constant: lkj === null ? 0 : lkjLogNormaliser(lkj, slice.q),
      factor: new Float64Array(slice.q * slice.q),
    };
  });
  return (x) => {
    let sum = 0;
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
